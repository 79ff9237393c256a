"""Settings: order of places, errors that say what would be right, choices that are remembered."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mail.config.options import check_value, from_text, right
from tui_mail.config.paths import Home
from tui_mail.config.settings import SECTIONS, Settings, all_keys, load_settings, remember
from tui_mail.model.errors import ConfigError


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home.find(str(tmp_path), {})
    found.create()
    return found


def write(home: Home, text: str) -> None:
    home.config_file.write_text(text)


class TestLoad:
    def test_nothing_written_gives_the_defaults(self, home: Home) -> None:
        assert load_settings(home) == Settings()

    def test_the_file_of_the_person_wins_over_what_was_chosen_inside(self, home: Home) -> None:
        remember(home, "ui.theme", "light")
        assert load_settings(home).ui.theme == "light"
        write(home, '[ui]\ntheme = "ansi"\n')
        settings = load_settings(home)
        assert settings.ui.theme == "ansi"
        assert settings.origins["ui.theme"] == str(home.config_file)

    def test_the_environment_wins_over_both(self, home: Home) -> None:
        write(home, '[ui]\ntheme = "ansi"\nmouse = true\n[sync]\ncheck_every = 60\n')
        environ = {"TUI_MAIL_UI_THEME": "light", "TUI_MAIL_UI_MOUSE": "false", "TUI_MAIL_SYNC_CHECK_EVERY": "90"}
        settings = load_settings(home, environ)
        assert (settings.ui.theme, settings.ui.mouse, settings.sync.check_every) == ("light", False, 90)
        assert settings.origins["ui.mouse"] == "TUI_MAIL_UI_MOUSE"

    def test_keys_and_accounts_are_taken_as_they_are(self, home: Home) -> None:
        write(home, '[keys]\narchive = "e"\ntop = ["g g", "home"]\nmute = []\n[account."a@b"]\nbodies = "all"\n')
        settings = load_settings(home)
        assert settings.keys == {"archive": ("e",), "top": ("g g", "home"), "mute": ()}
        assert settings.accounts == {"a@b": {"bodies": "all"}}

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ('[ui]\nthem = "dark"', ["them", "did you mean theme"]),
            ('[iu]\ntheme = "dark"', ["iu", "there are account, compose, keys, programs, send, sync, ui"]),
            ('[ui]\nscroll = "fast"', ["scroll", '"half-page", "line"']),
            ("[ui]\nmouse = 1", ["mouse", "true or false"]),
            ("[sync]\ncheck_every = 5", ["check_every", "from 30 to 86400"]),
            ("[sync]\ncheck_every = true", ["check_every", "whole number"]),
            ("ui = 5", ["[ui]"]),
            ("[keys]\narchive = 5", ["archive"]),
            ("[ui", ["not valid TOML"]),
            ('[ui]\ntheme = "\\u0000\\u001b[2J"\nx = 1', ["x"]),
        ],
    )
    def test_what_is_wrong_is_named_with_what_would_be_right(self, home: Home, text: str, words: list[str]) -> None:
        write(home, text)
        with pytest.raises(ConfigError) as caught:
            load_settings(home)
        assert str(home.config_file) in caught.value.text
        for word in words:
            assert word in caught.value.text

    def test_a_wrong_variable_is_named(self, home: Home) -> None:
        with pytest.raises(ConfigError, match="TUI_MAIL_UI_SCROLL"):
            load_settings(home, {"TUI_MAIL_UI_SCROLL": "fast"})

    def test_a_file_that_is_no_text_is_an_error_and_no_crash(self, home: Home) -> None:
        home.config_file.write_bytes(b"\xff\xfe\x00")
        with pytest.raises(ConfigError):
            load_settings(home)
        home.config_file.write_text("x=" + "[" * 5000)
        with pytest.raises(ConfigError):
            load_settings(home)


class TestRemember:
    def test_choices_add_up_and_are_private(self, home: Home) -> None:
        remember(home, "ui.theme", "light")
        remember(home, "ui.threads", value=False)
        settings = load_settings(home)
        assert (settings.ui.theme, settings.ui.threads) == ("light", False)
        assert stat.S_IMODE(home.settings_file.stat().st_mode) == 0o600

    def test_a_wrong_choice_is_refused(self, home: Home) -> None:
        for key, value in (("ui.them", "x"), ("nothing", 1), ("ui.scroll", "fast"), ("ui.mouse", "yes")):
            with pytest.raises(ConfigError):
                remember(home, key, value)
        assert not home.settings_file.exists()

    def test_a_damaged_file_of_our_own_is_replaced(self, home: Home) -> None:
        home.settings_file.write_text("[ui\n")
        remember(home, "ui.theme", "light")
        assert load_settings(home).ui.theme == "light"

    def test_the_file_of_the_person_is_never_written(self, home: Home) -> None:
        write(home, "# mine\n")
        remember(home, "ui.theme", "light")
        assert home.config_file.read_text() == "# mine\n"


def test_every_setting_says_what_it_is_and_takes_its_default() -> None:
    import dataclasses

    for cls in SECTIONS.values():
        for field in dataclasses.fields(cls):
            assert field.metadata["about"].help
            assert right(field)
            assert check_value(field, field.default, "") == field.default
            assert from_text(field, str(field.default)) == field.default
    assert "ui.theme" in all_keys()


@given(st.dictionaries(st.sampled_from(["ui", "sync", "send", "x"]), st.dictionaries(st.text(), st.integers())))
def test_any_table_is_read_or_refused_with_a_sentence(table: dict[str, dict[str, int]]) -> None:
    from tui_mail.config.settings import _sections

    sentence = "here"
    try:
        _sections(table, "here", {name: {} for name in SECTIONS}, {}, extra=())
    except ConfigError as error:
        sentence = error.text
    assert sentence.startswith("here")
