"""Sentences of the status line after keys that do nothing and programs that say nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.running import act, home_with, running, screen_lines, status_of, until
from tui_mail.ui.dialogs.reading import TextScreen


async def test_help_is_offered_once(tmp_path: Path) -> None:
    async with running(home_with(tmp_path), size=(80, 24)) as (app, pilot):
        await pilot.press("v")
        assert "v does nothing here" in status_of(app)
        assert status_of(app).count("help") == 1


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("false", "false ended with 1 and said nothing."),
        ("sh -c 'echo no >&2; exit 3'", "sh ended with 3: no"),
        ("sh -c 'echo x > /dev/tty'", "sh ended with"),
        ("'unclosed", "This is not a command"),
        ("''", "cannot be run"),
        ("true", "Given to true"),
        ("wc -c", "wc: "),
        ("printf '\\033[2Jx'", "printf: ␛[2Jx"),
    ],
)
async def test_a_program_that_gets_a_message(tmp_path: Path, command: str, words: str) -> None:
    async with running(home_with(tmp_path), size=(160, 24)) as (app, pilot):
        await act(app, pilot, "open", "pipe")
        await pilot.press(*command, "enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert words in status_of(app)


async def test_several_lines_that_a_program_says_are_shown_to_scroll_through(tmp_path: Path) -> None:
    async with running(home_with(tmp_path), size=(100, 24)) as (app, pilot):
        await act(app, pilot, "open", "pipe")
        await pilot.press(*"grep -i subject -A1", "enter")
        await until(pilot, lambda: isinstance(app.screen, TextScreen))
        shown = screen_lines(app)
        assert any("Subject: " in row for row in shown)
        await pilot.press("escape")
        assert app.screen is app.mail_screen


@pytest.mark.parametrize("theme", ["dark", "light", "high-contrast", "ansi"])
async def test_the_open_message_is_shown_in_the_list_beside_it(tmp_path: Path, theme: str) -> None:
    async with running(home_with(tmp_path), size=(160, 24), theme=theme) as (app, pilot):
        await act(app, pilot, "down", "open")
        await pilot.pause()
        assert app.mail_screen.in_reader
        looks = [[segment.style for segment in app.mail_screen.messages.render_line(row)][-1] for row in range(3)]
        assert looks[1] != looks[0] == looks[2]
