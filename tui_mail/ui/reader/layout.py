"""The body of a message as rows of a given width, made only as far as somebody looks.

Owns paragraphs, quote levels, folding of long quotes and the mapping between rows and offsets of the text. A message of
a megabyte is split into paragraphs at once, which is cheap, and wrapped row by row as the reader moves. Must not know
Textual, colours, links or find.
"""

from __future__ import annotations

import enum
import re
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Container
from dataclasses import dataclass
from itertools import accumulate

from tui_mail.model.words import ngettext
from tui_mail.text.safe import SafeText, own
from tui_mail.text.width import cells, wrap

FOLD_OVER = 6
"""A quote of more lines than this is folded."""
FOLD_KEEP = 2
"""How many lines of a folded quote stay."""
PARAGRAPH_LIMIT = 8_000
"""Characters; a longer line is laid out as several paragraphs, so that one line of a megabyte stays lazy."""
WRAPPED_KEPT = 1_000
"""How many wrapped paragraphs are remembered."""

_MARKS = re.compile(r" ?>(?: ?>)* ?")
_PIECE = re.compile(rf"[^\n]{{1,{PARAGRAPH_LIMIT // 2}}}(?:(?<= )|(?= )|$)|[^\n]{{1,{PARAGRAPH_LIMIT // 2}}}")
_DIFF_OPENS = re.compile(r"diff --git |--- [^ ]+|Index: ")


class Kind(enum.Enum):
    """What a paragraph is, apart from its quote level."""

    TEXT = enum.auto()
    SIGNATURE = enum.auto()
    ADDED = enum.auto()
    REMOVED = enum.auto()
    HUNK = enum.auto()


