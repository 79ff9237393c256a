"""What was said on the wire, on request: for finding out what a server does. No password, no token, no mail.

Owns the file, private and bounded, and the leaving out of what a line may hold of a message. What signs in never comes
here: the session leaves it out. Must not know the protocol beyond that.
"""

from __future__ import annotations

import io
import itertools
import logging
import os
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tui_mail.model.clock import Clock

log = logging.getLogger("tui_mail.imap")

LARGEST = 5_000_000
"""Octets after which the log is begun anew, the old one kept beside it."""
_FETCHED = re.compile(rb"\* [0-9]+ FETCH ", re.IGNORECASE)
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"?')


def without_mail(line: bytes) -> bytes:
    """A line of the wire, literals left out already, without the strings in which servers send headers and texts."""
    return _QUOTED.sub(b'"..."', line) if _FETCHED.match(line) else line


class ProtocolLog:
    """The log of one account, for all of its connections. Any thread may write."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._file: io.TextIOWrapper | None = None
        self._failed = False
        self._numbers = itertools.count(1)

    def of_connection(self) -> Callable[[str], None]:
        """What a new connection calls with each line."""
        number = next(self._numbers)
        return lambda line: self._write(f"{number} {line}")

    def close(self) -> None:
        with self._lock:
            self._close()

    def _write(self, line: str) -> None:
        when = datetime.fromtimestamp(self._clock.now(), UTC).isoformat(timespec="milliseconds")
        with self._lock:
            if self._failed:
                return
            try:
                file = self._file or self._open()
                file.write(f"{when} {line}\n")
                file.flush()
                if file.tell() > LARGEST:
                    self._close()
                    self._path.replace(self._path.with_name(f"{self._path.name}.1"))
            except OSError:
                # Mail goes on without it.
                log.warning("%s cannot be written any more", self._path, exc_info=True)
                self._failed = True
                self._close()

    def _open(self) -> io.TextIOWrapper:
        number = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        self._file = os.fdopen(number, "a", encoding="utf-8", errors="backslashreplace")
        return self._file

    def _close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            try:
                file.close()
            except OSError:
                pass  # said already
