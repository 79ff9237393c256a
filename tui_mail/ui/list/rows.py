"""How one row of the list reads: columns, marks, names; plain text with roles, not yet colours.

Owns the widths of columns and what stands in them. Must not know Textual, places, or the store.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass
from datetime import tzinfo

from tui_mail.model.flags import Flag
from tui_mail.model.mail import Address, Conversation, Item
from tui_mail.model.words import _
from tui_mail.text.dates import list_date
from tui_mail.text.safe import SafeText, line, own
from tui_mail.text.width import cells, cut, fit

Shown = Item | Conversation
"""What a row shows."""

MARKS_WIDTH = 4
_SHORT_DATE = 6
"""Room for ``17 Nov``; of ``Nov 2024`` the year is left."""
SNIPPET_ROOM = 14
"""Fewer cells than this for the first words of the text are not worth the noise."""


class Tone(enum.IntEnum):
    """What a piece of a row means; the widget gives each a style."""

    TEXT = 0
    UNREAD = 1
    MUTED = 2
    FLAGGED = 3
    SELECTED = 4
    ABSENT = 5
    """A row that is not loaded yet."""
    DELETED = 6
    """Another program marked it as deleted: struck through, and said in words."""


Piece = tuple[SafeText, Tone]


@dataclass(frozen=True, slots=True)
class Marks:
    """One cell each, whatever the terminal thinks of the pretty ones."""

    selected: str
    unread: str
    answered: str
    starred: str
    folded: str
    unfolded: str
    attachment: str
    rest: str
    deleted: str


PRETTY = Marks("▌", "●", "«", "★", "▸", "▾", "@", "…", "×")
ASCII = Marks("x", "*", "r", "!", "+", "-", "@", ".", "D")


@dataclass(frozen=True, slots=True)
class Layout:
    """Widths in cells; with the spaces between columns they sum up to ``width``. 0: the column is left out."""

    width: int
    sender: int
    gap: int
    """Between sender and subject."""
    subject: int
    count: int
    attachment: int
    date: int

    @classmethod
    def of(cls, width: int, *, threads: bool) -> Layout:
        """The columns of a list ``width`` cells wide."""
        date = 8 if width >= 60 else _SHORT_DATE
        count = (4 if width >= 60 else 3 if width >= 44 else 0) if threads else 0
        attachment = 1 if width >= 44 else 0
        sender = min(24, max(9, width * 22 // 100))
        gap = 2 if width >= 70 else 1
        right = date + 1 + (count + 1 if count else 0) + (attachment + 1 if attachment else 0) + 1
        subject = max(0, width - MARKS_WIDTH - sender - gap - right)
        return cls(width, sender, gap, subject, count, attachment, date)


@dataclass(frozen=True, slots=True)
class Look:
    """What rows depend on besides the message."""

    layout: Layout
    marks: Marks
    now: float
    tz: tzinfo | None
    mine: Collection[str]
    """Addresses of the person, folded to lower case."""
    recipients: bool
    """True in Sent and Drafts, where it is of interest whom a message goes to."""


@dataclass(frozen=True, slots=True)
class RowState:
    """How a row stands in the list."""

    selected: bool = False
    unfolded: bool = False
    """The first item of an unfolded conversation."""
    child: bool = False
    """Any item of an unfolded conversation."""


def is_unread(shown: Shown) -> bool:
    """True when something in the row has not been seen."""
    return shown.unread > 0 if isinstance(shown, Conversation) else not shown.flags & Flag.SEEN


def is_starred(shown: Shown) -> bool:
    return shown.flagged > 0 if isinstance(shown, Conversation) else bool(shown.flags & Flag.FLAGGED)


def pieces(shown: Shown, state: RowState, look: Look) -> list[Piece]:
    """The row from left to right, exactly ``look.layout.width`` cells, neighbours with one tone joined."""
    layout, marks = look.layout, look.marks
    newest = shown.newest if isinstance(shown, Conversation) else shown
    unread = is_unread(shown)
    deleted = bool(newest.flags & Flag.DELETED)
    tone = Tone.DELETED if deleted else Tone.UNREAD if unread else Tone.TEXT
    state_mark = marks.unread if unread else marks.answered if newest.flags & Flag.ANSWERED else " "
    if deleted:
        state_mark = marks.deleted
    starred = is_starred(shown)
    subject = line(newest.subject, 400) or own(_("(no subject)"))
    if state.child:
        subject = SafeText("  " + subject)
    row: list[Piece] = [
        (own(marks.selected if state.selected else " "), Tone.SELECTED if state.selected else tone),
        (own(state_mark), tone),
        (own(marks.starred if starred else " "), Tone.FLAGGED if starred else tone),
        (SafeText(" " + fit(who(shown, look), layout.sender) + " " * layout.gap), tone),
    ]
    words = own(_("marked as deleted elsewhere")) if deleted else line(newest.snippet, 400)
    row += _subject(subject, words, tone, layout.subject)
    row.append((_right(shown, newest, state, look), Tone.MUTED))
    return joined(row, layout.width)


def placeholder(look: Look) -> list[Piece]:
    """A row of the right size whose message is not loaded yet."""
    layout = look.layout
    dots = SafeText(" " * MARKS_WIDTH + "·" * (layout.sender * 2 // 3))
    text = SafeText(fit(dots, MARKS_WIDTH + layout.sender + 1) + "·" * (layout.subject // 2))
    return [(fit(text, layout.width), Tone.ABSENT)]


def who(shown: Shown, look: Look) -> SafeText:
    """Names, not addresses: the sender, or everyone of a conversation once by first name, or the recipients."""
    if isinstance(shown, Conversation) and not look.recipients:
        people = shown.senders or shown.newest.from_
    else:
        item = shown.newest if isinstance(shown, Conversation) else shown
        people = item.to if look.recipients else item.from_
    if not people:
        return own(_("(no recipient)") if look.recipients else _("(no sender)"))
    if len(people) == 1:
        return _name(people[0], look.mine, short=False)
    return SafeText(", ".join(_name(person, look.mine, short=True) for person in people[:6]))


def _name(person: Address, mine: Collection[str], *, short: bool) -> SafeText:
    if person.address.lower() in mine:
        return own(_("me"))
    name = line(person.name, 100).strip()
    if not name:
        address = line(person.address, 100)
        return SafeText(address.partition("@")[0] if short else address) or own("?")
    if not short:
        return SafeText(name)
    last, comma, first = name.partition(",")
    words = (first if comma and first.strip() else last).split()
    return SafeText(words[0]) if words else SafeText(name)


def _subject(subject: SafeText, snippet: SafeText, tone: Tone, width: int) -> list[Piece]:
    subject = cut(subject, width)
    room = width - cells(subject) - 2
    if snippet and room >= SNIPPET_ROOM:
        return [(subject, tone), (SafeText("  " + fit(snippet, room)), Tone.MUTED)]
    return [(subject, tone), (SafeText(" " * (width - cells(subject))), Tone.MUTED)]


def _right(shown: Shown, newest: Item, state: RowState, look: Look) -> SafeText:
    layout, marks = look.layout, look.marks
    text = " "
    if layout.count:
        text += fit(_count(shown, state, marks), layout.count, right=True) + " "
    if layout.attachment:
        found = shown.attachments if isinstance(shown, Conversation) else newest.attachments or 0
        text += (marks.attachment if found else " ") + " "
    date = list_date(newest.received, look.now, look.tz)
    if cells(date) > layout.date:
        date = SafeText(date.rpartition(" ")[2])
    return SafeText(text + fit(date, layout.date, right=True) + " ")


def _count(shown: Shown, state: RowState, marks: Marks) -> SafeText:
    if isinstance(shown, Conversation):
        return own(f"{marks.folded}{shown.count}" if shown.count > 1 else "")
    return own(marks.unfolded if state.unfolded else "")


def joined(row: list[Piece], width: int) -> list[Piece]:
    """Neighbours of one tone as one piece; spaces take the tone of what stands before them. Exactly ``width`` cells."""
    result: list[Piece] = []
    for text, tone in row:
        if not text:
            continue
        if result and (result[-1][1] == tone or not text.strip()):
            result[-1] = (SafeText(result[-1][0] + text), result[-1][1])
        else:
            result.append((text, tone))
    surplus = sum(cells(text) for text, _tone in result) - width
    if surplus > 0:
        flat = SafeText("".join(text for text, _tone in result))
        return [(fit(flat, width), result[0][1] if result else Tone.TEXT)]
    if surplus < 0:
        result.append((SafeText(" " * -surplus), Tone.MUTED))
    return result
