"""Lines of text as they grow: words joined by single spaces, lines, paragraphs, and the marks on them.

Owns white space. A row is a line and its marks, whose offsets count from the start of the line; every string that comes
in is made safe first, so that widths and offsets hold to the end. Must not know elements.
"""

from __future__ import annotations

import re
from typing import Final

from tui_mail.text.safe import block, line

Spot = tuple[int, int, str, int]
"""Start, end, kind and value, as in ``rendered.Mark``."""
Row = tuple[str, tuple[Spot, ...]]

EMPTY: Final[Row] = ("", ())
_BLANK: Final = " \t\r\n\f"
_SPACE = re.compile(r"[ \t\r\n\f]+")
_SPACES = re.compile(r" {2,}")


class Flow:
    """One column of rows; the last one may still be growing. ``keeps``: several empty lines are not made one."""

    def __init__(self, *, keeps: bool = False) -> None:
        self.keeps = keeps
        self.rows: list[Row] = []
        self._pieces: list[str] = []
        self._spots: list[Spot] = []
        self._length = 0
        self._space = False
        self._gap = False
        self._held = False  # a space that is not to be broken keeps its line

    @property
    def place(self) -> int:
        """Where the next word will start in the line that grows."""
        return self._length + (1 if self._space and self._length else 0)

    @property
    def growing(self) -> bool:
        """True when the line that grows holds any word."""
        return bool(self._pieces)

    def words(self, raw: str) -> None:
        """Text of the page: any white space is one space."""
        if raw.isascii() and raw.isprintable():
            text = raw
        elif not raw.strip(_BLANK):  # most often what stands between two elements
            self._space = self._space or bool(raw)
            return
        else:
            self._held = self._held or "\xa0" in raw
            text = _SPACE.sub(" ", raw)
            text = line(text, 8 * len(text) + 8)
        if "  " in text:
            text = _SPACES.sub(" ", text)
        bare = text.strip(" ")
        if not bare:
            self._space = self._space or bool(text)
            return
        if (self._space or text[0] == " ") and self._pieces:
            self._pieces.append(" ")
            self._length += 1
        self._pieces.append(bare)
        self._length += len(bare)
        self._space = text[-1] == " "

    def glue(self, text: str) -> None:
        """Text of our own that follows the last word directly; before it stand no spaces of the page."""
        self._pieces.append(text)
        self._length += len(text)

    def pre(self, raw: str) -> None:
        """Text whose breaks and spaces stay."""
        lines = block(raw, 8 * len(raw) + 8).split("\n")
        if self._space and self._pieces and lines[0]:
            self._pieces.append(" ")
            self._length += 1
        self._space = False
        for number, text in enumerate(lines):
            if number:
                self.end_line(always=True)
            if text:
                self._pieces.append(text)
                self._length += len(text)

    def mark(self, start: int, kind: str, value: int) -> None:
        """Mark what has grown since ``start`` in this line."""
        if self._length > start:
            self._spots.append((start, self._length, kind, value))

    def end_line(self, *, always: bool = False) -> None:
        """Begin a new line; one without words is none unless ``always``."""
        if self._pieces:
            self._append(("".join(self._pieces), tuple(self._spots)))
            self._pieces, self._spots, self._length = [], [], 0
        elif always or self._held:
            self._append(EMPTY)
        self._space = self._held = False

    def gap(self) -> None:
        """End the line, and have an empty one before whatever comes next."""
        self.end_line()
        self._gap = True

    def put(self, rows: list[Row]) -> None:
        """Rows that were laid out elsewhere, below what is here."""
        self.end_line()
        if not rows:
            return
        self._append(rows[0])
        if len(rows) > 1:
            self.rows += rows[1:]

    def add_to_last(self, text: str, kind: str, value: int) -> bool:
        """Write ``text`` after the last line that has any words; False when there is none."""
        for number in range(len(self.rows) - 1, -1, -1):
            words, spots = self.rows[number]
            if words:
                spot = (len(words) + 1, len(words) + len(text), kind, value)
                self.rows[number] = (words + text, (*spots, spot))
                return True
        return False

    def finished(self) -> list[Row]:
        """All rows, without empty ones around them."""
        self.end_line()
        rows = self.rows
        first, last = 0, len(rows)
        while first < last and not rows[first][0]:
            first += 1
        while last > first and not rows[last - 1][0]:
            last -= 1
        return rows if last - first == len(rows) else rows[first:last]

    def branch(self) -> Flow:
        """Another one that goes on from the lines that have ended here."""
        other = Flow(keeps=self.keeps)
        other.rows, other._gap = list(self.rows), self._gap
        return other

    def _append(self, row: Row) -> None:
        rows = self.rows
        empty = not rows or not rows[-1][0]
        if self._gap and not empty and row[0]:
            rows.append(EMPTY)
        if row[0]:
            self._gap = False
        elif empty and not self.keeps:
            return  # one empty line says what several say
        rows.append(row)


def moved(row: Row, by: int, before: str = "") -> Row:
    """``row`` with ``before``, which is ``by`` characters, in front of it."""
    text, spots = row
    if not spots:
        return before + text, spots
    return before + text, tuple((start + by, end + by, kind, value) for start, end, kind, value in spots)


def indented(rows: list[Row], first: str, rest: str) -> list[Row]:
    """Rows with ``first`` before the first one and ``rest``, which is as long, before the others."""
    done = [moved(rows[0], len(first), first)] if rows else []
    done += [moved(row, len(rest), rest) if row[0] else row for row in rows[1:]]
    return done


def quoted(rows: list[Row]) -> list[Row]:
    """Rows one quote level deeper."""
    done: list[Row] = []
    for row in rows:
        before = "" if not row[0] else " "
        if row[0].startswith(">") and _is_quote(row[0]):
            before = ""
        done.append(moved(row, 1 + len(before), ">" + before))
    return done


_is_quote = re.compile(r">+(?: |$)").match


def on_one_line(rows: list[Row]) -> Row:
    """Rows as one, with a space between."""
    text, spots = "", []
    for row in rows:
        if row[0]:
            at = len(text) + (1 if text else 0)
            text = f"{text} {row[0]}" if text else row[0]
            spots += [(start + at, end + at, kind, value) for start, end, kind, value in row[1]]
    return text, tuple(spots)
