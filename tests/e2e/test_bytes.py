"""What reaches the terminal: whatever mail, servers and folders say, no control sequence but the program's own."""

from __future__ import annotations

import re
import sys
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.independent import Login, fill
from tests.e2e.test_triage import Person
from tests.fakes.messages import Made
from tests.fakes.seeded_store import NOW, Mail, seed
from tests.fakes.terminal import Terminal
from tui_mail.config.paths import Home
from tui_mail.model.clock import FrozenClock
from tui_mail.model.flags import Flag

ATTACKS = {
    "clear": "A\x1b[2JB\x1b[38;5;199mC\x1bcD",
    "title": "A\x1b]0;pwned\x07B\x1b]2;pwned\x1b\\C\x1b[21tD",
    "clipboard": "A\x1b]52;c;ZXZpbA==\x1b\\B\x1b]52;c;ZXZpbA==\x07C",
    "link": "A\x1b]8;;https://evil.example\x1b\\bank\x1b]8;;\x1b\\B",
    "dcs": 'A\x1bP$q"p\x1b\\B\x1b_Gi=31;AAAA\x1b\\C\x1b^pm\x1b\\D\x1bXsos\x1b\\E',
    "c1": "A\x9b2JB\x9d52;c;ZQ==\x9cC\x90$q\x9cD\x85E",
    "c0": "A\x00B\x07C\x08D\x0bE\x0cF\x0eG\x0fH\x7fI",
    "bidi": "invoice\u202efdp.exe \u2066x\u2069 \u061c\u200e\u200fy",
    "unseen": "pay\u200bpal\u2060\ufeff \U000e0041\U000e0042 a" + "\u0301" * 200,
    "markup": "[/] [/foo] [bold]x[@click=app.quit]y[/] [link=https://evil.example]z[/link] $text [",
    "separators": "a\u2028b\u2029c",
}

TOKEN = re.compile(
    "\x1b\\[[0-?]*[ -/]*[@-~]"  # CSI
    "|\x1b[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\)?"  # OSC, DCS, SOS, PM, APC
    "|\x1b[ -/]*[0-~]?"  # anything else that starts with ESC
    "|[\x00-\x1f\x7f-\x9f]",  # what stands for itself
    re.DOTALL,
)
OURS = re.compile(
    "\x1b\\[(?:\\d+;\\d+)?H"  # to a place
    "|\x1b\\[\\d+[CX]"  # past blanks, and erasing
    "|\x1b\\[\\?(?:1000|1003|1004|1006|1015|1049|2004|2026|2048|25|7)[hl]"  # mouse, paste, cursor, alternate screen
    "|\x1b\\[\\?(?:2026|2048)\\$p|\x1b\\[>\\d+u|\x1b\\[<u"  # asks about modes, the keyboard
    "|\x1b\\[(?:(?:[0-9]|2[2-9]|39|49|[34]8;2;\\d+;\\d+;\\d+)(?:;|(?=m)))*m"  # style; never of a palette
    "|\x1b\\]22;[a-z-]*\x07"  # the pointer's shape
    "|\x1b\\]8;(?:id=\\d+;https://example\\.com/[!-~]*|;)\x1b\\\\"  # a link of the message, and its end
    "|[\r\n]"
)
UNSEEN = frozenset("Cf Zl Zp Cs".split())


def foreign(raw: bytes) -> list[str]:
    """Everything in the output of the program that is neither text one sees nor a sequence of its own."""
    text = raw.decode("utf-8")
    found = [token for token in TOKEN.findall(text) if not OURS.fullmatch(token)]
    return found + [char for char in TOKEN.sub("", text) if unicodedata.category(char) in UNSEEN]


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_the_test_sees_it(attack: str) -> None:
    if "[/foo]" not in attack:
        assert foreign(b"\x1b[1;1H\x1b[38;2;1;2;3mtext\x1b[0m" + attack.encode())
    assert not foreign("\x1b[1;1H\x1b[1;38;2;1;2;3mtext · ☕\x1b[0m\x1b[?25l\x1b]22;default\x07".encode())


def encoded(text: str) -> str:
    """An encoded word: how such characters get into a header."""
    return f"=?utf-8?B?{b64encode(text.encode()).decode()}?="


def percent(text: str) -> str:
    return "utf-8''" + "".join(f"%{octet:02X}" for octet in text.encode())


