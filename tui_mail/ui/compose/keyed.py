"""A screen over the mail whose keys are those of the keymap, with the two lines at the bottom that say them.

Owns the way from a key to a function of such a screen, and help, palette and command there. Must not know what is
written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from textual import events
from textual.geometry import Region
from textual.screen import Screen
from textual.timer import Timer

from tui_mail.config.actions import ACTIONS, Place
from tui_mail.config.keymaps import TOGETHER
from tui_mail.model.errors import TuiMailError
from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, line, own
from tui_mail.ui.compose.foot import Foot, Key, Standing
from tui_mail.ui.faults import record
from tui_mail.ui.keys import PENDING_SECONDS, Act, KeyReader, Pending, spelling

if TYPE_CHECKING:
    from tui_mail.ui.app import MailApp

T = TypeVar("T")
Handler = Callable[[], None]


class KeyedScreen(Screen[T], inherit_bindings=False):
    """Says how it stands at the bottom; letters are keys while nothing is typed into."""

    PLACE: ClassVar[Place]
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    KeyedScreen { background: $mail-background; color: $mail-text; }
    """

    def __init__(self, app: MailApp) -> None:
        super().__init__()
        self.mail_app = app
        self.keys = KeyReader(app.mail_screen.keys.keymap)
        self.foot = Foot()
        self.said: SafeText = own("")
        self.said_trouble = False
        self.busy = False
        """True while something is under way that must come to its end first: nothing else is done."""
        self._pending: Timer | None = None
        self._handlers: dict[str, Handler] | None = None

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """It covers all that is below: only that asks a screen for regions of it, and nothing of it would be seen."""
        if regions and not (layout or recompose):
            return self
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    # What a screen says of itself

    def table(self) -> dict[str, Handler]:
        """Every action that works here."""
        return {
            "help": self._help,
            "palette": self._palette,
            "command": self._command,
            "errors": lambda: self.mail_app.act("errors", None),
            "sync": self._sync,
            "repaint": self._repaint,
        }

    def keys_shown(self) -> list[Key]:
        """The line of keys."""
        return []

    def standing(self) -> Standing:
        """The line below it."""
        return Standing(said=self.said, trouble=self.said_trouble)

    @property
    def letters_are_keys(self) -> bool:
        """False while something is typed."""
        return True

    # Keys

    async def on_key(self, event: events.Key) -> None:
        # Not for overriding: Textual calls the method of every class.
        if self.takes(event):
            event.stop()
            event.prevent_default()

    def takes(self, event: events.Key) -> bool:
        """Deal with a key; False for one that belongs to the widget with the focus."""
        outcome = self.keys.feed(spelling(event), TOGETHER[self.PLACE])
        if self._pending is not None:
            self._pending.stop()
            self._pending = None
        if isinstance(outcome, Act):
            self.act(outcome.action)
        elif isinstance(outcome, Pending):
            self._pending = self.set_timer(PENDING_SECONDS, self._forget_keys)
            self.say(own(self.keys.hint))
        else:
            self.say(SafeText(_("{keys} does nothing here").format(keys=line(outcome.keys))))
        return True

    def _forget_keys(self) -> None:
        self.keys.reset()
        self.say(own(""))

    def key_of(self, action: str) -> str:
        """The first key of an action, for hints; its name where it has none."""
        keys = self.keys.keymap.keys(action)
        return keys[0] if keys else f":{action}"

    def can(self, action: str) -> bool:
        """True for actions that work here."""
        if self._handlers is None:
            self._handlers = self.table()
        return action in self._handlers

    def act(self, action: str) -> None:
        """Do an action by its name; what goes wrong is said at the bottom."""
        if self.busy:
            return
        self.said, self.said_trouble = own(""), False
        try:
            if self.can(action) and self._handlers is not None:
                self._handlers[action]()
            else:
                help_text = _(ACTIONS[action].help) if action in ACTIONS else action
                self.say(line(_("Not here: {action}").format(action=help_text)))
        except Exception as error:  # expected ones and mistakes of ours alike: said, and nothing typed is lost
            self.failed(error)
        self.show_foot()

    def on_foot_chosen(self, event: Foot.Chosen) -> None:
        event.stop()
        self.act(event.action)

    # The lines at the bottom

    def say(self, text: SafeText, *, trouble: bool = False) -> None:
        """Put a sentence on the line; the next action replaces it."""
        self.said, self.said_trouble = text, trouble
        self.show_foot()

    def trouble(self, text: str) -> None:
        """Say what went wrong."""
        self.say(line(text, 300), trouble=True)

    def failed(self, error: Exception) -> None:
        """Say what went wrong; a mistake of the program is written down as well."""
        text = error.text if isinstance(error, TuiMailError) else record(self.mail_app.home, error)
        self.mail_app.mail_screen.connection.say("failed", text)
        self.trouble(text)

    def show_foot(self) -> None:
        """Bring both lines up to date."""
        self.foot.show_keys(self.keys_shown(), on=self.letters_are_keys)
        self.foot.show(self.standing())

    # Dialogs

    def _help(self) -> None:
        from tui_mail.ui.dialogs.reading import HelpScreen

        self.app.push_screen(HelpScreen(self.keys.keymap, TOGETHER[self.PLACE], self.can))

    def _palette(self) -> None:
        from tui_mail.ui.dialogs.search_pick import Command, PaletteScreen

        entries = [
            Command(action.name, own(_(action.help)), line("  ".join(self.keys.keymap.keys(action.name))))
            for action in ACTIONS.values()
            if self.can(action.name)
        ]
        self.app.push_screen(PaletteScreen(entries), lambda name: self.act(name) if name is not None else None)

    def _command(self) -> None:
        from tui_mail.ui.dialogs.question import Prompt

        more = own(_("The name of an action, such as attach or review"))
        prompt = Prompt(own(_("Command")), more=more)
        self.app.push_screen(prompt, lambda text: self.act(text.strip()) if text else None)

    def _repaint(self) -> None:
        self.mail_app.refresh(layout=True)

    def _sync(self) -> None:
        self.mail_app.act("sync", None)
        self.say(self.mail_app.mail_screen.said, trouble=self.mail_app.mail_screen.said_trouble)
