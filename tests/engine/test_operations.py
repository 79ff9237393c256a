import asyncio
import threading
from collections.abc import Callable

import pytest

from tests.engine.world import PATIENCE, World
from tests.fakes.memory_backend import Box, letter
from tui_mail.engine import plan
from tui_mail.engine.lanes import Urgency
from tui_mail.link.messages import Changed, State, Sync, WaitOperations, Wake
from tui_mail.model.clock import FrozenClock
from tui_mail.model.errors import Refused, SignInRefused, TuiMailError, Unreachable
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, ItemId
from tui_mail.model.mail import Role
from tui_mail.model.operation import Action, Operation, OperationState
from tui_mail.model.remote import ChangeKind, RemoteOperation
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.operations.outcomes import Outcomes
from tui_mail.store.writer import Writer

MakeWorld = Callable[..., World]


def ids(world: World, path: str = "INBOX") -> list[ItemId]:
    """Newest first."""
    return [item.id for item in world.items(path)]


async def settled(world: World, action: Action | None) -> None:
    """Wake the engine as a client does after a gesture, and wait for the server's part."""
    assert action is not None
    assert world.engine is not None
    async with asyncio.timeout(PATIENCE):
        await world.engine.handle(Wake(id=1))
        await world.engine.handle(WaitOperations(id=2, operations=list(action.operations)))


async def test_marking_and_moving_reach_the_server(make_world: MakeWorld) -> None:
    world = make_world(6)
    async with world.running(alone=True):
        await world.synced()
        first, second, third, *_rest = ids(world)
        with world.acting() as person:
            await settled(world, person.mark([first], add=Flag.SEEN | Flag.FLAGGED))
            await settled(world, person.archive([second]))
            await settled(world, person.delete([third]))
        assert world.pending() == 0
        inbox = world.server.boxes["INBOX"].mails
        assert set(inbox) == {1, 2, 3, 6}
        assert inbox[6].flags == Flag.SEEN | Flag.FLAGGED
        assert world.server.subjects("Archive") == ["Letter 4"]
        assert ids(world, "Archive") == [second]
        await world.synced()
        assert ids(world, "Archive") == [second]
        assert world.subjects() == world.server.subjects("INBOX")
        assert world.counts() == (4, 3)


async def test_a_gesture_is_folded_before_the_server_answers(make_world: MakeWorld) -> None:
    world = make_world(4)
    async with world.running(alone=True) as engine:
        await world.synced()
        gate = world.server.gates["apply move"] = asyncio.Event()
        with world.acting() as person:
            action = person.archive(ids(world)[:2])
        world.events.clear()
        await engine.handle(Wake(id=1))
        assert world.counts() == (2, 2)
        await world.until(lambda: any(isinstance(event, Changed) for event in world.events))
        assert world.counts("Archive")[0] == 2
        assert len(world.server.boxes["INBOX"].mails) == 4
        gate.set()
        await settled(world, action)
        assert len(world.server.boxes["INBOX"].mails) == 2


async def test_a_refusal_rolls_back_and_says_why(make_world: MakeWorld) -> None:
    world = make_world(5)
    world.server.refuse = lambda operation: "Over quota" if operation.kind is ChangeKind.MOVE else None
    async with world.running(alone=True) as engine:
        await world.synced()
        before = world.items()
        with world.acting() as person:
            action = person.archive([item.id for item in before[:3]])
        assert action is not None
        assert world.counts() == (2, 2)
        with pytest.raises(Refused, match="Over quota"):
            await settled(world, action)
        assert world.counts() == (5, 5)
        assert [(item.id, item.folder, item.flags) for item in world.items()] == [
            (item.id, item.folder, item.flags) for item in before
        ]
        (trouble,) = world.troubles()
        assert trouble.text == ("The server refused to move 3 messages: Over quota. They are back where they were.")
        assert trouble.operation == action.operations[0]
        with world.reading() as reader:
            assert [operation.state for operation in reader.pending()] == [OperationState.FAILED]
        assert (await engine.handle(Wake(id=3))).ok


