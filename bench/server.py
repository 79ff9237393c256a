"""A private Dovecot on loopback with one user per mailbox size, filled over IMAP.

Owns starting, filling and stopping it. Must not know who will read the mail.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Self

from bench import awkward
from bench.corpus import NEWEST, Made, messages
from tests.fakes import dovecot

BATCH = 500
"""Messages in one APPEND (RFC 3502)."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One user of the server, whose inbox holds ``size`` messages."""

    host: str
    port: int
    user: str
    password: str
    size: int
    pop3: int = 0
    """The port of POP3."""


class Server:
    """The server and its mailboxes of ``sizes`` messages; use as a context manager."""

    def __init__(self, sizes: Iterable[int]) -> None:
        self._sizes = tuple(sizes)
        self._dovecot: dovecot.Dovecot | None = None
        self._others = 0

    def __enter__(self) -> Self:
        self._dovecot = dovecot.start(FORMAT="mdbox", SYNC="optimized")
        return self

    def __exit__(self, *_error: object) -> None:
        if self._dovecot is not None:
            dovecot.stop(self._dovecot)

    def mailbox(self, size: int) -> Mailbox:
        assert self._dovecot is not None
        return Mailbox("127.0.0.1", self._dovecot.imap, f"box{size}", self._dovecot.password, size, self._dovecot.pop3)

    def awkward(self) -> Mailbox:
        """Another one, with messages that are hard to show."""
        assert self._dovecot is not None
        made = awkward.mailbox()
        found = Mailbox("127.0.0.1", self._dovecot.imap, "awkward", self._dovecot.password, len(made))
        with _Session(found) as session:
            if session.count() != found.size:
                session.append(made)
        return found

    def fill(self) -> None:
        """Put the messages into every mailbox, and let the server build its own caches."""
        for size in self._sizes:
            began = time.perf_counter()
            _fill(self.mailbox(size))
            print(f"  {size:,} messages in {time.perf_counter() - began:.0f} s", flush=True)

    def new_mailbox(self, size: int) -> Mailbox:
        """Another mailbox with ``size`` messages and an empty archive, for what changes it."""
        self._others += 1
        mailbox = replace(self.mailbox(size), user=f"other{self._others}x{size}")
        _fill(mailbox)
        with _Session(mailbox) as session:
            session.run("CREATE Archive")
        return mailbox


def count(mailbox: Mailbox) -> int:
    """How many messages are in the inbox now."""
    with _Session(mailbox) as session:
        return session.count()


def change(mailbox: Mailbox) -> None:
    """As another program would: one of a hundred messages gets another flag, one of a thousand goes, as many come."""
    few = max(1, mailbox.size // 1000)
    with _Session(mailbox) as session:
        session.run("SELECT INBOX")
        session.run(
            f"STORE {','.join(str(number) for number in range(7, mailbox.size, 100))} +FLAGS.SILENT (\\Answered)"
        )
        session.run(f"STORE 1:{few} +FLAGS.SILENT (\\Deleted)")
        session.run("EXPUNGE")
        # Older than the newest, which stays what is looked for on the screen.
        session.append(replace(made, received=NEWEST - 60) for made in islice(messages(few + 1), few))


def _fill(mailbox: Mailbox) -> None:
    with _Session(mailbox) as session:
        session.append(messages(mailbox.size))
        # What a mailbox in use has had read before: the fields that clients ask for are cached.
        session.run("SELECT INBOX")
        session.run("FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER] ENVELOPE BODYSTRUCTURE)")
        session.run("FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (DATE FROM TO CC SUBJECT MESSAGE-ID REFERENCES)])")


class _Session:
    """As much of an IMAP client as filling a mailbox takes."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._socket = socket.create_connection((mailbox.host, mailbox.port))
        self._stream = self._socket.makefile("rb")
        self._stream.readline()
        self._tag = 0
        self.run(f'LOGIN {mailbox.user} "{mailbox.password}"')

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stream.close()
        self._socket.close()

    def run(self, command: str) -> list[bytes]:
        """The lines of the answer that begin with a star; literals run by unread."""
        self._tag += 1
        self._socket.sendall(f"a{self._tag} {command}\r\n".encode())
        return list(self._answer())

    def count(self) -> int:
        (line,) = [line for line in self.run("STATUS INBOX (MESSAGES)") if b"STATUS" in line]
        return int(line.rpartition(b"MESSAGES ")[2].strip(b")\r\n"))

    def append(self, made: Iterable[Made]) -> None:
        rest = iter(made)
        while batch := list(islice(rest, BATCH)):
            self._tag += 1
            whole = bytearray(f"a{self._tag} APPEND INBOX".encode())
            for message in batch:
                date = time.strftime("%d-%b-%Y %H:%M:%S +0000", time.gmtime(message.received))
                flags = "\\Seen" if message.seen else ""
                whole += f' ({flags}) "{date}" {{{len(message.raw)}+}}\r\n'.encode() + message.raw
            self._socket.sendall(whole + b"\r\n")
            list(self._answer())

    def _answer(self) -> Iterator[bytes]:
        mark = f"a{self._tag} ".encode()
        for line in self._stream:
            if line.startswith(mark):
                if not line.startswith(mark + b"OK"):
                    raise RuntimeError(line.decode())
                return
            if line.startswith(b"* ") and b"FETCH" not in line[:30]:
                yield line
        raise RuntimeError("The server hung up.")
