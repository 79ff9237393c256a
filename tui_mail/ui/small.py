"""What stands there when the terminal is too small to show mail.

Owns the smallest size and its sentence. Must not know what it covers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from textual.content import Content
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Static

from tui_mail.model.words import _

COLUMNS: Final = 32
ROWS: Final = 8
"""With less, dates, senders and the line of keys are cut until nothing can be told from them."""


class TooSmall(Static):
    """Covers its screen; what is below stays as it is."""

    DEFAULT_CSS = """
    TooSmall {
        overlay: screen; position: absolute; offset: 0 0; width: 100vw; height: 100vh;
        background: $mail-background; color: $mail-text;
    }
    """
    ALLOW_SELECT = False

    def __init__(self) -> None:
        words = _("Too small: make the window at least {columns} by {rows}. q quits")
        super().__init__(Content(words.format(columns=COLUMNS, rows=ROWS)))


def too_small(size: Size) -> bool:
    return size.width < COLUMNS or size.height < ROWS


def cover(screens: Iterable[Screen[Any]], size: Size) -> None:
    """Put the sentence on ``screens`` or take it from them, by the size of the terminal."""
    for screen in screens:
        covered = screen.query(TooSmall)
        if not too_small(size):
            covered.remove()
        elif not covered:
            screen.mount(TooSmall())
