"""Drafts that a window left behind when it came to a bad end: into the Drafts folder, where they are found again.

Owns the looking. Must not know what is in a draft.
"""

from __future__ import annotations

from tui_mail.config.paths import Home
from tui_mail.model.clock import Clock
from tui_mail.store.gestures.journal import Journal
from tui_mail.store.reader import Reader
from tui_mail.store.sending.drafts import Drafts


class Leftovers:
    """Used from one thread at a time; opened when it is first asked."""

    def __init__(self, home: Home, clock: Clock) -> None:
        self._home = home
        self._clock = clock
        self._open: tuple[Drafts, Journal, Reader] | None = None

    def file(self) -> int:
        """File what is there; how many there were. Raises StoreError."""
        if self._open is None:
            reader, journal = Reader(self._home), Journal(self._home, self._clock)
            self._open = Drafts(self._home, self._clock, reader, journal), journal, reader
        return self._open[0].file_abandoned()

    def close(self) -> None:
        """Close the connections."""
        if self._open is not None:
            for each in self._open:
                each.close()
            self._open = None
