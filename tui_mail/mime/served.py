"""What a mailbox kept by this program answers about one message: list header, one part, whether it holds a text.

Pure functions over bytes. Must not know where the bytes are kept.
"""

from __future__ import annotations

import re

from tui_mail.mime.headers import decode
from tui_mail.mime.searchtext import of_message
from tui_mail.mime.structure import parse
from tui_mail.model.remote import LIST_FIELDS

_FIELD = re.compile(
    rb"^(?:%s):.*(?:\r?\n[ \t].*)*(?:\r?\n|\Z)" % "|".join(LIST_FIELDS).encode(), re.IGNORECASE | re.MULTILINE
)
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]*>)", re.IGNORECASE | re.MULTILINE)
_BLANK = re.compile(rb"\r?\n\r?\n")


def list_header(raw: bytes) -> bytes:
    """The fields of ``LIST_FIELDS`` as they stand, with the empty line at the end (RFC 9051, HEADER.FIELDS)."""
    end = _BLANK.search(raw)
    head = raw if end is None else raw[: end.start() + 2]
    return b"".join(_FIELD.findall(head)) + b"\r\n"


def own_id(raw: bytes) -> bytes:
    """The Message-ID with its angle brackets; empty when there is none."""
    found = _MESSAGE_ID.search(list_header(raw))
    return b"" if found is None else found.group(1)


def part_bytes(raw: bytes, section: str) -> bytes | None:
    """The body of one part, still encoded, by its IMAP section number ("1", "2.1"); None when there is none."""
    part = parse(raw).part(section)
    return None if part is None else raw[part.start : part.end]


def holds(raw: bytes, text: str) -> bool:
    """Whether headers or text of the message hold ``text``, decoded, without regard to case (RFC 9051, TEXT)."""
    wanted = text.casefold()
    message = parse(raw)
    if any(wanted in decode(value).casefold() for _name, value in message.fields):
        return True
    found = of_message(message)
    return any(wanted in piece.casefold() for piece in (found.body, *found.files))
