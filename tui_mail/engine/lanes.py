"""Threads that each own one thing (the writer, a reader, the HTML worker) and do what is asked of it, by urgency.

Owns the queue in front of such a thread. Must not know what is asked.
"""

from __future__ import annotations

import asyncio
import enum
import heapq
import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Owned = TypeVar("Owned")


class Urgency(enum.IntEnum):
    """Who goes first; equals go in the order they came."""

    FOLD = 0
    """What a person just did, and the life of operations."""
    PERSON = 1
    """What a person waits for."""
    NEWS = 2
    """New mail and changes of known mail."""
    HEADERS = 3
    """Pages of a first synchronisation."""
    BODIES = 4
    IDLE = 5


class Lane(Generic[Owned]):
    """One thread with the one object it owns: made there, used only there, closed there."""

    def __init__(self, name: str, make: Callable[[], Owned], close: Callable[[Owned], None] | None = None) -> None:
        self._make = make
        self._close = close
        self._heap: list[tuple[int, int, Callable[[Owned], Any], Future[Any]]] = []
        self._serial = itertools.count()
        self._there = threading.Condition()
        self._ending = False
        self._ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread and wait until it has made what it owns; raises what making it raised."""
        self._thread.start()
        self._ready.result()

    def submit(self, urgency: Urgency, work: Callable[[Owned], T]) -> Future[T]:
        """Queue ``work``; may be called from any thread. The future may be cancelled while it waits."""
        future: Future[T] = Future()
        with self._there:
            if self._ending:
                future.cancel()
                return future
            heapq.heappush(self._heap, (urgency, next(self._serial), work, future))
            self._there.notify()
        return future

    async def run(self, urgency: Urgency, work: Callable[[Owned], T]) -> T:
        """``submit`` for an event loop. Cancelled while it waits, the work is not done; once begun, it is."""
        return await asyncio.wrap_future(self.submit(urgency, work))

    def close(self) -> None:
        """Do what is queued, close what is owned, end the thread; blocks. More work is cancelled."""
        with self._there:
            self._ending = True
            self._there.notify()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            owned = self._make()
        except BaseException as error:  # it is raised again by start, in the thread that can say it
            self._ready.set_exception(error)
            return
        self._ready.set_result(None)
        while (job := self._next()) is not None:
            work, future = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = work(owned)
            except BaseException as error:  # it belongs to who asked; the lane goes on
                future.set_exception(error)
            else:
                future.set_result(result)
            del work, future, job  # an idle lane must not keep the last batch in memory
        if self._close is not None:
            self._close(owned)

    def _next(self) -> tuple[Callable[[Owned], Any], Future[Any]] | None:
        with self._there:
            while not self._heap:
                if self._ending:
                    return None
                self._there.wait()
            _urgency, _serial, work, future = heapq.heappop(self._heap)
            return work, future
