"""A folder opened with what is known of it, so that the server says at once what changed and what vanished (QRESYNC,
RFC 7162, 3.2.5).

Owns when that is worth asking, the command, and for which folders the answers turned out wrong. Must not know pages.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence

from tui_mail.backends.imap import fetch
from tui_mail.backends.imap.answers import Mailbox
from tui_mail.backends.imap.cursor import Cursor
from tui_mail.backends.imap.failures import CommandFailed, missing
from tui_mail.backends.imap.mailbox import Connection, select, settled
from tui_mail.model.errors import Unreachable
from tui_mail.model.remote import FlagChange

MISTAKES = 2
"""Wrong answers about a folder after which it is asked about in the other way (CONDSTORE)."""
FEW = 10_000
"""Vanished UIDs that are taken one by one without looking which of them the store has."""


def possible(connection: Connection, folder: str, known: Cursor) -> bool:
    """True when the server can do it, has kept its word about ``folder``, and ``known`` is something to start from."""
    session = connection.session
    return (
        "QRESYNC" in session.caps
        and "QRESYNC" in session.enabled
        and known.modseq > 0
        and known.uidnext > 1
        and connection.directory.mistakes.get(folder, 0) < MISTAKES
        and 0 < len(known.known_set()) <= connection.profile.quirks.line
    )


def opened(
    connection: Connection, folder: str, known: Cursor, behind: Callable[[], None] = lambda: None
) -> Iterator[FlagChange]:
    """Select ``folder`` for reading; the flags that changed since ``known``. What vanished is in ``Mailbox.vanished``.
    ``behind`` may send other commands before the answer is awaited.

    A server that does not understand leaves the folder selected the plain way, its ``vanished`` None. Raises Gone,
    Throttled, Unreachable.
    """
    session = connection.session
    wire = connection.directory.wire_name(folder)
    session.mailbox = box = Mailbox(wire, readonly=True, vanished=[])
    whole = False
    parameters = b"(QRESYNC (%d %d %s))" % (known.uidvalidity, known.modseq, known.known_set())
    try:
        tag = session.start(b"EXAMINE", connection.directory.argument(folder), parameters)
        behind()
        for change in fetch.flags(session, tag):
            if isinstance(change, FlagChange):
                yield change
        whole = True
    except CommandFailed as failed:
        if failed.status != "BAD":
            raise missing(session.host, failed, folder) from failed
        session.forbid(frozenset({"QRESYNC"}))
    except Unreachable:
        # It may have been the answer: one too long to read would be so the next time too.
        mistaken(connection, folder)
        raise
    finally:
        if not whole:
            # Until the answer is whole nothing is selected for us, whatever the server thinks.
            session.mailbox = None
    if whole:
        settled(session, box)
    else:
        select(connection, folder, fresh=True)


def mistaken(connection: Connection, folder: str) -> None:
    """Remember that an answer about ``folder`` was wrong."""
    mistakes = connection.directory.mistakes
    mistakes[folder] = mistakes.get(folder, 0) + 1


def each(ranges: Sequence[tuple[int, int]], most: int = FEW) -> set[int] | None:
    """The UIDs in ``ranges``; None when there are more than ``most``."""
    if sum(last - first + 1 for first, last in ranges) > most:
        return None
    return {uid for first, last in ranges for uid in range(first, last + 1)}


def within(ranges: Sequence[tuple[int, int]], uids: Sequence[int]) -> set[int]:
    """Those of ``uids``, ascending, that lie in ``ranges``."""
    found: set[int] = set()
    for first, last in ranges:
        found.update(uids[bisect_left(uids, first) : bisect_right(uids, last)])
    return found
