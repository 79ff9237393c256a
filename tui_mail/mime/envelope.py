"""The header fields that lists, threads and search need, read once when a header arrives.

This is the hot path of a first synchronisation, a hundred thousand calls in a row: one split of the header, plain
ASCII read without decoding, repeated addresses from a cache. Must not know the body.
"""

from __future__ import annotations

import re
from hashlib import sha256

from tui_mail.mime import addresses
from tui_mail.mime.dates import parse_date
from tui_mail.mime.headers import MAX_VALUE, unfold
from tui_mail.mime.words import WHITE, clean, decode_words, from_wire
from tui_mail.model.mail import Address, Envelope
from tui_mail.model.remote import LIST_FIELDS

_WANTED = {
    # As nearly every program writes them; other spellings take the longer way.
    spelling: name.lower()
    for name in LIST_FIELDS
    for spelling in (name, name.lower(), name.upper(), name.title())
}
_IDENTIFYING = ("message-id", "date", "from", "subject")
_ID = re.compile(r"<([^\s<>\x00-\x20\x7f]{1,990})>")
_BARE_ID = re.compile(r"[^\s<>\"(),\x00-\x20\x7f]{1,900}").fullmatch
_MAX_REFERENCES = 100
_REFERENCES_KEPT_FIRST = 20
_MAX_SUBJECT = 8192


def parse_envelope(header: bytes) -> Envelope:
    """Read a whole header or the part of it that ``LIST_FIELDS`` names; never raises, whatever the bytes are."""
    get = list_fields(header).get
    date = get("date")
    return Envelope(
        message_id=message_id(get("message-id", "")),
        in_reply_to=first_id(get("in-reply-to", "")),
        references=references(get("references", "")),
        date=parse_date(date) if date else None,
        subject=subject(get("subject", "")),
        from_=senders(get("from", "")),
        sender=senders(get("sender", "")),
        reply_to=mailboxes(get("reply-to", "")),
        to=mailboxes(get("to", "")),
        cc=mailboxes(get("cc", "")),
        bcc=mailboxes(get("bcc", "")),
        list_id=list_id(get("list-id", "")),
        mixed=is_mixed(get("content-type", "")),
    )


def list_fields(header: bytes) -> dict[str, str]:
    """Names of ``LIST_FIELDS``, lower case, to unfolded Latin-1 values; a repeated field's are joined by newlines."""
    found: dict[str, str] = {}
    for line in unfold(header):
        written, colon, value = line.partition(":")
        if not colon:
            continue
        name = _WANTED.get(written)
        if name is None:
            name = _WANTED.get(written.lower().rstrip(" \t"))
            if name is None:
                continue
        if len(value) > MAX_VALUE:
            value = value[:MAX_VALUE].rpartition(",")[0] or value[:MAX_VALUE]  # no half address
        found[name] = f"{found[name]}\n{value}" if name in found else value
    return found


def fingerprint(header: bytes, size: int) -> bytes:
    """16 bytes that identify a message by Message-ID, Date, From, Subject and size in octets.

    The same for the whole header and for the fields of ``LIST_FIELDS``. Equal fingerprints are a hint, never a reason
    to delete.
    """
    return digests(list_fields(header), size)[0]


def header_hash(header: bytes) -> bytes:
    """16 bytes over every field of ``LIST_FIELDS``, folding apart; the same for the whole header and for those fields."""
    return digests(list_fields(header), 0)[1]


def digests(fields: dict[str, str], size: int) -> tuple[bytes, bytes]:
    """``fingerprint`` and ``header_hash`` of what ``list_fields`` found."""
    identifying = [fields.get(name, "") for name in _IDENTIFYING]
    identifying.append(str(size))
    return _digest(identifying), _digest([f"{name} {fields[name]}" for name in sorted(fields)])


def _digest(values: list[str]) -> bytes:
    """16 bytes over ``values``, however much white space stands where there is some."""
    return sha256(" ".join("\0".join(values).split()).encode("latin-1")).digest()[:16]


def subject(value: str) -> str:
    """The first value of a Subject as text for one line."""
    value = value.partition("\n")[0].strip(WHITE)
    if "=?" in value or not value.isascii():
        value = decode_words(from_wire(value)).strip()
    return clean(value[:_MAX_SUBJECT])


def senders(value: str) -> tuple[Address, ...]:
    """From and Sender; of several fields every one counts, none decides silently."""
    if "\n" not in value:
        return addresses.parse_sender(value)
    return tuple(address for one in value.split("\n") for address in addresses.parse_sender(one))


def mailboxes(value: str) -> tuple[Address, ...]:
    """To, Cc and the like, of all fields of that name."""
    if "\n" not in value:
        return addresses.parse(value)
    return tuple(address for one in value.split("\n") for address in addresses.parse(one))


def message_id(value: str) -> str:
    """The id without its brackets; a single word passes for one that has none, or only one of them."""
    match = _ID.search(value)
    if match:
        return _text_id(match[1])
    value = value.partition("\n")[0].strip().removeprefix("<").removesuffix(">").strip()
    return _text_id(value) if _BARE_ID(value) else ""


def first_id(value: str) -> str:
    """The first id of an In-Reply-To, which may hold words as well."""
    match = _ID.search(value)
    return _text_id(match[1]) if match else ""


def references(value: str) -> tuple[str, ...]:
    """Ids in their order, each once; of very many the first and the last ones."""
    found = _ID.findall(value)
    if len(found) > 1:
        found = list(dict.fromkeys(found))
        if len(found) > _MAX_REFERENCES:
            found = found[:_REFERENCES_KEPT_FIRST] + found[_REFERENCES_KEPT_FIRST - _MAX_REFERENCES :]
    return tuple(found) if value.isascii() else tuple(_text_id(one) for one in found)


def _text_id(value: str) -> str:
    return value if value.isascii() else clean(from_wire(value))


def list_id(value: str) -> str:
    """What stands in the brackets (RFC 2919), else the whole value."""
    value = value.partition("\n")[0]
    match = _ID.search(value)
    return _text_id(match[1]) if match else clean(from_wire(value.strip(WHITE)))


def is_mixed(value: str) -> bool:
    """True for a Content-Type of multipart/mixed."""
    return value[:24].lstrip()[:15].lower() == "multipart/mixed"
