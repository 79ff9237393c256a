"""Encoded words (RFC 2047) and raw eight-bit header text, to characters.

Owns the decoding of unstructured header text, the broken kinds included. Linear in the length. Must not know which
field a text belongs to.
"""

from __future__ import annotations

import binascii
import re

from tui_mail.mime.charsets import decode as decode_charset

_OPENING = re.compile(r"=\?([^?\s]{1,70})\?([bBqQ])\?")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_CONTROLS = dict.fromkeys((*range(32), *range(127, 160)), "�") | dict.fromkeys((9, 10, 13, 0x85), " ")


WHITE = " \t\r\n\f\v"
"""White space of the wire. Text read as Latin-1 must be stripped of these alone: to Python the octets 85 and A0, with which
characters of UTF-8 end, are spaces too."""


def clean(text: str) -> str:
    """``text`` without controls: breaks and tabs are spaces, others U+FFFD; header text may be put in a line again."""
    return text if text.isprintable() else text.translate(_CONTROLS)


def from_wire(value: str) -> str:
    """Header text that was read as Latin-1 byte by byte, as the characters it was meant to be."""
    return value if value.isascii() else decode_charset(value.encode("latin-1"))


def decode_words(text: str) -> str:
    """``text`` with its encoded words decoded; what looks like one but cannot be read stays as it is."""
    if "=?" not in text:
        return text
    pieces: list[str] = []
    pending = b""  # bytes of encoded words in one charset that touch: a character may be split between them
    charset = ""
    at = 0
    while True:
        match = _OPENING.search(text, at)
        end = text.find("?=", match.end()) if match else -1
        if match is None or end < 0:
            break
        between = text[at : match.start()]
        name = match[1].partition("*")[0].lower()
        if pending and (name != charset or between.strip()):
            pieces.append(decode_charset(pending, charset))
            pending = b""
            if between.strip():
                pieces.append(between)
        elif not charset or between.strip():
            pieces.append(between)
        charset = name
        pending += _word_bytes(match[2] in "qQ", text[match.end() : end])
        at = end + 2
    if pending:
        pieces.append(decode_charset(pending, charset))
    pieces.append(text[at:])
    return "".join(pieces)


def _word_bytes(quoted: bool, content: str) -> bytes:
    """The bytes inside one encoded word; damage costs characters, never the word."""
    data = content.encode("utf-8", "surrogatepass")
    if quoted:
        return binascii.a2b_qp(data.replace(b"\n", b" "), header=True)
    return base64_bytes(data)


def base64_bytes(data: bytes) -> bytes:
    """Base64 with whatever does not belong left out and the padding made up for."""
    try:
        return binascii.a2b_base64(data, strict_mode=True)
    except binascii.Error:
        pass  # line breaks, junk, missing padding: the careful way
    kept = _NOT_BASE64.sub(b"", data)
    kept = kept[: len(kept) - 1] if len(kept) % 4 == 1 else kept
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))
