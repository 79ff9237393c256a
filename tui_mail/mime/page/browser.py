"""A page of a message as a browser may be given it: written anew from a list of what is harmless, and nothing else.

Owns that list, and the finding of pictures on other machines. No script, form, frame or plug-in survives; nothing is
fetched by looking at it, and the policy in its head tells the browser so once more. Where the person wants the pictures,
they are fetched over https. Runs in a process of its own (``mime.html_worker``): the parser has inputs that take it minutes.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final

from tui_mail.mime.links import safe_url
from tui_mail.mime.page.pictures import is_pixel

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MAX_PICTURES: Final = 200
_KEPT = frozenset(
    """a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn
    dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li main mark menu nav
    ol p pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt
    u ul var wbr""".split()
)
_VOID = frozenset({"br", "col", "hr", "img", "wbr"})
_DROPPED = frozenset(
    """script style head title template noscript svg math select object embed applet iframe frame frameset noframes audio
    video source track canvas input textarea button meta link base map area portal dialog xmp plaintext noembed param
    basefont bgsound""".split()
)
"""With all that is inside them; of other elements that are not kept the inside is."""
_ATTRIBUTES = frozenset(
    """abbr align alt bgcolor border cellpadding cellspacing class color colspan dir face height hspace lang nowrap rowspan
    rules scope size span start summary title type valign vspace width""".split()
)
_LONGEST: Final = 2000
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_IMPORT = re.compile(r"@import[^;{}]*;?|@charset[^;{}]*;?|@namespace[^;{}]*;?", re.IGNORECASE)
_URL = re.compile(r"(?:url|src)\s*\([^)]*\)?", re.IGNORECASE)
_WRONG = re.compile(
    r"[\\<\x00]|expression|behaviou?r|-moz-binding|javascript|image-set|image\s*\(|@import|url\s*\(", re.IGNORECASE
)
_INLINE = re.compile(r"\s*data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]+", re.IGNORECASE).fullmatch
_CID = re.compile(r"\s*cid:([!-~]{1,300})\s*", re.IGNORECASE).fullmatch
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:{more}; form-action 'none'; base-uri 'none'"
)


def to_page(html: str, *, remote: bool) -> str:
    """A whole document made of what of ``html`` is harmless; ``remote``: with its pictures on other machines.

    Pictures of the message itself are left as ``cid:`` for ``mime.webpage``. May take long and may raise.
    """
    from selectolax.lexbor import LexborHTMLParser

    parser = LexborHTMLParser(html)
    sheets = [sheet for node in parser.css("style") if (sheet := clean_style(node.text() or ""))]
    policy = _POLICY.format(more=" https:" if remote else "")
    rows = [
        "<!DOCTYPE html>",
        f'<html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="referrer" content="no-referrer"><meta http-equiv="x-dns-prefetch-control" content="off">',
        *(f"<style>{sheet}</style>" for sheet in sheets),
        "</head><body>",
    ]
    if parser.body is not None:
        _write(parser.body, rows, remote=remote)
    return "".join([*rows, "</body></html>\n"])


def remote_pictures(html: str) -> list[str]:
    """Addresses of pictures over https that are there to be seen, each once. May take long and may raise."""
    from selectolax.lexbor import LexborHTMLParser

    found: dict[str, None] = {}
    for node in LexborHTMLParser(html).css("img"):
        attributes = node.attributes
        url = safe_url(attributes.get("src") or "")
        if url.startswith("https:") and not is_pixel(attributes, attributes.get("style") or ""):
            found[url] = None
    return list(found)[:MAX_PICTURES]


def clean_style(css: str) -> str:
    """Declarations or a sheet without anything that fetches or runs; empty where that cannot be told."""
    css = _IMPORT.sub("", _COMMENT.sub(" ", css))
    css = _URL.sub("none", css)
    return "" if _WRONG.search(css) else css


def _write(root: LexborNode, rows: list[str], *, remote: bool) -> None:
    """Everything inside ``root``, without recursion, so that depth costs nothing."""
    stack: list[tuple[LexborNode | None, str]] = [(root.child, "")]
    while stack:
        node, end = stack.pop()
        if node is None:
            rows.append(end)
            continue
        stack.append((node.next, end))
        if node.is_text_node:
            rows.append(escape(node.text_content or ""))
        elif node.is_element_node:
            tag = (node.tag or "").lower()
            if tag in _DROPPED:
                continue
            if tag not in _KEPT:
                stack.append((node.child, ""))
                continue
            rows.append(f"<{tag}{_attributes(tag, node.attributes, remote=remote)}>")
            if tag not in _VOID:
                stack.append((node.child, f"</{tag}>"))


def _attributes(tag: str, given: dict[str, str | None], *, remote: bool) -> str:
    kept = {name: (value or "")[:_LONGEST] for name, value in given.items() if name in _ATTRIBUTES}
    if style := clean_style((given.get("style") or "")[: 4 * _LONGEST]):
        kept["style"] = style
    if tag == "a" and (url := safe_url(given.get("href") or "")):
        kept |= {"href": url, "target": "_blank", "rel": "noopener noreferrer"}
    if tag == "img":
        source = _source(given.get("src") or "", remote=remote)
        if source:
            kept["src"] = source
    return "".join(f' {name}="{escape(value)}"' for name, value in kept.items())


def _source(source: str, *, remote: bool) -> str:
    if _INLINE(source) or _CID(source):
        return source.strip()
    url = safe_url(source)
    return url if remote and url.startswith("https:") else ""
