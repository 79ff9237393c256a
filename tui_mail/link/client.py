"""The user interface's end of the link, for an event loop.

Owns one connection: requests matched with their answers, events in a bounded queue. Must not know what they mean, nor
start an engine (``link.start`` does).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

from tui_mail.config.paths import Home
from tui_mail.link.backlog import Backlog
from tui_mail.link.messages import PROTOCOL, Cancel, Done, Hello, Message, Request, decode, encode
from tui_mail.link.server import MAX_LINE
from tui_mail.link.versions import greeting, is_newer, newer_text, older_text
from tui_mail.model.errors import EngineTrouble
from tui_mail.model.words import _

_CONNECT_SECONDS = 10.0


class Client:
    """A connection to the engine of one home. Made by ``connect``; over when ``events`` ends."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, engine: Hello) -> None:
        self.engine = engine
        """What the engine said of itself."""
        self._reader = reader
        self._writer = writer
        self._answers: dict[int, asyncio.Future[Done]] = {}
        self._events = Backlog()
        self._serial = 0
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, home: Home) -> Client:
        """Connect and greet. Raises EngineTrouble when no engine answers or it speaks another protocol."""
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                reader, writer = await asyncio.open_unix_connection(home.socket, limit=MAX_LINE)
                writer.write(encode(greeting()))
                hello = decode(await reader.readline())
        except TimeoutError as error:
            raise EngineTrouble(_("The engine does not answer: stop it with `tui-mail engine --stop`.")) from error
        except (OSError, ValueError) as error:
            raise EngineTrouble(_("No engine is running for this home.")) from error
        if not isinstance(hello, Hello) or hello.protocol != PROTOCOL:
            writer.close()
            if not isinstance(hello, Hello):
                raise EngineTrouble(_("What listens at {path} is no engine.").format(path=home.socket))
            raise EngineTrouble(newer_text(hello) if is_newer(hello) else older_text(hello))
        return cls(reader, writer, hello)

    async def request(self, request: Request) -> Done:
        """Send ``request`` under an id of its own and wait for its answer. Cancelled, it is cancelled there too.

        Raises EngineTrouble when the connection ends first.
        """
        self._serial += 1
        number = self._serial
        if self._reading.done():
            raise EngineTrouble(_("The engine has ended."))
        answer: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            self._writer.write(encode(replace(request, id=number)))
            return await answer
        except asyncio.CancelledError:
            if not self._reading.done():
                self._serial += 1
                self._writer.write(encode(Cancel(id=self._serial, target=number)))
            raise
        finally:
            self._answers.pop(number, None)

    async def events(self) -> AsyncIterator[Message]:
        """Every event, until the connection ends. One reader at a time; what a slow one misses is merged."""
        while messages := await self._events.take():
            for message in messages:
                yield message

    async def close(self) -> None:
        """End the connection; requests under way fail."""
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _read(self) -> None:
        try:
            while line := await self._reader.readline():
                message = decode(line)
                if not isinstance(message, Done):
                    self._events.put(message)
                elif (answer := self._answers.pop(message.id, None)) is not None and not answer.done():
                    answer.set_result(message)
        except (OSError, ValueError):
            pass  # a broken connection ends like a closed one: below
        finally:
            self._events.close()
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(EngineTrouble(_("The engine has ended.")))
            self._writer.close()
