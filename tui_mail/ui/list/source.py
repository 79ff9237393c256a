"""The window of rows: what the rows on screen show, read from the store and kept while it is true.

Owns which rows are in memory and the pieces drawn from them. Must not know Textual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tui_mail.model.ids import ItemId, ThreadId
from tui_mail.model.mail import Conversation, Item
from tui_mail.ui.list.rowkeys import Row
from tui_mail.ui.list.rows import Shown
from tui_mail.ui.views import View

KEPT = 2000
"""Rows in memory before those far from the screen are dropped."""


class Reads(Protocol):
    """What the window asks of the store."""

    def items(self, ids: Sequence[ItemId]) -> list[Item]:
        """Items by id; missing ones are left out."""
        ...

    def conversations(self, view: View, threads: Sequence[ThreadId]) -> list[Conversation]:
        """Conversations of a view by thread; missing ones are left out."""
        ...


@dataclass(slots=True)
class Entry:
    """A row in memory. A new object is made only when what the row shows has changed."""

    shown: Shown
    drawn: dict[Any, Any] = field(default_factory=dict)
    """What the widget made of it, by state; lives and dies with this entry."""


class Window:
    """Rows of one view by row."""

    def __init__(self, reads: Reads, view: View) -> None:
        self._reads = reads
        self._view = view
        self._entries: dict[Row, Entry] = {}

    def __contains__(self, row: Row) -> bool:
        return row in self._entries

    def get(self, row: Row) -> Entry | None:
        """The row, None when it is not loaded or not there any more."""
        return self._entries.get(row)

    def shown(self, row: Row) -> Shown | None:
        entry = self._entries.get(row)
        return None if entry is None else entry.shown

    def put(self, rows: Iterable[tuple[Row, Shown]]) -> None:
        """Take rows read elsewhere."""
        for row, shown in rows:
            entry = self._entries.get(row)
            if entry is None or entry.shown != shown:
                self._entries[row] = Entry(shown)

    def load(self, rows: Sequence[Row]) -> None:
        """Read the rows that are not in memory."""
        missing = [row for row in rows if row not in self._entries]
        if missing:
            self._trim(rows)
            self._read(missing)

    def refresh(self, rows: Sequence[Row]) -> None:
        """Read ``rows`` again, forget all others."""
        kept = {row: self._entries[row] for row in rows if row in self._entries}
        self._entries = kept
        found = self._read(rows)
        for row in [row for row in kept if row not in found]:
            del kept[row]

    def redraw(self, which: Callable[[Any], bool] = lambda _key: True) -> None:
        """Forget what was made of the rows in the states that ``which`` says, keep the rows."""
        for entry in self._entries.values():
            for key in [key for key in entry.drawn if which(key)]:
                del entry.drawn[key]

    def _trim(self, rows: Sequence[Row]) -> None:
        if len(self._entries) > KEPT:
            self._entries = {row: self._entries[row] for row in rows if row in self._entries}

    def _read(self, rows: Sequence[Row]) -> set[Row]:
        threads = {ThreadId(row.thread): row for row in rows if row.folded}
        items = {ItemId(row.item): row for row in rows if not row.folded}
        found: list[tuple[Row, Shown]] = []
        if threads:
            found += [(threads[one.thread], one) for one in self._reads.conversations(self._view, list(threads))]
        if items:
            found += [(items[item.id], item) for item in self._reads.items(list(items))]
        self.put(found)
        return {row for row, _shown in found}
