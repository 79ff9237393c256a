"""Where a message goes that is fetched for somebody who may stop waiting for it.

Owns that nothing is written any more from then on. Must not know what is written.
"""

from __future__ import annotations

import threading
from typing import BinaryIO

from tui_mail.backends.imap.worker import Abandoned


class Sink:
    """Writes for as long as somebody waits: after ``abandon`` returned, ``target`` is left alone."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._abandoned = False

    def write(self, piece: bytes) -> None:
        """On the thread that fetches. Raises Abandoned."""
        with self._lock:
            if self._abandoned:
                raise Abandoned
            self._target.write(piece)

    def abandon(self) -> None:
        """Nobody waits any more."""
        with self._lock:
            self._abandoned = True
