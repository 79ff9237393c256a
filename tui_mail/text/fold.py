"""Words as search compares them: case and diacritics folded, scripts without spaces split by character.

Owns what a word is, for the index and for the query alike. Must not know the index or the query language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

# Han, kana, bopomofo, Yi, Thai, Lao, Tibetan, Burmese, Khmer: written without spaces between words.
_UNSPACED = (
    "\u2e80-\u2fdf\u3005-\u3007\u3041-\u3096\u3099-\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f"
    "\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uf900-\ufaff\U00020000-\U0003ffff"
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e80-\u0ec6\u0ec8-\u0ecd\u0edc-\u0edf\u0f40-\u0fbc\u1000-\u103f\u1050-\u109d\u1780-\u17d3"
)
# Marks that are part of a word although no letters: vowel signs and viramas of the spaced scripts of India, Ethiopia …
_MARKS = (
    "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u09d7\u09e2\u09e3\u0a01-\u0a03"
    "\u0a3c-\u0a51\u0a70\u0a71\u0a75\u0a81-\u0a83\u0abc-\u0acd\u0ae2\u0ae3\u0b01-\u0b03\u0b3c-\u0b57\u0b62\u0b63\u0b82"
    "\u0bbe-\u0bcd\u0bd7\u0c00-\u0c04\u0c3e-\u0c56\u0c62\u0c63\u0c81-\u0c83\u0cbc-\u0cd6\u0ce2\u0ce3\u0d00-\u0d03"
    "\u0d3b-\u0d4d\u0d57\u0d62\u0d63\u0d81-\u0d83\u0dca-\u0ddf\u0df2\u0df3\u135d-\u135f\u1b00-\u1b04\u1b34-\u1b44"
)
# Accents, Hebrew points, Arabic vowel signs, variation selectors: folded away.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    # … and what is not drawn at all: soft hyphen, zero-width characters, bidi controls, fillers, tags.
    "\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ud800-\udfff\U000e0000-\U000e0fff]+"
)
# Letters that carry their stroke or ligature in one piece, so that decomposition does not help.
_STROKES = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "ŧ": "t", "ƀ": "b", "ɨ": "i", "ð": "d", "þ": "th",
        "æ": "ae", "œ": "oe", "ŋ": "n", "ʼ": "'",
    }
)  # fmt: skip
_TABLE_LIMIT = 50_000
_SHORT = 4
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_TERM = re.compile(f"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[^\\W_]|[{_MARKS}])+")
_BREAK = re.compile(f"(?:(?![{_MARKS}{_UNSPACED}])[\\W_])+")
_ALONE = re.compile(f"([{_UNSPACED}])")


def fold(text: str) -> str:
    """``text`` without case, diacritics, compatibility forms and characters that are not drawn."""
    return text.lower() if text.isascii() else _FOREIGN.sub(_fold_run, text.lower())


def index_text(text: str) -> str:
    """``text`` folded, as it is fed to a full-text index whose tokenizer splits at ASCII that is no letter or digit.

    Such a tokenizer (FTS5: ``ascii``) then finds exactly the words of ``terms``.
    """
    return text.lower() if text.isascii() else _FOREIGN.sub(_index_run, text.lower())


class _Table(dict[int, str]):
    """For ``str.translate``: characters and what each becomes, filled as they are met, up to a limit."""

    def __init__(self, become: Callable[[str], str]) -> None:
        super().__init__()
        self._become = become

    def __missing__(self, code: int) -> str:
        answer = self._become(chr(code))
        if len(self) < _TABLE_LIMIT:
            self[code] = answer
        return answer


def _fold_char(char: str) -> str:
    """Takes the accents off; Korean syllables and kana come together again."""
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", char.casefold())).casefold().translate(_STROKES)
    return unicodedata.normalize("NFC", bare)


def _index_char(char: str) -> str:
    return _ALONE.sub(r" \1 ", _BREAK.sub(" ", _fold_char(char)))


_FOLDS = _Table(_fold_char)
_INDEXED = _Table(_index_char)


def _fold_run(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", match[0]).translate(_FOLDS)


def _index_run(match: re.Match[str]) -> str:
    """Most runs outside ASCII are one accented letter or one mark, so they are remembered."""
    run = match[0]
    return _index_short(run) if len(run) <= _SHORT else _index_long(run)


def _index_long(run: str) -> str:
    return unicodedata.normalize("NFKC", run).translate(_INDEXED)


_index_short = lru_cache(maxsize=8192)(_index_long)


def terms(text: str) -> list[str]:
    """The words of ``text``: runs of letters and digits, folded; in scripts without spaces every character is one."""
    return _TERM.findall(fold(text))
