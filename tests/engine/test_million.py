"""The memory of an engine does not grow with the mailbox: a first synchronisation of a million messages."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from typing import Any

import pytest

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500)]

LARGE, SMALL = 1_000_000, 100_000
MOST = 200 * 1024 * 1024
"""Octets of the engine and the process that reads headers for it; 132 MB were measured for a million messages, 114 MB for
a hundred thousand. Half of it is what SQLite may keep of mail.db in memory (64 MB)."""
RATIO = 1.6


@cache
def synchronised(count: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.engine.million", str(count)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_everything_is_here() -> None:
    for count in (SMALL, LARGE):
        found = synchronised(count)
        assert (found["count"], found["complete"]) == (count, True)


def test_memory_is_bounded_and_does_not_follow_the_size_of_the_folder() -> None:
    small, large = synchronised(SMALL), synchronised(LARGE)
    for kind in ("rss", "pss"):
        assert large[kind] < MOST, (kind, large)
        assert large[kind] <= small[kind] * RATIO, (kind, small, large)
