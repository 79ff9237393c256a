"""Local mail in the reader: what is still on a server, what is here only in part, and fetching the rest.

Owns the words for it. Must not know how anything is drawn or fetched.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui_mail.model.errors import EngineTrouble, Gone
from tui_mail.model.ids import ItemId
from tui_mail.model.mail import Item
from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, line, own
from tui_mail.text.sizes import human_size
from tui_mail.ui.work import start

if TYPE_CHECKING:
    from tui_mail.ui.screens.mail import MailScreen


class LocalMail:
    """One per main screen."""

    def __init__(self, screen: MailScreen) -> None:
        self._screen = screen

    def notes(self, item: Item) -> tuple[SafeText, ...]:
        """What to know of a message beside what it says itself."""
        state = self._screen.data.reader.local([item.id]).get(item.id)
        if state is None:
            return ()
        came = SafeText(_("came by {account}").replace("{account}", line(state.came_by, 60)))
        there = own(_("still on the server"))
        return (
            *([came] if state.came_by != item.account else []),
            *([there] if state.at_server and state.whole else []),
        )

    def only_header(self, item: Item) -> str:
        """What to say of a message of which only the header is here; empty for others."""
        state = None if item.has_body else self._screen.data.reader.local([item.id]).get(item.id)
        if state is None or state.whole:
            return ""
        if not state.at_server:
            return _("Only the header of this message is here, and the server does not have the rest any more.")
        return _("Only the header of this message is here; {size} are on the server, and {key} fetches them.").format(
            size=human_size(state.size), key=self._screen.key_of("get-rest")
        )

    def header(self, item: ItemId) -> bytes | None:
        """The whole header of such a message; None of others."""
        stream = self._screen.data.reader.local_header(item)
        if stream is None:
            return None
        with stream:
            return stream.read()

    def get_rest(self) -> None:
        """Fetch the rest of the message in the reader, where only its header is here."""
        item = self._screen.reading.item
        if item is None:
            return
        if not self.only_header(item):
            self._screen.say(own(_("All of this message is here, or comes by itself.")))
            return
        self._screen.say(own(_("Fetching the rest …")))
        start(self._screen, partial(self._get_rest, item), "rest", self._screen.failed)

    async def _get_rest(self, item: Item) -> None:
        from tui_mail.link.messages import Fetch

        link = self._screen.mail_app.link
        if link is None or not link.connected:
            raise EngineTrouble(_("Nothing can be fetched now; try again when the engine runs."))
        done = await link.ask(Fetch(0, item.id, rest=True))
        if not done.ok:
            raise Gone(done.text)
        self._screen.say(own(_("The whole message is here.")))
        self._screen.reading.bring(self._screen.data.item(item.id) or item)
