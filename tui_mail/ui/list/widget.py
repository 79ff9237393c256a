"""The message list on the screen: draws the rows in view, moves the cursor, says what was asked for.

Owns scrolling and painting; a key press costs the lines that changed, whatever the length of the list. Must not know
where rows come from, nor what actions do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.strip import Strip

from tui_mail.ui.lean import LeanWidget, lean_strip, lean_style
from tui_mail.ui.list.model import ListModel
from tui_mail.ui.list.rowkeys import Row
from tui_mail.ui.list.rows import Layout, Look, RowState, Shown, Tone, pieces, placeholder
from tui_mail.ui.list.source import Entry, Window

WHEEL = 3
"""Rows a notch of the wheel moves."""
_COMPONENTS = {
    Tone.TEXT: "message-list--text",
    Tone.UNREAD: "message-list--unread",
    Tone.MUTED: "message-list--muted",
    Tone.FLAGGED: "message-list--flagged",
    Tone.SELECTED: "message-list--selected",
    Tone.ABSENT: "message-list--muted",
    Tone.DELETED: "message-list--muted",
}


class MessageList(LeanWidget, can_focus=True):
    """Rows of ``model``, whose content ``window`` has. Both are replaced by ``show``."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {*_COMPONENTS.values(), "message-list--cursor", "message-list--left"}
    DEFAULT_CSS = """
    MessageList { background: $background; color: $mail-text; }
    MessageList .message-list--text { color: $mail-text; background: $background; }
    MessageList .message-list--unread { color: $mail-unread; background: $background; text-style: bold; }
    MessageList .message-list--muted { color: $mail-muted; background: $background; }
    MessageList .message-list--flagged { color: $mail-flagged; background: $background; text-style: bold; }
    MessageList .message-list--selected { color: $mail-accent; background: $background; text-style: bold; }
    MessageList .message-list--cursor { color: $mail-cursor-text; background: $mail-cursor-background; }
    MessageList .message-list--left { color: $mail-text; background: $mail-surface-focus; }
    MessageList:ansi .message-list--left { color: $mail-accent; }
    MessageList:nocolor .message-list--cursor { text-style: reverse; }
    MessageList:nocolor .message-list--left { text-style: underline; }
    """
    ALLOW_SELECT = False

    @dataclass
    class Moved(Message):
        """The cursor, the selection or the number of rows changed."""

    @dataclass
    class Chosen(Message):
        """A row was clicked that the cursor was on."""

        row: Row

    def __init__(self, look: Callable[[Layout], Look], *, jump_half_page: bool, empty: str) -> None:
        super().__init__(id="messages")
        self.model = ListModel()
        self.window: Window | None = None
        self.top = 0
        self._look_of = look
        self._jump = jump_half_page
        self._empty = empty
        self._note = ""
        self._look: Look | None = None
        self._drawn: list[Strip] = []
        self._drawn_for = Size(0, 0)
        self._theme = ""
        self._styles: dict[tuple[Tone, bool], Style] = {}
        self._loose: dict[tuple[bool, int], Strip] = {}

    # What is shown

    def show(self, model: ListModel, window: Window, *, top: int = 0, empty: str = "") -> None:
        """Show another list."""
        self.model, self.window, self.top = model, window, top
        self._empty = empty or self._empty
        self._look = None
        self._loose.clear()
        self.reveal()
        self.repaint()

    def show_empty(self, text: str) -> None:
        """Say this where there are no rows."""
        if text != self._empty:
            self._empty = text
            self._loose.clear()
            if not len(self.model):
                self.repaint()

    def show_note(self, text: str) -> None:
        """Say something on the line after the last row; empty: nothing."""
        if text != self._note:
            self._note = text
            self._loose.clear()
            self.top = self._clipped(self.top)
            self.repaint()

    def restyle(self) -> None:
        """Draw everything anew: the theme, the marks or the date changed."""
        self.refresh()
        self._look = None
        self._styles.clear()
        self._loose.clear()
        if self.window is not None:
            self.window.redraw()
        self.repaint()

    def shown_at_cursor(self) -> Shown | None:
        """What the row under the cursor shows."""
        row = self.model.at_cursor
        return None if row is None or self.window is None else self.window.shown(row)

    def in_view(self) -> list[Row]:
        """The rows on the screen."""
        return self.model.rows(self.top, self.top + self.size.height)

    def new_day(self, now: float) -> None:
        """Draw the dates anew when midnight has passed since they were drawn."""
        if self._look is not None and date.fromtimestamp(now) != date.fromtimestamp(self._look.now):  # noqa: DTZ012 -- the machine's own day
            self.restyle()

    # Moving

    def move(self, place: int, *, jump: bool = False) -> None:
        """Put the cursor on ``place``; ``jump`` puts it in the middle of the screen if it has to scroll."""
        self.model.move_to(place)
        self.reveal(centre=jump)
        self.repaint()

    def move_by(self, rows: int) -> None:
        self.move(self.model.cursor + rows)

    def page(self, pages: float) -> None:
        """Move screen and cursor together by a part of the height."""
        step = int(pages * self.size.height) or (1 if pages > 0 else -1)
        self.top = self._clipped(self.top + step)
        self.move(self.model.cursor + step)

    def wheel(self, rows: int) -> None:
        """Move the screen only; the cursor stays on its message."""
        self.top = self._clipped(self.top + rows)
        self.repaint()

    def reveal(self, *, centre: bool = False) -> None:
        """Scroll so that the cursor is on the screen."""
        height = self.size.height
        cursor = self.model.cursor
        if height <= 0:
            return
        if not self.top <= cursor < self.top + height:
            half = height // 2
            if centre:
                self.top = cursor - half
            elif cursor < self.top:
                self.top = cursor - (half if self._jump else 0)
            else:
                self.top = cursor - (half if self._jump else height - 1)
        if self._note and cursor == len(self.model) - 1:
            self.top = max(self.top, len(self.model) + 1 - height)  # what is said after the last row is seen with it
        self.top = self._clipped(self.top)

    def hold(self, before: int) -> None:
        """After rows changed: keep the cursor's line on the screen where it was, ``before`` rows below the top.

        A list that stands at its top stays there as long as the cursor can be seen, so that new mail shows.
        """
        if self.top > 0 or self.model.cursor >= self.size.height:
            self.top = self.model.cursor - before
        self.reveal()

    def _clipped(self, top: int) -> int:
        return max(0, min(top, len(self.model) + bool(self._note) - self.size.height))

    # Painting

    def repaint(self) -> None:
        """Draw the lines whose content changed, and say that something moved."""
        if self.size.height:
            self._load()
            fresh = [self._line(y) for y in range(self.size.height)]
            if len(fresh) == len(self._drawn):
                for y, (new, old) in enumerate(zip(fresh, self._drawn, strict=True)):
                    if new is not old:
                        self.refresh(Region(0, y, self.size.width, 1))
            else:
                self.refresh()
            self._drawn = fresh
            self.app.cursor_position = self.region.offset + Offset(0, max(0, self.model.cursor - self.top))
        self.post_message(self.Moved())

    def render_line(self, y: int) -> Strip:
        if self._drawn_for != self.size:
            self._draw_for_size()
        return self._drawn[y] if y < len(self._drawn) else self._blank()

    def _draw_for_size(self) -> None:
        """Draw every line for the size the widget has now: the first frame has the list in it."""
        if self._drawn_for.width != self.size.width:  # more or fewer of the same lines are no reason to draw any anew
            self._look = None
            self._loose.clear()
            if self.window is not None:
                self.window.redraw()
        self._drawn_for = self.size
        self.reveal()
        self._load()
        self._drawn = [self._line(y) for y in range(self.size.height)]

    def _load(self) -> None:
        if self.window is not None:
            self.window.load(self.in_view())

    def _line(self, y: int) -> Strip:
        place = self.top + y
        if place >= len(self.model):
            return self._vacant(y, place - len(self.model))
        row = self.model.row(place)
        cursor = place == self.model.cursor
        entry = None if self.window is None else self.window.get(row)
        if entry is None:
            return self._loose_strip((cursor, -1), lambda: self._strip(placeholder(self.look), cursor=cursor))
        return self._row(entry, row, cursor=cursor)

    def _row(self, entry: Entry, row: Row, *, cursor: bool) -> Strip:
        child = bool(row.thread) and not row.folded
        first = child and self.model.is_first(row)
        state = RowState(row in self.model.selected, first, child)
        key = (state.selected, first, child, cursor)
        strip: Strip | None = entry.drawn.get(key)
        if strip is None:
            strip = self._strip(pieces(entry.shown, state, self.look), cursor=cursor)
            entry.drawn[key] = strip
        return strip

    def _vacant(self, y: int, after: int) -> Strip:
        """A line without a row, ``after`` how many lines below the last one."""
        if y == 1 and not len(self.model):
            return self._loose_strip((False, y), lambda: self._words(self._empty))
        if self._note and after == (0 if len(self.model) else 3):
            return self._loose_strip((False, -3), lambda: self._words(self._note))
        return self._loose_strip((False, -2), self._blank)

    def _words(self, text: str) -> Strip:
        words = f"    {text}"[: self.size.width]
        return lean_strip([(words.ljust(self.size.width), self._style(Tone.MUTED))])

    def _blank(self) -> Strip:
        return lean_strip([(" " * self.size.width, self._style(Tone.TEXT))])

    def _loose_strip(self, key: tuple[bool, int], make: Callable[[], Strip]) -> Strip:
        if key not in self._loose:
            self._loose[key] = make()
        return self._loose[key]

    def _strip(self, row: Sequence[tuple[str, Tone]], *, cursor: bool) -> Strip:
        return lean_strip((text, self._style(tone, cursor=cursor)) for text, tone in row)

    def _style(self, tone: Tone, *, cursor: bool = False) -> Style:
        key = (tone, cursor)
        if key not in self._styles:
            style = self.get_component_rich_style(_COMPONENTS[tone])
            if cursor:
                bold = tone in {Tone.UNREAD, Tone.FLAGGED, Tone.SELECTED}
                name = "message-list--cursor" if self.has_focus else "message-list--left"
                style = self.get_component_rich_style(name) + Style(bold=bold or None)
            self._styles[key] = lean_style(style) + Style(strike=tone is Tone.DELETED or None)
        return self._styles[key]

    @property
    def look(self) -> Look:
        """What rows depend on besides their message."""
        if self._look is None:
            self._look = self._look_of(Layout.of(self.size.width, threads=self.model.threaded))
        return self._look

    # What Textual says

    def notify_style_update(self) -> None:
        super().notify_style_update()
        before, self._theme = self._theme, self.app.theme
        if before not in {"", self._theme}:
            self.call_later(self.restyle)  # the component styles follow after this

    def watch_has_focus(self, has_focus: bool) -> None:  # noqa: ARG002 -- the signature is Textual's
        """The row under the cursor looks different with the focus and without; no rule of the style sheet asks for it."""
        self._styles.clear()
        self._loose.clear()
        if self.window is not None:
            self.window.redraw(lambda key: key[-1])
        self.repaint()

    def on_resize(self) -> None:
        if self._drawn_for != self.size:
            self._draw_for_size()
            self.refresh()
        self.repaint()

    def on_click(self, event: events.Click) -> None:
        place = self.top + event.y
        event.stop()
        if place >= len(self.model):
            return
        row = self.model.row(place)
        if place == self.model.cursor:
            self.post_message(self.Chosen(row))
        else:
            self.move(place)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.wheel(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.wheel(-WHEEL)
