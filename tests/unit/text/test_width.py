"""Cells: what is fitted has exactly the width asked for, what is wrapped loses nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.unit.text.test_safe import texts
from tui_mail.text.safe import line
from tui_mail.text.width import _narrow, cells, cut, cut_before, fit, wrap

widths = st.integers(0, 40)
words = st.one_of(texts, st.text("ab 日本é", max_size=60))


@given(words, widths, st.booleans())
def test_fitted_text_has_the_width(text: str, width: int, right: bool) -> None:
    assert cell_len(fit(line(text), width, right)) == width


@given(words, widths)
def test_cut_text_is_no_wider(text: str, width: int) -> None:
    safe = line(text)
    short = cut(safe, width)
    assert cell_len(short) <= width
    assert short == safe or short.endswith("…") or width == 0


@given(words, st.integers(2, 40))
def test_wrapping_keeps_every_character_but_spaces(text: str, width: int) -> None:
    safe = line(text)
    lines = wrap(safe, width)
    assert lines
    assert all(cells(one) <= width for one in lines)
    assert "".join("".join(lines).split()) == "".join(safe.split())


def test_what_counts_as_narrow_is_one_cell_by_the_truth_of_width() -> None:
    narrow = [chr(code) for code in range(0x20, 0x2100) if _narrow(chr(code))]
    assert len(narrow) > 1000
    assert [char for char in narrow if cell_len(char) != 1] == []


@given(words, st.integers(0, 30), widths)
def test_text_cut_before_its_end_is_no_wider(text: str, kept: int, width: int) -> None:
    assert cell_len(cut_before(line(text), kept, width)) <= width


def test_what_is_kept_of_an_address() -> None:
    address = line("security@bank.example-and-more@evil.example")
    assert cut_before(address, 13, 43) == address
    assert cut_before(address, 13, 20) == "securi…@evil.example"
    assert cut_before(address, 13, 10) == "…l.example"
    assert cut_before(line("日本@語語.example"), 11, 12) == "…語.example"


def test_fit() -> None:
    assert fit(line("abc"), 5) == "abc  "
    assert fit(line("abc"), 5, right=True) == "  abc"
    assert fit(line("abcdef"), 4) == "abc…"
    assert fit(line("日本語"), 4) == "日… "
    assert fit(line("x"), 0) == ""


def test_wrap_at_words() -> None:
    assert wrap(line("the quick brown fox"), 10) == ["the quick", "brown fox"]
    assert wrap(line("antidisestablishment"), 8) == ["antidise", "stablish", "ment"]
    assert wrap(line("  indented words here"), 12) == ["  indented", "words here"]
    assert wrap(line(""), 10) == [""]
    assert wrap(line("日本語日本語 x"), 7) == ["日本語", "日本語", "x"]
    assert [cells(part) for part in wrap(line("> >>>> \u0301"), 4)] == [1, 4, 1]
    assert wrap(line("é the quick brown fox"), 10) == ["é the", "quick", "brown fox"]
