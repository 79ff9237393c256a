"""Messages on their way out: what was frozen, for whom, and where it stands.

Owns frozen values. Must not know how a message is stored or sent.

    QUEUED ──claim──▶ SENDING ──all but the dot──▶ COMMITTING ──250──▶ SENT
      ▲ │ ▲              │ trouble                     │ no answer       ▲
      │ │ └──────────────┤ (tried again later)         ▼                 │
      │ └─▶ CANCELLED    └──▶ FAILED (refused)     AMBIGUOUS ── found ───┘
      └── by the person, from FAILED, CANCELLED and AMBIGUOUS

Up to SENDING a message is known not to be sent. A refusal of the final dot is an answer too: FAILED, or QUEUED again.
From AMBIGUOUS it goes on only when it is found in a folder or when the person says so.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from tui_mail.model.ids import AccountName, OutboxId


class OutboxState(enum.StrEnum):
    """Where a message stands; the module draws how one follows from another."""

    QUEUED = "queued"
    """Held for undo, waiting for its time, or to be tried again."""
    SENDING = "sending"
    """Claimed by an engine; the final dot has not been said."""
    COMMITTING = "committing"
    """Written down before the final dot: from here on the server may have it."""
    SENT = "sent"
    FAILED = "failed"
    """Refused for good; nobody got it."""
    AMBIGUOUS = "ambiguous"
    """The answer to the final dot was lost: it may have been sent. Never sent again by itself."""
    CANCELLED = "cancelled"


PUBLIC_STATES = {state: state.value for state in OutboxState} | {OutboxState.COMMITTING: "sending"}
"""The words of the contract."""


class RecipientState(enum.StrEnum):
    """What the server said to one recipient."""

    WAITING = "waiting"
    UNKNOWN = "unknown"
    """Named in a transaction whose final dot was said and not answered."""
    ACCEPTED = "accepted"
    """A transaction that named this recipient ended in 250."""
    DEFERRED = "deferred"
    """Refused for now (4xx)."""
    REFUSED = "refused"
    """Refused for good (5xx)."""


@dataclass(frozen=True, slots=True)
class OutboxRecipient:
    """One address of the SMTP envelope."""

    address: str
    state: RecipientState
    reply: str
    """The server's own words, unfiltered; empty before it said any."""


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """One message on its way out."""

    id: OutboxId
    account: AccountName
    state: OutboxState
    message_id: str
    """Without angle brackets."""
    subject: str
    to: str
    """The To field as it reads, decoded."""
    sender: str
    """Envelope sender (RFC 5321, 2.3.1)."""
    recipients: tuple[OutboxRecipient, ...]
    raw: str
    """Name under data/raw of the octets for the wire: 7-bit, CRLF, no Bcc."""
    copy: str
    """Name of the octets for the Sent copy: the same with Bcc, if there is any."""
    size: int
    attempts: int
    error: str
    """Why it waits, failed or is ambiguous; empty when all is well."""
    error_kind: str
    """The word of that error (``model.errors``)."""
    not_before: int
    """Seconds UTC before which it is not sent."""
    held: bool
    """True until the first try: cancelling it is undoing the sending."""
    created: int
    sent: int | None
    """When the server accepted it."""
    answers: str = ""
    """Message-ID of what it answers."""
    forwards: tuple[str, ...] = ()
