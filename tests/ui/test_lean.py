"""Lines of few bytes say the same as Textual's own, as a terminal draws them."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyte.screens import Char
from rich.console import Console
from rich.style import Style
from textual.strip import Strip

from tui_mail.ui import lean as leanness
from tui_mail.ui.lean import lean_strip

COLOURS = [None, "default", "red", "bright_black", "#d5d9e0", "#14171c"]
STYLES = st.builds(
    Style,
    color=st.sampled_from(COLOURS),
    bgcolor=st.sampled_from(COLOURS),
    **dict.fromkeys(["bold", "underline", "reverse", "strike"], st.sampled_from([None, True])),
)
TEXTS = st.text("ab ●", min_size=1, max_size=6) | st.builds(
    str.ljust, st.sampled_from(["", "a", "●"]), st.integers(1, 30)
)
LINES = st.lists(st.tuples(TEXTS, STYLES), max_size=6)
WIDTH = 200


@pytest.fixture(scope="module", params=[True, False], ids=["erasing", "not erasing"], autouse=True)
def erasing(request: pytest.FixtureRequest) -> Iterator[bool]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leanness, "erases", lambda: request.param)
        yield request.param


def console() -> Console:
    return Console(color_system="truecolor", force_terminal=True, legacy_windows=False)


def drawn(data: str) -> list[tuple[object, ...]]:
    screen = pyte.Screen(WIDTH, 1)
    pyte.Stream(screen).feed(data)
    cells = [screen.buffer[0][column] for column in range(WIDTH)]
    return [cell if cell.data != " " else blank(cell) for cell in cells]


def blank(cell: Char) -> tuple[object, ...]:
    """What is seen of a blank: its ground, and a line through or below it."""
    lined = cell.strikethrough, cell.underscore
    return lined, cell.fg if cell.reverse or any(lined) else None, cell.bg, cell.reverse


@given(line=LINES)
@settings(max_examples=200)
def test_it_looks_the_same(line: list[tuple[str, Style]]) -> None:
    lean = lean_strip(line)
    plain = Strip(list(lean))
    assert drawn(lean.render(console())) == drawn(plain.render(console()))
    assert len(lean.render(console())) <= len(plain.render(console()))


def test_after_it_nothing_is_left_switched_on() -> None:
    text = lean_strip([("a", Style(bold=True, color="red"))]).render(console())
    assert text.endswith("\x1b[0m")
    assert lean_strip([("a", Style())]).render(console()) == "a"


@pytest.mark.parametrize("system", ["truecolor", "256", "standard"])
def test_colours_are_those_the_terminal_has(system: str) -> None:
    line = [("a", Style(color="#d5d9e0", bgcolor="#14171c"))]
    text = lean_strip(line).render(Console(color_system=system, force_terminal=True))  # type: ignore[arg-type] # names of systems
    assert ("38;2;" in text) == (system == "truecolor")


def test_many_blanks_are_erased_where_the_terminal_can(erasing: bool) -> None:
    ground = Style(bgcolor="#14171c")
    sent = lean_strip([("a" + " " * 40 + "b", ground)]).render(console())
    assert ("\x1b[42Xa\x1b[40Cb" in sent) == erasing
    few = lean_strip([("a" + " " * 9 + "b", ground)]).render(console())
    assert " " * 9 in few


@pytest.mark.parametrize("style", [Style(strike=True), Style(underline=True), Style(reverse=True)])
def test_what_is_seen_of_blanks_is_drawn(style: Style) -> None:
    assert " " * 40 in lean_strip([("a" + " " * 40, style)]).render(console())


@pytest.mark.parametrize(
    ("term", "able"), [("xterm-256color", True), ("screen-256color", False), ("vt100", False), ("no-such-thing", False)]
)
def test_what_a_terminal_says_of_itself(term: str, able: bool) -> None:
    # In a process of its own: terminfo is read once in each.
    code = "from tui_mail.ui.lean import erases; print(erases())"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "TERM": term}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(able)
