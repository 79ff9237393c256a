"""How much of a folder is asked for at once: small at first, then as much as comes quickly.

Owns the sizes. Must not know commands.
"""

from __future__ import annotations

from dataclasses import dataclass

FIRST_PAGE = 100
SECOND_PAGE = 500
"""Messages of each of the first windows behind the first page, when several are under way."""
LARGEST_PAGE = 2000
QUICK, SLOW = 0.5, 1.5
"""Seconds: a page that took less may be followed by a larger one, one that took more by a smaller."""
GROWTH = 4
WIDEST = 20_000
"""Messages that one window would hold if they lay evenly."""


@dataclass(slots=True)
class Window:
    """How many UIDs to ask for next: as many as should hold ``size`` messages."""

    planned: list[tuple[int, int]]
    size: int
    average: float
    """Messages per UID over the whole folder."""
    density: float = 1.0
    """Messages per UID in the last window; new mail is dense."""

    def take(self) -> tuple[int, int]:
        """Cut the next window off the top of ``planned``."""
        low, high = self.planned.pop()
        widest = int(WIDEST / min(max(self.average, 1e-6), 1.0))
        width = max(self.size, min(int(self.size / max(self.density, 1e-9)), widest))
        first = max(low, high - width + 1)
        if first > low:
            self.planned.append((low, first - 1))
        return first, high

    def learn(self, found: int, width: int, seconds: float) -> None:
        """A window of ``width`` UIDs held ``found`` messages and took ``seconds``."""
        self.density = max(found, 0.25) / width
        if seconds < QUICK:
            self.size = min(LARGEST_PAGE, self.size * GROWTH)
        elif seconds > SLOW:
            self.size = max(FIRST_PAGE, self.size // 2)
