"""Which parts of a message are its text, and in which of several versions.

Owns the choice among alternatives (RFC 2046, 5.1.4), by what each of them says, and the root of related parts (RFC 2387).
Must not know how text is shown.
"""

from __future__ import annotations

import re
from typing import Final

from tui_mail.mime.patches import is_patch
from tui_mail.mime.reports import DELIVERY, HEADERS, READ
from tui_mail.mime.strip import strip_html
from tui_mail.mime.structure import Message, Multipart, Part, part_text

_STUB: Final = 300
"""A plain version of fewer letters, beside one in HTML that says far more, often only says that there is one."""
_STUB_RATIO: Final = 4
_POORER: Final = 0.6
"""A plain version with fewer of the words than this has lost some of what was written."""
_READ: Final = 300_000
_COMPARED: Final = 3000
_TAG = re.compile(
    r"</?(?:p|div|span|table|tr|td|br|a|font|html|body|head|style|b|strong|img|h[1-6]|ul|li)\b[^>\n]{0,300}>",
    re.IGNORECASE,
)
_CSS = re.compile(r"[\w.#-]{1,40}\s*\{[^{}\n]{0,200}:[^{}\n]{0,200};")
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
_WORD = re.compile(r"[^\W_]{2,}")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
# Text that is there for programs and has no words for a person.
NO_WORDS: Final = frozenset(
    {"text/calendar", "text/x-vcalendar", "text/rtf", "text/richtext", "text/css", "text/javascript", "text/x-amp-html", "text/watch-html",
     "text/directory", "text/vcard", "text/x-vcard", "text/xml", "text/csv", "text/tab-separated-values"}
)  # fmt: skip


def bodies(message: Message, prefer: str = "auto") -> list[Part]:
    """The parts to read one after the other. ``prefer``: ``plain``, ``html``, or ``auto``: the better one.

    A message inside is one of them (``message/rfc822``) unless it is marked as an attachment.
    """
    return Choice(message, prefer).parts


def has_type(message: Message, kind: str) -> bool:
    """True when a part of that type is text of the message."""
    return any(part.type == kind and not part.is_attachment for part in message.parts)


class Choice:
    """The parts to read, and why this version of the first text that has several."""

    def __init__(self, message: Message, prefer: str = "auto") -> None:
        self.why = ""
        self._message = message
        self._prefer = prefer
        self.parts = self._bodies(message.root)

    def _bodies(self, node: Multipart | Part) -> list[Part]:
        if isinstance(node, Part):
            return [node] if is_text(node) else []
        if node.kind == "alternative":
            return self._best([self._bodies(member) for member in node.members])
        if node.kind == "related" and node.members:
            named = (one for one in node.members if isinstance(one, Part) and one.content_id == node.start != "")
            root = self._bodies(next(named, node.members[0]))
            # A root that is no text: some programs write the parts in another order than the standard wants.
            return root or next((found for member in node.members if (found := self._bodies(member))), [])
        return [part for member in node.members for part in self._bodies(member)]

    def _best(self, members: list[list[Part]]) -> list[Part]:
        """The version wanted among those that have any text."""
        plain = next((parts for parts in members if parts and _is(parts, "text/plain")), None)
        rich = next((parts for parts in reversed(members) if any(part.type == "text/html" for part in parts)), None)
        if rich is None or plain is None:
            present = [parts for parts in members if parts]
            return plain or rich or (present[-1] if present else [])
        if self._prefer in {"html", "plain"}:
            chosen = rich if self._prefer == "html" or not self._says(plain) else plain
            self.why = self.why or "asked"
            return chosen
        against = self._against(plain, rich)
        self.why = self.why or against or "enough"
        return rich if against else plain

    def _says(self, parts: list[Part]) -> bool:
        return any(part_text(self._message, part, 10_000).strip() for part in parts)

    def _against(self, plain: list[Part], rich: list[Part]) -> str:
        """What speaks against the plain version; empty when it will do."""
        text = "\n".join(part_text(self._message, part, _READ) for part in plain)
        bare = text.strip()
        if not bare:
            return "stub"
        html = "\n".join(
            strip_html(part_text(self._message, part, _READ))[0] for part in rich if part.type == "text/html"
        )
        if not html.strip():
            return ""
        if bare.count("�") > max(3, len(bare) // 200) and html.count("�") * 4 < bare.count("�"):
            return "damaged"
        if len(_TAG.findall(text)) > 5 + len(text) // 1000 or len(_CSS.findall(text)) > 3:
            return "markup"
        without = _ADDRESS.sub("", bare)
        words, others = _words(without), _words(_ADDRESS.sub("", html))
        if len(without) < _STUB and others > _STUB_RATIO * max(words, 1):
            return "stub"
        if len(bare) > _COMPARED // 10 and len(without) < len(bare) / 3:
            return "addresses"
        return "poorer" if words < _POORER * others and others > _COMPARED // 60 else ""


def is_text(part: Part) -> bool:
    """True for what is read in place: text that is no attachment, reports, and messages that are not marked as one."""
    if part.inner is not None:
        return part.disposition != "attachment"
    if part.type in DELIVERY or part.type in READ or part.type in HEADERS:
        return True
    if part.type in {"text/plain", "text/html"}:
        return not part.is_attachment or (part.disposition == "inline" and part.type == "text/plain")
    if part.type.startswith("text/") and is_patch(part.type, part.name):
        return part.disposition != "attachment"
    return (
        part.type.startswith("text/")
        and part.type not in NO_WORDS
        and part.disposition != "attachment"
        and not part.name
    )


def _words(text: str) -> int:
    """How much is said: words, and the letters of scripts that have no spaces between them."""
    return len(_WORD.findall(text)) + len(_WIDE.findall(text))


def _is(parts: list[Part], kind: str) -> bool:
    return all(part.type == kind for part in parts)
