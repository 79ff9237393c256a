"""A whole conversation in the pane: one column, lazily made, with one message under the cursor."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from textual.pilot import Pilot
from textual.selection import Selection

from tests.ui import samples
from tests.ui.reader.test_pane import Reading
from tests.ui.stage import painted
from tui_mail.mime.rendered import Rendered
from tui_mail.model.flags import Flag
from tui_mail.model.ids import ItemId
from tui_mail.model.mail import Item
from tui_mail.text.safe import own
from tui_mail.ui.reader.column import Column, Place
from tui_mail.ui.reader.document import Document
from tui_mail.ui.reader.find import Hits
from tui_mail.ui.reader.lines import Piece
from tui_mail.ui.reader.manners import Lines
from tui_mail.ui.reader.pane import ReaderPane
from tui_mail.ui.reader.selecting import Caret
from tui_mail.ui.reader.shut import Shut


def items(count: int) -> list[Item]:
    return [
        replace(
            samples.item("Re: Tables" if number > 1 else "Tables", number=number),
            snippet=f"first words of {number}",
            flags=Flag.SEEN,
        )
        for number in range(1, count + 1)
    ]


class Loads:
    """Gives texts, and remembers whose were asked for."""

    def __init__(self, *, absent: set[int] | None = None, rows: int = 3) -> None:
        self.asked: list[int] = []
        self._absent = absent or set()
        self._rows = rows

    def __call__(self, item: Item) -> Rendered | None:
        self.asked.append(item.id)
        if item.id in self._absent:
            return None
        return samples.rendered("\n".join(f"text {item.id} row {row}" for row in range(self._rows)), parts=(), links=())


@asynccontextmanager
async def shown(
    count: int = 5, opened: set[int] | None = None, current: int = 0, loads: Loads | None = None, **stage: Any
) -> AsyncIterator[tuple[Reading, ReaderPane, Pilot[None], Loads]]:
    app, loads = Reading(), loads or Loads()
    async with app.run_test(size=stage.get("size", (80, 24))) as pilot:
        if not stage.get("ahead", True):
            app.pane._go_on = lambda: None  # type: ignore[method-assign] # nothing is done before somebody looks
        current = current or count
        wanted = {ItemId(each) for each in (opened if opened is not None else {count})}
        app.pane.show_conversation(items(count), wanted, ItemId(current), loads)
        await pilot.pause()
        yield app, app.pane, pilot, loads


def rows(app: Reading) -> list[str]:
    return [row.rstrip() for row in painted(app).split("\n")]


async def test_older_messages_are_one_line_and_the_newest_is_open() -> None:
    async with shown() as (app, pane, _pilot, loads):
        lines = rows(app)
        assert lines[0] == "▎ Tables"
        assert lines[1].startswith("▎ Grace Hopper         first words of 1")
        assert lines[1].endswith(" 09:40")
        assert [line for line in lines if "first words" in line] == lines[1:5]
        assert lines[5].startswith("▌ Grace Hopper <grace@example.org>")
        assert lines[5].endswith("5 of 5")
        assert "  text 5 row 2" in lines
        assert sum("Tables" in line for line in lines) == 1
        assert loads.asked == [5]
        assert pane.item is not None
        assert pane.item.id == 5


async def test_what_is_unread_is_open_and_the_cursor_is_where_it_was_asked_for() -> None:
    async with shown(opened={2, 4, 5}, current=2, loads=Loads(rows=30), ahead=False) as (app, pane, pilot, loads):
        assert pane.item is not None
        assert pane.item.id == 2
        assert loads.asked == [2]
        assert "text 2 row 0" in painted(app)
        for _page in range(5):
            pane.page_down()
        await pilot.pause()
        assert pane.item.id == 5


async def test_a_conversation_of_hundreds_is_made_as_far_as_somebody_looks() -> None:
    async with shown(ahead=False) as (app, pane, pilot, _loads):
        loads = Loads(rows=200)
        pane.show_conversation(items(300), set(map(ItemId, range(150, 301))), ItemId(150), loads)
        await pilot.pause()
        assert "text 150 row 0" in painted(app)
        assert pane.line_down(3)
        assert loads.asked == [150]


async def test_stepping_goes_from_message_to_message() -> None:
    async with shown(loads=Loads(rows=40)) as (app, pane, pilot, _loads):
        assert not pane.step(1)
        assert pane.step(-1)
        assert pane.item is not None
        assert pane.item.id == 4
        assert pane.step(1)
        await pilot.pause()
        assert pane.item.id == 5
        assert any(row.startswith("▌ Grace Hopper <") for row in rows(app))
        while pane.step(-1):
            pass
        assert pane.item.id == 1
        await pilot.pause()
        assert rows(app)[0] == "▌ Tables"
        assert pane.end()
        assert pane.item.id == 5
        assert pane.home()
        assert pane.item.id == 1


async def test_the_bar_of_the_message_under_the_cursor_is_another() -> None:
    async with shown() as (_app, pane, pilot, _loads):

        def bar(row: int) -> object:
            return next(iter(pane._strip(row)[0]))

        assert bar(1) == bar(4) != bar(5)
        pane.step(-1)
        await pilot.pause()
        assert bar(5) == bar(1) != bar(4)


async def test_messages_open_and_fold_one_by_one_and_all_together() -> None:
    async with shown() as (app, pane, pilot, loads):
        pane.step(-1)
        pane.turn_message()
        await pilot.pause()
        assert "text 4 row 0" in painted(app)
        assert loads.asked == [5, 4]
        assert app.posted[-1].item.id == 4
        pane.turn_message()
        await pilot.pause()
        assert "text 4 row 0" not in painted(app)
        pane.turn_messages()
        await pilot.pause()
        assert all(not leaf.shut for leaf in pane._leaves)
        pane.turn_messages()
        await pilot.pause()
        assert [leaf.shut for leaf in pane._leaves] == [True, True, True, False, True]
        assert pane.item is not None
        assert pane.item.id == 4


async def test_opening_the_others_leaves_the_current_one_in_its_place() -> None:
    async with shown(loads=Loads(rows=30)) as (app, pane, pilot, _loads):
        before = rows(app).index(next(row for row in rows(app) if row.startswith("▌")))
        pane.turn_messages()
        await pilot.pause()
        assert rows(app).index(next(row for row in rows(app) if row.startswith("▌"))) == before
        assert "text 4 row 29" in painted(app)


async def test_a_click_opens_a_folded_message_and_takes_the_cursor_there() -> None:
    async with shown() as (app, pane, pilot, _loads):
        await pilot.click(ReaderPane, offset=(20, 2))
        await pilot.pause()
        assert "text 2 row 0" in painted(app)
        assert pane.item is not None
        assert pane.item.id == 2
        await pilot.click(ReaderPane, offset=(20, 2))
        await pilot.pause()
        assert "text 2 row 0" not in painted(app)


async def test_a_text_that_comes_late_does_not_move_what_is_read() -> None:
    loads = Loads(absent={3}, rows=40)
    async with shown(opened={3, 5}, current=5, loads=loads) as (app, pane, pilot, _loads):
        assert [event.item for event in app.posted] == [3]
        assert app.posted[0].prefer == "auto"
        before = rows(app)
        pane.update(items(5)[2], samples.rendered("\n".join(["late"] * 30)))
        await pilot.pause()
        assert rows(app)[1:] == before[1:]
        pane.home()
        await pilot.pause()
        assert "late" in painted(app)
        pane.update(items(5)[2], None, own("The server is not reachable."))
        await pilot.pause()
        assert "The server is not reachable." in painted(app)


async def test_find_goes_through_every_message_and_opens_the_folded_ones() -> None:
    async with shown(3, opened={2}, current=2) as (app, pane, pilot, _loads):
        assert pane.find("row 1") == 3
        await pilot.pause()
        assert app.posted[-1] == "2 of 3"
        assert pane.item is not None
        assert pane.item.id == 2
        assert [leaf.shut for leaf in pane._leaves] == [True, False, True]
        assert pane.find_next(1)
        assert pane.item.id == 3
        await pilot.pause()
        assert "text 3 row 1" in painted(app)
        assert app.posted[-1] == "3 of 3"
        assert app.posted[-2].item.id == 3  # it counts as opened
        assert pane.find_next(1)
        assert pane.item.id == 1
        assert not any(leaf.shut for leaf in pane._leaves)
        assert pane.find("first words") == 0


async def test_find_says_what_is_not_here_and_counts_it_when_it_comes() -> None:
    loads = Loads(absent={1, 2})
    async with shown(3, loads=loads) as (app, pane, pilot, _loads):
        away = replace(items(3)[0], has_body=False)
        pane.refresh_item(away, None)
        assert pane.find("row 1") == 1
        await pilot.pause()
        notes = [event for event in app.posted if isinstance(event, str)]
        assert notes == ["1 of 1 · 2 messages are not here yet"]
        asked = [event.item for event in app.posted if isinstance(event, ReaderPane.WantsRendering)]
        assert asked == [2]  # nothing is fetched for a search
        before = rows(app)
        pane.update(items(3)[1], samples.rendered("row 1\nrow 1", parts=(), links=()))
        await pilot.pause()
        assert rows(app) == before
        assert app.posted[-1] == "3 of 3 · 1 message is not here yet"
        pane.go_to_message(0)
        pane.turn_message()
        await pilot.pause()
        assert app.posted[-2].item == 1  # it is fetched once it is opened


async def test_find_without_a_hit_says_where_it_looked() -> None:
    async with shown(3, loads=Loads(absent={1, 2})) as (app, pane, pilot, _loads):
        assert pane.find("nowhere") == 0
        await pilot.pause()
        assert app.posted[-1] == "Not found in this conversation. 2 messages are not here yet."
        pane.update(items(3)[1], samples.rendered("it is here", parts=(), links=()))
        await pilot.pause()
        assert app.posted[-1] == "Not found in this conversation. 1 message is not here yet."
        pane.update(items(3)[0], samples.rendered("it is nowhere", parts=(), links=()))
        await pilot.pause()
        assert app.posted[-1] == "1 found"
        assert pane.find_next(1)
        assert pane.item is not None
        assert pane.item.id == 1


async def test_the_hits_stay_where_messages_come_and_go() -> None:
    async with shown(3, opened={2, 3}) as (app, pane, pilot, loads):
        assert pane.find("row 2") == 3
        more = [replace(items(1)[0], id=ItemId(99)), *items(3)]
        pane.show_conversation(more, (), ItemId(3), loads, again=True)
        await pilot.pause()
        assert app.posted[-1] == "4 of 4"
        assert pane.find_next(-1)
        assert pane.item is not None
        assert pane.item.id == 2


async def test_words_are_selected_through_several_messages() -> None:
    loads = Loads(absent={3}, rows=2)
    async with shown(4, opened={2, 3, 4}, current=2, loads=loads) as (app, pane, pilot, _loads):
        assert pane.start_selecting()
        pane.move_caret(lambda caret: caret.vertically(1))
        pane.move_caret(Caret.begin)
        pane.move_caret(lambda caret: caret.vertically(1), 3)
        await pilot.pause()
        assert pane.item is not None
        assert pane.item.id == 4
        lines = pane.selected.split("\n")
        assert lines[0] == "text 2 row 1"
        assert lines[2].startswith("Grace Hopper <grace@example.org>  to me, Alan, Joan +1  ")
        assert lines[-1] == "t"
        selection = app.screen.get_component_rich_style("screen--selection").bgcolor
        chosen = [
            "".join(each.text for each in pane.render_line(y) if each.style and each.style.bgcolor == selection).strip()
            for y in range(24)
        ]
        assert [" ".join(row.split()) for row in chosen if row and "░" not in row] == [
            " ".join(line.split()) for line in lines if line
        ]
        before = pane.selected
        pane.update(items(4)[2], samples.rendered("late", parts=(), links=()))
        await pilot.pause()
        assert pane.selecting
        assert "late" in pane.selected
        assert pane.selected.partition("\n")[0] == before.partition("\n")[0]
        await pilot.resize_terminal(40, 20)
        await pilot.pause()
        assert pane.selected.startswith("text 2 row 1\n")
        pane.update(items(4)[1], samples.rendered("another text", parts=(), links=()))
        await pilot.pause()
        assert not pane.selecting


async def test_the_mouse_copies_all_of_it_without_bars() -> None:
    async with shown(3, opened={1, 3}) as (app, pane, pilot, _loads):
        await pilot.pause()
        app.screen.selections = {pane: Selection(None, None)}
        await pilot.pause()
        text = app.screen.get_selected_text()
        assert text is not None
        lines = text.rstrip("\n").split("\n")
        assert lines[0] == "Tables"
        assert lines[1].startswith("Grace Hopper <grace@example.org>")
        assert lines[-1] == "text 3 row 2"
        assert not re.search("[▎▌]|   ", text)
        assert any(line.startswith("Grace Hopper  first words of 2") for line in lines)


WORDS = st.sampled_from(["ada", "bab", "> ada", "> bab", ">> ada bab", "", "> x"])
LONG_QUOTES = st.lists(st.sampled_from(["> ada", "> bab"]), min_size=7, max_size=12).map(lambda lines: ["x", *lines])
BODIES = st.lists(WORDS, min_size=1, max_size=25) | LONG_QUOTES
TEXTS = st.lists(st.tuples(st.booleans(), st.booleans(), BODIES), min_size=2, max_size=6)
STEPS = st.lists(st.sampled_from(["next", "previous", "jump", "fold", "quotes", "comes", "other"]), max_size=20)


async def test_find_walks_over_folds_as_over_one_text() -> None:
    app = Reading()
    async with app.run_test(size=(60, 12)):
        said: list[str] = []
        app.pane._say = said.append  # type: ignore[assignment,method-assign] # looked at at once

        @example([(True, True, ["x", "> bab", "> ada", "> ada", *["> bab"] * 6])] * 2, ["next"] * 3, "ada ada")
        @given(TEXTS, STEPS, st.sampled_from(["ada", "bab", "ada bab", "ada ada"]))
        def walk(parts: list[tuple[bool, bool, list[str]]], steps: list[str], wanted: str) -> None:
            texts = ["\n".join(lines) for _shut, _here, lines in parts]
            here = [is_here for _shut, is_here, _lines in parts]
            forms = [samples.rendered(text, parts=(), links=()) for text in texts]
            bodies = [form.text.rstrip("\n") if form.text.strip() else "" for form in forms]
            messages = items(len(parts))
            opened = {item.id for item, part in zip(messages, parts, strict=True) if not part[0]}
            pane = app.pane
            pane.show_conversation(
                messages, opened, messages[-1].id, lambda item: forms[item.id - 1] if here[item.id - 1] else None
            )

            def expected() -> list[Place]:
                return [
                    Place(number, start)
                    for number, text in enumerate(bodies)
                    if here[number]
                    for start, _end in Hits(text, wanted).spans
                ]

            assert pane.find(wanted) == len(expected())
            at = pane._found.here[0] if pane._found and pane._found.here else None
            for step in steps:
                places = expected()
                if step in {"next", "previous", "jump"}:
                    count = {"next": 1, "previous": -1, "jump": 3}[step]
                    assert pane.find_next(count)
                    if places:
                        before = places.index(at) if at in places else -1 if count > 0 else 0
                        at = places[(before + count) % len(places)]
                        _is_shown(pane, at, said[-1], places, here)
                elif step == "comes" and False in here:
                    number = here.index(False)
                    here[number] = True
                    pane.update(messages[number], forms[number])
                elif step == "fold":
                    pane.turn_message()
                elif step == "quotes":
                    pane.toggle_quotes()
                else:
                    pane.step(-1)

        walk()


def _is_shown(pane: ReaderPane, at: Place, said: str, places: list[Place], here: list[bool]) -> None:
    """The hit is on the screen, its message is the current one, and the status line counts rightly."""
    assert pane._found is not None
    assert pane._found.here is not None
    assert pane._found.here[0] == at
    assert not pane._leaves[at.part].shut
    row = pane._column.row_of(at)
    assert 0 <= row - pane._top < pane._rows()
    for edge in pane._found.here:
        found = pane._column.part(edge.part).body_row(pane._column.row_of(edge) - pane._column.start(edge.part))
        assert found is not None
        assert found.start <= edge.offset < found.end
    assert pane.item == pane._leaves[at.part].item
    absent = here.count(False)
    assert said.startswith(f"{places.index(at) + 1} of {len(places)}")
    assert (f"{absent} message" in said) == bool(absent)


async def test_source_and_headers_are_those_of_the_message_under_the_cursor() -> None:
    async with shown(opened={2, 5}, current=2) as (app, pane, pilot, _loads):
        pane.toggle_headers()
        await pilot.pause()
        assert app.posted[-1].item == 2
        pane.show_headers(b"Subject: x\nX-Long: y\n\n")
        await pilot.pause()
        assert painted(app).count("X-Long: y") == 1
        pane.toggle_source()
        pane.show_source(b"Subject: source\n\nraw")
        await pilot.pause()
        assert rows(app)[0] == "  Subject: source"
        assert not pane.step(1)
        pane.toggle_source()
        await pilot.pause()
        assert pane.item is not None
        assert pane.item.id == 2
        assert "X-Long: y" in painted(app)


async def test_the_same_conversation_again_keeps_what_is_open() -> None:
    async with shown(opened={2, 5}, current=5) as (app, pane, pilot, loads):
        left = [item for item in items(5) if item.id != 5]
        pane.show_conversation(left, set(), ItemId(4), loads, again=True)
        await pilot.pause()
        assert pane.item is not None
        assert pane.item.id == 4
        assert "text 2 row 0" in painted(app)
        assert "text 5" not in painted(app)
        assert not pane._leaves[1].shut


async def test_a_star_shows_on_a_folded_message() -> None:
    async with shown() as (app, pane, pilot, _loads):
        pane.refresh_item(replace(items(5)[1], flags=Flag.FLAGGED), None)
        await pilot.pause()
        assert "★ first words of 2" in painted(app)
        pane.step(-1)
        assert pane.item is not None
        assert pane.item.id == 4


async def test_a_resize_keeps_the_message_that_is_read() -> None:
    async with shown(opened={1, 2, 3, 4, 5}, current=3, loads=Loads(rows=50)) as (app, pane, pilot, _loads):
        pane.page_down()
        await pilot.pause()
        before = rows(app)[0]
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        assert rows(app)[0] == before
        assert pane.item is not None
        assert pane.item.id == 3


PARTS = st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(1, 12)), min_size=1, max_size=8)


def made(parts: list[tuple[bool, int, int]]) -> Column:
    def make(number: int) -> Document:
        shut, head, lines = parts[number]
        top = [(Piece(own(f"{number} head {row}")),) for row in range(head)]
        if shut:
            return Shut(Lines(own("")), 40, head=top or [()])
        return Document(Lines(own("\n".join(f"{number} line {row}" for row in range(lines)))), 40, head=top, apart=True)

    return Column(len(parts), make)


@given(PARTS, st.randoms(use_true_random=False))
def test_a_column_is_its_documents_below_each_other(parts: list[tuple[bool, int, int]], chance: Any) -> None:
    whole = made(parts)
    whole.finish()
    expected = [part.line(row) for part in map(whole.part, range(len(parts))) for row in range(part.height())]
    assert whole.complete
    assert whole.height() == whole.estimate() == len(expected)
    lazy = made(parts)
    order = list(range(len(expected)))
    chance.shuffle(order)
    for row in order:
        assert lazy.line(row) == expected[row]
    assert lazy.line(len(expected)) is None


@given(PARTS)
def test_every_row_of_a_column_is_found_at_its_place(parts: list[tuple[bool, int, int]]) -> None:
    column = made(parts)
    column.finish()
    for row in range(column.height()):
        assert made(parts).row_of(column.place_at(row)) == row


@given(PARTS, st.data())
def test_one_document_anew_leaves_the_others(parts: list[tuple[bool, int, int]], data: st.DataObject) -> None:
    column = made(parts)
    column.finish()
    number = data.draw(st.integers(0, len(parts) - 1))
    parts[number] = data.draw(st.tuples(st.booleans(), st.integers(0, 4), st.integers(1, 12)))
    column.renew(number)
    column.finish()
    fresh = made(parts)
    fresh.finish()
    assert [column.line(row) for row in range(column.height())] == [fresh.line(row) for row in range(fresh.height())]
    assert column.row_of(Place(len(parts) - 1, 0)) == fresh.row_of(Place(len(parts) - 1, 0))


async def test_a_message_that_comes_meanwhile_moves_nothing() -> None:
    async with shown(opened={1, 3}, current=3, loads=Loads(rows=60)) as (app, pane, pilot, loads):
        pane.page_down()
        await pilot.pause()
        before = [row.replace("of 5", "of 6") for row in rows(app)]
        more = [replace(items(1)[0], id=ItemId(99)), *items(5)]
        pane.show_conversation(more, (), ItemId(3), loads, again=True)
        await pilot.pause()
        assert rows(app) == before
        assert pane._leaves[0].shut


async def test_keys_typed_before_the_pane_is_drawn_find_the_conversation() -> None:
    async with shown() as (app, pane, pilot, loads):
        pane.display = False
        pane.clear()
        await pilot.pause()
        pane.display = True
        pane.show_conversation(items(8), {ItemId(8)}, ItemId(8), loads)
        assert pane.step(-1)
        pane.turn_message()
        pane.turn_messages()
        assert pane.find("text 7") > 0
        assert not pane.shift(1)
        await pilot.pause()
        assert pane.item is not None
        assert pane.item.id == 7
        assert "text 7 row 0" in painted(app)
