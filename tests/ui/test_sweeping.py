"""Garbage is collected while nobody types: not in the middle of a key, and not without a reason."""

from __future__ import annotations

import asyncio
import gc

from tests.ui.stage import Stage
from tui_mail.ui.sweeping import SELDOM, Sweeper


class Garbage:
    """A collector that has something to collect, and tells what it was asked for."""

    def __init__(self, middle: int) -> None:
        self.middle = middle
        self.frozen = 0
        self.threshold = (700, 10, 10)
        self.collected = asyncio.Event()

    def freeze(self) -> None:
        self.frozen += 1

    def collect(self) -> int:
        self.middle = 0
        self.collected.set()
        return 0

    def get_count(self) -> tuple[int, int, int]:
        return 0, 0, self.middle

    def get_threshold(self) -> tuple[int, int, int]:
        return self.threshold

    def set_threshold(self, young: int, middle: int, old: int, /) -> None:
        self.threshold = (young, middle, old)


async def test_it_waits_for_a_quiet_moment_each_time() -> None:
    app, garbage = Stage(), Garbage(10)
    sweeper = Sweeper(garbage)
    async with app.run_test():
        sweeper.put_off()  # not begun: nothing to put off
        sweeper.begin(lambda _seconds, sweep: app.set_interval(0.02, sweep))
        assert garbage.frozen == 1
        assert garbage.threshold == (700, 10, SELDOM)
        for _quiet in range(3):
            garbage.middle = 10
            sweeper.put_off()
            assert not garbage.collected.is_set()
            await asyncio.wait_for(garbage.collected.wait(), 30)
            garbage.collected.clear()


async def test_little_is_left_where_it_is() -> None:
    garbage = Garbage(1)
    sweeper = Sweeper(garbage)
    sweeper.sweep()
    assert not garbage.collected.is_set()
    garbage.middle = 9
    sweeper.sweep()
    assert garbage.collected.is_set()


def test_the_collector_of_python_is_one() -> None:
    before = gc.get_threshold()
    Sweeper().sweep()
    assert gc.get_threshold() == before
