import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.engine.world import World, add_account
from tests.fakes.memory_backend import MemoryServer, letter
from tui_mail.config.accountfiles import load_accounts, remove_account
from tui_mail.engine import render as rendering
from tui_mail.engine.lanes import Urgency
from tui_mail.link.client import Client
from tui_mail.link.messages import (
    Begun,
    Changed,
    Fetch,
    Message,
    Reload,
    Render,
    SaveAccount,
    State,
    Status,
    Stop,
    Sync,
    TryAccount,
    WaitOperations,
    Wake,
    Watch,
)
from tui_mail.mime.render import render
from tui_mail.mime.rendered import Rendered, from_bytes
from tui_mail.model.errors import (
    ConfigError,
    Gone,
    NotFound,
    SignInRefused,
    StoreFull,
    Unreachable,
    UsageError,
)
from tui_mail.model.ids import ItemId
from tui_mail.store.writer import Writer

MakeWorld = Callable[..., World]


def table(name: str = "home", **more: object) -> dict[str, object]:
    return {"name": name, "email": f"{name}@example.org", "kind": "demo", "password": "none", **more}


async def test_fetching_a_body_once_for_everybody(make_world: MakeWorld) -> None:
    world = make_world(3, bodies="none")
    async with world.running(alone=True) as engine:
        await world.synced()
        item = world.items()[0]
        gate = world.server.gates["fetch"] = asyncio.Event()
        asking = [asyncio.create_task(engine.handle(Fetch(id=n, item=item.id))) for n in range(3)]
        await world.until(lambda: "fetch" in world.server.calls)
        asking[0].cancel()
        gate.set()
        assert [done.ok for done in await asyncio.gather(*asking[1:])] == [True, True]
        assert world.server.calls.count("fetch") == 1
        assert (await engine.handle(Fetch(id=9, item=item.id))).ok
        assert world.server.calls.count("fetch") == 1
        with world.reading() as reader:
            assert reader.raw(item.id) == letter(2)
            assert reader.items([item.id])[0].snippet


async def test_a_body_that_is_gone_and_a_message_that_never_was(make_world: MakeWorld) -> None:
    world = make_world(3, bodies="none")
    async with world.running(alone=True) as engine:
        await world.synced()
        item = world.items()[0]
        assert item.uid is not None
        del world.server.boxes["INBOX"].mails[item.uid]
        with pytest.raises((Gone, NotFound)):
            await engine.handle(Fetch(id=1, item=item.id))
        with pytest.raises(NotFound, match="4711"):
            await engine.handle(Fetch(id=1, item=4711))
        await world.synced()


async def test_fetching_while_a_move_is_under_way(make_world: MakeWorld) -> None:
    world = make_world(2, bodies="none")
    async with world.running(alone=True) as engine:
        await world.synced()
        item = world.items()[0]
        gate = world.server.gates["fetch"] = asyncio.Event()
        asking = asyncio.create_task(engine.handle(Fetch(id=1, item=item.id)))
        await world.until(lambda: "fetch" in world.server.calls)
        with world.acting() as person:
            action = person.archive([item.id])
        assert action is not None
        await engine.handle(WaitOperations(id=2, operations=list(action.operations)))
        gate.set()
        assert (await asking).ok
        with world.reading() as reader:
            assert reader.raw(item.id) == letter(1)


async def test_rendering_fetches_what_is_missing_and_keeps_the_result(make_world: MakeWorld) -> None:
    world = make_world(2, bodies="none")
    async with world.running(alone=True) as engine:
        await world.synced()
        item = world.items()[0]
        for _ in range(2):
            assert (await engine.handle(Render(id=1, item=item.id))).ok
        with world.reading() as reader:
            kept = reader.rendered(item.id)
        assert kept is not None
        rendered = from_bytes(kept)
        assert rendered is not None
        assert "Hello." in rendered.text
        assert world.server.calls.count("fetch") == 1


def newsletter(sections: int = 900) -> bytes:
    rows = "".join(
        f"<table><tr><td><h2>Section {n}</h2><p>{'words ' * 12}</p></td></tr></table>" for n in range(sections)
    )
    return letter(9, f"<html>{rows}</html>").replace(b"\r\n\r\n", b"\r\nContent-Type: text/html\r\n\r\n", 1)


