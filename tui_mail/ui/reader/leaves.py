"""The messages in the pane, below each other: one, or a conversation with one of them under the cursor.

Owns which of them is current, the making of their documents for the size the pane has, and that the row being read stays
where it is whatever changes around it. Must not know what a message is shown with, nor where it comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.geometry import Region, Size
from textual.timer import Timer

from tui_mail.model.clock import Clock, SystemClock
from tui_mail.model.mail import Item
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.reader import content
from tui_mail.ui.reader.column import Column, Place
from tui_mail.ui.reader.document import Document
from tui_mail.ui.reader.header import Setting
from tui_mail.ui.reader.leaf import Frame, Leaf
from tui_mail.ui.reader.manners import Lines
from tui_mail.ui.reader.view import DocumentView

SLICE = 400
"""Lines of text laid out at a time while the pane is idle."""


class Leaves(DocumentView):
    """Shows ``_leaves`` as one column."""

    def __init__(self, *, clock: Clock | None = None, bar: SafeText | None = None, id: str | None = None) -> None:  # noqa: A002 -- the name Textual gives it
        super().__init__(id=id)
        self.accounts: content.Accounts = {}
        self.notes: Callable[[Item], Sequence[SafeText]] = lambda _item: ()
        """What is known of the accounts: own addresses, and whose verdicts on senders are believed."""
        self._clock = clock or SystemClock()
        self._bar = bar
        self._leaves: list[Leaf] = [Leaf()]
        self._current = 0
        self._place: tuple[int, int] | None = None
        self._source: SafeText | None = None
        self._laying_out: Timer | None = None
        self._made_for = Size(0, 0)
        """The size the documents were made for."""

    @property
    def _leaf(self) -> Leaf:
        """The message under the cursor, which is what keys work on."""
        return self._leaves[self._current]

    @property
    def item(self) -> Item | None:
        """The message shown; of a conversation the one under the cursor."""
        return self._leaf.item

    @property
    def items(self) -> list[Item]:
        """Every message in the pane."""
        return [leaf.item for leaf in self._leaves if leaf.item is not None]

    @property
    def is_conversation(self) -> bool:
        return len(self._leaves) > 1

    # Making documents

    def _lay_out(self, anchor: Place | None = None) -> None:
        """Make the documents anew and draw them; the row of ``anchor`` stays on top."""
        if self._make_column(anchor):
            self.refresh()

    def _make_column(self, anchor: Place | None) -> bool:
        """Make the documents for the size the pane has now; False while it has none."""
        shown = self.content_size.width > 0
        # Hidden: made anew when it is shown, though it may then be as large as before.
        self._made_for = self.content_size if shown else Size(0, 0)
        if self._source is not None:
            source = Lines(self._source)
            self._column = Column(1, lambda _number: Document(source, self._made_for.width, readable=False))
        else:
            self._column = Column(len(self._leaves), self._make_part)
        if shown:
            self._settle(anchor)
        return shown

    def _make_part(self, number: int) -> Document:
        """The document of one message, for the size the pane has now."""
        leaf = self._leaves[number]
        if not leaf.shut:
            self._load(leaf)
        star = own("!" if self._bar else "★")
        setting = Setting(self._clock.now(), place=self._place_of(number), star=star)
        alone = not self.is_conversation
        document = leaf.document(Frame(self._made_for.width, setting, self.accounts, self._bar, alone, self.notes))
        document.here = number == self._current
        return document

    def _place_of(self, number: int) -> tuple[int, int] | None:
        return (number + 1, len(self._leaves)) if self.is_conversation else self._place

    def _load(self, leaf: Leaf) -> None:
        """Called when the text of a message is needed: it may have to be asked for."""

    def _renew(self, number: int) -> None:
        """One message has changed: the others stay, and so does what is read."""
        anchor = self._anchor()
        self._column.renew(number)
        self._settle(anchor)
        self.refresh()

    def _anchor(self) -> Place | None:
        """The place on top; None at the very start, which stays the start."""
        return self._column.place_at(self._top) if self._top else None

    def _settle(self, anchor: Place | None) -> None:
        """Put ``anchor`` on top, as far as there are rows below it."""
        if anchor is not None:
            self._top = self._column.row_of(anchor)
        self._column.reach(self._top + self._rows())
        self._top = max(0, min(self._top, self._column.height() - self._rows()))
        self._forget_strips()
        self._go_on()

    def _go_on(self) -> None:
        if self._laying_out is None and not self._column.complete:
            self._laying_out = self.set_timer(0.02, self._continue)

    def _continue(self) -> None:
        """Lay out some more while nothing else happens, so that the end is near when it is asked for."""
        self._laying_out = None
        self._column.advance(SLICE)
        self._go_on()

    def _fit(self) -> None:
        if self._made_for != self.content_size:
            self._make_column(self._anchor())

    def on_resize(self) -> None:
        if self._made_for != self.content_size:
            self._lay_out(self._anchor())

    # The cursor

    def _moved(self) -> None:
        """The message that is read, a third down the pane, is the current one."""
        if self.is_conversation and self._source is None:
            self._point(self._column.find(self._top + self._rows() // 3)[0])

    def _point(self, number: int) -> None:
        """Make one message the current one."""
        if number == self._current:
            return
        for each, here in ((self._current, False), (number, True)):
            self._column.part(each).here = here
            start = self._column.start(each)
            for row in range(len(self._column.part(each).head)):
                self._strips.discard(start + row)
                if 0 <= start + row - self._top < self._rows():
                    self.refresh(Region(0, start + row - self._top, self.content_size.width, 1))
        self._current = number

    def home(self) -> bool:
        """To the first row."""
        return self._to_an_end(super().home(), 0)

    def end(self) -> bool:
        """To the last row."""
        return self._to_an_end(super().end(), len(self._leaves) - 1)

    def _to_an_end(self, moved: bool, number: int) -> bool:
        if self._source is None:
            moved = moved or number != self._current
            self._point(number)
        return moved

    def step(self, direction: int) -> bool:
        """Go to the next (1) or the previous (-1) message of a conversation; False when there is none."""
        target = self._current + direction
        if self._source is not None or not 0 <= target < len(self._leaves):
            return False
        self.go_to_message(target)
        return True

    def go_to_message(self, number: int) -> None:
        """Make a message the current one and bring it into view, its head on top if it is long."""
        start = self._column.start(number)
        part = self._column.part(number)
        part.reach(self._rows())
        inside = start >= self._top and start + part.height() <= self._top + self._rows()
        if not inside:
            self._move_to(start)
        self._point(number)

    def turn_message(self, number: int | None = None) -> None:
        """Fold a message of a conversation to one line, or open it; the current one unless told otherwise."""
        number = self._current if number is None else number
        leaf = self._leaves[number]
        if not self.is_conversation or leaf.item is None or self._source is not None:
            return
        leaf.shut = not leaf.shut
        self._turned([number])

    def turn_messages(self) -> None:
        """Open every message of a conversation, or fold all but the current one."""
        if not self.is_conversation or self._source is not None:
            return
        shut = [number for number, leaf in enumerate(self._leaves) if leaf.shut]
        for number, leaf in enumerate(self._leaves):
            leaf.shut = not shut and number != self._current
        self._turned(shut or [number for number, leaf in enumerate(self._leaves) if leaf.shut])

    def _turned(self, numbers: list[int]) -> None:
        """Draw messages that were folded or opened; the head of the current one stays where it stands, or comes into view."""
        current, rows = self._current, self._rows()
        above = self._column.start(current) - self._top
        for number in numbers:
            self._column.renew(number)
        self._top = max(0, self._column.start(current) - (above if 0 <= above < rows else rows // 3))
        self._settle(self._anchor())
        self.refresh()
