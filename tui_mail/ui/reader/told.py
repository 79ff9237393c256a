"""A text without what a card above it says already.

Owns the taking out of lines, and that marks stay on their words. Must not know cards.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise

from tui_mail.mime.rendered import Mark
from tui_mail.text.safe import SafeText


def without(text: SafeText, marks: Sequence[Mark], told: Collection[str]) -> tuple[SafeText, tuple[Mark, ...]]:
    """The text without the lines of reports that are in ``told``, and the empty lines that parted them from the rest."""
    gone = [spot for mark in marks if mark.kind == "report" for spot in _spots(text, mark, told)]
    if not gone:
        return text, tuple(marks)
    edges = [0, *(edge for spot in gone for edge in spot), len(text)]
    kept = "".join(text[start:end] for start, end in list(pairwise(edges))[::2])

    def moved(offset: int) -> int:
        return offset - sum(min(max(offset - start, 0), end - start) for start, end in gone)

    left = (replace(mark, start=moved(mark.start), end=moved(mark.end)) for mark in marks)
    return SafeText(kept.rstrip("\n")), tuple(mark for mark in left if mark.start < mark.end)


def _spots(text: str, mark: Mark, told: Collection[str]) -> list[tuple[int, int]]:
    """Where the told lines of a report stand; all of it with the empty lines behind it."""
    lines = text[mark.start : mark.end].split("\n")
    if all(line in told for line in lines):
        return [(mark.start, len(text) - len(text[mark.end :].lstrip("\n")))]
    spots: list[tuple[int, int]] = []
    at, kept = mark.start, 0
    for line in lines:
        if line not in told:
            kept += 1
        else:  # with the break before it, or behind it where nothing stays before
            spots.append((at - 1, at + len(line)) if kept else (at, at + len(line) + 1))
        at += len(line) + 1
    return spots
