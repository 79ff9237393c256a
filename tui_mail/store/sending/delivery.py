"""The engine's side of the outbox: claim, commit, and what became of it.

Owns the order of states that makes every message at most once: what is not in COMMITTING was not sent, what is in
COMMITTING is never sent again by itself. One engine per home sends (the engine lock); a claim carries the run of the
engine that made it, so that the claims of a run that has ended are known. Must not know a server.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping, Sequence

from tui_mail.config.paths import Home
from tui_mail.model.clock import Clock
from tui_mail.model.errors import OutcomeUnknown, RecipientsDeferred, RecipientsRefused, TuiMailError
from tui_mail.model.ids import AccountName, OutboxId
from tui_mail.model.operation import Operation
from tui_mail.model.outbox import OutboxMessage, OutboxState, RecipientState
from tui_mail.model.words import _
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.disk.sqlite import snapshot, translated
from tui_mail.store.tables import outboxrows
from tui_mail.store.tables.keepdb import KeepDb
from tui_mail.store.tables.sendstate import believe_sent

BELIEVED = 2
"""Observations in a row after which it is known whether a server keeps its own copy of what it sends."""
_UNDER_WAY = (OutboxState.SENDING, OutboxState.COMMITTING)


class Delivery:
    """Used by the engine that holds the lock of the home. May be shared between threads."""

    def __init__(self, home: Home, clock: Clock) -> None:
        self._clock = clock
        self._keep = KeepDb(home, write=True)
        self._raw = RawFiles(home)
        self._lock = threading.RLock()
        self._run = secrets.token_hex(8)

    # -- which

    def recover(self) -> list[OutboxMessage]:
        """What an engine before this one left in the middle: not yet committed is queued again, committed is of
        unknown outcome. Returns the latter.
        """
        with self._lock, self._keep.changing() as connection:
            connection.execute(
                "UPDATE outbox SET state = 'queued', error = ?, error_kind = 'interrupted', not_before = 0 WHERE state = 'sending' AND engine <> ?",
                (_("Interrupted before it was sent; it is tried again."), self._run),
            )
            lost = outboxrows.read(connection, "state = 'committing' AND engine <> ?", (self._run,))
            for message in lost:
                outboxrows.turn(
                    connection,
                    message.id,
                    (OutboxState.COMMITTING,),
                    OutboxState.AMBIGUOUS,
                    error=interrupted_text(),
                    error_kind=OutcomeUnknown.kind,
                )
        return lost

    def due(self, account: AccountName) -> list[OutboxId]:
        """Messages that may be sent now, oldest first."""
        now = int(self._clock.now())
        with self._lock, translated(self._keep.path):
            rows = self._keep.connection.execute(
                "SELECT id FROM outbox WHERE account = ? AND state = 'queued' AND not_before <= ? ORDER BY id",
                (account, now),
            ).fetchall()
        return [OutboxId(number) for (number,) in rows]

    def next_due(self, account: AccountName) -> int | None:
        """When the next waiting message may be sent, seconds UTC; None when none waits."""
        with self._lock, translated(self._keep.path):
            row = self._keep.connection.execute(
                "SELECT min(not_before) FROM outbox WHERE account = ? AND state = 'queued'", (account,)
            ).fetchone()
        found: int | None = row[0]
        return found

    def in_state(self, account: AccountName, state: OutboxState) -> list[OutboxMessage]:
        """The account's messages in a state, oldest first."""
        return self._read("account = ? AND state = ?", account, state.value)

    def uncopied(self, account: AccountName) -> list[OutboxMessage]:
        """Sent messages whose copy in Sent is still to be seen to."""
        return self._read("account = ? AND state = 'sent' AND copied = 0", account)

    def message(self, number: OutboxId) -> OutboxMessage | None:
        """One message."""
        found = self._read("id = ?", number)
        return found[0] if found else None

    def raw(self, message: OutboxMessage) -> bytes | None:
        """The frozen octets; None when the file was lost."""
        return self._raw.read(message.raw)

    # -- on the way

    def claim(self, number: OutboxId) -> OutboxMessage | None:
        """Take a message to send it; None when a person was quicker to take it back."""
        now = int(self._clock.now())
        with self._lock, self._keep.changing() as connection:
            claimed = connection.execute(
                "UPDATE outbox SET state = 'sending', held = 0, attempts = attempts + 1, engine = ?"
                " WHERE id = ? AND state = 'queued' AND not_before <= ?",
                (self._run, number, now),
            )
            return outboxrows.one(connection, number) if claimed.rowcount else None

    def commit(self, number: OutboxId, addresses: Sequence[str]) -> None:
        """The final dot is about to be said for these recipients. Durable on return."""
        with self._lock, self._keep.changing() as connection:
            turned = outboxrows.turn(connection, number, (OutboxState.SENDING,), OutboxState.COMMITTING)
            assert turned  # nobody but this engine touches what it has claimed
            outboxrows.mark_recipients(connection, number, RecipientState.UNKNOWN, dict.fromkeys(addresses, ""))

    # -- what became of it

    def accepted(self, number: OutboxId, replies: Mapping[str, str], flags: Sequence[Operation]) -> OutboxMessage:
        """The server has it for these recipients. ``flags``: what marks the message it answers, once all have it."""
        now = int(self._clock.now())
        with self._lock, self._keep.changing() as connection:
            outboxrows.mark_recipients(connection, number, RecipientState.ACCEPTED, replies)
            message = outboxrows.one(connection, number)
            assert message is not None
            rest = any(one.state is not RecipientState.ACCEPTED for one in message.recipients)
            if rest:
                outboxrows.turn(connection, number, _UNDER_WAY, OutboxState.SENDING)
            else:
                outboxrows.turn(connection, number, _UNDER_WAY, OutboxState.SENT, error="", error_kind="", sent=now)
                for operation in flags:
                    self._keep.insert_operation(operation, now, None)
            found = outboxrows.one(connection, number)
        assert found is not None
        return found

    def again(self, number: OutboxId, error: TuiMailError, not_before: int) -> None:
        """It is not sent, for a reason that passes."""
        replies = error.replies if isinstance(error, RecipientsDeferred) else {}
        self._ended(number, OutboxState.QUEUED, error, RecipientState.DEFERRED, replies, not_before=not_before)

    def refused(self, number: OutboxId, error: TuiMailError) -> None:
        """It is not sent, for good."""
        replies = error.replies if isinstance(error, RecipientsRefused) else {}
        self._ended(number, OutboxState.FAILED, error, RecipientState.REFUSED, replies)

    def unknown(self, number: OutboxId, error: str) -> None:
        """The final dot was said, and no answer came."""
        with self._lock, self._keep.changing() as connection:
            outboxrows.turn(
                connection,
                number,
                (OutboxState.COMMITTING,),
                OutboxState.AMBIGUOUS,
                error=error,
                error_kind=OutcomeUnknown.kind,
            )

    def found(self, number: OutboxId, *, copied: bool, flags: Sequence[Operation]) -> None:
        """A message of unknown outcome was found where only its arrival can have put it.

        ``copied``: in Sent, so that no copy needs to be made.
        """
        now = int(self._clock.now())
        with self._lock, self._keep.changing() as connection:
            message = outboxrows.one(connection, number)
            if message is None or message.state is not OutboxState.AMBIGUOUS:
                return
            believe_sent(connection, message, now)
            if copied:
                connection.execute("UPDATE outbox SET copied = 1 WHERE id = ?", (number,))
            for operation in flags:
                self._keep.insert_operation(operation, now, None)

    def retry_all(self, account: AccountName) -> None:
        """Whatever waits for a better moment is due now: the account was changed, or the network is back."""
        with self._lock, self._keep.changing() as connection:
            connection.execute(
                "UPDATE outbox SET not_before = 0 WHERE account = ? AND state = 'queued' AND attempts > 0", (account,)
            )

    # -- the copy in Sent

    def copied(self, number: OutboxId, append: Operation | None) -> None:
        """The copy in Sent is there (None), or is made by this operation; one transaction, so that it is made once."""
        now = int(self._clock.now())
        with self._lock, self._keep.changing() as connection:
            turned = connection.execute("UPDATE outbox SET copied = 1 WHERE id = ? AND copied = 0", (number,))
            if turned.rowcount and append is not None:
                self._keep.insert_operation(append, now, None)

    def saves_sent(self, account: AccountName, host: str) -> bool | None:
        """Whether the server for sending keeps its own copy; None while that is not known."""
        with self._lock, translated(self._keep.path):
            row = self._keep.connection.execute(
                "SELECT saves FROM sent_habit WHERE account = ? AND host = ? AND times >= ?", (account, host, BELIEVED)
            ).fetchone()
        return None if row is None else bool(row[0])

    def note_habit(self, account: AccountName, host: str, *, saves: bool) -> None:
        """Remember what was seen; two equal observations in a row are believed."""
        with self._lock, self._keep.changing() as connection:
            connection.execute(
                "INSERT INTO sent_habit (account, host, saves, times) VALUES (?, ?, ?, 1) ON CONFLICT (account) DO UPDATE"
                " SET times = CASE WHEN host = excluded.host AND saves = excluded.saves THEN times + 1 ELSE 1 END,"
                " host = excluded.host, saves = excluded.saves",
                (account, host, int(saves)),
            )

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._keep.close()

    # -- inside

    def _read(self, condition: str, *values: object) -> list[OutboxMessage]:
        with self._lock, translated(self._keep.path), snapshot(self._keep.connection):
            return outboxrows.read(self._keep.connection, condition, values)

    def _ended(
        self,
        number: OutboxId,
        state: OutboxState,
        error: TuiMailError,
        each: RecipientState,
        replies: Mapping[str, str],
        **columns: object,
    ) -> None:
        with self._lock, self._keep.changing() as connection:
            outboxrows.turn(connection, number, _UNDER_WAY, state, error=error.text, error_kind=error.kind, **columns)
            connection.execute(
                "UPDATE outbox_recipient SET state = 'waiting' WHERE outbox = ? AND state = 'unknown'", (number,)
            )
            outboxrows.mark_recipients(connection, number, each, replies)


def interrupted_text() -> str:
    """What is said of a message whose sending was cut off after the final dot may have been said."""
    return _(
        "The sending was interrupted at the last moment: it may have been sent. Look whether it arrived; then mark it "
        "as sent, or send it again."
    )
