"""The body of a message (RFC 2045, RFC 2046): its text and its attachments as entities of seven-bit lines.

Owns transfer encodings for writing and the joining of parts. Must not know the header of the message.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Sequence
from typing import Final, NamedTuple

from tui_mail.mime.compose.fields import parameters
from tui_mail.mime.compose.flow import flow
from tui_mail.mime.filenames import safe_name
from tui_mail.model.draft import AttachedFile

MAX_LINE: Final = 998
"""Octets of a line without its end (RFC 5322, 2.1.1)."""
OPAQUE: Final = "application/octet-stream"
MESSAGE: Final = "message/rfc822"
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}").fullmatch
_LONG = re.compile(rb"[^\r\n]{%d}" % (MAX_LINE + 1)).search
_SURROGATES = re.compile("[\ud800-\udfff]")
_ASCII_NAME = re.compile(r"[^ -~]+")


class Entity(NamedTuple):
    """Header fields and body; both end with CRLF, but for the body of a message inside, which is kept as it is."""

    header: bytes
    body: bytes


def is_seven_bit(data: bytes) -> bool:
    """True for what may stand in mail without an encoding (RFC 2045, 2.7): ASCII in lines of bearable length."""
    if not data.isascii() or b"\0" in data or _LONG(data):
        return False
    return data.count(b"\r\n") == data.count(b"\r") == data.count(b"\n")


def text_entity(text: str, *, flowed: bool) -> Entity:
    """The text, lines ended by LF, as text/plain; not ``flowed``: every character of it comes back."""
    lines = _SURROGATES.sub("\ufffd", flow(text) if flowed else text)
    data = lines.replace("\n", "\r\n").encode() + b"\r\n"
    params = [("charset", "us-ascii" if data.isascii() else "utf-8")]
    if flowed:
        params += [("format", "flowed"), ("delsp", "no")]
    encoding, body = encode_text(data)
    return Entity(parameters("Content-Type", "text/plain", params) + transfer_encoding(encoding), body)


def file_entity(file: AttachedFile, data: bytes) -> Entity:
    """An attachment. A message stays message/rfc822 when it is seven-bit, so that readers can open it in place.

    RFC 2046, 5.2.1 forbids base64 on message/rfc822, and to alter a message would break its signatures; one with
    eight-bit octets therefore goes as an opaque file with the name of a message, every octet of it.
    """
    kind = file.type.lower()
    name = file_name(file.name, kind)
    if kind == MESSAGE and is_seven_bit(data):
        encoding, body = "7bit", data
    else:
        encoding, body = "base64", encode_base64(data)
        if kind.startswith(("message/", "multipart/")) or not _TYPE(kind):
            kind = OPAQUE
    params = [("name", _ascii_name(name))]
    if kind.startswith("text/") and not data.isascii() and _is_utf8(data):
        params.insert(0, ("charset", "utf-8"))
    header = (
        parameters("Content-Type", kind, params)
        + parameters("Content-Disposition", "attachment", [("filename", name)])
        + transfer_encoding(encoding)
    )
    return Entity(header, body)


def file_name(name: str, kind: str) -> str:
    """A harmless name; that of a message says that it is one."""
    name = safe_name(name)
    return safe_name(f"{name}.eml") if kind == MESSAGE and not name.lower().endswith(".eml") else name


def mixed(parts: Sequence[Entity], kind: str = "mixed") -> Entity:
    """The parts as multipart/mixed, or another ``kind`` of multipart; a single one is itself."""
    if len(parts) == 1:
        return parts[0]
    boundary = _boundary(parts)
    line = f"--{boundary}".encode()
    body = b"".join(line + b"\r\n" + part.header + b"\r\n" + part.body + b"\r\n" for part in parts)
    header = parameters("Content-Type", f"multipart/{kind}", [("boundary", boundary)])
    return Entity(header + transfer_encoding("7bit"), body + line + b"--\r\n")


def encode_text(data: bytes) -> tuple[str, bytes]:
    """Text with lines ended by CRLF in the lightest encoding it can have, and the name of that."""
    if is_seven_bit(data):
        return "7bit", data
    quoted = encode_quoted(data)
    # Text in few letters that are not ASCII stays legible; of others base64 is the shorter.
    coded = encode_base64(data)
    return ("quoted-printable", quoted) if len(quoted) <= len(coded) else ("base64", coded)


def encode_quoted(data: bytes) -> bytes:
    """Quoted-printable line by line; CR and LF that stand alone are encoded."""
    rows = (binascii.b2a_qp(row, istext=False) for row in data.split(b"\r\n"))
    return b"\r\n".join(row.replace(b"\n", b"\r\n") for row in rows)


def encode_base64(data: bytes) -> bytes:
    """Base64 in lines of 76 characters."""
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def transfer_encoding(encoding: str) -> bytes:
    """The field that names it."""
    return f"Content-Transfer-Encoding: {encoding}\r\n".encode("ascii")


def _boundary(parts: Sequence[Entity]) -> str:
    """A boundary that occurs in none of the parts, and in no base64 or quoted-printable at all."""
    while True:
        boundary = f"=_{secrets.token_hex(12)}"
        line = f"--{boundary}".encode()
        if not any(line in part.body or line in part.header for part in parts):
            return boundary


def _ascii_name(name: str) -> str:
    """The name for readers that know nothing but ASCII."""
    return _ASCII_NAME.sub("_", name)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
