"""The server's list of folders, followed: which row each one is, what is new, renamed by another client, or gone.

Owns the columns that say where a folder is on the server, and the registry of folder numbers in keep.db. Must not know
operations, but for those that wait to be created, nor items.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from tui_mail.model.mail import Role
from tui_mail.model.remote import FolderStatus, RemoteFolder
from tui_mail.store.tables.changes import Changes
from tui_mail.store.tables.keepdb import KeepDb
from tui_mail.store.tables.maildb import MailDb


@dataclass(frozen=True, slots=True)
class _Known:
    """A row of ``folder`` as the list before has left it."""

    id: int
    name: str
    server_path: str
    mailbox_id: str


class FolderList:
    """Used by ``Folders``."""

    def __init__(self, db: MailDb, keep: KeepDb) -> None:
        self._db = db
        self._connection = db.connection
        self._keep = keep

    def restore(self) -> None:
        """In a new mail.db: every folder ever numbered comes back under its number, until the servers are asked."""
        registry = self._keep.connection.execute("SELECT id, account, path FROM folder ORDER BY id").fetchall()
        with self._db.changing() as changes:
            for number, account, path in registry:
                self.insert(number, account, RemoteFolder(name="", path=path), changes)

    def insert(self, number: int, account: str, remote: RemoteFolder, changes: Changes) -> None:
        """A row for a folder; nothing where it has one."""
        self._connection.execute(
            "INSERT OR IGNORE INTO folder (id, account, path, role, selectable, subscribed, deleted, total, unread,"
            " name, server_path, server_subscribed, missing_since, uidvalidity, cursor, held, held_unread,"
            " server_total, server_unread, complete, last_sync)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, 0, ?7, ?3, ?6, NULL, 0, x'', 0, 0, NULL, NULL, 0, NULL)",
            (
                number, self._db.account(account), remote.path, remote.role, remote.selectable, remote.subscribed,
                remote.name,
            ),
        )  # fmt: skip
        changes.touch(number)

    def numbered(self, account: str, listed: Sequence[RemoteFolder]) -> dict[str, int]:
        """The number of each listed folder by the server's name; new ones are durable before mail.db uses them."""
        found = _matched(listed, self._known(account))
        fresh = [remote for remote in listed if remote.name not in found]
        known = {row.id: row.server_path for row in self._known(account)}
        moved = [(remote.path, found[remote.name]) for remote in listed if remote.name in found]
        moved = [(path, number) for path, number in moved if known[number] != path]
        if not fresh and not moved:
            return found
        taken = set(found.values())
        with self._keep.changing() as connection:
            connection.executemany("UPDATE folder SET path = ?1 WHERE id = ?2", moved)
            registry = {
                path: number
                for number, path in connection.execute("SELECT id, path FROM folder WHERE account = ?", (account,))
                if number not in taken
            }
            for remote in fresh:
                if remote.path not in registry:
                    registry[remote.path] = self._keep.draw("folder", 1)
                    connection.execute(
                        "INSERT OR REPLACE INTO folder (id, account, path) VALUES (?, ?, ?)",
                        (registry[remote.path], account, remote.path),
                    )
                found[remote.name] = registry[remote.path]
        return found

    def _known(self, account: str) -> list[_Known]:
        return [
            _Known(*row)
            for row in self._connection.execute(
                "SELECT id, name, server_path, mailbox_id FROM folder WHERE account = ? ORDER BY id",
                (self._db.accounts.get(account, 0),),
            )
        ]

    def put(
        self,
        account: str,
        listed: Sequence[RemoteFolder],
        numbers: dict[str, int],
        created: Collection[int | None],
        changes: Changes,
    ) -> None:
        """Bring the rows up to date; those of ``created`` are not expected in the list yet. Inside ``changing``."""
        roles = {remote.role for remote in listed if remote.role is not None}
        for remote in listed:
            self._place(account, numbers[remote.name], remote, roles, changes)
        if listed:
            seen = set(numbers.values())
            self._miss(
                (row.id for row in self._known(account) if row.id not in seen and row.id not in created), changes
            )

    def _place(self, account: str, number: int, remote: RemoteFolder, roles: set[Role], changes: Changes) -> None:
        self.insert(number, account, remote, changes)
        before = self._connection.execute(
            "SELECT name, server_path, server_subscribed, role, selectable, missing_since, mailbox_id FROM folder"
            " WHERE id = ?",
            (number,),
        ).fetchone()
        # A role given here stays while the server gives it to no other folder.
        role = remote.role or (before[3] if before[3] not in roles else None)
        after = (
            remote.name, remote.path, int(remote.subscribed), role, int(remote.selectable), None,
            remote.identity or before[6],
        )  # fmt: skip
        if before != after:
            self._connection.execute(
                "UPDATE folder SET name = ?, server_path = ?, server_subscribed = ?, role = ?,"
                " selectable = ?, missing_since = ?, mailbox_id = ? WHERE id = ?",
                (*after, number),
            )
            changes.touch(number)
        if remote.status is not None:
            self.status(number, remote.status, changes)

    def _miss(self, missing: Iterable[int], changes: Changes) -> None:
        for number in missing:
            hidden = self._connection.execute(
                "UPDATE folder SET missing_since = ? WHERE id = ? AND missing_since IS NULL", (self._db.now(), number)
            )
            if hidden.rowcount:
                changes.touch(number)

    def status(self, folder: int, status: FolderStatus, changes: Changes) -> None:
        """What the server counts, shown until the folder is complete."""
        written = self._connection.execute(
            "UPDATE folder SET server_total = coalesce(?1, server_total), server_unread = coalesce(?2, server_unread)"
            " WHERE id = ?3 AND (server_total IS NOT coalesce(?1, server_total)"
            " OR server_unread IS NOT coalesce(?2, server_unread))",
            (status.total, status.unread, folder),
        )
        if written.rowcount:
            changes.touch(folder)


def _matched(listed: Sequence[RemoteFolder], known: Sequence[_Known]) -> dict[str, int]:
    """Server's name to row: by MAILBOXID (RFC 8474, 4), else by name, else by path; no row for two folders.

    A row whose mailbox was renamed by another client goes with it, also when a new one has its name already. An id that
    two folders claim says nothing.
    """
    claimed = Counter(remote.identity for remote in listed if remote.identity)
    by_id = {row.mailbox_id: row.id for row in known if row.mailbox_id}
    found: dict[str, int] = {}
    for remote in listed:
        if claimed[remote.identity] == 1 and remote.identity in by_id:
            found[remote.name] = by_id[remote.identity]
    left = {row.id: row for row in known if row.id not in set(found.values())}
    for pick in (_same_name, _awaited_at, _was_at):
        for remote in listed:
            if remote.name in found:
                continue
            number = next((row.id for row in left.values() if pick(row, remote)), None)
            if number is not None:
                found[remote.name] = number
                del left[number]
    return found


def _same_name(row: _Known, remote: RemoteFolder) -> bool:
    return bool(row.name) and row.name == remote.name


def _awaited_at(row: _Known, remote: RemoteFolder) -> bool:
    """Waits to be created, or for the first list after a rebuild."""
    return not row.name and row.server_path == remote.path


def _was_at(row: _Known, remote: RemoteFolder) -> bool:
    """The server spells its name in another way now."""
    return row.server_path == remote.path
