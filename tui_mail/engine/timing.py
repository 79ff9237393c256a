"""Waiting, measured by the clock object, and how long to wait after a failure.

Owns sleeping and back-off. Must not know what is waited for.
"""

from __future__ import annotations

import asyncio
import random

from tui_mail.model.clock import Clock
from tui_mail.model.errors import CertificateRefused, StoreFull, Throttled, TuiMailError

BACKOFF_FIRST = 2.0
BACKOFF_CAP = 300.0
HINT_CAP = 900.0
"""Seconds a server may ask us to stay away; it may ask again."""
_FULL_DISK = 60.0


class Timing:
    """A clock that can be waited on.

    Real sleeps last at most ``tick`` seconds, so that a clock which jumps (a test's, a laptop's after a night) is
    noticed that soon.
    """

    def __init__(self, clock: Clock, tick: float = 10.0) -> None:
        self.clock = clock
        self._tick = tick

    def now(self) -> float:
        return self.clock.now()

    def monotonic(self) -> float:
        return self.clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return when the clock has moved on by ``seconds``."""
        end = self.clock.monotonic() + seconds
        while (left := end - self.clock.monotonic()) > 0:  # noqa: ASYNC110 -- a clock that may jump sets no event
            await asyncio.sleep(min(left, self._tick))

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        """True as soon as ``event`` is set, False when the clock has moved on by ``seconds`` first."""
        end = self.clock.monotonic() + seconds
        while not event.is_set():
            left = end - self.clock.monotonic()
            if left <= 0:
                return False
            try:
                async with asyncio.timeout(min(left, self._tick)):
                    await event.wait()
            except TimeoutError:
                continue
        return True


class Pulse:
    """Something happens again and again; who waits takes ``next`` first, then looks, then waits for it."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def next(self) -> asyncio.Event:
        """Set at the next beat."""
        return self._event

    def beat(self) -> None:
        self._event.set()
        self._event = asyncio.Event()


class Backoff:
    """How long to stay away after a failure: doubling with full jitter, capped; the server's own hint wins."""

    def __init__(self, chance: random.Random | None = None) -> None:
        self.failures = 0
        """In a row, since something was achieved."""
        self._chance = chance or random.Random()

    def useful(self) -> None:
        """Something was achieved (a connection alone is nothing): the next failure starts from the beginning."""
        self.failures = 0

    def delay(self, error: TuiMailError) -> float:
        """Seconds to wait after ``error``."""
        self.failures += 1
        if isinstance(error, Throttled) and error.seconds > 0:
            return min(error.seconds, HINT_CAP)
        if isinstance(error, CertificateRefused):
            return BACKOFF_CAP
        if isinstance(error, StoreFull):
            return _FULL_DISK
        ceiling = min(BACKOFF_CAP, BACKOFF_FIRST * 2.0 ** min(self.failures - 1, 30))
        return self._chance.uniform(min(0.5, ceiling / 4), ceiling)
