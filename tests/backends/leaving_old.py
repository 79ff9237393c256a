"""What a backend has to do that can leave old mail on the server (``LeavesOldMail``).

A test class inherits ``LeavingOldConformance`` and gives the fixture ``world`` of the conformance suite.
"""

from __future__ import annotations

import io
import random
from dataclasses import dataclass, field

import pytest

from tests.backends.conformance import Copy, World, letter
from tui_mail.backends.protocol import LeavesOldMail, MailBackend
from tui_mail.model.flags import Flag
from tui_mail.model.remote import Page

NOW = 1_795_000_000
DAY = 86_400


@dataclass
class Window(Copy):
    """A copy that is read so far back."""

    since: int = 0
    pages: list[Page] = field(default_factory=list)

    async def look(self, backend: MailBackend, since: int | None = None, pages: int = 10_000) -> list[Page]:
        """Take at most so many pages of what is new; ``since`` is kept for the next look."""
        assert isinstance(backend, LeavesOldMail)
        if since is not None:
            self.since = since
        taken: list[Page] = []
        async for page in backend.changes_since(self.folder, self.cursor, self, self.since):
            taken.append(page)
            self.take(page)
            if len(taken) == pages:
                break
        self.pages = taken
        return taken

    def ages(self) -> list[int]:
        """Days, the youngest first."""
        return sorted((NOW - message.received) // DAY for message in self.messages.values())

    @property
    def older(self) -> int:
        assert self.pages[-1].last
        return self.pages[-1].older


async def arrive(backend: MailBackend, number: int, age: int) -> None:
    """A message that was received ``age`` days ago."""
    raw = letter(number)
    await backend.append("INBOX", io.BytesIO(raw), len(raw), Flag.NONE, (), NOW - age * DAY)


class LeavingOldConformance:
    """Inherit, and give the fixture ``world``."""

    @pytest.fixture
    async def backend(self, world: World) -> MailBackend:
        """Messages of 400, 390 … 10 days ago."""
        backend = world.backend()
        await backend.connect()
        for age in range(400, 0, -10):
            await arrive(backend, age, age)
        return backend

    async def test_what_is_older_stays_there_and_is_counted(self, backend: MailBackend) -> None:
        copy = Window("INBOX")
        await copy.look(backend, NOW - 100 * DAY)
        assert copy.ages() == list(range(10, 101, 10))
        assert copy.older == 30
        assert copy.pages[-1].total == 40
        again = await copy.look(backend)
        assert not any(page.new or page.vanished for page in again)
        assert copy.older == 30

    async def test_what_arrives_comes_whatever_its_date(self, backend: MailBackend) -> None:
        copy = Window("INBOX")
        await copy.look(backend, NOW - 100 * DAY)
        await arrive(backend, 1000, 1)
        await arrive(backend, 1001, 900)
        await copy.look(backend)
        assert copy.ages() == [1, *range(10, 101, 10), 900]
        assert copy.older == 30

    async def test_changes_of_what_is_here_are_told_and_of_the_rest_are_not(
        self, world: World, backend: MailBackend
    ) -> None:
        copy = Window("INBOX")
        await copy.look(backend, NOW - 100 * DAY)
        inside, outside = copy.uids()[3], copy.uids()[0] - 5
        await world.other.flag("INBOX", [inside, outside], Flag.FLAGGED)
        await copy.look(backend)
        assert {uid for uid, (flags, _keywords) in copy.flags.items() if flags & Flag.FLAGGED} == {inside}
        await world.other.expunge("INBOX", [inside, outside])
        await copy.look(backend)
        assert inside not in copy.uids()
        assert (copy.count(), copy.older) == (9, 29)

    async def test_further_back_brings_what_lies_between(self, backend: MailBackend) -> None:
        copy = Window("INBOX")
        await copy.look(backend, NOW - 100 * DAY)
        await copy.look(backend, NOW - 250 * DAY)
        assert copy.ages() == list(range(10, 251, 10))
        assert copy.older == 15
        await copy.look(backend, NOW - 30 * DAY)
        assert (copy.count(), copy.older) == (25, 15), "what is here stays known"
        await copy.look(backend, 0)
        assert (copy.count(), copy.older) == (40, 0)

    async def test_less_of_a_folder_that_is_here_altogether(self, backend: MailBackend) -> None:
        copy = Window("INBOX")
        await copy.look(backend, 0)
        await copy.look(backend, NOW - 100 * DAY)
        assert (copy.count(), copy.older) == (40, 0)

    async def test_changes_alone_brings_the_rest(self, backend: MailBackend) -> None:
        copy = Window("INBOX")
        await copy.look(backend, NOW - 100 * DAY)
        await copy.follow(backend)
        assert copy.count() == 40

    async def test_nothing_is_recent(self, backend: MailBackend) -> None:
        copy = Window("INBOX")
        await copy.look(backend, NOW)
        assert copy.older + copy.count() == 40
        await arrive(backend, 1000, 0)
        await copy.look(backend)
        assert 0 in copy.ages()

    async def test_an_empty_folder(self, world: World) -> None:
        backend = world.backend()
        await backend.connect()
        copy = Window("INBOX")
        await copy.look(backend, NOW)
        assert (copy.count(), copy.older) == (0, 0)

    async def test_a_renumbered_folder(self, world: World, backend: MailBackend) -> None:
        copy = Window("INBOX")
        await copy.look(backend, NOW - 100 * DAY)
        await world.other.renumber("INBOX")
        await copy.look(backend)
        assert copy.resets == 1
        assert copy.ages() == list(range(10, 101, 10))
        assert copy.older == 30

    @pytest.mark.parametrize("seed", range(6))
    async def test_any_history_interrupted_anywhere(self, world: World, seed: int) -> None:
        chance = random.Random(seed)
        backend = world.backend()
        await backend.connect()
        copy = Window("INBOX")
        everything = Window("INBOX")
        furthest = NOW
        for number in range(30):
            match chance.randrange(4):
                case 0:
                    for each in range(chance.randrange(1, 8)):
                        await arrive(backend, number * 10 + each, chance.randrange(500))
                case 1:
                    await everything.look(backend, 0)
                    if everything.uids():
                        await world.other.expunge("INBOX", [chance.choice(everything.uids())])
                case 2:
                    await everything.look(backend, 0)
                    if everything.uids():
                        await world.other.flag("INBOX", [chance.choice(everything.uids())], Flag.FLAGGED)
                case _:
                    await copy.look(backend, NOW - chance.randrange(400) * DAY, pages=1)
                    furthest = min(furthest, copy.since)
        await copy.look(backend, furthest)
        await everything.look(backend, 0)
        held = set(copy.uids())
        assert held <= set(everything.uids())
        assert {uid for uid, each in everything.messages.items() if each.received >= furthest} <= held
        assert copy.older == everything.count() - copy.count()
        assert copy.flags == {uid: everything.flags[uid] for uid in held}
