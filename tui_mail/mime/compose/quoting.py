"""The words of an answer: its subject, the line that says who wrote, and the quoted text.

Owns their form. Everything it makes of a message is safe for a terminal. Must not know recipients.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from tui_mail.model.mail import Address, Envelope
from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, line

_Match = Callable[[str, int], re.Match[str] | None]

MAX_QUOTED: Final = 200_000
"""Characters of a message that an answer quotes; nobody reads more of it below their own words."""
_MAX_SUBJECT: Final = 900
_MAX_NAME: Final = 100
_FIRST: Final = -62_135_596_800 + 86_400
_LAST: Final = 253_402_300_799 - 86_400
_NUMBERED: Final = r"(?:\[\d{1,4}\]|\(\d{1,4}\)|\^\d{1,4}|\*\d{1,4})?"
_REPLY = re.compile(
    rf" ?(?:re|aw|antw|antwort|sv|vs|odp|ref|rif|res|ynt|回复|回覆|答复|答覆|回信){_NUMBERED} ?[:：] ?", re.IGNORECASE
).match
_FORWARD = re.compile(rf" ?(?:fwd|fw|wg|tr|rv|enc|vb|vl|pd|doorst|转发|轉寄){_NUMBERED} ?[:：] ?", re.IGNORECASE).match
_QUOTE_MARKS = re.compile(r">(?:>| >(?=[ >]|$))*").match
_SIGNATURE: Final = "-- "
_WEEKDAYS: Final = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
_MONTHS: Final = (
    _("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"),
    _("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec"),
)  # fmt: skip


def reply_subject(subject: str) -> str:
    """``Re:`` once, whatever the answers before were marked with."""
    return _prefixed("Re:", subject, _REPLY)


def forward_subject(subject: str) -> str:
    """``Fwd:`` once; that it was an answer stays."""
    return _prefixed("Fwd:", subject, _FORWARD)


def _prefixed(prefix: str, subject: str, pattern: _Match) -> str:
    subject = line(subject, _MAX_SUBJECT)
    at = 0
    while match := pattern(subject, at):
        at = match.end()
    return f"{prefix} {subject[at:].strip()}".strip()


def attribution(envelope: Envelope) -> SafeText:
    """``On Thu, 19 Nov 2026 at 09:41, Grace Hopper wrote:`` in local time."""
    names = ", ".join(address.name or address.address for address in (envelope.from_ or envelope.sender)[:3])
    name = line(names, _MAX_NAME).strip() or _("somebody")
    if envelope.date is None:
        return line(_("{name} wrote:").format(name=name))
    when = _local(envelope.date)
    return line(_("On {date} at {time}, {name} wrote:").format(date=_day(when), time=f"{when:%H:%M}", name=name))


def quoted(text: str) -> str:
    """``text`` with ``> `` before its lines, quotes in it one level deeper; without its signature."""
    lines = without_signature(_shortened(text).split("\n"))
    while lines and not lines[-1].strip():
        lines.pop()
    while lines and not lines[0].strip():
        lines.pop(0)
    return "\n".join(map(_deeper, lines))


def without_signature(lines: Sequence[str]) -> list[str]:
    """The lines before the first that is exactly ``-- `` (RFC 3676, 4.3); all of them if nothing stands before it."""
    found = list(lines)
    if _SIGNATURE in found:
        at = found.index(_SIGNATURE)
        if any(row.strip() for row in found[:at]):
            return found[:at]
    return found


def forwarded(envelope: Envelope, text: str) -> str:
    """The message as it stands in one that forwards it: whose it is, then its text."""
    rows = [_("---------- Forwarded message ----------")]
    for name, value in (
        ("From", listed(envelope.from_)),
        ("Date", _full(envelope.date)),
        ("Subject", line(envelope.subject)),
        ("To", listed(envelope.to)),
        ("Cc", listed(envelope.cc)),
    ):
        if value:
            rows.append(f"{name}: {value}")
    return "\n".join([*rows, "", text.strip("\n")])


def listed(addresses: Sequence[Address]) -> SafeText:
    """Addresses on one line, for reading."""
    texts = (
        f"{one.name} <{one.address}>" if one.name and one.address else one.name or one.address for one in addresses
    )
    return line(", ".join(texts))


def _deeper(row: str) -> str:
    row = row.rstrip()
    marks = _QUOTE_MARKS(row)
    if marks is None:
        return f"> {row}" if row else ">"
    # Depth is told from marks that touch (RFC 3676, 4.5); other programs put spaces between them.
    rest = row[marks.end() :]
    return f"{'>' * (marks[0].count('>') + 1)}{rest if rest.startswith(' ') or not rest else f' {rest}'}"


def _shortened(text: str) -> str:
    if len(text) <= MAX_QUOTED:
        return text
    return f"{text[:MAX_QUOTED].rpartition(chr(10))[0]}\n[…]"


def _local(seconds: int) -> datetime:
    return datetime.fromtimestamp(min(max(seconds, _FIRST), _LAST)).astimezone()


def _day(when: datetime) -> str:
    return f"{_WEEKDAYS[when.weekday()]}, {when.day} {_MONTHS[when.month - 1]} {when.year}"


def _full(seconds: int | None) -> str:
    """The date with its time zone, since whoever gets it may be in another one."""
    if seconds is None:
        return ""
    when = _local(seconds)
    return f"{_day(when)} {when:%H:%M %z}"
