"""The two lines at the bottom, by width."""

from __future__ import annotations

import pytest

from tests.ui.stage import Stage, painted
from tui_mail.text.safe import own
from tui_mail.text.width import cells
from tui_mail.ui.compose.foot import Foot, Key, Standing, fitting, key_of, standing_pieces

KEYS = [
    Key(own("y"), own("send"), "review"),
    Key(own("e"), own("editor"), "edit-body", 2),
    Key(own("t"), own("To"), "edit-to", 4),
    Key(own("q"), own("keep draft"), "keep-draft", 1),
    Key(own("D"), own("discard"), "discard", 2),
]


def test_what_matters_least_goes_first() -> None:
    assert [key.action for key in fitting(KEYS, 200)] == [key.action for key in KEYS]
    assert [key.action for key in fitting(KEYS, 44)] == ["review", "edit-body", "keep-draft", "discard"]
    assert [key.action for key in fitting(KEYS, 20)] == ["review"]
    assert fitting(KEYS, 3) == []


@pytest.mark.parametrize("width", [10, 32, 60, 80, 200])
@pytest.mark.parametrize("said", ["", "Attached agenda.pdf  184 KB", "漢" * 60])
def test_the_lower_line_is_as_wide_as_the_screen(width: int, said: str) -> None:
    standing = Standing(own("Reply to all"), (own("saved 10:33:20"), own("work")), own(said), trouble=bool(said))
    assert sum(cells(text) for text, _tone in standing_pieces(standing, width)) == width


def test_an_action_without_a_key_is_not_offered() -> None:
    assert key_of((), "send", "review") == []


async def test_a_click_on_a_key_is_that_key() -> None:
    chosen = []

    class Clicked(Stage):
        def on_foot_chosen(self, event: Foot.Chosen) -> None:
            chosen.append(event.action)

    foot = Foot()
    foot.show_keys(KEYS, on=True)
    app = Clicked(foot)
    async with app.run_test(size=(80, 6)) as pilot:
        await pilot.pause()
        assert " y send  e editor" in painted(app)
        await pilot.click(Foot, offset=(2, 0))
        await pilot.click(Foot, offset=(11, 0))
        await pilot.click(Foot, offset=(8, 0))
        await pilot.click(Foot, offset=(11, 1))
    assert chosen == ["review", "edit-body"]
