"""HTML to text for the reader: what is seen is kept, links are numbered, nothing else survives.

Lexbor reads the document; a clean and shallow one is written from it, and html2text lays that out. Runs in a process
of its own (``mime.html_worker``): both libraries have inputs that take them minutes. The output is not safe for a
terminal yet: ``mime.render`` filters it afterwards, since entities become characters here.
"""

from __future__ import annotations

import html as _html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from tui_mail.mime.hiding import Hides, judge
from tui_mail.mime.links import host, misleads, safe_url
from tui_mail.mime.strip import strip_html

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MAX_DEPTH = 200
"""Elements deeper than this keep their text and lose their layout."""
MAX_LINKS = 2000
MAX_OUT = 2_000_000
"""Characters of text that are taken from one part."""
_MAX_NESTED = 12
_LINK_TEXT = 200


@dataclass(frozen=True, slots=True)
class HtmlText:
    """What was made of one HTML part; nothing in it is safe for a terminal but the URLs."""

    text: str
    links: tuple[tuple[int, str, str], ...] = ()
    """Number, URL and words of each link."""
    hidden: int = 0
    """Characters that are not seen and were left out."""
    remote_images: int = 0
    misleading: tuple[int, ...] = ()
    """Numbers of links whose words name another site."""
    refused: int = 0
    """Links that lead to something else than the web or mail, such as ``javascript:``."""
    failed: str = ""
    """Why there is only a simple conversion: ``time``, ``size`` or ``error``; empty when all is well."""
    cut: bool = False
    """The part was longer than what is read of it."""


class HtmlConverter(Protocol):
    """Turns HTML into text; never raises."""

    def convert(self, html: str, first_link: int = 1) -> HtmlText:
        """``html`` is what the part holds, whatever that is; links are numbered from ``first_link``."""
        ...


_BLOCK = frozenset(
    {
        "address", "article", "aside", "center", "dd", "details", "dir", "div", "dl", "dt", "fieldset", "figure",
        "figcaption", "footer", "form", "header", "main", "nav", "section", "summary", "table", "caption", "tbody",
        "thead", "tfoot", "tr", "body", "html",
    }
)  # fmt: skip
_KEPT = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li", "pre"})
_NESTING = frozenset({"blockquote", "ul", "ol"})
_UNSEEN = frozenset(
    {
        "script", "style", "head", "title", "template", "noscript", "svg", "math", "select", "object", "iframe",
        "frameset", "audio", "video", "canvas", "input", "textarea", "meta", "link", "map",
    }
)  # fmt: skip
_SPACE = re.compile(r"[ \t\r\n\f]+")
_REMOTE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE).match
_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)
_MANY_BREAKS = re.compile(r"\n{3,}")
_SCHEME = re.compile(r"[\s\x00-\x20]*([A-Za-z][A-Za-z0-9+.\s-]{0,40}):").match
_EMPTY_QUOTES = re.compile(r"(?:\n[> ]*)+\Z")
_BACKGROUND = re.compile(r"url\s*\(\s*['\"]?\s*(?:https?:)?//", re.IGNORECASE).search


def simple_text(html: str, reason: str, *, cut: bool = False) -> HtmlText:
    """The words of ``html`` without layout or links; linear, for when the real conversion may not be tried."""
    text, hidden = strip_html(html)
    return HtmlText(text[:MAX_OUT], hidden=hidden, failed=reason, cut=cut or len(text) > MAX_OUT)


class DirectConverter:
    """Converts in this very process; for the worker and for tests, never for mail in the engine."""

    def convert(self, html: str, first_link: int = 1) -> HtmlText:
        return to_text(html, first_link)


def to_text(html: str, first_link: int = 1) -> HtmlText:
    """Lay out ``html``; may take long and may raise, see ``mime.html_worker``."""
    from selectolax.lexbor import LexborHTMLParser

    root = LexborHTMLParser(html).root
    if root is None:
        return HtmlText("")
    walk = _Walk(first_link)
    walk.run(root)
    text = _layout(f"<body>{''.join(walk.out)}</body>")
    text = _MANY_BREAKS.sub("\n\n", _TRAILING.sub("", text.replace("\xa0", " ")))
    text = _EMPTY_QUOTES.sub("", text.strip("\n"))
    return HtmlText(
        text, tuple(walk.links), walk.hidden, walk.remote_images, tuple(walk.misleading), walk.refused
    )  # fmt: skip


def _layout(clean: str) -> str:
    from html2text import HTML2Text

    class Plain(HTML2Text):
        def handle_data(self, data: str, entity_char: bool = True) -> None:
            # Entities are not escaped as Markdown, and neither is any other text that a person is to read.
            super().handle_data(data, entity_char=entity_char or True)

    layout: Any = Plain(bodywidth=0)
    layout.ignore_links = layout.ignore_images = layout.ignore_emphasis = layout.unicode_snob = True
    return str(layout.handle(clean))


@dataclass(slots=True)
class _Frame:
    """An element whose children are being visited."""

    node: LexborNode
    following: LexborNode | None
    """The child that comes next."""
    closing: str
    hides: Hides
    pre: bool
    link: int
    nested: int
    words: int
    """Where in ``out`` the words of the link began."""


