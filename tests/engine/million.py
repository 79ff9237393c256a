"""A first synchronisation of a folder of any size, in a process of its own that tells how much memory it took.

python -m tests.engine.million COUNT: one JSON object on standard output.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

from tests.engine.world import add_account
from tests.fakes.memory_backend import MemoryBackend, MemoryServer
from tests.unit.link.homes import short_home
from tui_mail.backends.protocol import LocalView
from tui_mail.config.paths import Home
from tui_mail.engine.engine import Engine
from tui_mail.link.lock import EngineLock
from tui_mail.link.messages import Done, Sync
from tui_mail.model.clock import SystemClock
from tui_mail.model.flags import Flag
from tui_mail.model.mail import Role
from tui_mail.model.remote import FolderStatus, NewMessage, Page, RemoteFolder
from tui_mail.store.disk import files
from tui_mail.store.reader import Reader

PAGE = 2000
START = 1_400_000_000
_SAMPLE_SECONDS = 0.2


class EndlessBackend(MemoryBackend):
    """An inbox of ``count`` messages that nobody holds in memory: each is made when it is asked for."""

    def __init__(self, count: int) -> None:
        super().__init__(MemoryServer())
        self._count = count

    def _status(self) -> FolderStatus:
        return FolderStatus(self._count, 0, 1, self._count + 1, 7)

    async def folders(self) -> list[RemoteFolder]:
        return [RemoteFolder("INBOX", "INBOX", Role.INBOX, status=self._status())]

    async def status(self, folder: str) -> FolderStatus:
        return self._status()

    async def changes_since(self, folder: str, cursor: bytes, local: LocalView, since: int) -> AsyncIterator[Page]:
        low = int(cursor) if cursor else self._count + 1
        while low > 1:
            top, low = low, max(1, low - PAGE)
            yield Page(1, b"%d" % low, new=[_message(uid) for uid in range(top - 1, low - 1, -1)], total=self._count)
        # What a comparison with the server needs, at its worst.
        assert local.count() == len(local.uids()) == self._count
        yield Page(1, b"1", last=True, total=self._count)


def _message(uid: int) -> NewMessage:
    """Conversations of three, two thousand senders, words that repeat now and then."""
    root, person = uid - uid % 3, uid % 2000
    header = (
        f"Message-ID: <{uid}@million>\r\nFrom: Person {person} <person{person}@example.org>\r\n"
        f"To: Me <me@example.org>\r\nSubject: {'Re: ' if uid % 3 else ''}word{root % 997} word{root * 7 % 991}\r\n"
    )
    if uid % 3:
        header += f"References: <{root}@million>\r\n"
    return NewMessage(uid, Flag.SEEN, (), START + uid * 60, 4000 + uid % 9000, f"{header}\r\n".encode())


def peak_of_this() -> int:
    """The most memory this process ever held. What ``getrusage`` says counts the one that started it, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def octets_of(process: int | str) -> int:
    """The memory a process holds by itself, its share of what is shared included (PSS); 0 where that is not told."""
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:")), 0)


class Watch(threading.Thread):
    """Looks at this process and its children now and then."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(_SAMPLE_SECONDS):
            # A child that is started by another thread is a child of that one.
            tasks = Path("/proc/self/task").glob("*/children")
            children = {child for task in tasks for child in _read(task)}
            self.peak = max(self.peak, octets_of("self") + sum(octets_of(child) for child in children))

    def end(self) -> None:
        self._over.set()
        self.join()


def _read(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").split()
    except OSError:
        return []


async def synchronise(home: Home, count: int) -> Done:
    engine = Engine(home, SystemClock(), alone=True, backends=lambda _account, _secret, _alert: EndlessBackend(count))
    await engine.start()
    try:
        return await engine.handle(Sync(id=1, bodies="none"))
    finally:
        await engine.stop()


def main(count: int) -> None:
    with short_home() as home, EngineLock(home):
        add_account(home)
        files.prepare(home, SystemClock())
        watch = Watch()
        watch.start()
        done = asyncio.run(synchronise(home, count))
        watch.end()
        assert done.ok, done
        reader = Reader(home)
        (inbox,) = reader.folders()
        reader.close()
    found = {"count": inbox.total, "complete": inbox.complete, "rss": peak_of_this(), "pss": watch.peak}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
