"""Raw files: many at once, and nothing half-written where that fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tui_mail.config.paths import Home
from tui_mail.store import rawfiles
from tui_mail.store.rawfiles import RawFiles


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
