"""tui-mail itself, through its command line and its screen, as any person would use it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bench.clients import Client, Keys
from bench.server import Mailbox

PROGRAM = Path(sys.executable).with_name("tui-mail")
EMAIL = "ada@example.org"


class TuiMail(Client):
    """``colours``: "true" or "16"."""

    def __init__(self, home: Path, colours: str = "true") -> None:
        home.mkdir(parents=True, exist_ok=True)
        name = "tui-mail" if colours == "true" else "tui-mail, 16 colours"
        keys = Keys(down="j", page="\x1b[6~", open="\r", back="q", quit="q")
        Client.__init__(self, name, home, keys)
        self._root = home / "home"
        if colours == "true":
            self.environ = {"COLORTERM": "truecolor"}
        self._theme = "dark" if colours == "true" else "ansi"

    def version(self) -> str:
        return self.run("--version").split()[-1]

    def run(self, *arguments: str, text: str = "") -> str:
        """One command on this home; raises RuntimeError with what it said."""
        done = subprocess.run([*self.command(), *arguments], input=text, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"tui-mail {arguments[0]}: {done.stderr.strip()}")
        return done.stdout

    def configure(self, mailbox: Mailbox, *, pop3: bool = False) -> None:
        self.stop()
        shutil.rmtree(self._root, ignore_errors=True)
        server = f"{mailbox.host}:{mailbox.pop3 if pop3 else mailbox.port}"
        protocol = "pop3" if pop3 else "imap"
        options = ["--name", "bench", "--user", mailbox.user, f"--{protocol}", server, "--security", "none"]
        options += ["--password-stdin", "--save-password", "file", "--bodies", "none", "--no-check"]
        self.run("account", "add", EMAIL, *options, text=mailbox.password + "\n")
        (self._root / "config" / "config.toml").write_text(f'[ui]\ntheme = "{self._theme}"\n')

    def forget(self) -> None:
        """Remove the stores; the configuration and the password stay."""
        self.stop()
        for name in ("mail.db", "keep.db"):
            for path in (self._root / "data").glob(f"{name}*"):
                path.unlink()
        shutil.rmtree(self._root / "data" / "raw", ignore_errors=True)

    def command(self) -> list[str]:
        return [str(PROGRAM), "--home", str(self._root)]

    def sync(self, bodies: str) -> float:
        """Seconds of one ``tui-mail sync``, the start of the program included."""
        began = time.perf_counter()
        self.run("sync", "--bodies", bodies)
        return time.perf_counter() - began

    def stop(self) -> None:
        if (self._root / "data").is_dir():
            subprocess.run([*self.command(), "engine", "--stop"], capture_output=True, check=False)

    def others(self) -> list[int]:
        try:
            pid = json.loads(self.run("status", "--json"))["engine"]["pid"]
        except (RuntimeError, ValueError, KeyError):  # no engine: nothing to count
            return []
        return [] if pid is None else [int(pid)]

    def store_size(self) -> int:
        """Octets of the store on disk."""
        return sum(path.stat().st_size for path in (self._root / "data").rglob("*") if path.is_file())
