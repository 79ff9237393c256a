"""Choosing: folders, commands, options, links; by letters, cursor, number and click."""

from __future__ import annotations

from dataclasses import replace

from tests.ui.dialogs.cast import KEYMAP, folder, link
from tests.ui.stage import Stage, painted
from tui_mail.config.actions import Place
from tui_mail.model.mail import Folder, Role
from tui_mail.text.safe import own
from tui_mail.ui.dialogs.links import LinkPicker, link_entry, warning
from tui_mail.ui.dialogs.menu import Menu
from tui_mail.ui.dialogs.question import Prompt, Question
from tui_mail.ui.dialogs.reading import HelpScreen
from tui_mail.ui.dialogs.search_pick import Command, FolderPicker, PaletteScreen
from tui_mail.ui.dialogs.view import Pick
from tui_mail.ui.reader.lines import Role as Look


def with_role(one: Folder, role: Role) -> Folder:
    return replace(one, role=role)


FOLDERS = [
    folder("Trash", 1),
    folder("Lists/kernel", 2, unread=214),
    with_role(folder("INBOX", 3, unread=12), Role.INBOX),
    folder("Archive/2024", 4),
    with_role(folder("Archive", 5), Role.ARCHIVE),
    with_role(folder("Trash", 6), Role.TRASH),
    folder("Archive", 7, account="private"),
    replace(folder("[Gmail]", 8), selectable=False),
]


def typing(app: Stage, text: str) -> None:
    for char in text:
        app.simulate_key(char)


async def test_letters_find_the_folder_and_enter_chooses_the_best() -> None:
    app = Stage()
    answers: list[object] = []
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(FolderPicker(FOLDERS, own("Move 3 messages to")), answers.append)
        await pilot.pause()
        typing(app, "krnl")
        await pilot.pause()
        assert "Lists/kernel" in painted(app)
        assert "Archive" not in painted(app)
        await pilot.press("enter")
    assert answers == [2]


async def test_the_cursor_goes_through_the_matches_and_accounts_are_named() -> None:
    app = Stage()
    answers: list[object] = []
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(FolderPicker(FOLDERS, own("Move")), answers.append)
        await pilot.pause()
        assert "private" in painted(app)
        assert "[Gmail]" not in painted(app)
        typing(app, "arch")
        await pilot.press("down", "enter")
    assert answers == [7]


async def test_use_comes_before_name_and_trash_comes_last() -> None:
    picker = FolderPicker(FOLDERS, own("Move"))
    assert [each.id for each in picker.folders] == [3, 5, 7, 4, 2, 1, 6]


async def test_nothing_matches() -> None:
    app = Stage()
    answers: list[object] = []
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(FolderPicker(FOLDERS, own("Move")), answers.append)
        typing(app, "zzz")
        await pilot.press("enter")
        assert "No folder is called like that." in painted(app)
        assert not answers
        await pilot.press("escape")
    assert answers == [None]


async def test_the_palette_answers_with_the_name() -> None:
    app = Stage()
    answers: list[object] = []
    commands = [Command("archive", own("Archive"), own("a")), Command("sync", own("Synchronise now"), own("$"))]
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(PaletteScreen(commands), answers.append)
        typing(app, "now")
        await pilot.press("enter")
    assert answers == ["sync"]


async def test_a_menu_takes_keys_numbers_and_clicks() -> None:
    options = [own("Date"), own("Sender"), own("Size")]
    for keys, answer in (
        (("enter",), 1),
        (("j", "enter"), 2),
        (("k", "enter"), 0),
        (("3",), 2),
        (("9", "q"), None),
        (("G", "enter"), 2),
    ):
        app = Stage()
        answers: list[object] = []
        async with app.run_test(size=(80, 24)) as pilot:
            await app.push_screen(Menu(own("Sort"), options, current=1), answers.append)
            await pilot.press(*keys)
        assert answers == [answer], keys
    app = Stage()
    answers = []
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(Menu(own("Sort"), options), answers.append)
        await pilot.click(Pick, offset=(4, 2))
        await pilot.pause()
    assert answers == [2]


