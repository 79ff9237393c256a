"""Selecting words of a message by keyboard: start, move, copy.

Owns which movement a key calls, and the clipboard. Must not know how a selection is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui_mail.model.words import _
from tui_mail.text.safe import own

if TYPE_CHECKING:
    from tui_mail.ui.reader.pane import ReaderPane
    from tui_mail.ui.reader.selecting import Caret
    from tui_mail.ui.screens.mail import MailScreen


class SelectingKeys:
    """Handlers; a count is so many characters, words or lines."""

    def __init__(self, screen: MailScreen) -> None:
        self._screen = screen

    @property
    def _pane(self) -> ReaderPane:
        return self._screen.reader

    def table(self) -> dict[str, Callable[[int | None], None]]:
        def moves(move: Callable[[Caret], None]) -> Callable[[int | None], None]:
            return lambda count: self._pane.move_caret(move, count or 1)

        return {
            "select-text": lambda _count: self._start(),
            "text-left": moves(lambda caret: caret.left()),
            "text-right": moves(lambda caret: caret.right()),
            "text-down": moves(lambda caret: caret.vertically(1)),
            "text-up": moves(lambda caret: caret.vertically(-1)),
            "word-right": moves(lambda caret: caret.word_right()),
            "word-left": moves(lambda caret: caret.word_left()),
            "line-start": moves(lambda caret: caret.line_start()),
            "line-end": moves(lambda caret: caret.line_end()),
            "text-top": moves(lambda caret: caret.top()),
            "text-bottom": moves(lambda caret: caret.bottom()),
            "begin-selection": lambda _count: self._begin(),
            "copy-text": lambda _count: self._copy(),
            "leave-text": lambda _count: self._pane.stop_selecting(),
        }

    def _start(self) -> None:
        screen = self._screen
        if not screen.reader_open or not self._pane.start_selecting():
            screen.say(own(_("There is no text to select here.")))
            return
        self._pane.focus()
        self._hint(_("Go where it begins · {begin} begins · {copy} copies · {leave} leaves"))

    def _begin(self) -> None:
        self._pane.move_caret(lambda caret: caret.begin())
        self._hint(_("Go where it ends · {copy} copies · {leave} leaves"))

    def _hint(self, text: str) -> None:
        keys = {"begin": "begin-selection", "copy": "copy-text", "leave": "leave-text"}
        self._screen.say(own(text.format(**{word: self._screen.key_of(action) for word, action in keys.items()})))

    def _copy(self) -> None:
        from tui_mail.ui.dialogs.clipboard import copy

        if self._pane.selecting:
            said = copy(self._screen.app, self._pane.selected)
            self._pane.stop_selecting()
            self._screen.say(said)
