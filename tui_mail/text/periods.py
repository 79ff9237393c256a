"""Days and ages as the search language writes them, turned into instants.

Owns the arithmetic of the calendar for a given time zone. Must not know the query around them.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta, tzinfo

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_AGE = re.compile(r"(\d{1,6})([hdwmy])", re.ASCII | re.IGNORECASE)
_EPOCH = date(1970, 1, 1).toordinal()
_SECONDS = {"h": 3600, "d": 86_400, "w": 7 * 86_400}


def day_bounds(text: str, now: float, tz: tzinfo | None) -> tuple[int, int]:
    """First second of the day meant and first second after it, UTC; ValueError when no day is meant."""
    day = _day(text.strip().lower(), _local(now, tz).date()).toordinal()
    return _midnight(day, tz), _midnight(day + 1, tz)


def age(text: str, now: float, tz: tzinfo | None) -> int:
    """The instant that lies ``text`` (12h, 7d, 2w, 3m, 1y) before ``now``; months and years by the calendar."""
    match = _AGE.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{text!r} is no age.")
    count, unit = int(match[1]), match[2].lower()
    if unit in _SECONDS:
        return int(now) - count * _SECONDS[unit]
    local = _local(now, tz)
    months = local.year * 12 + local.month - 1 - count * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    if year < 1:
        raise ValueError(f"{text!r} is too long ago.")
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    try:
        return int(local.replace(year=year, month=month + 1, day=day).timestamp())
    except (OverflowError, OSError) as error:
        raise ValueError(f"{text!r} is too long ago.") from error


def _day(text: str, today: date) -> date:
    if text == "today":
        return today
    if text == "yesterday":
        return today - timedelta(days=1)
    match = _DAY.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no day.")
    return date(int(match[1]), int(match[2]), int(match[3]))


def _local(seconds: float, tz: tzinfo | None) -> datetime:
    """Wall-clock time; without ``tz`` a naive one, which Python takes for the machine's own zone."""
    return datetime.fromtimestamp(seconds, tz)


def _midnight(ordinal: int, tz: tzinfo | None) -> int:
    """The first second of a day, and of those just beyond the calendar, where no zone is known any more."""
    try:
        day = date.fromordinal(ordinal)
        return int(datetime(day.year, day.month, day.day, tzinfo=tz).timestamp())
    except (ValueError, OverflowError, OSError):
        return (ordinal - _EPOCH) * 86_400
