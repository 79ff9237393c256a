"""Mistakes of the program: written down privately, said in one sentence, never a traceback on the terminal."""

import stat
from pathlib import Path

import pytest

from tests.ui.running import act, home_with, running, status_of
from tui_mail.config.paths import Home
from tui_mail.ui.faults import fault_file, record


def made(home: Home) -> BaseException:
    secret = "hunter2"  # noqa: F841 -- must not be found in the file
    try:
        raise ValueError("subject of a message")
    except ValueError as error:
        record(home, error)
        return error


def test_the_file_is_private_and_holds_no_values(tmp_path: Path) -> None:
    home = Home.find(str(tmp_path / "home"), {})
    home.create()
    made(home)
    written = fault_file(home).read_text()
    assert "ValueError" in written
    assert "test_faults.py" in written
    assert "hunter2" not in written.replace('secret = "hunter2"', "")
    assert "subject of a message" not in written.replace('raise ValueError("subject of a message")', "")
    assert stat.S_IMODE(fault_file(home).stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written_still_gives_a_sentence(tmp_path: Path) -> None:
    assert "ValueError" in record(Home.find(str(tmp_path / "nowhere"), {}), ValueError("x"))


async def test_an_action_that_fails_leaves_the_window_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(home_with(tmp_path)) as (app, pilot):

        def broken(count: int | None) -> None:
            raise RuntimeError("[/] \x1b[2J")

        app.handlers["star"] = broken
        await act(app, pilot, "star")
        assert "Something went wrong here" in status_of(app)
        assert app.is_running
        assert "RuntimeError" in fault_file(app.home).read_text()
