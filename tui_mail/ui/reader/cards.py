"""Cards above a message: an invitation, a delivery report, what is signed or encrypted, in the program's own words.

Owns what they say and in which order. They stand in the head, where no message can draw. Must not know widgets, nor how any
of it was found.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from tui_mail.mime.findings import ANSWERS, Invitation, Person, Report, Seal
from tui_mail.mime.rendered import Rendered
from tui_mail.model.words import _, ngettext
from tui_mail.text import safe
from tui_mail.text.safe import SafeText, own
from tui_mail.text.width import cells, cut, wrap
from tui_mail.ui.reader.header import Setting
from tui_mail.ui.reader.lines import Line, Piece, Role

TOLD_HERE: Final = frozenset({"signed", "encrypted"})
"""Kinds of warnings that a card says better."""
INVITATIONS: Final = 3
"""As many of a message are shown."""
_REPORTS: Final = 3
_BAD: Final = ("failed", "delayed")
_PEOPLE_ROWS: Final = 3
_NAMES: Final = 8

_METHODS: Final = {
    "request": _("Invitation"),
    "cancel": _("Cancelled"),
    "reply": _("Answer to an invitation"),
    "counter": _("Another time is proposed"),
    "declinecounter": _("The proposed time is declined"),
    "refresh": _("The newest version is asked for"),
    "add": _("More dates"),
}
_TURNED = re.compile(r"([^\W\d_][^\d,;:/()]*), ([^\W\d_][^\d,;:/()]*)").fullmatch
_OF_FIRMS: Final = frozenset({"inc", "ltd", "llc", "gmbh", "corp", "co", "ag", "jr", "sr", "phd", "md"})
"""What follows a comma in a name and is no first name."""
_KINDS: Final = {"todo": _("Task"), "journal": _("Journal entry")}
_ANSWERS: Final = {
    "accepted": _("accepted"),
    "tentative": _("perhaps"),
    "declined": _("declined"),
    "delegated": _("passed on"),
    "needs-action": _("no answer yet"),
}
_REPLIES: Final = {
    "accepted": _("{name} comes"),
    "tentative": _("{name} comes perhaps"),
    "declined": _("{name} does not come"),
    "delegated": _("{name} sends somebody else"),
}


def card_lines(rendered: Rendered, setting: Setting, width: int) -> list[Line]:
    """Every card of a message."""
    lines: list[Line] = [()] if rendered.invitations or rendered.reports else []
    for number, invitation in enumerate(rendered.invitations[:INVITATIONS]):
        lines += [()] if number else []
        lines += invitation_lines(invitation, setting, width)
    rest = len(rendered.invitations) - INVITATIONS
    if rest > 0:
        more = ngettext("{count} more event in the calendar", "{count} more events in the calendar", rest)
        lines.append((Piece(own(more.format(count=rest)), Role.MUTED),))
    lines += report_lines(rendered.reports, width)
    for seal in rendered.seals:
        lines += seal_lines(seal, width)
    return lines


# Invitations


def invitation_lines(one: Invitation, setting: Setting, width: int) -> list[Line]:
    """What, when in the reader's zone, where, who with their answers."""
    from tui_mail.mime.recurrence import when

    title = invitation_title(one)
    role = Role.WARNING if _is_cancelled(one) else Role.ACCENT
    what = one.what or own(_("without a title"))
    lines: list[Line] = [
        (Piece(title, role), Piece(own("  ")), Piece(row, Role.SUBJECT)) if not n else (Piece(row, Role.SUBJECT),)
        for n, row in enumerate(wrap(what, max(width - cells(title) - 2, 8))[:2])
    ]
    fields: list[tuple[str, Sequence[SafeText]]] = [
        (_("when"), [when(one, setting.tz), *([one.repeats] if one.repeats else [])]),
        (_("where"), [one.where] if one.where else []),
        (_("who"), people(one, setting.me)),
        (_("says"), [safe.line(row) for row in one.notes.split("\n") if row.strip()] if one.method in ANSWERS else []),
    ]
    names = [own(name) for name, _values in fields]
    indent = max(map(cells, names)) + 2
    for name, (_name, values) in zip(names, fields, strict=True):
        rows = [row for value in values for row in wrap(value, width - indent)][: 2 + _PEOPLE_ROWS]
        for number, row in enumerate(rows):
            head = own((name if not number else "").ljust(indent))
            lines.append((Piece(head, Role.MUTED), Piece(row)))
    if one.damaged:
        lines.append((Piece(own(_("Something in this calendar could not be read.")), Role.MUTED),))
    return lines


