"""What elements of a page are, by their names and by what their attributes say.

Owns these lists and patterns. Must not know the tree.
"""

from __future__ import annotations

import re

BLOCK = frozenset(
    {
        "address", "article", "aside", "center", "details", "dir", "div", "dl", "dt", "fieldset", "figure",
        "figcaption", "footer", "form", "header", "main", "nav", "section", "summary", "body", "html", "tr", "td", "th",
        "table", "caption", "li", "dd", "menu", "hgroup", "legend",
    }
)  # fmt: skip
UNSEEN = frozenset(
    {
        "script", "style", "head", "title", "template", "noscript", "svg", "math", "select", "object", "iframe",
        "frameset", "audio", "video", "canvas", "input", "textarea", "meta", "link", "map",
    }
)  # fmt: skip
APART = BLOCK | {"p", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "hr"}
LISTS = frozenset({"ul", "ol", "menu", "dir"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
REMOTE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE).match
BACKGROUND = re.compile(r"url\s*\(\s*['\"]?\s*(?:https?:)?//", re.IGNORECASE).search
SIGNATURE = re.compile(
    r"(?:^|\s)(?:gmail_signature|moz-signature|protonmail_signature_block|x_Signature)(?:\s|$)"
).search
QUOTED = re.compile(r"(?:^|\s)\w{0,40}yahoo_quoted(?:\s|$)").search
"""What some program puts around a quote instead of the element for it."""
WHITE_SPACE = re.compile(r"(?:^|[;\s])white-space\s*:\s*([a-z-]{1,20})", re.IGNORECASE).search
KEEPING = frozenset({"pre", "pre-wrap", "pre-line", "break-spaces"})
"""Ways of white space in which a line break of the source is one."""
STRUCK = frozenset({"del", "s", "strike"})
STRUCK_BY_STYLE = re.compile(r"text-decoration(?:-line)?\s*:[^;]{0,60}line-through", re.IGNORECASE).search
MARGIN = re.compile(r"(?:^|;)\s*margin\s*:\s*([^;!]{1,60})", re.IGNORECASE).search
ZERO = re.compile(r"-?0+(?:\.0+)?(?:px|pt|em|rem|%|in|cm)?").fullmatch
RULED = re.compile(r"border-top\s*:\s*(?!none|0)", re.IGNORECASE).search
AS_BLOCK = re.compile(r"display\s*:\s*(?:block|table|flex|list-item)\b", re.IGNORECASE).search


def count(text: str) -> int:
    """How many columns or rows a cell says it spans."""
    text = text.strip()
    return max(int(text[:3]), 1) if text.isascii() and text.isdecimal() else 1


def distances(attributes: dict[str, str | None], style: str) -> tuple[bool, bool]:
    """Whether a paragraph keeps a distance above and below; Outlook writes each line of a letter without."""
    margin = MARGIN(style) if style else None
    values = margin[1].split() if margin else []
    if values:
        return not ZERO(values[0]), not ZERO(values[2] if len(values) > 2 else values[0])
    loose = not (attributes.get("class") or "").startswith(("MsoNormal", "MsoListParagraph", "MsoPlainText"))
    return loose, loose
