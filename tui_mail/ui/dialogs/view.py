"""A list of lines that scrolls, and one with a cursor: what help, troubles, menus and pickers are made of.

Owns drawing, scrolling and the cursor. Must not know what the lines mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui_mail.text.safe import SafeText, own
from tui_mail.text.width import cells, cut, fit
from tui_mail.ui.reader.lines import NOTHING, Line, Piece, Role, cut_line, length
from tui_mail.ui.reader.strips import component_classes, component_css, to_strip

ASCII_MARKS = "-ascii"
"""The class of an app whose terminal draws the pretty marks badly."""


class LinesView(ScrollView, can_focus=False):
    """Lines of safe text in roles. Costs per visible line."""

    COMPONENT_CLASSES: ClassVar[set[str]] = component_classes("lines-view")
    DEFAULT_CSS = """
    LinesView {
        background: transparent; scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0;
        overflow-x: hidden; overflow-y: auto; width: 1fr;
        scrollbar-color: $mail-rule; scrollbar-color-hover: $mail-muted; scrollbar-color-active: $mail-accent;
        scrollbar-background: $mail-surface; scrollbar-background-hover: $mail-surface;
        scrollbar-background-active: $mail-surface;
    }
    """ + component_css("LinesView", "lines-view")
    ALLOW_SELECT = False

    def __init__(self, lines: Sequence[Line] = (), *, id: str | None = None) -> None:  # noqa: A002 -- the name Textual gives it
        super().__init__(id=id)
        self._lines = list(lines)
        self.virtual_size = Size(1, len(self._lines))

    @property
    def lines(self) -> list[Line]:
        """What is shown."""
        return self._lines

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Show ``lines`` instead, from where the view stands."""
        self._lines = list(lines)
        self.virtual_size = Size(1, len(self._lines))
        self.refresh()

    def line_at(self, number: int, width: int) -> Line:
        """The line to draw in ``width`` cells."""
        return cut_line(self._lines[number], width)

    def ground(self, number: int) -> Style | None:  # noqa: ARG002 -- for those that colour lines
        """A style the whole line stands on; None for the view's own."""
        return None

    def style_of(self, role: Role) -> Style:
        """The style of ``role`` in the theme."""
        return self.get_component_rich_style(f"lines-view--{role}")

    def render_line(self, y: int) -> Strip:
        number = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        inner = width - 1 if self.show_vertical_scrollbar else width  # words do not touch the bar
        if number >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        ground = self.ground(number)
        if ground is None:
            return to_strip(self.line_at(number, inner), width, self.style_of, self.rich_style)
        return to_strip(self.line_at(number, inner), width, lambda role: self.style_of(role) + ground, ground)

    def scroll_lines(self, count: int) -> None:
        """Move the view by ``count`` lines."""
        self.scroll_to(y=self.scroll_offset.y + count, animate=False)

    def scroll_pages(self, count: int) -> None:
        """Move the view by ``count`` pages; one line stays."""
        self.scroll_lines(count * max(self.size.height - 1, 1))


@dataclass(frozen=True, slots=True)
class Entry:
    """A row one may choose: words on the left, a muted note after them, something short at the right edge."""

    text: SafeText
    note: SafeText = NOTHING
    right: SafeText = NOTHING
    role: Role = Role.TEXT
    marks: tuple[int, ...] = ()
    """Places in ``text`` that matched what was typed."""
    lead: SafeText = NOTHING
    """Before the text: a key or a number; leads of a list take the same room."""
    heading: bool = False
    """Stands between rows and cannot be chosen."""


