"""When a message arrived, as its own header tells: for mail whose server does not say.

Owns the reading of the topmost Received field. Pure; must not know clocks but by what it is given.
"""

from __future__ import annotations

from tui_mail.mime.dates import parse_date
from tui_mail.mime.headers import fields

_TOLERANCE = 86_400


def received_date(header: bytes, now: int) -> int:
    """Seconds UTC: what the last server wrote (RFC 5322, 3.6.7), else the Date field, else ``now``; never later."""
    found = fields(header)
    stamps = [value.rpartition(b";")[2] for name, value in found if name.lower() == "received"][:1]
    dates = [value for name, value in found if name.lower() == "date"][:1]
    for value in (*stamps, *dates):
        when = parse_date(value.decode("latin-1"))
        if when is not None and 0 < when < now + _TOLERANCE:
            return min(when, now)
    return now
