"""Lists of items in their order: folders, filters, sorts and searches, operations not folded yet included.

Owns the order of items. A list in order of date is walked in chunks along an index, one short query each, so that
nothing is sorted and no read transaction stays open. Must not know conversations.
"""

from __future__ import annotations

import heapq
import json
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from tui_mail.store.mirror.searchrow import newest_possible
from tui_mail.store.reading.files import View
from tui_mail.store.reading.overlay import VIRTUAL_ITEMS, Shown
from tui_mail.store.reading.query import Filter, ListQuery, Sort
from tui_mail.store.tables.maildb import numbers
from tui_mail.store.tables.rows import KEY_LENGTH, base_subject, sender_key

if TYPE_CHECKING:
    from tui_mail.store.reading.search import Compiled

CHUNK = 4096

Row = tuple[int, int, int]
"""(received, item, thread); the thread is 0 in a list without a search."""

Views = Callable[[], AbstractContextManager[View | None]]

_FILTERS = {
    Filter.ALL: "",
    Filter.UNREAD: " AND i.flags & 1 = 0",
    Filter.FLAGGED: " AND i.flags & 4 = 4",
    Filter.ATTACHMENTS: " AND i.attached = 1",
}
_INDEXES = {
    Filter.ALL: "item_list",
    Filter.UNREAD: "item_unread",
    Filter.FLAGGED: "item_flagged",
    Filter.ATTACHMENTS: "item_attached",
}
_SORT_KEYS = {Sort.SENDER: "c.sender_key", Sort.SUBJECT: "c.subject_key", Sort.SIZE: "c.size", Sort.DATE: "i.received"}


@dataclass(frozen=True, slots=True)
class Plan:
    """A list query with its folders and its search worked out."""

    query: ListQuery
    folders: tuple[int, ...]
    search: Compiled | None


def walk_sql(name: Filter, *, descending: bool, bounded: bool, condition: str) -> str:
    """One step of a walk through one folder in order of date. Values: folder, those of ``condition``, [received, id],
    limit.
    """
    order = "DESC" if descending else "ASC"
    sign = "<" if descending else ">"
    # Without a condition the index alone answers; threads are asked for with searches only.
    return (
        f"SELECT i.received, i.id, {'i.thread' if condition else '0'} FROM item i INDEXED BY {_INDEXES[name]}"  # noqa: S608 -- our own words
        f"{' CROSS JOIN content c ON c.id = i.content' if condition else ''}"
        f" WHERE i.folder = ?{_FILTERS[name]}{f' AND {condition}' if condition else ''}"
        f"{f' AND (i.received, i.id) {sign} (?, ?)' if bounded else ''}"
        f" ORDER BY i.received {order}, i.id {order} LIMIT ?"
    )


def match_sql(name: Filter, condition: str, folders: Iterable[int]) -> str:
    """Hits of the full-text index, newest first. Values: match, first row, those of
    ``condition``, limit.
    """
    return (
        "SELECT s.rowid, i.received, i.id, i.thread FROM search s"  # noqa: S608 -- our own words and numbers
        " CROSS JOIN content c ON c.search_row = s.rowid CROSS JOIN item i ON i.content = c.id"
        " WHERE s.search MATCH ? AND s.rowid >= ?"
        f" AND i.folder IN ({','.join(map(str, folders))}){_FILTERS[name]} AND {condition}"
        " ORDER BY s.rowid LIMIT ?"
    )


def sorted_sql(sort: Sort, name: Filter, *, descending: bool, condition: str, match: bool) -> str:
    """A whole list in another order than date. Values: folders, [match], those of ``condition``."""
    order = "DESC" if descending else "ASC"
    hit = " AND c.search_row IN (SELECT rowid FROM search WHERE search MATCH ?)" if match else ""
    return (
        f"SELECT i.received, i.id, i.thread, {_SORT_KEYS[sort]} FROM json_each(?) j"  # noqa: S608 -- our own words
        " CROSS JOIN item i ON i.folder = j.value CROSS JOIN content c ON c.id = i.content"
        f" WHERE 1{_FILTERS[name]}{hit}{f' AND {condition}' if condition else ''}"
        f" ORDER BY 4 {order}, i.received DESC, i.id DESC"
    )


