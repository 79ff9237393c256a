"""Dialogs over the real main screen."""

from __future__ import annotations

from pathlib import Path

from tests.ui.running import home_with, running, screen_lines
from tui_mail.ui.dialogs.reading import HelpScreen
from tui_mail.ui.dialogs.search_pick import FolderPicker


async def test_f1_in_a_dialog_shows_the_keys_and_esc_returns_to_it(tmp_path: Path) -> None:
    async with running(home_with(tmp_path)) as (app, pilot):
        app.act("move", None)
        await pilot.pause()
        assert isinstance(app.screen, FolderPicker)
        await pilot.press("f1")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape")
        assert isinstance(app.screen, FolderPicker)


async def test_the_mail_stays_in_sight_behind_a_dialog(tmp_path: Path) -> None:
    async with running(home_with(tmp_path)) as (app, pilot):
        app.act("sort", None)
        await pilot.pause()
        assert any("Junk" in line for line in screen_lines(app))  # of the folder pane, beside the dialog
