"""Waiting for news of one folder: IDLE (RFC 2177) where it is offered, asking now and then where it is not.

Owns the wait on its own connection. News that came between two waits, or before the first, is news. Must not know what
is done about it.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from tui_mail.backends.imap.answers import Mailbox
from tui_mail.backends.imap.failures import CommandFailed
from tui_mail.backends.imap.mailbox import Connection, select
from tui_mail.backends.imap.session import Session
from tui_mail.backends.imap.transport import Interrupted

GATHER = 0.2
"""Seconds given to what comes right behind the first news."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a folder looked like when it was last read."""

    uidvalidity: int
    uidnext: int
    exists: int
    highestmodseq: int

    def differs(self, box: Mailbox) -> bool:
        return (box.uidvalidity, box.uidnext, box.exists, box.highestmodseq) != (
            self.uidvalidity,
            self.uidnext,
            self.exists,
            self.highestmodseq,
        )


def look(connection: Connection, folder: str) -> Seen:
    """The folder's numbers of now. Not by STATUS, which may be old news about the folder that is selected."""
    box = select(connection, folder, fresh=True)
    return Seen(box.uidvalidity, box.uidnext, box.exists, box.highestmodseq)


def wait(connection: Connection, folder: str, seen: Seen | None, seconds: float, stop: threading.Event) -> bool:
    """True on news, False after ``seconds`` or when ``stop`` is set (and the transport woken).

    Raises Gone, Unreachable, Throttled.
    """
    session = connection.session
    selected = session.mailbox
    box = select(connection, folder)
    if box is not selected and seen is not None and seen.differs(box):
        return True
    end = time.monotonic() + seconds
    while True:
        if box.news:
            box.news = 0
            return True
        left = end - time.monotonic()
        if stop.is_set() or left <= 0:
            return False
        if "IDLE" not in session.caps or not _idle(session, box, left, stop):
            _ask(session, left, stop)


def _idle(session: Session, box: Mailbox, left: float, stop: threading.Event) -> bool:
    """One IDLE until news, ``stop`` or its refresh; False when the server does not really wait."""
    transport = session.transport
    try:
        tag = session.start(b"IDLE")
        if session.await_end_or_challenge(tag) is None:
            session.finish(tag)
            return False
        end = time.monotonic() + min(left, transport.timeouts.idle)
        try:
            while not (box.news or stop.is_set() or session.is_done(tag)) and transport.wait(end - time.monotonic()):
                transport.extend(transport.timeouts.stall)
                session.advance()
            if box.news and transport.wait(GATHER):
                session.advance()
        except Interrupted:
            pass  # somebody has set ``stop``
        ended_by_itself = session.is_done(tag)
        if not ended_by_itself:
            session.send_line(b"DONE")
        transport.extend(transport.timeouts.done)
        session.finish(tag)
    except CommandFailed:
        session.forbid(frozenset({"IDLE"}))
        return False
    return not ended_by_itself


def _ask(session: Session, left: float, stop: threading.Event) -> None:
    transport = session.transport
    try:
        if not stop.is_set() and transport.wait(min(left, transport.timeouts.poll)):
            transport.extend(transport.timeouts.stall)
            session.advance()
            return
    except Interrupted:
        return
    session.run(b"NOOP")
