"""The life of operations in the journal: begun, ended, refused, to be tried again; and who hears of it.

Owns what is marked as running and has not ended. Must not know a server.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence

from tui_mail.engine import sentences
from tui_mail.engine.core import Core
from tui_mail.engine.folders import Totals
from tui_mail.engine.lanes import Urgency
from tui_mail.link.messages import Trouble
from tui_mail.model.ids import AccountName, FolderId, ItemId, OperationId
from tui_mail.model.operation import Operation, OperationKind, OperationState
from tui_mail.model.remote import Appended, RemoteFolder, RemoteResult
from tui_mail.store.writer import Writer
from tui_mail.text.safe import line

log = logging.getLogger(__name__)

_TRANSPORTING = frozenset({OperationKind.MOVE, OperationKind.COPY})
ENDED = frozenset({OperationState.CONFLICT, OperationState.FAILED})


class Endings:
    """Of the operations of one connected account."""

    def __init__(self, core: Core, account: AccountName, totals: Totals, settled: Callable[[], None]) -> None:
        self._core = core
        self._account = account
        self._totals = totals
        self._settled = settled
        """Called whenever an operation changed its state."""
        self._first_uidnext: dict[OperationId, int] = {}
        self._begun: dict[OperationId, Operation] = {}
        """Marked as running by the plan being carried out, and not ended."""

    async def start(self, operations: Iterable[Operation], uidnext: int) -> dict[OperationId, int]:
        """Mark as running, once per plan; what an earlier try kept of the target's UIDNEXT."""
        every = {each.id: each for each in operations}
        fresh = [each for each in every.values() if each.id not in self._first_uidnext]
        if fresh:
            # Before it is: should the connection end just now, it is written all the same.
            self._begun.update((each.id, each) for each in fresh)
            kept = await self._core.write(
                Urgency.FOLD, lambda writer: {each.id: writer.start(each, uidnext) for each in fresh}
            )
            self._first_uidnext.update(kept)
        return {each: self._first_uidnext[each] for each in every}

    def queue_again(self, reason: str) -> None:
        """What was begun in a plan and has not ended waits again; nothing is awaited, so that no end can be missed."""
        begun, self._begun = self._begun, {}
        self._first_uidnext.clear()
        if begun:
            now = int(self._core.timing.now())

            def retry(writer: Writer) -> None:
                for operation in begun.values():
                    writer.retry(operation, reason, now)

            self._core.submit(Urgency.FOLD, retry)

    async def confirm(
        self,
        operation: Operation,
        result: RemoteResult | Appended | RemoteFolder | None = None,
        folder: FolderId | None = None,
    ) -> None:
        """See ``Writer.confirm``."""
        if await self._core.write(Urgency.FOLD, lambda writer: writer.confirm(operation, result, folder)):
            self._begun.pop(operation.id, None)
            self._totals.operations += 1

    async def missing(self, operation: Operation, items: Sequence[ItemId]) -> str:
        """What to say of items that were to go somewhere and are not there any more; empty where nothing is to be said.
        To be asked before that is confirmed: then they are gone here, too.
        """
        if not items or operation.kind not in _TRANSPORTING:
            return ""
        known, folders = await self._core.read(lambda reader: (reader.items(items[:1]), reader.folders()))
        target = next((folder.path for folder in folders if folder.id == operation.target), operation.path)
        return sentences.gone(operation.kind, len(items), line(known[0].subject, 80) if known else "", target)

    async def give_up(self, operation: Operation, items: Sequence[ItemId] | None, reason: str) -> None:
        """The server said no for good, to some ``items`` or (None) to all of it."""
        text = sentences.refused(operation, len(items or operation.items), reason)
        log.warning("%s: operation %d is refused: %s", self._account, operation.id, reason)
        await self._core.write(Urgency.FOLD, lambda writer: writer.refuse(operation, items, text))
        self.tell("refused", text, operation)
        self.changed(operation, None)
        self._core.list_changed()

    async def conflict(self, operation: Operation, reason: str) -> None:
        """It cannot be carried out without the person."""
        log.warning("%s: operation %d is a conflict", self._account, operation.id)
        await self._core.write(Urgency.FOLD, lambda writer: writer.conflict(operation, reason))
        self.tell("conflict", reason, operation)
        self.changed(operation, None)

    async def retry_later(self, operation: Operation, reason: str, seconds: float) -> None:
        """It is tried again, in ``seconds`` at the soonest."""
        not_before = int(self._core.timing.now() + seconds)
        await self._core.write(Urgency.FOLD, lambda writer: writer.retry(operation, reason, not_before))
        self._settled()

    # -- who hears of it

    async def take_up(self) -> None:
        """A connection begins: nothing is under way, whatever an earlier one could not write down at its end."""
        await self._core.write(Urgency.FOLD, lambda writer: writer.recover(self._account))

    async def know_ended(self) -> None:
        """What has ended before anything is done was told by the engine of then. Once in an engine's life."""
        if self._totals.told is None:
            self._totals.told = {operation.id for operation in await self._ended_ones()}

    async def tell_ended(self) -> None:
        """Tell about refusals and conflicts that came about in the store: a folder that could not be made takes with
        it what was to go there, new UIDs (RFC 9051, 2.3.1.1) end a deletion, messages are taken away by others.
        """
        for operation in await self._ended_ones():
            if self._totals.told is not None and operation.id not in self._totals.told:
                kind = "refused" if operation.state is OperationState.FAILED else "conflict"
                self.tell(kind, operation.error, operation)
        self._settled()

    async def _ended_ones(self) -> list[Operation]:
        pending = await self._core.read(lambda reader: reader.pending())
        return [each for each in pending if each.account == self._account and each.state in ENDED]

    def tell(self, kind: str, text: str, operation: Operation) -> None:
        """Tell clients what went wrong with an operation."""
        if kind in ("refused", "conflict") and self._totals.told is not None:
            self._totals.told.add(operation.id)
        self._core.announcer.tell(Trouble(account=self._account, kind=kind, text=text, operation=operation.id))

    def changed(self, operation: Operation, folder: FolderId | None) -> None:
        """Tell clients that the folders of an operation, and ``folder``, changed."""
        folders = {ref.folder for ref in operation.items}
        folders.update(each for each in (folder, operation.target) if each is not None)
        self._core.changed(folders)
        self._settled()
