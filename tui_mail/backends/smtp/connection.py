"""One signed-in connection: a command and its reply, and the two ways to end it.

Owns the library's client. Must not know what a transaction is made of.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import Final, cast

from aiosmtplib import SMTP, SMTPException
from aiosmtplib.protocol import SMTPProtocol

from tui_mail.backends.smtp.failures import Meaning, broken, lost, meaning, not_understood, reply_of
from tui_mail.backends.smtp.signin import Patience, abort
from tui_mail.config.servers import Server
from tui_mail.model.remote import Reply

_LEAVE_SECONDS: Final = 5.0
_NUMBER = re.compile(r"\s*([0-9]{1,18})")


class Connection:
    """A connection on which nothing is under way, or one command, or one message.

    What goes wrong on it ends it at once and without a word: closing would send what still waits to be sent.
    """

    def __init__(self, server: Server, client: SMTP, patience: Patience) -> None:
        self.server = server
        self.patience = patience
        self.messages = 0
        """Transactions begun on it."""
        self._client = client
        protocol, transport = client.protocol, client.transport
        if protocol is None or transport is None:  # lost again since the sign-in
            raise lost(server.host)
        self.protocol: SMTPProtocol = protocol
        self.transport = cast("asyncio.Transport", transport)

    @property
    def alive(self) -> bool:
        return self._client.is_connected

    @property
    def takes_size(self) -> bool:
        """MAIL may tell how large the message is (RFC 1870)."""
        return self._client.supports_extension("size")

    @property
    def limit(self) -> int:
        """The largest message it takes, octets; 0: it does not say."""
        found = _NUMBER.fullmatch(self._client.esmtp_extensions.get("size", ""))
        return int(found[1]) if found else 0

    async def command(self, *words: bytes, seconds: float) -> Reply:
        """Say one command; the reply, whatever it is. Raises Unreachable and its kinds."""
        try:
            response = await self._client.execute_command(*words, timeout=seconds)
        except (SMTPException, OSError) as error:
            self.abort()
            raise broken(self.server, error) from error
        except BaseException:
            self.abort()
            raise
        reply = reply_of(response.code, response.message)
        if meaning(reply) is Meaning.NONSENSE:
            self.abort()
            raise not_understood(self.server.host)
        return reply

    def abort(self) -> None:
        """End it now; what still waits to be sent is thrown away."""
        abort(self._client, self.protocol)

    async def leave(self) -> None:
        """End it as is proper; a server that does not listen is left without."""
        try:
            with contextlib.suppress(SMTPException, OSError):
                await self._client.quit(timeout=_LEAVE_SECONDS)
        finally:
            self.abort()
