"""A private Postfix for tests: a submission service before a private Dovecot.

Owns starting and stopping it (``postfix.sh``). Who may send, and where mail for ``@example.org`` goes, is the Dovecot's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.fakes import dovecot as dovecot_of
from tests.fakes.dovecot import Dovecot
from tui_mail.config.servers import Security, Server

SCRIPT = Path(__file__).with_name("postfix.sh")
_PATH = "/usr/sbin:/usr/local/sbin"


def missing() -> str:
    """Why there can be no Postfix here; empty when there can."""
    if reason := dovecot_of.missing():
        return reason
    if shutil.which("postfix") is None and shutil.which("postfix", path=_PATH) is None:
        return "postfix is not installed: run tests/system-packages, or install postfix"
    if os.geteuid() != 0:
        return "Postfix starts only as root"
    return ""


@dataclass(frozen=True, slots=True)
class Postfix:
    """A running server on 127.0.0.1 (``host`` is the name in its certificate); whom the Dovecot knows may send."""

    directory: Path
    dovecot: Dovecot
    port: int
    """STARTTLS is needed before anything else."""
    host: str = "localhost"
    domain: str = "example.org"
    """``NAME@example.org`` is the mailbox of the Dovecot's user NAME."""
    limit: int = 10_240_000
    most_recipients: int = 120

    @property
    def ca_file(self) -> Path:
        return self.dovecot.ca_file

    @property
    def password(self) -> str:
        return self.dovecot.password

    @property
    def smtp(self) -> Server:
        """As an account's server for sending."""
        return Server(self.host, self.port, Security.STARTTLS, str(self.ca_file))

    def address(self, user: str) -> str:
        return f"{user}@{self.domain}"

    def log(self) -> str:
        """What it wrote down, to be shown when a test fails."""
        return (self.directory / "log/mail.log").read_text()


def start(dovecot: Dovecot) -> Postfix:
    """Start a server that lets in whom ``dovecot`` knows and delivers to it."""
    directory = Path(tempfile.mkdtemp(prefix="tm-post-", dir="/tmp"))  # short: unix sockets lie below
    certificate = dovecot.ca_file
    done = subprocess.run(
        [SCRIPT, "start", directory, f"WATCH={os.getpid()}", f"AUTH={dovecot.auth}", f"LMTP={dovecot.lmtp}",
         f"CERT={certificate}", f"KEY={certificate.with_name('key.pem')}"],
        capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    if done.returncode:
        shutil.rmtree(directory)
        raise RuntimeError(f"Postfix did not start: {done.stderr}")
    return Postfix(directory, dovecot, int(done.stdout))


def stop(server: Postfix) -> None:
    """Stop it and remove all it kept."""
    subprocess.run([SCRIPT, "stop", server.directory], capture_output=True, timeout=180, check=True)
    shutil.rmtree(server.directory)
