"""The outbox on the main screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.seeded_store import NOW
from tests.ui.compose.desk import in_drafts, letters, opened, queued
from tests.ui.dialogs.cast import HOSTILE
from tests.ui.dialogs.test_all_dialogs import FORBIDDEN
from tests.ui.outbox.samples import message
from tests.ui.running import act, running, screen_lines, status_of, until
from tests.ui.stage import segments
from tui_mail.config.paths import Home
from tui_mail.mime.compose.build import build
from tui_mail.model.clock import FrozenClock
from tui_mail.model.draft import Draft, Identity
from tui_mail.model.errors import Refused, Unreachable
from tui_mail.model.ids import AccountName, OutboxId
from tui_mail.model.outbox import OutboxState
from tui_mail.store.reader import Reader
from tui_mail.store.sending.delivery import Delivery
from tui_mail.store.sending.outbox import Outbox
from tui_mail.ui.screens.mail import MailScreen

WORK = AccountName("work")
ME = Identity(WORK, "Me", "me@example.org")


@dataclass
class Post:
    """The outbox as the command line and the engine have it."""

    home: Home
    outbox: Outbox
    delivery: Delivery

    def queue(
        self, subject: str, to: str = "Grace Hopper <grace@example.org>", *, hold: int = 0, draft: bool = True
    ) -> OutboxId:
        letter = Draft(ME, to=to, subject=subject, body="Text.\n", message_id=f"{subject}@x")
        built = build(letter, lambda _raw: b"", NOW)
        return self.outbox.queue(WORK, built, draft=letter if draft else None, hold=hold)

    def refused(self, number: OutboxId, text: str = "The server refused it: 550 no.") -> None:
        assert self.delivery.claim(number)
        self.delivery.refused(number, Refused(text))

    def lost(self, number: OutboxId) -> None:
        assert self.delivery.claim(number)
        self.delivery.commit(number, ["grace@example.org"])
        self.delivery.unknown(number, "The connection broke.")


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    home = letters(tmp_path)
    clock = FrozenClock(NOW)
    reader = Reader(home)
    made = Post(home, Outbox(home, clock, reader), Delivery(home, clock))
    yield made
    made.delivery.close()
    made.outbox.close()
    reader.close()


class TestShowing:
    async def test_the_row_of_the_folder_pane_counts_and_opens_it(self, post: Post) -> None:
        post.queue("One")
        async with running(post.home) as (app, pilot):
            await until(pilot, lambda: app.mail_screen.outgoing.messages)
            (line,) = [line for line in screen_lines(app) if line.startswith(" Outbox")]
            assert line.split("│")[0].split() == ["Outbox", "1"]
            await act(app, pilot, "previous-pane")
            for _row in range(10):
                if app.mail_screen.folders.at_cursor and app.mail_screen.folders.at_cursor.name == "Outbox":
                    break
                await act(app, pilot, "down")
            await pilot.press("enter")
            assert app.mail_screen.outgoing.shown
            assert " Outbox 1/1 " in status_of(app)

    async def test_g_o_shows_it_and_it_moves_like_a_list(self, post: Post) -> None:
        for subject in ("One", "Two", "Three"):
            post.queue(subject, hold=8 if subject == "Three" else 0)
        async with running(post.home) as (app, pilot):
            await pilot.press("g", "o")
            await pilot.pause()
            shown = "\n".join(screen_lines(app))
            assert "sending in 8 s" in shown
            assert "about to be sent" in shown
            assert " Outbox 1/3 " in status_of(app)
            await pilot.press("j")
            assert " Outbox 2/3 " in status_of(app)
            await pilot.press("G", "k", "g", "g", "down", "up", "ctrl+d")
            assert " Outbox 3/3 " in status_of(app)
            assert sum("Three" in line for line in screen_lines(app)) == 2  # its row, and all about it below

    @pytest.mark.parametrize("key", ["q", "escape"])
    async def test_leaving_shows_the_list_again(self, post: Post, key: str) -> None:
        async with running(post.home) as (app, pilot):
            await pilot.press("g", "o")
            await pilot.pause()
            assert "Nothing waits to be sent." in "\n".join(screen_lines(app))
            assert " Outbox 0/0 " in status_of(app)
            await pilot.press(key)
            assert " INBOX 1/1 " in status_of(app)
            assert app.mail_screen.messages.has_focus
            await pilot.press("g", "o", "g", "i")
            assert " INBOX 1/1 " in status_of(app)

    async def test_keys_of_the_list_do_nothing_to_the_list_behind(self, post: Post) -> None:
        async with running(post.home) as (app, pilot):
            await pilot.press("g", "o")
            await pilot.press("a", "x", "s", "D", "r")
            assert "does nothing here" in status_of(app)
            await act(app, pilot, "archive", "trash", "reply")
            assert "Not in the outbox" in status_of(app)
            assert isinstance(app.screen, MailScreen)
            await pilot.press("escape")
            assert len(app.mail_screen.messages.model) == 1
            assert not app.mail_screen.messages.model.selected

    async def test_help_and_palette_are_of_the_outbox(self, post: Post) -> None:
        async with running(post.home, size=(110, 60)) as (app, pilot):
            await pilot.press("g", "o", "question_mark")
            await pilot.pause()
            shown = "\n".join(screen_lines(app))
            assert "In the outbox" in shown
            assert "Move to the trash" not in shown
            await pilot.press("escape", "ctrl+p")
            await pilot.pause()
            shown = "\n".join(screen_lines(app))
            assert "Mark as sent" in shown
            assert "Move to the trash" not in shown

    async def test_what_happens_meanwhile_is_shown_and_the_cursor_stays(self, post: Post) -> None:
        numbers = [post.queue(subject) for subject in ("One", "Two", "Three")]
        async with running(post.home) as (app, pilot):
            await pilot.press("g", "o", "j", "j")
            pane = app.mail_screen.outgoing.pane
            assert pane.at_cursor is not None
            assert pane.at_cursor.subject == "Three"
            post.delivery.claim(numbers[0])
            post.delivery.commit(numbers[0], ["grace@example.org"])
            post.delivery.accepted(numbers[0], {"grace@example.org": "250 Ok"}, ())
            app.mail_screen.reload()
            assert pane.at_cursor.subject == "Three"
            assert " Outbox 2/2 " in status_of(app)

    @pytest.mark.parametrize("size", [(32, 8), (60, 20), (110, 30), (160, 40)])
    async def test_it_fits_and_hostile_words_stay_words(self, post: Post, size: tuple[int, int]) -> None:
        async with running(post.home, size=size) as (app, pilot):
            await pilot.press("g", "o")
            pane = app.mail_screen.outgoing.pane
            for text in HOSTILE:
                for state in OutboxState:
                    pane.put([message(state, subject=text, to=text, error=text, account=WORK)])
                    await pilot.pause()
                    for piece in segments(app):  # type: ignore[arg-type] # it reads the screen alone
                        assert not FORBIDDEN.search(piece)
                    for row in app.screen._compositor.render_strips():
                        assert row.cell_length == size[0]


class TestDoing:
    @pytest.mark.parametrize("key", ["enter", "e"])
    async def test_it_is_taken_back_to_write_on(self, post: Post, key: str) -> None:
        post.refused(post.queue("Lunch"))
        async with running(post.home) as (app, pilot):
            await pilot.press("g", "o", key)
            composer = await opened(app, pilot)
            assert (composer.current().subject, composer.current().body) == ("Lunch", "Text.\n")
            assert queued(app) == []
            await pilot.press("escape", "q")
            await until(pilot, lambda: isinstance(app.screen, MailScreen))
            assert [item.subject for item in in_drafts(app)] == ["Lunch"]

    async def test_d_makes_a_draft_of_it(self, post: Post) -> None:
        post.queue("Lunch", hold=10)
        async with running(post.home) as (app, pilot):
            await pilot.press("g", "o", "d")
            await until(pilot, lambda: in_drafts(app))
            assert "Not sent; it is in Drafts" in status_of(app)
            assert queued(app) == []

    @pytest.mark.parametrize("key", ["e", "d"])
    async def test_what_was_made_elsewhere_is_only_taken_back(self, post: Post, key: str) -> None:
        post.queue("Lunch", draft=False)
        async with running(post.home, size=(160, 30)) as (app, pilot):
            await pilot.press("g", "o", key)
            await until(pilot, lambda: "not written here" in status_of(app))
            assert queued(app) == []
            assert isinstance(app.screen, MailScreen)

    async def test_y_sends_what_waits_or_was_refused_now(self, post: Post) -> None:
        number = post.queue("Lunch")
        assert post.delivery.claim(number)
        post.delivery.again(number, Unreachable("The server did not answer."), NOW + 600)
        async with running(post.home, size=(160, 30)) as (app, pilot):
            await pilot.press("g", "o")
            await pilot.pause()
            assert "waits, again at" in "\n".join(screen_lines(app))
            await pilot.press("y")
            await until(pilot, lambda: "Sending to Grace Hopper" in status_of(app))
            (found,) = queued(app)
            assert (found.not_before, found.error, found.held) == (0, "", False)
            post.refused(number)
            app.mail_screen.reload()
            assert "Not sent: The server refused it: 550 no." in status_of(app)

    @pytest.mark.parametrize(("answer", "state"), [("y", OutboxState.QUEUED), ("n", OutboxState.AMBIGUOUS)])
    async def test_what_may_have_been_sent_is_sent_again_only_after_a_question(
        self, post: Post, answer: str, state: OutboxState
    ) -> None:
        post.lost(post.queue("Lunch"))
        async with running(post.home) as (app, pilot):
            await pilot.press("g", "o")
            await pilot.pause()
            shown = "\n".join(screen_lines(app))
            assert "may have been sent" in shown
            assert "it was sent: mark it so" in shown
            await pilot.press("y")
            await pilot.pause()
            assert "gets it twice" in "\n".join(screen_lines(app))
            await pilot.press(answer)
            await pilot.pause()
            assert queued(app)[0].state is state

    async def test_m_marks_as_sent_what_may_have_been(self, post: Post) -> None:
        number = post.queue("Lunch")
        other = post.queue("Dinner")
        post.lost(number)
        async with running(post.home, size=(160, 30)) as (app, pilot):
            await pilot.press("g", "o", "m")
            await pilot.pause()
            assert "Marked as sent to Grace Hopper" in status_of(app)
            assert [found.id for found in queued(app)] == [other]
            await pilot.press("m")
            await pilot.pause()
            assert "Only a message that may have been sent" in status_of(app)
            assert app.mail_screen.said_trouble

    async def test_too_late_is_said(self, post: Post) -> None:
        number = post.queue("Lunch")
        async with running(post.home, size=(160, 30)) as (app, pilot):
            await pilot.press("g", "o")
            await pilot.pause()
            assert post.delivery.claim(number)
            for key in ("e", "d", "y"):
                await pilot.press(key)
                await pilot.pause()
                assert "being sent at this moment" in status_of(app)
            assert app.writing.composers == []


async def test_of_several_accounts_each_has_its_own(post: Post, tmp_path: Path) -> None:
    from tests.fakes.seeded_store import Mail, seed

    seed(post.home, FrozenClock(NOW), [Mail("x")], "private")
    post.queue("Lunch")
    async with running(post.home, size=(120, 40)) as (app, pilot):
        await until(pilot, lambda: app.mail_screen.outgoing.messages)
        rows = [row for row in app.mail_screen.folders.rows if row.name == "Outbox"]
        assert [(row.account, row.count) for row in rows] == [("private", 0), ("work", 1)]
        app.going.branch(rows[0])
        await pilot.pause()
        assert " Outbox 0/0 " in status_of(app)
        app.going.branch(rows[1])
        assert " Outbox 1/1 " in status_of(app)
        await act(app, pilot, "go-outbox")
        assert " Outbox 1/1 " in status_of(app)
