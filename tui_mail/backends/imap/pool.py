"""Up to three connections of one account: for what a person waits for, for what takes long, for waiting for news.

Owns which work runs on which connection where the server allows fewer. Must not know what the work is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import TypeVar

from tui_mail.backends.imap.mailbox import Connection
from tui_mail.backends.imap.worker import CrowdedOut, Worker
from tui_mail.model.clock import Clock
from tui_mail.model.errors import Throttled

T = TypeVar("T")

CROWDED = 86_400.0
"""Seconds for which a server that let in no more connections is not asked for that one again."""


class Pool:
    """Connections are made when there is work for them. ``most``: never more of them than that. ``alone``: none is kept
    free for a person or for news.
    """

    def __init__(
        self, make: Callable[[Connection | None], Connection], clock: Clock, most: int, *, alone: bool = False
    ) -> None:
        self._make = make
        """Given the one made before."""
        self._clock = clock
        self._most = max(1, most)
        self._alone = alone
        self._last: Connection | None = None
        self._taken: list[Worker] = []
        self._crowded: dict[Worker, float] = {}
        self.interactive = Worker("interactive", self._open, clock)
        self.bulk = Worker("bulk", self._another, clock)
        self.idle = Worker("idle", self._another, clock)

    def _open(self) -> Connection:
        self._last = connection = self._make(self._last)
        return connection

    def _another(self) -> Connection:
        try:
            return self._open()
        except Throttled as throttled:
            if self.interactive.connected:
                raise CrowdedOut(throttled.text, throttled.seconds) from throttled
            raise

    def has_room(self, worker: Worker) -> bool:
        """True when ``worker`` may have a connection of its own beside the interactive one.

        Where the server allows only two, the second waits for news if it can (IDLE), else it takes the long work.
        """
        if self._clock.monotonic() < self._crowded.get(worker, 0.0):
            return False
        if self._last is None:
            return self._most >= 3
        profile = self._last.profile
        limit = min(self._most, profile.quirks.connections)
        return limit >= 3 or (limit == 2 and (worker is self.idle) == profile.has("IDLE"))

    def crowded_out(self, worker: Worker) -> None:
        """The server let no more connections in: do without that one for a while."""
        self._crowded[worker] = self._clock.monotonic() + CROWDED

    @property
    def bulk_to_come(self) -> bool:
        """True while the bulk connection is not made, though there is room for it."""
        return not self._alone and not self.bulk.connected and self.has_room(self.bulk)

    @property
    def breadth(self) -> int:
        """How many connections may be busy with long work."""
        return 1 + self.has_room(self.bulk) + self.has_room(self.idle) if self._alone else 1

    def for_long_work(self) -> Worker:
        """The bulk connection, or the interactive one where there is no other; where nobody comes in between, one that
        has nothing to do.
        """
        if self._alone:
            every = [self.interactive, *(each for each in (self.bulk, self.idle) if self.has_room(each))]
            return next((worker for worker in every if worker not in self._taken), self.interactive)
        return self.bulk if self.has_room(self.bulk) else self.interactive

    @asynccontextmanager
    async def long_work(self) -> AsyncIterator[Worker]:
        """``for_long_work``, connected; where nobody comes in between, nobody else is given it meanwhile."""
        while True:
            worker = self.for_long_work()
            self._taken.append(worker)
            try:
                try:
                    await worker.run(lambda _connection: None)
                except CrowdedOut:
                    self.crowded_out(worker)
                    continue
                yield worker
                return
            finally:
                self._taken.remove(worker)

    async def stream(self, make: Callable[[Connection, Worker], Iterator[T]]) -> AsyncGenerator[T, None]:
        """Items from the bulk connection, or from the only one that the server allows."""
        async with self.long_work() as worker, aclosing(worker.stream(lambda each: make(each, worker))) as items:
            async for item in items:
                yield item

    @property
    def traffic(self) -> tuple[int, int]:
        """Octets received and sent, encrypted or not, over all connections."""
        counts = [worker.traffic for worker in (self.interactive, self.bulk, self.idle)]
        return sum(received for received, _sent in counts), sum(sent for _received, sent in counts)

    async def close(self) -> None:
        """Close them all."""
        await asyncio.gather(self.idle.close(), self.bulk.close(), self.interactive.close())
