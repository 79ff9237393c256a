"""Puts messages together byte by byte: header fields, text in any charset, parts, the files attached.

Plain string work instead of the standard library's message classes, because a first start builds hundreds of messages,
and because practice mail must also hold what no correct program would write. Must not know what is said in them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import random
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

CRLF = "\r\n"
WORD_BYTES = 42
"""Of text in one encoded word: 75 characters with its frame, at most (RFC 2047, 2)."""
SOFT_BREAK_FROM = 48
"""Lines at least this long, in characters, run on into the next one in flowed text."""


@dataclass(frozen=True, slots=True)
class Part:
    """One MIME part: its own header fields and its body, encoded."""

    fields: tuple[tuple[str, str], ...]
    body: bytes


def encoded(text: str, charset: str = "utf-8") -> str:
    """``text`` for a header field: as it is, or as encoded words (RFC 2047)."""
    if text.isascii():
        return text
    words, piece = [], ""
    for character in text:
        if len((piece + character).encode(charset, "replace")) > WORD_BYTES:
            words.append(piece)
            piece = ""
        piece += character
    words.append(piece)
    return f"{CRLF} ".join(
        f"=?{charset}?B?{base64.b64encode(word.encode(charset, 'replace')).decode()}?=" for word in words
    )


def mailbox(name: str, address: str) -> str:
    """One address of a header field."""
    if not name:
        return address
    if name.isascii() and not name.replace(" ", "").isalnum():
        return f'"{name}" <{address}>'
    return f"{encoded(name)} <{address}>"


def date_field(seconds: int, offset: int) -> str:
    """``Date`` as written at ``offset`` hours from UTC."""
    there = datetime.fromtimestamp(seconds, UTC).astimezone(timezone(timedelta(hours=offset)))
    return there.strftime("%a, %d %b %Y %H:%M:%S %z")


def message_id(seed: str, domain: str) -> str:
    """An id that is the same on every start."""
    return f"<{hashlib.sha256(seed.encode()).hexdigest()[:20]}@{domain}>"


def fold(values: Iterable[str], separator: str = ", ") -> str:
    """Values of one field, over several lines."""
    return f"{separator.rstrip()}{CRLF} ".join(values)


def text(
    body: str, subtype: str = "plain", charset: str = "utf-8", *, flowed: bool = False, eight: bool = False
) -> Part:
    """A text part in the plainest encoding that carries it; ``eight`` leaves 8-bit bytes as they are."""
    if flowed:
        body = soft_broken(body)
    lines = body.strip("\n").split("\n")
    data = "".join(line + CRLF for line in lines).encode(
        charset, "xmlcharrefreplace" if subtype == "html" else "replace"
    )
    kind = f"text/{subtype}; charset={charset}" + ("; format=flowed" if flowed else "")
    wide = max(map(len, lines)) > 200
    if data.isascii() and not wide:
        return Part((("Content-Type", kind), ("Content-Transfer-Encoding", "7bit")), data)
    if eight:
        return Part((("Content-Type", kind), ("Content-Transfer-Encoding", "8bit")), data)
    if sum(byte > 127 for byte in data) * 4 > len(data):
        return Part((("Content-Type", kind), ("Content-Transfer-Encoding", "base64")), _base64(data))
    quoted = binascii.b2a_qp(data.replace(b"\r\n", b"\n"), istext=True).replace(b"\n", b"\r\n")
    return Part((("Content-Type", kind), ("Content-Transfer-Encoding", "quoted-printable")), quoted)


def soft_broken(body: str) -> str:
    """The body with a space at the end of lines whose paragraph goes on, quoted ones too (RFC 3676)."""
    lines = body.strip("\n").split("\n")
    done = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        quote, said = _quote(line)
        next_quote, next_said = _quote(following)
        fixed = ("-", " ", "|", "*")
        goes_on = quote == next_quote and next_said and not (said.startswith(fixed) or next_said.startswith(fixed))
        done.append(line + " " if goes_on and len(said) >= SOFT_BREAK_FROM else line)
    return "\n".join(done)


def _quote(line: str) -> tuple[str, str]:
    """The signs of quotation a line begins with, and what stands behind them."""
    said = line.lstrip(">")
    quote = line[: len(line) - len(said)]
    return quote, said.removeprefix(" ") if quote else said


def attachment(data: bytes, kind: str, name: str, content_id: str = "") -> Part:
    """A file; with ``content_id`` shown inside the text that names it."""
    fields = [
        ("Content-Type", f'{kind}; name="{encoded(name)}"'),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-Disposition", f"inline; {_file(name)}" if content_id else f"attachment; {_file(name)}"),
    ]
    if content_id:
        fields.append(("Content-ID", f"<{content_id}>"))
    return Part(tuple(fields), _base64(data))


def forwarded(raw: bytes) -> Part:
    """A whole message inside another one."""
    return Part((("Content-Type", "message/rfc822"), ("Content-Disposition", "inline")), raw)


def multipart(subtype: str, parts: Sequence[Part], parameters: str = "") -> Part:
    """Parts between boundaries; the boundary follows from what they say."""
    mark = hashlib.sha256(b"".join(part.body for part in parts)).hexdigest()[:24]
    body = bytearray()
    for part in parts:
        body += f"--={mark}{CRLF}".encode() + _head(part.fields) + part.body
        if not body.endswith(b"\r\n"):
            body += b"\r\n"
    body += f"--={mark}--{CRLF}".encode()
    return Part((("Content-Type", f'multipart/{subtype}; boundary="={mark}"{parameters}'),), bytes(body))


def document(fields: Iterable[tuple[str, str]], part: Part) -> bytes:
    """A whole message. Field values stand as they are; what is not ASCII in them goes out as raw UTF-8."""
    return _head((*fields, ("MIME-Version", "1.0"), *part.fields)) + part.body


def pdf(title: str, lines: Sequence[str], padding: int = 0) -> bytes:
    """A small PDF of one page; ``padding`` octets make it as heavy as a real one."""
    shown = "".join(f"({line.encode('latin-1', 'replace').decode('latin-1')}) Tj T* " for line in (title, "", *lines))
    stream = f"BT /F1 12 Tf 16 TL 60 780 Td {shown}ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 %s >> >> >>"
        % b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    if padding:
        noise = random.Random(title).randbytes(padding)
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(noise), noise))
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def png(width: int, height: int, seed: str) -> bytes:
    """A bar chart as a picture of ``width`` by ``height`` pixels."""
    draw = random.Random(seed)
    bars = [draw.randrange(height // 5, height) for _bar in range(12)]
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            rows += b"\x3b\x6e\xa5" if height - y <= bars[x * 12 // width] and x * 12 % width > 30 else b"\xf4\xf1\xea"

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b"")
    )


def _base64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def _head(fields: Iterable[tuple[str, str]]) -> bytes:
    return "".join(f"{name}: {value}{CRLF}" for name, value in fields).encode() + b"\r\n"


def _file(name: str) -> str:
    if name.isascii():
        return f'filename="{name}"'
    return "filename*=utf-8''" + "".join(
        chr(byte) if (chr(byte).isalnum() and byte < 128) or byte in b".-_" else f"%{byte:02X}"
        for byte in name.encode()
    )
