"""Host names as a person must see them: letters that pose as others are shown in their ASCII form.

Owns the ``xn--`` form and the judgement of mixed scripts (UTS #39). Must not know links or addresses.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LABEL_LIMIT = 63
# Letters of other scripts that look like Latin ones in most fonts: a name made of nothing else is read as Latin.
_LOOKS_LATIN = frozenset("аеорсухіјѕһԁԛԝмткнвгпьиԍαοορνικτυχϲνωգհոսցօѵӏ")
_MIXABLE = frozenset({"HAN", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "CJK", "KATAKANA-HIRAGANA"})
_SPLIT = re.compile("[.\u3002\uff0e\uff61]")


@lru_cache(1_000)  # the links of a newsletter lead to one or two hosts
def display_host(name: str) -> str:
    """``name`` in lower-case ASCII, every other label as ``xn--``; what cannot be a host has its odd letters escaped."""
    name = unicodedata.normalize("NFKC", name[:500]).lower()
    return ".".join(_ascii_label(label) for label in _SPLIT.split(name))


def _ascii_label(label: str) -> str:
    if label.isascii():
        return "".join(char if char.isprintable() and char != " " else "?" for char in label)
    try:
        return "xn--" + label.encode("punycode").decode("ascii")
    except UnicodeError:
        return label.encode("ascii", "replace").decode("ascii")


def readable_host(name: str) -> str:
    """``name`` with ``xn--`` labels decoded; a label that cannot be decoded stays."""
    return ".".join(_readable_label(label) for label in name.split("."))


def _readable_label(label: str) -> str:
    if not label.lower().startswith("xn--") or len(label) > _LABEL_LIMIT:
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label


@lru_cache(1_000)
def poses(name: str) -> bool:
    """True when a label of the host mixes scripts, or is foreign letters that read as Latin ones."""
    return any(_label_poses(label) for label in readable_host(name).lower().split("."))


def _label_poses(label: str) -> bool:
    letters = [char for char in label if char.isalpha()]
    if all(char.isascii() for char in letters):
        return False
    scripts = {_script(char) for char in letters}
    if scripts - _MIXABLE - {"LATIN"} and len(scripts) > 1:
        return True
    return "LATIN" not in scripts and all(char in _LOOKS_LATIN for char in letters)


def _script(char: str) -> str:
    return unicodedata.name(char, "UNKNOWN").partition(" ")[0]
