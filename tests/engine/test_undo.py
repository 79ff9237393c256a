"""Taking back: many levels, in bulk, after a restart, after the server has done it, wherever the message went.

The server in memory and a real Dovecot, each with and without what tells where a message went (UIDPLUS, RFC 4315).
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import Mailbox
from tests.engine.sites import Desk, DovecotSite, MemorySite, Site, State
from tests.fakes import dovecot as servers
from tests.fakes.dovecot import Dovecot
from tests.unit.link.homes import short_home
from tui_mail.model.errors import NothingToUndo
from tui_mail.model.flags import Flag
from tui_mail.model.ids import FolderId, ItemId
from tui_mail.model.operation import Action
from tui_mail.store.gestures.messages import Gestures

Gesture = Callable[[Gestures, Desk], Action | None]

_BARE = "IMAP4rev1 AUTH=PLAIN"
SITES = ["memory", "memory-without-places", "memory-without-uidplus", "dovecot", "dovecot-without-uidplus"]


@pytest.fixture(scope="module")
def bare() -> Iterator[Dovecot]:
    """A server that says it can do no more than RFC 3501 asks."""
    if reason := servers.missing():
        pytest.skip(reason)
    server = servers.start(CAPS=_BARE)
    yield server
    servers.stop(server)


@pytest.fixture(params=SITES)
def site(request: pytest.FixtureRequest) -> Site:
    match request.param:
        case "memory":
            return MemorySite()
        case "memory-without-places":
            return MemorySite(tells_places=False)
        case "memory-without-uidplus":
            return MemorySite(tells_places=False, expunges=False)
        case "dovecot":
            return DovecotSite(request.getfixturevalue("dovecot"))
        case _:
            return DovecotSite(Mailbox.fresh(request.getfixturevalue("bare")))


@pytest.fixture
def desk(site: Site) -> Iterator[Desk]:
    with short_home() as home:
        yield Desk(home, site)


def _folder(person: Gestures, path: str) -> FolderId:
    return person.folders.ensure("work", path)  # type: ignore[arg-type]  # a plain name; one that is there is found


def some(desk: Desk, *places: int, path: str = "INBOX") -> list[ItemId]:
    items = desk.ids(path)
    return [items[place % len(items)] for place in places]


GESTURES: list[Gesture] = [
    lambda person, desk: person.mark(some(desk, 0, 1, 2), add=Flag.FLAGGED),
    lambda person, desk: person.archive(some(desk, 1, 2, 3)),
    lambda person, desk: person.mark(some(desk, 0, 1), add=Flag.SEEN),
    lambda person, desk: person.trash(some(desk, 0, 4)),
    lambda person, desk: person.copy(some(desk, 0, 1), _folder(person, "Projects")),
    lambda person, desk: person.move(some(desk, 0, path="Archive"), _folder(person, "Projects")),
    lambda person, desk: person.mark(some(desk, 0, path="Projects"), add=Flag.ANSWERED),
    lambda person, desk: person.move(some(desk, 0, 1, path="Projects"), _folder(person, "INBOX")),
]
"""Each on what the ones before left; some take a message that another has moved before."""


async def done(desk: Desk, gesture: Gesture) -> None:
    with desk.acting() as person:
        action = gesture(person, desk)
    await desk.settled(action)


async def turned(desk: Desk, *, back: bool) -> None:
    with desk.acting() as person:
        action = person.undo() if back else person.redo()
    await desk.settled(action)


async def agrees(desk: Desk, expected: State) -> None:
    """Both sides are as expected, and stay so when the server is asked again."""
    assert desk.site.state() == expected
    assert desk.state() == expected
    await desk.synced()
    assert desk.state() == expected


async def test_many_levels_back_and_forth_over_restarts_after_the_server_has_done_it(desk: Desk) -> None:
    desk.site.fill(8)
    states: list[State] = []
    async with desk.running():
        await desk.synced()
        states.append(desk.site.state())
        for gesture in GESTURES:
            await done(desk, gesture)
            await agrees(desk, desk.site.state())
            states.append(desk.site.state())
    assert all(before != after for before, after in itertools.pairwise(states)), "each did something"
    for round_ in range(2):
        async with desk.running():
            for expected in reversed(states[:-1]):
                await turned(desk, back=True)
                await agrees(desk, expected)
        with desk.acting() as person, pytest.raises(NothingToUndo):
            person.undo()
        async with desk.running():
            for expected in states[1:]:
                await turned(desk, back=False)
                await agrees(desk, expected)
        assert desk.troubles() == [], round_


async def test_all_levels_at_once_before_the_server_hears_of_any(desk: Desk) -> None:
    """Five steps back between two breaths: the server sees what is left of them."""
    desk.site.fill(8)
    async with desk.running():
        await desk.synced()
        before = desk.site.state()
        for gesture in GESTURES:
            await done(desk, gesture)
        after = desk.site.state()
        with desk.acting() as person:
            actions = [person.undo() for _gesture in GESTURES]
        await desk.settled(actions[-1])
        await agrees(desk, before)
        with desk.acting() as person:
            actions = [person.redo() for _gesture in GESTURES]
        await desk.settled(actions[-1])
        await agrees(desk, after)
    assert desk.troubles() == []


async def test_in_bulk(desk: Desk) -> None:
    desk.site.fill(120)
    async with desk.running():
        await desk.synced()
        before = desk.site.state()
        await done(desk, lambda person, desk: person.archive(desk.ids()))
        assert len(desk.site.state()["Archive"]) == 120
        await agrees(desk, desk.site.state())
    async with desk.running():
        await turned(desk, back=True)
        await agrees(desk, before)
    assert desk.troubles() == []


async def test_messages_that_are_equal_in_everything_are_each_put_back(desk: Desk) -> None:
    """Three copies of one message cannot be told apart: any of them may go back, but all of them do."""
    for _time in range(3):
        desk.site.fill(1)
    async with desk.running():
        await desk.synced()
        before = desk.site.state()
        await done(desk, lambda person, desk: person.archive(some(desk, 0, 1)))
        await done(desk, lambda person, desk: person.archive(some(desk, 0)))
        await agrees(desk, {"Archive": [("Letter 0", Flag.NONE)] * 3})
        await turned(desk, back=True)
        await turned(desk, back=True)
        await agrees(desk, before)


async def test_while_the_server_cannot_be_reached(desk: Desk) -> None:
    desk.site.fill(8)
    async with desk.running():
        await desk.synced()
        before = desk.site.state()
        await done(desk, GESTURES[0])
        await done(desk, GESTURES[1])
    here = desk.state()
    with desk.acting() as person:
        person.undo()
        person.undo()
    assert desk.state() == before
    assert desk.site.state() == here
    with desk.acting() as person:
        person.redo()
        person.undo()
    async with desk.running():
        async with asyncio.timeout(60):
            await desk.synced()
        await agrees(desk, before)
    assert desk.pending() == 0
