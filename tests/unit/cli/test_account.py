"""Accounts on the command line: what is saved, what is refused, what is never saved untried."""

import io
import socket
import sys
import tomllib
from collections.abc import Iterator

import pytest

from tests.unit.cli.running import Shell

ADD = ("account", "add", "ada@example.org", "--imap", "imap.example.org", "--password-stdin", "--save-password", "file")


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("hunter2\r\nsecond line\n"))


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port of this machine that refuses connections."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def table(shell: Shell, name: str) -> dict[str, object]:
    return tomllib.loads((shell.home / f"config/accounts/{name}.toml").read_text())


class TestAdd:
    def test_an_account_is_saved_with_its_options(self, shell: Shell) -> None:
        document = shell.json(
            *ADD,
            "--no-check",
            "--name",
            "work",
            "--from-name",
            "Ada",
            "--smtp",
            "smtp.example.org:587",
            "--bodies",
            "all",
            "--alias",
            "Lovelace <lovelace@example.com>",
            "--save-sent",
            "never",
        )
        assert document == {
            "name": "work",
            "email": "ada@example.org",
            "from_name": "Ada",
            "user": "ada@example.org",
            "kind": "imap",
            "imap": {"host": "imap.example.org", "port": 993, "security": "tls"},
            "pop3": None,
            "smtp": {"host": "smtp.example.org", "port": 587, "security": "starttls"},
            "password": "file",
            "folders": None,
            "left_out": [],
            "since": 0,
            "bodies": "all",
            "body_days": 90,
            "body_size": 256,
            "cache": 0,
            "aliases": ["Lovelace <lovelace@example.com>"],
            "save_sent": "never",
        }
        assert shell.json("account", "list") == [document]
        assert "hunter2" not in (shell.home / "config/accounts/work.toml").read_text()
        (kept,) = (path for path in shell.home.rglob("*") if path.is_file() and "hunter2" in path.read_text("latin-1"))
        assert kept.stat().st_mode & 0o777 == 0o600
        assert kept.read_text() == "hunter2"

    def test_nothing_is_saved_when_the_server_cannot_be_reached(self, shell: Shell, nobody: int) -> None:
        code, kind, sentence = shell.fails(*ADD[:4], f"127.0.0.1:{nobody}", *ADD[5:])
        assert (code, kind) == (4, "unreachable")
        assert "127.0.0.1" in sentence
        assert shell.json("account", "list") == []
        assert not list((shell.home / "config/accounts").glob("*"))

    def test_commands_are_kept_as_words(self, shell: Shell) -> None:
        shell.json(
            "account", "add", "a@b", "--imap", "h", "--no-check", "--password-command", "pass show 'my mail'"
        )  # fmt: skip
        assert table(shell, "a@b")["password_command"] == ["pass", "show", "my mail"]
        assert table(shell, "a@b")["password"] == "command"

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["a@b"], "--imap"),
            (["nobody", "--imap", "h"], "address"),
            (["a@b", "--imap", "h", "--name", "a:b"], "name an account"),
            (["a@b", "--imap", "h", "--name", "../x"], "name an account"),
            (["a@b", "--imap", "h:0"], "port"),
            (["a@b", "--imap", "h:p"], "HOST"),
            (["a@b", "--imap", "h", "--security", "none"], "--allow-plaintext"),
            (["a@b", "--imap", "h", "--ca-file", "/nonexistent.pem"], "certificates"),
            (["a@b", "--imap", "h"], "--password-command"),
            (["a@b", "--imap", "h", "--password-stdin"], "keyring"),
            (["a@b", "--imap", "h", "--password-command", "x", "--token-command", "y"], "exclude"),
            (["a@b", "--imap", "h", "--password-command", "'"], "--password-command"),
            (["a@b", "--pop3", "h", "--imap", "h", "--password-command", "x"], "not both"),
            (["a@b", "--pop3", "h", "--leave", "sometimes", "--password-command", "x"], "until-deleted"),
            (["a@b", "--pop3", "h", "--deliver-to", "work", "--password-command", "x"], "--deliver-to"),
            (["a@b", "--pop3", "h", "--security", "none", "--password-command", "x"], "--allow-plaintext"),
        ],
    )
    def test_what_does_not_fit_is_told(self, shell: Shell, arguments: list[str], words: str) -> None:
        code, _, sentence = shell.fails("account", "add", *arguments, "--no-check")
        assert code == 2
        assert words in sentence
        assert not list(shell.home.glob("config/accounts/*"))

    def test_a_name_is_taken_whatever_its_case(self, shell: Shell) -> None:
        shell.json(*ADD, "--no-check", "--name", "work")
        code, _, sentence = shell.fails(*ADD, "--no-check", "--name", "Work")
        assert code == 2
        assert "account edit" in sentence

    def test_there_is_no_password_to_set_where_a_command_gives_it(self, shell: Shell) -> None:
        shell.json("account", "add", "a@b", "--imap", "h", "--password-command", "pass show x", "--no-check")
        code, _, sentence = shell.fails("account", "password", "a@b")
        assert code == 2
        assert "account edit" in sentence

    def test_a_practice_mailbox_takes_none(self, shell: Shell) -> None:
        from tui_mail.cli.practice import prepare_demo_home
        from tui_mail.config.paths import Home

        prepare_demo_home(Home.find(str(shell.home), {}))
        assert shell.fails(*ADD, "--no-check")[0] == 2


