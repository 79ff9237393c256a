"""A real pseudo-terminal with a program in it, seen through a terminal emulator in memory.

Owns starting the program, typing, and reading both the raw bytes and the screen they draw. Must not know the program.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence

import pyte

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "backspace": "\x7f",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "f1": "\x1bOP",
    "space": " ",
} | {f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "abcdefghijklmnopqrstuvwxyz"}


ESCAPE_QUIET = 0.2
"""Seconds without a key that make an ESC the key of that name, and not the start of another."""


class Terminal:
    """One program in one pseudo-terminal. Close it with ``close``; ``kill`` is the accident."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 40,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.raw = bytearray()
        """Every byte the program wrote."""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._master, slave = pty.openpty()
        self._name = os.ttyname(slave)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(environ or {})}
        self._process = subprocess.Popen(
            list(command), stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True
        )
        os.close(slave)

    @property
    def pid(self) -> int:
        return self._process.pid

    def lines(self) -> list[str]:
        """The screen, one string a row, without trailing spaces."""
        return [line.rstrip() for line in self._screen.display]

    def text(self) -> str:
        return "\n".join(self.lines())

    def feed(self, seconds: float) -> bool:
        """Read what comes within ``seconds``; True when anything came."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # the program has gone and with it the other end
            return False
        self.raw += data
        self._stream.feed(_without_private_queries(data))
        return bool(data)

    def wait(self, condition: Callable[[str], bool] | str, seconds: float = 60.0) -> str:
        """Read until the screen shows a text, or satisfies a condition; the screen is in the error otherwise."""
        wanted = (lambda screen: condition in screen) if isinstance(condition, str) else condition
        deadline = time.monotonic() + seconds
        while not wanted(self.text()):
            if time.monotonic() > deadline:
                raise AssertionError(f"the screen never showed {condition!r}:\n{self.text()}")
            self.feed(0.05)
        return self.text()

    def settle(self, quiet: float = 0.25, seconds: float = 10.0) -> str:
        """Read until nothing has come for ``quiet`` seconds."""
        deadline = time.monotonic() + seconds
        while self.feed(quiet) and time.monotonic() < deadline:
            pass
        return self.text()

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def press(self, *keys: str) -> None:
        """Press keys by name (``enter``, ``ctrl+d``) or character, one after the other, letting each take effect."""
        for key in keys:
            self.type(KEYS.get(key, key))
            if key == "escape":
                self._taken()
            self.settle(ESCAPE_QUIET if key == "escape" else 0.08, 2.0)

    def _taken(self, seconds: float = 60.0) -> None:
        """Wait until the program has read what was typed; an ESC read with the key behind it is another key."""
        deadline = time.monotonic() + seconds
        slave = os.open(self._name, os.O_RDWR | os.O_NOCTTY)
        try:
            while self._process.poll() is None and any(fcntl.ioctl(slave, termios.FIONREAD, bytes(4))):
                assert time.monotonic() < deadline, f"the program reads no keys:\n{self.text()}"
                self.feed(0.01)
        finally:
            os.close(slave)

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._screen.resize(rows, columns)
        os.killpg(self._process.pid, signal.SIGWINCH)

    def kill(self) -> None:
        """kill -9 of the program, without a chance to say goodbye."""
        self._process.kill()
        self._process.wait()

    def ended(self, seconds: float = 60.0) -> int:
        """The exit code, once the program has ended by itself."""
        deadline = time.monotonic() + seconds
        while self._process.poll() is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"the program did not end:\n{self.text()}")
            self.feed(0.05)
        while self.feed(0.0):
            pass
        return self._process.returncode

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        os.close(self._master)


def _without_private_queries(data: bytes) -> bytes:
    """pyte draws the tail of a few sequences it does not know (the Kitty keyboard protocol, mode queries)."""
    for sequence in (b"\x1b[>1u", b"\x1b[<u", b"\x1b[?2026$p", b"\x1b[?2048$p", b"\x1b[?u"):
        data = data.replace(sequence, b"")
    return data
