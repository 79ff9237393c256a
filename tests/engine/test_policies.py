"""What an account brings here: folders chosen and not, how far back, how many bodies; reading anew, pausing."""

import asyncio
from collections.abc import Callable
from typing import Any

from tests.engine.world import World, add_account
from tests.fakes.memory_backend import letter
from tui_mail.config.settings import remember
from tui_mail.engine.engine import Engine
from tui_mail.link.messages import Changed, Fetch, Fetching, Progress, Reload, Status, Sync, WaitOperations, Wake, Watch
from tui_mail.model.clock import FrozenClock
from tui_mail.model.errors import Refused, Unreachable
from tui_mail.model.flags import Flag
from tui_mail.model.mail import Folder
from tui_mail.model.remote import Page
from tui_mail.store.reading.query import ListQuery
from tui_mail.text.query import parse

MakeWorld = Callable[..., World]
DAY = 86_400


def folder(world: World, path: str) -> Folder:
    with world.reading() as reader:
        return next(each for each in reader.folders() if each.path == path)


def headers(world: World, path: str) -> list[Progress]:
    number = world.folder(path)
    return [
        each for each in world.events if isinstance(each, Progress) and (each.what, each.folder) == ("headers", number)
    ]


async def sync(engine: Engine, **wishes: Any) -> dict[str, Any]:
    done = await engine.handle(Sync(id=1, **wishes))
    assert done.ok, done
    (entry,) = done.result["accounts"]
    assert isinstance(entry, dict)
    return entry


def years(world: World) -> None:
    """A letter for each of forty months, the newest last."""
    now = int(world.clock.now())
    for age in range(40, 0, -1):
        world.server.deliver(letter(age), received=now - age * 30 * DAY)


class TestFolders:
    async def test_one_that_is_not_chosen_shows_the_numbers_of_the_server(self, make_world: MakeWorld) -> None:
        world = make_world(2, left_out=["Archive"])
        for number in range(5):
            world.server.deliver(letter(100 + number), "Archive", Flag.SEEN if number else Flag.NONE)
        async with world.running(alone=True):
            await world.synced()
            assert world.counts("Archive") == (5, 1)
            assert world.items("Archive") == []
            assert len(world.items()) == 2
            world.server.deliver(letter(200), "Archive")
            await world.synced()
            assert world.counts("Archive") == (6, 2)

    async def test_its_numbers_are_asked_for_where_the_list_does_not_tell_them(self, make_world: MakeWorld) -> None:
        world = make_world(2, folders=["INBOX"])
        world.server.lists_status = False
        world.server.deliver(letter(100), "Archive")
        world.server.fail_next["status"] = [Refused("Not that one.")]
        async with world.running(alone=True):
            await world.synced()
            assert sorted([world.counts("Archive")[0], world.counts("Trash")[0]]) == [0, 0]
            assert isinstance(world.clock, FrozenClock)
            world.clock.advance(1000)
            await world.synced()
            assert world.counts("Archive") == (1, 1)
            asked = world.server.calls.count("status")
            await world.synced()
            assert world.server.calls.count("status") == asked + 1, "but for the inbox"

    async def test_opening_it_fetches_it(self, make_world: MakeWorld) -> None:
        world = make_world(2, left_out=["Archive"])
        world.server.deliver(letter(100), "Archive")
        async with world.running() as engine:
            await world.until(lambda: len(world.items()) == 2)
            assert world.items("Archive") == []
            await engine.handle(Watch(id=1, folder=world.folder("Archive")), client=7)
            await world.until(lambda: world.subjects("Archive") == ["Letter 100"])
            world.server.deliver(letter(101), "Archive")
            assert isinstance(world.clock, FrozenClock)
            while len(world.items("Archive")) < 2:
                world.clock.advance(10)
                await asyncio.sleep(0.01)

    async def test_an_inbox_that_is_not_chosen_is_not_listened_to(self, make_world: MakeWorld) -> None:
        world = make_world(2, folders=["Archive"])
        world.server.deliver(letter(100), "Archive")
        async with world.running():
            await world.until(lambda: world.items("Archive"))
            world.server.deliver(letter(101))
            await world.synced()
            assert world.items() == []
            assert "wait" not in world.server.calls

    async def test_a_choice_is_taken_up_while_the_engine_runs(self, make_world: MakeWorld) -> None:
        world = make_world(2, left_out=["Archive"])
        world.server.deliver(letter(100), "Archive")
        async with world.running() as engine:
            await world.until(lambda: len(world.items()) == 2)
            add_account(world.home)
            await engine.handle(Reload(id=1))
            await world.until(lambda: world.items("Archive"))


