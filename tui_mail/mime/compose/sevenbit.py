"""A message made elsewhere, in seven-bit octets and lines that every server takes (RFC 5321, 4.5.3.1.6; RFC 2045).

Owns the encoding of what needs it, part by part. What is seven-bit stays as it is, octet for octet, and so does
whatever is signed. Must not know recipients.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple, NoReturn

from tui_mail.mime.addresses import parse
from tui_mail.mime.compose.fields import ids, mailboxes, parameters, unstructured
from tui_mail.mime.compose.parts import (
    MESSAGE,
    encode_base64,
    encode_text,
    is_seven_bit,
    transfer_encoding,
)
from tui_mail.mime.envelope import references
from tui_mail.mime.params import Params, parse_params
from tui_mail.mime.structure import MAX_DEPTH
from tui_mail.mime.transfer import decode_body, encoding_of
from tui_mail.mime.words import decode_words, from_wire
from tui_mail.model.errors import UsageError
from tui_mail.model.words import _
from tui_mail.text.safe import line

_NAME = re.compile(rb"([!-9;-~]+)[ \t]*:").match
_BREAK = re.compile(rb"\r\n|\r|\n")
_BINARY = re.compile(rb"^content-transfer-encoding[ \t]*:\s*binary", re.IGNORECASE | re.MULTILINE).search
_TOKEN = re.compile(r"[a-z0-9!#$&^_.+/-]{1,120}").fullmatch
_SHOWN: Final = 60
_ADDRESSES: Final = frozenset(
    "from sender reply-to to cc bcc resent-from resent-sender resent-to resent-cc resent-reply-to mail-followup-to "
    "mail-reply-to disposition-notification-to errors-to".split()
)
_IDS: Final = frozenset({"message-id", "in-reply-to", "references", "content-id", "resent-message-id"})
_PARAMETERS: Final = frozenset({"content-type", "content-disposition"})
_UNNAMED: Final = frozenset({"", "us-ascii", "ascii", "ansi_x3.4-1968"})


class Field(NamedTuple):
    """One header field; ``key`` is its name in lower case, ``raw`` all of it, lines ended by CRLF."""

    key: str
    raw: bytes

    @property
    def value(self) -> str:
        """The unfolded value, Latin-1."""
        return self.raw.partition(b":")[2].decode("latin-1").replace("\r\n", "").strip()


def read_header(raw: bytes) -> tuple[list[Field], bytes]:
    """The fields, line ends made CRLF, and the body as it is. Raises UsageError where a line is no field."""
    header, body = _split(raw)
    if not header or not header[0].key:
        raise UsageError(_("This is no mail message: it must begin with header fields such as From and To."))
    for field in header:
        if not field.key:
            shown = line(field.raw.decode("utf-8", "replace").strip(), _SHOWN)
            raise UsageError(
                _("The header of the message holds a line that is no header field: {line}").format(line=shown)
            )
    return header, body


def seven_bit(header: list[Field], body: bytes) -> tuple[list[Field], bytes]:
    """The message for any server. Raises UsageError for what can only be sent as it is, and cannot be sent as it is."""
    found, body = _message(header, body, 0)
    return found, body if body.endswith(b"\r\n") or not body else body + b"\r\n"


def _message(header: list[Field], body: bytes, depth: int) -> tuple[list[Field], bytes]:
    found, body = _entity(header, body, depth)
    if found != header and not any(field.key == "mime-version" for field in found):
        found = [*found, Field("mime-version", b"MIME-Version: 1.0\r\n")]
    return found, body


def _split(raw: bytes) -> tuple[list[Field], bytes]:
    """Header fields and body; a line that is no field has an empty key."""
    found: list[Field] = []
    at = 0
    while at < len(raw):
        end = raw.find(b"\n", at)
        end = len(raw) if end < 0 else end
        row = raw[at:end].rstrip(b"\r")
        at = end + 1
        if not row:
            return found, raw[at:]
        # A return inside a line would begin another field for some.
        row = row.replace(b"\r", b" ") + b"\r\n"
        if row[:1] in b" \t" and found:
            if row.strip():
                found[-1] = Field(found[-1].key, found[-1].raw + row)
            continue
        name = _NAME(row)
        found.append(Field(name[1].decode("ascii").lower() if name else "", row))
    return found, b""


def _entity(header: list[Field], body: bytes, depth: int, default: str = "text/plain") -> tuple[list[Field], bytes]:
    """A message or a part of one. ``default`` is the type when it names none."""
    header = [mended for field in header if (mended := _mended(field)).raw]
    content = parse_params(_first(header, "content-type"))
    kind = content.value or default
    encoding = _first(header, "content-transfer-encoding")
    binary = encoding.strip().lower() == b"binary"
    lines = _BREAK.sub(b"\r\n", body)
    whole = kind.startswith(("multipart/", "message/"))
    if is_seven_bit(lines) and not binary and not (whole and _BINARY(lines)):
        return header, lines
    if depth >= MAX_DEPTH:
        raise UsageError(_("The parts of the message are nested too deeply."))
    if kind == "multipart/signed":
        _refuse_signed()
    if kind.startswith("multipart/"):
        return _without_encoding(header), _multipart(content, body, depth)
    if kind in {MESSAGE, "message/global"} and not encoding_of(encoding):
        inner, inside = _message(*_split(body), depth + 1)
        return _without_encoding(header), b"".join(field.raw for field in inner) + b"\r\n" + inside
    if b"\0" in body and not binary:
        raise UsageError(_("The message holds NUL octets, which mail cannot carry."))
    text = kind.startswith("text/")
    return _leaf(header, content, body if binary and not text else lines, encoding_of(encoding), text=text)


def _leaf(header: list[Field], content: Params, body: bytes, encoding: str, *, text: bool) -> tuple[list[Field], bytes]:
    """A part encoded anew."""
    data = decode_body(body, encoding)
    if text and encoding != "base64":
        name, coded = encode_text(data)
        if not data.isascii():
            header = _with_charset(header, content, data)
    else:
        name, coded = "base64", encode_base64(data)
    header = [field for field in header if field.key != "content-transfer-encoding"]
    return [*header, Field("content-transfer-encoding", transfer_encoding(name))], coded


def _multipart(content: Params, body: bytes, depth: int) -> bytes:
    """The parts, each as it is or encoded, between the same boundaries."""
    boundary = content.params.get("boundary", "").encode("utf-8", "replace")
    if not boundary or not boundary.isascii():
        raise UsageError(_("The message says that it has parts, but not what stands between them."))
    delimiter = re.compile(rb"^--" + re.escape(boundary) + rb"(--)?[ \t]*\r?(?:\n|\Z)", re.MULTILINE)
    default = MESSAGE if content.value == "multipart/digest" else "text/plain"
    pieces: list[bytes] = []
    start, opened, rest = 0, False, b""
    for match in delimiter.finditer(body):
        before = body[start : match.start()]
        pieces.append(_part(before, depth, default) + b"\r\n" if opened else _around(before))
        pieces.append(b"--" + boundary + (b"--" if match[1] else b"") + b"\r\n")
        start, opened = match.end(), True
        if match[1]:
            rest = _around(body[start:])
            break
    else:
        if not opened:
            raise UsageError(_("The message says that it has parts, but they are not to be found."))
        pieces.extend([_part(body[start:], depth, default), b"\r\n--" + boundary + b"--\r\n"])
    return b"".join(pieces) + rest


def _part(raw: bytes, depth: int, default: str) -> bytes:
    """One part, without the line break before the boundary that follows it."""
    raw = raw[:-1] if raw.endswith(b"\n") else raw
    raw = raw[:-1] if raw.endswith(b"\r") else raw
    lines = _BREAK.sub(b"\r\n", raw)
    if is_seven_bit(lines) and not _BINARY(lines):
        return lines
    header, body = _entity(*_split(raw), depth + 1, default)
    return b"".join(field.raw for field in header) + b"\r\n" + body


def _around(raw: bytes) -> bytes:
    """The text before and after the parts, which nobody is shown; left out where it could not be sent."""
    lines = _BREAK.sub(b"\r\n", raw)
    return lines if is_seven_bit(lines) else b""


def _refuse_signed() -> NoReturn:
    text = _(
        "A signed part of the message is not seven-bit, or has lines that are too long; encoding it would break the "
        "signature. Sign it again in quoted-printable or base64."
    )
    raise UsageError(text)


def _first(header: list[Field], key: str) -> bytes:
    return next((field.value.encode("latin-1") for field in header if field.key == key), b"")


def _without_encoding(header: list[Field]) -> list[Field]:
    """Only its parts are encoded; what held eight-bit parts holds seven-bit ones now."""
    return [field for field in header if field.key != "content-transfer-encoding"]


def _with_charset(header: list[Field], content: Params, data: bytes) -> list[Field]:
    """Name the charset of eight-bit text that names none."""
    if content.params.get("charset", "").lower() not in _UNNAMED:
        return header
    try:
        data.decode("utf-8")
        charset = "utf-8"
    except UnicodeDecodeError:
        charset = "unknown-8bit"  # RFC 1428
    field = Field("content-type", _with_parameters("Content-Type", content, {"charset": charset}))
    return [*(one for one in header if one.key != "content-type"), field]


def _mended(field: Field) -> Field:
    """The field in seven-bit octets and short lines; as it is where it is that already."""
    if is_seven_bit(field.raw):
        return field
    if b"\0" in field.raw:
        raise UsageError(_("The message holds NUL octets, which mail cannot carry."))
    if not field.key:
        return Field("", b"")  # a line of a part's header that no reader takes for a field
    name = field.raw.partition(b":")[0].decode("latin-1").rstrip()
    raw = _written(field, name)
    if not is_seven_bit(raw):
        raise UsageError(_("The header field {name} is too long to be sent.").format(name=name[:_SHOWN]))
    return Field(field.key, raw)


def _written(field: Field, name: str) -> bytes:
    """The field written anew, in the way that fields of its kind are."""
    value = field.value
    if field.key in _ADDRESSES:
        found = [address for address in parse(value) if address.address]
        if found:
            return mailboxes(name, found)
        if field.key in {"to", "cc"}:
            return f"{name}: undisclosed-recipients:;\r\n".encode("ascii")
    if field.key in _IDS:
        return ids(name, references(value))
    if field.key in _PARAMETERS:
        return _with_parameters(name, parse_params(value.encode("latin-1")), {})
    return unstructured(name, decode_words(from_wire(value)))


def _with_parameters(name: str, content: Params, changed: dict[str, str]) -> bytes:
    """The field with its parameters, those of ``changed`` instead of what it had."""
    value = content.value if _TOKEN(content.value) else "text/plain" if "type" in name.lower() else "attachment"
    params = {key: given for key, given in content.params.items() if _TOKEN(key)} | changed
    return parameters(name, value, params.items())
