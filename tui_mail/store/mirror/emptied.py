"""Places on the server that we took a message from and where it stays, marked as deleted: no UIDPLUS (RFC 4315).

Owns ``emptied``. Such a message is on the server for whoever counts, and is not shown; somebody may take its mark away.
Must not know operations.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from tui_mail.model.flags import Flag
from tui_mail.model.remote import FlagChange
from tui_mail.store.mirror.arrival import Arrival
from tui_mail.store.tables.maildb import numbers


class Emptied:
    """Used within transactions."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._doubtful: set[tuple[int, int]] = set()
        """Places whose flags came without the mark, perhaps from before it: what is fetched from there tells."""

    def add(self, folder: int, uids: Iterable[int]) -> None:
        """We took these messages away, and the server keeps them."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO emptied (folder, uid) VALUES (?, ?)", [(folder, uid) for uid in uids]
        )

    def forget(self, folder: int, uids: Sequence[int] | None = None) -> None:
        """They are not there any more; None: none of the folder is where it was."""
        if uids is None:
            self._connection.execute("DELETE FROM emptied WHERE folder = ?", (folder,))
        elif uids:
            self._connection.execute(
                "DELETE FROM emptied WHERE folder = ? AND uid IN (SELECT value FROM json_each(?))",
                (folder, numbers(uids)),
            )

    def unseen(self, folder: int, arrivals: Sequence[Arrival], flags: Sequence[FlagChange]) -> Sequence[Arrival]:
        """``arrivals`` without those at emptied places that are marked as deleted still. Without that mark a message is
        there again: it comes with this page, or as one that is missing.
        """
        doubtful = {uid for place, uid in self._doubtful if place == folder}
        again = {each.uid for each in arrivals if each.uid in doubtful and each.flags & Flag.DELETED}
        self.add(folder, sorted(again))
        self._doubtful.difference_update((folder, each.uid) for each in arrivals)
        known = {uid for (uid,) in self._connection.execute("SELECT uid FROM emptied WHERE folder = ?", (folder,))}
        if not known:
            return arrivals
        unmarked = {each.uid for each in flags if each.uid in known and not each.flags & Flag.DELETED} - again
        self._doubtful.update((folder, uid) for uid in unmarked)
        back = unmarked | {each.uid for each in arrivals if each.uid in known and not each.flags & Flag.DELETED}
        self.forget(folder, sorted(back))
        return [each for each in arrivals if each.uid not in known or each.uid in back]
