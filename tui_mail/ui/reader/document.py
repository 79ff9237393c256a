"""What the reading pane shows of one message, as one column of lines: head, body, foot.

Owns the order of the rows, the gutter that belongs to the program alone, how each kind of line looks, marks of links and hits,
and what stands at a place. A message can never draw into the gutter, so nothing in it can pass for the head. Must not know
Textual.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from tui_mail.mime.links import misleads
from tui_mail.mime.rendered import Link
from tui_mail.text.hosts import poses
from tui_mail.text.safe import SafeText, own
from tui_mail.text.width import cells, cut, graphemes
from tui_mail.ui.reader import hosts
from tui_mail.ui.reader.find import Hits
from tui_mail.ui.reader.layout import BAR_WIDTH, Folds, Layout, Row, hidden_words
from tui_mail.ui.reader.lines import QUOTES, Line, Piece, Role, cut_line, length, window
from tui_mail.ui.reader.manners import Kind, Lines
from tui_mail.ui.reader.spans import LinkSpans

GUTTER: Final = 2
MARGIN: Final = 1
TEXT_WIDTH: Final = 100
"""Cells; longer lines are hard to read."""
_SEEN: Final = 4
"""Cells of a hit that must fit beside the edge of a line that goes on."""
_PAD: Final = Piece(own(" " * GUTTER))
_ROLES: Final = {
    Kind.ATTRIBUTION: Role.MUTED,
    Kind.FORWARDED: Role.MUTED,
    Kind.SIGNATURE: Role.MUTED,
    Kind.HEADING: Role.HEADING,
    Kind.RULE: Role.RULE,
    Kind.OWN: Role.MUTED,
    Kind.REPORT: Role.MUTED,
    Kind.FILE: Role.HEADING,
    Kind.HUNK: Role.QUOTE1,
    Kind.ADDED: Role.QUOTE2,
    Kind.REMOVED: Role.QUOTE4,
}
_NUMBER = re.compile(r" ?\[\d+\]$")


def head_width(width: int) -> int:
    """Cells of the pane that lines of the head and the foot may fill."""
    return max(width - GUTTER - MARGIN, 4)


class Document:
    """Rows 0 to the end: the head, an empty row, the body, then the foot. Lines are made when they are asked for."""

    def __init__(
        self,
        lines: Lines,
        width: int,
        *,
        head: Sequence[Line] = (),
        foot: Sequence[Line] = (),
        spans: LinkSpans | None = None,
        hits: Hits | None = None,
        folds: Folds | None = None,
        bar: SafeText | None = None,
        here_bar: SafeText | None = None,
        readable: bool = True,
        apart: bool = False,
    ) -> None:
        """``here_bar`` takes the place of ``bar`` while keys work on this message; ``apart``: an empty row stands below."""
        self.width = width
        self.head = list(head)
        self.foot = [*foot, ()] if apart else list(foot)
        self.hits = hits
        self.here = True
        """The message that keys work on."""
        self.shift = 0
        """Cells by which lines that do not wrap are moved to the left."""
        self._spans = spans
        self._bar = bar or own("▎")
        self._here_bar = here_bar or self._bar
        self._body = min(head_width(width), TEXT_WIDTH) if readable else head_width(width)
        self.layout = Layout(lines, self._body, folds=folds)

    # Rows

    @property
    def body_start(self) -> int:
        """The row on which the body starts."""
        return len(self.head) + 1 if self.head else 0

    @property
    def complete(self) -> bool:
        """True when the last row is known."""
        return self.layout.complete

    def reach(self, row: int) -> None:
        """Make sure that it is known whether ``row`` exists."""
        self.layout.reach(row - self.body_start)

    def advance(self, lines: int) -> bool:
        """Lay out some more; True when the end is reached."""
        return self.layout.advance(lines)

    def finish(self) -> None:
        """Lay out everything."""
        self.layout.finish()

    def height(self) -> int:
        """Rows known so far; all of them once ``complete``."""
        return self.body_start + self.layout.height + (len(self.foot) if self.layout.complete else 0)

    def estimate(self) -> int:
        """Rows in all, as far as can be said."""
        return self.body_start + self.layout.estimate() + len(self.foot)

    def is_head(self, row: int) -> bool:
        """True where the line belongs to the program and stands on its ground."""
        return row < len(self.head)

    def body_row(self, row: int) -> Row | None:
        """The row of the body, None elsewhere."""
        return self.layout.row(row - self.body_start) if row >= self.body_start else None

    # Places: an offset of the text; below 0 so many rows above the body, beyond the text so many rows below it

    def offset_at(self, row: int) -> int:
        """The place of a row."""
        if row < self.body_start:
            return row - self.body_start
        found = self.layout.row(row - self.body_start)
        if found is not None:
            return found.start
        return len(self.layout.text) + row - self.body_start - self.layout.height + 1

    def row_of(self, offset: int) -> int:
        """The row that shows a place."""
        if offset < 0:
            return max(self.body_start + offset, 0)
        below = offset - len(self.layout.text) - 1
        if below < 0:
            return self.body_start + self.layout.row_of(offset)
        return min(self.body_start + self.layout.finish() + below, max(self.height() - 1, 0))

    def offset_under(self, row: int, column: int) -> int:
        """The offset of the character drawn in a cell; that of the end of its row past it, -1 outside the body."""
        found = self.body_row(row)
        if found is None:
            return -1
        at = self.start_of(found)
        if column < at:
            return found.start
        for start, end, size in graphemes(self.layout.text[found.start : found.end]):
            at += size
            if column < at:
                return found.start + min(start, end)
        return found.end

    def column_of(self, offset: int) -> int:
        """The cell in which the character at ``offset`` begins."""
        row = self.layout.row(self.layout.row_of(offset))
        if row is None:
            return GUTTER
        return self.start_of(row) + cells(self.layout.text[row.start : min(max(offset, row.start), row.end)])

    def start_of(self, row: Row) -> int:
        """The cell in which the text of a row begins, though it may be moved out of sight."""
        moved = 0 if row.manner.wraps else self.shift
        return GUTTER + BAR_WIDTH * self.layout.bars(row.level) + row.indent - moved

    def fold_at(self, row: int, column: int | None = None) -> int:
        """The fold that ends ``row``, or in the cells of the bars of a long quote the quote itself; -1: none."""
        found = self.body_row(row)
        if found is None or found.block < 0:
            return -1
        bars = GUTTER + BAR_WIDTH * self.layout.bars(found.level)
        return found.block if found.hidden or (column is not None and column < bars) else -1

    def link_at(self, row: int, column: int) -> Link | None:
        """The link in a cell of the pane."""
        found = self.body_row(row)
        if found is None or self._spans is None or column < self.start_of(found):
            return None
        offset = self.offset_under(row, column)
        return self._spans.at(offset) if offset < found.end else None

    # Lines that do not wrap

    def overhang(self, row: int) -> int:
        """Cells of a row that do not fit into the pane and are out of sight on the right."""
        found = self.body_row(row)
        if found is None or found.manner.wraps or found.kind in {Kind.RULE, Kind.OWN}:
            return 0
        room = self._body - BAR_WIDTH * self.layout.bars(found.level)
        return cells(self.layout.text[found.start : found.end]) - room - self.shift

    def bring_into_view(self, offset: int) -> None:
        """Move lines that do not wrap so far that what stands at ``offset`` is seen."""
        row = self.layout.row(self.layout.row_of(offset))
        if row is None or row.manner.wraps:
            return
        room = self._body - BAR_WIDTH * self.layout.bars(row.level)
        before = cells(self.layout.text[row.start : offset])
        if not self.shift <= before < self.shift + room - _SEEN:
            self.shift = max(before - room // 2, 0) if before >= room - _SEEN else 0

    # Lines

    def line(self, row: int) -> Line | None:
        """The line to draw, gutter included; None past the end."""
        if row < len(self.head):
            bar = Piece(self._here_bar, Role.BAR) if self.here else Piece(self._bar, Role.RULE)
            return (bar, Piece(own(" " * (GUTTER - 1))), *cut_line(self.head[row], head_width(self.width)))
        if row < self.body_start:
            return ()
        found = self.layout.row(row - self.body_start)
        if found is not None:
            return self._body_line(found)
        below = row - self.body_start - self.layout.height
        if 0 <= below < len(self.foot):
            return (_PAD, *cut_line(self.foot[below], head_width(self.width))) if self.foot[below] else ()
        return None

    def _body_line(self, row: Row) -> Line:
        bars = self.layout.bars(row.level)
        room = self._body - BAR_WIDTH * bars
        role = _ROLES.get(row.kind) or (QUOTES[min(row.level, len(QUOTES)) - 1] if row.level else Role.TEXT)
        line: Line = (_PAD, *(Piece(SafeText(self._bar + " "), QUOTES[min(n, len(QUOTES) - 1)]) for n in range(bars)))
        if row.indent:
            line = (*line, Piece(own(" " * row.indent)))
        text = self._text(row, role)
        if row.kind is Kind.RULE:
            text = (Piece(own("─" * room), role),)
        elif row.kind is Kind.OWN:
            gap = "" if text[-1].text.endswith("─") else " "
            rest = room - length(text) - len(gap)
            text = cut_line(text, room) if rest < 1 else (*text, Piece(own(gap + "─" * rest), Role.RULE))
        elif not row.manner.wraps:
            text = window(text, self.shift, room)
        line = (*line, *text)
        if row.hidden:
            words = cut(hidden_words(row.hidden), room)
            before = GUTTER + self._body - length(line) - cells(words)
            line = (*line, Piece(own(" " * before), role), Piece(words, Role.MUTED))
        return line

    def _text(self, row: Row, role: Role) -> Line:
        """The text of a row, cut where links and hits begin and end; a hit shows over a link."""
        text = self.layout.text
        marks: list[tuple[int, int, Role, str]] = []
        if self._spans is not None:
            for start, end, link in self._spans.between(row.start, row.end):
                number = _NUMBER.search(text, start, end)
                words = number.start() if number is not None and number.start() >= start else end
                marks.append((start, words, Role.LINK, told(link)))
                marks.append((words, end, Role.ACCENT, told(link)))
        if self.hits is not None:
            marks += [
                (start, end, Role.HIT_HERE if here else Role.HIT, "")
                for start, end, here in self.hits.between(row.start, row.end)
            ]
        if not marks:
            return (Piece(SafeText(text[row.start : row.end]), role),)
        edges = sorted({row.start, row.end, *(edge for start, end, *_ in marks for edge in (start, end))})
        pieces: list[Piece] = []
        for start, end in pairwise(edges):
            over = [mark for mark in marks if mark[0] <= start and end <= mark[1]]
            address = next((mark[3] for mark in over if mark[3]), "")
            pieces.append(Piece(SafeText(text[start:end]), over[-1][2] if over else role, address))
        return tuple(pieces)


def told(link: Link) -> str:
    """What a terminal is told of a link: nothing where the click should come here first, to be asked about."""
    if link.url.startswith("mailto:") or hosts.refusal(link.url) or misleads(link.text, link.url) or poses(link.host):
        return ""
    return link.url
