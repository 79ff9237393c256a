"""The two ways a dialog shows words, and the one way it takes them.

Owns ``Words`` (text that stands) and ``Field`` (text that is typed). Both take safe text only. Must not know dialogs.
"""

from __future__ import annotations

import re
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from tui_mail.text import safe
from tui_mail.text.safe import SafeText, own

_NO_SECRET = re.compile(r"[\x00\r\n]")


class Words(Static):
    """Safe text, wrapped by words. Brackets and dollars in it are letters."""

    DEFAULT_CSS = """
    Words { width: 100%; height: auto; color: $mail-text; background: transparent; }
    Words.-muted { color: $mail-muted; }
    Words.-title { text-style: bold; }
    Words.-warning { color: $mail-warning; text-style: bold; }
    Words.-accent { color: $mail-accent; }
    """
    ALLOW_SELECT = False

    def __init__(self, text: SafeText, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 -- the name Textual gives it
        super().__init__(Content(text), id=id, classes=classes)
        self.text = text

    def say(self, text: SafeText) -> None:
        """Show ``text`` instead."""
        if text != self.text:
            self.text = text
            self.update(Content(text))


class Field(Input, inherit_bindings=False):
    """One line to type in. What is typed or pasted becomes safe text; a secret only loses line breaks."""

    DEFAULT_CSS = """
    Field, Field:ansi {
        border: none; height: 1; width: 1fr; padding: 0;
        background: $mail-surface-focus; color: $mail-text;
    }
    Field:ansi { text-style: underline; }
    Field:focus, Field:ansi:focus { border: none; background: $mail-surface-focus; background-tint: transparent; }
    Field > .input--cursor, Field:ansi > .input--cursor {
        background: $mail-accent; color: $mail-background; text-style: none;
    }
    Field > .input--placeholder, Field:ansi > .input--placeholder { color: $mail-muted; text-style: none; }
    Field > .input--selection { background: $mail-cursor-background; color: $mail-cursor-text; }
    Field:nocolor > .input--cursor, Field:nocolor > .input--selection { text-style: reverse; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(keys, action, show=False, id=f"field.{name}")
        for name, keys, action in (
            ("left", "left,ctrl+b", "cursor_left"),
            ("right", "right,ctrl+f", "cursor_right"),
            ("select-left", "shift+left", "cursor_left(True)"),
            ("select-right", "shift+right", "cursor_right(True)"),
            ("word-left", "ctrl+left,alt+b", "cursor_left_word"),
            ("word-right", "ctrl+right,alt+f", "cursor_right_word"),
            ("home", "home,ctrl+a", "home"),
            ("end", "end,ctrl+e", "end"),
            ("select-home", "shift+home", "home(True)"),
            ("select-end", "shift+end", "end(True)"),
            ("backspace", "backspace,ctrl+h", "delete_left"),
            ("delete", "delete,ctrl+d", "delete_right"),
            ("delete-word", "ctrl+w,alt+backspace,ctrl+backspace", "delete_left_word"),
            ("delete-word-right", "alt+d,ctrl+delete", "delete_right_word"),
            ("delete-to-start", "ctrl+u", "delete_left_all"),
            ("delete-to-end", "ctrl+k", "delete_right_all"),
            ("submit", "enter", "submit"),
            ("cut", "ctrl+x", "cut"),
            ("copy", "ctrl+c", "copy"),
            ("paste", "ctrl+v", "paste"),
        )
    ]

    def __init__(
        self,
        value: SafeText | None = None,
        *,
        placeholder: SafeText | None = None,
        password: bool = False,
        select_on_focus: bool = False,
        id: str | None = None,  # noqa: A002 -- the name Textual gives it
        classes: str | None = None,
    ) -> None:
        super().__init__(
            value,
            placeholder or own(""),
            password=password,
            select_on_focus=select_on_focus,
            id=id,
            classes=classes,
        )
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """What stands in the field for ``value``."""
        return _NO_SECRET.sub("", value) if self.password else str(safe.line(value))

    @property
    def typed(self) -> SafeText:
        """What stands in the field, without space around it; for fields that hold no secret."""
        return safe.line(self.value.strip())
