"""Selecting words by keyboard: a cursor in the text of the message, a beginning, and what lies between.

Owns its state and how it looks. Must not know keys, nor where copied words go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.style import Style
from textual.geometry import Region

from tui_mail.ui.reader.column import Place
from tui_mail.ui.reader.finder import Finder
from tui_mail.ui.reader.lines import Role
from tui_mail.ui.reader.selecting import Caret, shown_span


class Picker(Finder):
    """Messages of which words can be picked."""

    _caret: Caret | None = None
    _part = 0
    """The document the caret stands in."""

    @property
    def selecting(self) -> bool:
        """True while there is a cursor in the text."""
        return self._caret is not None

    @property
    def selected(self) -> str:
        """What is selected; before a selection has begun, the line under the cursor."""
        return self._caret.text if self._caret is not None else ""

    def start_selecting(self) -> bool:
        """Put the cursor on the first line of text in view; False where the message shows none."""
        number = self._current if self._source is None else 0
        document = self._column.part(number)
        top = self._top - self._column.start(number)
        if document.body_row(max(top, document.body_start)) is None:
            return False
        self._part, self._caret = number, Caret(document, top)
        self._show_caret()
        self.refresh()
        return True

    def stop_selecting(self) -> None:
        """Take the cursor away."""
        if self._caret is not None:
            self._caret = None
            self.refresh()

    def move_caret(self, move: Callable[[Caret], None], count: int = 1) -> None:
        """Move the cursor, and what is selected with it."""
        caret = self._caret
        if caret is None:
            return
        before = self._rows_of(caret)
        for _time in range(count):
            move(caret)
        self._show_caret()
        rows = {*before, *self._rows_of(caret)}
        first, last = min(rows) - self._top, max(rows) - self._top
        first, last = max(first, 0), min(last, self._rows() - 1)
        if first <= last:
            self.refresh(Region(0, first, self.content_size.width, last - first + 1))

    def _rows_of(self, caret: Caret) -> tuple[int, int]:
        """The rows of the column from where the selection began to where the cursor stands."""
        start = self._column.start(self._part)
        here = start + caret.row
        return (here, here) if caret.mark < 0 else (start + caret.document.row_of(caret.mark), here)

    def _show_caret(self) -> None:
        """Scroll as far as the cursor wants."""
        caret = self._caret
        if caret is None:
            return
        before = caret.document.shift
        caret.document.bring_into_view(caret.offset)
        if caret.document.shift != before:
            self._repaint()
        row = self._column.start(self._part) + caret.row
        if row < self._top:
            self._move_to(row)
        elif row >= self._top + self._rows():
            self._move_to(row - self._rows() + 1)

    def _over(self, row: int) -> Sequence[tuple[int, int, Style]]:
        caret = self._caret
        if caret is None:
            return ()
        inside = row - self._column.start(self._part)
        over: list[tuple[int, int, Style]] = []
        if caret.mark >= 0:
            span = shown_span(caret.document, inside, *caret.span)
            if span is not None and span[0] < span[1]:
                over.append((*span, self.screen.get_component_rich_style("screen--selection")))
        if inside == caret.row:
            column = caret.document.column_of(caret.offset)
            over.append((column, column + 1, self._style(Role.HIT_HERE, head=False)))
        return over

    def _settle(self, anchor: Place | None) -> None:
        """The documents are others now: there is no text any more that the cursor could stand in."""
        self._caret = None
        super()._settle(anchor)
