"""A short list to choose from by cursor, number or click.

Owns ``Menu``. Must not know what the options do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.dialogs.base import PickDialog, closing, keys_line
from tui_mail.ui.dialogs.view import Entry, Pick

LETTER_KEYS: list[BindingType] = [
    Binding("j", "move(1)", show=False, id="menu.down"),
    Binding("k", "move(-1)", show=False, id="menu.up"),
    Binding("space", "page(1)", show=False, id="menu.page-down"),
    Binding("b", "page(-1)", show=False, id="menu.page-up"),
    Binding("home,g", "move(-1000000)", show=False, id="menu.top"),
    Binding("end,G", "move(1000000)", show=False, id="menu.bottom"),
    Binding("q", "close", show=False, id="menu.close"),
]
"""Keys of the mail list that also move in dialogs where nothing is typed."""


class Menu(PickDialog[int]):
    """One of ``options``, by its number from 0; None when it is closed. ``chosen`` is where the cursor starts."""

    BINDINGS: ClassVar[list[BindingType]] = LETTER_KEYS

    def __init__(self, title: SafeText, options: Sequence[SafeText], *, current: int = 0) -> None:
        super().__init__(title, keys_line(("enter", _("chooses")), closing()))
        self.options = list(options)
        self.current = current
        self.add_class("-small")

    def content(self) -> Iterable[Widget]:
        pick = Pick(
            [
                Entry(option, lead=own(str(number) if number < 10 else ""))
                for number, option in enumerate(self.options, start=1)
            ]
        )
        pick.cursor = min(self.current, len(self.options) - 1)
        yield pick

    def chosen(self, number: int) -> None:
        self.dismiss(number)

    def on_key(self, event: events.Key) -> None:
        """A digit chooses at once."""
        if event.character and event.character in "123456789" and int(event.character) <= len(self.options):
            event.stop()
            self.chosen(int(event.character) - 1)
