"""The rows with which a page will begin, said while the rest of it is still being read.

Owns the certainty: what comes later in the page can change none of them. That holds for lines of the page itself and of
tables that only place things, however deep; what stands in a list's item, a quote or a table of data waits for its end.
Must not know elements.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from tui_mail.mime.page import tables
from tui_mail.mime.page.flow import Flow, Row
from tui_mail.mime.page.tables import Table


def settled(nest: Sequence[Flow | Table | None]) -> list[Row]:
    """Rows that stay as they are. ``nest`` is what is open, from the outside in: columns of lines and tables, a table
    in a column and the column of a cell in its table; None for anything else that will give rows. No link is open.
    """
    known = list(takewhile(lambda one: one is not None, nest))
    inside: list[Row] | None = None
    for one in reversed(known):
        if isinstance(one, Table):
            inside = tables.beginning(one, inside)
        elif one is not None:
            inside = _lines(one, inside)
        inside = (inside or [])[: _worded(inside or [])]  # empty ones at the end go if nothing follows
    rows = inside or []
    # A link without words writes its mark behind the last ones there are.
    return rows[: max(_worded(rows) - 1, 0)]


def _worded(rows: list[Row]) -> int:
    """How many rows there are up to the last one with words."""
    return next((number for number in range(len(rows), 0, -1) if rows[number - 1][0]), 0)


def _lines(flow: Flow, inside: list[Row] | None) -> list[Row]:
    """The lines of a column, and those with which the table in it will begin."""
    if not inside or len(inside) < 2:
        return flow.rows  # of one row it is not known yet whether it stands apart
    branch = flow.branch()
    branch.gap()
    branch.put(inside)
    return branch.rows
