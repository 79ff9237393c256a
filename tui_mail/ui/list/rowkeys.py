"""What a row of the list is, and which rows are selected.

Owns the two smallest parts of the list, so that selecting a million rows stays cheap. Must not know places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import NamedTuple


class Row(NamedTuple):
    """One line of the list."""

    thread: int
    """0 where threads are off."""
    item: int
    """0: the folded conversation as a whole."""

    @property
    def folded(self) -> bool:
        return not self.item


class Selection(AbstractSet[Row]):
    """Selected rows, kept as numbers: keys of the vector, and items of unfolded conversations by thread."""

    def __init__(self) -> None:
        self.threaded = False
        self.keys: set[int] = set()
        self._items: dict[int, int] = {}

    def __contains__(self, row: object) -> bool:
        if not isinstance(row, Row):
            return False
        if self.threaded and row.item:
            return row.item in self._items
        return (row.thread or row.item) in self.keys

    def __len__(self) -> int:
        return len(self.keys) + len(self._items)

    def __iter__(self) -> Iterator[Row]:
        for key in self.keys:
            yield Row(key, 0) if self.threaded else Row(0, key)
        for item, thread in self._items.items():
            yield Row(thread, item)

    def update(self, rows: Iterable[Row]) -> None:
        """Add rows."""
        for row in rows:
            if self.threaded and row.item:
                self._items[row.item] = row.thread
            else:
                self.keys.add(row.thread or row.item)

    def discard(self, row: Row) -> None:
        """Take a row out."""
        if self.threaded and row.item:
            self._items.pop(row.item, None)
        else:
            self.keys.discard(row.thread or row.item)

    def keep(self, present: AbstractSet[int]) -> None:
        """Take out what belongs to no key of ``present``."""
        self.keys &= present
        self._items = {item: thread for item, thread in self._items.items() if thread in present}

    def clear(self) -> None:
        self.keys = set()
        self._items = {}
