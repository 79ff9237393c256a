"""Reading: what it takes until a message is on the screen, over messages that are hard to show and three that are long."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.awkward import LONG, Long
from bench.clients import Client
from bench.results import Results
from bench.screen import NeverShown, Screen
from bench.server import Mailbox

OPEN = "open an awkward message, cached"
FIRST, AGAIN = "first time", "cached"
PATIENCE = 20.0
"""Seconds after which a message counts as not shown; what is left of its row is skipped then."""
UNANSWERED = 3
"""So many keys without an answer, one after the other: the program is stuck, and its row is skipped."""
SHORT = 1.0
"""Seconds for the answer to a key that is not measured."""
SETTLE = 5.0
"""Seconds for a screen to become quiet; that of a program with something that turns never does."""


def rows() -> list[str]:
    """Everything that is measured, in the order of the table."""
    return [OPEN, *(_what(each, when) for each in LONG for when in (FIRST, AGAIN))]


def measure(results: Results, clients: Sequence[Client], mailbox: Mailbox, runs: int, most: int = 1_000) -> None:
    """``most``: so many of the awkward messages, from the top."""
    for client in clients:
        for row, measured in _rows(client, mailbox, runs, most).items():
            try:
                measured(results)
            except Exception as error:  # what one program cannot show must not end the run of the others
                results.fail(row, mailbox.size, client.name, error)
        client.stop()


def _rows(client: Client, mailbox: Mailbox, runs: int, most: int) -> dict[str, Callable[[Results], None]]:
    """What is measured of one program, each in a run of its own, so that a program that is stuck loses one row."""

    def long(place: int, one: Long) -> Callable[[Results], None]:
        return lambda results: _long(results, client, mailbox, place, one, runs)

    found: dict[str, Callable[[Results], None]] = {OPEN: lambda results: _short(results, client, mailbox, most)}
    return found | {f"{one.what}, first screen": long(place, one) for place, one in enumerate(LONG)}


def _short(results: Results, client: Client, mailbox: Mailbox, most: int) -> None:
    client.configure(mailbox)
    prepare = getattr(client, "sync", None)
    if prepare is not None:
        prepare("none")
    with client.start() as screen:
        _to_row(client, screen, len(LONG))
        opens: list[float] = []
        unanswered = 0
        for _message in range(min(mailbox.size - len(LONG), most)):
            screen.press(client.keys.open, 0.15)  # fetches it
            screen.press(client.keys.leave, 0.1, SHORT)
            answer = screen.press(client.keys.open, 0.1)
            screen.press(client.keys.leave, 0.1, SHORT)
            screen.press(client.keys.down, longest=SHORT)
            opens.append(answer.seconds)
            unanswered = 0 if answer.octets else unanswered + 1
            if unanswered == UNANSWERED:
                raise NeverShown(
                    f"{UNANSWERED} messages one after the other were not shown within {answer.seconds:.0f} s"
                )
        results.add(OPEN, mailbox.size, client.name, "key", opens)
        client.leave(screen)


def _to_row(client: Client, screen: Screen, row: int) -> None:
    screen.until(LONG[0].subject, PATIENCE)
    screen.settle(1.0, longest=2 * SETTLE)
    for _row in range(row):
        screen.press(client.keys.down, longest=SHORT)


def _long(results: Results, client: Client, mailbox: Mailbox, place: int, one: Long, runs: int) -> None:
    times: list[float] = []
    with client.start() as screen:
        _to_row(client, screen, place)
        try:
            for _run in range(runs + 1):
                times.append(screen.press_until(client.keys.open, one.word, PATIENCE))
                screen.settle(0.3, longest=SETTLE)
                screen.press(client.keys.leave, 0.2, SHORT)
        finally:
            for when, values in ((FIRST, times[:1]), (AGAIN, times[1:])):
                if values:
                    results.add(_what(one, when), mailbox.size, client.name, "s", values)
        client.leave(screen)


def _what(one: Long, when: str) -> str:
    return f"{one.what}, first screen, {when}"
