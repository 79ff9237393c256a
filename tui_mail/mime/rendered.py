"""A message as the reader shows it: text, links, parts, warnings; and its form in the store's cache.

Light on purpose: the user interface imports this at start. Must not know how rendering is done.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tui_mail.text.safe import SafeText, block, line

RENDER_VERSION = 1
"""Grows whenever rendering changes, so that what was cached before is made anew."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link that may be opened: http, https or mailto, printable ASCII without spaces."""

    number: int
    """From 1, in order of appearance. In text made from HTML it stands in brackets after the words of the link."""
    url: str
    text: SafeText
    """The words of the link; in plain text the address itself."""
    host: SafeText
    """Where it leads, in the form that shows look-alike letters (``xn--``); empty for mailto."""


@dataclass(frozen=True, slots=True)
class PartInfo:
    """A leaf of the message as lists of attachments show it."""

    id: str
    type: str
    name: SafeText
    size: int
    disposition: str
    is_attachment: bool


@dataclass(frozen=True, slots=True)
class Warning_:  # noqa: N801 - the built-in Warning is something else
    """Something the person should know; ``kind`` is a stable word for programs, ``text`` a sentence."""

    kind: str
    text: SafeText


@dataclass(frozen=True, slots=True)
class AuthResult:
    """One Authentication-Results field (RFC 8601): the verdicts that ``by`` claims; empty where it has none."""

    by: str
    spf: str
    dkim: str
    dmarc: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """Independent of width: lines are paragraphs and not wrapped."""

    version: int
    kind: str
    """``plain``, ``html`` or ``none``: what the text was made from."""
    text: SafeText
    links: tuple[Link, ...]
    parts: tuple[PartInfo, ...]
    has_plain: bool
    has_html: bool
    remote_images: int
    """Images on other machines, none of which was fetched."""
    hidden: int
    """Characters of text that the HTML keeps from being seen, and that were left out."""
    warnings: tuple[Warning_, ...]
    results: tuple[AuthResult, ...]
    """In the order of the fields, topmost first; see ``mime.authres`` for which one to believe."""

    def to_bytes(self) -> bytes:
        """JSON, for the cache."""
        return json.dumps(
            [
                self.version, self.kind, self.text,
                [[link.number, link.url, link.text, link.host] for link in self.links],
                [[part.id, part.type, part.name, part.size, part.disposition, part.is_attachment] for part in self.parts],
                self.has_plain, self.has_html, self.remote_images, self.hidden,
                [[warning.kind, warning.text] for warning in self.warnings],
                [[result.by, result.spf, result.dkim, result.dmarc] for result in self.results],
            ],
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()  # fmt: skip


def from_bytes(data: bytes) -> Rendered | None:
    """What ``to_bytes`` wrote; None when it is of another version or damaged, so that it is made anew."""
    try:
        return _read(json.loads(data))
    except (ValueError, TypeError, KeyError, IndexError):
        return None


def _read(values: list[Any]) -> Rendered | None:
    if values[0] != RENDER_VERSION:
        return None
    (_version, kind, text, links, parts, has_plain, has_html, remote_images, hidden, warnings, results) = values
    # The cache is a file: what it holds is filtered again, which changes nothing unless somebody else wrote it.
    return Rendered(
        version=RENDER_VERSION,
        kind=str(kind),
        text=block(text),
        links=tuple(Link(int(number), str(url), line(words), line(host)) for number, url, words, host in links),
        parts=tuple(
            PartInfo(str(part), str(type_), line(name), int(size), str(disposition), bool(attached))
            for part, type_, name, size, disposition, attached in parts
        ),
        has_plain=bool(has_plain),
        has_html=bool(has_html),
        remote_images=int(remote_images),
        hidden=int(hidden),
        warnings=tuple(Warning_(str(kind), line(words)) for kind, words in warnings),
        results=tuple(AuthResult(*map(str, result)) for result in results),
    )
