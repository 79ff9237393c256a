"""From operations of the journal to as few commands as the server's order of things allows.

Owns the grouping: which operations travel together, which wait for the next round. Pure; must not know a server nor
the store.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from tui_mail.model.flags import Flag
from tui_mail.model.ids import FolderId, ItemId
from tui_mail.model.mail import ItemRef
from tui_mail.model.operation import Operation, OperationKind

MOST_UIDS = 1000
"""Messages one command names, so that its confirmation is one short commit and nobody waits long behind it."""

MESSAGE_KINDS = frozenset({OperationKind.FLAGS, OperationKind.MOVE, OperationKind.COPY, OperationKind.EXPUNGE})
_LEAVING = frozenset({OperationKind.MOVE, OperationKind.EXPUNGE})

_Key = tuple[OperationKind, FolderId, int, Flag, Flag, tuple[str, ...], tuple[str, ...], FolderId | None, ItemId | None]


@dataclass(frozen=True, slots=True)
class Share:
    """What one operation has in a step: some of its items, all in the step's folder."""

    operation: Operation
    items: tuple[ItemRef, ...]


@dataclass(slots=True)
class Step:
    """What one command can do: messages of one folder, one kind, one purpose. Or one folder operation or append."""

    kind: OperationKind
    folder: FolderId
    uidvalidity: int
    shares: list[Share] = field(default_factory=list)

    @property
    def sample(self) -> Operation:
        """Any of the operations; they agree in everything but their items."""
        return self.shares[0].operation

    @property
    def uids(self) -> tuple[int, ...]:
        """Every UID once, ascending."""
        return tuple(sorted({ref.uid for share in self.shares for ref in share.items}))


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps to be taken in order, and operations that wait because their messages have no known place yet."""

    steps: tuple[Step, ...]
    placeless: tuple[Operation, ...]


def make_plan(operations: Iterable[Operation]) -> Plan:
    """Group ``operations`` (oldest first, each item where it is now) into steps.

    Two operations share a step when they ask the same of one folder and nothing between them concerns the messages of
    the later one. A message that an earlier step takes away is left for the next plan, when its new place is known.
    """
    steps: list[Step] = []
    by_key: dict[_Key, int] = {}
    touched: dict[ItemId, int] = {}
    left: set[ItemId] = set()
    placeless: list[Operation] = []
    barrier = -1
    for operation in operations:
        if operation.kind not in MESSAGE_KINDS:
            steps.append(Step(operation.kind, operation.target or FolderId(0), 0, [Share(operation, ())]))
            barrier = len(steps) - 1
            continue
        placed = False
        for (folder, uidvalidity), refs in _by_folder(operation.items, left).items():
            placed = True
            key = _key(operation, folder, uidvalidity)
            at = by_key.get(key, -1)
            latest = max((touched.get(ref.item, -1) for ref in refs), default=-1)
            if at < 0 or at < latest or at < barrier:
                at = len(steps)
                steps.append(Step(operation.kind, folder, uidvalidity))
                by_key[key] = at
            steps[at].shares.append(Share(operation, refs))
            for ref in refs:
                touched[ref.item] = at
        if operation.kind in _LEAVING:
            left.update(ref.item for ref in operation.items)
        if not placed and not any(ref.item in left for ref in operation.items if ref.uid):
            placeless.append(operation)
    return Plan(tuple(part for step in steps for part in _cut(step)), tuple(placeless))


def trains(steps: Iterable[Step], kinds: Collection[OperationKind]) -> list[list[Step]]:
    """``steps`` in their order, neighbours of ``kinds`` together that ask the same of one folder."""
    found: list[list[Step]] = []
    for step in steps:
        before = found[-1][-1] if found else None
        if before is not None and step.kind in kinds and _asks(before) == _asks(step):
            found[-1].append(step)
        else:
            found.append([step])
    return found


def _asks(step: Step) -> _Key:
    return _key(step.sample, step.folder, step.uidvalidity)


def _by_folder(refs: Sequence[ItemRef], left: set[ItemId]) -> dict[tuple[FolderId, int], tuple[ItemRef, ...]]:
    found: dict[tuple[FolderId, int], list[ItemRef]] = {}
    for ref in refs:
        if ref.uid and ref.item not in left:
            found.setdefault((ref.folder, ref.uidvalidity), []).append(ref)
    return {place: tuple(members) for place, members in found.items()}


def _key(operation: Operation, folder: FolderId, uidvalidity: int) -> _Key:
    # A copy is told apart by what it makes, so that two copies of one message stay two.
    copy = operation.copies[0] if operation.kind is OperationKind.COPY and operation.copies else None
    return (
        operation.kind,
        folder,
        uidvalidity,
        operation.add,
        operation.remove,
        operation.add_keywords,
        operation.remove_keywords,
        operation.target,
        copy,
    )


def _cut(step: Step) -> list[Step]:
    """``step`` in parts of at most ``MOST_UIDS`` messages."""
    if sum(len(share.items) for share in step.shares) <= MOST_UIDS:
        return [step]
    parts = [Step(step.kind, step.folder, step.uidvalidity)]
    room = MOST_UIDS
    for share in step.shares:
        items = share.items
        while items:
            if not room:
                parts.append(Step(step.kind, step.folder, step.uidvalidity))
                room = MOST_UIDS
            taken, items = items[:room], items[room:]
            room -= len(taken)
            parts[-1].shares.append(Share(share.operation, taken))
    return parts
