"""An IMAP server that says exactly what a test wrote down.

Owns a listening socket and one thread per connection. A script is a function of ``Wire``; it runs once per connection.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any, Self

CAPABILITIES = "IMAP4rev1 SASL-IR AUTH=PLAIN"


class Gone(Exception):
    """The client has closed the connection."""


class Wire:
    """The server's end of one connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received: list[bytes] = []
        """Every line the client sent, without its end."""
        self._buffer = b""

    def send(self, *lines: str | bytes) -> None:
        """Send lines, each with CRLF."""
        self.raw(b"".join((line.encode() if isinstance(line, str) else line) + b"\r\n" for line in lines))

    def raw(self, octets: bytes) -> None:
        try:
            self.sock.sendall(octets)
        except OSError as error:
            raise Gone from error

    def line(self) -> bytes:
        while b"\n" not in self._buffer:
            self._receive()
        line, self._buffer = self._buffer.split(b"\n", 1)
        self.received.append(line.rstrip(b"\r"))
        return self.received[-1]

    def _receive(self) -> None:
        try:
            data = self.sock.recv(65536)
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        self._buffer += data

    def pending(self, seconds: float = 0.1) -> bool:
        """True when the client says more within ``seconds``."""
        if self._buffer:
            return True
        self.sock.settimeout(seconds)
        try:
            return bool(self.sock.recv(1, socket.MSG_PEEK))
        except TimeoutError:
            return False
        except OSError as error:
            raise Gone from error
        finally:
            self.sock.settimeout(None)

    def command(self) -> tuple[str, str]:
        """The next command as (tag, rest), the rest with its literals' octets in place."""
        line = self.line()
        while match := re.search(rb"\{(\d+)(\+?)\}$", line):
            if not match[2]:
                self.send("+ go")
            size = int(match[1])
            while len(self._buffer) < size:
                self._receive()
            literal, self._buffer = self._buffer[:size], self._buffer[size:]
            line += b"\n" + literal + self.line()
        tag, _space, rest = line.decode("latin-1").partition(" ")
        return tag, rest

    def expect(self, start: str) -> tuple[str, str]:
        tag, rest = self.command()
        assert rest.upper().startswith(start.upper()), (start, rest)
        return tag, rest

    def answer(self, start: str, *lines: str | bytes, end: str = "OK done") -> str:
        """Expect a command, send ``lines`` and its end; the command."""
        tag, rest = self.expect(start)
        self.send(*lines, f"{tag} {end}")
        return rest

    def greet(self, capabilities: str = CAPABILITIES) -> None:
        self.send(f"* OK [CAPABILITY {capabilities}] ready")

    def sign_in(self, capabilities: str = CAPABILITIES) -> None:
        """Greeting and a sign-in that succeeds."""
        self.greet(capabilities)
        self.answer("AUTHENTICATE PLAIN", end=f"OK [CAPABILITY {capabilities}] welcome")
        if "ID" in capabilities.split():
            self.answer("ID", "* ID NIL")
        if "CONDSTORE" in capabilities and "ENABLE" in capabilities:
            tag, rest = self.expect("ENABLE")
            self.send(f"* ENABLED {rest.partition(' ')[2]}", f"{tag} OK done")

    def examine(self, *lines: str, exists: int = 0, uidvalidity: int = 7, uidnext: int = 1, start: str = "") -> None:
        """Expect SELECT or EXAMINE and answer it."""
        tag, rest = self.command()
        assert rest.startswith(start or ("EXAMINE", "SELECT")), rest
        self.send(
            f"* {exists} EXISTS", f"* OK [UIDVALIDITY {uidvalidity}] ok", f"* OK [UIDNEXT {uidnext}] ok", *lines,
            f"{tag} OK [{'READ-ONLY' if rest.startswith('EXAMINE') else 'READ-WRITE'}] selected",
        )  # fmt: skip

    def start_tls(self, context: ssl.SSLContext) -> None:
        self.sock = context.wrap_socket(self.sock, server_side=True)
        self._buffer = b""

    def serve(self, replies: dict[str, Any]) -> None:
        """Answer each command by the first key of ``replies`` that it starts with, until LOGOUT.

        A reply is a list of lines (or a function of the command that gives one); "OK …", "NO …" or "BAD …" as the last
        line gets the tag. Whatever has no reply gets BAD.
        """
        while True:
            tag, command = self.command()
            if command == "LOGOUT":
                self.send("* BYE bye", f"{tag} OK done")
                return
            key = next((key for key in replies if command.upper().startswith(key)), None)
            reply = replies[key] if key is not None else ["BAD not in the script"]
            lines = list(reply(command) if callable(reply) else reply)
            end = lines.pop() if lines and str(lines[-1]).split(" ")[0] in {"OK", "NO", "BAD"} else "OK done"
            self.send(*lines, f"{tag} {end}")

    def until_gone(self) -> None:
        """Read until the client says LOGOUT or closes."""
        while True:
            tag, _space, rest = self.line().partition(b" ")
            if rest == b"LOGOUT":
                self.send("* BYE bye", tag + b" OK done")
                return


Script = Callable[[Wire], None]


def answering(capabilities: str, replies: dict[str, Any]) -> Script:
    """A script that signs in and then answers each command by the first key of ``replies`` that it starts with.

    See ``Wire.serve``.
    """

    def script(wire: Wire) -> None:
        wire.sign_in(capabilities)
        wire.serve(replies)

    return script


class ScriptedImap:
    """``with ScriptedImap(script) as server:`` and connect to 127.0.0.1, ``server.port``.

    Several scripts serve the first connections one each; the last serves all others. A failed assertion of a script is
    raised when the server ends.
    """

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self._scripts = scripts
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        self.wires: list[Wire] = []
        self.failures: list[BaseException] = []

    def __enter__(self) -> Self:
        accepting = threading.Thread(target=self._accept, name="scripted-imap")
        accepting.start()
        self._threads.append(accepting)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join(60)  # nobody comes any more
        for sock in self._open:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # closed already
        for thread in self._threads:
            thread.join(60)
        for sock in self._open:
            sock.close()
        for failure in self.failures:
            raise failure

    @property
    def received(self) -> list[bytes]:
        """Every line of every connection."""
        return [line for wire in self.wires for line in wire.received]

    def _accept(self) -> None:
        while True:
            try:
                sock, _address = self._listener.accept()
            except OSError:
                return
            script = self._scripts[min(len(self.wires), len(self._scripts) - 1)]
            wire = Wire(sock)
            self.wires.append(wire)
            self._open.append(sock)
            thread = threading.Thread(target=self._serve, args=(wire, script), name="scripted-imap-connection")
            thread.start()
            self._threads.append(thread)

    def _serve(self, wire: Wire, script: Script) -> None:
        try:
            if self._tls is not None:
                try:
                    wire.start_tls(self._tls)
                except OSError:
                    return  # the client refused the certificate
            script(wire)
        except Gone:
            pass  # as a client may
        except BaseException as failure:
            self.failures.append(failure)
        finally:
            wire.sock.close()
