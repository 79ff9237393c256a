"""Row numbers of the full-text index, coded from the date so that ascending is newest first.

FTS5 walks its rows in ascending order and likes them to arrive so. The minute comes first, then a number that tells
the rows of one minute apart; small numbers keep the index small.
"""

from __future__ import annotations

from collections.abc import Iterable

_LAST_MINUTE = 1 << 29
"""In the year 2990."""
_SLOT_BITS = 14
SLOTS = 1 << _SLOT_BITS


def newest_possible(row: int) -> int:
    """The latest second UTC that a row with this number, or a higher one, may be of."""
    return (_LAST_MINUTE - (row >> _SLOT_BITS)) * 60 + 59


def draw_rows(received: Iterable[int], number: int, taken: set[int]) -> list[int]:
    """A free row number for each date; ``number`` counts all texts so far, ``taken`` are occupied rows.

    A slot that is occupied spills into the minute before: order within a few minutes is the reader's to mend.
    """
    rows: list[int] = []
    for seconds in received:
        minute = seconds // 60
        if not 0 <= minute <= _LAST_MINUTE:
            minute = 0 if minute < 0 else _LAST_MINUTE
        row = ((_LAST_MINUTE - minute) << _SLOT_BITS) + number % SLOTS
        while row in taken:
            row += SLOTS
        taken.add(row)
        rows.append(row)
        number += 1
    return rows
