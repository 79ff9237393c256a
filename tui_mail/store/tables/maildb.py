"""The writer's hold on mail.db: one connection, its counters in memory, transactions with bookkeeping.

Owns the row of ``meta`` and the table ``account``. Must not know why something is written.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tui_mail.config.paths import Home
from tui_mail.model.clock import Clock
from tui_mail.model.ids import AccountName
from tui_mail.store.disk.sqlite import connect, transaction, translated
from tui_mail.store.tables.changes import Changes


def numbers(values: Iterable[int]) -> str:
    """For ``json_each(?)``: one statement for any number of values."""
    return json.dumps(list(values))


class MailDb:
    """mail.db as its only writer sees it. Counters live in memory and are written by each transaction."""

    def __init__(self, home: Home, clock: Clock) -> None:
        self.home = home
        self.clock = clock
        self.path: Path = home.mail_db
        self.connection: sqlite3.Connection = connect(self.path, durable=False, write=True)
        self.rev = 0
        self._durable_rev = -1
        self.keep_uuid = ""
        self.folded_seq = 0
        self.next_content = 0
        self.next_thread = 0
        self.next_text = 0
        self.accounts: dict[str, int] = {}
        self.former: dict[str, AccountName] = {}
        """What accounts were called before, with what they are called now."""
        # Threads that became part of another: old to new, never a chain longer than was written.
        self.aliases: dict[int, int] = {}
        with translated(self.path):
            # Room for the upper levels of every index of a large mailbox, so that a page stays in memory.
            self.connection.execute("PRAGMA cache_size=-65536")
            # 16 MB: a page of an index that many commits change is copied back once for all of them.
            self.connection.execute("PRAGMA wal_autocheckpoint=4000")
            self._load()

    def _load(self) -> None:
        (
            self.rev,
            self.keep_uuid,
            self.folded_seq,
            self.next_content,
            self.next_thread,
            self.next_text,
        ) = self.connection.execute(
            "SELECT rev, keep_uuid, folded_seq, next_content, next_thread, next_text FROM meta"
        ).fetchone()
        self.accounts = dict(self.connection.execute("SELECT name, id FROM account"))
        self.aliases = dict(self.connection.execute("SELECT thread, into_thread FROM thread_alias"))

    @contextmanager
    def changing(self) -> Iterator[Changes]:
        """A transaction; what is told to the Changes it gives is written at its end. Errors leave nothing behind."""
        with translated(self.path):
            try:
                with transaction(self.connection):
                    changes = Changes()
                    yield changes
                    changes.flush(self.connection)
                    self.rev += 1
                    self.connection.execute(
                        "UPDATE meta SET rev = ?, keep_uuid = ?, folded_seq = ?, next_content = ?, next_thread = ?,"
                        " next_text = ?",
                        (
                            self.rev,
                            self.keep_uuid,
                            self.folded_seq,
                            self.next_content,
                            self.next_thread,
                            self.next_text,
                        ),
                    )
            except BaseException:
                self._load()
                raise

    def make_durable(self) -> None:
        """What was committed so far is on the disk on return, whatever becomes of the machine."""
        if self._durable_rev == self.rev:
            return
        with translated(self.path):
            self.connection.execute("PRAGMA synchronous=FULL")
            try:
                with transaction(self.connection):
                    # A commit brings everything before it to the disk; an empty one would be none.
                    self.connection.execute("UPDATE meta SET rev = rev")
            finally:
                self.connection.execute("PRAGMA synchronous=NORMAL")
        self._durable_rev = self.rev

    def account(self, name: str) -> int:
        """The number of an account; made where it is new. Inside ``changing`` only."""
        name = self.former.get(name, name)
        found = self.accounts.get(name)
        if found is None:
            found = self.connection.execute("INSERT INTO account (name) VALUES (?)", (name,)).lastrowid
            assert found is not None
            self.accounts[name] = found
        return found

    def thread(self, thread: int) -> int:
        """The thread that ``thread`` is part of now."""
        aliases = self.aliases
        while thread in aliases:
            thread = aliases[thread]
        return thread

    def now(self) -> int:
        """Seconds UTC."""
        return int(self.clock.now())

    def close(self) -> None:
        """Close the connection, leaving the planner's statistics in good order."""
        with translated(self.path):
            self.connection.close()
