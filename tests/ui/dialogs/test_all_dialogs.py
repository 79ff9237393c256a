"""What holds for every dialog: hostile words stay words, esc closes, every theme and size can draw it."""

from __future__ import annotations

import re

import pytest

from tests.ui.dialogs.cast import CAST, HOSTILE
from tests.ui.stage import Stage, painted, segments
from tui_mail.ui.dialogs.base import Dialog

FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200c\u200e\u200f\u2028\u2029\ud800-\udfff]"
)


@pytest.mark.parametrize("name", CAST)
async def test_hostile_words_stay_words(name: str) -> None:
    """No control, no override reaches the terminal; no row is longer than the screen; nothing crashes."""
    app = Stage()
    async with app.run_test(size=(80, 24)) as pilot:
        for text in HOSTILE if name not in {"help", "account", "welcome", "attach"} else [""]:
            dialog = CAST[name](text)
            await app.push_screen(dialog)
            await pilot.pause()
            for piece in segments(app):
                assert not FORBIDDEN.search(piece), f"{piece!r} for {text!r}"
            for row in app.screen._compositor.render_strips():
                assert row.cell_length == 80
            dialog.dismiss(None)
            await pilot.pause()


@pytest.mark.parametrize(
    ("look", "size"),
    [("dark", (30, 10)), ("dark", (120, 40)), ("light", (60, 20)), ("high-contrast", (60, 20)), ("ansi", (60, 20))],
)
async def test_every_theme_and_size_draws_every_dialog(look: str, size: tuple[int, int]) -> None:
    app = Stage(look=look)
    async with app.run_test(size=size) as pilot:
        for make in CAST.values():
            dialog = make("Archive")
            await app.push_screen(dialog)
            await pilot.pause()
            assert painted(app).strip()
            await dialog.dismiss(None)


@pytest.mark.parametrize("name", CAST)
async def test_esc_closes_and_f1_asks_for_help(name: str) -> None:
    asked = []

    class Helping(Stage):
        def on_dialog_help_wanted(self, event: Dialog.HelpWanted) -> None:
            asked.append(event)

    app = Helping()
    answers: list[object] = []
    async with app.run_test(size=(80, 24)) as pilot:
        dialog = CAST[name]("Archive")
        await app.push_screen(dialog, answers.append)
        await pilot.pause()
        if name != "help":
            await pilot.press("f1")
            assert asked
        await pilot.press("escape")
        assert not isinstance(app.screen, Dialog)
    assert answers == [False if name == "question" else None]


@pytest.mark.parametrize("name", CAST)
async def test_the_keys_are_said(name: str) -> None:
    app = Stage()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(CAST[name]("Archive"))
        await pilot.pause()
        shown = painted(app)
        assert ("esc" in shown) or ("y Archive" in shown) or ("q leaves" in shown)
