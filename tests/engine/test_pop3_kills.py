"""Mail fetched by POP3 is never lost and never doubled: kill -9, links that are cut, a disk that fills, by every rule."""

from __future__ import annotations

import errno
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.engine.popchild import Nursery
from tests.engine.popworld import PopWorld, letter
from tests.engine.world import START
from tests.fakes.faultproxy import Cut, FaultProxy
from tests.fakes.scripted_pop3 import Kept, ScriptedPop3
from tests.unit.link.homes import short_home
from tui_mail.config.accounts import LEAVE
from tui_mail.model.clock import FrozenClock
from tui_mail.model.errors import StoreFull, Unreachable
from tui_mail.model.ids import AccountName
from tui_mail.store.disk import files
from tui_mail.store.disk.rawfiles import Landing

DAY = 86_400
POP = AccountName("pop")


@dataclass
class Siege:
    """A mailbox into which mail arrives, a home into which it is fetched, and what must be true at any time."""

    pop: PopWorld
    server: ScriptedPop3
    leave: str
    rng: random.Random = field(default_factory=lambda: random.Random(4))
    sent: dict[bytes, None] = field(default_factory=dict)
    removed: set[bytes] = field(default_factory=set)
    """What the person deleted for ever."""

    def __post_init__(self) -> None:
        files.prepare(self.pop.home, self.clock)
        self.pop.add(self.server, leave=self.leave, leave_days=1)

    @property
    def clock(self) -> FrozenClock:
        assert isinstance(self.pop.clock, FrozenClock)
        return self.pop.clock

    def arrive(self, count: int) -> None:
        for _ in range(count):
            raw = letter(len(self.sent), self.rng.choice([b"x\r\n", b".\r\n" * 90, b"y" * 70_000 + b"\r\n"]))
            self.server.mailbox.append(Kept(raw, f"uid-{len(self.sent)}"))
            self.sent[raw] = None

    def person(self) -> None:
        """Now and then somebody deletes something here for ever."""
        with self.pop.local() as mail:
            mail.begin(POP)
            inbox = mail.folder(POP, "INBOX")
            items = mail.items(inbox.id)
            if items and self.rng.random() < 0.5:
                item = self.rng.choice(items)
                self.removed.add(mail.raw.read(item.raw) or b"")
                mail.expunge(inbox.id, [item.uid])

    def check(self) -> None:
        """Nothing is lost, nothing is double."""
        self.server.settle()
        here = self.pop.raws()
        there = [kept.raw for kept in self.server.mailbox]
        assert len(set(here)) == len(here), "a message is here twice"
        assert not self.removed & set(here), "what was deleted came again"
        assert set(self.sent) <= {*here, *there, *self.removed}, "a message is lost"

    async def peace(self) -> None:
        """Two visits without trouble: all is here, and there is what the rule says."""
        self.clock.advance(2 * DAY)
        backend = self.pop.backend(self.pop.add(self.server, leave=self.leave, leave_days=1))
        for _ in range(2):
            await backend.collect(lambda _done, _total: None)
            self.clock.advance(2 * DAY)
        await backend.close()
        self.check()
        assert sorted(self.pop.raws()) == sorted(set(self.sent) - self.removed)
        assert (await self.pop.sync()).ok
        assert len(self.pop.world.items()) == len(self.pop.raws()), "the store shows what is here"
        left = {kept.raw for kept in self.server.mailbox}
        assert left == {"always": set(self.sent), "until-deleted": set(self.sent) - self.removed}.get(self.leave, set())


@pytest.fixture(params=LEAVE)
def siege(request: pytest.FixtureRequest) -> Iterator[Siege]:
    with short_home() as home, ScriptedPop3() as server:
        yield Siege(PopWorld(home, FrozenClock(START)), server, request.param)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as found:
        yield found


def visit(siege: Siege, nursery: Nursery, **when: Any) -> str:
    home = siege.pop.home
    assert home.root is not None
    return nursery.visit(home.root, "pop", siege.clock.now(), **when)


async def test_killed_at_every_step(siege: Siege, nursery: Nursery) -> None:
    for step in range(1, 200):
        siege.arrive(3 - len(set(siege.sent) - siege.removed - set(siege.pop.raws())))
        siege.clock.advance(DAY)
        word = visit(siege, nursery, step=step)
        siege.check()
        siege.person()
        if word == "done":
            break
        assert word == "killed"
    assert 10 < step < 199
    await siege.peace()


