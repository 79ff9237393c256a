"""What is asked of a person at a terminal: a password that is not shown, a yes before what cannot be taken back."""

import os
import signal
import sys
from pathlib import Path

from tests.fakes.terminal import Terminal
from tests.unit.cli.running import Shell


def opened(home: Path, *arguments: str) -> Terminal:
    return Terminal([sys.executable, "-m", "tui_mail", "--home", str(home), *arguments])


def answered(home: Path, question: str, answer: str, *arguments: str) -> tuple[int, str]:
    """Exit code and last screen of a command that asks one thing."""
    screen = opened(home, *arguments)
    try:
        screen.wait(question)
        screen.type(answer)
        return screen.ended(30), screen.text()
    finally:
        screen.close()


def test_a_password_is_asked_for_and_not_shown(shell: Shell) -> None:
    add = ("account", "add", "ada@example.org", "--imap", "h", "--no-check", "--save-password", "file")
    code, screen = answered(shell.home, "Password for ada@example.org:", "hunter2\n", *add)
    assert code == 0
    assert "hunter2" not in screen
    assert [path.read_text() for path in (shell.home / "data/secrets").iterdir()] == ["hunter2"]


def test_an_interrupt_at_the_password_saves_nothing(shell: Shell) -> None:
    add = ("account", "add", "ada@example.org", "--imap", "h", "--no-check", "--save-password", "file")
    screen = opened(shell.home, *add)
    try:
        screen.wait("Password for")
        os.kill(screen.pid, signal.SIGINT)
        assert screen.ended(30) == 130
    finally:
        screen.close()
    assert shell.json("account", "list") == []


def test_a_folder_is_deleted_only_after_yes(mail: Shell) -> None:
    delete = ("folder", "delete", "Travel", "--no-engine")
    code, screen = answered(mail.home, "Delete Travel with 14 messages for ever?", "n\n", *delete)
    assert code == 1
    assert "Nothing was done" in screen
    assert "Travel" in [each["name"] for each in mail.json("folders")]
    assert answered(mail.home, "for ever?", "y\n", *delete)[0] == 0
    assert "Travel" not in [each["name"] for each in mail.json("folders")]


def test_an_account_with_waiting_changes_is_removed_only_after_yes(mail: Shell) -> None:
    (item,) = mail.json("list", "INBOX", "--limit", "1")
    mail.json("archive", str(item["id"]), "--no-engine")
    assert (
        answered(mail.home, "1 change not yet on the server would be lost", "n\n", "account", "remove", "demo")[0] == 1
    )
    assert len(mail.json("account", "list")) == 1
    assert answered(mail.home, "would be lost", "y\n", "account", "remove", "demo")[0] == 0
    assert mail.json("account", "list") == []
