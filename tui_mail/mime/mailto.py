"""What a mailto address asks for (RFC 6068), as far as a page or a message may ask for it.

Owns the list of what is taken over: recipients, subject and text. Never an attachment, a sender or any other field; the
composer shows all of it before anything is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from tui_mail.mime.addresses import parse
from tui_mail.mime.charsets import decode
from tui_mail.mime.words import clean
from tui_mail.model.mail import Address
from tui_mail.text.safe import block

_MAX_LENGTH = 65_536
_MAX_RECIPIENTS = 100


@dataclass(frozen=True, slots=True)
class Mailto:
    """What the composer opens with; ``bcc`` has to be confirmed by the person."""

    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    subject: str
    """One line, without controls."""
    body: str
    """Lines ended by LF, safe for a terminal."""
    ignored: tuple[str, ...]
    """Names of what was asked for besides, lower case."""


def parse_mailto(url: str) -> Mailto:
    """Read ``mailto:a@b?subject=…``; never raises, recipients that are no address are left out."""
    path, _mark, query = url[:_MAX_LENGTH].partition(":")[2].partition("#")[0].partition("?")
    wanted: dict[str, list[str]] = {"to": [_decoded(path)], "cc": [], "bcc": [], "subject": [], "body": []}
    ignored: list[str] = []
    for pair in query.replace("&amp;", "&").split("&"):
        name, _equals, value = pair.partition("=")
        name = clean(_decoded(name)).lower()
        if name in wanted:
            wanted[name].append(_decoded(value))
        elif name and name not in ignored:
            ignored.append(name)
    return Mailto(
        to=_recipients(wanted["to"]),
        cc=_recipients(wanted["cc"]),
        bcc=_recipients(wanted["bcc"]),
        subject=" ".join(clean(" ".join(wanted["subject"])).split()),
        body=block("\n".join(wanted["body"])),
        ignored=tuple(ignored),
    )


def _decoded(text: str) -> str:
    """Percent-decoded; a plus sign stays one, this is no form."""
    return decode(unquote_to_bytes(text))


def _recipients(values: list[str]) -> tuple[Address, ...]:
    found: list[Address] = []
    for value in values:
        # What is no clean list of addresses names nobody: a line break could end the field it is written into.
        wire = value.encode("utf-8", "replace").decode("latin-1")
        found.extend(address for address in parse(wire) if address.address)
    return tuple(found[:_MAX_RECIPIENTS])
