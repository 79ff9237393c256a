"""Whether a style keeps an element's text from being seen.

Owns the judgement alone, shared by the DOM walk and by the linear stripper. Must not know either.
"""

from __future__ import annotations

import enum
import re


class Hides(enum.Enum):
    """What an element does to the text inside it."""

    NOTHING = 0
    ALL = 1
    """Nothing inside is seen, whatever the elements inside say."""
    FONT = 2
    """Text has no size, until an element inside gives it one: layouts use this around columns that are seen."""
    RESTORES = 3
    """Gives text a size again."""


# ``mso-hide: all`` is not here: it hides from one program only, and buttons that every other one shows carry it.
_GONE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?<![\w-])opacity\s*:\s*0*\.?0+\s*(?:[;!]|$)"
    r"|max-(?:height|width)\s*:\s*0(?:px|em|pt|%)?\s*(?:[;!]|$)|text-indent\s*:\s*-\d{3,}"
    r"|(?<![\w-])(?:left|top|right|margin-left)\s*:\s*-\d{4,}px|clip\s*:\s*rect\(\s*0[^)]{0,20}\)",
    re.IGNORECASE,
).search
_FLAT = re.compile(r"(?<![\w-])(?:height|width)\s*:\s*0(?:px|em|pt|%)?\s*(?:[;!]|$)", re.IGNORECASE).search
_CLIPPED = re.compile(r"overflow\s*:\s*hidden", re.IGNORECASE).search
_FONT = re.compile(
    r"font(?:-size)?\s*:\s*(?:[^;]{0,60}?\s)?(\d{0,4}(?:\.\d{1,6})?)(px|pt|em|rem|%)?[\s;!/]", re.IGNORECASE
).search
_COLOUR = re.compile(r"(?:^|[;\s])color\s*:\s*([^;!]{1,40})", re.IGNORECASE).search
_GROUND = re.compile(r"background(?:-color)?\s*:\s*([^;!]{1,40})", re.IGNORECASE).search
_WORTH_A_LOOK = re.compile(
    r"display|visib|opacity|max-|font|color|indent|overflow|clip|left|top|right", re.IGNORECASE
).search
_ONE_COLOUR = re.compile(r"#?[A-Za-z0-9]+|rgba?\([\d\s,.%]+\)").fullmatch
_CLEAR = re.compile(r"transparent|(?:rgb|hsl)a\([^()]{1,60}[,/]\s*0*\.?0+%?\s*\)").match
_MAX_STYLE = 4096
CLEAR = "transparent"
"""The colour of text that is not drawn."""
_SMALLEST_PIXELS = 1.0


def judge(style: str) -> Hides:
    """What a ``style`` attribute does to the text of its element."""
    style = style[:_MAX_STYLE]
    if not _WORTH_A_LOOK(style):
        return Hides.NOTHING
    if _GONE(style) or (_CLIPPED(style) and _FLAT(style)):
        return Hides.ALL
    colour, ground = _COLOUR(style), _GROUND(style)
    if colour and ground and _same_colour(colour[1], ground[1]):
        return Hides.ALL
    font = _FONT(style + ";")
    if font and font[1] not in {"", "."}:
        small = float(font[1]) <= (_SMALLEST_PIXELS if font[2] in {"px", "pt", None} else 0.0)
        return Hides.FONT if small else Hides.RESTORES
    if font is None and "font-size" in style:
        return Hides.RESTORES
    return Hides.NOTHING


def colours(style: str) -> tuple[str | None, str | None]:
    """The colours of the text and of what is behind it, in one spelling; None where the style says nothing, empty where
    it says something that is not told from others (a picture, a gradient).
    """
    style = style[:_MAX_STYLE]
    if "color" not in style.lower() and "background" not in style.lower():
        return None, None
    colour, ground = _COLOUR(style), _GROUND(style)
    behind = _colour(ground[1]) if ground else None
    if ground and ("background-image" in style or not _ONE_COLOUR(ground[1].strip())):
        behind = ""
    if colour and _CLEAR(colour[1].strip().lower()) and "background-clip" not in style:
        return CLEAR, behind
    return _colour(colour[1]) if colour else None, behind


def _same_colour(one: str, other: str) -> bool:
    return _colour(one) == _colour(other) != ""


def _colour(value: str) -> str:
    """A colour in one spelling where that is easy; others compare as they are written."""
    value = value.strip().lower().replace(" ", "")
    if value.startswith("#") and len(value) == 4:
        value = "#" + "".join(digit * 2 for digit in value[1:])
    return {"white": "#ffffff", "black": "#000000", "transparent": "", "inherit": ""}.get(value, value)