def threads_once(chunks: Iterator[list[Row]]) -> Iterator[list[Row]]:
    """Of each thread only its first row."""
    seen: set[int] = set()
    for chunk in chunks:
        fresh = []
        for row in chunk:
            if row[2] not in seen:
                seen.add(row[2])
                fresh.append(row)
        if fresh:
            yield fresh


class ItemLists:
    """Walks lists; used by the reader."""

    def __init__(self, views: Views) -> None:
        self._views = views

    def rows(self, plan: Plan, first: int = CHUNK, before: tuple[int, int] | None = None) -> Iterator[list[Row]]:
        """The whole list in chunks; the first one has ``first`` rows or so, as soon as they are known.

        ``before`` (received, item): where rows before that row can be passed over cheaply, they are.
        """
        query = plan.query
        if not plan.folders:
            return iter(())
        if query.sort is not Sort.DATE or (plan.search and plan.search.match and not query.descending):
            return self._sorted(plan)
        if plan.search is not None and plan.search.match is not None:
            return self._matches(plan, first)
        if len(plan.folders) == 1:
            return self._with_extras(plan, self._walk(plan, plan.folders[0], first, before))
        walks = [chain.from_iterable(self._walk(plan, folder, min(first, 256), before)) for folder in plan.folders]
        merged = heapq.merge(*walks, reverse=query.descending)
        return self._with_extras(plan, _chunks(merged, first))

    def _walk(self, plan: Plan, folder: int, first: int, before: tuple[int, int] | None) -> Iterator[list[Row]]:
        """One folder in order of date, as its rows say but without items that are shown differently."""
        query = plan.query
        condition, values = _where(plan)
        name = query.filter
        if name is Filter.ALL and plan.search is not None:
            name = plan.search.narrow
        limit = first
        after = before
        while True:
            sql = walk_sql(name, descending=query.descending, bounded=after is not None, condition=condition)
            with self._views() as view:
                if view is None:
                    return
                found: list[Row] = view.mail.execute(sql, (folder, *values, *(after or ()), limit)).fetchall()
                covered = view.overlay.items
            if found:
                after = found[-1][:2]
                kept = [row for row in found if row[1] not in covered] if covered else found
                if kept:
                    yield kept
            if len(found) < limit:
                return
            limit = CHUNK

    def _matches(self, plan: Plan, first: int) -> Iterator[list[Row]]:
        """Hits of the full-text index, newest first by item: the index's own order is to the minute, by content."""
        with self._views() as view:
            extras = self._extra_rows(plan, view) if view is not None else []
        waiting = [(-row[0], -row[1], row[2]) for row in extras]
        heapq.heapify(waiting)
        result: list[Row] = []
        limit = first
        for search_row, received, item, thread in self._hits(plan, first):
            bound = newest_possible(search_row)
            while waiting and -waiting[0][0] > bound:
                result.append(_turned(heapq.heappop(waiting)))
            heapq.heappush(waiting, (-received, -item, thread))
            if len(result) >= limit:
                yield result
                result, limit = [], CHUNK
        result.extend(_turned(heapq.heappop(waiting)) for _each in range(len(waiting)))
        if result:
            yield result

    def _hits(self, plan: Plan, first: int) -> Iterator[tuple[int, int, int, int]]:
        """Rows of ``match_sql`` but for items that are shown differently, in short queries."""
        assert plan.search is not None
        condition, values = _where(plan)
        sql = match_sql(plan.query.filter, condition, plan.folders)
        start, limit = 0, max(first + 16, 64)
        done: set[int] = set()
        while True:
            with self._views() as view:
                if view is None:
                    return
                found = view.mail.execute(sql, (plan.search.match, start, *values, limit)).fetchall()
                covered = view.overlay.items
            yield from [row for row in found if row[2] not in covered and row[2] not in done]
            if len(found) < limit:
                return
            # The copies of the last content may be cut off: begin with it again.
            last = found[-1][0]
            start = last if last > start else last + 1
            done = {row[2] for row in found if row[0] == last}
            limit = CHUNK

    def _sorted(self, plan: Plan) -> Iterator[list[Row]]:
        """A whole list sorted by SQLite, or here where operations not folded yet change it."""
        query = plan.query
        condition, values = _where(plan)
        match = plan.search.match if plan.search is not None else None
        sql = sorted_sql(
            query.sort, query.filter, descending=query.descending, condition=condition, match=match is not None
        )
        bound: list[object] = [numbers(plan.folders), *([match] if match is not None else []), *values]
        columns = (array("q"), array("q"), array("q"))
        with self._views() as view:
            if view is None:
                return
            if view.overlay.items:
                rows = [row for row in view.mail.execute(sql, bound) if row[1] not in view.overlay.items]
                rows.extend(self._extras(plan, view))
                rows.sort(key=_by_date, reverse=True)
                rows.sort(key=_by_key, reverse=query.descending)
                for row in rows:
                    for column, value in zip(columns, row, strict=False):
                        column.append(value)
            else:
                # A million rows as tuples would take a hundred megabytes.
                for received, item, thread, _key in view.mail.execute(sql, bound):
                    columns[0].append(received)
                    columns[1].append(item)
                    columns[2].append(thread)
        for at in range(0, len(columns[0]), CHUNK):
            yield list(zip(*(column[at : at + CHUNK] for column in columns), strict=True))

    def _with_extras(self, plan: Plan, chunks: Iterator[list[Row]]) -> Iterator[list[Row]]:
        """Put items that are shown differently into a walk, where they belong."""
        with self._views() as view:
            extras = self._extra_rows(plan, view) if view is not None and view.overlay.items else []
        if not extras:
            return chunks
        descending = plan.query.descending
        extras.sort(reverse=descending)
        return _chunks(heapq.merge(chain.from_iterable(chunks), extras, reverse=descending), CHUNK)

    def _extra_rows(self, plan: Plan, view: View) -> list[Row]:
        return [row[:3] for row in self._extras(plan, view)]

    def _extras(self, plan: Plan, view: View) -> list[tuple[int, int, int, Any]]:
        """Items of the list that are shown differently from their rows: (received, item, thread, sort key)."""
        if not view.overlay.items:
            return []
        query = plan.query
        condition, values = _where(plan)
        match = ""
        bound: list[object] = [view_packed(view)]
        if plan.search is not None and plan.search.match is not None:
            match = " AND EXISTS (SELECT 1 FROM search s WHERE s.search MATCH ? AND s.rowid = c.search_row)"
            bound.append(plan.search.match)
        sql = (
            f"SELECT i.received, i.id, i.thread, {_SORT_KEYS[query.sort]} FROM ({VIRTUAL_ITEMS}) i"  # noqa: S608 -- our own words and numbers
            f" CROSS JOIN content c ON c.id = i.content WHERE i.folder IN ({','.join(map(str, plan.folders))})"
            f"{_FILTERS[query.filter]}{match}{f' AND {condition}' if condition else ''}"
        )
        rows: list[tuple[int, int, int, Any]] = view.mail.execute(sql, (*bound, *values)).fetchall()
        if plan.search is None:
            # A message that is only a file yet is in no index; it is listed, and found once it is folded in.
            rows.extend(
                (one.received, one.id, one.thread, _appended_key(one, query.sort))
                for one in view.overlay.items.values()
                if one.appended is not None and one.folder in plan.folders and _passes(one, query.filter)
            )
        return rows


