"""The main job, with real programs: a Dovecot mailbox, synchronised, triaged by keys, through a crash, and undone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.independent import Login, fill, message_ids
from tests.fakes.messages import make_messages
from tests.fakes.terminal import Terminal

pytestmark = pytest.mark.dovecot

MESSAGES = 2000


@dataclass(frozen=True, slots=True)
class Person:
    """One home directory and the mailbox its account is for."""

    home: Path
    login: Login

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "tui_mail", "--home", str(self.home), *arguments]

    def run(self, *arguments: str, stdin: str = "", code: int = 0) -> str:
        done = subprocess.run(
            self.command(*arguments), input=stdin, capture_output=True, text=True, timeout=120, check=False
        )
        assert "Traceback" not in done.stderr
        assert done.returncode == code, (arguments, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run("--json", *arguments))

    def engine_pid(self) -> int | None:
        engine = self.json("status")["engine"]
        return int(engine["pid"]) if engine["running"] else None

    def until_nothing_waits(self, seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while pending := self.json("pending"):
            assert time.monotonic() < deadline, pending
            time.sleep(0.2)

    def conversations(self) -> list[list[dict[str, Any]]]:
        """The rows of the list as the screen has them: newest conversation first."""
        rows: dict[int, list[dict[str, Any]]] = {}
        for item in self.json("list", "INBOX", "--limit", str(MESSAGES * 2)):
            rows.setdefault(item["thread"], []).append(item)
        return list(rows.values())


def ids(conversation: list[dict[str, Any]]) -> set[str]:
    return {f"<{item['message_id'].strip('<>')}>" for item in conversation}


@pytest.fixture
def person(tmp_path: Path, imap_login: Login) -> Person:
    fill(imap_login, list(make_messages(MESSAGES)))
    someone = Person(tmp_path / "home", imap_login)
    someone.run(
        "account", "add", "alice@localhost", "--name", "work",
        "--imap", f"{imap_login.host}:{imap_login.port}", "--imap-security", "tls", "--user", imap_login.user,
        "--ca-file", str(imap_login.ca_file), "--password-stdin", "--save-password", "file",
        stdin=imap_login.password + "\n",
    )  # fmt: skip
    return someone


def test_triage_by_keys_survives_a_crash_and_is_undone(person: Person) -> None:
    synced = person.json("sync")
    assert synced["accounts"][0]["new"] == MESSAGES
    person.run("folder", "create", "Projects")
    rows = person.conversations()
    everything = {mid for row in rows for mid in ids(row)}
    assert len(everything) == MESSAGES

    screen = Terminal(person.command(), columns=120, rows=40)
    try:
        screen.wait(f"INBOX 1/{len(rows)}")
        screen.press("a")
        screen.press("j", "d")
        screen.press("s")
        screen.press("j", "x", "j", "x", "j", "x")
        screen.wait("3 ")
        screen.press("m")
        screen.type("Projects")
        screen.settle()
        screen.press("enter")
        screen.wait(lambda text: "Moved" in text or "moved" in text)
        deadline = time.monotonic() + 60
        while (engine := person.engine_pid()) is None:  # it is started once the window is there
            assert time.monotonic() < deadline
        os.kill(engine, signal.SIGKILL)
        screen.kill()
    finally:
        screen.close()

    archived, trashed, starred, moved = rows[0], rows[2], rows[3], rows[4:7]
    left = len(rows) - 1 - 1 - 3
    again = Terminal(person.command(), columns=80, rows=24)
    try:
        again.wait(f"INBOX 1/{left}")
        again.press("u")
        again.wait(f"/{left + 3}")
        again.press("q")
        assert again.ended() == 0
    finally:
        again.close()
    person.until_nothing_waits()
    person.json("sync")

    inbox = message_ids(person.login, "INBOX")
    archive = message_ids(person.login, "Archive")
    trash = message_ids(person.login, "Trash")
    assert set(archive) == ids(archived)
    assert set(trash) == ids(trashed)
    assert not message_ids(person.login, "Projects")
    assert {mid for mid, flags in inbox.items() if r"\Flagged" in flags} == ids(starred)
    assert all(ids(row) <= set(inbox) for row in moved)
    assert set(inbox) | set(archive) | set(trash) == everything
    assert len(inbox) + len(archive) + len(trash) == MESSAGES
    here = {folder["name"]: folder["total"] for folder in person.json("folders")}
    assert here["INBOX"] == len(inbox)
    assert here["Archive"] == len(archive)
    assert here["Trash"] == len(trash)
    person.run("engine", "--stop")
