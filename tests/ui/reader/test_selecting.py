"""Selecting words: what the cursor of the keyboard reaches, and that words are copied as they were written."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from textual.strip import Strip

from tests.ui import samples
from tests.ui.reader.test_layout import bodies
from tests.ui.reader.test_pane import reading
from tests.ui.running import act, home_with, running, status_of
from tests.ui.samples import marks_of
from tests.ui.stage import painted
from tui_mail.text import safe
from tui_mail.text.safe import block, own
from tui_mail.ui.reader.column import Column
from tui_mail.ui.reader.document import GUTTER, Document
from tui_mail.ui.reader.layout import Folds
from tui_mail.ui.reader.lines import Piece, spread
from tui_mail.ui.reader.manners import Lines
from tui_mail.ui.reader.selecting import Caret, Edge, selected_text, shown_span
from tui_mail.ui.reader.shut import Shut

MOVES: tuple[Callable[[Caret], None], ...] = (
    Caret.left,
    Caret.right,
    Caret.word_left,
    Caret.word_right,
    Caret.line_start,
    Caret.line_end,
    Caret.top,
    Caret.bottom,
    Caret.begin,
    lambda caret: caret.vertically(1),
    lambda caret: caret.vertically(-3),
)


def document(text: str, width: int = 40, *, fold: bool = False) -> Document:
    shown = block(text)
    return Document(Lines(shown, marks_of(shown)), width, folds=Folds() if fold else None)


def between(found: Document, first: tuple[int, int], last: tuple[int, int]) -> str:
    return selected_text(Column(1, lambda _number: found), Edge(*first), Edge(*last))


def caret(text: str, width: int = 40) -> Caret:
    found = document(text, width)
    return Caret(Column(1, lambda _number: found), 0, 0)


@given(bodies(), st.integers(12, 90))
def test_all_that_is_selected_is_all_that_is_written(lines: Lines, width: int) -> None:
    found = Document(lines, width)
    found.finish()
    copied = between(found, (0, 0), (found.height(), 0))
    signs = re.compile(r"^[ >]+", re.MULTILINE)
    assert signs.sub("", copied).split() == signs.sub("", lines.text).split()


def test_a_long_line_is_copied_whole_without_bars() -> None:
    words = "word " * 30 + "end"
    found = document(f"yes\n> {words}\n\n  indented\nlast")
    found.finish()
    assert between(found, (0, 0), (99, 0)) == f"yes\n{words}\n\n  indented\nlast"


def test_the_ends_are_where_the_pointer_was() -> None:
    found = document("first line\nsecond line\nthird")
    assert between(found, (0, GUTTER + 6), (1, GUTTER + 6)) == "line\nsecond"
    assert between(found, (0, GUTTER), (0, GUTTER + 5)) == "first"


def test_a_fold_is_one_break() -> None:
    found = document("a\n" + "> quoted\n" * 20 + "b", fold=True)
    found.finish()
    assert between(found, (0, 0), (99, 0)) == "a\nquoted\nquoted\nb"


@given(bodies(), st.integers(12, 90), st.lists(st.sampled_from(MOVES), max_size=30))
def test_the_cursor_never_leaves_the_text(lines: Lines, width: int, moves: list[Callable[[Caret], None]]) -> None:
    found = Document(lines, width, folds=Folds())
    cursor = Caret(Column(1, lambda _number: found), 0, 0)
    for move in moves:
        move(cursor)
        row = found.body_row(cursor.row)
        assert row is not None
        assert row.start <= cursor.offset <= row.end
        first, last = cursor.span(0)
        assert 0 <= first <= last <= len(lines.text)
        assert isinstance(cursor.text, str)
        assert shown_span(found, cursor.row, cursor.offset, cursor.offset + 1) is not None


def test_it_goes_by_characters_words_and_lines() -> None:
    cursor = caret("漢字 two words\n\nlast line")
    cursor.right()
    assert cursor.offset == 1
    cursor.word_right()
    assert cursor.document.layout.text[cursor.offset :].startswith("two")
    cursor.begin()
    cursor.line_end()
    assert cursor.text == "two words"
    cursor.vertically(2)
    assert cursor.text == "two words\n\nlast line"
    cursor.vertically(-2)
    cursor.word_left()
    assert cursor.text == "two w"
    cursor.top()
    cursor.left()
    assert cursor.text == "漢字 t"


def conversation(*texts: str, shut: set[int] | None = None, width: int = 60) -> Column:
    """Messages below each other with heads as the program draws them."""

    def make(number: int) -> Document:
        name = safe.line(f"Wüst 漢字 {number}")
        head = [spread((Piece(name),), (Piece(own("09:41")),), width - GUTTER - 1)]
        if number in (shut or ()):
            return Shut(Lines(own("")), width, head=head, bar=own("▎"))
        return Document(Lines(block(texts[number])), width, head=head, bar=own("▎"), apart=True)

    return Column(len(texts), make)


def test_several_messages_are_copied_as_they_are_seen() -> None:
    column = conversation("one\ntwo", "", "three " * 20 + "end", shut={1})
    column.finish()
    assert selected_text(column, Edge(0), Edge(column.height())).split("\n") == [
        "Wüst 漢字 0  09:41",
        "",
        "one",
        "two",
        "",
        "Wüst 漢字 1  09:41",
        "Wüst 漢字 2  09:41",
        "",
        "three " * 20 + "end",
        "",
    ]
    assert selected_text(column, Edge(0, GUTTER + 5), Edge(0, GUTTER + 9)) == "漢字"


def test_the_cursor_goes_from_message_to_message_and_passes_folded_ones() -> None:
    column = conversation("one\ntwo", "", "three\nfour", shut={1})
    cursor = Caret(column, 0, 0)
    cursor.vertically(1)
    cursor.begin()
    cursor.word_right()
    assert (cursor.part, cursor.offset) == (2, 0)
    cursor.right()
    assert cursor.text == "two\n\nWüst 漢字 1  09:41\nWüst 漢字 2  09:41\n\nth"
    cursor.bottom()
    cursor.vertically(1)
    cursor.right()
    assert cursor.text.endswith("\nthree\nfour")
    cursor.top()
    cursor.left()
    assert (cursor.part, cursor.offset) == (0, 6)
    cursor.vertically(-1)
    cursor.line_start()
    assert cursor.text == "one\nt"
    cursor.left()
    assert cursor.text == "one\nt"
    assert cursor.span(0) == (0, 5)


PARTS = st.lists(
    st.none() | st.lists(st.sampled_from(["ab 漢", "c", "", "word " * 20]), min_size=1), min_size=1, max_size=5
)


@given(PARTS, st.lists(st.sampled_from(MOVES), max_size=30), st.integers(30, 60))
def test_what_is_selected_lies_between_the_ends(
    parts: list[list[str] | None], moves: list[Callable[[Caret], None]], width: int
) -> None:
    texts = ["\n".join(part or ()) for part in parts]
    shut = {number for number, part in enumerate(parts) if part is None}
    start = next((number for number in range(len(parts)) if number not in shut), -1)
    if start < 0:
        return
    column = conversation(*texts, shut=shut, width=width)
    cursor = Caret(column, start, 0)
    for move in moves:
        move(cursor)
        assert cursor.part not in shut
        assert 0 <= cursor.offset <= len(texts[cursor.part])
    if cursor.mark is None:
        return
    first, last = cursor.ends
    assert first <= last
    expected = []
    for part in range(first.part, last.part + 1):
        head = f"Wüst 漢字 {part}  09:41"
        words = texts[part][slice(*cursor.span(part))] if part not in shut else ""
        expected += [*([head] if part > first.part else []), *words.split("\n")]
    assert "".join(cursor.text.split()) == "".join("".join(expected).split())


def test_before_a_selection_has_begun_it_is_the_line() -> None:
    words = "word " * 30 + "end"
    cursor = caret(f"first\n{words}\nlast")
    cursor.vertically(3)
    assert cursor.text == words


async def test_the_pane_shows_the_cursor_and_what_is_selected() -> None:
    async with reading(samples.rendered()) as (app, pane, pilot):
        assert pane.start_selecting()
        await pilot.pause()
        row = pane._column.part(0).body_start

        def styles(strip: Strip) -> list[str]:
            return [segment.text for segment in strip if segment.style and segment.style.reverse]

        assert styles(pane.render_line(row)) == ["T"]
        pane.move_caret(Caret.begin)
        pane.move_caret(Caret.word_right, 2)
        await pilot.pause()
        assert pane.selected == "The room i"
        selection = app.screen.get_component_rich_style("screen--selection").bgcolor
        chosen = [each.text for each in pane.render_line(row) if each.style and each.style.bgcolor == selection]
        assert "".join(chosen) == "The room i"
        before = painted(app)
        pane.stop_selecting()
        await pilot.pause()
        assert painted(app) == before
        assert not pane.selecting
        assert pane.selected == ""


async def test_what_the_cursor_stands_on_is_drawn_whole() -> None:
    for first in ("日", "👨\u200d👩\u200d👧", "é", "ก็"):
        async with reading(samples.rendered(f"{first}本 x", parts=(), links=())) as (_app, pane, pilot):
            assert pane.start_selecting()
            await pilot.pause()
            row = pane.render_line(pane._column.part(0).body_start)
            assert [segment.text for segment in row if segment.style and segment.style.reverse] == [first]
            assert f"{first}本 x" in row.text


async def test_the_cursor_scrolls_the_pane() -> None:
    text = "\n".join(f"line {number}" for number in range(100))
    async with reading(samples.rendered(text, parts=(), links=())) as (app, pane, pilot):
        assert pane.start_selecting()
        pane.move_caret(lambda cursor: cursor.vertically(1), 60)
        await pilot.pause()
        assert "line 60" in painted(app)
        pane.move_caret(Caret.top)
        await pilot.pause()
        assert "line 0" in painted(app)
        pane.move_caret(Caret.bottom)
        await pilot.pause()
        assert painted(app).rstrip().endswith("line 99")


async def test_another_message_ends_it() -> None:
    async with reading(samples.rendered()) as (_app, pane, _pilot):
        assert pane.start_selecting()
        pane.show(samples.item(number=2), None)
        assert not pane.selecting


async def test_keys_select_and_copy(tmp_path: Path) -> None:
    async with running(home_with(tmp_path)) as (app, pilot):
        await act(app, pilot, "open")
        await pilot.press("x")
        assert "begins" in status_of(app)
        await pilot.press("w", "x", "$")
        await pilot.press("y")
        assert status_of(app).count("Copied.") == 1
        text = app.mail_screen.reader._column.part(0).layout.text.split("\n")[0]
        assert app.clipboard == text.split(" ", 1)[1]
        await pilot.press("x", "escape")
        assert not app.mail_screen.reader.selecting
        assert app.mail_screen.reader_open
