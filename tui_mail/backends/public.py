"""Which addresses of the network a message may make this program connect to: those of the public internet alone.

Owns the judgement of addresses and the looking up of names. A message may name a host that leads into one's own network,
by its letters or by what its name server says, so that it is the address which is judged, and the one that was judged is
connected to. Must not know a protocol.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

from tui_mail.model.errors import Refused, Unreachable
from tui_mail.model.words import _

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Lookup = Callable[[str, int], list[str]]
"""The addresses of a host, as text. Raises OSError."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")


def system_lookup(host: str, port: int) -> list[str]:
    """What the system's resolver says."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(text: str) -> bool:
    """False for addresses of this machine, of private, shared, reserved and multicast networks, and for what is none.

    An IPv6 address that stands for an IPv4 address is judged as that one.
    """
    try:
        address: Address = ipaddress.ip_address(text)
    except ValueError:
        return False  # a zone (fe80::1%eth0) makes it none either
    inner = _inside(address)
    if inner is not None:
        return is_public(str(inner))
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _inside(address: Address) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


@dataclass(frozen=True, slots=True)
class Reach:
    """How hosts are found and reached; tests have their own."""

    lookup: Lookup = system_lookup
    allowed: Callable[[str], bool] = is_public
    context: Callable[[], ssl.SSLContext] = ssl.create_default_context
    clock: Callable[[], float] = time.monotonic


def addresses_of(
    host: str, port: int, lookup: Lookup = system_lookup, allowed: Callable[[str], bool] = is_public
) -> list[str]:
    """Where ``host`` may be connected to. Raises Unreachable where there is no such host, Refused where one of its
    addresses is not public: a name that leads to both is somebody's trick.
    """
    try:
        found = lookup(host.strip("[]"), port)
    except (OSError, UnicodeError) as error:
        raise Unreachable(_("The host {host} was not found. Check the network.").format(host=host)) from error
    if not found:
        raise Unreachable(_("The host {host} was not found. Check the network.").format(host=host))
    if not all(map(allowed, found)):
        raise Refused(
            _(
                "{host} leads to an address that is not public, inside of somebody's own network: nothing was sent."
            ).format(host=host)
        )
    return found