def view_packed(view: View) -> str:
    """The overlay's items for ``VIRTUAL_ITEMS``."""
    return json.dumps(view.overlay.packed())


def _where(plan: Plan) -> tuple[str, list[object]]:
    if plan.search is None:
        return "", []
    return plan.search.where, plan.search.values


def _turned(row: tuple[int, int, int]) -> Row:
    return -row[0], -row[1], row[2]


def _by_date(row: tuple[Any, ...]) -> tuple[int, int]:
    return row[0], row[1]


def _by_key(row: tuple[Any, ...]) -> Any:
    return row[3]


def _passes(one: Shown, name: Filter) -> bool:
    if name is Filter.UNREAD:
        return not one.flags & 1
    if name is Filter.FLAGGED:
        return bool(one.flags & 4)
    return name is Filter.ALL or bool(one.attached)


def _appended_key(one: Shown, sort: Sort) -> Any:
    assert one.appended is not None
    envelope = one.appended.envelope
    if sort is Sort.SENDER:
        return sender_key(envelope.from_)
    if sort is Sort.SUBJECT:
        return base_subject(envelope.subject)[:KEY_LENGTH]
    return one.appended.size if sort is Sort.SIZE else one.received


def _chunks(rows: Iterable[Row], first: int) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    limit = first
    for row in rows:
        chunk.append(row)
        if len(chunk) >= limit:
            yield chunk
            chunk, limit = [], CHUNK
    if chunk:
        yield chunk
