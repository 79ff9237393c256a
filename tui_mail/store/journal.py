"""Writing to keep.db: ids, operations, actions. Any process, no engine needed; only short transactions.

Owns the rows of keep.db. Must not know mail.db.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui_mail.config.paths import Home
from tui_mail.model.clock import Clock
from tui_mail.model.ids import ActionId, FolderId, ItemId, OperationId
from tui_mail.model.operation import Action, ActionKind, Operation


@dataclass(frozen=True, slots=True)
class NewAction:
    """A gesture about to be recorded. ``forward`` and ``inverse`` are operations without ids, used by redo and undo."""

    kind: ActionKind
    items: tuple[ItemId, ...]
    target: str
    forward: tuple[Operation, ...]
    inverse: tuple[Operation, ...]
    """Empty: cannot be undone."""


class Journal:
    """One connection to keep.db. Raises StoreError while no engine has made the file, StoreFull, StoreNewer."""

    def __init__(self, home: Home, clock: Clock) -> None:
        raise NotImplementedError

    def draw_items(self, count: int) -> range:
        """Numbers for ``count`` new items, never handed out before or again."""
        raise NotImplementedError

    def draw_folder(self) -> FolderId:
        """The number of a folder about to be created."""
        raise NotImplementedError

    def record(self, operations: Sequence[Operation], action: NewAction | None = None) -> tuple[OperationId, ...]:
        """Write operations (their ``id``, ``state`` and ``created`` are given here) and the action in one transaction.

        Durable on return.
        """
        raise NotImplementedError

    def pending(self) -> list[Operation]:
        """Every operation not yet confirmed, oldest first."""
        raise NotImplementedError

    def actions(self, limit: int) -> list[Action]:
        """The newest actions, newest first."""
        raise NotImplementedError

    def last_action(self, *, undone: bool) -> Action | None:
        """The action that undo (``undone=False``) or redo (True) would take next."""
        raise NotImplementedError

    def inverse(self, action: ActionId) -> tuple[Operation, ...]:
        """What takes the action back."""
        raise NotImplementedError

    def forward(self, action: ActionId) -> tuple[Operation, ...]:
        """What does the action once more."""
        raise NotImplementedError

    def record_undo(self, action: ActionId, operations: Sequence[Operation], *, undone: bool) -> Action:
        """Write the operations of an undo or redo and turn the action's mark over, in one transaction."""
        raise NotImplementedError

    def retry_now(self, operation: OperationId) -> bool:
        """Queue a waiting, failed or conflicting operation once more; False when there is none such."""
        raise NotImplementedError

    def dismiss(self, operation: OperationId) -> bool:
        """Forget a failed or conflicting operation the person has read about; False when there is none such."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the connection."""
        raise NotImplementedError
