"""The lock that makes one engine per home.

Owns ``data/engine.lock``: who holds its flock is the engine; the process id inside is for sentences only. The file is
never removed, because a lock on a removed file excludes nobody. Must not know what the engine does.
"""

from __future__ import annotations

import fcntl
import os
import time
from types import TracebackType
from typing import Self

from tui_mail.config.paths import Home
from tui_mail.model.errors import EngineRunning
from tui_mail.model.words import _

_PATIENCE = 0.3
"""Seconds that ``acquire`` tries again: whoever only asks who is there holds the lock for an instant."""


class EngineLock:
    """An exclusive lock on one home, held until ``release`` or the end of the process, however that comes."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._file: int | None = None

    def acquire(self) -> None:
        """Take the lock and write this process's id into it. Raises EngineRunning."""
        path = self._home.lock_file
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    holder = _read_pid(descriptor)
                    os.close(descriptor)
                    raise EngineRunning(_running_text(holder)) from None
                time.sleep(0.02)
            else:
                break
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._file = descriptor

    def release(self) -> None:
        """Give the lock back; twice does no harm."""
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def lock_holder(home: Home) -> int | None:
    """The process id of the engine that holds this home; 0 when one does whose id is not written yet; else None."""
    try:
        descriptor = os.open(home.lock_file, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_pid(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


def _read_pid(descriptor: int) -> int:
    text = os.pread(descriptor, 32, 0).strip()
    return int(text) if text.isdigit() else 0


def _running_text(pid: int) -> str:
    if not pid:
        return _("An engine is already running for this home: use that one, or stop it with `tui-mail engine --stop`.")
    return _(
        "An engine is already running for this home (process {pid}): use that one, "
        "or stop it with `tui-mail engine --stop`."
    ).format(pid=pid)
