"""The name of a file as it is typed, pasted or dropped."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui_mail.model.errors import UsageError
from tui_mail.ui.compose.paths import listing, meant, shown


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Reports").mkdir()
    (tmp_path / "report of may.pdf").write_bytes(b"x" * 2048)
    (tmp_path / "it's.txt").write_bytes(b"")
    (tmp_path / ".hidden").write_bytes(b"")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    return tmp_path


def names(typed: str) -> list[str]:
    return [one.path.name for one in listing(typed)]


def test_a_name_goes_on_with_whatever_begins_so(folder: Path) -> None:
    assert names(f"{folder}/") == ["Reports", "gone", "it's.txt", "report of may.pdf"]
    assert names(f"{folder}/REP") == ["Reports", "report of may.pdf"]
    assert names(f"{folder}/.h") == [".hidden"]
    assert names(f"{folder}/x") == []
    assert [(one.folder, one.size) for one in listing(f"{folder}/rep")] == [(True, 0), (False, 2048)]


def test_the_own_home_is_a_tilde(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    assert names("~/rep") == ["Reports", "report of may.pdf"]
    assert shown(folder / "Reports", folder=True) == "~/Reports/"
    assert shown(folder, folder=True) == "~/"
    assert meant("~nobody-of-this-name/x") == Path("~nobody-of-this-name/x")


def test_what_a_desktop_drops_into_a_terminal_is_understood(folder: Path) -> None:
    file = folder / "report of may.pdf"
    assert meant(f"'{file}'") == file
    assert meant(str(file).replace(" ", "\\ ")) == file
    assert meant(f"file://{str(file).replace(' ', '%20')}") == file
    assert meant(f" {file} ") == file
    assert meant(str(folder / "it's.txt")) == folder / "it's.txt"


@pytest.mark.parametrize("typed", ["nowhere/x", "report of may.pdf/x"])
def test_where_nothing_can_be_listed_a_sentence_says_so(folder: Path, typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        listing(f"{folder}/{typed}")
    assert str(folder) in caught.value.text
