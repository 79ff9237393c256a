"""What crosses the border between backends, engine and store: the server's folders, messages, changes and results.

Owns values that do not change; a message is named by (folder, UIDVALIDITY, UID). Must not know who made them.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tui_mail.model.flags import Flag
from tui_mail.model.mail import Role


@dataclass(frozen=True, slots=True)
class Caps:
    """What this server can do, as data."""

    server: str
    """What the server calls itself, for ``account check`` and ``doctor``."""
    keywords: bool = True
    push: bool = False
    delta: bool = False
    """Changes of flags come without a scan (CONDSTORE)."""
    move: bool = False
    safe_expunge: bool = False
    """UID EXPUNGE or its like: only named messages are removed."""
    saves_sent: bool = False
    exact_raw: bool = True
    folders: bool = True
    local: bool = False
    """The server is this machine: nothing waits for a network."""


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """The server's own numbers; None where it does not say."""

    total: int | None = None
    unread: int | None = None
    uidvalidity: int | None = None
    uidnext: int | None = None
    highestmodseq: int | None = None


@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """One row of the server's list."""

    name: str
    """The server's name, decoded, with the server's delimiter and prefix: what every other call takes."""
    path: str
    """What a person sees: ``/`` between levels, personal prefix removed, ``INBOX`` so spelt."""
    role: Role | None = None
    selectable: bool = True
    subscribed: bool = True
    status: FolderStatus | None = None
    identity: str = ""
    """MAILBOXID (RFC 8474): stays what it is when the folder is renamed; "" where the server has none."""


class NewMessage(NamedTuple):
    """A message seen for the first time: what a list needs, in one piece.

    A hundred thousand are made in a row, which a tuple does in a fourth of the time.
    """

    uid: int
    flags: Flag
    keywords: tuple[str, ...]
    received: int
    """INTERNALDATE, seconds UTC."""
    size: int
    """RFC822.SIZE, octets."""
    header: bytes
    """The header fields of ``LIST_FIELDS``, as they stand on the server."""
    strong_id: str = ""
    """EMAILID or X-GM-MSGID: equal exactly for copies of one message."""
    thread_id: str = ""
    """THREADID or X-GM-THRID."""
    modseq: int = 0


LIST_FIELDS = (
    "Date From Sender Reply-To To Cc Bcc Subject Message-ID In-Reply-To References "
    "List-Id List-Post List-Unsubscribe List-Unsubscribe-Post Content-Type Auto-Submitted Importance"
).split()
"""The header fields fetched for every message."""


@dataclass(frozen=True, slots=True)
class FlagChange:
    """The flags a known message has now."""

    uid: int
    flags: Flag
    keywords: tuple[str, ...]
    modseq: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """One step of ``changes``; committed together with its cursor."""

    uidvalidity: int
    cursor: bytes
    new: Sequence[NewMessage] = ()
    flags: Sequence[FlagChange] = ()
    vanished: Sequence[int] = ()
    reset: bool = False
    """UIDVALIDITY changed: every UID known before is void; bodies stay and are matched again by fingerprint."""
    last: bool = False
    """Nothing more to come: the folder is as the server has it."""
    total: int | None = None
    """Messages in the folder by the server's count."""
    older: int = 0
    """Of these, so many were received before ``since`` and are left on the server."""
    since: int = 0
    """What was asked for (``LeavesOldMail``); 0: everything."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What a look at a mailbox elsewhere did."""

    new: int = 0
    deleted: int = 0
    """Messages the server was told to delete."""
    left: int = 0
    """Messages that are there still, as far as is known."""
    pause: float = 0.0
    """Seconds that the server wants between two sign-ins."""
    troubles: tuple[str, ...] = ()
    """Sentences about single messages, for the person."""


@dataclass(frozen=True, slots=True)
class Body:
    """The exact bytes of one message."""

    uid: int
    raw: bytes


class ChangeKind(enum.StrEnum):
    """What a ``RemoteOperation`` does."""

    FLAGS = "flags"
    MOVE = "move"
    COPY = "copy"
    EXPUNGE = "expunge"


@dataclass(frozen=True, slots=True)
class RemoteOperation:
    """Desired state for some messages of one folder; repeating it does no harm unless said so."""

    kind: ChangeKind
    folder: str
    uidvalidity: int
    uids: tuple[int, ...]
    add: Flag = Flag.NONE
    remove: Flag = Flag.NONE
    add_keywords: tuple[str, ...] = ()
    remove_keywords: tuple[str, ...] = ()
    target: str = ""
    target_uidnext: int = 0
    """UIDNEXT of the target recorded before the first try of a copy or move; on a later try the backend looks from
    there for what the first one may have done. 0: this is the first try."""


@dataclass(frozen=True, slots=True)
class RemoteResult:
    """What became of a ``RemoteOperation``."""

    done: tuple[int, ...]
    """UIDs for which the desired state now holds (vanished ones count for EXPUNGE)."""
    gone: tuple[int, ...] = ()
    """UIDs that were not in the folder any more."""
    target_uidvalidity: int = 0
    target_uids: dict[int, int] = field(default_factory=dict)
    """Source UID to UID in the target, where the server said (COPYUID, RFC 4315)."""
    left: bool = False
    """What was moved or deleted is at its place still, marked as deleted: the server cannot expunge by name."""


class FolderChangeKind(enum.StrEnum):
    """What ``change_folder`` does."""

    CREATE = "create"
    RENAME = "rename"
    DELETE = "delete"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class FolderChange:
    """``path`` is a display path; the backend knows its delimiter and prefix."""

    kind: FolderChangeKind
    path: str
    new_path: str = ""
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Appended:
    """Where an appended message landed, as far as the server said (APPENDUID, RFC 4315); 0 otherwise."""

    uidvalidity: int = 0
    uid: int = 0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message for the wire. The octets are 7-bit with CRLF, and have no Bcc field."""

    sender: str
    """Envelope sender; domains in their ASCII form (RFC 5890)."""
    recipients: tuple[str, ...]
    raw: bytes
    message_id: str
    """Without angle brackets."""


class Reply(NamedTuple):
    """What a server for sending said: ``550``, ``5.1.1``, its words. Code 0: it said nothing."""

    code: int
    enhanced: str
    text: str

    def __str__(self) -> str:
        return " ".join(str(part) for part in self if part)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The server took the message: its answer to the final dot, with what it calls the message there."""

    reply: Reply
    recipients: tuple[str, ...]
    """Those the transaction was for."""
