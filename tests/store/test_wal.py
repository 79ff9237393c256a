"""A disk on which the write-ahead log does not work is recognised before anything is written to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.world import NOW
from tui_mail.config.paths import Home
from tui_mail.model.clock import FrozenClock
from tui_mail.model.errors import StoreError
from tui_mail.store.disk.files import prepare
from tui_mail.store.disk.wal import check_disk, try_wal


def test_a_disk_that_works_shows_nothing_of_the_trial(tmp_path: Path) -> None:
    home = Home.find(str(tmp_path / "home"), {})
    check_disk(home)
    assert list(tmp_path.iterdir()) == []
    try_wal(tmp_path, home.data)


def test_shared_memory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "trial.db-shm").mkdir()
    with pytest.raises(StoreError, match=r"The disk of /wanted cannot hold the mail.*--home DIR"):
        try_wal(tmp_path, Path("/wanted"))


@pytest.mark.parametrize("name", ["keep.db", "mail.db"])
def test_a_store_that_was_moved_to_such_a_disk(tmp_path: Path, name: str) -> None:
    home = Home.find(str(tmp_path / "home"), {})
    home.create()
    prepare(home, FrozenClock(NOW))
    (home.data / f"{name}-shm").mkdir()
    with pytest.raises(StoreError, match="cannot hold the mail"):
        prepare(home, FrozenClock(NOW))
    (home.data / f"{name}-shm").rmdir()
    prepare(home, FrozenClock(NOW))


def test_where_nothing_may_be_written_somebody_else_says_so(tmp_path: Path) -> None:
    home = Home.find("/proc/nowhere", {})
    check_disk(home)
