"""Selecting text in the pane: what is copied, and where the cursor of the keyboard goes.

Owns that words are copied as they were written: without the gutter, the bars and what pads a line, with long lines whole
again, whatever the width of the pane, through one message or several. Must not know keys, nor how a selection looks.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from tui_mail.text.width import cells, graphemes
from tui_mail.ui.reader.column import Column, Place
from tui_mail.ui.reader.document import GUTTER, Document
from tui_mail.ui.reader.layout import Row
from tui_mail.ui.reader.lines import Line, Role, between

_PADDING = re.compile(" {3,}")


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a selection begins, or what it ends before: a cell, or in the text of a message an offset."""

    row: int
    cell: int = 0
    offset: int = -1


def selected_text(column: Column, first: Edge, last: Edge) -> str:
    """The words between two edges, those of heads and folded messages too."""
    done: list[str] = []
    before: tuple[Document, Row] | None = None
    for row in range(first.row, last.row + 1):
        number, inside = column.find(row)
        document = column.part(number)
        found = document.body_row(inside)
        if found is None:
            line = document.line(inside)
            if line is None:
                break
            start = first.cell if row == first.row else 0
            text = _words(line, start, last.cell if row == last.row else document.width)
        else:
            start = _offset(document, inside, first) if row == first.row else found.start
            end = _offset(document, inside, last) if row == last.row else found.end
            text = document.layout.text[start : max(min(end, found.end), start)]
        done += [_between(before, document, found) if done else "", text]
        before = (document, found) if found is not None else None
    return "".join(done)


def _words(line: Line, first: int, last: int) -> str:
    """What a line of the program says in those cells, without its bar and with two spaces for what keeps words apart."""
    text, at = "", 0
    for piece in line:
        if piece.role not in {Role.BAR, Role.RULE}:
            text += between(piece.text, first - at, last - at)
        at += cells(piece.text)
    return _PADDING.sub("  ", text.strip(" "))


def _offset(document: Document, row: int, edge: Edge) -> int:
    return edge.offset if edge.offset >= 0 else document.offset_under(row, edge.cell)


def _between(before: tuple[Document, Row] | None, document: Document, row: Row | None) -> str:
    """What parts two rows: what the text has there where they are one line of it, else a break."""
    if before is None or row is None or before[0] is not document:
        return "\n"
    gap = document.layout.text[before[1].end : row.start]
    return "\n" if "\n" in gap or before[1].hidden else gap


