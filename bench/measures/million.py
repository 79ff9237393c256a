"""A store of a million items that no server ever held: is the start the same?

The store is written by the program's own writer, in a process of its own; the account points at a port where nobody
listens.
"""

from __future__ import annotations

import subprocess
import sys
import time

from bench.corpus import newest_word
from bench.measures.warm import START
from bench.peers.tuimail import TuiMail
from bench.results import Results
from bench.server import Mailbox

BUILD = "building the store"


def measure(results: Results, ours: TuiMail, size: int, runs: int) -> None:
    try:
        ours.configure(Mailbox("127.0.0.1", 9, "nobody", "secret", size))
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "bench.fill_store", ours.command()[-1], str(size)], check=True)
        results.add(BUILD, size, ours.name, "s", [time.perf_counter() - began])
        times = []
        for _run in range(runs):
            with ours.start() as screen:
                times.append(screen.until(newest_word(size)))
                screen.settle()
                ours.leave(screen)
        results.add(START, size, ours.name, "s", times)
    except Exception as error:  # the rest of the run is worth keeping
        results.fail(START, size, ours.name, error)
        ours.stop()
