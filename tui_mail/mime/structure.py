"""The parts of a message (RFC 2045, RFC 2046): where they lie in its bytes and what they say they are.

Owns the splitting of multiparts, by offsets, without copying; bounded in depth and number; linear but for the depth.
Must not know how parts are shown. Never raises on any bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tui_mail.mime import boundaries
from tui_mail.mime.charsets import codec, decode
from tui_mail.mime.envelope import parse_envelope
from tui_mail.mime.headers import MAX_HEADER, every, fields, first
from tui_mail.mime.headers import decode as decode_header
from tui_mail.mime.params import Params, parse_params
from tui_mail.mime.transfer import decode_body, decoded_size, encoding_of
from tui_mail.model.mail import Envelope
from tui_mail.text.safe import BLOCK_LIMIT

MAX_DEPTH = 50
MAX_PARTS = 1000
MAX_LINES = 100_000
"""Lines that look like boundaries and are looked at, in the whole message."""
MAX_TEXT = BLOCK_LIMIT
"""Octets of one part that are read as text."""

_META_CHARSET = re.compile(rb"<meta\s[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9_:-]{2,40})", re.IGNORECASE).search
_OPAQUE = Params("application/octet-stream")
# Parts that say something about others, and that nobody would save.
_OF_SEALS = frozenset(
    {
        "application/pgp-signature",
        "application/pgp-encrypted",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
    }
)
_OF_REPORTS = frozenset(
    {
        "message/delivery-status", "message/global-delivery-status", "message/disposition-notification",
        "message/global-disposition-notification", "message/feedback-report", "text/rfc822-headers", "message/global-headers",
    }
)  # fmt: skip
_TOKEN = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}").fullmatch


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf: a body, an attachment, or a whole message inside the message."""

    id: str
    """The section number of IMAP (RFC 9051, 6.4.5.1): ``1``, ``1.2``."""
    type: str
    """Lower case, as in ``text/plain``; ``application/octet-stream`` when what it says makes no sense."""
    charset: str
    name: str
    """As the message says it, decoded, without controls: no file name yet, see ``mime.filenames``."""
    size: int
    """Octets after decoding."""
    disposition: str
    """``inline``, ``attachment`` or empty."""
    content_id: str
    """Without angle brackets."""
    is_attachment: bool
    start: int
    end: int
    """The octets of the body within the message, still encoded."""
    encoding: str
    """Transfer encoding: ``base64``, ``quoted-printable``, ``uuencode`` or empty."""
    flowed: bool = False
    """Text of format=flowed (RFC 3676)."""
    delsp: bool = False
    inner: Multipart | Part | None = None
    """For message/rfc822 that is not encoded: what the message inside consists of."""
    header: tuple[int, int] = (0, 0)
    """For message/rfc822 that is not encoded: where its header lies."""


@dataclass(frozen=True, slots=True)
class Multipart:
    """Parts that belong together; ``kind`` is the subtype, such as mixed, alternative or related."""

    kind: str
    members: tuple[Multipart | Part, ...]
    start: str = ""
    """multipart/related: the Content-ID of the part to show, without brackets."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message taken apart; ``raw`` is kept, offsets of the parts point into it."""

    raw: bytes
    header: bytes
    fields: list[tuple[str, bytes]]
    root: Multipart | Part
    parts: tuple[Part, ...]
    """Every leaf in order, the parts of messages inside included."""
    problems: frozenset[str]
    """``deep``, ``many``: cut off at a limit; ``ambiguous``: other programs may see other parts; ``outside``: text before
    the first or after the last part."""

    @property
    def envelope(self) -> Envelope:
        """The fields of the header that lists show; read anew at each call."""
        return parse_envelope(self.header)

    def part(self, part_id: str) -> Part | None:
        """The part of that section number."""
        return next((part for part in self.parts if part.id == part_id), None)


@dataclass(slots=True)
class _State:
    raw: bytes
    parts: list[Part] = field(default_factory=list)
    problems: set[str] = field(default_factory=set)
    lines: int = MAX_LINES