class _Walk:
    """One pass over the document without recursion."""

    def __init__(self, first_link: int = 1) -> None:
        self._first = first_link
        self.out: list[str] = []
        self.links: list[tuple[int, str, str]] = []
        self.misleading: list[int] = []
        self.hidden = self.remote_images = self.refused = 0
        self._numbers: dict[str, int] = {}
        self._fresh = True  # the line being written is still empty
        self._stack: list[_Frame] = []

    def run(self, root: LexborNode) -> None:
        self._stack.append(_Frame(root, root.child, "", Hides.NOTHING, pre=False, link=0, nested=0, words=0))
        while self._stack:
            frame = self._stack[-1]
            node = frame.following
            if node is None:
                self._leave(self._stack.pop())
                continue
            frame.following = node.next
            if node.is_text_node:
                self._text(node.text_content or "", frame)
            elif node.is_element_node:
                self._enter(node, frame)

    def _text(self, text: str, frame: _Frame) -> None:
        if frame.hides is not Hides.NOTHING:
            self.hidden += len("".join(text.split()))
            return
        if not frame.pre:
            text = _SPACE.sub(" ", text)
        if text.strip():
            self._fresh = False
        elif self._fresh and not frame.pre:
            return
        self.out.append(_html.escape(text, quote=False))

    def _enter(self, node: LexborNode, frame: _Frame) -> None:
        tag = (node.tag or "").lower()
        attributes = node.attributes
        style = attributes.get("style") or ""
        if _REMOTE(attributes.get("background") or "") or (style and _BACKGROUND(style)):
            self.remote_images += 1
        if tag in {"br", "hr", "img"}:
            self._single(tag, attributes, frame)
            return
        hides = Hides.ALL if tag in _UNSEEN or "hidden" in attributes else frame.hides
        if style and hides is not Hides.ALL:
            effect = judge(style)
            if effect is not Hides.NOTHING:
                hides = Hides.NOTHING if effect is Hides.RESTORES else effect
        if tag in {"script", "style"}:
            return
        nested, closing, link = frame.nested, "", frame.link
        if hides is Hides.NOTHING and len(self._stack) < MAX_DEPTH:
            if tag in _KEPT and (tag not in _NESTING or nested < _MAX_NESTED):
                nested += tag in _NESTING
                self.out.append(f"<{tag}>")
                closing = f"</{tag}>"
                self._fresh = True
            elif tag in _BLOCK or tag in _KEPT:
                self._break()
                closing = "<br>"
            elif tag in {"td", "th"}:
                self._cell(node)
            elif tag == "a" and not link:
                link = self._link(attributes.get("href") or "")
        pre = frame.pre or tag == "pre"
        self._stack.append(_Frame(node, node.child, closing, hides, pre, link, nested, len(self.out)))

    def _leave(self, frame: _Frame) -> None:
        if frame.closing == "<br>":
            self._break()
        elif frame.closing:
            self.out.append(frame.closing)
            self._fresh = True
        if frame.link and self._stack and not self._stack[-1].link:
            self._close_link(frame)

    def _break(self) -> None:
        """A new line, unless the one being written is empty."""
        if not self._fresh:
            self.out.append("<br>")
            self._fresh = True

    def _cell(self, node: LexborNode) -> None:
        """Cells stand in one row with some space between."""
        previous = node.prev
        while previous is not None and not previous.is_element_node:
            previous = previous.prev
        if previous is not None and not self._fresh:
            self.out.append("&nbsp; ")

    def _single(self, tag: str, attributes: dict[str, str | None], frame: _Frame) -> None:
        if tag == "img":
            source = attributes.get("src") or ""
            if _REMOTE(source):
                self.remote_images += 1
            words = " ".join((attributes.get("alt") or "").split())
            if not words and frame.link and not source.startswith("data:"):
                words = "image"
            if words and frame.hides is Hides.NOTHING and "hidden" not in attributes:
                self._text(f"[{words[:_LINK_TEXT]}]", frame)
        elif frame.hides is Hides.NOTHING:
            self.out.append(f"<{tag}>")
            self._fresh = True

    def _link(self, address: str) -> int:
        """The number of a link, 0 when it is none that may be opened."""
        url = safe_url(address)
        if not url:
            scheme = _SCHEME(address)
            if scheme and scheme[1].lower() not in {"cid", "mid"}:
                self.refused += 1
            return 0
        number = self._numbers.get(url, 0)
        if not number and len(self.links) < MAX_LINKS:
            number = self._numbers[url] = len(self.links) + self._first
            self.links.append((number, url, ""))
        return number

    def _close_link(self, frame: _Frame) -> None:
        """Write the number after the words, and the host as well where the words name another one."""
        number = frame.link
        words = _html.unescape(re.sub(r"<[^>]{0,20}>", " ", "".join(self.out[frame.words :])))
        words = " ".join(words.split())
        if not words:
            return
        _number, url, known = self.links[number - self._first]
        if not known:
            self.links[number - self._first] = (number, url, words[:_LINK_TEXT])
        mark = f" [{number}]"
        if misleads(words, url):
            if number not in self.misleading:
                self.misleading.append(number)
            mark = f" [{number} → {host(url)}]"
        # The mark follows the words directly, before any line break inside the link.
        at = len(self.out)
        while at > frame.words and (self.out[at - 1].startswith("<") or not self.out[at - 1].strip()):
            at -= 1
        self.out[at - 1] = self.out[at - 1].rstrip()
        self.out.insert(at, _html.escape(mark, quote=False))
        if at == len(self.out) - 1:
            self._fresh = False
