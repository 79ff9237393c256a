"""What every dialog is: a plain surface with a thin accent line, a title, content, and a line that says the keys.

Owns the frame, the look, and the keys all dialogs share (esc closes, f1 helps). Must not know any single dialog.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.worker import Worker

from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.dialogs.view import ASCII_MARKS, Pick
from tui_mail.ui.dialogs.words import Words
from tui_mail.ui.reader.lines import NOTHING
from tui_mail.ui.work import Work, start

T = TypeVar("T")
BROAD_FROM: Final = 90
"""Columns; with fewer a dialog takes the whole width, so that no single letters of the mail are left beside it."""
VAST_FROM: Final = 140
"""The same for dialogs that are wide."""
HIGH_FROM: Final = 24
"""Rows; with fewer a dialog does without empty ones."""


class Dialog(ModalScreen[T], inherit_bindings=False):
    """A question over the mail that ends in a ``T``, or None when it is closed."""

    DEFAULT_CSS = """
    Dialog { align: center top; layout: vertical; background: $mail-background 50%; }
    Dialog:ansi { background: transparent; }
    Dialog > #panel {
        width: 76; max-width: 100%; height: auto; max-height: 100%;
        margin: 2 2 1 2; padding: 1 2;
        background: $mail-surface; color: $mail-text;
        border-left: outer $mail-accent;
    }
    Dialog.-small > #panel { width: 60; }
    Dialog.-wide > #panel { width: 100%; margin: 2 0 1 0; }
    Dialog.-wide.-vast > #panel { width: 110; margin: 2 2 1 2; }
    Dialog.-narrow > #panel { width: 100%; margin: 2 0 1 0; }
    Dialog:ansi > #panel {
        border: solid $mail-muted; border-left: outer $mail-accent; padding: 0 1 0 2;
    }
    Dialog.-low > #panel, Dialog.-low:ansi > #panel {
        margin: 1 0 0 0; padding: 0 1; border: none; border-left: outer $mail-accent;
    }
    Dialog.-ascii > #panel { border: none; border-left: ascii $mail-accent; padding: 1 2; }
    Dialog.-ascii.-low > #panel { padding: 0 1; }
    Dialog #hint { color: $mail-muted; margin-top: 1; }
    Dialog.-low #hint { margin-top: 0; }
    Dialog #body { width: 100%; height: auto; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (BROAD_FROM, "-broad"), (VAST_FROM, "-vast")]  # noqa: RUF012 -- no ClassVar to Screen
    VERTICAL_BREAKPOINTS = [(0, "-low"), (HIGH_FROM, "-high")]  # noqa: RUF012 -- no ClassVar to Screen
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", show=False, id="dialog.close"),
        Binding("f1", "explain", show=False, id="dialog.help"),
        Binding("tab", "app.focus_next", show=False, id="dialog.next"),
        Binding("shift+tab", "app.focus_previous", show=False, id="dialog.previous"),
        Binding("ctrl+c", "screen.copy_text", show=False, id="dialog.copy"),
    ]

    class HelpWanted(Message):
        """f1 was pressed in a dialog; the app shows its help."""

    class Failed(Message):
        """Work of a dialog ended in a mistake nobody expected; the app closes the dialog and says so."""

        def __init__(self, error: Exception) -> None:
            super().__init__()
            self.error = error

    def __init__(self, title: SafeText, hint: SafeText = NOTHING) -> None:
        super().__init__()
        self.heading = title
        self.hint = hint

    def compose(self) -> ComposeResult:
        self.set_class(self.app.has_class(ASCII_MARKS), ASCII_MARKS)
        with Vertical(id="panel"):
            if self.heading:
                yield Words(self.heading, id="title", classes="-title")
            yield from self.content()
            if self.hint:
                yield Words(self.hint, id="hint")

    def content(self) -> Iterable[Widget]:
        """What stands between the title and the line of keys."""
        return ()

    def begin(self, work: Work, group: str) -> Worker[None]:
        """Do something long beside the dialog, in place of what its ``group`` is at. ``work`` says what it expects."""
        return start(self, work, group, self._failed)

    def _failed(self, error: Exception) -> None:
        self.app.post_message(self.Failed(error))

    def action_close(self) -> None:
        """Close without an answer."""
        self.dismiss(None)

    def action_explain(self) -> None:
        """Ask the app for help."""
        self.app.post_message(self.HelpWanted())


def keys_line(*pairs: tuple[str, str]) -> SafeText:
    """The line that says the keys: ``enter opens · esc closes``. Takes the program's own words only."""
    return own(" · ".join(f"{key} {text}" for key, text in pairs))


def closing() -> tuple[str, str]:
    """The last part of most lines of keys."""
    return "esc", _("closes")


class PickDialog(Dialog[T]):
    """A dialog around a list of entries: the cursor keys move, enter chooses."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "move(1)", show=False, id="pick.down"),
        Binding("up,ctrl+p", "move(-1)", show=False, id="pick.up"),
        Binding("pagedown", "page(1)", show=False, id="pick.page-down"),
        Binding("pageup", "page(-1)", show=False, id="pick.page-up"),
        Binding("enter", "choose", show=False, id="pick.choose"),
    ]
    ROOM: ClassVar[int] = 9
    """Rows of the screen that are not for entries."""

    @property
    def pick(self) -> Pick:
        """The list."""
        return self.query_one(Pick)

    def on_mount(self) -> None:
        self.fit_pick()

    def on_resize(self) -> None:
        self.fit_pick()

    def fit_pick(self) -> None:
        """Give the list the height of its entries, as far as the screen has it; it keeps the height while filtering."""
        pick = self.pick
        wanted = max(len(pick.entries), 1)
        low = self.app.size.height < HIGH_FROM
        pick.styles.height = max(3, min(wanted, self.app.size.height - self.ROOM + (3 if low else 0)))

    def chosen(self, number: int) -> None:
        """An entry was chosen; every dialog says what that means."""

    def action_move(self, count: int) -> None:
        """Move the cursor."""
        self.pick.move(count)

    def action_page(self, count: int) -> None:
        """Move the cursor by pages."""
        self.pick.page(count)

    def action_choose(self) -> None:
        """Choose what the cursor is on."""
        if self.pick.cursor >= 0:
            self.chosen(self.pick.cursor)

    def on_pick_chosen(self, event: Pick.Chosen) -> None:
        event.stop()
        self.chosen(event.number)