async def test_one_refused_does_not_take_the_others_with_it(make_world: MakeWorld) -> None:
    world = make_world(6)
    bad = 3

    def refuse(operation: RemoteOperation) -> str | None:
        return "Not that one" if bad in operation.uids else None

    world.server.refuse = refuse
    async with world.running(alone=True) as engine:
        await world.synced()
        by_uid = {item.uid: item.id for item in world.items()}
        with world.acting() as person:
            actions = [person.mark([by_uid[uid]], add=Flag.FLAGGED) for uid in range(1, 7)]
        operations = [operation for action in actions if action for operation in action.operations]
        await engine.handle(Wake(id=1))
        with pytest.raises(Refused):
            await engine.handle(WaitOperations(id=2, operations=list(operations)))
        flagged = {uid for uid, mail in world.server.boxes["INBOX"].mails.items() if mail.flags & Flag.FLAGGED}
        assert flagged == {1, 2, 4, 5, 6}
        assert {item.uid for item in world.items() if item.flags & Flag.FLAGGED} == flagged


async def test_thousands_go_in_batches(make_world: MakeWorld) -> None:
    world = make_world(2500, page=1000)
    async with world.running(alone=True) as engine:
        await engine.handle(Wake(id=1))
        await world.synced()
        with world.acting() as person:
            action = person.archive(ids(world))
        assert world.counts() == (0, 0)
        world.server.calls.clear()
        await settled(world, action)
        assert world.server.calls.count("apply move") == 3
        assert len(world.server.boxes["Archive"].mails) == 2500
        assert world.counts("Archive") == (2500, 2500)
        await world.synced()
        assert world.counts("Archive") == (2500, 2500)
        assert world.counts() == (0, 0)


@pytest.mark.parametrize("told", [0, 1, 2])
async def test_a_connection_that_ends_with_several_batches_under_way(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, told: int
) -> None:
    """The server has done them all, and it is known of some: each message is in the archive once, and is the same."""
    monkeypatch.setattr(plan, "MOST_UIDS", 10)
    world = make_world(25)
    async with world.running(alone=True):
        await world.synced()
        chosen = ids(world)
        world.server.told_at_once = told
        with world.acting() as person:
            action = person.archive(chosen)
        await settled(world, action)
        assert world.server.connections == 2
        assert world.pending() == 0
        await world.synced()
        assert world.server.subjects("INBOX") == []
        assert len(world.server.subjects("Archive")) == 25
        assert sorted(ids(world, "Archive")) == sorted(chosen)
        assert world.counts("Archive") == (25, 25)


async def test_what_is_known_of_batches_is_written_before_the_others_are_in_doubt(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "MOST_UIDS", 10)
    world = make_world(25)
    async with world.running(alone=True) as engine:
        await world.synced()
        world.server.told_at_once = 2
        world.server.fail_connect = Unreachable("Away.")
        with world.acting() as person:
            action = person.archive(ids(world))
        assert action is not None
        await engine.handle(Wake(id=1))
        await world.until(lambda: any(isinstance(each, State) and each.state == "offline" for each in world.events))
        with world.reading() as reader:
            (left,) = reader.pending()
        assert len(left.items) == 5
        assert left.attempts == 1


async def test_a_refused_batch_leaves_those_before_and_after_done(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "MOST_UIDS", 10)
    world = make_world(25)
    world.server.refuse = lambda operation: "Over quota" if 15 in operation.uids else None
    async with world.running(alone=True):
        await world.synced()
        with world.acting() as person:
            action = person.archive(ids(world))
        with pytest.raises(Refused):
            await settled(world, action)
        back = {item.uid for item in world.items()}
        assert len(back) == 10
        assert 15 in back
        assert set(world.server.boxes["INBOX"].mails) == back
        assert world.counts("Archive") == (15, 15)
        (trouble,) = world.troubles()
        assert " 10 messages" in trouble.text


