"""Without a network: every gesture is shown at once, waits in the journal over restarts, and reaches the server in few
commands when it can; what the server refuses then goes back exactly, and says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.engine.world import PATIENCE, World
from tests.fakes.memory_backend import letter
from tui_mail.engine import plan
from tui_mail.engine.engine import Engine
from tui_mail.link.messages import State, Wake
from tui_mail.model.errors import StoreFull, Unreachable
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, FolderId, ItemId
from tui_mail.model.operation import OperationState
from tui_mail.model.remote import ChangeKind, RemoteOperation
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.gestures.messages import Gestures
from tui_mail.store.writer import Writer

MakeWorld = Callable[..., World]
Do = Callable[[Gestures, World, list[ItemId]], Any]
WORK = AccountName("work")


async def synced_once(world: World) -> None:
    async with world.running(alone=True):
        await world.synced()
    world.server.fail_connect = Unreachable("No route.")
    world.server.calls.clear()


async def online(world: World) -> None:
    """The network is back; until nothing waits."""
    world.server.fail_connect = None
    await world.until(lambda: not waiting(world), seconds=120, step=1)
    await world.synced()


async def offline(world: World, engine: Engine) -> None:
    """Until it was tried in vain."""
    await world.until(lambda: engine.supervisor.runner("work").text == "No route.")


def waiting(world: World) -> list[OperationState]:
    with world.reading() as reader:
        live = (OperationState.QUEUED, OperationState.RUNNING, OperationState.RETRY)
        return [each.state for each in reader.pending() if each.state in live]


def shown(world: World) -> dict[str, list[tuple[str, Flag, tuple[str, ...]]]]:
    """Folder to what a person sees in it."""
    with world.reading() as reader:
        paths = [folder.path for folder in reader.folders()]
    found = {path: sorted((item.subject, item.flags, item.keywords) for item in world.items(path)) for path in paths}
    return {path: items for path, items in found.items() if items}


def there(world: World) -> dict[str, list[tuple[str, Flag, tuple[str, ...]]]]:
    """Folder to what the server has in it."""
    found = {
        box.name: sorted((_subject(mail.raw), mail.flags, mail.keywords) for mail in box.mails.values())
        for box in world.server.boxes.values()
    }
    return {name: mails for name, mails in found.items() if mails}


def _subject(raw: bytes) -> str:
    return next(line[9:].decode().strip() for line in raw.splitlines() if line.startswith(b"Subject: "))


def _folder(world: World, path: str) -> FolderId:
    return world.folder(path)


GESTURES: dict[str, Do] = {
    "read": lambda person, _world, ids: person.mark(ids[:2], add=Flag.SEEN),
    "star": lambda person, _world, ids: person.mark(ids[1:4], add=Flag.FLAGGED),
    "label": lambda person, _world, ids: person.mark(ids[:1], add_keywords=("todo",)),
    "archive": lambda person, _world, ids: person.archive(ids[:3]),
    "trash": lambda person, _world, ids: person.trash(ids[:3]),
    "junk, whose folder is missing": lambda person, _world, ids: person.junk(ids[:2]),
    "move": lambda person, world, ids: person.move(ids[:2], _folder(world, "Archive")),
    "copy": lambda person, world, ids: person.copy(ids[:2], _folder(world, "Archive")),
    "delete for ever": lambda person, _world, ids: person.delete(ids[:2]),
    "a new folder and something in it": lambda person, _world, ids: person.move(
        ids[:2], person.folders.ensure(WORK, "Projects")
    ),
    "a renamed folder": lambda person, world, _ids: person.folders.rename(_folder(world, "Lists"), "Old lists"),
    "a deleted folder": lambda person, world, _ids: person.folders.delete(_folder(world, "Lists")),
    "an added message": lambda person, world, _ids: person.append(
        _folder(world, "Archive"), [(letter(700), Flag.SEEN, (), 0)], RawFiles(world.home)
    ),
    "undo": lambda person, _world, ids: (person.archive(ids[:3]), person.undo()),
    "redo": lambda person, _world, ids: (person.archive(ids[:3]), person.undo(), person.redo()),
}


@pytest.mark.parametrize("name", GESTURES)
async def test_a_gesture_is_shown_at_once_and_reaches_the_server_later(make_world: MakeWorld, name: str) -> None:
    world = make_world(6)
    world.server.boxes["Lists"] = type(world.server.boxes["INBOX"])("Lists")
    world.server.deliver(letter(300), "Lists")
    await synced_once(world)
    before, folders = there(world), set(world.server.boxes)
    with world.acting() as person:
        GESTURES[name](person, world, [item.id for item in world.items()])
    expected = shown(world)
    assert there(world) == before, "nothing has gone anywhere"
    async with world.running() as engine:  # over a restart
        await offline(world, engine)
        assert shown(world) == expected, "folded, it looks the same"
        await online(world)
        assert shown(world) == expected
        assert there(world) == expected
    assert world.troubles() == []
    assert name != "a renamed folder" or set(world.server.boxes) == {*folders, "Old lists"} - {"Lists"}
    assert name != "a deleted folder" or set(world.server.boxes) == folders - {"Lists"}


async def test_ten_thousand_archived_without_a_network_are_a_few_commands(make_world: MakeWorld) -> None:
    world = make_world(10_000, page=2000)
    await synced_once(world)
    with world.acting() as person:
        person.archive([item.id for item in world.items()])
    assert (world.counts(), world.counts("Archive")) == ((0, 0), (10_000, 10_000))
    async with world.running():
        await online(world)
        assert world.server.calls.count("apply move") == 10
        assert (len(world.server.boxes["INBOX"].mails), len(world.server.boxes["Archive"].mails)) == (0, 10_000)
        assert (world.counts(), world.counts("Archive")) == ((0, 0), (10_000, 10_000))


async def test_hundreds_of_single_gestures_are_few_commands_as_well(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "MOST_UIDS", 300)
    world = make_world(330, page=150)
    await synced_once(world)
    with world.acting() as person:
        for item in world.items():
            person.archive([item.id])
    async with world.running():
        await online(world)
        assert world.server.calls.count("apply move") == 2
        assert len(world.server.boxes["Archive"].mails) == 330


async def test_what_a_person_thought_better_of_is_never_sent(make_world: MakeWorld) -> None:
    world = make_world(5)
    await synced_once(world)
    before = there(world)
    ids = [item.id for item in world.items()]
    with world.acting() as person:
        person.mark(ids, add=Flag.SEEN)
        person.mark(ids, remove=Flag.SEEN)
        person.archive(ids)
        person.trash(ids)
        person.move(ids, world.folder("INBOX"))
        person.copy(ids[:1], world.folder("Archive"))
        person.undo()
    async with world.running():
        await online(world)
    assert [call for call in world.server.calls if call.startswith("apply")] == []
    assert there(world) == before


async def test_there_and_on_is_one_move(make_world: MakeWorld) -> None:
    world = make_world(3)
    await synced_once(world)
    ids = [item.id for item in world.items()]
    with world.acting() as person:
        person.archive(ids)
        person.mark(ids, add=Flag.FLAGGED)
        person.trash(ids)
    async with world.running():
        await online(world)
    assert [call for call in world.server.calls if call.startswith("apply")] == ["apply flags", "apply move"]
    assert world.server.boxes["Archive"].mails == {}
    assert len(world.server.boxes["Trash"].mails) == 3


async def test_the_link_breaks_again_and_again_while_it_is_carried_out(make_world: MakeWorld) -> None:
    world = make_world(3000, page=1000)
    await synced_once(world)
    with world.acting() as person:
        person.archive([item.id for item in world.items()])
    world.server.fail_next["apply move"] = [Unreachable("Lost.")]
    world.server.fail_after["apply move"] = [Unreachable("Lost."), Unreachable("Lost.")]
    async with world.running():
        await online(world)
        assert len(world.server.boxes["INBOX"].mails) == 0
        assert sorted(world.server.subjects("Archive")) == sorted(f"Letter {number}" for number in range(3000))
        assert world.counts("Archive") == (3000, 3000)


async def test_what_is_refused_then_goes_back_exactly_and_says_so(make_world: MakeWorld) -> None:
    world = make_world(6)
    box = world.server.boxes["INBOX"]
    box.mails[2].flags = Flag.SEEN | Flag.ANSWERED
    box.mails[3].keywords = ("todo",)
    await synced_once(world)
    before = shown(world)
    identity = {item.id: (item.subject, item.uid) for item in world.items()}

    def refuse(operation: RemoteOperation) -> str | None:
        return "No permission" if operation.kind is not ChangeKind.COPY else None

    world.server.refuse = refuse
    ids = [item.id for item in world.items()]
    with world.acting() as person:
        person.mark(ids, add=Flag.FLAGGED, remove=Flag.SEEN, add_keywords=("urgent",))
        person.archive(ids[:4])
        person.delete(ids[4:])
    assert shown(world) != before
    async with world.running():
        await online(world)
        assert shown(world) == before
        assert {item.id: (item.subject, item.uid) for item in world.items()} == identity
    # What was to be deleted was not marked before: that would have been needless.
    assert sorted(trouble.text for trouble in world.troubles()) == [
        "The server refused to delete 2 messages: No permission. They are still there.",
        "The server refused to mark 4 messages: No permission. They are as they were.",
        "The server refused to move 4 messages: No permission. They are back where they were.",
    ]
    with world.reading() as reader:
        assert [operation.state for operation in reader.pending()] == [OperationState.FAILED] * 3
        assert all("No permission" in operation.error for operation in reader.pending())


async def test_others_were_busy_meanwhile(make_world: MakeWorld) -> None:
    """Flags of what is gone are dropped, a move of it is shown; the rest is done."""
    world = make_world(5)
    await synced_once(world)
    by_uid = {item.uid: item.id for item in world.items()}
    with world.acting() as person:
        person.mark(list(by_uid.values()), add=Flag.FLAGGED)
        person.archive([by_uid[1], by_uid[2]])
    world.server.remove("INBOX", 1)
    world.server.remove("INBOX", 5)
    world.server.deliver(letter(900))
    async with world.running():
        await online(world)
        assert shown(world) == there(world)
    assert [subject for subject, _flags, _words in there(world)["Archive"]] == ["Letter 1"]
    assert all(flags & Flag.FLAGGED for subject, flags, _words in there(world)["INBOX"] if subject != "Letter 900")
    assert {trouble.kind for trouble in world.troubles()} <= {"gone", "conflict"}
    assert world.troubles()


async def test_an_engine_says_that_it_is_offline_and_goes_on_taking_gestures(make_world: MakeWorld) -> None:
    world = make_world(4)
    await synced_once(world)
    async with world.running() as engine:
        await offline(world, engine)
        for item in world.items():
            with world.acting() as person:
                person.archive([item.id])
            assert (await asyncio.wait_for(engine.handle(Wake(id=1)), PATIENCE)).ok, "it never waits for the network"
        assert world.counts() == (0, 0)
        assert len(waiting(world)) == 4
        await online(world)
    states = [event.state for event in world.events if isinstance(event, State)]
    assert "offline" in states
    assert len(world.server.boxes["Archive"].mails) == 4


async def test_what_a_full_disk_leaves_under_way_is_gone_on_with(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What became of a move could not be written, nor that it waits again: the next connection takes it up."""
    world = make_world(3)
    full = True

    def if_there_is_room(name: str) -> None:
        original = getattr(Writer, name)

        def call(*arguments: Any) -> Any:
            if full:
                raise StoreFull("The disk is full.")
            return original(*arguments)

        monkeypatch.setattr(Writer, name, call)

    async with world.running() as engine:
        await world.until(lambda: len(world.items()) == 3 and engine.supervisor.runner("work").state == "online")
        if_there_is_room("confirm")
        if_there_is_room("retry")
        with world.acting() as person:
            person.archive([world.items()[0].id])
        await engine.handle(Wake(id=0))
        await world.until(lambda: waiting(world) == [OperationState.RUNNING])
        await world.until(lambda: engine.supervisor.runner("work").state == "error")
        full = False
        await online(world)
        assert shown(world) == there(world)
    assert len(there(world)["Archive"]) == 1
