"""Text to format=flowed (RFC 3676), so that every reader can wrap it anew.

Owns where lines are broken and which are stuffed with a space; ``mime.flowed`` is the way back. Must not know
transfer encodings.
"""

from __future__ import annotations

import re
from typing import Final

from tui_mail.text.width import cells

WIDTH: Final = 72
"""Cells of a line, the space of its soft break not counted."""
_LEAST: Final = 40
"""What is left of a line for the text of a deep quote, at least."""
_SIGNATURE: Final = "-- "
_WORD = re.compile("[^ ]+ *")


def flow(text: str) -> str:
    """Lines ended by LF to lines of format=flowed, delsp=no.

    Words are never broken, so that links stay whole. Spaces at the end of a line are dropped, but those of the line
    before a signature. Indented lines are code or tables and are left as they are.
    """
    return "\n".join(line for row in text.split("\n") for line in _lines(row))


def _lines(row: str) -> list[str]:
    """One line as typed, which is a paragraph, as lines of the message."""
    content = row.lstrip(">")
    depth = len(row) - len(content)
    if depth:
        content = content.removeprefix(" ")
    if content != _SIGNATURE:
        content = content.rstrip(" ")
    if not content:
        return [">" * depth]
    pieces = _pieces(content, max(WIDTH - depth - 1, _LEAST) if depth else WIDTH)
    if depth:
        return [f"{'>' * depth} {piece}" for piece in pieces]
    return [f" {piece}" if piece.startswith((" ", ">", "From ")) else piece for piece in pieces]


def _pieces(content: str, width: int) -> list[str]:
    """The paragraph broken after spaces, which stay at the ends of the lines."""
    if content.startswith((" ", "\t")) or cells(content) <= width:
        return [content]
    pieces: list[str] = []
    current, used = "", 0
    for match in _WORD.finditer(content):
        word = match[0]
        size = cells(word)
        # A line of nothing but "-- " would begin a signature.
        if current and used + size - (len(word) - len(word.rstrip(" "))) > width and current != _SIGNATURE:
            pieces.append(current)
            current, used = "", 0
        current += word
        used += size
    pieces.append(current)
    return pieces
