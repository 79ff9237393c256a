"""The reading pane: shows one message, its fields or its source, finds, folds.

Owns the state of reading. Must not know where messages come from, nor keys: the screen calls the methods and answers the
messages this posts.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.timer import Timer

from tui_mail.mime.rendered import Link, PartInfo, Rendered
from tui_mail.model.clock import Clock, SystemClock
from tui_mail.model.ids import ItemId
from tui_mail.model.mail import Item
from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.reader import content
from tui_mail.ui.reader.document import Document, head_width
from tui_mail.ui.reader.find import Hits
from tui_mail.ui.reader.header import Setting
from tui_mail.ui.reader.spans import LinkSpans
from tui_mail.ui.reader.view import DocumentView

SLICE = 400
"""Paragraphs laid out at a time while the pane is idle."""


class ReaderPane(DocumentView, can_focus=True):
    """One message. Empty until ``show``."""

    @dataclass
    class WantsRaw(Message):
        """The raw message is needed for ``what``: "headers" or "source". Answered by ``show_headers``, ``show_source``."""

        item: ItemId
        what: str

    @dataclass
    class WantsRendering(Message):
        """The other form is wanted: ``prefer`` is "html" or "plain". Answered by ``show``."""

        item: ItemId
        prefer: str

    @dataclass
    class LinkChosen(Message):
        """A link was clicked; ``number`` counts from 0 in ``links()``."""

        number: int

    class AttachmentsChosen(Message):
        """The line of attachments was clicked."""

    @dataclass
    class Note(Message):
        """A sentence for the status line."""

        text: SafeText

    def __init__(self, *, clock: Clock | None = None, bar: SafeText | None = None, id: str | None = None) -> None:  # noqa: A002 the name Textual gives it
        super().__init__(id=id)
        self.accounts: content.Accounts = {}
        """What is known of the accounts: own addresses, and whose verdicts on senders are believed."""
        self._clock = clock or SystemClock()
        self._bar = bar
        self._page = content.Page()
        self._place: tuple[int, int] | None = None
        self._fields: list[tuple[SafeText, SafeText]] | None = None
        self._all_fields = False
        self._source: SafeText | None = None
        self._opened: set[int] = set()
        self._fold = True
        self._hits: Hits | None = None
        self._spans: LinkSpans | None = None
        self._laying_out: Timer | None = None
        self._made_for = Size(0, 0)
        """The size the document was made for."""

    # What is shown

    def show(self, item: Item, rendered: Rendered | None, *, place: tuple[int, int] | None = None) -> None:
        """Show a message from its start; None for ``rendered``: it is on its way. ``place``: which of how many.

        The same message again (in its other form, or with new flags) stays where it stands.
        """
        same = self._page.item is not None and self._page.item.id == item.id
        stays = same and self._page.rendered is not None and self._page.rendered == rendered
        self._place = place if place is not None or not same else self._place
        if not same:
            self._fields = None
        self._set_page(content.Page(item, rendered), keep=stays)

    def failed(self, text: SafeText) -> None:
        """Say under the head why there is no body."""
        self._set_page(content.Page(self._page.item, None, text), keep=False)

    def clear(self) -> None:
        """Show nothing."""
        self._place = self._fields = None
        self._set_page(content.Page(), keep=False)

    @property
    def item(self) -> Item | None:
        """The message shown."""
        return self._page.item

    def links(self) -> tuple[Link, ...]:
        """The links of the message shown."""
        return self._page.rendered.links if self._page.rendered is not None else ()

    def attachments(self) -> tuple[PartInfo, ...]:
        """The attachments of the message shown."""
        return content.attachments(self._page.rendered)

    # Other views of the message

    def toggle_headers(self) -> None:
        """Show every header field, or the few again."""
        if self._page.item is None:
            return
        if self._all_fields or self._fields is not None:
            self._all_fields = not self._all_fields
            self._top = 0
            self._lay_out()
        else:
            self.post_message(self.WantsRaw(self._page.item.id, "headers"))

    def show_headers(self, raw: bytes) -> None:
        """Show every header field of the raw message."""
        self._fields = content.header_fields(raw)
        self._all_fields = True
        self._top = 0
        self._lay_out()

    def toggle_html(self) -> None:
        """Ask for the other of HTML and plain text."""
        rendered, item = self._page.rendered, self._page.item
        if rendered is None or item is None:
            return
        if rendered.has_plain and rendered.has_html:
            self.post_message(self.WantsRendering(item.id, "plain" if rendered.kind == "html" else "html"))
        else:
            words = _("This message is HTML only.") if rendered.has_html else _("This message is plain text only.")
            self.post_message(self.Note(own(words)))

    def toggle_source(self) -> None:
        """Show the source, or the message again."""
        if self._source is not None:
            self._source = None
            self._reset()
        elif self._page.item is not None:
            self.post_message(self.WantsRaw(self._page.item.id, "source"))

    def show_source(self, raw: bytes) -> None:
        """Show the raw message; the source again returns to the message."""
        if self._source is not None:
            self.toggle_source()
            return
        self._source = content.source_text(raw)
        self._reset()

    @property
    def in_source(self) -> bool:
        """True while the source is shown."""
        return self._source is not None

    def toggle_quotes(self) -> None:
        """Open all long quotes, or fold them again."""
        anchor = self._document.offset_at(self._top)
        self._fold = not self._fold
        self._opened.clear()
        self._lay_out(anchor)

    # Find

    def find(self, text: str) -> int:
        """Go to the first hit from the top row on; how many there are. An empty text forgets the hits."""
        anchor = self._document.offset_at(self._top) if self._top > self._document.body_start else 0
        self._hits = Hits(self._document.layout.text, text) if text.strip() else None
        self._document.hits = self._hits
        self._repaint()
        if self._hits is None:
            return 0
        offset = self._hits.start_at(anchor)
        if offset >= 0:
            self._go_to(offset)
        self._say_hit()
        return len(self._hits)

    def find_next(self, step: int) -> bool:
        """Go ``step`` hits on, back when negative; False when nothing is looked for or nothing was found."""
        if self._hits is None or not len(self._hits):
            return False
        self._go_to(self._hits.step(step))
        self._say_hit()
        return True

    def _say_hit(self) -> None:
        hits = self._hits
        if hits is None:
            return
        if not len(hits):
            self.post_message(self.Note(own(_("Not found in this message."))))
        else:
            words = _("{number} of {count}").format(number=hits.current + 1, count=len(hits))
            self.post_message(self.Note(own(words)))

    def _go_to(self, offset: int) -> None:
        """Bring a place of the text into view, unfolding what hides it."""
        fold = self._document.layout.fold_of(offset)
        if fold >= 0:
            self._opened.add(fold)
            self._lay_out(self._document.offset_at(self._top))
        row = self._document.row_of(offset)
        if not self._top <= row < self._top + self._rows():
            self._move_to(row - self._rows() // 3)
        self._repaint()

    # Laying out

    def _set_page(self, page: content.Page, *, keep: bool) -> None:
        self._page = page
        if keep and self._source is None:
            self._lay_out(self._document.offset_at(self._top) if self._top else None)
            return
        self._source = None
        self._all_fields = self._all_fields and self._fields is not None
        rendered = page.rendered
        self._spans = (
            LinkSpans(rendered.text, rendered.links, numbered=rendered.kind == "html") if rendered is not None else None
        )
        self._reset()

    def _reset(self) -> None:
        """From the top, with nothing unfolded and nothing looked for."""
        self._opened.clear()
        self._fold = True
        self._hits = None
        self._top = 0
        self._lay_out()

    def _lay_out(self, anchor: int | None = None) -> None:
        """Make the document anew and draw it; the row of the offset ``anchor`` stays on top."""
        if self._make_document(anchor):
            self.refresh()

    def _make_document(self, anchor: int | None) -> bool:
        """Make the document for the size the pane has now; False while it has none."""
        width = self.content_size.width
        if width <= 0:
            self._made_for = Size(0, 0)  # hidden: made when it is shown, though it may then be as large as before
            return False
        self._made_for = self.content_size
        in_source = self._source is not None
        setting = Setting(self._clock.now(), place=self._place)
        inner = head_width(width)
        fields = self._fields if self._all_fields and not in_source else None
        head = content.head_lines(self._page, setting, inner, self.accounts, fields) if not in_source else []
        self._document = Document(
            self._source if self._source is not None else content.body_text(self._page),
            width,
            head=head,
            foot=content.foot_lines(self._page, inner) if not in_source else [],
            spans=None if in_source else self._spans,
            hits=self._hits,
            opened=self._opened,
            fold=self._fold and not in_source,
            bar=self._bar,
            readable=not in_source,
        )
        if anchor is not None:
            self._top = self._document.row_of(anchor)
        self._document.reach(self._top + self._rows())
        self._top = max(0, min(self._top, self._document.height() - self._rows()))
        self._forget_strips()
        if self._laying_out is None and not self._document.layout.complete:
            self._laying_out = self.set_timer(0.02, self._continue)
        return True

    def _continue(self) -> None:
        """Lay out some more while nothing else happens, so that the end is near when it is asked for."""
        self._laying_out = None
        if not self._document.layout.advance(SLICE):
            self._laying_out = self.set_timer(0.02, self._continue)

    def _fit(self) -> None:
        if self._made_for != self.content_size:
            self._make_document(self._document.offset_at(self._top) if self._top > 0 else None)

    def on_resize(self) -> None:
        if self._made_for != self.content_size:
            self._lay_out(self._document.offset_at(self._top) if self._top > 0 else None)

    # The pointer

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        row = self._top + offset.y
        link = self._document.link_at(row, offset.x)
        fold = self._document.fold_at(row)
        if link is not None:
            self.post_message(self.LinkChosen(self.links().index(link)))
        elif fold >= 0:
            self._opened.add(fold)
            self._lay_out(self._document.offset_at(self._top))
        elif self._document.is_head(row) and row == len(self._document.head) - 1 and self.attachments():
            self.post_message(self.AttachmentsChosen())
