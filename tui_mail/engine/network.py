"""By which addresses this machine would reach the world: another answer than before means another network.

Nothing is sent: a UDP socket that is connected only has its route looked up. Must not know who asks.
"""

from __future__ import annotations

import socket

Addresses = tuple[str, ...]

_FAR = ((socket.AF_INET, ("192.0.2.1", 9)), (socket.AF_INET6, ("2001:db8::1", 9)))
"""Addresses for documentation (RFC 5737, RFC 3849): nobody's, so only a default route leads to them."""


def source_addresses() -> Addresses:
    """The own address of each family that leads out; empty without a network."""
    found = []
    for family, far in _FAR:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect(far)
                found.append(str(probe.getsockname()[0]))
        except OSError:
            continue  # no route, or no such family here: that is an answer as well
    return tuple(found)
