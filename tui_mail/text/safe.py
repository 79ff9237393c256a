"""The one place where a string from outside becomes text that may reach a screen.

Owns ``SafeText``: no C0, C1 or DEL, no bidirectional control, no lone surrogate, no invisible character that hides
words or moves the columns. Must not know where a string came from or which widget takes it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NewType

from rich.cells import get_character_cell_size

SafeText = NewType("SafeText", str)
"""Text that a terminal may be given as it stands; only this module makes it from foreign strings."""

LINE_LIMIT: Final = 2000
BLOCK_LIMIT: Final = 2_000_000
TAB: Final = 8
_NAME_END: Final = 20
_MARKS: Final = 5
"""Combining marks kept on one base: enough for every living script, too few to climb over other rows."""
_JOINS: Final = 4
"""Emoji joined to one picture; the longest in use is a kiss with two skin tones, joined three times."""
_TABLE_LIMIT: Final = 20_000
_ZWNJ, _ZWJ, _VS16 = "\u200c", "\u200d", "\ufe0f"

# Mostly what mail in European and East Asian scripts is made of; a match of the whole string means nothing to do.
_HARMLESS: Final = (
    " -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038e-\u03a1\u03a3-\u0482\u048a-\u052f"
    "\u1e00-\u1eff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2100-\u218b\u2190-\u23ff\u2500-\u25ff"
    "\u3001-\u3029\u3041-\u3096\u309b-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff9f"
)
_CLEAN = re.compile(f"[{_HARMLESS}]*").fullmatch
_CLEAN_BLOCK = re.compile(f"[\n{_HARMLESS}]*").fullmatch

_FORMAT_KEPT = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u08e2\u200c\u200d")
_MAX_EMBEDDED: Final = 4
_EMBEDDED = re.compile(
    "[\u202a\u202b]([^\n\u202a-\u202e\u2066-\u2069]*)\u202c|[\u2066-\u2068]([^\n\u202a-\u202e\u2066-\u2069]*)\u2069"
)
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Printable by category, yet drawn as nothing: joiners of the collating kind, Hangul fillers, Khmer inherent vowels,
# selectors other than the one that asks for an emoji.
_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2065\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE0F)))
)
_EMOJI = re.compile("[\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff]").match
_SELECTABLE = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
).match
# Scripts in which letters join and a person may ask them not to (Arabic to Malayalam, Mongolian).
_JOINING = re.compile("[\u0600-\u0dff\u1800-\u18af]").match
_INDIC = re.compile("[\u0900-\u0dff]").match
_KEYCAP: Final = "\u20e3"


def line(value: str, limit: int = LINE_LIMIT) -> SafeText:
    """One line for lists, headers, names: breaks and tabs become spaces, at most ``limit`` characters, cut with …."""
    if len(value) <= limit and (value.isprintable() if value.isascii() else _CLEAN(value)):
        return SafeText(value)
    # Only four times the limit is read, so that a long string of invisible characters costs no more.
    text = _filtered(value[: 4 * limit + 1], _LINE)
    if len(text) > limit or len(value) > 4 * limit + 1:
        text = _shortened(text, limit)
    return SafeText(text)


def file_name(value: str, limit: int) -> SafeText:
    """The name of a file on one line, runs of spaces one; of a long one the end stays, since that says what the file is."""
    if len(value) > 2 * LINE_LIMIT:
        value = value[:LINE_LIMIT] + value[-LINE_LIMIT:]
    # Once more: a mark that stood on a space in front stands on nothing now.
    text = line(" ".join(line(value, 2 * LINE_LIMIT).split()), 2 * LINE_LIMIT)
    return line(_shortened(text, limit - _NAME_END) + text[-_NAME_END:]) if len(text) > limit else text


def block(value: str, limit: int = BLOCK_LIMIT) -> SafeText:
    """Text of several lines: LF stays, CRLF and CR become LF, tabs are expanded to columns of eight."""
    cut = len(value) > limit
    if cut:
        value = value[:limit]
    if not _CLEAN_BLOCK(value):
        value = value.replace("\r\n", "\n").replace("\r", "\n")
        if "\t" in value:
            value = value.expandtabs(TAB)
        value = _filtered(_without_embeddings(value), _BLOCK)
        cut = cut or len(value) > limit
    return SafeText(_shortened(value, limit) if cut else value)


def own(text: str) -> SafeText:
    """A string of the program's own, which needs no filter; never call this with anything that came from outside."""
    return SafeText(text)


