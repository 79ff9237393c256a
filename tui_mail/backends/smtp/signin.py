"""From a server's name to a connection that may send: encrypted as the account wants it, and signed in.

Owns the choice of mechanism (PLAIN, LOGIN, CRAM-MD5, XOAUTH2 for a token). A password never goes out before the
connection is encrypted, unless the account says so. Must not know messages.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from aiosmtplib import SMTP, SMTPException, SMTPResponseException
from aiosmtplib.protocol import SMTPProtocol

from tui_mail.backends.reaching import check_plaintext, tls_context
from tui_mail.backends.secret import SecretSource, Token
from tui_mail.backends.smtp.failures import Meaning, later, meaning, not_understood, reply_of, sentence, told
from tui_mail.config.servers import Security, Server, is_loopback
from tui_mail.model.errors import CertificateRefused, SignInRefused, TuiMailError
from tui_mail.model.words import _

_NAME = "[127.0.0.1]"
"""What EHLO says: an address literal (RFC 5321, 4.1.3), since the name of the machine is nobody's business."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds after which a server that says or takes nothing has stalled (RFC 5321, 4.5.3.2)."""

    connect: float = 20.0
    answer: float = 60.0
    """For EHLO, AUTH, RSET and their like."""
    envelope: float = 120.0
    """For MAIL, RCPT and DATA: servers ask others about an address before they answer."""
    progress: float = 60.0
    """Without one octet of the body being taken."""
    verdict: float = 600.0
    """For the final dot."""


PATIENCE: Final = Patience()


@contextlib.asynccontextmanager
async def signed_in(server: Server, user: str, secret: SecretSource) -> AsyncIterator[SMTP]:
    """A connection ready to send, closed at the end of the block. Raises what ``sign_in`` does."""
    client = await sign_in(server, user, secret)
    protocol = client.protocol
    try:
        yield client
        with contextlib.suppress(SMTPException, OSError):  # what matters was said before
            await client.quit(timeout=PATIENCE.connect)
    finally:
        abort(client, protocol)


async def sign_in(server: Server, user: str, secret: SecretSource, patience: Patience = PATIENCE) -> SMTP:
    """A connection ready to send.

    Raises SignInRefused, Unreachable and its kinds, Throttled, Refused, ConfigError. A server on this machine that
    offers no sign-in is taken as it is.
    """
    check_plaintext(server)
    context = None if server.security is Security.NONE else tls_context(server)
    value = await asyncio.to_thread(secret)
    client = SMTP(
        hostname=server.host.strip("[]"),
        port=server.port,
        local_hostname=_NAME,
        timeout=patience.answer,
        use_tls=server.security is Security.TLS,
        start_tls=False,  # below, where it is an error not to have it
        tls_context=context,
    )
    protocol = None
    try:
        with told(server):
            await client.connect(timeout=patience.connect)
            protocol = client.protocol
            await client.ehlo()
            if server.security is Security.STARTTLS:
                await _encrypt(server, client, patience)
            await _authenticate(server, client, user, value)
    except BaseException:
        abort(client, protocol)
        raise
    return client


def abort(client: SMTP, protocol: SMTPProtocol | None) -> None:
    """End a connection now: what still waits to be sent is thrown away, and no farewell of TLS is awaited.

    ``protocol`` is what ``client`` had while it was connected: it forgets when it closes, which may take a while yet.
    """
    # None too when the connection is gone: asyncio may stumble over abort then.
    transport = protocol.transport if protocol is not None else None
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
    client.close()


async def _encrypt(server: Server, client: SMTP, patience: Patience) -> None:
    """STARTTLS, and forget all that was said before (RFC 3207, 4.2)."""
    if client.supports_extension("starttls"):
        try:
            await client.starttls(timeout=patience.connect)
        except SMTPResponseException as error:
            raise _no_starttls(server) from error
        await client.ehlo()
    else:
        raise _no_starttls(server)


def _no_starttls(server: Server) -> CertificateRefused:
    return CertificateRefused(
        _(
            "{host} refuses to encrypt the connection for sending (STARTTLS), so nothing was sent to it. Check the port, "
            "or use tls; in a foreign network someone may be interfering."
        ).format(host=server.host)
    )


async def _authenticate(server: Server, client: SMTP, user: str, secret: str) -> None:
    """One mechanism and one attempt: a second with the same password only brings a lock nearer."""
    offered = {word.lower() for word in client.server_auth_methods}
    hidden = "cram-md5" in offered and server.security is Security.NONE  # it hides the password where nothing else does
    try:
        if isinstance(secret, Token) and "xoauth2" in offered:
            await client.auth_xoauth2(user, secret)
        elif isinstance(secret, Token):
            raise SignInRefused(
                _("{host} takes no token (OAuth) for sending. Check the server for sending.").format(host=server.host)
            )
        elif "plain" in offered and not hidden:
            await client.auth_plain(user, secret)
        elif "login" in offered and not hidden:
            await client.auth_login(user, secret)
        elif "cram-md5" in offered:
            await client.auth_crammd5(user, secret)
        elif not is_loopback(server.host.strip("[]")):
            raise SignInRefused(
                _(
                    "{host} offers no way to sign in with a password for sending on port {port}. "
                    "Check the port: 465 and 587 are usual."
                ).format(host=server.host, port=server.port)
            )
    except SMTPResponseException as error:
        raise _refused(server, user, error) from error


def _refused(server: Server, user: str, error: SMTPResponseException) -> TuiMailError:
    reply = reply_of(error.code, error.message)
    if meaning(reply) is Meaning.NONSENSE:
        return not_understood(server.host)
    if meaning(reply) is not Meaning.NO:  # the server's trouble, not the person's (RFC 4954, 4)
        return later(server.host, reply)
    return SignInRefused(
        _(
            "{host} refused the sign-in of {user} for sending. Check the user name and the password. It says: {words}"
        ).format(host=server.host, user=user, words=sentence(reply))
    )
