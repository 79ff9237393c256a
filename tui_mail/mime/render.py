"""A message to what the reader shows: text, links, parts and warnings, all of it safe.

Owns how parts become one text. Never raises on any bytes; HTML goes through the converter that is handed in. Must not
know widths, widgets or the cache.
"""

from __future__ import annotations

from tui_mail.mime import authres
from tui_mail.mime.choose import bodies, has_type
from tui_mail.mime.flowed import join_flowed
from tui_mail.mime.headers import decode, fields, first, params
from tui_mail.mime.html import MAX_OUT, HtmlConverter, simple_text
from tui_mail.mime.links import host, plain_links, safe_url
from tui_mail.mime.rendered import RENDER_VERSION, Link, PartInfo, Rendered, Warning_
from tui_mail.mime.structure import MAX_TEXT, Message, Part, parse, part_text
from tui_mail.mime.trust import sender_warnings
from tui_mail.model.words import _, ngettext
from tui_mail.text.safe import BLOCK_LIMIT, SafeText, block, line

_MAX_LINKS = 2000
_MAX_NAME = 200
_MAX_INNER = 20
_MAX_HTML = 20
_MAX_WARNED = 5
_INNER_FIELDS = ("From", "To", "Cc", "Date", "Subject")


def render(raw: bytes, *, prefer: str = "auto", html: HtmlConverter) -> Rendered:
    """Render a whole message. ``prefer``: ``plain`` or ``html`` where there are both, ``auto``: plain if it says something."""
    message = parse(raw)
    work = _Work(message, prefer, html)
    work.add(bodies(message, prefer))
    return Rendered(
        version=RENDER_VERSION,
        kind=work.kind or "none",
        text=SafeText("\n\n".join(work.texts)),
        links=tuple(work.links),
        parts=tuple(_info(part) for part in message.parts),
        has_plain=has_type(message, "text/plain"),
        has_html=has_type(message, "text/html"),
        remote_images=work.remote_images,
        hidden=work.hidden,
        warnings=(*sender_warnings(message.fields), *work.warnings()),
        results=authres.read(message.fields),
    )


def _info(part: Part) -> PartInfo:
    return PartInfo(part.id, part.type, line(part.name, _MAX_NAME), part.size, part.disposition, part.is_attachment)


