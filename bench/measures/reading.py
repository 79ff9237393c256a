"""Reading: what it takes until a message is on the screen, over messages that are hard to show and three that are long."""

from __future__ import annotations

from collections.abc import Sequence

from bench.awkward import LONG, Long
from bench.clients import Client
from bench.results import Results
from bench.screen import Screen
from bench.server import Mailbox

OPEN = "open an awkward message, cached"
FIRST, AGAIN = "first time", "cached"
PATIENCE = 30.0
"""Seconds after which a message counts as not shown."""


def rows() -> list[str]:
    """Everything that is measured, in the order of the table."""
    return [OPEN, *(_what(each, when) for each in LONG for when in (FIRST, AGAIN))]


def measure(results: Results, clients: Sequence[Client], mailbox: Mailbox, runs: int, most: int = 1_000) -> None:
    """``most``: so many of the awkward messages, from the top."""
    for client in clients:
        try:
            _one(results, client, mailbox, runs, most)
        except Exception as error:  # one program that fails must not end the run of the others
            results.fail(OPEN, mailbox.size, client.name, error)
        client.stop()


def _one(results: Results, client: Client, mailbox: Mailbox, runs: int, most: int) -> None:
    client.configure(mailbox)
    prepare = getattr(client, "sync", None)
    if prepare is not None:
        prepare("none")
    with client.start() as screen:
        _to_row(client, screen, len(LONG))
        opens = []
        for _message in range(min(mailbox.size - len(LONG), most)):
            screen.press(client.keys.open, 0.15)  # fetches it
            screen.press(client.keys.leave, 0.1)
            opens.append(screen.press(client.keys.open, 0.1).seconds)
            screen.press(client.keys.leave, 0.1)
            screen.press(client.keys.down)
        results.add(OPEN, mailbox.size, client.name, "key", opens)
        client.leave(screen)
    for place, each in enumerate(LONG):
        with client.start() as screen:
            _to_row(client, screen, place)
            _long(results, client, mailbox, screen, each, runs)
            client.leave(screen)


def _to_row(client: Client, screen: Screen, row: int) -> None:
    screen.until(LONG[0].subject)
    screen.settle(1.0)
    for _row in range(row):
        screen.press(client.keys.down)


def _long(results: Results, client: Client, mailbox: Mailbox, screen: Screen, one: Long, runs: int) -> None:
    times = []
    for _run in range(runs + 1):
        try:
            times.append(screen.press_until(client.keys.open, one.word, PATIENCE))
        except Exception as error:  # what this one cannot show another may
            results.fail(_what(one, FIRST if not times else AGAIN), mailbox.size, client.name, error)
            break
        finally:
            screen.settle(0.3)
            screen.press(client.keys.leave, 0.2)
    for when, values in ((FIRST, times[:1]), (AGAIN, times[1:])):
        if values:
            results.add(_what(one, when), mailbox.size, client.name, "s", values)


def _what(one: Long, when: str) -> str:
    return f"{one.what}, first screen, {when}"
