"""A few options on one line, one of them chosen.

Owns ``Choice``. Must not know what the options mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui_mail.text.safe import SafeText
from tui_mail.text.width import cells
from tui_mail.ui.dialogs.view import ASCII_MARKS


class Choice(Static, can_focus=True):
    """``● TLS   ○ STARTTLS``; left, right and space change it, so does a click."""

    DEFAULT_CSS = """
    Choice { width: 1fr; height: 1; color: $mail-text; background: transparent; }
    Choice:focus { background: $mail-surface-focus; color: $mail-accent; }
    Choice:nocolor:focus { text-style: reverse; }
    """
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False, id="choice.left"),
        Binding("right,space", "step(1)", show=False, id="choice.right"),
    ]

    @dataclass
    class Changed(Message):
        """Another option was chosen."""

        choice: Choice

        @property
        def control(self) -> Choice:
            return self.choice

    def __init__(self, options: Sequence[SafeText], *, id: str | None = None) -> None:  # noqa: A002 -- the name Textual gives it
        self.options = list(options)
        self.chosen = 0
        super().__init__(id=id)

    def on_mount(self) -> None:
        self.update(self._content())

    def action_step(self, count: int) -> None:
        """Choose the next option, round the end."""
        self.choose((self.chosen + count) % len(self.options))

    def choose(self, number: int) -> None:
        """Choose an option by its number."""
        if number != self.chosen:
            self.chosen = number
            self.update(self._content())
            self.post_message(self.Changed(self))

    def on_click(self, event: events.Click) -> None:
        start = 0
        for number, option in enumerate(self.options):
            end = start + cells(option) + 2
            if start <= event.x < end:
                self.choose(number)
            start = end + 3

    def _content(self) -> Content:
        on, off = "*-" if self.app.has_class(ASCII_MARKS) else "●○"
        return Content(
            "   ".join(f"{on if number == self.chosen else off} {text}" for number, text in enumerate(self.options))
        )
