"""The conformance suite over the practice mailbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from tests.backends.conformance import BackendConformance, World
from tui_mail.backends.demo import DEMO_START
from tui_mail.backends.demo.backend import DemoBackend
from tui_mail.backends.demo.mailbox import Delivery, Mailbox, shared
from tui_mail.model.clock import FrozenClock
from tui_mail.model.flags import Flag
from tui_mail.model.mail import Role


def nothing() -> tuple[list[tuple[str, Role | None]], list[Delivery]]:
    return [("INBOX", Role.INBOX)], []


class FileClient:
    """Another client: it changes the files of the same mailbox."""

    def __init__(self, directory: Path) -> None:
        self._files = shared(directory, nothing)

    @property
    def _mailbox(self) -> Mailbox:
        self._files.open()
        return self._files

    async def arrive(self, folder: str, raw: bytes, flags: Flag = Flag.NONE) -> None:
        self._mailbox.add(Delivery(folder, raw, DEMO_START, flags))

    async def flag(self, folder: str, uids: Sequence[int], add: Flag = Flag.NONE, remove: Flag = Flag.NONE) -> None:
        self._mailbox.set_flags(self._mailbox.box(folder), uids, add, remove, (), ())

    async def move(self, folder: str, uids: Sequence[int], target: str) -> None:
        self._mailbox.copy(self._mailbox.box(folder), uids, self._mailbox.box(target), move=True)

    async def expunge(self, folder: str, uids: Sequence[int]) -> None:
        self._mailbox.expunge(self._mailbox.box(folder), uids)

    async def renumber(self, folder: str) -> None:
        mailbox = self._mailbox
        with mailbox._change():
            mailbox._uidvalidity += 1
            mailbox.box(folder).uidvalidity = mailbox._uidvalidity

    async def raws(self, folder: str) -> list[bytes]:
        return [self._mailbox.read(message) for message in self._mailbox.box(folder).messages.values()]


class TestDemoConformance(BackendConformance):
    @pytest.fixture
    async def world(self, tmp_path: Path) -> AsyncIterator[World]:
        world = World(lambda: DemoBackend(tmp_path, FrozenClock(DEMO_START), nothing), FileClient(tmp_path))
        yield world
        await world.close()
