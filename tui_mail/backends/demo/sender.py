"""The practice mailbox as a server for sending: what is sent to its own address arrives in the inbox.

Owns what the practice server says. Mail for anybody else is accepted and goes nowhere, and one domain refuses all, so
that people can see what that looks like. Must not know the outbox.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from tui_mail.backends.demo import AUTHSERV_ID
from tui_mail.backends.demo.backend import DemoBackend
from tui_mail.backends.demo.build import CRLF, date_field
from tui_mail.backends.outgoing import check, whole_lines
from tui_mail.model.clock import Clock
from tui_mail.model.errors import RecipientsRefused, Refused, Throttled, Unreachable
from tui_mail.model.remote import Outgoing, Receipt, Reply
from tui_mail.model.words import _
from tui_mail.text.sizes import human_size

LIMIT: Final = 25 * 1024 * 1024
REFUSING: Final = "refused.example"
"""The domain whose addresses are all refused for good."""
_PAUSE: Final = 60.0


class DemoSender:
    """A ``MailSender`` whose server is the practice mailbox in ``directory``, that of ``address``."""

    def __init__(self, directory: Path, clock: Clock, address: str) -> None:
        self._mailbox = DemoBackend(directory, clock)
        self._clock = clock
        self._address = address

    async def connect(self) -> int:
        await self._mailbox.connect()
        return LIMIT

    async def send(self, message: Outgoing, commit: Callable[[], Awaitable[None]]) -> Receipt:
        check(message)
        raw = whole_lines(message.raw)
        if len(raw) > LIMIT:
            text = _("The message is too large: it has {size}, and {host} takes {limit} at most. Nothing was sent.")
            raise Refused(text.format(size=human_size(len(raw)), host=AUTHSERV_ID, limit=human_size(LIMIT)))
        refused = [address for address in message.recipients if _domain(address) == REFUSING]
        if refused:
            reply = Reply(550, "5.1.1", "No such user here")
            text = _("Nothing was sent, because {host} refuses {addresses}. It says: {words}")
            raise RecipientsRefused(
                text.format(host=AUTHSERV_ID, addresses=", ".join(refused), words=f"{reply}."),
                dict.fromkeys(refused, str(reply)),
            )
        await self._mailbox.connect()
        await commit()
        own = [address for address in message.recipients if self._is_own(address)]
        if own:
            try:
                await self._mailbox.deliver(self._trace(message, own[0]) + raw)
            except Unreachable as error:  # the files of the mailbox: nothing arrived, and it is known
                raise Throttled(error.text, _PAUSE) from error
        return Receipt(Reply(250, "2.0.0", f"Ok: queued as {_queue_id(raw)}"), message.recipients)

    async def close(self) -> None:
        await self._mailbox.close()

    def _is_own(self, address: str) -> bool:
        local, _at, domain = address.lower().rpartition("@")
        return f"{local.partition('+')[0]}@{domain}" == self._address.lower()

    def _trace(self, message: Outgoing, address: str) -> bytes:
        """What the receiving host writes above a message (RFC 5321, 4.4; RFC 8601)."""
        found = "pass" if self._is_own(message.sender) else "none"
        domain = _domain(message.sender)
        fields = {
            "Return-Path": f"<{message.sender}>",
            "Delivered-To": address,
            "Authentication-Results": f"{AUTHSERV_ID};{CRLF}\tdkim={found} header.d={domain};{CRLF}"
            f"\tspf={found} smtp.mailfrom={message.sender};{CRLF}\tdmarc={found} header.from={domain}",
            "Received": f"from [127.0.0.1] (localhost [127.0.0.1]){CRLF}\tby {AUTHSERV_ID} with ESMTPSA id "
            f"{_queue_id(message.raw)}{CRLF}\tfor <{address}>; {date_field(int(self._clock.now()), 0)}",
        }
        return "".join(f"{name}: {value}{CRLF}" for name, value in fields.items()).encode("ascii")


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _queue_id(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:10].upper()
