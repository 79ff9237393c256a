"""A private Dovecot for tests: one server for many mailboxes.

Owns starting, stopping and asking it (``dovecot.sh``). A mailbox exists as soon as somebody signs in to it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("dovecot.sh")
_PATH = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin:/usr/bin:/bin:/usr/local/bin"


def missing() -> str:
    """Why there can be no Dovecot here; empty when there can."""
    for program, package in (("dovecot", "dovecot-imapd"), ("openssl", "openssl"), ("bash", "bash")):
        if shutil.which(program) is None and shutil.which(program, path=_PATH) is None:
            return f"{program} is not installed: run tests/system-packages, or install {package}"
    return ""


@dataclass(frozen=True, slots=True)
class Dovecot:
    """A running server on 127.0.0.1 (``host`` is the name in its certificate). Every user's password is ``password``."""

    directory: Path
    imap: int
    imaps: int
    pop3: int
    pop3s: int
    lmtp: int
    submission: int
    submissions: int
    auth: int
    """Its own protocol, for a Postfix that asks whom it may let in."""
    ca_file: Path
    password: str
    host: str = "localhost"

    def adm(self, *arguments: str, stdin: bytes = b"") -> str:
        """Run doveadm against this server; its output."""
        done = subprocess.run(
            [SCRIPT, "adm", self.directory, *arguments], input=stdin, capture_output=True, timeout=180, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def token(self, user: str, seconds: int = 3600) -> str:
        """An OAuth 2.0 access token for ``user``; negative ``seconds`` make an expired one."""
        return subprocess.run(
            [SCRIPT, "token", self.directory, user, str(seconds)],
            capture_output=True,
            text=True,
            timeout=180,
            check=True,
        ).stdout.strip()


def start(**settings: str) -> Dovecot:
    """Start a server with settings of ``dovecot.sh`` (``FORMAT="mdbox"``, ``CAPS="IMAP4rev1"``)."""
    directory = Path(tempfile.mkdtemp(prefix="tm-dove-", dir="/tmp"))  # short: unix sockets lie below
    done = subprocess.run(
        [SCRIPT, "start", directory, f"WATCH={os.getpid()}", *(f"{name}={value}" for name, value in settings.items())],
        capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    if done.returncode:
        shutil.rmtree(directory)
        raise RuntimeError(f"Dovecot did not start: {done.stderr}")
    env = dict(line.split("=", 1) for line in done.stdout.splitlines())
    return Dovecot(
        directory=directory,
        imap=int(env["DOVECOT_IMAP"]),
        imaps=int(env["DOVECOT_IMAPS"]),
        pop3=int(env["DOVECOT_POP3"]),
        pop3s=int(env["DOVECOT_POP3S"]),
        lmtp=int(env["DOVECOT_LMTP"]),
        submission=int(env["DOVECOT_SUBMISSION"]),
        submissions=int(env["DOVECOT_SUBMISSIONS"]),
        auth=int(env["DOVECOT_AUTH"]),
        ca_file=Path(env["DOVECOT_CERT"]),
        password=env["DOVECOT_PASSWORD"],
    )


def stop(server: Dovecot) -> None:
    """Stop it and remove all it kept."""
    subprocess.run([SCRIPT, "stop", server.directory], capture_output=True, timeout=180, check=True)
    shutil.rmtree(server.directory)
