"""Lines of few bytes: what a terminal is told between two pieces of a line is only what changes.

Textual resets and repeats every attribute for each segment, some forty bytes in true colour, and sends every blank. Over
a slow link these are most of what a key press costs. Owns these two savings. Must not know what a line says.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from itertools import groupby
from typing import Final

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.filter import ANSIToTruecolor
from textual.geometry import Region
from textual.strip import Strip

from tui_mail.ui.surface import Surface

_BLANKS: Final = re.compile(" {6,}")
"""As many as take longer to send than to skip."""


class LeanStrip(Strip):
    """A strip whose segments have colours, bold, underline, reverse and strike, nothing else."""

    __slots__ = ()

    def render(self, console: Console) -> str:
        if self._render_cache is None:
            system = console._color_system or ColorSystem.TRUECOLOR  # noqa: SLF001 -- as Strip.render does
            self._render_cache = "".join(_pieces(self, system, erasing=erases()))
        return self._render_cache


def lean_strip(pieces: Iterable[tuple[str, Style]]) -> LeanStrip:
    """A strip of texts and their styles; neighbours with one style become one segment."""
    segments: list[Segment] = []
    for text, style in pieces:
        if segments and segments[-1].style == style:
            segments[-1] = Segment(segments[-1].text + text, style)
        elif text:
            segments.append(Segment(text, style))
    return LeanStrip(segments)


def lean_style(style: Style) -> Style:
    """What a theme can say of a line, and nothing else: of a style in a style sheet much more is set."""
    return Style(
        color=style.color,
        bgcolor=style.bgcolor,
        bold=style.bold or None,
        underline=style.underline or None,
        reverse=style.reverse or None,
    )


class LeanWidget(Surface):
    """A widget without border and padding that draws ``LeanStrip`` lines."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Its own lines as they are; with a filter in force (TEXTUAL_FILTERS) Textual's way.

        The filter that gives the sixteen colours fixed values finds none in a theme of true colours.
        """
        if not all(isinstance(each, ANSIToTruecolor) for each in self.get_line_filters()):
            return super().render_lines(crop)
        strips = [self.render_line(y) for y in crop.line_range]
        if crop.column_span != (0, self.size.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips


@functools.cache
def erases() -> bool:
    """True when this terminal is known to fill what it erases with the ground in force, which not all do (GNU screen)."""
    try:
        import curses
    except ImportError:  # a Python that was built without it
        return False
    try:
        curses.setupterm(fd=1)  # Textual has put something else in the place of sys.stdout
    except curses.error:  # its description is not installed
        return False
    known = curses.tigetstr("ech"), curses.tigetstr("cuf")
    return curses.tigetflag("bce") > 0 and known == (b"\x1b[%p1%dX", b"\x1b[%p1%dC")


_Codes = tuple[bool, list[str], list[str], list[str]]
"""Bold; what is seen of a blank as well; foreground; background."""
_Run = tuple[str, _Codes]
_PLAIN: _Codes = (False, [], [], [])


def _pieces(segments: Iterable[Segment], system: ColorSystem, *, erasing: bool) -> Iterable[str]:
    before = _PLAIN
    for (over, _ground), stretch in groupby(_runs(segments, system), key=lambda run: (run[1][1], run[1][3])):
        # Of the look in force, what is erased takes the ground alone.
        for text, now in _with_blanks_erased(list(stretch)) if erasing and not over else stretch:
            if now != before:
                yield min(_change(before, now), "\x1b[0m" + _change(_PLAIN, now), key=len)
            yield text
            before = now
    if before != _PLAIN:
        yield "\x1b[0m"


def _runs(segments: Iterable[Segment], system: ColorSystem) -> Iterable[_Run]:
    """Texts and how they are drawn; blanks are drawn as what stands before them wherever they look the same so."""
    waiting, before = "", _PLAIN
    for text, style, _control in segments:
        now = _codes(style, system)
        rest = text
        if now[3] == before[3] and not now[1] and not before[1]:
            rest = text.lstrip(" ")
            waiting += text[: len(text) - len(rest)]
        if rest:
            if waiting:
                yield waiting, before
            waiting, before = rest, now
    if waiting:
        yield waiting, before


def _with_blanks_erased(runs: list[_Run]) -> list[_Run]:
    """Runs on one ground: all erased first and the blanks of them skipped, where that is shorter."""
    lean = [(_BLANKS.sub(_skip, text), now) for text, now in runs]
    lean[0] = (f"\x1b[{sum(cell_len(text) for text, _now in runs)}X{lean[0][0]}", lean[0][1])
    return min(runs, lean, key=lambda those: sum(len(text) for text, _now in those))


def _skip(blanks: re.Match[str]) -> str:
    return f"\x1b[{len(blanks[0])}C"


def _change(before: _Codes, now: _Codes) -> str:
    """What a terminal is told to draw as ``now`` after it drew as ``before``."""
    codes: list[str] = []
    if now[0] != before[0]:
        codes.append("1" if now[0] else "22")
    if now[1] != before[1]:
        codes += [f"2{code}" for code in before[1] if code not in now[1]]
        codes += [code for code in now[1] if code not in before[1]]
    if now[2] != before[2]:
        codes += now[2] or ["39"]
    if now[3] != before[3]:
        codes += now[3] or ["49"]
    return f"\x1b[{';'.join(codes)}m" if codes else ""


def _codes(style: Style | None, system: ColorSystem) -> _Codes:
    """How a terminal is told to draw in ``style``; its own colours need no word after a reset."""
    if style is None:
        return _PLAIN
    ink, ground = style.color, style.bgcolor
    return (
        bool(style.bold),
        [code for code, wanted in (("4", style.underline), ("7", style.reverse), ("9", style.strike)) if wanted],
        [] if ink is None or ink.is_default else list(ink.downgrade(system).get_ansi_codes()),
        [] if ground is None or ground.is_default else list(ground.downgrade(system).get_ansi_codes(foreground=False)),
    )
