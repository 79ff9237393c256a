"""A theme as far as a terminal can show it: as it is, in 256 colours, in its own sixteen, or without any.

Owns how many colours a terminal has, and which of them stand for those of a theme. Must not know widgets.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final

from rich.color import ColorSystem

from tui_mail.config.themes import ROLES, Theme

GROUNDS: Final = ("background", "surface", "surface_focus", "cursor_background")
"""What text stands on. Where two of a theme differ they differ in fewer colours as well."""
_STEPS: Final = (0, 95, 135, 175, 215, 255)
"""Of red, green and blue in the cube of 216 colours."""
_GREYS: Final = tuple((round(10.2 * (step + 1)), 10 * step + 8) for step in range(24))
"""The greys beside the cube: what Rich has to be told, and what it then has the terminal show."""
_EYE: Final = (0.30, 0.59, 0.11)
"""How much of a difference is seen of red, green and blue."""
_MANY: Final = 256
_FEW: Final = 8
_EXACT: Final = {"truecolor", "24bit"}

_Rgb = tuple[int, int, int]


class Palette(enum.Enum):
    """The colours a terminal has."""

    FULL = ColorSystem.TRUECOLOR
    MANY = ColorSystem.EIGHT_BIT
    """256; the first sixteen are the person's and not used."""
    FEW = ColorSystem.STANDARD
    """Its own sixteen."""
    NONE = None
    """None, or none wanted."""


@dataclass(frozen=True, slots=True)
class Described:
    """What the description of a terminal (terminfo) says of its colours."""

    colours: int
    exact: bool
    """True for a terminal that draws any colour."""


def palette_of(environ: Mapping[str, str], described: Described | None) -> Palette:
    """The colours of the terminal; ``described`` is None where its description is not installed.

    COLORTERM is believed, and gets lost on the way to another machine: then the description counts.
    """
    if environ.get("NO_COLOR"):
        return Palette.NONE
    if environ.get("COLORTERM", "").lower() in _EXACT or (described is not None and described.exact):
        return Palette.FULL
    if described is None or described.colours >= _MANY:
        return Palette.MANY  # one that is not known yet is a new one
    return Palette.FEW if described.colours >= _FEW else Palette.NONE


def describe() -> Described | None:
    """Ask the description of the terminal that the program was started in."""
    try:
        import curses
    except ImportError:  # a Python that was built without it
        return None
    try:
        curses.setupterm(fd=1)
    except curses.error:
        return None
    return Described(curses.tigetnum("colors"), any(curses.tigetflag(name) > 0 for name in ("RGB", "Tc")))


def fitted(theme: Theme, palette: Palette, own: Theme) -> Theme:
    """``theme`` as it is shown with ``palette``; ``own`` is the theme of the sixteen colours of the terminal."""
    if palette is Palette.NONE:
        return _with(theme, dict.fromkeys(ROLES, "default"), ansi=True)
    if theme.ansi or palette is Palette.FULL:
        return theme
    if palette is Palette.FEW:
        return replace(own, name=theme.name)
    return _with(theme, _of_many(theme), ansi=False)


def _with(theme: Theme, colours: Mapping[str, str], *, ansi: bool) -> Theme:
    return Theme(**{**asdict(theme), **colours, "ansi": ansi})


def _of_many(theme: Theme) -> dict[str, str]:
    """For every role the colour of the 256 that comes nearest."""
    colours: dict[str, str] = {role: colour for role, colour in asdict(theme).items() if role in ROLES}
    taken: dict[str, str] = {}
    for role in GROUNDS:
        wanted = colours[role]
        if wanted not in taken:
            taken[wanted] = next(near for near in _nearest(wanted) if near not in taken.values())
    return {role: taken.get(colour) or next(iter(_nearest(colour))) for role, colour in colours.items()}


def _nearest(colour: str) -> Iterable[str]:
    """Colours among the 256 that come near to ``colour``, the nearest first."""
    rgb = _rgb(colour)
    told = {(shown, shown, shown): (grey, grey, grey) for grey, shown in _GREYS}
    red, green, blue = (min(_STEPS, key=lambda step: abs(step - part)) for part in rgb)
    if red != green or green != blue or red in {0, 255}:  # of the other greys of the cube Rich makes its own
        told[red, green, blue] = red, green, blue
    return (_hex(told[each]) for each in sorted(told, key=lambda each: _difference(each, rgb)))


def _difference(one: _Rgb, other: _Rgb) -> float:
    return sum(weight * (a - b) ** 2 for weight, a, b in zip(_EYE, one, other, strict=True))


def _rgb(colour: str) -> _Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _hex(colour: _Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
