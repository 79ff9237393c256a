"""The first connection: nothing cached, until the newest message is on the screen."""

from __future__ import annotations

from collections.abc import Sequence

from bench.clients import Client
from bench.corpus import newest_word
from bench.results import Results
from bench.server import Mailbox

WHAT = "first connect to first page"


def measure(results: Results, clients: Sequence[Client], mailbox: Mailbox, runs: int, where: str = "") -> None:
    """``where``: what is said of a mailbox that is far away."""
    for client in clients:
        try:
            client.configure(mailbox)
            times = []
            for _run in range(runs):
                client.forget()
                with client.start() as screen:
                    times.append(screen.until(newest_word(mailbox.size)))
                client.stop()
            results.add(WHAT + where, mailbox.size, client.name, "s", times)
        except Exception as error:  # one program that fails must not end the run of the others
            results.fail(WHAT + where, mailbox.size, client.name, error)
            client.stop()
