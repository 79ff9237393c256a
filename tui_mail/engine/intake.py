"""From a page of the wire to rows of the store, without the event loop: parse in one thread, store in another.

Owns the size of slices and the number of pages under way. Must not know a server.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace

from tui_mail.engine.core import Core
from tui_mail.engine.lanes import Urgency
from tui_mail.mime.searchtext import search_text
from tui_mail.model.ids import FolderId, ItemId
from tui_mail.model.remote import Body, Page
from tui_mail.store.arrival import arrival_of
from tui_mail.store.results import NewBody, Stored
from tui_mail.store.writer import Writer

_SLICE_SECONDS = 0.025
"""What one commit should take, so that a person's gesture is folded soon."""
_SLICE_FIRST = 500
_SLICE_MOST = 2000
_DEPTH = 3
"""Pages handed out and not yet committed."""


class Slices:
    """How many messages one commit takes: adapted to how long the last ones took. One thread at a time."""

    def __init__(self) -> None:
        self.size = _SLICE_FIRST

    def took(self, count: int, seconds: float) -> None:
        """A commit of ``count`` messages took ``seconds``."""
        if count >= self.size and seconds < _SLICE_SECONDS / 2:
            self.size = min(_SLICE_MOST, self.size * 2)
        elif seconds > _SLICE_SECONDS * 2:
            self.size = max(100, self.size // 2)


class Intake:
    """Takes the pages of one folder, in order. ``count`` and ``uids`` make it the backend's view of what is here."""

    def __init__(self, core: Core, folder: FolderId, cursor: bytes, urgency: Urgency) -> None:
        self._core = core
        self._folder = folder
        self._cursor = cursor
        self._urgency = urgency
        self._slices = Slices()
        self._under_way: deque[Future[Stored]] = deque()
        self._lock = threading.Lock()

    def put(self, page: Page) -> Future[Stored]:
        """Begin to store ``page``; in order with those before."""
        cursor, self._cursor = self._cursor, page.cursor
        future = self._core.parsing.submit(self._urgency, lambda _: self._store(page, cursor))
        with self._lock:
            self._under_way.append(future)
        return future

    async def room(self) -> list[Stored]:
        """Wait until another page may be put; what the pages that had to be waited for brought."""
        return [await self._oldest()] if len(self._under_way) >= _DEPTH else []

    async def drain(self) -> list[Stored]:
        """Wait for every page under way."""
        stored = []
        while self._under_way:
            stored.append(await self._oldest())
        return stored

    async def abandon(self) -> None:
        """Take back what has not begun (its cursor is not stored, so it comes again) and wait for what has."""
        with self._lock:
            begun = [future for future in reversed(self._under_way) if not future.cancel()]
            self._under_way.clear()
        await asyncio.gather(*map(asyncio.wrap_future, begun), return_exceptions=True)

    def count(self) -> int:
        """Messages of the folder that are in the store with a UID, pages put before included. Blocks shortly."""
        self._settle()
        found = self._core.submit(Urgency.NEWS, lambda writer: writer.server_folder(self._folder)).result()
        return found.held if found is not None else 0

    def uids(self) -> Sequence[int]:
        """Their UIDs, ascending. Blocks shortly."""
        self._settle()
        return self._core.submit(Urgency.NEWS, lambda writer: writer.local_view(self._folder)).result().uids()

    def _settle(self) -> None:
        with self._lock:
            waiting = list(self._under_way)
        for future in waiting:
            future.result()

    async def _oldest(self) -> Stored:
        stored = await asyncio.wrap_future(self._under_way[0])
        with self._lock:
            self._under_way.popleft()
        return stored

    def _store(self, page: Page, cursor: bytes) -> Stored:
        """Parse and commit in slices; only the last one carries the page's cursor, changes and end."""
        new = page.new
        results: list[Future[Stored]] = []
        first = True
        before = b"" if page.reset else cursor
        while len(new) > self._slices.size:
            part, new = new[: self._slices.size], new[self._slices.size :]
            piece = replace(
                page, cursor=before, new=part, flags=(), vanished=(), reset=page.reset and first, last=False
            )
            results.append(self._commit(piece))
            first = False
            if len(results) > 1:
                results[-2].result()  # one slice is stored while the next is parsed, no more
        results.append(self._commit(replace(page, new=new, reset=page.reset and first)))
        return _together([result.result() for result in results])

    def _commit(self, piece: Page) -> Future[Stored]:
        arrivals = [arrival_of(new) for new in piece.new]

        def store(writer: Writer) -> Stored:
            begun = time.perf_counter()
            stored = writer.put_page(self._folder, piece, arrivals)
            self._slices.took(len(arrivals), time.perf_counter() - begun)
            return stored

        return self._core.submit(self._urgency, store)


def submit_bodies(
    core: Core, folder: FolderId, uidvalidity: int, bodies: Sequence[Body], urgency: Urgency
) -> Future[tuple[ItemId, ...]]:
    """Begin to store whole messages of one folder: their text is read on one thread, they are stored on another."""

    def parse(_: None) -> tuple[ItemId, ...]:
        found = [NewBody(body.uid, body.raw, search_text(body.raw)) for body in bodies]
        return core.submit(urgency, lambda writer: writer.put_bodies(folder, uidvalidity, found)).result()

    return core.parsing.submit(urgency, parse)


def _together(stored: Sequence[Stored]) -> Stored:
    if len(stored) == 1:
        return stored[0]
    return Stored(
        items=tuple(item for each in stored for item in each.items),
        new_unread=tuple(item for each in stored for item in each.new_unread),
        folders=frozenset().union(*(each.folders for each in stored)),
        recovered=sum(each.recovered for each in stored),
    )
