import asyncio
import random

from hypothesis import given
from hypothesis import strategies as st

from tui_mail.engine.announce import Announcer
from tui_mail.engine.timing import BACKOFF_CAP, HINT_CAP, Backoff, Timing
from tui_mail.link.messages import Changed, Message
from tui_mail.model.clock import FrozenClock
from tui_mail.model.errors import CertificateRefused, StoreFull, Throttled, Unreachable
from tui_mail.model.ids import FolderId


async def test_a_sleep_lasts_as_long_as_the_clock_says() -> None:
    clock = FrozenClock(1000.0)
    timing = Timing(clock, tick=0.001)
    sleeping = asyncio.create_task(timing.sleep(3600))
    await asyncio.sleep(0.02)
    assert not sleeping.done()
    clock.advance(3599)
    await asyncio.sleep(0.02)
    assert not sleeping.done()
    clock.advance(1)
    await asyncio.wait_for(sleeping, 30)


async def test_an_event_ends_a_wait_and_the_clock_does_too() -> None:
    clock = FrozenClock(1000.0)
    timing = Timing(clock, tick=0.001)
    event = asyncio.Event()
    waiting = asyncio.create_task(timing.wait(event, 60))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    event.set()
    assert await asyncio.wait_for(waiting, 30) is True
    late = asyncio.create_task(timing.wait(asyncio.Event(), 60))
    await asyncio.sleep(0)
    clock.advance(61)
    assert await asyncio.wait_for(late, 30) is False


@given(st.integers(0, 2**32), st.integers(1, 60))
def test_the_back_off_grows_with_jitter_and_is_capped(seed: int, failures: int) -> None:
    backoff = Backoff(random.Random(seed))
    for number in range(failures):
        delay = backoff.delay(Unreachable("x"))
        assert 0 < delay <= min(BACKOFF_CAP, 2.0 * 2**number)
    backoff.useful()
    assert backoff.delay(Unreachable("x")) <= 2.0


def test_two_clients_do_not_come_back_together() -> None:
    delays = {Backoff(random.Random(seed)).delay(Unreachable("x")) for seed in range(50)}
    assert len(delays) == 50


def test_the_hint_of_the_server_wins_and_is_capped() -> None:
    backoff = Backoff()
    assert backoff.delay(Throttled("x", 42.0)) == 42.0
    assert backoff.delay(Throttled("x", 1e9)) == HINT_CAP
    assert backoff.delay(CertificateRefused("x")) == BACKOFF_CAP
    assert backoff.delay(StoreFull("x")) == 60.0


async def test_the_first_change_is_told_at_once_and_the_next_are_merged() -> None:
    announcer = Announcer()
    heard: list[Message] = []
    announcer.listeners.append(heard.append)
    announcer.changed(1, [FolderId(1)])
    assert heard == [Changed(rev=1, folders=[1])]
    for number in range(2, 50):
        announcer.changed(number, [FolderId(number % 3)], new_mail=1)
    assert len(heard) == 1
    async with asyncio.timeout(30):
        while len(heard) == 1:
            await asyncio.sleep(0.01)
    assert heard[1:] == [Changed(rev=49, folders=[0, 1, 2], new_mail=48)]


async def test_the_list_of_folders_is_told_apart() -> None:
    announcer = Announcer()
    heard: list[Message] = []
    announcer.listeners.append(heard.append)
    announcer.list_changed(3)
    announcer.changed(4, [FolderId(9)])
    announcer.flush()
    assert heard == [Changed(rev=3, folders=[]), Changed(rev=4, folders=[9])]
    announcer.changed(5, [])
    announcer.flush()
    assert len(heard) == 2
