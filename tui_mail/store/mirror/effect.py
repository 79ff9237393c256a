"""What an operation does to one item. The one function that folding, overlaying and rolling back all go by.

Pure. Must not know where states come from.
"""

from __future__ import annotations

from collections.abc import Iterable

from tui_mail.model.flags import Flag
from tui_mail.model.operation import Operation, OperationKind, OperationState

State = tuple[int, int, str]
"""(folder, flags, keywords): the folder is 0 for an item that is in none; keywords as ``rows.encode_keywords``."""

LIVE = frozenset({OperationState.QUEUED, OperationState.RUNNING, OperationState.RETRY})
"""Operations in these states have their effect; a conflict or a failure has none."""


def apply(operation: Operation, state: State) -> State:
    """``state`` of one of ``operation.items`` after the operation. An item in no folder stays there."""
    folder, flags, keywords = state
    if not folder:
        return state
    if operation.kind is OperationKind.FLAGS:
        if operation.add_keywords or operation.remove_keywords:
            kept = set(keywords.split("\n") if keywords else ()) - set(operation.remove_keywords)
            keywords = "\n".join(sorted(kept | set(operation.add_keywords)))
        return folder, (flags & ~operation.remove) | operation.add, keywords
    if operation.kind is OperationKind.MOVE:
        # A move in two steps marks the message as deleted where it was; at its new place nothing is to be deleted.
        return operation.target or 0, flags & ~Flag.DELETED, keywords
    if operation.kind is OperationKind.EXPUNGE:
        return 0, flags, keywords
    return state


def made(operation: Operation, state: State) -> State:
    """``state`` of one of ``operation.copies``, an item that a copy or an append makes."""
    return operation.target or 0, state[1], state[2]


def effective(server: State, operations: Iterable[tuple[Operation, bool]]) -> State:
    """``server`` after operations in order; True marks the one that makes the item."""
    state = server
    for operation, makes in operations:
        state = made(operation, state) if makes else apply(operation, state)
    return state
