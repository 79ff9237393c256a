"""Actions that write: a new message, answers, forwarding, drafts that are opened again, a sent message taken back.

Owns which composers are open and how each begins. Must not know what a composer looks like. A composer opens within the
key press where the message is here: what is typed right after ``r`` must land in it and not in the list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui_mail.model.errors import NotFound
from tui_mail.model.ids import ItemId, OutboxId
from tui_mail.model.mail import Conversation, Item, Role
from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, line, own
from tui_mail.ui.work import apart

if TYPE_CHECKING:
    from tui_mail.mime.compose.replies import Original
    from tui_mail.model.draft import Draft, Identity
    from tui_mail.model.ids import DraftId
    from tui_mail.ui.compose.screen import ComposeScreen
    from tui_mail.ui.screens.mail import MailScreen

AT_ONCE = 1 << 20
"""Octets of a message that is read within a frame; a longer one is read in a thread."""
_NO_ACCOUNT = _("Add an account first: there is no address to write from.")
Make = Callable[["Original"], "Draft"]


@dataclass(frozen=True, slots=True)
class _Begin:
    """How a composer begins."""

    draft: Draft
    number: DraftId | None = None
    item: ItemId | None = None
    reopened: bool = False
    begun: bool = True


class Writing:
    """One per user interface. ``folder`` is where files were attached from last."""

    def __init__(self, screen: MailScreen) -> None:
        self._screen = screen
        self._app = screen.mail_app
        self.composers: list[ComposeScreen] = []
        """Open ones, the one on top last."""
        self.folder = Path.home()

    def table(self) -> dict[str, Callable[[int | None], None]]:
        return {
            "compose": lambda _count: self.compose(),
            "reply": lambda _count: self._answer(everyone=False),
            "reply-all": lambda _count: self._answer(everyone=True),
            "reply-list": lambda _count: self._answer_list(),
            "forward": lambda _count: self._forward(),
            "edit-as-new": lambda _count: self._edit_as_new(),
        }

    # Beginning

    def compose(self, mailto: str = "") -> None:
        """A new message; ``mailto``: as such an address asks for it."""
        from tui_mail.mime.compose.replies import blank
        from tui_mail.mime.mailto import parse_mailto

        identity = self._identity()
        if identity is None:
            self._screen.say(own(_NO_ACCOUNT))
            return
        asked = parse_mailto(mailto) if mailto else None
        self._open(_Begin(blank(identity, mailto=asked), begun=asked is not None))
        if asked is not None and asked.ignored:
            names = ", ".join(asked.ignored[:5])
            self.composers[-1].say(line(_("The link asked for {names} too, which was left out.").format(names=names)))

    def _answer(self, *, everyone: bool) -> None:
        from tui_mail.mime.compose.replies import reply

        identities = self._app.identities
        self._from_message(lambda original: reply(original, identities, everyone=everyone), whole=False)

    def _answer_list(self) -> None:
        from tui_mail.mime.compose.lists import reply_to_list

        identities = self._app.identities
        self._from_message(lambda original: reply_to_list(original, identities), whole=False)

    def _forward(self) -> None:
        from tui_mail.mime.compose.replies import forward
        from tui_mail.ui.dialogs.menu import Menu

        item = self._target()
        if item is None:
            return
        identities, keep = self._app.identities, self._screen.data.drafts.keep

        def chosen(number: int | None) -> None:
            if number is not None:
                inline = number == 0
                self._from_message(
                    lambda original: forward(original, identities, keep, self._markdown, inline=inline), item
                )

        ways = [own(_("In the text, with its attachments")), own(_("As an attached message, whole"))]
        self._app.push_screen(Menu(own(_("Forward")), ways), chosen)

    def _edit_as_new(self) -> None:
        from tui_mail.mime.compose.replies import edit_as_new

        identities, keep = self._app.identities, self._screen.data.drafts.keep
        self._from_message(lambda original: edit_as_new(original.raw, identities, keep, self._markdown), text=False)

    def reopen_at_cursor(self) -> bool:
        """Go on with the draft under the cursor; False where there is none."""
        shown = self._screen.messages.shown_at_cursor()
        item = shown.newest if isinstance(shown, Conversation) else shown
        drafts = {folder.id for folder in self._screen.folder_list if folder.role is Role.DRAFTS}
        if item is None or item.folder not in drafts:
            return False
        from tui_mail.mime.compose.replies import reopen

        identities, keep = self._app.identities, self._screen.data.drafts.keep
        self._from_message(
            lambda original: reopen(original.raw, identities, keep, self._markdown), item, draft=True, text=False
        )
        return True

    # From a message

    def _from_message(
        self, make: Make, item: Item | None = None, *, draft: bool = False, text: bool = True, whole: bool = True
    ) -> None:
        """Open a composer with what ``make`` makes of a message, at once or when the message has come.

        ``draft``: it is the draft itself; ``text``: what the reader shows of it is needed; ``whole``: so are its files.
        """
        item = self._target() if item is None else item
        if item is None:
            return
        if self._identity() is None:
            self._screen.say(own(_NO_ACCOUNT))
            return
        origin = item.id if draft else None
        reading = self._screen.reading
        raw = self._screen.data.reader.raw(item.id) if whole else reading.read_here(item.id)
        if raw is not None and len(raw) <= AT_ONCE and not _wants_conversion(raw):
            shown = reading.text_here(item, raw) if text else own("")
            if shown is not None:
                self._open(_Begin(make(self._original(item, raw, shown)), item=origin, reopened=draft))
                return
        from tui_mail.ui.compose.waiting import Waiting

        words = own(_("Fetching the message …") if raw is None else _("Reading the message …"))
        waiting = Waiting(words, partial(self._brought, item, make, text=text, whole=whole))

        def came(made: Draft | None) -> None:
            if made is not None:
                self._open(_Begin(made, item=origin, reopened=draft))
            elif waiting.why:
                self._screen.say(waiting.why, trouble=True)

        self._app.push_screen(waiting, came)

    async def _brought(self, item: Item, make: Make, *, text: bool, whole: bool) -> Draft:
        """The draft of a message that has to be fetched or takes long to read."""
        reading = self._screen.reading
        raw = await (reading.raw(item.id) if whole else reading.to_read(item.id))
        if raw is None:
            raise NotFound(_("This message is not here yet; try again when it is."))
        original = self._original(item, raw, await reading.text(item) if text else own(""))
        return await apart(lambda: make(original))

    @staticmethod
    def _markdown(html: str) -> str:
        """HTML as text to go on writing with, made in a process that can be killed."""
        from tui_mail.mime.html_worker import HtmlWorker

        with HtmlWorker() as worker:
            return worker.markdown(html)

    @staticmethod
    def _original(item: Item, raw: bytes, text: SafeText) -> Original:
        from tui_mail.mime.compose.replies import Original

        return Original(raw, item.account, text)

    def _target(self) -> Item | None:
        """The message in the reader, else the one under the cursor; of a folded conversation the newest."""
        screen = self._screen
        if screen.in_folders:
            screen.say(own(_("Go to the list first ({key}).").format(key=screen.key_of("next-pane"))))
            return None
        if screen.in_reader and screen.reading.item is not None:
            return screen.reading.item
        shown = screen.messages.shown_at_cursor()
        if shown is None:
            screen.say(own(_("There is no message here.")))
        return shown.newest if isinstance(shown, Conversation) else shown

    def _identity(self) -> Identity | None:
        """Who writes: the main address of the account that is shown, else the first one."""
        view = self._screen.lister.view
        account = "" if view is None else view.account
        identities = self._app.identities
        return next((each for each in identities if each.account == account), identities[0] if identities else None)

    # Open composers

    def _open(self, begin: _Begin) -> None:
        from tui_mail.mime.compose.build import new_message_id
        from tui_mail.ui.compose.keeping import Keeping
        from tui_mail.ui.compose.screen import ComposeScreen

        draft = begin.draft
        if not draft.message_id:  # drawn once, so that all copies of it are one message
            draft = replace(draft, message_id=new_message_id(draft.identity.address))
        keeping = Keeping(
            self._screen.data.drafts,
            self._app.clock,
            draft,
            number=begin.number,
            item=begin.item,
            begun=begin.begun,
        )
        composer = ComposeScreen(self._app, keeping, reopened=begin.reopened)
        self.composers.append(composer)
        self._app.push_screen(composer)

    def ended(self, composer: ComposeScreen) -> None:
        """A composer closes."""
        if composer in self.composers:
            self.composers.remove(composer)

    def save_all(self) -> None:
        """The program ends, however that came: what is being written is saved."""
        for composer in self.composers:
            composer.save_now()

    def say_abandoned(self) -> None:
        """Say that there is something that an accident left behind; the engine files it."""
        if self._screen.data.drafts.abandoned():
            self._screen.say(own(_("A message you were writing is in Drafts")))

    # Messages on their way out

    def sending(self, number: OutboxId) -> None:
        """A message was queued: the status line follows it."""
        self._screen.outgoing.follow(number)

    def take_back(self) -> bool:
        """Take back the message that is held, and go on writing it; False where none is held. Raises UsageError."""
        held = self._screen.data.outbox.held() if self._app.home.keep_db.exists() else None
        if held is None:
            return False
        self.take(held.id, line(held.subject, 80))
        return True

    def take(self, number: OutboxId, subject: SafeText) -> None:
        """Take a message out of the outbox, and go on writing it. Raises NotFound, UsageError."""
        data = self._screen.data
        draft = data.outbox.cancel(number)
        if draft is None:
            words = _("Taken back: {subject}. It was not written here, so there is no draft of it.")
            self._screen.say(SafeText(words.format(subject=subject)))
        else:
            self._open(_Begin(data.drafts.take(draft), number=draft, reopened=True))
            self.composers[-1].say(own(_("Taken back; nothing was sent")))
        self._app.wake()
        self._screen.outgoing.refresh()
        self._screen.following.reload_soon()


def _wants_conversion(raw: bytes) -> bool:
    """True when a message may be HTML without a plain version, which takes longer than a frame to make text of."""
    lowered = raw.lower()
    return b"text/html" in lowered and b"text/plain" not in lowered
