"""HTML to text for the reader: what is seen is kept, links are numbered, nothing else survives.

Lexbor reads the document, ``mime.page`` lays it out. Runs in a process of its own (``mime.html_worker``): the parser has
inputs that take it minutes. What comes back from there is filtered again by ``mime.render``, which changes nothing
unless that process was taken over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tui_mail.mime.strip import strip_html

MAX_OUT = 2_000_000
"""Characters of text that are taken from one part."""
MAX_MARKS = 20_000
_SLOW = 100_000
"""Characters of a page that takes longer than it takes to show its beginning first."""


@dataclass(frozen=True, slots=True)
class HtmlText:
    """What was made of one HTML part; nothing in it is to be believed safe for a terminal but the URLs."""

    text: str
    links: tuple[tuple[int, str, str], ...] = ()
    """Number, URL and words of each link."""
    marks: tuple[tuple[int, int, str, int], ...] = ()
    """Start, end, kind and value; see ``rendered.Mark``."""
    hidden: int = 0
    """Characters that are not seen and were left out."""
    remote_images: int = 0
    pixels: int = 0
    """Remote images among these that are too small or too hidden to be seen."""
    misleading: tuple[int, ...] = ()
    """Numbers of links whose words name another site."""
    refused: int = 0
    """Links that lead to something else than the web or mail, such as ``javascript:``."""
    failed: str = ""
    """Why there is only a simple conversion: ``time``, ``size`` or ``error``; empty when all is well."""
    cut: bool = False
    """The part was longer than what is read of it."""


Begun = Callable[[HtmlText], None]
"""Takes the beginning of a text of which the rest is still being read: its text, marks and links are those of the whole as
far as they go, and it says nothing else."""


class HtmlConverter(Protocol):
    """Turns HTML into text; never raises."""

    def convert(self, html: str, first_link: int = 1, begun: Begun | None = None) -> HtmlText:
        """``html`` is what the part holds, whatever that is; links are numbered from ``first_link``.

        ``begun`` is called at most once, before this returns, and only for a page that takes its time.
        """
        ...


def simple_text(html: str, reason: str, *, cut: bool = False) -> HtmlText:
    """The words of ``html`` without layout or links; linear, for when the real conversion may not be tried."""
    text, hidden = strip_html(html)
    return HtmlText(text[:MAX_OUT], hidden=hidden, failed=reason, cut=cut or len(text) > MAX_OUT)


class DirectConverter:
    """Converts in this very process; for the worker and for tests, never for mail in the engine."""

    def convert(self, html: str, first_link: int = 1, begun: Begun | None = None) -> HtmlText:
        return to_text(html, first_link, begun)


def to_text(html: str, first_link: int = 1, begun: Begun | None = None) -> HtmlText:
    """Lay out ``html``; may take long and may raise, see ``mime.html_worker``."""
    from selectolax.lexbor import LexborHTMLParser

    from tui_mail.mime.page.sheet import Sheet
    from tui_mail.mime.page.walk import Walk

    parser = LexborHTMLParser(html)
    if parser.root is None:
        return HtmlText("")
    lowered = html.lower()
    css = "\n".join(node.text() or "" for node in parser.css("style")) if "<style" in lowered else ""

    def begins(rows: list[tuple[str, tuple[tuple[int, int, str, int], ...]]]) -> None:
        if begun is not None:
            text, marks = _written(rows)
            begun(HtmlText(text, tuple(walk.links.found), marks))

    slow = len(html) >= _SLOW and "<caption" not in lowered
    walk = Walk(first_link, Sheet(css), begins if slow and begun is not None else None)
    text, marks = _written(walk.run(parser.root))
    links = walk.links
    return HtmlText(
        text, tuple(links.found), marks, walk.hidden, walk.remote_images, walk.pixels, tuple(links.misleading), links.refused,
        cut=len(text) >= MAX_OUT,
    )  # fmt: skip


def _written(
    rows: list[tuple[str, tuple[tuple[int, int, str, int], ...]]],
) -> tuple[str, tuple[tuple[int, int, str, int], ...]]:
    """Rows as one text, and their marks by their place in it."""
    marks: list[tuple[int, int, str, int]] = []
    at = 0
    for text, spots in rows:
        if spots and len(marks) < MAX_MARKS and at + len(text) < MAX_OUT:
            marks += [(start + at, end + at, kind, value) for start, end, kind, value in spots]
        at += len(text) + 1
    return "\n".join(text for text, _spots in rows)[:MAX_OUT], tuple(marks)
