"""Transfer encodings (RFC 2045, 6): from octets on the wire to those of the part.

Owns base64, quoted-printable and uuencode, damaged ones included. Must not know parts. Never raises.
"""

from __future__ import annotations

import binascii
import re

from tui_mail.mime.words import base64_bytes

_EXACT_LIMIT = 65_536
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
# What stands behind the encoded lines: the footer of a mailing list, put there by a program that knows no MIME.
_FOOTER = re.compile(rb"\n[ \t]*\r?\n(?=[^\n]*(?:[^A-Za-z0-9+/=\s]{2}|[^\s=] [^\s=]))")
_NOT_IN_BASE64 = re.compile(rb"[^A-Za-z0-9+/\r\n]")
_SOFT_BREAK = re.compile(rb"=[ \t]+(\r?\n|\Z)")
_UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} [^\r\n]{1,500}\r?\n", re.MULTILINE)


def encoding_of(value: bytes) -> str:
    """The encoding a Content-Transfer-Encoding means; empty for none and for those nobody knows."""
    word = value.strip().strip(b'"').strip().lower()
    word = re.split(rb"[\s;(]", word, maxsplit=1)[0] if word else word
    if word == b"base64":
        return "base64"
    if word in {b"quoted-printable", b"quotedprintable", b"quoted_printable"}:
        return "quoted-printable"
    return "uuencode" if word in {b"x-uuencode", b"uuencode", b"x-uue", b"uue"} else ""


def decode_body(data: bytes, encoding: str) -> bytes:
    """The octets that ``data`` stands for; damage costs no more than the damaged place."""
    if encoding == "base64":
        return _from_base64(data)
    if encoding == "quoted-printable":
        # Spaces after the "=" at the end of a line were put there on the way (RFC 2045, 6.7).
        data = _SOFT_BREAK.sub(rb"=\1", data) if b"= " in data or b"=\t" in data else data
        # Several "=" in a row were never encoded, and each stands for itself.
        return binascii.a2b_qp(re.sub(rb"=(?==)", b"=3D", data) if b"==" in data else data)
    return _from_uuencode(data) if encoding == "uuencode" else data


def decoded_size(raw: bytes, start: int, end: int, encoding: str) -> int:
    """How many octets ``decode_body`` gives for raw[start:end]; exact for sound base64, else decoded when it is short."""
    if not encoding:
        return end - start
    if encoding == "base64":
        breaks = raw.count(b"\n", start, end) + raw.count(b"\r", start, end)
        padding = raw[max(start, end - 8) : end].count(b"=")
        return max((end - start - breaks - padding) * 3 // 4, 0)
    if end - start <= _EXACT_LIMIT:
        return len(decode_body(raw[start:end], encoding))
    return end - start


def _from_base64(data: bytes) -> bytes:
    """Base64, also when several encodings were written one after the other, each with its own padding."""
    try:
        return binascii.a2b_base64(data.replace(b"\r", b"").replace(b"\n", b""), strict_mode=True)
    except binascii.Error:
        pass  # junk between, missing padding, or padding in the middle
    head = data[:2000].strip()
    if head.count(b" ") * 12 > max(len(head), 36):
        return data  # words with spaces between them: it was never encoded
    footer = _FOOTER.search(data)
    if footer is not None and footer.start():
        data = data[: footer.start()]
    decoded: list[bytes] = []
    padded = False
    for piece in data.split(b"="):
        letters = len(_NOT_BASE64.sub(b"", piece))
        if padded and _NOT_IN_BASE64.search(piece.strip()):
            break  # the end was marked, and what follows is something else
        if letters:
            decoded.append(base64_bytes(piece))
            padded = letters % 4 >= 2
    return b"".join(decoded)


def _from_uuencode(data: bytes) -> bytes:
    match = _UU_BEGIN.search(data)
    if match is None:
        return data
    rows = []
    for line in data[match.end() :].split(b"\n"):
        row = line.rstrip(b"\r")
        if row in {b"end", b"`"}:
            break
        rows.append(row)
    return from_uu_lines(rows)


def from_uu_lines(rows: list[bytes]) -> bytes:
    """The octets of uuencoded lines without their ends; a damaged one costs itself."""
    pieces = []
    for row in rows:
        try:
            pieces.append(binascii.a2b_uu(row))
        except binascii.Error:
            # Some programs pad a line wrongly; its first octet says how much of it counts.
            count = ((row[0] - 32) & 63) * 4 // 3 + 2 if row else 0
            try:
                pieces.append(binascii.a2b_uu(row[: count + 1]))
            except binascii.Error:
                continue  # this line is damaged; the others are not
    return b"".join(pieces)
