"""One page of a folder, as the server gave it, into mail.db: the hot path of a first synchronisation.

Owns what a page does, in one transaction with its cursor. New messages are written in bulk (``arrivals``); changes to
known ones one by one (``placing``). Must not know the journal's file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tui_mail.model.errors import NotFound
from tui_mail.model.flags import Flag
from tui_mail.model.ids import FolderId, ItemId
from tui_mail.model.operation import OperationKind, OperationState
from tui_mail.model.remote import FlagChange, Page
from tui_mail.model.words import _
from tui_mail.store.mirror.arrival import Arrival
from tui_mail.store.mirror.arrivals import Newcomers
from tui_mail.store.mirror.contents import Contents
from tui_mail.store.mirror.copying import make_copies
from tui_mail.store.mirror.drawn import Drawn
from tui_mail.store.mirror.emptied import Emptied
from tui_mail.store.mirror.placing import ROW, NewState, Pending, Row, rows, server_state, settle
from tui_mail.store.mirror.results import Stored
from tui_mail.store.tables.changes import SEEN, Changes
from tui_mail.store.tables.maildb import MailDb, numbers
from tui_mail.store.tables.rows import decode_keywords, encode_keywords

AWAITED_ROUNDS = 2
"""Complete readings of a folder before an item that was to turn up there counts as gone: one may have begun before."""


@dataclass(slots=True)
class _Outcome:
    items: list[int] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)
    recovered: int = 0


class Pages:
    """Stores pages; used by the writer."""

    def __init__(self, db: MailDb, drawn: Drawn, pending: Pending) -> None:
        self._db = db
        self._connection = db.connection
        self._pending = pending
        self._newcomers = Newcomers(db, drawn, pending)
        self._contents = Contents(db)
        self._emptied = Emptied(db.connection)

    def put(self, folder: FolderId, page: Page, arrivals: Sequence[Arrival]) -> Stored:
        """Everything of the page and its cursor, or nothing. Raises NotFound for a folder that is not there."""
        outcome = _Outcome()
        with self._db.changing() as changes:
            found = self._connection.execute(
                "SELECT account, uidvalidity FROM folder WHERE id = ?", (folder,)
            ).fetchone()
            if found is None:
                raise NotFound(_("The folder is not there any more."))
            account, uidvalidity = found
            # A reset without a known UIDVALIDITY has nothing to void.
            reset = bool(uidvalidity) and (page.reset or page.uidvalidity != uidvalidity)
            if reset:
                self._reset(folder, changes)
                self._emptied.forget(folder)
            if page.vanished:
                self._vanish(folder, page.vanished, changes)
                self._emptied.forget(folder, page.vanished)
            flags = list(page.flags)
            arrivals = self._emptied.unseen(folder, arrivals, flags)
            if arrivals:
                self._arrive(account, folder, page.uidvalidity, arrivals, flags, outcome, changes)
            if flags:
                self._reflag(folder, flags, changes)
            if page.last:
                self._end_round(folder, changes)
            self._connection.execute(
                "UPDATE folder SET uidvalidity = ?, cursor = ?, server_total = coalesce(?, server_total),"
                " complete = max(complete, ?), last_sync = CASE WHEN ? THEN ? ELSE last_sync END WHERE id = ?",
                (page.uidvalidity, page.cursor, page.total, page.last, page.last, self._db.now(), folder),
            )
            if page.last:
                self._connection.execute(
                    "UPDATE folder SET older = ?1, read_from = ?2 WHERE id = ?3",
                    (page.older, page.since if page.older else 0, folder),
                )
                changes.touch(folder)
        return Stored(
            items=tuple(ItemId(item) for item in outcome.items),
            new_unread=tuple(ItemId(item) for item in outcome.unread),
            folders=frozenset(FolderId(one) for one in changes.folders),
            recovered=outcome.recovered,
            reset=reset,
        )

    def _rows(self, condition: str, *values: object) -> list[Row]:
        return [
            Row(*row)
            for row in self._connection.execute(f"SELECT {ROW} FROM {condition}", values)  # noqa: S608 -- our own words
        ]

    def _by_uid(self, folder: int, uids: Sequence[int]) -> list[Row]:
        return self._rows(
            "json_each(?) j CROSS JOIN item i ON i.server_folder = ? AND i.server_uid = j.value", numbers(uids), folder
        )

    def _reset(self, folder: int, changes: Changes) -> None:
        """UIDVALIDITY changed: UIDs are void. Items stay visible and wait to be found again."""
        connection = self._connection
        connection.execute(
            "INSERT OR REPLACE INTO awaited (item, folder, reset, rounds)"
            " SELECT id, ?1, 1, 1 FROM item WHERE server_folder = ?1 AND server_uid IS NOT NULL",
            (folder,),
        )
        total, unread = connection.execute(
            "SELECT count(*), coalesce(sum(server_flags & ?2 = 0), 0) FROM item"
            " WHERE server_folder = ?1 AND server_uid IS NOT NULL",
            (folder, SEEN),
        ).fetchone()
        changes.held(folder, -total, -unread)
        connection.execute(
            "UPDATE item SET server_uid = NULL WHERE server_folder = ? AND server_uid IS NOT NULL",
            (folder,),
        )
        changes.touch(folder)

    def _vanish(self, folder: int, uids: Sequence[int], changes: Changes) -> None:
        now = self._db.now()
        updates = [(row, self._without_place(row, folder, now)) for row in self._by_uid(folder, uids)]
        settle(self._connection, changes, self._pending, updates)

    def _without_place(self, row: Row, folder: int, now: int) -> NewState:
        """Where an item is that the server no longer has in ``folder``."""
        for operation, _makes in self._pending.of(row.id):
            sent = operation.state is OperationState.RUNNING or operation.attempts > 0
            if sent and operation.target and row.folder != folder:
                # Our own move, whose answer is still on its way.
                self._await(row.id, operation.target)
                flags = row.server_flags & ~Flag.DELETED  # how it left, where that takes two steps
                return NewState(operation.target, None, flags, row.server_keywords)
        return NewState(0, None, row.server_flags, row.server_keywords, now)

    def _await(self, item: int, folder: int) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO awaited (item, folder, reset, rounds) VALUES (?, ?, 0, ?)",
            (item, folder, AWAITED_ROUNDS),
        )

    def _reflag(self, folder: int, flags: Sequence[FlagChange], changes: Changes) -> None:
        rows = {row.server_uid: row for row in self._by_uid(folder, [change.uid for change in flags])}
        updates: dict[int, tuple[Row, NewState]] = {}
        for change in flags:
            row = rows.get(change.uid)
            keywords = encode_keywords(change.keywords)
            if row is not None and (row.server_flags, row.server_keywords) != (change.flags, keywords):
                new = NewState(row.server_folder, row.server_uid, int(change.flags), keywords, None)
                updates[change.uid] = (row, new)
            elif row is not None:
                updates.pop(change.uid, None)
        settle(self._connection, changes, self._pending, list(updates.values()))

    def _arrive(
        self,
        account: int,
        folder: int,
        uidvalidity: int,
        arrivals: Sequence[Arrival],
        flags: list[FlagChange],
        outcome: _Outcome,
        changes: Changes,
    ) -> None:
        """Sort out who is new, known under its UID, or found again."""
        known: dict[int, int] = dict(
            self._connection.execute(
                "SELECT i.server_uid, i.content FROM json_each(?) j CROSS JOIN item i"
                " ON i.server_folder = ? AND i.server_uid = j.value",
                (numbers([arrival.uid for arrival in arrivals]), folder),
            )
        )
        fresh: list[Arrival] = []
        again: dict[int, Arrival] = {}
        seen: set[int] = set()
        for arrival in arrivals:
            uid = arrival.uid
            content = known.get(uid)
            if content is not None:
                flags.append(FlagChange(uid, Flag(arrival.flags), decode_keywords(arrival.keywords)))
                again[content] = arrival
            elif uid not in seen:
                seen.add(uid)
                fresh.append(arrival)
        if again:
            self._reread(again, changes)
        if not fresh:
            return
        result = self._newcomers.store(account, folder, uidvalidity, fresh, changes)
        outcome.items.extend(result.items)
        outcome.unread.extend(result.unread)
        outcome.recovered += len(result.relinked)
        if result.relinked:
            self._relink(result.relinked, changes)
        if result.found:
            outcome.recovered += len(result.found)
            self._connection.execute(
                "DELETE FROM awaited WHERE item IN (SELECT value FROM json_each(?))",
                (numbers(row.id for row, _new in result.found),),
            )
            for row, _new in result.found:
                if row.server_folder != folder and row.server_uid is not None:
                    # Our own move, cut off before its answer: at its old place it may be still, marked as deleted.
                    self._emptied.add(row.server_folder, [row.server_uid])
            settle(self._connection, changes, self._pending, result.found)

    def _reread(self, again: dict[int, Arrival], changes: Changes) -> None:
        """The headers of known messages were read once more: what was read otherwise before is put right."""
        corrected = self._contents.correct(again)
        if corrected:
            for (folder,) in self._connection.execute(
                "SELECT DISTINCT i.folder FROM json_each(?) j CROSS JOIN item i ON i.content = j.value",
                (numbers(corrected),),
            ).fetchall():
                changes.touch(folder)

    def _relink(self, items: Sequence[int], changes: Changes) -> None:
        """Items are back after a rebuild: what waits for them has its effect again."""
        found = rows(self._connection, items)
        settle(self._connection, changes, self._pending, [(row, server_state(row)) for row in found.values()])
        operations = {
            operation.id: operation
            for item in items
            for operation, _makes in self._pending.of(item)
            if operation.kind is OperationKind.COPY
        }
        found = rows(self._connection, items)
        for operation in operations.values():
            make_copies(self._db, operation, list(found.values()), changes)

    def _end_round(self, folder: int, changes: Changes) -> None:
        """The folder was read to its end: what should have turned up and did not is one round nearer to being gone."""
        self._connection.execute("UPDATE awaited SET rounds = rounds - 1 WHERE folder = ?", (folder,))
        lost = self._rows("awaited w CROSS JOIN item i ON i.id = w.item WHERE w.folder = ? AND w.rounds <= 0", folder)
        if lost:
            now = self._db.now()
            gone = [
                (row, NewState(0, None, row.server_flags, row.server_keywords, now))
                for row in lost
                if row.server_uid is None
            ]
            settle(self._connection, changes, self._pending, gone)
        self._connection.execute("DELETE FROM awaited WHERE folder = ? AND rounds <= 0", (folder,))
