"""Keys that come faster than the screen follows."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.events import Key
from textual.pilot import Pilot

from tests.ui.running import act, home_with, running, status_of, subjects
from tui_mail.ui.app import MailApp
from tui_mail.ui.dialogs.question import Prompt, Question
from tui_mail.ui.dialogs.search_pick import FolderPicker
from tui_mail.ui.dialogs.words import Field


async def rush(app: MailApp, pilot: Pilot[int], *keys: str) -> None:
    """All keys in one read, as over a slow line."""
    for key in keys:
        app.post_message(Key(key, key if len(key) == 1 else None))
    for _time in range(5):
        await pilot.pause()


@pytest.mark.parametrize("place", ["list", "reader"])
async def test_letters_after_a_key_that_opens_a_dialog_are_typed_into_it(tmp_path: Path, place: str) -> None:
    async with running(home_with(tmp_path)) as (app, pilot):
        if place == "reader":
            await rush(app, pilot, "enter")
        before = subjects(app)
        await rush(app, pilot, "m", "d", "a", "d")
        assert isinstance(app.screen, FolderPicker)
        assert app.screen.query_one(Field).value == "dad"
        assert subjects(app) == before


async def test_a_whole_move_typed_ahead(tmp_path: Path) -> None:
    async with running(home_with(tmp_path)) as (app, pilot):
        await rush(app, pilot, "m", *"archive", "enter")
        assert app.screen is app.mail_screen
        assert "Moved 3 to Archive" in status_of(app)


async def test_a_question_typed_ahead(tmp_path: Path) -> None:
    async with running(home_with(tmp_path)) as (app, pilot):
        await rush(app, pilot, "D", "x")
        assert isinstance(app.screen, Question)
        assert not app.mail_screen.messages.model.selected
        await rush(app, pilot, "n")
        await rush(app, pilot, "D", "y")
        assert len(app.screen_stack) == 1
        assert "Deleted 3 for ever" in status_of(app)


async def test_what_a_field_does_with_a_key_is_done_before_the_next_one(tmp_path: Path) -> None:
    async with running(home_with(tmp_path)) as (app, pilot):
        await act(app, pilot, "go-archive", "rename-folder")
        await rush(app, pilot, "ctrl+u", *"Old", "enter")
        assert "Renamed the folder to Old" in status_of(app)
        await rush(app, pilot, "/", *"one", "ctrl+a", *"two ", "enter")
        view = app.mail_screen.lister.view
        assert view is not None
        assert view.text == "two one"


async def test_a_search_typed_ahead(tmp_path: Path) -> None:
    async with running(home_with(tmp_path)) as (app, pilot):
        await rush(app, pilot, "/", *"budget")
        assert isinstance(app.screen, Prompt)
        assert app.screen.query_one(Field).value == "budget"
        assert app.mail_screen.messages.model.cursor == 0
