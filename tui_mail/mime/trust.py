"""Doubts about who wrote a message, from its header alone.

Owns the tests for senders that are not what they seem. Must not know how a doubt is shown, nor believe any
Authentication-Results.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from tui_mail.mime.addresses import parse, parse_sender
from tui_mail.mime.headers import every, first
from tui_mail.mime.links import site
from tui_mail.mime.rendered import Warning_
from tui_mail.model.mail import Address
from tui_mail.model.words import _
from tui_mail.text.hosts import display_host, poses, readable_host
from tui_mail.text.safe import SafeText, line

_ADDRESS_IN_NAME = re.compile(r"[^\s<>\"'(),:;@\[\]]{1,64}@([^\s<>\"'(),:;@\[\]]{1,253}\.[^\s<>\"'(),:;@\[\]]{2,63})")
_SHOWN = 120
_LOCAL = 64
_HOST = 100
_OF_LISTS = ("list-id", "list-unsubscribe", "list-post", "mailing-list", "x-mailing-list")
# Overrides of the direction, and what has no width; the joiner is not among them, since emoji and scripts need it.
_INVISIBLE = re.compile(
    "[\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\u3164\ufeff\ufffd\U000e0000-\U000e0fff]"
).search


def sender_warnings(header_fields: list[tuple[str, bytes]]) -> tuple[Warning_, ...]:
    """What the person should know about From, Sender, Reply-To and Return-Path; kinds: ``no-sender``, ``unclear-sender``,
    ``several-senders``, ``name-address``, ``name-hidden``, ``look-alike``, ``reply-elsewhere``, ``sent-by``, ``return-path``.

    The last three are true of many honest messages too.
    """
    froms = [value.decode("latin-1") for value in every(header_fields, "from")]
    senders = [address for value in froms for address in parse_sender(value)]
    found: list[Warning_] = []
    if not senders:
        found.append(Warning_("no-sender", line(_("The message does not say who wrote it."))))
    elif any(not sender.address or "=?" in sender.address for sender in senders):
        found.append(
            Warning_(
                "unclear-sender", line(_("The sender is not given as one address; this is what the message says."))
            )
        )
    elif len(froms) > 1 or len(senders) > 1:
        found.append(Warning_("several-senders", line(_("The message names more than one sender."))))
    for sender in senders:
        found.extend(address_warnings(sender))
    replies = [address for value in every(header_fields, "reply-to") for address in parse(value.decode("latin-1"))]
    domains = {domain(sender) for sender in senders}
    elsewhere = next((reply for reply in replies if reply.address and not _belongs(domain(reply), domains)), None)
    if elsewhere is not None and senders:
        text = _("Answers go to {address}, which is at another place than the sender.")
        found.append(Warning_("reply-elsewhere", line(text.format(address=shown_address(elsewhere)))))
        found.extend(_look_alike(elsewhere))
    if senders and not any(first(header_fields, name) for name in _OF_LISTS):
        # Lists and newsletters have their own way back for what cannot be delivered.
        found.extend(_carriers(header_fields, domains))
    return tuple(found)


def first_time(address: Address, seen_before: bool) -> Warning_ | None:
    """A note on somebody who never wrote here; ``seen_before`` is what the store knows of the address."""
    if seen_before or not address.address:
        return None
    return Warning_(
        "first-time", line(_("This is the first message from {address}.").replace("{address}", shown_address(address)))
    )


def same_organisation(one: str, other: str) -> bool:
    """True for two domains in ASCII that belong together, as far as a rule of thumb tells it."""
    return bool(one) and site(one.lower()) == site(other.lower())


def _belongs(name: str, domains: set[str]) -> bool:
    """True for a domain of the organisation of one of ``domains``: notifications often ask for answers to a host below."""
    return name in domains or any(same_organisation(name, one) for one in domains)


def _carriers(header_fields: list[tuple[str, bytes]], domains: set[str]) -> Iterator[Warning_]:
    """Sender and Return-Path where they are of another organisation than From."""
    texts = {
        "sender": ("sent-by", _("{address} sent this in the name of the sender.")),
        "return-path": ("return-path", _("What cannot be delivered goes back to {address} and not to the sender.")),
    }
    for name, (kind, text) in texts.items():
        for address in parse(first(header_fields, name).decode("latin-1"))[:1]:
            if domain(address) and not _belongs(domain(address), domains):
                yield Warning_(kind, line(text.replace("{address}", shown_address(address))))


def address_warnings(address: Address) -> list[Warning_]:
    """Doubts about one mailbox: a name that is another address, a domain in letters that pose as others."""
    found: list[Warning_] = []
    # Letters and signs of full width and the like are read as the usual ones.
    named = _ADDRESS_IN_NAME.search(unicodedata.normalize("NFKC", address.name[:500]))
    if named and address.address and display_host(named[1]) != domain(address):
        text = _("The sender's name looks like an address, but the message is from {address}.")
        found.append(Warning_("name-address", line(text.format(address=shown_address(address)))))
    if _INVISIBLE(address.name):
        found.append(Warning_("name-hidden", line(_("The sender's name holds characters that cannot be seen."))))
    if any(poses(word) for word in address.name[:200].split()):
        text = _("The sender's name {name} mixes letters of several alphabets that look alike.")
        found.append(Warning_("look-alike", line(text.replace("{name}", line(address.name, _SHOWN)))))
    return [*found, *_look_alike(address)]


def _look_alike(address: Address) -> list[Warning_]:
    found: list[Warning_] = []
    if address.address and poses(domain(address)):
        text = _("The domain {domain} is written with letters that look like others: {readable}")
        name = domain(address)
        words = text.format(domain=_to_its_end(name), readable=_to_its_end(readable_host(name)))
        found.append(Warning_("look-alike", line(words)))
    return found


def domain(address: Address) -> str:
    """The part after the @, lower case, in ASCII (``xn--``); empty when there is none."""
    return display_host(address.address.rpartition("@")[2]) if "@" in address.address else ""


def shown_address(address: Address) -> SafeText:
    """The address as a person must see it: a domain whose letters pose as others in its ASCII form, and to its end."""
    local, at, host = address.address.rpartition("@")
    if at and not host.isascii() and poses(display_host(host)):
        host = display_host(host)
    if len(local) > _LOCAL:
        local = f"{local[:_LOCAL]}…"
    return line(f"{local}{at}{_to_its_end(host)}")


def _to_its_end(host: str) -> str:
    """A host that is too long without its beginning: who it belongs to is said by its end."""
    return host if len(host) <= _HOST else f"…{host[-_HOST:]}"
