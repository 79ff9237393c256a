"""Write tests/store/old: a dump of both databases in their present version, with mail and waiting operations in them.

Run before a migration is added: python -m tests.store.make_old
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.store.world import World, message, references
from tui_mail.model.flags import Flag

OLD = Path(__file__).parent / "old"


def dump(connection: sqlite3.Connection) -> Iterator[str]:
    """What ``iterdump`` would say, had it not to do with an index that cannot be read back."""
    objects = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid"
    ).fetchall()
    virtual = [name for _kind, name, sql in objects if sql.startswith("CREATE VIRTUAL")]
    own = [one for one in objects if not any(one[1].startswith(f"{name}_") for name in virtual)]
    for kind, name, sql in own:
        if name.startswith("sqlite_"):
            continue
        yield f"{sql};"
        if kind == "table" and name not in virtual:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            quoted = " || ',' || ".join(f"quote({column})" for column in columns)
            for (values,) in connection.execute(f"SELECT {quoted} FROM {name}"):
                yield f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({values});"


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        world = World.make(Path(directory))
        mail = [message(1), message(2, "Re: Lunch", extra=references("m1")), message(3, "Other", flags=Flag.SEEN)]
        world.put("INBOX", mail)
        items = world.ids("INBOX")
        world.gestures.mark(items[:1], add=Flag.FLAGGED)
        world.writer.fold()
        world.gestures.archive(items[1:2])
        OLD.mkdir(exist_ok=True)
        for name, path in (("keep", world.home.keep_db), ("mail", world.home.mail_db)):
            connection = sqlite3.connect(path)
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            script = "\n".join([*dump(connection), f"PRAGMA user_version = {version};\n"])
            (OLD / f"{name}-{version:03}.sql").write_text(script)
            connection.close()
        world.close()


if __name__ == "__main__":
    main()
