"""Many operations that ask the same of one folder, with several commands under way at once: flags, and moves by MOVE.

Owns when a command is sent before others are answered, and which answer is whose. Must not know the journal, nor how
one operation is carried out by itself (``apply``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tui_mail.backends.imap.apply import Progress, apply, not_changed, stores
from tui_mail.backends.imap.failures import CommandFailed
from tui_mail.backends.imap.mailbox import Connection, Turn, present, select_version
from tui_mail.backends.imap.syntax import uid_sets
from tui_mail.backends.protocol import Outcome
from tui_mail.model.errors import Gone, Refused, TuiMailError
from tui_mail.model.remote import ChangeKind, RemoteOperation, RemoteResult


def apply_each(
    connection: Connection, operations: Sequence[RemoteOperation], turn: Turn
) -> Iterator[tuple[int, Outcome]]:
    """See ``AppliesSeveral``; one after the other where the server bears no more. Raises Throttled, Unreachable."""
    waiting = deque(enumerate(operations))
    while waiting:
        turn.breathe()
        if _possible(connection, waiting[0][1]):
            yield from _Pipeline(connection, turn).carry_out(waiting)
        else:
            number, operation = waiting.popleft()
            yield number, _alone(connection, operation, turn)


def _possible(connection: Connection, operation: RemoteOperation) -> bool:
    """True when commands of this kind need nothing of each other's answers, and the server bears several."""
    by_move = operation.kind is ChangeKind.MOVE and operation.target != operation.folder
    return connection.profile.quirks.depth > 1 and (
        operation.kind is ChangeKind.FLAGS or (by_move and "MOVE" in connection.session.caps)
    )


def _alone(connection: Connection, operation: RemoteOperation, turn: Turn) -> Outcome:
    try:
        return apply(connection, operation, turn)
    except (Gone, Refused) as error:
        return error


@dataclass(slots=True)
class _Load:
    """One operation under way."""

    number: int
    operation: RemoteOperation
    here: set[int]
    """Its messages that were there just before."""
    commands: list[tuple[bytes, list[int]]] = field(default_factory=list)
    """The tag of each, and which messages it names."""
    moved: set[int] = field(default_factory=set)


class _Pipeline:
    """One run, from the folder's selection to the last answer."""

    def __init__(self, connection: Connection, turn: Turn) -> None:
        self._connection = connection
        self._session = connection.session
        self._turn = turn
        self._under_way: deque[_Load] = deque()
        self._here: set[int] = set()
        self._stores: list[tuple[bytes, bytes]] = []
        self._copies = Progress()
        """Where messages went, of all moves: what is said of one may come with the end of another."""

    def carry_out(self, waiting: deque[tuple[int, RemoteOperation]]) -> Iterator[tuple[int, Outcome]]:
        """What waits, or as much of it as was begun when something more urgent came."""
        try:
            self._look([operation for _number, operation in waiting])
        except (Gone, Refused) as error:
            while waiting:
                yield waiting.popleft()[0], error
            return
        failure: TuiMailError | None = None
        once_more: list[_Load] = []
        while True:
            while waiting and failure is None and self._has_room() and not self._turn.is_urgent():
                self._begin(*waiting.popleft())
            if not self._under_way:
                break
            load = self._under_way.popleft()
            failed = self._finish(load)
            if failed is None:
                yield load.number, self._result(load)
            elif failed.code == "EXPUNGEISSUED":
                once_more.append(load)  # refused for what another program took away at that moment (RFC 5530)
            else:
                trouble = not_changed(self._connection, load.operation, failed)
                if isinstance(trouble, (Gone, Refused)):
                    yield load.number, trouble
                else:
                    failure = failure or trouble  # what is under way is heard out
        if failure is not None:
            raise failure
        for load in once_more:
            yield load.number, self._said_again(load)

    def _look(self, operations: Sequence[RemoteOperation]) -> None:
        """Select the folder and see which messages are there. Raises as ``apply`` does."""
        sample = operations[0]
        uids = sorted({uid for operation in operations for uid in operation.uids})
        box = select_version(self._connection, sample.folder, sample.uidvalidity, uids, writing=True)
        if sample.kind is ChangeKind.FLAGS:
            self._stores = stores(sample, box)
        try:
            # Before and not after: what is seen by now, the commands that follow see as well.
            self._here = present(self._connection, uids)
        except CommandFailed as failed:
            raise not_changed(self._connection, sample, failed) from failed

    def _has_room(self) -> bool:
        return sum(len(load.commands) for load in self._under_way) < self._connection.profile.quirks.depth

    def _begin(self, number: int, operation: RemoteOperation) -> None:
        load = _Load(number, operation, self._here.intersection(operation.uids))
        self._under_way.append(load)
        for uid_set, members in uid_sets(load.here, self._connection.profile.quirks.line):
            if operation.kind is ChangeKind.MOVE:
                target = self._connection.directory.argument(operation.target)
                load.commands.append((self._session.start(b"UID MOVE", uid_set, target), members))
            else:
                load.commands += [
                    (self._session.start(b"UID STORE", uid_set, *stored), members) for stored in self._stores
                ]

    def _finish(self, load: _Load) -> CommandFailed | None:
        """Wait for the ends of its commands; the first failure."""
        failure: CommandFailed | None = None
        for tag, members in load.commands:
            try:
                answer = self._session.finish(tag)
            except CommandFailed as failed:
                failure = failure or failed
                continue
            self._copies.note_copies(answer)
            self._note_early()
            # A server does without those that another program takes away meanwhile; COPYUID tells.
            load.moved |= self._copies.target_uids.keys() & set(members) or set(members)
        return failure

    def _note_early(self) -> None:
        """Servers may carry commands out side by side (RFC 9051, 5.5): later ones may have ended before."""
        for load in self._under_way:
            for tag, _members in load.commands:
                answer = self._session.ended(tag)
                if answer is not None:
                    self._copies.note_copies(answer)

    def _result(self, load: _Load) -> RemoteResult:
        operation, copies = load.operation, self._copies
        uids = sorted(set(operation.uids))
        if operation.kind is ChangeKind.FLAGS:
            done = [uid for uid in uids if uid in load.here]
        elif operation.target_uidnext:
            done = uids  # the first try may have moved what is not here any more: then the target has it
        else:
            done = [uid for uid in uids if uid in load.moved]
        gone = tuple(uid for uid in uids if uid not in set(done)) if len(done) < len(uids) else ()
        targets = {uid: copies.target_uids[uid] for uid in uids if uid in copies.target_uids}
        return RemoteResult(tuple(done), gone, copies.target_uidvalidity, targets)

    def _said_again(self, load: _Load) -> Outcome:
        """Carry out by itself what is left of an operation."""
        moved = self._result(replace(load, operation=replace(load.operation, uids=tuple(load.moved))))
        left = tuple(uid for uid in load.operation.uids if uid not in load.moved)
        outcome = _alone(self._connection, replace(load.operation, uids=left), self._turn)
        if not isinstance(outcome, RemoteResult):
            return outcome
        return replace(
            outcome,
            done=(*moved.done, *outcome.done),
            target_uidvalidity=outcome.target_uidvalidity or moved.target_uidvalidity,
            target_uids={**moved.target_uids, **outcome.target_uids},
        )
