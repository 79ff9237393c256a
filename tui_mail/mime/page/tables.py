"""Tables: those that only place things are flattened, those that hold data stay tables.

Owns the judgement and the laying out of cells that are lines already. A table of data that fits ``WIDTH`` cells has
aligned columns, a wider one becomes a list of «heading: value». Must not know elements.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from tui_mail.mime.page.flow import EMPTY, Flow, Row, Spot, on_one_line
from tui_mail.text.width import cells

WIDTH: Final = 76
"""Cells of the widest table that stays one: a screen of 80 columns, less the gutter of the reader."""
_MAX_COLUMNS: Final = 60
_MAX_SPAN: Final = 60
_BETWEEN: Final = "  "
_LONG: Final = 60
_MAX_CELL_ROWS: Final = 4
_MAX_CELL: Final = 400
_SHORT: Final = 40
_FILLED: Final = 0.6
_NUMBER = re.compile(
    r"[-+−(]?\s?(?:[€$£¥₹%]|[A-Z]{3})?\s?[-+−]?\d[\d.,'’ ]*\)?\s?(?:[€$£¥₹%]|[A-Z]{2,3}|kr|zł|h|min|[KMGT]i?B)?\s?-?"
).fullmatch


@dataclass(slots=True)
class Cell:
    """One cell; ``rows`` come when it is closed."""

    head: bool = False
    span: int = 1
    down: int = 1
    rows: list[Row] = field(default_factory=list)
    holds_table: bool = False


@dataclass(slots=True)
class Table:
    """A table as it is read."""

    presentation: bool = False
    """Says of itself that it only places things."""
    bordered: bool = False
    rows: list[list[Cell]] = field(default_factory=list)
    caption: list[Row] = field(default_factory=list)


def lay_out(table: Table) -> tuple[list[Row], bool]:
    """The table as rows, and whether it is one of data, which stands by itself."""
    every = [cell for row in table.rows for cell in row]
    plain = not any(cell.holds_table or len(cell.rows) > _MAX_CELL_ROWS for cell in every)
    grid = _grid(table) if plain else []
    if grid and _is_data(table, every, grid):
        rows = _aligned(grid) or _listed(grid)
        return [*table.caption, *([EMPTY] if table.caption else []), *rows], True
    flat = _Flat()
    flat.flow.put(table.caption)
    for row in table.rows:
        flat.add([cell.rows for cell in row if cell.rows])
    return flat.flow.finished(), False


def beginning(table: Table, growing: list[Row] | None) -> list[Row]:
    """The rows with which a table will begin that is still being read, none where that cannot be said yet.

    ``growing``: those with which its last cell will begin; None between cells. The page has no captions.
    """
    every = [cell for row in table.rows for cell in row]
    large = growing is not None and len(growing) > _MAX_CELL_ROWS
    if not (large or any(cell.holds_table or len(cell.rows) > _MAX_CELL_ROWS for cell in every)):
        return []  # it may be one of data
    flat = _Flat()
    *done, last = table.rows
    for row in done:
        flat.add([cell.rows for cell in row if cell.rows])
    found = [cell.rows for cell in last if cell.rows]
    if growing is not None and len(growing) > 1:
        flat.add([*found, growing])
    elif any(len(rows) > 1 for rows in found):
        flat.add(found)
    return flat.flow.rows


class _Flat:
    """Short cells of a row side by side, others below each other; sections of some length stand apart."""

    def __init__(self) -> None:
        self.flow = Flow()
        self._spacious = self._later = False

    def add(self, found: list[list[Row]]) -> None:
        """One row of the table, of the cells that say anything."""
        later, self._later = self._later, True
        if not found:
            return
        flow = self.flow
        single = all(len(rows) == 1 for rows in found)
        width = sum(cells(rows[0][0]) for rows in found) + len(_BETWEEN) * (len(found) - 1) if single else 0
        beside = single and width <= WIDTH
        long = not single or width > _LONG
        if later and (long or self._spacious):
            flow.gap()
        self._spacious = long
        if beside:
            flow.put([_joined([rows[0] for rows in found])])
            return
        for rows in found:
            if len(rows) > 1 or len(rows[0][0]) > _LONG:
                flow.gap()
                flow.put(rows)
                flow.gap()
            else:
                flow.put(rows)


def _joined(found: list[Row], widths: list[int] | None = None, right: list[bool] | None = None) -> Row:
    """Cells in one line; with ``widths`` each in its column."""
    parts: list[str] = []
    spots: list[Spot] = []
    at = 0
    for number, (text, marks) in enumerate(found):
        if number:
            parts.append(_BETWEEN)
            at += len(_BETWEEN)
        pad = " " * (widths[number] - cells(text)) if widths else ""
        if pad and right and right[number]:
            parts.append(pad)
            at += len(pad)
            pad = ""
        spots += [(start + at, end + at, kind, value) for start, end, kind, value in marks]
        parts.append(text + pad)
        at += len(text) + len(pad)
    return "".join(parts).rstrip(" "), tuple(spots)


@dataclass(slots=True)
class _Line:
    """One row of the grid: every column has a cell, empty where one beside it spans."""

    cells: list[Row]
    head: bool
    spanning: bool
    sums: bool
    """It begins with a cell over several columns, as a total below them does."""


def _grid(table: Table) -> list[_Line]:
    """Rows with as many cells each, without columns and rows that are empty; none when there is nothing to align."""
    lines: list[_Line] = []
    taken: dict[int, int] = {}  # columns that a cell above reaches into, and for how many rows yet
    for row in table.rows:
        found: list[Row] = []
        filled = [cell for cell in row if cell.rows]
        below: dict[int, int] = {}
        for cell in row:
            while taken.get(len(found), 0):
                found.append(EMPTY)
            if cell.down > 1:
                below.update(dict.fromkeys(range(len(found), len(found) + min(cell.span, _MAX_SPAN)), cell.down))
            found.append(on_one_line(cell.rows) if len(cell.rows) > 1 else cell.rows[0] if cell.rows else EMPTY)
            found += [EMPTY] * (min(cell.span, _MAX_SPAN) - 1)
        if len(found) > _MAX_COLUMNS:
            return []
        taken = {column: rows - 1 for column, rows in (taken | below).items() if rows > 1}
        if filled:
            head = all(cell.head for cell in filled)
            spanning = len(filled) == 1 and filled[0].span > 1
            sums = len(filled) > 1 and filled[0].span > 1
            lines.append(_Line(found, head and not spanning, spanning, sums))
    columns = max((len(line.cells) for line in lines), default=0)
    if columns > _MAX_COLUMNS:
        return []
    for line in lines:
        line.cells += [EMPTY] * (columns - len(line.cells))
    kept = [column for column in range(columns) if any(line.cells[column][0] for line in lines)]
    if len(kept) < 2 or len(lines) < 2:
        return []
    for line in lines:
        line.cells = [line.cells[column] for column in kept]
    return lines


def _is_data(table: Table, every: list[Cell], grid: list[_Line]) -> bool:
    """True for a table that a person would read by columns."""
    texts = [text for line in grid for text, _marks in line.cells if text]
    if max(map(len, texts)) > _MAX_CELL:
        return False
    filled = len(texts) / (len(grid) * len(grid[0].cells))
    heads = any(cell.head and cell.rows for cell in every)
    if (heads or table.bordered or table.caption) and not table.presentation:
        return True
    # No word of the page says so: judged by the look. A layout has long cells, or very different ones.
    short = all(len(cell.rows) <= 1 for cell in every) and all(len(text) <= _SHORT for text in texts)
    return short and filled >= _FILLED and not all(text.endswith("]") for text in texts)


def _aligned(grid: list[_Line]) -> list[Row]:
    """Columns side by side, a rule below the heading; empty when that is too wide."""
    columns = range(len(grid[0].cells))
    plain = [line for line in grid if not line.spanning]
    widths = [max((cells(line.cells[column][0]) for line in plain), default=0) for column in columns]
    spanning = max((cells(line.cells[0][0]) for line in grid if line.spanning), default=0)
    total = sum(widths) + len(_BETWEEN) * (len(widths) - 1)
    if total > WIDTH or spanning > WIDTH:
        return []
    right = [_is_number(line.cells[column][0] for line in plain if not line.head) for column in columns]
    rows: list[Row] = []
    for number, line in enumerate(grid):
        text, spots = on_one_line(line.cells) if line.spanning else _joined(line.cells, widths, right)
        rows.append((text, (*spots, (0, len(text), "table", 0))))
        following = grid[number + 1] if number + 1 < len(grid) else None
        if line.head and number < 3 and following is not None and not following.head:
            rule = _BETWEEN.join("─" * width for width in widths)
            rows.append((rule, ((0, len(rule), "table", 0),)))
    return rows


def _is_number(texts: Iterable[str]) -> bool:
    """True when every text there is can be read as a number or an amount."""
    found = [text for text in texts if text]
    return bool(found) and all(_NUMBER(text) for text in found)


def _listed(grid: list[_Line]) -> list[Row]:
    """One record after the other: each value behind its heading; without headings one after the other."""
    heads = grid[0].cells if grid[0].head else None
    flow = Flow()
    for line in grid[1:] if heads else grid:
        if line.sums and heads is not None:
            flow.gap()
        if line.spanning or line.sums or heads is None:
            flow.put([_joined([cell for cell in line.cells if cell[0]])])
            continue
        flow.gap()
        for name, value in zip(heads, line.cells, strict=True):
            if value[0]:
                flow.put([_labelled(name[0], value)])
    return flow.finished()


def _labelled(name: str, value: Row) -> Row:
    before = f"{name.rstrip(' :')}: " if name else ""
    text, spots = value
    moved = [(start + len(before), end + len(before), kind, number) for start, end, kind, number in spots]
    hang = min(cells(before), 24)
    return before + text, (*moved, (0, len(before) + len(text), "item", hang or 2))
