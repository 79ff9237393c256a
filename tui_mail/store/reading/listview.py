"""Lists as they are asked for: a query worked out, the whole of it in chunks, or a page.

Owns which folders a list covers, and paging. Must not know how a list is walked: ``store.reading.lists`` does for items,
``store.reading.conversations`` for folded rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from tui_mail.model.mail import Folder
from tui_mail.store.reading import folderview
from tui_mail.store.reading.conversations import ConversationLists
from tui_mail.store.reading.lists import CHUNK, ItemLists, Plan, Row, Views, threads_once
from tui_mail.store.reading.query import ListQuery, Sort

if TYPE_CHECKING:
    from tui_mail.store.reading.search import Compiled

Place = tuple[int, int]
"""(received, id) of a row: of an item, or of the newest item of a conversation."""


class ListView:
    """Rows of lists; used by the reader."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._items = ItemLists(views)
        self._conversations = ConversationLists(views)

    def items(self, query: ListQuery) -> Iterator[list[Row]]:
        """The items of the whole list, in chunks."""
        return self._items.rows(self.plan(query))

    def conversations(self, query: ListQuery) -> Iterator[list[Row]]:
        """The conversations of the whole list, in chunks."""
        return self._folded(self.plan(query), CHUNK, None)

    def item_page(self, query: ListQuery, limit: int, before: Place | None) -> list[Row]:
        """At most ``limit`` items after the row at ``before``."""
        return _page(self._items.rows(self.plan(query), limit, before), query, limit, before)

    def conversation_page(self, plan: Plan, limit: int, before: Place | None) -> list[Row]:
        """Likewise of conversations."""
        return _page(self._folded(plan, limit, before), plan.query, limit, before)

    def plan(self, query: ListQuery) -> Plan:
        """The folders and the search of a query worked out."""
        if query.search is None and query.folders:
            return Plan(query, query.folders, None)
        every = self._folders()
        search: Compiled | None = None
        everywhere = False
        if query.search is not None:
            from tui_mail.store.reading.search import compile_search
            from tui_mail.text.query import mentions_folder

            search = compile_search(
                query.search,
                lambda spec: [folder.id for folder in folderview.find(every, spec, None)],
                lambda name: [one.id for one in every if one.account.casefold() == name.casefold()],
            )
            everywhere = mentions_folder(query.search)
        inside: Collection[int] = query.folders or folderview.searched(every, everywhere=everywhere)
        if search is not None and search.folders is not None:
            inside = [folder for folder in inside if folder in (search.folders or ())]
        if search is not None and not everywhere and not query.folders:
            search.once(folderview.everything(every), inside)
        return Plan(query, tuple(inside), search)

    def _folded(self, plan: Plan, first: int, before: Place | None) -> Iterator[list[Row]]:
        if plan.search is None:
            return self._conversations.rows(plan, first, before)
        return threads_once(self._items.rows(plan, first))

    def _folders(self) -> list[Folder]:
        with self._views() as view:
            return folderview.folders(view) if view is not None else []


def _page(chunks: Iterator[list[Row]], query: ListQuery, limit: int, before: Place | None) -> list[Row]:
    """The first ``limit`` rows after ``before``."""
    page: list[Row] = []
    found = before is None
    for chunk in chunks:
        for row in chunk:
            if not found:
                assert before is not None
                found = row[:2] == before
                # The row itself may be gone; in order of date the rest still begins where it would have been.
                if found or query.sort is not Sort.DATE or (row[:2] > before) is query.descending:
                    continue
                found = True
            page.append(row)
            if len(page) == limit:
                return page
    return page