class TestEdit:
    @pytest.fixture(autouse=True)
    def account(self, shell: Shell, secret: None) -> None:
        shell.json(*ADD, "--no-check", "--name", "work", "--smtp", "smtp.example.org", "--ca-file", __file__)

    def test_what_is_not_said_stays(self, shell: Shell) -> None:
        before = shell.json("account", "list")[0]
        after = shell.json("account", "edit", "work", "--from-name", "Countess", "--no-check")
        assert after == {**before, "from_name": "Countess"}
        assert table(shell, "work")["imap"] == {
            "host": "imap.example.org", "port": 993, "security": "tls", "ca_file": __file__,
        }  # fmt: skip

    def test_what_is_brought_here_is_chosen(self, shell: Shell) -> None:
        edit = ("account", "edit", "work", "--no-check")
        changed = shell.json(
            *edit, "--folder", "inbox", "--folder", "Lists/kernel", "--without-folder", "Old", "--since", "365",
            "--bodies", "recent", "--body-days", "30", "--body-size", "64", "--cache", "500",
        )  # fmt: skip
        expected = {
            "folders": ["INBOX", "Lists/kernel"], "left_out": ["Old"], "since": 365, "bodies": "recent", "body_days": 30,
            "body_size": 64, "cache": 500,
        }  # fmt: skip
        assert {key: changed[key] for key in expected} == expected
        assert {key: table(shell, "work")[key] for key in expected} == expected
        changed = shell.json(*edit, "--all-folders", "--since", "0", "--cache", "0")
        assert (changed["folders"], changed["left_out"], changed["since"], changed["cache"]) == (None, [], 0, 0)
        assert changed["body_days"] == 30
        code, kind, sentence = shell.fails(*edit, "--since", "yesterday")
        assert (code, kind) == (2, "usage")
        assert "yesterday" in sentence
        assert shell.fails(*edit, "--body-days", "0")[:2] == (2, "config")
        assert shell.fails(*edit, "--folder", "INBOX", "--all-folders")[0] == 2

    def test_security_changes_the_usual_port_with_it(self, shell: Shell) -> None:
        after = shell.json("account", "edit", "work", "--security", "starttls", "--no-check")
        assert after["imap"] == {"host": "imap.example.org", "port": 143, "security": "starttls"}
        assert after["smtp"] == {"host": "smtp.example.org", "port": 587, "security": "starttls"}
        shell.json("account", "edit", "work", "--imap", "imap.example.org:1143", "--no-check")
        after = shell.json("account", "edit", "work", "--imap-security", "starttls", "--no-check")
        assert after["imap"]["port"] == 1143

    def test_the_address_takes_the_user_along(self, shell: Shell) -> None:
        assert shell.json("account", "edit", "work", "--email", "lady@example.org", "--no-check")["user"].startswith(
            "lady"
        )
        shell.json("account", "edit", "work", "--user", "ada", "--no-check")
        assert shell.json("account", "edit", "work", "--email", "x@example.org", "--no-check")["user"] == "ada"

    def test_an_edit_that_does_not_work_changes_nothing(self, shell: Shell, nobody: int) -> None:
        before = table(shell, "work")
        assert shell.fails("account", "edit", "work", "--imap", f"127.0.0.1:{nobody}", "--ca-file", "")[0] == 2
        code, _, _ = shell.fails("account", "edit", "work", "--imap", f"127.0.0.1:{nobody}", "--imap-security", "none")
        assert code == 4
        assert table(shell, "work") == before

    def test_overrides_of_the_person_are_not_written_into_the_file(self, shell: Shell) -> None:
        (shell.home / "config/config.toml").write_text('[account.work]\nbodies = "all"\n')
        shell.json("account", "edit", "work", "--from-name", "X", "--no-check")
        assert "bodies" not in table(shell, "work")

    def test_a_password_is_replaced(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO("second\n"))
        shell.json("account", "password", "work", "--password-stdin", "--no-check")
        assert [path.read_text() for path in (shell.home / "data/secrets").iterdir()] == ["second"]

    @pytest.mark.parametrize("command", ["edit", "password", "remove", "check"])
    def test_an_unknown_account_names_the_choices(self, shell: Shell, command: str) -> None:
        code, _, sentence = shell.fails("account", command, "play")
        assert code == 2
        assert "work" in sentence

    def test_check_says_what_is_wrong_with_each(self, shell: Shell, nobody: int) -> None:
        shell.json("account", "edit", "work", "--imap", f"127.0.0.1:{nobody}", "--imap-security", "none", "--no-check")
        outcome = shell.run("account", "check", "--json")
        assert outcome.code == 4
        ((result),) = outcome.document["accounts"]
        assert (result["name"], result["ok"], result["kind"]) == ("work", False, "unreachable")
        assert outcome.sentence == f"work: {result['message']}"

    def test_removing_takes_file_and_secret(self, shell: Shell) -> None:
        assert shell.json("account", "remove", "work") == {"removed": "work"}
        assert shell.json("account", "list") == []
        assert not [path for path in shell.home.rglob("*") if path.is_file() and "hunter2" in path.read_text("latin-1")]
