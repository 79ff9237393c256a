"""Saving and opening parts: safe names, never over a file, never a program."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.ui.dialogs.cast import bytes_of
from tests.ui.stage import Stage, painted
from tui_mail.mime.rendered import PartInfo
from tui_mail.model.errors import Unreachable
from tui_mail.text import safe
from tui_mail.ui.dialogs import opener
from tui_mail.ui.dialogs.attachments import AttachmentPicker
from tui_mail.ui.dialogs.words import Field


def part(name: str, type_: str = "application/pdf", number: str = "2") -> PartInfo:
    return PartInfo(number, type_, safe.line(name), 184_000, "attachment", True)


async def finished(app: Stage) -> None:
    await app.workers.wait_for_complete()


async def test_the_target_is_shown_and_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "agenda.pdf").write_text("mine")
    app = Stage()
    answers: list[object] = []
    async with app.run_test(size=(120, 30)) as pilot:
        await app.push_screen(AttachmentPicker([part("../../agenda.pdf")], bytes_of, folder=tmp_path), answers.append)
        await pilot.press("s")
        assert app.screen.query_one(Field).value == str(tmp_path / "agenda (2).pdf")
        (tmp_path / "agenda (2).pdf").write_text("came meanwhile")
        await pilot.press("enter")
        await finished(app)
        await pilot.pause()
    saved = tmp_path / "agenda (2) (2).pdf"
    assert answers == [f"Saved {saved}"]
    assert saved.read_bytes() == b"%PDF-1.4 2"
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert (tmp_path / "agenda.pdf").read_text() == "mine"


async def test_all_are_saved_in_one_folder(tmp_path: Path) -> None:
    app = Stage()
    answers: list[object] = []
    parts = [part("a.txt"), part("a.txt", number="3"), part("", number="4")]
    async with app.run_test(size=(120, 30)) as pilot:
        await app.push_screen(AttachmentPicker(parts, bytes_of, folder=tmp_path), answers.append)
        await pilot.press("a", "enter")
        await finished(app)
        await pilot.pause()
    assert answers == [f"Saved 3 files in {tmp_path}"]
    assert len(list(tmp_path.iterdir())) == 3


async def test_no_folder_is_a_sentence(tmp_path: Path) -> None:
    app = Stage()
    async with app.run_test(size=(120, 30)) as pilot:
        await app.push_screen(AttachmentPicker([part("a.txt")], bytes_of, folder=tmp_path / "gone"))
        await pilot.press("s", "enter")
        await finished(app)
        await pilot.pause()
        assert "There is no folder" in painted(app)


async def test_what_cannot_be_fetched_is_a_sentence(tmp_path: Path) -> None:
    async def nothing(part_id: str) -> bytes:
        raise Unreachable(f"The server is not reachable for part {part_id}\x1b[2J.")

    app = Stage()
    async with app.run_test(size=(120, 30)) as pilot:
        await app.push_screen(AttachmentPicker([part("a.pdf")], nothing, folder=tmp_path, command=["opener"]))
        await pilot.press("enter")
        await finished(app)
        await pilot.pause()
        assert "The server is not reachable for part 2␛[2J." in painted(app)


async def test_opening_hands_over_a_private_copy(tmp_path: Path) -> None:
    started: list[list[str]] = []
    app = Stage()
    answers: list[object] = []
    picker = AttachmentPicker([part("-rf$(touch x).pdf")], bytes_of, command=["opener"], run=started.append)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.push_screen(picker, answers.append)
        await pilot.press("enter")
        await finished(app)
        await pilot.pause()
    path = Path(started[0][1])
    assert path.is_absolute()
    assert not path.name.startswith("-")
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.read_bytes() == b"%PDF-1.4 2"
    opener.forget_opened()
    assert not path.exists()


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("run.sh", "text/plain"),
        ("invoice.pdf.exe", "application/pdf"),
        ("a.desktop", "text/plain"),
        ("page.HTML", "text/plain"),
        ("agenda.pdf", "application/x-sh"),
        ("x.exe .pdf", "application/pdf"),
    ],
)
async def test_what_could_run_is_called_out_and_never_opened(name: str, type_: str, tmp_path: Path) -> None:
    started: list[list[str]] = []
    app = Stage()
    async with app.run_test(size=(120, 30)) as pilot:
        picker = AttachmentPicker(
            [part(name, type_)], bytes_of, folder=tmp_path, command=["opener"], run=started.append
        )
        await app.push_screen(picker)
        await pilot.pause()
        assert "a program" in painted(app)
        await pilot.press("enter")
        assert "could run something" in painted(app)
        await pilot.press("y")
        assert "Save " in painted(app)
        await pilot.press("enter")
        await finished(app)
    assert not started
    assert len(list(tmp_path.iterdir())) == 1


def test_plain_documents_are_no_programs() -> None:
    assert not opener.executable("agenda.pdf", "application/pdf")
    assert not opener.executable("photo.jpeg", "image/jpeg")
    assert not opener.executable("", "text/plain")


def test_the_opener_is_only_there_with_a_desktop(tmp_path: Path) -> None:
    program = tmp_path / "xdg-open"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    path = str(tmp_path)
    assert opener.program({"PATH": path, "DISPLAY": ":0"}, "linux") == [str(program)]
    assert opener.program({"PATH": path}, "linux") == []
    assert opener.program({"PATH": "", "DISPLAY": ":0"}, "linux") == []
    assert opener.program({}, "darwin") == ["open"]
    assert opener.program({"SSH_CONNECTION": "1 2 3 4"}, "darwin") == []


def test_a_missing_opener_is_a_sentence() -> None:
    assert "could not be started" in opener.open_url("https://example.org/", ["/nonexistent/opener"])
    assert "may be opened" in opener.open_url("file:///etc/passwd", ["opener"])
    assert "no desktop" in opener.open_url("https://example.org/", [])
