"""neomutt: header cache on, message cache on, newest first, HTML through w3m where there is one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from bench.clients import Client, Keys
from bench.server import Mailbox


class Neomutt(Client):
    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        Client.__init__(self, "neomutt", home, Keys(down="j", page="z", open="\r", back="i", quit="q"))

    def version(self) -> str:
        return subprocess.run(["neomutt", "-v"], capture_output=True, text=True, check=True).stdout.split()[1]

    def configure(self, mailbox: Mailbox) -> None:
        self.forget()
        (self.home / "muttrc").write_text(
            f"""set folder = "imap://{mailbox.user}@{mailbox.host}:{mailbox.port}/"
set spoolfile = "+INBOX"
set imap_user = "{mailbox.user}"
set imap_pass = "{mailbox.password}"
set ssl_starttls = no
set ssl_force_tls = no
set imap_check_subscribed = no
set header_cache = "{self.home}/cache/headers"
set message_cachedir = "{self.home}/cache/messages"
set sort = reverse-date-received
set sort_aux = reverse-date-received
set quit = yes
set mark_old = no
set wait_key = no
set confirmappend = no
set delete = yes
set mail_check = 600
set timeout = 600
set sleep_time = 0
set imap_idle = no
set pager_index_lines = 0
set mailcap_path = "{self.home}/mailcap"
auto_view text/html
alternative_order text/plain text/html
"""
        )
        viewer = "w3m -dump -I %{charset} -T text/html -cols 100 %s" if shutil.which("w3m") else "cat %s"
        (self.home / "mailcap").write_text(f"text/html; {viewer}; copiousoutput\n")

    def forget(self) -> None:
        Client.forget(self)
        for name in ("headers", "messages"):
            (self.home / "cache" / name).mkdir()

    def command(self) -> list[str]:
        return ["neomutt", "-n", "-F", str(self.home / "muttrc")]
