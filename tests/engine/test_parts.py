"""Large messages: read without all of their parts, which come when somebody asks for them."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable

import pytest

from tests.backends.conformance import with_file
from tests.engine.world import World
from tui_mail.engine.engine import Engine
from tui_mail.engine.lanes import Urgency
from tui_mail.link.messages import CheckSignature, Done, Fetch, Progress, Render
from tui_mail.mime.rendered import Rendered, from_bytes
from tui_mail.model.errors import Gone, NotFound, Refused, StoreFull, Throttled, TuiMailError, Unreachable
from tui_mail.model.ids import AccountName, ItemId
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.mirror.results import Outline

MakeWorld = Callable[..., World]
ENCODED = b"QUJD" * 100_000


async def large(world: World, raw: bytes = b"") -> ItemId:
    world.server.deliver(raw or with_file(ENCODED))
    await world.synced()
    (item,) = [item.id for item in world.items() if item.size > 300_000]
    return item


def rendered(world: World, item: ItemId) -> Rendered:
    with world.reading() as reader:
        found = from_bytes(reader.rendered(item) or b"")
    assert found is not None
    return found


def outline(world: World, item: ItemId) -> Outline | None:
    with world.reading() as reader:
        return reader.outline(item)


def part(world: World, item: ItemId, path: str = "2") -> bytes | None:
    with world.reading() as reader:
        return reader.part(item, path)


async def two_ask(world: World, engine: Engine, item: ItemId) -> tuple[list[asyncio.Task[Done]], asyncio.Event]:
    """Two ask for the file of a message that was read, which is on its way until the event is set."""
    await engine.handle(Render(id=1, item=item))
    gate = world.server.gates["fetch 2"] = asyncio.Event()
    asking = [asyncio.create_task(engine.handle(Fetch(id=n, item=item, part="2"))) for n in (2, 3)]
    await world.until(lambda: "fetch 2" in world.server.calls)
    return asking, gate


def asked(world: World) -> list[str]:
    return [call for call in world.server.calls if call.startswith(("structure", "outline", "fetch"))]


async def test_reading_brings_the_text_and_what_is_known_of_the_rest(make_world: MakeWorld) -> None:
    world = make_world(2)
    async with world.running(alone=True) as engine:
        item = await large(world)
        for _ in range(2):
            assert (await engine.handle(Render(id=1, item=item))).ok
        assert asked(world) == ["structure", "outline 1.1 1.2"]
        shown = rendered(world, item)
        assert "Hello" in shown.text
        assert [(each.id, each.type, each.name, each.size, each.is_attachment) for each in shown.parts][2:] == [
            ("2", "application/pdf", "Plän.pdf", 292_308, True)
        ]
        found = outline(world, item)
        assert found is not None
        assert (found.absent, len(found.raw) < 1500) == (["2"], True)
        (row,) = [each for each in world.items() if each.id == item]
        assert (row.has_body, row.attachments, row.snippet) == (False, 1, "Hello")
    assert world.server.calls.count("fetch") == 0


async def test_a_part_comes_alone_and_stays(make_world: MakeWorld) -> None:
    world = make_world(0)
    async with world.running(alone=True) as engine:
        item = await large(world)
        asking, gate = await two_ask(world, engine, item)
        gate.set()
        assert [done.ok for done in await asyncio.gather(*asking)] == [True, True]
        assert (await engine.handle(Fetch(id=4, item=item, part="2"))).ok
        assert asked(world) == ["structure", "outline 1.1 1.2", "fetch 2"]
        assert part(world, item) == ENCODED
        told = [
            (each.done, each.total) for each in world.events if isinstance(each, Progress) and each.what == "message"
        ]
        assert told[-1] == (292_307, 292_307)
    async with world.running(alone=True) as engine:
        world.server.fail_next["connect"] = [Unreachable("No network.")]
        assert part(world, item) == ENCODED
        assert (await engine.handle(Fetch(id=5, item=item, part="2"))).ok, "what is here needs no server"


async def test_a_part_for_which_the_disk_has_no_room_leaves_nothing_behind(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    world = make_world(0)
    async with world.running(alone=True) as engine:
        item = await large(world)
        await engine.handle(Render(id=1, item=item))
        with monkeypatch.context() as patch:
            patch.setattr(RawFiles, "_settle", full)
            with pytest.raises(StoreFull):
                await engine.handle(Fetch(id=2, item=item, part="2"))
        assert list(world.home.raw_dir.iterdir()) == []
        await engine.handle(Fetch(id=3, item=item, part="2"))
        assert part(world, item) == ENCODED


async def test_a_part_nobody_waits_for_any_more_is_given_up(make_world: MakeWorld) -> None:
    world = make_world(0)
    async with world.running(alone=True) as engine:
        item = await large(world)
        asking, gate = await two_ask(world, engine, item)
        asking[0].cancel()
        await asyncio.wait(asking, timeout=0.05)
        assert not asking[1].done()
        asking[1].cancel()
        await asyncio.wait(asking)
        gate.set()
        await world.until(lambda: not list(world.home.raw_dir.glob(".new-*")))
        assert part(world, item) is None
        assert (await engine.handle(Fetch(id=4, item=item, part="2"))).ok
        assert part(world, item) == ENCODED


@pytest.mark.parametrize("error", [Refused("It makes no sense."), Throttled("Not now.", 60)], ids=["refused", "busy"])
@pytest.mark.parametrize("call", ["structure", "outline 1.1 1.2"])
async def test_where_the_server_cannot_say_it_comes_whole(
    make_world: MakeWorld, call: str, error: TuiMailError
) -> None:
    world = make_world(0)
    async with world.running(alone=True) as engine:
        item = await large(world)
        world.server.fail_next[call] = [error]
        assert (await engine.handle(Render(id=1, item=item))).ok
        assert asked(world)[-1] == "fetch"
        assert outline(world, item) is None
        assert rendered(world, item).parts[2].size == 300_000


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (with_file(b"QUJD" * 1000), "small"),
        (with_file(b"").replace(b"Hello\r\n", b"Hello " * 100_000 + b"\r\n"), "all text"),
        (with_file(ENCODED).replace(b"application/pdf", b"application/ms-tnef"), "files inside a part"),
    ],
    ids=["small", "all text", "winmail.dat"],
)
async def test_what_is_not_worth_taking_apart_comes_whole(make_world: MakeWorld, raw: bytes, why: str) -> None:
    world = make_world(0, bodies="none")
    async with world.running(alone=True) as engine:
        world.server.deliver(raw)
        await world.synced()
        (item,) = world.items()
        assert (await engine.handle(Render(id=1, item=item.id))).ok
        assert "fetch" in world.server.calls, why
        with world.reading() as reader:
            assert reader.raw(item.id) == raw


async def test_who_needs_all_of_it_gets_all_and_the_parts_give_way(make_world: MakeWorld) -> None:
    world = make_world(0)
    async with world.running(alone=True) as engine:
        item = await large(world)
        await engine.handle(Render(id=1, item=item))
        await engine.handle(Fetch(id=2, item=item, part="2"))
        assert (await engine.handle(CheckSignature(id=3, item=item))).ok
        assert asked(world)[-1] == "fetch"
        with world.reading() as reader:
            assert reader.raw(item) == with_file(ENCODED)
        assert (outline(world, item), part(world, item)) == (None, None)
        assert (await engine.handle(Fetch(id=4, item=item, part="2"))).ok
        assert (await engine.handle(Render(id=5, item=item))).ok
        assert rendered(world, item).parts[2].size == 300_000


async def test_a_part_of_a_message_that_made_room_comes_after_its_outline(make_world: MakeWorld) -> None:
    world = make_world(0)
    async with world.running(alone=True) as engine:
        item = await large(world)
        await engine.handle(Render(id=1, item=item))
        await engine.core.write(Urgency.PERSON, lambda writer: writer.evict(AccountName("work"), 1))
        assert outline(world, item) is None
        assert (await engine.handle(Fetch(id=2, item=item, part="2"))).ok
        assert asked(world) == ["structure", "outline 1.1 1.2"] * 2 + ["fetch 2"]
        assert part(world, item) == ENCODED


async def test_offline_what_was_read_can_be_read_and_the_rest_says_why_not(make_world: MakeWorld) -> None:
    world = make_world(0)
    async with world.running(alone=True) as engine:
        item = await large(world)
        await engine.handle(Render(id=1, item=item))
    async with world.running(alone=True) as engine:
        await unreachable(world, engine, item)


async def unreachable(world: World, engine: Engine, item: ItemId) -> None:
    world.server.fail_next["connect"] = [Unreachable("The server cannot be reached.") for _ in range(20)]
    assert (await engine.handle(Render(id=1, item=item, prefer="html"))).ok
    with pytest.raises(Unreachable, match="cannot be reached"):
        await engine.handle(Fetch(id=2, item=item, part="2"))


async def test_a_message_that_is_gone(make_world: MakeWorld) -> None:
    world = make_world(0)
    async with world.running(alone=True) as engine:
        item = await large(world)
        await engine.handle(Render(id=1, item=item))
        world.server.boxes["INBOX"].mails.clear()
        with pytest.raises((Gone, NotFound)):
            await engine.handle(Fetch(id=2, item=item, part="2"))
        assert not list(world.home.raw_dir.glob(".new-*"))
