import asyncio
from collections.abc import Callable

from tests.engine.world import START, World, add_account
from tests.fakes.memory_backend import MemoryServer, letter
from tui_mail.engine.timing import BACKOFF_CAP
from tui_mail.link.messages import Changed, Progress, State, Sync
from tui_mail.model.clock import FrozenClock
from tui_mail.model.errors import Refused, SignInRefused, Throttled, Unreachable
from tui_mail.model.flags import Flag

MakeWorld = Callable[..., World]


async def test_a_first_synchronisation_brings_everything(make_world: MakeWorld) -> None:
    world = make_world(230)
    world.server.deliver(letter(900), "Archive", Flag.SEEN)
    async with world.running(alone=True) as engine:
        done = await engine.handle(Sync(id=4))
    assert done.id == 4
    assert done.result == {
        "accounts": [{"name": "work", "state": "online", "new": 231, "done": 0, "sent": 0, "error": "", "kind": ""}]
    }
    assert world.subjects() == world.server.subjects("INBOX")
    assert world.subjects("Archive") == ["Letter 900"]
    assert world.counts() == (230, 230)
    assert world.counts("Archive") == (1, 0)
    progress = [event for event in world.events if isinstance(event, Progress) and event.total == 230]
    assert progress[0].done < progress[-1].done == progress[-1].total == 230


async def test_again_nothing_is_new_and_nothing_is_asked_twice(make_world: MakeWorld) -> None:
    world = make_world(60)
    async with world.running(alone=True) as engine:
        await world.synced()
        world.server.calls.clear()
        done = await engine.handle(Sync(id=1))
        assert done.result["accounts"][0]["new"] == 0
        assert world.server.calls == ["folders"]
    world.server.calls.clear()
    async with world.running(alone=True):
        await world.synced()
    assert "bodies" not in world.server.calls
    assert world.counts() == (60, 60)


async def test_a_running_engine_synchronises_by_itself_and_hears_of_new_mail(make_world: MakeWorld) -> None:
    world = make_world(10)
    async with world.running():
        await world.until(lambda: "wait" in world.server.calls and len(world.items()) == 10)
        await world.until(lambda: all(item.has_body for item in world.items()))
        world.server.deliver(letter(77))
        await world.until(lambda: "Letter 77" in world.subjects())
        await world.until(lambda: all(item.has_body for item in world.items()))
        await world.until(lambda: sum(each.new_mail for each in world.events if isinstance(each, Changed)) == 1)
    states = [event.state for event in world.events if isinstance(event, State)]
    assert states[0] == "connecting"
    assert "online" in states


async def test_what_others_change_and_delete_is_seen(make_world: MakeWorld) -> None:
    world = make_world(5)
    async with world.running(alone=True):
        await world.synced()
        box = world.server.boxes["INBOX"]
        box.modseq += 1
        box.mails[2].flags |= Flag.SEEN | Flag.FLAGGED
        box.mails[2].modseq = box.modseq
        world.server.remove("INBOX", 4)
        await world.synced()
    assert world.counts() == (4, 3)
    assert {item.uid: item.flags for item in world.items()} == {
        1: Flag.NONE,
        2: Flag.SEEN | Flag.FLAGGED,
        3: Flag.NONE,
        5: Flag.NONE,
    }


async def test_folders_in_which_nothing_happened_are_synchronised_too(make_world: MakeWorld) -> None:
    world = make_world(5)
    async with world.running(alone=True):
        await world.synced()
        assert isinstance(world.clock, FrozenClock)
        world.clock.advance(600)
        world.server.calls.clear()
        await world.synced()
        assert world.server.calls == ["folders"]
        with world.reading() as reader:
            assert {folder.last_sync for folder in reader.folders()} == {int(START) + 600}


async def test_renumbered_messages_keep_their_ids_and_bodies(make_world: MakeWorld) -> None:
    world = make_world(30, page=7)
    async with world.running(alone=True):
        await world.synced()
        before = {item.subject: item.id for item in world.items()}
        world.server.renumber("INBOX")
        world.server.calls.clear()
        await world.synced()
        after = {item.subject: item.id for item in world.items()}
        assert after == before
        assert "bodies" not in world.server.calls
        assert world.counts() == (30, 30)
        assert {item.uid for item in world.items()} == set(world.server.boxes["INBOX"].mails)


