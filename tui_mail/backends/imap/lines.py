"""The line ends of a message on their way to a server: CRLF, as RFC 9051 (6.3.12) and RFC 5322 want it.

Files of Unix end their lines with LF alone, and servers refuse that or change it. Owns the putting in of CR where it is
missing; nothing else is touched. Must not know the protocol.
"""

from __future__ import annotations

import re
from typing import BinaryIO, Final, Protocol

_LONE = re.compile(rb"(?<!\r)\n")
_BLOCK: Final = 1 << 18


class Readable(Protocol):
    """As much of an open file as sending takes."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` octets; none at the end."""
        ...


class WireLines:
    """``source``, an open file from its present place on, with CRLF for every LF that stands alone."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._buffer = b""
        self._last = b""
        start = source.tell()
        missing = size = 0
        while block := self._block():
            size += len(block)
            missing += self._count(block)
        source.seek(start)
        self._last = b""
        self.size = size + missing
        """Octets that ``read`` will give in all."""
        self._exact = not missing

    def read(self, size: int, /) -> bytes:
        """At most ``size`` octets; none at the end."""
        if self._exact:
            return self._source.read(size)
        while len(self._buffer) < size and (block := self._block()):
            first = block.startswith(b"\n") and self._last == b"\r"
            self._last = block[-1:]
            # A line feed at the very beginning may belong to the block before.
            self._buffer += b"\n" + _LONE.sub(b"\r\n", block[1:]) if first else _LONE.sub(b"\r\n", block)
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    def _block(self) -> bytes:
        return self._source.read(_BLOCK)

    def _count(self, block: bytes) -> int:
        lone = block.count(b"\n") - block.count(b"\r\n")
        if block.startswith(b"\n") and self._last == b"\r":
            lone -= 1
        self._last = block[-1:]
        return lone
