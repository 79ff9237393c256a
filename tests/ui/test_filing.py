"""Folders changed by keys: created, renamed, deleted, subscribed, and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.running import act, home_with, running, screen_lines, status_of
from tui_mail.config.paths import Home
from tui_mail.model.operation import OperationKind
from tui_mail.store.reader import Reader
from tui_mail.ui.app import MailApp


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_with(tmp_path)


def paths(app: MailApp) -> list[str]:
    return [folder.path for folder in app.mail_screen.folder_list]


def waiting(home: Home) -> list[tuple[OperationKind, str]]:
    reader = Reader(home)
    found = [(operation.kind, operation.path) for operation in reader.pending()]
    reader.close()
    return found


async def test_a_new_folder_is_there_at_once_and_undone(home: Home) -> None:
    async with running(home) as (app, pilot):
        await act(app, pilot, "new-folder")
        assert "New folder in work" in "\n".join(screen_lines(app))
        await pilot.press(*"Projects/2026", "enter")
        await pilot.pause()
        assert "Projects/2026" in paths(app)
        assert "Created the folder Projects/2026 · u undoes" in status_of(app)
        assert waiting(home) == [(OperationKind.CREATE_FOLDER, "Projects/2026")]
        await act(app, pilot, "undo")
        assert "Projects/2026" not in paths(app)
        assert "Undone: Created the folder Projects/2026" in status_of(app)
        await act(app, pilot, "redo")
        assert "Projects/2026" in paths(app)


async def test_what_cannot_be_a_name_is_asked_for_again(home: Home) -> None:
    async with running(home) as (app, pilot):
        await act(app, pilot, "new-folder")
        await pilot.press(*"a//b", "enter")
        await pilot.pause()
        shown = "\n".join(screen_lines(app))
        assert "names separated by /" in shown
        assert "a//b" in shown
        await pilot.press("escape")
        assert waiting(home) == []


async def test_a_folder_is_renamed_and_named_back(home: Home) -> None:
    async with running(home) as (app, pilot):
        await act(app, pilot, "go-archive", "rename-folder")
        assert "Rename Archive" in "\n".join(screen_lines(app))
        await pilot.press(*"s/2026", "enter")
        await pilot.pause()
        assert "Archives/2026" in paths(app)
        assert "Renamed the folder to Archives/2026 · u undoes" in status_of(app)
        await act(app, pilot, "undo")
        assert "Archive" in paths(app)


async def test_a_name_that_is_taken_is_asked_for_again(home: Home) -> None:
    async with running(home) as (app, pilot):
        await act(app, pilot, "go-archive", "rename-folder")
        await pilot.press("ctrl+u", *"Trash", "enter")
        await pilot.pause()
        assert "There is a folder Trash already" in "\n".join(screen_lines(app))
        assert waiting(home) == []


async def test_deleting_asks_and_leaves_the_folder(home: Home) -> None:
    async with running(home) as (app, pilot):
        await act(app, pilot, "go-archive", "delete-folder")
        shown = "\n".join(screen_lines(app))
        assert "Delete Archive" in shown
        assert "This cannot be undone." in shown
        await pilot.press("n")
        assert "Archive" in paths(app)
        await act(app, pilot, "delete-folder")
        await pilot.press("y")
        await pilot.pause()
        assert "Archive" not in paths(app)
        assert status_of(app).lstrip().startswith("INBOX")
        assert "Deleted the folder Archive" in status_of(app)
        assert "undoes" not in status_of(app)


async def test_the_inbox_stays(home: Home) -> None:
    async with running(home) as (app, pilot):
        await act(app, pilot, "delete-folder")
        assert "The inbox cannot be deleted." in status_of(app)
        await act(app, pilot, "rename-folder")
        assert "The inbox cannot be renamed." in status_of(app)


async def test_a_folder_is_subscribed_no_more_and_again(home: Home) -> None:
    async with running(home) as (app, pilot):
        await act(app, pilot, "go-archive", "subscribe-folder")
        assert "No longer subscribed to Archive · u undoes" in status_of(app)
        await act(app, pilot, "subscribe-folder")
        assert "Subscribed to Archive" in status_of(app)


async def test_what_is_no_folder_is_said(home: Home) -> None:
    async with running(home) as (app, pilot):
        await act(app, pilot, "go-all-inboxes", "rename-folder")
        assert "This is no folder of a server." in status_of(app)
