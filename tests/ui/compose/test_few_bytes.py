"""What is sent for a key in the text is little, and yet the screen shows what there is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.seeded_store import Mail
from tests.fakes.terminal import Terminal
from tests.ui.compose.desk import letters
from tests.ui.compose.test_accidents import PROGRAM

ENOUGH = 900
"""Octets for a key; a whole pane of this size takes some 3,400."""


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Terminal]:
    body = "".join(f"{number}. The room is the same, and the meeting is where it was.\n" for number in range(12))
    letters(tmp_path, [Mail("Lunch", "Joan Clarke <joan@example.net>", body=body)])
    made = Terminal([sys.executable, "-c", PROGRAM, str(tmp_path / "home")], columns=80, rows=24)
    made.wait("INBOX 1/1")
    made.press("r")
    made.wait("Re: Lunch")
    made.settle(1.3)
    yield made
    made.close()


def test_a_key_in_the_text_sends_what_it_changes(screen: Terminal) -> None:
    for key in ("a", "b", "enter", "c", "up", "down", "backspace"):
        before = len(screen.raw)
        screen.press(key)
        screen.settle(0.3)
        assert len(screen.raw) - before < ENOUGH, key


@pytest.mark.parametrize(
    "keys",
    [
        "a b enter enter c up up x left left backspace backspace d",
        "up up up up up up up up up up up up a enter enter ctrl+k ctrl+z ctrl+z",
        "pageup a pagedown b home c ctrl+u ctrl+k end d",
        "w space w space w space w space w space w space w space w space w space w enter ctrl+w f1 escape e",
        "escape escape a tab b escape t x tab tab c",
    ],
)
def test_the_screen_is_as_if_it_had_been_painted_anew(screen: Terminal, keys: str) -> None:
    for key in keys.split():
        screen.press(key)
    screen.settle(1.3)
    shown = screen.lines()
    screen.resize(79, 24)
    screen.settle(0.5)
    screen.resize(80, 24)
    screen.settle(0.5)
    assert shown == screen.lines()


def test_ctrl_l_draws_everything_again(screen: Terminal) -> None:
    shown = screen.lines()
    screen._stream.feed(b"\x1b[1;1Hnoise from elsewhere\x1b[8;1Hand more\x1b[24;1Hand more")
    assert shown != screen.lines()
    screen.press("ctrl+l")
    screen.settle(0.5)
    assert shown == screen.lines()


def test_what_is_typed_ahead_goes_where_the_keys_before_it_lead(tmp_path: Path) -> None:
    letters(tmp_path)
    made = Terminal([sys.executable, "-c", PROGRAM, str(tmp_path / "home")], columns=80, rows=24)
    try:
        made.wait("INBOX 1/1")
        made.settle(0.5)
        made.type("cann@example.org\rHello\rOne line\rand two")
        made.wait("and two")
        shown = [line.strip() for line in made.lines()]
        assert shown[1:3] == ["To  ann@example.org", "Subject  Hello"]
        assert shown[4:6] == ["One line", "and two"]
    finally:
        made.close()
