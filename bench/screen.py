"""A program in a pseudo-terminal of its own, and the moment at which each of its bytes came.

Nothing is drawn here: an emulator would take the time that is to be measured. Must not know the program.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

COLUMNS, ROWS = 120, 40


class NeverShown(Exception):
    """The screen did not show what was waited for; holds the last bytes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one key did."""

    seconds: float
    """From the key to the last byte."""
    octets: int


class Screen:
    """Start ``command``; use as a context manager, which ends it."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self.started = time.perf_counter()
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            try:
                os.execvpe(command[0], list(command), {**os.environ, "TERM": "xterm-256color", **environ})
            finally:
                os._exit(127)
        self._all = bytearray()
        self._last = self.started
        self._over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def until(self, word: str, seconds: float = 120.0) -> float:
        """Seconds from the start of the program to the bytes that hold ``word``. Raises NeverShown."""
        wanted, searched = word.encode(), 0
        deadline = time.perf_counter() + seconds
        while True:
            if wanted in self._all[searched:]:
                return self._last - self.started
            searched = max(0, len(self._all) - len(wanted))
            if self._over or time.perf_counter() > deadline:
                raise NeverShown(f"{word!r} was not shown; the last bytes were {bytes(self._all[-600:])!r}")
            self._read(1.0)

    def settle(self, quiet: float = 0.3, longest: float = 30.0) -> None:
        """Read until nothing has come for ``quiet`` seconds."""
        deadline = time.perf_counter() + longest
        while self._read(quiet) and time.perf_counter() < deadline:
            pass

    def press(self, key: str, quiet: float = 0.08, longest: float = 5.0) -> Answer:
        """Type ``key`` and read until the screen is quiet; an answer that never came counts as ``longest``."""
        before = len(self._all)
        pressed = time.perf_counter()
        os.write(self._master, key.encode())
        patience = longest
        while self._read(patience) and time.perf_counter() - pressed < longest:
            patience = quiet
        octets = len(self._all) - before
        return Answer(self._last - pressed if octets else longest, octets)

    def press_until(self, key: str, word: str, seconds: float) -> float:
        """Seconds from typing ``key`` to the bytes that hold ``word``. Raises NeverShown."""
        searched = len(self._all)
        pressed = time.perf_counter()
        os.write(self._master, key.encode())
        while word.encode() not in self._all[searched:]:
            if self._over or time.perf_counter() - pressed > seconds:
                raise NeverShown(f"{word!r} was not shown within {seconds:.0f} s")
            self._read(0.5)
        return self._last - pressed

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def close(self) -> None:
        """End the program: politely, then not."""
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                break
            deadline = time.perf_counter() + 2.0
            while time.perf_counter() < deadline:
                self._read(0.02)
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    os.close(self._master)
                    return

    def ended(self, seconds: float = 5.0) -> bool:
        """Whether the program ends by itself within ``seconds``; its end is not collected."""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            self._read(0.05)
            if self._over:
                return True
        return False

    def _read(self, seconds: float) -> bool:
        """True when bytes came within ``seconds``."""
        if self._over:
            return False
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:  # the other end has gone
            data = b""
        if not data:
            self._over = True
            return False
        self._last = time.perf_counter()
        self._all += data
        return True
