"""The engine's end of the link: a private unix socket, any number of clients, none of which can hold up another.

Owns connections, greetings, the bounds on lines and on requests under way, and the order of answers. Must not know
what a request means: a ``Handler`` does.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from pathlib import Path
from typing import Protocol

from tui_mail.link import peer
from tui_mail.link.backlog import Backlog
from tui_mail.link.messages import PROTOCOL, Cancel, Done, Hello, Message, Request, Stop, decode, encode
from tui_mail.link.outcome import CANCELLED, failure
from tui_mail.link.versions import greeting
from tui_mail.model.errors import EngineTrouble, TuiMailError
from tui_mail.model.words import _

log = logging.getLogger(__name__)

MAX_LINE = 1 << 20
"""Octets of one line, either way."""
_MAX_REQUESTS = 256
"""Requests of one client under way or with their answers not yet read; beyond it nothing more is read from it."""
_GREETING_SECONDS = 10.0
_FLUSH_SECONDS = 1.0


class Handler(Protocol):
    """Who answers."""

    async def handle(self, request: Request, client: int) -> Done:
        """Carry out a request of the client with this number; may be cancelled. TuiMailError becomes its answer."""
        ...

    def came(self, client: int) -> None:
        """A client has greeted."""
        ...

    def left(self, client: int) -> None:
        """A client has gone; its requests are cancelled."""
        ...


class Server:
    """Serves ``path`` between ``start`` and ``close``; the caller holds the engine lock."""

    def __init__(self, path: Path, handler: Handler) -> None:
        self._path = path
        self._handler = handler
        self._listening: asyncio.Server | None = None
        self._inode = 0
        self._connections: dict[int, _Connection] = {}
        self._serial = 0
        self._closing = False

    @property
    def clients(self) -> int:
        """How many have greeted and are still there."""
        return len(self._connections)

    async def start(self) -> None:
        """Listen. Raises EngineTrouble when the socket cannot be made."""
        listener = peer.listen(self._path)
        self._inode = self._path.lstat().st_ino
        self._listening = await asyncio.start_unix_server(self._serve, sock=listener, limit=MAX_LINE)

    def broadcast(self, event: Message) -> None:
        """Tell every client; never blocks."""
        for connection in self._connections.values():
            connection.backlog.put(event)

    async def close(self) -> None:
        """Stop listening, let what waits be read for a moment, and end every connection."""
        self._closing = True
        if self._listening is not None:
            self._listening.close()
        await asyncio.gather(*(connection.finish() for connection in list(self._connections.values())))
        if self._listening is not None:
            await self._listening.wait_closed()
            self._listening = None
            peer.remove(self._path, self._inode)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        endpoint: socket.socket | None = writer.get_extra_info("socket")
        if endpoint is None or not peer.is_ours(endpoint):
            log.warning("refused a connection of another user")
            writer.close()
            return
        try:
            writer.write(encode(greeting()))
            async with asyncio.timeout(_GREETING_SECONDS):
                hello = decode(await reader.readline())
            if not isinstance(hello, Hello):
                raise ValueError("the first line is a greeting")
        except (ValueError, OSError, TimeoutError) as error:
            log.info("a client did not greet: %s", error)
            writer.close()
            return
        if self._closing:
            writer.close()
            return
        self._serial += 1
        number = self._serial
        connection = _Connection(number, hello, reader, writer, self._handler)
        self._connections[number] = connection
        self._handler.came(number)
        try:
            await connection.run()
        finally:
            del self._connections[number]
            self._handler.left(number)


class _Connection:
    """One client: a task that reads, a task that writes, a task for each request under way."""

    def __init__(
        self,
        number: int,
        hello: Hello,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        handler: Handler,
    ) -> None:
        self.backlog = Backlog()
        self._number = number
        self._hello = hello
        self._reader = reader
        self._writer = writer
        self._handler = handler
        self._requests: dict[int, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(_MAX_REQUESTS)
        self._writing: asyncio.Task[None] | None = None
        self._done = asyncio.Event()

    async def run(self) -> None:
        self._writing = asyncio.create_task(self._write())
        reading = asyncio.create_task(self._read())
        try:
            await asyncio.wait((self._writing, reading), return_when=asyncio.FIRST_COMPLETED)
        finally:
            tasks = [reading, self._writing, *self._requests.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._writer.close()
            self._done.set()

    async def finish(self) -> None:
        """Let the client read what waits, for a moment, then end."""
        self.backlog.close()
        if self._writing is not None:
            await asyncio.wait((self._writing,), timeout=_FLUSH_SECONDS)
            self._writing.cancel()
        await self._done.wait()

    async def _write(self) -> None:
        while messages := await self.backlog.take():
            for message in messages:
                self._writer.write(encode(message))
                if isinstance(message, Done):
                    self._room.release()
            try:
                await self._writer.drain()
            except OSError:
                return  # the client is gone; the reading task sees the same

    async def _read(self) -> None:
        while True:
            await self._room.acquire()
            try:
                line = await self._reader.readline()
                if not line:
                    return
                message = decode(line)
            except (ValueError, OSError) as error:
                log.warning("ended a connection that sent no message: %s", error)
                return
            if not isinstance(message, Request):
                self._room.release()
            elif isinstance(message, Cancel):
                task = self._requests.get(message.target)
                if task is not None:
                    await asyncio.sleep(0)  # a task cancelled before its first step would give no answer
                    task.cancel()
                self.backlog.put(Done(id=message.id))
            elif message.id in self._requests:
                log.warning("ended a connection that used the id of a request under way")
                return
            else:
                self._begin(message)

    def _begin(self, request: Request) -> None:
        task = asyncio.create_task(self._answer(request))
        self._requests[request.id] = task

    async def _answer(self, request: Request) -> None:
        try:
            if self._hello.protocol != PROTOCOL and not isinstance(request, Stop):
                raise EngineTrouble(_("This program and the engine are of different versions: start it again."))
            done = await self._handler.handle(request, self._number)
        except TuiMailError as error:
            done = failure(request.id, error)
        except asyncio.CancelledError:
            done = Done(id=request.id, ok=False, kind=CANCELLED, text=_("Cancelled."))
        except Exception:  # whatever a handler does, its client gets an answer and the engine goes on
            log.exception("request %s failed", request.name)
            done = failure(request.id, EngineTrouble(_("The engine failed at this; its log says more.")))
        with contextlib.suppress(KeyError):
            del self._requests[request.id]
        self.backlog.put(done)
