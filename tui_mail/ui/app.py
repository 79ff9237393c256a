"""The application: wires settings, data, engine link, themes and the main screen together.

Owns starting and ending, and the way from an action's name to its function. Must not know SQL, sockets, or how
anything is drawn.
"""

from __future__ import annotations

import asyncio
import signal
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType
from textual.events import Event, InputEvent, Key, Resize
from textual.message import Message
from textual.screen import ModalScreen, Screen

from tui_mail.config.accountfiles import load_accounts
from tui_mail.config.accounts import Account, identities
from tui_mail.config.actions import ACTIONS
from tui_mail.config.keymaps import load_keymap
from tui_mail.config.paths import Home
from tui_mail.config.settings import Settings
from tui_mail.model.clock import Clock
from tui_mail.model.errors import StoreError, TuiMailError
from tui_mail.model.mail import Role
from tui_mail.model.words import _
from tui_mail.store.reading.query import Sort
from tui_mail.text.safe import line, own
from tui_mail.ui import views
from tui_mail.ui.ahead import Ahead
from tui_mail.ui.coloured import ColouredApp
from tui_mail.ui.data import MailData
from tui_mail.ui.faults import record
from tui_mail.ui.palette import Palette
from tui_mail.ui.screens.mail import MailScreen
from tui_mail.ui.small import cover, too_small
from tui_mail.ui.sweeping import Sweeper
from tui_mail.ui.work import start

if TYPE_CHECKING:
    from tui_mail.link.messages import Request
    from tui_mail.model.draft import Identity
    from tui_mail.ui.actions import Handler
    from tui_mail.ui.actions.going import Going
    from tui_mail.ui.actions.writing import Writing
    from tui_mail.ui.dialogs.base import Dialog
    from tui_mail.ui.link import EngineLink
    from tui_mail.ui.reader.content import Accounts

_MORE_AFTER = 0.1
"""Seconds after the first paint until what the first key needs is loaded."""

OPEN_DEMO = 90
"""What the program ends with when the practice mailbox was asked for: the command line opens it."""


