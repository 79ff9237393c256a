"""From a host name to a greeted, encrypted connection, or a sentence that says why not.

Owns TCP, TLS and STLS (RFC 2595): certificates are always verified, encryption once chosen is never given up, and
nothing said before it is believed. Must not know who signs in.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from typing import Final

from tui_mail.backends.pop3.replies import goodbye
from tui_mail.backends.pop3.replies import parse as parse_reply
from tui_mail.backends.pop3.talk import Talk
from tui_mail.backends.pop3.wire import Timeouts, Wire
from tui_mail.backends.reaching import check_plaintext, fingerprint_of, not_reached, tls_context, tls_failed
from tui_mail.config.servers import Security, Server
from tui_mail.model.errors import CertificateRefused, Stalled, TuiMailError, Unreachable
from tui_mail.model.words import _

_FINGERPRINT_SECONDS: Final = 5.0


async def connect(server: Server, timeouts: Timeouts) -> Talk:
    """A connection before sign-in, greeted, and encrypted as ``server.security`` wants it.

    Raises Unreachable, Stalled, CertificateRefused, Throttled, ConfigError.
    """
    check_plaintext(server)
    context = None if server.security is Security.NONE else tls_context(server)
    wire = await _wire(server, timeouts, context)
    try:
        await _greeting(server, wire)
        talk = Talk(wire)
        if context is not None and server.security is Security.STARTTLS:
            await _stls(server, context, talk)
    except BaseException:
        wire.abort()
        raise
    return talk


async def _wire(server: Server, timeouts: Timeouts, context: ssl.SSLContext | None) -> Wire:
    sock = await _tcp(server, timeouts.connect)
    at_once = context if server.security is Security.TLS else None
    try:
        return await Wire.over(sock, server.host, timeouts, at_once)
    except (OSError, ValueError) as error:
        raise await _tls_failure(server, error) from error


async def _tcp(server: Server, seconds: float) -> socket.socket:
    """A connected socket: one address of the host after the other."""
    loop = asyncio.get_running_loop()
    failure: Exception = OSError()
    try:
        async with asyncio.timeout(seconds):
            host = server.host.strip("[]")
            found = await loop.getaddrinfo(host, server.port, type=socket.SOCK_STREAM)
            for family, kind, protocol, _name, address in found:
                sock = socket.socket(family, kind, protocol)
                try:
                    sock.setblocking(False)
                    await loop.sock_connect(sock, address)
                except OSError as error:
                    sock.close()
                    # asyncio's own words name the call, not the reason.
                    failure = OSError(error.errno, os.strerror(error.errno)) if error.errno else error
                except BaseException:
                    sock.close()
                    raise
                else:
                    return sock
    except (OSError, UnicodeError) as error:
        failure = error
    raise not_reached(server, failure) from failure


async def _greeting(server: Server, wire: Wire) -> None:
    wire.extend(wire.timeouts.stall)
    try:
        line = await wire.line()
    except Stalled as error:
        raise not_reached(server, TimeoutError()) from error
    except Unreachable as error:
        if wire.begun:
            raise _no_pop3(server) from error
        raise Unreachable(
            _("{host} closed the connection on port {port} at once. Check the port, or try again later.").format(
                host=server.host, port=server.port
            )
        ) from error
    reply = parse_reply(line)
    if reply is None:
        raise _no_pop3(server)
    if not reply.ok:
        raise goodbye(server.host, reply)


def _no_pop3(server: Server) -> Unreachable:
    return Unreachable(
        _("What answers at {host} port {port} is no POP3 server. Check the name and the port.").format(
            host=server.host, port=server.port
        )
    )


async def _stls(server: Server, context: ssl.SSLContext, talk: Talk) -> None:
    """Encrypt. The command is sent whatever capabilities a server might claim to have."""
    if not (await talk.ask(b"STLS")).ok:
        raise CertificateRefused(
            _(
                "{host} refuses to encrypt the connection (STLS), so nothing was sent to it. Check the port, or use tls; "
                "in a foreign network someone may be interfering."
            ).format(host=server.host)
        )
    try:
        await talk.wire.encrypt(context)
    except (OSError, ValueError) as error:
        raise await _tls_failure(server, error) from error


# -- certificates


async def _tls_failure(server: Server, error: Exception) -> Unreachable:
    found = await _fingerprint(server) if isinstance(error, ssl.SSLCertVerificationError) else ""
    return tls_failed(server, error, lambda: found)


async def _fingerprint(server: Server) -> str:
    """SHA-256 of the certificate that was refused, from a connection on which nothing but that is asked; or ""."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    wire: Wire | None = None
    try:
        async with asyncio.timeout(_FINGERPRINT_SECONDS):
            sock = await _tcp(server, _FINGERPRINT_SECONDS)
            at_once = context if server.security is Security.TLS else None
            wire = await Wire.over(sock, server.host, Timeouts(), at_once)
            if at_once is None:
                await wire.line()
                wire.send(b"STLS")
                await wire.line()
                await wire.encrypt(context)
            certificate = wire.certificate
    except (OSError, ValueError, TuiMailError):
        return ""  # the sentence says enough without it
    finally:
        if wire is not None:
            await wire.close()
    return fingerprint_of(certificate) if certificate else ""
