"""What comes from outside: alerts of servers, another network, a request to stay away."""

import asyncio
from collections.abc import Callable

import pytest

from tests.engine.world import World
from tests.fakes.memory_backend import MemoryBackend, letter
from tui_mail.engine.engine import Engine
from tui_mail.engine.network import source_addresses
from tui_mail.engine.timing import Backoff
from tui_mail.link.lock import EngineLock
from tui_mail.link.messages import Alert, State
from tui_mail.model.clock import FrozenClock
from tui_mail.model.errors import Throttled, Unreachable
from tui_mail.store.disk import files
from tui_mail.store.gestures.journal import Journal

MakeWorld = Callable[..., World]


async def test_an_alert_is_told_and_kept_until_somebody_read_it(make_world: MakeWorld) -> None:
    world = make_world(1)
    world.server.alert = "\x1b[2JYour mailbox is [almost] full."
    async with world.running(alone=True):
        await world.synced()
        await world.until(lambda: any(isinstance(event, Alert) for event in world.events))
    world.events.clear()
    with world.reading() as reader:
        (kept,) = reader.alerts()
        assert (kept.account, kept.text) == ("work", world.server.alert)
        journal = Journal(world.home, world.clock)
        journal.alerts_read([kept.id])
        journal.close()
    async with world.running(alone=True):
        await world.synced()
    with world.reading() as reader:
        assert reader.alerts() == []
    assert not any(isinstance(event, Alert) for event in world.events), "it was read a moment ago"


class Network:
    """The addresses of this machine, changed by hand."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    def __call__(self) -> tuple[str, ...]:
        return self.addresses


class Running:
    """An engine on a network of the test's own, its clock moved by hand."""

    def __init__(self, world: World, network: Network) -> None:
        self.world = world
        self.engine = Engine(
            world.home,
            world.clock,
            stay=True,
            backends=lambda account, _secret, _alert: MemoryBackend(world.servers[account.name]),
            network=network,
            tick=0.002,
        )
        self._lock = EngineLock(world.home)
        self._life: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Engine:
        self._lock.acquire()
        files.prepare(self.world.home, self.world.clock)
        await self.engine.start()
        self._life = asyncio.create_task(self.engine.run())
        return self.engine

    async def __aexit__(self, *_error: object) -> None:
        self.engine.end()
        if self._life is not None:
            await self._life
        await self.engine.stop()
        self._lock.release()


async def beats(world: World, count: int = 3) -> None:
    assert isinstance(world.clock, FrozenClock)
    for _beat in range(count):
        world.clock.advance(6)
        await asyncio.sleep(0.03)


async def test_on_another_network_connections_are_made_anew(make_world: MakeWorld) -> None:
    world = make_world(1)
    network = Network("10.0.0.5")
    async with Running(world, network) as engine:
        await world.until(lambda: "wait" in world.server.calls and len(world.items()) == 1)
        await beats(world)
        assert world.server.connections == 1
        network.addresses = ("192.168.1.7", "fd00::7")
        await world.until(lambda: world.server.connections == 2, step=1)
        world.server.deliver(letter(8))
        await world.until(lambda: len(world.items()) == 2)
        await beats(world)
        assert world.server.connections == 2
        network.addresses = ()
        await beats(world)
        assert world.server.connections == 2, "without a network there is nothing to connect to"
        assert engine.supervisor.runner("work").state in ("online", "syncing")


async def test_a_network_that_is_back_ends_the_waiting(make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backoff, "delay", lambda _self, _error: 1e9)
    world = make_world(1)
    world.server.fail_connect = Unreachable("No route.")
    network = Network()
    async with Running(world, network) as engine:
        runner = engine.supervisor.runner("work")
        await world.until(lambda: runner.text == "No route.")
        world.server.fail_connect = None
        await beats(world)
        assert world.server.calls.count("connect") == 1
        network.addresses = ("10.0.0.5",)
        await world.until(lambda: len(world.items()) == 1, step=1)
        assert world.server.calls.count("connect") == 2


async def test_the_state_says_what_kind_of_trouble_it_is(make_world: MakeWorld) -> None:
    world = make_world(1)
    world.server.fail_next["connect"] = [Throttled("Too many connections.", 120.0)]
    async with world.running() as engine:
        runner = engine.supervisor.runner("work")
        await world.until(lambda: runner.text == "Too many connections.")
        last = [event for event in world.events if isinstance(event, State)][-1]
        assert (last.state, last.kind, last.retry_at) == ("offline", "throttled", world.clock.now() + 120.0)
        assert (runner.kind, runner.retry_at) == ("throttled", last.retry_at)


def test_the_addresses_of_this_machine_are_asked_for_without_sending_anything() -> None:
    found = source_addresses()
    assert found == source_addresses()
    assert all(":" in address or address.count(".") == 3 for address in found)
