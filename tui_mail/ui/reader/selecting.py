"""Selecting text of a document: what is copied, and where the cursor of the keyboard goes.

Owns that words are copied as they were written: without the gutter and the bars, with long lines whole again, whatever the
width of the pane. Must not know keys, nor how a selection looks.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from tui_mail.text.width import cells, graphemes
from tui_mail.ui.reader.column import Column
from tui_mail.ui.reader.document import GUTTER, Document
from tui_mail.ui.reader.layout import Row

ROWS_LIMIT: Final = 20_000


def selected_text(column: Column, first: tuple[int, int], last: tuple[int, int]) -> str:
    """The words between two cells, row and column each; the second one is outside."""
    done: list[str] = []
    before: tuple[Document, Row] | None = None
    for row in range(first[0], min(last[0], first[0] + ROWS_LIMIT) + 1):
        number, inside = column.find(row)
        document = column.part(number)
        found = document.body_row(inside)
        if found is None:
            line = document.line(inside)
            if line is None:
                break
            text = "".join(piece.text for piece in line)
            text = text[: last[1]] if row == last[0] else text
            text = text[max(first[1], GUTTER) if row == first[0] else GUTTER :].rstrip(" ")
        else:
            start = document.offset_under(inside, first[1]) if row == first[0] else found.start
            end = document.offset_under(inside, last[1]) if row == last[0] else found.end
            text = document.layout.text[start : max(end, start)]
        done += [_between(before, found) if done else "", text]
        before = (document, found) if found is not None else None
    return "".join(done)


def _between(before: tuple[Document, Row] | None, row: Row | None) -> str:
    """What parts two rows: what the text has there where they are one line of it, else a break."""
    if before is None or row is None or row.start < before[1].end:
        return "\n"
    gap = before[0].layout.text[before[1].end : row.start]
    return "\n" if "\n" in gap or before[1].hidden else gap


class Caret:
    """A place in the text of one document that the keyboard moves, and the place a selection began at."""

    def __init__(self, document: Document, row: int) -> None:
        self.document = document
        found = self._body(max(row, document.body_start))
        self.offset = found.start
        self.mark = -1
        """Where the selection began; -1 before that."""
        self._wish = GUTTER

    @property
    def row(self) -> int:
        """The row of the document it stands on."""
        return self.document.row_of(self.offset)

    @property
    def span(self) -> tuple[int, int]:
        """First offset and the one after the last of what is selected; the line it stands on before that."""
        text = self.document.layout.text
        if self.mark < 0:
            start = text.rfind("\n", 0, self.offset) + 1
            end = text.find("\n", self.offset)
            return start, len(text) if end < 0 else end
        first, last = sorted((self.mark, self.offset))
        return first, self._after(last)

    @property
    def text(self) -> str:
        """What is selected; the whole line before that."""
        first, last = self.span
        done: list[str] = []
        before: tuple[Document, Row] | None = None
        for row in range(self.document.row_of(first), self.document.row_of(max(last - 1, first)) + 1):
            found = self._body(row)
            text = self.document.layout.text[max(first, found.start) : min(last, found.end)]
            done += [_between(before, found) if done else "", text]
            before = (self.document, found)
        return "".join(done)

    def begin(self) -> None:
        """Begin the selection here."""
        self.mark = self.offset

    # Moving

    def right(self) -> None:
        """One character on."""
        row = self._body(self.row)
        after = self._after(self.offset)
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
            row = self._body(self.row)
        at = self.offset
        while at > row.start and text[at - 1] == " ":
            at -= 1
        while at > row.start and text[at - 1] != " ":
            at -= 1
        self._go(at)

    def vertically(self, rows: int) -> None:
        """Up or down, in the same column as far as there is text."""
        target = self._clamped(self.row + rows)
        found = self._body(target)
        offset = self.document.offset_under(target, self._wish)
        self.offset = offset if offset < found.end else self._last(found)

    def line_start(self) -> None:
        """To the start of the row."""
        self._go(self._body(self.row).start)

    def line_end(self) -> None:
        """To the end of the row."""
        self._go(self._last(self._body(self.row)))

    def top(self) -> None:
        """To the first character."""
        self._to_row(self.document.body_start, end=False)

    def bottom(self) -> None:
        """To the last character."""
        self.document.finish()
        self._to_row(self.document.body_start + self.document.layout.height - 1, end=True)

    def _to_row(self, row: int, *, end: bool) -> None:
        target = self._clamped(row)
        if target == row:
            found = self._body(row)
            self._go(self._last(found) if end else found.start)

    def _go(self, offset: int) -> None:
        self.offset = offset
        self._wish = self.document.column_of(offset)

    def _clamped(self, row: int) -> int:
        self.document.reach(row)
        return max(self.document.body_start, min(row, self.document.body_start + self.document.layout.height - 1))

    def _body(self, row: int) -> Row:
        found = self.document.body_row(self._clamped(row))
        assert found is not None
        return found

    def _after(self, offset: int) -> int:
        """The offset after the character at ``offset``."""
        row = self._body(self.document.row_of(offset))
        if offset >= row.end:
            return row.end
        for _start, end, _size in graphemes(self.document.layout.text[offset : row.end]):
            return offset + end
        return row.end

    def _last(self, row: Row) -> int:
        found = graphemes(self.document.layout.text[row.start : row.end])
        return row.start + found[-1][0] if found else row.start


def shown_span(document: Document, row: int, first: int, last: int) -> tuple[int, int] | None:
    """The cells of ``row`` that show offsets from ``first`` to ``last``; None when it shows none of them."""
    found = document.body_row(row)
    if found is None or found.end < first or found.start >= last:
        return None
    start, end = max(first, found.start), min(last, found.end)
    begins = document.column_of(start) if start > found.start else document.start_of(found)
    stops = document.start_of(found) + cells(document.layout.text[found.start : end])
    return max(begins, GUTTER), max(stops, begins + (found.start == found.end), GUTTER)
