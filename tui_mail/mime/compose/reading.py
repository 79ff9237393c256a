"""Fields of a message as writing needs them: whole, where lists and the reader may stop early.

Owns the reading of fields of any length: an answer to thousands goes to all of them. Must not know what is made of it.
"""

from __future__ import annotations

from tui_mail.mime.addresses import parse
from tui_mail.mime.headers import every, unfold
from tui_mail.mime.words import WHITE
from tui_mail.model.mail import Address

Fields = list[tuple[str, bytes]]


def whole_fields(header: bytes) -> Fields:
    """As ``headers.fields``, but no value is cut."""
    found: Fields = []
    for row in unfold(header):
        name, colon, value = row.partition(":")
        if colon:
            found.append((name.rstrip(), value.strip(WHITE).encode("latin-1")))
    return found


def addresses_of(header_fields: Fields, name: str) -> list[Address]:
    """The addresses of all fields of that name; see ``mime.addresses`` for what is none."""
    return [address for value in every(header_fields, name) for address in parse(value.decode("latin-1"))]


def text_of(header_fields: Fields, name: str) -> str:
    """The values of all fields of that name as they came, Latin-1, joined by line feeds."""
    return "\n".join(value.decode("latin-1") for value in every(header_fields, name))