class TestHowFarBack:
    async def test_older_mail_stays_on_the_server(self, make_world: MakeWorld) -> None:
        world = make_world(0, page=3, since=365)
        years(world)
        async with world.running(alone=True) as engine:
            await world.synced()
            assert world.subjects() == sorted(f"Letter {age}" for age in range(1, 13))
            inbox = folder(world, "INBOX")
            assert (inbox.total, inbox.older, inbox.complete) == (12, 28, True)
            last = headers(world, "INBOX")[-1]
            assert (last.done, last.total) == (12, 12)
            world.server.calls.clear()
            await world.synced()
            assert world.server.calls == ["folders"], "nothing has changed"
            world.server.deliver(letter(500), received=int(world.clock.now()))
            world.server.deliver(letter(501), received=int(world.clock.now()) - 900 * DAY)
            entry = await sync(engine)
            assert entry["new"] == 2, "what arrives is new, whatever its date"
            world.server.remove("INBOX", 3)
            world.server.remove("INBOX", 39)
            await world.synced()
            inbox = folder(world, "INBOX")
            assert (inbox.total, inbox.older) == (13, 27)
            assert "Letter 2" not in world.subjects()

    async def test_more_of_it_is_brought_on_request_and_then_all(self, make_world: MakeWorld) -> None:
        world = make_world(0, since=365)
        years(world)
        async with world.running(alone=True) as engine:
            await world.synced()
            assert (await sync(engine, folder="INBOX", older="more"))["new"] == 12
            assert len(world.items()) == 24, "twice as far back"
            await world.synced()
            assert len(world.items()) == 24
            assert not any(each.new_mail for each in world.events if isinstance(each, Changed)), "it is no news"
            assert (await sync(engine, folder="INBOX", older="all"))["new"] == 16
            assert (len(world.items()), folder(world, "INBOX").older) == (40, 0)
        async with world.running(alone=True):
            await world.synced()
            assert (len(world.items()), folder(world, "INBOX").older) == (40, 0)

    async def test_a_gap_of_years_is_crossed(self, make_world: MakeWorld) -> None:
        world = make_world(0, since=30)
        now = int(world.clock.now())
        for age in (9000, 8000, 5):
            world.server.deliver(letter(age), received=now - age * DAY)
        async with world.running(alone=True) as engine:
            await world.synced()
            assert world.subjects() == ["Letter 5"]
            await sync(engine, folder="inbox", older="more")
            assert len(world.items()) > 1

    async def test_an_account_that_wants_more_gets_more(self, make_world: MakeWorld) -> None:
        world = make_world(0, since=365)
        years(world)
        async with world.running(alone=True) as engine:
            await world.synced()
            add_account(world.home, since=600)
            await engine.handle(Reload(id=1))
            await world.synced()
            assert len(world.items()) == 20
            add_account(world.home)
            await engine.handle(Reload(id=1))
            await world.synced()
            assert (len(world.items()), folder(world, "INBOX").older) == (40, 0)

    async def test_what_is_here_stays_when_less_is_wanted(self, make_world: MakeWorld) -> None:
        world = make_world(0)
        years(world)
        async with world.running(alone=True) as engine:
            await world.synced()
            add_account(world.home, since=30)
            await engine.handle(Reload(id=1))
            world.server.remove("INBOX", 1)
            await world.synced()
            assert (len(world.items()), folder(world, "INBOX").older) == (39, 0)

    async def test_a_lost_connection_does_not_leave_a_hole(self, make_world: MakeWorld) -> None:
        world = make_world(0, page=3, since=365)
        years(world)
        async with world.running(alone=True) as engine:
            world.server.fail_next["page"] = [Unreachable("Lost.")]
            assert not (await engine.handle(Sync(id=1))).ok
            await world.synced()
            assert len(world.items()) == 12
            world.server.fail_next["page"] = [Unreachable("Lost.")]
            await engine.handle(Sync(id=1, folder="INBOX", older="all"))
            await world.synced()
            assert (len(world.items()), folder(world, "INBOX").older) == (40, 0)

    async def test_a_renumbered_folder_is_found_again_as_far_back_as_it_was_read(self, make_world: MakeWorld) -> None:
        world = make_world(0, since=365)
        years(world)
        async with world.running(alone=True):
            await world.synced()
            before = {item.subject: item.id for item in world.items()}
            world.server.renumber("INBOX")
            await world.synced()
            assert {item.subject: item.id for item in world.items()} == before
            assert folder(world, "INBOX").older == 28


