"""`doctor` on homes that are well and on homes that are not."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.store.make_old import OLD
from tests.unit.cli.running import Shell
from tui_mail.config import disk
from tui_mail.config.paths import Home


def check(shell: Shell, name: str, *, code: int) -> list[dict[str, Any]]:
    document = shell.json("doctor", code=code)
    assert document["ok"] is (code == 0)
    for each in document["checks"]:
        assert list(each) == ["check", "state", "message", "advice"]
    return [each for each in document["checks"] if each["check"] == name]


def test_a_home_that_is_well(mail: Shell) -> None:
    document = mail.json("doctor")
    assert {each["state"] for each in document["checks"]} <= {"ok", "note"}
    names = {each["check"] for each in document["checks"]}
    assert names >= set("versions directories space configuration accounts store waiting engine passwords".split())
    assert "WRONG" not in mail.run("doctor").out


def test_an_empty_home_says_how_to_begin(shell: Shell) -> None:
    (account,) = check(shell, "accounts", code=0)
    assert "account add" in account["advice"]
    assert not shell.home.exists()


def test_files_that_others_can_read(mail: Shell) -> None:
    (mail.home / "data/keep.db").chmod(0o644)
    (mail.home / "config").chmod(0o755)
    found = check(mail, "directories", code=1)
    assert [each["advice"] for each in found] == [
        f"chmod 700 {mail.home}/config",
        f"chmod 600 {mail.home}/data/keep.db",
    ]


def test_a_file_of_configuration_that_is_wrong(mail: Shell) -> None:
    (mail.home / "config/config.toml").write_text("[ui]\nthem = 1\n")
    assert "did you mean theme" in check(mail, "configuration", code=1)[0]["message"]


def test_a_damaged_store_stops_no_other_check(mail: Shell) -> None:
    path = mail.home / "data/mail.db"
    data = bytearray(path.read_bytes())
    data[4096 * 3 : 4096 * 6] = b"\xa5" * (4096 * 3)
    path.write_bytes(bytes(data))
    found = check(mail, "store", code=1)
    assert "mail.db" in found[0]["message"]
    assert "made anew" in found[0]["advice"]
    assert check(mail, "terminal", code=1)
    code, kind, sentence = mail.fails("list", "INBOX")
    assert (code, kind) == (1, "damaged-store")
    assert sentence == f"{path} is damaged: `tui-mail doctor` says what to do."


def test_a_home_on_the_disk_of_another_machine(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    table = tmp_path / "mounts"
    table.write_text(f"overlay / overlay rw 0 0\nserver:/home {shell.home.parent} nfs4 rw 0 0\n")
    monkeypatch.setattr(disk, "MOUNTS", table)
    before = sorted(shell.home.parent.rglob("*"))
    found = check(shell, "space", code=1)
    assert found[-1]["state"] == "bad"
    assert "network file system (nfs4)" in found[-1]["message"]
    for command in (
        ("account", "add", "a@b", "--imap", "h", "--password-command", "true", "--no-check"),
        ("account", "add", "a@b", "--imap", "127.0.0.1:1", "--password-command", "true"),
        ("engine",),
        ("folder", "create", "x", "--account", "a@b"),
    ):
        code, _kind, sentence = shell.fails(*command)
        assert code in (1, 2)
        assert code == 2 or "keep tui-mail on a disk of this machine" in sentence, command
    assert shell.fails("engine")[:2] == (1, "store")
    assert sorted(shell.home.parent.rglob("*")) == before, "nothing is written"


def test_a_store_of_an_older_program_is_only_told(shell: Shell) -> None:
    home = Home.find(str(shell.home), {})
    home.create()
    for path, script in ((home.keep_db, "keep-001"), (home.mail_db, "mail-001")):
        connection = sqlite3.connect(path)
        connection.executescript((OLD / f"{script}.sql").read_text())
        connection.close()
    (finding,) = check(shell, "store", code=0)
    assert finding["state"] == "note"
    assert "older" in finding["message"]
    assert shell.json("status")["engine"]["running"] is False
    (finding,) = check(shell, "store", code=0)
    assert finding["state"] == "note"
    assert shell.json("pending")  # any other command brings it up to date first
    (finding,) = check(shell, "store", code=0)
    assert finding["state"] == "ok"


def test_an_account_whose_password_cannot_be_had(shell: Shell) -> None:
    shell.json("account", "add", "a@b", "--imap", "h", "--no-check", "--password-command", "no-such-program x")
    (finding,) = check(shell, "passwords", code=1)
    assert "no-such-program" in finding["message"]
    path = shell.home / "config/accounts/a@b.toml"
    path.write_text('email = "a@b"\npassword = "file"\nimap = { host = "h", port = 993 }\n')
    path.chmod(0o600)
    (finding,) = check(shell, "passwords", code=1)
    assert finding["advice"] == "tui-mail account password a@b"
