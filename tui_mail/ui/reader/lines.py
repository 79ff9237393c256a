"""A line before it becomes a strip: pieces of safe text, each with a role that a theme gives a colour.

Owns the vocabulary between the pure parts and the widgets. Must not know Textual.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import Final

from tui_mail.text.safe import SafeText, own
from tui_mail.text.width import cells, fit, graphemes


class Role(enum.StrEnum):
    """What a piece of text is; the value is the end of its component class (``document-view--subject``)."""

    TEXT = "text"
    MUTED = "muted"
    SUBJECT = "subject"
    SENDER = "sender"
    HEADING = "heading"
    HEADER = "header"
    WARNING = "warning"
    ACCENT = "accent"
    LINK = "link"
    HIT = "hit"
    HIT_HERE = "hit-here"
    QUOTE1 = "quote1"
    QUOTE2 = "quote2"
    QUOTE3 = "quote3"
    QUOTE4 = "quote4"
    RULE = "rule"
    BAR = "bar"
    """The line down the head of a message; in the accent colour while the pane has the focus."""


NOTHING: Final = own("")
QUOTES = (Role.QUOTE1, Role.QUOTE2, Role.QUOTE3, Role.QUOTE4)


@dataclass(frozen=True, slots=True)
class Piece:
    """Text in one role."""

    text: SafeText
    role: Role = Role.TEXT
    link: str = ""
    """The address a terminal may be told the text leads to; only ever one that ``hosts.refusal`` has let pass."""


Line = tuple[Piece, ...]


def length(line: Line) -> int:
    """Width of a line in cells."""
    return sum(cells(piece.text) for piece in line)


def spread(left: Line, right: Line, width: int) -> Line:
    """``left`` and ``right`` at the two edges of ``width`` cells; ``left`` is cut when both do not fit."""
    room = width - length(right)
    if right and room > 0:
        room -= 1
    left = cut_line(left, max(room, 0))
    gap = width - length(left) - length(right)
    return (*left, Piece(own(" " * gap)), *right) if right and gap > 0 else (*left, *right)


def cut_line(line: Line, width: int) -> Line:
    """The first ``width`` cells of ``line``, with … where something is cut."""
    room = width
    done: list[Piece] = []
    for piece in line:
        size = cells(piece.text)
        if size > room:
            if room > 0:
                done.append(replace(piece, text=fit(piece.text, room)))
            elif done and width > 0:
                last = done.pop()
                keep = cells(last.text) - 1
                done.append(replace(last, text=own(fit(last.text, keep) + "…") if keep > 0 else own("…")))
            break
        done.append(piece)
        room -= size
    return tuple(done)


def window(line: Line, shift: int, width: int) -> Line:
    """``width`` cells of ``line`` from the cell ``shift`` on; ‹ and › where it goes on."""
    size = length(line)
    if not shift and size <= width:
        return line
    before, after = shift > 0 and size > 0, size - shift > width
    skip, room = shift + before, width - before - after
    done: list[Piece] = [Piece(own("‹"), Role.MUTED)] if before else []
    at = 0
    for piece in line:
        text, start, end = piece.text, at, at + cells(piece.text)
        at = end
        if end <= skip or start >= skip + room:
            continue
        if start < skip or end > skip + room:
            text = between(text, skip - start, skip + room - start)
        done.append(replace(piece, text=text))
    gap = room - sum(cells(piece.text) for piece in done[before:])
    if after:
        done += [Piece(own(" " * gap))] if gap > 0 else []
        done.append(Piece(own("›"), Role.MUTED))
    return tuple(done)


def between(text: SafeText, first: int, last: int) -> SafeText:
    """The cells from ``first`` to ``last``; spaces stand for the half of a wide character."""
    if text.isascii():
        return SafeText(text[max(first, 0) : last])
    found, at = "", 0
    for start, stop, size in graphemes(text):
        inside = min(at + size, last) - max(at, first)
        if inside == size:
            found += text[start:stop]
        elif inside > 0:
            found += " " * inside
        at += size
    return SafeText(found)
