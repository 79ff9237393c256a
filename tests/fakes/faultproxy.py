"""A TCP proxy that cuts, stalls, corrupts and rewrites by rule; in a thread, for any kind of client.

Owns the faults. Below TLS it sees ciphertext: for rules with a pattern run the server side in clear, or count bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, kw_only=True, eq=False)
class Rule:
    """Applies to one direction ("down": server to client) of one connection by number, or of all (None)."""

    direction: str = "down"
    connection: int | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Cut(Rule):
    """Close once ``after`` bytes have passed, right after ``match``, or before ``before`` is passed on."""

    after: int | None = None
    match: bytes = b""
    before: bytes = b""
    reset: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Stall(Rule):
    """Pass nothing on for ``seconds`` (None: for ever) after ``after`` bytes or right after ``match``."""

    after: int | None = None
    match: bytes = b""
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Swallow(Rule):
    """Pass nothing on any more from ``match`` on, with the connection open."""

    match: bytes


@dataclass(frozen=True, kw_only=True, eq=False)
class Corrupt(Rule):
    """Flip bits of ``count`` bytes from offset ``after`` on."""

    after: int
    flip: int = 0x20
    count: int = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Replace(Rule):
    match: bytes
    by: bytes


@dataclass(frozen=True, kw_only=True, eq=False)
class Trickle(Rule):
    """Pass on ``chunk`` bytes at a time."""

    chunk: int = 1
    pause: float = 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Refuse(Rule):
    """Close the first ``connections`` connections at once."""

    connections: int = 1


class _End(Exception):
    def __init__(self, *, reset: bool) -> None:
        super().__init__()
        self.reset = reset


class FaultProxy:
    """``with FaultProxy(port, Cut(after=500)) as proxy:`` and connect to 127.0.0.1, ``proxy.port``."""

    def __init__(self, target: int, *rules: Rule) -> None:
        self.rules: list[Rule] = list(rules)
        self.port = 0
        self.connections = 0
        self.passed: list[tuple[int, str, bytes]] = []
        """(connection, direction, bytes) in the order in which they were passed on."""
        self.remembers = True
        """False where so much passes that it must not be kept."""
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="faultproxy")
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)

    def set(self, *rules: Rule) -> None:
        """Other rules for the connections made from now on."""
        self.rules = list(rules)

    def drop(self) -> None:
        """End every connection that there is now."""

        async def end() -> None:
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(60)

    def seen(self, direction: str) -> bytes:
        return b"".join(data for _connection, way, data in self.passed if way == direction)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        listener = socket.socket()
        # What is not passed on fills a buffer of one size, not of as much as this system thinks fit.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 18)
        listener.bind(("127.0.0.1", 0))
        server = self._loop.run_until_complete(asyncio.start_server(self._accept, sock=listener))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in self._tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        # A side that still had something to send is not closed yet, nor one that was just being opened.
        for transport in list(self._loop._transports.values()):  # type: ignore[attr-defined]
            if transport._sock is not None:
                transport.abort()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        number = self.connections
        self.connections += 1
        rules = list(self.rules)
        if any(isinstance(rule, Refuse) and number < rule.connections for rule in rules):
            writer.close()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        except asyncio.CancelledError:
            writer.close()
            raise
        pumps = [
            asyncio.create_task(_Pump(self, number, "up", rules, far_writer).run(reader)),
            asyncio.create_task(_Pump(self, number, "down", rules, writer).run(far_reader)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_EXCEPTION)
        except asyncio.CancelledError:
            pass  # the proxy ends: both sides are closed below
        finally:
            for pump in pumps:
                pump.cancel()
            with contextlib.suppress(asyncio.CancelledError):  # the proxy may end just now
                await asyncio.wait(pumps)
            ends = [pump.exception() for pump in pumps if pump.done() and not pump.cancelled()]
            reset = any(isinstance(end, _End) and end.reset for end in ends)
            for side in (writer, far_writer):
                if reset:
                    linger = struct.pack("ii", 1, 0)
                    side.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    side.transport.abort()
                else:
                    side.close()


class _Pump:
    """One direction of one connection."""

    def __init__(
        self, proxy: FaultProxy, number: int, direction: str, rules: Sequence[Rule], writer: asyncio.StreamWriter
    ) -> None:
        self._proxy = proxy
        self._number = number
        self._direction = direction
        self._rules = [rule for rule in rules if rule.direction == direction and rule.connection in (None, number)]
        self._writer = writer
        self._passed = 0
        self._tail = b""
        self._fired: set[int] = set()

    async def run(self, reader: asyncio.StreamReader) -> None:
        swallowing = False
        while data := await reader.read(65536):
            if not swallowing:
                swallowing = await self._pass_on(self._rewritten(data))
        if not swallowing and self._writer.can_write_eof():
            self._writer.write_eof()

    def _rewritten(self, data: bytes) -> bytes:
        for rule in self._rules:
            if isinstance(rule, Replace):
                data = data.replace(rule.match, rule.by)
            elif isinstance(rule, Corrupt) and self._passed <= rule.after < self._passed + len(data):
                octets = bytearray(data)
                start = rule.after - self._passed
                for offset in range(start, min(start + rule.count, len(octets))):
                    octets[offset] ^= rule.flip
                data = bytes(octets)
        return data

    async def _pass_on(self, data: bytes) -> bool:
        """True when nothing more is to be passed on."""
        while data:
            event = self._first_event(data)
            if event is None:
                await self._write(data)
                self._tail = (self._tail + data)[-256:]
                return False
            offset, rule = event
            self._fired.add(id(rule))
            await self._write(data[:offset])
            self._tail = b"" if isinstance(rule, (Cut, Stall)) else (self._tail + data[:offset])[-256:]
            data = data[offset:]
            if isinstance(rule, Cut):
                raise _End(reset=rule.reset)
            if isinstance(rule, Swallow):
                return True
            if isinstance(rule, Stall):
                await asyncio.sleep(1e6 if rule.seconds is None else rule.seconds)
        return False

    def _first_event(self, data: bytes) -> tuple[int, Rule] | None:
        found = [
            (offset, rule)
            for rule in self._rules
            if id(rule) not in self._fired and (offset := self._offset(rule, data)) is not None
        ]
        return min(found, key=lambda event: event[0], default=None)

    def _offset(self, rule: Rule, data: bytes) -> int | None:
        if isinstance(rule, (Cut, Stall)) and rule.after is not None:
            return max(0, rule.after - self._passed) if rule.after < self._passed + len(data) else None
        before = rule.before if isinstance(rule, Cut) else rule.match if isinstance(rule, Swallow) else b""
        pattern = before or (rule.match if isinstance(rule, (Cut, Stall)) else b"")
        at = (self._tail + data).find(pattern) if pattern else -1
        if at < 0:
            return None
        at -= len(self._tail)
        return max(0, at) if before else at + len(pattern)

    async def _write(self, data: bytes) -> None:
        trickle = next((rule for rule in self._rules if isinstance(rule, Trickle)), None)
        step = trickle.chunk if trickle else max(len(data), 1)
        for start in range(0, len(data), step):
            part = data[start : start + step]
            self._writer.write(part)
            await self._writer.drain()
            if self._proxy.remembers:
                self._proxy.passed.append((self._number, self._direction, part))
            self._passed += len(part)
            if trickle:
                await asyncio.sleep(trickle.pause)
