"""One connection, one thread: blocking work for an asyncio caller, with an order, a way out and a way to stop.

Owns the thread and the life of its connection: made when first needed, checked after silence, closed after any failure
that leaves it in doubt. Must not know what the work is.
"""

from __future__ import annotations

import asyncio
import enum
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tui_mail.backends.imap.failures import CommandFailed, not_understood
from tui_mail.backends.imap.mailbox import Connection
from tui_mail.backends.imap.session import Session
from tui_mail.backends.imap.tokens import Malformed
from tui_mail.model.clock import Clock
from tui_mail.model.errors import Gone, Refused, Throttled, TuiMailError, Unreachable
from tui_mail.model.words import _

T = TypeVar("T")

GRACE = 2.0
"""Seconds that cancelled work may take to come to an end before its connection is cut."""
SILENCE = 600.0
"""Seconds after which an unused connection is asked whether it still lives."""
CHECK = 10.0
LOOK = 1.0
AHEAD = 2
"""Results of a stream that wait for their reader."""


class Priority(enum.IntEnum):
    """What goes first on a connection, and may pass a longer job between its commands."""

    PERSON = 0
    """Somebody looks at the screen and waits."""
    OPERATION = 1
    """In the order they were given."""
    BULK = 2


class CrowdedOut(Throttled):
    """The server lets nobody in on one more connection."""


class Abandoned(Exception):
    """A job ends itself because nobody waits for it any more, no command being under way."""


@dataclass(slots=True, eq=False)
class _Job:
    work: Callable[[Connection], Any]
    deliver: Callable[[Any, BaseException | None], None]
    priority: Priority
    cancelled: threading.Event = field(default_factory=threading.Event)


