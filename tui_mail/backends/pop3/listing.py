"""What is in a mailbox: the answers to STAT, LIST and UIDL as one table, and whether they agree.

Owns the reading of these answers. What a server does not say, says twice or says wrong is data here, and no error. Must
not know connections, nor which messages are known.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

_STAT = re.compile(r"([0-9]{1,10}) +([0-9]{1,18})(?: .*)?")
_LIST = re.compile(rb"([0-9]{1,10}) +([0-9]{1,18})(?: .*)?", re.DOTALL)
"""Numbers that fit in 64 bits, whoever keeps them."""
_UIDL = re.compile(rb"([0-9]{1,10}) +(.*)", re.DOTALL)
_IDENTIFIER = re.compile(rb"[!-~]{1,70}")
"""RFC 1939, 7."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One message of a session; ``number`` means nothing in another."""

    number: int
    size: int
    """Octets, as the server says."""
    uidl: str = ""
    """Empty where the server gives none, or one that RFC 1939 does not allow."""


@dataclass(frozen=True)
class Listing:
    """A mailbox as it was when the session began, by number."""

    messages: tuple[Listed, ...]
    count: int
    """Messages, by STAT."""
    octets: int
    """Of all of them, by STAT."""
    has_uidl: bool
    """The server knows UIDL."""
    odd: int = 0
    """Lines that could not be read, numbers that came twice, UIDLs of messages that LIST does not know."""

    @cached_property
    def consistent(self) -> bool:
        """STAT and LIST say the same count, and number the messages as they must be: else nothing is deleted by it."""
        return (
            not self.odd
            and len(self.messages) == self.count
            and all(each.number == place for place, each in enumerate(self.messages, 1))
        )

    @cached_property
    def complete(self) -> bool:
        """Every message has a UIDL: what is not among them is not at the server any more."""
        return self.consistent and self.has_uidl and all(each.uidl for each in self.messages)

    @cached_property
    def duplicates(self) -> frozenset[str]:
        """UIDLs that several messages share, which they must not."""
        counts = Counter(each.uidl for each in self.messages if each.uidl)
        return frozenset(uidl for uidl, count in counts.items() if count > 1)

    @cached_property
    def sizes(self) -> Mapping[int, int]:
        """Octets by number."""
        return {each.number: each.size for each in self.messages}

    @cached_property
    def sizes_agree(self) -> bool:
        """The sizes add up to what STAT says; with servers that guess them they do not."""
        return sum(each.size for each in self.messages) == self.octets


def parse_stat(text: str) -> tuple[int, int] | None:
    """Count and octets, or None where the answer cannot be read."""
    found = _STAT.fullmatch(text.strip())
    return (int(found[1]), int(found[2])) if found else None


def parse(stat: tuple[int, int], sizes: Iterable[bytes], uidls: Iterable[bytes] | None) -> Listing:
    """The table of the lines of LIST and UIDL; ``uidls`` is None where the server knows no UIDL."""
    odd = 0
    found: dict[int, int] = {}
    for line in sizes:
        match = _LIST.fullmatch(line)
        if match is None or int(match[1]) in found:
            odd += 1
        else:
            found[int(match[1])] = int(match[2])
    named: dict[int, str] = {}
    for line in uidls or ():
        match = _UIDL.fullmatch(line)
        if match is None or int(match[1]) not in found:
            odd += 1
            continue
        number, uidl = int(match[1]), match[2].strip(b" ")
        if number in named:  # which of them is meant, nobody knows
            odd += 1
            uidl = b""
        named[number] = uidl.decode("ascii") if _IDENTIFIER.fullmatch(uidl) else ""
    messages = tuple(Listed(number, found[number], named.get(number, "")) for number in sorted(found))
    return Listing(messages, stat[0], stat[1], uidls is not None, odd)
