"""Hits stand where the words stand, and the walk over them goes round."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mail.ui.reader.find import Hits, pattern


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("The Compiler meeting", "compiler", "Compiler"),
        ("Łukasz Kowalski, ŁUKASZ", "Łukasz", "Łukasz"),
        ("Kowalska za fakturę", "fakture", "fakturę"),
        ("un re\u0301sume\u0301 long", "resume", "re\u0301sume\u0301"),
        ("un résumé", "résumé", "résumé"),
        ("re\u0301sume\u0301", "résumé", "re\u0301sume\u0301"),
        ("review of the\noptimiser", "the optimiser", "the\noptimiser"),
        ("> review of the\n> optimiser", "the optimiser", "the\n> optimiser"),
        ("a.b axb", "a.b", "a.b"),
        ("[/x] (y)", "[/x]", "[/x]"),
        ("東京都", "京", "京"),
    ],
)
def test_what_is_found(text: str, wanted: str, found: str) -> None:
    hits = Hits(text, wanted)
    assert [text[start:end] for start, end in hits.spans[:1]] == [found]


def test_an_accent_asked_for_is_wanted() -> None:
    assert len(Hits("resume", "résumé")) == 0


def test_nothing_wanted_is_nothing_found() -> None:
    hits = Hits("text", "  ")
    assert pattern("  ") is None
    assert hits.start_at(0) == hits.step(1) == -1


def test_the_walk_starts_at_the_offset_and_goes_round() -> None:
    hits = Hits("a-a-a", "a")
    assert hits.start_at(1) == 2
    assert [hits.step(1), hits.step(1), hits.step(-1), hits.step(-1)] == [4, 0, 4, 2]
    assert hits.start_at(5) == 0


def test_parts_of_hits_between_offsets() -> None:
    hits = Hits("xx abcd abcd", "abcd")
    hits.start_at(0)
    assert hits.between(5, 10) == [(5, 7, True), (8, 10, False)]


@given(st.text(max_size=200), st.text(max_size=10))
def test_any_words_make_a_pattern_and_hits_are_in_order(text: str, wanted: str) -> None:
    hits = Hits(text, wanted)
    assert all(a[1] <= b[0] for a, b in zip(hits.spans, hits.spans[1:], strict=False))
    assert all(0 <= start < end <= len(text) for start, end in hits.spans)


@given(st.text(alphabet="abcé ", min_size=1, max_size=30), st.data())
def test_a_slice_of_the_text_is_always_found(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    wanted = text[start : start + 5]
    if wanted.strip():
        assert len(Hits(text, wanted)) > 0
