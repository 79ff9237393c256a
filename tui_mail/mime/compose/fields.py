"""Header fields as octets (RFC 5322, RFC 2047, RFC 2231): ASCII, folded, and never more than the one field.

Owns encoding and folding. A value is taken as text: breaks in it become spaces, other controls U+FFFD. Must not know
which fields a message has.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from tui_mail.mime.compose.domains import ascii_address
from tui_mail.mime.words import clean
from tui_mail.model.mail import Address

WIDTH: Final = 76
"""Characters of a line where it can be folded (RFC 2047, section 2; 78 without encoded words)."""
_PLAIN_WORD: Final = 900
"""Characters of a word that is written as it stands; no line may have more than 998."""
_CONTENT: Final = 48
"""Characters inside an encoded word: short enough to stand behind the name of any field that has them."""
_QUOTED: Final = 60
"""Characters of a quoted string, which is not folded."""
_SECTION: Final = 50
"""Characters of one section of a parameter."""
_DAYS: Final = "Mon Tue Wed Thu Fri Sat Sun".split()
_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_FIRST_DAY: Final = -62_135_596_800 + 86_400
_LAST_DAY: Final = 253_402_300_799 - 86_400

_MORE_BREAKS = dict.fromkeys((0x2028, 0x2029), " ")
_SURROGATES = re.compile("[\ud800-\udfff]")
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,60}").fullmatch
_PIECE = re.compile(r" +[^ ]+")
_TOKEN = re.compile(r"[A-Za-z0-9-]{1,60}").fullmatch
_ID = re.compile(r"[!-;=?-~]{1,900}").fullmatch
_ESCAPED = re.compile(r'(["\\])')
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_PARAM_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def one_line(text: str) -> str:
    """``text`` without anything that ends a line or a string: what may stand in a field."""
    if text.isprintable():
        return text
    return _SURROGATES.sub("\ufffd", clean(text).translate(_MORE_BREAKS))


def unstructured(name: str, text: str) -> bytes:
    """A field of words, such as Subject. Spaces are kept, at the ends of the text too."""
    text = one_line(text)
    plain = text.isascii() and "=?" not in text and text == text.strip()
    pieces = _PIECE.findall(f" {text}") if plain else []
    if not plain or any(len(piece) > _PLAIN_WORD for piece in pieces):
        return verbatim(name, text)
    return folded(name, pieces)


def verbatim(name: str, text: str) -> bytes:
    """``text`` in encoded words, whatever its characters are: they all come back. Line breaks too, so that only
    fields may hold them that no other program reads.
    """
    return folded(name, [f" {word}" for word in encoded_words(text)])


def mailboxes(name: str, addresses: Iterable[Address]) -> bytes:
    """A field of addresses, domains in ASCII. Raises UsageError for one that cannot be written to."""
    entries = [_mailbox(address) for address in addresses]
    pieces: list[str] = []
    for number, entry in enumerate(entries, start=1):
        pieces.extend(f" {piece}" for piece in entry)
        if number < len(entries):
            pieces[-1] += ","
    return folded(name, pieces)


def is_id(message_id: str) -> bool:
    """True for what may stand in the brackets of a Message-ID: printable ASCII, and no encoded word in hiding."""
    return _ID(message_id) is not None and "=?" not in message_id


def ids(name: str, message_ids: Iterable[str]) -> bytes:
    """A field of Message-IDs; those that may not stand in one are left out, and the field if nothing remains."""
    pieces = [f" <{one}>" for one in message_ids if is_id(one)]
    return folded(name, pieces) if pieces else b""


def date(when: float) -> bytes:
    """The Date field, in the time zone of this process."""
    instant = datetime.fromtimestamp(min(max(when, _FIRST_DAY), _LAST_DAY), UTC).astimezone()
    day, month = _DAYS[instant.weekday()], _MONTHS[instant.month - 1]
    text = f"{day}, {instant.day:02d} {month} {instant.year:04d} {instant:%H:%M:%S %z}"
    return f"Date: {text}\r\n".encode("ascii")


def parameters(name: str, value: str, params: Iterable[tuple[str, str]]) -> bytes:
    """A field such as Content-Type; ``value`` and the names of the parameters are the caller's own words."""
    pieces = [f" {value}"]
    for key, given in params:
        for section in _sections(key, one_line(given)):
            pieces[-1] += ";"
            pieces.append(f" {section}")
    return folded(name, pieces)


