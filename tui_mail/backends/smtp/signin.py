"""From a server's name to a connection that may send: encrypted as the account wants it, and signed in.

Owns the choice of mechanism (PLAIN, LOGIN, XOAUTH2 for a token) and the sentences for what a server refuses. A password
never goes out before the connection is encrypted, unless the account says so. Must not know messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Final

import aiosmtplib
from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from tui_mail.backends.reaching import check_plaintext, not_reached, tls_context, tls_failed
from tui_mail.backends.secret import SecretSource, Token
from tui_mail.config.servers import Security, Server, is_loopback
from tui_mail.model.errors import (
    CertificateRefused,
    Refused,
    SignInRefused,
    Stalled,
    Throttled,
    TuiMailError,
    Unreachable,
)
from tui_mail.model.words import _

CONNECT_SECONDS: Final = 20.0
STALL_SECONDS: Final = 60.0
"""A server that says nothing for so long has stalled."""

_NAME = "[127.0.0.1]"
"""What EHLO says: an address literal (RFC 5321, 4.1.3), since the name of the machine is nobody's business."""

_PAUSE = 60.0
_WORDS = 300


@contextlib.asynccontextmanager
async def signed_in(server: Server, user: str, secret: SecretSource) -> AsyncIterator[SMTP]:
    """A connection ready to send, closed at the end of the block.

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
        timeout=STALL_SECONDS,
        use_tls=server.security is Security.TLS,
        start_tls=False,  # below, where it is an error not to have it
        tls_context=context,
    )
    try:
        with _told(server):
            await client.connect(timeout=CONNECT_SECONDS)
            await client.ehlo()
            if server.security is Security.STARTTLS:
                await _encrypt(server, client)
            await _authenticate(server, client, user, value)
        yield client
        with contextlib.suppress(SMTPException, OSError):  # what matters was said before
            await client.quit()
    finally:
        client.close()


async def _encrypt(server: Server, client: SMTP) -> None:
    """STARTTLS, and forget all that was said before (RFC 3207, 4.2)."""
    if client.supports_extension("starttls"):
        try:
            await client.starttls(timeout=CONNECT_SECONDS)
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
    offered = {word.lower() for word in client.server_auth_methods}
    try:
        if isinstance(secret, Token) and "xoauth2" in offered:
            await client.auth_xoauth2(user, secret)
        elif isinstance(secret, Token):
            raise SignInRefused(
                _("{host} takes no token (OAuth) for sending. Check the server for sending.").format(host=server.host)
            )
        elif "plain" in offered:
            await client.auth_plain(user, secret)
        elif "login" in offered:
            await client.auth_login(user, secret)
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
    if error.code < 500:  # the server's trouble, not the person's (RFC 4954, 4)
        return _later(server, error)
    return SignInRefused(
        _(
            "{host} refused the sign-in of {user} for sending. Check the user name and the password. It says: {words}"
        ).format(host=server.host, user=user, words=_words(error))
    )


def _later(server: Server, error: SMTPResponseException) -> Throttled:
    text = _("{host} cannot do that right now: {words}").format(host=server.host, words=_words(error))
    return Throttled(text, _PAUSE)


@contextlib.contextmanager
def _told(server: Server) -> Iterator[None]:
    """Turn errors of the library and of the network into sentences."""
    try:
        yield
    except (SMTPException, OSError, ValueError) as error:
        raise _translated(server, error) from error


def _translated(server: Server, error: Exception) -> TuiMailError:
    cause = _cause(error)
    if isinstance(cause, ssl.SSLError):
        return tls_failed(server, cause, str)
    if isinstance(error, SMTPResponseException) and error.code > 0:
        if error.code < 500:
            return _later(server, error)
        return Refused(
            _("{host} refuses connections for sending: {words}").format(host=server.host, words=_words(error))
        )
    if isinstance(error, aiosmtplib.SMTPReadTimeoutError):
        return Stalled(_("{host} has gone silent. Nothing is lost; it is tried again later.").format(host=server.host))
    if isinstance(error, aiosmtplib.SMTPConnectTimeoutError):
        return not_reached(server, TimeoutError())
    if isinstance(error, aiosmtplib.SMTPConnectError) and isinstance(cause, (OSError, UnicodeError)):
        return not_reached(server, cause)
    return Unreachable(
        _(
            "{host} port {port} closed the connection or is no server for sending. Check the port and the security."
        ).format(host=server.host, port=server.port)
    )


def _cause(error: BaseException) -> BaseException:
    """What the library's error was made of."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _words(error: SMTPResponseException) -> str:
    """The server's words as a sentence, printable and short."""
    text = "".join(c if c.isprintable() else " " for c in error.message)[:_WORDS].strip() or _("it gave no reason")
    return text if text.endswith((".", "!", "?")) else f"{text}."
