"""Messages seen for the first time in a folder: found again, a copy of a known content, or new altogether.

Owns the rows of ``content``, ``item`` and ``search`` that an arrival makes. Everything is looked up and written for
the whole page at once: a first synchronisation is a hundred thousand of these. Must not know cursors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from tui_mail.store.mirror.arrival import Arrival
from tui_mail.store.mirror.contents import Contents, Match
from tui_mail.store.mirror.drawn import Drawn
from tui_mail.store.mirror.placing import NEVER, ROW, NewState, Pending, Row
from tui_mail.store.tables.changes import SEEN, Changes
from tui_mail.store.tables.maildb import MailDb, numbers


@dataclass(slots=True)
class Result:
    """What became of the arrivals of a page."""

    items: list[int] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)
    found: list[tuple[Row, NewState]] = field(default_factory=list)
    """Items that have a place again; still to be settled."""
    relinked: list[int] = field(default_factory=list)
    """Items written under the number that a waiting operation knows them by, after a rebuild."""


class Newcomers:
    """Stores arrivals within a transaction."""

    def __init__(self, db: MailDb, drawn: Drawn, pending: Pending) -> None:
        self._db = db
        self._connection = db.connection
        self._drawn = drawn
        self._pending = pending
        self._contents = Contents(db)

    def store(
        self, account: int, folder: int, uidvalidity: int, arrivals: Sequence[Arrival], changes: Changes
    ) -> Result:
        """Arrivals whose UIDs are not known in ``folder``."""
        result = Result()
        # Oldest first: numbers grow with the date, so that "newest first, then by id" means what it says.
        ordered = sorted(arrivals, key=attrgetter("received", "uid"))
        matches = self._contents.match(account, ordered)
        known = [match for match in matches if match.existing]
        if known:
            ordered, matches = self._find_again(folder, ordered, matches, result)
        if ordered:
            self._contents.write(account, ordered, matches, changes)
            self._write_items((folder, uidvalidity), ordered, matches, changes, result)
        return result

    def _find_again(
        self, folder: int, arrivals: list[Arrival], matches: list[Match], result: Result
    ) -> tuple[list[Arrival], list[Match]]:
        """Take out the arrivals that are items we know: moved by us, by another client, or renumbered."""
        copies: dict[int, list[Row]] = {}
        for row in self._connection.execute(
            f"SELECT {ROW} FROM json_each(?) j CROSS JOIN item i ON i.content = j.value",  # noqa: S608 -- our own columns
            (numbers({match.content for match in matches if match.existing}),),
        ):
            copies.setdefault(row[1], []).append(Row(*row))
        resets = {
            item
            for (item,) in self._connection.execute("SELECT item FROM awaited WHERE folder = ? AND reset", (folder,))
        }
        often: dict[int, int] = {}
        for match in matches:
            often[match.content] = often.get(match.content, 0) + 1
        left: list[tuple[Arrival, Match]] = []
        taken: set[int] = set()
        for arrival, match in zip(arrivals, matches, strict=True):
            row = None
            if match.existing:
                candidates = [row for row in copies.get(match.content, ()) if row.id not in taken]
                row = self._candidate(folder, candidates, resets, alone=often[match.content] == 1)
            if row is None:
                left.append((arrival, match))
                continue
            taken.add(row.id)
            result.found.append((row, NewState(folder, arrival.uid, arrival.flags, arrival.keywords)))
        return [arrival for arrival, _match in left], [match for _arrival, match in left]

    def _candidate(self, folder: int, candidates: Sequence[Row], resets: set[int], *, alone: bool) -> Row | None:
        """Which of the copies of a content a newcomer in ``folder`` is, where that is certain enough."""
        here = [row for row in candidates if row.server_folder == folder and row.server_uid is None]
        moved = [row for row in here if row.id not in resets]
        if moved:
            # Our own move or copy, confirmed without a UID: several of them are as good as each other.
            return moved[0]
        renumbered = [row for row in here if row.id in resets]
        if renumbered:
            return renumbered[0] if alone and len(renumbered) == 1 else None
        coming = [row for row in candidates if row.server_folder != folder and self._pending.bringing(row.id, folder)]
        if coming:
            return coming[0] if alone and len(coming) == 1 else None
        gone = [row for row in candidates if not row.server_folder and row.gone_at not in {None, NEVER}]
        return gone[0] if alone and len(gone) == 1 else None

    def _write_items(
        self,
        place: tuple[int, int],
        arrivals: Sequence[Arrival],
        matches: Sequence[Match],
        changes: Changes,
        result: Result,
    ) -> None:
        folder, uidvalidity = place
        written = []
        unread = 0
        enter = changes.enter
        parked = bool(self._pending.parked)
        for fresh, arrival, match in zip(self._drawn.items(len(arrivals)), arrivals, matches, strict=True):
            item = fresh
            uid, flags, keywords, received = arrival.uid, arrival.flags, arrival.keywords, arrival.received
            if parked:
                old = self._pending.unpark(folder, uidvalidity, uid, arrival.fingerprint)
                if old is not None:
                    item = old
                    result.relinked.append(item)
            written.append(
                (
                    item, match.content, match.thread, received, folder, flags, keywords, folder, uid, flags,
                    keywords, match.attached, match.body,
                )
            )  # fmt: skip
            if not flags & SEEN:
                unread += 1
                result.unread.append(item)
            enter(item, folder, match.thread, received, flags, match.attached)
        self._connection.executemany(
            "INSERT INTO item (id, content, thread, received, folder, flags, keywords, server_folder, server_uid,"
            " server_flags, server_keywords, attached, body, gone_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            written,
        )
        changes.held(folder, len(written), unread)
        result.items.extend(row[0] for row in written)
