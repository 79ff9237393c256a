"""What may go to a server for sending: addresses and octets are looked at once more, whoever made them.

Owns the last check before the wire and the form in which DATA carries a message. Must not know connections.
"""

from __future__ import annotations

import re

from tui_mail.model.errors import RecipientsRefused, Refused
from tui_mail.model.remote import Outgoing
from tui_mail.model.words import _

_ADDRESS = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")
"""Printable ASCII without space and angle brackets: nothing in it can end a command or begin an option."""


def check(message: Outgoing) -> None:
    """Raises Refused or RecipientsRefused when a message cannot be said to any server as it is."""
    if not _ADDRESS.fullmatch(message.sender):
        raise Refused(
            _("Nothing can be sent from {address}: it is no address that servers take. Choose another From.").format(
                address=_shown(message.sender)
            )
        )
    if not message.recipients:
        raise Refused(_("The message is for nobody. Give it a recipient."))
    wrong = [address for address in message.recipients if not _ADDRESS.fullmatch(address)]
    if wrong:
        raise RecipientsRefused(
            _("This is no address that mail can be sent to: {addresses}. Nothing was sent; correct it.").format(
                addresses=", ".join(map(_shown, wrong))
            ),
            dict.fromkeys(wrong, _("It is no address that mail can be sent to.")),
        )
    if not _clean(message.raw):
        raise Refused(_("The message holds octets that mail cannot carry, so it was not sent. Write it anew."))


def _clean(raw: bytes) -> bool:
    """True for 7-bit octets without NUL in which CR and LF stand only together (RFC 5321, 2.3.7 and 2.4)."""
    ends = raw.count(b"\r\n")
    return raw.isascii() and b"\0" not in raw and raw.count(b"\r") == ends and raw.count(b"\n") == ends


def whole_lines(raw: bytes) -> bytes:
    """``raw`` with an end to its last line."""
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"


def stuffed(raw: bytes) -> bytes:
    """Whole lines with a dot more before each dot that begins one (RFC 5321, 4.5.2)."""
    if raw.startswith(b"."):
        raw = b"." + raw
    return raw.replace(b"\r\n.", b"\r\n..")


def _shown(address: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in address)[:100] or '""'
