"""Rules of recurrence (RFC 5545, 3.3.10) in words, and the times of an event in the reader's zone.

Owns the wording. Expands nothing: a rule of a billion dates is as quickly said as any. Must not know calendars.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Final

from tui_mail.mime.findings import Invitation, Moment
from tui_mail.model.words import _, ngettext
from tui_mail.text.safe import SafeText, line

_DAYS: Final = {
    "MO": _("Monday"), "TU": _("Tuesday"), "WE": _("Wednesday"), "TH": _("Thursday"), "FR": _("Friday"), "SA": _("Saturday"),
    "SU": _("Sunday"),
}  # fmt: skip
_SHORT_DAYS: Final = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
_MONTHS: Final = (
    _("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July"), _("August"), _("September"),
    _("October"), _("November"), _("December"),
)  # fmt: skip
_PLACES: Final = {
    1: _("first"),
    2: _("second"),
    3: _("third"),
    4: _("fourth"),
    5: _("fifth"),
    -1: _("last"),
    -2: _("second last"),
}
_WORKDAYS: Final = ["MO", "TU", "WE", "TH", "FR"]
_MAX: Final = 12


def in_words(rule: dict[str, list[Any]]) -> SafeText:
    """A rule as a phrase: ``every 2 weeks on Tuesday, 5 times``."""
    often = str(next(iter(rule.get("FREQ", [])), "")).upper()
    every = _every(often, _number(rule.get("INTERVAL"), 1))
    if not every:
        return line(_("several times"))
    days = [str(day).upper() for day in rule.get("BYDAY", [])[:_MAX]]
    if sorted(days) == sorted(_WORKDAYS) and often in {"WEEKLY", "DAILY"} and _number(rule.get("INTERVAL"), 1) == 1:
        every, days = _("every workday"), []
    phrases = [every]
    if days:
        phrases.append(_("on {days}").format(days=_listed([_day(day) for day in days])))
    if monthly := rule.get("BYMONTHDAY", [])[:_MAX]:
        phrases.append(_("on day {days}").format(days=_listed([str(day) for day in monthly])))
    if months := [_MONTHS[int(month) - 1] for month in rule.get("BYMONTH", [])[:_MAX] if 1 <= int(month) <= 12]:
        phrases.append(_("in {months}").format(months=_listed(months)))
    text = " ".join(phrases)
    if count := _number(rule.get("COUNT"), 0):
        text += ", " + ngettext("{count} time", "{count} times", count).format(count=count)
    until = next(iter(rule.get("UNTIL", [])), None)
    if isinstance(until, date):
        text += ", " + _("until {day}").format(day=_date(until))
    return line(text, 300)


def when(invitation: Invitation, zone: tzinfo | None) -> SafeText:
    """When it is, in the reader's zone (None: the machine's); where it was written in another one, that time besides."""
    start, end = invitation.start, invitation.end
    if start is None:
        return line(_("until {day}").format(day=_one(end, zone)) if end is not None else _("no time is given"))
    text = _span(start, end, zone)
    if start.seconds is not None and start.zone and not start.zone.startswith("UTC"):
        theirs = datetime.fromisoformat(start.local)
        ours = _here(start.seconds, zone)
        if ours is not None and theirs.replace(tzinfo=None) != ours.replace(tzinfo=None):
            text += f" ({theirs:%H:%M} {start.zone})"
    elif start.seconds is None and len(start.local) > 10:
        text += f" ({start.zone})" if start.zone else " ({})".format(_("wherever you are"))
    return line(text, 300)


def _span(start: Moment, end: Moment | None, zone: tzinfo | None) -> str:
    first = _one(start, zone)
    if end is None or (end.local, end.zone) == (start.local, start.zone):
        return first
    last = _one(end, zone)
    day, _comma, clock = last.rpartition(", ")
    if day and first.startswith(f"{day}, "):
        return f"{first}–{clock}"
    return f"{first} – {last}"


def _one(moment: Moment | None, zone: tzinfo | None) -> str:
    if moment is None:
        return ""
    if len(moment.local) <= 10:
        return _date(date.fromisoformat(moment.local))
    here = datetime.fromisoformat(moment.local)
    if moment.seconds is not None:
        here = _here(moment.seconds, zone) or here
    return f"{_date(here)}, {here:%H:%M}"


def _here(seconds: int, zone: tzinfo | None) -> datetime | None:
    """The instant in a zone; None where Python's calendar, which ends with the year 9999, has no day for it."""
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).astimezone(zone)
    except (OverflowError, ValueError, OSError):
        return None


def _date(day: date) -> str:
    month = _MONTHS[day.month - 1]
    return f"{_SHORT_DAYS[day.weekday()]} {day.day} {month} {day.year}"


def _every(often: str, interval: int) -> str:
    texts = {
        "DAILY": (_("every day"), _("every {count} days")),
        "WEEKLY": (_("every week"), _("every {count} weeks")),
        "MONTHLY": (_("every month"), _("every {count} months")),
        "YEARLY": (_("every year"), _("every {count} years")),
        "HOURLY": (_("every hour"), _("every {count} hours")),
        "MINUTELY": (_("every minute"), _("every {count} minutes")),
        "SECONDLY": (_("every second"), _("every {count} seconds")),
    }
    if often not in texts:
        return ""
    once, several = texts[often]
    return once if interval == 1 else several.format(count=interval)


def _number(values: list[Any] | None, otherwise: int) -> int:
    try:
        return max(int(values[0]), 0) if values else otherwise
    except (TypeError, ValueError):
        return otherwise


def _day(day: str) -> str:
    """``2TU`` as ``the second Tuesday``."""
    name = _DAYS.get(day[-2:], day)
    place = day[:-2].lstrip("+")
    if not place:
        return name
    number = int(place) if place.lstrip("-").isdecimal() else 0
    return _("the {place} {day}").format(place=_PLACES.get(number, f"{place}."), day=name)


def _listed(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("{several} and {last}").format(several=", ".join(words[:-1]), last=words[-1])
