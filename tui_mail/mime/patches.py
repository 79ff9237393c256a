"""Patches in the text of a message, so that a reader can colour them.

Owns the recognition of unified diffs by the numbers in their hunks: what merely looks like a line of one, as the ``-- `` of
a signature, is none. Linear. Must not know colours.
"""

from __future__ import annotations

import re
from typing import Final

from tui_mail.mime.rendered import Mark

MAX_MARKS: Final = 10_000
_HUNK = re.compile(r"@@ -\d{1,9}(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@").match
_FILE = re.compile(
    r"diff (?:--git |-)|Index: \S|index [0-9a-f]{4,64}\.\.[0-9a-f]{4,64}|--- \S|\+\+\+ \S|(?:new|deleted) file mode \d|"
    r"(?:old|new) mode \d|(?:dis)?similarity index \d|(?:rename|copy) (?:from|to) |Binary files .* differ$|GIT binary patch$|={60,}$"
).match
_OPENS = re.compile(r"^(?:diff --git |diff -|Index: \S|--- \S[^\n]*\n\+\+\+ \S)", re.MULTILINE).search
_PATCH_TYPES: Final = frozenset(
    {"text/x-patch", "text/x-diff", "text/x-git-patch", "application/x-patch", "application/x-diff"}
)


def is_patch(kind: str, name: str) -> bool:
    """True for a part that is a patch by its type or its name."""
    return kind in _PATCH_TYPES or name.lower().endswith((".patch", ".diff"))


def find(text: str) -> list[Mark]:
    """Marks of kinds ``patch-…``, in order; none for text that is no patch."""
    opened = _OPENS(text)
    if opened is None:
        return []
    marks: list[Mark] = []
    at = opened.start()
    old = new = 0
    inside = False  # between the head of a file and the end of its hunks
    for row in text[at:].split("\n"):
        kind = ""
        if old > 0 or new > 0:
            kind = _in_hunk(row)
            old -= kind in {"patch-removed", "patch-context"} and row[:1] != "\\"
            new -= kind in {"patch-added", "patch-context"} and row[:1] != "\\"
            if not kind:
                old = new = 0  # broken on its way: what follows is text
        if not kind:
            hunk = _HUNK(row) if inside else None
            if hunk:
                kind = "patch-hunk"
                old, new = int(hunk[1] or 1), int(hunk[2] or 1)
            elif row.startswith("\\ ") and inside:
                kind = "patch-context"
            elif _FILE(row) and (inside or _begins(row, text, at)):
                kind = "patch-file"
                inside = True
            elif row.strip():
                inside = False
        if kind and len(marks) < MAX_MARKS:
            _add(marks, at, at + len(row), kind)
        at += len(row) + 1
    return marks


def _begins(row: str, text: str, at: int) -> bool:
    """True when the line opens a file: a ``---`` by itself needs its ``+++`` below."""
    found = _OPENS(text, at, at + len(row) + 200)
    return found is not None and found.start() == at


def _in_hunk(row: str) -> str:
    sign = row[:1]
    if sign == "+":
        return "patch-added"
    if sign == "-":
        return "patch-removed"
    # An empty line lost the space that it began with.
    return "patch-context" if sign in {" ", "\\", ""} else ""


def _add(marks: list[Mark], start: int, end: int, kind: str) -> None:
    if marks and marks[-1].kind == kind and marks[-1].end + 1 == start:
        marks[-1] = Mark(marks[-1].start, end, kind)
    elif end > start:
        marks.append(Mark(start, end, kind))
