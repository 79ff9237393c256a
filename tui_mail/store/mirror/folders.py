"""Folders: operations on them, their shown state, and what the engine asks of one.

Owns the rows of ``folder`` but for its counters; the server's list is ``folderlist``'s. Must not know items.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tui_mail.model.ids import AccountName, FolderId
from tui_mail.model.mail import Role
from tui_mail.model.operation import Operation, OperationKind
from tui_mail.model.remote import FolderStatus, RemoteFolder
from tui_mail.store.mirror.folderlist import FolderList
from tui_mail.store.mirror.placing import ROW, NewState, Pending, Row, settle
from tui_mail.store.mirror.results import FoldersStored, ServerFolder
from tui_mail.store.tables.changes import Changes
from tui_mail.store.tables.keepdb import KeepDb
from tui_mail.store.tables.maildb import MailDb

_SERVER = (
    "f.id, a.name, f.name, f.server_path, f.role, f.selectable, f.uidvalidity, f.cursor,"
    " f.held + (SELECT count(*) FROM emptied e WHERE e.folder = f.id), f.complete,"
    " f.last_sync, f.older, f.read_from, f.reach, EXISTS (SELECT 1 FROM awaited w WHERE w.folder = f.id)"
)


class Folders:
    """Writes and reads rows of ``folder``; used by the writer."""

    def __init__(self, db: MailDb, keep: KeepDb, pending: Pending) -> None:
        self._db = db
        self._connection = db.connection
        self._keep = keep
        self._pending = pending
        self._list = FolderList(db, keep)

    def restore(self) -> None:
        """See ``FolderList.restore``."""
        self._list.restore()

    def put(self, account: AccountName, listed: Sequence[RemoteFolder]) -> FoldersStored:
        """See ``Writer.put_folders``."""
        numbers = self._list.numbered(account, listed)
        created = {
            operation.target
            for operation in self._pending.operations.values()
            if operation.kind is OperationKind.CREATE_FOLDER
        }
        with self._db.changing() as changes:
            self._list.put(account, listed, numbers, created, changes)
            self._derive(changes)
        ids = {name: FolderId(number) for name, number in numbers.items()}
        return FoldersStored(ids, frozenset(FolderId(folder) for folder in changes.folders))

    def status(self, folder: FolderId, status: FolderStatus) -> None:
        """See ``Writer.put_status``."""
        with self._db.changing() as changes:
            self._list.status(folder, status, changes)

    def current(self, folders: Sequence[FolderId]) -> None:
        """See ``Writer.found_current``."""
        now = self._db.now()
        with self._db.changing():
            self._connection.executemany(
                "UPDATE folder SET last_sync = ? WHERE id = ?", [(now, folder) for folder in folders]
            )

    def fold(self, operation: Operation, changes: Changes) -> None:
        """Show the effect of an operation on folders, which is already in ``pending``."""
        assert operation.target is not None
        if operation.kind is OperationKind.CREATE_FOLDER:
            self._await(operation, changes)
        self._derive(changes)

    def _await(self, creation: Operation, changes: Changes) -> None:
        """A row for a folder that waits to be created."""
        assert creation.target is not None
        remote = RemoteFolder(name="", path=creation.path, role=creation.role)
        self._list.insert(creation.target, creation.account, remote, changes)

    def _derive(self, changes: Changes) -> None:
        """Shown state of all folders = the server's, then the operations in effect. Few rows: always all of them."""
        before = {
            row[0]: row[1:] for row in self._connection.execute("SELECT id, path, subscribed, deleted FROM folder")
        }
        accounts = {row[0]: row[1] for row in self._connection.execute("SELECT id, account FROM folder")}
        shown: dict[int, list[Any]] = {
            row[0]: [row[1], row[2], 0]
            for row in self._connection.execute("SELECT id, server_path, server_subscribed FROM folder")
        }
        for operation in self._pending.operations.values():
            derive(
                shown,
                operation,
                {folder for folder, account in accounts.items() if account == self._db.accounts.get(operation.account)},
            )
        for number, row in shown.items():
            if tuple(row) != before[number]:
                self._connection.execute(
                    "UPDATE folder SET path = ?, subscribed = ?, deleted = ? WHERE id = ?", (*row, number)
                )
                changes.touch(number)

    def undo_effect(self, operation: Operation) -> None:
        """An operation on folders, no longer in ``pending``, was refused: show what the server has."""
        with self._db.changing() as changes:
            if operation.kind is OperationKind.CREATE_FOLDER:
                self.remove(operation.target or 0, changes)
            self._derive(changes)

    def confirm(self, operation: Operation, remote: RemoteFolder | None) -> None:
        """The server has done it; the operation is no longer in ``pending``."""
        number = operation.target or 0
        with self._db.changing() as changes:
            row = self._connection.execute("SELECT name, server_path FROM folder WHERE id = ?", (number,)).fetchone()
            if row is None:
                return
            if operation.kind is OperationKind.DELETE_FOLDER:
                self.remove(number, changes)
                self._give_way(number)
                for later in self._pending.operations.values():  # deleted, and wanted again meanwhile
                    if later.kind is OperationKind.CREATE_FOLDER and later.target == number:
                        self._await(later, changes)
            elif operation.kind is OperationKind.CREATE_FOLDER and remote is not None:
                self._connection.execute(
                    "UPDATE folder SET name = ?, server_path = ?, role = coalesce(?, role), selectable = ?,"
                    " missing_since = NULL WHERE id = ?",
                    (remote.name, remote.path, remote.role, remote.selectable, number),
                )
            elif operation.kind is OperationKind.RENAME_FOLDER:
                self._rename(number, row[0], row[1], operation.path, remote, changes)
            elif operation.kind in {OperationKind.SUBSCRIBE, OperationKind.UNSUBSCRIBE}:
                self._connection.execute(
                    "UPDATE folder SET server_subscribed = ? WHERE id = ?",
                    (operation.kind is OperationKind.SUBSCRIBE, number),
                )
            changes.touch(number)
            self._derive(changes)

    def _give_way(self, number: int) -> None:
        """A folder that is deleted loses its path to the one that was made there since."""
        with self._keep.changing() as connection:
            connection.execute(
                "DELETE FROM folder WHERE id = ?1 AND EXISTS (SELECT 1 FROM folder other"
                " WHERE other.account = folder.account AND other.path = folder.path AND other.id > ?1)",
                (number,),
            )

    def _rename(
        self, number: int, name: str, old_path: str, path: str, remote: RemoteFolder | None, changes: Changes
    ) -> None:
        """The folder and those below it have other names on the server now."""
        (account,) = self._connection.execute("SELECT account FROM folder WHERE id = ?", (number,)).fetchone()
        renamed: list[tuple[int, str]] = []
        for other, other_name, other_path in self._connection.execute(
            "SELECT id, name, server_path FROM folder WHERE account = ?", (account,)
        ).fetchall():
            if other != number and not other_path.startswith(f"{old_path}/"):
                continue
            new_path = path + other_path[len(old_path) :]
            new_name = ""
            if remote is not None and name and other_name.startswith(name):
                new_name = remote.name + other_name[len(name) :]
            self._connection.execute(
                "UPDATE folder SET server_path = ?, name = ?, missing_since = NULL WHERE id = ?",
                (new_path, new_name, other),
            )
            changes.touch(other)
            renamed.append((other, new_path))
        with self._keep.changing() as connection:
            connection.executemany("UPDATE folder SET path = ?2 WHERE id = ?1", renamed)

    def remove(self, number: int, changes: Changes) -> None:
        """Remove a folder's row; what was in it is gone, unless it turns up elsewhere. Inside ``changing`` only."""
        connection = self._connection
        now = self._db.now()
        lost = [
            Row(*row)
            for row in connection.execute(f"SELECT {ROW} FROM item i WHERE i.server_folder = ?", (number,))  # noqa: S608 -- our own columns
        ]
        gone = [(row, NewState(0, None, row.server_flags, row.server_keywords, now)) for row in lost]
        settle(connection, changes, self._pending, gone)
        connection.execute("DELETE FROM awaited WHERE folder = ?", (number,))
        connection.execute("DELETE FROM emptied WHERE folder = ?", (number,))
        connection.execute("DELETE FROM folder WHERE id = ?", (number,))
        changes.touch(number)

    def reach(self, folder: FolderId, since: int) -> None:
        """See ``Writer.reach``."""
        with self._db.changing() as changes:
            self._connection.execute("UPDATE folder SET reach = ? WHERE id = ?", (since, folder))
            changes.touch(folder)

    def read_anew(self, folder: FolderId) -> None:
        """See ``Writer.read_anew``."""
        with self._db.changing():
            self._connection.execute("UPDATE folder SET cursor = x'' WHERE id = ?", (folder,))

    def of_account(self, account: AccountName) -> list[ServerFolder]:
        """See ``Writer.server_folders``."""
        return [
            _server_folder(row)
            for row in self._connection.execute(
                f"SELECT {_SERVER} FROM folder f JOIN account a ON a.id = f.account"  # noqa: S608 -- our own columns
                " WHERE a.name = ? AND f.missing_since IS NULL ORDER BY f.id",
                (account,),
            )
        ]

    def one(self, folder: FolderId) -> ServerFolder | None:
        """See ``Writer.server_folder``."""
        row = self._connection.execute(
            f"SELECT {_SERVER} FROM folder f JOIN account a ON a.id = f.account WHERE f.id = ?",  # noqa: S608 -- as above
            (folder,),
        ).fetchone()
        return _server_folder(row) if row else None


