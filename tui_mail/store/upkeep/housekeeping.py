"""What the store throws away, and when: in idle minutes, and when an account is removed.

Owns deleting. Nothing is deleted that exists only here: operations, and files that a row still names. Must not know
why a row is no longer needed by others.
"""

from __future__ import annotations

from tui_mail.model.clock import Clock
from tui_mail.model.ids import AccountName
from tui_mail.store.disk.files import back_up_keep
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.disk.sqlite import translated
from tui_mail.store.mirror.folders import Folders
from tui_mail.store.mirror.placing import Pending
from tui_mail.store.tables.keepdb import KeepDb
from tui_mail.store.tables.keepnames import keep_names
from tui_mail.store.tables.maildb import MailDb, numbers

_DAY = 24 * 3600
KEEP_ACTIONS = 30 * _DAY
KEEP_REFUSALS = 30 * _DAY
KEEP_SENT = 30 * _DAY
KEEP_ALERTS = 30 * _DAY
KEEP_UNLINKED = 2 * _DAY
"""An item that vanished waits so long to turn up in another folder, and survives a server's accident."""
KEEP_MISSING_FOLDERS = 30 * _DAY
KEEP_RENDERED = 2000
_BATCH = 2000
_MERGE_PAGES = 500


class Housekeeping:
    """Used by the writer."""

    def __init__(self, db: MailDb, keep: KeepDb, pending: Pending, folders: Folders, clock: Clock) -> None:
        self._db = db
        self._connection = db.connection
        self._keep = keep
        self._pending = pending
        self._folders = folders
        self._clock = clock
        self._raw = RawFiles(db.home)

    def tidy(self) -> None:
        """See ``Writer.tidy``."""
        now = int(self._clock.now())
        with self._keep.changing() as connection:
            connection.execute("DELETE FROM action WHERE created < ?", (now - KEEP_ACTIONS,))
            connection.execute(
                "DELETE FROM operation WHERE state IN ('conflict', 'failed') AND created < ?", (now - KEEP_REFUSALS,)
            )
            connection.execute("DELETE FROM alert WHERE said < ?", (now - KEEP_ALERTS,))
            old = "SELECT id FROM outbox WHERE state IN ('sent', 'cancelled') AND copied >= (state = 'sent') AND created < ?"
            connection.execute(f"DELETE FROM outbox_recipient WHERE outbox IN ({old})", (now - KEEP_SENT,))  # noqa: S608 -- a query of ours
            connection.execute(f"DELETE FROM outbox WHERE id IN ({old})", (now - KEEP_SENT,))  # noqa: S608 -- a query of ours
        self._drop_missing_folders(now - KEEP_MISSING_FOLDERS)
        while self._drop_unlinked(now - KEEP_UNLINKED):
            pass
        self._trim()
        self._drop_files(now)
        back_up_keep(self._db.home, self._clock)
        with translated(self._db.path):
            # Fewer segments make searches quicker; some work each time, never all of it.
            self._connection.execute("INSERT INTO search (search, rank) VALUES ('merge', ?)", (_MERGE_PAGES,))
            self._connection.execute("PRAGMA optimize")
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def _drop_missing_folders(self, before: int) -> None:
        """Folders long gone from the server; what was in them turns up elsewhere, or is dropped as unlinked later."""
        wanted = {operation.target for operation in self._pending.operations.values()}
        for (folder,) in self._connection.execute(
            "SELECT id FROM folder WHERE missing_since < ?", (before,)
        ).fetchall():
            if folder not in wanted:
                with self._db.changing() as changes:
                    self._folders.remove(folder, changes)

    def _drop_unlinked(self, before: int) -> bool:
        """Remove items that the server no longer has and that no operation waits for; True: there may be more."""
        with self._db.changing():
            items = [
                item
                for (item,) in self._connection.execute(
                    "SELECT id FROM item WHERE folder = 0 AND server_folder = 0 AND gone_at < ? LIMIT ?",
                    (before, _BATCH),
                )
            ]
            self._drop_items([item for item in items if item not in self._pending])
        return len(items) == _BATCH and any(item not in self._pending for item in items)

    def _drop_items(self, items: list[int]) -> None:
        """Remove items that are in no folder's counters any more, and contents that no item is left of."""
        connection = self._connection
        packed = numbers(items)
        contents = [
            content
            for (content,) in connection.execute(
                "SELECT DISTINCT i.content FROM json_each(?) j CROSS JOIN item i ON i.id = j.value", (packed,)
            )
        ]
        connection.execute("DELETE FROM item WHERE id IN (SELECT value FROM json_each(?))", (packed,))
        connection.execute("DELETE FROM awaited WHERE item IN (SELECT value FROM json_each(?))", (packed,))
        unused = [
            content
            for (content,) in connection.execute(
                "SELECT j.value FROM json_each(?) j WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.content = j.value)",
                (numbers(contents),),
            )
        ]
        packed = numbers(unused)
        for table, column in (
            ("body", "content"),
            ("outline", "content"),
            ("part", "content"),
            ("rendered", "content"),
            ("content", "id"),
        ):
            connection.execute(
                f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))",  # noqa: S608 -- our own names
                (packed,),
            )

    def _trim(self) -> None:
        with self._db.changing():
            self._connection.execute(
                "DELETE FROM rendered WHERE id <= (SELECT max(id) FROM rendered) - ?", (KEEP_RENDERED,)
            )

    def _drop_files(self, now: int) -> None:
        """Remove raw files that no row of either file names, once they are a day old."""
        self._raw.remove_unfinished(now - _DAY)
        with translated(self._keep.path):
            named = keep_names(self._keep.connection)
        idle = [name for name in self._raw.names() - named if self._raw.age(name, now) > _DAY]
        for name in idle:
            used = self._connection.execute(
                "SELECT 1 FROM content WHERE file = ?1 AND file <> '' UNION ALL SELECT 1 FROM part WHERE file = ?1",
                (name,),
            ).fetchone()
            if used is None:
                self._drop_file(name, now)

    def _drop_file(self, name: str, now: int) -> None:
        """In a transaction of keep.db, as are those that begin to use a file: one of the two sees the other."""
        with self._keep.changing() as connection:
            used = connection.execute("SELECT 1 FROM local_item WHERE raw = ? LIMIT 1", (name,)).fetchone()
            if used is None and self._raw.age(name, now) > _DAY:
                self._raw.remove(name)

    def drop_account(self, account: AccountName) -> None:
        """See ``Writer.drop_account``. Local mail stays in keep.db: that it goes is said by ``LocalMail.forget`` alone."""
        number = self._db.accounts.get(account)
        if number is not None:
            with self._db.changing():
                folders = [
                    row[0] for row in self._connection.execute("SELECT id FROM folder WHERE account = ?", (number,))
                ]
                items = self._connection.execute(
                    "SELECT i.id FROM content c CROSS JOIN item i ON i.content = c.id WHERE c.account = ?", (number,)
                ).fetchall()
                for at in range(0, len(items), _BATCH):
                    self._drop_items([item for (item,) in items[at : at + _BATCH]])
                for table in ("folder_thread", "awaited", "emptied"):
                    self._connection.execute(
                        f"DELETE FROM {table} WHERE folder IN (SELECT value FROM json_each(?))",  # noqa: S608 -- our own names
                        (numbers(folders),),
                    )
                self._connection.execute("DELETE FROM folder WHERE account = ?", (number,))
                self._connection.execute("DELETE FROM account WHERE id = ?", (number,))
            del self._db.accounts[account]
        with self._keep.changing() as connection:
            connection.execute("DELETE FROM operation WHERE account = ?", (account,))
            connection.execute("DELETE FROM folder WHERE account = ?", (account,))
            connection.execute(
                "DELETE FROM outbox_recipient WHERE outbox IN (SELECT id FROM outbox WHERE account = ?)", (account,)
            )
            for table in ("outbox", "draft", "sent_habit", "alert", "left_list"):
                connection.execute(f"DELETE FROM {table} WHERE account = ?", (account,))  # noqa: S608 -- our own names
