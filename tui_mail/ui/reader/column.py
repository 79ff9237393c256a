"""One column of rows made of several documents: a conversation, or the one message that is read by itself.

Owns which row belongs to which of them. A document is made when somebody looks as far as that, so that a conversation of a
hundred messages opens like one. Must not know what the documents say.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tui_mail.ui.reader.document import Document
from tui_mail.ui.reader.lines import Line

GUESS: Final = 12
"""Rows of a document that nobody has looked at."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in one of the documents; see ``Document.offset_at``."""

    part: int = 0
    offset: int = 0


class Column:
    """``count`` documents below each other; ``make`` makes one."""

    def __init__(self, count: int, make: Callable[[int], Document]) -> None:
        self._count = count
        self._make = make
        self._made: dict[int, Document] = {}
        self._starts = [0]
        """The first row of each document up to the first one that is not complete."""

    def __len__(self) -> int:
        return self._count

    def part(self, number: int) -> Document:
        """One of the documents."""
        found = self._made.get(number)
        if found is None:
            found = self._made[number] = self._make(number)
        return found

    def renew(self, number: int) -> None:
        """One document has become another."""
        self._made.pop(number, None)
        del self._starts[number + 1 :]

    def made(self) -> list[tuple[int, Document]]:
        """The documents somebody has looked at, with their numbers."""
        return list(self._made.items())

    # Rows

    def reach(self, row: int) -> None:
        """Make sure that it is known whether ``row`` exists."""
        while True:
            last = len(self._starts) - 1
            document = self.part(last)
            if not document.complete:
                document.reach(row - self._starts[last])
            if not document.complete or self._starts[last] + document.height() > row or not self._next_start():
                return

    def _next_start(self) -> bool:
        """Note where the document after the last known one starts; False when there is none."""
        last = len(self._starts) - 1
        if last + 1 >= self._count or not self.part(last).complete:
            return False
        self._starts.append(self._starts[last] + self.part(last).height())
        return True

    def start(self, number: int) -> int:
        """The first row of a document; everything above is laid out."""
        number = min(number, self._count - 1)
        while len(self._starts) <= number:
            self.part(len(self._starts) - 1).finish()
            self._next_start()
        return self._starts[number]

    def find(self, row: int) -> tuple[int, int]:
        """The document that a row belongs to, and which of its rows that is."""
        self.reach(row)
        number = max(bisect_right(self._starts, row) - 1, 0)
        return number, row - self._starts[number]

    def height(self) -> int:
        """Rows known so far; all of them once ``complete``."""
        return self._starts[-1] + self.part(len(self._starts) - 1).height()

    @property
    def complete(self) -> bool:
        """True when the last row is known."""
        return len(self._starts) == self._count and self.part(self._count - 1).complete

    def estimate(self) -> int:
        """Rows in all, as far as can be said."""
        last = len(self._starts) - 1
        return self._starts[-1] + self.part(last).estimate() + GUESS * (self._count - last - 1)

    def advance(self, lines: int) -> bool:
        """Lay out some more; True when the end is reached."""
        if self.part(len(self._starts) - 1).advance(lines):
            self._next_start()
        return self.complete

    def finish(self) -> None:
        """Lay out everything."""
        self.start(self._count - 1)
        self.part(self._count - 1).finish()

    def place_at(self, row: int) -> Place:
        """The place of a row."""
        number, inside = self.find(row)
        return Place(number, self.part(number).offset_at(inside))

    def row_of(self, place: Place) -> int:
        """The row that shows a place."""
        return self.start(place.part) + self.part(place.part).row_of(place.offset)

    # Lines

    def is_head(self, row: int) -> bool:
        """True where the line belongs to the program and stands on its ground."""
        number, inside = self.find(row)
        return self.part(number).is_head(inside)

    def line(self, row: int) -> Line | None:
        """The line to draw; None past the end."""
        number, inside = self.find(row)
        return self.part(number).line(inside)
