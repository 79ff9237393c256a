"""The two database files: creating, migrating, setting aside, backing up.

Owns paths, modes and versions. Must not know what the tables mean.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tui_mail.config.paths import Home
from tui_mail.model.clock import Clock
from tui_mail.model.errors import StoreDamaged, StoreNewer
from tui_mail.model.words import _
from tui_mail.store.disk.sqlite import connect, create_private, transaction, translated
from tui_mail.store.disk.wal import no_wal

MIGRATIONS = Path(__file__).parents[1] / "migrations"
SCHEMA = Path(__file__).parents[1] / "schema.sql"
_BACKUP_EVERY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the two files: its name in the marker and the migrations, and the first rows of a new one."""

    name: str
    durable: bool
    first_rows: Callable[[sqlite3.Connection, int], None]


def _first_keep(connection: sqlite3.Connection, now: int) -> None:
    connection.execute("INSERT INTO keep (one, uuid, rev, backed_up) VALUES (1, ?, 1, ?)", (uuid.uuid4().hex, now))
    connection.execute("INSERT INTO counter (name, next) VALUES ('item', 1), ('folder', 1)")


def _first_mail(connection: sqlite3.Connection, now: int) -> None:
    del now
    # The columns of the first version; later ones are laid over it.
    connection.execute(
        "INSERT INTO meta (one, keep_uuid, folded_seq, rev, removed_rev, next_content, next_thread, next_text)"
        " VALUES (1, '', 0, 1, 1, 1, 1, 1)"
    )


KEEP = Kind("keep", durable=True, first_rows=_first_keep)
MAIL = Kind("mail", durable=False, first_rows=_first_mail)


def prepare(home: Home, clock: Clock) -> None:
    """Create or migrate both files; the caller holds the engine lock.

    A ``mail.db`` that is not readable is set aside (``mail.db.damaged-DATE``) and made anew, since the server still
    has what it held. Raises StoreNewer, StoreFull; StoreDamaged when it is ``keep.db`` that cannot be read.
    """
    with translated(home.raw_dir):
        home.raw_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    _prepare_keep(home, clock)
    try:
        _prepare(home.mail_db, MAIL, clock)
    except StoreDamaged:
        set_aside_mail(home, clock)
        _prepare(home.mail_db, MAIL, clock)


def _prepare_keep(home: Home, clock: Clock) -> None:
    try:
        _prepare(home.keep_db, KEEP, clock)
        with translated(home.keep_db):
            connection = connect(home.keep_db, durable=True, write=False)
            try:
                sound = connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
            finally:
                connection.close()
        if not sound:
            raise StoreDamaged("")
    except StoreDamaged as error:
        raise StoreDamaged(
            _(
                "{path} is damaged, and it holds what exists only here: put back the copy beside it that ends in "
                ".backup-1, or move it away to start without pending work."
            ).format(path=home.keep_db)
        ) from error


def newest_version(kind: Kind) -> int:
    """The version this program makes and reads."""
    return _versions(kind)[-1]


def _versions(kind: Kind) -> list[int]:
    """The numbers of the migrations there are; one may be left out."""
    return sorted(int(path.stem.rsplit("-", 1)[1]) for path in MIGRATIONS.glob(f"{kind.name}-*.sql"))


