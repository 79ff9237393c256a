"""Keymaps: the keys of the contract, no key with two meanings, overrides that take keys away."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mail.config.actions import ACTIONS, Place
from tui_mail.config.keymaps import PREFIX, SHIPPED, TOGETHER, Keymap, keymap_names, load_keymap, parse_keys
from tui_mail.config.paths import Home
from tui_mail.model.errors import ConfigError

NOWHERE = Home.find("/nonexistent", {})
IN_LIST = TOGETHER[Place.LIST]
IN_READER = TOGETHER[Place.READER]

CONTRACT = {
    Place.EVERYWHERE: "help ? f1|palette ctrl+p|command :|next-pane tab|previous-pane shift+tab|escape esc|back q|"
    "compose c|search /|undo u|redo ctrl+r|repaint ctrl+l|sync $|errors E",
    Place.GO: "go-inbox g_i|go-all-inboxes g_u|go-sent g_s|go-drafts g_d|go-archive g_a|go-trash g_t|go-junk g_j|"
    "go-outbox g_o|go-folder g_f",
    Place.LIST: "down j down|up k up|top g_g home|bottom G end|half-page-down ctrl+d|half-page-up ctrl+u|"
    "page-down pagedown|page-up pageup|next-unread n|previous-unread p|open enter|select x|select-to X|select-all *|"
    "fold t|threads T|sort o|filter \\|previous-split [|next-split ]|this-sender S",
    Place.MESSAGE: "archive a|trash d|delete D|move m|copy y|star s|read U|junk !|label l|snooze z|mute M|reply r|"
    "reply-all R|forward f|edit-as-new e",
    Place.READER: "scroll-down j|scroll-up k|scroll-page-down space|scroll-page-up b|next-message J|"
    "previous-message K|find /|next-hit n|previous-hit N|all-headers h|html-or-plain H|source V|links o|attachments v",
    Place.COMPOSER: "save-draft ctrl+s|review y|edit-body e|edit-to t|edit-cc c|edit-bcc b|edit-subject s|attach a|"
    "keep-draft q|discard D",
}


def test_the_default_keymap_is_the_one_of_the_contract() -> None:
    keymap = load_keymap("default", {}, NOWHERE)
    for place, text in CONTRACT.items():
        for entry in text.split("|"):
            action, *keys = entry.split(" ")
            assert ACTIONS[action].places[0] is place
            for key in keys:
                assert key.replace("_", " ") in keymap.keys(action), action
    assert keymap.keys("pipe") == ("|",)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_keymaps_reach_every_action(name: str) -> None:
    keymap = load_keymap(name, {}, NOWHERE)
    assert not [action for action in ACTIONS if not keymap.keys(action)]
    for places in TOGETHER.values():
        for place in places:
            for action in ACTIONS.values():
                if place in action.places:
                    for keys in keymap.keys(action.name):
                        found = keymap.lookup(places, tuple(keys.split(" ")))
                        assert found == action.name or (place is Place.EVERYWHERE and found in ACTIONS), keys


@pytest.mark.parametrize("name", SHIPPED)
def test_help_and_quitting_are_never_hidden(name: str) -> None:
    keymap = load_keymap(name, {}, NOWHERE)
    for places in (IN_LIST, IN_READER):
        for action in ("help", "escape", "back", "undo", "palette", "command"):
            assert any(keymap.lookup(places, (key,)) == action for key in keymap.keys(action)), action


class TestLookup:
    def test_sequences_go_through_prefixes(self) -> None:
        keymap = load_keymap("default", {}, NOWHERE)
        assert keymap.lookup(IN_LIST, ("g",)) is PREFIX
        assert keymap.lookup(IN_LIST, ("g", "i")) == "go-inbox"
        assert keymap.lookup(IN_LIST, ("g", "g")) == "top"
        assert keymap.lookup(IN_LIST, ("g", "x")) is None
        assert keymap.lookup(IN_LIST, ("ctrl+c",)) is None

    def test_the_more_particular_place_decides(self) -> None:
        keymap = load_keymap("default", {}, NOWHERE)
        assert keymap.lookup(IN_LIST, ("/",)) == "search"
        assert keymap.lookup(IN_READER, ("/",)) == "find"
        assert keymap.lookup(IN_LIST, ("n",)) == "next-unread"
        assert keymap.lookup(TOGETHER[Place.COMPOSER], ("c",)) == "edit-cc"
        assert keymap.lookup(TOGETHER[Place.COMPOSER], ("?",)) == "help"
        assert keymap.lookup(TOGETHER[Place.COMPOSER], ("g",)) is None


class TestOverrides:
    def test_a_key_is_taken_from_whoever_had_it(self) -> None:
        keymap = load_keymap("default", {"archive": ("e",)}, NOWHERE)
        assert keymap.keys("archive") == ("e",)
        assert keymap.keys("edit-as-new") == ()
        assert keymap.keys("edit-body") == ("e",)
        assert keymap.lookup(IN_LIST, ("a",)) is None

    def test_a_list_or_a_reader_may_shadow_what_works_everywhere(self) -> None:
        keymap = load_keymap("default", {"next-hit": ("u",)}, NOWHERE)
        assert keymap.lookup(IN_READER, ("u",)) == "next-hit"
        assert keymap.lookup(IN_LIST, ("u",)) == "undo"

    def test_an_empty_list_takes_all_keys(self) -> None:
        assert load_keymap("default", {"mute": ()}, NOWHERE).keys("mute") == ()

    def test_a_key_that_starts_others_takes_them_all(self) -> None:
        keymap = load_keymap("default", {"reply-all": ("g",)}, NOWHERE)
        assert keymap.lookup(IN_LIST, ("g",)) == "reply-all"
        assert keymap.keys("go-inbox") == ()
        assert keymap.keys("top") == ("home",)

    @pytest.mark.parametrize(
        ("overrides", "words"),
        [
            ({"archve": ("e",)}, "did you mean archive"),
            ({"archive": ("e",), "star": ("e",)}, '"e" is archive and "e" is star'),
            ({"archive": ("e",), "star": ("e x",)}, "hides"),
            ({"archive": ("ctrl+c",)}, "ctrl+c"),
            ({"archive": ("3",)}, "digit"),
            ({"archive": ("",)}, "no key"),
            ({"archive": ("control+x",)}, "is not a key"),
            ({"archive": ("shift+a",)}, "is not a key"),
            ({"archive": ("ctrl+ctrl+a",)}, "is not a key"),
            ({"archive": ("\x1b",)}, "is not a key"),
            ({"archive": ("ab",)}, "is not a key"),
        ],
    )
    def test_what_cannot_be_is_refused(self, overrides: dict[str, tuple[str, ...]], words: str) -> None:
        with pytest.raises(ConfigError) as caught:
            load_keymap("default", overrides, NOWHERE)
        assert words in caught.value.text
        assert "config.toml" in caught.value.text


class TestOwn:
    @pytest.fixture
    def home(self, tmp_path: Path) -> Home:
        home = Home.find(str(tmp_path), {})
        home.create()
        home.keymaps_dir.mkdir()
        return home

    def test_a_keymap_of_ones_own_lies_over_a_shipped_one(self, home: Home) -> None:
        (home.keymaps_dir / "mine.toml").write_text('base = "mutt"\narchive = ["A", "ctrl+a"]\n')
        keymap = load_keymap("mine", {"archive": ("y",)}, home)
        assert keymap.keys("archive") == ("y",)
        assert keymap.keys("compose") == ("m",)
        assert keymap_names(home) == [*SHIPPED, "mine"]

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ('base = "emacs"', "default, mutt, gmail"),
            ("archive = 5", 'takes a key such as "a"'),
            ('archive = "e"\nstar = "e"', "hides"),
            ('archve = "e"', "did you mean archive"),
        ],
    )
    def test_a_bad_one_names_its_file(self, home: Home, text: str, words: str) -> None:
        (home.keymaps_dir / "mine.toml").write_text(text)
        with pytest.raises(ConfigError) as caught:
            load_keymap("mine", {}, home)
        assert words in caught.value.text
        assert "mine.toml" in caught.value.text

    @pytest.mark.parametrize("name", ["none", "", "../accounts/work", ".x", "a\0"])
    def test_an_unknown_one_is_refused(self, home: Home, name: str) -> None:
        with pytest.raises(ConfigError):
            load_keymap(name, {}, home)


KEYS = st.one_of(
    st.characters(exclude_categories=["Cs"]),
    st.sampled_from(["space", "tab", "f1", "ctrl+x", "alt+a", "g i", "g g", "home", "shift+tab", "ctrl++"]),
    st.text(max_size=5),
)


@given(st.dictionaries(st.sampled_from(sorted(ACTIONS)), st.lists(KEYS, max_size=2).map(tuple), max_size=4))
def test_any_overrides_are_refused_or_leave_no_doubt(overrides: dict[str, tuple[str, ...]]) -> None:
    try:
        keymap = load_keymap("default", overrides, NOWHERE)
    except ConfigError:
        return
    for action, wanted in overrides.items():
        assert len(keymap.keys(action)) == len(wanted)
    no_key_means_two_things(keymap)


def no_key_means_two_things(keymap: Keymap) -> None:
    for places in TOGETHER.values():
        meanings: dict[tuple[str, ...], set[str]] = {}
        for action in ACTIONS.values():
            if set(action.places) & set(places):
                for keys in keymap.keys(action.name):
                    meanings.setdefault(tuple(keys.split(" ")), set()).add(action.name)
        for sequence, actions in meanings.items():
            found = keymap.lookup(places, sequence)
            assert found in actions
            assert len([name for name in actions if ACTIONS[name].places != (Place.EVERYWHERE,)]) <= 1
            assert not any(len(other) > len(sequence) and other[: len(sequence)] == sequence for other in meanings)


@given(st.text())
def test_parsing_keys_gives_keys_or_a_sentence(text: str) -> None:
    try:
        keys = parse_keys(text, "here")
    except ConfigError as error:
        sentence = error.text
    else:
        assert parse_keys(" ".join(keys), "here") == keys
        return
    assert sentence.startswith("here")
