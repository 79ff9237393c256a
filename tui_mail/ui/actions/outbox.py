"""Actions in the outbox: go there, take a message back, send it now, mark it as sent.

Owns these keys and their words. Must not know how the outbox is drawn or stored.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tui_mail.model.ids import DraftId
from tui_mail.model.outbox import OutboxMessage, OutboxState
from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, line, own
from tui_mail.ui.outbox.words import people
from tui_mail.ui.work import apart, start

if TYPE_CHECKING:
    from tui_mail.ui.screens.mail import MailScreen


class OutboxKeys:
    """Handlers; counts mean nothing here."""

    def __init__(self, screen: MailScreen) -> None:
        self._screen = screen

    def table(self) -> dict[str, Callable[[int | None], None]]:
        return {
            "go-outbox": lambda _count: self._screen.outgoing.open(),
            "edit-again": lambda _count: self._edit(),
            "send-now": lambda _count: self._send(),
            "cancel-sending": lambda _count: self._cancel(),
            "mark-sent": lambda _count: self._mark(),
        }

    def _message(self) -> OutboxMessage | None:
        """The message under the cursor."""
        message = self._screen.outgoing.pane.at_cursor if self._screen.outgoing.shown else None
        if message is None:
            self._screen.say(own(_("There is no message here.")))
        return message

    def _edit(self) -> None:
        message = self._message()
        if message is not None:
            self._screen.mail_app.writing.take(message.id, line(message.subject, 80))

    def _cancel(self) -> None:
        """Not sent; it is in Drafts again."""
        message = self._message()
        if message is None:
            return
        draft = self._screen.data.outbox.cancel(message.id)
        if draft is None:
            self._changed(own(_("Not sent. It was not written here, so there is no draft of it.")))
        else:
            self._changed(own(_("Not sent; it becomes a draft …")))
            start(self._screen, partial(self._file, draft), "file", self._screen.failed)

    async def _file(self, draft: DraftId) -> None:
        drafts = self._screen.data.drafts
        await apart(lambda: drafts.leave(draft))
        self._changed(own(_("Not sent; it is in Drafts")))

    def _send(self) -> None:
        from tui_mail.ui.dialogs.question import Question

        message = self._message()
        if message is None:
            return
        if message.state is not OutboxState.AMBIGUOUS:
            self._retry(message)
            return
        more = own(_("It may have been sent already; then everybody it was for gets it twice."))
        question = Question(own(_("Send it again?")), yes=own(_("send")), no=own(_("leave it")), more=more)
        self._screen.app.push_screen(question, lambda yes: self._retry(message) if yes else None)

    def _retry(self, message: OutboxMessage) -> None:
        self._screen.data.outbox.retry(message.id)
        self._screen.outgoing.follow(message.id)
        self._changed(SafeText(_("Sending to {people} …").format(people=people(message, 2))))

    def _mark(self) -> None:
        message = self._message()
        if message is not None:
            self._screen.data.outbox.mark_sent(message.id)
            self._changed(SafeText(_("Marked as sent to {people}").format(people=people(message, 2))))

    def _changed(self, words: SafeText) -> None:
        self._screen.mail_app.wake()
        self._screen.outgoing.refresh()
        self._screen.following.reload_soon()
        self._screen.say(words)
