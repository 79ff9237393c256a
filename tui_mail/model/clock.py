"""Time as an object, so that tests turn it by hand and the practice mailbox starts at a fixed instant."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What the program may ask about time."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, for intervals."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()


class OffsetClock:
    """A clock that started at ``start`` (seconds UTC) when it was made and runs on from there."""

    def __init__(self, start: float) -> None:
        self._start = start
        self._zero = time.monotonic()

    def now(self) -> float:
        return self._start + (time.monotonic() - self._zero)

    def monotonic(self) -> float:
        return time.monotonic()


class FrozenClock:
    """A clock that stands still until it is moved; for screenshots and tests."""

    def __init__(self, start: float) -> None:
        self.instant = start

    def now(self) -> float:
        return self.instant

    def monotonic(self) -> float:
        return self.instant

    def advance(self, seconds: float) -> None:
        """Move time forward by ``seconds``."""
        self.instant += seconds
