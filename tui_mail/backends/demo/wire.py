"""What the practice server answers about one message: list header, one part, whether it holds a text.

Pure functions over bytes. Must not know where the bytes are kept.
"""

from __future__ import annotations

import email
import email.header
import re
from email.message import Message

from tui_mail.model.remote import LIST_FIELDS

_FIELD = re.compile(rb"(?:(?:%s):.*(?:\r?\n[ \t].*)*)(?:\r?\n|\Z)" % "|".join(LIST_FIELDS).encode(), re.IGNORECASE)
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]*>)", re.IGNORECASE | re.MULTILINE)
_BLANK = re.compile(rb"\r?\n\r?\n")


def list_header(raw: bytes) -> bytes:
    """The fields of ``LIST_FIELDS`` as they stand, with the empty line at the end (RFC 9051, HEADER.FIELDS)."""
    end = _BLANK.search(raw)
    head = raw if end is None else raw[: end.start() + 2]
    kept, position = [], 0
    while position < len(head):
        field = _FIELD.match(head, position)
        if field is not None:
            kept.append(field.group())
            position = field.end()
        else:
            position = head.find(b"\n", position) + 1 or len(head)
    return b"".join(kept) + b"\r\n"


def own_id(raw: bytes) -> bytes:
    """The Message-ID with its angle brackets; empty when there is none."""
    found = _MESSAGE_ID.search(list_header(raw))
    return b"" if found is None else found.group(1)


def part_bytes(raw: bytes, section: str) -> bytes | None:
    """The body of one part, still encoded, by its IMAP section number ("1", "2.1"); None when there is none."""
    part = email.message_from_bytes(raw)
    for number in section.split("."):
        if not number.isdigit():
            return None
        if part.get_content_type() == "message/rfc822":
            part = _inner(part)[0]
        inner = _inner(part)
        if inner and 1 <= int(number) <= len(inner):
            part = inner[int(number) - 1]
        elif inner or number != "1":
            return None
    if part.is_multipart():
        whole = part.as_bytes()
        return whole[whole.index(b"\n\n") + 2 :] if b"\n\n" in whole else b""
    return str(part.get_payload()).encode("ascii", "surrogateescape")


def _inner(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [piece for piece in payload if isinstance(piece, Message)] if isinstance(payload, list) else []


def holds(raw: bytes, text: str) -> bool:
    """Whether headers or text of the message hold ``text``, decoded, without regard to case (RFC 9051, TEXT)."""
    wanted = text.casefold()
    message = email.message_from_bytes(raw)
    return any(wanted in piece.casefold() for piece in _texts(message))


def _texts(message: Message) -> list[str]:
    pieces = [_decoded(str(value)) for value in message.values()]
    for part in message.walk():
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                charset = str(part.get_content_charset("utf-8"))
                try:
                    pieces.append(payload.decode(charset, "replace"))
                except LookupError:  # a charset nobody knows: latin-1 reads every byte
                    pieces.append(payload.decode("latin-1"))
    return pieces


def _decoded(value: str) -> str:
    try:
        return str(email.header.make_header(email.header.decode_header(value)))
    except (ValueError, LookupError):  # an encoded word nobody can read is searched as it stands
        return value
