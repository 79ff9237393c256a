"""What is typed is there again, however the program came to its end."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.fakes import kept
from tests.fakes.terminal import Terminal
from tests.ui.compose.desk import letters, saved, type_into, writing
from tests.ui.running import running, until
from tui_mail.config.paths import Home
from tui_mail.model.clock import SystemClock
from tui_mail.model.draft import Draft
from tui_mail.store.gestures.journal import Journal
from tui_mail.store.reader import Reader
from tui_mail.store.sending.drafts import Drafts

PROGRAM = (
    "import sys\nfrom tui_mail.config.paths import Home\nfrom tui_mail.ui.run import run_ui\n"
    "sys.exit(run_ui(Home.find(sys.argv[1], {}), engine=False))"
)


def left_behind(home: Home) -> list[Draft]:
    reader, journal = Reader(home), Journal(home, SystemClock())
    drafts = Drafts(home, SystemClock(), reader, journal)
    try:
        return [draft for _number, draft in drafts.abandoned()]
    finally:
        drafts.close()
        journal.close()
        reader.close()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return letters(tmp_path)


async def test_leaving_the_program_saves(home: Home) -> None:
    async with writing(home) as (app, pilot, _composer):
        await type_into(pilot, "ann")
        app.exit(0)
    assert [draft.to for draft in left_behind(home)] == ["ann"]


async def test_a_mistake_of_the_program_saves(home: Home) -> None:
    async def mistaken() -> None:
        async with writing(home) as (_app, pilot, composer):
            await type_into(pilot, "ann")
            composer.call_later(lambda: 1 / 0)
            await pilot.pause()

    with pytest.raises(ZeroDivisionError):
        await mistaken()
    assert [draft.to for draft in left_behind(home)] == ["ann"]


async def test_a_mistake_of_ours_in_an_action_leaves_the_composer_open(home: Home) -> None:
    async with writing(home) as (app, pilot, composer):
        await type_into(pilot, "ann")
        composer.works.attach = lambda: 1 / 0  # type: ignore[method-assign, assignment] # a mistake
        composer._handlers = None
        await pilot.press("escape", "a")
        assert "Something went wrong" in composer.said
        assert app.screen is composer
        assert [draft.to for draft in saved(app)] == ["ann"]


async def test_when_the_terminal_loses_the_focus_it_is_saved(home: Home) -> None:
    from textual.events import AppBlur

    async with writing(home) as (app, pilot, _composer):
        await type_into(pilot, "ann")
        app.post_message(AppBlur())
        await until(pilot, lambda: saved(app))


async def test_when_the_program_stands_aside_it_is_saved(home: Home) -> None:
    async with writing(home) as (app, pilot, _composer):
        await type_into(pilot, "ann")
        app.app_suspend_signal.publish(app)
        assert [draft.to for draft in saved(app)] == ["ann"]


@pytest.mark.parametrize("accident", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL, "closed"])
def test_in_a_terminal(home: Home, tmp_path: Path, accident: signal.Signals | str) -> None:
    screen = Terminal([sys.executable, "-c", PROGRAM, str(tmp_path / "home")], columns=80, rows=24)
    screen.wait("INBOX 1/1")
    screen.press("c")
    screen.wait("New message")
    screen.type("ann")
    screen.wait("To  ann")
    try:
        if accident is signal.SIGKILL:
            screen.wait(lambda _shown: '"ann"' in kept.drafts(home.keep_db))
        if accident == "closed":
            os.close(screen._master)
        else:
            assert isinstance(accident, signal.Signals)
            os.kill(screen.pid, accident)
        screen._process.wait(60)
    finally:
        screen._process.kill()
        screen._process.wait()
        if accident != "closed":
            screen.close()
    assert [draft.to for draft in left_behind(home)] == ["ann"]


async def test_the_next_start_tells(home: Home) -> None:
    async with writing(home) as (_app, pilot, _composer):
        await type_into(pilot, "ann")
    async with running(home) as (app, pilot):
        await until(pilot, lambda: "A message you were writing is in Drafts" in app.mail_screen.said)
