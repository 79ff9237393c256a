"""What must hold of every octet that is sent, whoever wrote it, and how others read it."""

from __future__ import annotations

import email
import email.header
import email.policy
import email.utils
import inspect
import re
from email.message import EmailMessage, Message

from tui_mail.mime.headers import fields

# Newer versions refuse address literals unless they are asked not to.
_LENIENT = {"strict": False} if "strict" in inspect.signature(email.utils.getaddresses).parameters else {}
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:[^\r\n]*\r\n(?:[ \t]+[^\s][^\r\n]*\r\n)*")


def check_wire(raw: bytes) -> None:
    """Seven-bit, CRLF, bearable lines, a header of nothing but fields."""
    assert raw.isascii()
    assert b"\0" not in raw
    assert raw.count(b"\r\n") == raw.count(b"\r") == raw.count(b"\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.endswith(b"\r\n")
    header, empty, _body = raw.partition(b"\r\n\r\n")
    assert empty
    assert re.fullmatch(rb"(?:" + _FIELD.pattern + rb")+", header + b"\r\n")


def names_of_fields(raw: bytes) -> list[str]:
    return [name for name, _value in fields(raw.partition(b"\r\n\r\n")[0])]


def policy_default(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def compat32(raw: bytes) -> Message:
    return email.message_from_bytes(raw)


def decoded(value: str) -> str:
    """Encoded words as the standard library decodes them."""
    return str(email.header.make_header(email.header.decode_header(value)))


def listed(message: Message, name: str) -> list[tuple[str, str]]:
    """Names and addresses of a field as the standard library's older parser reads them, which joins encoded words."""
    values = [value.replace("\r\n", "") for value in message.get_all(name, [])]
    return [(decoded(found), address) for found, address in email.utils.getaddresses(values, **_LENIENT)]
