"""`tui-mail` and `tui-mail demo` in a terminal: what is opened, what is left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.terminal import Terminal
from tests.unit.cli.running import Shell, process
from tui_mail.config.paths import Home
from tui_mail.link.lock import lock_holder
from tui_mail.link.start import stop_engine


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """Where temporary homes are made; engines of homes that are still there are ended."""
    directory = tmp_path / "tmp"
    directory.mkdir()
    yield directory
    for home in directory.iterdir():
        stop_engine(Home.find(str(home), {}))


def opened(place: Path, *arguments: str) -> Terminal:
    return Terminal([sys.executable, "-m", "tui_mail", *arguments], environ={"TMPDIR": str(place)})


def homes(place: Path) -> list[Path]:
    return [path for path in place.iterdir() if path.name.startswith("tui-mail-demo-")]


def gone(place: Path) -> bool:
    """True when no temporary home is left, and with it no engine."""
    deadline = time.monotonic() + 60
    while homes(place) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not homes(place)


class TestDemo:
    def test_it_shows_mail_and_leaves_nothing(self, place: Path) -> None:
        screen = opened(place, "demo")
        try:
            screen.wait("INBOX 1/")
            (home,) = homes(place)
            found = Home.find(str(home), {})
            screen.wait(lambda _shown: lock_holder(found) not in (None, 0, screen.pid))
            pid = lock_holder(found)
            assert home.stat().st_mode & 0o777 == 0o700
            screen.press("q")
            assert screen.ended() == 0
        finally:
            screen.close()
        assert gone(place)
        assert pid
        assert not _runs(pid)

    @pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
    def test_a_closed_window_leaves_nothing_either(self, place: Path, number: int) -> None:
        screen = opened(place, "demo")
        try:
            screen.wait("INBOX 1/")
            os.kill(screen.pid, number)
            screen.ended()
        finally:
            screen.close()
        assert gone(place)

    def test_a_directory_is_kept_and_other_commands_work_on_it(self, place: Path) -> None:
        home = str(place / "kept")
        screen = opened(place, "demo", "--home", home)
        try:
            screen.wait("INBOX 1/")
            screen.press("q")
            assert screen.ended() == 0
        finally:
            screen.close()
        assert process("--home", home, "list", "INBOX", "--limit", "3").out.count("\n") == 3
        again = opened(place, "demo", "--home", home)
        try:
            again.wait("INBOX 1/")
            again.press("q")
            assert again.ended() == 0
        finally:
            again.close()

    def test_a_home_in_use_is_refused(self, place: Path, shell: Shell) -> None:
        shell.json("account", "add", "a@b", "--imap", "h", "--no-check", "--password-command", "true")
        screen = opened(place, "demo", "--home", str(shell.home))
        try:
            assert screen.ended() == 2
            assert "in use" in screen.text()
        finally:
            screen.close()
        assert len(shell.json("account", "list")) == 1

    def test_the_variable_of_a_real_home_is_left_alone(self, place: Path, tmp_path: Path) -> None:
        screen = Terminal(
            [sys.executable, "-m", "tui_mail", "demo"],
            environ={"TMPDIR": str(place), "TUI_MAIL_HOME": str(tmp_path / "real")},
        )
        try:
            screen.wait("INBOX 1/")
            screen.press("q")
            assert screen.ended() == 0
        finally:
            screen.close()
        assert not (tmp_path / "real").exists()


def test_without_an_account_the_practice_mailbox_is_one_choice_away(place: Path) -> None:
    screen = opened(place, "--home", str(place / "empty"))
    try:
        screen.wait("practice")
        screen.press("down", "enter")
        screen.wait("INBOX 1/")
        assert len(homes(place)) == 1
        screen.press("q")
        assert screen.ended() == 0
    finally:
        screen.close()
    assert gone(place)


def _runs(pid: int) -> bool:
    """True while the process is there and not only waiting to be buried."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(done.stdout.strip()) and not done.stdout.startswith("Z")
