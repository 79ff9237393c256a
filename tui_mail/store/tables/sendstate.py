"""Steps of a message in the outbox that a person and the engine share: taken back, believed to be sent.

Used inside transactions of keep.db that others open; each decides a race by one UPDATE. Must not know a server.
"""

from __future__ import annotations

import sqlite3

from tui_mail.model.errors import UsageError
from tui_mail.model.ids import ActionId, DraftId
from tui_mail.model.operation import Action, ActionKind
from tui_mail.model.outbox import OutboxMessage, OutboxState, RecipientState
from tui_mail.model.words import _
from tui_mail.store.tables import draftrows, leaving, outboxrows

WAITING = (OutboxState.QUEUED, OutboxState.FAILED, OutboxState.AMBIGUOUS)
"""States in which a person decides what happens next."""


def take_back(connection: sqlite3.Connection, message: OutboxMessage, now: int) -> DraftId | None:
    """A message becomes a draft again, nobody's until a composer takes it. Raises UsageError when it is too late."""
    if not outboxrows.turn(connection, message.id, WAITING, OutboxState.CANCELLED, held=0, error="", error_kind=""):
        raise too_late(message)
    connection.execute("UPDATE action SET state = 'overtaken' WHERE outbox = ?", (message.id,))
    leaving.taken_back(connection, message.id)
    (packed,) = connection.execute("SELECT draft FROM outbox WHERE id = ?", (message.id,)).fetchone()
    return draftrows.insert(connection, draftrows.unpack(packed), None, "", now) if packed else None


def take_back_held(connection: sqlite3.Connection, now: int) -> Action | None:
    """Undo the sending of the newest message that was not tried yet; None when there is none."""
    found = outboxrows.read(connection, "state = 'queued' AND held = 1")
    if not found:
        return None
    message = found[-1]
    take_back(connection, message, now)
    row = connection.execute("SELECT id FROM action WHERE outbox = ?", (message.id,)).fetchone()
    number = ActionId(row[0] if row else 0)
    return Action(number, ActionKind.SEND, (), (), message.to, reversible=False, created=message.created, undone=True)


def believe_sent(connection: sqlite3.Connection, message: OutboxMessage, now: int) -> None:
    """A message of unknown outcome was sent, by whatever proof; recipients not yet tried go on waiting."""
    rest = any(one.state in {RecipientState.WAITING, RecipientState.DEFERRED} for one in message.recipients)
    connection.execute(
        "UPDATE outbox_recipient SET state = 'accepted' WHERE outbox = ? AND state = 'unknown'", (message.id,)
    )
    state = OutboxState.QUEUED if rest else OutboxState.SENT
    sent = {"sent": now} if state is OutboxState.SENT else {"not_before": 0}
    outboxrows.turn(connection, message.id, (OutboxState.AMBIGUOUS,), state, error="", error_kind="", **sent)


def too_late(message: OutboxMessage) -> UsageError:
    """Why a message cannot be taken back or sent again."""
    if message.state is OutboxState.CANCELLED:
        return UsageError(_("This message was taken back: it is in Drafts."))
    if message.state is OutboxState.SENT:
        return UsageError(_("This message has been sent already."))
    return UsageError(_("This message is being sent at this moment: see what becomes of it."))
