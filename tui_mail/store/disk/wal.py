"""Whether a disk can hold the databases: trying it beats knowing about it.

Owns a small database that is gone afterwards. Must not know the real ones.
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from tui_mail.config.disk import existing, refuse_network
from tui_mail.config.paths import Home
from tui_mail.model.errors import StoreError, StoreFull
from tui_mail.model.words import _
from tui_mail.store.disk.sqlite import as_store_error


def check_disk(home: Home) -> None:
    """Raise StoreError where a home could not work on its disk. Nothing is left behind."""
    refuse_network(home.data)
    if home.keep_db.exists() and home.mail_db.exists():
        return
    parent = existing(home.data)
    try:
        directory = tempfile.TemporaryDirectory(prefix=".tui-mail-", dir=parent)
    except OSError:
        return  # it may not be written to: who makes the home says so in better words
    with directory as name:
        try_wal(Path(name), home.data)


def try_wal(directory: Path, wanted: Path) -> None:
    """Write to a database in ``directory`` from two connections, which share memory. Raises StoreError, StoreFull."""
    path = directory / "trial.db"
    try:
        with closing(sqlite3.connect(path, timeout=1.0, isolation_level=None)) as one:
            (mode,) = one.execute("PRAGMA journal_mode=WAL").fetchone()
            one.execute("CREATE TABLE trial (number INTEGER)")
            with closing(sqlite3.connect(path, timeout=1.0, isolation_level=None)) as other:
                seen = [list(other.execute("SELECT number FROM trial"))]
                one.execute("INSERT INTO trial VALUES (1)")
                seen.append(list(other.execute("SELECT number FROM trial")))
    except sqlite3.Error as error:
        if isinstance(as_store_error(error, path), StoreFull):
            raise as_store_error(error, path) from error
        raise no_wal(wanted, str(error)) from error
    if mode != "wal" or seen != [[], [(1,)]]:
        raise no_wal(wanted, _("it has no shared memory"))


def no_wal(path: Path, reason: str) -> StoreError:
    """The error for a disk that will not do."""
    return StoreError(
        _(
            "The disk of {path} cannot hold the mail: SQLite's write-ahead log does not work there ({reason}). "
            "Keep tui-mail on another disk of this machine, with --home DIR."
        ).format(path=path, reason=reason)
    )