async def test_a_question_is_yes_only_by_y() -> None:
    for key, default_no, answer in (
        ("y", True, True),
        ("n", True, False),
        ("escape", True, False),
        ("enter", True, False),
        ("enter", False, True),
    ):
        app = Stage()
        answers: list[object] = []
        async with app.run_test(size=(80, 24)) as pilot:
            await app.push_screen(Question(own("Delete?"), default_no), answers.append)
            await pilot.press("x", key)
        assert answers == [answer]


async def test_a_prompt_types_letters_that_are_keys_elsewhere() -> None:
    app = Stage()
    answers: list[object] = []
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(Prompt(own("Label"), own("to")), answers.append)
        typing(app, "dq")
        await pilot.press("space", "question_mark", "backspace", "j", "enter")
    assert answers == ["todq j"]


async def test_what_is_pasted_is_made_safe() -> None:
    from textual.events import Paste

    app = Stage()
    answers: list[object] = []
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(Prompt(own("Label")), answers.append)
        await pilot.pause()
        assert app.focused is not None
        app.focused.post_message(Paste("a\x1b[2Jb\u202ec\nsecond"))
        await pilot.press("enter")
    assert answers == ["a␛[2Jb⟨U+202E⟩c"]


async def test_help_shows_the_keys_in_force() -> None:
    app = Stage()
    async with app.run_test(size=(120, 40)) as pilot:
        await app.push_screen(HelpScreen(KEYMAP, list(Place)))
        await pilot.pause()
        shown = painted(app)
        assert "In the reader" in shown
        assert "ctrl+p" in shown
        assert "Find any command by name" in shown
        await pilot.press("question_mark")
        assert not isinstance(app.screen, HelpScreen)


def test_a_link_is_shown_by_its_real_host() -> None:
    entry = link_entry(link("https://login.evil.example/x", "https://bank.example/"))
    assert entry.text == "login.evil.example"
    assert entry.role is Look.WARNING
    assert "bank.example" in warning(link("https://login.evil.example/x", "https://bank.example/"))
    assert "mixes alphabets" in warning(link("https://xn--aypal-uye.com/", "pay"))
    assert not warning(link("https://example.org/", "Example"))


async def test_opening_a_link_asks_and_names_the_host() -> None:
    started: list[list[str]] = []
    app = Stage()
    answers: list[object] = []
    picker = LinkPicker(
        [link("https://example.org/", number=1), link("https://xn--aypal-uye.com/a", "pay", 2)],
        command=["opener"],
        run=started.append,
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(picker, answers.append)
        await pilot.press("j", "enter")
        assert "xn--aypal-uye.com" in painted(app)
        assert "mixes alphabets" in painted(app)
        await pilot.press("n")
        assert not started
        await pilot.press("enter", "y")
        await pilot.pause()
    assert started == [["opener", "https://xn--aypal-uye.com/a"]]
    assert "xn--aypal-uye.com" in str(answers[0])


async def test_an_address_that_may_not_be_opened_is_not() -> None:
    started: list[list[str]] = []
    for url in ("javascript:alert(1)", "file:///etc/passwd", "https://bank.example@evil.example/", "-rf"):
        app = Stage()
        async with app.run_test(size=(80, 24)) as pilot:
            await app.push_screen(LinkPicker([link(url)], command=["opener"], run=started.append))
            await pilot.press("enter", "y")
            assert isinstance(app.screen, LinkPicker)
            assert "not opened" in painted(app) or "Only http" in painted(app)
    assert not started


async def test_copying_a_link_and_mail_addresses() -> None:
    app = Stage()
    answers: list[object] = []
    written: list[str] = []
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(LinkPicker([link("https://example.org/a")], command=[]), answers.append)
        await pilot.press("enter")
        assert "no desktop" in painted(app)
        await pilot.press("c")
        assert app.clipboard == "https://example.org/a"
        await app.push_screen(LinkPicker([link("mailto:a@example.org")], compose=written.append), answers.append)
        await pilot.press("enter")
    assert answers == ["Copied https://example.org/a", None]
    assert written == ["mailto:a@example.org"]
