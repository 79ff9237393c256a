"""Actions in the reader: scrolling, next and previous message, headers, HTML or plain, links, attachments.

Owns which method of the pane a key calls. Must not know how the pane draws.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_mail.ui.screens.mail import MailScreen


class ReaderKeys:
    """Handlers; a count is so many lines or messages."""

    def __init__(self, screen: MailScreen) -> None:
        self._screen = screen

    def table(self) -> dict[str, Callable[[int | None], None]]:
        return {
            "next-message": lambda count: self._step(count or 1),
            "previous-message": lambda count: self._step(-(count or 1)),
        }

    def _step(self, count: int) -> None:
        for _time in range(abs(count)):
            self._screen.reading.step(1 if count > 0 else -1)
