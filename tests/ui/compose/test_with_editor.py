"""The composer and an editor of the person's own, with a script in its place."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.fakes.terminal import Terminal
from tests.ui.compose.desk import foot_of, letters, saved, type_into, writing
from tests.ui.compose.test_accidents import PROGRAM, left_behind
from tui_mail.config.paths import Home
from tui_mail.ui.app import MailApp


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return letters(tmp_path)


def editor(tmp_path: Path, body: str) -> str:
    path = tmp_path / "editor.py"
    path.write_text(f"import sys, pathlib\nfile = pathlib.Path(sys.argv[-1])\n{body}\n")
    return f"'{sys.executable}' '{path}'"


async def test_e_edits_the_text_and_the_draft_is_saved_before(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = (
        "import sqlite3\n"
        f"rows = sqlite3.connect({str(home.keep_db)!r}).execute('SELECT content FROM draft').fetchall()\n"
        "file.write_text(file.read_text() + 'From vi.' + str('typed before' in rows[0][0]))"
    )
    monkeypatch.setenv("EDITOR", editor(tmp_path, look))
    monkeypatch.setattr(MailApp, "suspend", lambda _self: nullcontext())
    async with writing(home, "reply") as (app, pilot, composer):
        await type_into(pilot, "typed before")
        await pilot.press("escape", "e")
        await pilot.pause()
        assert composer.body.text.endswith("typed before\nFrom vi.True")
        assert composer.letters_are_keys
        assert [draft.body.endswith("From vi.True") for draft in saved(app)] == [True]
        await pilot.press("u")
        assert composer.body.text.endswith("typed before")


@pytest.mark.parametrize(
    ("body", "words"),
    [("sys.exit(1)", "ended with 1"), ("", "Nothing was changed"), ("file.write_bytes(b'\\x1b[2J\\x07')", "left it")],
)
async def test_how_it_ended_is_said(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, words: str
) -> None:
    monkeypatch.setenv("VISUAL", editor(tmp_path, body))
    monkeypatch.setattr(MailApp, "suspend", lambda _self: nullcontext())
    async with writing(home, "reply") as (_app, pilot, composer):
        await pilot.press("escape", "e")
        await pilot.pause()
        assert words in foot_of(composer)
        assert "\x1b" not in composer.body.text


async def test_no_editor_is_one_sentence(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.setenv("PATH", "/nonexistent")
    async with writing(home, "reply") as (_app, pilot, composer):
        await pilot.press("escape", "e")
        assert "There is no editor here" in foot_of(composer)


async def test_where_the_terminal_cannot_be_given_away_it_is_said(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", editor(tmp_path, ""))
    async with writing(home, "reply") as (_app, pilot, composer):  # headless: no terminal to give
        await pilot.press("escape", "e")
        assert "cannot be run" in foot_of(composer)


async def test_with_the_setting_it_opens_at_once(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.config_file.parent.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("EDITOR", editor(tmp_path, "file.write_text('At once.')"))
    monkeypatch.setattr(MailApp, "suspend", lambda _self: nullcontext())
    from dataclasses import replace

    from tests.fakes.seeded_store import NOW
    from tests.ui.compose.desk import opened
    from tui_mail.config.settings import ComposeSettings, Settings
    from tui_mail.model.clock import FrozenClock

    settings = replace(Settings(), compose=ComposeSettings(editor="external"))
    app = MailApp(home, settings, clock=FrozenClock(NOW), engine=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.act("compose", None)
        composer = await opened(app, pilot)
        await pilot.pause()
        assert composer.body.text == "At once."
        assert composer.focused is composer.head.fields["to"]


def test_in_a_terminal_the_screen_comes_back(home: Home, tmp_path: Path) -> None:
    command = editor(tmp_path, "print('In the editor')\ninput()\nfile.write_text(file.read_text() + 'From vi.')")
    screen = Terminal(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "home")],
        columns=80,
        rows=24,
        environ={"EDITOR": command, "VISUAL": "", "HOME": str(tmp_path)},
    )
    try:
        screen.wait("INBOX 1/1")
        screen.press("r")
        screen.wait("Re: Lunch")
        screen.press("escape")
        screen.wait("y send")
        screen.press("e")
        screen.wait("In the editor")
        screen.type("\r")
        shown = screen.wait("From vi.")
        assert "Re: Lunch" in shown
        screen.press("q")
        screen.wait("INBOX 1/1")
        screen.press("q")
        assert screen.ended() == 0
    finally:
        screen.close()
    assert left_behind(home) == []
