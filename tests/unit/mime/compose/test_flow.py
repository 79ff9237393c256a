"""format=flowed: short lines on the wire, the same paragraphs after it."""

from __future__ import annotations

import re

from hypothesis import example, given

from tests.unit.mime.compose.strategies import bodies
from tui_mail.mime.compose.flow import WIDTH, flow
from tui_mail.mime.flowed import join_flowed
from tui_mail.text.width import cells


def kept(text: str) -> str:
    """What of ``text`` has a meaning: not spaces at the end of a line, and one space after the marks of a quote."""
    rows = []
    for row in text.split("\n"):
        marks, content = re.fullmatch(r"(>*)(.*)", row, re.DOTALL).groups()  # type: ignore[union-attr]
        content = content.removeprefix(" ") if marks else content
        content = content if content == "-- " else content.rstrip(" ")
        rows.append(f"{marks} {content}" if marks and content else marks or content)
    return "\n".join(rows)


@example("foo -- " + "x" * 80)
@example("> -- \n> " + "word " * 30)
@example("a " * 36 + "> b")
@given(bodies)
def test_paragraphs_come_back(text: str) -> None:
    expected = kept(text)
    # The reader shows the end of a signature line inside a quote without its space.
    assert join_flowed(flow(text)) == re.sub(r"(?m)^(>+ --) $", r"\1", expected)


@given(bodies)
def test_only_soft_breaks_end_in_a_space(text: str) -> None:
    for row in text.split("\n"):
        lines = flow(row).split("\n")
        assert all(line.endswith(" ") for line in lines[:-1])
        assert not lines[-1].endswith(" ") or lines[-1].lstrip(">").removeprefix(" ") == "-- " or lines[-1] == "-- "
        assert all(line.lstrip(">").removeprefix(" ") != "-- " and line != "-- " for line in lines[:-1])


@given(bodies)
def test_lines_are_short_unless_a_word_or_an_indent_is_not(text: str) -> None:
    for line in flow(text).split("\n"):
        words = line.lstrip(">").strip(" ").split(" ")
        # Not broken: one long word, two dashes and what follows them, code, and the marks of a very deep quote.
        kept_whole = len(words) == 1 or words[0] == "--" or "\t" in line or line.startswith((" ", ">" * 25))
        assert cells(line.rstrip(" ")) <= WIDTH + 1 or kept_whole


def test_what_is_stuffed() -> None:
    assert flow("From me\n from\n> quote\n>From\nFromage") == " From me\n  from\n> quote\n> From\nFromage"


def test_breaks() -> None:
    url = "https://example.org/" + "a" * 100
    assert flow(f"See {url} for more") == f"See \n{url} \nfor more"
    assert flow("word " * 20).split("\n") == [("word " * 14), ("word " * 6).rstrip()]
    assert flow(">> " + "word " * 20).split("\n") == [">> " + "word " * 14, ">> " + ("word " * 6).rstrip()]
    code = "    " + "code " * 30
    assert flow(code) == " " + code.rstrip()
    assert flow("한국어 " * 20).split("\n")[0] == "한국어 " * 10


def test_a_signature() -> None:
    assert flow("text\n-- \nAda  ") == "text\n-- \nAda"
    assert flow("--  ") == "--"
