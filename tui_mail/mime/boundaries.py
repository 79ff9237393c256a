"""Where headers end and where the boundaries of a multipart lie (RFC 5322, RFC 2046), by offsets, without copying.

Owns the line-by-line looking; linear. Must not know what the parts are. Never raises on any bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"^[!-9;-~]{1,76}[ \t]{0,9}:", re.MULTILINE)
_NO_FIELD = re.compile(rb"^(?![!-9;-~]{0,76}[ \t]{0,9}:|[ \t\r\n]|\Z).", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Found:
    """What the boundary lines part."""

    spans: list[tuple[int, int]]
    first_line: int
    """Where the first of them begins."""
    after: int
    """Where the epilogue begins."""
    looked: int
    """How many lines looked like one; more than were allowed when it was given up."""


def header(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the header that begins at ``start`` ends, and where its body starts."""
    if raw.startswith((b"\n", b"\r\n"), start, end):
        return start, start + (1 if raw[start] == 0x0A else 2)
    match = _END_OF_HEADER.search(raw, start, end)
    header_end, body_start = (match.start(), match.end()) if match else (end, end)
    odd = _NO_FIELD.search(raw, _past_envelope(raw, start), header_end)
    if odd is not None and not _FIELD.search(raw, odd.end(), header_end):
        # The empty line was forgotten: what is no field, and is followed by none, is text.
        return odd.start(), odd.start()
    return header_end, body_start


def _past_envelope(raw: bytes, start: int) -> int:
    """Where the fields begin: behind the line that mailboxes which are one file put before a message."""
    if raw.startswith((b"From ", b">From "), start):
        return raw.find(b"\n", start) + 1 or start
    return start


def find(raw: bytes, boundary: bytes, start: int, end: int, most: int, lines: int) -> Found:
    """What the lines of ``boundary`` part, at most ``most`` spans; ``lines`` that look like one are looked at."""
    # A body follows an empty line, so that the line feed before its first boundary is there too.
    marker = b"\n--" + boundary
    spans: list[tuple[int, int]] = []
    opened = -1
    first_line = end
    at = start - 1
    looked = 0
    while len(spans) <= most:
        found = raw.find(marker, at, end) + 1
        if not found:
            break
        looked += 1
        if looked > lines:
            break
        at = found + len(marker) - 1
        line_end = raw.find(b"\n", at, end)
        line_end = end if line_end < 0 else line_end
        rest = raw[at:line_end].strip()
        if rest not in {b"", b"--"}:
            continue  # the boundary of another multipart that begins with ours
        if opened >= 0:
            spans.append((opened, _before_break(raw, found, opened)))
        else:
            first_line = found
        opened = min(line_end + 1, end)
        at = line_end
        if rest:
            return Found(spans, first_line, opened, looked)
    if opened >= 0:
        spans.append((opened, end))
    return Found(spans, first_line, end, looked)


def _before_break(raw: bytes, at: int, floor: int) -> int:
    """The line break before a boundary belongs to the boundary (RFC 2046, 5.1.1)."""
    if at > floor and raw[at - 1] == 0x0A:
        at -= 1
        if at > floor and raw[at - 1] == 0x0D:
            at -= 1
    return at
