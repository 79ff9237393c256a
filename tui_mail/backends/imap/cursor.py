"""The cursor of a folder: what is known of it, so that any interruption can be taken up where it was.

Owns the cursor's form, JSON that only this backend reads: UIDVALIDITY; UIDNEXT, below which everything is known but the
``holes`` that are still to be fetched; the modification sequence as of which flags are known; where a scan goes on.
Must not know connections.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

VERSION = 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """``holes`` are ranges (first, last) of UIDs never fetched, ascending, apart, all below ``uidnext``."""

    uidvalidity: int
    uidnext: int = 1
    modseq: int = 0
    holes: tuple[tuple[int, int], ...] = ()
    scan: int = 0
    """Without CONDSTORE: flags below this UID are the next to be looked at; 0: from the top."""
    floor: int = 1
    """UIDs below are left on the server, by their age; they are holes, too."""
    older: int = 0
    """So many messages were below ``floor``."""

    def encode(self) -> bytes:
        return json.dumps(
            {
                "v": VERSION,
                "uidvalidity": self.uidvalidity,
                "uidnext": self.uidnext,
                "highestmodseq": self.modseq,
                "holes": self.holes,
                "scan": self.scan,
                "floor": self.floor,
                "older": self.older,
            },
            separators=(",", ":"),
        ).encode("ascii")

    def grown(self, uidnext: int) -> Cursor:
        """New messages: what lies between the old and the new UIDNEXT is a hole."""
        if uidnext <= self.uidnext:
            return self
        return replace(self, uidnext=uidnext, holes=_joined([*self.holes, (self.uidnext, uidnext - 1)]))

    def filled(self, first: int, last: int) -> Cursor:
        """UIDs from ``first`` to ``last`` are known now."""
        left: list[tuple[int, int]] = []
        for low, high in self.holes:
            if high < first or low > last:
                left.append((low, high))
                continue
            if low < first:
                left.append((low, first - 1))
            if high > last:
                left.append((last + 1, high))
        return replace(self, holes=tuple(left))

    @property
    def wanted(self) -> tuple[tuple[int, int], ...]:
        """The holes that are to be fetched: those from ``floor`` on."""
        return tuple((max(low, self.floor), high) for low, high in self.holes if high >= self.floor)

    def bottom(self) -> int:
        """The lowest UID that is known; ``uidnext`` when none is."""
        first = 1
        for low, high in self.holes:
            if low > first:
                break
            first = high + 1
        return first

    def known_set(self) -> bytes:
        """All that is known as a set of UIDs (RFC 7162, 3.2.5.1): without ``*``, b"" when it is nothing."""
        words: list[bytes] = []
        first = 1
        for low, high in (*self.holes, (self.uidnext, self.uidnext)):
            if low - 1 > first:
                words.append(b"%d:%d" % (first, low - 1))
            elif low - 1 == first:
                words.append(b"%d" % first)
            first = high + 1
        return b",".join(words)

    def knows(self, uid: int) -> bool:
        return 0 < uid < self.uidnext and not any(low <= uid <= high for low, high in self.holes)


def decode(value: bytes) -> Cursor | None:
    """None for the empty cursor, and for one that this version cannot read: then the folder is fetched anew."""
    if not value:
        return None
    try:
        table = json.loads(value)
        if table["v"] != VERSION:
            return None
        numbers = [int(table[name]) for name in ("uidvalidity", "uidnext", "highestmodseq", "scan")]
        floor, older = int(table.get("floor", 1)), int(table.get("older", 0))
        holes = _joined([(int(low), int(high)) for low, high in table["holes"]])
    except (ValueError, KeyError, TypeError):
        return None
    uidvalidity, uidnext, modseq, scan = numbers
    sound = tuple(hole for hole in holes if 0 < hole[0] <= hole[1] < uidnext)
    return Cursor(uidvalidity, uidnext, modseq, sound, scan, max(floor, 1), max(older, 0))


def _joined(holes: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for low, high in sorted(holes):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)
