"""Operations that need not be sent because a later one says otherwise, as long as nothing was sent.

Read and then unread is nothing, A to B and then to C is A to C, flagged and then deleted is deleted. Effective states
do not change by this: the later operation has the last word anyway. Pure but for reading server states.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import takewhile

from tui_mail.model.operation import Operation, OperationKind, OperationState
from tui_mail.store.mirror.placing import rows

_MOVING = frozenset({OperationKind.MOVE, OperationKind.EXPUNGE})
_STANDING = frozenset({OperationKind.MOVE, OperationKind.FLAGS})


def coalesce(operations: Sequence[Operation], connection: sqlite3.Connection) -> dict[int, set[int]]:
    """Operation number to the items it need not be sent for. ``operations`` are one account's, in their order."""
    of_item: dict[int, list[Operation]] = {}
    awaited = {operation.after for operation in operations}
    twice: set[int] = set()
    for operation in operations:
        items: list[int] = [*(ref.item for ref in operation.items), *operation.copies]
        for item in items:
            chain = of_item.setdefault(item, [])
            chain.append(operation)
            if len(chain) > 1:
                twice.add(item)
    dropped: dict[int, set[int]] = {}
    if not twice:
        return dropped
    states = rows(connection, twice)
    for item in twice:
        row = states.get(item)
        server = None if row is None or row.server_uid is None else (row.server_folder, row.server_flags)
        for operation in _superseded(item, of_item[item], server):
            if operation.id in awaited:
                continue  # another one is safe only when this has been done
            dropped.setdefault(operation.id, set()).add(item)
    return dropped


def _unsent(operation: Operation) -> bool:
    return operation.state is OperationState.QUEUED and not operation.attempts


def _superseded(item: int, chain: Sequence[Operation], server: tuple[int, int] | None) -> list[Operation]:
    """Those of one item's operations that a later one makes needless; what is later was not sent either."""
    found: list[Operation] = []
    for at, operation in enumerate(chain):
        if not _unsent(operation):
            continue
        later = chain[at + 1 :]
        # A copy takes along what was done to the message before.
        until_copied = list(takewhile(lambda one: one.kind is not OperationKind.COPY, later))
        if operation.kind is OperationKind.FLAGS:
            if any(one.kind is OperationKind.EXPUNGE for one in until_copied) or _overruled(operation, until_copied):
                found.append(operation)
        elif operation.kind is OperationKind.MOVE:
            if any(one.kind in _MOVING for one in later):
                found.append(operation)
        elif item in operation.copies and any(one.kind is OperationKind.EXPUNGE for one in until_copied):
            # A copy deleted before it was made: neither is sent, and nothing else of it.
            return [*found, operation, *later]
    return [*found, *_needless(found, chain, server)]


def _overruled(operation: Operation, later: Sequence[Operation]) -> bool:
    """True when every flag and keyword it touches is touched again later."""
    bits = operation.add | operation.remove
    words = {*operation.add_keywords, *operation.remove_keywords}
    for one in later:
        if one.kind is OperationKind.FLAGS:
            bits &= ~(one.add | one.remove)
            words -= {*one.add_keywords, *one.remove_keywords}
    return not bits and not words


def _needless(
    found: Sequence[Operation], chain: Sequence[Operation], server: tuple[int, int] | None
) -> list[Operation]:
    """Later operations that, with the earlier ones gone, ask for what the server has by then anyway."""
    if not found or server is None:
        return []
    folder, flags = server
    kinds = {one.kind for one in found}
    needless = []
    for one in chain:
        if one in found:
            continue
        after = (
            (one.target or 0, flags) if one.kind is OperationKind.MOVE else (folder, (flags & ~one.remove) | one.add)
        )
        words = one.add_keywords or one.remove_keywords
        if _unsent(one) and one.kind in kinds & _STANDING and not words and after == (folder, flags):
            needless.append(one)
        elif one.kind in _STANDING:
            folder, flags = after
    return needless
