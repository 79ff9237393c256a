"""A program in use: its start with everything cached, what a key costs, how much memory it holds."""

from __future__ import annotations

from collections.abc import Sequence

from bench.clients import Client
from bench.corpus import newest_word
from bench.memory import pss
from bench.results import Results
from bench.screen import Answer, Screen
from bench.server import Mailbox

START = "start to list, warm"
MEMORY = "memory (PSS)"
MOVE, PAGE, OPEN = "cursor move", "page", "open a cached message"
MOVES, PAGES, OPENS = 60, 15, 12


def measure(results: Results, clients: Sequence[Client], mailbox: Mailbox, runs: int) -> None:
    for client in clients:
        try:
            _one(results, client, mailbox, runs)
        except Exception as error:  # one program that fails must not end the run of the others
            results.fail(START, mailbox.size, client.name, error)
        client.stop()


def _one(results: Results, client: Client, mailbox: Mailbox, runs: int) -> None:
    word = newest_word(mailbox.size)
    client.configure(mailbox)
    prepare = getattr(client, "sync", None)
    if prepare is not None:
        prepare("none")
    with client.start() as screen:
        screen.until(word)
        screen.settle(1.0)
        client.leave(screen)
    times = []
    for _run in range(runs):
        with client.start() as screen:
            times.append(screen.until(word))
            screen.settle()
            client.leave(screen)
    results.add(START, mailbox.size, client.name, "s", times)
    with client.start() as screen:
        screen.until(word)
        screen.settle(2.0)
        results.add(MEMORY, mailbox.size, client.name, "B", [pss(screen.pid, *client.others())])
        _keys(results, client, mailbox, screen)
        client.leave(screen)


def _keys(results: Results, client: Client, mailbox: Mailbox, screen: Screen) -> None:
    moves = [screen.press(client.keys.down) for _press in range(MOVES)]
    pages = [screen.press(client.keys.page) for _press in range(PAGES)]
    opens = []
    for _press in range(OPENS):
        screen.press(client.keys.open, 0.3)  # fetches it where that is still to be done
        screen.press(client.keys.back, 0.15)
        opens.append(screen.press(client.keys.open, 0.15))
        screen.press(client.keys.back, 0.15)
        screen.press(client.keys.down)
    for what, answers in ((MOVE, moves), (PAGE, pages), (OPEN, opens)):
        _add(results, what, client, mailbox, answers)


def _add(results: Results, what: str, client: Client, mailbox: Mailbox, answers: list[Answer]) -> None:
    results.add(what, mailbox.size, client.name, "key", [answer.seconds for answer in answers])
    results.add(f"{what}, bytes", mailbox.size, client.name, "B", [answer.octets for answer in answers])
