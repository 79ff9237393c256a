"""A link between a program and the server: as far away as wished, and counted.

Owns the forwarder, which runs in a process of its own (``python -m bench.link HOST PORT SECONDS``), so that it waits for
nobody. Must not know IMAP.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import dataclass, replace
from typing import Self

from bench.server import Mailbox

CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Traffic:
    """What went over the link since the last look."""

    turns: int
    """Round trips: how often a program spoke after it had heard something, on any connection."""
    octets: int
    """In both directions, TCP's own aside."""


class Link:
    """Use as a context manager; ``seconds`` is what a round trip takes longer than on loopback."""

    def __init__(self, mailbox: Mailbox, seconds: float = 0.0) -> None:
        self._mailbox = mailbox
        self._seconds = seconds
        self._process: subprocess.Popen[str] | None = None
        self._port = 0

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "bench.link", self._mailbox.host, str(self._mailbox.port), str(self._seconds)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.communicate()

    @property
    def mailbox(self) -> Mailbox:
        """The same mailbox at this end."""
        return replace(self._mailbox, host="127.0.0.1", port=self._port)

    def traffic(self) -> Traffic:
        """What went over it since the last call."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return Traffic(**json.loads(self._process.stdout.readline()))


class _Forwarder:
    def __init__(self, host: str, port: int, seconds: float) -> None:
        self._host, self._port = host, port
        self._one_way = seconds / 2
        self._turns = self._octets = 0

    async def run(self) -> None:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps({"turns": self._turns, "octets": self._octets}), flush=True)
            self._turns = self._octets = 0

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._host, self._port)
        heard = asyncio.Event()  # the server has spoken since the program did
        heard.set()
        await asyncio.gather(
            self._pump(reader, far_writer, heard, speaking=True), self._pump(far_reader, writer, heard, speaking=False)
        )

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: asyncio.Event, *, speaking: bool
    ) -> None:
        clock = asyncio.get_running_loop().time
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        sending = asyncio.create_task(self._deliver(under_way, writer))
        try:
            while data := await reader.read(CHUNK):
                self._octets += len(data)
                if not speaking:
                    heard.set()
                elif heard.is_set():
                    heard.clear()
                    self._turns += 1
                under_way.put_nowait((clock() + self._one_way, data))
        except OSError:
            pass  # one end is gone; the other one hears of it next
        under_way.put_nowait((clock() + self._one_way, b""))
        await sending

    @staticmethod
    async def _deliver(under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        clock = asyncio.get_running_loop().time
        try:
            while True:
                due, data = await under_way.get()
                if due > clock():
                    await asyncio.sleep(due - clock())
                if not data:
                    break
                writer.write(data)
                await writer.drain()
        except OSError:
            pass  # as above
        writer.close()


if __name__ == "__main__":
    asyncio.run(_Forwarder(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])).run())
