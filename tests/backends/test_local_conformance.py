"""The conformance suite over local folders, which are those of POP3 accounts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from tests.backends.conformance import BackendConformance, World
from tui_mail.config.paths import Home
from tui_mail.engine.local.backend import LocalBackend
from tui_mail.model.clock import FrozenClock
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName
from tui_mail.store.files import prepare
from tui_mail.store.localmail import LocalMail
from tui_mail.store.localrows import NewItem

NOW = 1_795_100_000
ACCOUNT = AccountName("pop")


class SameFile:
    """Another hand in the same keep.db, as what fetches mail by POP3 is."""

    def __init__(self, home: Home) -> None:
        self.mail = LocalMail.open(home)
        self.mail.begin(ACCOUNT)

    async def arrive(self, folder: str, raw: bytes, flags: Flag = Flag.NONE) -> None:
        name = self.mail.raw.put(raw)
        self.mail.add(self.mail.folder(ACCOUNT, folder), [NewItem(name, len(raw), NOW, ACCOUNT, flags)])

    async def flag(self, folder: str, uids: Sequence[int], add: Flag = Flag.NONE, remove: Flag = Flag.NONE) -> None:
        self.mail.set_flags(self.mail.folder(ACCOUNT, folder).id, uids, add, remove, (), ())

    async def move(self, folder: str, uids: Sequence[int], target: str) -> None:
        source, into = self.mail.folder(ACCOUNT, folder), self.mail.folder(ACCOUNT, target)
        self.mail.transfer(source, uids, into, move=True, since=0)

    async def expunge(self, folder: str, uids: Sequence[int]) -> None:
        self.mail.expunge(self.mail.folder(ACCOUNT, folder).id, uids)

    async def renumber(self, folder: str) -> None:
        """As after ``restore``: the same mail under other numbers."""
        old = self.mail.folder(ACCOUNT, folder).id
        with self.mail.changing() as connection:
            connection.execute("UPDATE local_folder SET id = 1000 + id WHERE id = ?", (old,))
            connection.execute("UPDATE local_item SET folder = 1000 + folder WHERE folder = ?", (old,))

    async def raws(self, folder: str) -> list[bytes]:
        items = self.mail.items(self.mail.folder(ACCOUNT, folder).id)
        return [self.mail.raw.read(item.raw) or b"" for item in reversed(items)]


class TestLocalConformance(BackendConformance):
    @pytest.fixture
    async def world(self, tmp_path: Path) -> AsyncIterator[World]:
        home = Home.find(str(tmp_path / "home"), {})
        home.create()
        clock = FrozenClock(NOW)
        prepare(home, clock)
        other = SameFile(home)
        world = World(lambda: LocalBackend(home, ACCOUNT, clock), other)
        yield world
        await world.close()
        other.mail.close()