def derive(shown: dict[int, list[Any]], operation: Operation, same_account: set[int]) -> None:
    """What an operation does to [path, subscribed, deleted] of folders by number; for folding and the overlay alike."""
    number = operation.target
    if number is None or number not in shown:
        return
    row = shown[number]
    if operation.kind is OperationKind.RENAME_FOLDER:
        old = row[0]
        for other in same_account:
            path = shown[other][0] if other in shown else ""
            if other != number and path.startswith(f"{old}/"):
                shown[other][0] = operation.path + path[len(old) :]
        row[0] = operation.path
    elif operation.kind in {OperationKind.CREATE_FOLDER, OperationKind.DELETE_FOLDER}:
        row[2] = int(operation.kind is OperationKind.DELETE_FOLDER)
    elif operation.kind in {OperationKind.SUBSCRIBE, OperationKind.UNSUBSCRIBE}:
        row[1] = int(operation.kind is OperationKind.SUBSCRIBE)


def _server_folder(row: tuple[Any, ...]) -> ServerFolder:
    return ServerFolder(
        id=FolderId(row[0]),
        account=AccountName(row[1]),
        name=row[2],
        path=row[3],
        role=Role(row[4]) if row[4] else None,
        selectable=bool(row[5]),
        uidvalidity=row[6],
        cursor=row[7],
        held=row[8],
        complete=bool(row[9]),
        last_sync=row[10],
        older=row[11],
        read_from=row[12],
        reach=row[13],
        awaiting=bool(row[14]),
    )
