"""Keys to actions: counts, sequences, places, and how events are spelt."""

from pathlib import Path

import pytest
from textual.events import Key

from tui_mail.config.actions import Place
from tui_mail.config.keymaps import TOGETHER, load_keymap
from tui_mail.config.paths import Home
from tui_mail.ui.keys import Act, KeyReader, Pending, Unknown, spelling

LIST = TOGETHER[Place.LIST]
READER = TOGETHER[Place.READER]


@pytest.fixture
def reader(tmp_path: Path) -> KeyReader:
    return KeyReader(load_keymap("default", {}, Home.find(str(tmp_path), {})))


def typed(reader: KeyReader, keys: str, places: tuple[Place, ...] = LIST) -> list[object]:
    return [reader.feed(key, places) for key in keys.split()]


class TestSequences:
    def test_one_key(self, reader: KeyReader) -> None:
        assert typed(reader, "a") == [Act("archive", None)]

    def test_two_keys_wait_with_a_hint(self, reader: KeyReader) -> None:
        assert typed(reader, "g") == [Pending()]
        assert reader.hint == "g …"
        assert typed(reader, "i") == [Act("go-inbox", None)]
        assert reader.hint == ""

    def test_counts(self, reader: KeyReader) -> None:
        assert typed(reader, "1 2 j") == [Pending(), Pending(), Act("down", 12)]
        assert typed(reader, "3 g") == [Pending(), Pending()]
        assert reader.hint == "3 g …"
        assert typed(reader, "g") == [Act("top", 3)]

    def test_a_count_does_not_start_with_zero(self, reader: KeyReader) -> None:
        assert typed(reader, "0") == [Unknown("0")]
        assert typed(reader, "1 0 j")[-1] == Act("down", 10)

    def test_a_count_without_end_is_no_matter(self, reader: KeyReader) -> None:
        assert typed(reader, "9 " * 30 + "j")[-1] == Act("down", 9_999_999)

    def test_esc_takes_the_start_back_and_does_nothing_else(self, reader: KeyReader) -> None:
        assert typed(reader, "2 g esc") == [Pending(), Pending(), Pending()]
        assert reader.hint == ""
        assert typed(reader, "esc") == [Act("escape", None)]

    def test_a_sequence_that_means_nothing(self, reader: KeyReader) -> None:
        assert typed(reader, "g z")[-1] == Unknown("g z")
        assert typed(reader, "j") == [Act("down", None)]

    def test_the_place_decides(self, reader: KeyReader) -> None:
        assert typed(reader, "j", READER) == [Act("scroll-down", None)]
        assert typed(reader, "/", READER) == [Act("find", None)]
        assert typed(reader, "/", LIST) == [Act("search", None)]


@pytest.mark.parametrize(
    ("key", "character", "wanted"),
    [
        ("j", "j", "j"),
        ("G", "G", "G"),
        ("upper_g", "G", "G"),
        ("question_mark", "?", "?"),
        ("question_mark", None, "?"),
        ("dollar_sign", "$", "$"),
        ("backslash", "\\", "\\"),
        ("asterisk", "*", "*"),
        ("left_square_bracket", "[", "["),
        ("vertical_line", "|", "|"),
        ("plus", "+", "+"),
        ("escape", "\x1b", "esc"),
        ("enter", "\r", "enter"),
        ("space", " ", "space"),
        ("tab", "\t", "tab"),
        ("shift+tab", None, "shift+tab"),
        ("ctrl+d", "\x04", "ctrl+d"),
        ("ctrl+c", "\x03", "ctrl+c"),
        ("pageup", None, "pageup"),
        ("f1", None, "f1"),
        ("alt+x", "x", "alt+x"),
        ("ü", "ü", "ü"),
    ],
)
def test_events_are_spelt_as_in_keymaps(key: str, character: str | None, wanted: str) -> None:
    assert spelling(Key(key, character)) == wanted
