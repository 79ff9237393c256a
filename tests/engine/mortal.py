"""An engine that ends by SIGKILL at a step of its work.

``python -m tests.engine.mortal HOME STEP WHEN NUMBER``: before or after the step of that number; ``STEP`` is "journal" (a
commit to keep.db), "mail" (a commit to mail.db), "wire" (octets handed to the server) or "none" (it lives on).
"""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from tui_mail.backends.imap.transport import Transport
from tui_mail.config.paths import Home
from tui_mail.engine import plan
from tui_mail.engine.host import run_engine
from tui_mail.store.disk.sqlite import transaction
from tui_mail.store.tables import keepdb, maildb

STEPS = ("journal", "mail", "wire", "none")
MOST_UIDS = 3
"""Messages in one command: a gesture on a dozen is several, which are under way at once."""


@dataclass(slots=True)
class Fuse:
    when: str
    number: int
    count: int = 0

    def before(self) -> None:
        self.count += 1
        self._burn("before")

    def after(self) -> None:
        self._burn("after")

    def _burn(self, when: str) -> None:
        if when == self.when and self.count == self.number:
            os.kill(os.getpid(), signal.SIGKILL)


def lay(step: str, fuse: Fuse) -> None:
    """From now on every such step of this process is counted."""

    @contextlib.contextmanager
    def deadly(connection: sqlite3.Connection) -> Iterator[None]:
        with transaction(connection):
            yield
            fuse.before()
        fuse.after()

    send = Transport.send

    def deadly_send(self: Transport, data: bytes) -> None:
        fuse.before()
        send(self, data)
        fuse.after()

    if step == "journal":
        keepdb.transaction = deadly  # type: ignore[attr-defined]
    elif step == "mail":
        maildb.transaction = deadly  # type: ignore[attr-defined]
    elif step == "wire":
        Transport.send = deadly_send  # type: ignore[method-assign]


if __name__ == "__main__":
    root, named, moment, at = sys.argv[1:]
    plan.MOST_UIDS = MOST_UIDS
    lay(named, Fuse(moment, int(at)))
    sys.exit(run_engine(Home.find(root, {}), stay=True))
