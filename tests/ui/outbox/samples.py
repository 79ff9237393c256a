"""Messages on their way out, for tests of words and widgets."""

from __future__ import annotations

from typing import Any

from tests.fakes.seeded_store import NOW
from tui_mail.model.ids import AccountName, OutboxId
from tui_mail.model.outbox import OutboxMessage, OutboxRecipient, OutboxState, RecipientState

__all__ = ["NOW", "message", "recipient"]


def recipient(
    address: str = "grace@example.org", state: RecipientState = RecipientState.WAITING, reply: str = ""
) -> OutboxRecipient:
    return OutboxRecipient(address, state, reply)


def message(state: OutboxState = OutboxState.QUEUED, **fields: Any) -> OutboxMessage:
    known: dict[str, Any] = {
        "id": OutboxId(1),
        "account": AccountName("work"),
        "message_id": "a@example.org",
        "subject": "Lunch",
        "to": "Grace Hopper <grace@example.org>",
        "sender": "me@example.org",
        "recipients": (recipient(),),
        "raw": "",
        "copy": "",
        "size": 4_000,
        "attempts": 0,
        "error": "",
        "error_kind": "",
        "not_before": 0,
        "held": False,
        "created": NOW - 60,
        "sent": None,
    }
    return OutboxMessage(state=state, **{**known, **fields})
