"""Actions that work everywhere: help, palette, command line, panes, going back, repaint, sync, errors.

Owns these keys. Must not know how the dialogs draw.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tui_mail.config.actions import ACTIONS, Place
from tui_mail.config.keymaps import TOGETHER
from tui_mail.model.errors import EngineTrouble, StoreError
from tui_mail.model.operation import Operation
from tui_mail.model.words import _, ngettext
from tui_mail.text.safe import SafeText, line, own
from tui_mail.ui.connection import STUCK, alert_words
from tui_mail.ui.work import start

if TYPE_CHECKING:
    from tui_mail.ui.screens.mail import MailScreen

_HELP_PLACES = (
    Place.EVERYWHERE,
    Place.GO,
    Place.LIST,
    Place.MESSAGE,
    Place.READER,
    Place.SELECTING,
    Place.COMPOSER,
    Place.OUTBOX,
)
"""After the places whose keys work now."""
_ELSEWHERE = frozenset({Place.COMPOSER, Place.REVIEW})
"""Places of other screens; the help tells their keys beforehand."""


class General:
    """Handlers; counts mean nothing here."""

    def __init__(self, screen: MailScreen) -> None:
        self._screen = screen

    def table(self) -> dict[str, Callable[[int | None], None]]:
        screen = self._screen
        return {
            "help": lambda _count: self._help(),
            "palette": lambda _count: self._palette(),
            "command": lambda _count: self._command(),
            "next-pane": lambda _count: screen.focus_pane(1),
            "previous-pane": lambda _count: screen.focus_pane(-1),
            "escape": lambda _count: self._escape(),
            "back": lambda _count: self._back(),
            "repaint": lambda _count: self._repaint(),
            "sync": lambda _count: self._sync(),
            "errors": lambda _count: self._errors(),
        }

    # Going back

    def _escape(self) -> None:
        model = self._screen.messages.model
        if model.selected and not self._screen.outgoing.shown:
            model.clear_selection()
            self._screen.messages.repaint()
        else:
            self._one_back()

    def _back(self) -> None:
        if not self._one_back():
            self._screen.mail_app.exit(0)

    def _one_back(self) -> bool:
        """Close the source or the reader, leave the folder pane, or return to the view before.

        False when there is nothing to leave.
        """
        screen = self._screen
        if screen.reader_open and screen.reader.in_source:
            screen.reader.toggle_source()
        elif screen.reader_open:
            screen.reading.close()
        elif screen.in_folders:
            (screen.outgoing.pane.list if screen.outgoing.shown else screen.messages).focus()
        elif screen.outgoing.shown:
            screen.outgoing.close()
            screen.view_changed()
        elif screen.lister.back():
            screen.view_changed()
        else:
            return False
        return True

    def _repaint(self) -> None:
        self._screen.reload()
        self._screen.app.refresh(layout=True)

    # Dialogs

    def _help(self) -> None:
        from tui_mail.ui.dialogs.reading import HelpScreen

        composers = self._screen.mail_app.writing.composers
        if composers:  # asked for in a dialog over one
            composers[-1].act("help")
            return
        here = self._screen.places
        places = TOGETHER[Place.OUTBOX] if self._screen.outgoing.shown else list(dict.fromkeys((*here, *_HELP_PLACES)))
        self._screen.app.push_screen(HelpScreen(self._screen.keys.keymap, places, self._listed))

    def _listed(self, action: str) -> bool:
        return self._screen.mail_app.can(action) or bool(_ELSEWHERE.intersection(ACTIONS[action].places))

    def _palette(self) -> None:
        from tui_mail.ui.dialogs.search_pick import Command, PaletteScreen

        keymap, actor = self._screen.keys.keymap, self._screen.mail_app
        entries = [
            Command(action.name, own(_(action.help)), line("  ".join(keymap.keys(action.name))))
            for action in ACTIONS.values()
            if actor.can(action.name) and self._screen.allows(action.name)
        ]

        def chosen(name: str | None) -> None:
            if name is not None:
                actor.act(name, None)

        self._screen.app.push_screen(PaletteScreen(entries), chosen)

    def _command(self) -> None:
        from tui_mail.ui.dialogs.question import Prompt

        def typed(text: SafeText | None) -> None:
            if text:
                self._screen.mail_app.command(text)

        more = own(_("The name of an action, or: search QUERY · folder NAME · theme NAME · account · quit"))
        self._screen.app.push_screen(Prompt(own(_("Command")), more=more), typed)

    def _errors(self) -> None:
        from tui_mail.ui.dialogs.reading import TroubleScreen
        from tui_mail.ui.dialogs.troubles import trouble_pieces

        screen = self._screen
        connection = screen.connection
        paths = {folder.id: folder.path for folder in screen.folder_list}
        pending = screen.data.reader.pending()
        alerts = screen.data.reader.alerts()
        said = {alert_words(alert.text) for alert in alerts}
        pieces = trouble_pieces(
            connection.states,
            pending,
            [each for each in connection.troubles if each.text not in said],
            paths,
            screen.mail_app.clock.now(),
            alerts,
        )
        if alerts:
            screen.data.journal.alerts_read([alert.id for alert in alerts])
            connection.alerts_read(alerts)
        stuck = [operation for operation in pending if operation.state in STUCK]
        screen.app.push_screen(TroubleScreen(pieces, partial(self._decide, stuck) if stuck else None))

    def _decide(self, stuck: Sequence[Operation], again: bool) -> None:
        """Queue what was refused once more, or forget it."""
        screen = self._screen
        journal = screen.data.journal
        try:
            count = sum([journal.retry_now(each.id) if again else journal.dismiss(each.id) for each in stuck])
        except StoreError as error:
            screen.failed(error)
            return
        screen.connection.decided(stuck)
        if again:
            screen.mail_app.wake()
            said = ngettext("Trying {n} again", "Trying {n} again", count)
        else:
            said = ngettext("Forgot {n}", "Forgot {n}", count)
        screen.reload()
        screen.say(own(said.format(n=count)))

    # The engine

    def _sync(self) -> None:
        from tui_mail.link.messages import Sync

        screen = self._screen
        link = screen.mail_app.link
        if link is None or not link.connected:
            screen.say(own(_("There is no engine to synchronise with; E says why.")), trouble=True)
            return

        async def synchronise() -> None:
            try:
                done = await link.ask(Sync(0))
            except EngineTrouble as error:
                screen.trouble(error.text)
                return
            screen.say(own(_("Synchronised")) if done.ok else line(done.text, 300), trouble=not done.ok)
            screen.following.reload_soon()

        screen.say(own(_("Synchronising …")))
        start(screen, synchronise, "sync", screen.failed)
