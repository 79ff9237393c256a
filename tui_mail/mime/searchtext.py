"""What a message contributes to the search index and to its row in a list.

Hot: runs once for every body that arrives. Linear, without html2text. Must not know the index.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tui_mail.mime.strip import strip_html
from tui_mail.mime.structure import Message, Multipart, Part, parse, part_text

MAX_BODY = 1_000_000
"""Characters of one message that are indexed."""
MAX_SNIPPET = 200
_ENOUGH_PLAIN = 200
_SCANNED = 4000

_QUOTE = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_ATTRIBUTION = re.compile(
    r"^.{0,200}(?:wrote|writes|schrieb|écrit|escribió|scrisse|skrev|napisał|пишет)[^\n]{0,80}:[ \t]*$", re.MULTILINE
)
_HEADER_BLOCK = re.compile(r"^-{2,}[^\n]{0,60}-{2,}[ \t]*$", re.MULTILINE)
_SIGNATURE = re.compile(r"^-- ?\r?$", re.MULTILINE)
_RULER = re.compile(r"[-=_*~#+.·–—•]{4,}")
_LINK = re.compile(r"<?\(?https?://[^\s<>]+>?")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\U000e0000-\U000e0fff]+"
)


@dataclass(frozen=True, slots=True)
class SearchText:
    """``body``: text to be indexed, unfolded and unfiltered. ``snippet``: its first words on one line, unfiltered."""

    body: str
    files: tuple[str, ...]
    """Names of attachments."""
    snippet: str
    attachments: int


def search_text(raw: bytes) -> SearchText:
    """Read a whole message; never raises."""
    return of_message(parse(raw))


def of_message(message: Message) -> SearchText:
    """As ``search_text``, for a message that has been taken apart already."""
    texts: list[str] = []
    _collect(message, message.root, texts)
    body = "\n".join(texts)[:MAX_BODY] if len(texts) != 1 else texts[0][:MAX_BODY]
    files = tuple(part.name for part in message.parts if part.name)
    return SearchText(body, files, snippet(texts[0] if texts else ""), count_attachments(message))


def count_attachments(message: Message) -> int:
    """How many attachments a person would count; a message inside is one, whatever is inside that."""
    inside = tuple(f"{part.id}." for part in message.parts if part.inner is not None)
    return sum(part.is_attachment and not (inside and part.id.startswith(inside)) for part in message.parts)


def snippet(text: str) -> str:
    """The first words a person wrote: no quotes, no signature, no rulers, no invisible characters; one line."""
    text = text[:_SCANNED]
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
    end = _SIGNATURE.search(text)
    own = text[: end.start()] if end else text
    own = _ATTRIBUTION.sub("", _QUOTE.sub("", own)) if ">" in own else own
    words = " ".join(_RULER.sub(" ", _LINK.sub(" ", own)).split())
    if not words:
        words = " ".join(text.replace(">", " ").split())
    return words[:MAX_SNIPPET]


def _collect(message: Message, node: Multipart | Part, texts: list[str]) -> None:
    """Append the texts of ``node``; of alternatives the plain one is enough when it says something."""
    if isinstance(node, Part):
        if node.inner is not None:
            _collect(message, node.inner, texts)
        elif node.type.startswith("text/") and (not node.is_attachment or node.type == "text/plain"):
            text = _text(message, node)
            if text:
                texts.append(text)
        return
    if node.kind == "alternative":
        plain = [one for one in node.members if isinstance(one, Part) and one.type == "text/plain"]
        found: list[str] = []
        for part in plain:
            _collect(message, part, found)
        texts.extend(found)
        if sum(map(len, found)) >= _ENOUGH_PLAIN:
            return
        members = [one for one in node.members if one not in plain]
    else:
        members = list(node.members)
    for member in members:
        _collect(message, member, texts)


def _text(message: Message, part: Part) -> str:
    text = part_text(message, part, MAX_BODY)
    return strip_html(text)[0] if part.type == "text/html" else text.strip()
