"""Instants as a person reads them in a list, in the reader, in the status line, and as scripts read them.

Owns the wording of dates. Must not know whose date it is. All instants are seconds since the epoch, UTC; a time zone
of None is the machine's own.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from tui_mail.model.words import _, ngettext
from tui_mail.text.safe import SafeText, own

_WEEKDAYS: Final = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
_MONTHS: Final = (
    _("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"),
    _("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec"),
)  # fmt: skip
_WEEK: Final = 6
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_FIRST: Final = -62_135_596_800 + _DAY
_LAST: Final = 253_402_300_799 - _DAY
"""The instants a calendar of four-digit years can show in every time zone."""


def list_date(seconds: int, now: float, tz: tzinfo | None) -> SafeText:
    """At most eight cells: ``09:41`` today, ``Fri`` this week, ``17 Nov`` this year, ``Nov 2024`` before."""
    when, today = _local(seconds, tz), _local(now, tz)
    days = (today.date() - when.date()).days
    if days == 0:
        return own(f"{when:%H:%M}")
    if 0 < days <= _WEEK:
        return own(_WEEKDAYS[when.weekday()])
    month = _MONTHS[when.month - 1]
    return own(f"{when.day} {month}" if when.year == today.year else f"{month} {when.year}")


def full_date(seconds: int, now: float, tz: tzinfo | None) -> SafeText:
    """For the reader: ``today 09:41``, ``yesterday 22:10``, else ``Mon 2 Nov 2026 09:41``."""
    when = _local(seconds, tz)
    today = _local(now, tz).date()
    if when.date() == today:
        return own(_("today {time}").format(time=f"{when:%H:%M}"))
    if when.date() == today - timedelta(days=1):
        return own(_("yesterday {time}").format(time=f"{when:%H:%M}"))
    weekday, month = _WEEKDAYS[when.weekday()], _MONTHS[when.month - 1]
    return own(f"{weekday} {when.day} {month} {when.year} {when:%H:%M}")


def time_of_day(seconds: float, tz: tzinfo | None, *, to_the_second: bool = True) -> SafeText:
    """``09:41:07``, or ``09:41``."""
    when = _local(seconds, tz)
    return own(f"{when:%H:%M:%S}" if to_the_second else f"{when:%H:%M}")


def rfc3339(seconds: int) -> str:
    """``2026-11-23T22:40:00Z`` (RFC 3339)."""
    return _local(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)


def ago(seconds: float) -> SafeText:
    """How long ago something was that happened ``seconds`` ago: ``12 s ago``, ``5 min ago``, ``3 h ago``."""
    span = int(max(seconds, 0))
    if span < 2:
        return own(_("just now"))
    if span < _MINUTE:
        return own(_("{count} s ago").format(count=span))
    if span < _HOUR:
        return own(_("{count} min ago").format(count=span // _MINUTE))
    if span < 2 * _DAY:
        return own(_("{count} h ago").format(count=span // _HOUR))
    days = span // _DAY
    return own(ngettext("{count} day ago", "{count} days ago", days).format(count=days))


def _local(seconds: float, tz: tzinfo | None) -> datetime:
    return datetime.fromtimestamp(min(max(seconds, _FIRST), _LAST), tz)
