"""The reading pane: shows messages, their fields or their source, finds, folds.

Owns the state of reading. Must not know where messages come from, nor keys: the screen calls the methods and answers the
messages this posts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message

from tui_mail.mime.rendered import Link, PartInfo, Rendered
from tui_mail.model.ids import ItemId
from tui_mail.model.mail import Item
from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.reader import content
from tui_mail.ui.reader.column import Place
from tui_mail.ui.reader.leaf import Leaf
from tui_mail.ui.reader.picker import Picker

Loader = Callable[[Item], Rendered | None]
SHIFT = 8
"""Cells by which lines that do not wrap are moved at a time."""


class ReaderPane(Picker, can_focus=True):
    """One message, or a conversation. Empty until ``show``."""

    @dataclass
    class WantsRaw(Message):
        """The raw message is needed for ``what``: "headers" or "source". Answered by ``show_headers``, ``show_source``."""

        item: ItemId
        what: str

    @dataclass
    class WantsRendering(Message):
        """A form is wanted: ``prefer`` is "html" or "plain", or "auto" for a first one. Answered by ``update``."""

        item: ItemId
        prefer: str

    @dataclass
    class Opened(Message):
        """A folded message of a conversation was opened."""

        item: Item

    @dataclass
    class LinkChosen(Message):
        """A link was clicked; ``number`` counts from 0 in ``links()``."""

        number: int

    @dataclass
    class Note(Message):
        """A sentence for the status line."""

        text: SafeText

    class AttachmentsChosen(Message):
        """The line of attachments was clicked."""

    # What is shown

    def show(self, item: Item, rendered: Rendered | None, *, place: tuple[int, int] | None = None) -> None:
        """Show one message from its start; None for ``rendered``: it is on its way. ``place``: which of how many.

        The same message again (in its other form, or with new flags) stays where it stands, and so does what is around it.
        """
        same = self.item is not None and self.item.id == item.id
        self._place = place if place is not None or not same else self._place
        if same:
            self.update(item, rendered)
        else:
            leaf = Leaf()
            leaf.turn_to(item, rendered)
            self._open([leaf], 0)

    def show_conversation(
        self, items: Sequence[Item], opened: Collection[ItemId], current: ItemId, load: Loader, *, again: bool = False
    ) -> None:
        """Show every message of a conversation, those in ``opened`` whole and the others on a line.

        ``load`` gives the text of one when it comes into view. ``again``: those that are here already stay as they are.
        """
        kept = {leaf.item.id: leaf for leaf in self._leaves if leaf.item is not None} if again else {}
        self._loader = load
        leaves: list[Leaf] = []
        for item in items:
            leaf = kept.get(item.id) or Leaf(shut=item.id not in opened, loaded=False)
            leaf.page = content.Page(item, leaf.rendered, leaf.page.failure)
            leaf.titled = not leaves or not content.same_subject(item, items[0])
            leaves.append(leaf)
        number = next((at for at, item in enumerate(items) if item.id == current), len(leaves) - 1)
        self._place = None
        self._open(leaves, number, stay=bool(kept))

    def update(self, item: Item, rendered: Rendered | None, failure: SafeText | None = None) -> None:
        """Show what has become of a message in the pane: its text, other flags, or why there is no text."""
        number = self._number_of(item.id)
        if number < 0:
            return
        leaf = self._leaves[number]
        before = leaf.rendered
        stays = (
            before is not None and rendered is not None and (before.kind, before.text) == (rendered.kind, rendered.text)
        )
        goes_on = (
            before is not None and before.begins and rendered is not None and rendered.text.startswith(before.text)
        )
        leaf.turn_to(item, before if before == rendered else rendered, failure or own(""))
        if self._source is not None and (stays or goes_on):
            return
        if not (stays or goes_on):  # else only what is said above it may be new
            leaf.reset()
            leaf.all_fields = leaf.all_fields and leaf.fields is not None
            if not self.is_conversation:
                if self._source is not None:
                    self._forget_hits()
                self._source = None
                self._top = 0
        self._renew(number)
        if not stays:
            self._find_again()

    def refresh_item(self, item: Item, rendered: Rendered | None) -> None:
        """Show other flags of a message in the pane, and its text if it has come."""
        number = self._number_of(item.id)
        if number < 0:
            return
        if rendered is not None:
            self.update(item, rendered)
            return
        leaf = self._leaves[number]
        leaf.page = content.Page(item, leaf.rendered, leaf.page.failure)
        if self.is_conversation:
            self._renew(number)

    def failed(self, text: SafeText) -> None:
        """Say under the head why there is no body."""
        if self.item is not None:
            self.update(self.item, None, text)
        else:
            self._leaves[0].turn_to(None, None, text)
            self._renew(0)

    def clear(self) -> None:
        """Show nothing."""
        self._place = None
        self._open([Leaf()], 0)

    @property
    def rendered(self) -> Rendered | None:
        """What is shown of the message; None while it is on its way."""
        return self._leaf.rendered

    @property
    def lacking(self) -> list[Item]:
        """The open messages in view whose text is not here."""
        return [
            leaf.item
            for leaf in self._leaves
            if leaf.item is not None and leaf.loaded and leaf.rendered is None and not leaf.shut
        ]

    @property
    def begins(self) -> bool:
        """True while there is only the beginning of the message."""
        return self.rendered is not None and self.rendered.begins

    def links(self) -> tuple[Link, ...]:
        """The links of the message shown."""
        return self._leaf.links

    def attachments(self) -> tuple[PartInfo, ...]:
        """The attachments of the message shown."""
        return self._leaf.attachments

    def _open(self, leaves: list[Leaf], current: int, *, stay: bool = False) -> None:
        """Show other messages, the current one on top unless those above fit beside it; ``stay``: what is read stays."""
        before = self._top_item() if stay else None
        was = self.item
        if not stay or self._source is not None:
            self._forget_hits()
        self._leaves, self._current, self._source = leaves, current, None
        if not stay:
            self._top = 0
            self.stop_selecting()
        top = -1 if before is None else self._number_of(before[0])
        shown = self._make_column(Place(top, before[1]) if before is not None and top >= 0 else None)
        self._find_again()
        if not shown:
            return
        if self.is_conversation:
            start = self._column.start(current)
            if stay:
                if was is None or self.item is None or was.id != self.item.id:
                    self.go_to_message(current)
            elif start > self._rows() // 3:
                self._top = start - 1
            self._settle(self._anchor())
        self.refresh()

    def _top_item(self) -> tuple[ItemId, int] | None:
        """The message on top of the pane, and the place in it; None at the very start."""
        if not self._top or self._source is not None:
            return None
        place = self._column.place_at(self._top)
        item = self._leaves[place.part].item
        return (item.id, place.offset) if item is not None else None

    def _load(self, leaf: Leaf) -> None:
        """What is here is asked for; what would have to be fetched only where somebody opens it."""
        if leaf.loaded or leaf.item is None:
            return
        rendered = self._loader(leaf.item)
        if rendered is None and leaf.shut and not leaf.item.has_body:
            return
        leaf.turn_to(leaf.item, rendered)
        if rendered is None:
            self.post_message(self.WantsRendering(leaf.item.id, "auto"))

    _loader: Loader = staticmethod(lambda _item: None)

    def _number_of(self, item: ItemId) -> int:
        return next((at for at, leaf in enumerate(self._leaves) if leaf.item is not None and leaf.item.id == item), -1)

    def turn_message(self, number: int | None = None) -> None:
        super().turn_message(number)
        leaf = self._leaves[self._current if number is None else number]
        if not leaf.shut and leaf.item is not None:
            self.post_message(self.Opened(leaf.item))

    # Other views of the message

    def toggle_headers(self) -> None:
        """Show every header field, or the few again."""
        leaf = self._leaf
        if leaf.item is None:
            return
        if leaf.all_fields or leaf.fields is not None:
            leaf.all_fields = not leaf.all_fields
            self._show_head()
        else:
            self.post_message(self.WantsRaw(leaf.item.id, "headers"))

    def show_headers(self, raw: bytes) -> None:
        """Show every header field of the raw message."""
        self._leaf.fields = content.header_fields(raw)
        self._leaf.all_fields = True
        self._show_head()

    def _show_head(self) -> None:
        number = self._current
        self._leaf.shut = False
        self._renew(number)
        self._move_to(self._column.start(number))
        self._point(number)

    def toggle_html(self) -> None:
        """Ask for the other of HTML and plain text."""
        rendered, item = self._leaf.rendered, self._leaf.item
        if rendered is None or item is None:
            return
        if rendered.has_plain and rendered.has_html:
            self.post_message(self.WantsRendering(item.id, "plain" if rendered.kind == "html" else "html"))
        else:
            words = _("This message is HTML only.") if rendered.has_html else _("This message is plain text only.")
            self._say(own(words))

    def toggle_source(self) -> None:
        """Show the source, or the message again."""
        if self._source is not None:
            self._source = None
            self._forget_hits()
            self._top = 0
            self._lay_out(Place(self._current, -1_000) if self._current else None)
        elif self.item is not None:
            self.post_message(self.WantsRaw(self.item.id, "source"))

    def show_source(self, raw: bytes) -> None:
        """Show the raw message; the source again returns to the message."""
        if self._source is not None:
            self.toggle_source()
            return
        self._source = content.source_text(raw)
        self._forget_hits()
        self._top = 0
        self._lay_out()

    @property
    def in_source(self) -> bool:
        """True while the source is shown."""
        return self._source is not None

    def toggle_quotes(self) -> None:
        """Open all long quotes of the message, or fold them again."""
        self._leaf.folds.turn_all()
        self._renew(self._current)

    def shift(self, step: int) -> bool:
        """Move lines that do not wrap, such as those of a patch, to the left or, when negative, to the right."""
        number = self._current if self._source is None else 0
        document = self._column.part(number)
        start = self._column.start(number)
        rows = range(max(self._top - start, 0), max(self._top - start, 0) + self._rows())
        hidden = max((document.overhang(row) for row in rows), default=0)
        moved = min(step * SHIFT, max(hidden, 0)) if step > 0 else max(step * SHIFT, -document.shift)
        if not moved:
            return False
        document.shift += moved
        self._repaint()
        return True

    def _say(self, text: SafeText) -> None:
        self.post_message(self.Note(text))

    # The pointer

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say where the link under the pointer leads."""
        offset = event.get_content_offset(self)
        link = None
        if offset is not None and self._source is None:
            number, inside = self._column.find(self._top + offset.y)
            link = self._column.part(number).link_at(inside, offset.x)
        if link is not self._pointed_at:
            self._pointed_at = link
            self._say(content.leads_to(link) if link is not None else own(""))

    _pointed_at: Link | None = None

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        row = self._top + offset.y
        number, inside = self._column.find(row)
        document = self._column.part(number)
        if self._source is not None or document.line(inside) is None:
            return
        self._point(number)
        link = document.link_at(inside, offset.x)
        fold = document.fold_at(inside, offset.x)
        if link is not None:
            self.post_message(self.LinkChosen(self.links().index(link)))
        elif fold >= 0:
            self._leaf.folds.turn(fold)
            self._renew(number)
        elif self._leaf.shut:
            self.turn_message(number)
        elif document.is_head(inside) and inside == len(document.head) - 1 and self.attachments():
            self.post_message(self.AttachmentsChosen())
        elif document.is_head(inside):
            self.turn_message(number)
