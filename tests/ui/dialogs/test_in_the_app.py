"""Dialogs over the real main screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.dialogs.cast import refusing
from tests.ui.running import act, home_with, running, screen_lines
from tui_mail.config.actions import ACTIONS, Place
from tui_mail.ui.dialogs.account_form import AccountForm
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


@pytest.mark.parametrize(("actions", "title"), [((), "In the list"), (("open",), "In the reader")])
async def test_help_begins_with_the_keys_that_work_here(tmp_path: Path, actions: tuple[str, ...], title: str) -> None:
    async with running(home_with(tmp_path), size=(80, 24)) as (app, pilot):
        await act(app, pilot, *actions, "help")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        assert app.screen.lines(70)[0][0].text == title


async def test_help_and_palette_offer_what_can_be_done_and_nothing_else(tmp_path: Path) -> None:
    async with running(home_with(tmp_path), size=(120, 100)) as (app, pilot):
        missing = [action for action in ACTIONS.values() if not app.can(action.name)]
        elsewhere = {Place.COMPOSER, Place.REVIEW}
        nowhere = [action.help for action in missing if not elsewhere.intersection(action.places)]
        assert nowhere, "every action is there: this test can go"
        for dialog, unseen in (("help", nowhere), ("palette", [action.help for action in missing])):
            app.act(dialog, None)
            await pilot.pause()
            shown = "\n".join(screen_lines(app))
            assert "Archive" in shown
            assert not [help_text for help_text in unseen if help_text in shown]
            await pilot.press("escape")


async def test_ascii_marks_reach_reader_and_dialogs(tmp_path: Path) -> None:
    async with running(home_with(tmp_path), ascii_marks=True) as (app, pilot):
        await act(app, pilot, "open")
        await app.workers.wait_for_complete()
        shown = "\n".join(screen_lines(app))
        for action in ("sort", "go-folder", "help"):
            await act(app, pilot, action)
            shown += "\n".join(screen_lines(app))
            await pilot.press("escape")
        await app.push_screen(AccountForm(refusing))
        await pilot.pause()
        shown += "\n".join(screen_lines(app))
    assert not set(shown) - set(map(chr, range(32, 127))) - set("\n·…│─▁▂▃▄▅▆▇█")
