"""Seeing to it that an engine runs: start one, wait for it, replace an older one, or say why not.

Owns the spawning of ``python -m tui_mail … engine``. Blocking; an event loop calls it in a thread. Must not know what
the engine does.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time

from tui_mail.config.paths import Home
from tui_mail.link.call import Line
from tui_mail.link.crashes import LIMIT, refuse_loop
from tui_mail.link.lock import EngineLock, lock_holder
from tui_mail.link.messages import Hello, Stop
from tui_mail.link.versions import is_newer, is_older, newer_text
from tui_mail.model.errors import EngineRunning, EngineTrouble
from tui_mail.model.words import _

_START_SECONDS = 30.0
_STOP_SECONDS = 30.0
_TURN_SECONDS = 8.0
"""How long an engine may take to end or to start before one is left to itself."""
_POLL_SECONDS = 0.02


def ensure_engine(home: Home, *, wait: bool = False) -> None:
    """Start an engine when none holds the lock of ``home``; ``wait``: return only when it answers. Otherwise it holds the
    lock on return, so that who looks next or stops it finds it.

    An older engine is replaced. Raises EngineTrouble when a newer one runs, when engines crash in a row, or when
    (waiting) none answers.
    """
    child = None
    # Whoever holds the lock and does not answer is starting or ending: see which.
    deadline = time.monotonic() + _TURN_SECONDS
    while True:
        if lock_holder(home) is None:
            child = _spawn(home)
            break
        hello = _greet(home)
        if hello is not None:
            if not _fits(hello):
                stop_engine(home)
                child = _spawn(home)
            break
        if time.monotonic() >= deadline:
            break
        time.sleep(_POLL_SECONDS)
    if wait:
        _wait(home, child)


def wait_for_turn(home: Home, seconds: float) -> None:
    """Return when the engine that holds the lock answers or has ended, for it may be starting or ending; after
    ``seconds`` at the latest.
    """
    deadline = time.monotonic() + seconds
    while lock_holder(home) is not None and _greet(home, seconds) is None and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)


def stop_engine(home: Home) -> bool:
    """End the engine in good order and wait until it is gone; False when none ran. Raises EngineTrouble."""
    if lock_holder(home) is None:
        return False
    deadline = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(EngineTrouble), Line(home) as line:
            line.ask(Stop(id=1), _STOP_SECONDS)
            line.wait_for_end(_STOP_SECONDS)
        while lock_holder(home) is not None and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
            if home.socket.exists():
                break
        if lock_holder(home) is None:
            return True
        time.sleep(_POLL_SECONDS)
    raise EngineTrouble(
        _("The engine (process {pid}) does not end: end that process yourself.").format(pid=lock_holder(home))
    )


def replace_older(home: Home) -> bool:
    """End the engine of an older program; False when the one that runs fits. Raises EngineTrouble when it is newer."""
    hello = _greet(home)
    if hello is None or _fits(hello):
        return False
    return stop_engine(home)


class Keeper:
    """Keeps an engine running for a window: counts how often it was lost, whatever the cause.

    ``ensure`` is called at first and after each loss; the third engine lost within its first minute ends in a sentence,
    and for a minute only an engine that somebody else has started is taken.
    """

    _YOUNG = 60.0

    def __init__(self, home: Home) -> None:
        self._home = home
        self._losses = 0
        self._started: float | None = None

    def ensure(self) -> None:
        """``ensure_engine(wait=True)``. Raises EngineTrouble, for a minute without a try after three losses in a row."""
        now = time.monotonic()
        if self._started is not None:
            self._losses = self._losses + 1 if now - self._started < self._YOUNG else 1
        if self._losses >= LIMIT and lock_holder(self._home) is None:
            raise EngineTrouble(
                _(
                    "The engine ended {count} times in a row: {log} says why, and `tui-mail doctor` looks for more. "
                    "It is started again in a minute."
                ).format(count=LIMIT, log=self._home.log_file)
            )
        self._started = now
        ensure_engine(self._home, wait=True)


def _fits(engine: Hello) -> bool:
    """True when this engine serves us, False when it is to be replaced. Raises EngineTrouble when it is newer."""
    if is_newer(engine):
        raise EngineTrouble(newer_text(engine))
    return not is_older(engine)


def _greet(home: Home, timeout: float = 2.0) -> Hello | None:
    """What the engine says of itself; None while it is starting or does not answer."""
    try:
        with Line(home, timeout) as line:
            return line.engine
    except EngineTrouble:
        return None


def _spawn(home: Home) -> subprocess.Popen[bytes] | None:
    """Start one that holds the lock from the first; None when somebody else was quicker."""
    refuse_loop(home, time.time())
    home.create()
    lock = EngineLock(home)
    try:
        lock.acquire()
    except EngineRunning:
        return None
    try:
        child = _start(home, lock)
        lock.leave_to(child.pid)
    finally:
        lock.release()
    # Reaped when it ends before this process does; and held until then, for it may well outlive this process.
    threading.Thread(target=child.wait, daemon=True, name="tui-mail-engine").start()
    return child


def _start(home: Home, lock: EngineLock) -> subprocess.Popen[bytes]:
    log = os.open(home.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "tui_mail", *home.arguments, "engine"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
            pass_fds=(lock.descriptor,),
            env={**os.environ, **lock.handed_down()},
        )
    except OSError as error:
        raise EngineTrouble(
            _("The engine cannot be started: {reason}.").format(reason=error.strerror or error)
        ) from error
    finally:
        os.close(log)


def _wait(home: Home, child: subprocess.Popen[bytes] | None) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        hello = _greet(home) if home.socket.exists() else None
        if hello is not None and _fits(hello):
            return
        if lock_holder(home) is None:
            if child is None:
                child = _spawn(home)  # the one that was there has ended meanwhile
            elif child.poll() is not None:
                raise EngineTrouble(
                    _("The engine ended as soon as it was started: {log} says why.").format(log=home.log_file)
                )
        time.sleep(_POLL_SECONDS)
    raise EngineTrouble(
        _("The engine does not answer: stop it with `tui-mail engine --stop`, or see {log}.").format(log=home.log_file)
    )
