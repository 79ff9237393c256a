"""Bookkeeping of one transaction in mail.db: what items did to counters and conversations.

Owns the columns of ``folder`` that count, and ``folder_thread``. Every change of an item is told here, as
it was and as it is; ``flush`` writes the sums. Must not know why an item changed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

SEEN = 1
FLAGGED = 4
_BEFORE_ANY = -(1 << 62)
"""A date before any mail: the newest of the row stays."""


@dataclass(slots=True)
class _Counts:
    total: int = 0
    unread: int = 0
    held: int = 0
    held_unread: int = 0


@dataclass(slots=True)
class Changes:
    """The sums of one transaction."""

    folders: dict[int, _Counts] = field(default_factory=dict)
    # (folder, thread) -> [count, unread, flagged, attached, newest, newest_item] to add
    added: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    stale: set[tuple[int, int]] = field(default_factory=set)

    def touch(self, folder: int) -> None:
        """Note that a folder's row or list changed, whatever its counters."""
        if folder:
            self.folders.setdefault(folder, _Counts())

    def count(self, folder: int, total: int, unread: int) -> None:
        """Add to the effective counters of a folder."""
        if folder:
            counts = self.folders.setdefault(folder, _Counts())
            counts.total += total
            counts.unread += unread

    def held(self, folder: int, total: int, unread: int) -> None:
        """Add to the counters of what the server has in a folder."""
        if folder:
            counts = self.folders.setdefault(folder, _Counts())
            counts.held += total
            counts.held_unread += unread

    def enter(self, item: int, folder: int, thread: int, received: int, flags: int, attached: int) -> None:
        """An item is now shown in ``folder``, where it was not."""
        if not folder:
            return
        unread = 0 if flags & SEEN else 1
        counts = self.folders.get(folder)
        if counts is None:
            counts = self.folders[folder] = _Counts()
        counts.total += 1
        counts.unread += unread
        flagged = 1 if flags & FLAGGED else 0
        sums = self.added.get((folder, thread))
        if sums is None:
            self.added[folder, thread] = [1, unread, flagged, attached, received, item]
            return
        sums[0] += 1
        sums[1] += unread
        sums[2] += flagged
        sums[3] += attached
        if (received, item) > (sums[4], sums[5]):
            sums[4] = received
            sums[5] = item

    def leave(self, folder: int, thread: int, flags: int) -> None:
        """An item is no longer shown in ``folder``."""
        if folder:
            self.count(folder, -1, 0 if flags & SEEN else -1)
            self.stale.add((folder, thread))

    def reflag(self, folder: int, thread: int, old: int, new: int) -> None:
        """The flags of an item in ``folder`` changed."""
        if not folder:
            return
        unread = (old & SEEN) - (new & SEEN)
        self.count(folder, 0, unread)
        flagged = ((new & FLAGGED) - (old & FLAGGED)) // FLAGGED
        sums = self.added.get((folder, thread))
        if sums is None:
            self.added[folder, thread] = [0, unread, flagged, 0, _BEFORE_ANY, 0]
        else:
            sums[1] += unread
            sums[2] += flagged

    def attach(self, folder: int, thread: int, by: int) -> None:
        """An item in ``folder`` turned out to have attachments (1) or none (-1)."""
        if not folder:
            return
        self.touch(folder)
        sums = self.added.get((folder, thread))
        if sums is None:
            self.added[folder, thread] = [0, 0, 0, by, _BEFORE_ANY, 0]
        else:
            sums[3] += by

    def place(self, old_folder: int, old_flags: int, new_folder: int, new_flags: int) -> None:
        """The server state of an item changed."""
        self.held(old_folder, -1, 0 if old_flags & SEEN else -1)
        self.held(new_folder, 1, 0 if new_flags & SEEN else 1)

    def recount(self, folder: int, thread: int) -> None:
        """A conversation is to be counted anew from its items when all is written."""
        if folder:
            self.stale.add((folder, thread))
            self.touch(folder)

    def flush(self, connection: sqlite3.Connection) -> None:
        """Write the sums; the items themselves have been written before."""
        self._flush_conversations(connection)
        connection.executemany(
            "UPDATE folder SET total = total + ?, unread = unread + ?, held = held + ?, held_unread = held_unread + ?"
            " WHERE id = ?",
            [(c.total, c.unread, c.held, c.held_unread, folder) for folder, c in self.folders.items()],
        )

    def _flush_conversations(self, connection: sqlite3.Connection) -> None:
        if self.stale:
            for pair in self.stale:
                self.added.pop(pair, None)
        if self.added:
            connection.executemany(
                "INSERT INTO folder_thread (folder, thread, count, unread, flagged, attached, newest, newest_item)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (folder, thread) DO UPDATE SET"
                " count = count + ?3, unread = unread + ?4, flagged = flagged + ?5, attached = attached + ?6,"
                " newest_item = CASE WHEN (?7, ?8) > (newest, newest_item) THEN ?8 ELSE newest_item END,"
                " newest = max(newest, ?7)",
                [(*pair, *sums) for pair, sums in self.added.items()],
            )
        if self.stale:
            rows = count_conversations(connection, {thread for _folder, thread in self.stale})
            gone = [pair for pair in self.stale if pair not in rows]
            connection.executemany("DELETE FROM folder_thread WHERE folder = ? AND thread = ?", gone)
            connection.executemany(
                "INSERT OR REPLACE INTO folder_thread"
                " (folder, thread, count, unread, flagged, attached, newest, newest_item)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(*pair, *rows[pair]) for pair in self.stale if pair in rows],
            )


def count_conversations(connection: sqlite3.Connection, threads: Iterable[int]) -> dict[tuple[int, int], list[int]]:
    """[count, unread, flagged, attached, newest, newest_item] of these threads, by (folder, thread), from the items."""
    rows: dict[tuple[int, int], list[int]] = {}
    for folder, thread, item, received, flags, attached in connection.execute(
        "SELECT i.folder, i.thread, i.id, i.received, i.flags, i.attached FROM json_each(?) j"
        " CROSS JOIN item i ON i.thread = j.value WHERE i.folder <> 0",
        (json.dumps(list(threads)),),
    ):
        unread = 0 if flags & SEEN else 1
        flagged = 1 if flags & FLAGGED else 0
        sums = rows.get((folder, thread))
        if sums is None:
            rows[folder, thread] = [1, unread, flagged, attached, received, item]
            continue
        sums[0] += 1
        sums[1] += unread
        sums[2] += flagged
        sums[3] += attached
        sums[4], sums[5] = max((sums[4], sums[5]), (received, item))
    return rows
