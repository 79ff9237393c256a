import asyncio
import threading
from concurrent.futures import Future
from typing import Any

import pytest

from tui_mail.engine.lanes import Lane, Urgency


def test_the_urgent_goes_first_and_equals_keep_their_order() -> None:
    done: list[str] = []
    lane: Lane[list[str]] = Lane("test", lambda: done)
    lane.start()
    gate = threading.Event()
    futures: list[Future[Any]] = [lane.submit(Urgency.IDLE, lambda _: gate.wait(30))]
    for urgency in (Urgency.BODIES, Urgency.HEADERS, Urgency.FOLD, Urgency.HEADERS, Urgency.PERSON):
        name = f"{urgency.name} {len(futures)}"
        futures.append(lane.submit(urgency, lambda owned, name=name: owned.append(name)))  # type: ignore[misc]
    gate.set()
    for future in futures:
        future.result(30)
    assert done == ["FOLD 3", "PERSON 5", "HEADERS 2", "HEADERS 4", "BODIES 1"]
    lane.close()


def test_everything_runs_on_the_one_thread_that_made_and_closes_it() -> None:
    made: list[int] = []
    closed: list[int] = []

    def make() -> int:
        made.append(threading.get_ident())
        return 7

    lane = Lane("test", make, lambda owned: closed.append(threading.get_ident() * (owned == 7)))
    lane.start()
    used = lane.submit(Urgency.FOLD, lambda owned: (owned, threading.get_ident())).result(30)
    lane.close()
    assert used == (7, made[0])
    assert closed == made
    assert made[0] != threading.get_ident()


def test_what_cannot_be_made_is_raised_where_it_is_started() -> None:
    def make() -> None:
        raise ValueError("no")

    lane = Lane("test", make)
    with pytest.raises(ValueError, match="no"):
        lane.start()
    lane.close()


async def test_an_error_belongs_to_who_asked() -> None:
    lane: Lane[None] = Lane("test", lambda: None)
    lane.start()

    def fail(_: None) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError):
        await lane.run(Urgency.FOLD, fail)
    assert await lane.run(Urgency.FOLD, lambda _: 3) == 3
    lane.close()


async def test_work_cancelled_while_it_waits_is_not_done() -> None:
    lane: Lane[None] = Lane("test", lambda: None)
    lane.start()
    gate = threading.Event()
    first = lane.submit(Urgency.FOLD, lambda _: gate.wait(30))
    done: list[int] = []
    waiting = asyncio.create_task(lane.run(Urgency.FOLD, lambda _: done.append(1)))
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    gate.set()
    first.result(30)
    lane.close()
    assert done == []


def test_closing_does_what_is_queued_and_takes_no_more() -> None:
    lane: Lane[None] = Lane("test", lambda: None)
    lane.start()
    futures = [lane.submit(Urgency.IDLE, lambda _, n=n: n) for n in range(10)]  # type: ignore[misc]
    lane.close()
    assert [future.result(0) for future in futures] == list(range(10))
    assert lane.submit(Urgency.FOLD, lambda _: 1).cancelled()


def test_a_lane_never_started_can_be_closed() -> None:
    Lane("test", lambda: None).close()
