"""From a host name to a greeted, encrypted connection, or a sentence that says why not.

Owns TCP, TLS and STARTTLS: certificates are always verified, encryption once chosen is never given up, and nothing said
before it is believed. Must not know who signs in.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable
from contextlib import closing

from tui_mail.backends.imap.answers import split_code
from tui_mail.backends.imap.failures import goodbye
from tui_mail.backends.imap.session import Session
from tui_mail.backends.imap.transport import Lost, Timeouts, Transport
from tui_mail.backends.reaching import check_plaintext, fingerprint_of, not_reached, tls_context, tls_failed
from tui_mail.backends.words import plain
from tui_mail.config.servers import Security, Server
from tui_mail.model.errors import CertificateRefused, Stalled, Unreachable
from tui_mail.model.words import _

_GREETING = re.compile(rb"\* (OK|PREAUTH|BYE)(?: |$)", re.IGNORECASE)
_FINGERPRINT_SECONDS = 5.0


def open_session(
    server: Server,
    timeouts: Timeouts,
    on_alert: Callable[[str], None] | None = None,
    on_line: Callable[[str], None] | None = None,
) -> tuple[Session, str]:
    """A session before sign-in, encrypted as ``server.security`` wants it, and the greeting's text.

    Raises Unreachable, Stalled, CertificateRefused, Throttled, ConfigError.
    """
    check_plaintext(server)
    context = None if server.security is Security.NONE else tls_context(server)
    sock = _tcp(server, timeouts.connect)
    if context is not None and server.security is Security.TLS:
        sock = _handshake(server, context, sock, timeouts)
    transport = Transport(sock, server.host, timeouts)
    try:
        transport.extend(timeouts.stall)
        session = Session(transport, on_alert, on_line)
        greeting = _greeting(server, session)
        if context is not None and server.security is Security.STARTTLS:
            _starttls(server, context, session)
            session = Session(transport, on_alert, on_line)
    except BaseException:
        transport.close()
        raise
    return session, greeting


def _tcp(server: Server, seconds: float) -> socket.socket:
    try:
        sock = socket.create_connection((server.host.strip("[]"), server.port), seconds)
    except (OSError, UnicodeError) as error:
        raise not_reached(server, error) from error
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    keep_idle = getattr(socket, "TCP_KEEPIDLE", getattr(socket, "TCP_KEEPALIVE", None))
    if keep_idle is not None:
        sock.setsockopt(socket.IPPROTO_TCP, keep_idle, 80)
    return sock


def _handshake(server: Server, context: ssl.SSLContext, sock: socket.socket, timeouts: Timeouts) -> ssl.SSLSocket:
    try:
        sock.settimeout(timeouts.connect)
        return context.wrap_socket(sock, server_hostname=server.host.strip("[]"))
    except (OSError, ValueError) as error:
        sock.close()
        raise _tls_failure(server, error) from error


def _starttls(server: Server, context: ssl.SSLContext, session: Session) -> None:
    """Encrypt; all that was said before is to be forgotten. The command is sent whatever capabilities were claimed."""
    transport = session.transport
    tag = session.start(b"STARTTLS")
    while not session.is_done(tag):
        session.advance()
    if not session.succeeded(tag):
        raise CertificateRefused(
            _(
                "{host} refuses to encrypt the connection (STARTTLS), so nothing was sent to it. Check the port, or use "
                "tls; in a foreign network someone may be interfering."
            ).format(host=server.host)
        )
    try:
        transport.encrypt(context)
    except (OSError, ValueError) as error:
        raise _tls_failure(server, error) from error


def _greeting(server: Server, session: Session) -> str:
    try:
        record = session.read_record()
    except Lost as error:
        raise Unreachable(
            _("{host} closed the connection on port {port} at once. Check the port, or try again later.").format(
                host=server.host, port=server.port
            )
        ) from error
    except Stalled as error:
        raise not_reached(server, TimeoutError()) from error
    match = _GREETING.match(record.pieces[0])
    if match is None:
        raise Unreachable(
            _("What answers at {host} port {port} is no IMAP server. Check the name and the port.").format(
                host=server.host, port=server.port
            )
        )
    kind, rest = match[1].upper(), record.pieces[0][match.end() :]
    if kind == b"BYE":
        raise goodbye(server.host, rest)
    if kind == b"PREAUTH":
        raise CertificateRefused(
            _(
                "{host} claims that nobody needs to sign in (PREAUTH), which would bypass encryption and password, so "
                "nothing was sent to it. Use tls; in a foreign network someone may be interfering."
            ).format(host=server.host)
        )
    code, argument, text = split_code(rest)
    if code == b"CAPABILITY" and server.security is not Security.STARTTLS:
        session.note_capabilities(argument)
    return plain(text)


# -- certificates


def _tls_failure(server: Server, error: Exception) -> Unreachable:
    return tls_failed(server, error, lambda: _fingerprint(server))


def _fingerprint(server: Server) -> str:
    """SHA-256 of the certificate that was refused, from a connection on which nothing but that is asked; or ""."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with closing(_tcp(server, _FINGERPRINT_SECONDS)) as sock:
            if server.security is Security.STARTTLS:
                sock.settimeout(_FINGERPRINT_SECONDS)
                sock.recv(4096)
                sock.sendall(b"T0 STARTTLS\r\n")
                sock.recv(4096)
            sock.settimeout(_FINGERPRINT_SECONDS)
            with context.wrap_socket(sock, server_hostname=server.host.strip("[]")) as tls:
                certificate = tls.getpeercert(binary_form=True) or b""
    except (OSError, ValueError, Unreachable):
        return ""  # the sentence says enough without it
    return fingerprint_of(certificate)
