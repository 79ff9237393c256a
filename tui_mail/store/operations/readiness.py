"""Which operations may be sent now, and where their items are.

Owns the order between operations: of one message, and around folders that are made, renamed or deleted. Must not know
what a server answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tui_mail.model.ids import AccountName, FolderId, ItemId
from tui_mail.model.mail import ItemRef
from tui_mail.model.operation import Operation, OperationKind, OperationState
from tui_mail.store.mirror.placing import rows
from tui_mail.store.operations.coalesce import coalesce
from tui_mail.store.operations.ledger import FOLDER_KINDS, ITEM_KINDS, Ledger

_REARRANGING = frozenset({OperationKind.RENAME_FOLDER, OperationKind.DELETE_FOLDER})
_TRANSPORTING = frozenset({OperationKind.MOVE, OperationKind.COPY})

Refuse = Callable[[Operation, list[ItemId]], None]
"""Called with an operation and items of it that another program took away."""


class Readiness:
    """Used by the writer."""

    def __init__(self, ledger: Ledger, refuse: Refuse) -> None:
        self._ledger = ledger
        self._db = ledger.db
        self._pending = ledger.pending
        self._refuse = refuse

    def next(self, account: AccountName) -> list[Operation]:
        """See ``Writer.next_operations``."""
        self._refresh()
        self._ledger.drop(coalesce(self._mine(account), self._db.connection))
        now = self._db.now()
        ready: list[Operation] = []
        busy_items: set[int] = set()
        busy_folders: set[int] = set()
        waiting = rearranging = False
        for operation in self._mine(account):
            items: set[int] = {*(ref.item for ref in operation.items), *operation.copies}
            blocked = (
                operation.state is OperationState.RUNNING
                or operation.not_before > now
                or not busy_items.isdisjoint(items)
                or operation.target in busy_folders
                or (operation.kind in _REARRANGING and waiting)
                or (operation.kind is OperationKind.CREATE_FOLDER and rearranging)
                or operation.after in self._pending.operations
            )
            placed = None if blocked else self._placed(operation)
            if placed is not None and busy_folders.isdisjoint(ref.folder for ref in placed.items):
                ready.append(placed)
            if operation.id in self._pending.operations:
                waiting = True
                # Made before, a folder would take the name that another is to get.
                rearranging = rearranging or operation.kind in _REARRANGING
                busy_items |= items
                if operation.kind in FOLDER_KINDS and operation.target is not None:
                    busy_folders.add(operation.target)
        return ready

    def due(self, account: AccountName) -> int | None:
        """See ``Writer.next_due``."""
        self._refresh()
        now = self._db.now()
        times = [one.not_before for one in self._mine(account) if one.not_before > now]
        return min(times, default=None)

    def _mine(self, account: AccountName) -> list[Operation]:
        return [one for one in self._pending.operations.values() if one.account == account]

    def _refresh(self) -> None:
        """Take over what other processes did to waiting rows (``Journal.retry_now``)."""
        standings = {one.id: one for one in self._ledger.keep.standings()}
        for number, operation in list(self._pending.operations.items()):
            now = standings.get(number)
            if now is not None and (operation.state, operation.not_before) != (now.state, now.not_before):
                self._pending.replace(replace(operation, state=now.state, not_before=now.not_before))

    def _placed(self, operation: Operation) -> Operation | None:
        """The operation with its items where they are now; None when nothing of it is left, or it must wait.

        An item that is in a folder by an unknown UID has UID 0 there: looking at the folder will find it. A copy or
        move that was sent before keeps the places it was sent with: they are what a repetition must name. What had
        none then was not sent, and is named as soon as it has one.
        """
        sent = operation.kind in _TRANSPORTING and operation.attempts > 0
        if operation.kind not in ITEM_KINDS or (sent and all(ref.uid for ref in operation.items)):
            return operation
        found = rows(self._db.connection, (ref.item for ref in operation.items))
        validities = self._ledger.validities()
        refs: list[ItemRef] = []
        lost: list[ItemId] = []
        there: set[int] = set()
        for ref in operation.items:
            if sent and ref.uid:
                refs.append(ref)
                continue
            row = found.get(ref.item)
            if row is None and (ref.folder, ref.uid) in self._pending.parked:
                # After a rebuild: it may still turn up under the place it is remembered by.
                return None
            if row is None or (not row.server_folder and row.gone_at is not None):
                lost.append(ref.item)
            elif operation.kind is OperationKind.MOVE and row.server_folder == operation.target:
                # A move that was refused and taken back, or somebody was quicker: nothing is left to do.
                there.add(ref.item)
            elif row.server_folder:
                folder = FolderId(row.server_folder)
                uidvalidity = validities.get(row.server_folder, 0)
                refs.append(ItemRef(ref.item, folder, uidvalidity, row.server_uid or 0, ref.fingerprint))
            elif sent:
                refs.append(ref)  # it waits, and the others do not
            else:
                return None
        if there:
            self._ledger.drop({operation.id: there})
        if lost:
            if operation.kind in _TRANSPORTING:
                self._refuse(operation, lost)
            else:
                # Flags have nothing to hold on to, and a deletion is done.
                self._ledger.drop({operation.id: {int(item) for item in lost}})
        left = self._pending.operations.get(operation.id)
        if left is None or not refs:
            return None
        return replace(left, items=tuple(refs))
