"""A message that is ready to be sent.

Owns the value and the ids of messages. Must not know how a message is put together.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from tui_mail.mime.compose.domains import ascii_address


@dataclass(frozen=True, slots=True)
class Built:
    """Octets and envelope, frozen: what is stored in the outbox and sent, however often it is tried."""

    wire: bytes
    """Seven-bit, CRLF, no Bcc; nothing in it names the machine or the program."""
    copy: bytes
    """For Sent: the same with Bcc, if there is one."""
    sender: str
    """Envelope sender, ASCII."""
    recipients: tuple[str, ...]
    """Everybody in To, Cc and Bcc, ASCII, each once."""
    message_id: str
    """Without angle brackets."""
    subject: str
    to: str
    """The To field decoded, for showing; Cc or Bcc when it is empty."""


def new_message_id(address: str) -> str:
    """A Message-ID without brackets: 128 random bits at the domain of ``address``, and nothing of this machine.

    Raises UsageError when ``address`` is none.
    """
    return f"{secrets.token_hex(16)}@{ascii_address(address).rpartition('@')[2]}"


def each_once(addresses: Iterable[str]) -> tuple[str, ...]:
    """The addresses in their order; two that differ only in the letters of the domain are one (RFC 5321, 2.4)."""
    found: dict[str, str] = {}
    for address in addresses:
        local, _at, domain = address.rpartition("@")
        found.setdefault(f"{local}@{domain.lower()}", address)
    return tuple(found.values())