def parse(raw: bytes) -> Message:
    """Take ``raw`` apart; whatever it is, every octet of its body lies in some part or in the text around them."""
    body = raw if b"\n" in raw or b"\r" not in raw else raw.replace(b"\r", b"\n")
    state = _State(body)
    header_end, start = boundaries.header(body, 0, len(body))
    header = body[:header_end]
    header_fields = fields(header)
    root = _entity(state, header_fields, start, len(body), "1", "", 0)
    return Message(body, header, header_fields, root, tuple(state.parts), frozenset(state.problems))


def part_bytes(message: Message, part_id: str) -> bytes:
    """The decoded octets of the part, or of a file inside one (``1/2``); empty when there is no such part."""
    if "/" in part_id:
        from tui_mail.mime.embedded import octets

        return octets(message, part_id)
    part = message.part(part_id)
    return part_octets(message, part) if part else b""


def part_octets(message: Message, part: Part, limit: int | None = None) -> bytes:
    """The decoded octets of a part, at least the first ``limit`` of them."""
    end = part.end if limit is None else min(part.end, part.start + 3 * limit)
    return decode_body(message.raw[part.start : end], part.encoding)


def part_text(message: Message, part: Part, limit: int = MAX_TEXT) -> str:
    """The characters of a text part, at most ``limit`` octets of it; unfiltered, line breaks as they are."""
    data = decode_body(message.raw[part.start : min(part.end, part.start + 2 * limit)], part.encoding)[:limit]
    charset = part.charset
    if part.type == "text/html" and not codec(charset) and (said := _META_CHARSET(data[:2048])):
        charset = said[1].decode("ascii")
    return decode(data, charset)


def _entity(
    state: _State,
    header_fields: list[tuple[str, bytes]],
    start: int,
    end: int,
    section: str,
    outer: str,
    depth: int,
) -> Multipart | Part:
    """One entity whose body is raw[start:end]. ``outer`` is the kind of the multipart around it."""
    if len(every(header_fields, "content-type")) > 1 or len(every(header_fields, "content-transfer-encoding")) > 1:
        state.problems.add("ambiguous")
    content = parse_params(first(header_fields, "content-type"))
    if content.repeated:
        state.problems.add("ambiguous")
    if content.value.startswith("multipart/"):
        boundary = content.params.get("boundary", "")
        if depth >= MAX_DEPTH:
            state.problems.add("deep")
            content = _OPAQUE
        elif boundary:
            found = _multipart(state, content, boundary, start, end, section, depth)
            if found is not None:
                return found
        else:
            state.problems.add("ambiguous")
    return _leaf(state, header_fields, content, start, end, section, outer, depth)


def _multipart(
    state: _State, content: Params, boundary: str, start: int, end: int, section: str, depth: int
) -> Multipart | None:
    """The members between the lines of ``boundary``; None when there is no such line, so that the body is shown."""
    raw = state.raw
    found = boundaries.find(raw, boundary.encode("utf-8", "replace"), start, end, MAX_PARTS, state.lines)
    state.lines -= found.looked
    if state.lines < 0:
        state.problems.add("many")
    if not found.spans:
        state.problems.add("ambiguous")
        return None
    before = raw[start : found.first_line].strip()
    if (before and b"MIME" not in before[:200] and b"mime" not in before[:200]) or raw[found.after : end].strip():
        state.problems.add("outside")
    # The parts of the outermost multipart are 1, 2 …; those of a multipart that is part 2 are 2.1, 2.2 …; those of a
    # message that is part 3 are 3.1, 3.2 … whether or not it is a multipart, which a section "3." stands for here.
    prefix = section if section.endswith(".") else f"{section}." if depth else ""
    kind = content.value.partition("/")[2][:40]
    members: list[Multipart | Part] = []
    for number, (part_start, part_end) in enumerate(found.spans, start=1):
        if len(state.parts) >= MAX_PARTS - 1:
            state.problems.add("many")
            members.append(_leaf(state, [], _OPAQUE, part_start, end, f"{prefix}{number}", kind, depth + 1))
            break
        header_end, body_start = boundaries.header(raw, part_start, part_end)
        header_fields = fields(raw[part_start : min(header_end, part_start + MAX_HEADER)])
        if kind == "digest" and not first(header_fields, "content-type"):
            header_fields.append(("Content-Type", b"message/rfc822"))
        members.append(_entity(state, header_fields, body_start, part_end, f"{prefix}{number}", kind, depth + 1))
    return Multipart(kind, tuple(members), content.params.get("start", "").strip("<> "))


