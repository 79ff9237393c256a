"""Items and the operations that are folded in but not confirmed: the effective state of each follows from both.

Owns recomputing an item's effective state whenever its server state or its operations change. Must not know why.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tui_mail.model.ids import AccountName
from tui_mail.model.mail import ItemRef
from tui_mail.model.operation import Operation, OperationKind, OperationState
from tui_mail.store.mirror.effect import LIVE, State, effective
from tui_mail.store.tables.changes import Changes
from tui_mail.store.tables.maildb import numbers

_MAKES = frozenset({OperationKind.COPY, OperationKind.APPEND})


class Pending:
    """Operations in effect, by number and by item; a mirror of keep.db up to what is folded."""

    def __init__(self) -> None:
        self.operations: dict[int, Operation] = {}
        self.parked: dict[tuple[int, int], ItemRef] = {}
        """(folder, UID) to the reference of an item that is not in mail.db, which was rebuilt; until it is found."""
        self._of_item: dict[int, dict[int, bool]] = {}

    def add(self, operation: Operation) -> None:
        """An operation was folded, or was found folded at the start. Those without effect are left out."""
        if operation.state not in LIVE:
            return
        self.operations[operation.id] = operation
        for ref in operation.items:
            # A copy has no effect on what is copied, yet must not be overtaken by what comes later.
            self._of_item.setdefault(ref.item, {})[operation.id] = False
        for item in operation.copies:
            self._of_item.setdefault(item, {})[operation.id] = True

    def replace(self, operation: Operation) -> None:
        """The operation changed (fewer items, another state); its effect is that of what is given."""
        self.remove(operation.id)
        self.add(operation)
        # Order is that of numbers, whatever the order of adding.
        self.operations = dict(sorted(self.operations.items()))

    def rename(self, names: Mapping[str, AccountName]) -> None:
        """Accounts are called otherwise now; what waits for them, and what is under way, is what it was."""
        for number, operation in self.operations.items():
            if operation.account in names:
                self.operations[number] = replace(operation, account=names[operation.account])

    def remove(self, number: int) -> None:
        """The operation has no effect any more."""
        operation = self.operations.pop(number, None)
        if operation is None:
            return
        for item in [*(ref.item for ref in operation.items), *operation.copies]:
            of_item = self._of_item.get(item)
            if of_item is not None:
                of_item.pop(number, None)
                if not of_item:
                    del self._of_item[item]

    def of(self, item: int) -> list[tuple[Operation, bool]]:
        """Operations on an item in their order; True: it makes the item."""
        of_item = self._of_item.get(item)
        if not of_item:
            return []
        return [(self.operations[number], of_item[number]) for number in sorted(of_item)]

    def park(self, operation: Operation, here: Container[int]) -> None:
        """Remember where the items of an operation were that are not ``here``."""
        for ref in operation.items:
            if ref.uid and ref.item not in here:
                self.parked[ref.folder, ref.uid] = ref

    def unpark(self, folder: int, uidvalidity: int, uid: int, fingerprint: bytes) -> int | None:
        """The number that the message at this place had before the rebuild."""
        ref = self.parked.get((folder, uid))
        if ref is None or ref.uidvalidity != uidvalidity or ref.fingerprint != fingerprint:
            return None
        del self.parked[folder, uid]
        return ref.item

    def __contains__(self, item: object) -> bool:
        return item in self._of_item

    def bringing(self, item: int, folder: int) -> Operation | None:
        """The operation that may already have put ``item`` into ``folder`` on the server: sent once, at least."""
        for operation, makes in reversed(self.of(item)):
            sent = operation.state is OperationState.RUNNING or operation.attempts > 0
            if sent and operation.target == folder and (makes or operation.kind is OperationKind.MOVE):
                return operation
        return None


@dataclass(slots=True)
class Row:
    """An item as it is stored, as far as its state goes."""

    id: int
    content: int
    thread: int
    received: int
    folder: int
    flags: int
    keywords: str
    server_folder: int
    server_uid: int | None
    server_flags: int
    server_keywords: str
    attached: int
    gone_at: int | None


NEVER: Final = 0
"""``gone_at`` of an item that was to be made and never came to be: nothing that arrives is it."""

ROW = (
    "i.id, i.content, i.thread, i.received, i.folder, i.flags, i.keywords, i.server_folder, i.server_uid,"
    " i.server_flags, i.server_keywords, i.attached, i.gone_at"
)


def rows(connection: sqlite3.Connection, items: Iterable[int]) -> dict[int, Row]:
    """Items by number; those missing are left out."""
    found = connection.execute(
        f"SELECT {ROW} FROM json_each(?) j CROSS JOIN item i ON i.id = j.value",  # noqa: S608 -- our own columns
        (numbers(items),),
    )
    return {row[0]: Row(*row) for row in found}


@dataclass(slots=True)
class NewState:
    """What an item's server state becomes; effective state follows."""

    server_folder: int
    server_uid: int | None
    server_flags: int
    server_keywords: str
    gone_at: int | None = None


def server_state(row: Row) -> NewState:
    """The server state as it is."""
    return NewState(row.server_folder, row.server_uid, row.server_flags, row.server_keywords, row.gone_at)


def differs(row: Row, pending: Pending) -> bool:
    """True when the effective state of a row is not what follows from its server state and its operations."""
    base: State = (row.server_folder, row.server_flags, row.server_keywords)
    return effective(base, pending.of(row.id)) != (row.folder, row.flags, row.keywords)


def settle(
    connection: sqlite3.Connection,
    changes: Changes,
    pending: Pending,
    updates: Sequence[tuple[Row, NewState]],
) -> None:
    """Write new server states and the effective states that follow from them and from the operations in effect."""
    written: list[tuple[object, ...]] = []
    for row, new in updates:
        base: State = (new.server_folder, new.server_flags, new.server_keywords)
        folder, flags, keywords = effective(base, pending.of(row.id)) if row.id in pending else base
        old_on_server = row.server_folder if row.server_uid is not None else 0
        new_on_server = new.server_folder if new.server_uid is not None else 0
        if (old_on_server, row.server_flags) != (new_on_server, new.server_flags):
            changes.place(old_on_server, row.server_flags, new_on_server, new.server_flags)
        if folder != row.folder:
            changes.leave(row.folder, row.thread, row.flags)
            changes.enter(row.id, folder, row.thread, row.received, flags, row.attached)
        elif flags != row.flags:
            changes.reflag(folder, row.thread, row.flags, flags)
        elif keywords != row.keywords:
            changes.touch(folder)
        written.append(
            (
                folder,
                int(flags),
                keywords,
                new.server_folder,
                new.server_uid,
                int(new.server_flags),
                new.server_keywords,
                new.gone_at,
                row.id,
            )
        )
    connection.executemany(
        "UPDATE item SET folder = ?, flags = ?, keywords = ?, server_folder = ?, server_uid = ?, server_flags = ?,"
        " server_keywords = ?, gone_at = ? WHERE id = ?",
        written,
    )