async def test_a_long_page_begins_before_the_store_has_its_message(make_world: MakeWorld) -> None:
    world = make_world(0, bodies="none")
    world.server.deliver(newsletter())
    async with world.running(alone=True) as engine:
        await world.synced()
        (item,) = world.items()
        seen: list[tuple[bool, Rendered | None]] = []

        def listen(event: Message) -> None:
            if isinstance(event, Begun):
                assert (event.item, event.prefer) == (item.id, "auto")
                with world.reading() as reader:
                    seen.append((reader.items([item.id])[0].has_body, from_bytes(reader.beginning(item.id) or b"")))

        engine.core.announcer.listeners.append(listen)
        assert (await engine.handle(Render(id=1, item=item.id))).ok
        ((has_body, beginning),) = seen
        assert not has_body
        with world.reading() as reader:
            whole = from_bytes(reader.rendered(item.id) or b"")
            assert reader.raw(item.id) == newsletter()
            assert reader.beginning(item.id) is None
        assert beginning is not None
        assert whole is not None
        assert (beginning.begins, whole.begins) == (True, False)
        assert whole.text.startswith(beginning.text)
        assert "Section 899" in whole.text


async def test_a_page_that_is_here_begins_too_and_what_is_rendered_ahead_tells_nobody(make_world: MakeWorld) -> None:
    world = make_world(0, bodies="none")
    world.server.deliver(newsletter())
    async with world.running(alone=True) as engine:
        await world.synced()
        (item,) = world.items()
        assert (await engine.handle(Fetch(id=1, item=item.id))).ok
        await rendering.render_ahead(engine.core, [item.id])
        assert not any(isinstance(event, Begun) for event in world.events)
        assert (await engine.handle(Render(id=2, item=item.id, prefer="html"))).ok
        assert [event.prefer for event in world.events if isinstance(event, Begun)] == ["html"]


