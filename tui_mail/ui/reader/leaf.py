"""One message in the reading pane: what is known of it, and in which of its forms it is shown.

Owns the making of its document. Must not know widgets, nor the other messages of a conversation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tui_mail.mime.rendered import Link, PartInfo, Rendered
from tui_mail.model.mail import Item
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.reader import content
from tui_mail.ui.reader.cards import told
from tui_mail.ui.reader.document import Document, head_width
from tui_mail.ui.reader.find import Hits
from tui_mail.ui.reader.header import Setting
from tui_mail.ui.reader.layout import Folds
from tui_mail.ui.reader.lines import NOTHING
from tui_mail.ui.reader.manners import Lines
from tui_mail.ui.reader.shut import Shut
from tui_mail.ui.reader.spans import LinkSpans
from tui_mail.ui.reader.told import without


@dataclass(frozen=True, slots=True)
class Frame:
    """What a document is made for."""

    width: int
    setting: Setting
    accounts: content.Accounts
    bar: SafeText | None = None
    alone: bool = True
    """There is no other message in the pane."""
    notes: Callable[[Item], Sequence[SafeText]] = lambda _item: ()
    """What to know of a message beside what it says itself."""


class Body:
    """The text of a rendered message with its lines and links, which hold for every width."""

    def __init__(self, page: content.Page) -> None:
        rendered = page.rendered
        self.text = content.body_text(page)
        marks = rendered.marks if rendered is not None and rendered.text.startswith(self.text) else ()
        if rendered is not None and rendered.reports:
            self.text, marks = without(self.text, marks, told(rendered.reports))
        self.lines = Lines(self.text, marks)
        self.spans = LinkSpans(rendered.links, marks) if rendered is not None else None


@dataclass(slots=True)
class Leaf:
    """One message."""

    page: content.Page = field(default_factory=content.Page)
    shut: bool = False
    """Folded to one line, as older messages of a conversation are."""
    titled: bool = True
    """Its subject stands above it; in a conversation one is enough."""
    folds: Folds = field(default_factory=Folds)
    fields: list[tuple[SafeText, SafeText]] | None = None
    all_fields: bool = False
    hits: Hits | None = None
    loaded: bool = True
    """False while nobody has asked for its text."""
    _body: Body | None = None

    @property
    def item(self) -> Item | None:
        return self.page.item

    @property
    def rendered(self) -> Rendered | None:
        return self.page.rendered

    @property
    def body(self) -> Body:
        """The text; made when it is first asked for."""
        if self._body is None:
            self._body = Body(self.page)
        return self._body

    def turn_to(self, item: Item | None, rendered: Rendered | None, failure: SafeText = NOTHING) -> None:
        """Show this from now on."""
        if rendered is None or rendered is not self.page.rendered:
            self._body = None
        self.page = content.Page(item, rendered, failure)
        self.loaded = True

    def reset(self) -> None:
        """With nothing unfolded and nothing looked for."""
        self.folds = Folds()
        self.hits = None

    @property
    def links(self) -> tuple[Link, ...]:
        return self.rendered.links if self.rendered is not None else ()

    @property
    def attachments(self) -> tuple[PartInfo, ...]:
        return content.attachments(self.rendered)

    def document(self, frame: Frame) -> Document:
        """The message as it is to be drawn."""
        inner = head_width(frame.width)
        here = None if frame.alone else own(">" if frame.bar else "▌")
        if self.shut and self.item is not None:
            head = content.shut_lines(self.item, frame.setting, inner, titled=self.titled)
            return Shut(Lines(NOTHING), frame.width, head=head, bar=frame.bar, here_bar=here)
        fields = self.fields if self.all_fields else None
        return Document(
            self.body.lines,
            frame.width,
            head=content.head_lines(
                self.page,
                frame.setting,
                inner,
                frame.accounts,
                fields,
                titled=self.titled,
                notes=frame.notes(self.item) if self.item is not None else (),
            ),
            foot=content.foot_lines(self.page, inner),
            spans=self.body.spans,
            hits=self.hits,
            folds=self.folds,
            bar=frame.bar,
            here_bar=here,
            apart=not frame.alone,
        )
