"""Themes: the shipped ones are readable, one's own may be partial, a bad one stops nothing."""

from pathlib import Path

import pytest

from tests.fakes.contrast import contrast, luminance
from tui_mail.config.paths import Home
from tui_mail.config.themes import ANSI_COLOURS, ROLES, SHIPPED, Theme, load_themes, shipped_directory


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home.find(str(tmp_path), {})
    found.create()
    found.themes_dir.mkdir()
    return found


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_themes_are_complete(home: Home, name: str) -> None:
    themes, failures = load_themes(home)
    assert not failures
    theme = themes[name]
    assert theme.ansi == (name == "ansi")
    if theme.ansi:
        assert {getattr(theme, role) for role in ROLES} <= set(ANSI_COLOURS)


@pytest.mark.parametrize("name", [name for name in SHIPPED if name != "ansi"])
def test_shipped_themes_can_be_read(home: Home, name: str) -> None:
    theme = load_themes(home)[0][name]
    for surface in (theme.background, theme.surface, theme.surface_focus):
        assert contrast(theme.text, surface) >= 7
        for role in ("muted", "accent", "warning", "flagged", "quote1", "quote2", "quote3", "quote4"):
            assert contrast(getattr(theme, role), surface) >= 4.5, role
        assert contrast(theme.unread, surface) >= contrast(theme.text, surface)
        assert theme.dark == (luminance(surface) < 0.5)
    assert contrast(theme.cursor_text, theme.cursor_background) >= 7
    assert contrast(theme.cursor_background, theme.surface_focus) >= 1.2


def test_every_file_of_the_directory_is_a_shipped_theme() -> None:
    assert sorted(path.stem for path in shipped_directory().glob("*.toml")) == sorted(SHIPPED)


class TestOwn:
    def test_a_theme_on_a_base_needs_only_what_differs(self, home: Home) -> None:
        (home.themes_dir / "mine.toml").write_text('base = "light"\n[colours]\naccent = "#ABCDEF"\n')
        themes, failures = load_themes(home)
        assert not failures
        assert themes["mine"].accent == "#abcdef"
        assert themes["mine"].rule == themes["light"].rule
        assert isinstance(themes["mine"], Theme)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", ["dark is true or false"]),
            ('base = "x"', ["base"]),
            ('base = "dark"\ncolor = 1', ["did you mean colours"]),
            ('base = "dark"\n[colours]\nacent = "#000000"', ["did you mean accent"]),
            ('base = "dark"\n[colours]\naccent = "blue"', ["accent", "#14171c"]),
            ('base = "ansi"\n[colours]\naccent = "#000000"', ["accent", "bright_blue"]),
            ("dark = true\nansi = false\n", ["background is missing"]),
            ("x", ["not valid TOML"]),
        ],
    )
    def test_a_bad_one_is_told_and_the_rest_stay(self, home: Home, text: str, words: list[str]) -> None:
        (home.themes_dir / "mine.toml").write_text(text)
        themes, failures = load_themes(home)
        assert set(themes) == set(SHIPPED)
        (failure,) = failures
        assert str(home.themes_dir / "mine.toml") in failure
        for word in words:
            assert word in failure

    def test_a_shipped_name_is_taken(self, home: Home) -> None:
        (home.themes_dir / "dark.toml").write_text('base = "light"\n')
        themes, failures = load_themes(home)
        assert themes["dark"].dark
        assert len(failures) == 1
