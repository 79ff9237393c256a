"""Whatever comes in, what comes out may be given to a terminal."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui_mail.text.safe import block, file_name, line, own
from tui_mail.text.width import cells

FORBIDDEN = frozenset(
    [chr(code) for code in (*range(0x20), 0x7F, *range(0x80, 0xA0))]
    + [chr(code) for code in (0x061C, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF)]
    + [chr(code) for code in (0x00AD, 0x034F, 0x115F, 0x1160, 0x3164, 0xFFA0, *range(0xD800, 0xE000))]
) - {"\u200c", "\u200d"}

HOSTILE = (
    "\x1b[2J", "\x1b]52;c;ZXZpbA==\x1b\\", "\x9d52;c;ZQ==\x9c", "\x9b31m", '\x1bP$q"p\x1b\\', "\x00", "\x07", "\x0e", "\x7f",
    "\x85", "\r", "\n", "\t", "\u2028", "\u2029", "\u202e", "\u2066", "\u200f", "\u200b", "\u034f", "\U000e0041", "\ud800", "\udc80",
    "\ufeff", "\u0301" * 200, "\u0e49" * 30, "👨\u200d👩\u200d👧", "☎\ufe0f", "1\ufe0f\u20e3", "\u200d", "\ufe0f", "\u200da", "a\u200d", "日本語",
    "ශ්\u200dරී", "می\u200cخواهم", "\ufffe", "\ue000", "\u1161", "\u3164", "🏴\U000e0067\U000e007f", "👩🏻\u200d❤\ufe0f\u200d💋\u200d👩🏻",
    "[/]", "[@click=app.quit]x[/]", "\\[", "\u00a0", "\u3000", "\U0010ffff", "क्षि", "e\u0301",
)  # fmt: skip

texts = st.lists(
    st.one_of(st.text(max_size=8), st.sampled_from(HOSTILE), st.characters(categories=["Mn", "Cf", "Cc", "Cs"]))
).map("".join)


def check(safe: str, allowed: frozenset[str] = frozenset()) -> None:
    assert not (FORBIDDEN - allowed).intersection(safe)
    assert all(unicodedata.category(char) not in {"Cc", "Cs"} or char in allowed for char in safe)


@given(texts, st.integers(0, 60))
def test_a_line_is_one_safe_line(text: str, limit: int) -> None:
    safe = line(text, limit)
    check(safe)
    assert len(safe) <= limit
    assert line(safe, limit) == safe
    assert cells(safe) == cell_len(safe)


@given(texts)
def test_a_block_is_safe_and_keeps_its_lines(text: str) -> None:
    safe = block(text)
    check(safe, frozenset("\n"))
    assert block(safe) == safe
    assert safe.count("\n") == text.replace("\r\n", "\n").replace("\r", "\n").count("\n")


@given(texts, texts)
def test_safe_text_never_swallows_or_joins_its_neighbour(left: str, right: str) -> None:
    """Widths add up, so that no row can run into the next column."""
    one, two = line(left), line(right)
    assert cell_len(f"{one} {two}") == cell_len(one) + 1 + cell_len(two)
    assert cell_len(one + two) == cell_len(one) + cell_len(two)


@pytest.mark.parametrize("start", range(0, sys.maxunicode + 1, 0x8000))
def test_every_code_point_between_letters(start: int) -> None:
    text = "a".join(chr(code) for code in range(start, start + 0x8000))
    check(block(text), frozenset("\n"))
    safe = line(text, 1_000_000)
    check(safe)
    assert line(safe, 1_000_000) == safe


def test_controls_are_shown_not_hidden() -> None:
    assert line("A\x1b[2J\x1b]0;pwn\x07B") == "A␛[2J␛]0;pwn␇B"
    assert line("a\x9b31mb\x7f") == "a\ufffd31mb␡"
    assert line("a\r\nb\tc") == "a  b c"


def test_reordering_is_shown_as_a_marker() -> None:
    assert line("invoice\u202efdp.exe") == "invoice⟨U+202E⟩fdp.exe"
    assert block("a\u2066b\u200fc") == "a⟨U+2066⟩bc"
    assert block("a\u2066b\nc\u2069") == "a⟨U+2066⟩b\nc⟨U+2069⟩"
    assert block("\u202dab\u202c") == "⟨U+202D⟩ab⟨U+202C⟩"


def test_pairs_around_names_are_not_worth_a_marker() -> None:
    """As the line above a quote has them in Hebrew and Arabic mail; what they hold stays."""
    assert block("\u202bמאת \u202aAda\u202c\u200f <\u202aada@example.net\u202c>:\u202c") == "מאת Ada <ada@example.net>:"
    assert block("\u2068Ada\u2069 and \u2067דוד\u2069") == "Ada and דוד"
    assert block("\u2067a\u202eb\u202c\u2069") == "⟨U+2067⟩a⟨U+202E⟩b⟨U+202C⟩⟨U+2069⟩"
    assert "⟨U+202B⟩" in block("\u202b" * 9 + "x" + "\u202c" * 9)


def test_what_is_not_drawn_is_gone() -> None:
    assert line("pay\u200bpal\u00ad") == "paypal"
    assert line("\u034f" * 40 + "x" + "\U000e0041") == "x"
    assert line("a\ufffeb") == "ab"


def test_octets_that_are_no_text_are_marked() -> None:
    """In the name of a file or in an argument; without them a sentence would name nothing, or another file."""
    assert line("a\udc80b") == "a\ufffdb"


def test_joiners_stay_where_they_join() -> None:
    assert line("👨\u200d👩\u200d👧") == "👨\u200d👩\u200d👧"
    assert line("☎\ufe0f 1\ufe0f\u20e3") == "☎\ufe0f 1\ufe0f\u20e3"
    assert line("ශ්\u200dරී") == "ශ්\u200dරී"
    assert line("می\u200cخواهم") == "می\u200cخواهم"
    assert line("a\u200db\ufe0fc\u200cd") == "abcd"


def test_pictures_are_joined_within_bounds() -> None:
    chain = line("👨" + "\u200d👨" * 100)
    assert chain.count("\u200d") < 100
    assert cells(chain) > 40


def test_marks_do_not_pile_up() -> None:
    assert line("a" + "\u0301" * 200) == "a" + "\u0301" * 5
    assert line("\u0301x") == "◌\u0301x"
    assert block("a\n\u0301b") == "a\n◌\u0301b"


def test_long_text_is_cut_with_a_mark() -> None:
    assert line("x" * 3000) == "x" * 1999 + "…"
    assert line("abc", 0) == ""
    assert block("x" * 30, 10) == "x" * 9 + "…"
    assert line("\u200b" * 500_000 + "x", 10) == "…"


@example("\x85" + "\u0301" * 50, 30)
@given(texts, st.integers(30, 80))
@example(" \u0301.pdf", 30)
@example(" \u0301" + "x" * 29, 30)
def test_the_name_of_a_file_is_a_safe_line(text: str, limit: int) -> None:
    name = file_name(text, limit)
    check(name)
    assert len(name) <= limit
    assert line(name) == name


def test_the_name_of_a_file_keeps_its_end() -> None:
    assert file_name("invoice.pdf" + " " * 60 + ".exe", 40) == "invoice.pdf .exe"
    assert file_name("a" * 300 + ".pdf.exe", 40) == "a" * 19 + "…" + "a" * 12 + ".pdf.exe"
    assert file_name("a" * 100_000 + ".exe", 40).endswith("a.exe")
    assert file_name("short.pdf", 40) == "short.pdf"
    assert file_name(" \u0301a", 40) == "◌\u0301a"


def test_tabs_and_line_ends_of_a_block() -> None:
    assert block("a\tb\r\nc\rd\x85e\u2028f") == "a       b\nc\nd e f"


def test_clean_text_is_not_touched() -> None:
    for text in ("", "Plain text.", "Grüße aus Łódź", "日本語の件名", "Привет — “мир”"):
        assert line(text) is text
        assert own(text) is text
