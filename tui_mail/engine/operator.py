"""Carrying out what a person asked for: from the journal to the server, and what became of it back.

Owns the life of an operation between its first octet and its confirmation, refusal, retry or conflict. Must not know
how operations are grouped (``engine.plan``) nor when to connect (``engine.session``).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace

from tui_mail.backends.protocol import MailBackend
from tui_mail.engine import sentences
from tui_mail.engine.core import Core
from tui_mail.engine.folders import Totals
from tui_mail.engine.lanes import Urgency
from tui_mail.engine.plan import MESSAGE_KINDS, Share, Step, make_plan
from tui_mail.link.messages import Trouble
from tui_mail.mime.envelope import parse_envelope
from tui_mail.mime.headers import split
from tui_mail.model.errors import Gone, Refused, TuiMailError
from tui_mail.model.ids import AccountName, FolderId, ItemId, OperationId
from tui_mail.model.operation import Operation, OperationKind, OperationState
from tui_mail.model.remote import (
    ChangeKind,
    FolderChange,
    FolderChangeKind,
    RemoteOperation,
    RemoteResult,
)
from tui_mail.store.results import ServerFolder
from tui_mail.store.writer import Writer

log = logging.getLogger(__name__)

_LOOKS = 3
"""How often the place of a message is looked for before the person is asked."""
_LOOK_SECONDS = 30
_HEADER_LIMIT = 65536

_ENDED = frozenset({OperationState.CONFLICT, OperationState.FAILED})
_FOLDER_KINDS = {
    OperationKind.CREATE_FOLDER: FolderChangeKind.CREATE,
    OperationKind.RENAME_FOLDER: FolderChangeKind.RENAME,
    OperationKind.DELETE_FOLDER: FolderChangeKind.DELETE,
    OperationKind.SUBSCRIBE: FolderChangeKind.SUBSCRIBE,
    OperationKind.UNSUBSCRIBE: FolderChangeKind.UNSUBSCRIBE,
}
_PARTING = frozenset({OperationKind.DELETE_FOLDER, OperationKind.UNSUBSCRIBE})
"""Done where the folder is gone."""


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
        leaves: Collection[OperationKind] = (),
        reading: Callable[[FolderId], asyncio.Lock] | None = None,
    ) -> None:
        self._core = core
        self._account = account
        self._backend = backend
        self._totals = totals
        self._look = look
        """Brings one folder up to date; may raise Gone."""
        self._listing = listing
        """Held while a folder is made, renamed or deleted."""
        self._settled = settled
        """Called whenever an operation changed its state."""
        self._leaves = leaves
        """What this server does without removing anything: messages stay, marked as deleted."""
        self._reading = reading
        """What is held while a folder is read."""
        self._looks: Counter[OperationId] = Counter()
        self._first_uidnext: dict[OperationId, int] = {}
        self._begun: dict[OperationId, Operation] = {}
        """Marked as running by the plan being carried out, and not ended."""

    async def drain(self) -> int:
        """Carry out everything that may be sent now; how many operations the server confirmed.

        Raises Unreachable, Throttled and the like when the connection ends: what was under way is queued again.
        """
        before = self._totals.operations
        moved = True
        while moved:
            operations = await self._core.write(Urgency.FOLD, lambda writer: writer.next_operations(self._account))
            plan = make_plan(operations)
            moved = False
            try:
                for step in plan.steps:
                    moved = await self._take(step, operations) or moved
            except TuiMailError as error:
                self._queue_again(error.text)
                raise
            except BaseException:
                self._queue_again("")
                raise
            self._queue_again("")
            moved = await self._find(plan.placeless) or moved
        await self.tell_ended()
        return self._totals.operations - before

    async def know_ended(self) -> None:
        """What has ended before anything is done was told by the engine of then. Once in an engine's life."""
        if self._totals.told is None:
            self._totals.told = {operation.id for operation in await self._ended_ones()}

    async def _ended_ones(self) -> list[Operation]:
        pending = await self._core.read(lambda reader: reader.pending())
        return [each for each in pending if each.account == self._account and each.state in _ENDED]

    async def tell_ended(self) -> None:
        """Tell about refusals and conflicts that came about in the store: a folder that could not be made takes with
        it what was to go there, new UIDs (RFC 9051, 2.3.1.1) end a deletion, messages are taken away by others.
        """
        for operation in await self._ended_ones():
            if self._totals.told is not None and operation.id not in self._totals.told:
                kind = "refused" if operation.state is OperationState.FAILED else "conflict"
                self._tell(kind, operation.error, operation)
        self._settled()

    def _queue_again(self, reason: str) -> None:
        """What was begun in a plan and has not ended waits again; nothing is awaited, so that no end can be missed."""
        begun, self._begun = self._begun, {}
        self._first_uidnext.clear()
        if begun:
            now = int(self._core.timing.now())

            def retry(writer: Writer) -> None:
                for operation in begun.values():
                    writer.retry(operation, reason, now)

            self._core.submit(Urgency.FOLD, retry)

    async def _take(self, step: Step, operations: Sequence[Operation]) -> bool:
        """One step; True when it changed the state of an operation."""
        try:
            if step.kind in MESSAGE_KINDS:
                return await self._messages(step, operations)
            if step.kind is OperationKind.APPEND:
                return await self._append(step.sample, operations)
            return await self._folder(step.sample)
        except Refused as error:
            return await self._refuse(step, error.text, operations)
        except Gone:
            return await self._astray(step)

    async def _messages(self, step: Step, operations: Sequence[Operation]) -> bool:
        source = await self._server_folder(step.folder)
        if source is None or not source.name or source.uidvalidity != step.uidvalidity:
            return await self._astray(step)
        sample = step.sample
        target = ""
        uidnext = 0
        if sample.kind in (OperationKind.MOVE, OperationKind.COPY):
            found = await self._server_folder(sample.target)
            if found is None or not found.name:
                return await self._without_target(step, operations)
            target = found.name
            uidnext = (await self._backend.status(target)).uidnext or 0
        async with self._undisturbed(source, sample.kind):
            return await self._carry_out(step, source, target, uidnext)

    def _undisturbed(self, source: ServerFolder, kind: OperationKind) -> contextlib.AbstractAsyncContextManager[object]:
        """Where messages stay, marked as deleted, what was read before that mark must not be stored after it: the
        message would seem to be there again.
        """
        if self._reading is not None and kind in self._leaves and source.complete:
            return self._reading(source.id)
        return contextlib.nullcontext()

    async def _carry_out(self, step: Step, source: ServerFolder, target: str, uidnext: int) -> bool:
        sample = step.sample
        first = await self._start(step.shares, uidnext)
        changed = False
        for tried in sorted(set(first.values())):
            shares = [share for share in step.shares if first[share.operation.id] == tried]
            uids = tuple(sorted({ref.uid for share in shares for ref in share.items}))
            result = await self._backend.apply(
                RemoteOperation(
                    kind=ChangeKind(sample.kind.value),
                    folder=source.name,
                    uidvalidity=step.uidvalidity,
                    uids=uids,
                    add=sample.add,
                    remove=sample.remove,
                    add_keywords=sample.add_keywords,
                    remove_keywords=sample.remove_keywords,
                    target=target,
                    target_uidnext=tried,
                )
            )
            result = replace(result, left=sample.kind in self._leaves)
            for share in shares:
                changed = await self._confirm(share, result, step.folder) or changed
        return changed

    async def _start(self, shares: Sequence[Share], uidnext: int) -> dict[OperationId, int]:
        """Mark the operations as running, once per plan; what an earlier try kept of the target's UIDNEXT."""
        fresh = [share.operation for share in shares if share.operation.id not in self._first_uidnext]
        if fresh:
            # Before it is: should the connection end just now, it is written all the same.
            self._begun.update((each.id, each) for each in fresh)
            kept = await self._core.write(
                Urgency.FOLD, lambda writer: {each.id: writer.start(each, uidnext) for each in fresh}
            )
            self._first_uidnext.update(kept)
        return {share.operation.id: self._first_uidnext[share.operation.id] for share in shares}

    async def _confirm(self, share: Share, result: RemoteResult, folder: FolderId) -> bool:
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
        ended = await self._core.write(Urgency.FOLD, lambda writer: writer.confirm(operation, part, folder))
        if ended:
            self._ended(operation)
        if part.gone and operation.kind is OperationKind.MOVE:
            self._tell("gone", sentences.moved_gone(len(part.gone)), operation)
        left_out = [ref.item for ref in share.items if ref.uid not in done and ref.uid not in gone]
        if left_out:
            await self._give_up(operation, left_out, sentences.not_done())
        self._changed(operation, folder)
        return True

    async def _append(self, operation: Operation, operations: Sequence[Operation]) -> bool:
        found = await self._server_folder(operation.target)
        if found is None or not found.name:
            return await self._without_target(
                Step(operation.kind, operation.target or FolderId(0), 0, [Share(operation, ())]), operations
            )
        uidnext = (await self._backend.status(found.name)).uidnext or 0
        tried = (await self._start([Share(operation, ())], uidnext))[operation.id]
        path = self._core.home.raw_dir / operation.raw
        try:
            stream = path.open("rb")
        except OSError:
            log.exception("%s: operation %d", self._account, operation.id)
            return await self._conflict(operation, sentences.no_bytes())
        with stream:
            appended = None
            if tried:
                head = stream.read(_HEADER_LIMIT)
                message_id = parse_envelope(head[: split(head)[0]]).message_id
                stream.seek(0)
                if message_id:
                    appended = await self._backend.find_appended(found.name, f"<{message_id}>", tried)
                elif uidnext != tried:
                    return await self._conflict(operation, sentences.maybe_twice())
            if appended is None:
                received = operation.received or int(self._core.timing.now())
                appended = await self._backend.append(
                    found.name, stream, path.stat().st_size, operation.add, operation.add_keywords, received
                )
        result = appended
        if await self._core.write(Urgency.FOLD, lambda writer: writer.confirm(operation, result, found.id)):
            self._ended(operation)
        self._changed(operation, found.id)
        return True

    async def _folder(self, operation: Operation) -> bool:
        found = await self._server_folder(operation.target)
        create = operation.kind is OperationKind.CREATE_FOLDER
        if found is None and operation.kind in _PARTING:
            # Deleted already, perhaps by a try before that ended between the store's two files.
            await self._core.write(Urgency.FOLD, lambda writer: writer.confirm(operation))
            self._ended(operation)
            self._settled()
            return True
        if found is None and not create:
            return await self._conflict(operation, sentences.gone_folder())
        await self._start([Share(operation, ())], 0)
        change = FolderChange(
            kind=_FOLDER_KINDS[operation.kind],
            path=operation.path if create or found is None else found.path,
            new_path=operation.path if operation.kind is OperationKind.RENAME_FOLDER else "",
            role=operation.role,
        )
        async with self._listing:
            remote = await self._backend.change_folder(change)
            if await self._core.write(Urgency.FOLD, lambda writer: writer.confirm(operation, remote)):
                self._ended(operation)
        self._core.list_changed()
        self._changed(operation, operation.target)
        return True

    async def _refuse(self, step: Step, reason: str, operations: Sequence[Operation]) -> bool:
        """The server said no: to each operation by itself if several travelled together, else for good."""
        if len(step.shares) > 1:
            for share in step.shares:
                await self._take(Step(step.kind, step.folder, step.uidvalidity, [share]), operations)
            return True
        share = step.shares[0]
        await self._give_up(share.operation, [ref.item for ref in share.items] or None, reason)
        return True

    async def _give_up(self, operation: Operation, items: list[ItemId] | None, reason: str) -> None:
        text = sentences.refused(operation, len(items or operation.items), reason)
        log.warning("%s: operation %d is refused: %s", self._account, operation.id, reason)
        await self._core.write(Urgency.FOLD, lambda writer: writer.refuse(operation, items, text))
        self._tell("refused", text, operation)
        self._changed(operation, None)
        self._core.list_changed()

    async def _without_target(self, step: Step, operations: Sequence[Operation]) -> bool:
        """The destination is not on the server: it waits for the folder's creation, or the server refused that."""
        target = step.sample.target
        pending = await self._core.read(lambda reader: reader.pending())
        if any(
            each.kind is OperationKind.CREATE_FOLDER and each.target == target and each.state not in _ENDED
            for each in (*pending, *operations)
        ):
            return False
        return await self._refuse(step, sentences.no_target(), operations)

    async def _astray(self, step: Step) -> bool:
        """The folder is not what it was: look at it anew, which finds messages their place; in vain: a conflict."""
        waiting = []
        for share in step.shares:
            self._looks[share.operation.id] += 1
            if self._looks[share.operation.id] >= _LOOKS:
                await self._conflict(share.operation, sentences.unknown_place())
            else:
                waiting.append(share.operation)
        try:
            await self._look(step.folder)
        except (Gone, Refused):
            for operation in waiting:
                await self._conflict(operation, sentences.gone_folder())
        return True

    async def _find(self, operations: Sequence[Operation]) -> bool:
        """Messages that have no UID yet: look where they should be, later once more, in the end ask the person."""
        changed = False
        for operation in operations:
            self._looks[operation.id] += 1
            if self._looks[operation.id] > _LOOKS:
                changed = await self._conflict(operation, sentences.unknown_place())
                continue
            for folder in {ref.folder for ref in operation.items}:
                try:
                    await self._look(folder)
                except (Gone, Refused):
                    log.info("%s: folder %d cannot be looked at", self._account, folder)
            if self._looks[operation.id] > 1:
                await self._retry_later(operation, sentences.unknown_place())
            else:
                changed = True
        return changed

    async def _retry_later(self, operation: Operation, reason: str) -> None:
        not_before = int(self._core.timing.now()) + _LOOK_SECONDS
        await self._core.write(Urgency.FOLD, lambda writer: writer.retry(operation, reason, not_before))
        self._settled()

    async def _conflict(self, operation: Operation, reason: str) -> bool:
        log.warning("%s: operation %d is a conflict", self._account, operation.id)
        await self._core.write(Urgency.FOLD, lambda writer: writer.conflict(operation, reason))
        self._tell("conflict", reason, operation)
        self._changed(operation, None)
        return True

    async def _server_folder(self, folder: FolderId | None) -> ServerFolder | None:
        if folder is None:
            return None
        return await self._core.write(Urgency.FOLD, lambda writer: writer.server_folder(folder))

    def _ended(self, operation: Operation) -> None:
        self._begun.pop(operation.id, None)
        self._totals.operations += 1

    def _tell(self, kind: str, text: str, operation: Operation) -> None:
        if kind in ("refused", "conflict") and self._totals.told is not None:
            self._totals.told.add(operation.id)
        self._core.announcer.tell(Trouble(account=self._account, kind=kind, text=text, operation=operation.id))

    def _changed(self, operation: Operation, folder: FolderId | None) -> None:
        folders = {ref.folder for ref in operation.items}
        folders.update(each for each in (folder, operation.target) if each is not None)
        self._core.changed(folders)
        self._settled()
