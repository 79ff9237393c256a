"""What a server says it can do (CAPA, RFC 2449), as data.

Owns the reading of its lines. Must not know connections.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_LONGEST = 10


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The words of CAPA; ``known`` is False where the server knows no CAPA, so that all may be tried."""

    known: bool = False
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Arguments by name; both in upper case, but for those of IMPLEMENTATION."""

    def has(self, name: str) -> bool:
        return name in self.words

    def may(self, name: str) -> bool:
        """True where the server says so, or says nothing at all."""
        return name in self.words or not self.known

    @property
    def mechanisms(self) -> frozenset[str]:
        """Of SASL."""
        return frozenset(self.words.get("SASL", ()))

    @property
    def pipelining(self) -> bool:
        return "PIPELINING" in self.words

    @property
    def login_delay(self) -> int | None:
        """Seconds that it wants between two sign-ins; None: it does not say."""
        return _number(self.words.get("LOGIN-DELAY", ()))

    @property
    def expire(self) -> float | None:
        """Days after which the server deletes by itself what it keeps; infinite: never; None: it does not say.

        0 is said by servers that may delete at QUIT whatever was retrieved, and by some (Gmail) that do not.
        """
        arguments = self.words.get("EXPIRE", ())
        return math.inf if arguments[:1] == ("NEVER",) else _number(arguments)

    @property
    def implementation(self) -> str:
        """Its name, as it says; for the person who reads a diagnosis."""
        return " ".join(self.words.get("IMPLEMENTATION", ()))


def parse(lines: Iterable[bytes]) -> Capabilities:
    """The capabilities of the lines of an answer; what cannot be read is left out."""
    words: dict[str, tuple[str, ...]] = {}
    for line in lines:
        name, *arguments = line.decode("ascii", "replace").split() or [""]
        name = name.upper()
        if not name or not name.isprintable():
            continue
        if name != "IMPLEMENTATION":
            arguments = [each.upper() for each in arguments]
        words[name] = (*words.get(name, ()), *(each for each in arguments if each.isprintable()))
    return Capabilities(True, words)


def _number(arguments: tuple[str, ...]) -> int | None:
    if arguments and arguments[0].isascii() and arguments[0].isdigit() and len(arguments[0]) <= _LONGEST:
        return int(arguments[0])
    return None
