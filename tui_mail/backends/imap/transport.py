"""Bytes to and from one server: socket, TLS, buffer, limits, time.

Owns the socket and its buffer: whole lines and literals, bounded in size, with a stall limit and a deadline; a read that
ran out of time leaves what has arrived in the buffer and can be resumed. Must not know what the bytes mean.
"""

from __future__ import annotations

import os
import select
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from tui_mail.backends.imap.deflate import Deflate
from tui_mail.model.errors import Stalled, Unreachable
from tui_mail.model.words import _

RECEIVE = 1 << 18
SEND = 1 << 16
MAX_LINE = 4 << 20
"""Octets; a UID SEARCH of 100,000 messages is about a quarter of it."""
MAX_LITERAL = 256 << 20
SLOWEST = 1024
"""Octets a second below which a server counts as stalled, however steadily it drips."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. ``stall`` is silence; ``command`` is a whole answer, literals apart; ``done`` is the end of an IDLE."""

    connect: float = 20.0
    stall: float = 60.0
    command: float = 180.0
    done: float = 15.0
    idle: float = 9 * 60.0
    poll: float = 60.0


class Lost(Unreachable):
    """The connection has ended."""


class Interrupted(Exception):
    """Another thread wants this connection back (``Transport.wake``)."""


class Transport:
    """A connected socket. Only ``wake`` and ``abort`` may be called from another thread."""

    def __init__(self, sock: socket.socket, host: str, timeouts: Timeouts) -> None:
        sock.setblocking(False)
        self._sock = sock
        self.host = host
        self.timeouts = timeouts
        self.data = b""
        """Received and not yet consumed from ``pos`` on; ``fetch`` reads it in place."""
        self.pos = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self._patience = timeouts.command
        self.closed = False
        self._aborted = False
        self._deflate: Deflate | None = None
        self._lock = threading.Lock()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)

    # -- time

    def extend(self, seconds: float) -> None:
        """What is read and written from now on may keep us waiting for ``seconds`` altogether."""
        self._patience = seconds

    def wake(self) -> None:
        """Make a ``wait`` return; harmless at any other time. From any thread."""
        with self._lock:  # a closed descriptor may already be another file's
            if not self.closed:
                try:
                    os.write(self._wake_write, b"w")
                except BlockingIOError:
                    pass  # the pipe is full: it will wake

    def abort(self) -> None:
        """Make whatever is being read or written fail now. From any thread."""
        self._aborted = True
        self.wake()

    @property
    def traffic(self) -> tuple[int, int]:
        """Octets received and sent as they went over the wire, without what TLS adds."""
        return self.bytes_in, self.bytes_out

    def close(self) -> None:
        with self._lock:
            if self.closed:
                return
            self.closed = True
            self._sock.close()
            os.close(self._wake_read)
            os.close(self._wake_write)

    # -- reading

    def more(self) -> None:
        """Receive at least one byte more. Raises Stalled, Unreachable."""
        received = self._receive()
        self.data = self.data[self.pos :] + received if self.pos < len(self.data) else received
        self.pos = 0

    def need(self, size: int) -> None:
        """Have ``size`` bytes from ``pos`` on in ``data``."""
        missing = size - (len(self.data) - self.pos)
        if missing <= 0:
            return
        parts = [self.data[self.pos :]]
        while missing > 0:
            parts.append(self._receive())
            missing -= len(parts[-1])
        self.data = b"".join(parts)
        self.pos = 0

    def readline(self) -> bytes:
        """The next line with its end. Raises Unreachable when it is longer than ``MAX_LINE``."""
        end = self.data.find(b"\n", self.pos) + 1
        if not end:
            parts = [self.data[self.pos :]]
            length = len(parts[0])
            while b"\n" not in parts[-1]:
                if length > MAX_LINE:
                    raise self._not_understood()
                parts.append(self._receive())
                length += len(parts[-1])
            end = length - len(parts[-1]) + parts[-1].index(b"\n") + 1
            self.data = b"".join(parts)
            self.pos = 0
        line = self.data[self.pos : end]
        if len(line) > MAX_LINE:
            raise self._not_understood()
        self.pos = end
        return line

    def read(self, size: int) -> bytes:
        """Exactly ``size`` bytes. Raises Unreachable when that is more than ``MAX_LITERAL``."""
        if size > MAX_LITERAL:
            raise self._not_understood()
        self.need(size)
        self.pos += size
        return self.data[self.pos - size : self.pos]

    def skip(self, size: int) -> None:
        """Let ``size`` bytes pass, keeping none."""
        for _piece in self.pieces(size):
            pass

    def pieces(self, size: int) -> Iterator[bytes]:
        """The next ``size`` bytes as they arrive."""
        while size > 0:
            if self.pos >= len(self.data):
                self.more()
            piece = self.data[self.pos : self.pos + size]
            self.pos += len(piece)
            size -= len(piece)
            yield piece

    def has_line(self) -> bool:
        """True when ``readline`` would not have to receive."""
        return self.data.find(b"\n", self.pos) >= 0

    def wait(self, seconds: float) -> bool:
        """True as soon as a whole line is there, False after ``seconds``. Raises Interrupted, Unreachable (EOF)."""
        end = time.monotonic() + seconds
        while not self.has_line():
            if self._has_more():
                self.data, self.pos = self.data[self.pos :] + self._unpacked(b""), 0
            elif self._poll(select.POLLIN, end, interruptible=True) and not self._receive_pending():
                continue
            if time.monotonic() >= end:
                return self.has_line()
        return True

    def pending(self) -> bool:
        """True when something has arrived that nobody read, the end of the connection included; never blocks."""
        return self.pos < len(self.data) or self._has_more() or self._poll(select.POLLIN, 0.0, interruptible=False)

    # -- writing

    def send(self, data: bytes) -> None:
        """Send all of ``data``. Raises Stalled, Unreachable."""
        view = memoryview(data if self._deflate is None else self._deflate.pack(data))
        while view:
            piece = view[:SEND]
            while piece:
                try:
                    sent = self._sock.send(piece)
                except (ssl.SSLWantWriteError, BlockingIOError):
                    self._await(select.POLLOUT)
                except ssl.SSLWantReadError:
                    self._await(select.POLLIN)
                except OSError as error:
                    raise self._lost() from error
                else:
                    self.bytes_out += sent
                    piece = piece[sent:]
            view = view[SEND:]

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Go on in TLS. What came in clear before and was not read is an attempt to inject answers: refused."""
        if self.pos < len(self.data):
            raise self._not_understood()
        self._sock.settimeout(self.timeouts.connect)
        self._sock = context.wrap_socket(self._sock, server_hostname=self.host)
        self._sock.setblocking(False)
        self.data = b""
        self.pos = 0

    def compress(self) -> None:
        """Both directions are deflated from now on (RFC 4978); what has arrived and was not read is so already."""
        self._deflate = Deflate()
        rest, self.data, self.pos = self.data[self.pos :], b"", 0
        self.data = self._unpacked(rest) if rest else b""

    # -- inside

    def _receive(self) -> bytes:
        """At least one byte more, unpacked."""
        while True:
            if self._has_more():
                return self._unpacked(b"")
            received = self._receive_wire()
            if self._deflate is None:
                return received
            unpacked = self._unpacked(received)
            if unpacked:
                return unpacked

    def _has_more(self) -> bool:
        return self._deflate is not None and self._deflate.has_more

    def _unpacked(self, received: bytes) -> bytes:
        assert self._deflate is not None
        try:
            return self._deflate.unpack(received)
        except zlib.error as error:
            raise self._not_understood() from error

    def _receive_wire(self) -> bytes:
        while True:
            if self._aborted or self.closed:
                raise self._lost()
            try:
                received = self._sock.recv(RECEIVE)
            except (ssl.SSLWantReadError, BlockingIOError):
                self._await(select.POLLIN)
            except ssl.SSLWantWriteError:
                self._await(select.POLLOUT)
            except OSError as error:
                raise self._lost() from error
            else:
                if not received:
                    raise self._lost()
                self._arrived(received)
                return received

    def _receive_pending(self) -> bool:
        """Take what has arrived into the buffer, if it is whole enough for TLS to hand out."""
        try:
            received = self._sock.recv(RECEIVE)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            return False
        except OSError as error:
            raise self._lost() from error
        if not received:
            raise self._lost()
        self._arrived(received)
        if self._deflate is not None:
            received = self._unpacked(received)
        self.data = self.data[self.pos :] + received
        self.pos = 0
        if len(self.data) > MAX_LINE and not self.has_line():
            raise self._not_understood()
        return True

    def _arrived(self, received: bytes) -> None:
        self.bytes_in += len(received)
        # Slow is no reason to give up, as long as it is no slower than a modem.
        self._patience += len(received) / SLOWEST

    def _await(self, event: int) -> None:
        began = time.monotonic()
        ready = self._patience > 0 and self._poll(
            event, began + min(self.timeouts.stall, self._patience), interruptible=False
        )
        # Only waiting for the server counts, not what is done with its answers meanwhile.
        self._patience -= time.monotonic() - began
        if not ready:
            raise Stalled(_("{host} has gone silent. Nothing is lost; it is tried again later.").format(host=self.host))

    def _poll(self, event: int, end: float, *, interruptible: bool) -> bool:
        """True when the socket is ready; False at ``end`` (seconds, monotonic; 0: look once)."""
        if self.closed:
            raise self._lost()
        if event == select.POLLIN and isinstance(self._sock, ssl.SSLSocket) and self._sock.pending():
            return True
        poll = select.poll()
        poll.register(self._sock.fileno(), event)
        poll.register(self._wake_read, select.POLLIN)
        while True:
            left = max(0.0, end - time.monotonic()) if end else 0.0
            ready = dict(poll.poll(int(left * 1000) + 1 if left else 0))
            if self._wake_read in ready:
                os.read(self._wake_read, 4096)
                if self._aborted:
                    raise self._lost()
                if interruptible:
                    raise Interrupted
            if self._sock.fileno() in ready:
                return True
            if not left:
                return False

    def _lost(self) -> Lost:
        return Lost(_("The connection to {host} was lost. It is tried again later.").format(host=self.host))

    def _not_understood(self) -> Unreachable:
        return Unreachable(
            _("{host} sent an answer that cannot be read, so the connection was closed.").format(host=self.host)
        )
