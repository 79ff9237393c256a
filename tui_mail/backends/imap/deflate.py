"""Compression of one connection (RFC 4978): raw deflate in both directions, bounded in what one piece may grow to.

Owns the two streams. Must not know sockets.
"""

from __future__ import annotations

import zlib

MOST = 1 << 20
"""Octets that are unpacked at once; a small piece of a hostile stream can hold a thousand times its size."""


class Deflate:
    """State of both directions."""

    def __init__(self) -> None:
        self._out = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._in = zlib.decompressobj(-zlib.MAX_WBITS)

    def pack(self, data: bytes) -> bytes:
        """``data`` as it goes out, so that the other side can read all of it at once."""
        return self._out.compress(data) + self._out.flush(zlib.Z_SYNC_FLUSH)

    def unpack(self, received: bytes) -> bytes:
        """What can be unpacked now, at most ``MOST`` octets; b"" where more has to arrive first. Raises zlib.error."""
        return self._in.decompress(self._in.unconsumed_tail + received, MOST)

    @property
    def has_more(self) -> bool:
        """True when ``unpack(b"")`` has something without anything arriving."""
        return bool(self._in.unconsumed_tail)
