"""What may stand in a composer, and where one goes on."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mail.model.draft import Draft, DraftKind, Identity
from tui_mail.model.ids import AccountName
from tui_mail.ui.compose.typed import place_to_write, quote_depth, safe_field, safe_text, signature_at, unquoted

FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]")
EMPTY = Draft(Identity(AccountName("work"), "Me", "me@example.org"))


@given(st.text())
def test_text_is_safe_and_safe_text_stays_as_it_is(text: str) -> None:
    shown = safe_text(text)
    assert not FORBIDDEN.search(shown)
    assert safe_text(shown) == shown


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=300))
def test_a_field_keeps_what_can_be_typed(text: str) -> None:
    assert safe_field(text) == text


def test_a_tab_stays_a_tab_and_line_ends_are_one_kind() -> None:
    assert safe_text("a\tb\r\nc\rd") == "a\tb\nc\nd"


def test_nothing_long_is_cut() -> None:
    text = "\u202e" * 3_000 + "x" * 3_000_000
    assert safe_text(text).endswith("x")
    assert len(safe_field("a@example.org, " * 10_000)) == 150_000


@pytest.mark.parametrize(
    ("text", "depth", "rest"),
    [("> a", 1, "a"), (">> a", 2, "a"), ("> > a", 2, "a"), (">", 1, ""), ("a > b", 0, "a > b"), (">a", 1, "a")],
)
def test_quotes_are_counted(text: str, depth: int, rest: str) -> None:
    assert quote_depth(text) == depth
    assert unquoted(text) == rest


def test_the_last_signature_counts() -> None:
    assert signature_at(["a", "-- ", "b", "-- ", "c"]) == 3
    assert signature_at(["a", "--x"]) == 2


@pytest.mark.parametrize(
    ("kind", "body", "reopened", "place"),
    [
        (DraftKind.NEW, "", False, (0, 0)),
        (DraftKind.NEW, "from a link", False, (0, 11)),
        (DraftKind.REPLY, "Joan wrote:\n> it\n\n", False, (3, 0)),
        (DraftKind.REPLY, "Joan wrote:\n> it\n\n\n-- \nMe", False, (3, 0)),
        (DraftKind.FORWARD, "\n\n--- Forwarded ---\ntext\n", False, (0, 0)),
        (DraftKind.REPLY, "Joan wrote:\n> it\n\nhalf a sen\n\n", True, (3, 10)),
        (DraftKind.FORWARD, "as far as here", True, (0, 14)),
        (DraftKind.NEW, "\n\n", True, (0, 0)),
        (DraftKind.NEW, "-- \nMe", True, (0, 3)),
    ],
)
def test_one_goes_on_where_there_is_something_to_write(
    kind: DraftKind, body: str, reopened: bool, place: tuple[int, int]
) -> None:
    assert place_to_write(replace(EMPTY, kind=kind, body=body), reopened=reopened) == place
