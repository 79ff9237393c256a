"""The header fields that lists, threads and search need, read once when a header arrives.

This is the hot path of a first synchronisation, a hundred thousand calls in a row: one split of the header, plain
ASCII read without decoding, repeated addresses from a cache. Must not know the body.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256

from tui_mail.mime import addresses
from tui_mail.mime.dates import parse_date
from tui_mail.mime.headers import MAX_VALUE, unfold
from tui_mail.mime.words import clean, decode_words, from_wire
from tui_mail.model.mail import Address, Envelope
from tui_mail.model.remote import LIST_FIELDS

_WANTED = frozenset(name.lower() for name in LIST_FIELDS)
_IDENTIFYING = ("message-id", "date", "from", "subject")
_ID = re.compile(r"<([^\s<>\x00-\x20\x7f]{1,990})>")
_BARE_ID = re.compile(r"[^\s<>\"(),]{1,500}@[^\s<>\"(),@]{1,400}").fullmatch
_MAX_REFERENCES = 100
_REFERENCES_KEPT_FIRST = 20
_MAX_SUBJECT = 8192


def parse_envelope(header: bytes) -> Envelope:
    """Read a whole header or the part of it that ``LIST_FIELDS`` names; never raises, whatever the bytes are."""
    fields = _split(header)
    get = fields.get
    references = get("references")
    in_reply_to = get("in-reply-to")
    subject = get("subject", "")
    if subject:
        subject = _first_text(subject)
    date = get("date")
    content_type = get("content-type")
    list_id = get("list-id")
    return Envelope(
        message_id=_message_id(get("message-id", "")),
        in_reply_to=_first_id(in_reply_to) if in_reply_to else "",
        references=_references(references) if references else (),
        date=parse_date(date) if date else None,
        subject=subject,
        from_=_sender(get("from")),
        sender=_sender(get("sender")),
        reply_to=_list(get("reply-to")),
        to=_list(get("to")),
        cc=_list(get("cc")),
        bcc=_list(get("bcc")),
        list_id=_list_id(list_id) if list_id else "",
        mixed=content_type is not None and content_type[:24].lstrip()[:15].lower() == "multipart/mixed",
    )


def fingerprint(header: bytes, size: int) -> bytes:
    """16 bytes that identify a message by Message-ID, Date, From, Subject and size in octets.

    The same for the whole header and for the fields of ``LIST_FIELDS``. Equal fingerprints are a hint, never a reason
    to delete.
    """
    fields = _split(header)
    return _digest([fields.get(name, "") for name in _IDENTIFYING] + [str(size)])


def header_hash(header: bytes) -> bytes:
    """16 bytes over every field of ``LIST_FIELDS``, folding apart; the same for the whole header and for those fields."""
    return _digest([f"{name} {value}" for name, value in sorted(_split(header).items())])


def _digest(values: list[str]) -> bytes:
    """16 bytes over ``values``, however much white space stands where there is some."""
    return sha256(" ".join("\0".join(values).split()).encode("latin-1")).digest()[:16]


@lru_cache(maxsize=2)
def _split(header: bytes) -> dict[str, str]:
    """Wanted field names, lower case, to unfolded Latin-1 values; values of a repeated field are joined by newlines."""
    found: dict[str, str] = {}
    for line in unfold(header):
        name, colon, value = line.partition(":")
        if not colon:
            continue
        name = name.lower().rstrip(" \t")
        if name in _WANTED:
            if len(value) > MAX_VALUE:
                value = value[:MAX_VALUE]
            found[name] = f"{found[name]}\n{value}" if name in found else value
    return found


def _first_text(value: str) -> str:
    """The first value of a field as text for one line."""
    value = value.partition("\n")[0].strip()
    if "=?" in value or not value.isascii():
        value = decode_words(from_wire(value)).strip()
    return clean(value[:_MAX_SUBJECT])


def _sender(value: str | None) -> tuple[Address, ...]:
    """From and Sender; of several fields every one counts, none decides silently."""
    if value is None:
        return ()
    if "\n" not in value:
        return addresses.parse_sender(value)
    return tuple(address for one in value.split("\n") for address in addresses.parse_sender(one))


def _list(value: str | None) -> tuple[Address, ...]:
    if value is None:
        return ()
    if "\n" not in value:
        return addresses.parse(value)
    return tuple(address for one in value.split("\n") for address in addresses.parse(one))


def _message_id(value: str) -> str:
    """The id without its brackets; a single word with an @ passes for one without."""
    match = _ID.search(value)
    if match:
        return _text_id(match[1])
    value = value.partition("\n")[0].strip()
    return _text_id(value) if _BARE_ID(value) else ""


def _first_id(value: str) -> str:
    match = _ID.search(value)
    return _text_id(match[1]) if match else ""


def _references(value: str) -> tuple[str, ...]:
    """Ids in their order, each once; of very many the first and the last ones."""
    found = _ID.findall(value)
    if len(found) > 1:
        found = list(dict.fromkeys(found))
        if len(found) > _MAX_REFERENCES:
            found = found[:_REFERENCES_KEPT_FIRST] + found[_REFERENCES_KEPT_FIRST - _MAX_REFERENCES :]
    return tuple(found) if value.isascii() else tuple(_text_id(one) for one in found)


def _text_id(value: str) -> str:
    return value if value.isascii() else clean(from_wire(value))


def _list_id(value: str) -> str:
    """What stands in the brackets (RFC 2919), else the whole value."""
    value = value.partition("\n")[0]
    match = _ID.search(value)
    return _text_id(match[1]) if match else clean(from_wire(value.strip()))
