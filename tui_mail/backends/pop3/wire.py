"""Octets to and from one server: socket, TLS, a bounded buffer, limits, time.

Owns the connection and what has arrived on it and was not read. Whatever goes wrong ends it at once. Must not know what
the octets mean.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from dataclasses import dataclass
from typing import Final, cast

from tui_mail.backends.pop3.replies import lost, not_understood, silent
from tui_mail.model.errors import Refused
from tui_mail.model.words import _

HELD: Final = 512 << 10
"""Octets that wait to be read; with more, no more are taken from the system."""
MAX_LINE: Final = 16 << 10
"""Octets of a line that is no message's; RFC 2449 allows 512."""
SLOWEST: Final = 1024
"""Octets a second below which a server counts as stalled, however steadily it drips."""
_CLOSING: Final = 1.0


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. ``stall`` is silence; ``command`` is a whole answer, as long as it is no slower than ``SLOWEST``.

    ``update`` is for the answer to QUIT where messages are to be deleted, ``leave`` where none are.
    """

    connect: float = 20.0
    stall: float = 60.0
    command: float = 180.0
    update: float = 300.0
    leave: float = 10.0


class Wire(asyncio.Protocol):
    """One connection; what has arrived is in ``data`` from ``pos`` on, and ``more`` gets more of it."""

    def __init__(self, host: str, timeouts: Timeouts) -> None:
        self.host = host
        self.timeouts = timeouts
        self.data = b""
        self.pos = 0
        self.begun = False
        """Something has arrived, ever."""
        self._transport: asyncio.Transport | None = None
        self._arrived: list[bytes] = []
        self._held = 0
        self._paused = False
        self._waiting: asyncio.Future[None] | None = None
        self._ended = False
        self._gone = asyncio.get_running_loop().create_future()
        self._silence = timeouts.stall
        self._patience = timeouts.command

    @classmethod
    async def over(
        cls, sock: socket.socket, host: str, timeouts: Timeouts, context: ssl.SSLContext | None = None
    ) -> Wire:
        """A connection over a connected socket, in TLS from the start with a ``context``.

        Raises OSError and ValueError as TLS does; the socket is closed then.
        """
        try:
            async with asyncio.timeout(timeouts.connect):
                _transport, wire = await asyncio.get_running_loop().create_connection(
                    lambda: cls(host, timeouts),
                    sock=sock,
                    ssl=context,
                    server_hostname=host.strip("[]") if context is not None else None,
                )
        except BaseException:
            sock.close()
            raise
        return wire

    @property
    def alive(self) -> bool:
        return not self._ended

    @property
    def unread(self) -> bool:
        """Something has arrived that nobody asked for or read."""
        return self.pos < len(self.data) or bool(self._arrived)

    @property
    def certificate(self) -> bytes:
        """The server's, in DER; empty without TLS."""
        found = self._transport.get_extra_info("ssl_object") if self._transport is not None else None
        return cast("ssl.SSLObject", found).getpeercert(binary_form=True) or b"" if found is not None else b""

    def extend(self, seconds: float, silence: float = 0.0) -> None:
        """What is read from now on may keep us waiting for ``seconds`` altogether, and ``silence`` at once."""
        self._patience = seconds
        self._silence = silence or self.timeouts.stall

    # -- reading

    async def more(self) -> None:
        """Have at least one octet more in ``data``. Raises Stalled, Unreachable."""
        if not self._arrived:
            await self._wait()
        received = b"".join(self._arrived)
        self._arrived.clear()
        self._held = 0
        self.data = self.data[self.pos :] + received if self.pos < len(self.data) else received
        self.pos = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()

    async def line(self) -> bytes:
        """The next line without its end. Raises Unreachable when it is longer than ``MAX_LINE``."""
        while (end := self.data.find(b"\n", self.pos)) < 0 and len(self.data) - self.pos <= MAX_LINE:
            await self.more()
        if end < 0 or end - self.pos > MAX_LINE:
            self.abort()
            raise not_understood(self.host)
        line = self.data[self.pos : end]
        self.pos = end + 1
        return line.removesuffix(b"\r")

    async def _wait(self) -> None:
        if self._ended:
            raise lost(self.host)
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._waiting = loop.create_future()
        try:
            async with asyncio.timeout(min(self._silence, max(0.0, self._patience))):
                await self._waiting
        except TimeoutError as error:
            self.abort()
            raise silent(self.host) from error
        except BaseException:
            self.abort()
            raise
        finally:
            self._waiting = None
            # Only waiting for the server counts, not what is done with its answers meanwhile.
            self._patience -= loop.time() - began
        if not self._arrived:
            raise lost(self.host)

    # -- writing

    def send(self, *lines: bytes) -> None:
        """Send lines, each with its end. Raises Refused when something in one would end it early, and sends nothing."""
        for line in lines:
            if b"\r" in line or b"\n" in line or b"\0" in line:
                raise Refused(_("The user name or the password holds a character that no server takes. Enter it anew."))
        if self._ended or self._transport is None:
            raise lost(self.host)
        self._transport.write(b"".join(line + b"\r\n" for line in lines))

    async def encrypt(self, context: ssl.SSLContext) -> None:
        """Go on in TLS. What came in clear before and was not read is an attempt to inject answers: refused.

        Raises OSError and ValueError as TLS does.
        """
        if self.unread:
            self.abort()
            raise not_understood(self.host)
        if self._ended or self._transport is None:
            raise lost(self.host)
        try:
            async with asyncio.timeout(self.timeouts.connect):
                found = await asyncio.get_running_loop().start_tls(
                    self._transport, self, context, server_hostname=self.host.strip("[]")
                )
        except BaseException:
            self.abort()
            raise
        if found is None:  # lost in the middle
            raise lost(self.host)
        self._transport = found

    # -- the end

    def abort(self) -> None:
        """End it now; what still waits to be sent or read is thrown away."""
        self._end()
        self._arrived.clear()
        self.data, self.pos = b"", 0
        if self._transport is not None:
            self._transport.abort()

    async def close(self) -> None:
        """End it now, and see it gone."""
        self.abort()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSING):
                await asyncio.shield(self._gone)

    def _end(self) -> None:
        self._ended = True
        self._tell()

    def _tell(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    # -- what asyncio says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._ended:
            return
        self.begun = True
        self._arrived.append(data)
        self._held += len(data)
        # Slow is no reason to give up, as long as it is no slower than a modem.
        self._patience += len(data) / SLOWEST
        if self._held > HELD and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._tell()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._end()
        if not self._gone.done():
            self._gone.set_result(None)
