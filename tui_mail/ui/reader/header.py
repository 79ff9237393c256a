"""The head of a message: subject, sender, whom it is to, when; or every header field.

Owns what stands there and what gives way first when there is little room: never the sender's address. Must not know
widgets.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from tui_mail.model.flags import Flag
from tui_mail.model.mail import Address, Item
from tui_mail.model.words import _
from tui_mail.text import safe
from tui_mail.text.dates import full_date, list_date, time_of_day
from tui_mail.text.hosts import display_host
from tui_mail.text.safe import SafeText, own
from tui_mail.text.width import cells, cut, cut_before, fit, wrap
from tui_mail.ui.reader.lines import NOTHING, Line, Piece, Role, length, spread

SUBJECT_ROWS = 3
FIELDS_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Setting:
    """What the head needs to know besides the message."""

    now: float
    """Seconds since the epoch, UTC."""
    tz: tzinfo | None = None
    me: Collection[str] = ()
    """The person's own addresses, lower case."""
    place: tuple[int, int] | None = None
    """Which message of how many this is."""
    star: SafeText = NOTHING
    """The mark of a starred message."""


def header_lines(item: Item, setting: Setting, width: int, *, titled: bool = True) -> list[Line]:
    """Subject, then sender and recipients with date and place at the right; on two lines where one is too short."""
    lines: list[Line] = [(Piece(row, Role.SUBJECT),) for row in subject_rows(item, width)] if titled else []
    right = _right(item, setting)
    sender = sender_line(item.from_, width)
    to = SafeText("  " + recipients((*item.to, *item.cc), setting.me, 1)) if item.to or item.cc else own("")
    if length(sender) + cells(to) + 2 + length(right) <= width:
        room = width - length(sender) - length(right) - 4
        to = own("  " + recipients((*item.to, *item.cc), setting.me, 4, room)) if to else to
        lines.append(spread((*sender, Piece(to, Role.HEADER)), right, width))
        return lines
    room = width - length(right) - 2
    names = recipients((*item.to, *item.cc), setting.me, 4, room) if to else own("")
    return [*lines, sender, spread((Piece(names, Role.HEADER),), right, width)]


def shut_line(item: Item, setting: Setting, width: int) -> Line:
    """One line for a whole message: its sender, its first words, its date."""
    right: Line = (Piece(_short_date(item, setting), Role.HEADER),)
    sender = item.from_[0] if item.from_ else None
    name = own(_("No sender")) if sender is None else safe.line(sender.name, 200) or shown_address(sender)
    room = min(max(width // 4, 8), 24)
    role = Role.SENDER if item.flags & Flag.SEEN else Role.SUBJECT
    star = Piece(SafeText(setting.star + " ") if item.flags & Flag.FLAGGED else NOTHING, Role.ACCENT)
    words = safe.line(item.snippet, 300)
    return spread((Piece(fit(name, room), role), Piece(own("  ")), star, Piece(words, Role.MUTED)), right, width)


def field_lines(fields: Sequence[tuple[SafeText, SafeText]], width: int) -> list[Line]:
    """Every header field, names muted, long values wrapped under themselves, or under long names."""
    lines: list[Line] = []
    for name, value in fields[:FIELDS_LIMIT]:
        head = cut(SafeText(f"{name}: "), width)
        beside = cells(head) <= max(width // 3, 12) and cells(head) < width - 4
        beside = beside or cells(head) + cells(value) <= width
        indent = cells(head) if beside else min(4, width // 4)
        rows = wrap(value, width - indent)
        lines.append((Piece(head, Role.HEADER), Piece(rows[0])) if beside else (Piece(head, Role.HEADER),))
        lines.extend((Piece(own(" " * indent)), Piece(row)) for row in (rows[1:] if beside else rows))
    if len(fields) > FIELDS_LIMIT:
        lines.append((Piece(own(_("More fields are in the source.")), Role.MUTED),))
    return lines


def sender_line(senders: tuple[Address, ...], width: int) -> Line:
    """Name and address of the sender. The name gives way, the address never does while it fits at all."""
    if not senders:
        return (Piece(own(_("No sender")), Role.WARNING),)
    address = shown_address(senders[0])
    name = safe.line(senders[0].name, 200)
    more = own(_(" and {count} more").format(count=len(senders) - 1)) if len(senders) > 1 else own("")
    room = width - cells(address) - cells(more) - 3
    if not address or not name or room < 2:
        room = width - cells(more)
        # Raw words that are no address come as a name without one; of an address, where it is at is kept to the last.
        at = address.rfind("@")
        alone = cut_before(address, len(address) - at, room) if at >= 0 else cut(address or name, room)
        return (Piece(alone, Role.SENDER), Piece(more, Role.WARNING))
    line: Line = (Piece(cut(name, room), Role.SENDER), Piece(SafeText(f" <{address}>"), Role.HEADER))
    return (*line, Piece(more, Role.WARNING)) if more else line


def shown_address(address: Address) -> SafeText:
    """An address for a person; a domain in other letters comes as the network spells it."""
    local, at, domain = address.address.rpartition("@")
    return safe.line(f"{local}{at}{domain if domain.isascii() else display_host(domain)}", 300)


def recipients(people: Sequence[Address], me: Collection[str], most: int, room: int = 10_000) -> SafeText:
    """``to me, Alan +3``: at most ``most`` names and as many as fit into ``room`` cells, then how many more."""
    names = [_name(person, me) for person in people]
    text = own("")
    for count in range(1, min(most, len(names)) + 1):
        rest = len(names) - count
        longer = SafeText(_("to ") + ", ".join(names[:count]) + (f" +{rest}" if rest else ""))
        if count > 1 and cells(longer) > room:
            break
        text = longer
    return cut(text, max(room, 0))


def _name(person: Address, me: Collection[str]) -> SafeText:
    if person.address.lower() in me:
        return own(_("me"))
    name = safe.line(person.name, 60)
    first = name.split(" ")[0].strip(",") if "," not in name else name
    shown = SafeText(first) or safe.line(person.address.partition("@")[0] or person.address, 60)
    return safe.line(person.address, 60) if shown == _("me") else shown  # this word is the program's


def subject_rows(item: Item, width: int) -> list[SafeText]:
    """The subject on as few rows as it takes, within bounds."""
    rows = wrap(safe.line(item.subject) or own(_("No subject")), width)
    if len(rows) > SUBJECT_ROWS:
        rows = [*rows[: SUBJECT_ROWS - 1], cut(SafeText(rows[SUBJECT_ROWS - 1] + " …"), width)]
    return rows


def _short_date(item: Item, setting: Setting) -> SafeText:
    when = item.date if item.date is not None else item.received
    day = list_date(when, setting.now, setting.tz)
    return day if ":" in day else SafeText(f"{day} {time_of_day(when, setting.tz, to_the_second=False)}")


def _right(item: Item, setting: Setting) -> Line:
    when = item.date if item.date is not None else item.received
    text = str(full_date(when, setting.now, setting.tz))
    if setting.place is not None and setting.place[1] > 1:
        text += "  " + _("{number} of {count}").format(number=setting.place[0], count=setting.place[1])
    return (Piece(own(text), Role.HEADER),)
