"""Lines of few bytes say the same as Textual's own, as a terminal draws them."""

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.style import Style
from textual.strip import Strip

from tui_mail.ui.lean import lean_strip

COLOURS = [None, "default", "red", "bright_black", "#d5d9e0", "#14171c"]
STYLES = st.builds(
    lambda ink, ground, bold: Style(color=ink, bgcolor=ground, bold=bold),
    st.sampled_from(COLOURS),
    st.sampled_from(COLOURS),
    st.sampled_from([None, True]),
)
LINES = st.lists(st.tuples(st.text("ab ●", min_size=1, max_size=6), STYLES), max_size=6)


def console() -> Console:
    return Console(color_system="truecolor", force_terminal=True, legacy_windows=False)


def drawn(data: str) -> list[tuple[object, ...]]:
    screen = pyte.Screen(60, 1)
    pyte.Stream(screen).feed(data)
    return [screen.buffer[0][column] for column in range(60)]


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
