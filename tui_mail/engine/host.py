"""An engine as a process, or for the time of one command: lock, log, store, signals.

Owns what surrounds ``Engine``. Must not know what the engine does.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator

from tui_mail.config.paths import Home
from tui_mail.engine.backends import BackendFactory
from tui_mail.engine.engine import Engine
from tui_mail.engine.logs import close_log, open_log
from tui_mail.engine.patience import patiently
from tui_mail.engine.priority import give_way
from tui_mail.link import crashes
from tui_mail.link.lock import EngineLock
from tui_mail.link.messages import Done, Message, Request
from tui_mail.link.outcome import failure
from tui_mail.link.start import replace_older
from tui_mail.model.clock import Clock, SystemClock
from tui_mail.model.errors import EngineRunning, StoreDamaged, TuiMailError
from tui_mail.store.disk import files
from tui_mail.store.disk.wal import check_disk

__all__ = ["Engine", "host_once", "run_engine"]

log = logging.getLogger(__name__)

_REBUILDS = 2
"""How often one process sets a damaged mail.db aside."""
_SWITCH_SECONDS = 0.002
"""How long a thread may keep the interpreter: short, so that a person's request gets between parsing."""


def run_engine(home: Home, *, stay: bool = False, clock: Clock | None = None) -> int:
    """Be the engine of ``home`` until it ends; the exit code. Raises EngineRunning when there is one already, and
    other TuiMailErrors when it cannot start.
    """
    os.umask(0o077)
    give_way()
    check_disk(home)
    home.create()
    clock = clock or SystemClock()
    with _lock(home), _logging(home):
        words = crashes.absorb_fault(home, time.time())  # crashes are counted in the machine's time, not the mailbox's
        if words:
            log.error("the engine before crashed: %s", words)
        sys.setswitchinterval(_SWITCH_SECONDS)
        with crashes.fault_file(home).open("w") as fault:
            faulthandler.enable(fault)
            try:
                _run_until_ended(home, clock, stay)
            except TuiMailError as error:
                log.error("ended: %s", error.text)  # noqa: TRY400 -- one sentence says it; it is no bug
                raise
            except Exception:
                log.exception("crashed")
                crashes.record_crash(home, time.time())
                raise
            finally:
                faulthandler.disable()
                crashes.fault_file(home).unlink(missing_ok=True)
        crashes.clear_crashes(home)
    return 0


def host_once(
    home: Home,
    request: Request,
    *,
    clock: Clock | None = None,
    on_event: Callable[[Message], None] | None = None,
    silence: float = 60.0,
    backends: BackendFactory | None = None,
) -> Done:
    """Be the engine for one request and leave nothing running; blocking.

    Ends in Done(kind="stalled") after ``silence`` seconds without any event. Raises EngineRunning when there is an
    engine to be asked, and what opening the store raises.
    """
    os.umask(0o077)
    check_disk(home)
    home.create()
    clock = clock or SystemClock()
    with _lock(home), _logging(home):
        files.prepare(home, clock)
        return asyncio.run(_one_request(home, clock, request, on_event, silence, backends))


async def _one_request(
    home: Home,
    clock: Clock,
    request: Request,
    on_event: Callable[[Message], None] | None,
    silence: float,
    backends: BackendFactory | None,
) -> Done:
    engine = Engine(home, clock, alone=True, backends=backends)
    if on_event is not None:
        engine.core.announcer.listeners.append(on_event)
    await engine.start()
    try:
        return await patiently(engine.core.announcer, engine.handle(request), silence)
    except TuiMailError as error:
        return failure(request.id, error)
    finally:
        await engine.stop()


def _run_until_ended(home: Home, clock: Clock, stay: bool) -> None:
    """Run engines until one ends in good order; a mail.db found damaged is set aside and built anew."""
    for rebuilds in range(_REBUILDS + 1):
        files.prepare(home, clock)
        try:
            asyncio.run(_engine(home, clock, stay))
        except StoreDamaged as damage:
            if rebuilds == _REBUILDS:
                raise
            moved = files.set_aside_mail(home, clock)
            log.error("mail.db was damaged (%s); it is kept as %s and built anew", damage.text, moved)  # noqa: TRY400 -- see above
        else:
            return


async def _engine(home: Home, clock: Clock, stay: bool) -> None:
    engine = Engine(home, clock, stay=stay)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, engine.end)
    await engine.start()
    lived = loop.call_later(crashes.LIVED_SECONDS, crashes.clear_crashes, home)
    gc.freeze()  # what is loaded now stays: the collector need not look at it again and again
    try:
        await engine.run()
    finally:
        lived.cancel()
        await engine.stop()


@contextlib.contextmanager
def _lock(home: Home) -> Iterator[None]:
    """The engine lock: the one handed down, or a new one; from an older program's engine it is taken over."""
    lock = EngineLock(home)
    try:
        if not lock.adopt(os.environ):
            lock.acquire()
    except EngineRunning:
        if not replace_older(home):
            raise
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _logging(home: Home) -> Iterator[None]:
    handler = open_log(home.log_file)
    try:
        yield
    finally:
        close_log(handler)
