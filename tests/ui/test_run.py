"""Opening the user interface: what must be so before the first paint."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from pathlib import Path

import pytest

from tests.fakes.seeded_store import NOW, Mail, save_work_account
from tests.fakes.terminal import Terminal
from tests.store.make_old import OLD
from tests.ui.running import home_with
from tui_mail.config import disk
from tui_mail.config.paths import Home
from tui_mail.config.settings import Settings, load_settings
from tui_mail.link.lock import EngineLock
from tui_mail.model.clock import FrozenClock
from tui_mail.model.errors import ConfigError, StoreError, StoreNewer
from tui_mail.store.reader import Reader
from tui_mail.ui.app import MailApp
from tui_mail.ui.run import _prepare, run_ui

PROGRAM = (
    "import sys\nfrom tui_mail.config.paths import Home\nfrom tui_mail.ui.run import run_ui\n"
    "sys.exit(run_ui(Home.find(sys.argv[1], {}), engine=False))"
)


def test_a_store_is_made_where_there_is_none(tmp_path: Path) -> None:
    home = Home.find(str(tmp_path / "home"), {})
    home.create()
    _prepare(home, FrozenClock(NOW))
    assert Reader(home).folders() == []
    assert home.mail_db.exists()


def test_a_home_on_the_disk_of_another_machine_opens_no_window_and_is_not_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    table = tmp_path / "mounts"
    (tmp_path / "far").mkdir()
    table.write_text(f"overlay / overlay rw 0 0\nme@far:/ {tmp_path}/far fuse.sshfs rw 0 0\n")
    monkeypatch.setattr(disk, "MOUNTS", table)
    with pytest.raises(StoreError, match=r"fuse\.sshfs"):
        run_ui(Home.find(str(tmp_path / "far" / "home"), {}))
    assert list((tmp_path / "far").iterdir()) == []


def test_a_damaged_mail_db_is_set_aside(tmp_path: Path) -> None:
    home = home_with(tmp_path)
    home.mail_db.write_bytes(os.urandom(8192))
    for name in ("mail.db-wal", "mail.db-shm"):
        (home.data / name).unlink(missing_ok=True)
    _prepare(home, FrozenClock(NOW))
    assert Reader(home).folders() == []
    assert list(home.data.glob("mail.db.damaged-*"))


def older(directory: Path) -> Home:
    """A home as the first version of the store left it, with an operation that waits."""
    home = Home.find(str(directory / "older"), {})
    home.create()
    save_work_account(home)
    for path, script in ((home.keep_db, "keep-001"), (home.mail_db, "mail-001")):
        connection = sqlite3.connect(path)
        connection.executescript((OLD / f"{script}.sql").read_text())
        connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
    return home


def test_an_older_store_is_brought_up_to_date(tmp_path: Path) -> None:
    home = older(tmp_path)
    assert Reader(home).pending() == []
    _prepare(home, FrozenClock(NOW))
    assert Reader(home).pending()


async def test_a_store_that_an_older_engine_still_holds_is_waited_for(tmp_path: Path) -> None:
    home = older(tmp_path)
    with EngineLock(home):
        _prepare(home, FrozenClock(NOW))
        app = MailApp(home, Settings(), clock=FrozenClock(NOW), engine=False)
        async with app.run_test() as pilot:
            await pilot.pause(0.3)
            app.act("undo", None)
            assert app.is_running
            assert not app.fault
            assert "older tui-mail" in app.mail_screen.said


def test_a_newer_store_is_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    home = home_with(tmp_path)
    connection = sqlite3.connect(home.mail_db)
    connection.execute("PRAGMA user_version = 9999")
    connection.close()
    with pytest.raises(StoreNewer):
        run_ui(home, engine=False)


@pytest.mark.parametrize("key", ["theme", "keymap"])
def test_a_name_that_is_none_is_refused_before_anything_is_drawn(tmp_path: Path, key: str) -> None:
    home = home_with(tmp_path)
    home.config_file.write_text(f'[ui]\n{key} = "darc"\n')
    with pytest.raises(ConfigError, match=rf"config\.toml: \[ui\] {key}: there is no 'darc'"):
        run_ui(home, engine=False)


async def test_a_theme_chosen_in_the_program_may_be_gone(tmp_path: Path) -> None:
    home = home_with(tmp_path)
    home.settings_file.write_text('[ui]\ntheme = "gone"\n')
    app = MailApp(home, load_settings(home), clock=FrozenClock(NOW), engine=False)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.theme == "dark"


def test_in_a_terminal_it_opens_and_leaves_nothing_switched_on(tmp_path: Path) -> None:
    home = home_with(tmp_path)
    screen = Terminal([sys.executable, "-c", PROGRAM, str(tmp_path / "home")], columns=80, rows=24)
    try:
        screen.wait("INBOX 1/6")
        screen.press("j", "enter")
        screen.wait("the room is the same.")
        screen.press("q", "q")
        assert screen.ended() == 0
        assert b"\x1b[?1049l" in screen.raw
    finally:
        screen.close()
    assert home.mail_db.exists()


HOSTILE = (
    "a\x1b]52;c;ZXZpbA==\x07 \x9d0;pwn\x9c \x1b]8;;https://evil.example\x1b\\\\bank [@click=app.quit]x[/] \u202ecod.exe"
)


def test_no_byte_of_a_message_acts_on_the_terminal(tmp_path: Path) -> None:
    mails = [Mail(HOSTILE, f'"{HOSTILE}" <evil@example.com>', body=HOSTILE), Mail("x", folder=f"b{HOSTILE[:20]}")]
    home_with(tmp_path, mails)
    # The address in the text is one, and the terminal may be told where it leads: as it stands, in our own words.
    told = re.compile(rb"\x1b]8;id=[\d-]+;(https://[!-~]*)\x1b\\(?:\x1b\[[\d;]*m|[^\x1b])*\x1b]8;;\x1b\\")
    screen = Terminal([sys.executable, "-c", PROGRAM, str(tmp_path / "home")], columns=120, rows=30)
    try:
        screen.wait("INBOX 1/1")
        screen.press("enter")
        screen.wait(lambda _shown: told.search(bytes(screen.raw)) is not None)
        screen.press("h", "V", "V", "o", "escape", "m", "escape", "S")
        assert set(told.findall(bytes(screen.raw))) == {b"https://evil.example"}
        raw = told.sub(b"", bytes(screen.raw))
        for sequence in (b"\x1b]52", b"\x1b]0;", b"\x1b]8;", b"\xc2\x9d", b"\x9d0;", "\u202e".encode()):
            assert sequence not in raw, sequence
        assert "INBOX" in screen.text() or "search" in screen.text()
    finally:
        screen.close()


def test_a_closed_terminal_ends_the_window(tmp_path: Path) -> None:
    home_with(tmp_path)
    screen = Terminal([sys.executable, "-c", PROGRAM, str(tmp_path / "home")], columns=80, rows=24)
    screen.wait("INBOX 1/6")
    os.close(screen._master)
    try:
        screen._process.wait(60)
    finally:
        screen._process.kill()
        screen._process.wait()
    assert screen._process.returncode is not None
