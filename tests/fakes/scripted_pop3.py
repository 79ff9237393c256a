"""A POP3 server with a mailbox that answers, refuses, lies or vanishes at any step as a test wrote it down.

Owns its mailbox, from which messages go only by a QUIT, and what it was told. One thread per connection; in TLS, by STLS
or in clear.
"""

from __future__ import annotations

import base64
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias

from tests.fakes.scripted_imap import Gone, ScriptedImap, Wire
from tests.fakes.scripted_smtp import Act

USER = "ada"
PASSWORD = "hunter2"
TOKEN = "ya29.token"
CAPABILITIES = ("TOP", "UIDL", "RESP-CODES", "PIPELINING", "USER", "SASL PLAIN XOAUTH2")

Answer: TypeAlias = "str | bytes | Act | Callable[[str], str | bytes | Act | None] | None"
"""A reply (lines separated by LF; bytes go out as they are), an act, None for what is usual, or a function of the
command line that gives one."""

STEPS = frozenset("greeting capa stls auth user pass utf8 stat list uidl retr top dele rset noop quit".split())


@dataclass
class Kept:
    """A message in the mailbox; ``size`` is what LIST says, where that is not the truth."""

    raw: bytes
    uidl: str = ""
    size: int | None = None

    @property
    def announced(self) -> int:
        return len(self.raw) if self.size is None else self.size


