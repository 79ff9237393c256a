"""What a message contributes to the search index and to its row in a list.

Hot: runs once for every body that arrives. Linear, without the layout of HTML. Must not know the index.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tui_mail.mime import embedded
from tui_mail.mime.choose import NO_WORDS
from tui_mail.mime.quotes import says_who
from tui_mail.mime.strip import strip_html
from tui_mail.mime.structure import Message, Multipart, Part, parse, part_text
from tui_mail.mime.words import clean

MAX_BODY = 1_000_000
"""Characters of one message that are indexed."""
MAX_SNIPPET = 200
_ENOUGH_PLAIN = 200
"""A plain version of this many characters is all that is indexed of alternatives."""
_STUB_RATIO = 4
_SCANNED = 4000

_RULER = re.compile(r"[-=_*~#+.·–—•]{4,}")
_LINK = re.compile(r"<?\(?https?://[^\s<>]+>?")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\U000e0000-\U000e0fff]+"
)


@dataclass(frozen=True, slots=True)
class SearchText:
    """``body``: text to be indexed, unfolded and unfiltered. ``snippet``: its first words on one line,
    without controls; neither is safe for a terminal yet.
    """

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
    body = "\n".join(texts)[:MAX_BODY].replace("\0", " ")
    files = tuple(part.name for part in message.parts if part.name)
    inside = embedded.names(message)
    count = count_attachments(message) + len(inside) - embedded.hollow(message, inside)
    return SearchText(body, (*files, *inside.values()), snippet(texts[0] if texts else ""), count)


def count_attachments(message: Message) -> int:
    """How many attachments a person would count; a message inside is one, whatever is inside that."""
    inside = tuple(f"{part.id}." for part in message.parts if part.inner is not None)
    return sum(part.is_attachment and not (inside and part.id.startswith(inside)) for part in message.parts)


def snippet(text: str) -> str:
    """The first words a person wrote, on one line: no quotes, no signature, no rulers, no invisible characters."""
    text = text[:_SCANNED]
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
    words: list[str] = []
    length = 0
    for row in text.split("\n"):
        line = row.strip()
        if line == "--" and words:
            break
        if not line or line[0] == ">" or says_who(line):
            continue
        if "://" in line:
            line = _LINK.sub(" ", line)
        line = " ".join(_RULER.sub(" ", line).split())
        if line:
            words.append(line)
            length += len(line) + 1
            if length > MAX_SNIPPET:
                break
    found = " ".join(words) or " ".join(text.replace(">", " ").split())
    return clean(found[:MAX_SNIPPET])


def _collect(message: Message, node: Multipart | Part, texts: list[str]) -> None:
    """Append the texts of ``node``; of alternatives the plain one is enough when it says something."""
    if isinstance(node, Part):
        if node.inner is not None:
            _collect(message, node.inner, texts)
        elif (
            node.type.startswith("text/")
            and node.type not in NO_WORDS
            and (not node.is_attachment or node.type == "text/plain")
        ):
            text = _text(message, node)
            if text:
                texts.append(text)
        return
    if node.kind != "alternative":
        for member in node.members:
            _collect(message, member, texts)
        return
    plain: list[str] = []
    rich: list[str] = []
    others = [one for one in node.members if not isinstance(one, Part) or one.type != "text/plain"]
    for member in node.members:
        if member not in others:
            _collect(message, member, plain)
    if sum(map(len, plain)) < _ENOUGH_PLAIN:
        for member in others:
            _collect(message, member, rich)
    # A plain version that only says that there is another one comes after it, so that no snippet is made of it.
    stub = sum(map(len, rich)) > _STUB_RATIO * sum(map(len, plain))
    texts.extend([*rich, *plain] if stub else [*plain, *rich])


def _text(message: Message, part: Part) -> str:
    text = part_text(message, part, MAX_BODY)
    if embedded.may_hold(message, part):
        text = embedded.without(text)
    return strip_html(text)[0] if part.type == "text/html" else text.strip()
