"""The body of a message as rows of a given width, made only as far as somebody looks.

Owns rows, folding of long quotes and the mapping between rows and offsets of the text. A message of a megabyte is split into
lines at once, which is cheap, and wrapped row by row as the reader moves. Must not know Textual, colours, links or find.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Final

from tui_mail.model.words import ngettext
from tui_mail.text.safe import SafeText, own
from tui_mail.text.width import cells, wrap
from tui_mail.ui.reader.manners import Kind, Lines, Manner, signs

FOLD_OVER: Final = 6
"""A quote of more lines than this is folded."""
FOLD_KEEP: Final = 2
"""How many lines of a folded quote stay, not counting empty ones."""
WRAPPED_KEPT: Final = 1_000
"""How many wrapped paragraphs are remembered."""
LINE: Final = 100
"""Characters of a line, as they usually are."""
BAR_WIDTH: Final = 2
"""Cells of a quote level: its bar and a space."""
_BARS: Final = 6
"""Quotes deeper than this have no more bars."""
# A point of a list or an indent in plain text, where no mark can say so: further rows stand below its words.
_POINT = re.compile(r" *(?:(?:[-*+•–]|\d{1,3}[.)]) {1,3}(?=\S))?")


class Folds:
    """Which long quotes are folded: all or none, but for those that were turned by themselves."""

    def __init__(self, *, shut: bool = True) -> None:
        self._shut = shut
        self._turned: set[int] = set()

    def is_shut(self, block: int) -> bool:
        """True when the quote that begins at the offset ``block`` is folded."""
        return self._shut != (block in self._turned)

    def turn(self, block: int) -> None:
        """Open one quote, or fold it."""
        self._turned ^= {block}

    def turn_all(self) -> None:
        """Open every quote, or fold them all."""
        self._shut = not self._shut
        self._turned.clear()


@dataclass(frozen=True, slots=True)
class Row:
    """One row on the screen: bars of its quote level, ``indent`` cells, then ``text[start:end]``."""

    start: int
    end: int
    manner: Manner
    indent: int = 0
    hidden: int = 0
    """Lines folded away behind this row."""
    block: int = -1
    """The offset of the long quote it belongs to; -1 outside of those."""

    @property
    def level(self) -> int:
        return self.manner.level

    @property
    def kind(self) -> Kind:
        return self.manner.kind


@dataclass(frozen=True, slots=True)
class _Unit:
    """One visible line of the text: its number, and the fold behind it."""

    start: int
    line: int
    hidden: int = 0
    block: int = -1


@dataclass(slots=True)
class _Known:
    """What has been laid out so far."""

    units: list[_Unit] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    """The first row of each unit."""
    height: int = 0
    following: int = 0
    """The next line to be looked at."""


class Layout:
    """Rows of ``lines`` at ``width`` cells; without ``folds`` nothing is folded."""

    def __init__(self, lines: Lines, width: int, *, folds: Folds | None = None) -> None:
        self.lines = lines
        self.text = lines.text
        self.width = max(width, 1)
        self._folds = None if lines.only_quotes else folds
        self._known = _Known()
        self._open_until = 0
        self._open_block = -1
        self._wrapped: OrderedDict[int, list[Row]] = OrderedDict()

    @property
    def height(self) -> int:
        """Rows known so far; all of them once ``complete``."""
        return self._known.height

    @property
    def complete(self) -> bool:
        """True when the last row is known."""
        return self._known.following >= len(self.lines)

    def estimate(self) -> int:
        """Rows in all: what is known and, for the rest, one row a line or what its length asks for."""
        if self.complete:
            return self.height
        following = self._known.following
        left = len(self.text) - self.lines.offsets[following]
        return self.height + max(len(self.lines) - following, left // self.width)

    def reach(self, row: int) -> bool:
        """Lay out until ``row`` exists; False when the text ends before it."""
        while self.height <= row and not self.complete:
            self._step()
        return row < self.height

    def advance(self, lines: int) -> bool:
        """Lay out some more lines, fewer when they are long; True when the end is reached."""
        offsets, start = self.lines.offsets, self._known.following
        for _ in range(lines):
            if self.complete or offsets[self._known.following] - offsets[start] > lines * LINE:
                break
            self._step()
        return self.complete

    def finish(self) -> int:
        """Lay out everything; the number of rows."""
        while not self.complete:
            self._step()
        return self.height

    def row(self, row: int) -> Row | None:
        """The row with that number, None past the end."""
        if row < 0 or not self.reach(row):
            return None
        unit = bisect_right(self._known.starts, row) - 1
        return self._rows(unit)[row - self._known.starts[unit]]

    def row_of(self, offset: int) -> int:
        """The row that shows ``offset``, or for an offset that is folded away the row of its fold."""
        unit = self._unit_of(offset)
        here = bisect_right(self._rows(unit), offset, key=lambda row: row.start) - 1
        return self._known.starts[unit] + max(here, 0)

    def _unit_of(self, offset: int) -> int:
        """The unit that shows ``offset``, or behind which it is folded away."""
        known, offsets = self._known, self.lines.offsets
        while not self.complete and (not known.units or offsets[known.following] <= offset):
            self._step()
        return max(bisect_right(known.units, offset, key=lambda unit: unit.start) - 1, 0)

    def fold_of(self, offset: int) -> int:
        """The quote (its offset) that hides ``offset``; -1 when it is visible."""
        unit = self._known.units[self._unit_of(offset)]
        return unit.block if unit.hidden and offset >= self.lines.offsets[unit.line + 1] else -1

    def bars(self, level: int) -> int:
        """How many bars stand before a line of that quote level: never more than a third of the width."""
        return min(level, _BARS, self.width // (3 * BAR_WIDTH))

    # Line by line

    def _step(self) -> None:
        """Lay out the next line, or as much of a folded quote as stays visible."""
        number = self._known.following
        quoted = self.lines.manner(number).quoted
        if quoted and number >= self._open_until and self._folds is not None:
            end = self._end_of_quote(number)
            block = self.lines.offsets[number]
            long = end - number > FOLD_OVER
            if long and self._folds.is_shut(block):
                self._add_folded(number, end, block)
                return
            self._open_until = end
            self._open_block = block if long else -1
        self._add(_Unit(self.lines.offsets[number], number, 0, self._open_block if number < self._open_until else -1))
        self._known.following += 1

    def _end_of_quote(self, number: int) -> int:
        """The line after the quote that begins with line ``number``; empty lines inside belong to it."""
        end = number + 1
        for following in range(number + 1, len(self.lines)):
            if self.lines.manner(following).quoted:
                end = following + 1
            elif self.lines.lines[following].strip():
                break
        return end

    def _add_folded(self, number: int, end: int, block: int) -> None:
        kept, words = number, 0
        while words < FOLD_KEEP and kept < end - 1:
            line = self.lines.lines[kept]
            words += bool(line[signs(line) :].strip())
            kept += 1
        for shown in range(number, kept):
            last = shown == kept - 1
            self._add(_Unit(self.lines.offsets[shown], shown, end - kept if last else 0, block))
        self._known.following = end

    def _add(self, unit: _Unit) -> None:
        known = self._known
        known.units.append(unit)
        known.starts.append(known.height)
        line, manner = self.lines.lines[unit.line], self.lines.manner(unit.line)
        narrow = len(line) + BAR_WIDTH * manner.level <= self.width and line.isascii()
        if not unit.hidden and (narrow or not manner.wraps):
            known.height += 1
        else:
            known.height += len(self._rows(len(known.units) - 1))

    def _rows(self, number: int) -> list[Row]:
        """The rows of one unit, remembered while they are in use."""
        rows = self._wrapped.get(number)
        if rows is None:
            rows = self._wrap(self._known.units[number])
            self._wrapped[number] = rows
            if len(self._wrapped) > WRAPPED_KEPT:
                self._wrapped.popitem(last=False)
        else:
            self._wrapped.move_to_end(number)
        return rows

    def _wrap(self, unit: _Unit) -> list[Row]:
        """One line as rows; that of a fold leaves room for the words of the fold, or has a row for them."""
        line, manner = self.lines.lines[unit.line], self.lines.manner(unit.line)
        skip = signs(line) if manner.level else 0
        room = self.width - BAR_WIDTH * self.bars(manner.level)
        text = SafeText(line[skip:])
        spots = _wrapped(text, room, manner.hang) if manner.wraps else [(0, len(text), 0)]
        at = unit.start + skip
        rows = [Row(at + start, at + end, manner, indent, 0, unit.block) for start, end, indent in spots]
        if unit.hidden:
            last = rows[-1]
            used = last.indent + cells(self.text[last.start : last.end]) + 2 + cells(hidden_words(unit.hidden))
            if used <= room and manner.wraps:
                rows[-1] = replace(last, hidden=unit.hidden)
            else:
                rows.append(Row(last.end, last.end, Manner(Kind.TEXT, manner.level), 0, unit.hidden, unit.block))
        return rows


def hidden_words(count: int) -> SafeText:
    """What stands where a quote is folded."""
    return own(ngettext("{count} more line", "{count} more lines", count).format(count=count))


def _wrapped(text: SafeText, width: int, hang: int) -> list[tuple[int, int, int]]:
    """Start, end and indent of each row of ``text``; the rows after the first hang."""
    if len(text) <= width and text.isascii():
        return [(0, len(text), 0)]
    if not hang:
        found = _POINT.match(text)
        hang = found.end() if found else 0
    lead = text[:hang]
    if hang * 2 > width or cells(lead) != hang or len(lead) < hang:
        hang, lead = 0, ""
    spots: list[tuple[int, int, int]] = []
    at = hang
    for part in wrap(SafeText(text[hang:]), width - hang):
        start = text.find(part, at)
        at = start + len(part)
        spots.append((start, at, hang) if spots else (0, at, 0))
    return spots
