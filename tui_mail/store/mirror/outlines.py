"""Large messages of which the text is here and not all of the rest: their outlines, and parts that were asked for.

Owns ``outline`` and ``part``. They give way to the whole body as soon as that is here. Must not know where they come from.
"""

from __future__ import annotations

from collections.abc import Mapping

from tui_mail.model.ids import ItemId
from tui_mail.store.disk.rawfiles import Landing, RawFiles
from tui_mail.store.mirror.bodies import Bodies
from tui_mail.store.mirror.results import BodyText
from tui_mail.store.tables.maildb import MailDb


class Outlines:
    """Stores them; used by the writer."""

    def __init__(self, db: MailDb, bodies: Bodies) -> None:
        self._db = db
        self._connection = db.connection
        self._bodies = bodies
        self._raw = RawFiles(db.home)

    def put(self, item: ItemId, raw: bytes, absent: Mapping[str, int], text: BodyText) -> bool:
        """See ``Writer.put_outline``."""
        with self._db.changing() as changes:
            content = self._content(item)
            if content is not None:
                self._bodies.describe(content, text, changes)
                self._connection.execute(
                    "INSERT OR REPLACE INTO outline (content, raw, absent) VALUES (?, ?, ?)",
                    (content, raw, "\n".join(f"{path}\t{size}" for path, size in absent.items())),
                )
        return content is not None

    def put_part(self, item: ItemId, path: str, body: Landing) -> bool:
        """See ``Writer.put_part``."""
        # On the disk before the row that names it.
        self._raw.settle((body,))
        with self._db.changing():
            content = self._content(item, " JOIN outline o ON o.content = c.id")
            if content is not None:
                self._connection.execute(
                    "INSERT OR REPLACE INTO part (content, path, octets, file) VALUES (?, ?, ?, ?)",
                    (content, path, body.octets, body.digest),
                )
        return content is not None

    def _content(self, item: ItemId, joined: str = "") -> int | None:
        """The content of an item whose whole body is not here."""
        row = self._connection.execute(
            f"SELECT c.id FROM item i JOIN content c ON c.id = i.content{joined} WHERE i.id = ? AND c.body = 0",  # noqa: S608 -- our own words
            (item,),
        ).fetchone()
        return None if row is None else int(row[0])
