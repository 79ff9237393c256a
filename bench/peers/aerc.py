"""aerc: header cache on, plain text shown as it is, HTML through w3m where there is one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

from bench.clients import Client, Keys
from bench.server import Mailbox


class Aerc(Client):
    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        Client.__init__(
            self, "aerc", home, Keys(down="j", page="\x06", open="\r", back="q", quit=":quit\r", out=":close\r")
        )
        self.environ = {
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_DATA_HOME": str(home / "data"),
        }

    def version(self) -> str:
        return subprocess.run(["aerc", "-v"], capture_output=True, text=True, check=True).stdout.split()[1]

    def configure(self, mailbox: Mailbox) -> None:
        self.forget()
        folder = self.home / "config" / "aerc"
        folder.mkdir(parents=True, exist_ok=True)
        accounts = folder / "accounts.conf"
        accounts.write_text(
            f"""[bench]
source = imap+insecure://{mailbox.user}:{quote(mailbox.password)}@{mailbox.host}:{mailbox.port}
default = INBOX
from = Ada Lovelace <ada@example.org>
cache-headers = true
check-mail = 0
"""
        )
        accounts.chmod(0o600)
        html = "w3m -dump -I UTF-8 -T text/html -cols 100" if shutil.which("w3m") else "cat"
        (folder / "aerc.conf").write_text(f"[ui]\nmouse-enabled=false\n[filters]\ntext/plain=cat\ntext/html={html}\n")

    def command(self) -> list[str]:
        return ["aerc"]
