"""Answers to invitations: to who invites, for who is invited, and with nothing of what a hostile calendar adds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from tests.unit.mime.test_calendars import calendar
from tui_mail.mime.compose.answers import ACCEPTED, DECLINED, TENTATIVE, answer, asked
from tui_mail.mime.compose.leaving import leave_draft
from tui_mail.mime.lists import mailing_list, ways_out
from tui_mail.mime.structure import parse, part_bytes
from tui_mail.model.draft import Identity
from tui_mail.model.errors import UsageError
from tui_mail.model.ids import AccountName

DATA = Path(__file__).parents[3] / "data"
WORK = AccountName("work")
ME = Identity(WORK, "Ada Lovelace", "ada@example.org")
OTHER = Identity(AccountName("home"), "", "ada@home.example")
WHEN = 1_795_000_000.0
ROWS = (
    "UID:1@x", "SEQUENCE:3", "SUMMARY:Review\\, part 2", "DTSTART;TZID=America/New_York:20261126T090000",
    "DTEND;TZID=America/New_York:20261126T100000", "ORGANIZER;CN=Grace Hopper:mailto:grace@example.org",
    "ATTENDEE;CN=Ada;RSVP=TRUE:mailto:ADA@example.org", "ATTENDEE:mailto:joan@example.org",
    "DESCRIPTION:Secret notes", "ATTACH:file:///etc/passwd",
    "BEGIN:VALARM", "ACTION:PROCEDURE", "ATTACH:file:///bin/sh", "TRIGGER:-PT5M", "END:VALARM",
)  # fmt: skip


def mail(text: str) -> bytes:
    head = "From: x@example.org\r\nTo: ada@example.org\r\nMessage-ID: <i@example.org>\r\nContent-Type: text/calendar; charset=utf-8\r\n\r\n"
    return (head + text).encode()


def reply(raw: bytes, status: str = ACCEPTED) -> tuple[Any, Any]:
    """The message as it is sent, and the event in it."""
    built = answer(asked(raw, WORK, [ME, OTHER]), status, WHEN)
    message = parse(built.wire)
    (part,) = [part for part in message.parts if part.type == "text/calendar"]
    found = Calendar.from_ical(part_bytes(message, part.id))
    assert str(found["METHOD"]) == "REPLY"
    assert [one.name for one in found.walk()][1:] == ["VEVENT"] * len(found.subcomponents)
    return built, found.subcomponents[0]


@pytest.mark.parametrize(("status", "word"), [(ACCEPTED, "Accepted"), (TENTATIVE, "Tentative"), (DECLINED, "Declined")])
def test_who_invites_gets_the_answer_of_who_is_invited(status: str, word: str) -> None:
    built, event = reply(mail(calendar(*ROWS)), status)
    assert built.recipients == ("grace@example.org",)
    assert built.sender == "ada@example.org"
    assert built.subject == f"{word}: Review, part 2"
    assert b"In-Reply-To: <i@example.org>" in built.wire
    assert b"method=REPLY" in built.wire.replace(b"\r\n ", b" ")
    assert str(event["UID"]) == "1@x"
    assert int(event["SEQUENCE"]) == 3
    assert str(event["ORGANIZER"]).lower() == "mailto:grace@example.org"
    assert str(event["ATTENDEE"]) == "mailto:ada@example.org"
    assert event["ATTENDEE"].params["PARTSTAT"] == status
    assert event["DTSTART"].to_ical() == b"20261126T140000Z"


def test_nothing_else_of_the_invitation_goes_back() -> None:
    built, event = reply(mail(calendar(*ROWS)))
    assert set(event) == {"UID", "DTSTAMP", "ORGANIZER", "ATTENDEE", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY"}
    assert b"passwd" not in built.wire
    assert b"joan" not in built.wire


def test_one_day_of_a_series_is_named() -> None:
    _built, event = reply(mail(calendar(*ROWS, "RECURRENCE-ID;VALUE=DATE:20261126")))
    assert event["RECURRENCE-ID"].to_ical() == b"20261126"


def test_who_is_not_on_the_list_is_told() -> None:
    rows = [row for row in ROWS if "ADA" not in row]
    assert not asked(mail(calendar(*rows)), WORK, [OTHER, ME]).invited
    assert asked(mail(calendar(*rows)), WORK, [OTHER, ME]).identity == ME
    assert asked(mail(calendar(*ROWS)), WORK, [ME]).invited


@pytest.mark.parametrize(
    "raw",
    [
        mail(calendar(*ROWS, method="PUBLISH")),
        mail(calendar(*ROWS, method="CANCEL")),
        mail(calendar(*[row for row in ROWS if "ORGANIZER" not in row])),
        mail(calendar(*[row.replace("mailto:grace@example.org", "https://evil.example/") for row in ROWS])),
        mail(calendar(*[row.replace("grace@example.org", "a@b@c, d@e") for row in ROWS])),
        mail(calendar(*[row.replace("grace@example.org", "ada@example.org") for row in ROWS])),
        mail("BEGIN:VCALENDAR"),
        b"Subject: x\r\n\r\nno calendar",
    ],
)
def test_what_cannot_be_answered_is_a_sentence(raw: bytes) -> None:
    with pytest.raises(UsageError) as caught:
        asked(raw, WORK, [ME])
    assert caught.value.text.endswith(".")


@given(st.lists(st.sampled_from([*ROWS, "UID:\\n2", "ORGANIZER:mailto:x@y.example\\nBcc: z@y.example", "SUMMARY:a\\nBcc: b@c.example",
                                 "SEQUENCE:x", "DTSTART:99999999", "RECURRENCE-ID:x", "ATTENDEE", 'ORGANIZER;CN="a^nBcc: x":mailto:g@e.example']), max_size=14))  # fmt: skip
def test_no_calendar_makes_another_field(rows: list[str]) -> None:
    try:
        built = answer(asked(mail(calendar(*rows)), WORK, [ME]), ACCEPTED, WHEN)
    except UsageError:
        return
    head = built.wire.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ")
    names = [row.partition(b":")[0] for row in head.split(b"\r\n")]
    assert set(names) <= {b"Date", b"From", b"To", b"Subject", b"Message-ID", b"In-Reply-To", b"References", b"MIME-Version",
                          b"Content-Type", b"Content-Transfer-Encoding"}  # fmt: skip
    assert len(names) == len(set(names))
    assert built.wire.isascii()


def test_the_whole_corpus_of_calendars_raises_nothing_else() -> None:
    answered = 0
    for path in sorted(DATA.glob("*.eml")):
        try:
            answer(asked(path.read_bytes(), WORK, [ME]), ACCEPTED, WHEN)
            answered += 1
        except UsageError:
            continue
    assert answered > 3


def test_a_request_to_leave_says_what_the_list_asked_for() -> None:
    raw = b"From: l@list.example\r\nTo: ada@home.example\r\nList-Unsubscribe: <mailto:leave@list.example?subject=off%20me&body=please>\r\n\r\nx"
    found = mailing_list(parse(raw).fields)
    assert found is not None
    (way,) = ways_out(found, "")
    draft = leave_draft(raw, WORK, way, [ME, OTHER])
    assert (draft.to, draft.subject, draft.body, draft.identity) == ("leave@list.example", "off me", "please", OTHER)
