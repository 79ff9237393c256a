"""Writing to keep.db: ids, operations, actions. Any process, no engine needed; only short transactions.

Owns what makes a gesture durable. Must not know mail.db.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tui_mail.config.paths import Home
from tui_mail.model.clock import Clock
from tui_mail.model.ids import AccountName, ActionId, FolderId, ItemId, OperationId, OutboxId
from tui_mail.model.operation import Action, ActionKind, Operation, OperationKind, OperationState
from tui_mail.store.disk.sqlite import translated
from tui_mail.store.mirror.effect import LIVE
from tui_mail.store.tables import alerts, leaving
from tui_mail.store.tables.keepdb import KeepDb, pack_operations, unpack_operations
from tui_mail.store.tables.packing import pack_numbers, unpack_numbers
from tui_mail.store.tables.sendstate import take_back_held

_REARRANGING = frozenset({OperationKind.RENAME_FOLDER, OperationKind.DELETE_FOLDER})


@dataclass(frozen=True, slots=True)
class NewAction:
    """A gesture about to be recorded. ``forward`` and ``inverse`` are operations without ids, used by redo and undo."""

    kind: ActionKind
    items: tuple[ItemId, ...]
    target: str
    forward: tuple[Operation, ...]
    inverse: tuple[Operation, ...]
    """Empty: cannot be undone."""


@dataclass(frozen=True, slots=True)
class Anew:
    """An action that is done again and makes other items than before."""

    forward: tuple[Operation, ...]
    inverse: tuple[Operation, ...]
    renamed: Mapping[ItemId, ItemId]
    """Items that it made before, to those it makes now."""


class Journal:
    """One connection to keep.db. Raises StoreError while no engine has made the file, StoreFull, StoreNewer.

    May be shared between threads.
    """

    def __init__(self, home: Home, clock: Clock) -> None:
        self._keep = KeepDb(home, write=True)
        self._clock = clock
        self._lock = threading.RLock()

    def draw_items(self, count: int) -> range:
        """Numbers for ``count`` new items, never handed out before or again."""
        with self._lock, self._keep.changing():
            first = self._keep.draw("item", count)
        return range(first, first + count)

    def draw_folder(self, account: AccountName, path: str) -> FolderId:
        """The number of a folder about to be created; one that had this path before keeps its number."""
        with self._lock, self._keep.changing() as connection:
            leaving = self._leaving(account)
            known = connection.execute(
                "SELECT id FROM folder WHERE account = ? AND path = ? ORDER BY id DESC", (account, path)
            ).fetchall()
            number = next((each for (each,) in known if each not in leaving), None)
            if number is None:
                number = self._keep.draw("folder", 1)
                connection.execute("INSERT INTO folder (id, account, path) VALUES (?, ?, ?)", (number, account, path))
        return FolderId(number)

    def _leaving(self, account: AccountName) -> set[int]:
        """Folders that wait to be deleted or to get another name, and those in them: who gets their path is another."""
        going = {
            one.target
            for one in self._keep.operations()
            if one.account == account and one.kind in _REARRANGING and one.state in LIVE
        }
        if not going:
            return set()
        paths: list[tuple[int, str]] = self._keep.connection.execute(
            "SELECT id, path FROM folder WHERE account = ?", (account,)
        ).fetchall()
        branches = tuple(f"{path}/" for number, path in paths if number in going)
        return {number for number, path in paths if number in going or path.startswith(branches)}

    def record(self, operations: Sequence[Operation], action: NewAction | None = None) -> Action | None:
        """Write operations (their ``id``, ``state`` and ``created`` are given here) and the action in one transaction.

        Durable on return.
        """
        now = int(self._clock.now())
        with self._lock, self._keep.changing() as connection:
            if action is None:
                for operation in operations:
                    self._keep.insert_operation(operation, now, None)
                return None
            number = self._keep.insert_action(
                action.kind, action.items, action.target, action.forward, action.inverse, created=now
            )
            ids = tuple(self._keep.insert_operation(operation, now, number) for operation in operations)
            connection.execute("UPDATE action SET operations = ? WHERE id = ?", (pack_numbers(ids), number))
        return Action(
            id=ActionId(number),
            kind=action.kind,
            items=action.items,
            operations=ids,
            target=action.target,
            reversible=bool(action.inverse),
            created=now,
        )

    def last_action(self, *, undone: bool) -> Action | None:
        """The action that undo (``undone=False``) or redo (True) would take next."""
        with self._lock:
            if undone:
                found = self._keep.actions("state = 'undone'", newest=False)
            else:
                found = self._keep.actions("state = 'done'")
        return found[0] if found else None

    def inverse(self, action: ActionId) -> tuple[Operation, ...]:
        """What takes the action back; the places of its items are empty."""
        return self._steps(action, "inverse")

    def forward(self, action: ActionId) -> tuple[Operation, ...]:
        """What does the action once more; the places of its items are empty."""
        return self._steps(action, "forward")

    def _steps(self, action: ActionId, column: str) -> tuple[Operation, ...]:
        with self._lock, translated(self._keep.path):
            row = self._keep.connection.execute(
                f"SELECT {column} FROM action WHERE id = ?",  # noqa: S608 -- one of two names of ours
                (action,),
            ).fetchone()
        return unpack_operations(row[0]) if row else ()

    def record_undo(
        self,
        action: Action,
        operations: Sequence[Operation],
        *,
        undone: bool,
        anew: Anew | None = None,
    ) -> Action | None:
        """Write the operations of an undo (or redo) and turn the action's mark over, in one transaction.

        ``anew``: what it is now, where that changed; what was done to its items before and can be done again is about
        the new ones then. None when another process was quicker.
        """
        now = int(self._clock.now())
        before, after = ("done", "undone") if undone else ("undone", "done")
        with self._lock, self._keep.changing() as connection:
            turned = connection.execute(
                "UPDATE action SET state = ? WHERE id = ? AND state = ?", (after, action.id, before)
            )
            if turned.rowcount == 0:
                return None
            ids = tuple(self._keep.insert_operation(operation, now, action.id) for operation in operations)
            if anew is not None:
                connection.execute(
                    "UPDATE action SET forward = ?, inverse = ? WHERE id = ?",
                    (pack_operations(anew.forward), pack_operations(anew.inverse), action.id),
                )
                self._rename_later(action.id, anew.renamed)
        return replace(action, operations=ids, undone=undone)

    def _rename_later(self, action: ActionId, renamed: Mapping[ItemId, ItemId]) -> None:
        """Actions after this one that are taken back speak of other items from now on. Inside a transaction."""
        connection = self._keep.connection
        for number, items, forward, inverse in connection.execute(
            "SELECT id, items, forward, inverse FROM action WHERE state = 'undone' AND id > ?", (action,)
        ).fetchall():
            of = [ItemId(item) for item in unpack_numbers(items)]
            if not renamed.keys().isdisjoint(of):
                connection.execute(
                    "UPDATE action SET items = ?, forward = ?, inverse = ? WHERE id = ?",
                    (
                        pack_numbers(renamed.get(item, item) for item in of),
                        pack_operations(_renamed(unpack_operations(forward), renamed)),
                        pack_operations(_renamed(unpack_operations(inverse), renamed)),
                        number,
                    ),
                )

    def take_back_send(self) -> Action | None:
        """Undo the sending of the newest message that was not tried yet: it is a draft again. None when there is none."""
        with self._lock, self._keep.changing() as connection:
            return take_back_held(connection, int(self._clock.now()))

    def overtake(self, action: Action) -> None:
        """Neither undo nor redo takes this action any more: what it was about is gone."""
        with self._lock, self._keep.changing() as connection:
            connection.execute("UPDATE action SET state = 'overtaken' WHERE id = ?", (action.id,))

    def retry_now(self, operation: OperationId) -> bool:
        """Queue a waiting, failed or conflicting operation once more; False when there is none such.

        One that has lost its effect comes back under a new number, so that it is folded again.
        """
        now = int(self._clock.now())
        with self._lock, self._keep.changing() as connection:
            found = [one for one in self._keep.operations(operation - 1) if one.id == operation]
            if not found or found[0].state in {OperationState.QUEUED, OperationState.RUNNING}:
                return False
            if found[0].state is OperationState.RETRY:
                connection.execute("UPDATE operation SET not_before = 0 WHERE id = ?", (operation,))
            else:
                connection.execute("DELETE FROM operation WHERE id = ?", (operation,))
                self._keep.insert_operation(found[0], now, found[0].action)
        return True

    def dismiss(self, operation: OperationId) -> bool:
        """Forget a failed or conflicting operation the person has read about; False when there is none such."""
        with self._lock, self._keep.changing() as connection:
            gone = connection.execute(
                "DELETE FROM operation WHERE id = ? AND state IN ('conflict', 'failed')", (operation,)
            )
        return gone.rowcount > 0

    def left_list(self, account: AccountName, name: str, way: str, target: str, outbox: OutboxId | None = None) -> None:
        """Remember that a mailing list was left; see ``store.tables.leaving``."""
        with self._lock, self._keep.changing() as connection:
            leave = leaving.Leave(way, target[:500], int(self._clock.now()))
            leaving.note(connection, account, name, leave, outbox)

    def alerts_read(self, numbers: Sequence[int]) -> None:
        """A person has read these texts of servers (``Reader.alerts``)."""
        with self._lock, self._keep.changing() as connection:
            alerts.mark_read(connection, list(numbers), int(self._clock.now()))

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._keep.close()


def _renamed(operations: Sequence[Operation], renamed: Mapping[ItemId, ItemId]) -> list[Operation]:
    return [
        replace(
            one,
            items=tuple(replace(ref, item=renamed.get(ref.item, ref.item)) for ref in one.items),
            copies=tuple(renamed.get(copy, copy) for copy in one.copies),
        )
        for one in operations
    ]