class _Work:
    """What is gathered part by part."""

    def __init__(self, message: Message, prefer: str, html: HtmlConverter) -> None:
        self.texts: list[SafeText] = []
        self.links: list[Link] = []
        self.kind = ""
        self.remote_images = self.hidden = 0
        self._message = message
        self._prefer = prefer
        self._html = html
        self._known: set[str] = set()
        self._misleading: list[int] = []
        self._refused = 0
        self._failed = ""
        self._cut = False
        self._room = BLOCK_LIMIT
        self._inner = self._html_parts = 0

    def add(self, parts: list[Part]) -> None:
        """Each part is read alone, so that none can close what another opened."""
        for part in parts:
            if part.inner is not None:
                self._add_message(part)
            elif part.type == "text/html":
                self._add_html(part)
            else:
                self._add_plain(part)

    def warnings(self) -> list[Warning_]:
        """What the parts gave rise to."""
        return [Warning_(kind, line(text)) for kind, text in self._texts()]

    def _add_plain(self, part: Part) -> None:
        text = part_text(self._message, part)
        self._cut = self._cut or part.end - part.start > MAX_TEXT
        if part.flowed:
            text = join_flowed(text.replace("\r\n", "\n"), part.delsp)
        safe = SafeText(block(text).strip("\n"))
        for _start, _end, url in plain_links(safe):
            self._number(url, line(url))
        self._append(safe, "plain")

    def _add_html(self, part: Part) -> None:
        html = part_text(self._message, part)
        self._html_parts += 1
        if self._failed == "time" or self._html_parts > _MAX_HTML:
            # A message of many such parts would otherwise take many times the time of one.
            answer = simple_text(html[:MAX_OUT], self._failed or "size")
        else:
            answer = self._html.convert(html, len(self.links) + 1)
        self._cut = self._cut or answer.cut or part.end - part.start > MAX_TEXT
        self._failed = self._failed or answer.failed
        self.hidden += answer.hidden
        self.remote_images += answer.remote_images
        self._refused += answer.refused
        for number, url, words in answer.links:
            if safe_url(url) == url:
                self.links.append(Link(number, url, line(words, _MAX_NAME), line(host(url))))
        self._misleading += answer.misleading
        self._append(SafeText(block(answer.text).strip("\n")), "html")

    def _add_message(self, part: Part) -> None:
        """A message inside: the fields that say whose it is, then its text."""
        self._inner += 1
        if self._inner > _MAX_INNER or part.inner is None:
            return
        header = fields(self._message.raw[part.header[0] : part.header[1]])
        shown = [f"{name}: {line(decode(first(header, name)))}" for name in _INNER_FIELDS if first(header, name)]
        title = _("A message inside this one")
        self._append(SafeText("\n".join([f"── {title} ──", *shown])), "plain")
        inside = Message(self._message.raw, b"", header, part.inner, self._message.parts, frozenset())
        self.add(bodies(inside, self._prefer))

    def _append(self, text: SafeText, kind: str) -> None:
        if not text.strip():
            return
        self._room -= len(text)
        if self._room < 0:
            self._cut = True
        else:
            self.texts.append(text)
            self.kind = self.kind or kind

    def _number(self, url: str, words: SafeText) -> None:
        """Links of plain text have a number in the list only; nothing is written into the text."""
        if url not in self._known and len(self.links) < _MAX_LINKS:
            self._known.add(url)
            self.links.append(Link(len(self.links) + 1, url, words, line(host(url))))

    def _texts(self) -> list[tuple[str, str]]:
        """Kinds and sentences of the warnings that hold; see ``rendered.Warning_``."""
        found: list[tuple[str, str]] = []
        for number in self._misleading[:_MAX_WARNED]:
            link = next((one for one in self.links if one.number == number), None)
            if link is not None:
                text = _("Link {number} says {words}, but leads to {host}.")
                found.append(("link-mismatch", text.format(number=number, words=link.text[:80], host=link.host)))
        if self._refused:
            text = ngettext(
                "{count} link leads neither to the web nor to mail and is not offered.",
                "{count} links lead neither to the web nor to mail and are not offered.",
                self._refused,
            )
            found.append(("link-refused", text.format(count=self._refused)))
        if self._failed:
            reason = _("took too long to lay out") if self._failed == "time" else _("could not be laid out")
            found.append(("html-simple", _("The HTML {reason}; this is its text without links.").format(reason=reason)))
        if self._cut:
            found.append(("cut", _("The message is very long; its text is shown in part.")))
        return [*found, *_structure_texts(self._message)]


def _structure_texts(message: Message) -> list[tuple[str, str]]:
    """Warnings about how the message is put together."""
    sentences = {
        "deep": _("Parts are nested too deeply; what lies deeper is kept as an attachment."),
        "many": _("The message has too many parts; the last ones are kept as one attachment."),
        "ambiguous": _("The message is put together in a way that other programs may read differently."),
        "outside": _("There is text outside the parts of the message; the source shows it."),
    }
    found = [(kind, sentence) for kind, sentence in sentences.items() if kind in message.problems]
    content = params(first(message.fields, "content-type")).value
    types = {part.type for part in message.parts}
    if content == "multipart/encrypted" or "application/pkcs7-mime" in types:
        found.append(("encrypted", _("The message is encrypted or signed as a whole; it cannot be read here.")))
    elif content == "multipart/signed" or "application/pgp-signature" in types:
        found.append(("signed", _("The message is signed; the signature was not checked.")))
    return found
