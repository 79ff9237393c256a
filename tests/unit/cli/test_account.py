"""Accounts on the command line: what is saved, what is refused, what is never saved untried."""

import io
import socket
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cli.running import Shell
from tui_mail.config.accountfiles import rename_account
from tui_mail.config.paths import Home
from tui_mail.model.clock import SystemClock
from tui_mail.model.ids import AccountName
from tui_mail.store.disk import files
from tui_mail.store.local.mail import LocalMail
from tui_mail.store.local.rows import NewItem

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
        assert "Nothing was saved; --no-check saves it untried." in sentence
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
            (
                ["a@b", "--pop3", "h", "--since", "30", "--password-command", "x"],
                "--since is for accounts that read over imap",
            ),
            (
                ["a@b", "--imap", "h", "--leave", "never", "--password-command", "x"],
                "--leave is for accounts that read over pop3",
            ),
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

    def test_another_name_needs_no_server(self, shell: Shell) -> None:
        before = shell.json("account", "list")[0]
        assert shell.json("account", "edit", "work", "--name", "lovelace") == {**before, "name": "lovelace"}
        assert [each["name"] for each in shell.json("account", "list")] == ["lovelace"]
        secrets = {path.name: path.read_text() for path in (shell.home / "data/secrets").iterdir()}
        assert secrets == {"lovelace": "hunter2"}
        outcome = shell.run("account", "edit", "lovelace", "--name", "work")
        assert (outcome.code, outcome.sentence) == (0, "lovelace is called work now.")
        assert table(shell, "work")["formerly"] == ["lovelace"]

    def test_the_name_with_other_options(self, shell: Shell, nobody: int) -> None:
        edit = ("account", "edit", "work", "--name", "lovelace")
        assert shell.fails(*edit, "--imap", f"127.0.0.1:{nobody}", "--imap-security", "none")[0] == 4
        assert [each["name"] for each in shell.json("account", "list")] == ["work"]
        after = shell.json(*edit, "--from-name", "Countess", "--no-check")
        assert (after["name"], after["from_name"]) == ("lovelace", "Countess")
        assert table(shell, "lovelace")["from_name"] == "Countess"

    @pytest.mark.parametrize("name", ["home", "Home", "Work", "a:b", ""])
    def test_a_name_that_cannot_be_changes_nothing(self, shell: Shell, name: str) -> None:
        shell.json(*POP3, "--name", "home")
        before = shell.json("account", "list")
        assert shell.fails("account", "edit", "work", "--name", name, "--from-name", "X", "--no-check")[0] == 2
        assert shell.json("account", "list") == before

    def test_the_same_name_is_no_change(self, shell: Shell) -> None:
        before = table(shell, "work")
        outcome = shell.run("account", "edit", "work", "--name", "work", "--no-check")
        assert (outcome.code, outcome.sentence) == (0, "Changed work.")
        assert table(shell, "work") == before

    def test_its_section_of_config_toml_is_spoken_of(self, shell: Shell) -> None:
        (shell.home / "config/config.toml").write_text('[account.work]\nbodies = "all"\n')
        outcome = shell.run("account", "edit", "work", "--name", "lovelace")
        assert outcome.code == 0
        assert 'goes on to apply; call its section [account."lovelace"]' in outcome.err
        assert shell.json("account", "list")[0]["bodies"] == "all"
        code, _, sentence = shell.fails(*ADD, "--no-check", "--name", "work")
        assert code == 2
        assert "is called lovelace now" in sentence

    def test_a_new_account_may_have_the_old_name(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        shell.json("account", "edit", "work", "--name", "lovelace")
        monkeypatch.setattr(sys, "stdin", io.StringIO("other\n"))
        shell.json(*ADD, "--no-check", "--name", "work")
        assert [each["name"] for each in shell.json("account", "list")] == ["lovelace", "work"]
        assert "formerly" not in table(shell, "lovelace")

    def test_removing_takes_file_and_secret(self, shell: Shell) -> None:
        assert shell.json("account", "remove", "work") == {"removed": "work"}
        assert shell.json("account", "list") == []
        assert not [path for path in shell.home.rglob("*") if path.is_file() and "hunter2" in path.read_text("latin-1")]


POP3 = ("account", "add", "ada@example.org", "--pop3", "pop.example.org", "--password-command", "echo x", "--no-check")


class TestPop3:
    def test_an_account_is_saved_with_its_rules(self, shell: Shell) -> None:
        found = shell.json(*POP3, "--name", "pop", "--leave", "30", "--largest", "512", "--smtp", "smtp.example.org")
        assert (found["kind"], found["imap"]) == ("pop3", None)
        assert found["pop3"] == {"host": "pop.example.org", "port": 995, "security": "tls"}
        assert (found["leave"], found["leave_days"], found["largest"], found["deliver_to"]) == ("days", 30, 512, None)
        assert shell.json("account", "list") == [found]

    def test_mail_is_left_there_unless_somebody_chooses(self, shell: Shell) -> None:
        assert shell.json(*POP3)["leave"] == "always"
        for rule in ("never", "until-deleted", "always"):
            assert shell.json("account", "edit", "ada@example.org", "--leave", rule, "--no-check")["leave"] == rule

    def test_the_port_says_how_it_is_secured(self, shell: Shell) -> None:
        assert shell.json(*POP3[:4], "pop.example.org:110", *POP3[5:])["pop3"]["security"] == "starttls"

    def test_mail_may_go_into_another_inbox(self, shell: Shell) -> None:
        shell.json(*POP3, "--name", "main")
        assert shell.json(*POP3, "--name", "other", "--deliver-to", "main")["deliver_to"] == "main"
        assert "--deliver-to" in shell.fails(*POP3, "--name", "third", "--deliver-to", "other")[2]
        assert shell.fails("account", "edit", "main", "--deliver-to", "other", "--no-check")[0] == 2
        code, _, sentence = shell.fails("account", "remove", "main")
        assert (code, "other" in sentence) == (2, True)
        assert shell.json("account", "edit", "other", "--deliver-to", "", "--no-check")["deliver_to"] is None

    def test_it_does_not_become_an_imap_account(self, shell: Shell) -> None:
        shell.json(*POP3, "--name", "pop")
        code, _, sentence = shell.fails("account", "edit", "pop", "--imap", "imap.example.org", "--no-check")
        assert (code, "another account" in sentence) == (2, True)

    def test_nothing_is_saved_when_the_server_cannot_be_reached(self, shell: Shell, nobody: int) -> None:
        code, kind, _sentence = shell.fails(*POP3[:4], f"127.0.0.1:{nobody}", *POP3[5:-1], "--pop3-security", "none")
        assert (code, kind) == (4, "unreachable")
        assert shell.json("account", "list") == []


class TestOnlyCopies:
    """An account whose mail is on no server goes only when that was said."""

    @pytest.fixture(autouse=True)
    def mailbox(self, shell: Shell, secret: None) -> None:
        shell.json(*POP3, "--name", "pop")
        home = Home.find(str(shell.home), {})
        home.create()
        files.prepare(home, SystemClock())
        mail = LocalMail.open(home)
        mail.begin(AccountName("pop"))
        raw = b"Subject: Lunch\r\n\r\nAt noon.\r\n"
        item = NewItem(mail.raw.put(raw), len(raw), 1_780_000_000, AccountName("pop"))
        mail.add(mail.folder(AccountName("pop"), "INBOX"), [item])
        mail.close()

    def mail(self, shell: Shell) -> int:
        (found,) = [each for each in shell.json("doctor")["checks"] if each["check"] == "local_mail"] or [None]
        return 0 if found is None else int(found["message"].split(":")[-1].split()[0])

    def test_it_is_kept_where_nobody_said_that_it_may_go(self, shell: Shell) -> None:
        for options in ([], ["--yes"]):
            code, kind, sentence = shell.fails("account", "remove", "pop", *options)
            assert (code, kind) == (2, "usage")
            assert "1 message of this account is only here" in sentence
            assert "--delete-mail" in sentence
        assert [each["name"] for each in shell.json("account", "list")] == ["pop"]
        assert self.mail(shell) == 1

    def test_it_goes_when_that_was_said(self, shell: Shell) -> None:
        assert shell.json("account", "remove", "pop", "--yes", "--delete-mail") == {"removed": "pop"}
        assert shell.json("account", "list") == []
        assert self.mail(shell) == 0

    def test_an_account_file_that_vanished_takes_no_mail_with_it(self, shell: Shell) -> None:
        (shell.home / "config/accounts/pop.toml").unlink()
        (found,) = [each for each in shell.json("doctor")["checks"] if each["check"] == "local_mail"]
        assert (found["state"], "1 message of pop" in found["message"]) == ("note", True)
        shell.json(*POP3, "--name", "pop")
        assert self.mail(shell) == 1

    def test_a_missing_file_is_found(self, shell: Shell) -> None:
        for path in (shell.home / "data/raw").iterdir():
            path.unlink()
        (found,) = [each for each in shell.json("doctor", code=1)["checks"] if each["check"] == "local_mail"]
        assert (found["state"], "missing" in found["message"]) == ("bad", True)

    def test_a_backup_and_back(self, shell: Shell, tmp_path: Path) -> None:
        made = shell.json("backup", str(tmp_path / "backup"))
        assert (made["messages"], made["files"], made["missing"]) == (1, 1, 0)
        shell.json("account", "remove", "pop", "--yes", "--delete-mail")
        back = shell.json("restore", str(tmp_path / "backup"))
        assert (back["messages"], back["accounts"], back["unsent"]) == (1, ["pop"], 0)
        assert self.mail(shell) == 1
        assert shell.fails("restore", str(tmp_path / "backup"))[0] == 2
        assert shell.json("restore", str(tmp_path / "backup"), "--replace")["aside"]
        assert "Brought back 1 message" in shell.run("restore", str(tmp_path / "backup"), "--replace").err
        assert "Passwords" in shell.run("backup", str(tmp_path / "backup")).err


def test_after_bringing_back_what_to_do_next_is_said(shell: Shell, tmp_path: Path) -> None:
    """Where all mail is on a server, too: until it is fetched again there is none to list."""
    shell.json(*ADD, "--no-check", "--name", "work")
    files.prepare(Home.find(str(shell.home), {}), SystemClock())
    shell.json("backup", str(tmp_path / "backup"))
    assert "`tui-mail sync`" in shell.run("restore", str(tmp_path / "backup"), "--replace").err


def test_a_rename_that_was_cut_off_is_finished_by_who_only_reads(mail: Shell) -> None:
    before = mail.json("folders")
    (old,) = {folder["account"] for folder in before}
    rename_account(Home.find(str(mail.home), {}), AccountName(old), AccountName("later"))
    after = mail.json("folders")
    assert {folder["account"] for folder in after} == {"later"}
    assert [(each["name"], each["total"]) for each in after] == [(each["name"], each["total"]) for each in before]
