"""Cards: what they say of invitations, reports and seals, and that no word from outside leaves its place."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui import samples
from tests.ui.dialogs.cast import HOSTILE
from tui_mail.mime.findings import Invitation, Moment, Person, Report, Seal
from tui_mail.mime.html import DirectConverter
from tui_mail.mime.render import render
from tui_mail.mime.rendered import Mark, Rendered, Warning_
from tui_mail.mime.reports import sentence
from tui_mail.text import safe
from tui_mail.ui.reader.cards import card_lines, invitation_title, people, seal_words
from tui_mail.ui.reader.content import Page, head_lines
from tui_mail.ui.reader.header import Setting
from tui_mail.ui.reader.leaf import Body
from tui_mail.ui.reader.lines import Line, Role, cut_line, length
from tui_mail.ui.reader.told import without
from tui_mail.ui.reader.trust import left_out

DATA = Path(__file__).parents[2] / "data"
SETTING = Setting(samples.NOW, UTC, {"ada@example.org"})
GRACE = Person(safe.line("Grace Hopper"), safe.line("grace@example.org"), "accepted", optional=False)


def person(name: str, status: str = "", *, optional: bool = False) -> Person:
    return Person(safe.line(name), safe.line(f"{name.lower()}@example.org"), status, optional)


def invitation(**changes: object) -> Invitation:
    start = Moment("2026-11-26T14:00:00", safe.line("UTC"), 1_795_701_600)
    nothing = safe.line("")
    one = Invitation(
        "1", "event", "request", "u", 0, "", safe.line("Review"), safe.line("Room 5"), start, None, nothing, nothing, GRACE, (),
        0, damaged=False,
    )  # fmt: skip
    return replace(one, **changes)  # type: ignore[arg-type] # fields of any type


def words(lines: list[Line]) -> list[str]:
    return ["".join(piece.text for piece in line) for line in lines]


def card_of(name: str, width: int = 77) -> list[str]:
    rendered = render((DATA / f"{name}.eml").read_bytes(), html=DirectConverter())
    return words(card_lines(rendered, SETTING, width))


def test_an_invitation_says_what_when_where_and_who() -> None:
    assert card_of("calendar-weekly") == [
        "",
        "Changed invitation  Compiler review, part 2",
        "when   Thu 26 November 2026, 14:00–15:00 (09:00 America/New_York)",
        "       every 2 weeks on Tuesday and Thursday, until Fri 31 December 2027",
        "where  Room 5; second floor",
        "who    Grace Hopper invites · accepted: Alan Turing",
        "       no answer yet: Joan Clarke (optional)",
    ]


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({}, "Invitation"),
        ({"sequence": 2}, "Changed invitation"),
        ({"method": "cancel"}, "Cancelled"),
        ({"status": "cancelled"}, "Cancelled"),
        ({"method": "reply", "people": (person("Joan", "declined"),)}, "Joan does not come"),
        ({"method": "reply", "people": (person("Ada", "accepted"),)}, "me comes"),
        ({"method": "reply"}, "Answer to an invitation"),
        ({"method": "counter"}, "Another time is proposed"),
        ({"method": "", "kind": "todo"}, "Task"),
        ({"method": "publish"}, "Event"),
    ],
)
def test_what_kind_of_invitation_it_is(changes: dict[str, object], title: str) -> None:
    assert invitation_title(invitation(**changes)) == title.replace("me comes", "Ada comes")


def test_people_are_listed_by_their_answer() -> None:
    guests = (person("Ada", "accepted"), person("Joan", "declined"), person("Alan", "accepted"), person("Emmy"), GRACE)
    assert people(invitation(people=guests, count=40), SETTING.me) == [
        "Grace Hopper invites · accepted: me, Alan",
        "declined: Joan",
        "no answer yet: Emmy",
        "and 35 more",
    ]


def test_whom_a_comma_turns_round() -> None:
    names = ("Clarke, Joan", "Example, Inc.", "Room 5; big, blue", "von Neumann, John", "a, b, c")
    guests = tuple(person(name, "accepted") for name in names)
    assert people(invitation(organizer=None, people=guests), ()) == [
        "accepted: Joan Clarke, Example, Inc., Room 5; big, blue, John von Neumann, a, b, c"
    ]


def test_nobody_has_no_row() -> None:
    lines = words(card_lines(replace(samples.rendered(), invitations=(invitation(organizer=None),)), SETTING, 60))
    assert not any(row.startswith("who") for row in lines)


def test_what_a_guest_says_is_told_and_what_the_host_wrote_is_in_the_text() -> None:
    said = safe.block("Sorry,\n\nI am ill")
    for method, told in (("reply", True), ("counter", True), ("request", False)):
        one = invitation(method=method, notes=said, people=(person("Alan", "declined"),))
        lines = words(card_lines(replace(samples.rendered(), invitations=(one,)), SETTING, 60))
        assert (lines[-2:] == ["says   Sorry,", "       I am ill"]) == told


def test_several_cards_are_set_apart() -> None:
    lines = words(card_lines(replace(samples.rendered(), invitations=(invitation(), invitation())), SETTING, 60))
    assert lines.count("") == 2
    assert lines[-1]


def test_many_people_take_few_rows() -> None:
    assert len(card_of("calendar-hundred-people", 60)) <= 12


def test_a_report_names_what_failed_first() -> None:
    assert card_of("report-delivery-failed", 200) == [
        "",
        "Not delivered to nobody@example.net: 550 5.1.1 <nobody@example.net>: Recipient address rejected: User unknown",
        "Not delivered to slow@example.net yet, still trying: 4.4.1",
    ]
    delivered = [
        Report("delivery", "delivered", safe.line(f"{n}@example.org"), "", safe.line(""), "") for n in range(5)
    ]
    failed = Report("delivery", "failed", safe.line("x@example.org"), "", safe.line("full"), "")
    lines = card_lines(replace(samples.rendered(), reports=(*delivered, failed)), SETTING, 60)
    assert words(lines)[1] == "Not delivered to x@example.org: full"
    assert lines[1][0].role is Role.WARNING
    assert words(lines)[-1] == "and 3 more recipients"


def shown(rendered: Rendered, width: int = 77) -> tuple[list[str], str]:
    """The words of the cards, and those of the text below them."""
    return words(card_lines(rendered, SETTING, width)), Body(Page(samples.item(), rendered)).text


@pytest.mark.parametrize("name", ["report-delivery-failed", "report-delivery-headers-only", "report-read-receipt"])
@pytest.mark.parametrize("width", [30, 77])
def test_what_a_report_says_is_said_once(name: str, width: int) -> None:
    rendered = render((DATA / f"{name}.eml").read_bytes(), html=DirectConverter())
    card, text = shown(rendered, width)
    for report in rendered.reports:
        assert " ".join(card).count(sentence(report).partition(":")[0][:25]) == 1
        assert " ".join(sentence(report).split()) in " ".join(card)
        assert sentence(report) in rendered.text  # for those who see no cards
        assert sentence(report) not in text
    assert "\n\n\n" not in text
    assert not text.startswith("\n")
    assert text.partition("\n")[0] == rendered.text.partition("\n")[0]


def test_reports_without_a_card_stay_in_the_text() -> None:
    many = [Report("delivery", "failed", safe.line(f"{n}@example.org"), "", safe.line("full"), "") for n in range(5)]
    said = safe.block("\n".join(sentence(report) for report in many))
    rendered = replace(
        samples.rendered(said, marks=(Mark(0, len(said), "report"),), links=(), parts=()), reports=tuple(many)
    )
    card, text = shown(rendered)
    assert card[1:] == [*map(sentence, many[:3]), "and 2 more recipients"]
    assert text.split("\n") == [*map(sentence, many[3:])]


def test_nothing_but_a_report_is_no_empty_message() -> None:
    one = Report("delivery", "failed", safe.line("a@example.org"), "", safe.line("full"), "")
    rendered = replace(samples.rendered(sentence(one), marks=(Mark(0, len(sentence(one)), "report"),)), reports=(one,))
    assert shown(rendered)[1] == ""


@given(st.lists(st.tuples(st.booleans(), st.lists(st.sampled_from(["told", "kept", "x"]), min_size=1)), min_size=1))
def test_the_rest_of_the_text_keeps_its_marks(parts: list[tuple[bool, list[str]]]) -> None:
    text, marks, left = "", [], []
    for is_report, lines in parts:
        text += "\n\n" if text else ""
        marks.append(Mark(len(text), len(text) + len("\n".join(lines)), "report" if is_report else "quote"))
        text += "\n".join(lines)
        stay = [line for line in lines if not is_report or line != "told"]
        left += [("report" if is_report else "quote", "\n".join(stay))] if stay else []
    kept, moved = without(safe.block(text), marks, {"told"})
    assert kept == "\n\n".join(words for _kind, words in left)
    assert [(mark.kind, kept[mark.start : mark.end]) for mark in moved] == left


@pytest.mark.parametrize(
    ("seal", "part"),
    [
        (Seal("signed", "PGP/MIME", "2", ("1",), whole=True), "Nothing was checked"),
        (Seal("signed", "PGP", "1", (), whole=False), "Only a part is signed"),
        (Seal("signed", "S/MIME", "1", (), whole=True), "hides the text"),
        (Seal("encrypted", "PGP/MIME", "2", (), whole=True), "Encrypted with PGP/MIME"),
        (Seal("encrypted", "PGP", "1", (), whole=False), "A part is encrypted"),
    ],
)
def test_a_seal_says_that_nothing_was_checked(seal: Seal, part: str) -> None:
    assert part in seal_words(seal)
    assert "valid" not in seal_words(seal)


def test_a_seal_is_said_once() -> None:
    doubts = (Warning_("signed", safe.line("It is signed.")), Warning_("link-mismatch", safe.line("Bad.")))
    rendered = replace(samples.rendered(warnings=doubts), seals=(Seal("signed", "PGP/MIME", "2", ("1",), whole=True),))
    head = " ".join(words(head_lines(Page(samples.item(), rendered), SETTING, 77, {}, None)))
    assert "Signed with PGP/MIME" in head
    assert "It is signed." not in head
    assert "! Bad." in head


@pytest.mark.parametrize(
    ("images", "pixels", "hidden", "said"),
    [
        (0, 0, 0, []),
        (1, 0, 0, ["1 remote image not loaded"]),
        (1, 1, 0, ["1 remote image not loaded, there only to tell when it is read"]),
        (5, 2, 0, ["5 remote images not loaded, 2 of them there only to tell when it is read"]),
        (0, 0, 40, ["40 hidden letters left out"]),
    ],
)
def test_what_is_left_out_is_counted(images: int, pixels: int, hidden: int, said: list[str]) -> None:
    assert left_out(replace(samples.rendered(remote_images=images), pixels=pixels, hidden=hidden)) == said


TEXT = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=80)).map(safe.line)


@given(TEXT, TEXT, TEXT, st.integers(12, 100))
def test_cards_fit_whatever_they_are_told(
    what: safe.SafeText, name: safe.SafeText, where: safe.SafeText, width: int
) -> None:
    guests = tuple(Person(name, what, status, optional=True) for status in ("accepted", "declined", "", "delegated"))
    one = invitation(what=what, where=where, people=guests, organizer=guests[0], count=9, damaged=True)
    report = Report("delivery", "failed", name, "5.1.1", where, "")
    rendered = replace(samples.rendered(), invitations=(one,) * 5, reports=(report,) * 5)
    for line in card_lines(rendered, SETTING, width):
        assert length(cut_line(line, width)) <= width
        assert not re.search("[\x00-\x1f\x7f-\x9f]", "".join(piece.text for piece in line))
