import asyncio
import os
from collections.abc import Callable

import pytest

from tests.engine.world import PATIENCE, START, World
from tests.fakes.memory_backend import MemoryBackend, letter
from tui_mail.engine.engine import Engine
from tui_mail.engine.host import host_once, run_engine
from tui_mail.link.client import Client
from tui_mail.link.lock import EngineLock, lock_holder
from tui_mail.link.messages import Message, Progress, Sync
from tui_mail.model.clock import FrozenClock, SystemClock
from tui_mail.model.errors import EngineRunning, SignInRefused, StoreDamaged, Unreachable
from tui_mail.model.flags import Flag
from tui_mail.store.disk import files

MakeWorld = Callable[..., World]


class Slept(FrozenClock):
    """A clock of which the wall runs on while the machine sleeps."""

    def __init__(self, start: float) -> None:
        super().__init__(start)
        self.slept = 0.0

    def now(self) -> float:
        return self.instant + self.slept


def engine_of(world: World, *, stay: bool = False) -> Engine:
    return Engine(
        world.home,
        world.clock,
        stay=stay,
        backends=lambda account, _secret, _alert: MemoryBackend(world.servers[account.name]),
        tick=0.002,
    )


async def outlives(world: World, life: asyncio.Task[None], seconds: float) -> bool:
    """Move the clock on in small steps; False when the engine ended by itself meanwhile."""
    assert isinstance(world.clock, FrozenClock)
    passed = 0.0
    while passed < seconds and not life.done():
        world.clock.advance(10.0)
        passed += 10.0
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    return not life.done()


async def test_it_ends_ten_minutes_after_its_last_client(make_world: MakeWorld) -> None:
    world = make_world(1)
    with EngineLock(world.home):
        files.prepare(world.home, world.clock)
        engine = engine_of(world)
        await engine.start()
        life = asyncio.create_task(engine.run())
        client = await Client.connect(world.home)
        await world.until(world.items)
        assert await outlives(world, life, 3000)
        await client.close()
        await world.until(lambda: engine._server.clients == 0)
        assert await outlives(world, life, 580)
        await world.until(life.done, step=10)
        await engine.stop()


async def test_told_to_stay_it_stays(make_world: MakeWorld) -> None:
    world = make_world(1)
    with EngineLock(world.home):
        files.prepare(world.home, world.clock)
        engine = engine_of(world, stay=True)
        await engine.start()
        life = asyncio.create_task(engine.run())
        assert await outlives(world, life, 2000)
        engine.end()
        await asyncio.wait_for(life, PATIENCE)
        await engine.stop()


@pytest.mark.parametrize("signed_in", [True, False])
async def test_what_is_due_without_the_person_keeps_it(make_world: MakeWorld, signed_in: bool) -> None:
    world = make_world(2)
    async with world.running(alone=True):
        await world.synced()
        with world.acting() as person:
            person.mark([world.items()[0].id], add=Flag.SEEN)
    world.server.fail_connect = Unreachable("No route.") if signed_in else SignInRefused("Wrong password.")
    with EngineLock(world.home):
        engine = engine_of(world)
        await engine.start()
        life = asyncio.create_task(engine.run())
        await world.until(lambda: engine.supervisor.runner("work").state in ("offline", "sign-in"))
        if signed_in:
            assert await outlives(world, life, 1500)
            world.server.fail_connect = None
        await world.until(life.done, step=10)
        if signed_in:
            assert world.pending() == 0
        await engine.stop()


async def test_after_a_sleep_connections_are_made_anew(make_world: MakeWorld) -> None:
    world = make_world(1)
    world.clock = clock = Slept(START)
    async with world.running() as engine:
        await world.until(lambda: "wait" in world.server.calls and len(world.items()) == 1)
        clock.slept = 3600.0
        clock.advance(6)
        await world.until(lambda: world.server.connections == 2)
        world.server.deliver(letter(8))
        await world.until(lambda: len(world.items()) == 2)
        assert engine.supervisor.runner("work").state in ("online", "syncing")


async def test_damage_found_on_the_way_ends_it_so_that_the_store_is_made_anew(make_world: MakeWorld) -> None:
    world = make_world(1)
    with EngineLock(world.home):
        files.prepare(world.home, world.clock)
        engine = engine_of(world)
        await engine.start()
        life = asyncio.create_task(engine.run())
        engine._damaged(StoreDamaged("mail.db is damaged."))
        with pytest.raises(StoreDamaged):
            await asyncio.wait_for(life, PATIENCE)
        await engine.stop()


def test_a_store_found_damaged_while_running_is_made_anew(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(1)
    lives = []

    async def run(self: Engine) -> None:
        lives.append(self)
        if len(lives) == 1:
            raise StoreDamaged("mail.db is damaged.")

    monkeypatch.setattr(Engine, "run", run)
    monkeypatch.setattr("sys.setswitchinterval", lambda _seconds: None)
    umask = os.umask(0o077)
    try:
        assert run_engine(world.home, clock=world.clock) == 0
    finally:
        os.umask(umask)
    assert len(lives) == 2
    assert list(world.home.data.glob("mail.db.*damaged*"))
    assert "mail.db was damaged" in world.home.log_file.read_text()
    assert lock_holder(world.home) is None


async def test_an_engine_whose_home_was_removed_ends(make_world: MakeWorld) -> None:
    world = make_world(1)
    with EngineLock(world.home):
        files.prepare(world.home, world.clock)
        engine = engine_of(world, stay=True)
        await engine.start()
        life = asyncio.create_task(engine.run())
        assert await outlives(world, life, 60)
        world.home.lock_file.unlink()
        await world.until(life.done, step=10)
        await engine.stop()


async def test_a_failed_start_leaves_nothing_running(make_world: MakeWorld) -> None:
    world = make_world(1)
    world.home.socket.write_text("in the way")
    with EngineLock(world.home):
        files.prepare(world.home, world.clock)
        with pytest.raises(Exception, match="in the way"):
            await engine_of(world).start()
        world.home.socket.unlink()
        engine = engine_of(world)
        await engine.start()
        await engine.stop()


def test_one_request_hosted(make_world: MakeWorld) -> None:
    world = make_world(40)
    heard: list[Message] = []
    done = host_once(
        world.home,
        Sync(id=3),
        clock=SystemClock(),
        on_event=heard.append,
        backends=lambda account, _secret, _alert: MemoryBackend(world.servers[account.name]),
    )
    assert (done.ok, done.id) == (True, 3)
    assert any(isinstance(event, Progress) for event in heard)
    assert len(world.items()) == 40
    assert lock_holder(world.home) is None
    assert not world.home.socket.exists()


def test_a_hosted_request_that_stalls(make_world: MakeWorld) -> None:
    world = make_world(1)
    world.server.gates["folders"] = asyncio.Event()
    done = host_once(
        world.home,
        Sync(id=3),
        clock=SystemClock(),
        silence=0.2,
        backends=lambda account, _secret, _alert: MemoryBackend(world.servers[account.name]),
    )
    assert (done.ok, done.kind) == (False, "stalled")


def test_a_hosted_request_beside_an_engine(make_world: MakeWorld) -> None:
    world = make_world(1)
    with EngineLock(world.home), pytest.raises(EngineRunning):
        host_once(world.home, Sync(id=3), clock=SystemClock())
