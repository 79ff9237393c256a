"""The processes of the readers: started, asked, and started anew when they hang or die."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NODE_MODULES = ROOT / "build" / "foreign" / "node" / "node_modules"
PATIENCE = 60.0
"""Seconds that one message may take."""
OURS = "tui-mail"

COMMANDS: dict[str, list[str]] = {
    OURS: [sys.executable, str(HERE / "readers" / "ours.py")],
    "GMime": ["/usr/bin/python3", str(HERE / "readers" / "gmime.py")],
    "Python email": [sys.executable, str(HERE / "readers" / "stdlib.py")],
    "Email::MIME": ["perl", str(HERE / "readers" / "email_mime.pl")],
    "MIME-tools": ["perl", str(HERE / "readers" / "mime_tools.pl")],
    "mailparser": ["node", str(HERE / "readers" / "mailparser.cjs")],
}
VERSIONS: dict[str, list[str]] = {
    "GMime": ["dpkg-query", "--show", "--showformat=${Version}", "libgmime-3.0-0"],
    "Python email": [sys.executable, "-c", "import platform; print(platform.python_version())"],
    "Email::MIME": ["perl", "-MEmail::MIME", "-e", "print $Email::MIME::VERSION"],
    "MIME-tools": ["perl", "-MMIME::Tools", "-e", "print $MIME::Tools::VERSION"],
    "mailparser": ["node", "-p", "require('mailparser/package.json').version"],
}
_DEBIAN = ("gir1.2-gmime-3.0", "python3-gi", "libmime-tools-perl", "libemail-mime-perl")


def environment() -> dict[str, str]:
    return {**os.environ, "NODE_PATH": str(NODE_MODULES), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def version(name: str) -> str:
    """What the reader is, as its own program or its package says; empty when it is not there."""
    try:
        done = subprocess.run(
            VERSIONS[name], env=environment(), capture_output=True, text=True, timeout=60, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def install_missing() -> None:
    """The readers from Debian, and mailparser from npm into build/foreign."""
    if not all(version(name) for name in ("GMime", "Email::MIME", "MIME-tools")) and shutil.which("apt-get"):
        prefix = [] if os.geteuid() == 0 else ["sudo"]
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        command = [*prefix, "apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *_DEBIAN]
        subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, check=False)
    if not version("mailparser") and shutil.which("npm"):
        NODE_MODULES.parent.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(NODE_MODULES.parent)]
        subprocess.run([*command, "mailparser"], stdout=subprocess.DEVNULL, check=False)


@dataclass(slots=True)
class Reader:
    """One parser."""

    name: str
    failures: list[tuple[str, str]] = field(default_factory=list)
    """Messages it hung or broke on, and how."""
    _process: subprocess.Popen[bytes] | None = None
    _writer: threading.Thread | None = None
    _asked: float = 0.0

    def ask(self, raw: bytes) -> None:
        """Hand over a message; ``answer`` waits for what is said of it."""
        if self._process is None:
            self._process = subprocess.Popen(
                COMMANDS[self.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=environment(), cwd=ROOT,
            )  # fmt: skip
        self._asked = time.monotonic()
        # A reader that dies does not read on: writing must not be what waits for it.
        self._writer = threading.Thread(target=_write, args=(self._process, raw), daemon=True)
        self._writer.start()

    def answer(self, where: str) -> dict[str, Any]:
        """What the reader says; empty when it fell silent."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        pieces: list[bytes] = []
        while not pieces or not pieces[-1].endswith(b"\n"):
            left = self._asked + PATIENCE - time.monotonic()
            ready = left > 0 and select.select([process.stdout], [], [], left)[0]
            piece = os.read(process.stdout.fileno(), 1 << 20) if ready else b""
            if not piece:
                self.failures.append((where, "died" if ready else f"took over {PATIENCE:.0f} s"))
                self.stop()
                return {}
            pieces.append(piece)
        found: dict[str, Any] = json.loads(b"".join(pieces))
        if "error" in found:
            self.failures.append((where, found["error"]))
        return found

    def peak(self) -> int:
        """The most memory the process had, in octets."""
        path = Path(f"/proc/{self._process.pid}/status") if self._process is not None else None
        if path is None or not path.exists():  # not running, or not Linux
            return 0
        status = path.read_text(encoding="ascii", errors="replace")
        row = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0 kB")
        return int(row.split()[1]) * 1024

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _write(process: subprocess.Popen[bytes], raw: bytes) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(f"{len(raw)}\n".encode() + raw)
        process.stdin.flush()
    except (OSError, ValueError):
        pass  # it died, or was stopped: answer() says so
