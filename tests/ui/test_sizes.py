"""The screen at every size a terminal has, and while that changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.running import act, home_with, running, screen_lines, under_cursor

SIZES = [(20, 5), (32, 8), (40, 10), (60, 20), (80, 24), (120, 40), (200, 60), (1, 1), (300, 3)]


@pytest.mark.parametrize("size", [(20, 5), (31, 24), (120, 7), (1, 1)])
async def test_a_terminal_that_is_too_small_says_so_and_keys_do_nothing_unseen(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with running(home_with(tmp_path), size=size) as (app, pilot):
        before = under_cursor(app)
        if size[0] > 20:
            assert "Too small" in "\n".join(screen_lines(app))
            assert not any("Lunch" in line for line in screen_lines(app))
        await pilot.press("d", "m")
        assert len(app.screen_stack) == 1
        assert under_cursor(app) == before
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "Too small" not in "\n".join(screen_lines(app))
        assert any("Lunch" in line for line in screen_lines(app))


async def test_it_can_be_left_when_it_is_too_small(tmp_path: Path) -> None:
    async with running(home_with(tmp_path), size=(20, 5)) as (app, pilot):
        await pilot.press("q")
        assert app._exit


@pytest.mark.parametrize("opened", ["", "open", "help", "move", "palette", "errors", "sort", "delete", "search"])
async def test_everything_stands_a_change_of_size(tmp_path: Path, opened: str) -> None:
    async with running(home_with(tmp_path), size=(80, 24)) as (app, pilot):
        if opened:
            await act(app, pilot, opened)
        for width, height in SIZES:
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            lines = screen_lines(app)
            assert len(lines) == height
            assert all(len(line) <= width for line in lines)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "INBOX 1/6" in screen_lines(app)[-1]
