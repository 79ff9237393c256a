"""Yes or no, and one line of text.

Owns ``Question`` and ``Prompt``. Must not know what is asked about.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.dialogs.base import Dialog, closing, keys_line
from tui_mail.ui.dialogs.words import Field, Words
from tui_mail.ui.reader.lines import NOTHING


class Question(Dialog[bool]):
    """Asks; True for y, False for n and esc. Enter is yes only where ``default_no`` is false.

    ``yes`` and ``no`` name what the keys do ("delete", "keep"); ``more`` says what a person should know first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,Y", "answer(True)", show=False, id="question.yes"),
        Binding("n,N", "answer(False)", show=False, id="question.no"),
        Binding("enter", "default", show=False, id="question.default"),
    ]

    def __init__(
        self,
        text: SafeText,
        default_no: bool = True,
        *,
        yes: SafeText | None = None,
        no: SafeText | None = None,
        more: SafeText = NOTHING,
    ) -> None:
        yes, no = yes or own(_("yes")), no or own(_("no"))
        super().__init__(text, own(f"y {yes} · n {no}"))
        self.default_no = default_no
        self.more = more
        self.add_class("-small")

    def content(self) -> Iterable[Widget]:
        if self.more:
            yield Words(self.more, classes="-muted")

    def action_answer(self, answer: bool) -> None:
        """Close with the answer."""
        self.dismiss(answer)

    def action_default(self) -> None:
        """Enter: never a yes that could harm."""
        self.dismiss(not self.default_no)

    def action_close(self) -> None:
        """Esc is a no."""
        self.dismiss(False)


class Prompt(Dialog[SafeText | None]):
    """Asks for one line; None when it is closed. What was typed comes back without space around it."""

    def __init__(self, title: SafeText, initial: SafeText = NOTHING, *, more: SafeText = NOTHING) -> None:
        super().__init__(title, keys_line(("enter", _("accepts")), closing()))
        self.initial = initial
        self.more = more

    def content(self) -> Iterable[Widget]:
        if self.more:
            yield Words(self.more, classes="-muted")
        yield Field(self.initial, id="field")

    @on(Input.Submitted)
    def _accept(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(self.query_one(Field).typed)
