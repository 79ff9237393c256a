"""The table that a run prints and the page it writes: medians side by side, ratios, and what they do not say."""

from __future__ import annotations

from bench.measures import reading
from bench.measures.again import CHANGED, CONNECTED, QUIET
from bench.measures.archive import DONE, PAINTED
from bench.measures.busy import WHAT as BUSY
from bench.measures.fill import BODIES, HEADERS, STORE
from bench.measures.first import WHAT as FIRST
from bench.measures.million import BUILD
from bench.measures.pop3 import INDEXED, STORED
from bench.measures.warm import MEMORY, MOVE, OPEN, PAGE, START
from bench.results import Result, Results

OURS = "tui-mail"
LEAN = "tui-mail, 16 colours"
PEERS = ("neomutt", "aerc", "mbsync", "mbsync, FSync no", "mpop", "getmail6")
_NEAR = (
    START,
    FIRST,
    HEADERS,
    BODIES,
    STORE,
    STORED,
    INDEXED,
    BUILD,
    *(f"{what}{of}" for what in (QUIET, CONNECTED, CHANGED) for of in ("", ", round trips", ", bytes")),
    PAINTED,
    DONE,
    MOVE,
    f"{MOVE}, bytes",
    BUSY,
    PAGE,
    f"{PAGE}, bytes",
    OPEN,
    f"{OPEN}, bytes",
    *reading.rows(),
    MEMORY,
)
ORDER = tuple(f"{what}{where}" for what in _NEAR for where in ("", ", 50 ms away", ", 200 ms away"))

HEADING = """# Performance

Written by `make bench` (`python -m bench`); do not edit. It installs the peers, builds mailboxes of varied messages in
a private Dovecot on loopback, and drives every program in a pseudo-terminal of {columns}×{rows}, one after the other,
in one run. Compare within the table, not with numbers from elsewhere.

{about}
"""

NOTES = """
## How to read it

- Medians; of keys the 99th percentile in brackets. The ratio is tui-mail's median to the peer's: under 1 is faster or
  smaller.
- *Start* ends when the newest message is on the screen. tui-mail's engine is not running beforehand and is started by
  it; neomutt and aerc connect before they show anything, tui-mail shows its store first and connects then. That is what
  a person waits for, but it is not the same work. Its modules are compiled beforehand, as by an installation.
- *First connect* begins with nothing cached. neomutt reads every header before it shows the list, aerc and tui-mail
  show the newest first and go on behind.
- *All headers*: neomutt without threads and without an index for search; tui-mail with both, as a command of its own
  whose start is counted.
- *All bodies*: mbsync writes Maildir files, by default each with fsync; tui-mail stores the bytes and indexes them for
  search, in a database that can be downloaded again and is synced to the disk now and then. `FSync no` is the fairer
  peer.
- *POP3*: mpop and getmail6 write Maildir files; tui-mail keeps the only copy, perhaps, so that every file and the row
  that names it are synced to the disk, and lists what came with its conversations, a command of its own whose start is
  counted. Searchable means that all text is indexed, too.
- *Keys*: from writing the key to the last byte before the screen was quiet for 80 ms or more. Programs that repaint a
  clock or a state now and then pay for that here. Bytes matter over SSH.
- *Awkward messages* are those of `tests/data`, what is signed or encrypted left out; *cached*: it was opened before and the
  server need not be asked. The long ones stand above them in the same mailbox; their time ends when their first words
  are on the screen. tui-mail shows the first 2,000,000 characters of a text and the first 1,000 parts, the others everything;
  neomutt and aerc have HTML laid out by w3m each time, tui-mail once, by itself, and shows the beginning of a long page
  before the rest is laid out. *First time* includes the fetch.
- *Memory* is the proportional set size of everything that runs for the program: of tui-mail the screen and the engine.
- *Resync*: whole commands of tui-mail and mbsync; of neomutt the start until the list is shown. Another program has
  marked one message in a hundred, deleted one in a thousand and added as many. *Connected*: asked of an engine that
  runs, as it does while a window is open. A round trip is counted each time a program speaks after it heard something.
- *Archive all*: every message of the inbox selected, then the key. tui-mail's screen is free again when it is painted;
  neomutt's when the server is done.
- *Away*: the same over a link on which a round trip takes that much longer, measured once. Elsewhere loopback has no
  latency.
"""


def page(results: Results, about: dict[str, str], columns: int, rows: int) -> str:
    """The whole of docs/performance.md."""
    facts = "\n".join(f"- {name}: {value}" for name, value in about.items())
    text = HEADING.format(columns=columns, rows=rows, about=facts)
    sizes = sorted({row.size for row in results.rows})
    for size in sizes:
        text += f"\n## {size:,} messages\n\n{table(results, size)}"
    if results.failures:
        text += "\n## Not measured\n\n" + "".join(f"- {failure}\n" for failure in results.failures)
    return text + NOTES


def table(results: Results, size: int) -> str:
    """One size as a Markdown table; columns without numbers are left out."""
    rows = [row for row in results.rows if row.size == size]
    clients = [name for name in (OURS, LEAN, *PEERS) if any(row.client == name for row in rows)]
    ratios = [name for name in clients if name in PEERS]
    head = ["", *clients, *(f"ratio to {name}" for name in ratios)]
    lines = [head, ["---", *("--:" for _name in head[1:])]]
    for what in ORDER:
        found = {row.client: row for row in rows if row.what == what}
        if found:
            lines.append(
                [
                    what,
                    *(found[name].shown() if name in found else "" for name in clients),
                    *(_ratio(found.get(OURS), found.get(name)) for name in ratios),
                ]
            )
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _ratio(ours: Result | None, peer: Result | None) -> str:
    if ours is None or peer is None or not peer.median:
        return ""
    return f"{ours.median / peer.median:.2f}"
