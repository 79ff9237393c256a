"""The two database files: creating, opening, migrating, setting aside, backing up.

Owns paths, modes, pragmas and versions. Must not know what the tables mean.
"""

from __future__ import annotations

from pathlib import Path

from tui_mail.config.paths import Home
from tui_mail.model.clock import Clock


def prepare(home: Home, clock: Clock) -> None:
    """Create or migrate both files; the caller holds the engine lock.

    A ``mail.db`` that is not readable is set aside (``mail.db.damaged-DATE``) and made anew, since the server still
    has what it held. Raises StoreNewer, StoreFull; StoreDamaged when it is ``keep.db`` that cannot be read.
    """
    raise NotImplementedError


def set_aside_mail(home: Home, clock: Clock) -> Path | None:
    """Move ``mail.db`` out of the way, to be rebuilt from the servers; returns its new name. Caller holds the lock."""
    raise NotImplementedError


def back_up_keep(home: Home, clock: Clock) -> None:
    """Refresh the rolling backup of ``keep.db`` (``keep.db.backup-1``, the older one ``-2``), at most once a day."""
    raise NotImplementedError
