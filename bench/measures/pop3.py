"""Fetching a whole POP3 mailbox that is left on the server.

mpop and getmail6 write every message to a Maildir. tui-mail writes it to a file that is synced to the disk before the
row that names it, lists it with its conversation, and, measured apart, indexes its text for search.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.peers.getmail import Getmail
from bench.peers.mpop import Mpop
from bench.peers.tuimail import TuiMail
from bench.results import Results
from bench.server import Mailbox

STORED = "POP3, all messages stored"
ENOUGH = 60.0
"""Seconds after which a program is not run again."""
INDEXED = "POP3, stored and searchable"


def measure(results: Results, ours: TuiMail, peers: Sequence[Mpop | Getmail], mailbox: Mailbox, runs: int) -> None:
    for peer in peers:
        try:
            times: list[float] = []
            while len(times) < runs and sum(times) < ENOUGH:
                times.append(peer.download(mailbox))
            results.add(STORED, mailbox.size, peer.name, "s", times)
        except Exception as error:  # one program that fails must not end the run of the others
            results.fail(STORED, mailbox.size, peer.name, error)
    for what, bodies in ((STORED, "none"), (INDEXED, "all")):
        try:
            ours.configure(mailbox, pop3=True)
            times = []
            for _run in range(runs):
                ours.forget()
                times.append(ours.sync(bodies))
            results.add(what, mailbox.size, ours.name, "s", times)
        except Exception as error:  # as above
            results.fail(what, mailbox.size, ours.name, error)