def invitation_title(one: Invitation) -> SafeText:
    """Whether it is a request, a change, a cancellation, an answer."""
    if _is_cancelled(one):
        return own(_METHODS["cancel"])
    if one.method == "request" and one.sequence > 0:
        return own(_("Changed invitation"))
    if one.method == "reply" and len(one.people) == 1 and one.people[0].status in _REPLIES:
        return SafeText(_REPLIES[one.people[0].status].replace("{name}", _name(one.people[0], ())))
    return own(_METHODS.get(one.method, _KINDS.get(one.kind, _("Event"))))


def people(one: Invitation, me: Collection[str]) -> list[SafeText]:
    """Who invites, then the others by what they answered."""
    rows: list[SafeText] = []
    if one.organizer is not None:
        rows.append(SafeText(_("{name} invites").replace("{name}", _name(one.organizer, me))))
    if one.method == "reply":
        return rows
    by_answer: dict[str, list[SafeText]] = {}
    for person in one.people:
        if one.organizer is None or person.address.lower() != one.organizer.address.lower():
            answer = person.status if person.status in _ANSWERS else "needs-action"
            by_answer.setdefault(answer, []).append(_guest(person, me))
    for answer, word in _ANSWERS.items():
        names = by_answer.get(answer, [])
        if names:
            more = f" +{len(names) - _NAMES}" if len(names) > _NAMES else ""
            rows.append(SafeText(f"{word}: {', '.join(names[:_NAMES])}{more}"))
    if one.count > len(one.people):
        rows.append(own(_("and {count} more").format(count=one.count - len(one.people))))
    return [SafeText(" · ".join(rows[:2])), *rows[2:]] if rows else []


def _is_cancelled(one: Invitation) -> bool:
    return one.method == "cancel" or one.status == "cancelled"


def _guest(person: Person, me: Collection[str]) -> SafeText:
    name = _name(person, me)
    return SafeText(_("{name} (optional)").replace("{name}", name)) if person.optional else name


def _name(person: Person, me: Collection[str]) -> SafeText:
    if person.address.lower() in me:
        return own(_("me"))
    turned = _TURNED(person.name)  # names are listed with commas between
    if turned and turned[2].rstrip(".").lower() not in _OF_FIRMS:
        return cut(safe.line(f"{turned[2]} {turned[1]}"), 40)
    return cut(safe.line(person.name or person.address or "?"), 40)


# Reports


def report_lines(reports: Sequence[Report], width: int) -> list[Line]:
    """What became of a message that was sent: failures first."""
    lines: list[Line] = []
    for report in _first(reports):
        role = Role.WARNING if report.action in _BAD else Role.SUBJECT
        lines += [(Piece(row, role),) for row in wrap(_sentence(report), width)]
    rest = len(reports) - _REPORTS
    if rest > 0:
        more = ngettext("and {count} more recipient", "and {count} more recipients", rest).format(count=rest)
        lines.append((Piece(own(more), Role.MUTED),))
    return lines


def told(reports: Sequence[Report]) -> frozenset[SafeText]:
    """The sentences that the cards of reports say, so that the text need not."""
    return frozenset(map(_sentence, _first(reports)))


def _first(reports: Sequence[Report]) -> list[Report]:
    """Those that have a card."""
    return sorted(reports, key=lambda report: (*_BAD, report.action).index(report.action))[:_REPORTS]


def _sentence(report: Report) -> SafeText:
    from tui_mail.mime.reports import sentence

    return sentence(report)


# Seals


def seal_lines(seal: Seal, width: int) -> list[Line]:
    """What is signed or encrypted, and that nothing was checked."""
    return [(Piece(row, Role.MUTED),) for row in wrap(seal_words(seal), width)]


def seal_words(seal: Seal) -> SafeText:
    """The same in a sentence or two."""
    if seal.kind == "encrypted":
        text = (
            _("Encrypted with {how}; this program cannot open it.")
            if seal.whole
            else _("A part is encrypted with {how}; this program cannot open it.")
        )
    elif seal.how == "S/MIME" and not seal.covers:
        text = _("Signed with {how} in a way that hides the text; this program cannot open it.")
    elif seal.whole:
        text = _("Signed with {how}. Nothing was checked: neither that the text is unchanged, nor who signed it.")
    else:
        text = _("Only a part is signed, with {how}, and was not checked; the rest anybody may have written.")
    return SafeText(text.replace("{how}", safe.line(seal.how, 20)))