def visible_codepoint(char: str) -> str:
    """How a character that must not act is named on the screen, as in ``⟨U+202E⟩``."""
    return f"⟨U+{ord(char):04X}⟩"


def _without_embeddings(value: str) -> str:
    """``value`` without the pairs of signs that Hebrew and Arabic mail puts around names: they override no letter."""
    for _depth in range(_MAX_EMBEDDED):
        value, found = _EMBEDDED.subn(r"\1\2", value)
        if not found:
            break
    return value


def _shortened(text: str, limit: int) -> str:
    """At most ``limit`` characters, the last one …; a joiner before it would swallow the width of it."""
    return text[: max(limit - 1, 0)].rstrip(_ZWJ + _VS16) + "…"[:limit]


def _classify(char: str, newline: str) -> str | None:
    """What stands for one character on the screen; None when nothing does."""
    code = ord(char)
    if char in "\n\t":
        return newline if char == "\n" else " "
    if char in "\r\x85\u2028\u2029":
        return " "
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if 0x7F < code < 0xA0:
        return "\ufffd"
    if char in _BIDI:
        return visible_codepoint(char)
    if char in _INVISIBLE or 0xE0000 <= code <= 0xE0FFF or 0xFFF0 <= code <= 0xFFF8:
        return None
    category = unicodedata.category(char)
    if category == "Cf":
        return char if char in _FORMAT_KEPT else None
    if (code & 0xFFFE) == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return None
    if category in {"Co", "Cs"}:
        return "\ufffd"
    if category == "Zs" and char != "\u3000":
        return " "
    return char


_zero_width: set[str] = {_ZWNJ, _ZWJ, _VS16}


class _Table(dict[int, str | None]):
    """For ``str.translate``; fills itself with the characters met, up to a limit that hostile text cannot exceed."""

    def __init__(self, newline: str) -> None:
        super().__init__()
        self._newline = newline

    def __missing__(self, code: int) -> str | None:
        char = chr(code)
        answer = _classify(char, self._newline)
        if answer == char and char != "\n" and get_character_cell_size(char) == 0:
            _zero_width.add(char)
        if len(self) < _TABLE_LIMIT:
            self[code] = answer
        return answer


_LINE = _Table(" ")
_BLOCK = _Table("\n")


def _filtered(value: str, table: _Table) -> str:
    """``value`` with every character replaced by what may stand for it, and zero-width ones only where they belong."""
    text = value.translate(table)
    if text.isascii() or _zero_width.isdisjoint(text):
        return text
    return _with_joiners(text)


def _with_joiners(text: str) -> str:
    """Keep joiners, selectors and marks where a script or an emoji needs them, within bounds; drop the others.

    Decides by the last character kept and the next one, which is never a dropped one where it matters, so that a
    second pass changes nothing.
    """
    kept: list[str] = []
    previous = ""
    marks = joins = 0
    for index, char in enumerate(text):
        following = text[index + 1 : index + 2]
        if char not in _zero_width:
            marks = 0
            if previous != _ZWJ:
                joins = 0
        elif char == _ZWJ:
            if _EMOJI(following) and (previous == _VS16 or _EMOJI(previous)) and joins < _JOINS:
                joins += 1
            elif not (_INDIC(following) and following not in _zero_width and _is_virama(previous)):
                continue
        elif char == _ZWNJ:
            if not (_JOINING(previous) and _JOINING(following) and following not in _zero_width):
                continue
        elif char == _VS16:
            keycap = following == _KEYCAP and previous in "0123456789#*"
            if not previous or not (keycap or _SELECTABLE(previous)):
                continue
            marks += 1
        else:
            if previous in {"", "\n", _ZWJ}:
                kept.append("◌")
                marks = 0
            marks += 1
            if marks > _MARKS:
                continue
        kept.append(char)
        previous = char
    return "".join(kept)


def _is_virama(char: str) -> bool:
    """True for the sign that joins two Indic consonants (canonical combining class 9)."""
    return char != "" and unicodedata.combining(char) == 9
