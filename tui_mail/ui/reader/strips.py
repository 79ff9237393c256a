"""From lines of roles to strips of styles.

Owns the one mapping between roles and theme variables, and the making of strips. Must not know what the lines say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui_mail.text.width import cells, graphemes
from tui_mail.ui.reader.lines import Line, Role

_CSS = {
    Role.TEXT: "color: $mail-text;",
    Role.MUTED: "color: $mail-muted;",
    Role.SUBJECT: "color: $mail-text; text-style: bold;",
    Role.SENDER: "color: $mail-text;",
    Role.HEADING: "color: $mail-unread; text-style: bold;",
    Role.HEADER: "color: $mail-muted;",
    Role.WARNING: "color: $mail-warning; text-style: bold;",
    Role.ACCENT: "color: $mail-accent;",
    Role.LINK: "color: $mail-accent; text-style: underline;",
    Role.HIT: "color: $mail-text; text-style: underline bold;",
    Role.HIT_HERE: "color: $mail-cursor-text; background: $mail-cursor-background; text-style: reverse bold;",
    Role.QUOTE1: "color: $mail-quote1;",
    Role.QUOTE2: "color: $mail-quote2;",
    Role.QUOTE3: "color: $mail-quote3;",
    Role.QUOTE4: "color: $mail-quote4;",
    Role.RULE: "color: $mail-rule;",
    Role.BAR: "color: $mail-rule;",
}


def component_classes(prefix: str) -> set[str]:
    """The component classes of a widget that draws lines."""
    return {f"{prefix}--{role}" for role in Role}


def component_css(widget: str, prefix: str) -> str:
    """The style sheet of those classes, by theme variables alone."""
    return "\n".join(f"{widget} > .{prefix}--{role} {{ {_CSS[role]} }}" for role in Role)


Styles = Callable[[Role], Style]


def to_strip(line: Line, width: int, styles: Styles, ground: Style) -> Strip:
    """``line`` in exactly ``width`` cells; neighbours of one style are one segment, and what is left is ``ground``."""
    segments: list[Segment] = []
    used = 0
    text = ""
    style = ground
    for piece in line:
        if not piece.text:
            continue
        own = styles(piece.role) + _leading_to(piece.link) if piece.link else styles(piece.role)
        if own == style or not text:
            text, style = text + piece.text, own
        else:
            segments.append(Segment(text, style))
            text, style = piece.text, own
        used += cells(piece.text)
    gap = " " * max(width - used, 0)
    if text and gap and style == ground:
        text, gap = text + gap, ""
    if text:
        segments.append(Segment(text, style))
    if gap:
        segments.append(Segment(gap, ground))
    strip = Strip(segments, max(used, width))
    return strip.crop(0, width) if used > width else strip


@lru_cache(1_000)
def _leading_to(address: str) -> Style:
    """The style that tells a terminal where a link leads (OSC 8); one for an address, so that its rows are one link."""
    return Style(link=address)


def drawn(strip: Strip) -> int:
    """Cells of ``strip`` up to its last visible one."""
    return cells(strip.text.rstrip(" "))


def with_style(strip: Strip, first: int, last: int, style: Style) -> Strip:
    """``strip`` with the cells from ``first`` to ``last`` in ``style``, and with them all of a wide character there."""
    at = 0
    inside: list[tuple[int, int]] = []
    for start, end, size in graphemes(strip.text):
        if at < last and first < at + size:
            inside.append((start, end))
        at += size
    return with_selection(strip, (inside[0][0], inside[-1][1]), style) if inside else strip


def with_selection(strip: Strip, span: tuple[int, int], style: Style) -> Strip:
    """``strip`` with the characters of ``span`` (-1: to the end) in ``style``."""
    first, last = span
    done: list[Segment] = []
    at = 0
    for text, own, _control in strip:
        end = at + len(text)
        stop = end if last < 0 else last
        cuts = [min(max(first, at), end) - at, min(max(stop, at), end) - at]
        for part, chosen in ((text[: cuts[0]], False), (text[cuts[0] : cuts[1]], True), (text[cuts[1] :], False)):
            if part:
                done.append(Segment(part, (own or Style()) + style if chosen else own))
        at = end
    return Strip(done, strip.cell_length)


def joined(lines: Iterable[Line]) -> str:
    """The words of ``lines``, for copying."""
    return "\n".join("".join(piece.text for piece in line) for line in lines)