class Pick(LinesView):
    """Entries with a cursor. The dialog moves it; a click chooses."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"pick--cursor"}
    DEFAULT_CSS = """
    Pick > .pick--cursor { background: $mail-cursor-background; color: $mail-cursor-text; }
    Pick:nocolor > .pick--cursor { text-style: reverse; }
    """

    @dataclass
    class Chosen(Message):
        """An entry was clicked."""

        pick: Pick
        number: int

        @property
        def control(self) -> Pick:
            return self.pick

    def __init__(self, entries: Sequence[Entry] = (), *, id: str | None = None) -> None:  # noqa: A002 -- the name Textual gives it
        super().__init__(id=id)
        self.entries: list[Entry] = []
        self.cursor = -1
        self._lead = 0
        self._take(entries)

    def set_entries(self, entries: Sequence[Entry], cursor: int = 0) -> None:
        """Show ``entries`` instead, the cursor on ``cursor``."""
        self._take(entries, cursor)
        self.scroll_to(y=0, animate=False)
        self._show_cursor()
        self.refresh()

    def replace(self, number: int, entry: Entry) -> None:
        """Show ``entry`` in the place of one; nothing else moves."""
        self.entries[number] = entry
        self.refresh()

    def move(self, count: int) -> None:
        """Move the cursor by ``count`` entries; it stops at the ends."""
        here, step = self.cursor, 1 if count > 0 else -1
        for _ in range(abs(count)):
            following = self._free(here + step, step)
            if following < 0:
                break
            here = following
        self.jump(here)

    def page(self, count: int) -> None:
        """Move the cursor by ``count`` pages."""
        self.move(count * max(self.size.height - 1, 1))

    def jump(self, number: int) -> None:
        """Put the cursor on an entry, or on the nearest one that can be chosen."""
        number = max(0, min(number, len(self.entries) - 1))
        following = self._free(number, 1)
        number = following if following >= 0 else self._free(number, -1)
        if number != self.cursor:
            old, self.cursor = self.cursor, number
            if old >= 0:
                self.refresh_line(old)
            self._show_cursor()
            self.refresh_line(number)

    def line_at(self, number: int, width: int) -> Line:
        mark = own(">" if self.app.has_class(ASCII_MARKS) else "›") if number == self.cursor else own(" ")
        return entry_line(self.entries[number], width, self._lead, mark)

    def ground(self, number: int) -> Style | None:
        if number != self.cursor:
            return None
        return self.get_component_rich_style("pick--cursor")

    def _take(self, entries: Sequence[Entry], cursor: int = 0) -> None:
        self.entries = list(entries)
        self._lines = [()] * len(self.entries)
        self._lead = max((cells(entry.lead) for entry in self.entries), default=0)
        self.virtual_size = Size(1, len(self.entries))
        self.cursor = self._free(cursor, 1)

    def _free(self, number: int, step: int) -> int:
        """The entry at ``number``, or the next one in the direction of ``step`` that can be chosen; -1: none."""
        while 0 <= number < len(self.entries):
            if not self.entries[number].heading:
                return number
            number += step
        return -1

    def _show_cursor(self) -> None:
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        if self.cursor < top:
            first = self.cursor if self._free(self.cursor - 1, -1) >= 0 else 0
            self.scroll_to(y=max(first, 0), animate=False)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False)

    def on_resize(self) -> None:
        self._show_cursor()

    def on_click(self, event: events.Click) -> None:
        number = event.y + self.scroll_offset.y
        if number < len(self.entries) and not self.entries[number].heading:
            self.jump(number)
            self.post_message(self.Chosen(self, number))


def entry_line(entry: Entry, width: int, lead: int, mark: SafeText) -> Line:
    """One entry in ``width`` cells. The cursor is a ``mark`` as well as a colour."""
    if entry.heading:
        return cut_line((Piece(entry.text, Role.MUTED),), width)
    line: Line = (Piece(SafeText(mark + " "), Role.ACCENT),)
    if lead:
        line = (*line, Piece(fit(entry.lead, lead), Role.ACCENT), Piece(own("  ")))
    right = cut(entry.right, max((width - length(line)) // 2, 0))
    room = width - length(line) - (cells(right) + 2 if right else 0)
    text = cut(entry.text, room)
    line = (*line, *_marked(text, entry))
    room -= cells(text)
    if entry.note and room > 4:
        note = cut(entry.note, room - 2)
        line = (*line, Piece(own("  ")), Piece(note, Role.MUTED))
        room -= 2 + cells(note)
    if right:
        line = (*line, Piece(own(" " * (room + 2))), Piece(right, Role.MUTED))
    return line


def _marked(text: SafeText, entry: Entry) -> Line:
    """The words of an entry with the letters that matched in the accent colour."""
    if not entry.marks:
        return (Piece(text, entry.role),)
    wanted = set(entry.marks)
    pieces: list[Piece] = []
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or (place in wanted) != (start in wanted):
            pieces.append(Piece(SafeText(text[start:place]), Role.ACCENT if start in wanted else entry.role))
            start = place
    return tuple(pieces)
