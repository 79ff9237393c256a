"""Folder names: what the server calls them, what a person sees, and the way back.

Owns modified UTF-7, delimiters and the personal prefix (RFC 2342, RFC 9051 5.1). Must not know connections.
"""

from __future__ import annotations

from dataclasses import dataclass

from imapclient import imap_utf7

from tui_mail.backends.imap.syntax import raw
from tui_mail.model.errors import Refused
from tui_mail.model.words import _

SLASH = "\u2215"
"""Stands for a ``/`` inside a name."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """The personal namespace: ``prefix`` as the server spells it, and its delimiter ("" when there are no levels)."""

    prefix: str = ""
    delimiter: str = "/"


def decode(wire: bytes) -> str:
    """The name of what LIST sent; what is no modified UTF-7 is read as UTF-8, else octet by octet."""
    try:
        name = wire.decode("ascii") if b"&" not in wire else str(imap_utf7.decode(wire))
        name.encode("utf-8")
        if b"&" not in wire or imap_utf7.encode(name) == wire:
            return name
    except (UnicodeError, ValueError):
        pass  # broken or 8-bit: read below
    try:
        return wire.decode("utf-8")
    except UnicodeDecodeError:
        return wire.decode("latin-1")


def encode(name: str) -> bytes:
    """Modified UTF-7. Raises Refused on what no folder can be called."""
    if not name or any(character < " " or character == "\x7f" for character in name):
        raise Refused(_("A folder name may hold no line break and no control character."))
    try:
        return bytes(imap_utf7.encode(name))
    except UnicodeError as error:
        raise Refused(_("That folder name cannot be written for the server.")) from error


def mailbox(wire: bytes) -> bytes:
    """A wire name as a quoted argument; octets that should not be there go back as the server sent them."""
    if wire.upper() == b"INBOX":
        return b"INBOX"
    return b'"' + raw(wire).replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def is_inbox(name: str) -> bool:
    return name.upper() == "INBOX"


def display_path(name: str, delimiter: str, prefix: str) -> str:
    """``name`` as a person sees it: ``/`` between levels, prefix removed, INBOX so spelt."""
    if is_inbox(name):
        return "INBOX"
    if prefix and name.startswith(prefix) and len(name) > len(prefix):
        name = name[len(prefix) :]
    levels = name.split(delimiter) if delimiter else [name]
    if is_inbox(levels[0]) and len(levels) > 1:
        levels[0] = "INBOX"
    return "/".join(level.replace("/", SLASH) for level in levels)


def child_name(parent: str, delimiter: str, path: str) -> str:
    """The name of what lies at ``path`` below a folder called ``parent``. Raises Refused."""
    return server_name(path, Namespace(parent + delimiter, delimiter), below=True)


def server_name(path: str, namespace: Namespace, *, below: bool = False) -> str:
    """The name under which a folder with this display path is made; ``below``: INBOX is a name like others.

    Raises Refused.
    """
    if is_inbox(path) and not below:
        return "INBOX"
    levels = path.split("/")
    if not all(level.strip() for level in levels):
        raise Refused(_("A folder needs a name on every level: {path}").format(path=path))
    delimiter = namespace.delimiter
    if len(levels) > 1 and not delimiter:
        raise Refused(_("This server keeps no folders inside folders."))
    if delimiter != "/":
        levels = [level.replace(SLASH, "/") for level in levels]
    for level in levels:
        if delimiter and delimiter in level:
            raise Refused(
                _("On this server {delimiter} separates folders, so no name can contain it.").format(
                    delimiter=delimiter
                )
            )
    prefix = namespace.prefix
    if not below and prefix and is_inbox(levels[0]) and prefix.upper() == f"INBOX{delimiter}":
        prefix = ""
    return prefix + delimiter.join(levels)
