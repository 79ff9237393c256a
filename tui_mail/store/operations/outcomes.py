"""What follows from a server's answer: sent, done, refused, to be tried again.

Owns the placing of items by the server's answers and the states of rows in the journal. Must not know which
operations come next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, FolderId, ItemId
from tui_mail.model.operation import Operation, OperationKind, OperationState
from tui_mail.model.remote import Appended, RemoteFolder, RemoteResult
from tui_mail.model.words import _
from tui_mail.store.mirror.emptied import Emptied
from tui_mail.store.mirror.folders import Folders
from tui_mail.store.mirror.pages import AWAITED_ROUNDS
from tui_mail.store.mirror.placing import NEVER, NewState, Row, rows, server_state, settle
from tui_mail.store.operations.ledger import FOLDER_KINDS, ITEM_KINDS, Ledger
from tui_mail.store.tables.changes import Changes
from tui_mail.store.tables.packing import pack_numbers, pack_refs


class Outcomes:
    """Used by the writer."""

    def __init__(self, ledger: Ledger, folders: Folders) -> None:
        self._ledger = ledger
        self._db = ledger.db
        self._keep = ledger.keep
        self._pending = ledger.pending
        self._folders = folders
        self._emptied = Emptied(ledger.db.connection)

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
        if operation.id in self._pending.operations:
            started = replace(operation, state=OperationState.RUNNING, attempts=operation.attempts + 1)
            self._pending.replace(started)
        return before

    # -- done

    def confirm(
        self, operation: Operation, result: RemoteResult | Appended | RemoteFolder | None, folder: FolderId | None
    ) -> bool:
        """See ``Writer.confirm``."""
        current = self._pending.operations.get(operation.id)
        if current is None:
            return True
        if current.kind in FOLDER_KINDS:
            self._pending.remove(current.id)
            self._folders.confirm(current, result if isinstance(result, RemoteFolder) else None)
        elif current.kind is OperationKind.APPEND:
            self._pending.remove(current.id)
            appended = result if isinstance(result, Appended) else Appended()
            with self._db.changing() as changes:
                found = rows(self._db.connection, current.copies).values()
                places = [(row, self._landed(row, current, appended.uidvalidity, appended.uid)) for row in found]
                self._place(places, changes)
        else:
            remote = result if isinstance(result, RemoteResult) else None
            self._confirm_items(current, self._spoken_of(current, operation, remote, folder), remote, folder)
        self._ledger.write_rows([current.id])
        return current.id not in self._pending.operations

    def _spoken_of(
        self, current: Operation, sent: Operation, result: RemoteResult | None, folder: FolderId | None
    ) -> dict[int, int]:
        """Items the answer speaks of, with the UID each was sent with; those still in the journal."""
        left = {ref.item for ref in current.items}
        spoken = None if result is None else {*result.done, *result.gone}
        return {
            ref.item: ref.uid
            for ref in sent.items
            if ref.item in left and (folder is None or ref.folder == folder) and (spoken is None or ref.uid in spoken)
        }

    def _confirm_items(
        self, operation: Operation, done: dict[int, int], result: RemoteResult | None, folder: FolderId | None
    ) -> None:
        copy_of: dict[int, int] = dict(zip((ref.item for ref in operation.items), operation.copies, strict=False))
        made = {copy_of[item] for item in done if item in copy_of}
        self._ledger.without(operation, set(done))
        with self._db.changing() as changes:
            found = rows(self._db.connection, [*done, *made])
            updates = [
                (found[copy_of.get(item, item)], self._after(operation, found[copy_of.get(item, item)], uid, result))
                for item, uid in done.items()
                if copy_of.get(item, item) in found
            ]
            self._place(updates, changes)
            if result is not None and result.left and folder is not None:
                self._emptied.add(folder, set(done.values()).intersection(result.done))

    def _after(self, operation: Operation, row: Row, uid: int, result: RemoteResult | None) -> NewState:
        """The server state of an item (or of the copy made of it) once the server has done its part."""
        gone = result is not None and uid in result.gone
        if operation.kind in {OperationKind.MOVE, OperationKind.COPY}:
            # Gone at the first try: somebody else took it. At a later one it was us, and the answer was lost.
            if gone and (operation.attempts <= 1 or operation.kind is OperationKind.COPY):
                return self._vanished(row)
            target_uid = result.target_uids.get(uid, 0) if result is not None else 0
            return self._landed(row, operation, result.target_uidvalidity if result is not None else 0, target_uid)
        if gone or operation.kind is OperationKind.EXPUNGE:
            # Unless it was found elsewhere meanwhile.
            return self._vanished(row) if row.server_uid == uid else server_state(row)
        state = server_state(row)
        state.server_flags = (state.server_flags & ~int(operation.remove)) | int(operation.add)
        kept = set(state.server_keywords.split("\n")) - {"", *operation.remove_keywords}
        state.server_keywords = "\n".join(sorted(kept | set(operation.add_keywords)))
        return state

    def _vanished(self, row: Row) -> NewState:
        was_there = self._db.now() if row.server_folder else row.gone_at or NEVER
        return NewState(0, None, row.server_flags, row.server_keywords, was_there)

    def _landed(self, row: Row, operation: Operation, uidvalidity: int, uid: int) -> NewState:
        """Where a moved, copied or appended item is now: at a UID, or still to turn up in the target."""
        target = operation.target or 0
        flags = row.server_flags
        if operation.kind is OperationKind.MOVE:
            flags &= ~Flag.DELETED  # that mark was how it left its old place
        if row.server_folder == target and row.server_uid is not None:
            return server_state(row)
        known = self._ledger.validities().get(target)
        if uid and uidvalidity and known == 0:
            # Never read so far: the server's word is as good as that of its first page.
            self._db.connection.execute("UPDATE folder SET uidvalidity = ? WHERE id = ?", (uidvalidity, target))
            known = uidvalidity
        if uid and known == uidvalidity:
            return NewState(target, uid, flags, row.server_keywords)
        if known is None:
            return self._vanished(row)
        self._db.connection.execute(
            "INSERT OR REPLACE INTO awaited (item, folder, reset, rounds) VALUES (?, ?, 0, ?)",
            (row.id, target, AWAITED_ROUNDS),
        )
        return NewState(target, None, flags, row.server_keywords)

    def _place(self, updates: Sequence[tuple[Row, NewState]], changes: Changes) -> None:
        """Settle; where a page was quicker and made another item at that place, ours takes its place and flags."""
        connection = self._db.connection
        for row, new in updates:
            if new.server_uid is None:
                continue
            connection.execute("DELETE FROM awaited WHERE item = ?", (row.id,))
            other = connection.execute(
                "SELECT id FROM item WHERE server_folder = ? AND server_uid = ? AND id <> ?",
                (new.server_folder, new.server_uid, row.id),
            ).fetchone()
            if other is not None:
                (rival,) = rows(connection, [other[0]]).values()
                new.server_flags, new.server_keywords = rival.server_flags, rival.server_keywords
                settle(connection, changes, self._pending, [(rival, self._vanished(rival))])
                connection.execute("DELETE FROM item WHERE id = ?", (rival.id,))
        settle(connection, changes, self._pending, updates)

    # -- not done

    def refuse(self, operation: Operation, items: Sequence[ItemId] | None, text: str, state: OperationState) -> None:
        """See ``Writer.refuse`` and ``Writer.conflict``: the effect is taken back, a row tells why."""
        current = self._pending.operations.get(operation.id)
        if current is None:
            return
        every: set[int] = {ref.item for ref in current.items} or set(current.copies)
        refused = every if items is None else every & set(items)
        if current.kind in FOLDER_KINDS:
            self._pending.remove(current.id)
            self._folders.undo_effect(current)
        elif refused:
            unmade = self._ledger.without(current, refused)
            with self._db.changing() as changes:
                self._ledger.settle_unchanged(refused | unmade, changes)
        else:
            return
        self._write_refusal(current, refused, text, state)
        if current.id not in self._pending.operations:
            self._drop_dependents(current)
        if current.kind is OperationKind.CREATE_FOLDER:
            # What was to go into a folder that cannot be made cannot be done either.
            for other in [one for one in self._pending.operations.values() if one.target == current.target]:
                self.refuse(other, None, text, state)

    def _drop_dependents(self, operation: Operation) -> None:
        """What was to follow once the operation is done is not done either; the person hears of one thing only."""
        dependents = [one for one in self._pending.operations.values() if one.after == operation.id]
        self._ledger.drop(
            {one.id: {*(int(ref.item) for ref in one.items), *(int(copy) for copy in one.copies)} for one in dependents}
        )

    def _write_refusal(self, operation: Operation, refused: set[int], text: str, state: OperationState) -> None:
        left = self._pending.operations.get(operation.id)
        refs = [ref for ref in operation.items if ref.item in refused]
        if operation.kind is OperationKind.COPY:
            pairs = zip(operation.items, operation.copies, strict=True)
            copies = [copy for ref, copy in pairs if ref.item in refused]
        else:
            copies = [copy for copy in operation.copies if copy in refused]
        with self._keep.changing() as connection:
            number: int = operation.id
            if left is not None:
                # Some go on; those refused get a row of their own.
                connection.execute(
                    "UPDATE operation SET items = ?, copies = ? WHERE id = ?",
                    (pack_refs(left.items), pack_numbers(left.copies), number),
                )
                number = self._keep.insert_operation(operation, operation.created, operation.action)
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

    def recover(self, account: AccountName | None = None) -> None:
        """After a crash, or for one account: what was running is to be tried again, with the places it was sent with."""
        for operation in list(self._pending.operations.values()):
            if operation.state is OperationState.RUNNING and account in (None, operation.account):
                self.retry(operation, operation.error or _("Interrupted; it is tried again."), 0)

    # -- when numbers lose their meaning

    def renumbered(self, folder: FolderId) -> None:
        """UIDVALIDITY of a folder changed: flags and moves look for their items anew, a deletion asks the person."""
        text = _("The server renumbered the folder, so nothing was deleted: look again and delete once more.")
        for operation in list(self._pending.operations.values()):
            if operation.kind not in ITEM_KINDS:
                continue
            found = rows(self._db.connection, (ref.item for ref in operation.items)).values()
            here = {row.id for row in found if row.server_folder == folder}
            here.update(ref.item for ref in operation.items if operation.attempts and ref.folder == folder)
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
                self._pending.replace(replace(operation, state=OperationState.QUEUED, attempts=0, not_before=0))

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

    def taken_away(self, operation: Operation, items: list[ItemId]) -> None:
        """Items to be moved or copied are no longer on the server."""
        text = _("No longer on the server: another program moved or deleted it.")
        self.refuse(operation, items, text, OperationState.CONFLICT)
