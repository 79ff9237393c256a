"""Files that are no parts: uuencoded in the text of a message, or wrapped in a winmail.dat.

Owns their numbering (``1/2`` is the second file inside part 1) and their octets. yEnc is recognised and not decoded. Must
not know how they are shown. Never raises on any bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tui_mail.mime.structure import Message, Part, part_octets, part_text
from tui_mail.mime.tnef import Unwrapped, unwrap
from tui_mail.mime.transfer import from_uu_lines
from tui_mail.mime.words import clean
from tui_mail.model.structure import RemotePart

MAX_TEXT: Final = 32_000_000
_MAX_FILES: Final = 200
_TNEF: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_UU = re.compile(r"^begin [0-7]{3,4} ([^\r\n]{1,200})\r?\n(?=[ -`][^\r\n]{0,90}\r?\n)", re.MULTILINE)
_UU_LINE = re.compile(r"([!-`])([ -`]{2,90})\r?\n").match
_UU_LAST = re.compile(r"(?:[` ][ `]?\r?\n)?end[ \t]*(?:\r?\n|\Z)").match
_YENC = re.compile(r"^=ybegin [^\r\n]{0,200}?name=([^\r\n]{1,200})\r?\n", re.MULTILINE)
_YENC_END = re.compile(r"^=yend [^\r\n]{0,200}(?:\r?\n|\Z)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Inside:
    """A file inside a part."""

    id: str
    type: str
    name: str
    """Decoded, without controls; no file name yet, see ``mime.filenames``."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """Where in a text a file stands; ``data`` is None for what is not decoded."""

    start: int
    end: int
    name: str
    data: bytes | None


def is_wrapped(part: Part | RemotePart) -> bool:
    """True for a winmail.dat, whatever it calls itself."""
    return part.type in _TNEF or (part.name.lower() == "winmail.dat" and part.type.startswith("application/"))


def unwrapped(message: Message, part: Part) -> Unwrapped:
    """What is inside a winmail.dat."""
    return unwrap(part_octets(message, part))


def may_hold(message: Message, part: Part) -> bool:
    """True when it is worth a look whether there are files in a text; false for nearly every message."""
    if part.type != "text/plain":
        return False
    if part.encoding == "base64":
        return part.size < MAX_TEXT and b"begin " in part_octets(message, part)
    return any(message.raw.find(sign, part.start, part.end) >= 0 for sign in (b"begin ", b"=ybegin "))


def whole_text(message: Message, part: Part) -> str:
    """The text with the files in it, longer than what is read of others."""
    return part_text(message, part, min(max(part.end - part.start, 1), MAX_TEXT))


def cuts(text: str) -> list[Cut]:
    """The files that stand in ``text``, in order."""
    found: list[Cut] = []
    at = 0
    uu, yenc = _UU.search(text), _YENC.search(text)
    while len(found) < _MAX_FILES:
        if uu is not None and uu.start() < at:
            uu = _UU.search(text, at)
        if yenc is not None and yenc.start() < at:
            yenc = _YENC.search(text, at)
        if uu is None and yenc is None:
            break
        if uu is not None and (yenc is None or uu.start() < yenc.start()):
            end, data = _uu(text, uu.end())
            if data:
                found.append(Cut(uu.start(), end, clean(uu[1]).strip(), data))
            at = max(end, uu.end())
        elif yenc is not None:
            stop = _YENC_END.search(text, yenc.end())
            end = stop.end() if stop else len(text)
            found.append(Cut(yenc.start(), end, clean(yenc[1]).strip(), None))
            at = end
    return found


def files(message: Message) -> tuple[Inside, ...]:
    """Every file inside a part, in order."""
    found: list[Inside] = []
    for part in message.parts:
        if is_wrapped(part):
            found += _of_wrapped(message, part)
        elif may_hold(message, part):
            decoded = [cut for cut in cuts(whole_text(message, part)) if cut.data is not None]
            found += [
                Inside(f"{part.id}/{number}", guess(cut.name), cut.name, cut.data or b"")
                for number, cut in enumerate(decoded, start=1)
            ]
    return tuple(found[:_MAX_FILES])


def names(message: Message) -> dict[str, str]:
    """Numbers and names of the files inside parts."""
    if not any(is_wrapped(part) or may_hold(message, part) for part in message.parts):
        return {}
    return {one.id: one.name for one in files(message)}


def hollow(message: Message, inside: Iterable[str]) -> int:
    """How many parts only wrap the files inside them."""
    wrapping = {one.partition("/")[0] for one in inside}
    return sum(part.id in wrapping and is_wrapped(part) and part.is_attachment for part in message.parts)


def without(text: str) -> str:
    """The text without the files that stand in it."""
    pieces: list[str] = []
    at = 0
    for cut in cuts(text):
        pieces.append(text[at : cut.start])
        at = cut.end
    return "".join([*pieces, text[at:]])


def octets(message: Message, file_id: str) -> bytes:
    """The octets of the file of that id; empty when there is none."""
    return next((one.data for one in files(message) if one.id == file_id), b"")


def _of_wrapped(message: Message, part: Part) -> list[Inside]:
    return [
        Inside(f"{part.id}/{number}", one.type or guess(one.name), one.name or f"file {number}", one.data)
        for number, one in enumerate(unwrapped(message, part).files, start=1)
    ]


def guess(name: str) -> str:
    """A media type by the name alone."""
    ending = name.rpartition(".")[2].lower()
    return {
        "txt": "text/plain", "html": "text/html", "htm": "text/html", "pdf": "application/pdf", "png": "image/png",
        "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "zip": "application/zip", "ics": "text/calendar",
        "patch": "text/x-patch", "diff": "text/x-diff", "eml": "message/rfc822", "csv": "text/csv",
    }.get(ending, "application/octet-stream")  # fmt: skip


def _uu(text: str, at: int) -> tuple[int, bytes]:
    """Where the file that began before ``at`` ends, and its octets."""
    lines: list[str] = []
    while (row := _UU_LINE(text, at)) is not None:
        count = (ord(row[1]) - 32) & 63
        if not count or len(row[2]) < count * 4 // 3 - 2:
            break
        lines.append(row[1] + row[2])
        at = row.end()
    last = _UU_LAST(text, at)
    if not lines or (last is None and len(lines) < 2):
        return at, b""
    return (last.end() if last else at), from_uu_lines([line.encode("ascii", "replace") for line in lines])
