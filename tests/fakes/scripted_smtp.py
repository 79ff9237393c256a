"""A server for sending that answers, refuses, lies or vanishes at any step as a test wrote it down.

Owns what it was told: every command, every octet of every body, and the messages that came whole. One thread per
connection; below TLS or in clear.
"""

from __future__ import annotations

import base64
import enum
import hashlib
import hmac
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Self, TypeAlias

from tests.fakes.scripted_imap import Gone, ScriptedImap, Wire

USER = "ada"
PASSWORD = "hunter2"
TOKEN = "ya29.token"
CHALLENGE = b"<1896.697170952@example.org>"


class Act(enum.Enum):
    """What a server does instead of answering."""

    CLOSE = "close"
    RESET = "reset"
    SILENT = "silent"
    """Nothing, with the connection open."""


Answer: TypeAlias = "str | Act | Callable[[str], str | Act]"
"""A reply (its lines separated by LF), an act, or a function of the command line that gives one."""
Given: TypeAlias = "Answer | Sequence[Answer]"
"""Each time the same, or one after the other, of which the last stays."""

STEPS = ("greeting", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "body", "dot", "rset", "noop", "quit")

_USUAL = {
    "greeting": "220 mx.example.org ready",
    "starttls": "220 2.0.0 go on",
    "mail": "250 2.1.0 Ok",
    "rcpt": "250 2.1.5 Ok",
    "data": "354 go on",
    "dot": "250 2.0.0 Ok: queued as 4F1",
    "rset": "250 2.0.0 Ok",
    "noop": "250 2.0.0 Ok",
    "quit": "221 2.0.0 Bye",
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that came whole, dot and all, and that the server did not refuse."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    """As it was before DATA added dots."""


class ScriptedSmtp:
    """``with ScriptedSmtp(rcpt="550 no") as server:`` and connect to 127.0.0.1, ``server.port``.

    What happens in ``body`` happens after ``body_after`` of its octets; a server silent there takes no more, until
    ``release``, and one that refuses there has refused the message. What happens in ``dot`` happens to a message that
    is there.
    """

    def __init__(
        self,
        steps: Mapping[str, Given] | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
        mechanisms: str = "PLAIN LOGIN",
        extensions: Sequence[str] = ("SIZE 50000000", "8BITMIME", "ENHANCEDSTATUSCODES"),
        body_after: int = 0,
        **more: Given,
    ) -> None:
        given = {**(steps or {}), **more}
        assert given.keys() <= set(STEPS), given
        self._answers = {step: _each(answers) for step, answers in given.items()}
        self._starttls = starttls
        self._extensions = [*extensions, *([f"AUTH {mechanisms}"] if mechanisms else [])]
        self._body_after = body_after
        self._released = threading.Event()
        self._changed = threading.Condition()
        self._listener = ScriptedImap(self._serve, tls=tls)
        # What is not read fills a buffer of one size, not of as much as this system thinks fit.
        self._listener._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 18)
        self.port = self._listener.port
        self.open = 0
        """Connections there are now."""
        self.bodies: list[bytearray] = []
        """What followed each 354, as it came, without the final dot."""
        self.accepted: list[Accepted] = []

    def __enter__(self) -> Self:
        self._listener.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self.release()
        self._listener.__exit__(*exc)

    @property
    def talks(self) -> list[list[str]]:
        """The commands of each connection; what was said of secrets included."""
        return [[line.decode("latin-1") for line in wire.received] for wire in self._listener.wires]

    @property
    def verbs(self) -> list[str]:
        """The first words of all commands of all connections."""
        return [line.partition(" ")[0] for talk in self.talks for line in talk]

    def take_little(self) -> None:
        """Keep the buffer small that the system has for what comes in, on connections made from now on."""
        self._listener._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)

    def release(self) -> None:
        """Let a server that is silent in a body take the rest of it."""
        self._released.set()

    def settle(self) -> None:
        """Wait until every connection has ended and all that was on its way has come in."""
        self.release()
        self.wait(lambda: self.open == 0)

    def wait(self, until: Callable[[], bool]) -> None:
        """Wait until something holds of what came in."""
        with self._changed:
            assert self._changed.wait_for(until, 60)

    # What follows runs in the thread of a connection.

    def _serve(self, wire: Wire) -> None:
        self.note(lambda: self._count(1))
        try:
            _Talk(self, wire).run()
        finally:
            self.note(lambda: self._count(-1))

    def _count(self, more: int) -> None:
        self.open += more

    def note(self, change: Callable[[], None]) -> None:
        """Write down what came in, and tell who waits for it."""
        with self._changed:
            change()
            self._changed.notify_all()

    def answer(self, step: str, line: str, encrypted: bool) -> str | Act:
        """What is done at a step."""
        given = self._answers.get(step)
        if given is not None:
            found = given.pop(0) if len(given) > 1 else given[0]
            return found(line) if callable(found) else found
        if step == "ehlo":
            offered = [*self._extensions, *(["STARTTLS"] if self._starttls and not encrypted else [])]
            lines = ["mx.example.org", *offered]
            return "\n".join([*(f"250-{each}" for each in lines[:-1]), f"250 {lines[-1]}"])
        return _USUAL[step]

    def gives(self, step: str) -> bool:
        return step in self._answers

    def start_tls(self, wire: Wire) -> None:
        assert self._starttls is not None
        wire.start_tls(self._starttls)

    def hold(self) -> None:
        self._released.wait(60)

    @property
    def body_after(self) -> int:
        return self._body_after


class _Talk:
    """One connection."""

    def __init__(self, server: ScriptedSmtp, wire: Wire) -> None:
        self._server = server
        self._wire = wire
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._refused = False
        """The message was refused before its end, which needs no answer any more."""

    def run(self) -> None:
        self._do("greeting")
        while True:
            line = self._wire.line().decode("latin-1")
            verb = line.partition(" ")[0].upper()
            step = verb.lower()
            if verb == "AUTH":
                self._auth(line)
            elif verb == "MAIL" and self._sender is not None:
                self._wire.send("503 5.5.1 nested MAIL")
            elif verb in {"RCPT", "DATA"} and (self._sender is None or (verb == "DATA" and not self._recipients)):
                self._wire.send("503 5.5.1 out of order")
            elif step in STEPS and step not in {"greeting", "body", "dot"}:
                self._command(step, line)
            else:
                self._wire.send("500 5.5.2 what?")

    def _command(self, step: str, line: str) -> None:
        reply = self._do(step, line)
        if step in {"rset", "ehlo"}:
            self._sender, self._recipients = None, []
        elif step == "quit":
            raise Gone
        elif step == "starttls" and reply.startswith("220"):
            self._server.start_tls(self._wire)
        elif step == "mail" and reply.startswith("2"):
            self._sender = _address(line)
        elif step == "rcpt" and reply.startswith("2"):
            self._recipients.append(_address(line))
        elif step == "data" and reply.startswith("354"):
            self._data()

    def _do(self, step: str, line: str = "") -> str:
        """Answer, or end the connection; the answer."""
        found = self._server.answer(step, line, isinstance(self._wire.sock, ssl.SSLSocket))
        if isinstance(found, str):
            self._wire.send(*found.split("\n"))
            return found
        self._vanish(found)
        raise Gone

    def _vanish(self, act: Act) -> None:
        if act is Act.RESET:
            self._wire.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif act is Act.SILENT:
            while self._read():
                pass

    def _read(self) -> bytes:
        try:
            return self._wire.sock.recv(65536)
        except OSError:
            return b""

    def _auth(self, line: str) -> None:
        if self._server.gives("auth"):
            self._do("auth", line)
            return
        _verb, mechanism, *initial = line.split(" ")
        good = getattr(self, f"_{mechanism.lower().replace('-', '_')}")(*initial)
        self._wire.send("235 2.7.0 welcome" if good else "535 5.7.8 bad credentials")

    def _ask(self, challenge: bytes) -> bytes:
        self._wire.send(b"334 " + base64.b64encode(challenge))
        return base64.b64decode(self._wire.line())

    def _plain(self, initial: str) -> bool:
        return base64.b64decode(initial) == f"\0{USER}\0{PASSWORD}".encode()

    def _login(self, initial: str) -> bool:
        return base64.b64decode(initial) == USER.encode() and self._ask(b"Password:") == PASSWORD.encode()

    def _cram_md5(self) -> bool:
        digest = hmac.new(PASSWORD.encode(), CHALLENGE, hashlib.md5).hexdigest()
        return self._ask(CHALLENGE) == f"{USER} {digest}".encode()

    def _xoauth2(self, initial: str) -> bool:
        good = base64.b64decode(initial) == f"user={USER}\x01auth=Bearer {TOKEN}\x01\x01".encode()
        if not good:
            assert self._ask(b'{"status":"400"}') == b""
        return good

    def _data(self) -> None:
        self._refused = False
        body = self._body()
        sender, recipients = self._sender, tuple(self._recipients)
        self._sender, self._recipients = None, []
        assert sender is not None
        if self._refused:
            return
        found = self._server.answer("dot", "", isinstance(self._wire.sock, ssl.SSLSocket))
        if not (isinstance(found, str) and found.startswith(("4", "5"))):
            raw = re.sub(rb"(\A|\r\n)\.", rb"\1", body)
            self._server.note(lambda: self._server.accepted.append(Accepted(sender, recipients, raw)))
        if isinstance(found, str):
            self._wire.send(*found.split("\n"))
        else:
            self._vanish(found)
            raise Gone

    def _body(self) -> bytes:
        """Everything up to the final dot. Raises Gone when it does not come."""
        body = bytearray(self._wire._buffer)
        self._wire._buffer = b""
        self._server.note(lambda: self._server.bodies.append(body))
        acted = not self._server.gives("body")
        looked = 0
        while True:
            end = 0 if body.startswith(b".\r\n") else body.find(b"\r\n.\r\n", looked) + 2
            if end != 1:
                self._wire._buffer = bytes(body[end + 3 :])
                del body[end:]
                return bytes(body)
            looked = max(0, len(body) - 4)
            if not acted and len(body) >= self._server.body_after:
                acted = True
                self._interrupt()
            octets = self._read()
            if not octets:
                raise Gone
            self._server.note(partial(body.extend, octets))

    def _interrupt(self) -> None:
        found = self._server.answer("body", "", isinstance(self._wire.sock, ssl.SSLSocket))
        if isinstance(found, str):
            self._wire.send(*found.split("\n"))
            self._refused = found.startswith(("4", "5"))
        elif found is Act.SILENT:
            self._server.hold()
        else:
            self._vanish(found)
            raise Gone


def _each(given: Given) -> list[Answer]:
    return [given] if isinstance(given, (str, Act)) or callable(given) else list(given)


def _address(line: str) -> str:
    found = re.search(r"<([^>]*)>", line)
    assert found is not None, line
    return found[1]
