"""A message that is being written: what the composer edits and what is saved as one types.

Owns the value alone. Must not know how it becomes octets (``mime.compose.build``) nor where it is
kept (``store.sending.drafts``).
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from tui_mail.model.ids import AccountName

_LONE = re.compile("[\ud800-\udfff]")


def whole(text: str) -> str:
    """``text`` with U+FFFD in place of every lone surrogate."""
    return text if text.isascii() else _LONE.sub("\ufffd", text)


class DraftKind(enum.StrEnum):
    """What a message began as; decides where the cursor starts and which flag the other message gets."""

    NEW = "new"
    REPLY = "reply"
    REPLY_ALL = "reply-all"
    FORWARD = "forward"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a message is from: an address of an account, with the name others see."""

    account: AccountName
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that goes along. Its octets were copied when it was attached, so that the original may change or vanish."""

    name: str
    """Decoded and plain (``mime.filenames.safe_name``)."""
    type: str
    """``application/pdf``; ``message/rfc822`` for a forwarded message."""
    size: int
    """Octets, decoded."""
    raw: str
    """Name of the octets under data/raw."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything a person can change, as typed: fields may be half an address, the text is not wrapped."""

    identity: Identity
    to: str = ""
    cc: str = ""
    bcc: str = ""
    subject: str = ""
    body: str = ""
    """Lines ended by LF; quotes as ``> ``, a signature after ``-- ``."""
    attachments: tuple[AttachedFile, ...] = ()
    kind: DraftKind = DraftKind.NEW
    message_id: str = ""
    """Without angle brackets; drawn once and kept through every save, so that copies of one draft are one message."""
    in_reply_to: str = ""
    """Message-ID of the message it answers, which is flagged as answered when this one is accepted."""
    references: tuple[str, ...] = ()
    """Message-IDs for References, oldest first."""
    forwards: tuple[str, ...] = ()
    """Message-IDs of the messages it forwards, which are flagged as forwarded when this one is accepted."""

    def __post_init__(self) -> None:
        """What cannot be written as UTF-8 (half of a pair, pasted or in the name of a file) becomes U+FFFD."""
        for name in ("to", "cc", "bcc", "subject", "body"):
            object.__setattr__(self, name, whole(getattr(self, name)))
