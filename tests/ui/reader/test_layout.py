"""Rows of a body: nothing is lost, nothing is too wide, and laziness cannot be seen."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mail.text.safe import SafeText, block, own
from tui_mail.text.width import cells
from tui_mail.ui.reader.layout import FOLD_KEEP, FOLD_OVER, PARAGRAPH_LIMIT, Kind, Layout, Row, hidden_words

LINES = st.lists(
    st.one_of(
        st.text(alphabet="ab >é漢👩\u0301", max_size=60),
        st.sampled_from(["", "> quoted", ">> twice as deep", "> > spaced", ">", "-- ", "diff --git a/x b/x", "+added"]),
    ),
    max_size=40,
)
WIDTHS = st.integers(4, 90)


def body(lines: list[str]) -> SafeText:
    return block("\n".join(lines))


def rows(layout: Layout) -> list[Row]:
    found = [layout.row(number) for number in range(layout.finish())]
    return [row for row in found if row is not None]


def shown(layout: Layout, row: Row) -> str:
    return row.prefix + layout.text[row.start : row.end]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@given(LINES, WIDTHS)
def test_every_word_is_shown_once_and_in_order(lines: list[str], width: int) -> None:
    layout = Layout(body(lines), width, fold=False)
    drawn = "".join(layout.text[row.start : row.end] for row in rows(layout))
    assert squeezed(drawn) == squeezed(layout.text)


@given(LINES, WIDTHS)
def test_no_row_is_wider_than_the_pane(lines: list[str], width: int) -> None:
    layout = Layout(body(lines), width)
    for row in rows(layout):
        used = cells(SafeText(shown(layout, row)))
        assert used <= width
        if row.hidden and row.start < row.end:
            assert used + 2 + cells(hidden_words(row.hidden)) <= width


@given(LINES, WIDTHS, st.randoms(use_true_random=False))
def test_the_order_of_looking_does_not_matter(lines: list[str], width: int, chance: random.Random) -> None:
    whole = rows(Layout(body(lines), width))
    lazy = Layout(body(lines), width)
    numbers = list(range(len(whole) + 2))
    chance.shuffle(numbers)
    for number in numbers:
        assert lazy.row(number) == (whole[number] if number < len(whole) else None)


@given(LINES, WIDTHS)
def test_an_offset_is_found_on_the_row_that_shows_it(lines: list[str], width: int) -> None:
    layout = Layout(body(lines), width, fold=False)
    for number, row in enumerate(rows(layout)):
        for offset in range(row.start, row.end):
            assert Layout(layout.text, width, fold=False).row_of(offset) == number


@given(LINES, WIDTHS)
def test_what_is_folded_away_knows_its_fold(lines: list[str], width: int) -> None:
    layout = Layout(body(lines), width)
    visible = {offset for row in rows(layout) for offset in range(row.start, row.end)}
    for offset, char in enumerate(layout.text):
        if not char.isspace():
            fold = layout.fold_of(offset)
            assert (fold < 0) == (offset in visible)
            if fold >= 0:
                opened = Layout(layout.text, width, opened={fold})
                assert opened.fold_of(offset) == -1


def test_a_long_quote_is_folded_and_says_how_much_is_hidden() -> None:
    layout = Layout(body(["> line"] * 20 + ["answer"]), 60)
    folded = rows(layout)
    assert [row.hidden for row in folded] == [0, 20 - FOLD_KEEP, 0]
    assert folded[-1].level == 0


def test_a_short_quote_stands() -> None:
    assert not any(row.hidden for row in rows(Layout(body(["> line"] * FOLD_OVER), 60)))


def test_quote_marks_are_repeated_on_wrapped_rows() -> None:
    layout = Layout(own("> " + "word " * 20 + "end"), 30)
    drawn = [shown(layout, row) for row in rows(layout)]
    assert len(drawn) > 1
    assert all(text.startswith("> word") or text == "> end" for text in drawn)


def test_marks_that_would_fill_the_row_are_not_repeated() -> None:
    layout = Layout(own(">" * 40 + " deep"), 20)
    assert squeezed("".join(shown(layout, row) for row in rows(layout))) == ">" * 40 + "deep"


@pytest.mark.parametrize(("line", "level"), [("> a", 1), (">a", 1), (">> a", 2), (" > > a", 2), ("a > b", 0), ("", 0)])
def test_levels(line: str, level: int) -> None:
    row = Layout(SafeText(line), 40).row(0)
    assert row is not None
    assert row.level == level


def test_signature_and_diff_are_told_apart() -> None:
    text = body(["text", "diff --git a/f b/f", "@@ -1 +1 @@", "-old", "+new", "-- ", "name"])
    kinds = [row.kind for row in rows(Layout(text, 40))]
    assert kinds == [Kind.TEXT, Kind.HUNK, Kind.HUNK, Kind.REMOVED, Kind.ADDED, Kind.SIGNATURE, Kind.SIGNATURE]


def test_a_dash_in_prose_is_no_diff() -> None:
    assert {row.kind for row in rows(Layout(body(["- one", "+ two", "--- ", "end"]), 40))} == {Kind.TEXT}


def test_a_megabyte_is_not_wrapped_before_somebody_looks() -> None:
    layout = Layout(own("word " * 200_000), 80)
    assert layout.row(30) is not None
    assert layout.height < 200
    assert not layout.complete
    assert layout.estimate() > 10_000


def test_a_line_of_a_megabyte_keeps_its_text() -> None:
    text = own("x" * (PARAGRAPH_LIMIT * 3 + 17) + " and words " * 2_000)
    layout = Layout(text, 80)
    assert squeezed("".join(text[row.start : row.end] for row in rows(layout))) == squeezed(text)
    assert layout.finish() == layout.estimate()
