"""Accounts on a real server: what the exit codes say, several accounts at once, untrusted certificates."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tests.conftest import Mailbox
from tests.e2e.independent import Login, fill
from tests.fakes.messages import Made, make_messages
from tests.unit.cli.running import Shell

pytestmark = pytest.mark.dovecot


def add(shell: Shell, login: Login, name: str, monkeypatch: pytest.MonkeyPatch, **changes: str) -> list[str]:
    """The arguments that add ``login`` as the account ``name``; its password waits on standard input."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(changes.get("password", login.password) + "\n"))
    arguments = [
        "account", "add", f"{name}@example.org", "--name", name, "--user", login.user, "--password-stdin",
        "--imap", f"{login.host}:{login.port}", "--imap-security", "tls", "--save-password", "file",
    ]  # fmt: skip
    return [*arguments, "--ca-file", changes.get("ca_file", str(login.ca_file))]


class TestAdd:
    def test_a_login_that_works_is_saved(
        self, shell: Shell, imap_login: Login, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        document = shell.json(*add(shell, imap_login, "work", monkeypatch))
        assert document["imap"] == {"host": imap_login.host, "port": imap_login.port, "security": "tls"}
        ((result),) = shell.json("account", "check")["accounts"]
        assert result["ok"] is True
        assert shell.json("doctor", "--network")["ok"] is True

    def test_a_wrong_password_is_three_and_saves_nothing(
        self, shell: Shell, imap_login: Login, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        code, kind, sentence = shell.fails(*add(shell, imap_login, "work", monkeypatch, password="wrong"))
        assert (code, kind) == (3, "sign-in")
        assert "wrong" not in sentence.split()
        assert shell.json("account", "list") == []
        assert not list((shell.home / "data").glob("secrets/*"))

    def test_a_certificate_that_is_not_trusted_is_four(
        self, shell: Shell, imap_login: Login, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        arguments = add(shell, imap_login, "work", monkeypatch)
        code, kind, sentence = shell.fails(*arguments[: arguments.index("--ca-file")])
        assert (code, kind) == (4, "certificate")
        assert imap_login.host in sentence
        assert shell.json("account", "list") == []

    def test_the_server_for_sending_is_tried_too(
        self, shell: Shell, dovecot: Mailbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        arguments = add(shell, dovecot.login, "work", monkeypatch)
        code, kind, _ = shell.fails(*arguments, "--smtp", "localhost:1")
        assert (code, kind) == (4, "unreachable")
        assert shell.json("account", "list") == []
        add(shell, dovecot.login, "work", monkeypatch)
        shell.json(*arguments, "--smtp", f"localhost:{dovecot.server.submission}", "--smtp-security", "starttls")
        assert shell.json("account", "check", "work")["accounts"][0]["ok"] is True
        assert shell.fails("account", "edit", "work", "--smtp", "localhost:1")[0] == 4
        edited = shell.json("account", "edit", "work", "--smtp", "localhost:1", "--no-check")
        assert edited["smtp"] == {"host": "localhost", "port": 1, "security": "tls"}


class TestSeveral:
    def test_reading_merges_and_writing_names_the_choices(
        self, shell: Shell, imap_login: Login, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        fill(imap_login, list(make_messages(20)))
        for name in ("work", "play"):
            shell.json(*add(shell, imap_login, name, monkeypatch))
        assert [each["new"] for each in shell.json("sync")["accounts"]] == [20, 20]
        assert len(shell.json("list", "INBOX")) == 40
        assert len(shell.json("list", "INBOX", "--account", "work")) == 20
        assert {item["account"] for item in shell.json("list", "play:INBOX")} == {"play"}
        code, _, sentence = shell.fails("folder", "create", "New")
        assert code == 2
        assert "play, work" in sentence
        assert shell.fails("export", "INBOX", "--mbox", str(tmp_path / "x"))[0] == 2
        (item,) = shell.json("list", "work:INBOX", "--limit", "1")
        code, _, sentence = shell.fails("move", str(item["id"]), "play:INBOX")
        assert code == 2
        assert "work" in sentence
        shell.json("move", str(item["id"]), "archive", "--now")
        assert [each["account"] for each in shell.json("list", "Archive", "--account", "work")] == ["work"]

    def test_one_of_two_that_fails_is_partly_done(
        self, shell: Shell, imap_login: Login, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(imap_login, list(make_messages(5)))
        for name in ("work", "play"):
            shell.json(*add(shell, imap_login, name, monkeypatch))
        monkeypatch.setattr(sys, "stdin", io.StringIO("wrong\n"))
        shell.json("account", "password", "play", "--password-stdin", "--no-check")
        outcome = shell.run("sync", "--json")
        assert outcome.code == 6
        by_name = {each["name"]: each for each in outcome.document["accounts"]}
        assert by_name["work"]["error"] is None
        assert by_name["work"]["new"] == 5
        assert by_name["play"]["state"] == "sign-in"
        assert outcome.sentence == f"play: {by_name['play']['error']}"
        assert shell.run("sync", "--json", "--account", "play").code == 3
        outcome = shell.run("account", "check", "--json")
        assert outcome.code == 6
        assert [each["ok"] for each in outcome.document["accounts"]] == [False, True]

    def test_all_that_fail_alike_end_in_the_code_of_that(
        self, shell: Shell, imap_login: Login, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        authorities = tmp_path / "ca.pem"
        authorities.write_bytes(imap_login.ca_file.read_bytes())
        for name in ("work", "play"):
            shell.json(*add(shell, imap_login, name, monkeypatch, ca_file=str(authorities)))
        authorities.unlink()
        assert shell.run("sync").code == 2


def test_local_mail_has_no_uid(shell: Shell, dovecot: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(dovecot.login, list(make_messages(2)))
    arguments = add(shell, dovecot.login, "pop", monkeypatch)
    where = arguments.index("--imap")
    arguments[where : where + 4] = ["--pop3", f"localhost:{dovecot.server.pop3s}", "--pop3-security", "tls"]
    shell.json(*arguments)
    shell.json("sync")
    items = shell.json("list", "INBOX")
    assert [item["uid"] for item in items] == [None, None]
    assert shell.json("read", str(items[0]["id"]))["uid"] is None


def test_a_body_that_is_not_here_is_fetched_and_stays_unread(
    shell: Shell, imap_login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(imap_login, list(make_messages(10)))
    shell.json(*add(shell, imap_login, "work", monkeypatch), "--bodies", "none")
    shell.json("sync")
    item = next(item for item in shell.json("list", "INBOX") if "seen" not in item["flags"])
    read = shell.json("read", str(item["id"]))
    assert read["text"]
    shell.json("sync")
    assert "seen" not in shell.json("read", str(item["id"]))["flags"]
    assert shell.json("status")["engine"]["running"] is False


def test_the_server_searches_bodies_that_are_not_here(
    shell: Shell, imap_login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(number: int, body: str) -> Made:
        raw = (
            f"Subject: number {number}\r\nMessage-ID: <{number}@example.org>\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n"
        ).encode()
        return Made(raw, 1_700_000_000 + number, seen=number == 2, message_id=f"<{number}@example.org>")

    fill(imap_login, [made(1, "a needle"), made(2, "a needle"), made(3, "straw"), made(4, "a needle, \u65e5\u672c")])
    shell.json(*add(shell, imap_login, "work", monkeypatch), "--bodies", "none")
    shell.json("sync")
    (last,) = shell.json("list", "INBOX", "--limit", "1")
    shell.json("delete", str(last["id"]), "--now")
    assert shell.json("search", "needle") == []

    def subjects(*query: str) -> list[str]:
        return [item["subject"] for item in shell.json("search", "--server", *query)]

    assert subjects("needle") == ["number 2", "number 1"]
    assert subjects("needle", "is:unread") == ["number 1"]
    assert subjects("needle", "OR", "straw", "--limit", "2") == ["number 3", "number 2"]
    assert subjects("-needle") == ["number 3"]
    assert subjects("needle folder:trash") == ["number 4"]
    assert subjects("\u65e5\u672c folder:trash") == ["number 4"]
    assert subjects("subject:number needle") == ["number 2", "number 1"]
    assert subjects("nothing") == []