async def test_a_lost_connection_is_taken_up_where_it_was(make_world: MakeWorld) -> None:
    world = make_world(200, page=20)
    world.server.fail_next["page"] = [Unreachable("Lost.")]
    async with world.running(alone=True) as engine:
        failed = await engine.handle(Sync(id=1))
        assert (failed.ok, failed.kind) == (False, "unreachable")
        assert failed.result["accounts"][0]["state"] == "offline"
        assert failed.result["accounts"][0]["error"] == "Lost."
        await world.synced()
    assert world.subjects() == world.server.subjects("INBOX")
    assert world.counts() == (200, 200)


async def test_most_of_a_folder_vanishing_is_asked_about_twice(make_world: MakeWorld) -> None:
    world = make_world(300)
    async with world.running(alone=True):
        await world.synced()
        box = world.server.boxes["INBOX"]
        kept = dict(box.mails)
        box.mails = {uid: mail for uid, mail in kept.items() if uid <= 20}
        box.modseq += 1
        world.server.calls.clear()
        await world.synced()
        assert world.server.calls.count("changes") == 2
        assert world.counts()[0] == 20


async def test_a_server_that_forgets_for_a_moment_loses_nothing_here(make_world: MakeWorld) -> None:
    world = make_world(300)
    async with world.running(alone=True):
        await world.synced()
        box = world.server.boxes["INBOX"]
        kept = dict(box.mails)

        async def forget(name: str) -> None:
            world.server.calls.append(name)
            if name == "changes":
                count = world.server.calls.count("changes")
                box.mails = {} if count == 1 else dict(kept)

        world.server.calls.clear()
        box.modseq += 1
        world.server.call = forget  # type: ignore[method-assign]  # the server misbehaves
        await world.synced()
    assert world.counts()[0] == 300


async def test_a_refused_folder_does_not_stop_the_others(make_world: MakeWorld) -> None:
    world = make_world(3)
    world.server.deliver(letter(50), "Trash")
    world.server.fail_next["changes"] = [Refused("No access."), Refused("No access.")]
    async with world.running(alone=True):
        await world.synced()
        assert world.subjects("Trash") == ["Letter 50"]
        assert [trouble.kind for trouble in world.troubles()] == ["refused", "refused"]
        assert "INBOX" in world.troubles()[0].text
        await world.synced()
        assert world.counts()[0] == 3


async def test_one_folder_only(make_world: MakeWorld) -> None:
    world = make_world(3)
    world.server.deliver(letter(50), "Trash")
    async with world.running(alone=True) as engine:
        done = await engine.handle(Sync(id=1, account="work", folder="trash"))
        assert done.result["accounts"][0]["new"] == 1
        assert world.subjects() == []
        missing = await engine.handle(Sync(id=1, folder="Nowhere"))
        assert (missing.ok, missing.kind) == (False, "not-found")
        await world.synced()


async def test_only_the_folders_an_account_chooses(make_world: MakeWorld) -> None:
    world = make_world(3, folders=["Trash"])
    world.server.deliver(letter(50), "Trash")
    async with world.running(alone=True):
        await world.synced()
    assert world.subjects() == []
    assert world.subjects("Trash") == ["Letter 50"]


async def test_bodies_by_policy(make_world: MakeWorld) -> None:
    world = make_world(0)
    now = int(world.clock.now())
    world.server.deliver(letter(1), received=now - 3600)
    world.server.deliver(letter(2), received=now - 100 * 86_400)
    world.server.deliver(letter(3, "x" * 300_000), received=now - 3600)
    async with world.running(alone=True) as engine:
        await engine.handle(Sync(id=1, bodies="none"))
        assert not any(item.has_body for item in world.items())
        await world.synced()
        assert {item.subject for item in world.items() if item.has_body} == {"Letter 1"}
        await engine.handle(Sync(id=1, bodies="all"))
        assert all(item.has_body for item in world.items())
        assert world.server.calls.count("bodies") == 2


async def test_bodies_the_server_does_not_give_are_not_asked_for_again(make_world: MakeWorld) -> None:
    world = make_world(3)
    async with world.running(alone=True) as engine:
        await engine.handle(Sync(id=1, bodies="none"))
        del world.server.boxes["INBOX"].mails[2]
        await engine.handle(Sync(id=1, bodies="all"))
        asked = world.server.calls.count("bodies")
        await engine.handle(Sync(id=1, bodies="all"))
        assert world.server.calls.count("bodies") == asked


