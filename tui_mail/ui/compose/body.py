"""The text of a message while it is written: a plain text area that wraps, with quotes in their colours.

Owns its keys and its look. Must not know drafts. Everything that comes in, typed, pasted or loaded, is made safe first
(``typed``), so that no control character ever reaches the terminal by way of a paste.
"""

from __future__ import annotations

from typing import ClassVar, Self

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.document._document import EditResult
from textual.document._edit import Edit
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import TextArea

from tui_mail.ui.compose.typed import quote_depth, safe_text, signature_at

_QUOTES = 4
INDENT = 4


class BodyArea(TextArea, inherit_bindings=False):
    """Where the text is typed. Unlike its base it takes nothing unsafe, never blinks, and colours quotes."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"body-area--quote{depth}" for depth in range(1, _QUOTES + 1)),
        "body-area--signature",
    }
    DEFAULT_CSS = """
    BodyArea { width: 1fr; height: 1fr; padding: 0 1 0 1; }
    BodyArea, BodyArea:focus, BodyArea:ansi, BodyArea:ansi:focus {
        border: none; background-tint: transparent;
        background: $mail-background; color: $mail-text;
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0;
        scrollbar-color: $mail-rule; scrollbar-color-hover: $mail-muted; scrollbar-color-active: $mail-accent;
        scrollbar-background: $mail-background; scrollbar-background-hover: $mail-background;
        scrollbar-background-active: $mail-background;
    }
    BodyArea .text-area--cursor, BodyArea:dark .text-area--cursor, BodyArea:light .text-area--cursor {
        color: $mail-background; background: $mail-accent; text-style: none;
    }
    BodyArea:ansi .text-area--cursor { color: ansi_default; background: ansi_default; text-style: reverse; }
    BodyArea .text-area--selection { color: $mail-cursor-text; background: $mail-cursor-background; }
    BodyArea:nocolor .text-area--selection { text-style: reverse; }
    BodyArea .text-area--placeholder { color: $mail-muted; }
    BodyArea > .body-area--quote1 { color: $mail-quote1; }
    BodyArea > .body-area--quote2 { color: $mail-quote2; }
    BodyArea > .body-area--quote3 { color: $mail-quote3; }
    BodyArea > .body-area--quote4 { color: $mail-quote4; }
    BodyArea > .body-area--signature { color: $mail-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(keys, action, show=False, id=f"text.{name}")
        for name, keys, action in (
            ("up", "up", "cursor_up"),
            ("down", "down", "cursor_down"),
            ("left", "left,ctrl+b", "cursor_left"),
            ("right", "right,ctrl+f", "cursor_right"),
            ("word-left", "ctrl+left,alt+b,alt+left", "cursor_word_left"),
            ("word-right", "ctrl+right,alt+f,alt+right", "cursor_word_right"),
            ("home", "home,ctrl+a", "cursor_line_start"),
            ("end", "end,ctrl+e", "cursor_line_end"),
            ("page-up", "pageup", "cursor_page_up"),
            ("page-down", "pagedown", "cursor_page_down"),
            ("top", "ctrl+home,alt+less_than_sign", "text_start"),
            ("bottom", "ctrl+end,alt+greater_than_sign", "text_end"),
            ("select-up", "shift+up", "cursor_up(True)"),
            ("select-down", "shift+down", "cursor_down(True)"),
            ("select-left", "shift+left", "cursor_left(True)"),
            ("select-right", "shift+right", "cursor_right(True)"),
            ("select-word-left", "ctrl+shift+left", "cursor_word_left(True)"),
            ("select-word-right", "ctrl+shift+right", "cursor_word_right(True)"),
            ("select-home", "shift+home", "cursor_line_start(True)"),
            ("select-end", "shift+end", "cursor_line_end(True)"),
            ("select-line", "f6", "select_line"),
            ("select-all", "f7", "select_all"),
            ("backspace", "backspace,ctrl+h", "delete_left"),
            ("delete", "delete,ctrl+d", "delete_right"),
            ("delete-word", "ctrl+w,alt+backspace,ctrl+backspace", "delete_word_left"),
            ("delete-word-right", "alt+d,alt+delete,ctrl+delete", "delete_word_right"),
            ("delete-to-start", "ctrl+u", "delete_to_start_of_line"),
            ("delete-to-end", "ctrl+k", "delete_to_end_of_line_or_delete_line"),
            ("cut", "ctrl+x", "cut"),
            ("copy", "ctrl+c", "copy"),
            ("paste", "ctrl+v", "paste"),
            ("undo", "ctrl+z,ctrl+underscore", "undo"),
            ("redo", "ctrl+y", "redo"),
        )
    ]

    def __init__(self, text: str, *, id: str | None = None) -> None:  # noqa: A002 -- the name Textual gives it
        self._quotes: tuple[Style, ...] = ()
        self._painted: dict[int, Strip] = {}
        """What the screen shows, by line."""
        self._looking = False
        self._signature = 0
        super().__init__(
            safe_text(text),
            soft_wrap=True,
            tab_behavior="focus",
            highlight_cursor_line=False,
            max_checkpoints=400,
            id=id,
        )
        self.cursor_blink = False
        self.match_cursor_bracket = False

    # What comes in

    def edit(self, edit: Edit) -> EditResult:
        """Every change of the text passes here."""
        edit.text = safe_text(edit.text)
        return super().edit(edit)

    def put(self, text: str) -> bool:
        """Have all of it replaced by ``text``, as one step that can be undone; False where it is the same."""
        text = safe_text(text)
        if text == self.text:
            return False
        self.history.checkpoint()
        self.replace(text, (0, 0), self.document.end, maintain_selection_offset=False)
        self.history.checkpoint()
        return True

    def indent(self) -> None:
        """Spaces to the next stop; selected lines are all moved."""
        start, end = sorted(self.selection)
        if start[0] == end[0]:
            self.replace(" " * (INDENT - start[1] % INDENT), start, end, maintain_selection_offset=False)
            return
        for row in range(start[0], end[0] + (end[1] > 0)):
            self.insert(" " * INDENT, (row, 0), maintain_selection_offset=True)

    # Moving

    def action_text_start(self) -> None:
        """To the first character."""
        self.move_cursor((0, 0))

    def action_text_end(self) -> None:
        """Behind the last character."""
        self.move_cursor(self.document.end)

    # Few bytes: a key changes a line or two, and Textual would send the whole pane again, some kilobytes for each key.

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Paint again what looks different."""
        if regions or recompose or not repaint or not self._painted:
            return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        if layout:  # one line more or less; a new size would paint all of it anyway
            super().refresh(repaint=False, layout=True)
        if not self._looking:
            self._looking = True
            self.call_next(self._paint)  # when the change that is under way is made
        return self

    def _paint(self) -> None:
        self._looking = False
        width = self.size.width
        different = [y for y in range(self.size.height) if self._painted.get(y) != self.render_line(y)]
        if different:
            super().refresh(*(Region(0, y, width, 1) for y in different))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Painted for another reason while a look is due, lines must not come as they were before the change."""
        for y in crop.line_range:
            line = self.render_line(y)
            if self._painted.get(y) != line:
                self._styles_cache.set_dirty(Region(0, y, 1, 1))
                self._painted[y] = line
        return super().render_lines(crop)

    # Looks

    def _build_highlight_map(self) -> None:
        """Textual looks anew at the whole text after every change of it; here for the signature."""
        super()._build_highlight_map()
        self._signature = signature_at(self.document.lines)

    def get_line(self, line_index: int) -> Text:
        found = super().get_line(line_index)
        if not self._quotes:
            names = [f"quote{depth}" for depth in range(1, _QUOTES + 1)]
            self._quotes = tuple(self._ink(name) for name in (*names, "signature"))
        depth = quote_depth(found.plain)
        if depth:
            found.stylize(self._quotes[(depth - 1) % _QUOTES])
        elif line_index >= self._signature:
            found.stylize(self._quotes[-1])
        return found

    def _ink(self, name: str) -> Style:
        return Style(color=self.get_component_rich_style(f"body-area--{name}").color)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painted.clear()
        self._quotes = ()
        self._line_cache.clear()
