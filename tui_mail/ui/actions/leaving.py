"""Leaving a mailing list: the ways the message offers, each after a question that names whom it goes to.

Owns the order of asking, doing and remembering. Must not know the network: one click is asked of the engine, a mail goes
through the outbox, a page is opened by the person's browser.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tui_mail.model.errors import EngineTrouble, NotFound, Refused, TuiMailError
from tui_mail.model.mail import Role
from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, line, own
from tui_mail.ui.actions.giving import asked_of_engine, on_item, queue, raw_of
from tui_mail.ui.work import start

if TYPE_CHECKING:
    from tui_mail.mime.lists import Unsubscribe
    from tui_mail.model.mail import Item
    from tui_mail.ui.screens.mail import MailScreen


class Leaving:
    """Handlers; counts mean nothing here."""

    def __init__(self, screen: MailScreen) -> None:
        self._screen = screen

    def table(self) -> dict[str, Callable[[int | None], None]]:
        return {"unsubscribe": on_item(self._screen, self._unsubscribe)}

    def _unsubscribe(self, item: Item) -> None:
        self._screen.say(own(_("Looking for ways to leave …")))
        start(self._screen, partial(self._offer, item), "leaving", self._screen.failed)

    async def _offer(self, item: Item) -> None:
        """Show the ways there are; the best stands first."""
        from tui_mail.ui.dialogs.menu import Menu

        name, ways = await self._ways(item)
        self._screen.say(own(""))
        if not ways:
            self._screen.say(own(_("This message does not say how its list can be left.")))
            return

        def chosen(number: int | None) -> None:
            if number is not None:
                self._confirm(item, name, ways[number])

        self._screen.app.push_screen(Menu(own(_("Leave this list")), [_way_words(way) for way in ways]), chosen)

    async def _ways(self, item: Item) -> tuple[str, list[Unsubscribe]]:
        """The list's name and the ways; without an engine those that need none. Raises Refused, NotFound."""
        from tui_mail.link.messages import WaysOut
        from tui_mail.mime.lists import Unsubscribe, list_key, mailing_list, ways_out
        from tui_mail.mime.structure import parse

        try:
            result = (await asked_of_engine(self._screen, WaysOut(0, item.id))).result
            ways = [
                Unsubscribe(
                    str(way["kind"]),
                    str(way["target"]),
                    line(way["body"], 2000),
                    line(way["subject"], 200),
                    line(way["host"], 300),
                )
                for way in result["ways"]
            ]
            return str(result["list"]), ways
        except EngineTrouble:
            pass  # a mail and a page are possible all the same
        folder = self._screen.data.reader.folder(item.folder)
        if folder is not None and folder.role is Role.JUNK:
            raise Refused(
                _("This message lies in junk: to answer it would only tell its sender that somebody reads it.")
            )
        found = mailing_list(parse(await raw_of(self._screen, item.id)).fields)
        if found is None:
            raise NotFound(_("This message does not say how its list can be left."))
        sender = item.from_[0].address if item.from_ else ""
        return list_key(found, sender), list(ways_out(found, ""))

    # Doing it

    def _confirm(self, item: Item, name: str, way: Unsubscribe) -> None:
        from tui_mail.ui.dialogs.question import Question

        if way.kind == "link":
            self._open(item, name, way)
            return
        if way.kind == "one-click":
            text = _("Ask {host} to take you off the list?")
            more = line(_("One request over https, as the message asks for it: {url}").format(url=way.target), 700)
        else:
            text = _("Write to {host} to leave the list?")
            words = [_("Subject: {subject}").format(subject=way.subject), way.body]
            more = SafeText("\n".join(line(row, 300) for row in words if row))

        def answered(answer: bool | None) -> None:
            if answer:
                work = (
                    partial(self._click, item, way)
                    if way.kind == "one-click"
                    else partial(self._write, item, name, way)
                )
                start(self._screen, work, "leaving", self._screen.failed)

        question = Question(SafeText(text.replace("{host}", way.host)), yes=own(_("leaves the list")), more=more)
        self._screen.app.push_screen(question, answered)

    async def _click(self, item: Item, way: Unsubscribe) -> None:
        from tui_mail.link.messages import Unsubscribe as Request

        self._screen.say(SafeText(_("Asking {host} …").replace("{host}", way.host)))
        await asked_of_engine(self._screen, Request(0, item.id, way.target))
        self._screen.say(SafeText(_("{host} took you off the list, it says").replace("{host}", way.host)))
        self._screen.reading.renew(item)

    async def _write(self, item: Item, name: str, way: Unsubscribe) -> None:
        from tui_mail.mime.compose.build import build
        from tui_mail.mime.compose.leaving import leave_draft

        app, data = self._screen.mail_app, self._screen.data
        if not app.identities:
            raise NotFound(_("Add an account first: there is no address to write from."))
        draft = leave_draft(await raw_of(self._screen, item.id), item.account, way, app.identities)
        number = queue(self._screen, draft.identity.account, build(draft, data.drafts.octets, app.clock.now()), draft)
        data.journal.left_list(item.account, name, "mailto", way.target, number)
        self._screen.reading.renew(item)

    def _open(self, item: Item, name: str, way: Unsubscribe) -> None:
        """A page for the person to look at; the dialog of links asks, and tells when it was opened."""
        from tui_mail.mime.rendered import Link
        from tui_mail.ui.dialogs.links import LinkPicker
        from tui_mail.ui.programs import browser_of

        def ended(text: SafeText | None) -> None:
            if not text:
                return
            self._screen.say(text)
            try:
                self._screen.data.journal.left_list(item.account, name, "link", way.host)
            except TuiMailError as error:
                self._screen.trouble(error.text)
            self._screen.reading.renew(item)

        link = Link(1, way.target, line(way.target, 300), way.host)
        self._screen.app.push_screen(LinkPicker([link], command=browser_of(self._screen.mail_app.settings)), ended)


def _way_words(way: Unsubscribe) -> SafeText:
    texts = {
        "one-click": _("Ask {host}, in one click"),
        "mailto": _("Write to {host}"),
        "link": _("Look at the page at {host}"),
    }
    return SafeText(texts[way.kind].replace("{host}", way.host))
