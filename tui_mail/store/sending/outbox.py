"""What a person does with messages on their way out: queue them, take them back, send them again, look.

Owns the freezing: from here on the octets never change, whatever becomes of the draft. Any process, no engine needed;
short transactions of keep.db. Must not know how a message is sent (``store.sending.delivery`` is the engine's side).
"""

from __future__ import annotations

import threading

from tui_mail.config.paths import Home
from tui_mail.mime.compose.build import Built
from tui_mail.model.clock import Clock
from tui_mail.model.draft import Draft
from tui_mail.model.errors import NotFound, UsageError
from tui_mail.model.ids import AccountName, DraftId, ItemId, OutboxId
from tui_mail.model.operation import ActionKind
from tui_mail.model.outbox import OutboxMessage, OutboxState
from tui_mail.model.words import _
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.disk.sqlite import snapshot, translated
from tui_mail.store.reader import Reader
from tui_mail.store.sending.drafts import removal
from tui_mail.store.tables import draftrows, outboxrows
from tui_mail.store.tables.keepdb import KeepDb
from tui_mail.store.tables.sendstate import WAITING, believe_sent, take_back, too_late

_ENDED = (OutboxState.SENT, OutboxState.CANCELLED)


class Outbox:
    """The outbox of one home. May be shared between threads. Raises StoreError while no engine has made the store."""

    def __init__(self, home: Home, clock: Clock, reader: Reader) -> None:
        self._clock = clock
        self._reader = reader
        self._keep = KeepDb(home, write=True)
        self._raw = RawFiles(home)
        self._lock = threading.RLock()

    def queue(
        self,
        account: AccountName,
        built: Built,
        *,
        draft: Draft | None = None,
        number: DraftId | None = None,
        hold: int,
    ) -> OutboxId:
        """Freeze a message and queue it, to be sent ``hold`` seconds from now.

        ``number``: the draft it was; its row and its message in Drafts go in the same transaction. Durable on return.
        """
        wire = self._raw.put(built.wire)
        copy = wire if built.copy == built.wire else self._raw.put(built.copy)
        filed = self._filed(number)
        gone = None if filed is None else removal(self._reader, filed)
        now = int(self._clock.now())
        with self._lock, self._keep.changing() as connection:
            if number is not None:
                left = connection.execute("DELETE FROM draft WHERE id = ?", (number,))
                if not left.rowcount:
                    raise NotFound(_("This draft was sent or discarded in another window."))
            queued = outboxrows.insert(
                connection,
                built.recipients,
                account=account,
                state=OutboxState.QUEUED.value,
                message_id=built.message_id,
                subject=built.subject,
                recipients_shown=built.to,
                sender=built.sender,
                raw=wire,
                copy=copy,
                size=len(built.wire),
                draft="" if draft is None else draftrows.pack(draft),
                files=draftrows.files(draft),
                answers="" if draft is None else draft.in_reply_to,
                forwards="" if draft is None else "\n".join(draft.forwards),
                attempts=0,
                error="",
                error_kind="",
                not_before=now + hold,
                held=1,
                engine="",
                copied=0,
                created=now,
            )
            if gone is not None:
                self._keep.insert_operation(gone, now, None)
            # In the action log as well: undo goes by it.
            self._keep.insert_action(ActionKind.SEND, (), built.to, created=now, outbox=queued)
        return queued

    def messages(self, *, ended: bool = False) -> list[OutboxMessage]:
        """Oldest first; ``ended``: also those sent or cancelled."""
        words = ", ".join(f"'{state.value}'" for state in _ENDED)
        with self._lock, translated(self._keep.path), snapshot(self._keep.connection):
            return outboxrows.read(self._keep.connection, "1" if ended else f"state NOT IN ({words})")

    def message(self, number: OutboxId) -> OutboxMessage | None:
        """One message."""
        with self._lock, translated(self._keep.path), snapshot(self._keep.connection):
            return outboxrows.one(self._keep.connection, number)

    def held(self) -> OutboxMessage | None:
        """The newest message that was not tried yet: what undo takes back."""
        with self._lock, translated(self._keep.path), snapshot(self._keep.connection):
            found = outboxrows.read(self._keep.connection, "state = 'queued' AND held = 1")
        return found[-1] if found else None

    def cancel(self, number: OutboxId) -> DraftId | None:
        """Take a message back, to go on writing; None where it was made elsewhere.

        Raises NotFound, and UsageError when it is too late: the sending of it has begun or ended.
        """
        with self._lock, self._keep.changing() as connection:
            return take_back(connection, self._found(number), int(self._clock.now()))

    def retry(self, number: OutboxId) -> None:
        """Send it now: what waits, what was refused, and what may have been sent (with the same Message-ID).

        Raises NotFound, UsageError.
        """
        with self._lock, self._keep.changing() as connection:
            message = self._found(number)
            if not outboxrows.turn(
                connection, number, WAITING, OutboxState.QUEUED, not_before=0, error="", error_kind="", held=0
            ):
                raise too_late(message)
            connection.execute(
                "UPDATE outbox_recipient SET state = 'waiting', reply = '' WHERE outbox = ? AND state <> 'accepted'",
                (number,),
            )

    def mark_sent(self, number: OutboxId) -> None:
        """The person knows that a message of unknown outcome was sent. Raises NotFound, UsageError."""
        now = int(self._clock.now())
        with self._lock, self._keep.changing() as connection:
            message = self._found(number)
            if message.state is not OutboxState.AMBIGUOUS:
                raise UsageError(_("Only a message that may have been sent can be marked as sent."))
            believe_sent(connection, message, now)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._keep.close()

    def _filed(self, number: DraftId | None) -> ItemId | None:
        if number is None:
            return None
        with self._lock, translated(self._keep.path):
            row = self._keep.connection.execute("SELECT item FROM draft WHERE id = ?", (number,)).fetchone()
        return None if row is None or row[0] is None else ItemId(row[0])

    def _found(self, number: OutboxId) -> OutboxMessage:
        message = outboxrows.one(self._keep.connection, number)
        if message is None:
            raise NotFound(_("There is no message {number} in the outbox.").format(number=number))
        return message