@dataclass(frozen=True, slots=True)
class Row:
    """One row on the screen: ``prefix`` followed by ``text[start:end]``."""

    start: int
    end: int
    prefix: SafeText
    """Quote marks repeated on the rows a quoted paragraph continues on; empty on its first row."""
    level: int
    """Depth of quoting; 0 is the writer's own text."""
    kind: Kind
    hidden: int = 0
    """Lines folded away behind this row."""
    block: int = -1
    """The offset of the quote a fold belongs to; -1 for rows without a fold."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """One visible paragraph: where it starts in the text, and what it is."""

    start: int
    line: SafeText
    level: int
    kind: Kind
    hidden: int
    block: int


class Layout:
    """Rows of ``text`` at ``width`` cells. ``opened`` holds offsets of quotes shown whole; ``fold=False`` opens all."""

    def __init__(self, text: SafeText, width: int, *, opened: Container[int] = (), fold: bool = True) -> None:
        self.text = text
        self.width = max(width, 1)
        self._opened = opened
        self._fold = fold
        self._lines = _paragraphs(text)
        self._offsets = list(accumulate((len(line) + gap for line, gap in self._lines), initial=0))
        self._units: list[_Unit] = []
        self._starts: list[int] = []
        self._next = 0
        self._height = 0
        self._kind = Kind.TEXT
        self._in_open_quote = False
        self._wrapped: OrderedDict[int, list[Row]] = OrderedDict()

    @property
    def height(self) -> int:
        """Rows known so far; all of them once ``complete``."""
        return self._height

    @property
    def complete(self) -> bool:
        """True when the last row is known."""
        return self._next >= len(self._lines)

    def estimate(self) -> int:
        """Rows in all: what is known and, for the rest, one row a line or what its length asks for."""
        if self.complete:
            return self._height
        rest = len(self._lines) - self._next
        left = len(self.text) - self._offsets[self._next]
        return self._height + max(rest, left // self.width)

    def reach(self, row: int) -> bool:
        """Lay out until ``row`` exists; False when the text ends before it."""
        while self._height <= row and not self.complete:
            self._step()
        return row < self._height

    def advance(self, paragraphs: int) -> bool:
        """Lay out some more paragraphs; True when the end is reached."""
        for _ in range(paragraphs):
            if self.complete:
                break
            self._step()
        return self.complete

    def finish(self) -> int:
        """Lay out everything; the number of rows."""
        while not self.complete:
            self._step()
        return self._height

    def row(self, row: int) -> Row | None:
        """The row with that number, None past the end."""
        if row < 0 or not self.reach(row):
            return None
        unit = bisect_right(self._starts, row) - 1
        return self._rows(unit)[row - self._starts[unit]]

    def row_of(self, offset: int) -> int:
        """The row that shows ``offset``, or for an offset that is folded away the row of its fold."""
        while not self.complete and (not self._units or self._offsets[self._next] <= offset):
            self._step()
        if not self._units:
            return 0
        unit = bisect_right(self._units, offset, key=lambda unit: unit.start) - 1
        rows = self._rows(max(unit, 0))
        here = bisect_right(rows, offset, key=lambda row: row.start) - 1
        return self._starts[max(unit, 0)] + max(here, 0)

    def fold_of(self, offset: int) -> int:
        """The quote (its offset) that hides ``offset``; -1 when it is visible."""
        row = self.row(self.row_of(offset))
        if row is None or row.block < 0:
            return -1
        unit_end = self.text.find("\n", row.start)
        return row.block if 0 <= unit_end < offset else -1

    def _step(self) -> None:
        """Lay out the next paragraph, or as much of a folded quote as stays visible."""
        index = self._next
        line = self._lines[index][0]
        if not _quoted(line):
            self._kind = _kind(line, self._kind)
            self._add(index, 0, 0, -1)
            self._in_open_quote = False
            self._next += 1
            return
        block = self._offsets[index]
        ahead = self._lines[index : index + FOLD_OVER + 1]
        if self._in_open_quote or not self._fold or block in self._opened or not _long_quote(ahead):
            self._add(index, _level(line), 0, -1)
            self._in_open_quote = True
            self._next += 1
            return
        end = index + FOLD_OVER + 1
        while end < len(self._lines) and _quoted(self._lines[end][0]):
            end += 1
        for number in range(index, index + FOLD_KEEP):
            last = number == index + FOLD_KEEP - 1
            hidden = end - number - 1 if last else 0
            self._add(number, _level(self._lines[number][0]), hidden, block if last else -1)
        self._next = end

    def _add(self, index: int, level: int, hidden: int, block: int) -> None:
        line = self._lines[index][0]
        kind = self._kind if not level else Kind.TEXT
        self._units.append(_Unit(self._offsets[index], line, level, kind, hidden, block))
        self._starts.append(self._height)
        if not hidden and len(line) <= self.width and line.isascii():
            self._height += 1
        else:
            self._height += len(self._rows(len(self._units) - 1))

    def _rows(self, number: int) -> list[Row]:
        """The rows of one unit, remembered while they are in use."""
        rows = self._wrapped.get(number)
        if rows is None:
            rows = _wrap_unit(self._units[number], self.width)
            self._wrapped[number] = rows
            if len(self._wrapped) > WRAPPED_KEPT:
                self._wrapped.popitem(last=False)
        else:
            self._wrapped.move_to_end(number)
        return rows


def hidden_words(count: int) -> SafeText:
    """What stands where a quote is folded."""
    return own(ngettext("{count} more line", "{count} more lines", count).format(count=count))


def _paragraphs(text: SafeText) -> list[tuple[SafeText, int]]:
    """The lines of ``text``, each with the number of characters that end it (0 inside a line that was split)."""
    lines = text.split("\n")
    if len(text) <= PARAGRAPH_LIMIT or max(map(len, lines)) <= PARAGRAPH_LIMIT:
        return [(SafeText(line), 1) for line in lines]
    done: list[tuple[SafeText, int]] = []
    for line in lines:
        if len(line) <= PARAGRAPH_LIMIT:
            done.append((SafeText(line), 1))
            continue
        pieces = _PIECE.findall(line)
        done.extend((SafeText(piece), 0) for piece in pieces[:-1])
        done.append((SafeText(pieces[-1]), 1))
    return done


def _quoted(line: str) -> bool:
    return line.startswith((">", " >"))


def _long_quote(lines: list[tuple[SafeText, int]]) -> bool:
    """True when a quote that starts with ``lines`` is long enough to be folded."""
    return len(lines) > FOLD_OVER and all(_quoted(line) for line, _gap in lines)


def _level(line: str) -> int:
    """How deep a quoted line is quoted."""
    found = _MARKS.match(line)
    return found[0].count(">") if found else 0


def _kind(line: str, before: Kind) -> Kind:
    """What an unquoted line is, given what the one before was; a diff lasts to the signature, that to the end."""
    if before is Kind.SIGNATURE or line == "-- ":
        return Kind.SIGNATURE
    if before is Kind.TEXT and not _DIFF_OPENS.match(line):
        return Kind.TEXT
    if line.startswith("@@"):
        return Kind.HUNK
    if line.startswith("+"):
        return Kind.ADDED
    return Kind.REMOVED if line.startswith("-") else Kind.HUNK


def _wrap_unit(unit: _Unit, width: int) -> list[Row]:
    """One paragraph as rows; quote marks are repeated on every row unless they would take half the width."""
    line, start = unit.line, unit.start
    marks = _MARKS.match(line) if unit.level else None
    prefix = SafeText(marks[0] if marks[0].endswith(" ") else marks[0] + " ") if marks else own("")
    skip = len(marks[0]) if marks else 0
    if len(prefix) * 2 > width:
        prefix, skip = own(""), 0
    text = SafeText(line[skip:])
    rows: list[Row] = []
    position = 0
    for part in wrap(text, width - cells(prefix)) or [own("")]:
        at = text.find(part, position)
        position = at + len(part)
        first = not rows
        rows.append(
            Row(
                start if first else start + skip + at,
                start + skip + position,
                own("") if first else prefix,
                unit.level,
                unit.kind,
            )
        )
    if unit.hidden:
        last = rows[-1]
        shown = cells(last.prefix) + cells(SafeText(line[last.start - start : last.end - start]))
        if shown + 2 + cells(hidden_words(unit.hidden)) <= width:
            rows[-1] = Row(last.start, last.end, last.prefix, last.level, last.kind, unit.hidden, unit.block)
        else:
            rows.append(Row(last.end, last.end, prefix, last.level, last.kind, unit.hidden, unit.block))
    return rows
