"""getmail6: fetches a POP3 mailbox into a Maildir; no terminal. It delivers nothing as root, so that it gets a user."""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
import time
from pathlib import Path

from bench.server import Mailbox


class Getmail:
    name = "getmail6"

    def __init__(self) -> None:
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None

    def version(self) -> str:
        return subprocess.run(["getmail", "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]

    def download(self, mailbox: Mailbox) -> float:
        """Seconds for every message, into an empty Maildir; they are left on the server."""
        with tempfile.TemporaryDirectory(prefix="tm-bench-getmail-", dir="/tmp") as name:
            home = Path(name)
            for box in ("cur", "new", "tmp"):
                (home / "mail" / box).mkdir(parents=True)
            (home / "getmailrc").write_text(_config(home, mailbox))
            if self._user is not None:
                for path in (home, *home.rglob("*")):
                    os.chown(path, self._user.pw_uid, self._user.pw_gid)
            command = ["getmail", "--quiet", "--getmaildir", name]
            began = time.perf_counter()
            subprocess.run(
                command,
                check=True,
                capture_output=True,
                cwd=name,
                user=self._user.pw_uid if self._user else None,
                group=self._user.pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
            )
            seconds = time.perf_counter() - began
            found = sum(1 for _entry in (home / "mail" / "new").iterdir())
        if found != mailbox.size:
            raise RuntimeError(f"{found} of {mailbox.size} messages came")
        return seconds


def _config(home: Path, mailbox: Mailbox) -> str:
    return f"""[retriever]
type = SimplePOP3Retriever
server = {mailbox.host}
port = {mailbox.pop3}
username = {mailbox.user}
password = {mailbox.password}

[destination]
type = Maildir
path = {home}/mail/

[options]
delete = false
delivered_to = false
received = false
verbose = 0
"""
