"""Mail as the layers pass it around: addresses, folders, items, what a list shows.

Owns frozen dataclasses only. Must not know how they are stored or fetched.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, ContentId, FolderId, ItemId, ThreadId


class Role(enum.StrEnum):
    """Special use of a folder (RFC 6154); the values are those of the JSON."""

    INBOX = "inbox"
    SENT = "sent"
    DRAFTS = "drafts"
    TRASH = "trash"
    JUNK = "junk"
    ARCHIVE = "archive"
    ALL = "all"
    FLAGGED = "flagged"


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox (RFC 5322, 3.4). ``name`` is decoded and may be empty; ``address`` is the addr-spec."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as readers see it: effective counters, operations not yet carried out included."""

    id: FolderId
    account: AccountName
    path: str
    """Display path with ``/``; a ``/`` inside a name is U+2215; ``INBOX`` so spelt."""
    role: Role | None
    selectable: bool
    subscribed: bool
    total: int
    unread: int
    last_sync: int | None
    """Seconds since the epoch, UTC; None before the first full synchronisation."""
    complete: bool
    """False while ``total`` is only the server's count."""
    older: int = 0
    """Messages that are left on the server, by what the account says about how far back mail is brought here."""


@dataclass(frozen=True, slots=True)
class Item:
    """One copy of a message with the headers a list or the command line shows.

    Strings are decoded and hold no CR, LF, NUL or lone surrogate, but are not safe for a terminal: see ``text.safe``.
    """

    id: ItemId
    content: ContentId
    account: AccountName
    folder: FolderId
    uid: int | None
    subject: str
    from_: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    date: int | None
    received: int
    size: int
    flags: Flag
    keywords: tuple[str, ...]
    thread: ThreadId
    attachments: int | None
    message_id: str
    snippet: str
    has_body: bool


@dataclass(frozen=True, slots=True)
class Conversation:
    """The items of one thread inside one folder, as a folded row of the list shows them."""

    thread: ThreadId
    folder: FolderId
    newest: Item
    count: int
    unread: int
    flagged: int
    attachments: int
    senders: tuple[Address, ...]
    """Who wrote, oldest first, each once."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Header fields of a message, parsed once when its header arrives (``mime.envelope``)."""

    message_id: str
    """Without angle brackets; empty when there is none or it is malformed."""
    in_reply_to: str
    references: tuple[str, ...]
    date: int | None
    subject: str
    from_: tuple[Address, ...]
    sender: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    list_id: str
    mixed: bool
    """True when the Content-Type is multipart/mixed: there are probably attachments."""


@dataclass(frozen=True, slots=True)
class ItemRef:
    """Where an item is on its server; rows of keep.db that name an item carry this to survive a rebuild."""

    item: ItemId
    folder: FolderId
    uidvalidity: int
    uid: int
    """0 when the item has no place on the server yet."""
    fingerprint: bytes
    """16 bytes; identifies the content, never used to decide a deletion."""
