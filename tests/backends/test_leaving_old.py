"""Leaving old mail on the server: the practice mailbox, and the server in memory that other tests rely on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from tests.backends.conformance import World
from tests.backends.leaving_old import LeavingOldConformance
from tests.backends.test_demo_conformance import FileClient, nothing
from tests.fakes.memory_backend import MemoryBackend, MemoryServer
from tui_mail.backends.demo import DEMO_START
from tui_mail.backends.demo.backend import DemoBackend
from tui_mail.model.clock import FrozenClock
from tui_mail.model.flags import Flag


class MemoryClient:
    """Another client of the server in memory."""

    def __init__(self, server: MemoryServer) -> None:
        self._server = server

    async def arrive(self, folder: str, raw: bytes, flags: Flag = Flag.NONE) -> None:
        self._server.deliver(raw, folder, flags)

    async def flag(self, folder: str, uids: Sequence[int], add: Flag = Flag.NONE, remove: Flag = Flag.NONE) -> None:
        box = self._server.boxes[folder]
        box.modseq += 1
        for uid in uids:
            mail = box.mails[uid]
            mail.flags = (mail.flags | add) & ~remove
            mail.modseq = box.modseq

    async def move(self, folder: str, uids: Sequence[int], target: str) -> None:
        raise NotImplementedError

    async def expunge(self, folder: str, uids: Sequence[int]) -> None:
        for uid in uids:
            self._server.remove(folder, uid)

    async def renumber(self, folder: str) -> None:
        self._server.renumber(folder)

    async def raws(self, folder: str) -> list[bytes]:
        return [mail.raw for mail in self._server.boxes[folder].mails.values()]


class TestDemo(LeavingOldConformance):
    @pytest.fixture
    async def world(self, tmp_path: Path) -> AsyncIterator[World]:
        world = World(lambda: DemoBackend(tmp_path, FrozenClock(DEMO_START), nothing), FileClient(tmp_path))
        yield world
        await world.close()


class TestMemory(LeavingOldConformance):
    @pytest.fixture
    async def world(self) -> AsyncIterator[World]:
        server = MemoryServer(page=7)
        world = World(lambda: MemoryBackend(server), MemoryClient(server))
        yield world
        await world.close()
