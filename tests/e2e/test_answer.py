"""Answering mail with real programs: a reply by keys in a terminal, through Postfix, into the other person's mailbox.

Without root, where Postfix does not start, a server of the test's own takes its place for the reply, and the run says so.
"""

from __future__ import annotations

import email
import email.policy
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Mailbox
from tests.e2e.independent import Login, fill, message_ids, signed_in
from tests.fakes import kept
from tests.fakes.dovecot import Dovecot
from tests.fakes.messages import Made
from tests.fakes.postfix import Postfix
from tests.fakes.terminal import Terminal

QUESTION = """\
From: {bob}
To: Ada <{ada}>
Cc: Third <third@example.org>
Subject: =?utf-8?q?Caf=C3=A9?= on Thursday?
Date: Thu, 19 Nov 2026 09:41:00 +0000
Message-ID: <question@example.org>
References: <earlier@example.org>
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Shall we meet at the café?

.A line with a dot.
--{space}
Bob
"""


@dataclass(frozen=True, slots=True)
class Writer:
    """A home whose account is one mailbox of the Dovecot, sending through the Postfix."""

    home: Path
    postfix: Postfix
    user: str

    @property
    def login(self) -> Login:
        dovecot = self.postfix.dovecot
        return Login(dovecot.host, dovecot.imaps, self.user, dovecot.password, dovecot.ca_file)

    @property
    def address(self) -> str:
        return self.postfix.address(self.user)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "tui_mail", "--home", str(self.home), *arguments]

    def run(self, *arguments: str, stdin: str = "", code: int = 0) -> str:
        done = subprocess.run(
            self.command(*arguments), input=stdin, capture_output=True, text=True, timeout=120, check=False
        )
        assert "Traceback" not in done.stderr
        assert done.returncode == code, (arguments, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.run("--json", *arguments, code=code))

    def add_account(self) -> None:
        postfix = self.postfix
        self.run(
            "account", "add", self.address, "--name", "work", "--from-name", "Ada Lovelace",
            "--imap", f"{postfix.dovecot.host}:{postfix.dovecot.imaps}", "--imap-security", "tls",
            "--smtp", f"{postfix.host}:{postfix.port}", "--smtp-security", "starttls", "--user", self.user,
            "--ca-file", str(postfix.ca_file), "--password-stdin", "--save-password", "file",
            stdin=postfix.password + "\n",
        )  # fmt: skip

    def until(self, state: str, count: int = 1, seconds: float = 60.0) -> list[dict[str, Any]]:
        """Wait until so many messages of the outbox are in a state."""
        deadline = time.monotonic() + seconds
        while True:
            found: list[dict[str, Any]] = self.json("outbox")
            if [each["state"] for each in found].count(state) >= count:
                return found
            assert time.monotonic() < deadline, (found, self.postfix.log()[-3000:])
            time.sleep(0.2)


@pytest.fixture
def ada(postfix: Postfix, tmp_path: Path) -> Iterator[Writer]:
    yield from writer_at(postfix, tmp_path)


@pytest.fixture(params=["postfix", "substitute"])
def ada_anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Writer]:
    """Where Postfix cannot run, the substitute shows what can be shown."""
    yield from writer_at(request.getfixturevalue(request.param), tmp_path)


def writer_at(server: Postfix, tmp_path: Path) -> Iterator[Writer]:
    writer = Writer(tmp_path / "home", server, Mailbox.fresh(server.dovecot).user)
    writer.add_account()
    yield writer
    writer.run("engine", "--stop")


@pytest.fixture
def bob(dovecot_server: Dovecot) -> Login:
    user = Mailbox.fresh(dovecot_server).user
    return Login(dovecot_server.host, dovecot_server.imaps, user, dovecot_server.password, dovecot_server.ca_file)


def messages(login: Login, folder: str = "INBOX") -> list[EmailMessage]:
    """Every message of a folder, read by the standard library's parser."""
    with signed_in(login) as client:
        status, _ = client.select(f'"{folder}"', readonly=True)
        if status != "OK":
            return []
        _, data = client.uid("FETCH", "1:*", "(BODY.PEEK[])")
        raw = [part[1] for part in data if isinstance(part, tuple)]
    return [email.message_from_bytes(each, policy=email.policy.default) for each in raw]


