"""Mistakes of the program: written down privately, said in one sentence, never a traceback on the terminal."""

import gc
import stat
from functools import partial
from pathlib import Path

import pytest

from tests.ui.running import act, home_with, running, status_of, until
from tui_mail.config.paths import Home
from tui_mail.text import safe
from tui_mail.ui.compose.waiting import Waiting
from tui_mail.ui.faults import fault_file, record
from tui_mail.ui.work import start


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


async def test_work_that_is_replaced_before_it_began_is_not_complained_about(tmp_path: Path) -> None:
    """Python writes about a coroutine that nobody awaited; here warnings are errors."""
    done: list[int] = []

    async def work(number: int) -> None:
        done.append(number)

    async with running(home_with(tmp_path)) as (app, pilot):
        for number in (1, 2):
            start(app.screen, partial(work, number), "same", app.mail_screen.failed)
        await until(pilot, lambda: done == [2])
    gc.collect()


async def test_a_mistake_in_the_work_of_a_dialog_closes_it_and_is_said(tmp_path: Path) -> None:
    async def broken() -> None:
        raise RuntimeError("[/] \x1b[2J")

    async with running(home_with(tmp_path)) as (app, pilot):
        app.push_screen(Waiting(safe.own("Fetching the message …"), broken))
        await until(pilot, lambda: "Something went wrong here" in status_of(app))
        assert app.screen is app.mail_screen
        assert "RuntimeError" in fault_file(app.home).read_text()
