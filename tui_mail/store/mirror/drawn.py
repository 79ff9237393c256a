"""Numbers for items, drawn from keep.db in blocks.

Owns the block in hand. A block lost in a crash stays unused. Must not know what the numbers are for.
"""

from __future__ import annotations

from tui_mail.store.tables.keepdb import KeepDb

_BLOCK = 8192


class Drawn:
    """Item numbers from a block, so that a page costs no write to keep.db."""

    def __init__(self, keep: KeepDb) -> None:
        self._keep = keep
        self._next = 0
        self._end = 0

    def items(self, count: int) -> range:
        """``count`` numbers in a row."""
        if self._end - self._next < count:
            size = max(count, _BLOCK)
            with self._keep.changing():
                self._next = self._keep.draw("item", size)
            self._end = self._next + size
        first = self._next
        self._next += count
        return range(first, self._next)
