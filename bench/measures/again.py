"""Synchronising again: a mailbox in which nothing has happened, and one that another program has changed.

tui-mail's and mbsync's numbers are whole commands, connecting and signing in included; neomutt's is its start until the
list is shown, before which it does the same. mbsync has the bodies too, in a Maildir. What goes over the link is counted
for each; of tui-mail once more with an engine that is connected already, as it is while a window is open.
"""

from __future__ import annotations

from collections.abc import Callable

from bench.corpus import newest_word
from bench.link import Link
from bench.peers.mbsync import Mbsync
from bench.peers.neomutt import Neomutt
from bench.peers.tuimail import TuiMail
from bench.results import Results
from bench.server import Mailbox, change

QUIET = "resync, nothing changed"
CHANGED = "resync, 1 % changed"
CONNECTED = "resync, nothing changed, connected"


def measure(
    results: Results, ours: TuiMail, neomutt: Neomutt | None, mbsync: Mbsync | None, mailbox: Mailbox, runs: int
) -> None:
    """``mailbox`` is changed: nothing that counts its messages may follow."""
    with Link(mailbox) as link:
        _guarded(results, ours.name, mailbox, lambda: _ours(results, ours, mailbox, link, runs))
        if mbsync is not None:
            _guarded(results, mbsync.name, mailbox, lambda: _mbsync(results, mbsync, mailbox, link, runs))
        if neomutt is not None:
            _guarded(results, neomutt.name, mailbox, lambda: _neomutt(results, neomutt, mailbox, link, runs))
    ours.stop()


def _guarded(results: Results, name: str, mailbox: Mailbox, work: Callable[[], None]) -> None:
    try:
        work()
    except Exception as error:  # one program that fails must not end the run of the others
        results.fail(QUIET, mailbox.size, name, error)


def _ours(results: Results, ours: TuiMail, mailbox: Mailbox, link: Link, runs: int) -> None:
    ours.configure(link.mailbox)
    ours.sync("none")
    _both(results, ours.name, mailbox, link, runs, lambda: ours.sync("none"))
    with ours.start() as screen:
        screen.until(newest_word(mailbox.size))
        screen.settle(2.0)
        link.traffic()
        times = [ours.sync("none") for _run in range(runs)]
        seen = link.traffic()
    results.add(CONNECTED, mailbox.size, ours.name, "s", times)
    results.add(f"{CONNECTED}, round trips", mailbox.size, ours.name, "n", [seen.turns / runs])
    results.add(f"{CONNECTED}, bytes", mailbox.size, ours.name, "B", [seen.octets / runs])


def _mbsync(results: Results, mbsync: Mbsync, mailbox: Mailbox, link: Link, runs: int) -> None:
    mbsync.download(link.mailbox)
    _both(results, mbsync.name, mailbox, link, runs, mbsync.again)


def _neomutt(results: Results, neomutt: Neomutt, mailbox: Mailbox, link: Link, runs: int) -> None:
    neomutt.configure(link.mailbox)

    def start() -> float:
        with neomutt.start() as screen:
            seconds = screen.until(newest_word(mailbox.size))
            screen.settle(1.0)
            neomutt.leave(screen)
        return seconds

    start()
    _both(results, neomutt.name, mailbox, link, runs, start)


def _both(results: Results, name: str, mailbox: Mailbox, link: Link, runs: int, again: Callable[[], float]) -> None:
    again()  # what the first time left to do
    link.traffic()
    times = [again() for _run in range(runs)]
    seen = link.traffic()
    results.add(QUIET, mailbox.size, name, "s", times)
    results.add(f"{QUIET}, round trips", mailbox.size, name, "n", [seen.turns / runs])
    results.add(f"{QUIET}, bytes", mailbox.size, name, "B", [seen.octets / runs])
    times, turns, octets = [], [], []
    for _run in range(runs):
        change(mailbox)
        link.traffic()
        times.append(again())
        seen = link.traffic()
        turns.append(seen.turns)
        octets.append(seen.octets)
    results.add(CHANGED, mailbox.size, name, "s", times)
    results.add(f"{CHANGED}, round trips", mailbox.size, name, "n", turns)
    results.add(f"{CHANGED}, bytes", mailbox.size, name, "B", octets)
