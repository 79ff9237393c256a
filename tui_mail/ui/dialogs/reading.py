"""Dialogs that are only read: the keys in force, and what is wrong or waits.

Owns ``HelpScreen`` and ``TroubleScreen``. Must not know where troubles come from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui_mail.config.actions import ACTIONS, Place
from tui_mail.config.keymaps import Keymap
from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, own
from tui_mail.text.width import wrap
from tui_mail.ui.dialogs.base import BROAD_FROM, HIGH_FROM, VAST_FROM, Dialog, closing, keys_line
from tui_mail.ui.dialogs.help_text import help_lines, sections
from tui_mail.ui.dialogs.view import LinesView
from tui_mail.ui.reader.lines import Line, Piece, Role

_TEXT_LIMIT: Final = 200_000
"""Characters that are shown in place."""


class Reading(Dialog[None]):
    """Lines one scrolls through; they are made anew for every width."""

    DEFAULT_CSS = """
    Reading LinesView { margin-top: 1; }
    Reading.-low LinesView { margin-top: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "lines(1)", show=False, id="reading.down"),
        Binding("k,up", "lines(-1)", show=False, id="reading.up"),
        Binding("space,pagedown,ctrl+d", "pages(1)", show=False, id="reading.page-down"),
        Binding("b,pageup,ctrl+u", "pages(-1)", show=False, id="reading.page-up"),
        Binding("g,home", "lines(-1000000)", show=False, id="reading.top"),
        Binding("G,end", "lines(1000000)", show=False, id="reading.bottom"),
        Binding("q", "close", show=False, id="reading.close"),
    ]

    def __init__(self, title: SafeText, *keys: tuple[str, str]) -> None:
        super().__init__(title, keys_line(("j k", _("scroll")), ("space b", _("page")), *keys, closing()))

    def content(self) -> Iterable[Widget]:
        yield LinesView()

    def on_mount(self) -> None:
        self._lay_out()

    def on_resize(self) -> None:
        self._lay_out()

    def lines(self, width: int) -> list[Line]:
        """What to read, in ``width`` cells."""
        return [()] * min(width, 0)

    def _lay_out(self) -> None:
        view = self.query_one(LinesView)
        size = self.app.size
        low = size.height < HIGH_FROM
        wide = self.has_class("-wide")
        panel = size.width if size.width < (VAST_FROM if wide else BROAD_FROM) else 110 if wide else 76
        lines = self.lines(max(panel - (4 if low else 6), 10))
        room = size.height - (5 if low else 9)
        view.set_lines(lines)
        view.styles.height = max(1, min(len(lines), room))

    def action_lines(self, count: int) -> None:
        """Scroll by lines."""
        self.query_one(LinesView).scroll_lines(count)

    def action_pages(self, count: int) -> None:
        """Scroll by pages."""
        self.query_one(LinesView).scroll_pages(count)


class TextScreen(Reading):
    """A text of several lines: an attachment, or what a check came to."""

    def __init__(self, title: SafeText, text: SafeText) -> None:
        super().__init__(title)
        self.text = text[:_TEXT_LIMIT]
        self._cut = len(text) > _TEXT_LIMIT
        self.add_class("-wide")

    def lines(self, width: int) -> list[Line]:
        room = width - 2  # words do not touch the bar
        found: list[Line] = [(Piece(part),) for row in self.text.split("\n") for part in wrap(SafeText(row), room)]
        if self._cut:
            found.append((Piece(own(_("There is more; save it to read all.")), Role.WARNING),))
        return found


class HelpScreen(Reading):
    """The keys in force in ``places``, the most particular first; actions that ``can`` not be done are left out."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "close", show=False, id="help.close"),
    ]

    def __init__(
        self, keymap: Keymap, places: Sequence[Place], can: Callable[[str], bool] = ACTIONS.__contains__
    ) -> None:
        super().__init__(own(_("Keys")))
        self.sections = sections(keymap, places, can)
        self.add_class("-wide")

    def lines(self, width: int) -> list[Line]:
        return help_lines(self.sections, width)

    def action_explain(self) -> None:
        """F1 in the help closes it."""
        self.dismiss(None)


class TroubleScreen(Reading):
    """What is wrong and what waits. A line that ends a topic is empty; ``lines`` may be roles or plain sentences.

    ``decide``, where something was refused, is told to try all that again (True) or to forget it (False).
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("E", "close", show=False, id="trouble.close"),
        Binding("r", "decide(True)", show=False, id="trouble.retry"),
        Binding("f", "decide(False)", show=False, id="trouble.forget"),
    ]

    def __init__(self, lines: Sequence[SafeText | Piece], decide: Callable[[bool], None] | None = None) -> None:
        keys = (("r", _("tries again")), ("f", _("forgets it"))) if decide else ()
        super().__init__(own(_("Errors and what waits")), *keys)
        self._decide = decide
        self.pieces = [line if isinstance(line, Piece) else Piece(line) for line in lines]

    def action_decide(self, again: bool) -> None:
        """Try again, or forget, what was refused."""
        if self._decide is not None:
            self.dismiss(None)
            self._decide(again)

    def lines(self, width: int) -> list[Line]:
        room = width - 2  # words do not touch the bar
        found: list[Line] = []
        for piece in self.pieces:
            indent = len(piece.text) - len(piece.text.lstrip(" "))
            margin = own(" " * min(indent, room // 2))
            parts = wrap(SafeText(piece.text.lstrip(" ")), room - len(margin))
            found.extend((Piece(margin), Piece(part, piece.role)) for part in parts)
        return found
