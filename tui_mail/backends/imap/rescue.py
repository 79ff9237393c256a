"""Messages whose answers cannot be read or poison a batch: fetched alone, with less and less asked for.

Owns the ladder from the usual items down to a placeholder, so that one bad message costs only itself. Must not know
cursors.
"""

from __future__ import annotations

from collections.abc import Sequence

from tui_mail.backends.imap import fetch
from tui_mail.backends.imap.failures import CommandFailed, crowded
from tui_mail.backends.imap.fetch import header_items
from tui_mail.backends.imap.mailbox import Connection
from tui_mail.backends.imap.syntax import uid_sets
from tui_mail.model.errors import Unreachable
from tui_mail.model.flags import Flag
from tui_mail.model.remote import NewMessage
from tui_mail.model.words import _

MOST = 500
"""Messages fetched one by one in one round; with more the server is broken, not a message."""
MAX_SET = 1 << 20
_LADDER = (b"(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER])", b"(UID BODY.PEEK[HEADER])")


def fetch_carefully(connection: Connection, uids: Sequence[int]) -> list[NewMessage]:
    """The messages of ``uids`` that exist, newest first; for one that cannot be read at all, an empty placeholder.

    Raises Unreachable, Throttled.
    """
    session, quirks = connection.session, connection.profile.quirks
    items = header_items(session.caps)
    found: dict[int, NewMessage] = {}
    alone: list[int] = []
    batches = [members for _set, members in uid_sets(uids, quirks.line)]
    while batches:
        members = batches.pop()
        ((uid_set, _same),) = uid_sets(members, MAX_SET)
        broken: set[int] = set()
        try:
            for message in fetch.headers(session, session.start(b"UID FETCH", uid_set, items)):
                if isinstance(message, NewMessage):
                    found[message.uid] = message
                else:
                    broken.add(message.uid)
        except CommandFailed as failed:
            _raise_when_crowded(session.host, failed)
            broken.add(0)
        left = [uid for uid in members if uid not in found]
        if 0 not in broken:
            alone += [uid for uid in left if uid in broken]
        elif len(left) <= 1:
            alone += left
        else:
            batches += [left[: len(left) // 2], left[len(left) // 2 :]]
        if len(alone) > MOST:
            raise Unreachable(_("{host} sends most messages in a form that cannot be read.").format(host=session.host))
    for uid in alone:
        rescued = _alone(connection, uid)
        if rescued is not None:
            found[uid] = rescued
    return [found[uid] for uid in sorted(found.keys() & set(uids), reverse=True)]


def _alone(connection: Connection, uid: int) -> NewMessage | None:
    """None when the message is gone: a command about it succeeded and brought nothing."""
    session = connection.session
    for items in _LADDER:
        answered = False
        try:
            for message in fetch.headers(session, session.start(b"UID FETCH %d" % uid, items)):
                answered = True
                if isinstance(message, NewMessage) and message.uid == uid:
                    return message
        except CommandFailed as failed:
            _raise_when_crowded(session.host, failed)
            continue
        if not answered:
            return None
    return NewMessage(uid, Flag.NONE, (), 0, 0, b"")


def _raise_when_crowded(host: str, failed: CommandFailed) -> None:
    """A pause that the server asks for is no message's fault; other refusals of a FETCH are."""
    if pause := crowded(host, failed):
        raise pause from failed
