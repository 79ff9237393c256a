"""Carrying out what a person asked for: from the journal to the server, and what became of it back.

Owns the order of steps, operations on messages, and what is done about messages and folders that are not where they
were. Must not know how operations are grouped (``engine.plan``) nor when to connect (``engine.session``).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace

from tui_mail.backends.protocol import AppliesSeveral, MailBackend, Outcome
from tui_mail.engine import sentences
from tui_mail.engine.core import Core
from tui_mail.engine.endings import ENDED, Endings
from tui_mail.engine.filing import Filing
from tui_mail.engine.folders import Totals
from tui_mail.engine.lanes import Urgency
from tui_mail.engine.plan import MESSAGE_KINDS, Share, Step, make_plan, trains
from tui_mail.model.errors import Gone, Refused, TuiMailError
from tui_mail.model.ids import AccountName, FolderId, OperationId
from tui_mail.model.operation import Operation, OperationKind
from tui_mail.model.remote import ChangeKind, RemoteOperation, RemoteResult
from tui_mail.store.mirror.results import ServerFolder

log = logging.getLogger(__name__)

_LOOKS = 3
"""How often the place of a message is looked for before the person is asked."""
_LOOK_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Manners:
    """How a server does things, for who carries out operations."""

    leaves: Collection[OperationKind] = ()
    """What it does without removing anything: messages stay, marked as deleted."""
    abreast: Collection[OperationKind] = ()
    """Of what several may be under way at once: a repetition need not look for what the first try did."""


@dataclass(frozen=True, slots=True)
class _Command:
    """One operation for the server, and what it carries out of a step."""

    step: Step
    operation: RemoteOperation


class Operator:
    """The operations of one connected account; one ``drain`` at a time."""

    def __init__(
        self,
        core: Core,
        account: AccountName,
        backend: MailBackend,
        totals: Totals,
        look: Callable[[FolderId], Awaitable[None]],
        listing: asyncio.Lock,
        settled: Callable[[], None],
        manners: Manners,
        reading: Callable[[FolderId], asyncio.Lock],
    ) -> None:
        self._core = core
        self._account = account
        self._backend = backend
        self._totals = totals
        self._look = look
        """Brings one folder up to date; may raise Gone."""
        self._manners = manners
        self._reading = reading
        """What is held while a folder is read."""
        self._looks: Counter[OperationId] = Counter()
        self.endings = Endings(core, account, totals, settled)
        self._filing = Filing(core, backend, self.endings, listing)

    async def drain(self) -> int:
        """Carry out everything that may be sent now; how many operations the server confirmed.

        Raises Unreachable, Throttled and the like when the connection ends: what was under way is queued again.
        """
        before = self._totals.operations
        abreast = self._manners.abreast if isinstance(self._backend, AppliesSeveral) else ()
        moved = True
        while moved:
            operations = await self._core.write(Urgency.FOLD, lambda writer: writer.next_operations(self._account))
            plan = make_plan(operations)
            moved = False
            try:
                for train in trains(plan.steps, abreast):
                    moved = await self._take(train, operations) or moved
            except TuiMailError as error:
                self.endings.queue_again(error.text)
                raise
            except BaseException:
                self.endings.queue_again("")
                raise
            self.endings.queue_again("")
            moved = await self._find(plan.placeless) or moved
        await self.endings.tell_ended()
        return self._totals.operations - before

    async def _take(self, train: Sequence[Step], operations: Sequence[Operation]) -> bool:
        """Steps that ask the same, or one; True when that changed the state of an operation."""
        step = train[0]
        try:
            if step.kind in MESSAGE_KINDS:
                return await self._messages(train, operations)
            found = await self._server_folder(step.sample.target)
            if step.kind is not OperationKind.APPEND:
                await self._filing.change_folder(step.sample, found)
            elif found is None or not found.name:
                return await self._without_target(train, operations)
            else:
                await self._filing.append(step.sample, found)
        except Refused as error:
            for each in train:
                await self._refuse(each, error.text, operations)
        except Gone:
            await self._astray(train)
        return True

    # -- messages

    async def _messages(self, train: Sequence[Step], operations: Sequence[Operation]) -> bool:
        step = train[0]
        source = await self._server_folder(step.folder)
        if source is None or not source.name or source.uidvalidity != step.uidvalidity:
            await self._astray(train)
            return True
        sample = step.sample
        target = ""
        uidnext = 0
        if sample.kind in (OperationKind.MOVE, OperationKind.COPY):
            found = await self._server_folder(sample.target)
            if found is None or not found.name:
                return await self._without_target(train, operations)
            target = found.name
            uidnext = (await self._backend.status(target)).uidnext or 0
        async with self._undisturbed(source, sample.kind):
            return await self._carry_out(train, (source.name, target, uidnext), operations)

    def _undisturbed(self, source: ServerFolder, kind: OperationKind) -> contextlib.AbstractAsyncContextManager[object]:
        """Where messages stay, marked as deleted, what was read before that mark must not be stored after it: the
        message would seem to be there again.
        """
        if kind in self._manners.leaves and source.complete:
            return self._reading(source.id)
        return contextlib.nullcontext()

    async def _carry_out(
        self, train: Sequence[Step], place: tuple[str, str, int], operations: Sequence[Operation]
    ) -> bool:
        """``place``: the names of source and target, and the UIDNEXT of the target now."""
        source, target, uidnext = place
        # All of a train before the first octet of it: which of them the server has done when the connection ends
        # nobody knows, and each is looked for.
        first = await self.endings.start((share.operation for step in train for share in step.shares), uidnext)
        commands = [
            _command(Step(step.kind, step.folder, step.uidvalidity, shares), source, target, tried)
            for step in train
            for tried in sorted({first[share.operation.id] for share in step.shares})
            if (shares := [share for share in step.shares if first[share.operation.id] == tried])
        ]
        refused: list[tuple[Step, str]] = []
        astray: list[Step] = []
        async with contextlib.aclosing(self._outcomes([each.operation for each in commands])) as outcomes:
            async for number, outcome in outcomes:
                step = commands[number].step
                if isinstance(outcome, Refused):
                    refused.append((step, outcome.text))
                elif isinstance(outcome, Gone):
                    astray.append(step)
                else:
                    result = replace(outcome, left=step.kind in self._manners.leaves)
                    for share in step.shares:
                        await self._confirm(share, result, step.folder)
        for step, reason in refused:
            await self._refuse(step, reason, operations)
        if astray:
            await self._astray(astray)
        return True

    async def _outcomes(self, operations: Sequence[RemoteOperation]) -> AsyncGenerator[tuple[int, Outcome], None]:
        """What becomes of each, as it is known."""
        if len(operations) > 1 and isinstance(self._backend, AppliesSeveral):
            async with contextlib.aclosing(self._backend.apply_each(operations)) as outcomes:
                async for number, outcome in outcomes:
                    yield number, outcome
            return
        for number, operation in enumerate(operations):
            try:
                yield number, await self._backend.apply(operation)
            except (Gone, Refused) as error:
                yield number, error

    async def _confirm(self, share: Share, result: RemoteResult, folder: FolderId) -> None:
        """What the server did for one operation; what it left out without a word is refused."""
        done, gone = set(result.done), set(result.gone)
        uids = [ref.uid for ref in share.items]
        part = RemoteResult(
            done=tuple(uid for uid in uids if uid in done),
            gone=tuple(uid for uid in uids if uid in gone and uid not in done),
            target_uidvalidity=result.target_uidvalidity,
            target_uids={uid: result.target_uids[uid] for uid in uids if uid in result.target_uids},
            left=result.left,
        )
        operation = share.operation
        missing = await self.endings.missing(operation, [ref.item for ref in share.items if ref.uid in part.gone])
        await self.endings.confirm(operation, part, folder)
        if missing:
            self.endings.tell("gone", missing, operation)
        left_out = [ref.item for ref in share.items if ref.uid not in done and ref.uid not in gone]
        if left_out:
            await self.endings.give_up(operation, left_out, sentences.not_done())
        self.endings.changed(operation, folder)

    # -- what did not work out

    async def _refuse(self, step: Step, reason: str, operations: Sequence[Operation]) -> None:
        """The server said no: to each operation by itself if several travelled together, else for good."""
        if len(step.shares) > 1:
            for share in step.shares:
                await self._take([Step(step.kind, step.folder, step.uidvalidity, [share])], operations)
            return
        share = step.shares[0]
        await self.endings.give_up(share.operation, [ref.item for ref in share.items] or None, reason)

    async def _without_target(self, train: Sequence[Step], operations: Sequence[Operation]) -> bool:
        """The destination is not on the server: it waits for the folder's creation, or the server refused that."""
        target = train[0].sample.target
        pending = await self._core.read(lambda reader: reader.pending())
        if any(
            each.kind is OperationKind.CREATE_FOLDER and each.target == target and each.state not in ENDED
            for each in (*pending, *operations)
        ):
            return False
        for step in train:
            await self._refuse(step, sentences.no_target(), operations)
        return True

    async def _astray(self, train: Sequence[Step]) -> None:
        """The folder is not what it was: look at it anew, which finds messages their place; in vain: a conflict."""
        waiting = []
        for operation in {share.operation.id: share.operation for step in train for share in step.shares}.values():
            self._looks[operation.id] += 1
            if self._looks[operation.id] >= _LOOKS:
                await self.endings.conflict(operation, sentences.unknown_place())
            else:
                waiting.append(operation)
        try:
            await self._look(train[0].folder)
        except (Gone, Refused):
            for operation in waiting:
                await self.endings.conflict(operation, sentences.gone_folder())

    async def _find(self, operations: Sequence[Operation]) -> bool:
        """Messages that have no UID yet: look where they should be, later once more, in the end ask the person."""
        changed = False
        for operation in operations:
            self._looks[operation.id] += 1
            if self._looks[operation.id] > _LOOKS:
                await self.endings.conflict(operation, sentences.unknown_place())
                changed = True
                continue
            for folder in {ref.folder for ref in operation.items}:
                try:
                    await self._look(folder)
                except (Gone, Refused):
                    log.info("%s: folder %d cannot be looked at", self._account, folder)
            if self._looks[operation.id] > 1:
                await self.endings.retry_later(operation, sentences.unknown_place(), _LOOK_SECONDS)
            else:
                changed = True
        return changed

    async def _server_folder(self, folder: FolderId | None) -> ServerFolder | None:
        if folder is None:
            return None
        return await self._core.write(Urgency.FOLD, lambda writer: writer.server_folder(folder))


def _command(step: Step, source: str, target: str, tried: int) -> _Command:
    """``tried``: the target's UIDNEXT before the first try; 0: this is the first."""
    sample = step.sample
    operation = RemoteOperation(
        kind=ChangeKind(sample.kind.value),
        folder=source,
        uidvalidity=step.uidvalidity,
        uids=step.uids,
        add=sample.add,
        remove=sample.remove,
        add_keywords=sample.add_keywords,
        remove_keywords=sample.remove_keywords,
        target=target,
        target_uidnext=tried,
    )
    return _Command(step, operation)