class MailApp(ColouredApp, inherit_bindings=False):
    """The terminal user interface on one home."""

    TITLE = "tui-mail"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []
    CSS = """
    MailScreen { background: $mail-background; color: $mail-text; }
    """

    def __init__(
        self,
        home: Home,
        settings: Settings,
        *,
        clock: Clock,
        demo: bool = False,
        engine: bool = True,
        palette: Palette = Palette.FULL,
    ) -> None:
        self._ahead = Ahead(self)
        self._sweeper = Sweeper()
        super().__init__(home, settings, palette)
        self.settings = settings
        self.clock = clock
        self.demo = demo
        self.animation_level = "none"
        self.set_class(settings.ui.ascii_marks, "-ascii")
        self.fault = ""
        """What to say after the window was closed by a mistake of the program."""
        self.accounts: tuple[Account, ...] = ()
        self.identities: tuple[Identity, ...] = ()
        self.addresses: frozenset[str] = frozenset()
        self.data = MailData(home, clock)
        self.link: EngineLink | None = None
        self._with_engine = engine
        keymap = load_keymap(settings.ui.keymap, settings.keys, home, settings.where("ui.keymap"))
        self._main = MailScreen(self, self.data, keymap)
        self.read_accounts()
        self._handlers: dict[str, Handler] | None = None

    @property
    def mail_screen(self) -> MailScreen:
        """The main screen, whatever stands over it."""
        return self._main

    def get_default_screen(self) -> Screen[None]:
        return self._main

    def on_mount(self) -> None:
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, self.exit, 128 + number)
        for failure in self.theme_failures:
            self._main.connection.say("config", failure)
        self.call_after_refresh(self._after_first_paint)

    def _after_first_paint(self) -> None:
        """What is on disk is on screen: now the engine, and the pane that the first message will need."""
        self._main.set_timer(_MORE_AFTER, self._load_more)
        main = self._main
        if not self.accounts:
            from tui_mail.ui.actions.accounts import offer

            offer(self)
        if not self._with_engine:
            main.connection.lost(_("no engine"))
            main.show_status()
            return
        from tui_mail.ui.link import EngineLink

        self.link = EngineLink(self.home, on_event=main.following.engine_said, on_state=self._engine_state)
        start(main, self.link.run, "engine", main.failed)

    def _engine_state(self, trouble: str | None) -> None:
        main = self._main
        main.connection.lost("" if trouble is None else _("no engine · E says why"))
        if trouble:
            main.connection.say("engine", trouble)
        else:
            main.reading.ask_again()
        main.following.reload_soon()
        main.show_status()

    def _load_more(self) -> None:
        """What the first key will need, loaded out of sight."""
        if not self._main.is_attached:
            return
        self.handlers  # noqa: B018 -- loaded by asking
        self._main.reader  # noqa: B018 -- made by asking
        if self.home.keep_db.exists():
            try:
                self.data.gestures  # noqa: B018 -- opened by asking
                self._main.outgoing.refresh()
                self.writing.say_abandoned()
            except StoreError as error:
                self._main.failed(error)
        if not self.is_headless:  # tests run many windows in one process
            self._sweeper.begin(self.set_interval)

    def read_accounts(self) -> None:
        """Read who there is to write as and to fetch for."""
        self.accounts = load_accounts(self.home)
        self.identities = tuple(each for account in self.accounts for each in identities(account))
        self.addresses = frozenset(each.address.lower() for each in self.identities)

    def known_accounts(self) -> Accounts:
        """What the reader should know of the accounts."""
        from tui_mail.ui.reader.content import Known

        return {
            account.name: Known(
                frozenset(each.address.lower() for each in self.identities if each.account == account.name),
                account.authserv_id,
            )
            for account in self.accounts
        }

    def exit(self, *args: Any, **kwargs: Any) -> None:
        """Leave, by a key, a signal or a lost terminal alike: what is being written is saved first."""
        self._save_writing()
        super().exit(*args, **kwargs)

    def _save_writing(self) -> None:
        if "writing" in self.__dict__:
            self.writing.save_all()

    async def on_unmount(self) -> None:
        self._save_writing()
        self.data.close()

    def on_resize(self, event: Resize) -> None:
        cover(self.screen_stack, event.size)

    async def on_event(self, event: Event) -> None:
        """A key is dealt with before the next one is looked at."""
        if isinstance(event, InputEvent):
            self._sweeper.put_off()
        if not isinstance(event, Key) or event.is_forwarded:
            await super().on_event(event)
            return
        if too_small(self.size):  # what keys do could not be seen
            if event.key == "q":
                self.exit(0)
            return
        await self._ahead.deal_with(event, super().on_event)

    def post_message(self, message: Message) -> bool:
        return self._ahead.keeps(message) or super().post_message(message)

    def _fatal_error(self) -> None:
        """What ends the window is written down; Textual would print it, mail and secrets among the variables."""
        self._save_writing()
        if self._exception is not None:
            self.fault = record(self.home, self._exception)
        self._close_messages_no_wait()

    # Actions

    @property
    def handlers(self) -> dict[str, Handler]:
        """Every action this program answers to; loaded after the first paint, or with the first key."""
        if self._handlers is None:
            from tui_mail.ui.actions import handlers

            self._handlers = handlers(self._main)
        return self._handlers

    @cached_property
    def going(self) -> Going:
        """What opens folders and searches."""
        from tui_mail.ui.actions.going import Going

        return Going(self._main)

    @cached_property
    def writing(self) -> Writing:
        """What opens composers, and knows those that are open."""
        from tui_mail.ui.actions.writing import Writing

        return Writing(self._main)

    def can(self, action: str) -> bool:
        """True for actions this program answers to."""
        return action in self.handlers

    def act(self, action: str, count: int | None) -> None:
        """Do an action by its name; what goes wrong is said on the status line."""
        handler = self.handlers.get(action)
        main = self._main
        main.said, main.said_trouble = own(""), False
        if handler is None:
            help_text = _(ACTIONS[action].help) if action in ACTIONS else action
            main.say(line(_("Not in this version: {action}").format(action=help_text)))
            return
        if not main.allows(action):
            main.say(own(_("Not in the outbox; {key} goes back.").format(key=main.key_of("back"))))
            return
        try:
            handler(count)
        except TuiMailError as error:
            main.trouble(error.text)
        except Exception as error:  # a mistake of ours: written down and said, and the window stays
            main.failed(error)

    def command(self, text: str) -> None:
        """Do what was typed after ``:``."""
        from tui_mail.ui.actions.commands import run

        run(self, text)

    def on_dialog_help_wanted(self) -> None:
        """F1 in a dialog, where ``?`` is a letter one may type."""
        self.act("help", None)

    def on_dialog_failed(self, event: Dialog.Failed) -> None:
        """What was under the dialog says it: the mail, or the composer."""
        while isinstance(self.screen, ModalScreen):
            self.screen.dismiss(None)
        getattr(self.screen, "failed", self._main.failed)(event.error)

    def wake(self) -> None:
        """There are new rows in the journal for the engine."""
        from tui_mail.link.messages import Wake

        self.tell(Wake(0))

    def tell(self, request: Request) -> None:
        """Send the engine a request whose end is of no interest."""
        if self.link is not None:
            self.link.tell(request)

    def open_first(self) -> None:
        """Show the inbox of the first account, else its first folder."""
        folders = self._main.folder_list
        selectable = [folder for folder in folders if folder.selectable]
        inboxes = [folder for folder in selectable if folder.role is Role.INBOX]
        if inboxes or selectable:
            settings = self.settings.ui
            first = (inboxes or selectable)[0]
            self._main.open_view(views.of_folder(first, Sort(settings.sort), threads=settings.threads))
