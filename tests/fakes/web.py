"""A web server on loopback that says what a test wants it to, over TLS, and notes what it was asked.

Owns the script. Must not know who asks.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.certificates import Authority, make_authority
from tui_mail.backends.public import Reach

NAME = "list.example.org"
Say = Callable[[ssl.SSLSocket], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came over the wire."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class WebServer:
    """Answers every request with what ``pages`` holds for its path, else 404."""

    port: int
    authority: Authority
    pages: dict[str, bytes | Say] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0

    def url(self, path: str, name: str = NAME) -> str:
        return f"https://{name}:{self.port}{path}"

    def reach(
        self, *, names: dict[str, list[str]] | None = None, allowed: Callable[[str], bool] = lambda _: True
    ) -> Reach:
        """Finds this server under any name, and may go to loopback."""
        return Reach(
            lookup=lambda host, _port: (names or {}).get(host, ["127.0.0.1"]),
            allowed=allowed,
            context=lambda: ssl.create_default_context(cafile=str(self.authority.ca_file)),
        )


def page(status: str = "200 OK", body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextlib.contextmanager
def web_server(directory: Path, *names: str) -> Iterator[WebServer]:
    """A server for the length of a block; its certificate is for ``NAME`` and ``names``."""
    authority = make_authority(directory / "authority")
    context = authority.server_context("web", *(f"DNS:{name}" for name in (NAME, *names)))
    listener = socket.create_server(("127.0.0.1", 0))
    server = WebServer(listener.getsockname()[1], authority)
    threads: list[threading.Thread] = []
    sockets: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                plain, _peer = listener.accept()
            except OSError:
                return  # closed: the test is over
            server.connections += 1
            sockets.append(plain)
            thread = threading.Thread(target=serve, args=(plain,), daemon=True)
            threads.append(thread)
            thread.start()

    def serve(plain: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(plain, server_side=True) as secure:
            sockets.append(secure)
            request = _read(secure)
            if request is None:
                return
            server.asked.append(request)
            found = server.pages.get(request.line.split(" ")[1], page("404 Not Found"))
            if isinstance(found, bytes):
                secure.sendall(found)
            else:
                found(secure)

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in (accepting, *threads):
            thread.join(30)


def _read(secure: ssl.SSLSocket) -> Asked | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = secure.recv(65_536)
        if not piece:
            return None
        data += piece
    head, _gap, body = data.partition(b"\r\n\r\n")
    line, *rows = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _colon, value in (row.partition(":") for row in rows)}
    while len(body) < int(headers.get("content-length", "0")):
        body += secure.recv(65_536)
    return Asked(line, headers, body)
