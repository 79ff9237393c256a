"""What is here of a folder: more of it, anew, synchronised or not, paused; what servers say; marks of deletion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.fakes.seeded_store import NOW, Mail
from tests.ui.running import INBOX, act, home_with, running, screen_lines, status_of, subjects, under_cursor, until
from tests.ui.test_engine_link import with_engine
from tui_mail.config.accountfiles import load_accounts
from tui_mail.config.paths import Home
from tui_mail.config.settings import load_settings
from tui_mail.link.messages import Alert, Done, Fetching, Reload, Request, Sync
from tui_mail.model.clock import FrozenClock
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName
from tui_mail.model.remote import Page, RemoteFolder
from tui_mail.store.reader import Reader
from tui_mail.store.reading.query import ListQuery
from tui_mail.store.writer import Writer
from tui_mail.ui.app import MailApp
from tui_mail.ui.palette import Palette

NOTE = "Older mail is on the server · , o fetches more"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_with(tmp_path)


def leave_older(home: Home, count: int, path: str = "INBOX") -> None:
    """So many messages of a folder are left on the server."""
    writer = Writer(home, FrozenClock(NOW))
    folder = next(each for each in writer.server_folders(AccountName("work")) if each.path == path)
    writer.put_page(folder.id, Page(1, b"9", last=True, older=count, since=1000), ())
    writer.close()


def said(home: Home, *texts: str) -> None:
    writer = Writer(home, FrozenClock(NOW))
    for text in texts:
        writer.note_alert(AccountName("work"), text)
    writer.close()


def asked(engine: object, kind: type[Request]) -> list[Request]:
    return [one for one in engine.asked if isinstance(one, kind)]  # type: ignore[attr-defined]  # a fake engine


def flags(home: Home) -> dict[str, Flag]:
    reader = Reader(home)
    found = {item.subject: item.flags for item in reader.list_items(ListQuery(), 100)}
    reader.close()
    return found


class TestOlderMail:
    async def test_the_list_ends_with_a_line_that_says_so(self, home: Home) -> None:
        leave_older(home, 40)
        async with running(home) as (app, pilot):
            lines = screen_lines(app)
            assert NOTE in lines[len(subjects(app))]
            await act(app, pilot, "go-archive")
            assert not any(NOTE in line for line in screen_lines(app))
            await act(app, pilot, "go-inbox")
            assert any(NOTE in line for line in screen_lines(app))
            leave_older(home, 0)
            app.mail_screen.reload()
            await pilot.pause()
            assert not any(NOTE in line for line in screen_lines(app))

    async def test_at_the_end_of_a_long_list_it_is_seen(self, tmp_path: Path) -> None:
        home = home_with(tmp_path, [Mail(f"Letter {number}") for number in range(60)])
        leave_older(home, 40)
        async with running(home, size=(100, 20), scroll="line") as (app, pilot):
            assert not any(NOTE in line for line in screen_lines(app))
            await act(app, pilot, "bottom")
            assert under_cursor(app) == "Letter 59"
            lines = screen_lines(app)
            assert NOTE in lines[-2]
            assert "Letter 59" in lines[-3]
            await act(app, pilot, "top", "99 down")
            assert NOTE in screen_lines(app)[-2]
            await act(app, pilot, "up")
            assert any("Letter 58" in line for line in screen_lines(app))

    async def test_an_empty_folder_says_it_too(self, home: Home) -> None:
        leave_older(home, 40, "Drafts")
        async with running(home) as (app, pilot):
            await act(app, pilot, "go-drafts")
            assert any("No messages here." in line for line in screen_lines(app))
            assert any(NOTE in line for line in screen_lines(app))

    async def test_a_folder_that_another_program_deleted_is_said_to_be_gone(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await act(app, pilot, "go-drafts")
            left = [folder for folder in app.mail_screen.folder_list if folder.path != "Drafts"]
            writer = Writer(home, FrozenClock(NOW))
            writer.put_folders(AccountName("work"), [RemoteFolder(each.path, each.path, each.role) for each in left])
            writer.close()
            app.mail_screen.reload()
            await until(pilot, lambda: any("This folder is not there any more." in line for line in screen_lines(app)))
            await act(app, pilot, "older")
            assert "This folder is not there any more." in status_of(app)

    async def test_it_is_fetched_on_request(self, home: Home) -> None:
        leave_older(home, 40)
        async with with_engine(home) as (app, pilot, engine):
            engine.answers[Sync] = lambda _request: Done(0, result={"accounts": [{"name": "work", "new": 12}]})
            await act(app, pilot, "older")
            await until(pilot, lambda: "INBOX: 12 messages more" in status_of(app))
            await act(app, pilot, "whole-folder")
            await until(pilot, lambda: len(asked(engine, Sync)) == 2)
            wishes = [(one.account, one.folder, one.older) for one in asked(engine, Sync)]  # type: ignore[attr-defined]  # a Sync
            assert wishes == [("work", "INBOX", "more"), ("work", "INBOX", "all")]
            engine.answers[Sync] = lambda _request: Done(0, ok=False, text="No route.")
            await act(app, pilot, "older")
            await until(pilot, lambda: "No route." in status_of(app))

    async def test_where_all_is_here_nothing_is_asked(self, home: Home) -> None:
        async with with_engine(home) as (app, pilot, engine):
            await act(app, pilot, "older")
            assert "All of its mail is here." in status_of(app)
            await act(app, pilot, "go-all-inboxes", "older")
            assert "This is no folder of a server." in status_of(app)
            assert asked(engine, Sync) == []

    async def test_a_folder_is_read_anew(self, home: Home) -> None:
        async with with_engine(home) as (app, pilot, engine):
            await act(app, pilot, "read-anew")
            await until(pilot, lambda: "INBOX: 0 messages more" in status_of(app))
            (wish,) = asked(engine, Sync)
            assert isinstance(wish, Sync)
            assert (wish.folder, wish.anew, wish.older) == ("INBOX", True, "")

    async def test_without_an_engine_that_is_said(self, home: Home) -> None:
        leave_older(home, 40)
        async with running(home) as (app, pilot):
            await act(app, pilot, "older")
            assert "There is no engine" in status_of(app)


def left_out(home: Home) -> tuple[str, ...]:
    """The folders that are not synchronised, as the file of the account has it."""
    return next(each.left_out for each in load_accounts(home) if each.name == "work")


class TestChoosing:
    async def test_a_folder_is_taken_out_and_back(self, home: Home) -> None:
        async with with_engine(home) as (app, pilot, engine):
            await act(app, pilot, "go-archive", "choose-folder")
            assert "Archive is fetched only when it is opened" in status_of(app)
            assert left_out(home) == ("Archive",)
            await until(pilot, lambda: len(asked(engine, Reload)) == 1)
            await act(app, pilot, "choose-folder")
            assert "Archive is synchronised from now on" in status_of(app)
            assert left_out(home) == ()

    async def test_the_one_under_the_cursor_of_the_folder_pane(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await act(app, pilot, "next-pane")
            assert app.mail_screen.in_folders
            place = next(at for at, row in enumerate(app.mail_screen.folders.rows) if row.name == "Junk")
            app.mail_screen.folders._cursor = place
            await act(app, pilot, "choose-folder")
            assert left_out(home) == ("Junk",)
            junk = app.mail_screen.folders.rows[place].folder
            assert app.mail_screen.folders._resting == {junk}

    async def test_what_the_person_wrote_wins_and_is_said(self, home: Home) -> None:
        home.config_file.write_text('[account.work]\nfolders = ["INBOX"]\n')
        async with running(home) as (app, pilot):
            await act(app, pilot, "choose-folder")
            assert left_out(home) == ("INBOX",)
            await act(app, pilot, "go-archive", "choose-folder")
            assert "config.toml says otherwise about work." in status_of(app)


class TestPause:
    async def test_it_is_kept_told_and_shown(self, home: Home) -> None:
        async with with_engine(home) as (app, pilot, engine):
            app.command("pause")
            await pilot.pause()
            assert "Paused: only what is new" in status_of(app)
            assert load_settings(home, {}).sync.paused is True
            await until(pilot, lambda: len(asked(engine, Reload)) == 1)
            await act(app, pilot, "down")
            assert "fetching paused" in status_of(app)
            await act(app, pilot, "pause")
            assert load_settings(home, {}).sync.paused is False
            await act(app, pilot, "down")
            assert "fetching paused" not in status_of(app)

    async def test_another_window_hears_of_it(self, home: Home) -> None:
        async with with_engine(home) as (app, pilot, engine):
            engine.server.broadcast(Fetching(paused=True))
            await until(pilot, lambda: "fetching paused" in status_of(app))


class TestAlerts:
    async def test_they_are_said_until_they_were_shown(self, home: Home) -> None:
        said(home, "\x1b[2JYour mailbox is [/] full", "Going down at six.")
        async with running(home) as (app, pilot):
            assert app.mail_screen.connection.unread == 2
            await act(app, pilot, "errors")
            shown = "\n".join(screen_lines(app))
            assert "The server says" in shown
            assert "␛[2JYour mailbox is [/] full" in shown
            assert "\x1b" not in shown
            await pilot.press("escape")
            app.mail_screen.reload()
            await pilot.pause()
            assert app.mail_screen.connection.unread == 0
            await act(app, pilot, "errors")
            assert "Going down at six." in "\n".join(screen_lines(app)), "this window still has it"
        reader = Reader(home)
        assert reader.alerts() == []
        reader.close()

    async def test_one_that_comes_now_is_shown_once(self, home: Home) -> None:
        async with with_engine(home) as (app, pilot, engine):
            said(home, "Full.")
            engine.server.broadcast(Alert("work", "Full."))
            await until(pilot, lambda: len(app.mail_screen.connection.troubles) == 1)
            app.mail_screen.reload()
            await act(app, pilot, "errors")
            assert "\n".join(screen_lines(app)).count("Full.") == 1


def with_marks(marked: Sequence[str]) -> list[Mail]:
    return [replace(mail, flags=mail.flags | Flag.DELETED) if mail.subject in marked else mail for mail in INBOX]


async def go_to(app: MailApp, pilot: Pilot[int], subject: str) -> None:
    await act(app, pilot, f"{subjects(app).index(subject) + 1} bottom")
    assert under_cursor(app) == subject


class TestDeletedElsewhere:
    async def test_it_is_struck_through_and_said_in_words(self, tmp_path: Path) -> None:
        home = home_with(tmp_path, with_marks(["Budget"]))
        async with running(home) as (app, _pilot):
            place = subjects(app).index("Budget")
            strip = app.mail_screen.messages._line(place)
            struck = "".join(segment.text for segment in strip if segment.style and segment.style.strike)
            assert "Budget" in struck
            assert "×" in strip.text
            assert "marked as deleted elsewhere" in strip.text
            others = [app.mail_screen.messages._line(y) for y in range(len(subjects(app))) if y != place]
            assert not any(segment.style and segment.style.strike for other in others for segment in other)

    async def test_in_ascii_and_with_little_room_there_is_a_mark(self, tmp_path: Path) -> None:
        home = home_with(tmp_path, with_marks(["Budget"]))
        async with running(home, size=(40, 20), ascii_marks=True) as (app, _pilot):
            assert app.mail_screen.messages._line(subjects(app).index("Budget")).text.startswith(" D")

    async def test_the_reader_says_so(self, tmp_path: Path) -> None:
        home = home_with(tmp_path, with_marks(["Budget"]))
        async with running(home) as (app, pilot):
            await go_to(app, pilot, "Budget")
            await act(app, pilot, "open")
            assert any("another program marked this message as deleted" in line for line in screen_lines(app))

    async def test_a_gesture_takes_the_mark_away_and_is_undone(self, tmp_path: Path) -> None:
        home = home_with(tmp_path, with_marks(["Budget"]))
        async with running(home) as (app, pilot):
            await go_to(app, pilot, "Budget")
            await act(app, pilot, "undelete")
            assert "Brought back 1 · u undoes" in status_of(app)
            assert not flags(home)["Budget"] & Flag.DELETED
            assert "marked as deleted" not in "\n".join(screen_lines(app))
            await act(app, pilot, "undo")
            assert flags(home)["Budget"] & Flag.DELETED
            await act(app, pilot, "undelete", "undelete")
            assert "No other program marked it as deleted." in status_of(app)

    async def test_deleting_finishes_it(self, tmp_path: Path) -> None:
        home = home_with(tmp_path, with_marks(["Budget"]))
        async with running(home) as (app, pilot):
            await go_to(app, pilot, "Budget")
            await act(app, pilot, "delete")
            await pilot.press("y")
            assert "Budget" not in subjects(app)
            reader = Reader(home)
            assert [operation.kind.value for operation in reader.pending()] == ["expunge"]
            reader.close()

    async def test_who_archives_it_means_to_keep_it(self, tmp_path: Path) -> None:
        home = home_with(tmp_path, with_marks(["Budget"]))
        async with running(home) as (app, pilot):
            await go_to(app, pilot, "Budget")
            await act(app, pilot, "archive")
            assert not flags(home)["Budget"] & Flag.DELETED
            await act(app, pilot, "undo")
            assert flags(home)["Budget"] & Flag.DELETED


async def test_the_word_for_no_colours_is_there_without_colours(tmp_path: Path) -> None:
    home = home_with(tmp_path, with_marks(["Budget"]))
    async with running(home, palette=Palette.NONE) as (app, _pilot):
        assert any("marked as deleted elsewhere" in line for line in screen_lines(app))
