"""Downloading: all headers of a mailbox, and all bodies.

neomutt shows its list when it has every header, so its first start is its download; it keeps no index for search.
mbsync writes every message to a Maildir. tui-mail's own command does either, threads and search index included.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.measures import first
from bench.measures.first import WHAT as FIRST
from bench.peers.mbsync import Mbsync
from bench.peers.neomutt import Neomutt
from bench.peers.tuimail import TuiMail
from bench.results import Results
from bench.server import Mailbox

HEADERS = "all headers"
BODIES = "all bodies"
STORE = "store on disk, all bodies"


def headers(
    results: Results, ours: TuiMail, neomutt: Neomutt | None, mailbox: Mailbox, runs: int, where: str = ""
) -> None:
    """``where``: what is said of a mailbox that is far away."""
    if neomutt is not None:
        if results.find(FIRST + where, mailbox.size, neomutt.name) is None:
            first.measure(results, [neomutt], mailbox, runs, where)
        found = results.find(FIRST + where, mailbox.size, neomutt.name)
        if found is not None:  # the same work, see above
            results.add(HEADERS + where, mailbox.size, neomutt.name, "s", found.values)
    _ours(results, ours, mailbox, runs, HEADERS + where, "none")


def bodies(results: Results, ours: TuiMail, mbsyncs: Sequence[Mbsync], mailbox: Mailbox, runs: int) -> None:
    for mbsync in mbsyncs:
        try:
            times = [mbsync.download(mailbox) for _run in range(runs)]
            results.add(BODIES, mailbox.size, mbsync.name, "s", times)
        except Exception as error:  # one program that fails must not end the run of the others
            results.fail(BODIES, mailbox.size, mbsync.name, error)
    _ours(results, ours, mailbox, runs, BODIES, "all")
    if results.find(BODIES, mailbox.size, ours.name):
        results.add(STORE, mailbox.size, ours.name, "B", [ours.store_size()])


def _ours(results: Results, ours: TuiMail, mailbox: Mailbox, runs: int, what: str, which: str) -> None:
    try:
        ours.configure(mailbox)
        times = []
        for _run in range(runs):
            ours.forget()
            times.append(ours.sync(which))
        results.add(what, mailbox.size, ours.name, "s", times)
    except Exception as error:  # as above
        results.fail(what, mailbox.size, ours.name, error)