class TestBodies:
    async def test_the_limits_are_those_of_the_account(self, make_world: MakeWorld) -> None:
        world = make_world(0, body_days=10, body_size=1)
        now = int(world.clock.now())
        world.server.deliver(letter(1), received=now - 5 * DAY)
        world.server.deliver(letter(2), received=now - 20 * DAY)
        world.server.deliver(letter(3, "x" * 2000), received=now - 5 * DAY)
        async with world.running(alone=True):
            await world.synced()
            assert {item.subject for item in world.items() if item.has_body} == {"Letter 1"}


class TestCache:
    """Ten bodies of 200,000 octets each, of which so many MB are kept."""

    @staticmethod
    def world(make_world: MakeWorld, **table: Any) -> World:
        world = make_world(0, **table)
        now = int(world.clock.now())
        for age in range(10, 0, -1):
            world.server.deliver(letter(age, f"word{age} " + "x" * 200_000), received=now - age * DAY)
        return world

    @staticmethod
    def here(world: World) -> list[str]:
        return [item.subject for item in world.items() if item.has_body]

    async def test_no_more_is_fetched_than_may_be_kept(self, make_world: MakeWorld) -> None:
        world = self.world(make_world, cache=1, bodies="all")
        world.server.calls.clear()
        async with world.running(alone=True):
            await world.synced()
            kept = self.here(world)
            assert kept == [f"Letter {age}" for age in range(1, len(kept) + 1)], "the newest"
            assert len(kept) in (4, 5)
            asked = world.server.calls.count("bodies")
            for _round in range(3):
                await world.synced()
            assert self.here(world) == kept
            assert world.server.calls.count("bodies") == asked, "what made room does not come again by itself"

    async def test_a_smaller_limit_makes_room_and_searches_go_on(self, make_world: MakeWorld) -> None:
        world = self.world(make_world, bodies="all")
        async with world.running(alone=True) as engine:
            await world.synced()
            assert len(self.here(world)) == 10
            add_account(world.home, bodies="all", cache=1)
            await engine.handle(Reload(id=1))
            await world.synced()
            assert self.here(world) == ["Letter 1", "Letter 2", "Letter 3", "Letter 4"]
            with world.reading() as reader:
                (found,) = reader.list_items(ListQuery(search=parse("word9", now=world.clock.now())), 10)
            assert found.subject == "Letter 9"
            await engine.handle(Fetch(id=2, item=found.id))
            assert "Letter 9" in self.here(world)
            with world.reading() as reader:
                assert reader.raw(found.id) == letter(9, "word9 " + "x" * 200_000)

    async def test_new_mail_takes_the_place_of_old(self, make_world: MakeWorld) -> None:
        world = self.world(make_world, cache=1, bodies="all")
        async with world.running(alone=True):
            await world.synced()
            now = int(world.clock.now())
            for number in range(20, 25):
                world.server.deliver(letter(number, "x" * 200_000), received=now - 1000 + number)
                await world.synced()
            assert self.here(world)[:4] == ["Letter 24", "Letter 23", "Letter 22", "Letter 21"]
            assert len(self.here(world)) <= 5

    async def test_it_is_done_in_idle_hours_without_a_server(self, make_world: MakeWorld) -> None:
        world = self.world(make_world, bodies="all")
        async with world.running(alone=True):
            await world.synced()
        add_account(world.home, bodies="all", cache=1)
        world.server.fail_connect = Unreachable("No route.")
        async with world.running():
            await world.until(lambda: len(self.here(world)) == 4, step=60)


