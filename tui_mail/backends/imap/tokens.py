"""The grammar of answers: one response becomes nested lists of bytes, or it is refused as a whole.

Owns the tokenizer (RFC 9051, 9). It fails on whatever it cannot match instead of skipping it, so that a broken response
is one broken message and never a wrong one. Must not know what the words mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, TypeAlias

MAX_DEPTH = 100
_BLOCK: Final = 1 << 18


class Spooled:
    """A literal too large for memory, in a file that has no name and goes with this object."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.size = size

    def blocks(self) -> Iterator[bytes]:
        """Its octets, from the beginning."""
        self._file.seek(0)
        while block := self._file.read(_BLOCK):
            yield block

    def whole(self) -> bytes:
        """Its octets in one piece, for whoever needs them so."""
        self._file.seek(0)
        return self._file.read()

    def __del__(self) -> None:
        self._file.close()


Token: TypeAlias = "bytes | Spooled | list[Token] | None"  # noqa: S105 -- a word of a grammar

_TOKEN = re.compile(
    rb"[ ]*(?:"
    rb'"([^"\\\r\n\0]*+(?:\\[^\r\n\0][^"\\\r\n\0]*+)*+)"'  # 1: quoted string
    rb"|([()])"  # 2: list
    # 3: atom; brackets may hold spaces and parentheses, a lone ] occurs in flags of Gmail
    rb'|((?:[^\x00-\x20()"\[{\x7f]++|\[[^\]\r\n\0]*+\])++)'
    rb")"
)
_SPACES = re.compile(rb"[ ]*")
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


class Malformed(ValueError):
    """These bytes are no response that can be read."""


@dataclass(frozen=True, slots=True)
class Record:
    """One response as it came: text around its literals, ``len(pieces) == len(literals) + 1``."""

    pieces: tuple[bytes, ...]
    """Without the ``{n}`` that announces each literal, and without the end of the line."""
    literals: tuple[bytes | Spooled, ...] = ()

    def text(self) -> bytes:
        """What stands before the first literal."""
        return self.pieces[0]


def parse(record: Record, start: int = 0) -> list[Token]:
    """The tokens of ``record`` from offset ``start`` of its first piece on; NIL in any case is None.

    Raises Malformed.
    """
    top: list[Token] = []
    current = top
    above: list[list[Token]] = []
    for number, piece in enumerate(record.pieces):
        position = start if number == 0 else 0
        end = len(piece)
        while position < end:
            match = _TOKEN.match(piece, position)
            if match is None:
                if _SPACES.fullmatch(piece, position):
                    break
                raise Malformed(f"not understood at offset {position}")
            position = match.end()
            kind = match.lastindex
            if kind == 3:
                atom = match[3]
                current.append(None if len(atom) == 3 and atom.upper() == b"NIL" else atom)
            elif kind == 1:
                text = match[1]
                current.append(_ESCAPED.sub(rb"\1", text) if b"\\" in text else text)
            elif match[2] == b"(":
                if len(above) >= MAX_DEPTH:
                    raise Malformed("nested too deeply")
                inner: list[Token] = []
                current.append(inner)
                above.append(current)
                current = inner
            elif above:
                current = above.pop()
            else:
                raise Malformed("a parenthesis closes nothing")
        if number < len(record.literals):
            current.append(record.literals[number])
    if above:
        raise Malformed("a parenthesis is not closed")
    return top


def pairs(tokens: list[Token]) -> dict[bytes, Token]:
    """``[name, value, name, value …]`` by upper-case name. Raises Malformed."""
    if len(tokens) % 2:
        raise Malformed("a name without a value")
    found: dict[bytes, Token] = {}
    for name, value in zip(tokens[::2], tokens[1::2], strict=True):
        if not isinstance(name, bytes):
            raise Malformed("a name was expected")
        found[name.upper()] = value
    return found


def number(token: Token) -> int:
    """A number that fits 63 bits. Raises Malformed."""
    if not isinstance(token, bytes) or not token.isdigit() or len(token) > 19:
        raise Malformed("a number was expected")
    return int(token)


def identity_of(items: dict[bytes, Token], *names: bytes) -> str:
    """The identifier under the first of ``names`` that has one (RFC 8474: in parentheses, Gmail: a number); or ""."""
    for name in names:
        value = items.get(name)
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, bytes):
            return value.decode("ascii", "replace")
    return ""
