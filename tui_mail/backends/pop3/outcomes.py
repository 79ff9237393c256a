"""What a session has to say of a message, and of its own end.

Owns the dataclasses. Must not know how it came to it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from tui_mail.model.errors import TuiMailError

HEAD: Final = 1 << 20
"""Octets kept of a header."""


class Update(enum.Enum):
    """What is known of the deletions of a session once it has ended."""

    CONFIRMED = "confirmed"
    """QUIT was answered with yes: they are done."""
    REFUSED = "refused"
    """With no: some may be done."""
    UNKNOWN = "unknown"
    """With nothing: all may be done, or none."""
    UNSAID = "unsaid"
    """The connection had ended before QUIT could be said: none are done."""


@dataclass(frozen=True, slots=True)
class Ended:
    """``words`` are the server's."""

    update: Update
    words: str = ""


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A message came whole, as ``octets`` in its sink; or ``error`` says why not: Gone, Refused, Throttled.

    ``announced`` is the size that LIST gave. Servers that guess sizes are known; a smaller message than announced, of
    one that does not, was cut short before it was sent.
    """

    number: int
    octets: int = 0
    announced: int = 0
    error: TuiMailError | None = None


@dataclass(frozen=True, slots=True)
class Top:
    """A message's header (``HEAD`` octets at most) and as many lines as asked for; or ``error`` says why not."""

    number: int
    raw: bytes = b""
    error: TuiMailError | None = None
