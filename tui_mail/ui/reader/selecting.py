"""Selecting text of the pane with the pointer.

Owns how a selection shows and what is copied: words of the message without the gutter. Must not know the document.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.selection import Selection
from textual.strip import Strip

from tui_mail.ui.reader.lines import Line

ROWS_LIMIT = 20_000


def with_selection(strip: Strip, span: tuple[int, int], style: Style) -> Strip:
    """``strip`` with the characters of ``span`` (-1: to the end) in ``style``."""
    first, last = span
    done: list[Segment] = []
    at = 0
    for text, own, _control in strip:
        end = at + len(text)
        stop = end if last < 0 else last
        cuts = [min(max(first, at), end) - at, min(max(stop, at), end) - at]
        for part, chosen in ((text[: cuts[0]], False), (text[cuts[0] : cuts[1]], True), (text[cuts[1] :], False)):
            if part:
                done.append(Segment(part, (own or Style()) + style if chosen else own))
        at = end
    return Strip(done, strip.cell_length)


def selected_text(lines: Callable[[int, int], Sequence[Line]], selection: Selection, gutter: int, height: int) -> str:
    """The words between the two ends, row by row, without the gutter."""
    first = selection.start.y if selection.start is not None else 0
    last = selection.end.y if selection.end is not None else height - 1
    last = min(last, height - 1, first + ROWS_LIMIT)
    rows = ["".join(piece.text for piece in line) for line in lines(first, last)]
    if rows and selection.end is not None:
        rows[-1] = rows[-1][: selection.end.x]
    skip = max(gutter, selection.start.x if selection.start is not None else 0)
    return "\n".join(row[skip if number == 0 else gutter :].rstrip(" ") for number, row in enumerate(rows))
