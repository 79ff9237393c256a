"""How the items of a list are counted, and digits above and below the line.

Owns the signs. Must not know the tree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_BULLET: Final = "• "
_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*[^;]{0,40}?\b(lower|upper)-(alpha|latin|roman)", re.IGNORECASE).search
_TYPES: Final = {"a": "lower-alpha", "A": "upper-alpha", "i": "lower-roman", "I": "upper-roman"}
_ROMAN: Final = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"),
    (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_MOST_ROMAN: Final = 3999
_LETTERS: Final = 26

SHIFTS: Final = {
    "sup": str.maketrans("0123456789+-\u2212=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ"),
    "sub": str.maketrans("0123456789+-\u2212=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎"),
}
"""Signs that stand above and below the line, by element."""


@dataclass(slots=True)
class Items:
    """A list whose items are being read."""

    ordered: bool
    number: int
    """Of the next item."""
    style: str = ""
    """``lower-alpha``, ``upper-roman`` …; empty for digits."""

    def sign(self) -> str:
        """What stands before the next item, which is counted by this."""
        number = self.number
        self.number += 1
        if not self.ordered:
            return _BULLET
        text = str(number)
        if number > 0 and self.style.endswith("alpha"):
            text = _letters(number)
        elif 0 < number <= _MOST_ROMAN and self.style.endswith("roman"):
            text = _roman(number)
        return f"{text.upper() if self.style.startswith('upper') else text}. "


def items(tag: str, attributes: dict[str, str | None], style: str) -> Items:
    """The list that an element begins."""
    found = _STYLE(style)
    kind = f"{found[1].lower()}-{found[2].lower().replace('latin', 'alpha')}" if found else ""
    return Items(tag == "ol", whole(attributes.get("start"), 1), kind or _TYPES.get(attributes.get("type") or "", ""))


def whole(value: str | None, otherwise: int) -> int:
    """A number of an attribute."""
    text = (value or "").strip()[:6]
    return int(text) if text.isascii() and text.isdecimal() else otherwise


def shifted(text: str, table: dict[int, int]) -> str:
    """Digits and signs above or below the line, so that 10⁶ is not 106; other words as they are."""
    return text.translate(table) if all(ord(char) in table for char in text.strip()) else text


def _letters(number: int) -> str:
    text = ""
    while number > 0:
        number, rest = divmod(number - 1, _LETTERS)
        text = chr(ord("a") + rest) + text
    return text


def _roman(number: int) -> str:
    text = ""
    for value, sign in _ROMAN:
        text += sign * (number // value)
        number %= value
    return text
