"""Find inside a message: where words stand, whatever their case, accents or line breaks.

Owns the pattern made from what a person types and the walk over its hits. Must not know rows, colours or widgets.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from functools import cache

HITS_LIMIT = 20_000
"""More hits than this are not counted."""

_MARKS = "[\u0300-\u036f]*"
_LATIN = (range(0xC0, 0x250), range(0x1E00, 0x1F00))


@cache
def _variants() -> dict[str, str]:
    """For every letter a to z, the accented letters that are read as it."""
    found: dict[str, list[str]] = {}
    for code in (code for codes in _LATIN for code in codes):
        base = unicodedata.normalize("NFD", chr(code))[0].lower()
        if base.isascii() and base.isalpha():
            found.setdefault(base, []).append(chr(code))
    return {base: "".join(letters) for base, letters in found.items()}


def pattern(wanted: str) -> re.Pattern[str] | None:
    """What finds ``wanted``: any case; a plain letter finds its accented forms; a space any break, quote marks too.

    None when nothing is wanted.
    """
    words = unicodedata.normalize("NFC", wanted).split()
    if not words:
        return None
    return re.compile(r"[\s>]+".join("".join(map(_letter, word)) for word in words), re.IGNORECASE)


def _letter(char: str) -> str:
    others = _variants().get(char.lower())
    if others:
        return f"[{char}{others}]{_MARKS}"
    decomposed = unicodedata.normalize("NFD", char)
    if decomposed != char:
        return f"(?:{re.escape(char)}|{re.escape(decomposed)})"
    return re.escape(char)


class Hits:
    """Every place in ``text`` where ``wanted`` stands, and which of them is the current one."""

    def __init__(self, text: str, wanted: str) -> None:
        self.wanted = wanted
        found = pattern(wanted)
        self.spans: list[tuple[int, int]] = []
        self.current = -1
        if found is not None:
            for hit in found.finditer(text):
                if len(self.spans) >= HITS_LIMIT:
                    break
                if hit.end() > hit.start():
                    self.spans.append(hit.span())
        self._starts = [start for start, _ in self.spans]

    def __len__(self) -> int:
        return len(self.spans)

    def start_at(self, offset: int) -> int:
        """Make the first hit at or after ``offset`` the current one, else the first of all; where it stands, or -1."""
        if not self.spans:
            return -1
        self.current = bisect_left(self._starts, offset) % len(self.spans)
        return self._starts[self.current]

    def step(self, count: int) -> int:
        """Go ``count`` hits on (back when negative), round the end; where that hit stands, or -1."""
        if not self.spans:
            return -1
        self.current = (self.current + count) % len(self.spans)
        return self._starts[self.current]

    def between(self, start: int, end: int) -> list[tuple[int, int, bool]]:
        """The parts of hits inside ``start`` to ``end``; True for the current hit."""
        found: list[tuple[int, int, bool]] = []
        number = max(bisect_right(self._starts, start) - 1, 0)
        while number < len(self.spans) and self.spans[number][0] < end:
            first, last = self.spans[number]
            if last > start:
                found.append((max(first, start), min(last, end), number == self.current))
            number += 1
        return found
