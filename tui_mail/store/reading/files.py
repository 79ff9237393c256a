"""A reader's hold on both files: opened when they are there, read in the right order, looked at anew when they change.

Owns "keep.db first, then mail.db", and noticing that a file was replaced. Must not know what is asked.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tui_mail.config.paths import Home
from tui_mail.model.operation import Operation
from tui_mail.store.disk.files import KEEP, MAIL, Kind, check_version
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.disk.sqlite import connect, snapshot, translated
from tui_mail.store.reading.overlay import Overlay, overlay
from tui_mail.store.tables.keepdb import Row, read_operations


@dataclass(frozen=True, slots=True)
class View:
    """Both files at one moment: the connection to mail.db inside a read transaction, and what lies over it."""

    mail: sqlite3.Connection
    overlay: Overlay
    rev: int


class _File:
    """One database file, opened lazily and again when another file takes its place."""

    def __init__(self, path: Path, kind: Kind) -> None:
        self.path = path
        self._kind = kind
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self.opened = 0
        """How often it was opened: numbers of one connection say nothing about another."""

    def connection(self) -> sqlite3.Connection | None:
        """None while the file is not there, or waits for an engine to make or migrate it."""
        try:
            inode = self.path.stat().st_ino
        except FileNotFoundError:
            self.close()
            return None
        if self._connection is not None and inode == self._inode:
            return self._connection
        self.close()
        connection = connect(self.path, durable=self._kind.durable, write=False)
        try:
            with translated(self.path):
                ready = check_version(connection, self._kind, self.path)
        except BaseException:
            connection.close()
            raise
        if not ready:
            connection.close()
            return None
        self._connection, self._inode = connection, inode
        self.opened += 1
        return connection

    def data_version(self) -> int:
        """Changes when another connection committed, or the file was replaced."""
        connection = self.connection()
        if connection is None:
            return 0
        with translated(self.path):
            version: int = connection.execute("PRAGMA data_version").fetchone()[0]
        return (self.opened << 32) + version

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class ReadFiles:
    """Shared by the parts of a reader; one thread at a time, held by ``lock``."""

    def __init__(self, home: Home) -> None:
        self.keep = _File(home.keep_db, KEEP)
        self.mail = _File(home.mail_db, MAIL)
        self.raw = RawFiles(home)
        self.lock = threading.RLock()
        self._operations: dict[Row, Operation] = {}
        self._uuid = ""
        self._operations_of = -1
        self._overlay = Overlay()
        self._overlay_of: tuple[int, ...] = ()

    @contextmanager
    def view(self) -> Iterator[View | None]:
        """What is shown at this moment; None while there is no mail.db."""
        with self.lock:
            version = self._read_keep()
            mail = self.mail.connection()
            if mail is None:
                yield None
                return
            with translated(self.mail.path), snapshot(mail):
                uuid, folded, rev = mail.execute("SELECT keep_uuid, folded_seq, rev FROM meta").fetchone()
                if uuid != self._uuid:
                    folded = 0
                state = (version, self.mail.opened, folded, rev)
                if self._overlay_of != state:
                    waiting = [one for one in self._operations.values() if one.id > folded]
                    self._overlay = overlay(mail, self.raw, waiting) if waiting else Overlay()
                    self._overlay_of = state
                yield View(mail, self._overlay, rev)

    def operations(self) -> list[Operation]:
        """Every operation in the journal, oldest first."""
        with self.lock:
            self._read_keep()
            return list(self._operations.values())

    def _read_keep(self) -> int:
        """Read the journal anew if it changed; returns the version read."""
        version = self.keep.data_version()
        if self._operations_of != version:
            connection = self.keep.connection()
            known, self._operations, self._uuid = self._operations, {}, ""
            if connection is not None:
                with translated(self.keep.path), snapshot(connection):
                    self._uuid = connection.execute("SELECT uuid FROM keep").fetchone()[0]
                    self._operations = read_operations(connection, known=known)
            self._operations_of = version
        return version

    def close(self) -> None:
        """Close both connections."""
        with self.lock:
            self.keep.close()
            self.mail.close()
