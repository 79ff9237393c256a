"""Files that go along: found, copied at once, shown, taken away."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.ui.compose.desk import foot_of, letters, saved, type_into, writing
from tests.ui.running import screen_lines, until
from tui_mail.config.paths import Home
from tui_mail.ui.compose.attach import AttachDialog
from tui_mail.ui.compose.screen import ComposeScreen


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return letters(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    (folder / "old").mkdir(parents=True)
    (folder / "agenda.pdf").write_bytes(b"%PDF" + b"x" * 188_000)
    (folder / "agreement.txt").write_text("yes")
    (folder / "old" / "notes.txt").write_text("note")
    return folder


async def test_a_name_is_completed_and_the_file_copied(home: Home, folder: Path) -> None:
    async with writing(home) as (app, pilot, composer):
        app.writing.folder = folder
        await pilot.press("escape", "a")
        await until(pilot, lambda: "agenda.pdf" in "\n".join(screen_lines(app)))
        dialog = app.screen
        assert isinstance(dialog, AttachDialog)
        await type_into(pilot, "a")
        await until(pilot, lambda: [one.path.name for one in dialog._found] == ["agenda.pdf", "agreement.txt"])
        await pilot.press("tab")
        await until(pilot, lambda: dialog._field.value.endswith("/ag"))
        await type_into(pilot, "e")
        await until(pilot, lambda: [one.path.name for one in dialog._found] == ["agenda.pdf"])
        await pilot.press("enter")
        await until(pilot, lambda: composer.files)
        (file,) = composer.files
        assert (file.name, file.type, file.size) == ("agenda.pdf", "application/pdf", 188_004)
        assert app.data.drafts.octets(file.raw) == (folder / "agenda.pdf").read_bytes()
        assert "agenda.pdf  184 KB" in "\n".join(screen_lines(app))
        assert saved(app)[0].attachments == (file,)
        assert app.writing.folder == folder


async def test_folders_are_gone_through(home: Home, folder: Path) -> None:
    async with writing(home) as (app, pilot, composer):
        app.writing.folder = folder
        await pilot.press("escape", "a")
        await until(pilot, lambda: "old/" in "\n".join(screen_lines(app)))
        await pilot.press("enter")
        await until(pilot, lambda: "notes.txt" in "\n".join(screen_lines(app)))
        await pilot.press("enter")
        await until(pilot, lambda: composer.files)
        assert composer.files[0].name == "notes.txt"


async def test_several_and_one_taken_away(home: Home, folder: Path) -> None:
    async with writing(home) as (app, pilot, composer):
        for name in ("agenda.pdf", "agreement.txt"):
            await composer.works._attach(folder / name)
        await pilot.press("escape")
        assert "x detach" in composer.foot.render_line(0).text or "detach" not in composer.foot.render_line(0).text
        await pilot.press("x")
        await pilot.pause()
        await pilot.press("1")
        await pilot.pause()
        assert [file.name for file in composer.files] == ["agreement.txt"]
        await pilot.press("x")
        assert composer.files == ()
        assert "Took agreement.txt" in foot_of(composer)
        assert not [line for line in screen_lines(app) if "Files" in line]
        await pilot.press("x")
        assert "Nothing is attached" in foot_of(composer)
        assert saved(app)[0].attachments == ()


async def test_what_cannot_be_attached_is_a_sentence(home: Home, folder: Path) -> None:
    async with writing(home) as (app, pilot, composer):
        for path in (folder, folder / "nowhere", Path("/dev/null")):
            composer.works._start(partial(composer.works._attach, path), "attach")
            await app.workers.wait_for_complete()
            await pilot.pause()
            assert composer.said_trouble, path
            assert composer.files == ()
        assert composer.works.coming == []


@pytest.mark.parametrize("typed", ["nothing.pdf", "/nowhere/"])
async def test_a_wrong_name_is_said_and_can_be_mended(home: Home, folder: Path, typed: str) -> None:
    async with writing(home) as (app, pilot, _composer):
        app.writing.folder = folder
        await pilot.press("escape", "a")
        await pilot.pause()
        await pilot.press("ctrl+u")
        await type_into(pilot, typed)
        await pilot.press("enter")
        await until(pilot, lambda: "There is no" in "\n".join(screen_lines(app)))
        assert isinstance(app.screen, AttachDialog)
        await pilot.press("escape")
        assert isinstance(app.screen, ComposeScreen)


async def test_while_a_file_is_copied_nothing_is_sent_or_left(home: Home, folder: Path) -> None:
    import threading

    async with writing(home) as (app, pilot, composer):
        gate = threading.Event()
        attach = app.data.drafts.attach

        def slow(path: Path) -> object:
            gate.wait(10)
            return attach(path)

        app.data.drafts.attach = slow  # type: ignore[method-assign, assignment] # as a folder that is far away
        await type_into(pilot, "ann@example.org")
        await pilot.press("escape")
        composer.works._start(partial(composer.works._attach, folder / "agenda.pdf"), "attach")
        await until(pilot, lambda: "agenda.pdf  …" in "\n".join(screen_lines(app)))
        for key in ("y", "q"):
            await pilot.press(key)
            assert "still being copied" in foot_of(composer)
            assert app.screen is composer
        gate.set()
        await until(pilot, lambda: composer.files)


async def test_many_files_take_four_lines(home: Home, folder: Path) -> None:
    async with writing(home) as (app, pilot, composer):
        for number in range(9):
            (folder / f"{number}.txt").write_text("x" * 1024)
            await composer.works._attach(folder / f"{number}.txt")
        await pilot.pause()
        shown = screen_lines(app)
        assert "and 6 more, 9 KB in all" in "\n".join(shown)
        assert not [line for line in shown if "4.txt" in line and "Attached" not in line]
