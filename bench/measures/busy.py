"""Keys while the first synchronisation runs: does anything wait for it?

Only tui-mail: neomutt shows nothing until it has every header, and aerc fetches only what is on the screen. The screen is
taken as quiet after ten milliseconds here, because the progress shown in the status line never lets it rest for long.
"""

from __future__ import annotations

from bench.corpus import newest_word
from bench.peers.tuimail import TuiMail
from bench.results import Results
from bench.server import Mailbox

WHAT = "cursor move, during a first sync"
MOVES = 60
QUIET = 0.01


def measure(results: Results, ours: TuiMail, mailbox: Mailbox, where: str = "") -> None:
    """``where``: what is said of a mailbox that is far away."""
    try:
        ours.configure(mailbox)
        with ours.start() as screen:
            screen.until(newest_word(mailbox.size))
            answers = [screen.press(ours.keys.down, QUIET, 2.0) for _press in range(MOVES)]
        results.add(WHAT + where, mailbox.size, ours.name, "key", [answer.seconds for answer in answers])
    except Exception as error:  # one measurement that fails must not end the run of the others
        results.fail(WHAT + where, mailbox.size, ours.name, error)
    ours.stop()