class ScriptedPop3:
    """``with ScriptedPop3(messages, retr="-ERR no") as server:`` and connect to 127.0.0.1, ``server.port``.

    A QUIT with marks deletes, whatever is then answered, but for a refusal (-ERR).
    """

    def __init__(
        self,
        mailbox: Sequence[Kept] = (),
        *,
        capabilities: Sequence[str] = CAPABILITIES,
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
        **steps: Answer,
    ) -> None:
        assert steps.keys() <= set(STEPS), steps
        self.mailbox = list(mailbox)
        self.deleted: list[Kept] = []
        self.capabilities = tuple(capabilities)
        self.steps = steps
        self.starttls = starttls
        self.open = 0
        """Connections there are now."""
        self._changed = threading.Condition()
        self._listener = ScriptedImap(self._serve, tls=tls)
        self.port = self._listener.port

    def __enter__(self) -> Self:
        self._listener.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._listener.__exit__(*exc)

    @property
    def received(self) -> list[str]:
        """Every line of every connection."""
        return [line.decode("latin-1") for line in self._listener.received]

    @property
    def verbs(self) -> list[str]:
        return [line.partition(" ")[0] for line in self.received]

    def settle(self) -> None:
        """Wait until every connection has ended and all that was on its way has come in."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.open == 0, 60)

    def _serve(self, wire: Wire) -> None:
        self._count(1)
        try:
            _Talk(self, wire).run()
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        with self._changed:
            self.open += more
            self._changed.notify_all()

    def update(self, marked: Sequence[Kept]) -> None:
        self.deleted += marked
        self.mailbox = [each for each in self.mailbox if not any(each is one for one in marked)]


class _Talk:
    """One connection."""

    def __init__(self, server: ScriptedPop3, wire: Wire) -> None:
        self._server = server
        self._wire = wire
        self._mailbox = list(server.mailbox)
        self._marked: set[int] = set()
        self._signed_in = False

    def run(self) -> None:
        self._do("greeting", "")
        while True:
            line = self._wire.line().decode("latin-1")
            step = line.partition(" ")[0].lower()
            if step in STEPS and step != "greeting":
                self._do(step, line)
            else:
                self._wire.send("-ERR what?")

    def _do(self, step: str, line: str) -> None:
        answer = self._server.steps.get(step)
        found = answer(line) if callable(answer) else answer
        if step == "quit":
            self._update(found)
        if isinstance(found, str):
            self._signed_in = self._signed_in or (step in ("auth", "pass") and found.startswith("+OK"))
            self._wire.send(*found.split("\n"))
        elif isinstance(found, bytes):
            self._wire.raw(found)
        elif found is None:
            getattr(self, f"_{step}")(*line.split(" ")[1:])
        else:
            self._vanish(found)
            raise Gone
        if step == "quit":
            raise Gone

    def _update(self, found: object) -> None:
        if not (isinstance(found, str) and found.startswith("-ERR")):
            self._server.update([self._mailbox[number - 1] for number in sorted(self._marked)])

    def _vanish(self, act: Act) -> None:
        if act is Act.RESET:
            self._wire.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif act is Act.SILENT:
            try:
                while self._wire.sock.recv(65536):
                    pass
            except OSError:
                pass  # reset, which ends it as well

    def _lines(self, first: str, lines: Sequence[str]) -> None:
        self._wire.send(first, *lines, ".")

    # What is usual.

    def _greeting(self) -> None:
        self._wire.send("+OK ready")

    def _capa(self) -> None:
        encrypted = isinstance(self._wire.sock, ssl.SSLSocket)
        offered = [*self._server.capabilities, *(["STLS"] if self._server.starttls and not encrypted else [])]
        self._lines("+OK", offered)

    def _stls(self) -> None:
        if self._server.starttls is None:
            self._wire.send("-ERR what?")
            return
        self._wire.send("+OK go on")
        try:
            self._wire.start_tls(self._server.starttls)
        except OSError as error:  # the client refused the certificate
            raise Gone from error

    def _auth(self, mechanism: str, *initial: str) -> None:
        assert not initial, "secrets wait until they are asked for"
        self._wire.send("+ ")
        said = base64.b64decode(self._wire.line()).decode()
        wanted = {
            "PLAIN": f"\0{USER}\0{PASSWORD}",
            "XOAUTH2": f"user={USER}\x01auth=Bearer {TOKEN}\x01\x01",
        }[mechanism]
        if said != wanted and mechanism == "XOAUTH2":
            self._wire.send(b"+ " + base64.b64encode(b'{"status":"401"}'))
            assert self._wire.line() == b""
        self._welcome(said == wanted)

    def _user(self, _name: str) -> None:
        self._wire.send("+OK")

    def _pass(self, *words: str) -> None:
        self._welcome(" ".join(words) == PASSWORD)

    def _welcome(self, good: bool) -> None:
        self._signed_in = good
        self._wire.send("+OK welcome" if good else "-ERR [AUTH] no")

    def _utf8(self) -> None:
        self._wire.send("+OK")

    def _there(self) -> list[tuple[int, Kept]]:
        return [(number, each) for number, each in enumerate(self._mailbox, 1) if number not in self._marked]

    def _stat(self) -> None:
        assert self._signed_in
        there = self._there()
        self._wire.send(f"+OK {len(there)} {sum(each.announced for _number, each in there)}")

    def _list(self) -> None:
        self._lines("+OK", [f"{number} {each.announced}" for number, each in self._there()])

    def _uidl(self) -> None:
        self._lines("+OK", [f"{number} {each.uidl}" for number, each in self._there() if each.uidl])

    def _message(self, number: str) -> Kept | None:
        found = int(number)
        if found in self._marked or not 1 <= found <= len(self._mailbox):
            self._wire.send("-ERR There's no message")
            return None
        return self._mailbox[found - 1]

    def _retr(self, number: str) -> None:
        if (kept := self._message(number)) is not None:
            self._wire.raw(b"+OK\r\n" + sent(kept.raw))

    def _top(self, number: str, lines: str) -> None:
        if (kept := self._message(number)) is not None:
            head, _empty, body = kept.raw.partition(b"\r\n\r\n")
            rest = b"".join(body.splitlines(keepends=True)[: int(lines)])
            self._wire.raw(b"+OK\r\n" + sent(head + b"\r\n\r\n" + rest))

    def _dele(self, number: str) -> None:
        if self._message(number) is not None:
            self._marked.add(int(number))
            self._wire.send("+OK marked")

    def _rset(self) -> None:
        self._marked.clear()
        self._wire.send("+OK")

    def _noop(self) -> None:
        self._wire.send("+OK")

    def _quit(self) -> None:
        self._wire.send("+OK bye")


def sent(raw: bytes) -> bytes:
    """A message as it goes over the wire: its last line ended, dots added, the end marked."""
    whole = raw if raw.endswith(b"\r\n") or not raw else raw + b"\r\n"
    return re.sub(rb"(\A|\r\n)\.", rb"\1..", whole) + b".\r\n"


def mailbox(*raws: bytes, uidls: Sequence[str] = (), sizes: Mapping[int, int] | None = None) -> list[Kept]:
    """A mailbox with UIDLs of its own, or with these; sizes by place that are not true."""
    names = uidls or [f"uid-{place}" for place in range(len(raws))]
    wrong = sizes or {}
    return [Kept(raw, name, wrong.get(place)) for place, (raw, name) in enumerate(zip(raws, names, strict=True))]
