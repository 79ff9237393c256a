"""One row of the list as text: columns, names, marks, and strings that mean harm."""

from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.mail import NOW, an_item, conversation_of
from tui_mail.model.flags import Flag
from tui_mail.model.mail import Address, Item
from tui_mail.text.width import cells
from tui_mail.ui.list.rows import (
    ASCII,
    PRETTY,
    Layout,
    Look,
    Marks,
    Piece,
    RowState,
    Shown,
    Tone,
    pieces,
    placeholder,
)

PLAIN = RowState()
WIDTHS = (30, 38, 53, 60, 80, 97, 176)


def look(width: int = 97, *, marks: Marks = PRETTY, threads: bool = True, recipients: bool = False) -> Look:
    return Look(Layout.of(width, threads=threads), marks, NOW, UTC, {"me@example.org"}, recipients)


def text(row: list[Piece]) -> str:
    return "".join(piece for piece, _tone in row)


def drawn(shown: Shown, state: RowState = PLAIN, **options: object) -> str:
    return text(pieces(shown, state, look(**options)))  # type: ignore[arg-type] # options of look


class TestColumns:
    @pytest.mark.parametrize("width", WIDTHS)
    @pytest.mark.parametrize("threads", [True, False])
    def test_a_row_fills_its_width(self, width: int, *, threads: bool) -> None:
        for shown in (an_item(), conversation_of([an_item(), an_item(2)])):
            row = pieces(shown, RowState(), look(width, threads=threads))
            assert sum(cells(piece) for piece, _tone in row) == width
        assert cells(text(placeholder(look(width)))) == width

    def test_dates_stand_at_the_right_edge(self) -> None:
        ends = {len(drawn(replace(an_item(), received=NOW - days * 86_400)).rstrip()) for days in (0, 1, 30, 200, 900)}
        assert ends == {96}

    def test_of_an_old_date_the_year_is_left_where_there_is_little_room(self) -> None:
        old = replace(an_item(), received=NOW - 900 * 86_400)
        assert drawn(old, width=97).rstrip().endswith("Jun 2024")
        assert drawn(old, width=53).rstrip().endswith(" 2024")

    def test_the_first_words_of_the_text_follow_the_subject_if_there_is_room(self) -> None:
        item = replace(an_item(), subject="Minutes", snippet="We met at noon")
        assert "Minutes  We met at noon" in drawn(item)
        assert "We met" not in drawn(replace(item, subject="M" * 80))

    def test_a_message_without_subject_says_so(self) -> None:
        assert "(no subject)" in drawn(replace(an_item(), subject=""))


class TestMarks:
    def test_unread_starred_answered_attachment(self) -> None:
        assert drawn(replace(an_item(), flags=Flag.NONE)).startswith(" ● ")
        assert drawn(replace(an_item(), flags=Flag.SEEN | Flag.FLAGGED)).startswith("  ★")
        assert drawn(replace(an_item(), flags=Flag.SEEN | Flag.ANSWERED)).startswith(" « ")
        assert " @ " in drawn(replace(an_item(), attachments=2))

    def test_every_mark_has_an_ascii_twin(self) -> None:
        item = replace(an_item(), flags=Flag.FLAGGED, attachments=1)
        assert drawn(item, RowState(selected=True), marks=ASCII).startswith("x*!")
        assert drawn(conversation_of([item, an_item(2)]), marks=ASCII).isascii()

    def test_unread_is_bold_not_only_coloured(self) -> None:
        tones = {tone for _text, tone in pieces(replace(an_item(), flags=Flag.NONE), RowState(), look())}
        assert tones == {Tone.UNREAD, Tone.MUTED}

    def test_few_pieces(self) -> None:
        assert len(pieces(an_item(), RowState(), look())) == 2

    def test_a_folded_conversation_says_how_many_it_holds(self) -> None:
        assert "▸3" in drawn(conversation_of([an_item(1), an_item(2), an_item(3)]))
        assert "▸" not in drawn(conversation_of([an_item(1)]))
        assert "▾" in drawn(an_item(), RowState(unfolded=True, child=True))


class TestNames:
    def test_names_not_addresses(self) -> None:
        assert "Grace Hopper" in drawn(an_item())
        assert "grace@" not in drawn(an_item())

    def test_a_nameless_sender_shows_the_address(self) -> None:
        item = replace(an_item(), from_=(Address("", "build@example.org"),))
        assert "build@example.org" in drawn(item)

    def test_senders_of_a_conversation_once_and_by_first_name(self) -> None:
        people = (Address("Grace Hopper", "g@x"), Address("Turing, Alan", "a@x"), Address("", "me@example.org"))
        shown = replace(conversation_of([an_item(), an_item(2)]), senders=people)
        assert "Grace, Alan, me" in drawn(shown)

    def test_sent_mail_shows_whom_it_went_to(self) -> None:
        item = replace(an_item(), to=(Address("Joan Clarke", "joan@example.org"),))
        assert "Joan Clarke" in drawn(item, recipients=True)

    def test_nobody(self) -> None:
        assert "(no sender)" in drawn(replace(an_item(), from_=()))


HOSTILE = [
    "\x1b[2J\x1b]0;pwn\x07",
    "\x1b]52;c;ZXZpbA==\x1b\\",
    "\x9d52;c;ZQ==\x9c",
    "[/]",
    "[@click=app.quit]x[/]",
    "a\u2028b\x85c",
    "invoice\u202efdp.exe",
    "a" + "\u0301" * 200,
    "👨‍👩‍👧 family",
    "日本語" * 40,
    "\ud800",
    "x" * 200_000,
    "\t\n\r",
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("width", [30, 80])
def test_hostile_strings_are_text_of_the_right_width(value: str, width: int) -> None:
    people = (Address(value, value),)
    item: Item = replace(an_item(), subject=value, snippet=value, from_=people, to=people)
    for shown in (item, replace(conversation_of([item, an_item(2)]), senders=people * 2)):
        row = drawn(shown, width=width)
        assert cells(row) == width
        assert not any(char < " " or "\x7f" <= char <= "\x9f" for char in row)
        assert "\u202e" not in row


@given(
    subject=st.text(max_size=40), name=st.text(max_size=20), snippet=st.text(max_size=60), width=st.integers(30, 120)
)
@settings(max_examples=150)
def test_any_text_fills_exactly_its_width(subject: str, name: str, snippet: str, width: int) -> None:
    item = replace(an_item(), subject=subject, snippet=snippet, from_=(Address(name, "x@y"),))
    assert cells(drawn(item, width=width)) == width
