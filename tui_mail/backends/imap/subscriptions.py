"""Subscriptions that go with their folders: a server renames a folder and leaves them behind (RFC 9051, 6.3.6).

Owns what is subscribed to after a rename. Safe to repeat. Must not know why a folder is renamed.
"""

from __future__ import annotations

from tui_mail.backends.imap import names
from tui_mail.backends.imap.failures import CommandFailed
from tui_mail.backends.imap.folders import Listed, entries
from tui_mail.backends.imap.mailbox import Connection
from tui_mail.backends.imap.syntax import Argument


def subscribe(connection: Connection, name: str) -> None:
    try:
        connection.session.run(b"SUBSCRIBE", connection.directory.argument(name))
    except CommandFailed:
        pass  # a server without subscriptions lists every folder anyway


def follow(connection: Connection, name: str, new_name: str, new_delimiter: str) -> None:
    """The folder called ``name`` and those in it have other names now: they are subscribed to as they were."""
    session, directory = connection.session, connection.directory
    wire = directory.wire_name(name)
    delimiter = directory.delimiters.get(name) or new_delimiter
    try:
        subscribed = _subscribed(connection, wire, delimiter)
    except CommandFailed:
        return subscribe(connection, new_name)
    for entry in subscribed:
        below = entry.name[len(name) :].split(delimiter) if delimiter else [""]
        subscribe(connection, new_name + new_delimiter.join(below))
        try:
            session.run(b"UNSUBSCRIBE", names.mailbox(entry.wire))
        except CommandFailed:
            pass  # the subscription of a folder that is gone disturbs nobody
    return None


def is_subscribed(connection: Connection, name: str) -> bool:
    """True as well where the server knows no subscriptions."""
    try:
        return bool(_subscribed(connection, connection.directory.wire_name(name), ""))
    except CommandFailed:
        return True


def _subscribed(connection: Connection, wire: bytes, delimiter: str) -> list[Listed]:
    """What is subscribed to of a folder and, with ``delimiter``, those in it."""
    session, branch = connection.session, wire + delimiter.encode()
    patterns = [names.mailbox(wire), *([names.mailbox(branch + b"*")] if delimiter else [])]
    extended = "LIST-EXTENDED" in session.caps
    commands: list[list[Argument]] = [[b'LIST (SUBSCRIBED) ""' if extended else b'LSUB ""', one] for one in patterns]
    kind = b"LIST" if extended else b"LSUB"
    found = entries(response for command in commands for response in session.run(*command).of_kind(kind))
    # A line of LSUB with \Noselect tells of what is in a folder, not of the folder (RFC 3501, 6.3.9).
    found = [entry for entry in found if extended or b"\\NOSELECT" not in entry.attributes]
    return [entry for entry in found if entry.wire == wire or (delimiter and entry.wire.startswith(branch))]
