"""Which of the person's own addresses a message is about.

Owns what counts as an own address: the domain in any spelling, capitals aside, and with a ``+tag`` before the @. Must
not know accounts beyond the names that identities carry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tui_mail.mime.headers import addresses, every
from tui_mail.mime.structure import Message
from tui_mail.model.draft import Identity
from tui_mail.model.ids import AccountName
from tui_mail.model.mail import Address
from tui_mail.text.hosts import display_host

_DELIVERY = ("delivered-to", "x-original-to", "envelope-to")


def key(address: str) -> str:
    """Equal for addresses that reach the same mailbox as far as anybody cares to tell them apart."""
    local, _at, domain = address.rpartition("@")
    return f"{local.casefold()}@{display_host(domain)}"


def own(address: str, identities: Iterable[Identity]) -> Identity | None:
    """The identity that has this address, else the one that has it without its tag."""
    local, _at, domain = address.rpartition("@")
    wanted = [key(address)]
    if "+" in local.strip("+"):
        wanted.append(key(f"{local.partition('+')[0]}@{domain}"))
    by_key: dict[str, Identity] = {}
    for identity in identities:
        by_key.setdefault(key(identity.address), identity)
    return next((by_key[one] for one in wanted if one in by_key), None)


def without_own(addresses_: Iterable[Address], identities: Sequence[Identity]) -> list[Address]:
    """Those that are somebody else's."""
    return [address for address in addresses_ if own(address.address, identities) is None]


def chosen(message: Message, account: AccountName, identities: Sequence[Identity]) -> Identity:
    """The identity for answering ``message``, which lies in ``account``; there is at least one."""
    here = [identity for identity in identities if identity.account == account]
    for pool in (here, [identity for identity in identities if identity.account != account]):
        found = next((one for address in _candidates(message) if (one := own(address, pool))), None)
        if found is not None:
            return found
    return (here or list(identities))[0]


def _candidates(message: Message) -> Iterator[str]:
    """Addresses that may be the person's own, the likeliest first."""
    envelope = message.envelope
    for address in (*envelope.from_, *envelope.to, *envelope.cc):
        if address.address:
            yield address.address
    for name in _DELIVERY:
        for value in every(message.fields, name):
            yield from (address.address for address in addresses(value) if address.address)
