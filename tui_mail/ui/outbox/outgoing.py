"""Messages on their way out, as the main screen follows them: the countdown, the outcome, what was not sent.

Owns when the outbox is read and what the status line says of it. Must not know how anything is drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from textual.timer import Timer

from tui_mail.model.ids import OutboxId
from tui_mail.model.outbox import OutboxMessage, OutboxState
from tui_mail.model.words import _, ngettext
from tui_mail.text import safe
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.tree import Kind

if TYPE_CHECKING:
    from tui_mail.ui.outbox.pane import OutboxPane
    from tui_mail.ui.screens.mail import MailScreen

_PATIENCE: Final = 15
"""Seconds after its time that a message is said to be on its way though nothing was heard of it."""
_UNDER_WAY = frozenset({OutboxState.SENDING, OutboxState.COMMITTING})


class Outgoing:
    """One per main screen."""

    def __init__(self, screen: MailScreen) -> None:
        self._screen = screen
        self.messages: list[OutboxMessage] = []
        """What has not come to its end, oldest first."""
        self._followed: set[OutboxId] = set()
        """Those queued here whose outcome was not said yet."""
        self._pane: OutboxPane | None = None
        self._ticking: Timer | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """How many there are of each account."""
        return Counter(message.account for message in self.messages)

    @property
    def held(self) -> OutboxMessage | None:
        """What undo would take back."""
        held = [each for each in self.messages if each.held and each.state is OutboxState.QUEUED]
        return held[-1] if held else None

    # The pane

    @property
    def pane(self) -> OutboxPane:
        """The outbox on the screen; made when it is first asked for."""
        if self._pane is None:
            from tui_mail.ui.outbox.pane import OutboxPane

            screen = self._screen
            keys = ("send-now", "mark-sent", "edit-again")
            self._pane = OutboxPane(
                screen.mail_app.clock.now, lambda: [safe.line(screen.key_of(action), 8) for action in keys]
            )
            screen.query_one("#mail").mount(self._pane)
        return self._pane

    @property
    def shown(self) -> bool:
        """True while the outbox stands in the place of the list."""
        return self._screen.has_class("-outbox")

    @property
    def place(self) -> tuple[int, int]:
        """The row under the cursor, counted from one, and how many there are."""
        rows = len(self.pane.list.messages)
        return (self.pane.list.cursor + 1 if rows else 0, rows)

    def open(self, account: str = "") -> None:
        """Show the outbox in the place of the list; of one account, or of all."""
        screen = self._screen
        if screen.reader_open:
            screen.reading.close()
        self.pane.account = account
        screen.set_class(True, "-outbox")
        self.refresh()
        accounts = {folder.account for folder in screen.folder_list}
        screen.folders.mark_current(Kind.OUTBOX, None, account or (min(accounts) if len(accounts) == 1 else ""))
        self.pane.list.focus()
        self.pane.shown()

    def close(self) -> None:
        """Show the list again."""
        if self.shown:
            self._screen.set_class(False, "-outbox")
            self._screen.messages.focus()

    def tick(self) -> None:
        """Time has passed."""
        if self.shown:
            self.pane.tick()

    # What becomes of messages

    def follow(self, number: OutboxId) -> None:
        """Say on the status line what becomes of a message."""
        self._followed.add(number)
        self.refresh()

    def refresh(self) -> None:
        """Read the outbox again, and say what is new. Raises StoreError."""
        screen = self._screen
        if not screen.mail_app.home.keep_db.exists():
            return
        self.messages = screen.data.outbox.messages()
        self._outcomes()
        self._count()
        screen.folders.show(screen.folder_list, self.counts)
        if self.shown:
            self.pane.put(self.messages)
        screen.show_status()
        if self._counting() and self._ticking is None:
            self._ticking = screen.set_interval(1.0, self._second)

    def words(self) -> SafeText:
        """The countdown of what is held, or that it is being sent; empty when neither is so."""
        now = self._screen.mail_app.clock.now()
        held = self.held
        if held is not None:
            from tui_mail.ui.outbox.words import seconds_left  # late: the first paint has nothing to say here

            left = seconds_left(held, now)
            if left:
                key = self._screen.key_of("undo")
                return SafeText(_("Sending in {n} s · {key} takes it back").format(n=left, key=key))
            if now < held.not_before + _PATIENCE:
                return own(_("Sending …"))
        if any(each.id in self._followed and each.state in _UNDER_WAY for each in self.messages):
            return own(_("Sending …"))
        return own("")

    def _counting(self) -> bool:
        held = self.held
        return held is not None and self._screen.mail_app.clock.now() < held.not_before + _PATIENCE

    def _second(self) -> None:
        if not self._counting() and self._ticking is not None:
            self._ticking.stop()
            self._ticking = None
        self._count()
        self._screen.show_status()
        self.tick()

    def _outcomes(self) -> None:
        """Say what became of the messages that are followed."""
        waiting = {message.id: message for message in self.messages}
        for number in sorted(self._followed):
            message = waiting.get(number) or self._screen.data.outbox.message(number)
            if message is None or not self._is_over(message):
                continue
            self._followed.discard(number)
            self._say(message)

    @staticmethod
    def _is_over(message: OutboxMessage) -> bool:
        """True when there is something to say: it has ended, or the first try went wrong."""
        tried = message.state is OutboxState.QUEUED and not message.held and bool(message.error)
        return tried or message.state not in {OutboxState.QUEUED, *_UNDER_WAY}

    def _say(self, message: OutboxMessage) -> None:
        from tui_mail.ui.outbox.words import people

        who, reason = people(message, 2), safe.line(message.error, 200)
        key = safe.line(self._screen.key_of("go-outbox"), 20)
        if message.state is OutboxState.SENT:
            self._screen.say(SafeText(_("Sent to {people}").format(people=who)))
        elif message.state is OutboxState.FAILED:
            self._screen.say(SafeText(_("Not sent: {reason} · {key}").format(reason=reason, key=key)), trouble=True)
        elif message.state is OutboxState.AMBIGUOUS:
            words = _("The message to {people} may have been sent · {key} says more")
            self._screen.say(SafeText(words.format(people=who, key=key)), trouble=True)
        elif message.state is OutboxState.QUEUED:
            self._screen.say(SafeText(_("Not sent yet: {reason} · {key}").format(reason=reason, key=key)), trouble=True)

    def _count(self) -> None:
        """What the status line says as long as it is so."""
        connection = self._screen.connection
        failed = sum(message.state is OutboxState.FAILED for message in self.messages)
        doubtful = sum(message.state is OutboxState.AMBIGUOUS for message in self.messages)
        words = []
        if failed:
            words.append(ngettext("{n} message was not sent", "{n} messages were not sent", failed).format(n=failed))
        if doubtful:
            words.append(
                ngettext("{n} message may have been sent", "{n} messages may have been sent", doubtful).format(
                    n=doubtful
                )
            )
        if words:
            words.append(self._screen.key_of("go-outbox"))
        connection.unsent = safe.line(" · ".join(words), 200)
        now = self._screen.mail_app.clock.now()
        waiting = [each for each in self.messages if each.state is OutboxState.QUEUED]
        connection.queued = sum(not (each.held and each.not_before > now) for each in waiting)
