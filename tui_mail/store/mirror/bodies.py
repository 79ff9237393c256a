"""Bodies, their search text and their renderings.

Owns ``body``, ``rendered``, the columns of ``content`` that speak of the body, and replacing search text. Must not
know where a body came from.
"""

from __future__ import annotations

from collections.abc import Sequence

from tui_mail.model.ids import FolderId, ItemId
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.mirror.contents import Contents
from tui_mail.store.mirror.results import BodyText, NewBody
from tui_mail.store.tables.changes import Changes
from tui_mail.store.tables.maildb import MailDb, numbers
from tui_mail.store.tables.rows import beginning
from tui_mail.text.fold import index_text

LARGEST_ROW = 256 * 1024
"""Octets; a larger message goes to a file."""
_SNIPPET = 200


class Bodies:
    """Stores bodies; used by the writer and by folding."""

    def __init__(self, db: MailDb) -> None:
        self._db = db
        self._connection = db.connection
        self._contents = Contents(db)
        self._raw = RawFiles(db.home)

    def put(self, item: ItemId, raw: bytes, text: BodyText) -> bool:
        """See ``Writer.put_body``."""
        with self._db.changing() as changes:
            row = self._connection.execute("SELECT content FROM item WHERE id = ?", (item,)).fetchone()
            if row is not None:
                self.write(row[0], raw, text, changes)
        return row is not None

    def put_page(self, folder: FolderId, uidvalidity: int, bodies: Sequence[NewBody]) -> tuple[ItemId, ...]:
        """See ``Writer.put_bodies``."""
        stored: list[ItemId] = []
        with self._db.changing() as changes:
            places = {
                uid: (item, content)
                for uid, item, content in self._connection.execute(
                    "SELECT i.server_uid, i.id, i.content FROM json_each(?) j CROSS JOIN item i"
                    " ON i.server_folder = ? AND i.server_uid = j.value"
                    " WHERE (SELECT f.uidvalidity FROM folder f WHERE f.id = i.server_folder) = ?",
                    (numbers(body.uid for body in bodies), folder, uidvalidity),
                )
            }
            for body in bodies:
                place = places.get(body.uid)
                if place is not None:
                    self.write(place[1], body.raw, body.text, changes)
                    stored.append(ItemId(place[0]))
        return tuple(stored)

    def write(self, content: int, raw: bytes, text: BodyText, changes: Changes) -> None:
        """Keep the bytes of a content and index its text. Inside a transaction."""
        connection = self._connection
        if len(raw) <= LARGEST_ROW:
            connection.execute("INSERT OR REPLACE INTO body (content, raw) VALUES (?, ?)", (content, raw))
            kept, file = 1, ""
        else:
            # On the disk before the row that names it.
            kept, file = 2, self._raw.put(raw)
        anew = connection.execute("DELETE FROM outline WHERE content = ?", (content,)).rowcount > 0
        if anew:
            connection.execute("DELETE FROM part WHERE content = ?", (content,))
        connection.execute(
            "UPDATE content SET search_row = ?, body = ?, file = ?, attachments = ?, snippet = ? WHERE id = ?",
            (self._index(content, text, anew=anew), kept, file, text.attachments, text.snippet[:_SNIPPET], content),
        )
        connection.execute("DELETE FROM rendered WHERE content = ?", (content,))
        self._mark_items(content, 1, int(text.attachments > 0), changes)

    def describe(self, content: int, text: BodyText, changes: Changes) -> None:
        """Index what is known of a content whose body stays on the server. Inside a transaction."""
        self._connection.execute(
            "UPDATE content SET search_row = ?, attachments = ?, snippet = ? WHERE id = ?",
            (self._index(content, text), text.attachments, text.snippet[:_SNIPPET], content),
        )
        self._connection.execute("DELETE FROM rendered WHERE content = ?", (content,))
        self._mark_items(content, 0, int(text.attachments > 0), changes)

    def _index(self, content: int, text: BodyText, *, anew: bool = False) -> int:
        """The row of the index that holds the text of a content; ``anew``: there was less of it so far."""
        connection = self._connection
        received, senders, recipients, cc, bcc, subject, list_id, row, body, attachments = connection.execute(
            "SELECT received, senders, recipients, cc, bcc, subject, list_id, search_row, body, attachments"
            " FROM content WHERE id = ?",
            (content,),
        ).fetchone()
        if not body and attachments is not None and not anew:
            # It was here before and made room: its text is in the index still.
            return int(row)
        # A text that changes gets a new row: SQLite 3.40 cannot delete from a contentless index, and no content
        # names the old row any more.
        (row,) = self._contents.search_rows([received])
        fields = (senders, f"{recipients}\n{cc}\n{bcc}", cc, subject, text.body, list_id, "\n".join(text.files))
        connection.execute(
            "INSERT INTO search (rowid, senders, recipients, cc, subject, body, list, file)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (row, *(field if field.isascii() else index_text(field) for field in fields)),
        )
        return int(row)

    def _mark_items(self, content: int, here: int, attached: int, changes: Changes) -> None:
        """Tell the copies whether their body is here, and what was found in it."""
        connection = self._connection
        for item, folder, thread, before in connection.execute(
            "SELECT id, folder, thread, attached FROM item WHERE content = ?", (content,)
        ).fetchall():
            if before != attached:
                changes.attach(folder, thread, attached - before)
            connection.execute("UPDATE item SET body = ?, attached = ? WHERE id = ?", (here, attached, item))

    def put_rendered(self, item: ItemId, prefer: str, rendered: bytes) -> None:
        """See ``Writer.put_rendered``."""
        with self._db.changing():
            self._connection.execute(
                "INSERT OR REPLACE INTO rendered (content, prefer, bytes) SELECT content, ?, ? FROM item WHERE id = ?",
                (prefer, rendered, item),
            )
            self._connection.execute(
                "DELETE FROM rendered WHERE content = (SELECT content FROM item WHERE id = ?) AND prefer = ?",
                (item, beginning(prefer)),
            )

    def wanted(self, folder: FolderId, since: int, max_size: int, limit: int) -> list[tuple[ItemId, int]]:
        """See ``Writer.wants_bodies``."""
        rows = self._connection.execute(
            "SELECT i.id, i.server_uid FROM item i INDEXED BY item_bodiless JOIN content c ON c.id = i.content"
            " WHERE i.server_folder = ? AND i.body = 0 AND i.server_uid IS NOT NULL AND i.received >= ?"
            " AND (c.size <= ? OR ? = 0) ORDER BY i.received DESC, i.id DESC LIMIT ?",
            (folder, since, max_size, max_size, limit),
        )
        return [(ItemId(item), uid) for item, uid in rows]
