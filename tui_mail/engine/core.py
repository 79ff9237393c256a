"""What every part of the engine shares: the lanes, the clock, the announcer, the settings.

Owns their making and closing. Must not know accounts.
"""

from __future__ import annotations

import asyncio
import ctypes
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TypeVar

from tui_mail.config.paths import Home
from tui_mail.config.settings import Settings
from tui_mail.engine.announce import Announcer
from tui_mail.engine.header_worker import HeaderWorker
from tui_mail.engine.lanes import Lane, Urgency
from tui_mail.engine.priority import come_forward
from tui_mail.engine.timing import Timing
from tui_mail.mime.html_worker import HtmlWorker
from tui_mail.model.ids import FolderId
from tui_mail.store.reader import Reader
from tui_mail.store.writer import Writer

T = TypeVar("T")

_BULK_WRITES = 50
"""Commits after which memory is worth giving back."""
_RENDERING_SECONDS = 120.0


class Core:
    """Started and closed on the event loop; the store is prepared and the engine lock held."""

    def __init__(self, home: Home, timing: Timing, settings: Settings) -> None:
        self.home = home
        self.timing = timing
        self.settings = settings
        self.announcer = Announcer()
        self._writer = Lane("writer", lambda: Writer(home, timing.clock), Writer.close)
        self._reader = Lane("reader", lambda: Reader(home), Reader.close)
        self.parsing = Lane("parsing", HeaderWorker, HeaderWorker.close)
        self._rendering = Lane("rendering", HtmlWorker, HtmlWorker.close)
        self._rev = 0
        self._writes = 0
        self._rendered = 0.0

    def start(self) -> None:
        """Start the threads. Raises what opening the store raises."""
        for lane in (self._writer, self._reader, self.parsing, self._rendering):
            lane.start()

    async def close(self) -> None:
        """End the threads, after what is queued."""
        self.announcer.flush()
        for lane in (self.parsing, self._rendering, self._reader, self._writer):
            await asyncio.to_thread(lane.close)

    def submit(self, urgency: Urgency, work: Callable[[Writer], T]) -> Future[T]:
        """Have the writer do ``work`` on its thread; for pipelines that run on threads themselves."""

        def noted(writer: Writer) -> T:
            result = work(writer)
            self._rev = writer.rev
            self._writes += 1
            return result

        return self._writer.submit(urgency, noted)

    async def write(self, urgency: Urgency, work: Callable[[Writer], T]) -> T:
        """Have the writer do ``work`` on its thread."""
        return await asyncio.wrap_future(self.submit(urgency, work))

    def rest(self) -> None:
        """Bulk work has come to an end: give memory back, behind everything else. After little work nothing is done."""
        come_forward()
        if self._writes >= _BULK_WRITES:
            self._writes = 0
            self._writer.submit(Urgency.IDLE, _rest)
            self.parsing.submit(Urgency.IDLE, HeaderWorker.close)

    @property
    def paused(self) -> bool:
        """True while nothing is fetched that nobody asked for, but news."""
        return self.settings.sync.paused

    async def read(self, work: Callable[[Reader], T]) -> T:
        """Have the reader do ``work`` on its thread."""
        return await self._reader.run(Urgency.PERSON, work)

    async def render(self, urgency: Urgency, work: Callable[[HtmlWorker], T]) -> T:
        """Have the renderer do ``work`` on its thread."""
        self._rendered = self.timing.monotonic()
        return await self._rendering.run(urgency, work)

    async def render_aside(self, work: Callable[[HtmlWorker], T]) -> T:
        """Do ``work`` beside the renderer, which it would hold up, with a process for HTML that ends with it."""

        def alone() -> T:
            with HtmlWorker() as worker:
                return work(worker)

        return await asyncio.to_thread(alone)

    def expect_rendering(self) -> None:
        """Something will be rendered soon: have the process for HTML started meanwhile."""
        self._rendered = self.timing.monotonic()
        self._rendering.submit(Urgency.PERSON, HtmlWorker.start)

    def rest_rendering(self) -> None:
        """End the process for HTML when nothing was rendered for a while; it is started again when it is needed."""
        if self._rendered and self.timing.monotonic() - self._rendered > _RENDERING_SECONDS:
            self._rendered = 0.0
            self._rendering.submit(Urgency.IDLE, HtmlWorker.close)

    def changed(self, folders: Iterable[FolderId], new_mail: int = 0) -> None:
        """Tell clients that committed rows of these folders changed."""
        self.announcer.changed(self._rev, folders, new_mail)

    def list_changed(self) -> None:
        """Tell clients that the list of folders or accounts changed."""
        self.announcer.list_changed(self._rev)


def _rest(writer: Writer) -> None:
    writer.rest()
    # The allocator keeps what SQLite gave back; glibc gives it to the system when asked, others do so by themselves.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