async def test_a_refused_sign_in_stops_and_asks(make_world: MakeWorld) -> None:
    world = make_world(3)
    world.server.fail_connect = SignInRefused("Wrong password.")
    async with world.running(stay=True) as engine:
        await world.until(lambda: engine.supervisor.runners)
        runner = engine.supervisor.runner("work")
        await world.until(lambda: runner.state == "sign-in")
        assert isinstance(world.clock, FrozenClock)
        for _ in range(5):
            world.clock.advance(3600)
            await world.until(lambda: runner.state == "sign-in")
        assert world.server.calls.count("connect") == 1
        assert [(trouble.kind, trouble.text) for trouble in world.troubles()] == [("sign-in", "Wrong password.")]
        done = await engine.handle(Sync(id=1))
        assert (done.ok, done.kind) == (False, "sign-in")
        assert done.result["accounts"][0]["state"] == "sign-in"
        assert world.server.calls.count("connect") == 2
        world.server.fail_connect = None
        await world.synced()
        assert world.counts()[0] == 3


async def test_an_unreachable_server_is_left_alone_for_longer_and_longer(make_world: MakeWorld) -> None:
    world = make_world(3)
    world.server.fail_connect = Unreachable("No route.")
    assert isinstance(world.clock, FrozenClock)
    async with world.running(stay=True) as engine:  # for hours, as the clock goes
        runner = engine.supervisor.runner("work")
        await world.until(lambda: runner.text == "No route.")
        for number in range(1, 12):
            await world.until(lambda number=number: world.server.calls.count("connect") == number)  # type: ignore[misc]
            await world.until(lambda: runner.retry_at > world.clock.now())
            assert runner.retry_at <= world.clock.now() + BACKOFF_CAP
            world.clock.advance(BACKOFF_CAP + 1)
        world.server.fail_connect = None
        await world.until(lambda: len(world.items()) == 3, step=1)


async def test_the_hint_of_the_server_is_kept(make_world: MakeWorld) -> None:
    world = make_world(1)
    world.server.fail_next["connect"] = [Throttled("Too many.", 120.0)]
    assert isinstance(world.clock, FrozenClock)
    async with world.running() as engine:
        runner = engine.supervisor.runner("work")
        await world.until(lambda: runner.text == "Too many.")
        retry_at = [event.retry_at for event in world.events if isinstance(event, State)][-1]
        assert retry_at == world.clock.now() + 120.0
        world.clock.advance(121)
        await world.until(lambda: runner.state == "online")


async def test_a_token_that_ran_out_is_asked_for_once_more(make_world: MakeWorld) -> None:
    world = make_world(1, password="token", token_command=["/bin/echo", "abc"])
    world.server.fail_next["connect"] = [SignInRefused("Expired.")]
    async with world.running(alone=True):
        await world.synced()
    assert world.secrets["work"] == "abc"
    assert world.server.calls.count("connect") == 2
    assert world.troubles() == []


async def test_accounts_do_not_wait_for_each_other(make_world: MakeWorld) -> None:
    world = make_world(3)
    add_account(world.home, "home")
    world.servers["home"] = MemoryServer(4)
    world.servers["work"].fail_connect = Unreachable("No route.")
    async with world.running(alone=True) as engine:
        done = await engine.handle(Sync(id=1))
        assert (done.ok, done.kind) == (False, "unreachable")
        assert {entry["name"]: (entry["state"], entry["new"]) for entry in done.result["accounts"]} == {
            "home": ("online", 4),
            "work": ("offline", 0),
        }


async def test_polling_without_push(make_world: MakeWorld) -> None:
    world = make_world(2)
    world.server.push = False
    assert isinstance(world.clock, FrozenClock)
    async with world.running() as engine:
        runner = engine.supervisor.runner("work")
        await world.until(lambda: len(world.items()) == 2 and runner.state == "online")
        world.server.deliver(letter(9))
        while len(world.items()) < 3:
            world.clock.advance(100)
            await asyncio.sleep(0.01)
    assert "wait" not in world.server.calls
