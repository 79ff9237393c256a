"""Commands and answers on one connection: what is asked, in what order it is answered, what an answer may be.

Owns that order: one command at a time, or several under way whose answers come in turn, and never an answer to nothing.
Must not know what the commands are for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui_mail.backends.pop3.capabilities import Capabilities, parse
from tui_mail.backends.pop3.replies import Reply, goodbye, not_understood
from tui_mail.backends.pop3.replies import parse as parse_reply
from tui_mail.backends.pop3.stuffing import Unstuffed
from tui_mail.backends.pop3.wire import Timeouts, Wire
from tui_mail.model.errors import Refused, TuiMailError
from tui_mail.model.words import _
from tui_mail.text.sizes import human_size

MOST: Final = 1_000_000
"""Messages of a mailbox, at most."""
_LINE: Final = 128
"""Octets of a line about a message on average, at most: a number, and an identifier of 70."""
_SLACK: Final = 1_000
"""Lines that a list may have more than were announced."""


class Talk:
    """A connection on which commands are said. An answer that is none, or one to nothing, ends it."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.host = wire.host

    @property
    def timeouts(self) -> Timeouts:
        return self.wire.timeouts

    async def say(self, *lines: bytes) -> None:
        """Send commands to which no answer is under way yet. Raises Refused, Unreachable, Throttled."""
        if self.wire.unread:
            raise await self._unasked()
        self.wire.send(*lines)

    def also(self, *lines: bytes) -> None:
        """Send commands more while answers are under way. Raises Refused, Unreachable."""
        self.wire.send(*lines)

    async def ask(self, line: bytes) -> Reply:
        """Say a command; its answer of one line."""
        await self.say(line)
        return await self.reply()

    async def reply(self, seconds: float = 0.0, silence: float = 0.0) -> Reply:
        """The next answer, within ``seconds`` (0: as for any command). Raises Unreachable and its kinds."""
        self.wire.extend(seconds or self.timeouts.command, silence)
        reply = parse_reply(await self.wire.line())
        if reply is None:
            raise self.nonsense()
        return reply

    async def challenge(self) -> bytes | Reply:
        """The next answer within a sign-in: what the server asks, still in base64, or its verdict."""
        self.wire.extend(self.timeouts.command)
        line = await self.wire.line()
        if line == b"+" or line.startswith(b"+ "):
            return line[2:]
        reply = parse_reply(line)
        if reply is None:
            raise self.nonsense()
        return reply

    async def text(self, write: Callable[[bytes], object], limit: int) -> int:
        """Hand on the lines after a +OK, as they were before dots were added; octets. ``write`` keeps what it wants.

        Raises Refused (the connection has ended) when there are more than ``limit``, Unreachable and its kinds.
        """
        wire, unstuffed, octets = self.wire, Unstuffed(), 0
        while True:
            piece, wire.pos, ended = unstuffed.take(wire.data, wire.pos)
            if piece:
                octets += len(piece)
                if octets > limit:
                    wire.abort()
                    raise Refused(
                        _("{host} sends more than {size} at once, so the connection was closed.").format(
                            host=self.host, size=human_size(limit)
                        )
                    )
                write(piece)
            if ended:
                return octets
            await wire.more()

    async def lines(self, announced: int = 0) -> list[bytes]:
        """The lines after a +OK, about ``announced`` of them, without their ends. Raises as ``text`` does."""
        most = min(announced, MOST) + _SLACK
        found = bytearray()
        await self.text(found.extend, most * _LINE)
        if found.count(b"\r\n") > most:
            raise self.nonsense()
        return bytes(found).split(b"\r\n")[:-1]

    async def capabilities(self) -> Capabilities:
        """Ask for them; a server that knows no CAPA is no worse for it."""
        await self.say(b"CAPA")
        if (await self.reply()).ok:
            return parse(await self.lines())
        return Capabilities()

    def nonsense(self) -> TuiMailError:
        """End the connection; the error for what cannot be read."""
        self.wire.abort()
        return not_understood(self.host)

    async def _unasked(self) -> TuiMailError:
        """Why there is something to read although nothing was asked: a server that says farewell, or one astray."""
        self.wire.extend(self.timeouts.leave)
        reply = parse_reply(await self.wire.line())
        self.wire.abort()
        if reply is None or reply.ok:
            return not_understood(self.host)
        return goodbye(self.host, reply)
