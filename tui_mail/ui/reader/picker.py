"""Selecting words by keyboard: a cursor in the text of the message, a beginning, and what lies between.

Owns its state and how it looks. Must not know keys, nor where copied words go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.style import Style
from textual.geometry import Region

from tui_mail.ui.reader.column import Place
from tui_mail.ui.reader.document import GUTTER
from tui_mail.ui.reader.finder import Finder
from tui_mail.ui.reader.lines import Role, length
from tui_mail.ui.reader.selecting import Caret, shown_span


class Picker(Finder):
    """Messages of which words can be picked."""

    _caret: Caret | None = None

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
        self._caret = Caret(self._column, number, top)
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
        here = self._column.row_of(Place(caret.part, caret.offset))
        return (here if caret.mark is None else self._column.row_of(caret.mark)), here

    def _show_caret(self) -> None:
        """Scroll as far as the cursor wants; the message it stands in is the current one."""
        caret = self._caret
        if caret is None:
            return
        before = caret.document.shift
        caret.document.bring_into_view(caret.offset)
        if caret.document.shift != before:
            self._repaint()
        row = self._rows_of(caret)[1]
        if row < self._top:
            self._move_to(row)
        elif row >= self._top + self._rows():
            self._move_to(row - self._rows() + 1)
        if self._source is None:
            self._point(caret.part)

    def _over(self, row: int) -> Sequence[tuple[int, int, Style]]:
        caret = self._caret
        if caret is None:
            return ()
        over: list[tuple[int, int, Style]] = []
        span = self._selected_cells(caret, row)
        if span is not None and span[0] < span[1]:
            over.append((*span, self.screen.get_component_rich_style("screen--selection")))
        if row == self._rows_of(caret)[1]:
            column = caret.document.column_of(caret.offset)
            over.append((column, column + 1, self._style(Role.HIT_HERE, head=False)))
        return over

    def _selected_cells(self, caret: Caret, row: int) -> tuple[int, int] | None:
        """The cells of a row that are selected: of a text what lies between the ends, of a head between them all of it."""
        rows = sorted(self._rows_of(caret))
        if caret.mark is None or not rows[0] <= row <= rows[1]:
            return None
        number, inside = self._column.find(row)
        document = self._column.part(number)
        if document.body_row(inside) is not None:
            return shown_span(document, inside, *caret.span(number))
        return GUTTER, length(self._column.line(row) or ())

    def _settle(self, anchor: Place | None) -> None:
        """The documents are others now: the cursor stays where its text is still there."""
        caret = self._caret
        if caret is not None and caret.holds(self._column):
            caret.column = self._column
        else:
            self._caret = None
        super()._settle(anchor)
