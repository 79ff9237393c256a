"""Folded rows: the conversations of a list in their order, and what a row shows.

Owns reading ``folder_thread``. Conversations that operations not folded yet change are counted anew from their items.
Must not know searches.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from tui_mail.model.ids import FolderId, ThreadId
from tui_mail.model.mail import Address, Conversation, Item, Role
from tui_mail.store.reading.files import View
from tui_mail.store.reading.itemview import items
from tui_mail.store.reading.lists import CHUNK, Plan, Row, Views, threads_once
from tui_mail.store.reading.query import Filter, Sort
from tui_mail.store.tables.maildb import numbers
from tui_mail.store.tables.rows import decode_addresses

_FILTERS = {
    Filter.ALL: "",
    Filter.UNREAD: " AND t.unread > 0",
    Filter.FLAGGED: " AND t.flagged > 0",
    Filter.ATTACHMENTS: " AND t.attached > 0",
}
_INDEXES = {
    Filter.ALL: "folder_thread_list",
    Filter.UNREAD: "folder_thread_unread",
    Filter.FLAGGED: "folder_thread_flagged",
    Filter.ATTACHMENTS: "folder_thread_attached",
}
_SORT_KEYS = {Sort.SENDER: "c.sender_key", Sort.SUBJECT: "c.subject_key", Sort.SIZE: "c.size", Sort.DATE: "t.newest"}
_MOST_SENDERS = 50


@dataclass(slots=True)
class Sums:
    """A conversation inside some folders."""

    newest: tuple[int, int] = (-(1 << 62), 0)
    count: int = 0
    unread: int = 0
    flagged: int = 0
    attached: int = 0
    items: list[tuple[int, int]] = field(default_factory=list)
    """(received, item) where they were read one by one."""

    def add(self, row: tuple[int, ...]) -> None:
        """Add (newest, newest_item, count, unread, flagged, attached)."""
        self.newest = max(self.newest, (row[0], row[1]))
        self.count += row[2]
        self.unread += row[3]
        self.flagged += row[4]
        self.attached += row[5]


def walk_sql(name: Filter, *, descending: bool, bounded: bool) -> str:
    """One step of a walk through the conversations of a folder. Values: folder, [newest, newest_item], limit."""
    order = "DESC" if descending else "ASC"
    sign = "<" if descending else ">"
    return (
        f"SELECT t.newest, t.newest_item, t.thread FROM folder_thread t INDEXED BY {_INDEXES[name]}"  # noqa: S608 -- our own words
        f" WHERE t.folder = ?{_FILTERS[name]}"
        f"{f' AND (t.newest, t.newest_item) {sign} (?, ?)' if bounded else ''}"
        f" ORDER BY t.newest {order}, t.newest_item {order} LIMIT ?"
    )


def sorted_sql(sort: Sort, name: Filter, *, descending: bool) -> str:
    """All conversations of folders in another order than date. Values: folders."""
    order = "DESC" if descending else "ASC"
    return (
        f"SELECT t.newest, t.newest_item, t.thread, {_SORT_KEYS[sort]} FROM json_each(?) j"  # noqa: S608 -- our own words
        " CROSS JOIN folder_thread t ON t.folder = j.value CROSS JOIN item i ON i.id = t.newest_item"
        f" CROSS JOIN content c ON c.id = i.content WHERE 1{_FILTERS[name]}"
        f" ORDER BY 4 {order}, t.newest DESC, t.newest_item DESC"
    )


class ConversationLists:
    """Walks lists of conversations without a search; used by the reader."""

    def __init__(self, views: Views) -> None:
        self._views = views

    def rows(self, plan: Plan, first: int = CHUNK, before: tuple[int, int] | None = None) -> Iterator[list[Row]]:
        """(newest, newest item, thread), each thread once, in chunks; ``before``: see ``ItemLists.rows``."""
        query = plan.query
        if query.sort is not Sort.DATE:
            chunks = self._sorted(plan)
        else:
            walks = [chain.from_iterable(self._walk(plan, folder, first, before)) for folder in plan.folders]
            extras = self._extras(plan)
            extras.sort(reverse=query.descending)
            if len(walks) == 1 and not extras:
                return self._walk(plan, plan.folders[0], first, before)
            chunks = _chunks(heapq.merge(*walks, extras, reverse=query.descending), first)
        return threads_once(chunks)

    def _walk(self, plan: Plan, folder: int, first: int, before: tuple[int, int] | None) -> Iterator[list[Row]]:
        query = plan.query
        after = before
        limit = first
        while True:
            sql = walk_sql(query.filter, descending=query.descending, bounded=after is not None)
            with self._views() as view:
                if view is None:
                    return
                found: list[Row] = view.mail.execute(sql, (folder, *(after or ()), limit)).fetchall()
                changed = view.overlay.threads if view.overlay.items else set()
            if found:
                after = found[-1][:2]
                kept = [row for row in found if row[2] not in changed] if changed else found
                if kept:
                    yield kept
            if len(found) < limit:
                return
            limit = CHUNK

    def _sorted(self, plan: Plan) -> Iterator[list[Row]]:
        query = plan.query
        sql = sorted_sql(query.sort, query.filter, descending=query.descending)
        columns = (array("q"), array("q"), array("q"))
        extras = self._extras(plan)
        with self._views() as view:
            if view is None:
                return
            changed = view.overlay.threads if view.overlay.items else set()
            rows: Iterable[tuple[int, int, int, Any]]
            if extras or changed:
                held = [row for row in view.mail.execute(sql, (numbers(plan.folders),)) if row[2] not in changed]
                held.extend((*row, _key(view, row[1], query.sort)) for row in extras)
                held.sort(key=lambda row: row[:2], reverse=True)
                held.sort(key=lambda row: row[3], reverse=query.descending)
                rows = held
            else:
                rows = view.mail.execute(sql, (numbers(plan.folders),))
            for newest, item, thread, _sort_key in rows:
                columns[0].append(newest)
                columns[1].append(item)
                columns[2].append(thread)
        for at in range(0, len(columns[0]), CHUNK):
            yield list(zip(*(column[at : at + CHUNK] for column in columns), strict=True))

    def _extras(self, plan: Plan) -> list[Row]:
        """Conversations of the list that look different from their rows, one for each folder."""
        with self._views() as view:
            if view is None or not view.overlay.items:
                return []
            counted = count(view, view.overlay.threads, plan.folders)
        rows = []
        for (_folder, thread), sums in counted.items():
            wanted = {
                Filter.ALL: sums.count,
                Filter.UNREAD: sums.unread,
                Filter.FLAGGED: sums.flagged,
                Filter.ATTACHMENTS: sums.attached,
            }
            if wanted[plan.query.filter]:
                rows.append((*sums.newest, thread))
        return rows


def count(view: View, threads: Sequence[int] | set[int], folders: Sequence[int]) -> dict[tuple[int, int], Sums]:
    """Conversations by (folder, thread), counted from their items as they are shown. ``folders`` empty: all.

    A message in a folder that holds everything counts there only where none of the other folders has it.
    """
    inside = set(folders)
    shown = view.overlay.items
    rows = [
        row
        for row in view.mail.execute(
            "SELECT i.folder, i.thread, i.received, i.id, i.flags, i.attached, i.content FROM json_each(?) j"
            " CROSS JOIN item i ON i.thread = j.value WHERE i.folder <> 0",
            (numbers(threads),),
        )
        if row[3] not in shown
    ]
    wanted = set(threads)
    rows.extend(
        (one.folder, one.thread, one.received, one.id, one.flags, one.attached, one.content or -one.id)
        for one in shown.values()
        if one.folder and one.thread in wanted
    )
    rows = [row for row in rows if not inside or row[0] in inside]
    doubles = everything(view, inside)
    elsewhere = {row[6] for row in rows if row[0] not in doubles} if doubles else set()
    result: dict[tuple[int, int], Sums] = {}
    for folder, thread, received, item, flags, attached, content in rows:
        if folder in doubles and content in elsewhere:
            continue
        sums = result.setdefault((folder, thread), Sums())
        sums.add((received, item, 1, int(not flags & 1), int(bool(flags & 4)), attached))
        sums.items.append((received, item))
    return result


def conversations(view: View, folders: Sequence[int], threads: Sequence[int]) -> list[Conversation]:
    """Rows as a list shows them, counted inside ``folders`` together, in the order asked for; missing left out."""
    inside = set(folders)
    changed = view.overlay.threads.intersection(threads) if view.overlay.items else set()
    if everything(view, inside):
        changed = set(threads)  # rows of folder_thread do not know of one another
    sums: dict[int, Sums] = {}
    for folder, thread, *row in view.mail.execute(
        "SELECT t.folder, t.thread, t.newest, t.newest_item, t.count, t.unread, t.flagged, t.attached"
        " FROM json_each(?1) f CROSS JOIN json_each(?2) j"
        " CROSS JOIN folder_thread t ON t.folder = f.value AND t.thread = j.value",
        (numbers(inside or _every_folder(view)), numbers(one for one in threads if one not in changed)),
    ):
        del folder
        sums.setdefault(thread, Sums()).add(tuple(row))
    if changed:
        for (_folder, thread), one in count(view, changed, folders).items():
            total = sums.setdefault(thread, Sums())
            total.add((*one.newest, one.count, one.unread, one.flagged, one.attached))
    newest: dict[int, Item] = {item.id: item for item in items(view, [one.newest[1] for one in sums.values()])}
    senders = _senders(view, [thread for thread, one in sums.items() if one.count > 1], inside)
    result = []
    for thread in threads:
        found = sums.get(thread)
        item = newest.get(found.newest[1]) if found is not None else None
        if found is None or item is None:
            continue
        result.append(
            Conversation(
                thread=ThreadId(thread),
                folder=FolderId(item.folder),
                newest=item,
                count=found.count,
                unread=found.unread,
                flagged=found.flagged,
                attachments=found.attached,
                senders=senders.get(thread) or item.from_,
            )
        )
    return result


def everything(view: View, inside: Collection[int]) -> set[int]:
    """Folders that hold what others hold as well (Gmail's All Mail), where ``inside`` (empty: all) has such others."""
    if len(inside) == 1:
        return set()
    found = {number for (number,) in view.mail.execute("SELECT id FROM folder WHERE role = ?", (Role.ALL.value,))}
    return set() if inside and found.issuperset(inside) else found


def _every_folder(view: View) -> list[int]:
    return [number for (number,) in view.mail.execute("SELECT id FROM folder")]


def _senders(view: View, threads: Sequence[int], inside: set[int]) -> dict[int, tuple[Address, ...]]:
    """Who wrote, oldest first, each address once; of very many the first."""
    if not threads:
        return {}
    shown = view.overlay.items
    found: dict[int, list[tuple[int, int, tuple[Address, ...]]]] = {}
    for thread, folder, received, item, senders in view.mail.execute(
        "SELECT i.thread, i.folder, i.received, i.id, c.senders FROM json_each(?) j"
        " CROSS JOIN item i ON i.thread = j.value CROSS JOIN content c ON c.id = i.content",
        (numbers(threads),),
    ):
        over = shown.get(item)
        where = over.folder if over is not None else folder
        if where and (not inside or where in inside):
            found.setdefault(thread, []).append((received, item, decode_addresses(senders)))
    wanted = set(threads)
    for over in shown.values():
        if over.appended is not None and over.thread in wanted and (not inside or over.folder in inside):
            found.setdefault(over.thread, []).append((over.received, over.id, over.appended.envelope.from_))
    result = {}
    for thread, wrote in found.items():
        wrote.sort(key=lambda one: one[:2])
        each: dict[str, Address] = {}
        for _received, _item, addresses in wrote:
            for address in addresses:
                each.setdefault(address.address.casefold(), address)
        result[thread] = tuple(list(each.values())[:_MOST_SENDERS])
    return result


def _key(view: View, item: int, sort: Sort) -> Any:
    """What a conversation is sorted by: that of its newest item."""
    over = view.overlay.items.get(item)
    source = over.source if over is not None and over.source is not None else item
    row = view.mail.execute(
        f"SELECT {_SORT_KEYS[sort]} FROM item i CROSS JOIN content c ON c.id = i.content WHERE i.id = ?",  # noqa: S608 -- our own words
        (source,),
    ).fetchone()
    if row is not None:
        return row[0]
    return 0 if sort is Sort.SIZE else ""


def _chunks(rows: Iterator[Row], first: int) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) >= first:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
