"""DATA in two phases: the whole body is at the server before the final dot, and the caller writes that down in between.

The library writes body and dot in one piece: a time-out in the middle is then reported as a failure while closing the
connection flushes the rest, dot included, and the message goes out twice. Here the dot is three octets said alone, and
every failure throws away what was not sent. Must not know envelopes.
"""

from __future__ import annotations

import asyncio
import fcntl
import socket
import struct
import sys
import termios
from collections.abc import Awaitable, Callable
from typing import Final

from aiosmtplib import SMTPException
from aiosmtplib.response import SMTPResponse

from tui_mail.backends.outgoing import stuffed
from tui_mail.backends.smtp.connection import Connection
from tui_mail.backends.smtp.failures import (
    PAUSE,
    Meaning,
    broken,
    lost,
    meaning,
    not_understood,
    refusal,
    reply_of,
    silent,
)
from tui_mail.model.errors import OutcomeUnknown, Throttled, TuiMailError, Unreachable
from tui_mail.model.remote import Reply
from tui_mail.model.words import _

CHUNK: Final = 32_768
_KERNEL: Final = 65_536
"""Octets the kernel may hold; with more, a slow link would look like a fast one until the very end."""
_LOOK_SECONDS: Final = 0.01


async def send_body(connection: Connection, raw: bytes, commit: Callable[[], Awaitable[None]]) -> Reply:
    """Say DATA, send ``raw`` (whole lines), await ``commit``, say the final dot; the server's yes.

    Raises what ``MailSender.send`` does. After a cancellation ``commit`` tells what is known: not called, the message
    was not sent; ended, it may have been.
    """
    host = connection.server.host
    opening = await connection.command(b"DATA", seconds=connection.patience.envelope)
    if meaning(opening) is not Meaning.GO_ON:
        raise refusal(host, opening, _("The message was not sent"))
    answer = asyncio.create_task(connection.protocol.read_response())
    try:
        upload = _Upload(connection, answer)
        await upload.write(stuffed(raw))
        await commit()
        try:
            upload.check()
        except Unreachable as error:  # without its dot the message reached nobody
            raise Throttled(error.text, PAUSE) from error
        connection.transport.write(b".\r\n")
        reply = await _verdict(connection, answer)
    except BaseException:
        connection.abort()
        raise
    finally:
        answer.cancel()
        await asyncio.gather(answer, return_exceptions=True)
    if meaning(reply) is not Meaning.YES:
        raise refusal(host, reply, _("The message was not sent"))
    return reply


async def _verdict(connection: Connection, answer: asyncio.Task[SMTPResponse]) -> Reply:
    """The answer to the final dot. Raises OutcomeUnknown when there is none that says yes or no."""
    host = connection.server.host
    unknown = OutcomeUnknown(
        _(
            "{host} did not answer when the whole message was there, so it may have been sent. "
            "Look into the Sent folder, or ask whom it is for, before you send it again."
        ).format(host=host)
    )
    try:
        async with asyncio.timeout(connection.patience.verdict):
            response = await answer
    except Exception as error:  # whatever it is, the dot was said
        raise unknown from error
    reply = reply_of(response.code, response.message)
    if meaning(reply) in (Meaning.NONSENSE, Meaning.GO_ON):
        raise unknown
    return reply


class _Upload:
    """The body on its way, watched: what the server says before the end is its last word."""

    def __init__(self, connection: Connection, answer: asyncio.Task[SMTPResponse]) -> None:
        self._connection = connection
        self._answer = answer
        self._transport = connection.transport
        self._socket: socket.socket = connection.transport.get_extra_info("socket")

    async def write(self, body: bytes) -> None:
        """Send all of it; returns when it has left this machine, as far as the system tells."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL)
        octets = memoryview(body)
        for start in range(0, len(octets), CHUNK):
            self.check()
            self._transport.write(octets[start : start + CHUNK])
            await self._until(self._held, CHUNK)
        await self._until(lambda: self._held() + self._queued(), 0)

    def check(self) -> None:
        """Raises when the server has spoken or gone."""
        if self._answer.done():
            raise _early(self._connection, self._answer)
        if self._transport.is_closing():
            raise lost(self._connection.server.host)

    async def _until(self, left: Callable[[], int], most: int) -> None:
        """Wait until no more than ``most`` octets are left. Raises Stalled when they do not get fewer."""
        loop = asyncio.get_running_loop()
        lowest, since = sys.maxsize, loop.time()
        await asyncio.sleep(0)  # the loop may read what the server says
        while True:
            self.check()
            remaining = left()
            if remaining <= most:
                return
            if remaining < lowest:
                lowest, since = remaining, loop.time()
            elif loop.time() - since > self._connection.patience.progress:
                raise silent(self._connection.server.host)
            await asyncio.sleep(_LOOK_SECONDS)

    def _held(self) -> int:
        """Octets that asyncio has not given to the kernel."""
        held = self._transport.get_write_buffer_size()
        # With TLS that is what waits to be encrypted; below it a second transport holds what was. Only here is it to
        # be had: where a later Python has it no more, the wait is shorter and the dot still goes alone.
        below = getattr(getattr(self._transport, "_ssl_protocol", None), "_transport", None)
        return held + (below.get_write_buffer_size() if isinstance(below, asyncio.WriteTransport) else 0)

    def _queued(self) -> int:
        """Octets in the kernel that the other side has not acknowledged; 0 where it does not tell."""
        if sys.platform != "linux":
            return 0
        try:
            found = fcntl.ioctl(self._socket.fileno(), termios.TIOCOUTQ, bytes(4))
        except (OSError, ValueError):
            return 0  # closed in between, which the next look finds out
        return int(struct.unpack("i", found)[0])


def _early(connection: Connection, answer: asyncio.Task[SMTPResponse]) -> TuiMailError:
    """Why the transaction ends before its dot: the server refused it, or the connection is gone."""
    error = answer.exception()
    if isinstance(error, (SMTPException, OSError)):
        return broken(connection.server, error)
    if error is not None:
        raise error
    response = answer.result()
    reply = reply_of(response.code, response.message)
    if meaning(reply) in (Meaning.LATER, Meaning.NO):
        return refusal(connection.server.host, reply, _("The message was not sent"))
    return not_understood(connection.server.host)