def arrived(login: Login, count: int = 1, seconds: float = 60.0) -> list[EmailMessage]:
    deadline = time.monotonic() + seconds
    while len(found := messages(login)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return found


def test_a_reply_by_keys_arrives_once_with_a_copy_and_the_flag(ada_anywhere: Writer, bob: Login) -> None:
    ada = ada_anywhere
    question = QUESTION.format(bob=f"Bob <{ada.postfix.address(bob.user)}>", ada=ada.address, space=" ")
    raw = question.replace("\n", "\r\n").encode()
    fill(ada.login, [Made(raw=raw, received=1_795_000_000, seen=False, message_id="<question@example.org>")])
    ada.run("sync")
    screen = Terminal(ada.command(), columns=100, rows=30)
    try:
        screen.wait("INBOX 1/1")
        screen.press("r")
        screen.wait("Re: Café on Thursday?")
        screen.type("Gladly.\r.\rFrom noon on.")
        screen.settle()
        screen.press("escape")
        screen.wait("y send")
        screen.press("b")
        screen.type(ada.address)
        screen.settle()
        screen.press("escape")
        screen.wait("y send")
        screen.press("y")
        screen.wait("Send this?")
        screen.press("y")
        screen.wait("Sending in")
        screen.press("u")
        screen.wait("From noon on.")
        screen.press("escape")
        screen.wait("y send")
        screen.press("y")
        screen.wait("Send this?")
        screen.press("y")
        screen.wait("Sending in")
        screen.press("q")
        assert screen.ended() == 0  # sending goes on without the window
    finally:
        screen.close()
    ada.until("sent")

    (answer,) = arrived(bob)
    assert answer["Subject"] == "Re: Café on Thursday?"
    assert answer["In-Reply-To"] == "<question@example.org>"
    assert answer["References"] == "<earlier@example.org> <question@example.org>"
    assert answer["To"].addresses[0].addr_spec == ada.postfix.address(bob.user)
    assert answer["From"].addresses[0].addr_spec == ada.address
    assert answer["From"].addresses[0].display_name == "Ada Lovelace"
    assert answer["Bcc"] is None
    text = answer.get_content().replace("\r\n", "\n")
    assert "\nGladly.\n.\n From noon on.\n" in text  # RFC 3676: a space before what a gateway would change
    assert "> Shall we meet at the café?" in text
    assert "> .A line with a dot." in text
    assert "> Bob" not in text  # a signature is not quoted
    assert re.search(r"<[^<>@]+@example\.org>", answer["Message-ID"])
    assert os.uname().nodename not in answer["Message-ID"]

    copies = arrived(ada.login, 2)  # what the Bcc brought stands beside the question
    assert sum(each["Message-ID"] == answer["Message-ID"] for each in copies) == 1
    deadline = time.monotonic() + 120
    while not (sent := messages(ada.login, "Sent")):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert [each["Message-ID"] for each in sent] == [answer["Message-ID"]]
    assert sent[0]["Bcc"].addresses[0].addr_spec == ada.address
    while r"\Answered" not in message_ids(ada.login, "INBOX")["<question@example.org>"]:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    while ada.json("pending"):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert messages(ada.login, "Drafts") == []
    assert len(messages(bob)) == 1
    assert len(messages(ada.login)) == 2


@pytest.mark.postfix
def test_what_was_typed_before_the_window_was_killed_is_in_drafts(ada: Writer) -> None:
    ada.run("sync")
    screen = Terminal(ada.command(), columns=80, rows=24)
    try:
        screen.wait("INBOX 0/0")
        screen.press("c")
        screen.wait("Subject")
        screen.type("grace@exam")
        screen.press("tab", "tab")
        screen.type("Half a sentence and no")
        screen.wait(lambda _shown: "Half a sentence and no" in kept.drafts(ada.home / "data" / "keep.db"))
        screen.kill()
    finally:
        screen.close()
    deadline = time.monotonic() + 60
    while not (drafts := messages(ada.login, "Drafts")):
        assert time.monotonic() < deadline
        time.sleep(0.3)
    assert len(drafts) == 1
    assert "Half a sentence and no" in drafts[0].get_content()
    again = Terminal(ada.command(), columns=80, rows=24)
    try:
        again.wait("INBOX 0/0")
        again.press("g", "d")
        again.wait("Drafts 1/1")
        again.press("enter")
        again.wait("Half a sentence and no")
        again.wait("grace@exam")
    finally:
        again.close()
    assert ada.json("outbox") == []


@pytest.mark.postfix
def test_nothing_typed_can_add_a_field_or_a_recipient(ada: Writer, bob: Login) -> None:
    address = ada.postfix.address(bob.user)
    evil = "x\r\nBcc: eve@example.org\r\n\r\ninjected"
    for arguments in (
        ("--to", f"{address}\r\nBcc: eve@example.org", "--subject", "s"),
        ("--to", f'"a\r\nRCPT TO:<eve@example.org>" <{address}>', "--subject", "s"),
        ("--to", address, "--from", f"{ada.address}\r\nX: y", "--subject", "s"),
    ):
        done = subprocess.run(
            ada.command("send", *arguments, "--body", "b", "--no-engine"), capture_output=True, text=True, check=False
        )
        assert done.returncode in {0, 2}
        assert "Traceback" not in done.stderr
    ada.run("send", "--to", address, "--subject", evil, "--body", "b\r\n.\r\nMAIL FROM:<eve@example.org>", "--now")
    for message in arrived(bob):
        assert message["Bcc"] is None
        assert message["X"] is None
        assert {each.addr_spec for each in message["To"].addresses} == {address}
    assert "eve@example.org>, relay" not in ada.postfix.log()
    assert "to=<eve@example.org>" not in ada.postfix.log()


@pytest.mark.postfix
def test_one_refused_recipient_stops_it_for_all(ada: Writer, bob: Login) -> None:
    address = ada.postfix.address(bob.user)
    done = ada.json("send", "--to", f"{address}, nobody@elsewhere.example", "--subject", "s", "--now", code=5)
    assert done["state"] == "failed"
    assert "nobody@elsewhere.example" in done["error"]["message"]
    assert messages(bob) == []
    (listed,) = ada.json("outbox")
    ada.run("outbox", "cancel", str(listed["id"]), "--no-engine")
    assert ada.json("outbox")[0]["state"] == "cancelled"


@pytest.mark.postfix
def test_a_message_too_large_for_the_server_is_said_before_it_is_sent(ada: Writer, bob: Login, tmp_path: Path) -> None:
    (tmp_path / "large.bin").write_bytes(os.urandom(ada.postfix.limit))
    done = ada.json(
        "send", "--to", ada.postfix.address(bob.user), "--subject", "s", "--attach", str(tmp_path / "large.bin"),
        "--now", code=5,
    )  # fmt: skip
    assert done["state"] == "failed"
    assert "MB" in done["error"]["message"]
    assert messages(bob) == []


@pytest.mark.postfix
def test_kills_while_messages_are_sent(ada: Writer, bob: Login) -> None:
    kill_rounds(ada, bob, rounds=4, each=3)


@pytest.mark.postfix
@pytest.mark.long
@pytest.mark.timeout(1800)
def test_kills_while_messages_are_sent_for_long(ada: Writer, bob: Login) -> None:
    kill_rounds(ada, bob, rounds=67, each=3)


def kill_rounds(ada: Writer, bob: Login, rounds: int, each: int) -> None:
    """kill -9 of the engine at random moments of sending: each message arrives once, or is shown as doubtful."""
    import random

    chance = random.Random(11)
    address = ada.postfix.address(bob.user)
    ada.run("sync")
    count = 0
    for _round in range(rounds):
        for _message in range(each):
            count += 1
            ada.run("send", "--to", address, "--subject", f"Number {count}", "--body", "text", "--no-engine")
        for _kill in range(3):
            start = subprocess.Popen(
                ada.command("engine"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
            )
            time.sleep(chance.uniform(0.3, 1.6))
            os.kill(start.pid, signal.SIGKILL)
            start.wait()
    states = [one["state"] for one in ada.json("outbox")]
    assert len(states) == count
    deadline = time.monotonic() + 110
    for one in ada.json("outbox"):
        if one["state"] == "queued":
            # Refused where the engine that the one before it woke was quicker.
            subprocess.run(ada.command("outbox", "retry", str(one["id"])), capture_output=True, check=False)
    while any(state in {"queued", "sending"} for state in (one["state"] for one in ada.json("outbox"))):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    by_subject = {one["subject"]: one["state"] for one in ada.json("outbox")}
    sent = sum(state == "sent" for state in by_subject.values())
    got = [message["Subject"] for message in arrived(bob, sent)]
    assert len(got) == len(set(got))  # nobody got anything twice
    assert set(got) <= set(by_subject)
    while not {subject for subject, state in by_subject.items() if state == "sent"} <= set(got):
        assert time.monotonic() < deadline  # what is doubtful may have arrived before what was sent
        time.sleep(0.5)
        got = [message["Subject"] for message in messages(bob)]
    assert len(got) == len(set(got))
    assert set(by_subject.values()) <= {"sent", "ambiguous"}
