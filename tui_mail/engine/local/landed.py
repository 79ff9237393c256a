"""Messages that came by POP3, on their way into the store: a few at a time, files first, then the rows that name them.

Owns the batches. What is not in a batch that was stored was not fetched, and comes again. Must not know a connection.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tui_mail.backends.pop3.identity import header_fingerprint
from tui_mail.backends.pop3.listing import Listed
from tui_mail.mime.received import received_date
from tui_mail.model.clock import Clock
from tui_mail.model.ids import AccountName
from tui_mail.store.disk.rawfiles import Landing
from tui_mail.store.local.mail import LocalMail
from tui_mail.store.local.popmail import Fetched, PopMail
from tui_mail.store.local.rows import LocalFolder, NewItem

_MESSAGES = 200
_OCTETS = 8 << 20


@dataclass(frozen=True, slots=True)
class Landed:
    """A file that came whole, and where it was at the server."""

    listed: Listed
    landing: Landing
    whole: bool = True
    """It is the message, not its header alone."""
    sure: bool = True
    """It is as long as the server announced."""


class Batches:
    """Stores what lands, the next batch coming in while the last one is made durable.

    ``async with``: what has landed is stored at its end, also where that is an error of the connection; a cancellation
    or an error of the disk takes it back.
    """

    def __init__(self, local: LocalMail, pop: PopMail, inbox: LocalFolder, account: AccountName, clock: Clock) -> None:
        self._local = local
        self._pop = pop
        self._inbox = inbox
        self._account = account
        self._clock = clock
        self._waiting: list[Landed] = []
        self._octets = 0
        self._storing: asyncio.Task[None] | None = None
        self.stored: dict[int, int] = {}
        """Number at the server to number in the store."""

    async def add(self, landed: Landed) -> None:
        """Take a message; it is durable when ``flush`` has returned."""
        self._waiting.append(landed)
        self._octets += landed.landing.octets
        if len(self._waiting) >= _MESSAGES or self._octets >= _OCTETS:
            await self._settled()
            self._begin()

    async def flush(self) -> None:
        """Make durable all that was added."""
        await self._settled()
        self._begin()
        await self._settled()

    def _begin(self) -> None:
        batch, self._waiting, self._octets = self._waiting, [], 0
        if batch:
            self._storing = asyncio.create_task(asyncio.to_thread(self._store, batch))

    async def _settled(self) -> None:
        """Wait for the batch under way; a cancellation waits, too, for half of it may be done."""
        storing, self._storing = self._storing, None
        if storing is not None:
            try:
                await asyncio.shield(storing)
            except asyncio.CancelledError:
                await asyncio.wait((storing,))
                raise

    def _store(self, batch: list[Landed]) -> None:
        now = int(self._clock.now())
        try:
            self._local.raw.settle(landed.landing for landed in batch)
            numbers = self._pop.deliver(self._inbox, [self._fetched(landed, now) for landed in batch], now)
        except BaseException:
            for landed in batch:
                landed.landing.discard()
            raise
        self.stored.update(zip((landed.listed.number for landed in batch), numbers, strict=True))

    def _fetched(self, landed: Landed, now: int) -> Fetched:
        head = bytes(landed.landing.head)
        size = landed.landing.octets if landed.whole else landed.listed.size
        item = NewItem(landed.landing.digest, size, received_date(head, now), self._account, whole=landed.whole)
        return Fetched(landed.listed.uidl, landed.listed.size, header_fingerprint(head), item, landed.sure)

    async def close(self) -> None:
        """Wait for what is being stored and take back the rest."""
        try:
            await self._settled()
        finally:
            for landed in self._waiting:
                landed.landing.discard()
            self._waiting.clear()
