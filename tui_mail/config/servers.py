"""One server of an account: host, port, and how the connection is kept secret.

Owns the defaults of ports and the rule that a password never crosses a network in clear by accident. Must not know how
a connection is made.
"""

from __future__ import annotations

import enum
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui_mail.config import options
from tui_mail.model.errors import ConfigError
from tui_mail.model.words import _


class Security(enum.StrEnum):
    """How a connection is secured before anything secret is said (RFC 8314)."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Server:
    """Where to connect."""

    host: str
    port: int
    security: Security = Security.TLS
    ca_file: str = ""
    """Absolute path of a PEM file that is trusted instead of the system's authorities; empty: those."""
    allow_plaintext: bool = False
    """The person agreed that the password goes in clear to a host that is not this machine."""


PROTOCOLS = ("imap", "pop3", "smtp")

_IMPLIED = {
    993: Security.TLS,
    995: Security.TLS,
    465: Security.TLS,
    143: Security.STARTTLS,
    110: Security.STARTTLS,
    587: Security.STARTTLS,
}
_PORTS = {
    ("imap", Security.TLS): 993,
    ("imap", Security.STARTTLS): 143,
    ("imap", Security.NONE): 143,
    ("pop3", Security.TLS): 995,
    ("pop3", Security.STARTTLS): 110,
    ("pop3", Security.NONE): 110,
    ("smtp", Security.TLS): 465,
    ("smtp", Security.STARTTLS): 587,
    ("smtp", Security.NONE): 25,
}
_ADDRESS = re.compile(r"(?:\[(?P<literal>[0-9A-Fa-f:.]+)\]|(?P<name>[^:\s\[\]/@]+))(?::(?P<port>[0-9]{1,5}))?")
_KEYS = ("host", "port", "security", "ca_file", "allow_plaintext")


def parse_server(
    protocol: str,
    address: str,
    *,
    security: Security | None = None,
    ca_file: str = "",
    allow_plaintext: bool = False,
) -> Server:
    """The server of ``HOST``, ``HOST:PORT`` or ``[IPV6]:PORT``; ``protocol`` is imap, pop3 or smtp.

    Without ``security`` the port decides, without a port the security. Raises ConfigError.
    """
    found = _ADDRESS.fullmatch(address.strip())
    if found is None:
        raise ConfigError(
            _("{address} is not a server: write HOST or HOST:PORT.").format(address=options.shown(address))
        )
    host = found["literal"] or found["name"]
    if found["port"] is None:
        security = security or Security.TLS
        port = _PORTS[protocol, security]
    else:
        port = int(found["port"])
        security = security or _IMPLIED.get(port, Security.TLS)
    return checked(Server(host, port, security, ca_file, allow_plaintext), protocol)


def checked(server: Server, where: str) -> Server:
    """``server``, or ConfigError where it cannot be right."""
    if not 0 < server.port < 65536:
        raise ConfigError(_("{where}: a port is a number from 1 to 65535.").format(where=where))
    if not server.host or any(character.isspace() or not character.isprintable() for character in server.host):
        raise ConfigError(_("{where}: host names a server.").format(where=where))
    if server.ca_file and not server.ca_file.startswith("/"):
        raise ConfigError(_("{where}: ca_file is an absolute path.").format(where=where))
    if server.security is Security.NONE and not server.allow_plaintext and not is_loopback(server.host):
        raise ConfigError(
            _(
                "{where}: without encryption everyone on the way to {host} can read your password and mail; "
                "use tls or starttls, or say --allow-plaintext."
            ).format(where=where, host=server.host)
        )
    return server


def is_loopback(host: str) -> bool:
    """True when ``host`` can only be this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def server_from_table(table: Mapping[str, Any], where: str) -> Server:
    """The server of a table of an account's file. Raises ConfigError."""
    for key in table:
        if key not in _KEYS:
            raise options.unknown(where, key, _KEYS)
    host, port = table.get("host"), table.get("port")
    security, ca_file, plaintext = (
        table.get("security", "tls"),
        table.get("ca_file", ""),
        table.get("allow_plaintext", False),
    )
    if not isinstance(host, str):
        raise ConfigError(_("{where}: host names a server.").format(where=where))
    if not isinstance(port, int) or isinstance(port, bool):
        raise ConfigError(_("{where}: a port is a number from 1 to 65535.").format(where=where))
    if security not in [each.value for each in Security]:
        raise ConfigError(_('{where}: security is "tls", "starttls" or "none".').format(where=where))
    if not isinstance(ca_file, str):
        raise ConfigError(_("{where}: ca_file is an absolute path.").format(where=where))
    if not isinstance(plaintext, bool):
        raise ConfigError(_("{where}: allow_plaintext is true or false.").format(where=where))
    return checked(Server(host, port, Security(security), ca_file, plaintext), where)


def server_to_table(server: Server) -> dict[str, Any]:
    """What ``server_from_table`` reads back to the same."""
    table: dict[str, Any] = {"host": server.host, "port": server.port, "security": server.security.value}
    if server.ca_file:
        table["ca_file"] = server.ca_file
    if server.allow_plaintext:
        table["allow_plaintext"] = True
    return table
