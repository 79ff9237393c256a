"""Keys while the first synchronisation runs: does anything wait for it?

Only tui-mail: neomutt shows nothing until it has every header, and aerc fetches only what is on the screen. A key is
answered here when its row's number stands in the status line, which is painted in one frame with the cursor: the screen
never rests while the progress is shown. Keys come ten milliseconds after the answer to the last one.
"""

from __future__ import annotations

from bench.corpus import newest_word
from bench.peers.tuimail import TuiMail
from bench.results import Results
from bench.server import Mailbox

WHAT = "cursor move, during a first sync"
MOVES = 60
PAUSE = 0.01


def measure(results: Results, ours: TuiMail, mailbox: Mailbox, where: str = "") -> None:
    """``where``: what is said of a mailbox that is far away."""
    try:
        ours.configure(mailbox)
        with ours.start() as screen:
            screen.until(newest_word(mailbox.size))
            answers = []
            for row in range(2, MOVES + 2):
                screen.settle(PAUSE, PAUSE)
                answers.append(screen.press_until(ours.keys.down, f"INBOX {row}", 2.0))
        results.add(WHAT + where, mailbox.size, ours.name, "key", answers)
    except Exception as error:  # one measurement that fails must not end the run of the others
        results.fail(WHAT + where, mailbox.size, ours.name, error)
    ours.stop()
