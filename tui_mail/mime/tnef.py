"""The file winmail.dat (MS-OXTNEF), in which Outlook wraps the attachments of a message.

Owns the reading of it: names, types and octets of what is inside, and the text where there is no other. Bounded in count
and depth, linear, never raises; a damaged end costs what stands behind the damage. Must not know parts.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tui_mail.mime.charsets import decode
from tui_mail.mime.words import clean

MAX_FILES: Final = 200
_MAX_DEPTH: Final = 4
_MAX_ATTRIBUTES: Final = 20_000
_MAX_PROPERTIES: Final = 5_000
_SIGNATURE: Final = b"\x78\x9f\x3e\x22"
_MESSAGE_OBJECT: Final = bytes.fromhex("0703020000000000c000000000000046")
_U16, _U32 = struct.Struct("<H"), struct.Struct("<I")

_BODY, _TITLE, _DATA, _NEW_FILE, _PROPERTIES, _FILE_PROPERTIES, _CODEPAGE = (
    0x800C, 0x8010, 0x800F, 0x9002, 0x9003, 0x9005, 0x9007,
)  # fmt: skip
_FIXED: Final = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0xA: 4, 0xB: 4, 0x14: 8, 0x40: 8, 0x48: 16}
"""Octets that values of these types take, padding included."""
_TEXT8, _TEXT16, _OBJECT = 0x1E, 0x1F, 0x0D
_VARIABLE: Final = frozenset({_TEXT8, _TEXT16, _OBJECT, 0x102, 0})
_SEVERAL: Final = 0x1000
_PR_BODY, _PR_HTML, _PR_CODEPAGE = 0x1000, 0x1013, 0x3FDE
_PR_DATA, _PR_NAME, _PR_LONG_NAME, _PR_TYPE, _PR_SHOWN = 0x3701, 0x3704, 0x3707, 0x370E, 0x3001


@dataclass(slots=True)
class Wrapped:
    """A file inside."""

    name: str = ""
    """Decoded, without controls; no file name yet, see ``mime.filenames``."""
    type: str = ""
    data: bytes = b""


@dataclass(slots=True)
class Unwrapped:
    """What is inside; ``text`` and ``html`` are unfiltered."""

    files: list[Wrapped] = field(default_factory=list)
    text: str = ""
    html: str = ""


def unwrap(data: bytes) -> Unwrapped:
    """Read ``data``; nothing is found in what is no TNEF."""
    found = Unwrapped()
    _read(memoryview(data), found, 0)
    found.files = [one for one in found.files if one.data][:MAX_FILES]
    return found


def _read(data: memoryview, found: Unwrapped, depth: int) -> None:
    if bytes(data[:4]) != _SIGNATURE or depth > _MAX_DEPTH:
        return
    charset = "windows-1252"
    one: Wrapped | None = None
    for identity, value in _attributes(data):
        if identity == _CODEPAGE and len(value) >= 4:
            charset = _charset(_U32.unpack_from(value)[0])
        elif identity == _NEW_FILE:
            if len(found.files) > 2 * MAX_FILES:
                return
            one = Wrapped()
            found.files.append(one)
        elif identity == _TITLE and one is not None:
            one.name = one.name or _text(value, charset)
        elif identity == _DATA and one is not None:
            one.data = bytes(value)
        elif identity == _FILE_PROPERTIES and one is not None:
            _read_file(value, one, charset, found, depth)
        elif identity == _BODY and not depth:
            found.text = found.text or decode(bytes(value).rstrip(b"\0"), charset)
        elif identity == _PROPERTIES and not depth:
            _read_message(value, found, charset)


def _attributes(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Identities and values, up to the first one that runs past the end."""
    at = 6
    for _number in range(_MAX_ATTRIBUTES):
        if at + 9 > len(data):
            return
        identity = _U16.unpack_from(data, at + 1)[0]
        length = _U32.unpack_from(data, at + 5)[0]
        at += 9
        yield identity, data[at : at + length]
        at += length + 2


def _read_file(value: memoryview, one: Wrapped, charset: str, found: Unwrapped, depth: int) -> None:
    names: dict[int, str] = {}
    for identity, kind, octets in _properties(value):
        if identity in {_PR_LONG_NAME, _PR_NAME, _PR_SHOWN, _PR_TYPE}:
            names[identity] = _string(octets, kind, charset)
        elif identity == _PR_DATA:
            inside = octets[16:] if kind == _OBJECT else octets
            if bytes(octets[:16]) == _MESSAGE_OBJECT:
                _read(inside, found, depth + 1)
            else:
                one.data = one.data or bytes(inside)
    one.name = names.get(_PR_LONG_NAME) or one.name or names.get(_PR_NAME) or names.get(_PR_SHOWN, "")
    one.type = names.get(_PR_TYPE, "").lower()


def _read_message(value: memoryview, found: Unwrapped, charset: str) -> None:
    values = {identity: (kind, octets) for identity, kind, octets in _properties(value)}
    if _PR_CODEPAGE in values and len(values[_PR_CODEPAGE][1]) >= 4:
        charset = _charset(_U32.unpack_from(values[_PR_CODEPAGE][1])[0]) or charset
    if _PR_BODY in values:
        kind, octets = values[_PR_BODY]
        found.text = _raw_string(octets, kind, charset) or found.text
    if _PR_HTML in values:
        kind, octets = values[_PR_HTML]
        found.html = _raw_string(octets, kind, charset)


def _properties(value: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """Identity, type and octets of each property with one value; others are passed over."""
    try:
        count = min(_U32.unpack_from(value)[0], _MAX_PROPERTIES)
        at = 4
        for _number in range(count):
            kind, identity = _U16.unpack_from(value, at)[0], _U16.unpack_from(value, at + 2)[0]
            at = _named(value, at + 4) if identity >= 0x8000 else at + 4
            several = kind & _SEVERAL
            kind &= ~_SEVERAL
            values = 1
            if several or kind in _VARIABLE:
                values = _U32.unpack_from(value, at)[0]
                at += 4
            if kind in _FIXED:
                if not several:
                    yield identity, kind, value[at : at + _FIXED[kind]]
                at += _FIXED[kind] * values
                continue
            if kind not in _VARIABLE:
                return
            for number in range(values):
                length = _U32.unpack_from(value, at)[0]
                at += 4
                if number == 0:
                    yield identity, kind, value[at : at + length]
                at += length + -length % 4
    except struct.error:
        return  # it ends in the middle of a property


def _named(value: memoryview, at: int) -> int:
    """Where the name of a property that has one ends."""
    if _U32.unpack_from(value, at + 16)[0] == 0:
        return at + 24
    length = int(_U32.unpack_from(value, at + 20)[0])
    return at + 24 + length + -length % 4


def _charset(codepage: int) -> str:
    return {65001: "utf-8", 0: "windows-1252", 20127: "us-ascii", 28591: "iso-8859-1", 50220: "iso-2022-jp"}.get(
        codepage, f"cp{codepage}"
    )


def _raw_string(octets: memoryview, kind: int, charset: str) -> str:
    data = bytes(octets)
    return data.decode("utf-16-le", "replace").rstrip("\0") if kind == _TEXT16 else decode(data.rstrip(b"\0"), charset)


def _string(octets: memoryview, kind: int, charset: str) -> str:
    return clean(_raw_string(octets[:2000], kind, charset)).strip()


def _text(octets: memoryview, charset: str) -> str:
    return _string(octets, _TEXT8, charset)
