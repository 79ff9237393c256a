"""When memory is swept: while nobody types.

Owns the cyclic garbage collector of the window. Left to itself, it looks through everything that Textual has loaded once in
twenty messages or so, which takes as long as six frames, in the middle of a key. Must not know keys.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from textual.timer import Timer

QUIET: Final = 2.0
"""Seconds without a key."""
WORTH: Final = 4
"""Young collections since the last whole one; after fewer there is nothing to be had."""
SELDOM: Final = 500
"""Young collections after which a whole one comes in spite of somebody typing."""


class Collector(Protocol):
    """As much of the module ``gc`` as is needed."""

    def freeze(self) -> None: ...
    def collect(self) -> int: ...
    def get_count(self) -> tuple[int, int, int]: ...
    def get_threshold(self) -> tuple[int, int, int]: ...
    def set_threshold(self, young: int, middle: int, old: int, /) -> None: ...


class Sweeper:
    """One per program."""

    def __init__(self, collector: Collector = gc) -> None:
        self._collector = collector
        self._timer: Timer | None = None

    def begin(self, set_interval: Callable[[float, Callable[[], None]], Timer]) -> None:
        """Sweep in quiet moments from now on; what is loaded now stays, and need not be looked at again."""
        self._collector.freeze()
        young, middle, _old = self._collector.get_threshold()
        self._collector.set_threshold(young, middle, SELDOM)
        self._timer = set_interval(QUIET, self.sweep)

    def put_off(self) -> None:
        """Somebody types."""
        if self._timer is not None:
            self._timer.reset()

    def sweep(self) -> None:
        """Sweep, if there may be something, and wait until somebody has typed again."""
        if self._timer is not None:
            self._timer.pause()
        if self._collector.get_count()[2] >= WORTH:
            self._collector.collect()
