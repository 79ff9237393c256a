"""What a person types into To, Cc and Bcc, to addresses and back.

Owns that small grammar: commas, semicolons or line breaks between entries, quotation marks around names that hold such
signs. Must not know header fields: nothing here is folded or encoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from tui_mail.mime.compose.domains import ascii_address
from tui_mail.mime.compose.fields import one_line
from tui_mail.mime.words import decode_words
from tui_mail.model.errors import UsageError
from tui_mail.model.mail import Address
from tui_mail.model.words import _
from tui_mail.text.safe import line

_SHOWN: Final = 80
_TOKEN = re.compile(
    r'(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<angle><[^<>]*>)|(?P<mark>[,;])|(?P<space>\s+)'
    r'|(?P<word>[^\s",;<>][^\s,;<>]*)|(?P<odd>["<>])',
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = re.compile(r'(["\\])')
_COMMENTED = re.compile(r"(\S+@\S+)\s+\(([^()]*)\)").fullmatch
_SPECIAL = re.compile(r'["(),:;<>@\[\]\\]|=\?').search

_Entry = list[tuple[str, str]]


def read_recipients(text: str) -> tuple[Address, ...]:
    """The addresses of a field as it was typed. Raises UsageError, naming the entry that is wrong."""
    return tuple(_mailbox(entry) for entry in _entries(text))


def valid_recipients(text: str) -> tuple[Address, ...]:
    """Those entries that can be written to; what is half typed is left out."""
    found: list[Address] = []
    for entry in _entries(text):
        try:
            found.append(_mailbox(entry))
        except UsageError:
            continue  # said to the person by whoever reads the field strictly
    return tuple(found)


def write_recipients(addresses: Iterable[Address]) -> str:
    """The addresses as a person would type them, names in quotation marks where they need them.

    What has no address is the text that its name is.
    """
    return ", ".join(_written(address) for address in addresses)


def _written(address: Address) -> str:
    name = one_line(address.name).strip()
    if not address.address or not name:
        return address.address or name
    # Single spaces between words without signs of the grammar are read as they are; everything else is quoted.
    if _SPECIAL(name) or name != " ".join(name.split()):
        name = '"' + _ESCAPED.sub(r"\\\1", name) + '"'
    return f"{name} <{address.address}>"


def _entries(text: str) -> Iterator[_Entry]:
    """The tokens of each entry, without spaces around them."""
    entry: _Entry = []
    at = 0
    while match := _TOKEN.match(text, at):
        at = match.end()
        kind = str(match.lastgroup)
        if match[0] == '"':  # it is never closed, so that nobody can say where the entry ends
            entry.append((kind, text[match.start() :]))
            break
        if kind == "mark" or (kind == "space" and entry and _ends(match[0], entry)):
            if entry:
                yield _trimmed(entry)
            entry = []
        elif entry or kind != "space":
            entry.append((kind, match[0]))
    if entry:
        yield _trimmed(entry)


def _ends(space: str, entry: _Entry) -> bool:
    """True when a line break ends the entry: not between a name and the address that is on the next line."""
    return ("\n" in space or "\r" in space) and any("@" in text for kind, text in entry if kind != "quoted")


def _trimmed(entry: _Entry) -> _Entry:
    while entry[-1][0] == "space":
        entry.pop()
    return entry


def _mailbox(entry: _Entry) -> Address:
    """One entry as an address. Raises UsageError."""
    text = "".join(part for _kind, part in entry)
    kinds = [kind for kind, _part in entry]
    if "odd" in kinds:
        raise _unclosed(text)
    if kinds[-1] == "angle" and kinds.count("angle") == 1:
        address = Address(_name(entry[:-1]), entry[-1][1][1:-1].strip())
    elif commented := _COMMENTED(text):
        address = Address(one_line(commented[2]).strip(), commented[1])
    else:
        address = Address("", text)
    if not address.address or (not address.name and ("space" in kinds or "angle" in kinds[:-1] or "@" not in text)):
        raise _no_entry(text)
    ascii_address(address.address)
    return address


def _name(tokens: _Entry) -> str:
    """The name that stands before an address in angle brackets."""
    solid = [part for kind, part in tokens if kind != "space"]
    if len(solid) == 1 and tokens[0][0] == "quoted":
        return one_line(_ESCAPE.sub(r"\1", solid[0][1:-1])).strip()
    text = "".join(" " if kind == "space" else part for kind, part in tokens)
    if "=?" in text:  # pasted from the source of a message
        text = decode_words(text)
    return " ".join(one_line(text).split())


def _unclosed(text: str) -> UsageError:
    shown = line(" ".join(text.split()), _SHOWN)
    if '"' in text:
        return UsageError(_("The quotation mark in {entry} is not closed.").format(entry=shown))
    return UsageError(_("In {entry} the address must stand as in Name <name@example.org>.").format(entry=shown))


def _no_entry(text: str) -> UsageError:
    shown = line(" ".join(text.split()), _SHOWN)
    if text.count("@") > 1:
        return UsageError(_("Put a comma between the addresses in {entry}.").format(entry=shown))
    if "@" in text:
        return UsageError(_("In {entry} the address must stand as in Name <name@example.org>.").format(entry=shown))
    text = _("{entry} is no mail address; write name@example.org, and a name that holds a comma in quotation marks.")
    return UsageError(text.format(entry=shown))
