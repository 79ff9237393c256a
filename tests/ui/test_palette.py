"""Every theme can be read on every terminal: in all colours, in 256, in sixteen and in none."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.app import App

from tests.fakes.contrast import contrast
from tests.ui.dialogs.cast import CAST
from tests.ui.running import act, home_with, running
from tests.ui.stage import Stage
from tui_mail.config.paths import Home
from tui_mail.config.themes import SHIPPED, Theme, load_themes
from tui_mail.ui import palette as palettes
from tui_mail.ui.palette import GROUNDS, Described, Palette, describe, fitted, palette_of

THEMES: dict[str, Theme] = load_themes(Home.find("/nonexistent", {}))[0]
EXACT = [name for name in SHIPPED if not THEMES[name].ansi]
SCREENS = (
    ("select", "2 down", "select"),
    ("open", "conversation"),
    ("open", "next-pane"),
    ("reply",),
    ("go-outbox",),
)


@pytest.mark.parametrize(
    ("environ", "described", "expected"),
    [
        ({"COLORTERM": "truecolor"}, Described(8, exact=False), Palette.FULL),
        ({"COLORTERM": "24bit"}, None, Palette.FULL),
        ({}, Described(256, exact=True), Palette.FULL),
        ({}, Described(256, exact=False), Palette.MANY),
        ({}, None, Palette.MANY),
        ({"COLORTERM": "yes"}, Described(16, exact=False), Palette.FEW),
        ({}, Described(8, exact=False), Palette.FEW),
        ({}, Described(-1, exact=False), Palette.NONE),
        ({"NO_COLOR": "1", "COLORTERM": "truecolor"}, Described(256, exact=True), Palette.NONE),
        ({"NO_COLOR": ""}, Described(256, exact=False), Palette.MANY),
    ],
)
def test_the_colours_of_a_terminal(environ: dict[str, str], described: Described | None, expected: Palette) -> None:
    assert palette_of(environ, described) is expected


def test_where_python_knows_no_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "curses", None)
    assert describe() is None


@pytest.mark.parametrize("name", EXACT)
def test_in_256_colours_the_grounds_of_a_theme_differ_where_they_did(name: str) -> None:
    theme = fitted(THEMES[name], Palette.MANY, THEMES["ansi"])
    before = [getattr(THEMES[name], role) for role in GROUNDS]
    after = [_seen(getattr(theme, role), Palette.MANY) for role in GROUNDS]
    assert len(set(after)) == len(set(before))
    assert all(contrast(was, now) < 1.25 for was, now in zip(before, after, strict=True))


def test_grey_stays_grey_in_256_colours() -> None:
    """Of dark blue-grey Rich alone makes navy blue, and of light grey pink."""
    for name in EXACT:
        theme = fitted(THEMES[name], Palette.MANY, THEMES["ansi"])
        for role in ("background", "surface", "surface_focus"):
            red, green, blue = palettes._rgb(_seen(getattr(theme, role), Palette.MANY))
            assert red == green == blue, (name, role)


def test_of_sixteen_colours_every_theme_takes_the_same() -> None:
    for name in SHIPPED:
        shown = fitted(THEMES[name], Palette.FEW, THEMES["ansi"])
        assert shown.name == name
        assert (shown.accent, shown.ansi) == (THEMES["ansi"].accent, True)


@pytest.mark.parametrize("actions", SCREENS)
@pytest.mark.parametrize("palette", [Palette.FULL, Palette.MANY])
@pytest.mark.parametrize("name", EXACT)
async def test_every_word_on_a_screen_can_be_read(
    tmp_path: Path, name: str, palette: Palette, actions: tuple[str, ...]
) -> None:
    async with running(home_with(tmp_path), theme=name, palette=palette) as (app, pilot):
        await act(app, pilot, *actions)
        for segment in _words(app):
            assert _contrast(segment.style, palette) >= 4.5, segment


@pytest.mark.parametrize("palette", [Palette.FULL, Palette.MANY])
@pytest.mark.parametrize("name", EXACT)
async def test_every_word_of_a_dialog_can_be_read(name: str, palette: Palette) -> None:
    app = Stage(look=name, palette=palette)
    async with app.run_test(size=(80, 24)) as pilot:
        for make in CAST.values():
            dialog = make("Archive")
            await app.push_screen(dialog)
            await pilot.pause()
            for segment in _words(app):
                assert _contrast(segment.style, palette) >= 4.5, segment
            await dialog.dismiss(None)


@pytest.mark.parametrize("actions", SCREENS)
async def test_without_colours_no_colour_is_used(tmp_path: Path, actions: tuple[str, ...]) -> None:
    async with running(home_with(tmp_path), theme="light", palette=Palette.NONE) as (app, pilot):
        await act(app, pilot, *actions)
        assert list(_words(app))
        assert not {segment.text for segment in _segments(app) if _coloured(segment.style)}


async def test_without_colours_no_dialog_uses_any() -> None:
    app = Stage(palette=Palette.NONE)
    async with app.run_test(size=(80, 24)) as pilot:
        for name, make in CAST.items():
            dialog = make("Archive")
            await app.push_screen(dialog)
            await pilot.pause()
            assert not {segment.text for segment in _segments(app) if _coloured(segment.style)}, name
            await dialog.dismiss(None)


async def test_without_colours_cursor_and_open_message_are_seen(tmp_path: Path) -> None:
    async with running(home_with(tmp_path), palette=Palette.NONE) as (app, pilot):

        def rows(wanted: str) -> list[int]:
            lines = [app.mail_screen.messages.render_line(row) for row in range(6)]
            return [row for row, line in enumerate(lines) if all(getattr(part.style, wanted) for part in line)]

        await act(app, pilot, "down")
        assert (rows("reverse"), rows("underline")) == ([1], [])
        await act(app, pilot, "open")
        assert (rows("reverse"), rows("underline")) == ([], [1])
        await act(app, pilot, "previous-pane", "previous-pane")
        assert app.mail_screen.folders.has_focus
        folders = [app.mail_screen.folders.render_line(row) for row in range(6)]
        assert [bool(line._segments[0].style.reverse) for line in folders].count(True) == 1  # type: ignore[union-attr] # it has one


async def test_a_theme_that_cannot_be_shown_is_kept(tmp_path: Path) -> None:
    home = home_with(tmp_path)
    async with running(home, palette=Palette.FEW) as (app, pilot):
        app.command("theme light")
        await pilot.pause()
        assert "too few colours" in app.mail_screen.said
        assert "light" in home.settings_file.read_text()


def _segments(app: App[None] | App[int]) -> Iterator[Segment]:
    for strip in app.screen._compositor.render_strips():
        yield from strip


def _words(app: App[None] | App[int]) -> Iterator[Segment]:
    return (segment for segment in _segments(app) if any(char.isalnum() for char in segment.text))


def _seen(colour: str, palette: Palette) -> str:
    """The colour that Rich has a terminal with ``palette`` show."""
    return _shown(Style.parse(colour), palette)[0]


def _shown(style: Style | None, palette: Palette) -> tuple[str, str]:
    assert style is not None
    system = palette.value or ColorSystem.TRUECOLOR
    found = [str(each.downgrade(system).get_truecolor().hex) if each else "" for each in (style.color, style.bgcolor)]
    return (found[1], found[0]) if style.reverse else (found[0], found[1])


def _contrast(style: Style | None, palette: Palette) -> float:
    return contrast(*_shown(style, palette))


def _coloured(style: Style | None) -> bool:
    return style is not None and any(each is not None and not each.is_default for each in (style.color, style.bgcolor))
