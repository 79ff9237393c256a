"""The list without a screen: whatever happens to it, rows, places, cursor and selection agree."""

from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tui_mail.ui.list.model import ListModel
from tui_mail.ui.list.rowkeys import Row

KEYS = st.integers(1, 40)
VECTORS = st.lists(KEYS, unique=True, max_size=30)


def model_of(keys: list[int], *, threaded: bool = False) -> ListModel:
    model = ListModel()
    model.replace(array("q", keys), threaded=threaded)
    return model


def items_of(thread: int, count: int) -> list[int]:
    return [thread * 100 + number for number in range(count)]


class TestRows:
    def test_a_flat_list_shows_its_keys(self) -> None:
        model = model_of([5, 3, 9])
        assert list(model) == [Row(0, 5), Row(0, 3), Row(0, 9)]
        assert [model.place(row) for row in model] == [0, 1, 2]

    def test_an_unfolded_conversation_stands_as_its_items(self) -> None:
        model = model_of([5, 3, 9], threaded=True)
        model.unfold(3, [301, 302])
        assert list(model) == [Row(5, 0), Row(3, 301), Row(3, 302), Row(9, 0)]
        assert [model.place(row) for row in model] == [0, 1, 2, 3]
        assert model.place(Row(3, 0)) is None
        assert model.is_first(Row(3, 301))
        assert not model.is_first(Row(3, 302))

    def test_folding_puts_the_cursor_on_the_conversation(self) -> None:
        model = model_of([5, 3, 9], threaded=True)
        model.unfold(3, [301, 302])
        model.move_to(2)
        model.fold(3)
        assert model.at_cursor == Row(3, 0)
        assert model.cursor == 1

    def test_unfolding_keeps_the_place(self) -> None:
        model = model_of([5, 3, 9], threaded=True)
        model.move_to(1)
        model.unfold(3, [301, 302])
        assert (model.cursor, model.at_cursor) == (1, Row(3, 301))

    def test_an_item_is_found_in_its_folded_conversation(self) -> None:
        model = model_of([5, 3, 9], threaded=True)
        assert model.place_of_item(301, 3) == 1
        model.unfold(3, [300, 301])
        assert model.place_of_item(301, 3) == 2
        assert model_of([7, 8]).place_of_item(8, 3) == 1

    def test_nothing_stands_outside(self) -> None:
        model = model_of([1])
        for place in (-1, 1):
            with pytest.raises(IndexError):
                model.row(place)


class TestCursor:
    def test_new_mail_on_top_leaves_the_cursor_on_its_message(self) -> None:
        model = model_of([5, 3, 9])
        model.move_to(1)
        model.replace(array("q", [8, 7, 5, 3, 9]), threaded=False)
        assert (model.cursor, model.at_cursor) == (3, Row(0, 3))

    def test_when_its_message_goes_the_next_one_takes_the_cursor(self) -> None:
        model = model_of([5, 3, 9, 2])
        model.move_to(1)
        model.replace(array("q", [8, 5, 2]), threaded=False)
        assert model.at_cursor == Row(0, 2)

    def test_when_the_last_goes_the_one_before_takes_the_cursor(self) -> None:
        model = model_of([5, 3, 9])
        model.move_to(2)
        model.remove({Row(0, 9)})
        assert model.at_cursor == Row(0, 3)

    def test_an_empty_list_has_no_row_under_the_cursor(self) -> None:
        model = model_of([5])
        model.remove({Row(0, 5)})
        assert model.at_cursor is None
        assert len(model) == 0
        model = model_of([])
        model.replace(array("q", [4, 5]), threaded=False)
        assert (model.cursor, model.at_cursor) == (0, Row(0, 4))

    def test_a_million_rows_are_no_matter(self) -> None:
        model = model_of(list(range(1_000_000, 0, -1)))
        model.move_to(700_000)
        assert model.place(Row(0, 5)) == 999_995
        model.remove({model.row(700_000)})
        assert model.at_cursor == Row(0, 299_999)


