"""Which parts of a message are fetched to read it, and which may stay on its server, judged by what the server tells.

Owns the choice. Must not know how parts come.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tui_mail.mime.embedded import is_wrapped
from tui_mail.mime.reports import DELIVERY, HEADERS, READ
from tui_mail.model.structure import RemotePart

MAX_NEEDED: Final = 2 << 20
"""Octets of what is read; a message with more of it is fetched whole."""
SMALL: Final = 32 << 10
"""Octets of a part that comes with the text: asking for it later would take longer than it does."""
MAX_SMALL: Final = 256 << 10
"""Octets of all of these together."""
_WORTH: Final = 2
"""Parts stay behind where they are at least one in so many octets of the message."""
_OF_REPORTS: Final = DELIVERY | READ | HEADERS
_MESSAGES: Final = frozenset({"message/rfc822", "message/global"})


@dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of the parts of one message."""

    wanted: frozenset[str]
    """Section numbers of the parts that are fetched."""
    left_out: dict[str, int]
    """Those of the others, with their octets after decoding, about."""


def choose(whole: RemotePart) -> Choice | None:
    """What to fetch of a message; None where it is better fetched whole."""
    leaves = list(whole.leaves())
    if any(is_wrapped(part) for part in leaves):
        return None  # its files are inside one part, and nobody knows them before that is here
    needed = [part for part in leaves if _is_read(part, alone=part is whole)]
    if _octets(needed) > MAX_NEEDED:
        return None
    wanted = {part.path for part in needed}
    room = MAX_SMALL
    for part in leaves:
        if part.path not in wanted and part.octets <= min(SMALL, room):
            wanted.add(part.path)
            room -= part.octets
    left = [part for part in leaves if part.path not in wanted]
    if _octets(left) * _WORTH < _octets(leaves) or not left:
        return None
    return Choice(frozenset(wanted), {part.path: part.size for part in left})


def _is_read(part: RemotePart, *, alone: bool) -> bool:
    """True for what ``mime.choose`` may take for text; ``alone``: it is the whole message."""
    if part.type in _OF_REPORTS:
        return True
    if part.disposition == "attachment":
        return False
    if part.type in _MESSAGES:
        return part.octets <= MAX_NEEDED
    if not part.type.startswith("text/"):
        return False
    return alone or not part.name or (part.disposition == "inline" and part.type == "text/plain")


def _octets(parts: Iterable[RemotePart]) -> int:
    return sum(part.octets for part in parts)
