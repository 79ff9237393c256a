"""Calendars in a message: invitations, changes, cancellations, answers (RFC 5545, RFC 5546).

Owns what is taken from them, by icalendar, which is loaded only when a message carries one. Bounded; whatever the bytes are,
nothing is raised. Opens no address and runs no alarm of a calendar.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from tui_mail.mime.findings import ANSWERS, Invitation, Moment, Person
from tui_mail.mime.recurrence import in_words
from tui_mail.mime.strip import strip_html
from tui_mail.mime.structure import Message, Part, part_text
from tui_mail.mime.words import clean
from tui_mail.text.safe import SafeText, block, line

TYPES: Final = frozenset({"text/calendar", "application/ics", "text/x-vcalendar"})
MAX_OCTETS: Final = 256 * 1024
MAX_PEOPLE: Final = 50
_MAX_LINES: Final = 10_000
MAX_BEGINS: Final = 300
"""Components: a calendar of more is none that somebody wants to read."""
_MAX_LINE: Final = 20_000
_SHOWN: Final = 300
_NOTES: Final = 4000
_MARKED_UP = re.compile(r"<(?:br|p|b|i|u|ul|ol|li|a|div|span|html)(?:\s[^<>]{0,2000})?/?>", re.IGNORECASE).search
_WHAT: Final = {"VEVENT": "event", "VTODO": "todo", "VJOURNAL": "journal"}
_WORDS: Final = frozenset({"accepted", "declined", "tentative", "delegated", "needs-action"})


def is_calendar(part: Part) -> bool:
    """True for a calendar, by type or name."""
    return part.type in TYPES or part.name.lower().endswith(".ics")


def invitations(message: Message, part: Part) -> tuple[Invitation, ...]:
    """The events and tasks of one part; empty when there is nothing that can be read."""
    return read(part_text(message, part, MAX_OCTETS), part.id)


def read(text: str, part_id: str = "") -> tuple[Invitation, ...]:
    """The events and tasks of a calendar."""
    text = bounded(text)
    if not text:
        return ()
    from icalendar import Calendar

    found: list[Invitation] = []
    try:
        calendars = Calendar.from_ical(text, multiple=True)
        for calendar in calendars:
            method = _word(calendar, "METHOD")
            known = (component for component in calendar.subcomponents if component.name in _WHAT)
            found.extend(_invitation(component, method, part_id) for component in known)
    except Exception:  # noqa: S110 -- the library raises whatever Python does where nobody thought of the input: what was read until then is kept
        pass
    return tuple(found) or _by_hand(text, part_id)


def bounded(text: str) -> str:
    """The calendar without what would cost time alone: too many lines, components or characters in one line."""
    at = text.upper().find("BEGIN:VCALENDAR")
    if at < 0 or text.upper().count("BEGIN:") > MAX_BEGINS:
        return ""
    text = text[at:MAX_OCTETS].replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    text = text.replace("\n ", "").replace("\n\t", "")
    rows = [row[:_MAX_LINE] for row in text.split("\n", _MAX_LINES)[:_MAX_LINES] if row.strip()]
    # Attached files and alarms are nothing to look at here.
    return "\r\n".join(
        row for row in rows if not row[:7].upper().startswith("ATTACH") and "BINARY" not in row[:300].upper()
    )


def _invitation(component: Any, method: str, part_id: str) -> Invitation:
    damaged = bool(component.errors)
    start, start_sound = _moment(component, "DTSTART")
    end, end_sound = _end(component)
    people = [person for value in several(component, "ATTENDEE") if (person := _person(value))]
    organizer = next((person for value in several(component, "ORGANIZER") if (person := _person(value))), None)
    status = _word(component, "STATUS")
    return Invitation(
        part=part_id,
        kind=_WHAT[component.name],
        method=method,
        uid=clean(_text(component, "UID"))[:255],
        sequence=integer(component, "SEQUENCE"),
        status=status
        if status in {"confirmed", "tentative", "cancelled", "needs-action", "completed", "in-process"}
        else "",
        what=line(_text(component, "SUMMARY").strip(), _SHOWN),
        where=line(_text(component, "LOCATION").strip(), _SHOWN),
        start=start,
        end=end,
        repeats=_repeats(component),
        notes=_notes(component, method),
        organizer=organizer,
        people=tuple(people[:MAX_PEOPLE]),
        count=len(people),
        damaged=damaged or not start_sound or not end_sound,
    )


def _notes(component: Any, method: str) -> SafeText:
    """What is said of it; in an answer what the guest says, and not the words of the invitation sent back."""
    text = _text(component, "COMMENT" if method in ANSWERS else "DESCRIPTION")
    if _MARKED_UP(text):
        # Google writes so what somebody typed with emphasis or a list; its line breaks still are some.
        text = strip_html(text.replace("\n", "<br>"))[0]
    return SafeText(block(text, _NOTES).strip())


def _by_hand(text: str, part_id: str) -> tuple[Invitation, ...]:
    """A calendar that the library refuses as a whole: what it is called, so that at least that is shown."""
    what = next((row.partition(":")[2] for row in text.split("\r\n") if row[:7].upper() == "SUMMARY"), "")
    if not what:
        return ()
    nothing = line("")
    return (
        Invitation(
            part_id, "event", "", "", 0, "", line(what.replace("\\,", ",").replace("\\;", ";"), _SHOWN), nothing, None, None,
            nothing, nothing, None, (), 0, True,
        ),
    )  # fmt: skip


def _text(component: Any, name: str) -> str:
    """A property as text; the first of several."""
    for value in several(component, name):
        return str(value)
    return ""


def several(component: Any, name: str) -> list[Any]:
    """Every property of that name; never raises."""
    try:
        value = component.get(name)
    except Exception:
        return []  # what it holds is decoded only now, and may be anything
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _word(component: Any, name: str) -> str:
    word = _text(component, name).strip().lower()
    return word if len(word) < 30 and word.isascii() and word.replace("-", "").isalpha() else ""


def integer(component: Any, name: str) -> int:
    """A property as a number; 0 where it is none."""
    text = _text(component, name).strip()[:9]
    return int(text) if text.isascii() and text.isdecimal() else 0


def value_of(component: Any, name: str) -> Any:
    """The Python value of a date, time or duration; None where there is none that can be read."""
    for value in several(component, name):
        try:
            return value.dt
        except Exception:
            return None  # damaged: the library keeps the text and has no value for it
    return None


def _moment(component: Any, name: str) -> tuple[Moment | None, bool]:
    """A property that is a time, and False when there is one that cannot be read."""
    value = value_of(component, name)
    if not isinstance(value, date):
        return None, not list(several(component, name))
    parameters = next((getattr(one, "params", {}) for one in several(component, name)), {})
    return _point(value, str(parameters.get("TZID", ""))), True


def _point(value: date, zone: str) -> Moment:
    if not isinstance(value, datetime):
        return Moment(value.isoformat(), line(""), None)
    local = value.replace(tzinfo=None, microsecond=0).isoformat()
    if value.tzinfo is None:
        return Moment(local, line(zone.strip('"'), 100), None)
    try:
        offset = value.utcoffset() or timedelta()
        seconds = int((value.replace(tzinfo=UTC) - offset).timestamp())
    except (ValueError, OverflowError):
        return Moment(local, line(zone.strip('"'), 100), None)
    return Moment(local, line(zone.strip('"') or ("UTC" if not offset else f"UTC{value:%z}"), 100), seconds)


def _end(component: Any) -> tuple[Moment | None, bool]:
    """When it ends: as said, or by its duration. The last day of whole days is the day before the one that is said."""
    name = "DUE" if component.name == "VTODO" else "DTEND"
    start, end = value_of(component, "DTSTART"), value_of(component, name)
    said = bool(list(several(component, name)))
    try:
        if isinstance(end, date):
            parameters = next((getattr(one, "params", {}) for one in several(component, name)), {})
            if not isinstance(end, datetime) and name == "DTEND":
                end -= timedelta(days=1)
                if isinstance(start, date) and not isinstance(start, datetime) and end < start:
                    end = start
            return _point(end, str(parameters.get("TZID", ""))), True
        length = value_of(component, "DURATION")
        if isinstance(length, timedelta) and isinstance(start, date):
            zone = next((getattr(one, "params", {}).get("TZID", "") for one in several(component, "DTSTART")), "")
            last = start + length
            if not isinstance(start, datetime) and length >= timedelta(days=1):
                last -= timedelta(days=1)
            return _point(last, str(zone)), True
    except (ValueError, OverflowError):
        return None, False
    return None, not said


def _person(value: Any) -> Person | None:
    parameters = getattr(value, "params", {})
    address = str(value).strip()
    address = address[7:] if address[:7].lower() == "mailto:" else address
    name = str(parameters.get("CN", "")).strip().strip('"')
    status = str(parameters.get("PARTSTAT", "")).lower()
    role = str(parameters.get("ROLE", "")).upper()
    if not address and not name:
        return None
    return Person(
        line(name, 200),
        line(address, 320),
        status if status in _WORDS else "",
        role in {"OPT-PARTICIPANT", "NON-PARTICIPANT"},
    )


def _repeats(component: Any) -> SafeText:
    for value in several(component, "RRULE"):
        try:
            return in_words({str(key).upper(): list(items) for key, items in value.items()})
        except Exception:
            break  # no rule that can be read; that it repeats is said all the same
    else:
        return in_words({"RDATE": [1]}) if list(several(component, "RDATE")) else line("")
    return in_words({})