def message(name: str, attack: str) -> bytes:
    """The attack everywhere a message has room for one."""
    html = "".join(f"&#{ord(char)};" if not char.isalnum() else char for char in attack)
    head = (
        f"From: {encoded(attack)} <x@example.com>\n"
        f'To: {encoded(attack)} <me@example.org>, "{attack.replace(chr(10), " ")}" <y@example.org>\n'
        f"Subject: {name} {encoded(attack)}\n"
        f"Message-ID: <{name}@example.com>\n"
        f"X-{name}: {attack}\n"
        "Date: Mon, 23 Nov 2026 09:00:00 +0000\n"
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n"
    )
    body = (
        "--b\nContent-Type: multipart/alternative; boundary=c\n\n"
        f"--c\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
        f"plain {attack}\n> {attack}\nhttps://example.com/{attack}\n"
        f"--c\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
        f'<p>html {html} {attack}</p><a href="https://example.com/{html}">{html}</a><a href="javascript:{html}">s</a>\n'
        "--c--\n"
        f"--b\nContent-Type: application/x-{name}; name*={percent(attack)}\n"
        f"Content-Disposition: attachment; filename*={percent(attack)}\n\ndata\n--b--\n"
    )
    return (head + "\n" + body).replace("\n", "\r\n").encode()


@contextmanager
def terminal(command: list[str], *, columns: int = 120, rows: int = 40) -> Iterator[Terminal]:
    """A program that ends well when it is asked to, and wrote nothing but its own."""
    screen = Terminal(command, columns=columns, rows=rows)
    try:
        yield screen
        screen.press("escape", "escape", "escape", "escape", "q", "q", "q")
        assert screen.ended() == 0, screen.text()
        assert "Traceback" not in screen.raw.decode()
        assert not set(foreign(bytes(screen.raw)))
    finally:
        screen.close()


def look_at(screen: Terminal) -> None:
    """Every view of the message in the reader, its links and attachments."""
    screen.press("h", "V", "V", "H")
    for dialog in "ov":
        screen.press(dialog, "escape")


@dataclass(frozen=True, slots=True)
class Attack(Mail):
    """A message of ours in a store that is filled without a server."""

    raw_bytes: bytes = b""

    def raw(self, number: int) -> bytes:
        return self.raw_bytes


ON_A_STORE = """
import sys
from tests.e2e.test_bytes import ATTACKS
from tests.fakes.seeded_store import NOW
from tui_mail.config.paths import Home
from tui_mail.config.settings import Settings
from tui_mail.link.messages import Alert, Trouble
from tui_mail.model.clock import FrozenClock
from tui_mail.ui.app import MailApp
app = MailApp(Home.find(sys.argv[1], {}), Settings(), clock=FrozenClock(NOW), engine=False)
for attack in ATTACKS.values():
    app.mail_screen.connection.take(Alert("work", attack))
    app.mail_screen.connection.take(Trouble("work", "refused", attack))
sys.exit(app.run())
"""
"""The screen alone: servers may call folders what they like, and Dovecot does not."""


def test_out_of_a_store(tmp_path: Path) -> None:
    home = Home.find(str(tmp_path / "home"), {})
    folders = [f"{name} {attack}".replace("/", "∕") for name, attack in ATTACKS.items()]
    mails = [
        Attack(name, folder=folder, flags=Flag.NONE, raw_bytes=message(f"{name}-{number}", attack))
        for number, ((name, attack), there) in enumerate(zip(ATTACKS.items(), folders, strict=True))
        for folder in ("INBOX", there)
    ]
    seed(home, FrozenClock(NOW), mails)
    with terminal([sys.executable, "-c", ON_A_STORE, str(home.root)], rows=60) as screen:
        screen.wait(f"INBOX 1/{len(ATTACKS)}")
        screen.press("E", "pagedown", "escape", "?", "escape", "ctrl+p", "escape")
        for name in ATTACKS:
            screen.press("m")
            screen.type(name)
            screen.press("enter")
            screen.wait(f"Moved 1 to {name}")
        for name in ATTACKS:
            screen.press("g", "f")
            screen.type(name)
            screen.press("enter")
            screen.wait(f" {name} ")
            screen.press("s", "S", "escape")


@pytest.mark.dovecot
def test_out_of_a_mailbox(tmp_path: Path, imap_login: Login) -> None:
    mails = [message(name, attack).replace(b"\0", b"") for name, attack in ATTACKS.items()]  # IMAP takes no NUL
    fill(imap_login, [Made(raw, NOW, False, name) for raw, name in zip(mails, ATTACKS, strict=True)])
    person = Person(tmp_path / "home", imap_login)
    person.run(
        "account", "add", "alice@localhost", "--name", "work",
        "--imap", f"{imap_login.host}:{imap_login.port}", "--imap-security", "tls", "--user", imap_login.user,
        "--ca-file", str(imap_login.ca_file), "--password-stdin", "--save-password", "file",
        stdin=imap_login.password + "\n",
    )  # fmt: skip
    person.run("sync")
    try:
        with terminal(person.command(), columns=80, rows=24) as screen:
            screen.wait(f"INBOX 1/{len(ATTACKS)}")
            screen.press("enter")
            for _message in ATTACKS:
                screen.wait("plain")
                look_at(screen)
                screen.press("J")
    finally:
        person.run("engine", "--stop")
