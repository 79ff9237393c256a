"""Invitations: what, when in the reader's zone, where, who; and calendars that are broken or mean harm."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.text.test_safe import check
from tui_mail.mime.calendars import MAX_BEGINS, MAX_PEOPLE, read
from tui_mail.mime.findings import Invitation, Moment, Person
from tui_mail.mime.recurrence import in_words, when
from tui_mail.text.safe import line, own

BERLIN = ZoneInfo("Europe/Berlin")
DATA = Path(__file__).parents[2] / "data"


def calendar(*rows: str, method: str = "REQUEST", kind: str = "VEVENT") -> str:
    return "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            f"METHOD:{method}",
            f"BEGIN:{kind}",
            *rows,
            f"END:{kind}",
            "END:VCALENDAR",
            "",
        ]
    )


def one(*rows: str, kind: str = "VEVENT", method: str = "REQUEST") -> Invitation:
    (found,) = read(calendar(*rows, kind=kind, method=method), "1")
    return found


def test_an_invitation() -> None:
    found = one(
        "UID:1@x", "SEQUENCE:3", "SUMMARY:Review\\, part 2", "LOCATION:Room 5", "DESCRIPTION:Bring\\nnotes", "STATUS:CONFIRMED",
        "DTSTART;TZID=America/New_York:20261126T090000", "DTEND;TZID=America/New_York:20261126T100000",
        "ORGANIZER;CN=Grace Hopper:mailto:grace@example.org", 'ATTENDEE;CN="Clarke, Joan";PARTSTAT=DECLINED;ROLE=OPT-PARTICIPANT:MAILTO:joan@x.example',
    )  # fmt: skip
    start = Moment("2026-11-26T09:00:00", line("America/New_York"), 1_795_701_600)
    assert found == Invitation(
        "1", "event", "request", "1@x", 3, "confirmed", line("Review, part 2"), line("Room 5"), start,
        Moment("2026-11-26T10:00:00", line("America/New_York"), 1_795_705_200), line(""), own("Bring\nnotes"),
        Person(line("Grace Hopper"), line("grace@example.org"), "", optional=False),
        (Person(line("Clarke, Joan"), line("joan@x.example"), "declined", optional=True),), 1, damaged=False,
    )  # fmt: skip
    assert when(found, BERLIN) == "Thu 26 November 2026, 15:00–16:00 (09:00 America/New_York)"
    assert when(found, ZoneInfo("America/New_York")) == "Thu 26 November 2026, 09:00–10:00"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (("DTSTART:20261126T230000Z", "DTEND:20261127T010000Z"), "Fri 27 November 2026, 00:00–02:00"),
        (
            ("DTSTART:20261126T220000Z", "DTEND:20261127T010000Z"),
            "Thu 26 November 2026, 23:00 – Fri 27 November 2026, 02:00",
        ),
        (("DTSTART:20261126T090000", "DURATION:PT90M"), "Thu 26 November 2026, 09:00–10:30 (wherever you are)"),
        (("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261225"), "Thu 24 December 2026"),
        (("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227"), "Thu 24 December 2026 – Sat 26 December 2026"),
        (("DTSTART;VALUE=DATE:20261224", "DURATION:P2D"), "Thu 24 December 2026 – Fri 25 December 2026"),
        (("DTSTART;VALUE=DATE:20261224",), "Thu 24 December 2026"),
        (("DTSTART;TZID=Moon/Base:20261126T090000",), "Thu 26 November 2026, 09:00 (Moon/Base)"),
        (("DTSTART;TZID=W. Europe Standard Time:20261126T090000",), "Thu 26 November 2026, 09:00"),
        (("SUMMARY:x",), "no time is given"),
        (("DTSTART:99991231T235959Z",), "Fri 31 December 9999, 23:59"),
    ],
)
def test_when(rows: tuple[str, ...], words: str) -> None:
    assert when(one(*rows), BERLIN) == words


def test_notes_that_are_a_page_are_read_as_one() -> None:
    notes = "DESCRIPTION:This is the <b>agenda</b>.<br><ul><li>one</li><li>a &amp\\; b</li></ul>\\nJoin: https://meet.example.org/x"
    assert one("SUMMARY:x", notes).notes == "This is the agenda.\none\na & b\nJoin: https://meet.example.org/x"
    assert one("SUMMARY:x", "DESCRIPTION:if a < b\\nand b > c").notes == "if a < b\nand b > c"


@pytest.mark.parametrize(
    ("method", "words"), [("REPLY", "I am ill"), ("COUNTER", "I am ill"), ("REQUEST", "Bring notes")]
)
def test_the_words_of_a_guest(method: str, words: str) -> None:
    assert one("SUMMARY:x", "DESCRIPTION:Bring notes", "COMMENT:I am ill", method=method).notes == words


def test_a_task() -> None:
    found = one("SUMMARY:Taxes", "DUE;VALUE=DATE:20270331", kind="VTODO", method="PUBLISH")
    assert (found.kind, found.method) == ("todo", "publish")
    assert when(found, BERLIN) == "until Wed 31 March 2027"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"FREQ": ["DAILY"]}, "every day"),
        ({"FREQ": ["WEEKLY"], "BYDAY": ["MO", "TU", "WE", "TH", "FR"]}, "every workday"),
        ({"FREQ": ["WEEKLY"], "INTERVAL": [2], "BYDAY": ["TU", "TH"]}, "every 2 weeks on Tuesday and Thursday"),
        ({"FREQ": ["MONTHLY"], "BYDAY": ["-1FR"], "COUNT": [12]}, "every month on the last Friday, 12 times"),
        ({"FREQ": ["MONTHLY"], "BYDAY": ["2MO"]}, "every month on the second Monday"),
        ({"FREQ": ["MONTHLY"], "BYMONTHDAY": [1, 15]}, "every month on day 1 and 15"),
        ({"FREQ": ["YEARLY"], "BYMONTH": [3], "COUNT": [1]}, "every year in March, 1 time"),
        ({"FREQ": ["WEEKLY"], "UNTIL": [date(2027, 1, 31)]}, "every week, until Sun 31 January 2027"),
        ({"FREQ": ["SECONDLY"], "COUNT": [999_999_999]}, "every second, 999999999 times"),
        ({"FREQ": ["SOMETIMES"]}, "several times"),
        ({}, "several times"),
    ],
)
def test_rules_in_words(rule: dict[str, list[object]], words: str) -> None:
    assert in_words(rule) == words


def test_a_rule_that_cannot_be_read_still_says_that_it_repeats() -> None:
    assert one("DTSTART:20261126T090000Z", "RRULE:FREQ=NEVER;COUNT=x").repeats == "several times"
    assert one("DTSTART:20261126T090000Z", "RDATE:20261127T090000Z").repeats == "several times"
    assert one("DTSTART:20261126T090000Z").repeats == ""


def test_damage_is_said() -> None:
    found = one("SUMMARY:x", "DTSTART:yesterday", "SEQUENCE:many")
    assert (found.what, found.start, found.sequence, found.damaged) == ("x", None, 0, True)
    (cut,) = read("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Never\\, closed\nDTSTART:2026")
    assert (cut.what, cut.damaged) == ("Never, closed", True)


def test_nothing_acts() -> None:
    found = one(
        "SUMMARY:A\x1b[2J\u202e", "LOCATION:\x9b31m", "ATTACH:file:///etc/passwd", "URL:javascript:x", "DESCRIPTION:a\\nb\x07",
        "ORGANIZER;CN=\x1b]0;x\x07:mailto:\x1b@x", "BEGIN:VALARM", "ACTION:PROCEDURE", "ATTACH:file:///bin/sh", "END:VALARM",
    )  # fmt: skip
    for words in (
        found.what,
        found.where,
        found.repeats,
        *(words for who in (found.organizer,) if who for words in (who.name, who.address)),
    ):
        check(words)
    check(found.notes, frozenset("\n"))
    assert "passwd" not in repr(found)
    assert "javascript" not in repr(found)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        "BEGIN:VCALENDAR\r\n" + "BEGIN:VEVENT\r\n" * 100_000,
        calendar(*["ATTENDEE;CN=x:mailto:a@b.example"] * 100_000),
        calendar("ATTENDEE;" + "X=y;" * 200_000 + "A=b:x"),
        calendar("SUMMARY:" + "\\," * 500_000),
        calendar("DTSTART:20261126T090000Z", "RRULE:FREQ=DAILY;BYDAY=" + ",".join(["MO"] * 100_000)),
        calendar("SUMMARY:x" + "\r\n " * 100_000),
        calendar(*["RDATE:" + ",".join(["20261126T090000Z"] * 5000)] * 20),
        "BEGIN:VCALENDAR\r\n" + calendar("SUMMARY:x").partition("\r\n")[2].replace("END:VCALENDAR\r\n", "") * 200,
    ],
    ids=["components", "people", "parameters", "escapes", "days", "folds", "dates", "events"],
)  # fmt: skip
def test_calendars_without_end(text: str) -> None:
    found = read(text)
    assert len(found) <= MAX_BEGINS
    assert all(len(invitation.people) <= MAX_PEOPLE for invitation in found)


def test_many_people_are_counted() -> None:
    found = one(*[f"ATTENDEE:mailto:p{number}@x.example" for number in range(120)])
    assert (len(found.people), found.count) == (MAX_PEOPLE, 120)


ROWS = st.one_of(
    st.sampled_from(
        ["BEGIN:VEVENT", "END:VEVENT", "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VTIMEZONE", "END:VTIMEZONE", "TZID:x", "BEGIN:STANDARD",
         "END:STANDARD", "DTSTART:20261126T090000Z", "DTSTART;TZID=x:20261126T090000", "DTSTART;VALUE=DATE:20261126", "DTEND:20261126",
         "DURATION:P9999999999W", "RRULE:FREQ=DAILY;UNTIL=20260101", "SUMMARY:x", "ATTENDEE;CN=:y", "ORGANIZER:", "TZOFFSETTO:+9999",
         "TZOFFSETFROM:-0000", "DTSTART:00000000T000000Z", "DTEND:99991231T235959", "UID:\x00", "STATUS:\x1b", "SEQUENCE:-1", " folded"]
    ),
    st.text(max_size=20),
)  # fmt: skip


@given(st.lists(ROWS, max_size=14).map(lambda rows: "\n".join(["BEGIN:VCALENDAR", *rows])))
def test_no_calendar_raises(text: str) -> None:
    for found in read(text):
        check(when(found, UTC))
        for words in (found.what, found.where, found.repeats):
            check(words)


@given(st.sampled_from(sorted(DATA.glob("calendar-*.eml"))), st.integers(0, 2000), st.binary(max_size=6))
def test_no_damaged_calendar_raises(path: Path, at: int, piece: bytes) -> None:
    raw = path.read_bytes()
    at = raw.find(b"BEGIN:VCALENDAR") + at % 700
    for found in read((raw[:at] + piece + raw[at + len(piece) :]).decode("latin-1")):
        when(found, datetime.now(UTC).astimezone().tzinfo)


def test_all_events_of_a_calendar_are_counted() -> None:
    events = [
        ["BEGIN:VEVENT", f"UID:{n}", f"DTSTART:202611{n + 1:02}T100000Z", f"SUMMARY:Day {n}", "END:VEVENT"]
        for n in range(25)
    ]
    text = "\r\n".join(["BEGIN:VCALENDAR", *(row for event in events for row in event), "END:VCALENDAR", ""])
    assert [one.what for one in read(text)] == [f"Day {n}" for n in range(25)]
