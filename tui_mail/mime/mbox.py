"""mboxrd: many messages in one file, exact in both directions.

Owns the format. Before each message stands a ``From `` line, after it one line feed; lines of the message that match
``>*From `` get one more ``>``, which reading takes away again. The bytes of a message, its line endings among them, are
written as they are. Streamed: no more than one message is in memory.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import BinaryIO, Final

from tui_mail.mime.dates import parse_date
from tui_mail.model.errors import UsageError
from tui_mail.model.words import _

MAX_MESSAGE: Final = 256 << 20
"""Octets; a longer message ends the reading with an error."""
_LINE: Final = 1 << 20

_ESCAPE = re.compile(rb"^(>*From )", re.MULTILINE)
_ESCAPED = re.compile(rb">+From ").match
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATED = re.compile(
    rb"From .{0,300}?((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +(?:[A-Z][a-z]{2} +\d{1,2}|\d{1,2} +[A-Z][a-z]{2}) [^\r\n]{0,60})"
).match
_FIELD = re.compile(rb"[!-9;-~]{1,100}[ \t]*:").match


def write_mboxrd(stream: BinaryIO, raw: bytes, from_addr: str, when: int) -> None:
    """Append one message, received at ``when`` (seconds UTC) from ``from_addr`` (empty: unknown)."""
    sender = re.sub(r"[^!-~]", "", from_addr)[:200] or "MAILER-DAEMON"
    moment = time.gmtime(max(when, 0))
    stamp = f"{_DAYS[moment.tm_wday]} {_MONTHS[moment.tm_mon - 1]} {moment.tm_mday:2d} {time.strftime('%H:%M:%S %Y', moment)}"
    stream.write(f"From {sender} {stamp}\n".encode("ascii"))
    stream.write(_ESCAPE.sub(rb">\1", raw))
    # One line feed, always: it ends the last line of a message that has no end of line, and stands as the empty line
    # after one that has. Reading takes exactly this one away.
    stream.write(b"\n")


def read_mboxrd(stream: BinaryIO) -> Iterator[bytes]:
    """The messages of the file, byte for byte as ``write_mboxrd`` was given them; see ``read_dated``."""
    for raw, _received in read_dated(stream):
        yield raw


def read_dated(stream: BinaryIO, max_message: int = MAX_MESSAGE) -> Iterator[tuple[bytes, int | None]]:
    """Messages and the instants of their ``From `` lines, seconds UTC.

    Files of other programs do not all escape ``From `` inside messages: such a line begins a message only if it is
    dated, or if it follows an empty line and a header field follows it. A file without any such line is one message.
    Raises UsageError when a message is longer than ``max_message`` octets.
    """
    lines: list[bytes] = []
    size = 0
    received: int | None = None
    crlf = begun = False
    for line, starts_message in _lines(stream):
        if starts_message:
            if begun or b"".join(lines).strip():
                yield _finished(lines, crlf=crlf), received
            lines, size, begun = [], 0, True
            crlf = line.endswith(b"\r\n")
            received = _instant(line)
            continue
        lines.append(line)
        size += len(line)
        if size > max_message:
            raise UsageError(_("The mbox file holds a message that is too long; nothing from there on was read."))
    if begun or b"".join(lines).strip():
        yield _finished(lines, crlf=crlf) if begun else b"".join(lines), received


def is_begun(head: bytes) -> bool:
    """True when a file that begins with ``head`` begins with the separator of a message."""
    first, _end, following = head.partition(b"\n")
    return first.startswith(b"From ") and (_DATED(first) is not None or _FIELD(following) is not None)


def _lines(stream: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Lines, long ones in pieces, the ``>`` of an escaped one taken away; each with whether it begins a message."""
    line = _piece(stream)
    blank_before = whole_before = True
    while line:
        following = _piece(stream)
        begins = False
        if whole_before and line.startswith(b"From "):
            begins = _DATED(line) is not None or (blank_before and _FIELD(following) is not None)
        yield line[1:] if whole_before and _ESCAPED(line) else line, begins
        whole_before = line.endswith(b"\n")
        blank_before = line in {b"\n", b"\r\n"}
        line = following


def _piece(stream: BinaryIO) -> bytes:
    """A line or a megabyte of one; what may still turn out to be an escape is not taken apart."""
    piece = stream.readline(_LINE)
    while len(piece) % _LINE == 0 and piece and len(piece) < MAX_MESSAGE and not piece.strip(b">"):
        more = stream.readline(_LINE)
        if not more:
            break
        piece += more
    return piece


def _finished(lines: list[bytes], *, crlf: bool) -> bytes:
    """The message without the line break that belongs to the separator; CRLF if its ``From `` line ended so."""
    raw = b"".join(lines)
    return raw.removesuffix(b"\r\n") if crlf and raw.endswith(b"\n\r\n") else raw.removesuffix(b"\n")


def _instant(line: bytes) -> int | None:
    match = _DATED(line)
    return parse_date(match[1].decode("ascii", "replace")) if match else None
