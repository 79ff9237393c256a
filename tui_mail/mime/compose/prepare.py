"""A finished message from elsewhere (``tui-mail send FILE``) to what is sent of it.

Owns what such a message must have and what is added or taken away; the octets it came with are kept wherever they can
be sent. Must not know files.
"""

from __future__ import annotations

import re
from typing import Final

from tui_mail.mime.addresses import parse, parse_sender
from tui_mail.mime.compose.built import Built, each_once, new_message_id
from tui_mail.mime.compose.domains import ascii_address
from tui_mail.mime.compose.drafts import OWN
from tui_mail.mime.compose.fields import date, ids, is_id
from tui_mail.mime.compose.recipients import write_recipients
from tui_mail.mime.compose.sevenbit import Field, read_header, seven_bit
from tui_mail.mime.envelope import message_id
from tui_mail.mime.envelope import subject as read_subject
from tui_mail.mime.words import from_wire
from tui_mail.model.errors import UsageError
from tui_mail.model.mail import Address
from tui_mail.model.words import _
from tui_mail.text.safe import line

_SHOWN: Final = 80
_MAX_FIELD: Final = 262_144
"""Characters of a list of addresses that ``mime.addresses`` reads; nobody after them may be forgotten."""
_MBOX_LINE = re.compile(rb"From [^\r\n]*\r?\n")
_DESTINATIONS: Final = ("to", "cc", "bcc")


def prepare(raw: bytes, when: float) -> Built:
    """The message as it will be sent; ``when`` is seconds UTC, for a message without a Date.

    Recipients are those of To, Cc and Bcc. Bcc is taken out of what is sent, and so are Resent-Bcc and fields of our
    own. Line ends become CRLF, and what is not seven-bit is encoded; the rest is kept octet for octet. Raises
    UsageError, in a sentence that says what is wrong.
    """
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if mbox := _MBOX_LINE.match(raw):
        raw = raw[mbox.end() :]
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    header, body = read_header(raw)
    header = [field for field in header if field.key != "resent-bcc" and not field.key.startswith(OWN.lower())]
    sender = _sender(header)
    addresses = {name: _recipients(header, name) for name in _DESTINATIONS}
    everybody = [address for name in _DESTINATIONS for address in addresses[name]]
    if not everybody:
        raise UsageError(_("The message names nobody in To, Cc or Bcc."))
    found = message_id(next((field.value for field in header if field.key == "message-id"), ""))
    if "@" not in found or not is_id(found):
        header = [field for field in header if field.key != "message-id"]
        found = new_message_id(sender)
        header.append(Field("message-id", ids("Message-ID", [found])))
    if not any(field.key == "date" for field in header):
        header.append(Field("date", date(when)))
    mended, body = seven_bit(header, body)
    if b"\0" in body or any(b"\0" in field.raw for field in mended):
        raise UsageError(_("The message holds NUL octets, which mail cannot carry."))
    rest = b"\r\n" + body
    copy = b"".join(field.raw for field in mended) + rest
    wire = b"".join(field.raw for field in mended if field.key != "bcc") + rest
    return Built(
        wire=wire,
        copy=copy,
        sender=sender,
        recipients=each_once(ascii_address(one.address) for one in everybody),
        message_id=found,
        subject=read_subject(next((field.value for field in header if field.key == "subject"), "")),
        to=write_recipients(next(addresses[name] for name in _DESTINATIONS if addresses[name])),
    )


def _sender(header: list[Field]) -> str:
    """The one address of From, ASCII."""
    values = [field.value for field in header if field.key == "from"]
    if not values:
        raise UsageError(_("The message has no From, so that nobody would have sent it."))
    found = parse_sender(values[0])
    if len(values) > 1 or len(found) != 1 or not found[0].address:
        shown = line(", ".join(one.name or one.address for value in values for one in parse_sender(value)), _SHOWN)
        raise UsageError(_("From must be exactly one address; it is {value}.").format(value=shown or _("empty")))
    return ascii_address(found[0].address)


def _recipients(header: list[Field], name: str) -> tuple[Address, ...]:
    """Everybody in the fields of that name. Raises UsageError where one is no address."""
    found: list[Address] = []
    for field in header:
        if field.key != name:
            continue
        if len(field.value) > _MAX_FIELD:
            raise UsageError(_("{field} is too long: send to fewer at once.").format(field=name.title()))
        for address in parse(field.value):
            if address.address:
                ascii_address(address.address)
                found.append(address)
            elif not _is_empty_group(address.name, field.value):
                text = _("{field} holds something that is no mail address: {value}")
                raise UsageError(text.format(field=name.title(), value=line(address.name, _SHOWN)))
    return tuple(found)


def _is_empty_group(name: str, value: str) -> bool:
    """True for what stands for nobody, as in ``undisclosed-recipients:;`` (RFC 5322, 3.4)."""
    return re.search(re.escape(name.removesuffix(":")) + r'"?\s*:\s*;', from_wire(value)) is not None
