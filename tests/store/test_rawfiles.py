"""Raw files: many at once, and nothing half-written where that fails."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui_mail.config.paths import Home
from tui_mail.model.errors import StoreError
from tui_mail.store.disk import rawfiles
from tui_mail.store.disk.rawfiles import Landing, RawFiles


@pytest.fixture
def files(tmp_path: Path) -> RawFiles:
    return RawFiles(Home.find(str(tmp_path / "home"), {}))


def test_many_at_once_are_named_and_read_like_single_ones(files: RawFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rawfiles, "_BATCH_FILES", 3)
    messages = [b"message %d" % (number % 8) for number in range(10)]
    names = files.put_all(iter(messages))
    assert names == [files.put(message) for message in messages]
    assert [files.read(name) for name in names] == messages
    assert files.names() == set(names)


def test_an_end_in_between_leaves_nothing_half_written(files: RawFiles, tmp_path: Path) -> None:
    def failing() -> Iterator[bytes]:
        yield b"one"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        files.put_all(failing())
    assert list((tmp_path / "home/data/raw").iterdir()) == []
    assert files.put_all([]) == []


def landed(files: RawFiles, count: int) -> list[Landing]:
    found = [files.landing() for _ in range(count)]
    for number, landing in enumerate(found):
        landing.whole(b"message %d" % number)
    return found


def test_each_is_synced_before_any_has_its_name(files: RawFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    sync = rawfiles.fsync

    def noted(path: Path) -> None:
        assert not files.names() or path.is_dir()
        synced.append(path)
        sync(path)

    monkeypatch.setattr(rawfiles, "fsync", noted)
    landings = landed(files, 30)
    files.settle(landings)
    assert sorted(synced[:-1]) == sorted(landing.path for landing in landings)
    assert synced[-1].is_dir(), "the names last"
    assert files.names() == {landing.digest for landing in landings}


def test_one_that_the_disk_refuses_leaves_all_without_a_name(files: RawFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    landings = landed(files, 30)
    sync = rawfiles.fsync

    def failing(path: Path) -> None:
        if path == landings[17].path:
            raise OSError(errno.EIO, "Input/output error")
        sync(path)

    monkeypatch.setattr(rawfiles, "fsync", failing)
    with pytest.raises(StoreError, match="Input/output error"):
        files.settle(landings)
    assert files.names() == set()