class Worker:
    """Runs jobs by priority, then in order. The async methods belong to one event loop."""

    def __init__(self, name: str, opener: Callable[[], Connection], clock: Clock) -> None:
        self._name = name
        self._open = opener
        self._clock = clock
        self._condition = threading.Condition()
        self._jobs: tuple[deque[_Job], ...] = tuple(deque() for _priority in Priority)
        self._thread: threading.Thread | None = None
        self._closing = False
        self._current: _Job | None = None
        self._connection: Connection | None = None
        self._used = 0.0
        self._past = (0, 0)

    # -- from the event loop

    async def run(self, work: Callable[[Connection], T], priority: Priority = Priority.BULK) -> T:
        """Run ``work`` on this connection's thread. Cancelling gives it ``GRACE`` to end, then cuts the connection."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def settle(result: T, error: BaseException | None) -> None:
            if future.done():
                return
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        job = _Job(work, _soon(loop, settle), priority)
        self._put(job)
        try:
            return await future
        except asyncio.CancelledError:
            self._cancel(job, loop)
            raise

    async def stream(
        self, make: Callable[[Connection], Iterator[T]], priority: Priority = Priority.BULK, ahead: int = AHEAD
    ) -> AsyncGenerator[T, None]:
        """The items of the iterator that ``make`` returns, which runs on the thread at most ``ahead`` items ahead."""
        loop = asyncio.get_running_loop()
        arrived: asyncio.Queue[tuple[T | None, bool, BaseException | None]] = asyncio.Queue()
        slots = threading.Semaphore(ahead)
        put = _soon(loop, lambda item, error: arrived.put_nowait((item, False, error)))

        def work(connection: Connection) -> None:
            items = make(connection)
            try:
                for item in items:
                    # A reader that forgot us must not keep the thread when the account is closed.
                    while not slots.acquire(timeout=LOOK):
                        if self._closing:
                            return
                    if job.cancelled.is_set():
                        return
                    put(item, None)
            finally:
                close = getattr(items, "close", None)
                if close is not None:
                    close()

        job = _Job(work, _soon(loop, lambda _none, error: arrived.put_nowait((None, True, error))), priority)
        self._put(job)
        ended = False
        try:
            while True:
                item, ended, error = await arrived.get()
                if error is not None:
                    raise error
                if ended:
                    return
                slots.release()
                yield item  # type: ignore[misc] # only the end carries None in its place
        finally:
            if not ended:
                self._cancel(job, loop)
                slots.release()

    def interrupt(self) -> None:
        """Wake a job that waits for news."""
        connection = self._connection
        if connection is not None:
            connection.session.transport.wake()

    async def renew(self) -> None:
        """Let the next job have a connection of its own making."""
        await self.run(lambda connection: connection.session.transport.close())

    @property
    def connected(self) -> bool:
        connection = self._connection
        return connection is not None and not connection.session.transport.closed

    @property
    def traffic(self) -> tuple[int, int]:
        """Octets received and sent on all connections so far."""
        connection = self._connection
        now = (0, 0) if connection is None else connection.session.transport.traffic
        return self._past[0] + now[0], self._past[1] + now[1]

    async def close(self) -> None:
        """Say goodbye if nothing is under way, else cut the connection; the thread ends."""
        with self._condition:
            self._closing = True
            thread = self._thread
            busy = self._current is not None
            self._condition.notify_all()
        connection = self._connection
        if busy and connection is not None:
            connection.session.transport.abort()
        if thread is not None:
            await asyncio.to_thread(thread.join, GRACE + CHECK)

    # -- from the thread, between commands of a job

    def is_urgent(self) -> bool:
        """True when something more urgent waits for this connection."""
        return self._next(self._level()) is not None

    def breathe(self) -> bool:
        """Run what is urgent now; True when something ran and may have selected another folder."""
        ran = False
        while True:
            with self._condition:
                waiting = self._next(self._level())
                if waiting is None:
                    return ran
                job = waiting.popleft()
            outer, self._current = self._current, job
            try:
                self._execute(job)
            finally:
                self._current = outer
            ran = True

    # -- inside

    def _put(self, job: _Job) -> None:
        with self._condition:
            if self._closing:
                raise Unreachable(_("The account was closed."))
            self._jobs[job.priority].append(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name=f"imap-{self._name}", daemon=True)
                self._thread.start()
            self._condition.notify()

    def _next(self, level: int) -> deque[_Job] | None:
        """The first queue with a job that goes before ``level``."""
        return next((jobs for jobs in self._jobs[:level] if jobs), None)

    def _level(self) -> int:
        return self._current.priority if self._current is not None else len(self._jobs)

    def _cancel(self, job: _Job, loop: asyncio.AbstractEventLoop) -> None:
        job.cancelled.set()
        self.interrupt()
        loop.call_later(GRACE, self._cut, job)

    def _cut(self, job: _Job) -> None:
        connection = self._connection
        if self._current is job and connection is not None:
            connection.session.transport.abort()

    def _serve(self) -> None:
        while True:
            with self._condition:
                while (waiting := self._next(len(self._jobs))) is None and not self._closing:
                    self._condition.wait()
                if waiting is None or self._closing:
                    break
                self._current = waiting.popleft()
            self._execute(self._current)
            self._current = None
        for job in [job for jobs in self._jobs for job in jobs]:
            job.deliver(None, Unreachable(_("The account was closed.")))
        self._leave()

    def _execute(self, job: _Job) -> None:
        if job.cancelled.is_set():
            return
        result: Any = None
        error: BaseException | None = None
        try:
            connection = self._ready()
            if job.cancelled.is_set():
                return  # while the connection was made, when there was nothing yet to cut
            result = job.work(connection)
        except TuiMailError as trouble:
            error = trouble
        except (CommandFailed, Malformed) as trouble:
            error = not_understood(self._connection.session.host) if self._connection else trouble
        except BaseException as trouble:
            error = trouble  # a mistake of ours: the caller sees it, the thread lives on
        self._settle(error)
        job.deliver(result, error)

    def _settle(self, error: BaseException | None) -> None:
        """Keep the connection only if it is certain where it stands."""
        connection = self._connection
        if connection is None:
            return
        self._used = self._clock.monotonic()
        if error is not None and not isinstance(error, (Gone, Refused, Abandoned)):
            self._drop()
        elif not connection.session.idle:
            try:
                connection.session.drain(GRACE)
            except (TuiMailError, CommandFailed):
                self._drop()

    def _ready(self) -> Connection:
        connection = self._connection
        if connection is not None:
            try:
                self._check(connection.session)
                return connection
            except (TuiMailError, CommandFailed):
                self._drop()  # it died while nobody used it: a new one is made
        self._connection = connection = self._open()
        self._used = self._clock.monotonic()
        if self._closing:
            connection.session.transport.abort()
        return connection

    def _check(self, session: Session) -> None:
        """Read what came unasked; after long silence, ask."""
        session.transport.extend(CHECK)
        while session.transport.pending():
            session.advance()
        if self._clock.monotonic() - self._used > SILENCE:
            tag = session.start(b"NOOP")
            session.transport.extend(CHECK)
            session.finish(tag)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            received, sent = connection.session.transport.traffic
            self._past = (self._past[0] + received, self._past[1] + sent)
            connection.session.transport.close()

    def _leave(self) -> None:
        connection = self._connection
        if connection is not None:
            try:
                connection.session.leave()
            except (TuiMailError, CommandFailed):
                pass  # the goodbye is a courtesy
        self._drop()


def _soon(
    loop: asyncio.AbstractEventLoop, function: Callable[[Any, BaseException | None], None]
) -> Callable[[Any, BaseException | None], None]:
    """``function`` for a thread to call, run on the loop."""

    def call(result: Any, error: BaseException | None) -> None:
        try:
            loop.call_soon_threadsafe(function, result, error)
        except RuntimeError:
            pass  # the loop has ended, and with it whoever waited

    return call
