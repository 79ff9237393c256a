"""The lock that makes one engine per home.

Owns ``data/engine.lock``: who holds its flock is the engine; the process id inside is for sentences only. The file is
never removed, because a lock on a removed file excludes nobody. Who starts an engine takes the lock for it and hands it
down, so that from this moment on everybody sees that there is one. Must not know what the engine does.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import MutableMapping
from types import TracebackType
from typing import Self

from tui_mail.config.paths import Home
from tui_mail.model.errors import EngineRunning
from tui_mail.model.words import _

_HANDED_DOWN = "TUI_MAIL_ENGINE_LOCK"
"""The descriptor of a lock that was taken for this process, in its environment."""
_PATIENCE = 0.3
"""Seconds that ``acquire`` tries again: whoever only asks who is there holds the lock for an instant."""
_LONG_PATIENCE = 5.0
"""The same where no process that lives is named inside: on a busy machine that instant may be long."""


class EngineLock:
    """An exclusive lock on one home, held until ``release`` or the end of the process, however that comes."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._file: int | None = None

    def acquire(self) -> None:
        """Take the lock and write this process's id into it. Raises EngineRunning."""
        path = self._home.lock_file
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        begun = time.monotonic()
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = _read_pid(descriptor)
                if time.monotonic() - begun >= (_PATIENCE if _lives(holder) else _LONG_PATIENCE):
                    os.close(descriptor)
                    raise EngineRunning(_running_text(holder)) from None
                time.sleep(0.02)
            else:
                break
        self._file = descriptor
        self._name(os.getpid())

    def adopt(self, environ: MutableMapping[str, str]) -> bool:
        """Take over the lock that was handed down to this process; False when none was."""
        word = environ.pop(_HANDED_DOWN, "")
        if not word.isdigit():
            return False
        descriptor = int(word)
        try:
            if not os.path.samestat(os.fstat(descriptor), self._home.lock_file.stat()):
                return False
        except OSError:
            return False  # it was meant for another program
        os.set_inheritable(descriptor, False)  # what this process starts must not outlive it as the engine
        self._file = descriptor
        self._name(os.getpid())
        return True

    @property
    def descriptor(self) -> int:
        """The open file that holds the lock, for a process to inherit."""
        assert self._file is not None
        return self._file

    def handed_down(self) -> dict[str, str]:
        """What the environment of the process that inherits ``descriptor`` has to say."""
        return {_HANDED_DOWN: str(self.descriptor)}

    def leave_to(self, pid: int) -> None:
        """Let a process that inherited ``descriptor`` hold the lock alone."""
        self._name(pid)
        os.close(self.descriptor)
        self._file = None

    def release(self) -> None:
        """Give the lock back; twice does no harm."""
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def _name(self, pid: int) -> None:
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, f"{pid}\n".encode(), 0)

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


def _lives(pid: int) -> bool:
    if not pid:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # another person's
    return True


def _running_text(pid: int) -> str:
    if not pid:
        return _("An engine is already running for this home: use that one, or stop it with `tui-mail engine --stop`.")
    return _(
        "An engine is already running for this home (process {pid}): use that one, "
        "or stop it with `tui-mail engine --stop`."
    ).format(pid=pid)
