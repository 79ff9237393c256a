"""Rows of a body: nothing is lost, nothing is too wide, and laziness cannot be seen."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.samples import marks_of
from tui_mail.mime.html import DirectConverter
from tui_mail.mime.render import render
from tui_mail.mime.rendered import Mark
from tui_mail.text.safe import SafeText, block, own
from tui_mail.text.width import cells
from tui_mail.ui.reader.layout import BAR_WIDTH, FOLD_KEEP, FOLD_OVER, Folds, Layout, Row, hidden_words
from tui_mail.ui.reader.manners import PARAGRAPH_LIMIT, Kind, Lines

LINES = st.lists(
    st.one_of(
        st.text(alphabet="ab >é漢👩\u0301•-", max_size=60),
        st.sampled_from(["", "> quoted", ">> twice as deep", "> > spaced", ">", "-- ", "diff --git a/x b/x", "+added"]),
        st.sampled_from(
            ["On Friday Alan wrote:", "- a point that goes on for a while", "    indented", "@@ -1,2 +1,2 @@"]
        ),
    ),
    max_size=40,
)
WIDTHS = st.integers(4, 90)
KINDS = [kind.value for kind in Kind if kind is not Kind.TEXT]


@st.composite
def bodies(draw: st.DrawFn) -> Lines:
    """A text with the marks that rendering would find, and others that it might."""
    text = block("\n".join(draw(LINES)))
    marks = list(marks_of(text))
    if text:
        place = st.integers(0, len(text) - 1)
        for kind in draw(st.lists(st.sampled_from([*KINDS, "item", "quote", "link"]), max_size=6)):
            start, size = draw(place), draw(st.integers(1, 60))
            marks.append(Mark(start, min(start + size, len(text)), kind, draw(st.integers(0, 5))))
    return Lines(text, sorted(marks, key=lambda mark: (mark.start, -mark.end)))


def body(lines: list[str], marks: tuple[Mark, ...] | None = None) -> Lines:
    text = block("\n".join(lines))
    return Lines(text, marks_of(text) if marks is None else marks)


def rows(layout: Layout) -> list[Row]:
    found = [layout.row(number) for number in range(layout.finish())]
    return [row for row in found if row is not None]


def used(layout: Layout, row: Row) -> int:
    text = layout.text[row.start : row.end]
    return BAR_WIDTH * layout.bars(row.level) + row.indent + cells(text)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@given(bodies(), WIDTHS)
def test_rows_cover_the_text_but_for_blanks_and_marks_of_quoting(lines: Lines, width: int) -> None:
    layout = Layout(lines, width)
    at = 0
    for row in rows(Layout(lines, width)):
        between = layout.text[at : row.start]
        assert re.fullmatch(r"[ \n]*" + (r"[ >]*" if row.level else ""), between)
        at = row.end
    assert not layout.text[at:].strip()


@given(bodies(), WIDTHS)
def test_no_row_is_wider_than_the_pane(lines: Lines, width: int) -> None:
    layout = Layout(lines, width, folds=Folds())
    for row in rows(layout):
        if row.manner.wraps:
            assert used(layout, row) <= width
            if row.hidden and row.start < row.end:
                assert used(layout, row) + 2 + cells(hidden_words(row.hidden)) <= width


@given(bodies(), WIDTHS, st.randoms(use_true_random=False))
def test_the_order_of_looking_does_not_matter(lines: Lines, width: int, chance: random.Random) -> None:
    whole = rows(Layout(lines, width, folds=Folds()))
    lazy = Layout(Lines(lines.text, lines._marks), width, folds=Folds())
    numbers = list(range(len(whole) + 2))
    chance.shuffle(numbers)
    for number in numbers:
        assert lazy.row(number) == (whole[number] if number < len(whole) else None)


@given(bodies(), WIDTHS)
def test_an_offset_is_found_on_the_row_that_shows_it(lines: Lines, width: int) -> None:
    for number, row in enumerate(rows(Layout(lines, width))):
        for offset in range(row.start, row.end):
            assert Layout(lines, width).row_of(offset) == number


@given(bodies(), WIDTHS)
def test_what_is_folded_away_knows_its_fold(lines: Lines, width: int) -> None:
    layout = Layout(lines, width, folds=Folds())
    whole = {offset for row in rows(Layout(lines, width)) for offset in range(row.start, row.end)}
    visible = {offset for row in rows(layout) for offset in range(row.start, row.end)}
    for offset in whole:
        if not layout.text[offset].isspace():
            fold = layout.fold_of(offset)
            assert (fold < 0) == (offset in visible)
            if fold >= 0:
                folds = Folds()
                folds.turn(fold)
                assert Layout(lines, width, folds=folds).fold_of(offset) == -1


def test_a_line_cut_into_pieces_is_folded_away_in_part() -> None:
    layout = Layout(body(["> " + "word " * 20_000 + "end"]), 60, folds=Folds())
    assert layout.fold_of(layout.text.index("end")) == -1  # nothing but a quote is not folded
    layout = Layout(body(["> " + "word " * 20_000 + "end", "answer"]), 60, folds=Folds())
    assert layout.fold_of(layout.text.index("end")) == 0
    assert layout.fold_of(2) == -1


def test_a_long_quote_is_folded_and_says_how_much_is_hidden() -> None:
    layout = Layout(body(["> line"] * 20 + ["answer"]), 60, folds=Folds())
    folded = rows(layout)
    assert [row.hidden for row in folded] == [0, 20 - FOLD_KEEP, 0]
    assert folded[-1].level == 0


def test_a_short_quote_stands() -> None:
    assert not any(row.hidden for row in rows(Layout(body([*["> line"] * FOLD_OVER, "no"]), 60, folds=Folds())))


def test_a_message_that_is_nothing_but_a_quote_is_not_folded() -> None:
    text = ["On Friday Alan wrote:", *["> line"] * 20]
    assert not any(row.hidden for row in rows(Layout(body(text), 60, folds=Folds())))


def test_empty_lines_inside_a_quote_are_folded_with_it() -> None:
    text = ["yes", *["> line"] * 4, "", *["> line"] * 4, "", "no"]
    assert [row.hidden for row in rows(Layout(body(text), 60, folds=Folds()))] == [0, 0, 9 - FOLD_KEEP, 0, 0]


def test_folds_turn_one_by_one_and_all_together() -> None:
    folds = Folds()
    folds.turn(7)
    assert not folds.is_shut(7)
    assert folds.is_shut(8)
    folds.turn_all()
    assert not folds.is_shut(7)
    assert not folds.is_shut(8)
    folds.turn(8)
    assert folds.is_shut(8)


def test_what_introduces_a_quote_stays_visible() -> None:
    text = ["Yes.", "", "On Friday Alan wrote:", *["> line"] * 20]
    kinds = [row.kind for row in rows(Layout(body(text), 60, folds=Folds()))]
    assert kinds[2] is Kind.ATTRIBUTION
    assert len(kinds) == 3 + FOLD_KEEP


def test_marks_of_quoting_are_left_out_and_bars_take_their_place() -> None:
    layout = Layout(body(["x", "> " + "word " * 20 + "end"]), 30)
    drawn = [layout.text[row.start : row.end] for row in rows(layout)][1:]
    assert len(drawn) > 1
    assert all(text.startswith("word") or text == "end" for text in drawn)
    assert layout.bars(1) == 1


def test_bars_never_fill_the_row() -> None:
    layout = Layout(body(["x", ">" * 40 + " deep"]), 20)
    row = rows(layout)[1]
    assert layout.text[row.start : row.end] == "deep"
    assert layout.bars(row.level) * BAR_WIDTH < 10


@pytest.mark.parametrize(("line", "level"), [("> a", 1), (">a", 1), (">> a", 2), (" > > a", 2), ("a > b", 0), ("", 0)])
def test_levels(line: str, level: int) -> None:
    row = Layout(body([line]), 40).row(0)
    assert row is not None
    assert row.level == level


def test_the_head_of_a_message_quoted_without_signs_counts_as_a_level() -> None:
    text = [
        "Yes.",
        "",
        "From: Alan Turing",
        "Sent: Friday",
        "To: Ada",
        "Subject: tables",
        "",
        "They are too large.",
        "> Are they?",
    ]
    levels = [row.level for row in rows(Layout(body(text), 60))]
    assert levels == [0, 0, 1, 1, 1, 1, 1, 1, 2]


def test_signature_and_diff_are_told_apart() -> None:
    text = ["text", "diff --git a/f b/f", "--- a/f", "+++ b/f", "@@ -1 +1 @@", "-old", "+new", "-- ", "name"]
    kinds = [row.kind for row in rows(Layout(body(text), 40))]
    assert kinds == [
        Kind.TEXT, *[Kind.FILE] * 3, Kind.HUNK, Kind.REMOVED, Kind.ADDED, Kind.SIGNATURE, Kind.SIGNATURE,
    ]  # fmt: skip


def test_a_dash_in_prose_is_no_diff() -> None:
    assert {row.kind for row in rows(Layout(body(["- one", "+ two", "--- ", "end"]), 40))} == {Kind.TEXT}


def test_points_and_indents_hang() -> None:
    text = "•  " + "word " * 20
    layout = Layout(Lines(own(text), [Mark(0, len(text), "item", 3)]), 30)
    assert [row.indent for row in rows(layout)][:3] == [0, 3, 3]
    plain = Layout(body(["  - " + "word " * 20, "    " + "word " * 20, "word " * 20]), 30)
    indents: dict[int, set[int]] = {}
    for row in rows(plain):
        indents.setdefault(plain.text.count("\n", 0, row.start), set()).add(row.indent)
    assert indents == {0: {0, 4}, 1: {0, 4}, 2: {0}}


def test_tables_and_code_keep_their_lines() -> None:
    html = (
        b"Content-Type: text/html\n\n<h2>Figures of the second quarter, all of them</h2><table border=1>"
        b"<tr><th>first column<th>second column<th>third</tr><tr><td>1<td>2<td>3</tr></table><ul><li>a point</ul>"
        b"<pre>code of one line that is long enough to be wrapped</pre><hr>"
    )
    rendered = render(html, html=DirectConverter())
    layout = Layout(Lines(rendered.text, rendered.marks), 20)
    kinds = [(row.kind, layout.text[row.start : row.end]) for row in rows(layout)]
    assert sum(kind is Kind.HEADING for kind, _text in kinds) == 3
    assert (Kind.TABLE, "first column  second column  third") in kinds
    assert (Kind.PRE, "code of one line that is long enough to be wrapped") in kinds
    assert kinds[-1][0] is Kind.RULE


def test_a_megabyte_is_not_wrapped_before_somebody_looks() -> None:
    layout = Layout(Lines(own("word " * 200_000)), 80)
    assert layout.row(30) is not None
    assert layout.height < 200
    assert not layout.complete
    assert layout.estimate() > 10_000


def test_marks_are_read_as_far_as_somebody_looks() -> None:
    text = block("words\n> quoted\n" * 30_000)
    lines = Lines(text, marks_of(text))
    assert Layout(lines, 80, folds=Folds()).row(30) is not None
    assert len(lines._manners) < 100


def test_a_line_of_a_megabyte_keeps_its_text() -> None:
    text = own("x" * (PARAGRAPH_LIMIT * 3 + 17) + " and words " * 2_000)
    layout = Layout(Lines(text), 80)
    assert squeezed("".join(text[row.start : row.end] for row in rows(layout))) == squeezed(text)
    assert layout.finish() == layout.estimate()


def test_text_without_marks_is_plain() -> None:
    layout = Layout(Lines(SafeText("> source\n-- \n+x")), 80, folds=Folds())
    assert {(row.level, row.kind) for row in rows(layout)} == {(0, Kind.TEXT)}
