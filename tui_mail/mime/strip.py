"""HTML to plain words in one pass: for the search index, for snippets, and where a real conversion fails.

Linear in the length whatever the input; understands just enough to leave out what is not seen. Must not know links,
tables or headings. Its output is not safe for a terminal yet.
"""

from __future__ import annotations

import html as _html
import re

from tui_mail.mime.hiding import Hides, judge

_MAX_STACK = 5000

# A comment, a declaration or a tag; each alternative runs to the end where it is not closed, and gives nothing back.
_MARKUP = re.compile(
    r"<(?:!--.*?(?:-->|\Z)|(/?)([A-Za-z][A-Za-z0-9:]{0,30}+)((?:[^>=]++|=\s*+\"[^\"]*+\"|=\s*+'[^']*+'|=)*+)>?"
    r"|[!?/][^>]*+>?)",
    re.DOTALL,
)
_STYLE = re.compile(r"(?:^|\s)style\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE).search
_HIDDEN_ATTRIBUTE = re.compile(r"(?:^|\s)hidden(?=[\s/=]|$)(?!\s*=\s*[\"']?until)", re.IGNORECASE).search
_SPACE = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r" ?\n[ \n]*")

_UNSEEN = frozenset(
    {"script", "style", "head", "title", "template", "noscript", "svg", "math", "select", "object", "iframe"}
)
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)
_BLOCK = frozenset(
    {
        "address", "article", "aside", "blockquote", "br", "center", "dd", "div", "dl", "dt", "fieldset", "footer",
        "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section",
        "table", "tr", "ul",
    }
)  # fmt: skip
_CELL = frozenset({"td", "th"})
_CLOSED_BY_ITSELF = frozenset({"p", "li", "td", "th", "tr", "option", "dd", "dt"})


class _Seen:
    """Which open elements keep text from being seen."""

    def __init__(self) -> None:
        self.hidden = Hides.NOTHING
        self._open: list[tuple[str, Hides]] = []
        self._count: dict[str, int] = {}

    def enter(self, name: str, attributes: str) -> None:
        if self._open and name in _CLOSED_BY_ITSELF and self._open[-1][0] == name:
            self._pop()
        if len(self._open) >= _MAX_STACK:
            return
        self._open.append((name, self.hidden))
        self._count[name] = self._count.get(name, 0) + 1
        if self.hidden is Hides.ALL:
            return
        if name in _UNSEEN:
            self.hidden = Hides.ALL
            return
        effect = _effect(attributes)
        if effect is Hides.RESTORES:
            self.hidden = Hides.NOTHING
        elif effect is not Hides.NOTHING:
            self.hidden = effect

    def leave(self, name: str) -> None:
        if self._count.get(name, 0):
            while self._pop() != name:
                pass

    def _pop(self) -> str:
        name, self.hidden = self._open.pop()
        self._count[name] -= 1
        return name


def _effect(attributes: str) -> Hides:
    if not attributes:
        return Hides.NOTHING
    lowered = attributes.lower()
    if "hidden" in lowered and _HIDDEN_ATTRIBUTE(attributes):
        return Hides.ALL
    if "style" not in lowered:
        return Hides.NOTHING
    style = _STYLE(attributes)
    return judge(style[1] or style[2] or style[3] or "") if style else Hides.NOTHING


def strip_html(html: str) -> tuple[str, int]:
    """The text that is seen, paragraphs as lines, and how many characters that are not seen were left out."""
    seen = _Seen()
    pieces: list[str] = []
    dropped = 0
    at = 0
    while True:
        match = _MARKUP.search(html, at)
        end = match.start() if match else len(html)
        if end > at:
            if seen.hidden is Hides.NOTHING:
                pieces.append(html[at:end])
            else:
                dropped += end - at
        if match is None:
            break
        at = match.end()
        closing, name, attributes = match.groups()
        if not name:
            continue
        name = name.lower()
        if name in {"script", "style"} and not closing:
            # Inside these a "<" is no tag: look for their own end only.
            at = _after(html, name, at)
            continue
        if name in _BLOCK:
            pieces.append("\n")
        elif name in _CELL:
            pieces.append(" ")
        if closing:
            seen.leave(name)
        elif name not in _VOID:
            seen.enter(name, attributes or "")
    text = _html.unescape(_SPACE.sub(" ", "".join(_joined(pieces)))).replace("\xa0", " ")
    return _BREAKS.sub("\n", text).strip(), dropped


def _joined(pieces: list[str]) -> list[str]:
    """Line breaks of the source are spaces; those put in for blocks are kept."""
    return [piece if piece == "\n" else piece.replace("\n", " ") for piece in pieces]


def _after(html: str, name: str, at: int) -> int:
    """Where the element that opened before ``at`` has ended; the end of the text when it is never closed."""
    match = re.compile(f"</{name}[^>]*>?", re.IGNORECASE).search(html, at)
    return match.end() if match else len(html)
