"""FETCH as a stream: one message at a time, at a few microseconds each.

Owns the shapes that servers nearly always send, matched in place by one expression each, and the tokenizer's way for
everything else. A response that cannot be read is one broken message (``Broken``), never a lost batch. Must not know
folders or cursors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from tui_mail.backends.imap.answers import Untagged
from tui_mail.backends.imap.session import IN_MEMORY, Session
from tui_mail.backends.imap.syntax import MAX_UID, flags_of, parse_date, parse_flags
from tui_mail.backends.imap.tokens import Malformed, Spooled, Token, identity_of, number, pairs, parse
from tui_mail.backends.imap.transport import MAX_LITERAL
from tui_mail.mime.headers import MAX_VALUE
from tui_mail.model.flags import Flag
from tui_mail.model.remote import LIST_FIELDS, Body, FlagChange, NewMessage

HEADER_ITEMS = b"UID FLAGS INTERNALDATE RFC822.SIZE"
HEADER_FIELDS = b"BODY.PEEK[HEADER.FIELDS (" + " ".join(LIST_FIELDS).upper().encode() + b")]"
LARGEST_HEADER = 256 << 10
"""Octets; of a longer one the beginning of each field is kept."""
_ENTIRE = 4 << 20
"""Octets of such a one that are looked at; what it has beyond is let pass."""
FLAG_ITEMS = b"UID FLAGS"
BODY_ITEMS = b"UID BODY.PEEK[]"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Broken:
    """A response that could not be read; ``uid`` and ``number`` (in the mailbox) are 0 where even that is unknown."""

    uid: int
    number: int = 0


def header_items(caps: frozenset[str]) -> bytes:
    """What is fetched for each message of a list."""
    items = HEADER_ITEMS
    if "OBJECTID" in caps:
        items += b" EMAILID THREADID"
    elif "X-GM-EXT-1" in caps:
        items += b" X-GM-MSGID X-GM-THRID"
    return b"(" + items + b" " + HEADER_FIELDS + b")"


# Groups of an alternation that repeats keep what they matched last: one expression for any order of the items.
_HEADER = re.compile(
    rb"\* [0-9]{1,10} FETCH \((?:(?:"
    rb"UID ([0-9]{1,10})|"
    rb"FLAGS \(([^()\r\n]*)\)|"
    rb'INTERNALDATE "([^"\r\n]{26})"|'
    rb"RFC822\.SIZE ([0-9]{1,18})|"
    rb"(?:EMAILID \(|X-GM-MSGID )([0-9A-Za-z_-]{1,255})\)?|"
    rb"(?:THREADID (?:NIL|\()|X-GM-THRID )([0-9A-Za-z_-]{0,255})\)?|"
    rb"MODSEQ \(([0-9]{1,19})\)"
    rb") )+BODY\[HEADER\.FIELDS \([^()\r\n]*\)\] \{([0-9]{1,9})\}\r\n"
)
_FLAGS = re.compile(
    rb"\* [0-9]{1,10} FETCH \((?:(?:"
    rb"UID ([0-9]{1,10})|FLAGS \(([^()\r\n]*)\)|MODSEQ \(([0-9]{1,19})\)"
    rb") ?)+\)\r\n"
)
_BODY = re.compile(
    rb"\* [0-9]{1,10} FETCH \((?:(?:"
    rb"UID ([0-9]{1,10})|FLAGS \([^()\r\n]*\)|MODSEQ \([0-9]{1,19}\)"
    rb") )+BODY\[\] \{([0-9]{1,12})\}\r\n"
)
_END = b")\r\n"


def headers(session: Session, tag: bytes) -> Iterator[NewMessage | Broken]:
    """The answers to a FETCH of ``header_items``. Raises CommandFailed at the end when the command failed."""
    return _stream(session, tag, _Shape(_HEADER, 8, LARGEST_HEADER), _header, new_message)


def numbered(session: Session, tag: bytes) -> Iterator[tuple[int, NewMessage] | Broken]:
    """The same, with each message's number in the mailbox."""

    def fast(match: re.Match[bytes], header: bytes) -> tuple[int, NewMessage] | None:
        message = _header(match, header)
        start = match.start() + 2
        return None if message is None else (int(match.string[start : match.string.index(b" ", start)]), message)

    def slow(response: Untagged) -> tuple[int, NewMessage] | None:
        message = new_message(response)
        return None if message is None else (response.number, message)

    return _stream(session, tag, _Shape(_HEADER, 8, LARGEST_HEADER), fast, slow)