async def test_many_batches_find_their_place_after_a_renumbering(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many they are: it is looked for once for all of them."""
    monkeypatch.setattr(plan, "MOST_UIDS", 2)
    world = make_world(9)
    async with world.running(alone=True):
        await world.synced()
        with world.acting() as person:
            action = person.archive(ids(world))
        world.server.renumber("INBOX")
        await settled(world, action)
        assert world.server.subjects("INBOX") == []
        assert len(world.server.subjects("Archive")) == 9
        assert world.pending() == 0


async def test_many_single_gestures_are_one_command(make_world: MakeWorld) -> None:
    world = make_world(40)
    async with world.running(alone=True) as engine:
        await world.synced()
        with world.acting() as person:
            operations = [
                operation
                for item in ids(world)
                if (action := person.mark([item], add=Flag.SEEN))
                for operation in action.operations
            ]
        world.server.calls.clear()
        await engine.handle(Wake(id=1))
        await engine.handle(WaitOperations(id=2, operations=list(operations)))
        assert world.server.calls.count("apply flags") == 1
        assert world.counts() == (40, 0)


@pytest.mark.parametrize("call", ["apply move", "apply flags", "apply copy", "apply expunge"])
@pytest.mark.parametrize("answered", [True, False])
async def test_a_connection_that_ends_meanwhile_changes_nothing(
    make_world: MakeWorld, call: str, answered: bool
) -> None:
    """The command may have been done or not: after a new connection the result is the same."""
    world = make_world(4)
    losses = world.server.fail_next if answered else world.server.fail_after
    losses[call] = [Unreachable("Lost.")]
    async with world.running(alone=True):
        await world.synced()
        chosen = ids(world)[:2]
        with world.acting() as person:
            action = {
                "apply move": lambda: person.archive(chosen),
                "apply flags": lambda: person.mark(chosen, add=Flag.SEEN),
                "apply copy": lambda: person.copy(chosen, world.folder("Archive")),
                "apply expunge": lambda: person.delete(chosen),
            }[call]()
        await settled(world, action)
        assert world.server.connections == 2
        await world.synced()
    inbox, archive = world.server.subjects("INBOX"), world.server.subjects("Archive")
    assert world.subjects() == inbox
    assert world.subjects("Archive") == archive
    gone = call in ("apply move", "apply expunge")
    assert inbox == (["Letter 0", "Letter 1"] if gone else ["Letter 0", "Letter 1", "Letter 2", "Letter 3"])
    if call == "apply move":
        assert archive == ["Letter 2", "Letter 3"]
        assert sorted(ids(world, "Archive")) == sorted(chosen)


async def test_an_operation_survives_the_end_of_the_engine(make_world: MakeWorld) -> None:
    world = make_world(4)
    async with world.running(alone=True) as engine:
        await world.synced()
        chosen = ids(world)[:2]
        world.server.gates["apply move"] = asyncio.Event()
        with world.acting() as person:
            action = person.archive(chosen)
        assert action is not None
        await engine.handle(Wake(id=1))
        waiting = asyncio.create_task(engine.handle(WaitOperations(id=2, operations=list(action.operations))))
        await world.until(lambda: "apply move" in world.server.calls)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert world.pending() == 1
    assert world.counts() == (2, 2)
    world.server.gates.clear()
    async with world.running() as engine:
        await world.until(lambda: not world.pending())
    assert world.server.subjects("Archive") == ["Letter 2", "Letter 3"]
    assert sorted(ids(world, "Archive")) == sorted(chosen)


async def test_an_operation_cut_off_by_another_failure_is_taken_up_again(make_world: MakeWorld) -> None:
    """What is under way when the push connection dies must not stay "running" for ever."""
    world = make_world(4)
    async with world.running():
        await world.until(lambda: "wait" in world.server.calls and len(world.items()) == 4)
        gate = world.server.gates["apply move"] = asyncio.Event()
        with world.acting() as person:
            action = person.archive(ids(world)[:2])
        assert action is not None
        assert world.engine is not None
        await world.engine.handle(Wake(id=1))
        await world.until(lambda: "apply move" in world.server.calls)
        world.server.fail_next["wait"] = [Unreachable("Lost.")]
        world.server.tell()
        await world.until(lambda: "close" in world.server.calls)
        gate.set()
        assert isinstance(world.clock, FrozenClock)
        while world.pending():
            world.clock.advance(1)
            await asyncio.sleep(0.01)
        assert world.server.subjects("Archive") == ["Letter 2", "Letter 3"]


async def test_a_missing_folder_is_created_and_then_used(make_world: MakeWorld) -> None:
    world = make_world(3)
    del world.server.boxes["Archive"]
    async with world.running(alone=True):
        await world.synced()
        with world.acting() as person:
            await settled(world, person.archive(ids(world)[:1]))
        (created,) = [box for box in world.server.boxes.values() if box.role is Role.ARCHIVE]
        assert world.server.subjects(created.name) == ["Letter 2"]
        assert world.pending() == 0
        await world.synced()
        assert world.counts(created.name) == (1, 1)


async def test_a_list_from_before_does_not_hide_a_folder_made_meanwhile(make_world: MakeWorld) -> None:
    world = make_world(1)
    async with world.running() as engine:
        await world.synced()
        late = world.server.late["folders"] = asyncio.Event()
        asked = world.server.calls.count("folders")
        looking = asyncio.create_task(engine.handle(Sync(id=1)))
        await world.until(lambda: world.server.calls.count("folders") > asked)
        with world.acting() as person:
            person.folders.ensure(AccountName("work"), "Projects")
        waking = asyncio.create_task(engine.handle(Wake(id=2)))
        await asyncio.sleep(0.05)
        late.set()
        await looking
        await waking
        await world.until(lambda: world.pending() == 0)
        assert "Projects" in world.server.boxes
        with world.reading() as reader:
            assert "Projects" in [folder.path for folder in reader.folders()]


async def test_what_should_go_into_a_folder_that_cannot_be_made_comes_back(make_world: MakeWorld) -> None:
    world = make_world(3)
    del world.server.boxes["Archive"]
    world.server.fail_next["folder create"] = [Refused("Not here")]
    async with world.running(alone=True):
        await world.synced()
        with world.acting() as person:
            action = person.archive(ids(world)[:1])
        with pytest.raises(Refused):
            await settled(world, action)
        await world.until(lambda: len(world.troubles()) >= 1)
        assert world.counts() == (3, 3)
        assert len(world.server.boxes["INBOX"].mails) == 3


async def test_flags_after_a_renumbering_go_to_the_right_message(make_world: MakeWorld) -> None:
    world = make_world(5)
    async with world.running(alone=True):
        await world.synced()
        chosen = world.items()[2]
        world.server.renumber("INBOX")
        with world.acting() as person:
            await settled(world, person.mark([chosen.id], add=Flag.FLAGGED))
        flagged = [mail for mail in world.server.boxes["INBOX"].mails.values() if mail.flags & Flag.FLAGGED]
        assert [chosen.subject.encode() in mail.raw for mail in flagged] == [True]


async def test_an_expunge_after_a_renumbering_is_never_sent(make_world: MakeWorld) -> None:
    world = make_world(5)
    async with world.running(alone=True):
        await world.synced()
        world.server.renumber("INBOX")
        with world.acting() as person:
            action = person.delete(ids(world)[:1])
        with pytest.raises(TuiMailError):
            await settled(world, action)
        assert len(world.server.boxes["INBOX"].mails) == 5
        assert [trouble.kind for trouble in world.troubles()] == ["conflict"]


@pytest.mark.parametrize(
    ("count", "kind", "told"),
    [
        (1, "move", "“Letter 2” was not moved to Archive: another program had moved or deleted it."),
        (1, "copy", "“Letter 2” was not copied to Archive: another program had moved or deleted it."),
        (2, "move", "2 messages were not moved to Archive: another program had moved or deleted them."),
        (2, "copy", "2 messages were not copied to Archive: another program had moved or deleted them."),
    ],
)
async def test_messages_that_were_gone_are_told_about(make_world: MakeWorld, count: int, kind: str, told: str) -> None:
    world = make_world(3)
    async with world.running(alone=True):
        await world.synced()
        chosen = world.items()[:count]
        for item in chosen:
            assert item.uid is not None
            del world.server.boxes["INBOX"].mails[item.uid]
        with world.acting() as person:
            place = person.move if kind == "move" else person.copy
            await settled(world, place([item.id for item in chosen], world.folder("Archive")))
        assert [(trouble.kind, trouble.text) for trouble in world.troubles()] == [("gone", told)]
        await world.synced()
        assert world.subjects() == world.server.subjects("INBOX")
        assert world.subjects("Archive") == []


async def test_moving_on_before_the_first_move_is_done(make_world: MakeWorld) -> None:
    world = make_world(3)
    async with world.running(alone=True) as engine:
        await world.synced()
        item = ids(world)[0]
        with world.acting() as person:
            first = person.archive([item])
            person.mark([item], add=Flag.FLAGGED)
            last = person.trash([item])
        assert first is not None
        assert last is not None
        await engine.handle(Wake(id=1))
        await world.until(lambda: not world.pending())
        assert world.server.subjects("Trash") == ["Letter 2"]
        assert world.server.subjects("Archive") == []
        (mail,) = world.server.boxes["Trash"].mails.values()
        assert mail.flags & Flag.FLAGGED
        assert ids(world, "Trash") == [item]


async def test_undo_before_and_after_the_server_did_it(make_world: MakeWorld) -> None:
    world = make_world(4)
    async with world.running(alone=True):
        await world.synced()
        before = ids(world)
        with world.acting() as person:
            person.archive(before[:2])
            await settled(world, person.undo())
            assert len(world.server.boxes["INBOX"].mails) == 4
            await settled(world, person.trash(before[:2]))
            assert len(world.server.boxes["Trash"].mails) == 2
            await settled(world, person.undo())
        assert world.server.subjects("Trash") == []
        assert sorted(ids(world)) == sorted(before)
        await world.synced()
        assert sorted(ids(world)) == sorted(before)


def append_operation(world: World, raw: bytes) -> list[int]:
    with world.acting() as person:
        action = person.append(world.folder("Archive"), [(raw, Flag.SEEN, (), 1_790_000_000)], RawFiles(world.home))
    assert action is not None
    return list(action.operations)


@pytest.mark.parametrize("lost", ["before", "after", "never"])
async def test_an_append_is_made_exactly_once(make_world: MakeWorld, lost: str) -> None:
    world = make_world(1)
    losses = {"before": world.server.fail_next, "after": world.server.fail_after, "never": {}}[lost]
    losses["append"] = [Unreachable("Lost.")]
    async with world.running(alone=True) as engine:
        await world.synced()
        operations = append_operation(world, letter(500))
        await engine.handle(WaitOperations(id=2, operations=list(operations)))
        await world.synced()
        (mail,) = world.server.boxes["Archive"].mails.values()
        assert (mail.raw, mail.flags, mail.received) == (letter(500), Flag.SEEN, 1_790_000_000)
        assert world.subjects("Archive") == ["Letter 500"]


async def test_an_append_that_the_server_changed_is_shown_once_in_the_end(make_world: MakeWorld) -> None:
    world = make_world(1)
    world.server.mangles = True
    async with world.running(alone=True) as engine:
        await world.synced()
        await engine.handle(WaitOperations(id=2, operations=append_operation(world, letter(500))))
        for _round in range(3):
            await world.synced()
        assert [item.uid for item in world.items("Archive")] == [1]


async def test_an_append_that_cannot_be_looked_for_is_left_to_the_person(make_world: MakeWorld) -> None:
    world = make_world(1)
    world.server.fail_after["append"] = [Unreachable("Lost.")]
    async with world.running(alone=True) as engine:
        await world.synced()
        operations = append_operation(world, b"Subject: no id\r\n\r\nx\r\n")
        with pytest.raises(Refused, match="Message-ID"):
            await engine.handle(WaitOperations(id=2, operations=list(operations)))
        assert len(world.server.boxes["Archive"].mails) == 1
        assert [trouble.kind for trouble in world.troubles()] == ["conflict"]


async def test_waiting_for_operations_of_an_account_that_cannot_connect_fails(make_world: MakeWorld) -> None:
    world = make_world(2)
    async with world.running(alone=True):
        await world.synced()
    for error in (SignInRefused("Wrong password."), Unreachable("No route.")):
        world.server.fail_connect = error
        async with world.running(alone=True):
            with world.acting() as person:
                action = person.mark(ids(world)[:1], add=Flag.SEEN if error.kind == "sign-in" else Flag.FLAGGED)
            with pytest.raises(type(error)):
                await settled(world, action)
    assert world.counts() == (2, 1)
    assert world.pending() == 2


async def test_what_was_written_without_a_wake_is_found(make_world: MakeWorld) -> None:
    world = make_world(2)
    assert isinstance(world.clock, FrozenClock)
    async with world.running():
        await world.until(lambda: len(world.items()) == 2)
        with world.acting() as person:
            person.mark(ids(world)[:1], add=Flag.FLAGGED)
        while world.pending():
            world.clock.advance(1)
            await asyncio.sleep(0.01)
    assert [mail.flags for mail in world.server.boxes["INBOX"].mails.values()] == [Flag.NONE, Flag.FLAGGED]


async def test_a_folder_is_renamed_and_deleted(make_world: MakeWorld) -> None:
    world = make_world(1)
    async with world.running(alone=True) as engine:
        await world.synced()
        with world.acting() as person:
            made = person.folders.ensure("work", "Projects")  # type: ignore[arg-type]  # a plain name
            await engine.handle(Wake(id=1))
            await world.until(lambda: "Projects" in world.server.boxes)
            await world.until(lambda: not world.pending())
            person.folders.rename(made, "Plans")
            await engine.handle(Wake(id=1))
            await world.until(lambda: "Plans" in world.server.boxes)
            await world.until(lambda: not world.pending())
            assert world.folder("Plans") == made
            person.folders.delete(made)
            await engine.handle(Wake(id=1))
            await world.until(lambda: "Plans" not in world.server.boxes)
            await world.until(lambda: not world.pending())


async def test_a_deletion_of_a_folder_cut_off_between_the_two_files_was_done(make_world: MakeWorld) -> None:
    world = make_world(1)
    async with world.running(alone=True):
        await world.synced()
        with world.acting() as person:
            plans = person.folders.ensure(AccountName("work"), "Plans")
        await world.synced()
        assert world.folder("Plans") == plans
    with world.acting() as person:
        person.folders.delete(plans)
    writer = Writer(world.home, world.clock)
    (operation,) = writer.next_operations(AccountName("work"))
    writer.start(operation)
    del world.server.boxes["Plans"]
    writer._folders.confirm(operation, None)  # mail.db knows, and keep.db would have been next
    writer.close()
    async with world.running(alone=True):
        await world.synced()
    assert world.pending() == 0
    assert not world.troubles()


async def test_a_folder_deleted_while_it_is_read_stops_no_round(make_world: MakeWorld) -> None:
    world = make_world(1, page=1)
    world.server.boxes["Plans"] = Box("Plans", None)
    for number in (8, 9):
        world.server.deliver(letter(number), "Plans")
    async with world.running(alone=True) as engine:
        gate = world.server.gates["page"] = asyncio.Event()
        syncing = asyncio.create_task(engine.handle(Sync(id=1)))
        await world.until(lambda: "page" in world.server.calls)
        with world.acting() as person:
            person.folders.delete(world.folder("Plans"))

        def deleted(writer: Writer) -> None:
            for operation in writer.next_operations(AccountName("work")):
                writer.confirm(operation)

        await engine.core.write(Urgency.FOLD, deleted)
        gate.set()
        done = await asyncio.wait_for(syncing, PATIENCE)
        assert done.ok, done
    assert world.counts() == (1, 1)


async def test_a_star_taken_away_while_its_folder_is_read_is_not_shown_again(make_world: MakeWorld) -> None:
    world = make_world(2)
    world.server.counts_changes = False
    async with world.running(alone=True):
        await world.synced()
        item = world.items()[0].id
        with world.acting() as person:
            await settled(world, person.mark([item], add=Flag.FLAGGED))
            world.server.deliver(letter(9))
            held = world.server.late["changes"] = asyncio.Event()
            before = world.server.calls.count("changes")
            reading = asyncio.create_task(world.synced())
            await world.until(lambda: world.server.calls.count("changes") > before)
            await settled(world, person.mark([item], remove=Flag.FLAGGED))
        held.set()
        await reading
        await world.synced()
        assert [found.flags for found in world.items() if found.id == item] == [Flag.NONE]


@pytest.mark.parametrize("expunges", [False, True])
async def test_a_message_that_stays_marked_is_not_marked_while_its_folder_is_read(
    make_world: MakeWorld, expunges: bool
) -> None:
    """What was read before would say that it is not marked."""
    world = make_world(3, page=1)
    world.server.expunges = expunges
    async with world.running(alone=True) as engine:
        await world.synced()
        (newest, *_others) = ids(world)
        world.server.calls.clear()
        gate = world.server.gates["page"] = asyncio.Event()
        reading = asyncio.create_task(engine.handle(Sync(id=1, folder="INBOX", anew=True)))
        await world.until(lambda: "page" in world.server.calls)
        with world.acting() as person:
            person.delete([newest])
        await engine.handle(Wake(id=2))
        if expunges:
            await world.until(lambda: "apply expunge" in world.server.calls)
        else:
            await asyncio.sleep(0.3)
            assert "apply expunge" not in world.server.calls
        gate.set()
        await asyncio.wait_for(reading, PATIENCE)
        await world.until(lambda: not world.pending())
        assert len(ids(world)) == 2


async def test_a_connection_that_ends_while_an_operation_is_being_begun_leaves_it_waiting(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, slow_disk = threading.Event(), threading.Event()
    start = Outcomes.start

    def slow(outcomes: Outcomes, operation: Operation, target_uidnext: int) -> int:
        before = start(outcomes, operation, target_uidnext)
        begun.set()
        slow_disk.wait(PATIENCE)
        return before

    world = make_world(3)
    async with world.running(alone=True) as engine:
        await world.synced()
        monkeypatch.setattr(Outcomes, "start", slow)
        with world.acting() as person:
            person.archive(ids(world)[:1])
        await engine.handle(Wake(id=1))
        await world.until(begun.is_set)
        runner = engine.supervisor.runners[AccountName("work")]
        runner.drop()
        await world.until(lambda: not runner.connected)
        slow_disk.set()
        await world.synced()
        await world.until(lambda: not world.pending())
        assert world.counts("Archive") == (1, 1)
