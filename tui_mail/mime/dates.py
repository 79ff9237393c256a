"""The Date field (RFC 5322, 3.3) to seconds since the epoch.

Owns its grammar and the obsolete and broken forms in use. Must not know clocks: it never asks what time it is.
"""

from __future__ import annotations

import re
from functools import lru_cache

_DATE = re.compile(
    r"\s*(?:[A-Za-z]{2,10}\.?\s*,?\s*)?(\d{1,2})[\s-]+([A-Za-z]{3})[a-z]*\.?[\s-]+(\d{2,4})[\s,]+"
    r"(\d{1,2})[:.](\d{2})(?:[:.](\d{1,2})(?:\.\d+)?)?\s*(?:([AaPp])\.?[Mm]\b\.?\s*)?"
    r"(?:([+-])(\d{1,2}):?(\d{2})(?!\d)|([A-Za-z]{1,5}))?"
).match
# Tuesday, November 24, 2026 9:12 PM, as Outlook quotes it: written anew in the other order.
_MONTH_FIRST = re.compile(
    r"\s*[A-Za-z]{3,10}\.?,?\s+([A-Za-z]{3})[a-z]*\.?\s+(\d{1,2})(?:\s*,\s*|\s+)(\d{4}|\d{2})[\s,]+(\d{1,2}:\d.*)"
).fullmatch
# Tue Nov 24 09:12:00 2026, as ctime writes it.
_CTIME = re.compile(
    r"\s*[A-Za-z]{3},?\s+([A-Za-z]{3})\s+(\d{1,2})\s+(\d{1,2}):(\d{2}):(\d{2})\s+(?:[A-Z]{3,4}\s+)?(\d{4})\s*([+-]\d{4})?"
).match
_ISO = re.compile(
    r"\s*(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?\s*(?:Z|([+-])(\d{2}):?(\d{2}))?"
).match
_MONTHS = {
    name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)
}
# Programs that write dates in their own language, against the rule.
_MONTHS |= {
    "mrz": 3, "mai": 5, "okt": 10, "dez": 12, "avr": 4, "ene": 1, "abr": 4, "ago": 8, "dic": 12, "gen": 1, "mag": 5, "giu": 6,
    "lug": 7, "set": 9, "ott": 10, "mrt": 3, "mei": 5, "fev": 2, "out": 10, "maj": 5, "des": 12,
}  # fmt: skip
_COMMENT = re.compile(r"\([^()]{0,100}\)")
_ZONES = {
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "cet": 1, "cest": 2, "met": 1, "mest": 2, "eet": 2, "eest": 3, "bst": 1, "ist": 5.5, "jst": 9, "kst": 9, "msk": 3,
}  # fmt: skip
_LONGEST_DAY_OFFSET = 24 * 60


@lru_cache(maxsize=1024)
def _day_number(year: int, month: int) -> int:
    """Days from the epoch to the first of the month, by the proleptic Gregorian calendar."""
    shifted = year - (month <= 2)
    era, of_era = divmod(shifted, 400)
    of_year = (153 * ((month + 9) % 12) + 2) // 5
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def parse_date(value: str) -> int | None:
    """Seconds UTC, or None where no date can be read. A zone that is unknown, or ``-0000``, counts as UTC."""
    match = _DATE(value)
    if match is None:
        return _unusual(value[:100])
    day, month_name, year_text, hour, minute, second, half, sign, zone_hours, zone_minutes, zone = match.groups()
    if not sign and not zone and value.startswith("(", match.end()):
        bare = _COMMENT.sub(" ", value[:100])  # a comment before the zone
        if "(" not in bare:
            return parse_date(bare)
    month = _MONTHS.get(month_name.lower(), 0)
    year = int(year_text)
    if len(year_text) < 4:  # RFC 5322, 4.3
        year += 1900 if len(year_text) == 3 or year >= 50 else 2000
    minutes = 0
    if sign:
        minutes = int(zone_hours) * 60 + int(zone_minutes)
        if sign == "-":
            minutes = -minutes
    elif zone:
        minutes = int(_ZONES.get(zone.lower(), 0) * 60)
    hours = int(hour) if not half else int(hour) % 12 + 12 * (half in "Pp")
    return _seconds(year, month, int(day), hours, int(minute), int(second or 0), minutes)


def _seconds(year: int, month: int, day: int, hour: int, minute: int, second: int, zone: int) -> int | None:
    """The instant, or None when there is no such day or time; ``zone`` is in minutes east of UTC."""
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour <= 24 and minute <= 59 and second <= 60 and 1 <= year <= 9999):
        return None
    if day > 28 and day > _day_number(year + month // 12, month % 12 + 1) - _day_number(year, month):
        return None
    if abs(zone) > _LONGEST_DAY_OFFSET:
        zone = 0
    return (_day_number(year, month) + day - 1) * 86_400 + hour * 3600 + (minute - zone) * 60 + second


def _unusual(value: str) -> int | None:
    """Dates in the other orders seen in mail."""
    if "(" in value:
        bare = _COMMENT.sub(" ", value)
        return parse_date(bare) if "(" not in bare else None
    match = _CTIME(value)
    if match:
        name, day, hour, minute, second, year, offset = match.groups()
        zone = _offset(offset[0], offset[1:3], offset[3:5]) if offset else 0
        return _seconds(int(year), _MONTHS.get(name.lower(), 0), int(day), int(hour), int(minute), int(second), zone)
    match = _MONTH_FIRST(value)
    if match:
        month_name, day, year, rest = match.groups()
        return parse_date(f"{day} {month_name} {year} {rest}")
    match = _ISO(value)
    if match:
        year, month, day, hour, minute, second, sign, hours, minutes = match.groups()
        zone = _offset(sign, hours, minutes) if sign else 0
        return _seconds(int(year), int(month), int(day), int(hour), int(minute), int(second), zone)
    return None


def _offset(sign: str, hours: str, minutes: str) -> int:
    total = int(hours) * 60 + int(minutes)
    return -total if sign == "-" else total
