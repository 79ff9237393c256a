"""What takes the place of Postfix where that cannot run: aiosmtpd before the same Dovecot, in a thread.

Owns STARTTLS, sign-in and delivery by LMTP, as far as tests of whole programs need them. Must not know the program.
"""

from __future__ import annotations

import asyncio
import imaplib
import smtplib
import socket
import ssl
import tempfile
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from tests.fakes.dovecot import Dovecot
from tests.fakes.postfix import Postfix

LIMIT = 10_240_000


class _Handler:
    """Takes mail for ``@example.org`` from whoever signed in, and hands it to the Dovecot."""

    def __init__(self, server: Dovecot, log: Path) -> None:
        self._server = server
        self._log = log

    def authenticate(
        self, _server: SMTP, _session: object, _envelope: object, mechanism: str, data: object
    ) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        context = ssl.create_default_context(cafile=str(self._server.ca_file))
        with imaplib.IMAP4_SSL(self._server.host, self._server.imaps, ssl_context=context, timeout=60) as client:
            try:
                client.login(data.login.decode(), data.password.decode())
            except imaplib.IMAP4.error:
                return AuthResult(success=False, handled=False)
        return AuthResult(success=True)

    async def handle_RCPT(  # noqa: N802 -- the name aiosmtpd calls
        self, _server: SMTP, _session: object, envelope: Envelope, address: str, _options: Sequence[str]
    ) -> str:
        if not address.endswith("@example.org"):
            return f"554 5.7.1 <{address}>: Relay access denied"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _server: SMTP, _session: object, envelope: Envelope) -> str:  # noqa: N802 -- see above
        content = envelope.content
        assert isinstance(content, bytes)
        received = b"Received: from client by localhost\r\n"
        for address in envelope.rcpt_tos:  # LMTP answers once for each, which the standard library does not expect
            with smtplib.LMTP("127.0.0.1", self._server.lmtp) as lmtp:
                lmtp.sendmail(envelope.mail_from or "", [address], received + content)
        with self._log.open("a") as stream:
            stream.writelines(f"to=<{address}>\n" for address in envelope.rcpt_tos)
        return "250 2.0.0 Ok: queued"


@dataclass(frozen=True, slots=True)
class Substitute(Postfix):
    """Looks to tests as a ``Postfix`` does."""

    controller: Any = None


class _Controller(Controller):
    """Listens on a socket that is bound already, so that nobody else can be there first."""

    def __init__(self, listener: socket.socket, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._bound = listener

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._bound)


def start(dovecot: Dovecot) -> Substitute:
    """Start it on a free port."""
    directory = Path(tempfile.mkdtemp(prefix="tm-subst-", dir="/tmp"))
    log = directory / "log" / "mail.log"
    log.parent.mkdir()
    log.touch()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(dovecot.ca_file, dovecot.ca_file.with_name("key.pem"))
    handler = _Handler(dovecot, log)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    controller = _Controller(
        listener,
        handler,
        hostname="127.0.0.1",
        port=port,
        tls_context=context,
        require_starttls=True,
        authenticator=handler.authenticate,
        auth_required=True,
        data_size_limit=LIMIT,
        ready_timeout=60,
    )
    controller.start()
    return Substitute(directory, dovecot, port, controller=controller)


def stop(server: Substitute) -> None:
    """End it."""
    server.controller.stop()
