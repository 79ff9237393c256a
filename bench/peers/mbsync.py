"""mbsync (isync): downloads a whole mailbox into a Maildir; no terminal.

By default every file is made safe against a power cut by fsync; without it, it does what a store that can be downloaded
again needs.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

from bench.server import Mailbox


class Mbsync:
    def __init__(self, home: Path, *, fsync: bool = True) -> None:
        self.name = "mbsync" if fsync else "mbsync, FSync no"
        self._fsync = "yes" if fsync else "no"
        self._home = home
        self._config = home / "mbsyncrc"
        home.mkdir(parents=True, exist_ok=True)

    def version(self) -> str:
        return subprocess.run(["mbsync", "-v"], capture_output=True, text=True, check=True).stdout.split()[1]

    def download(self, mailbox: Mailbox) -> float:
        """Seconds for every message of the inbox, into an empty Maildir."""
        mail = self._home / "mail"
        shutil.rmtree(mail, ignore_errors=True)
        mail.mkdir()
        self._config.write_text(
            f"""FSync {self._fsync}

IMAPStore far
Host {mailbox.host}
Port {mailbox.port}
User {mailbox.user}
Pass {mailbox.password}
SSLType None
AuthMechs LOGIN

MaildirStore near
Inbox {mail}/INBOX
Path {mail}/

Channel bench
Far :far:
Near :near:
Patterns INBOX
Create Near
Sync Pull
SyncState *
"""
        )
        return self.again()

    def again(self) -> float:
        """Seconds for what is new, gone or marked since."""
        began = time.perf_counter()
        subprocess.run(["mbsync", "-c", str(self._config), "-q", "bench"], check=True, capture_output=True)
        return time.perf_counter() - began