class Caret:
    """A place in the text of one of the messages that the keyboard moves, and the place a selection began at."""

    def __init__(self, column: Column, part: int, row: int) -> None:
        """On ``row`` of the document ``part``, or the first row of its text."""
        self.column = column
        self._texts: dict[int, str] = {}
        """The texts it has stood in."""
        self._enter(part)
        found = self._body(max(row, self.document.body_start))
        self.offset = found.start
        self.mark: Place | None = None
        """Where the selection began; None before that."""
        self._wish = GUTTER

    @property
    def document(self) -> Document:
        """The document it stands in."""
        return self.column.part(self.part)

    @property
    def row(self) -> int:
        """The row of that document it stands on."""
        return self.document.row_of(self.offset)

    @property
    def ends(self) -> tuple[Place, Place]:
        """First place and the one after the last of what is selected; the line it stands on before that."""
        text = self.document.layout.text
        if self.mark is None:
            start = text.rfind("\n", 0, self.offset) + 1
            end = text.find("\n", self.offset)
            return Place(self.part, start), Place(self.part, len(text) if end < 0 else end)
        first, last = sorted((self.mark, Place(self.part, self.offset)))
        return first, Place(last.part, _after(self.column.part(last.part), last.offset))

    def span(self, part: int) -> tuple[int, int]:
        """What is selected of one document: first offset and the one after the last; all of it between the ends."""
        first, last = self.ends
        start = first.offset if part == first.part else 0
        return start, last.offset if part == last.part else len(self.column.part(part).layout.text)

    @property
    def text(self) -> str:
        """What is selected; the whole line before that."""
        first, last = self.ends
        below = self.column.row_of(
            Place(last.part, max(last.offset - 1, first.offset if first.part == last.part else 0))
        )
        return selected_text(
            self.column, Edge(self.column.row_of(first), offset=first.offset), Edge(below, offset=last.offset)
        )

    def holds(self, column: Column) -> bool:
        """True where the texts it stands and began in are the same in another column, or go on there."""
        parts = {self.part} if self.mark is None else {self.part, self.mark.part}
        return all(part < len(column) and column.part(part).layout.text.startswith(self._texts[part]) for part in parts)

    def _enter(self, part: int) -> None:
        self.part = part
        self._texts[part] = self.document.layout.text

    def begin(self) -> None:
        """Begin the selection here."""
        self.mark = Place(self.part, self.offset)

    # Moving

    def right(self) -> None:
        """One character on."""
        row = self._body(self.row)
        after = _after(self.document, self.offset)
        if after < row.end:
            self._go(after)
        else:
            self._to_row(self.row + 1, end=False)

    def left(self) -> None:
        """One character back."""
        row = self._body(self.row)
        if self.offset > row.start:
            starts = [
                row.start + start for start, _end, _size in graphemes(self.document.layout.text[row.start : row.end])
            ]
            self._go(starts[max(bisect_right(starts, self.offset) - 2, 0)])
        else:
            self._to_row(self.row - 1, end=True)

    def word_right(self) -> None:
        """To the start of the next word."""
        row, text = self._body(self.row), self.document.layout.text
        at = self.offset
        while at < row.end and text[at] != " ":
            at += 1
        while at < row.end and text[at] == " ":
            at += 1
        if at < row.end:
            self._go(at)
        else:
            self._to_row(self.row + 1, end=False)

    def word_left(self) -> None:
        """To the start of this word, or of the one before."""
        row, text = self._body(self.row), self.document.layout.text
        if self.offset <= row.start:
            self._to_row(self.row - 1, end=True)
            row, text = self._body(self.row), self.document.layout.text
        at = self.offset
        while at > row.start and text[at - 1] == " ":
            at -= 1
        while at > row.start and text[at - 1] != " ":
            at -= 1
        self._go(at)

    def vertically(self, rows: int) -> None:
        """Up or down, in the same column as far as there is text."""
        step = 1 if rows > 0 else -1
        for _row in range(abs(rows)):
            target = self._row_at(self.row + step)
            if target is None:
                break
            self._enter(target[0])
            found = self._body(target[1])
            offset = self.document.offset_under(target[1], self._wish)
            self.offset = offset if offset < found.end else self._last(found)

    def line_start(self) -> None:
        """To the start of the row."""
        self._go(self._body(self.row).start)

    def line_end(self) -> None:
        """To the end of the row."""
        self._go(self._last(self._body(self.row)))

    def top(self) -> None:
        """To the first character of the message."""
        self._to_row(self.document.body_start, end=False)

    def bottom(self) -> None:
        """To the last character of the message."""
        self._to_row(_last_row(self.document), end=True)

    def _to_row(self, row: int, *, end: bool) -> None:
        target = self._row_at(row)
        if target is not None:
            self._enter(target[0])
            found = self._body(target[1])
            self._go(self._last(found) if end else found.start)

    def _row_at(self, row: int) -> tuple[int, int] | None:
        """A row of the text, or past its ends the nearest one of the message before or after; None where there is none."""
        document = self.document
        if row < document.body_start:
            for part in range(self.part - 1, -1, -1):
                if _has_text(self.column.part(part)):
                    return part, _last_row(self.column.part(part))
            return None
        if document.body_row(row) is not None:
            return self.part, row
        for part in range(self.part + 1, len(self.column)):
            if _has_text(self.column.part(part)):
                return part, self.column.part(part).body_start
        return None

    def _go(self, offset: int) -> None:
        self.offset = offset
        self._wish = self.document.column_of(offset)

    def _body(self, row: int) -> Row:
        self.document.reach(row)
        found = self.document.body_row(min(row, self.document.body_start + self.document.layout.height - 1))
        assert found is not None
        return found

    def _last(self, row: Row) -> int:
        found = graphemes(self.document.layout.text[row.start : row.end])
        return row.start + found[-1][0] if found else row.start


def _has_text(document: Document) -> bool:
    return document.body_row(document.body_start) is not None


def _last_row(document: Document) -> int:
    document.finish()
    return document.body_start + document.layout.height - 1


def _after(document: Document, offset: int) -> int:
    """The offset after the character at ``offset``."""
    row = document.body_row(document.row_of(offset))
    if row is None or offset >= row.end:
        return offset if row is None else row.end
    for _start, end, _size in graphemes(document.layout.text[offset : row.end]):
        return offset + end
    return row.end


def shown_span(document: Document, row: int, first: int, last: int) -> tuple[int, int] | None:
    """The cells of ``row`` that show offsets from ``first`` to ``last``; None when it shows none of them."""
    found = document.body_row(row)
    if found is None or found.end < first or found.start >= last:
        return None
    start, end = max(first, found.start), min(last, found.end)
    begins = document.column_of(start) if start > found.start else document.start_of(found)
    stops = document.start_of(found) + cells(document.layout.text[found.start : end])
    return max(begins, GUTTER), max(stops, begins + (found.start == found.end), GUTTER)