class TestReadingAnew:
    async def test_numbers_bodies_and_what_waits_stay(self, make_world: MakeWorld) -> None:
        world = make_world(30, page=7)
        now = int(world.clock.now())
        world.server.deliver(letter(40), received=now)
        async with world.running(alone=True) as engine:
            await world.synced()
            await sync(engine, bodies="all")
            gate = world.server.gates["apply flags"] = asyncio.Event()
            with world.acting() as person:
                person.mark([item.id for item in world.items()[:3]], add=Flag.FLAGGED)
            await engine.handle(Wake(id=2))
            before = world.items()
            world.server.calls.clear()
            world.events.clear()
            reading = asyncio.create_task(sync(engine, folder="INBOX", anew=True))
            await world.until(lambda: world.server.calls.count("page") > 1)
            gate.set()
            entry = await reading
            assert entry["new"] == 0
            assert "bodies" not in world.server.calls
            after = world.items()
            assert [(item.id, item.flags, item.has_body) for item in after] == [
                (item.id, item.flags, item.has_body) for item in before
            ]
            assert all(item.has_body for item in after)
            assert world.pending() == 0
            progress = headers(world, "INBOX")
            assert (progress[0].done, progress[-1].done, progress[-1].total) == (7, 31, 31)

    async def test_what_is_wrong_here_is_put_right(self, make_world: MakeWorld) -> None:
        world = make_world(10)
        async with world.running(alone=True) as engine:
            await world.synced()
            await engine.core.write(0, _damage)  # type: ignore[arg-type]  # any urgency
            await world.synced()
            assert world.subjects() != world.server.subjects("INBOX"), "nothing tells that it is wrong"
            ids = {item.uid: item.id for item in world.items()}
            await sync(engine, folder="INBOX", anew=True)
            assert world.subjects() == world.server.subjects("INBOX")
            assert {item.uid: item.id for item in world.items() if item.uid in ids} == ids
            assert {item.uid: item.flags for item in world.items()} == {
                uid: mail.flags for uid, mail in world.server.boxes["INBOX"].mails.items()
            }
            assert world.counts() == (10, 10)

    async def test_cut_off_in_the_middle_it_goes_on(self, make_world: MakeWorld) -> None:
        world = make_world(100, page=10)
        async with world.running(alone=True) as engine:
            await world.synced()
            before = {item.uid: item.id for item in world.items()}
            world.server.fail_next["page"] = [Unreachable("Lost.")]
            await engine.handle(Sync(id=1, folder="INBOX", anew=True))
            assert world.counts() == (100, 100)
            await world.synced()
            assert {item.uid: item.id for item in world.items()} == before

    async def test_a_server_that_has_lost_most_of_it_is_asked_twice(self, make_world: MakeWorld) -> None:
        world = make_world(300)
        async with world.running(alone=True) as engine:
            await world.synced()
            box = world.server.boxes["INBOX"]
            box.mails = {uid: mail for uid, mail in box.mails.items() if uid <= 20}
            world.server.calls.clear()
            await sync(engine, folder="INBOX", anew=True)
            assert world.server.calls.count("changes") == 2
            assert world.counts()[0] == 20


