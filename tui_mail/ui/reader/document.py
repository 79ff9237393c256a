"""What the reading pane shows, as one column of lines: head, body, foot.

Owns the order of the rows, the gutter that belongs to the program alone, marks of links and hits, and what stands at a
place. A message can never draw into the gutter, so nothing in it can pass for the head. Must not know Textual.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import pairwise
from typing import Final

from tui_mail.mime.rendered import Link
from tui_mail.text.safe import SafeText, own
from tui_mail.text.width import cells
from tui_mail.ui.reader.find import Hits
from tui_mail.ui.reader.layout import Kind, Layout, Row, hidden_words
from tui_mail.ui.reader.lines import QUOTES, Line, Piece, Role, cut_line, length
from tui_mail.ui.reader.spans import LinkSpans

GUTTER: Final = 2
MARGIN: Final = 1
TEXT_WIDTH: Final = 100
"""Cells; longer lines are hard to read."""
_PAD: Final = own(" " * GUTTER)
_KINDS = {Kind.SIGNATURE: Role.MUTED, Kind.ADDED: Role.QUOTE2, Kind.REMOVED: Role.QUOTE4, Kind.HUNK: Role.QUOTE1}


def head_width(width: int) -> int:
    """Cells of the pane that lines of the head and the foot may fill."""
    return max(width - GUTTER - MARGIN, 4)


class Document:
    """Rows 0 to the end: the head, an empty row, the body, then the foot. Lines are made when they are asked for."""

    def __init__(
        self,
        text: SafeText,
        width: int,
        *,
        head: Sequence[Line] = (),
        foot: Sequence[Line] = (),
        spans: LinkSpans | None = None,
        hits: Hits | None = None,
        opened: Container[int] = (),
        fold: bool = True,
        bar: SafeText | None = None,
        readable: bool = True,
    ) -> None:
        self.width = width
        self.head = list(head)
        self.foot = list(foot)
        self.hits = hits
        self._spans = spans
        self._bar = Piece(bar or own("▎"), Role.BAR)
        body = min(head_width(width), TEXT_WIDTH) if readable else head_width(width)
        self.layout = Layout(text, body, opened=opened, fold=fold)

    @property
    def body_start(self) -> int:
        """The row on which the body starts."""
        return len(self.head) + 1 if self.head else 0

    def reach(self, row: int) -> None:
        """Make sure that it is known whether ``row`` exists."""
        self.layout.reach(row - self.body_start)

    def height(self) -> int:
        """Rows known so far; all of them once the layout is complete."""
        return self.body_start + self.layout.height + (len(self.foot) if self.layout.complete else 0)

    def estimate(self) -> int:
        """Rows in all, as far as can be said."""
        return self.body_start + self.layout.estimate() + len(self.foot)

    def is_head(self, row: int) -> bool:
        """True where the line belongs to the program and stands on its ground."""
        return row < len(self.head)

    def line(self, row: int) -> Line | None:
        """The line to draw, gutter included; None past the end."""
        if row < len(self.head):
            return (self._bar, Piece(own(" " * (GUTTER - 1))), *cut_line(self.head[row], head_width(self.width)))
        if row < self.body_start:
            return ()
        found = self.layout.row(row - self.body_start)
        if found is not None:
            return self._body_line(found)
        below = row - self.body_start - self.layout.height
        if 0 <= below < len(self.foot):
            return (Piece(_PAD), *cut_line(self.foot[below], head_width(self.width)))
        return None

    def offset_at(self, row: int) -> int:
        """The offset of the text on ``row``; that of the nearest row of the body elsewhere."""
        found = self.layout.row(max(row - self.body_start, 0))
        return found.start if found is not None else len(self.layout.text)

    def row_of(self, offset: int) -> int:
        """The row that shows ``offset``."""
        return self.body_start + self.layout.row_of(offset)

    def fold_at(self, row: int) -> int:
        """The fold that ends ``row``, -1 when there is none."""
        found = self.layout.row(row - self.body_start) if row >= self.body_start else None
        return found.block if found is not None else -1

    def link_at(self, row: int, column: int) -> Link | None:
        """The link in a cell of the pane."""
        found = self.layout.row(row - self.body_start) if row >= self.body_start else None
        if found is None or self._spans is None:
            return None
        used = GUTTER + cells(found.prefix)
        for offset in range(found.start, found.end):
            used += cells(self.layout.text[offset])
            if column < used:
                return self._spans.at(offset)
        return None

    def _body_line(self, row: Row) -> Line:
        role = QUOTES[min(row.level, len(QUOTES)) - 1] if row.level else _KINDS.get(row.kind, Role.TEXT)
        line: Line = (Piece(SafeText(_PAD + row.prefix), role), *self._marked(row, role))
        if row.hidden:
            words = hidden_words(row.hidden)
            gap = GUTTER + self.layout.width - length(line) - cells(words)
            line = (*line, Piece(own(" " * max(gap, 2)), role), Piece(words, Role.MUTED))
        return line

    def _marked(self, row: Row, role: Role) -> Line:
        """The text of a row, cut where links and hits begin and end; a hit shows over a link."""
        text = self.layout.text
        marks: list[tuple[int, int, Role]] = []
        if self._spans is not None:
            marks += [(start, end, Role.LINK) for start, end in self._spans.between(row.start, row.end)]
        if self.hits is not None:
            marks += [
                (start, end, Role.HIT_HERE if here else Role.HIT)
                for start, end, here in self.hits.between(row.start, row.end)
            ]
        if not marks:
            return (Piece(SafeText(text[row.start : row.end]), role),)
        edges = sorted({row.start, row.end, *(edge for start, end, _role in marks for edge in (start, end))})
        pieces: list[Piece] = []
        for start, end in pairwise(edges):
            over = [mark for first, last, mark in marks if first <= start and end <= last]
            pieces.append(Piece(SafeText(text[start:end]), over[-1] if over else role))
        return tuple(pieces)
