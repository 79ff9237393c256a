"""The main screen on a real store: moving, acting, undoing, reading, arranging itself."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from textual.geometry import Region
from textual.screen import Screen

from tests.fakes.seeded_store import NOW, Mail, arrive, seed
from tests.ui.running import act, home_with, running, screen_lines, status_of, subjects, under_cursor, until
from tui_mail.config.paths import Home
from tui_mail.config.settings import Settings
from tui_mail.model.clock import FrozenClock
from tui_mail.model.errors import StoreError
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName
from tui_mail.store.gestures.journal import Journal
from tui_mail.store.gestures.messages import Gestures
from tui_mail.store.reader import Reader
from tui_mail.store.reading.query import Filter
from tui_mail.store.writer import Writer
from tui_mail.text.safe import own
from tui_mail.ui import following
from tui_mail.ui.app import MailApp
from tui_mail.ui.dialogs.account_form import AccountForm
from tui_mail.ui.list.widget import MessageList


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_with(tmp_path)


CONVERSATIONS = ["Budget", "Re: Lunch", "Compiler meeting", "Nightly build", "Weekly edition", "Telescope"]


class TestList:
    async def test_it_opens_on_the_inbox_threaded_and_folded(self, home: Home) -> None:
        async with running(home) as (app, _pilot):
            assert sorted(subjects(app)) == sorted(CONVERSATIONS)
            assert status_of(app).startswith(" INBOX 1/6 ")
            assert app.mail_screen.messages.has_focus

    async def test_the_cursor_stops_at_both_ends(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await act(app, pilot, "up", "up")
            assert status_of(app).startswith(" INBOX 1/6 ")
            await act(app, pilot, "99 down")
            assert status_of(app).startswith(" INBOX 6/6 ")
            await act(app, pilot, "top", "bottom", "3 bottom")
            assert status_of(app).startswith(" INBOX 3/6 ")

    async def test_keys_reach_actions(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await pilot.press("2", "j", "g")
            assert "g …" in status_of(app)
            await pilot.press("a")
            assert status_of(app).startswith(" Archive 1/1 ")
            await pilot.press("ctrl+c", "q")
            assert app.return_code == 0

    async def test_unread_rows_are_found(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await act(app, pilot, "bottom", "previous-unread")
            assert under_cursor(app) == "Nightly build"
            await act(app, pilot, "next-unread")
            assert "No unread message after this one" in status_of(app)

    async def test_a_conversation_unfolds_and_folds(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            place = subjects(app).index("Re: Lunch")
            await act(app, pilot, f"{place + 1} bottom", "fold")
            assert len(app.mail_screen.messages.model) == 8
            assert f"INBOX {place + 1}/8" in status_of(app)
            assert under_cursor(app) == "Lunch"
            await act(app, pilot, "down", "fold")
            assert f"INBOX {place + 1}/6" in status_of(app)

    async def test_threads_go_off_and_on(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await act(app, pilot, "bottom", "threads")
            assert status_of(app).startswith(" INBOX 8/8 ")
            assert "Threads off" in status_of(app)
            await act(app, pilot, "threads")
            assert status_of(app).startswith(" INBOX 6/6 ")

    async def test_a_filter_keeps_what_was_read_a_moment_ago(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            main = app.mail_screen
            assert main.lister.view is not None
            main.lister.change(main.lister.view.filtered(Filter.UNREAD))
            assert len(main.messages.model) == 3
            await act(app, pilot, "open")
            main.reload()
            await pilot.pause()
            assert len(main.messages.model) == 3

    async def test_new_mail_leaves_the_cursor_on_its_message(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await act(app, pilot, "2 down")
            before = under_cursor(app)
            arrive(home, FrozenClock(NOW), Mail("Fresh", hours=-1, flags=Flag.NONE))
            app.mail_screen.reload()
            await pilot.pause()
            assert subjects(app)[0] == "Fresh"
            assert under_cursor(app) == before
            assert status_of(app).startswith(" INBOX 4/7 ")

    async def test_the_poll_notices_what_another_process_wrote(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            app.mail_screen.following.poll()
            arrive(home, FrozenClock(NOW), Mail("Fresh", hours=-1))
            app.mail_screen.following.poll()
            assert app.mail_screen.following._reloading is not None
            app.mail_screen.reload()
            await pilot.pause()
            assert "Fresh" in subjects(app)


class TestActions:
    async def test_archive_takes_the_row_away_at_once(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            rows = subjects(app)
            await act(app, pilot, "archive")
            assert subjects(app) == rows[1:]
            assert under_cursor(app) == rows[1]
            assert "Archived 3 · u undoes" in status_of(app)
            await act(app, pilot, "undo")
            assert subjects(app) == rows
            assert "Undone: Archived 3" in status_of(app)
            await act(app, pilot, "redo")
            assert subjects(app) == rows[1:]

    async def test_a_folded_conversation_goes_as_a_whole_but_for_sent_mail(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            place = subjects(app).index("Re: Lunch")
            await act(app, pilot, f"{place + 1} bottom", "trash")
            assert "Moved 3 to trash" in status_of(app)
            await act(app, pilot, "go-trash")
            assert status_of(app).startswith(" Trash 1/1 ")
            await act(app, pilot, "go-sent")
            assert status_of(app).startswith(" Sent 1/1 ")

    async def test_a_selection_is_loud_and_acted_on(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            rows = subjects(app)
            await act(app, pilot, "select", "2 down", "select")
            assert " 2 selected " in status_of(app)
            await act(app, pilot, "archive")
            assert subjects(app) == [row for place, row in enumerate(rows) if place not in {0, 2}]
            assert "selected" not in status_of(app)
            assert under_cursor(app) == rows[3]

    async def test_escape_clears_the_selection(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await act(app, pilot, "select-all")
            assert " 6 selected " in status_of(app)
            await act(app, pilot, "escape")
            assert "selected" not in status_of(app)

    async def test_star_and_read_turn_over(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await act(app, pilot, "star")
            assert "Starred" in status_of(app)
            assert "★" in screen_lines(app)[0]
            await act(app, pilot, "star")
            assert "★" not in screen_lines(app)[0]
            unread = "●" in screen_lines(app)[0]
            await act(app, pilot, "read")
            assert ("●" in screen_lines(app)[0]) != unread

    async def test_a_count_acts_on_so_many_rows(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            rows = subjects(app)
            await act(app, pilot, "3 archive")
            assert subjects(app) == rows[3:]

    async def test_move_asks_for_a_folder(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await act(app, pilot, "move")
            await pilot.press(*"kernel", "enter")
            await pilot.pause()
            assert "to Lists/kernel · u undoes" in status_of(app)
            assert len(app.mail_screen.messages.model) == 5

    async def test_delete_asks_and_takes_n_for_an_answer(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await act(app, pilot, "delete")
            assert any("for ever?" in line for line in screen_lines(app))
            await pilot.press("n")
            assert len(app.mail_screen.messages.model) == 6
            await act(app, pilot, "delete")
            await pilot.press("y")
            await pilot.pause()
            assert len(app.mail_screen.messages.model) == 5
            assert "for ever" in status_of(app)
            assert "undoes" not in status_of(app)

    async def test_junk_goes_there_and_back(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await act(app, pilot, "go-junk", "junk")
            assert status_of(app).startswith(" Junk 0/0 ")
            await act(app, pilot, "go-inbox")
            assert "Win a prize" in subjects(app)

    async def test_nothing_to_undo_is_a_sentence(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await act(app, pilot, "undo")
            assert "ndo" in status_of(app)
            assert app.is_running

    async def test_an_empty_list_over_a_store_that_cannot_be_read_goes_on(
        self, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def damaged(*_arguments: object) -> None:
            raise StoreError("It cannot be read.")

        async with running(home) as (app, pilot):
            await act(app, pilot, "go-drafts")
            assert any("No messages here." in line for line in screen_lines(app))
            monkeypatch.setattr(Reader, "folder", damaged)
            app.mail_screen.failed(StoreError("It cannot be read."))
            await pilot.pause()
            assert "It cannot be read." in status_of(app)

    async def test_what_another_window_took_away_is_not_called_sent_mail(
        self, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(following, "_POLL_SECONDS", 1_000.0)
        async with running(home) as (app, pilot):
            screen = app.mail_screen
            assert screen.lister.view is not None
            assert screen.messages.model.at_cursor is not None
            items = screen.data.item_ids(screen.lister.view, [screen.messages.model.at_cursor])
            rows = len(screen.messages.model)
            reader, journal = Reader(home), Journal(home, FrozenClock(NOW))
            Gestures(reader, journal).archive(items)
            journal.close()
            reader.close()
            await act(app, pilot, "archive")
            assert "Nothing to do here: these are not in this list any more." in status_of(app)
            await until(pilot, lambda: len(screen.messages.model) == rows - 1)

    async def test_what_was_refused_is_tried_again_or_forgotten(self, home: Home) -> None:
        def refuse() -> None:
            writer = Writer(home, FrozenClock(NOW))
            try:
                writer.fold()
                (operation,) = writer.next_operations(AccountName("work"))
                writer.refuse(operation, None, "No room.")
            finally:
                writer.close()

        async with running(home) as (app, pilot):
            await act(app, pilot, "archive")
            refuse()
            await act(app, pilot, "repaint", "errors")
            assert "1 refused" in status_of(app)
            await pilot.press("r")
            assert "Trying 1 again" in status_of(app)
            assert "1 waiting" in status_of(app)
            refuse()
            await act(app, pilot, "repaint", "errors")
            await pilot.press("f")
            assert "Forgot 1" in status_of(app)
            assert "nothing waiting" in status_of(app)
            await act(app, pilot, "errors")
            await pilot.press("r")
            assert len(app.screen_stack) == 2

    async def test_actions_that_are_not_here_say_so(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await act(app, pilot, "snooze")
            assert "Not in this version" in status_of(app)


class TestReading:
    async def test_enter_opens_and_marks_as_seen(self, home: Home) -> None:
        async with running(home, (120, 40)) as (app, pilot):
            place = subjects(app).index("Nightly build")
            await act(app, pilot, f"{place + 1} bottom", "open")
            reading = app.mail_screen.reading
            assert reading.item is not None
            assert reading.item.subject == "Nightly build"
            assert app.mail_screen.reader.has_focus
            assert app.data.item(reading.item.id).flags & Flag.SEEN  # type: ignore[union-attr] # it is there
            await act(app, pilot, "undo")
            assert "ndo" in status_of(app)
            assert app.data.item(reading.item.id).flags & Flag.SEEN  # type: ignore[union-attr] # as above

    async def test_a_conversation_opens_at_its_oldest_unread(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            place = subjects(app).index("Re: Lunch")
            await act(app, pilot, f"{place + 1} bottom", "open")
            item = app.mail_screen.reading.item
            assert item is not None
            assert item.from_[0].name == "Alan Turing"

    async def test_next_goes_through_the_conversation_then_on(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            place = subjects(app).index("Re: Lunch")
            await act(app, pilot, f"{place + 1} bottom", "open", "next-message")
            reading = app.mail_screen.reading
            assert reading.item is not None
            assert reading.item.subject == "Re: Lunch"
            assert reading.item.from_[0].name == "Grace Hopper"
            await act(app, pilot, "next-message")
            assert reading.item is not None
            assert reading.item.subject == subjects(app)[place + 1]

    async def test_an_action_from_the_list_shows_the_next(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            rows = subjects(app)
            await act(app, pilot, "open", "previous-pane")
            assert app.mail_screen.messages.has_focus
            await act(app, pilot, "archive")
            reading = app.mail_screen.reading
            assert reading.item is not None
            assert reading.item.subject in {rows[1], "Re: Lunch"}
            assert app.mail_screen.messages.has_focus

    async def test_an_action_in_the_reader_shows_the_next(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            place = subjects(app).index("Compiler meeting")
            rows = subjects(app)
            await act(app, pilot, f"{place + 1} bottom", "open", "trash")
            reading = app.mail_screen.reading
            assert reading.item is not None
            assert reading.item.subject == rows[place + 1]
            assert app.mail_screen.reader.has_focus
            assert "Compiler meeting" not in subjects(app)

    async def test_after_the_last_of_a_conversation_comes_the_next_row(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            place = subjects(app).index("Re: Lunch")
            below = subjects(app)[place + 1]
            await act(app, pilot, f"{place + 1} bottom", "open", "next-message", "archive")
            reading = app.mail_screen.reading
            assert reading.item is not None
            assert reading.item.subject == below
            assert under_cursor(app) == below
            assert "Re: Lunch" in subjects(app)

    async def test_keys_of_the_reader_are_answered(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await pilot.press("enter", "h")
            await until(pilot, lambda: any("Message-ID:" in line for line in screen_lines(app)))
            await pilot.press("H")
            await pilot.pause()
            assert "plain text only" in status_of(app)
            await pilot.press("V")
            await until(pilot, lambda: app.mail_screen.reader.in_source)
            await pilot.press("escape", "V")
            await until(pilot, lambda: app.mail_screen.reader.in_source)
            await pilot.press("V", "o")
            await until(pilot, lambda: not app.mail_screen.reader.in_source)
            assert app.mail_screen.reader_open, "from the source one comes back to the message"
            assert "no links" in status_of(app)
            await pilot.press("tab", "j", "enter")
            await pilot.pause()
            assert status_of(app).startswith(" Starred 1/1 ")

    async def test_moving_in_the_list_leaves_the_reader(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await act(app, pilot, "open", "previous-pane", "down")
            reading = app.mail_screen.reading
            assert reading.item is not None
            assert reading.item.subject == subjects(app)[0]

    async def test_back_closes_the_reader_then_leaves(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await act(app, pilot, "open", "back")
            assert not app.mail_screen.reader_open
            assert app.mail_screen.messages.has_focus
            await act(app, pilot, "back")
            assert app.return_code == 0


class TestGoing:
    async def test_search_and_back(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await act(app, pilot, "3 bottom", "search")
            await pilot.press(*"budget", "enter")
            await pilot.pause()
            assert sorted(subjects(app)) == ["Budget", "Old budget"]
            await act(app, pilot, "back")
            assert status_of(app).startswith(" INBOX 3/6 ")

    async def test_a_query_that_cannot_be_read_is_asked_for_again(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await act(app, pilot, "search")
            await pilot.press(*"(a", "enter")
            await pilot.pause()
            assert len(app.screen_stack) == 2
            await pilot.press("escape")
            assert status_of(app).startswith(" INBOX ")

    async def test_everything_from_this_sender(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            place = subjects(app).index("Budget")
            await act(app, pilot, f"{place + 1} bottom", "this-sender")
            assert sorted(subjects(app)) == ["Budget", "Old budget", "Re: Lunch"]

    async def test_any_folder(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await act(app, pilot, "go-folder")
            await pilot.press(*"kern", "enter")
            await pilot.pause()
            assert status_of(app).startswith(" Lists/kernel 0/0 ")
            assert any("No messages here." in line for line in screen_lines(app))

    async def test_the_folder_pane_opens_what_is_under_its_cursor(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await act(app, pilot, "previous-pane")
            assert app.mail_screen.in_folders
            await act(app, pilot, "down", "open")
            assert status_of(app).startswith(" Starred 1/1 ")
            assert app.mail_screen.messages.has_focus

    async def test_commands_by_name(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            app.command("folder Archive")
            await pilot.pause()
            assert status_of(app).startswith(" Archive ")
            app.command("theme light")
            assert app.theme == "light"
            app.command("account")
            await pilot.pause()
            assert isinstance(app.screen, AccountForm)
            await pilot.press("escape")
            app.demo = True
            app.command("account")
            await pilot.pause()
            assert len(app.screen_stack) == 1
            assert "practice" in status_of(app)
            app.command("nonsense")
            assert "There is no command called nonsense" in status_of(app)
            app.command("go-inbox")
            assert status_of(app).startswith(" INBOX ")


class TestLayout:
    @pytest.mark.parametrize(
        ("size", "folders", "beside", "single"),
        [
            ((60, 20), False, False, True),
            ((80, 24), False, False, False),
            ((99, 30), False, False, False),
            ((100, 30), True, False, False),
            ((120, 40), True, False, False),
            ((140, 40), True, True, False),
            ((200, 60), True, True, False),
        ],
    )
    async def test_panes_by_size(
        self, home: Home, size: tuple[int, int], *, folders: bool, beside: bool, single: bool
    ) -> None:
        async with running(home, size) as (app, pilot):
            main = app.mail_screen
            assert main.folders.display == folders
            await act(app, pilot, "open")
            assert main.reader.display
            assert main.messages.display != single
            if beside:
                assert main.reader.region.x > main.messages.region.x
            elif not single:
                assert main.reader.region.y > main.messages.region.y
            lines = screen_lines(app)
            assert len(lines) == size[1]
            assert lines[-1].startswith(" INBOX 1/6")

    async def test_it_follows_the_terminal(self, home: Home) -> None:
        async with running(home, (120, 40)) as (app, pilot):
            await act(app, pilot, "previous-pane")
            await pilot.resize_terminal(60, 20)
            await pilot.pause()
            assert not app.mail_screen.folders.display
            assert app.mail_screen.messages.has_focus

    async def test_the_reader_stands_where_the_settings_say(self, home: Home) -> None:
        async with running(home, (120, 40), reader="right") as (app, pilot):
            await act(app, pilot, "open")
            assert app.mail_screen.reader.region.y == app.mail_screen.messages.region.y

    @pytest.mark.parametrize("theme", ["dark", "light", "high-contrast", "ansi"])
    async def test_every_theme_paints(self, home: Home, theme: str) -> None:
        async with running(home, (120, 40), theme=theme) as (app, pilot):
            await act(app, pilot, "select", "open")
            assert app.theme == theme
            assert screen_lines(app)[0]

    async def test_ascii_marks(self, home: Home) -> None:
        async with running(home, (80, 24), ascii_marks=True) as (app, pilot):
            await act(app, pilot, "select")
            assert all(set(line) <= set(string.printable) | {"·", "…"} for line in screen_lines(app))


class TestHostile:
    async def test_no_string_of_a_message_reaches_the_terminal_as_it_is(self, tmp_path: Path) -> None:
        nasty = "\x1b[2J\x1b]0;pwn\x07 [@click=app.quit]x[/] [/foo] \u202egpj.exe"
        sender = '"[/red]\u202e" <evil@example.com>'
        home = home_with(tmp_path, [Mail(nasty, sender, body=nasty, folder=each) for each in ("INBOX", "\u202ex[/]")])
        async with running(home, (120, 30)) as (app, pilot):
            await act(app, pilot, "open", "links", "previous-pane", "archive", "help")
            await pilot.press("escape")
            await act(app, pilot, "move")
            for line in screen_lines(app):
                assert not any(char < " " or "\x7f" <= char <= "\x9f" or char == "\u202e" for char in line)


async def test_an_empty_home_offers_an_account(tmp_path: Path) -> None:
    home = Home.find(str(tmp_path / "home"), {})
    home.create()
    async with running(home, (80, 24)) as (app, pilot):
        await pilot.pause()
        assert len(app.screen_stack) == 2
        assert any("There is no account here yet" in line for line in screen_lines(app))
        await pilot.press("q")
        assert app.return_code == 0


async def test_a_long_list_is_read_in_a_thread(tmp_path: Path) -> None:
    home = home_with(tmp_path, [Mail(f"Number {number}") for number in range(260)])
    async with running(home, (80, 24)) as (app, pilot):
        await until(pilot, lambda: not app.mail_screen.lister.counting)
        assert status_of(app).startswith(" INBOX 1/260 ")
        await act(app, pilot, "bottom")
        assert under_cursor(app) == "Number 259"


async def test_the_cursor_row_shows_which_pane_has_the_focus(home: Home) -> None:
    async with running(home) as (app, pilot):

        def ground() -> object:
            return app.mail_screen.messages.render_line(0)._segments[0].style.bgcolor  # type: ignore[union-attr] # it has one

        focused = ground()
        await act(app, pilot, "next-pane")
        assert ground() != focused
        await act(app, pilot, "next-pane")
        assert ground() == focused


class TestMouse:
    async def test_a_click_moves_and_a_click_on_the_cursor_opens(self, home: Home) -> None:
        async with running(home, (80, 24)) as (app, pilot):
            await pilot.click("#messages", offset=(30, 2))
            await pilot.pause()
            assert status_of(app).startswith(" INBOX 3/6 ")
            assert not app.mail_screen.reader_open
            await pilot.click("#messages", offset=(30, 2))
            await pilot.pause()
            assert app.mail_screen.reader_open

    async def test_a_click_below_the_last_row_does_nothing(self, home: Home) -> None:
        async with running(home, (80, 24)) as (app, pilot):
            await pilot.click("#messages", offset=(30, 15))
            assert status_of(app).startswith(" INBOX 1/6 ")

    async def test_a_click_opens_a_folder_and_folds_an_account(self, home: Home) -> None:
        async with running(home, (120, 30)) as (app, pilot):
            names = [row.name for row in app.mail_screen.folders.rows]
            await pilot.click("#folders", offset=(5, names.index(own("Archive"))))
            await pilot.pause()
            assert status_of(app).startswith(" Archive 1/1 ")
            await pilot.click("#folders", offset=(5, 0))
            await pilot.pause()
            assert len(app.mail_screen.folders.rows) == 1


class TestSeveralAccounts:
    async def test_all_inboxes_together(self, home: Home) -> None:
        seed(home, FrozenClock(NOW), [Mail("Private matter", flags=Flag.NONE)], account="private")
        async with running(home, (120, 40)) as (app, pilot):
            await act(app, pilot, "go-all-inboxes")
            assert status_of(app).startswith(" All inboxes 1/7 ")
            assert "Private matter" in subjects(app)
            place = subjects(app).index("Private matter")
            await act(app, pilot, f"{place + 1} bottom", "archive")
            assert "Private matter" not in subjects(app)
            await act(app, pilot, "select-all", "move")
            assert len(app.screen_stack) == 2

    async def test_messages_of_several_accounts_cannot_go_to_one_folder(self, home: Home) -> None:
        seed(home, FrozenClock(NOW), [Mail("Private matter")], account="private")
        async with running(home) as (app, pilot):
            await act(app, pilot, "go-all-inboxes", "select-all", "move")
            assert "Messages of several accounts" in status_of(app)
            await act(app, pilot, "escape", "go-inbox")
            assert status_of(app).startswith(" INBOX ")


class TestScrolling:
    async def test_new_mail_moves_nothing_on_a_scrolled_list(self, tmp_path: Path) -> None:
        home = home_with(tmp_path, [Mail(f"Number {number}") for number in range(120)])
        async with running(home, (80, 24)) as (app, pilot):
            await act(app, pilot, "60 bottom")
            messages = app.mail_screen.messages
            line, before = messages.model.cursor - messages.top, screen_lines(app)[:-1]
            arrive(home, FrozenClock(NOW), Mail("Fresh", hours=-1))
            app.mail_screen.reload()
            await pilot.pause()
            assert messages.model.cursor - messages.top == line
            assert screen_lines(app)[:-1] == before
            assert status_of(app).startswith(" INBOX 61/121 ")

    async def test_at_the_edge_it_jumps_half_a_page(self, tmp_path: Path) -> None:
        home = home_with(tmp_path, [Mail(f"Number {number}") for number in range(60)])
        async with running(home, (80, 24)) as (app, pilot):
            await act(app, pilot, "22 down")
            assert app.mail_screen.messages.top == 0
            await act(app, pilot, "down")
            assert app.mail_screen.messages.top == 12

    async def test_or_by_a_line_if_so_set(self, tmp_path: Path) -> None:
        home = home_with(tmp_path, [Mail(f"Number {number}") for number in range(60)])
        async with running(home, (80, 24), scroll="line") as (app, pilot):
            await act(app, pilot, "23 down")
            assert app.mail_screen.messages.top == 1

    async def test_a_cursor_move_paints_two_lines(self, home: Home) -> None:
        async with running(home, (80, 24)) as (app, pilot):
            messages = app.mail_screen.messages
            painted: list[int] = []
            refresh = messages.refresh

            def watched(*regions: Region, **how: bool) -> MessageList:
                painted.extend(region.y for region in regions)
                return refresh(*regions, **how)

            messages.refresh = watched  # type: ignore[method-assign] # to see what is painted
            await act(app, pilot, "2 down")
            assert sorted(painted) == [0, 2]


async def test_another_theme_is_drawn_at_once(home: Home) -> None:
    async with running(home, (120, 30)) as (app, pilot):

        def inks() -> list[object]:
            main = app.mail_screen
            lines = [main.messages.render_line(1), main.status.render_line(0), main.folders.render_line(2)]
            return [segment.style.color for line in lines for segment in line if segment.style]

        before = inks()
        app.command("theme light")
        await pilot.pause()
        assert all(was != now for was, now in zip(before, inks(), strict=True))


async def test_the_first_frame_has_the_list_in_it(home: Home) -> None:
    app = MailApp(home, Settings(), clock=FrozenClock(NOW), engine=False)
    frames: list[str] = []
    display = app._display

    def seen(screen: Screen[None], renderable: object) -> None:
        frames.append("\n".join(screen_lines(app)))
        display(screen, renderable)  # type: ignore[arg-type] # passed through

    app._display = seen  # type: ignore[method-assign] # to see every frame
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.pause()
        painted = [frame for frame in frames if "INBOX" in frame]
        assert "Compiler meeting" in painted[0]
