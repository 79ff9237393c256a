"""A POP3 account from its first command to its last, by the program itself and a real server."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.backends.test_pop3_dovecot import MIB, PIECES, ended, letter, put, there
from tests.conftest import Mailbox
from tests.unit.cli.running import process

pytestmark = pytest.mark.dovecot


class Person:
    """Types commands; every one of them in a process of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def runs(self, *arguments: str, code: int = 0, stdin: str = "") -> Any:
        """The document of a command."""
        outcome = process("--home", str(self.home), "--json", *arguments, stdin=stdin, seconds=280)
        assert outcome.code == code, (outcome.out, outcome.err)
        return outcome.document

    def adds(self, mailbox: Mailbox, *more: str, code: int = 0, security: str = "tls") -> Any:
        """An account on the mailbox."""
        port = mailbox.server.pop3s if security == "tls" else mailbox.server.pop3
        return self.runs(
            *("account", "add", "ada@example.org", "--name", "pop", "--pop3", f"{mailbox.server.host}:{port}"),
            *("--pop3-security", security, "--ca-file", str(mailbox.server.ca_file), "--user", mailbox.user),
            *("--password-command", f"echo {mailbox.server.password}", *more),
            code=code,
        )

    def exported(self, folder: str = "INBOX", directory: str = "out") -> list[bytes]:
        """The octets of a folder as ``export`` writes them, sorted."""
        path = self.home.parent / directory
        self.runs("export", folder, "--maildir", str(path))
        return sorted(file.read_bytes() for file in path.glob("*/*") if file.is_file())


@pytest.fixture
def person(tmp_path: Path) -> Person:
    return Person(tmp_path / "home")


def awkward(count: int) -> list[bytes]:
    rng = random.Random(11)
    return [letter(number, b"".join(rng.choices(PIECES, k=rng.randint(0, 40)))) for number in range(count)]


def same(found: Sequence[bytes], wanted: Sequence[bytes]) -> bool:
    """No report of megabytes where they differ."""
    return sorted(found) == sorted(map(ended, wanted))


def test_thirty_megabytes_and_a_line_of_one(dovecot: Mailbox, person: Person) -> None:
    large = letter(900, (bytes(range(32, 127)) * 10 + b"\r\n.stuffed\r\n") * (30 * MIB // 962))
    raws = [*awkward(40), large, letter(901, b"x" * MIB + b"\r\nend\r\n"), letter(902, b"." * MIB)]
    put(dovecot, raws)
    account = person.adds(dovecot)
    assert (account["kind"], account["leave"], account["pop3"]["security"]) == ("pop3", "always", "tls")
    (entry,) = person.runs("sync")["accounts"]
    assert (entry["state"], entry["new"]) == ("online", len(raws))
    assert same(person.exported(), there(dovecot))
    assert len(there(dovecot)) == len(raws), "everything is left on the server"
    assert len(person.runs("account", "on-server")) == len(raws)
    (found,) = person.runs("search", "subject:900")
    assert found["size"] == len(large)
    person.runs("account", "edit", "pop", "--leave", "never", "--no-check")
    person.runs("sync")
    assert there(dovecot) == []
    person.runs("sync")
    assert person.runs("account", "on-server") == []
    assert same(person.exported(directory="again"), raws)


@pytest.mark.parametrize("security", ["starttls", "none"])
def test_other_kinds_of_connections(dovecot: Mailbox, person: Person, security: str) -> None:
    put(dovecot, awkward(5))
    person.adds(dovecot, security=security)
    person.runs("sync")
    assert same(person.exported(), there(dovecot))


def test_a_wrong_password_saves_nothing(dovecot: Mailbox, person: Person) -> None:
    found = person.adds(dovecot, "--password-command", "echo wrong", code=3)
    assert found["error"]["kind"] == "sign-in"
    assert person.runs("account", "list") == []
    assert not list(person.home.glob("data/raw/*"))


def test_headers_first_and_then_the_rest(dovecot: Mailbox, person: Person) -> None:
    large = letter(1, b"word\r\n" * 20_000)
    put(dovecot, [large, letter(2)])
    person.adds(dovecot, "--largest", "64", "--leave", "never")
    person.runs("sync")
    (item,) = person.runs("search", "subject:1")
    assert item["size"] == len(large)
    headers = process("--home", str(person.home), "read", str(item["id"]), "--headers")
    assert "Message-ID: <1@pop>" in headers.out
    assert [raw == large for raw in there(dovecot)] == [True]
    deleted, left = sorted(person.runs("account", "on-server", "pop"), key=lambda each: each["size"])
    assert deleted["state"] == "deleting", "until the next list says that it is gone"
    assert (left["item"], left["state"], left["size"]) == (item["id"], "header", len(large))
    assert "word\nword" in person.runs("read", str(item["id"]))["text"]
    assert there(dovecot) == []
    assert same(person.exported(), [large, letter(2)])


def test_what_is_done_here_is_done_here(dovecot: Mailbox, person: Person) -> None:
    put(dovecot, [letter(number) for number in range(1, 5)])
    person.adds(dovecot, "--leave", "until-deleted")
    person.runs("sync")
    items = {item["subject"]: str(item["id"]) for item in person.runs("list", "inbox")}
    person.runs("archive", items["1"], "--now")
    person.runs("mark", items["2"], "--flag", "--now")
    person.runs("delete", items["3"], "--now")
    person.runs("folder", "create", "Lists/Python", "--now")
    person.runs("move", items["4"], "Lists/Python", "--now")
    person.runs("sync")
    assert there(dovecot) == [letter(1), letter(2), letter(4)]
    assert [item["subject"] for item in person.runs("list", "archive")] == ["1"]
    assert [(item["subject"], item["flags"]) for item in person.runs("list", "INBOX")] == [("2", ["flagged"])]
    assert [item["subject"] for item in person.runs("list", "trash")] == ["3"]
    person.runs("undo", "--now")
    assert {item["subject"] for item in person.runs("list", "INBOX")} == {"2", "4"}


def test_everything_comes_back_from_a_backup(dovecot: Mailbox, person: Person, tmp_path: Path) -> None:
    raws = awkward(30)
    put(dovecot, raws)
    person.adds(dovecot, "--leave", "never")
    person.runs("sync")
    items = [str(item["id"]) for item in person.runs("list", "INBOX")]
    person.runs("archive", *items[:10], "--now")
    person.runs("backup", str(tmp_path / "backup"))
    assert there(dovecot) == []
    other = Person(tmp_path / "other")
    other.runs("restore", str(tmp_path / "backup"))
    other.runs("sync")
    found = [*other.exported(directory="a"), *other.exported("Archive", directory="b")]
    assert len(other.exported("Archive", directory="c")) == 10
    assert same(found, raws)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_five_thousand(dovecot: Mailbox, person: Person) -> None:
    put(dovecot, awkward(5_000))
    person.adds(dovecot, "--leave", "never")
    (entry,) = person.runs("sync")["accounts"]
    assert entry["new"] == 5_000
    assert there(dovecot) == []
    assert same(person.exported(), awkward(5_000))
