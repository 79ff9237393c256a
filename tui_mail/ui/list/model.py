"""What the list is, without a screen: the vector of keys, unfolded conversations, the selection and the cursor.

The vector holds thread ids (threads on) or item ids (threads off) in list order. A row is a folded conversation or one
item; an unfolded conversation stands as its items, oldest first. The cursor and the selection are bound to rows, never
to places. Must not know Textual, the store, or what a row looks like.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from itertools import chain

from tui_mail.ui.list.rowkeys import Row, Selection

NEAR = 256
"""How far around the last known place a key is looked for before the whole vector is searched."""


class ListModel:
    """Rows and places. All lookups are cheap at a million rows, changes cost one pass over the vector at most."""

    def __init__(self) -> None:
        self.keys: array[int] = array("q")
        self.threaded = False
        self.selected = Selection()
        self.cursor = 0
        self._unfolded: dict[int, tuple[int, ...]] = {}
        self._starts: list[int] = []
        self._ends: list[tuple[int, int]] = []
        self._threads: list[int] = []
        self._anchor: Row | None = None
        self._bound: Row | None = None

    # Rows and places

    def __len__(self) -> int:
        return len(self.keys) + (self._ends[-1][1] if self._ends else 0)

    def row(self, place: int) -> Row:
        """The row at ``place``; IndexError outside."""
        if not 0 <= place < len(self):
            raise IndexError(place)
        at = bisect_right(self._starts, place) - 1
        if at >= 0:
            end, extra = self._ends[at]
            if place < end:
                thread = self._threads[at]
                return Row(thread, self._unfolded[thread][place - self._starts[at]])
            place -= extra
        key = self.keys[place]
        return Row(key, 0) if self.threaded else Row(0, key)

    def rows(self, start: int, stop: int) -> list[Row]:
        """The rows from ``start`` up to ``stop``, clipped to what there is."""
        return [self.row(place) for place in range(max(0, start), min(stop, len(self)))]

    def place(self, row: Row, hint: int | None = None) -> int | None:
        """Where ``row`` stands, None when it does not; looked for around ``hint`` first."""
        key = row.thread if self.threaded else row.item
        found = self._find(key, self.cursor if hint is None else hint)
        if found is None:
            return None
        items = self._unfolded.get(key, ()) if self.threaded else ()
        if bool(items) == row.folded and self.threaded:
            return None
        start = self._shown(found)
        if not items:
            return start
        return start + items.index(row.item) if row.item in items else None

    def place_of_item(self, item: int, thread: int) -> int | None:
        """Where an item, or the folded conversation that holds it, stands."""
        if not self.threaded:
            return self.place(Row(0, item))
        return self.place(Row(thread, item if thread in self._unfolded else 0))

    def unfolded(self) -> tuple[int, ...]:
        """The threads that stand as their items."""
        return tuple(self._unfolded)

    def is_first(self, row: Row) -> bool:
        """True for the first item of an unfolded conversation."""
        return self._unfolded.get(row.thread, ())[:1] == (row.item,)

    # The cursor

    @property
    def at_cursor(self) -> Row | None:
        """The row under the cursor; None when the list is empty."""
        return self._bound

    def move_to(self, place: int) -> None:
        """Put the cursor on ``place``, or as near as there are rows."""
        self.cursor = max(0, min(place, len(self) - 1))
        self._bound = self.row(self.cursor) if len(self) else None

    # The selection

    def toggle(self) -> None:
        """Select the row under the cursor, or take it out of the selection."""
        if self._bound is None:
            return
        if self._bound in self.selected:
            self.selected.discard(self._bound)
        else:
            self.selected.update((self._bound,))
        self._anchor = self._bound

    def select_to_here(self) -> None:
        """Select from the row toggled last (else the first row) to the cursor."""
        if self._bound is None:
            return
        anchor = self.place(self._anchor) if self._anchor is not None else 0
        first, last = sorted((anchor or 0, self.cursor))
        self.selected.update(self.rows(first, last + 1))
        self._anchor = self._bound

    def select_all(self) -> None:
        """Select every row; when every row is selected already, none."""
        everything = len(self.selected) == len(self)
        self.selected.clear()
        if not everything:
            self.selected.keys = set(self.keys) - self._unfolded.keys()
            for thread, items in self._unfolded.items():
                self.selected.update(Row(thread, item) for item in items)

    def clear_selection(self) -> None:
        self.selected.clear()
        self._anchor = None

    def __iter__(self) -> Iterator[Row]:
        if self._unfolded:
            return iter(self.rows(0, len(self)))
        if self.threaded:
            return (Row(key, 0) for key in self.keys)
        return (Row(0, key) for key in self.keys)

    # Changes

    def replace(self, keys: array[int], *, threaded: bool) -> None:
        """Take a new vector. The cursor stays on its row; if that is gone, on the next one that is still there."""
        old, place = self.keys, self.cursor
        bound = self._bound
        if threaded != self.threaded:
            self._unfolded.clear()
            self.selected.clear()
            self.selected.threaded = threaded
            self._anchor = bound = None
        key_place = self._vector_place(place) if old else 0
        self.keys, self.threaded = keys, threaded
        if self._unfolded or self.selected:
            present = set(keys)
            self._unfolded = {thread: items for thread, items in self._unfolded.items() if thread in present}
            self.selected.keep(present)
        self._index()
        if bound is None:
            self.move_to(place if old else 0)
            return
        found = self.place(bound, place)
        if found is None:
            found = self._neighbour(old, key_place)
        self.move_to(place if found is None else found)

    def unfold(self, thread: int, items: Iterable[int]) -> None:
        """Show ``thread`` as ``items``, oldest first. The cursor moves to the first of them if it was on the thread."""
        shown = tuple(items)
        at = self._find(thread, self.cursor)
        if not shown or at is None or not self.threaded:
            return
        keep = self._bound
        if Row(thread, 0) in self.selected:
            self.selected.discard(Row(thread, 0))
            self.selected.update(Row(thread, item) for item in shown)
        gone = {Row(thread, item) for item in set(self._unfolded.get(thread, ())) - set(shown)}
        self._deselect(gone)
        self._unfolded[thread] = shown
        self._index()
        if keep == Row(thread, 0):
            self.move_to(self._shown(at))
        elif keep in gone:
            self.move_to(self.cursor)
        else:
            self._rebind(keep)

    def fold(self, thread: int) -> None:
        """Show ``thread`` as one row again; it is selected when all its items were."""
        items = self._unfolded.pop(thread, None)
        if items is None:
            return
        keep = self._bound
        rows = {Row(thread, item) for item in items}
        if rows <= self.selected:
            self.selected.update((Row(thread, 0),))
        self._deselect(rows)
        self._index()
        self._rebind(Row(thread, 0) if keep in rows else keep)

    def remove(self, rows: Collection[Row]) -> None:
        """Take rows out at once, before the store says so; the cursor stands on the next one that stays."""
        if not rows:
            return
        gone = rows if isinstance(rows, (set, frozenset)) else set(rows)
        target = self._survivor(gone)
        self._deselect(gone)
        keys: set[int] = set()
        for row in gone:
            if not self.threaded:
                keys.add(row.item)
            elif row.folded:
                keys.add(row.thread)
                self._unfolded.pop(row.thread, None)
            elif row.thread in self._unfolded:
                rest = tuple(item for item in self._unfolded[row.thread] if item != row.item)
                self._unfolded[row.thread] = rest
                if not rest:
                    del self._unfolded[row.thread]
                    keys.add(row.thread)
        self._drop(keys)
        self._index()
        place = None if target is None else self.place(target)
        self.move_to(self.cursor if place is None else place)

    # Inside

    def _deselect(self, rows: Iterable[Row]) -> None:
        if self.selected:
            for row in rows:
                self.selected.discard(row)

    def _rebind(self, row: Row | None) -> None:
        place = None if row is None else self.place(row)
        self.move_to(self.cursor if place is None else place)

    def _survivor(self, gone: Collection[Row]) -> Row | None:
        """The row the cursor is to stand on when ``gone`` are taken out."""
        if self._bound not in gone or len(gone) >= len(self):
            return self._bound
        for place in range(self.cursor + 1, len(self)):
            if (row := self.row(place)) not in gone:
                return row
        for place in range(self.cursor - 1, -1, -1):
            if (row := self.row(place)) not in gone:
                return row
        return None

    def _drop(self, keys: set[int]) -> None:
        if len(keys) <= 8:
            for key in keys:
                at = self._find(key, self.cursor)
                if at is not None:
                    del self.keys[at]
        else:
            self.keys = array("q", (key for key in self.keys if key not in keys))

    def _find(self, key: int, hint: int) -> int | None:
        """The place of ``key`` in the vector."""
        near = max(0, min(hint, len(self.keys)) - NEAR)
        try:
            return self.keys.index(key, near, near + 2 * NEAR)
        except ValueError:
            pass
        try:
            return self.keys.index(key)
        except ValueError:
            return None

    def _neighbour(self, old: array[int], place: int) -> int | None:
        """The shown place of the first key after ``place`` in ``old``, else before it, that is in the vector now."""
        present = set(self.keys)
        for at in chain(range(place, len(old)), range(min(place, len(old)) - 1, -1, -1)):
            if old[at] in present:
                found = self._find(old[at], place)
                return None if found is None else self._shown(found)
        return None

    def _index(self) -> None:
        """Work out where unfolded conversations begin and how many rows they add before what follows."""
        places = sorted(
            (at, thread) for thread in self._unfolded if (at := self._find(thread, self.cursor)) is not None
        )
        self._starts, self._ends, self._threads = [], [], []
        extra = 0
        for at, thread in places:
            count = len(self._unfolded[thread])
            start = at + extra
            extra += count - 1
            self._starts.append(start)
            self._ends.append((start + count, extra))
            self._threads.append(thread)

    def _shown(self, at: int) -> int:
        """The place of the row (the first one, of an unfolded conversation) of the key at ``at`` in the vector."""
        extra = 0
        for start, (_, total) in zip(self._starts, self._ends, strict=True):
            if start >= at + extra:
                break
            extra = total
        return at + extra

    def _vector_place(self, place: int) -> int:
        """The place in the vector of the key that the row at ``place`` belongs to."""
        at = bisect_right(self._starts, place) - 1
        if at < 0:
            return place
        end, extra = self._ends[at]
        if place < end:
            before = self._ends[at - 1][1] if at else 0
            return self._starts[at] - before
        return place - extra
