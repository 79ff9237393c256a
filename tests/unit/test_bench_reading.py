"""The measurement of reading ends, whatever a program does: what is stuck loses a row, and is said to."""

from __future__ import annotations

from typing import Any, Self

import pytest

from bench.awkward import LONG
from bench.clients import Client, Keys
from bench.measures import reading
from bench.results import Results
from bench.screen import Answer, NeverShown
from bench.server import Mailbox

MESSAGES = 300


class Stuck:
    """A screen that stops answering after ``answers`` opened messages, and the seconds somebody waited for it."""

    def __init__(self, answers: int, *, shows: bool, starts: bool = True) -> None:
        self.waited = 0.0
        self._answers = answers
        self._shows = shows
        self._starts = starts

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def until(self, word: str, seconds: float) -> float:
        self.waited += 0 if self._starts else seconds
        if not self._starts:
            raise NeverShown(word)
        return 0.1

    def settle(self, _quiet: float, longest: float) -> None:
        self.waited += longest  # something turns on it

    def press(self, key: str, quiet: float = 0.08, longest: float = 5.0) -> Answer:
        self._answers -= key == "open"
        if self._answers < 0:
            self.waited += longest
            return Answer(longest, 0)
        return Answer(0.01, 100)

    def press_until(self, _key: str, word: str, seconds: float) -> float:
        if self._shows:
            return 0.2
        self.waited += seconds
        raise NeverShown(f"{word!r} was not shown within {seconds:.0f} s")


class Program(Client):
    def __init__(self, screen: Stuck) -> None:
        self.name = "stuck"
        self.keys = Keys("down", "page", "open", "back", "quit")
        self.screen: Any = screen
        self.stopped = 0

    def configure(self, mailbox: Mailbox) -> None:
        pass

    def start(self) -> Any:
        return self.screen

    def leave(self, screen: Any) -> None:
        pass

    def stop(self) -> None:
        self.stopped += 1


@pytest.mark.parametrize(
    ("screen", "measured", "failed"),
    [
        (Stuck(10_000, shows=True), 7, 0),
        (Stuck(20, shows=True), 6, 1),
        (Stuck(10_000, shows=False), 1, 3),
        (Stuck(0, shows=False), 0, 4),
        (Stuck(0, shows=False, starts=False), 0, 4),
    ],
)
def test_it_ends_and_says_what_was_not_measured(screen: Stuck, measured: int, failed: int) -> None:
    results, program = Results(), Program(screen)
    mailbox = Mailbox("127.0.0.1", 143, "user", "secret", MESSAGES + len(LONG))
    reading.measure(results, [program], mailbox, 3)
    assert {row.what for row in results.rows} <= set(reading.rows())
    assert len(results.rows) == measured
    assert len(results.failures) == failed
    assert all("stuck" in sentence for sentence in results.failures)
    assert program.stopped == 1
    if failed:
        assert screen.waited < 180


def test_a_few_messages_that_are_not_shown_count_as_such() -> None:
    class Sometimes(Stuck):
        def press(self, key: str, quiet: float = 0.08, longest: float = 5.0) -> Answer:
            self._answers -= key == "open"
            return Answer(longest, 0) if key == "open" and not self._answers % 40 else Answer(0.01, 100)

    results = Results()
    mailbox = Mailbox("127.0.0.1", 143, "user", "secret", MESSAGES + len(LONG))
    reading.measure(results, [Program(Sometimes(10_000, shows=True))], mailbox, 3)
    assert results.rows[0].what == reading.OPEN
    assert results.rows[0].percentile(0.99) == 5.0
    assert not results.failures
