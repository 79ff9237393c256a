"""Who has a draft open: a file per process under data/editors, locked as long as the process lives.

Owns these files. The lock ends with the process however that ends, so a draft nobody writes any more is told from one
that is open in another window. Must not know drafts.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from pathlib import Path

from tui_mail.config.paths import Home, private_directory
from tui_mail.store.disk.sqlite import translated


class Editor:
    """The process as somebody who writes; ``token`` names it."""

    def __init__(self, home: Home) -> None:
        self._directory = _directory(home)
        private_directory(self._directory)
        self.token = secrets.token_hex(8)
        self._path = self._directory / self.token
        with translated(self._path):
            self._file: int | None = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def close(self) -> None:
        """It writes no more; twice does no harm."""
        if self._file is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._file)
            self._file = None


def is_open(home: Home, token: str) -> bool:
    """True while the process of ``token`` lives and has not closed its ``Editor``."""
    if not token:
        return False
    path = _directory(home) / token
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        path.unlink(missing_ok=True)  # its process has ended without closing
        return False
    finally:
        os.close(descriptor)


def _directory(home: Home) -> Path:
    return home.data / "editors"
