"""Text by the cells it takes on a screen: measuring, cutting, padding, wrapping.

Owns the only use of ``rich.cells`` for layout; what it says is the truth, since the screen is drawn by it. Must not
know widgets or styles.
"""

from __future__ import annotations

import re

from rich.cells import cell_len, split_graphemes

from tui_mail.text.safe import SafeText

_ELLIPSIS = "…"
_WIDE = 2
# Latin, Greek, Cyrillic and the usual punctuation: one cell each, so that lengths will do.
_narrow = re.compile(
    "[ -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038e-\u03a1\u03a3-\u0482\u048a-\u052f"
    "\u1e00-\u1eff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf]*"
).fullmatch


def cells(text: str) -> int:
    """How many cells ``text`` takes; one line, without breaks."""
    if (text.isascii() and text.isprintable()) or _narrow(text):
        return len(text)
    return cell_len(text)


def graphemes(text: str) -> list[tuple[int, int, int]]:
    """What is drawn as one: start, end, and how many cells it takes."""
    return split_graphemes(text)[0]


def cut(text: SafeText, width: int) -> SafeText:
    """``text``, at most ``width`` cells of it, the last one … when something was left out."""
    if width <= 0:
        return SafeText("")
    if text.isascii() or _narrow(text):
        return text if len(text) <= width else SafeText(text[: width - 1] + _ELLIPSIS)
    if cells(text) <= width:
        return text
    end = used = 0
    for _start, stop, size in split_graphemes(text)[0]:
        if used + size > width - 1:
            break
        used += size
        end = stop
    return SafeText(text[:end] + _ELLIPSIS)


def cut_before(text: SafeText, kept: int, width: int) -> SafeText:
    """``text``, at most ``width`` cells of it: what is left out stood before its last ``kept`` characters, if those fit."""
    if cells(text) <= width:
        return text
    kept = min(kept, len(text))
    end = text[len(text) - kept :]
    room = width - cells(end)
    if room > 1:
        return SafeText(cut(SafeText(text[: len(text) - kept]), room) + end)
    used, start = 1, len(text)  # the … takes a cell
    for first, _stop, size in reversed(split_graphemes(text)[0]):
        if used + size > width:
            break
        used, start = used + size, first
    return SafeText(_ELLIPSIS + text[start:]) if width > 0 else SafeText("")


def fit(text: SafeText, width: int, right: bool = False) -> SafeText:
    """``text`` in exactly ``width`` cells: cut with … or padded with spaces, on the left when ``right`` is wanted."""
    short = cut(text, width)
    gap = width - cells(short)
    if gap <= 0:
        return short
    return SafeText(" " * gap + short if right else short + " " * gap)


def wrap(text: SafeText, width: int) -> list[SafeText]:
    """``text`` (one paragraph, no breaks) as lines of at most ``width`` cells, two at least.

    Breaks at spaces, which then disappear, and on both sides of wide characters; a longer word is broken anywhere. A
    leading indent stays. Never empty: no text is one empty line.
    """
    width = max(width, _WIDE)
    if text.isascii() or _narrow(text):
        return [text] if len(text) <= width else _wrap_narrow(text, width)
    return [text] if cells(text) <= width else _wrap_cells(text, width)


def _wrap_narrow(text: str, width: int) -> list[SafeText]:
    lines: list[SafeText] = []
    start, end = 0, len(text)
    indent = end - len(text.lstrip(" "))
    while end - start > width:
        stop = text.rfind(" ", start, start + width + 1)
        if stop <= start or (start == 0 and stop < indent):
            stop = start + width
        lines.append(SafeText(text[start:stop].rstrip(" ")))
        start = stop
        while start < end and text[start] == " ":
            start += 1
    if start < end or not lines:
        lines.append(SafeText(text[start:]))
    return lines


def _wrap_cells(text: str, width: int) -> list[SafeText]:
    spans, _total = split_graphemes(text)
    lines: list[SafeText] = []
    start = used = 0
    chance = -1  # the offset of the last place in this line where it may be broken
    chance_used = 0
    words = False  # something other than an indent stands in this line
    for offset, stop, size in spans:
        space = text[offset:stop] == " "  # one that carries a mark is drawn and is none
        if words and (space or size == _WIDE):
            chance, chance_used = offset, used
        if used + size > width and not space:
            if chance <= start:
                chance, chance_used = offset, used
            lines.append(SafeText(text[start:chance].rstrip(" ")))
            start, used = chance, used - chance_used
            while start < offset and text[start] == " ":
                start += 1
                used -= 1
            chance = -1
        used += size
        if not space:
            words = True
            if size == _WIDE:
                chance, chance_used = stop, used
    if start < len(text) or not lines:
        lines.append(SafeText(text[start:]))
    return [_trimmed(line, width) for line in lines]


def _trimmed(line: SafeText, width: int) -> SafeText:
    """Spaces that hang over the right edge disappear."""
    return line if cells(line) <= width else SafeText(line.rstrip(" "))
