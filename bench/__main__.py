"""``python -m bench``: install the peers, build the mailboxes, measure, print the table, write docs/performance.md."""

from __future__ import annotations

import argparse
import compileall
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import machine, packages, report
from bench.clients import Client
from bench.link import Link
from bench.measures import again, archive, busy, fill, first, million, pop3, reading, warm
from bench.peers.aerc import Aerc
from bench.peers.getmail import Getmail
from bench.peers.mbsync import Mbsync
from bench.peers.mpop import Mpop
from bench.peers.neomutt import Neomutt
from bench.peers.tuimail import TuiMail
from bench.results import Results
from bench.screen import COLUMNS, ROWS
from bench.server import Mailbox, Server

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
SMALL, LARGE, HUGE = 10_000, 100_000, 1_000_000
PARTS = ("first", "busy", "headers", "bodies", "pop3", "warm", "far", "archive", "again", "reading", "million")
AWAY = ((0.05, ", 50 ms away"), (0.2, ", 200 ms away"))
"""Links with a delay, for a round trip."""


def main() -> None:
    options = _options()
    load = os.getloadavg()[0]
    compileall.compile_dir(HERE.parent / "tui_mail", quiet=1)  # as an installer does, once and not at every start
    lacking = packages.install_missing()
    if "dovecot" in lacking:
        raise SystemExit("Without Dovecot there is no server to measure against.")
    # Short: unix sockets lie below; not /tmp itself: programs look for configuration beside them.
    with tempfile.TemporaryDirectory(prefix="tm-bench-", dir="/tmp") as name:
        _run(options, Path(name), load, lacking)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"only {SMALL:,} messages, fewer runs, the page untouched")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {', '.join(PARTS)}; the page untouched")
    parser.add_argument("--sizes", help="other sizes, with commas between; the page untouched")
    return parser.parse_args()


@dataclass(frozen=True, slots=True)
class _Programs:
    """What is measured; peers that could not be installed are missing."""

    ours: TuiMail
    lean: TuiMail
    neomutt: Neomutt | None
    aerc: Aerc | None
    mbsyncs: tuple[Mbsync, ...]
    fetchers: tuple[Mpop | Getmail, ...]
    """Those of POP3."""

    @property
    def peers(self) -> list[Client]:
        """Those with a screen."""
        return [peer for peer in (self.neomutt, self.aerc) if peer is not None]

    def versions(self) -> dict[str, str]:
        found = {client.name: client.version() for client in (self.ours, *self.peers)}
        for program in (*self.mbsyncs[:1], *self.fetchers):
            found[program.name] = program.version()
        return {**found, "Python": platform.python_version()}


def _run(options: argparse.Namespace, work: Path, load: float, lacking: list[str]) -> None:
    parts = options.parts.split(",")
    whole = not options.quick and not options.sizes and set(parts) == set(PARTS)
    sizes = [SMALL] if options.quick else [SMALL, LARGE]
    if options.sizes:
        sizes = [int(size) for size in options.sizes.split(",")]
    runs = 3 if options.quick else 5
    programs = _Programs(
        TuiMail(work / "tui"),
        TuiMail(work / "lean", "16"),
        None if "neomutt" in lacking else Neomutt(work / "neomutt"),
        None if "aerc" in lacking else Aerc(work / "aerc"),
        () if "mbsync" in lacking else (Mbsync(work / "mbsync"), Mbsync(work / "mbsync-fast", fsync=False)),
        (
            *(() if "mpop" in lacking else (Mpop(work / "mpop"),)),
            *(() if "getmail" in lacking else (Getmail(),)),
        ),
    )
    results, about = Results(), machine.about(programs.versions(), load)
    try:
        print("Building the mailboxes")
        with Server(sizes) as server:
            server.fill()
            for size in sizes:
                print(f"{size:,} messages")
                _one_size(results, programs, server.mailbox(size), parts, runs)
                if "archive" in parts and size <= SMALL:
                    for away in ((0.0, ""), *AWAY):
                        archive.measure(results, server, programs.ours, programs.neomutt, size, away)
                if "again" in parts:  # the last one: it changes the mailbox
                    fast = programs.mbsyncs[-1] if programs.mbsyncs else None
                    again.measure(results, programs.ours, programs.neomutt, fast, server.mailbox(size), min(runs, 3))
            if "reading" in parts:
                mailbox = server.awkward()
                print(f"{mailbox.size:,} awkward messages")
                reading.measure(
                    results, [programs.ours, *programs.peers], mailbox, min(runs, 3), 40 if options.quick else 1_000
                )
        if "million" in parts and not options.quick:
            print(f"{HUGE:,} messages")
            million.measure(results, programs.ours, HUGE, runs)
    finally:  # interrupted, too: no engine is left behind
        programs.ours.stop()
        programs.lean.stop()
    _finish(results, about, whole=whole)


def _one_size(results: Results, programs: _Programs, mailbox: Mailbox, parts: list[str], runs: int) -> None:
    few = min(runs, 3)
    if "first" in parts:
        first.measure(results, [programs.ours, *programs.peers], mailbox, runs)
    if "busy" in parts:
        busy.measure(results, programs.ours, mailbox)
    if "headers" in parts:
        fill.headers(results, programs.ours, programs.neomutt, mailbox, few)
    if "bodies" in parts and mailbox.size <= SMALL:
        fill.bodies(results, programs.ours, programs.mbsyncs, mailbox, few)
    if "pop3" in parts and mailbox.size <= SMALL:
        pop3.measure(results, programs.ours, programs.fetchers, mailbox, few)
    if "warm" in parts:
        warm.measure(results, [programs.ours, programs.lean, *programs.peers], mailbox, runs)
    if "far" in parts:
        for seconds, where in AWAY:
            _far(results, programs, mailbox, seconds, where)


def _far(results: Results, programs: _Programs, mailbox: Mailbox, seconds: float, where: str) -> None:
    """What waits for a server, once, over a link with a delay."""
    with Link(mailbox, seconds) as link:
        first.measure(results, [programs.ours, *programs.peers], link.mailbox, 1, where)
        busy.measure(results, programs.ours, link.mailbox, where)
        fill.headers(results, programs.ours, programs.neomutt, link.mailbox, 1, where)
        programs.ours.stop()


def _finish(results: Results, about: dict[str, str], *, whole: bool) -> None:
    results.save(HERE / "results" / f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}.json", about)
    print()
    for size in sorted({row.size for row in results.rows}):
        print(f"{size:,} messages\n\n{report.table(results, size)}")
    _say([f"{name}: {value}" for name, value in about.items()])
    _say([f"not measured: {failure}" for failure in results.failures])
    if whole:
        PAGE.write_text(report.page(results, about, COLUMNS, ROWS))
        print(f"Written to {PAGE}")


def _say(lines: Sequence[str]) -> None:
    for line in lines:
        print(line)


if __name__ == "__main__":
    main()