def check_version(connection: sqlite3.Connection, kind: Kind, path: Path) -> bool:
    """True when the file can be read as it is, False when an engine has to migrate it first. Raises StoreNewer."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > newest_version(kind):
        raise StoreNewer(_("{path} was written by a newer tui-mail: install that version again.").format(path=path))
    return version == newest_version(kind)


def is_older(home: Home) -> bool:
    """True when a file of the store has to be migrated before it can be read. Raises StoreNewer, StoreDamaged."""
    for path, kind in ((home.keep_db, KEEP), (home.mail_db, MAIL)):
        if path.exists():
            with translated(path), contextlib.closing(connect(path, durable=False, write=False)) as connection:
                if not check_version(connection, kind, path):
                    return True
    return False


def _prepare(path: Path, kind: Kind, clock: Clock) -> None:
    create_private(path)
    with translated(path):
        connection = connect(path, durable=kind.durable, write=True)
        try:
            _use_wal(connection, path)
            if not check_version(connection, kind, path):
                _migrate(connection, path, kind, int(clock.now()))
            # A damaged file often has a good first page: read one row of every table before trusting it.
            for (table,) in connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
            ).fetchall():
                connection.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone()  # noqa: S608 -- our own names
        finally:
            connection.close()


def _use_wal(connection: sqlite3.Connection, path: Path) -> None:
    """Turn the write-ahead log on, and see that it works."""
    try:
        (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
        connection.execute("BEGIN IMMEDIATE")  # the first to need the shared memory
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        # Without the shared memory SQLite takes a file that may well be written to for one that may not.
        if code != sqlite3.SQLITE_CANTOPEN and not (code == sqlite3.SQLITE_READONLY and os.access(path, os.W_OK)):
            raise
        raise no_wal(path.parent, str(error)) from error
    if mode != "wal":
        raise no_wal(path.parent, _("it has no shared memory"))


def _migrate(connection: sqlite3.Connection, path: Path, kind: Kind, now: int) -> None:
    """Run the migrations that are missing, each in a transaction of its own; an existing keep.db is copied first."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version and kind is KEEP:
        copy_database(connection, path.with_name(f"{path.name}.before-{version + 1}"))
    for number in (each for each in _versions(kind) if each > version):
        script = (MIGRATIONS / f"{kind.name}-{number:03}.sql").read_text(encoding="utf-8")
        with transaction(connection):
            for statement in statements(script):
                connection.execute(statement)
            if number == 1:
                kind.first_rows(connection, now)
            connection.execute(f"PRAGMA user_version={number}")


def statements(script: str) -> list[str]:
    """The statements of an SQL script, comments kept; ``executescript`` would end the transaction."""
    found: list[str] = []
    lines: list[str] = []
    for line in script.splitlines(keepends=True):
        lines.append(line)
        text = "".join(lines)
        if ";" in line and sqlite3.complete_statement(text):
            found.append(text)
            lines.clear()
    return found


def unused(path: Path, clock: Clock) -> Path:
    """``path`` with the time behind it, for what is set aside: a name that nothing has."""
    stamped = path.with_name(f"{path.name}-{datetime.fromtimestamp(clock.now(), UTC):%Y%m%dT%H%M%SZ}")
    found, count = stamped, 1
    while found.exists():
        count += 1
        found = stamped.with_name(f"{stamped.name}-{count}")
    return found


def set_aside_mail(home: Home, clock: Clock) -> Path | None:
    """Move ``mail.db`` out of the way, to be rebuilt from the servers; returns its new name. Caller holds the lock."""
    with translated(home.mail_db):
        if not home.mail_db.exists():
            return None
        aside = unused(home.mail_db.with_name(f"{home.mail_db.name}.damaged"), clock)
        # The -wal belongs to the file by its name; left behind it would be replayed into the new one.
        for suffix in ("-wal", "-shm"):
            beside = Path(f"{home.mail_db}{suffix}")
            if beside.exists():
                beside.rename(f"{aside}{suffix}")
        return home.mail_db.rename(aside)


def back_up_keep(home: Home, clock: Clock) -> bool:
    """Refresh the rolling backup of ``keep.db`` (``keep.db.backup-1``, the one before it ``-2``), once a day at most.

    True when one was made.
    """
    now = int(clock.now())
    with translated(home.keep_db):
        connection = connect(home.keep_db, durable=True, write=True)
        try:
            (last,) = connection.execute("SELECT backed_up FROM keep").fetchone()
            first = home.keep_db.with_name(f"{home.keep_db.name}.backup-1")
            if first.exists() and 0 <= now - last < _BACKUP_EVERY:
                return False
            fresh = home.keep_db.with_name(f"{home.keep_db.name}.backup-new")
            fresh.unlink(missing_ok=True)
            copy_database(connection, fresh)
            if first.exists():
                first.replace(home.keep_db.with_name(f"{home.keep_db.name}.backup-2"))
            fresh.replace(first)
            with transaction(connection):
                connection.execute("UPDATE keep SET backed_up = ?", (now,))
            return True
        finally:
            connection.close()


def copy_database(connection: sqlite3.Connection, path: Path) -> None:
    """A copy of a database as it is at this moment, in one file, durable on return."""
    path.unlink(missing_ok=True)
    create_private(path)
    copy = sqlite3.connect(path, isolation_level=None)
    try:
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    finally:
        copy.close()
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
