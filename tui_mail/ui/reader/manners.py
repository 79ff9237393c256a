"""The lines of a text, and what its marks say of each: whose words it is, and how it wants to be laid out.

Owns the reading of ``Rendered.marks``, once for a text and only as far as somebody looks. Guesses nothing that a mark could
say. Must not know widths, colours or widgets.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from tui_mail.mime.rendered import Mark
from tui_mail.text.safe import SafeText

PARAGRAPH_LIMIT: Final = 8_000
"""Characters; a longer line is laid out as several paragraphs, so that one line of a megabyte stays lazy."""

_PIECE = re.compile(rf"[^\n]{{1,{PARAGRAPH_LIMIT // 2}}}(?:(?<= )|(?= )|$)|[^\n]{{1,{PARAGRAPH_LIMIT // 2}}}")
_SIGNS = re.compile(r" ?>(?: ?>)* ?")


class Kind(enum.Enum):
    """What a line is, apart from its quote level; the values are kinds of marks."""

    TEXT = ""
    ATTRIBUTION = "attribution"
    FORWARDED = "forwarded"
    SIGNATURE = "signature"
    HEADING = "heading"
    PRE = "pre"
    TABLE = "table"
    RULE = "rule"
    OWN = "own"
    REPORT = "report"
    FILE = "patch-file"
    HUNK = "patch-hunk"
    ADDED = "patch-added"
    REMOVED = "patch-removed"
    CONTEXT = "patch-context"


UNWRAPPED: Final = frozenset(
    {Kind.PRE, Kind.TABLE, Kind.FILE, Kind.HUNK, Kind.ADDED, Kind.REMOVED, Kind.CONTEXT, Kind.RULE, Kind.OWN}
)
"""What keeps its lines: their columns mean something."""
_KINDS: Final = {kind.value: kind for kind in Kind if kind is not Kind.TEXT}


@dataclass(frozen=True, slots=True)
class Manner:
    """How a line is laid out."""

    kind: Kind = Kind.TEXT
    level: int = 0
    """Depth of quoting; 0 is the writer's own text."""
    hang: int = 0
    """Cells by which its further rows are indented."""

    @property
    def wraps(self) -> bool:
        return self.kind not in UNWRAPPED

    @property
    def quoted(self) -> bool:
        """True where it may be folded."""
        return self.level > 0 and self.kind is not Kind.FORWARDED


PLAIN: Final = Manner()


def signs(line: str) -> int:
    """How many characters of a quoted line are marks of quoting; bars are drawn in their place."""
    found = _SIGNS.match(line)
    return found.end() if found else 0


class Lines:
    """The lines of ``text``; long ones in pieces."""

    def __init__(self, text: SafeText, marks: Sequence[Mark] = ()) -> None:
        self.text = text
        self.lines, self.offsets = _split(text)
        self._marks = [mark for mark in marks if mark.kind != "link"]
        self._manners: list[Manner] = []
        self._shared: dict[tuple[Kind, int, int], Manner] = {}
        self._next = 0
        self._open: list[Mark] = []
        self.only_quotes = _only_quotes(text, self._marks)
        """All of it is somebody else's words."""

    def __len__(self) -> int:
        return len(self.lines)

    def manner(self, number: int) -> Manner:
        """How line ``number`` is laid out."""
        if not self._marks:
            return PLAIN
        while len(self._manners) <= number:
            self._manners.append(self._read(len(self._manners)))
        return self._manners[number]

    def _read(self, number: int) -> Manner:
        """The marks over the next line: those still open from the line before, and those that begin in it."""
        start = self.offsets[number]
        end = start + len(self.lines[number])
        marks = self._marks
        if self._open:
            self._open = [mark for mark in self._open if mark.end > start]
        while self._next < len(marks) and marks[self._next].start < max(end, start + 1):
            if marks[self._next].end > start:
                self._open.append(marks[self._next])
            self._next += 1
        if not self._open:
            return PLAIN
        kind, level, hang = Kind.TEXT, 0, 0
        for mark in self._open:
            if mark.kind == "quote":
                level = max(level, mark.value)
            elif mark.kind == "item":
                hang = max(hang, mark.start - start + mark.value) if mark.start >= start else hang
            elif mark.kind in _KINDS and kind is not Kind.TABLE:
                kind = _KINDS[mark.kind]
                level = max(level, mark.value) if kind is Kind.FORWARDED else level
        if level and hang:
            hang = max(hang - signs(self.lines[number]), 0)
        key = (kind, level, hang)
        return self._shared.setdefault(key, Manner(*key))


def _split(text: SafeText) -> tuple[list[SafeText], list[int]]:
    """The lines of ``text`` and where each begins; a long one in pieces."""
    lines = text.split("\n")
    if len(text) <= PARAGRAPH_LIMIT or max(map(len, lines)) <= PARAGRAPH_LIMIT:
        return [SafeText(line) for line in lines], list(accumulate((len(line) + 1 for line in lines), initial=0))
    done: list[SafeText] = []
    offsets = [0]
    for line in lines:
        pieces = _PIECE.findall(line) if len(line) > PARAGRAPH_LIMIT else [line]
        for piece in pieces:
            done.append(SafeText(piece))
            offsets.append(offsets[-1] + len(piece))
        offsets[-1] += 1
    return done, offsets


def _only_quotes(text: str, marks: Sequence[Mark]) -> bool:
    """True when nothing but quotes, and what introduces them, is in the text."""
    at = 0
    for mark in marks:
        if mark.kind not in {"quote", "attribution"}:
            continue
        if mark.start > at and text[at : mark.start].strip():
            return False
        at = max(at, mark.end)
    return at > 0 and not text[at:].strip()
