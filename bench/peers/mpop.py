"""mpop: fetches a POP3 mailbox into a Maildir; no terminal."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

from bench.server import Mailbox


class Mpop:
    name = "mpop"

    def __init__(self, home: Path) -> None:
        self._home = home
        home.mkdir(parents=True, exist_ok=True)

    def version(self) -> str:
        return subprocess.run(["mpop", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]

    def download(self, mailbox: Mailbox) -> float:
        """Seconds for every message, into an empty Maildir; they are left on the server."""
        shutil.rmtree(self._home)
        for name in ("cur", "new", "tmp"):
            (self._home / "mail" / name).mkdir(parents=True)
        config = self._home / "mpoprc"
        config.touch(mode=0o600)
        config.write_text(
            f"""account bench
host {mailbox.host}
port {mailbox.pop3}
user {mailbox.user}
password {mailbox.password}
auth user
tls off
keep on
uidls_file {self._home}/uidls
delivery maildir {self._home}/mail
"""
        )
        began = time.perf_counter()
        subprocess.run(["mpop", "-C", str(config), "-q", "bench"], check=True, capture_output=True)
        seconds = time.perf_counter() - began
        _check(self._home / "mail" / "new", mailbox.size)
        return seconds


def _check(directory: Path, count: int) -> None:
    found = sum(1 for _entry in directory.iterdir())
    if found != count:
        raise RuntimeError(f"{found} of {count} messages came")
