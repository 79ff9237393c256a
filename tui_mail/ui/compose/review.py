"""The last look before a message is sent: to whom, what goes along, what is odd about it, and how it will read.

Owns ``ReviewScreen`` and its lines. Must not send: it ends in a yes or a no.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult

from tui_mail.config.actions import Place
from tui_mail.mime.compose.domains import shown_address
from tui_mail.mime.compose.recipients import read_recipients
from tui_mail.model.draft import Draft
from tui_mail.model.mail import Address
from tui_mail.model.words import _, ngettext
from tui_mail.text import safe
from tui_mail.text.safe import SafeText, own
from tui_mail.text.sizes import human_size
from tui_mail.text.width import fit, wrap
from tui_mail.ui.compose.foot import ROWS as FOOT
from tui_mail.ui.compose.foot import Key, Standing, key_of
from tui_mail.ui.compose.head import ADDRESSES, LABELS, file_words, identity_words
from tui_mail.ui.compose.keyed import Handler, KeyedScreen
from tui_mail.ui.compose.typed import quote_depth, safe_text, signature_at, unquoted
from tui_mail.ui.dialogs.view import ASCII_MARKS, LinesView
from tui_mail.ui.reader.lines import QUOTES, Line, Piece, Role

if TYPE_CHECKING:
    from tui_mail.ui.app import MailApp

LABEL = 8
WIDEST = 88
"""Cells a line of text takes at most, however wide the terminal is."""
QUOTE_SHOWN = 4
_HEADERS = 1_500
"""Octets that fields and boundaries take, about."""


class ReviewScreen(KeyedScreen[bool]):
    """Ends in True to send, False to go on writing."""

    PLACE: ClassVar[Place] = Place.REVIEW
    DEFAULT_CSS = """
    ReviewScreen LinesView { height: 1fr; background: $mail-background; scrollbar-background: $mail-background; }
    """

    def __init__(self, app: MailApp, draft: Draft, remarks: Sequence[str]) -> None:
        super().__init__(app)
        self.draft = draft
        self.remarks = tuple(remarks)
        self._view = LinesView()

    def compose(self) -> ComposeResult:
        yield self._view
        yield self.foot

    def on_mount(self) -> None:
        self.set_focus(self.foot)
        self.show_foot()

    def on_resize(self) -> None:
        size = self.app.size
        bar = own("-" if self.app.has_class(ASCII_MARKS) else "─")
        lines = review_lines(self.draft, self.remarks, size.width, bar)
        if len(lines) > size.height - FOOT:  # the bar takes a column
            lines = review_lines(self.draft, self.remarks, size.width - 2, bar)
        self._view.set_lines(lines)

    def table(self) -> dict[str, Handler]:
        page = max(1, self._view.size.height - 1)
        return super().table() | {
            "send": lambda: self._end(answer=True),
            "keep-writing": lambda: self._end(answer=False),
            "escape": lambda: self._end(answer=False),
            "back": lambda: self._end(answer=False),
            "scroll-down": lambda: self._view.scroll_lines(1),
            "scroll-up": lambda: self._view.scroll_lines(-1),
            "scroll-page-down": lambda: self._view.scroll_pages(1),
            "scroll-page-up": lambda: self._view.scroll_pages(-1),
            "scroll-half-page-down": lambda: self._view.scroll_lines(page // 2),
            "scroll-half-page-up": lambda: self._view.scroll_lines(-(page // 2)),
            "scroll-top": lambda: self._view.scroll_lines(-len(self._view.lines)),
            "scroll-bottom": lambda: self._view.scroll_lines(len(self._view.lines)),
        }

    def _end(self, *, answer: bool) -> None:
        self.dismiss(answer)

    def keys_shown(self) -> list[Key]:
        keymap = self.keys.keymap
        return [
            *key_of(keymap.keys("send"), _("send"), "send"),
            *key_of(keymap.keys("keep-writing"), _("go on writing"), "keep-writing", 1),
            *key_of(keymap.keys("scroll-page-down"), _("scroll"), "scroll-page-down", 2),
            *key_of(keymap.keys("help"), _("help"), "help", 3),
        ]

    def standing(self) -> Standing:
        hold = self.mail_app.settings.send.undo_hold
        held = _("held for {n} s, while {key} takes it back").format(n=hold, key=self.key_of("undo"))
        account = safe.line(self.draft.identity.account, 40)
        return Standing(
            own(_("Send this?")), (account, SafeText(held)) if hold else (account,), self.said, self.said_trouble
        )


def review_lines(draft: Draft, remarks: Sequence[str], width: int, bar: SafeText) -> list[Line]:
    """Everything, from the sender to the last line, in ``width`` cells."""
    lines: list[Line] = []
    lines += _row("from", [identity_words(draft.identity)], width)
    for name in ADDRESSES:
        text: str = getattr(draft, name)
        if text.strip():
            lines += _row(name, [_people(read_recipients(text))], width)
    subject = safe.line(draft.subject.strip(), 1_000)
    lines += _row("subject", [subject or own(_("(no subject)"))], width, Role.SUBJECT if subject else Role.MUTED)
    if draft.attachments:
        lines += _row("files", [file_words(file) for file in draft.attachments], width)
    words = own(_("about {size} in all").format(size=human_size(estimate(draft))))
    lines.append((Piece(own(" " * (LABEL + 2))), Piece(words, Role.MUTED)))
    for remark in remarks:
        lines.append(())
        parts = wrap(safe.line(remark, 500), max(10, width - 3))
        lines += [(Piece(own(" ! " if not number else "   "), Role.WARNING), Piece(part, Role.WARNING))
                  for number, part in enumerate(parts)]  # fmt: skip
    if remarks:
        lines.append(())
    lines.append((Piece(own(bar * width), Role.RULE),))
    return [*lines, *_text_lines(draft.body, width)]


def estimate(draft: Draft) -> int:
    """Octets of the finished message, about: attachments grow by a third and by their line ends."""
    text = len(draft.body.encode("utf-8", "replace"))
    return _HEADERS + text + sum(file.size * 4 // 3 * 78 // 76 for file in draft.attachments)


def _row(name: str, values: Sequence[SafeText], width: int, role: Role = Role.TEXT) -> list[Line]:
    label = Piece(SafeText(fit(own(_(LABELS[name])), LABEL, right=True) + "  "), Role.MUTED)
    blank = Piece(own(" " * (LABEL + 2)))
    parts = [part for value in values for part in wrap(value, max(10, width - LABEL - 3))]
    return [(blank if number else label, Piece(part, role)) for number, part in enumerate(parts)]


def _people(people: Sequence[Address]) -> SafeText:
    """Every name with its address; a domain that poses as another one is written out."""
    words = []
    for person in people:
        address, name = safe.line(shown_address(person.address), 400), safe.line(person.name, 200)
        words.append(f"{name} <{address}>" if name else address)
    return SafeText(", ".join(words))


def _text_lines(body: str, width: int) -> list[Line]:
    """The text as the other side will see it."""
    paragraphs = safe_text(body.rstrip()).expandtabs(safe.TAB).split("\n")
    end = signature_at(paragraphs)
    margin = own(" " * (LABEL + 2 if width > WIDEST + LABEL else 1))
    room = max(10, min(width - len(margin), WIDEST))
    lines: list[Line] = []
    quote: list[Line] = []
    for number, paragraph in enumerate(paragraphs):
        depth = quote_depth(paragraph)
        role = QUOTES[(depth - 1) % len(QUOTES)] if depth else Role.MUTED if number >= end else Role.TEXT
        mark = own(">" * depth + " " if depth else "")
        parts = wrap(SafeText(unquoted(paragraph)), max(10, room - len(mark)))
        found: list[Line] = [(Piece(margin), Piece(SafeText(mark + part), role)) for part in parts]
        if depth:
            quote += found
        else:
            lines += [*_folded(quote, margin), *found]
            quote = []
    lines += _folded(quote, margin)
    if not body.strip():
        lines.append((Piece(margin), Piece(own(_("(no text)")), Role.MUTED)))
    return lines


def _folded(quote: list[Line], margin: SafeText) -> list[Line]:
    """A quote is known already: of a long one the first lines, and how many more there are."""
    more = len(quote) - QUOTE_SHOWN
    if more < 2:
        return quote
    words = ngettext("… {n} more quoted line", "… {n} more quoted lines", more).format(n=more)
    return [*quote[:QUOTE_SHOWN], (Piece(margin), Piece(own(words), Role.MUTED))]