class TestSelection:
    def test_select_to_here_takes_what_lies_between(self) -> None:
        model = model_of([1, 2, 3, 4, 5])
        model.move_to(1)
        model.toggle()
        model.move_to(3)
        model.select_to_here()
        assert set(model.selected) == {Row(0, 2), Row(0, 3), Row(0, 4)}

    def test_select_all_twice_selects_none(self) -> None:
        model = model_of([1, 2, 3])
        model.select_all()
        assert len(model.selected) == 3
        model.select_all()
        assert not model.selected

    def test_unfolding_a_selected_conversation_selects_its_items(self) -> None:
        model = model_of([5, 3], threaded=True)
        model.toggle()
        model.unfold(5, [501, 502])
        assert set(model.selected) == {Row(5, 501), Row(5, 502)}
        model.fold(5)
        assert set(model.selected) == {Row(5, 0)}

    def test_what_is_gone_is_not_selected(self) -> None:
        model = model_of([1, 2, 3])
        model.select_all()
        model.replace(array("q", [3, 4]), threaded=False)
        assert set(model.selected) == {Row(0, 3)}


class ListMachine(RuleBasedStateMachine):
    """Any sequence of what can happen, threads on."""

    def __init__(self) -> None:
        super().__init__()
        self.model = model_of([3, 1, 2], threaded=True)

    @rule(keys=VECTORS)
    def replace(self, keys: list[int]) -> None:
        before = self.model.at_cursor
        self.model.replace(array("q", keys), threaded=True)
        if before is not None and before.thread in keys:
            assert self.model.at_cursor is not None
            assert self.model.at_cursor.thread == before.thread

    @rule(place=st.integers(-3, 60))
    def move(self, place: int) -> None:
        self.model.move_to(place)

    @rule(thread=KEYS, count=st.integers(0, 5))
    def unfold(self, thread: int, count: int) -> None:
        before = self.model.at_cursor
        self.model.unfold(thread, items_of(thread, count))
        after = self.model.at_cursor
        if before is not None and after is not None and before.thread != thread:
            assert after == before

    @rule(thread=KEYS)
    def fold(self, thread: int) -> None:
        before = self.model.at_cursor
        self.model.fold(thread)
        after = self.model.at_cursor
        assert (after is None) == (before is None)
        if before is not None and after is not None:
            assert after.thread == before.thread

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        rows = list(self.model)
        if not rows:
            return
        gone = data.draw(st.sets(st.sampled_from(rows), max_size=6))
        stay = [row for row in rows if row not in gone]
        before, place = self.model.at_cursor, self.model.cursor
        self.model.remove(gone)
        assert list(self.model) == stay
        if before in gone:
            later = [row for row in rows[place:] if row not in gone]
            earlier = [row for row in rows[:place] if row not in gone]
            expected = later[0] if later else earlier[-1] if earlier else None
            assert self.model.at_cursor == expected
        else:
            assert self.model.at_cursor == before

    @rule()
    def toggle(self) -> None:
        self.model.toggle()

    @rule()
    def select_to_here(self) -> None:
        self.model.select_to_here()

    @rule()
    def select_all(self) -> None:
        self.model.select_all()

    @invariant()
    def rows_and_places_agree(self) -> None:
        rows = list(self.model)
        assert len(rows) == len(self.model) == len(set(rows))
        assert [self.model.place(row) for row in rows] == list(range(len(rows)))
        assert [self.model.row(place) for place in range(len(rows))] == rows

    @invariant()
    def the_cursor_stands_on_its_row(self) -> None:
        if len(self.model):
            assert self.model.at_cursor == self.model.row(self.model.cursor)
        else:
            assert self.model.at_cursor is None

    @invariant()
    def only_rows_are_selected(self) -> None:
        assert self.model.selected <= set(self.model)


TestListMachine = ListMachine.TestCase
TestListMachine.settings = settings(max_examples=60, stateful_step_count=25)


@given(keys=VECTORS, place=st.integers(0, 30), fresh=VECTORS)
@settings(max_examples=80)
def test_a_flat_list_keeps_the_cursor_on_its_message(keys: list[int], place: int, fresh: list[int]) -> None:
    model = model_of(keys)
    model.move_to(place)
    before = model.at_cursor
    model.replace(array("q", fresh), threaded=False)
    if before is not None and before.item in fresh:
        assert model.at_cursor == before
    elif before is not None and fresh:
        after = [key for key in keys[model_of(keys).place(before) or 0 :] if key in fresh]
        if after:
            assert model.at_cursor == Row(0, after[0])
