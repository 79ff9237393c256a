"""SQLite as the store uses it: opening with the right pragmas, transactions, errors in the program's own words.

Owns the use of the sqlite3 module's sharp edges. Must not know a table.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tui_mail.model.errors import StoreDamaged, StoreError, StoreFull
from tui_mail.model.words import _

BUSY_SECONDS = 30.0
"""How long a writer waits for another process; transactions are short, so this is a stopped process or a slow disk."""

_SHARED = 1 << 16
"""Octets: more than a -shm file takes at first."""


def create_private(path: Path) -> None:
    """Make an empty file with mode 0600 where there is none; SQLite gives its -wal and -shm the same mode."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise as_store_error(error, path) from error


def connect(path: Path, *, durable: bool, write: bool) -> sqlite3.Connection:
    """Open an existing database. ``durable``: a commit is on the disk when it returns (synchronous=FULL).

    May be used by any thread, one at a time; the caller sees to that.
    """
    with translated(path):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        try:
            connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            connection.execute("PRAGMA temp_store=MEMORY")
            # macOS: fsync alone does not reach the disk.
            connection.execute(f"PRAGMA fullfsync={'ON' if durable else 'OFF'}")
            # A sort that does not fit spills to a file otherwise; what was deleted need not be overwritten twice.
            connection.execute("PRAGMA secure_delete=FAST")
            if not write:
                connection.execute("PRAGMA query_only=ON")
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A write transaction that takes the lock at once, so that it never fails half-way for being late."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has rolled back by itself after some errors (full disk); a second ROLLBACK would hide the first.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """A read transaction: every query inside sees the same state of the file."""
    nested = bool(connection.in_transaction)
    if not nested:
        connection.execute("BEGIN")
    try:
        yield
    finally:
        # After an error SQLite may have ended it by itself.
        if not nested and connection.in_transaction:
            connection.execute("COMMIT")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the file system into StoreError and its kinds, with a sentence."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise as_store_error(error, path) from error


def as_store_error(error: Exception, path: Path) -> StoreError:
    """The StoreError that fits an error of SQLite or of the file system."""
    if isinstance(error, OSError):
        if error.errno in {28, 122}:  # ENOSPC, EDQUOT
            return _full(path)
        return StoreError(_("{path} cannot be used: {reason}.").format(path=path, reason=error.strerror or error))
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if code is not None else None
    if primary == sqlite3.SQLITE_FULL or (primary == sqlite3.SQLITE_IOERR and _is_full(path)):
        return _full(path)
    if primary in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return StoreDamaged(_("{path} is damaged: `tui-mail doctor` says what to do.").format(path=path))
    if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreError(_("{path} is in use by another program: try again.").format(path=path))
    if primary == sqlite3.SQLITE_CANTOPEN:
        return StoreError(
            _(
                "{path} cannot be opened: its directory has to be one that can be written to, on a disk that can."
            ).format(path=path)
        )
    if primary == sqlite3.SQLITE_READONLY:
        return StoreError(_("{path} may not be written to: check its permissions.").format(path=path))
    return StoreError(_("{path} cannot be used: {reason}.").format(path=path, reason=error))


def _is_full(path: Path) -> bool:
    """True when the disk has no room for the file that SQLite shares memory by: it calls that an error of the disk."""
    try:
        found = os.statvfs(path.parent)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize < _SHARED


def _full(path: Path) -> StoreFull:
    return StoreFull(_("The disk is full: free some space on the disk of {path}.").format(path=path.parent))