def _leaf(
    state: _State,
    header_fields: list[tuple[str, bytes]],
    content: Params,
    start: int,
    end: int,
    section: str,
    outer: str,
    depth: int,
) -> Part:
    disposition = parse_params(first(header_fields, "content-disposition"))
    encoding = encoding_of(first(header_fields, "content-transfer-encoding"))
    name = disposition.params.get("filename") or content.params.get("name", "")
    kind = leaf_type(content.value)
    placed = placement(disposition.value)
    index = len(state.parts)
    part = Part(
        id=f"{section}1" if section.endswith(".") else section,
        type=kind,
        charset=content.params.get("charset", "")[:60],
        name=name[:1000],
        size=decoded_size(state.raw, start, end, encoding),
        disposition=placed,
        content_id=decode_header(first(header_fields, "content-id")[:1000]).strip("<> "),
        is_attachment=_is_attachment(kind, placed, name, outer, depth),
        start=start,
        end=end,
        encoding=encoding,
        flowed=content.params.get("format", "").lower() == "flowed",
        delsp=content.params.get("delsp", "").lower() == "yes",
    )
    state.parts.append(part)
    if kind in {"message/rfc822", "message/global"} and not encoding:
        part = _with_inner(state, part, depth)
        state.parts[index] = part
    return part


def leaf_type(said: str) -> str:
    """The type of a part that says ``said``, lower case; one that makes no sense is a text or unknown data."""
    kind = said or "text/plain"
    if _TOKEN(kind) and not kind.startswith("multipart/"):
        return kind
    return "text/plain" if kind.startswith(("multipart/", "text")) else "application/octet-stream"


def placement(said: str) -> str:
    """``inline``, ``attachment`` or empty, for a Content-Disposition; what nobody knows is an attachment (RFC 2183, 2.8)."""
    return "attachment" if said and said != "inline" else said


def _with_inner(state: _State, part: Part, depth: int) -> Part:
    """A message inside the message, with what it consists of."""
    if depth >= MAX_DEPTH:
        state.problems.add("deep")
        return part
    if len(state.parts) >= MAX_PARTS:
        state.problems.add("many")
        return part
    header_end, body_start = boundaries.header(state.raw, part.start, part.end)
    inner_fields = fields(state.raw[part.start : min(header_end, part.start + MAX_HEADER)])
    subject = decode_header(first(inner_fields, "subject"))[:200]
    inner = _entity(state, inner_fields, body_start, part.end, f"{part.id}.", "", depth + 1)
    return Part(
        part.id, part.type, part.charset, part.name or f"{subject or 'message'}.eml", part.size, part.disposition, part.content_id, part.is_attachment,
        part.start, part.end, part.encoding, part.flowed, part.delsp, inner, (part.start, header_end),
    )  # fmt: skip


def _is_attachment(kind: str, disposition: str, name: str, outer: str, depth: int) -> bool:
    """True for what a person would look for among the attachments; the text of the message itself is none."""
    text = kind in {"text/plain", "text/html", "text/enriched"}
    if depth == 0 and text:
        return disposition == "attachment"
    if disposition == "attachment":
        return True
    if text:
        return name != ""
    if outer == "related" and kind.startswith("image/"):
        return False
    if (outer == "report" and kind in _OF_REPORTS) or (outer in {"report", "digest"} and kind == "message/rfc822"):
        return False
    return kind not in _OF_SEALS and not (kind.startswith("text/") and outer == "alternative")
