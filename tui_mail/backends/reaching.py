"""What every protocol needs on the way to a server: rules for secrets, TLS contexts, and sentences for what fails.

Owns the verification of certificates and the words about it. Must not know a protocol.
"""

from __future__ import annotations

import hashlib
import socket
import ssl
from collections.abc import Callable

from tui_mail.config.servers import Security, Server, is_loopback
from tui_mail.model.errors import CertificateRefused, ConfigError, Stalled, Unreachable
from tui_mail.model.words import _

_REASONS = {
    9: _("it is not valid yet"),
    10: _("it has expired"),
    18: _("it is signed by itself and by no authority"),
    19: _("it is signed by an authority that this system does not know"),
    20: _("it is signed by an authority that this system does not know"),
    21: _("it is signed by an authority that this system does not know"),
    62: _("it was made for another name"),
    64: _("it was made for another address"),
}
_RENEW = _("Check the clock of this machine; if that is right, who runs the server has to renew it.")
_TRUST = _("If the server is your own, name its certificate or authority with --ca-file.")
_NAME = _("Check the name of the server.")
_ADVICE = {9: _RENEW, 10: _RENEW, 62: _NAME, 64: _NAME}


def check_plaintext(server: Server) -> None:
    """Raises ConfigError when a password would cross a network in clear without the person's leave."""
    here = is_loopback(server.host.strip("[]").rstrip("."))
    if server.security is Security.NONE and not server.allow_plaintext and not here:
        raise ConfigError(
            _("{host} would get the password in clear. Use tls or starttls, or allow plaintext for it.").format(
                host=server.host
            )
        )


def tls_context(server: Server) -> ssl.SSLContext:
    """Verification by the system's authorities, or by ``ca_file`` alone. Raises ConfigError."""
    try:
        return ssl.create_default_context(cafile=server.ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            _("The certificate file {file} for {host} cannot be read ({reason}); name another with --ca-file.").format(
                file=server.ca_file,
                host=server.host,
                reason=getattr(error, "strerror", None) or _("no certificate in it"),
            )
        ) from error


def not_reached(server: Server, error: Exception) -> Unreachable:
    """Why there is no connection: an OSError or UnicodeError of opening one."""
    if isinstance(error, socket.gaierror):
        return Unreachable(
            _("The server {host} was not found. Check its name and the network.").format(host=server.host)
        )
    if isinstance(error, TimeoutError):
        return Stalled(
            _("{host} does not answer on port {port}. Check the port and the network, and try again.").format(
                host=server.host, port=server.port
            )
        )
    reason = getattr(error, "strerror", None) or _("not a host name")
    if isinstance(error, ConnectionRefusedError):
        reason = _("nothing answers there")
    return Unreachable(
        _("{host} cannot be reached on port {port} ({reason}). Check the port and the network.").format(
            host=server.host, port=server.port, reason=reason
        )
    )


def tls_failed(server: Server, error: Exception, fingerprint: Callable[[], str]) -> Unreachable:
    """Why a connection could not be encrypted; ``fingerprint`` is asked for that of a certificate that was refused."""
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = _REASONS.get(error.verify_code, error.verify_message)
        text = _("The certificate of {host} is not trusted: {reason}. Nothing was sent to it. {advice}").format(
            host=server.host, reason=reason, advice=_(_ADVICE.get(error.verify_code, _TRUST))
        )
        if found := fingerprint():
            text += " " + _("Its SHA-256 fingerprint is {fingerprint}.").format(fingerprint=found)
        return CertificateRefused(text)
    if isinstance(error, TimeoutError):
        return Stalled(_("{host} has gone silent. Nothing is lost; it is tried again later.").format(host=server.host))
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        # A link that breaks is no doubt about the server, and not to be left alone as long as one.
        return Unreachable(
            _("{host} port {port} ended the connection before it was encrypted. It is tried again; if this goes on, check "
              "the port and the security.").format(host=server.host, port=server.port)
        )  # fmt: skip
    if isinstance(error, ssl.SSLError):
        return CertificateRefused(
            _("{host} port {port} does not speak TLS as it should ({reason}). Check the port and the security.").format(
                host=server.host, port=server.port, reason=(error.reason or "").replace("_", " ").lower() or "?"
            )
        )
    return Unreachable(_("The connection to {host} was lost. It is tried again later.").format(host=server.host))


def fingerprint_of(certificate: bytes) -> str:
    """The SHA-256 fingerprint of a certificate in DER."""
    digest = hashlib.sha256(certificate).hexdigest().upper()
    return ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))
