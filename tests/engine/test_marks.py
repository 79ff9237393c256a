"""Messages that another client marked as deleted: shown so, brought back or finished by a gesture, on the server too."""

from __future__ import annotations

from collections.abc import Callable

from tests.engine.world import World
from tui_mail.link.messages import WaitOperations, Wake
from tui_mail.model.flags import Flag
from tui_mail.model.operation import Action

MakeWorld = Callable[..., World]


async def marked(world: World, *uids: int) -> None:
    """Another client marks these."""
    box = world.server.boxes["INBOX"]
    box.modseq += 1
    for uid in uids:
        box.mails[uid].flags |= Flag.DELETED
        box.mails[uid].modseq = box.modseq
    await world.synced()


async def settled(world: World, action: Action | None) -> None:
    assert action is not None
    assert world.engine is not None
    await world.engine.handle(Wake(id=1))
    await world.engine.handle(WaitOperations(id=2, operations=list(action.operations)))


async def test_they_are_seen_as_such_until_somebody_expunges_them(make_world: MakeWorld) -> None:
    world = make_world(4)
    async with world.running(alone=True):
        await world.synced()
        await marked(world, 2, 3)
        assert {item.uid for item in world.items() if item.flags & Flag.DELETED} == {2, 3}
        assert world.counts() == (4, 4)
        world.server.remove("INBOX", 2)
        await world.synced()
        assert {item.uid for item in world.items()} == {1, 3, 4}


async def test_a_gesture_takes_the_mark_away_or_finishes_it(make_world: MakeWorld) -> None:
    world = make_world(4)
    async with world.running(alone=True):
        await world.synced()
        await marked(world, 2, 3)
        items = {item.uid: item.id for item in world.items()}
        with world.acting() as person:
            await settled(world, person.mark([items[2]], remove=Flag.DELETED))
            await settled(world, person.delete([items[3]]))
        mails = world.server.boxes["INBOX"].mails
        assert {uid: mail.flags for uid, mail in mails.items()} == {1: Flag.NONE, 2: Flag.NONE, 4: Flag.NONE}


async def test_what_is_moved_loses_the_mark_before_it_goes_and_gets_it_back_by_undo(make_world: MakeWorld) -> None:
    world = make_world(3)
    async with world.running(alone=True):
        await world.synced()
        await marked(world, 2)
        item = next(item.id for item in world.items() if item.uid == 2)
        with world.acting() as person:
            await settled(world, person.archive([item]))
            (mail,) = world.server.boxes["Archive"].mails.values()
            assert mail.flags == Flag.NONE, "else it would go with the next expunge there"
            await settled(world, person.undo())
        await world.synced()
        (back,) = [item for item in world.items() if item.subject == "Letter 1"]
        assert (back.id, back.flags) == (item, Flag.DELETED)
        assert world.subjects() == world.server.subjects("INBOX")