def folded(name: str, pieces: Iterable[str]) -> bytes:
    """The field, broken before pieces so that lines stay short. Each piece begins with the space that precedes it."""
    lines: list[str] = []
    current = f"{name}:"
    begun = False
    for piece in pieces:
        if begun and len(current) + len(piece) > WIDTH:
            lines.append(current)
            current = ""
        current += piece
        begun = True
    lines.append(current)
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def encoded_words(text: str) -> list[str]:
    """``text`` as encoded words in UTF-8, no character split between two; the shorter of the two encodings."""
    data = _SURROGATES.sub("\ufffd", text).encode()
    unsafe = sum(octet not in _Q_SAFE and octet != 0x20 for octet in data)
    if len(data) + 2 * unsafe <= (len(data) + 2) // 3 * 4:
        return [f"=?utf-8?q?{chunk}?=" for chunk in _chunks([_quoted_octets(char) for char in text], _CONTENT)]
    room = _CONTENT // 4 * 3
    octets = [_SURROGATES.sub("\ufffd", char).encode() for char in text]
    chunks: list[bytes] = []
    for octet in octets:
        if chunks and len(chunks[-1]) + len(octet) <= room:
            chunks[-1] += octet
        else:
            chunks.append(octet)
    return [f"=?utf-8?b?{binascii.b2a_base64(chunk, newline=False).decode('ascii')}?=" for chunk in chunks]


def _quoted_octets(char: str) -> str:
    """One character in the Q encoding (RFC 2047, 4.2), in the form that may stand in a phrase too."""
    if char == " ":
        return "_"
    data = _SURROGATES.sub("\ufffd", char).encode()
    return "".join(chr(octet) if octet in _Q_SAFE else f"={octet:02X}" for octet in data)


def _chunks(units: list[str], room: int) -> list[str]:
    """The units joined to strings of at most ``room`` characters."""
    chunks: list[str] = []
    for unit in units:
        if chunks and len(chunks[-1]) + len(unit) <= room:
            chunks[-1] += unit
        else:
            chunks.append(unit)
    return chunks


def _mailbox(address: Address) -> list[str]:
    """Pieces between which the field may be folded."""
    name = one_line(address.name).strip()
    written = ascii_address(address.address)
    # Quoted local parts and address literals are read as one thing by more programs where brackets enclose them.
    return [*_phrase(name), f"<{written}>"] if name or '"' in written or "[" in written else [written]


def _phrase(name: str) -> list[str]:
    """A display name: as atoms, as a quoted string, or in encoded words."""
    words = name.split(" ") if name else []
    if name.isascii() and "=?" not in name:
        if all(_ATOM(word) for word in words):
            return words
        if len(name) <= _QUOTED:
            return [_quoted_string(name)]
    return encoded_words(name)


def _quoted_string(text: str) -> str:
    return '"' + _ESCAPED.sub(r"\\\1", text) + '"'


def _sections(key: str, value: str) -> list[str]:
    """``key=value``, in several sections and percent-encoded where it must be (RFC 2231)."""
    if _TOKEN(value):
        return [f"{key}={value}"]
    if value.isascii() and "=?" not in value and len(value) <= _QUOTED:
        return [f"{key}={_quoted_string(value)}"]
    units = [
        "".join(chr(octet) if octet in _PARAM_SAFE else f"%{octet:02X}" for octet in char.encode()) for char in value
    ]
    chunks = _chunks(units, _SECTION)
    if len(chunks) == 1:
        return [f"{key}*=utf-8''{chunks[0]}"]
    return [
        f"{key}*{number}*={chunk if number else f'utf-8{chr(39) * 2}{chunk}'}" for number, chunk in enumerate(chunks)
    ]
