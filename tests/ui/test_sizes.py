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


async def test_opening_a_message_draws_no_line_of_the_list_anew(tmp_path: Path) -> None:
    async with running(home_with(tmp_path)) as (app, pilot):
        messages = app.mail_screen.messages
        await act(app, pilot, "open", "back")  # the pane is made
        before, styles = messages._drawn, messages._component_styles["message-list--unread"]
        await act(app, pilot, "open")
        assert 1 < len(messages._drawn) < len(before)
        rows = range(1, min(len(messages.model), len(messages._drawn)))  # the first one has lost the focus
        assert all(messages._drawn[row] is before[row] for row in rows)
        assert messages._component_styles["message-list--unread"] is styles
        await pilot.resize_terminal(110, 40)
        await pilot.pause()
        assert messages._drawn[1] is not before[1]