def _header(match: re.Match[bytes], header: bytes) -> NewMessage | None:
    uid, flags, date, size, strong_id, thread_id = match.group(1, 2, 3, 4, 5, 6)
    if uid is None or flags is None or date is None or size is None or int(uid) > MAX_UID:
        return None
    known, keywords = parse_flags(flags)
    return NewMessage(
        int(uid), known, keywords, parse_date(date), int(size), header,
        strong_id.decode() if strong_id else "", thread_id.decode() if thread_id else "",
    )  # fmt: skip


def flags(session: Session, tag: bytes) -> Iterator[FlagChange | Broken]:
    """The answers to a FETCH of ``FLAG_ITEMS``, with MODSEQ where the server adds it."""

    def fast(match: re.Match[bytes], _literal: bytes) -> FlagChange | None:
        uid, words, modseq = match.group(1, 2, 3)
        if uid is None or words is None or int(uid) > MAX_UID:
            return None
        known, keywords = parse_flags(words)
        return FlagChange(int(uid), known, keywords, int(modseq) if modseq else 0)

    return _stream(session, tag, _Shape(_FLAGS, 0, 0), fast, flag_change)


def bodies(session: Session, tag: bytes) -> Iterator[Body | Broken]:
    """The answers to a FETCH of ``BODY_ITEMS``."""

    def fast(match: re.Match[bytes], raw: bytes) -> Body | None:
        return None if match[1] is None or int(match[1]) > MAX_UID else Body(int(match[1]), raw)

    return _stream(session, tag, _Shape(_BODY, 2, MAX_LITERAL), fast, body)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a response nearly always looks like; ``size_group`` (0: none) announces the literal that ends it."""

    pattern: re.Pattern[bytes]
    size_group: int
    largest: int
    """Octets of the literal that are kept."""


def _stream(
    session: Session,
    tag: bytes,
    shape: _Shape,
    fast: Callable[[re.Match[bytes], bytes], T | None],
    slow: Callable[[Untagged], T | None],
) -> Iterator[T | Broken]:
    """Match ``shape`` at the front of what was received; where it does not, or ``fast`` gives None, tokenize."""
    transport = session.transport
    match_at, size_group, largest = shape.pattern.match, shape.size_group, shape.largest
    while not session.is_done(tag):
        if not transport.has_line():
            transport.more()
            continue
        start = transport.pos
        match = match_at(transport.data, start)
        made: T | None = None
        size = int(match[size_group]) if match is not None and size_group else 0
        if match is not None and size > largest:
            made = _oversized(session, match, size, largest, fast)
            yield made if made is not None else Broken(0)
            continue
        if match is not None and size <= IN_MEMORY:
            length = match.end() - start
            end = length + size
            if size_group:
                transport.need(end + 3)
                start = transport.pos
            data = transport.data
            if not size_group or data[start + end : start + end + 3] == _END:
                try:
                    made = fast(match, data[start + length : start + end])
                except (ValueError, OverflowError):
                    made = None  # not a date, say: the slow way says what is wrong with it
                if made is not None:
                    transport.pos = start + end + (3 if size_group else 0)
                    session.seen_fetch()
                    yield made
                    continue
        response = session.advance()
        if response is None or response.kind != b"FETCH":
            continue
        session.forget_last()
        try:
            made = slow(response)
        except (ValueError, OverflowError):
            yield Broken(_uid_of(response), response.number)
        else:
            if made is not None:
                yield made
    session.finish(tag)


def _oversized(
    session: Session,
    match: re.Match[bytes],
    size: int,
    largest: int,
    fast: Callable[[re.Match[bytes], bytes], T | None],
) -> T | None:
    """A literal that is too long: its beginning if it is a header, nothing of a message."""
    transport = session.transport
    transport.pos = match.end()
    kept = transport.read(min(size, _ENTIRE)) if largest < MAX_LITERAL else b""
    transport.skip(size - len(kept))
    transport.readline()
    session.seen_fetch()
    if not kept:
        return None
    try:
        return fast(match, _shortened(kept)[:largest])
    except (ValueError, OverflowError):
        return None  # one broken message


_FIELD_ENDS = re.compile(rb"\r?\n(?![ \t])")


def _shortened(header: bytes) -> bytes:
    """Of each field the beginning: behind ten thousand recipients there may be the subject."""
    return b"\r\n".join(
        field if len(field) <= MAX_VALUE else field[:MAX_VALUE].rpartition(b",")[0] or field[:MAX_VALUE]
        for field in _FIELD_ENDS.split(header)
    )


_UID = re.compile(rb"[( ]UID ([0-9]{1,10})[ )]")


def _uid_of(response: Untagged) -> int:
    """The UID of a response that cannot be read, if its text tells."""
    found = {int(match) for piece in response.record.pieces for match in _UID.findall(piece)}
    return found.pop() if len(found) == 1 else 0


# -- the tokenizer's way


def items_of(response: Untagged) -> dict[bytes, Token]:
    """Items of one FETCH response by upper-case name. Raises Malformed."""
    tokens = parse(response.record, response.start)
    if len(tokens) != 1 or not isinstance(tokens[0], list):
        raise Malformed("one list was expected")
    return pairs(tokens[0])


def new_message(response: Untagged) -> NewMessage | None:
    """None for a response about something else (flags another client changed). Raises Malformed."""
    items = items_of(response)
    section = next((name for name in items if name.startswith(b"BODY[HEADER")), None)
    if section is None:
        return None
    header = items[section]
    if header is not None and not isinstance(header, bytes):
        raise Malformed("a header was expected")
    known, keywords = _flags_item(items)
    date = items.get(b"INTERNALDATE")
    return NewMessage(
        uid=_uid(items),
        flags=known,
        keywords=keywords,
        received=parse_date(b" " * (26 - len(date)) + date) if isinstance(date, bytes) else 0,
        size=number(items.get(b"RFC822.SIZE", b"0") or b"0"),
        header=header or b"",
        strong_id=identity_of(items, b"EMAILID", b"X-GM-MSGID"),
        thread_id=identity_of(items, b"THREADID", b"X-GM-THRID"),
    )


def flag_change(response: Untagged) -> FlagChange | None:
    items = items_of(response)
    if b"FLAGS" not in items or b"UID" not in items:
        return None
    known, keywords = _flags_item(items)
    modseq = items.get(b"MODSEQ")
    value = modseq[0] if isinstance(modseq, list) and modseq else None
    return FlagChange(
        _uid(items), known, keywords, number(value) if isinstance(value, bytes) and value.isdigit() else 0
    )


def body(response: Untagged) -> Body | None:
    items = items_of(response)
    if b"BODY[]" not in items:
        return None
    raw = items[b"BODY[]"]
    uid = _uid(items)
    if isinstance(raw, Spooled):
        return Body(uid, raw.whole())
    if not isinstance(raw, bytes):
        raise Malformed("a message was expected")
    return Body(uid, raw)


def _uid(items: dict[bytes, Token]) -> int:
    uid = number(items.get(b"UID"))
    if not 0 < uid <= MAX_UID:
        raise Malformed("not a UID")
    return uid


def _flags_item(items: dict[bytes, Token]) -> tuple[Flag, tuple[str, ...]]:
    value = items.get(b"FLAGS")
    if value is None:
        return Flag.NONE, ()
    if not isinstance(value, list):
        raise Malformed("flags were expected")
    return flags_of([word for word in value if isinstance(word, bytes)])
