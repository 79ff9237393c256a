"""Whole messages: many small ones as a stream, a large one in pieces.

Owns how much is asked for at a time. Never marks as seen. Must not know where the bytes go.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from tui_mail.backends.imap import fetch
from tui_mail.backends.imap.failures import CommandFailed, crowded, refusal
from tui_mail.backends.imap.mailbox import Connection, Turn, select_version
from tui_mail.backends.imap.session import Session
from tui_mail.backends.imap.syntax import raw, uid_sets
from tui_mail.backends.imap.tokens import Malformed, Spooled, number
from tui_mail.model.errors import Gone, Refused
from tui_mail.model.remote import Body
from tui_mail.model.words import _

FIRST_BATCH, LARGEST_BATCH = 16, 256
BATCH_OCTETS = 2 << 20
"""Expected octets of one command; twice that is under way."""
MOST_FAILURES = 20
HANDED = 64
"""Messages handed on together."""
CHUNK, LARGEST_CHUNK = 256 << 10, 4 << 20
_PART = re.compile(r"(?:[1-9][0-9]{0,4}(?:\.[1-9][0-9]{0,4}){0,60}(?:\.MIME|\.HEADER|\.TEXT)?|HEADER|TEXT)?")


def bodies(
    connection: Connection, folder: str, uidvalidity: int, uids: Sequence[int], turn: Turn
) -> Iterator[list[Body]]:
    """Lists of messages, in the order of the server. Raises Gone, Refused, Throttled, Unreachable."""
    session = connection.session
    wanted = deque(dict.fromkeys(uids))
    under_way: deque[tuple[bytes, list[int]]] = deque()
    awaited: set[int] = set()
    size = FIRST_BATCH
    depth = min(2, connection.profile.quirks.depth)
    failures = 0
    while wanted or under_way:
        if not under_way:
            turn.breathe()
            select_version(connection, folder, uidvalidity, wanted)
        while wanted and len(under_way) < depth and not (under_way and turn.is_urgent()):
            members = [wanted.popleft() for _unused in range(min(size, len(wanted)))]
            awaited.update(members)
            under_way += _start(connection, members)
        tag, asked = under_way.popleft()
        octets = count = 0
        handed: list[Body] = []
        try:
            # A server may answer commands side by side (RFC 9051, 5.5): what comes may be for the next one.
            for message in fetch.bodies(session, tag):
                if isinstance(message, Body) and message.uid in awaited:
                    awaited.discard(message.uid)
                    octets += len(message.raw)
                    count += 1
                    handed.append(message)
                    if len(handed) >= HANDED:
                        yield handed
                        handed = []
        except CommandFailed as failed:
            failures += 1
            left = [uid for uid in asked if uid in awaited]
            if failures > MOST_FAILURES or crowded(session.host, failed):
                raise refusal(
                    session.host, failed, _("Messages of {folder} could not be read").format(folder=folder)
                ) from failed
            if len(left) > 1:  # one message made the server refuse the others
                under_way += _start(connection, left[: len(left) // 2])
                under_way += _start(connection, left[len(left) // 2 :])
                asked = []
        awaited.difference_update(asked)
        if handed:
            yield handed
        if count:
            size = max(1, min(LARGEST_BATCH, size * 2, BATCH_OCTETS // max(octets // count, 1)))


def _start(connection: Connection, members: Sequence[int]) -> Iterator[tuple[bytes, list[int]]]:
    for uid_set, named in uid_sets(members, connection.profile.quirks.line):
        yield connection.session.start(b"UID FETCH", uid_set, b"(" + fetch.BODY_ITEMS + b")"), named


def whole(
    connection: Connection,
    folder: str,
    uidvalidity: int,
    uid: int,
    part: str,
    write: Callable[[bytes], None],
    turn: Turn,
) -> int:
    """One message, or one part as it is encoded, piece by piece to ``write``; octets in all. Raises Gone, Refused."""
    if not _PART.fullmatch(part):
        raise Refused(_("There is no part {part} in a message.").format(part=part))
    session = connection.session
    section = raw(part.encode("ascii"))
    offset, chunk = 0, CHUNK
    expected: int | None = None
    while True:
        turn.breathe()
        select_version(connection, folder, uidvalidity, (uid,))
        began = time.monotonic()
        piece, size = _piece(session, folder, uid, section, (offset, chunk), ask_size=offset == 0 and not part)
        expected = size if size is not None else expected
        octets = 0
        for block in piece.blocks() if isinstance(piece, Spooled) else filter(None, [piece]):
            write(block)
            octets += len(block)
        offset += octets
        if octets > chunk:
            break  # a server that knows no parts gave all there is
        if octets < chunk:
            if not octets or not expected or offset >= expected:
                break
            # Shorter than announced: more may follow, or the size was wrong. Only an empty piece tells.
        elif offset == expected and not connection.profile.quirks.size_is_a_guess:
            break
        if time.monotonic() - began < 0.5:
            chunk = min(LARGEST_CHUNK, chunk * 2)
    return offset


def _piece(
    session: Session, folder: str, uid: int, section: bytes, span: tuple[int, int], *, ask_size: bool
) -> tuple[bytes | Spooled, int | None]:
    """What came of ``span`` (None: the message is gone), and RFC822.SIZE if that was asked for.

    Raises Gone, Refused.
    """
    items = b"BODY.PEEK[%s]<%d.%d>" % (section, *span)
    if ask_size:
        items = b"RFC822.SIZE " + items
    found: bytes | Spooled | None = None
    size: int | None = None
    broken = False
    try:
        tag = session.start(b"UID FETCH %d (UID %s)" % (uid, items))
        for response in session.stream(tag):
            try:
                values = fetch.items_of(response)
                if number(values.get(b"UID")) != uid:
                    continue
                size = number(values[b"RFC822.SIZE"]) if b"RFC822.SIZE" in values else size
            except Malformed:
                broken = True
                continue
            for name, value in values.items():
                if not name.startswith(b"BODY["):
                    continue
                if isinstance(value, list):
                    broken = True
                else:
                    found = value or b""
        session.finish(tag)
    except CommandFailed as failed:
        raise refusal(
            session.host, failed, _("A message of {folder} could not be read").format(folder=folder)
        ) from failed
    if found is None and broken:
        raise Refused(
            _("A message of {folder} could not be read: what {host} sends of it makes no sense.").format(
                folder=folder, host=session.host
            )
        )
    if found is None:
        raise Gone(_("That message is not in {folder} any more.").format(folder=folder))
    return found, size
