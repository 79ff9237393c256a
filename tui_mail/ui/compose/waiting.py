"""A moment's wait for something that must be here before one can go on.

Owns ``Waiting``, which takes the keys typed meanwhile so that they reach nothing else. Must not know what is waited for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from tui_mail.model.errors import TuiMailError
from tui_mail.model.words import _
from tui_mail.text import safe
from tui_mail.text.safe import SafeText
from tui_mail.ui.dialogs.base import Dialog, keys_line

R = TypeVar("R")


class Waiting(Dialog[R], Generic[R]):
    """Ends in what ``work`` gives; in None when it was stopped, or when ``failed`` has been told why there is none."""

    def __init__(self, text: SafeText, work: Callable[[], Awaitable[R]]) -> None:
        super().__init__(text, keys_line(("esc", _("stops"))))
        self._work = work
        self.why: SafeText = safe.own("")
        """What went wrong, after the end."""
        self.add_class("-small")

    def on_mount(self) -> None:
        self.begin(self._wait, "waiting")

    async def _wait(self) -> None:
        try:
            self.dismiss(await self._work())
        except TuiMailError as error:
            self.why = safe.line(error.text, 300)
            self.dismiss(None)