async def killed_at_moments(siege: Siege, nursery: Nursery, times: int) -> None:
    longest = 0.2
    for _ in range(times):
        siege.arrive(siege.rng.randint(1, 12))
        siege.clock.advance(siege.rng.choice([3600, DAY]))
        engine = siege.rng.random() < 0.5
        word = visit(siege, nursery, after=siege.rng.uniform(0.01, longest * (1 + engine)), engine=engine)
        assert word in {"done", "killed"}
        longest = max(0.05, longest * (0.9 if word == "done" else 1.1))
        siege.check()
        siege.person()
    await siege.peace()


async def test_killed_at_any_moment(siege: Siege, nursery: Nursery) -> None:
    await killed_at_moments(siege, nursery, 3)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_killed_at_any_of_two_hundred_moments(siege: Siege, nursery: Nursery) -> None:
    await killed_at_moments(siege, nursery, 50)


async def cut_anywhere(siege: Siege, times: int) -> None:
    for _ in range(times):
        siege.arrive(siege.rng.randint(1, 6))
        siege.clock.advance(siege.rng.choice([3600, DAY]))
        way = siege.rng.choice(["down", "up"])
        octets = siege.rng.randint(1, 300_000 if way == "down" else 900)
        rule = Cut(direction=way, after=octets, reset=siege.rng.random() < 0.5)
        with FaultProxy(siege.server.port, rule) as proxy:
            backend = siege.pop.backend(siege.pop.add(proxy.port, leave=siege.leave, leave_days=1))
            with suppress(Unreachable):
                await backend.collect(lambda _done, _total: None)
            await backend.close()
        siege.check()
        siege.person()
    await siege.peace()


async def test_cut_anywhere(siege: Siege) -> None:
    await cut_anywhere(siege, 4)


@pytest.mark.long
async def test_cut_at_two_hundred_places(siege: Siege) -> None:
    await cut_anywhere(siege, 50)


@pytest.mark.parametrize(
    "words", [b"+OK\r\n", b"DELE", b"RETR 2", b"QUIT", b"+OK marked"], ids=["greeted", "dele", "retr", "quit", "marked"]
)
async def test_cut_at_a_command(siege: Siege, words: bytes) -> None:
    siege.arrive(5)
    siege.clock.advance(DAY)
    with FaultProxy(siege.server.port) as proxy:
        for rule in (Cut(direction="up", before=words), Cut(direction="up", match=words), Cut(match=words)):
            proxy.rules = [rule]
            backend = siege.pop.backend(siege.pop.add(proxy.port, leave=siege.leave, leave_days=1))
            with suppress(Unreachable):
                await backend.collect(lambda _done, _total: None)
            await backend.close()
            siege.check()
            siege.arrive(1)
    await siege.peace()


class Disk:
    """A disk with room for so many octets of mail."""

    def __init__(self, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = room
        write = Landing.write

        def limited(landing: Landing, octets: Any, /) -> int:
            if self.room <= 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            part = octets[: self.room]
            self.room -= len(part)
            return write(landing, part)

        monkeypatch.setattr(Landing, "write", limited)


async def test_a_disk_that_fills_with_files(siege: Siege, monkeypatch: pytest.MonkeyPatch) -> None:
    siege.arrive(40)
    disk = Disk(0, monkeypatch)
    for room in (0, 10, 500, 40_000, 90_000):
        disk.room = room
        backend = siege.pop.backend(siege.pop.add(siege.server, leave=siege.leave, leave_days=1))
        with pytest.raises(StoreFull, match="disk is full"):
            await backend.collect(lambda _done, _total: None)
        await backend.close()
        siege.check()
        siege.arrive(4)
        assert not list(siege.pop.home.raw_dir.glob(".new-*")), "what is not whole gives its room back"
    disk.room = 1 << 30
    await siege.peace()


async def test_a_disk_that_fills_with_rows(siege: Siege) -> None:
    with siege.pop.local() as mail:
        siege.arrive(60)
        (pages,) = mail.keep.connection.execute("PRAGMA page_count").fetchone()
        mail.keep.connection.execute(f"PRAGMA max_page_count = {pages + 1}")
        backend = siege.pop.backend(siege.pop.add(siege.server, leave=siege.leave, leave_days=1))
        with pytest.raises(StoreFull, match="disk is full"):
            await backend.collect(lambda _done, _total: None)
        siege.check()
        mail.keep.connection.execute("PRAGMA max_page_count = 1000000")
        await backend.close()
    await siege.peace()
