"""What a message consists of, as its server tells it before any of it is fetched (RFC 9051, BODYSTRUCTURE).

Owns values that do not change. Must not know who made them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RemotePart:
    """One part, or a multipart with its members. A message inside the message is one part, whatever it consists of."""

    path: str
    """The section number, such as ``1`` or ``2.1``; empty for a multipart that is the whole message."""
    type: str
    """Lower case, as in ``text/plain``."""
    octets: int = 0
    """As it is encoded; 0 for a multipart."""
    encoding: str = ""
    """Transfer encoding: ``base64``, ``quoted-printable``, ``uuencode`` or empty."""
    charset: str = ""
    name: str = ""
    """As the message says it, decoded: no file name yet."""
    disposition: str = ""
    """``inline``, ``attachment`` or empty."""
    content_id: str = ""
    """Without angle brackets."""
    members: tuple[RemotePart, ...] = ()

    def leaves(self) -> Iterator[RemotePart]:
        """The parts that are no multiparts, in order."""
        if not self.is_multipart:
            yield self
        for member in self.members:
            yield from member.leaves()

    def entities(self) -> Iterator[RemotePart]:
        """Itself and everything inside, in order."""
        yield self
        for member in self.members:
            yield from member.entities()

    @property
    def is_multipart(self) -> bool:
        """True when it has no body of its own."""
        return self.type.startswith("multipart/")

    @property
    def size(self) -> int:
        """Octets after decoding, about: what lines of the usual length come to."""
        if self.encoding != "base64":
            return self.octets
        lines, rest = divmod(self.octets, _LINE)
        return lines * _IN_LINE + rest * 3 // 4


_LINE, _IN_LINE = 78, 57
"""Octets of a line of base64 with its end, and what they stand for."""
DECODED = _IN_LINE / _LINE
"""What an octet of base64 comes to."""
