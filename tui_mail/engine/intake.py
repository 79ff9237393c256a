"""From a page of the wire to rows of the store, without the event loop: read in one thread, store in another.

Owns the size of slices and the number of pages under way. Must not know a server.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field, replace

from tui_mail.engine.core import Core
from tui_mail.engine.header_worker import MANY, HeaderWorker
from tui_mail.engine.lanes import Urgency
from tui_mail.engine.priority import stand_back
from tui_mail.mime.searchtext import search_text
from tui_mail.model.ids import FolderId, ItemId
from tui_mail.model.remote import Body, Page
from tui_mail.store.mirror.arrival import Arrival
from tui_mail.store.mirror.results import NewBody, Stored
from tui_mail.store.writer import Writer

_SLICE_SECONDS = 0.025
"""What one commit should take, so that a person's gesture is folded soon."""
_SLICE_FIRST = 500
_SLICE_MOST = 2000
_DEPTH = 3
"""Pages handed out and not yet committed."""
_MANY_LEFT = 1000
"""Messages still to come for which a process of their own is worth starting …"""
_LARGE_PAGE = 500
"""… or as many in one page."""


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


@dataclass(slots=True)
class _Waiting:
    """A page on its way into the store."""

    page: Page
    cursor: bytes
    """The cursor before it: what a slice that is not the last one is stored with."""
    future: Future[Stored]
    arrivals: list[Arrival] = field(default_factory=list)
    at: int = 0
    """Arrivals stored so far."""
    begun: bool = False
    results: list[Stored] = field(default_factory=list)


class Intake:
    """Takes the pages of one folder, in order. ``count`` and ``uids`` make it the backend's view of what is here."""

    def __init__(self, core: Core, folder: FolderId, cursor: bytes, urgency: Urgency) -> None:
        self._core = core
        self._folder = folder
        self._cursor = cursor
        self._first = not cursor
        self._seen = 0
        self._urgency = urgency
        self._slices = Slices()
        self._under_way: deque[Future[Stored]] = deque()
        self._read: deque[_Waiting] = deque()
        self._storing = False
        self._error: BaseException | None = None
        self._lock = threading.Lock()

    def put(self, page: Page) -> Future[Stored]:
        """Begin to store ``page``; in order with those before. After one that failed, the others fail too."""
        waiting = _Waiting(page, b"" if page.reset else self._cursor, Future())
        self._cursor = page.cursor
        self._seen += len(page.new)
        left = (page.total or 0) - self._seen if self._first else 0
        many = len(page.new) >= MANY and (left >= _MANY_LEFT or len(page.new) >= _LARGE_PAGE)
        with self._lock:
            self._under_way.append(waiting.future)
        reading = self._core.parsing.submit(self._urgency, lambda worker: self._prepare(worker, waiting, many))
        reading.add_done_callback(lambda done: self._ended(done, waiting))
        return waiting.future

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

    def _prepare(self, worker: HeaderWorker, waiting: _Waiting, many: bool) -> None:
        """On the thread for parsing: read the headers of a page, then hand it to the writer."""
        if waiting.future.cancelled():
            return
        if many and not worker.running:
            worker.start()
            stand_back()
        waiting.arrivals = worker.arrivals(waiting.page.new)
        with self._lock:
            self._read.append(waiting)
            begin, self._storing = not self._storing, True
        if begin:
            self._store_next()

    def _store_next(self) -> None:
        """Have the writer store one slice; only one at a time waits in its queue, so that others get their turn."""
        self._core.submit(self._urgency, self._store).add_done_callback(self._stored)

    def _stored(self, done: Future[None]) -> None:
        with self._lock:
            waiting = self._read[0]
        self._ended(done, waiting)
        with self._lock:
            if waiting.future.done():
                self._read.popleft()
            more = self._storing = bool(self._read)
        if more:
            self._store_next()

    def _ended(self, done: Future[None], waiting: _Waiting) -> None:
        """A page of which a step failed, or is not done any more because the lane ended, is not stored."""
        error = CancelledError() if done.cancelled() else done.exception()
        if error is not None and not waiting.future.done():
            self._error = error
            if waiting.begun or waiting.future.set_running_or_notify_cancel():
                waiting.future.set_exception(error)

    def _store(self, writer: Writer) -> None:
        """On the writer's thread: one slice. Only the last one carries the page's cursor, changes and end."""
        waiting = self._read[0]
        if not waiting.begun:
            if not waiting.future.set_running_or_notify_cancel():
                return
            waiting.begun = True
        if self._error is not None:
            raise self._error
        arrivals, page, begun = waiting.arrivals, waiting.page, time.perf_counter()
        part = arrivals[waiting.at : waiting.at + self._slices.size]
        reset = page.reset and not waiting.at
        waiting.at += len(part)
        whole = waiting.at >= len(arrivals)
        if whole:
            piece = replace(page, reset=reset)
        else:
            piece = replace(page, cursor=waiting.cursor, flags=(), vanished=(), reset=reset, last=False)
        waiting.results.append(writer.put_page(self._folder, piece, part))
        self._slices.took(len(part), time.perf_counter() - begun)
        if whole:
            waiting.future.set_result(_together(waiting.results))


def submit_bodies(
    core: Core, folder: FolderId, uidvalidity: int, bodies: Sequence[Body], urgency: Urgency
) -> Future[tuple[ItemId, ...]]:
    """Begin to store whole messages of one folder: their text is read on one thread, they are stored on another."""

    def parse(_: HeaderWorker) -> tuple[ItemId, ...]:
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
