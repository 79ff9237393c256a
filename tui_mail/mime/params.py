"""Parameters of Content-Type and Content-Disposition (RFC 2045, 5.1), continued and encoded ones too (RFC 2231).

Owns their grammar. Bounded and linear. Must not know what a parameter is used for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from tui_mail.mime.charsets import decode as decode_charset
from tui_mail.mime.words import WHITE, clean, decode_words, from_wire

_MAX_LENGTH = 32_768
_MAX_COUNT = 300
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,4}))?(\*)?").fullmatch
_PLAIN = re.compile(r"\s*([^\s=;\"]+)\s*=\s*").match
_QUOTED_END = re.compile(r'[\\"]')
_COMMENT = re.compile(r"\s*\([^()]*\)\s*")
_UNPARTED = re.compile(r"\s*([^\s=\"]+)\s+([^\s=\"]+\s*=.*)", re.DOTALL).fullmatch


@dataclass(frozen=True, slots=True)
class Params:
    """``value`` lower case and without parameters; names lower case, values decoded and without controls."""

    value: str
    params: dict[str, str] = field(default_factory=dict)
    repeated: bool = False
    """A parameter was given twice; the first counts."""


def parse_params(value: bytes) -> Params:
    """Read ``value``; damaged parameters are left out, an unclosed quotation mark runs to the end."""
    text = value[:_MAX_LENGTH].decode("latin-1")
    head, _semicolon, rest = text.partition(";")
    if "(" in head:
        head = _COMMENT.sub("", head)
    if "=" in head and (unparted := _UNPARTED(head)):
        head, rest = unparted[1], f"{unparted[2]};{rest}"  # the first semicolon was forgotten
    kind = clean(head).strip().strip('"').lower()
    if not rest:
        return Params(kind)
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    repeated = False
    for name, given in _pairs(rest):
        match = _SECTION(name)
        if match is None:
            continue
        key = match[1]
        if match[2] is None and match[3] is None:
            repeated = repeated or key in plain
            plain.setdefault(key, given)
        else:
            sections.setdefault(key, {}).setdefault(int(match[2] or 0), (given, match[3] is not None))
    found = {key: _decoded(given) for key, given in plain.items()}
    for key, parts in sections.items():
        found[key] = _joined(parts)
    return Params(kind, found, repeated)


def _pairs(text: str) -> list[tuple[str, str]]:
    """Names, lower case, and values without their quotes, in order."""
    pairs: list[tuple[str, str]] = []
    at = 0
    while at < len(text) and len(pairs) < _MAX_COUNT:
        match = _PLAIN(text, at)
        if match is None:
            at = text.find(";", at) + 1
            if at == 0:
                break
            continue
        at = match.end()
        if text.startswith('"', at):
            given, at = _quoted(text, at + 1)
            semicolon = text.find(";", at)
        else:
            semicolon = text.find(";", at)
            given = text[at : len(text) if semicolon < 0 else semicolon].strip(WHITE)
        pairs.append((match[1].lower(), given))
        if semicolon < 0:
            break
        at = semicolon + 1
    return pairs


def _quoted(text: str, at: int) -> tuple[str, int]:
    """The content of the quoted string that opened before ``at``, escapes undone, and where it ended."""
    parts: list[str] = []
    while True:
        match = _QUOTED_END.search(text, at)
        if match is None:
            parts.append(text[at:])
            return "".join(parts), len(text)
        parts.append(text[at : match.start()])
        at = match.end()
        if match[0] == '"':
            return "".join(parts), at
        # A backslash escapes a quotation mark or itself; before anything else it is one (a path of Windows).
        following = text[at : at + 1]
        parts.append(following if following in {'"', "\\"} else "\\" + following)
        at += 1


def _decoded(given: str) -> str:
    text = from_wire(given)
    return clean(decode_words(text)).strip()


def _joined(parts: dict[int, tuple[str, bool]]) -> str:
    """Sections in their order up to the first that is missing; the first one names the charset (RFC 2231, 4.1)."""
    charset = ""
    data = b""
    for number in range(len(parts)):
        if number not in parts:
            break
        given, encoded = parts[number]
        if encoded and number == 0 and given.count("'") >= 2:
            charset, _language, given = given.split("'", 2)
        piece = given.encode("latin-1")
        data += unquote_to_bytes(piece) if encoded else piece
    return clean(decode_words(decode_charset(data, charset))).strip()
