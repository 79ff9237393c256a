"""The outbox on the main screen: a list of messages on their way out, and below it all that is known about one.

Owns painting and the cursor. Must not know what a key does, nor the store: messages are given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import Region
from textual.message import Message

from tui_mail.model.outbox import OutboxMessage
from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.dialogs.view import ASCII_MARKS, LinesView
from tui_mail.ui.outbox import words
from tui_mail.ui.reader.lines import Line, Piece, Role

Keys = Callable[[], Sequence[SafeText]]


class OutboxList(LinesView, can_focus=True):
    """Its rows; the cursor is bound to a message."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"outbox-list--cursor"}
    DEFAULT_CSS = """
    OutboxList { background: $mail-background; scrollbar-background: $mail-background; }
    OutboxList > .outbox-list--cursor { background: $mail-surface-focus; }
    OutboxList:focus > .outbox-list--cursor { background: $mail-cursor-background; color: $mail-cursor-text; }
    OutboxList:nocolor > .outbox-list--cursor { text-style: underline; }
    OutboxList:nocolor:focus > .outbox-list--cursor { text-style: reverse; }
    """

    @dataclass
    class Chosen(Message):
        """The row under the cursor was clicked once more."""

    @dataclass
    class Moved(Message):
        """The cursor stands on another row."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(id="outbox-list")
        self.messages: list[OutboxMessage] = []
        self.cursor = 0
        self._now = now

    def put(self, messages: Sequence[OutboxMessage]) -> None:
        """Show ``messages``; the cursor stays on its message, or where that stood."""
        here = self.messages[self.cursor].id if self.cursor < len(self.messages) else None
        self.messages = list(messages)
        ids = [message.id for message in messages]
        self.cursor = ids.index(here) if here in ids else max(0, min(self.cursor, len(ids) - 1))
        self.set_lines([()] * max(1, len(messages)))

    def move(self, rows: int) -> None:
        """Move the cursor by so many rows."""
        place = max(0, min(self.cursor + rows, len(self.messages) - 1))
        if place != self.cursor:
            self.cursor = place
            top, height = self.scroll_offset.y, max(1, self.size.height)
            if not top <= place < top + height:
                self.scroll_to(y=place - height // 2, animate=False)
            self.refresh()
            self.post_message(self.Moved())

    def line_at(self, number: int, width: int) -> Line:
        if not self.messages:
            return (Piece(own("  " + _("Nothing waits to be sent.")), Role.MUTED),)
        pretty = not self.app.has_class(ASCII_MARKS)
        mark = own(("›" if pretty else ">") if number == self.cursor else " ")
        return words.row(self.messages[number], width, self._now(), mark=mark)

    def ground(self, number: int) -> Style | None:
        if number != self.cursor or not self.messages:
            return None
        return self.get_component_rich_style("outbox-list--cursor")

    def on_click(self, event: events.Click) -> None:
        event.stop()
        place = event.y + self.scroll_offset.y
        if place == self.cursor:
            self.post_message(self.Chosen())
        elif place < len(self.messages):
            self.move(place - self.cursor)


class OutboxDetails(LinesView):
    """All that is known about one message, wrapped to the width."""

    def __init__(self, now: Callable[[], float], keys: Keys) -> None:
        super().__init__(id="outbox-details")
        self._now = now
        self._keys = keys
        self._message: OutboxMessage | None = None

    def describe(self, message: OutboxMessage | None) -> None:
        """Show ``message``, from the top when it is another one."""
        if message is None or self._message is None or message.id != self._message.id:
            self.scroll_to(y=0, animate=False)
        self._message = message
        self.lay_out()

    def on_resize(self) -> None:
        self.lay_out()

    def lay_out(self) -> None:
        """Wrap it to the width there is now."""
        message = self._message
        if message is None:
            self.set_lines([])
            return
        lines = words.details(message, self.size.width, self._now(), self._keys())
        if len(lines) > self.size.height:  # the bar takes a column
            lines = words.details(message, self.size.width - 2, self._now(), self._keys())
        self.set_lines(lines)


class OutboxPane(Container):
    """The list over the details."""

    DEFAULT_CSS = """
    OutboxPane { width: 1fr; height: 1fr; layout: vertical; display: none; }
    OutboxPane OutboxList { height: auto; min-height: 5; max-height: 45%; width: 1fr; }
    OutboxPane #outbox-details {
        height: 1fr; width: 1fr; background: $mail-background; border-top: solid $mail-rule;
        scrollbar-background: $mail-background;
    }
    OutboxPane.-ascii #outbox-details { border-top: ascii $mail-rule; }
    """

    def __init__(self, now: Callable[[], float], keys: Keys) -> None:
        super().__init__(id="outbox")
        self.account = ""
        """Whose messages are shown; empty: everybody's."""
        self.list = OutboxList(now)
        self._details = OutboxDetails(now, keys)
        self._now = now
        self._ticked: list[SafeText] = []

    def compose(self) -> ComposeResult:
        self.set_class(self.app.has_class(ASCII_MARKS), ASCII_MARKS)
        yield self.list
        yield self._details

    @property
    def at_cursor(self) -> OutboxMessage | None:
        """The message under the cursor."""
        messages = self.list.messages
        return messages[self.list.cursor] if self.list.cursor < len(messages) else None

    def put(self, messages: Sequence[OutboxMessage]) -> None:
        """Show ``messages``, as far as they are of the account shown."""
        self.list.put([message for message in messages if self.account in {"", message.account}])
        self._describe()

    def shown(self) -> None:
        """It stands on the screen now: what it has room for is known once that is painted."""
        self.call_after_refresh(self._details.lay_out)

    def tick(self) -> None:
        """Time has passed: draw the rows whose words have changed."""
        now = self._now()
        states = [words.state_words(message, now) for message in self.list.messages]
        for place, state in enumerate(states):
            if place >= len(self._ticked) or self._ticked[place] != state:
                y = place - self.list.scroll_offset.y
                self.list.refresh(Region(0, y, self.list.size.width, 1))
                if place == self.list.cursor:
                    self._describe()
        self._ticked = states

    def on_outbox_list_moved(self) -> None:
        self._describe()

    def _describe(self) -> None:
        self._details.describe(self.at_cursor)