def _damage(writer: Any) -> None:
    """A subject and flags that are not the server's, and a message that is missing."""
    connection = writer._db.connection
    connection.execute(
        "UPDATE content SET subject = 'Wrong' WHERE id IN (SELECT content FROM item WHERE server_uid = 4)"
    )
    connection.execute("UPDATE item SET flags = 4, server_flags = 4 WHERE server_uid = 5")
    found = "SELECT id, uidvalidity, cursor FROM folder WHERE path = 'INBOX'"
    number, uidvalidity, cursor = connection.execute(found).fetchone()
    writer.put_page(number, Page(uidvalidity, cursor, vanished=(6,)), ())


class TestPause:
    @staticmethod
    async def _pause(world: World, engine: Engine, *, paused: bool) -> None:
        remember(world.home, "sync.paused", paused)
        await engine.handle(Reload(id=9))

    async def test_old_mail_and_bodies_wait_and_news_come(self, make_world: MakeWorld) -> None:
        world = make_world(200, page=20)
        for number in range(30):
            world.server.deliver(letter(300 + number), "Archive")
        remember(world.home, "sync.paused", value=True)
        async with world.running() as engine:
            await world.until(lambda: "wait" in world.server.calls and len(world.items()) >= 20)
            await engine.handle(Wake(id=3))
            assert len(world.items()) < 200
            assert world.items("Archive") == []
            assert world.counts() == (200, 200)
            world.server.deliver(letter(999))
            await world.until(lambda: "Letter 999" in world.subjects())
            assert len(world.items()) < 200
            assert "bodies" not in world.server.calls
            assert (await engine.handle(Status(id=4))).result["engine"]["paused"] is True
            item = world.items()[0]
            await engine.handle(Watch(id=5, folder=item.folder, items=[item.id]), client=7)
            await engine.handle(Wake(id=6))
            assert "bodies" not in world.server.calls
            await self._pause(world, engine, paused=False)
            await world.until(lambda: len(world.items()) == 201 and len(world.items("Archive")) == 30)
            await world.until(lambda: all(item.has_body for item in world.items("Archive")))
            assert [each.paused for each in world.events if isinstance(each, Fetching)] == [False]
            assert (await engine.handle(Status(id=5))).result["engine"]["paused"] is False

    async def test_in_the_middle_of_a_first_synchronisation(self, make_world: MakeWorld) -> None:
        world = make_world(200, page=10)
        gate = world.server.gates["page"] = asyncio.Event()
        async with world.running() as engine:
            await world.until(world.items)
            await self._pause(world, engine, paused=True)
            gate.set()
            await world.until(lambda: engine.supervisor.runner("work").state == "online")
            assert len(world.items()) < 40
            # What a person asks for is done all the same, and the pause stays.
            await sync(engine, folder="INBOX", bodies="none")
            assert len(world.items()) == 200
            await world.synced()
            assert all(item.has_body for item in world.items())
            assert engine.core.paused

    async def test_what_is_opened_and_what_is_done_goes_on(self, make_world: MakeWorld) -> None:
        world = make_world(3)
        remember(world.home, "sync.paused", value=True)
        async with world.running() as engine:
            await world.until(lambda: len(world.items()) == 3)
            item = world.items()[0]
            await engine.handle(Fetch(id=1, item=item.id))
            assert world.items()[0].has_body
            with world.acting() as person:
                action = person.archive([item.id])
            assert action is not None
            await engine.handle(WaitOperations(id=2, operations=list(action.operations)))
            assert world.server.subjects("Archive") == ["Letter 2"]
