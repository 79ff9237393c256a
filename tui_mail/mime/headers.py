"""Header fields as they stand in a message: splitting, unfolding, decoding.

Owns the border between raw header bytes and decoded values. Must not know what any particular field means.
"""

from __future__ import annotations

import re

from tui_mail.mime import addresses as _addresses
from tui_mail.mime.params import Params, parse_params
from tui_mail.mime.words import WHITE, clean, decode_words, from_wire
from tui_mail.model.mail import Address

MAX_VALUE = 65_536
"""Octets of one field's value that are read; the rest is left out."""
MAX_FIELDS = 10_000
MAX_HEADER = 1 << 20
"""Octets of one header that are read."""

_END = re.compile(rb"\r?\n\r?\n|\A\r?\n")
_NAME = re.compile(r"[!-9;-~]+[ \t]*$").match


def split(message: bytes) -> tuple[int, int]:
    """Where the header ends and where the body starts; both are the length when there is no empty line."""
    match = _END.search(message)
    return (match.start(), match.end()) if match else (len(message), len(message))


def unfold(header: bytes) -> list[str]:
    """The lines of a header, each a whole field, Latin-1 byte by byte so that nothing is lost yet."""
    text = header[:MAX_HEADER].decode("latin-1")
    text = text.replace("\r\n", "\n") if "\n" in text else text.replace("\r", "\n")
    end = 0 if text.startswith("\n") else text.find("\n\n")
    if end >= 0:
        text = text[:end]
    return text.replace("\n ", " ").replace("\n\t", "\t").split("\n")


def fields(raw_header: bytes) -> list[tuple[str, bytes]]:
    """Names as written and raw unfolded values, in order; what follows an empty line is not read.

    Lines that are no field are left out. At most ``MAX_FIELDS``, each of at most ``MAX_VALUE`` octets.
    """
    found: list[tuple[str, bytes]] = []
    for line in unfold(raw_header):
        name, colon, value = line.partition(":")
        if colon and _NAME(name):
            found.append((name.rstrip(), value[:MAX_VALUE].strip(WHITE).encode("latin-1")))
            if len(found) >= MAX_FIELDS:
                break
    return found


def first(header_fields: list[tuple[str, bytes]], name: str) -> bytes:
    """The value of the first field of that name, in any case; empty when there is none."""
    name = name.lower()
    return next((value for key, value in header_fields if key.lower() == name), b"")


def every(header_fields: list[tuple[str, bytes]], name: str) -> list[bytes]:
    """The values of all fields of that name, in any case, in order."""
    name = name.lower()
    return [value for key, value in header_fields if key.lower() == name]


def decode(value: bytes) -> str:
    """Unstructured text (RFC 2047, raw eight-bit), without controls."""
    text = from_wire(value[:MAX_VALUE].decode("latin-1"))
    return clean(decode_words(text)).strip()


def addresses(value: bytes) -> tuple[Address, ...]:
    """The mailboxes of an address list; what is none keeps its text as the name and has no address."""
    return _addresses.parse(value.decode("latin-1"))


def params(value: bytes) -> Params:
    """Value and parameters of a structured field such as Content-Type (RFC 2045, RFC 2231)."""
    return parse_params(value)
