"""HTML to text that a person goes on writing with: Markdown, in which links keep where they lead.

Owns the use of html2text. What the reader shows has numbers in the place of addresses, and those numbers mean nothing in
a message that is sent on. Runs in a process of its own (``mime.html_worker``): the parser below has inputs that take it
minutes. Must not know messages.
"""

from __future__ import annotations

import re

MAX_TEXT = 500_000
"""Characters that are taken over; nobody edits more."""
_EMPTY = re.compile(r"\n[ \t]*(?:\n[ \t]*){2,}")


def to_markdown(html: str) -> str:
    """The text of ``html``; may take long and may raise, see ``mime.html_worker``."""
    import html2text
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(html)
    page.strip_tags(["script", "style", "head", "title", "template", "noscript"], recursive=True)
    converter = html2text.HTML2Text(bodywidth=0)
    converter.unicode_snob = True
    converter.ignore_images = True
    converter.images_to_alt = True
    converter.skip_internal_links = True
    converter.ignore_tables = True
    converter.ul_item_mark = "-"
    text = converter.handle(page.html or "")
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return _EMPTY.sub("\n\n", lines).strip("\n")[:MAX_TEXT]