async def test_a_long_page_that_is_rendered_ahead_holds_up_nobody(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, gate = threading.Event(), threading.Event()

    def slowly(raw: bytes, **options: Any) -> Rendered:
        if len(raw) > 50_000:
            begun.set()
            assert gate.wait(60)
        return render(raw, **options)

    monkeypatch.setattr(rendering, "render", slowly)
    world = make_world(1, bodies="none")
    world.server.deliver(newsletter())
    async with world.running(alone=True) as engine:
        await world.synced()
        long, short = world.items()
        assert (await engine.handle(Fetch(id=1, item=long.id))).ok
        ahead = asyncio.create_task(rendering.render_ahead(engine.core, [long.id]))
        await world.until(begun.is_set)
        assert (await engine.handle(Render(id=2, item=short.id))).ok
        with world.reading() as reader:
            assert reader.rendered(short.id) is not None
            assert reader.rendered(long.id) is None
        gate.set()
        await ahead
        with world.reading() as reader:
            assert reader.rendered(long.id) is not None


async def test_a_message_that_could_not_be_stored_can_be_asked_for_again(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> bool:
        raise StoreFull("There is no room.")

    world = make_world(0, bodies="none")
    world.server.deliver(newsletter())
    async with world.running(alone=True) as engine:
        await world.synced()
        (item,) = world.items()
        with monkeypatch.context() as patch:
            patch.setattr(Writer, "put_body", full)
            with pytest.raises(StoreFull):
                await engine.handle(Render(id=1, item=item.id))
        with world.reading() as reader:
            assert reader.rendered(item.id) is None
        assert (await engine.handle(Render(id=2, item=item.id))).ok
        with world.reading() as reader:
            assert reader.rendered(item.id) is not None


async def test_what_is_on_a_screen_is_fetched_and_rendered_ahead(make_world: MakeWorld) -> None:
    world = make_world(6, bodies="recent", body_days=1)  # all of it is older
    async with world.running() as engine:
        await world.until(lambda: len(world.items()) == 6)
        shown = [item.id for item in world.items()[:3]]
        runner = engine.supervisor.runner("work")
        await world.until(lambda: runner.state == "online")
        await engine.handle(Watch(id=1, folder=world.folder("INBOX"), items=list(shown)), client=7)
        await world.until(lambda: {item.id for item in world.items() if item.has_body} == set(shown))

        def rendered(item: ItemId) -> bytes | None:
            with world.reading() as reader:
                return reader.rendered(item)

        await world.until(lambda: all(rendered(item) for item in shown))


async def test_where_nothing_is_to_be_fetched_ahead_a_screen_changes_nothing(make_world: MakeWorld) -> None:
    world = make_world(3, bodies="none")
    async with world.running(alone=True) as engine:
        await world.synced()
        first, *others = (item.id for item in world.items())
        assert (await engine.handle(Render(id=1, item=first))).ok
        shown = await engine.supervisor.runner("work").use(lambda session: session.bodies.these([first, *others]))
        assert shown == [first, *others], "what is here is rendered ahead all the same"
        assert [item.id for item in world.items() if item.has_body] == [first], "only what was opened"


async def test_what_lays_out_pages_is_started_for_who_looks_at_a_list(make_world: MakeWorld) -> None:
    world = make_world(1)
    async with world.running(alone=True) as engine:
        await world.synced()
        folder, (item,) = world.folder("INBOX"), world.items()
        for items in ([], [int(item.id)]):
            await engine.handle(Watch(id=1, folder=folder, items=items), client=7)
            assert await engine.core.render(Urgency.PERSON, lambda worker: worker._process is not None) is bool(items)


async def test_a_folder_on_a_screen_is_looked_at_every_minute(make_world: MakeWorld) -> None:
    world = make_world(1)
    async with world.running() as engine:
        runner = engine.supervisor.runner("work")
        await world.until(lambda: len(world.items()) == 1 and runner.state == "online")
        await engine.handle(Watch(id=1, folder=world.folder("Archive")), client=7)
        world.server.deliver(letter(30), "Archive")
        for _ in range(1_500):
            if world.items("Archive"):
                break
            world.clock.advance(10)  # type: ignore[attr-defined]  # a frozen clock
            await asyncio.sleep(0.02)
        assert world.subjects("Archive") == ["Letter 30"]


async def test_status(make_world: MakeWorld) -> None:
    world = make_world(1)
    async with world.running(alone=True) as engine:
        before = (await engine.handle(Status(id=1))).result
        assert before["engine"]["running"] is True
        assert before["accounts"] == [{"name": "work", "state": "offline", "message": "", "last_sync": None}]
        await world.synced()
        after = (await engine.handle(Status(id=1))).result
        assert after["accounts"][0]["state"] == "online"
        assert after["accounts"][0]["last_sync"].endswith("Z")


async def test_trying_an_account(make_world: MakeWorld) -> None:
    world = make_world(0)
    world.servers["home"] = MemoryServer(0)
    async with world.running(alone=True) as engine:
        done = await engine.handle(TryAccount(id=1, account=table(), secret="hunter2"))
        assert world.secrets["home"] == "hunter2"
        assert done.result["server"] == "memory"
        assert "move" in done.result["capabilities"]
        assert done.result["folders"] == 3
        world.servers["home"].fail_connect = SignInRefused("Wrong password.")
        with pytest.raises(SignInRefused):
            await engine.handle(TryAccount(id=1, account=table(), secret="x"))
        with pytest.raises(ConfigError):
            await engine.handle(TryAccount(id=1, account={"name": "home"}))
        assert world.servers["home"].calls[-1] == "close"
        assert [account.name for account in load_accounts(world.home)] == ["work"]


async def test_saving_an_account_starts_it(make_world: MakeWorld) -> None:
    world = make_world(0)
    world.servers["home"] = MemoryServer(3)
    async with world.running() as engine:
        done = await engine.handle(SaveAccount(id=1, account=table(), secret="hunter2", where="file"))
        assert done.ok
        await world.until(lambda: len(world.items()) == 3)
        assert world.secrets["home"] == "hunter2"
        assert world.home.root is not None
        holders = [path for path in world.home.root.rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]
        assert holders == [world.home.data / "secrets" / "home"]
        with pytest.raises(UsageError):
            await engine.handle(SaveAccount(id=1, account=table(), secret="x", where="wall"))


async def test_reloading_starts_stops_and_forgets(make_world: MakeWorld) -> None:
    world = make_world(2)
    world.servers["home"] = MemoryServer(3)
    async with world.running() as engine:
        await world.until(lambda: len(world.items()) == 2)
        add_account(world.home, "home")
        await engine.handle(Reload(id=1))
        await world.until(lambda: len(world.items()) == 5)
        remove_account(world.home, "work")
        await engine.handle(Reload(id=1))
        assert list(engine.supervisor.runners) == ["home"]
        assert len(world.items()) == 3
        (world.home.accounts_dir / "home.toml").write_text("nonsense = 1\n")
        with pytest.raises(ConfigError):
            await engine.handle(Reload(id=1))
        assert list(engine.supervisor.runners) == ["home"]


async def test_an_unknown_account_is_named(make_world: MakeWorld) -> None:
    world = make_world(0)
    async with world.running(alone=True) as engine:
        with pytest.raises(NotFound, match="work"):
            await engine.handle(Sync(id=1, account="nobody"))


async def test_a_connection_found_dead_is_made_anew_once(make_world: MakeWorld) -> None:
    world = make_world(2, bodies="none")
    async with world.running(alone=True) as engine:
        await world.synced()
        item = world.items()[0]
        world.server.fail_next["fetch"] = [Unreachable("Lost.")]
        assert (await engine.handle(Fetch(id=1, item=item.id))).ok
        assert world.server.connections == 2
        other = world.items()[1]
        world.server.fail_next["fetch"] = [Unreachable("Lost."), Unreachable("Lost again.")]
        with pytest.raises(Unreachable, match="again"):
            await engine.handle(Fetch(id=1, item=other.id))


async def test_what_runs_for_a_client_ends_with_its_connection(make_world: MakeWorld) -> None:
    """Else an old connection's work would go on beside the new one's."""
    world = make_world(2, bodies="none")
    async with world.running(alone=True) as engine:
        await world.synced()
        first, second = world.items()
        world.server.gates["fetch"] = asyncio.Event()
        waiting = asyncio.create_task(engine.handle(Fetch(id=1, item=first.id)))
        await world.until(lambda: "fetch" in world.server.calls)
        world.server.fail_next["folders"] = [Unreachable("Lost."), Unreachable("Lost again.")]
        world.server.fail_connect = Unreachable("No route.")
        done = await engine.handle(Sync(id=2))
        assert (done.ok, done.text) == (False, "No route.")
        with pytest.raises(Unreachable):
            await waiting
        assert not second.has_body


async def test_over_the_socket(make_world: MakeWorld) -> None:
    world = make_world(5)
    async with world.running():
        client = await Client.connect(world.home)
        done = await client.request(Sync(id=0))
        assert done.ok
        assert len(world.items()) == 5
        failed = await client.request(Fetch(id=0, item=999))
        assert (failed.ok, failed.kind) == (False, "not-found")
        with world.acting() as person:
            action = person.archive([world.items()[0].id])
        assert action is not None
        await client.request(Wake(id=0))
        assert (await client.request(WaitOperations(id=0, operations=list(action.operations)))).ok
        assert world.server.subjects("Archive") == ["Letter 4"]
        await client.close()


async def test_stopping_answers_first(make_world: MakeWorld) -> None:
    world = make_world(0)
    async with world.running() as engine:
        client = await Client.connect(world.home)
        assert (await client.request(Stop(id=0))).ok
        await world.until(engine._ending.is_set)
    async for event in client.events():
        assert isinstance(event, (State, Changed))
    await client.close()


async def test_an_account_that_is_silent_keeps_no_other_waiting(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_mail.engine.requests.SILENCE", 3.0)
    world = make_world(2)
    add_account(world.home, "quiet")
    world.servers["quiet"] = MemoryServer()
    world.servers["quiet"].gates["folders"] = asyncio.Event()
    async with world.running(alone=True) as engine:
        done = await engine.handle(Sync(id=1))
    assert (done.ok, done.kind) == (False, "stalled")
    by_name = {each["name"]: each for each in done.result["accounts"]}
    assert (by_name["work"]["new"], by_name["work"]["error"]) == (2, "")
    assert by_name["quiet"]["kind"] == "stalled"
    assert "try again later" in by_name["quiet"]["error"]
