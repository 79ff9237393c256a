"""Archiving all of a mailbox at once: how long the screen takes, and how long until the server has done it.

neomutt tags, saves to the archive and purges; its screen stands still until the server is done.
"""

from __future__ import annotations

import time

from bench.clients import Client
from bench.corpus import newest_word
from bench.link import Link
from bench.peers.neomutt import Neomutt
from bench.peers.tuimail import TuiMail
from bench.results import Results
from bench.screen import Screen
from bench.server import Mailbox, Server, count

PAINTED = "archive all, key to painted"
DONE = "archive all, done on the server"
LONGEST = 300.0


def measure(
    results: Results, server: Server, ours: TuiMail, neomutt: Neomutt | None, size: int, away: tuple[float, str]
) -> None:
    """``away``: seconds of a round trip, and what that is called in the table."""
    seconds, where = away
    for client in (ours, neomutt):
        if client is None:
            continue
        try:
            mailbox = server.new_mailbox(size)
            with Link(mailbox, seconds) as link:
                painted, done = _one(client, mailbox, link.mailbox)
                client.stop()
            results.add(PAINTED + where, size, client.name, "s", [painted])
            results.add(DONE + where, size, client.name, "s", [done])
        except Exception as error:  # one program that fails must not end the run of the others
            results.fail(DONE + where, size, client.name, error)
            client.stop()


def _one(client: Client, mailbox: Mailbox, near: Mailbox) -> tuple[float, float]:
    client.configure(near)
    if isinstance(client, TuiMail):
        client.sync("none")
    with client.start() as screen:
        screen.until(newest_word(mailbox.size))
        screen.settle(1.0)
        keys = ["*", "a"] if isinstance(client, TuiMail) else ["T\x15~A\r", ";s\x15=Archive\r$"]
        screen.press(keys[0], 0.5, 30.0)
        began = time.perf_counter()
        painted = screen.press(keys[1], 0.08 if isinstance(client, TuiMail) else 2.0, LONGEST).seconds
        _wait(screen, mailbox, began)
        done = time.perf_counter() - began
    return painted, done


def _wait(screen: Screen, mailbox: Mailbox, began: float) -> None:
    while count(mailbox):
        if time.perf_counter() - began > LONGEST:
            raise TimeoutError("the messages are in the inbox still")
        screen.settle(0.02, 0.05)
