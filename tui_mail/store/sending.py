"""The life of operations: which may be sent now, and what follows from the server's answer.

Owns the state of rows in the journal once they exist, and the placing of items by the server's answers. Order of
commits: mail.db first, then keep.db; a crash between the two makes the engine send again what is safe to repeat.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tui_mail.model.ids import AccountName, FolderId, ItemId
from tui_mail.model.mail import ItemRef
from tui_mail.model.operation import Operation, OperationKind, OperationState
from tui_mail.model.remote import Appended, RemoteFolder, RemoteResult
from tui_mail.model.words import _
from tui_mail.store.changes import Changes
from tui_mail.store.coalesce import coalesce
from tui_mail.store.folders import Folders
from tui_mail.store.keepdb import KeepDb
from tui_mail.store.maildb import MailDb
from tui_mail.store.packing import pack_numbers, pack_refs
from tui_mail.store.pages import AWAITED_ROUNDS
from tui_mail.store.placing import NewState, Pending, Row, rows, server_state, settle

_FOLDER_KINDS = frozenset(
    {
        OperationKind.CREATE_FOLDER,
        OperationKind.RENAME_FOLDER,
        OperationKind.DELETE_FOLDER,
        OperationKind.SUBSCRIBE,
        OperationKind.UNSUBSCRIBE,
    }
)
_ITEM_KINDS = frozenset({OperationKind.FLAGS, OperationKind.MOVE, OperationKind.COPY, OperationKind.EXPUNGE})


class Sending:
    """Operations between the journal and the server; used by the writer."""

    def __init__(self, db: MailDb, keep: KeepDb, pending: Pending, folders: Folders) -> None:
        self._db = db
        self._keep = keep
        self._pending = pending
        self._folders = folders

    # -- what may be sent

    def next(self, account: AccountName) -> list[Operation]:
        """See ``Writer.next_operations``."""
        self._refresh()
        mine = [one for one in self._pending.operations.values() if one.account == account]
        self._drop(coalesce(mine, self._db.connection))
        now = self._db.now()
        ready: list[Operation] = []
        busy_items: set[int] = set()
        busy_folders: set[int] = set()
        for operation in [one for one in self._pending.operations.values() if one.account == account]:
            items = {ref.item for ref in operation.items} | set(operation.copies)
            blocked = (
                operation.state is OperationState.RUNNING
                or operation.not_before > now
                or not busy_items.isdisjoint(items)
                or (operation.target is not None and operation.target in busy_folders)
                or (operation.kind in _FOLDER_KINDS and bool(busy_items or busy_folders))
            )
            placed = None if blocked else self._placed(operation)
            if placed is not None:
                ready.append(placed)
            if operation.id in self._pending.operations:
                busy_items |= items
                if operation.kind in _FOLDER_KINDS and operation.target is not None:
                    busy_folders.add(operation.target)
        return ready

    def due(self, account: AccountName) -> int | None:
        """See ``Writer.next_due``."""
        self._refresh()
        now = self._db.now()
        times = [
            one.not_before
            for one in self._pending.operations.values()
            if one.account == account and one.state is OperationState.RETRY and one.not_before > now
        ]
        return min(times, default=None)

    def _refresh(self) -> None:
        """Take over what other processes did to waiting rows (``Journal.retry_now``, ``dismiss``)."""
        standings = {one.id: one for one in self._keep.standings()}
        for number, operation in list(self._pending.operations.items()):
            now = standings.get(number)
            if now is not None and (operation.state, operation.not_before) != (now.state, now.not_before):
                self._pending.replace(replace(operation, state=now.state, not_before=now.not_before))

    def _placed(self, operation: Operation) -> Operation | None:
        """The operation with its items where they are now; None while one of them has no UID yet.

        What was sent before keeps the places it was sent with: they are what a repetition must name.
        """
        if operation.kind not in _ITEM_KINDS or operation.attempts:
            return operation
        found = rows(self._db.connection, (ref.item for ref in operation.items))
        validity = self._validities(row.server_folder for row in found.values())
        refs: list[ItemRef] = []
        lost: list[int] = []
        for ref in operation.items:
            row = found.get(ref.item)
            if row is None and (ref.folder, ref.uid) in self._pending.parked:
                # After a rebuild: it may still turn up under the place it is remembered by.
                return None
            if row is None or (not row.server_folder and row.gone_at is not None):
                lost.append(ref.item)
                continue
            if row.server_uid is None:
                return None
            folder = FolderId(row.server_folder)
            refs.append(ItemRef(ref.item, folder, validity.get(row.server_folder, 0), row.server_uid, ref.fingerprint))
        if lost:
            if operation.kind in {OperationKind.MOVE, OperationKind.COPY}:
                text = _("No longer on the server: another program moved or deleted it.")
                self.refuse(operation, [ItemId(item) for item in lost], text, OperationState.CONFLICT)
            else:
                # Flags have nothing to hold on to, and a deletion is done.
                self._drop({operation.id: set(lost)})
            if not refs:
                return None
            operation = self._pending.operations[operation.id]
        return replace(operation, items=tuple(refs))

    def _validities(self, folders: Iterable[int]) -> dict[int, int]:
        wanted = set(folders)
        return {
            row[0]: row[1]
            for row in self._db.connection.execute("SELECT id, uidvalidity FROM folder")
            if row[0] in wanted
        }

    def _drop(self, dropped: dict[int, set[int]]) -> None:
        """Take items out of operations that need not be sent for them; their effective state follows."""
        touched: set[int] = set()
        for number, items in dropped.items():
            touched |= items
            touched.update(self._without(self._pending.operations[number], items))
        if not touched:
            return
        with self._db.changing() as changes:
            self._settle_unchanged(touched, changes)
        self._write_rows(dropped)

    def _without(self, operation: Operation, items: set[int]) -> set[int]:
        """Take items out of an operation in memory; returns the copies that are not made after all."""
        unmade: set[int] = set()
        if operation.kind is OperationKind.COPY:
            unmade.update(
                copy for ref, copy in zip(operation.items, operation.copies, strict=True) if ref.item in items
            )
        elif operation.kind is OperationKind.APPEND:
            unmade.update(copy for copy in operation.copies if copy in items)
        left = replace(
            operation,
            items=tuple(ref for ref in operation.items if ref.item not in items),
            copies=tuple(copy for copy in operation.copies if copy not in unmade),
        )
        if left.items or left.copies:
            self._pending.replace(left)
        else:
            self._pending.remove(operation.id)
        return unmade

    def _settle_unchanged(self, items: Iterable[int], changes: Changes) -> None:
        found = rows(self._db.connection, items)
        updates = []
        for row in found.values():
            state = server_state(row)
            if not row.server_folder and row.gone_at is None and not self._pending.of(row.id):
                # A copy or an appended message that will not be made.
                state.gone_at = self._db.now()
            updates.append((row, state))
        settle(self._db.connection, changes, self._pending, updates)

    def _write_rows(self, numbers: Iterable[int]) -> None:
        """Bring rows of the journal to what memory says: fewer items, or none."""
        with self._keep.changing() as connection:
            for number in numbers:
                left = self._pending.operations.get(number)
                if left is None:
                    connection.execute("DELETE FROM operation WHERE id = ?", (number,))
                else:
                    connection.execute(
                        "UPDATE operation SET items = ?, copies = ? WHERE id = ?",
                        (pack_refs(left.items), pack_numbers(left.copies), number),
                    )

    # -- what the server said

    def start(self, operation: Operation, target_uidnext: int) -> int:
        """See ``Writer.start``."""
        with self._keep.changing() as connection:
            row = connection.execute("SELECT target_uidnext FROM operation WHERE id = ?", (operation.id,)).fetchone()
            before: int = row[0] if row else 0
            connection.execute(
                "UPDATE operation SET state = 'running', attempts = attempts + 1, items = ?, target_uidnext = ?"
                " WHERE id = ?",
                (pack_refs(operation.items), before or target_uidnext, operation.id),
            )
        self._pending.replace(replace(operation, state=OperationState.RUNNING, attempts=operation.attempts + 1))
        return before

    def confirm(
        self,
        operation: Operation,
        result: RemoteResult | Appended | RemoteFolder | None,
        folder: FolderId | None,
    ) -> bool:
        """See ``Writer.confirm``."""
        current = self._pending.operations.get(operation.id)
        if current is None:
            return True
        if current.kind in _FOLDER_KINDS:
            self._pending.remove(current.id)
            self._folders.confirm(current, result if isinstance(result, RemoteFolder) else None)
        elif current.kind is OperationKind.APPEND:
            self._pending.remove(current.id)
            appended = result if isinstance(result, Appended) else Appended()
            with self._db.changing() as changes:
                found = rows(self._db.connection, current.copies)
                places = [
                    (row, self._landed(row, current, appended.uidvalidity, appended.uid)) for row in found.values()
                ]
                self._place(places, changes)
        else:
            remote = result if isinstance(result, RemoteResult) else None
            done = self._done(current, operation, remote, folder)
            self._confirm_items(current, done, remote)
        self._write_rows([current.id])
        return current.id not in self._pending.operations

    def _done(
        self, current: Operation, sent: Operation, result: RemoteResult | None, folder: FolderId | None
    ) -> dict[int, int]:
        """Items the answer speaks of, with the UID each had in the source folder; those still in the journal."""
        left = {ref.item for ref in current.items}
        spoken = None if result is None else {*result.done, *result.gone}
        return {
            ref.item: ref.uid
            for ref in sent.items
            if ref.item in left and (folder is None or ref.folder == folder) and (spoken is None or ref.uid in spoken)
        }

    def _confirm_items(self, operation: Operation, done: dict[int, int], result: RemoteResult | None) -> None:
        gone = set(result.gone) if result is not None else set()
        copy_of: dict[int, int] = dict(zip((ref.item for ref in operation.items), operation.copies, strict=False))
        made = {copy_of[item] for item in done if item in copy_of}
        self._without(operation, set(done))
        with self._db.changing() as changes:
            found = rows(self._db.connection, [*done, *made])
            updates: list[tuple[Row, NewState]] = []
            for item, uid in done.items():
                row = found.get(copy_of.get(item, item))
                if row is None:
                    continue
                if uid in gone and operation.kind is not OperationKind.MOVE:
                    updates.append((row, self._vanished(row)))
                elif operation.kind in {OperationKind.MOVE, OperationKind.COPY}:
                    target_uid = result.target_uids.get(uid, 0) if result is not None else 0
                    validity = result.target_uidvalidity if result is not None else 0
                    updates.append((row, self._landed(row, operation, validity, target_uid)))
                elif operation.kind is OperationKind.EXPUNGE:
                    updates.append((row, self._vanished(row)))
                else:
                    state = server_state(row)
                    state.server_flags = (state.server_flags & ~int(operation.remove)) | int(operation.add)
                    kept = set(state.server_keywords.split("\n")) - {"", *operation.remove_keywords}
                    state.server_keywords = "\n".join(sorted(kept | set(operation.add_keywords)))
                    updates.append((row, state))
            self._place(updates, changes)

    def _vanished(self, row: Row) -> NewState:
        return NewState(0, None, row.server_flags, row.server_keywords, self._db.now())

    def _landed(self, row: Row, operation: Operation, uidvalidity: int, uid: int) -> NewState:
        """Where a moved, copied or appended item is now: at a UID, or still to turn up in the target."""
        target = operation.target or 0
        if row.server_folder == target and row.server_uid is not None:
            return server_state(row)
        known = self._validities([target])
        if uid and known.get(target) == uidvalidity:
            return NewState(target, uid, row.server_flags, row.server_keywords)
        if target not in known:
            return self._vanished(row)
        self._db.connection.execute(
            "INSERT OR REPLACE INTO awaited (item, folder, reset, rounds) VALUES (?, ?, 0, ?)",
            (row.id, target, AWAITED_ROUNDS),
        )
        return NewState(target, None, row.server_flags, row.server_keywords)

    def _place(self, updates: Sequence[tuple[Row, NewState]], changes: Changes) -> None:
        """Settle; where a page was quicker and made another item at that place, ours takes its place and flags."""
        connection = self._db.connection
        settled: list[tuple[Row, NewState]] = []
        for row, new in updates:
            if new.server_uid is not None and (new.server_folder, new.server_uid) != (
                row.server_folder,
                row.server_uid,
            ):
                other = connection.execute(
                    "SELECT id FROM item WHERE server_folder = ? AND server_uid = ?",
                    (new.server_folder, new.server_uid),
                ).fetchone()
                if other is not None:
                    (rival,) = rows(connection, [other[0]]).values()
                    new.server_flags, new.server_keywords = rival.server_flags, rival.server_keywords
                    settle(connection, changes, self._pending, [(rival, self._vanished(rival))])
                    connection.execute("DELETE FROM item WHERE id = ?", (rival.id,))
            if new.server_uid is not None:
                connection.execute("DELETE FROM awaited WHERE item = ?", (row.id,))
            settled.append((row, new))
        settle(connection, changes, self._pending, settled)

    # -- what did not work out

    def refuse(self, operation: Operation, items: Sequence[ItemId] | None, text: str, state: OperationState) -> None:
        """See ``Writer.refuse`` and ``Writer.conflict``: the effect is taken back, a row tells why."""
        current = self._pending.operations.get(operation.id)
        if current is None:
            return
        every: set[int] = {ref.item for ref in current.items} or set(current.copies)
        refused = every if items is None else every & set(items)
        if current.kind in _FOLDER_KINDS:
            self._pending.remove(current.id)
            self._folders.undo_effect(current)
            if current.kind is OperationKind.CREATE_FOLDER:
                self._refuse_dependents(current, text)
        else:
            unmade = self._without(current, refused)
            with self._db.changing() as changes:
                self._settle_unchanged(refused | unmade, changes)
        self._write_refusal(current, refused, text, state)

    def _refuse_dependents(self, folder: Operation, text: str) -> None:
        """What was to go into a folder that cannot be made cannot be done either."""
        for other in [one for one in self._pending.operations.values() if one.target == folder.target]:
            self.refuse(other, None, text, OperationState.FAILED)

    def _write_refusal(self, operation: Operation, refused: set[int], text: str, state: OperationState) -> None:
        left = self._pending.operations.get(operation.id)
        with self._keep.changing() as connection:
            number: int = operation.id
            if left is not None:
                # Some go on; those refused get a row of their own.
                connection.execute(
                    "UPDATE operation SET items = ?, copies = ? WHERE id = ?",
                    (pack_refs(left.items), pack_numbers(left.copies), number),
                )
                number = self._keep.insert_operation(operation, operation.created, operation.action)
            refs = [ref for ref in operation.items if ref.item in refused]
            copies = [
                copy for ref, copy in zip(operation.items, operation.copies, strict=False) if ref.item in refused
            ] or [copy for copy in operation.copies if copy in refused]
            connection.execute(
                "UPDATE operation SET state = ?, error = ?, items = ?, copies = ? WHERE id = ?",
                (state.value, text, pack_refs(refs), pack_numbers(copies), number),
            )

    def retry(self, operation: Operation, error: str, not_before: int) -> None:
        """See ``Writer.retry``."""
        current = self._pending.operations.get(operation.id)
        if current is None:
            return
        with self._keep.changing() as connection:
            connection.execute(
                "UPDATE operation SET state = 'retry', error = ?, not_before = ? WHERE id = ?",
                (error, not_before, operation.id),
            )
        self._pending.replace(replace(current, state=OperationState.RETRY, error=error, not_before=not_before))

    def recover(self) -> None:
        """After a crash: what was running is to be tried again, with the places it was sent with."""
        for operation in list(self._pending.operations.values()):
            if operation.state is OperationState.RUNNING:
                self.retry(operation, operation.error or _("Interrupted; trying again."), 0)

    # -- when numbers lose their meaning

    def renumbered(self, folder: FolderId) -> None:
        """UIDVALIDITY of a folder changed: flags and moves look for their items anew, a deletion asks the person."""
        text = _("The server renumbered the folder; nothing was deleted. Look again and delete once more.")
        for operation in list(self._pending.operations.values()):
            if operation.kind not in _ITEM_KINDS:
                continue
            found = rows(self._db.connection, (ref.item for ref in operation.items))
            sent = {ref.item for ref in operation.items if ref.folder == folder and operation.attempts}
            here = {row.id for row in found.values() if row.server_folder == folder} | sent
            if not here:
                continue
            if operation.kind is OperationKind.EXPUNGE:
                self.refuse(operation, [ItemId(item) for item in here], text, OperationState.CONFLICT)
            elif operation.attempts:
                with self._keep.changing() as connection:
                    connection.execute(
                        "UPDATE operation SET state = 'queued', attempts = 0, not_before = 0 WHERE id = ?",
                        (operation.id,),
                    )
                again = replace(operation, state=OperationState.QUEUED, attempts=0, not_before=0)
                self._pending.replace(again)

    def not_found_again(self, folder: FolderId) -> None:
        """A folder was read to its end after a rebuild: what waits for items not in it becomes a conflict."""
        text = _("The message it was meant for was not found again after the local copy was rebuilt.")
        lost = {place: ref.item for place, ref in self._pending.parked.items() if place[0] == folder}
        for place in lost:
            del self._pending.parked[place]
        for operation in list(self._pending.operations.values()):
            items = [ref.item for ref in operation.items if ref.item in lost.values()]
            if items and not operation.attempts:
                self.refuse(operation, items, text, OperationState.CONFLICT)
