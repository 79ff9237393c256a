"""A new message as the store takes it: everything that its header alone decides, worked out beforehand.

Owns what can be known of a message without looking at any other, so that another process may find it out. Must not
know SQL, an account or what is stored already.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from struct import Struct
from typing import NamedTuple

from tui_mail.mime import envelope
from tui_mail.mime.dates import parse_date
from tui_mail.model.mail import Address
from tui_mail.model.remote import NewMessage
from tui_mail.store.tables.rows import KEY_LENGTH, base_subject, encode_addresses, encode_keywords, is_reply, sender_key
from tui_mail.text.fold import index_text

_MOST_REFERENCES = 100
_CACHED_LENGTH = 300
"""Characters; longer address fields are too seldom the same."""
_UNPACK = Struct("<q").unpack
_DATE_MASK = (1 << 39) - 1


class Arrival(NamedTuple):
    """One new message, made by ``arrival_of``; integers, text and bytes only, so that it passes through a pipe."""

    uid: int
    flags: int
    keywords: str
    """``rows.encode_keywords``."""
    thread_id: str
    """The server's own thread; ''."""
    strong_key: int
    """``hashed`` strong id; 0: there is none."""
    print_key: int
    """The date received, then some of the fingerprint: neighbours in time are neighbours in the index."""
    nodes: tuple[int, ...]
    """``hashed`` ids by which the message finds its conversation: its own (or the server's thread), then others."""
    subject_hash: int | None
    """``hashed`` subject without Re; None for a message that has References or no subject."""
    # From here on columns of ``content``.
    strong_id: str
    fingerprint: bytes
    header_hash: bytes
    received: int
    size: int
    date: int | None
    subject: str
    senders: str
    """``rows.encode_addresses``, as the next three."""
    recipients: str
    cc: str
    bcc: str
    message_id: str
    sender_key: str
    subject_key: str
    reply: bool
    """It answers something and has no References."""
    mixed: bool
    list_id: str
    # From ``list_id`` on columns of ``search``, as the index wants them.
    index_senders: str
    index_recipients: str
    index_cc: str
    index_subject: str


_CONTENT = slice(Arrival._fields.index("strong_id"), Arrival._fields.index("list_id") + 1)
_WORDS = slice(Arrival._fields.index("list_id"), len(Arrival._fields))
content_row: Callable[[Arrival], tuple[object, ...]] = itemgetter(_CONTENT)
"""The part of an Arrival that stands in ``content``: ``CONTENT_COLUMNS``."""
CONTENT_COLUMNS = ", ".join(Arrival._fields[_CONTENT])
word_row: Callable[[Arrival], tuple[object, ...]] = itemgetter(_WORDS)
"""The part of an Arrival that stands in ``search``: ``WORD_COLUMNS``."""
WORD_COLUMNS = "list, senders, recipients, cc, subject"


def hashed(kind: str, text: str) -> int:
    """64 bits that stand for a text; ``kind`` keeps different sorts of text apart."""
    digest = blake2b(f"{kind}{text}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    found: int = _UNPACK(digest)[0]
    return found


def header_of(raw: bytes) -> bytes:
    """The header block of a message, its empty line included."""
    ends = [at for at in (raw.find(b"\r\n\r\n"), raw.find(b"\n\n")) if at >= 0]
    return raw[: min(ends) + 4] if ends else raw


def arrival_of(new: NewMessage) -> Arrival:
    """What the header and the server's words about a message say; never raises, whatever the bytes are."""
    uid, flags, keywords, received, size, header, strong_id, thread_id, _modseq = new
    fields = envelope.list_fields(header)
    get = fields.get
    fingerprint, header_hash = envelope.digests(fields, size)
    message_id = envelope.message_id(get("message-id", ""))
    subject = envelope.subject(get("subject", ""))
    date = get("date")
    senders, index_senders, key = _senders(get("from", ""))
    recipients, index_recipients = _mailboxes(get("to", ""))
    cc, index_cc = _mailboxes(get("cc", ""))
    bcc, index_bcc = _mailboxes(get("bcc", ""))
    if cc or bcc:
        index_recipients = f"{index_recipients}\n{index_cc}\n{index_bcc}"
    related = _related(get("references", ""), get("in-reply-to", ""))
    base = base_subject(subject)
    alone = base and not related and not thread_id
    nodes: tuple[int, ...]
    if thread_id:
        # The server knows better than References; the message's own id lets others find its conversation.
        nodes = (hashed("t", thread_id), hashed("m", message_id)) if message_id else (hashed("t", thread_id),)
    else:
        # Without a Message-ID, copies of it still belong together.
        own = hashed("m", message_id) if message_id else hashed("f", fingerprint.hex())
        nodes = (own, *[hashed("m", one) for one in related]) if related else (own,)
    return Arrival(
        uid, int(flags), encode_keywords(keywords) if keywords else "", thread_id,
        hashed("s", strong_id) if strong_id else 0, (received & _DATE_MASK) << 24 | int.from_bytes(fingerprint[:3]), nodes,
        hashed("b", base) if alone else None,
        strong_id, fingerprint, header_hash, received, size, parse_date(date) if date else None, subject,
        senders, recipients, cc, bcc, message_id, key, base[:KEY_LENGTH], bool(alone) and is_reply(subject),
        envelope.is_mixed(get("content-type", "")), envelope.list_id(get("list-id", "")),
        index_senders, index_recipients, index_cc, _indexed(subject),
    )  # fmt: skip


def _related(references: str, in_reply_to: str) -> list[str]:
    """Ids of other messages of the conversation."""
    if not references and not in_reply_to:
        return []
    found = list(envelope.references(references)[-_MOST_REFERENCES:])
    answered = envelope.first_id(in_reply_to)
    if answered and answered not in found:
        found.append(answered)
    return found


def _senders(value: str) -> tuple[str, str, str]:
    """Encoded, for the index, to sort by."""
    return _cached_senders(value) if len(value) <= _CACHED_LENGTH else _read_senders(value)


def _read_senders(value: str) -> tuple[str, str, str]:
    found = envelope.senders(value)
    return *_written(found), sender_key(found)


def _mailboxes(value: str) -> tuple[str, str]:
    """Encoded, for the index."""
    if not value:
        return "", ""
    return _cached_mailboxes(value) if len(value) <= _CACHED_LENGTH else _read_mailboxes(value)


def _read_mailboxes(value: str) -> tuple[str, str]:
    return _written(envelope.mailboxes(value))


_cached_senders = lru_cache(maxsize=4096)(_read_senders)
_cached_mailboxes = lru_cache(maxsize=4096)(_read_mailboxes)


def _written(addresses: tuple[Address, ...]) -> tuple[str, str]:
    text = encode_addresses(addresses) if addresses else ""
    return text, _indexed(text)


def _indexed(text: str) -> str:
    # The index folds the case of ASCII by itself.
    return text if text.isascii() else index_text(text)
