"""Review, sending, the hold on the status line, taking back."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.fakes.seeded_store import NOW, Mail
from tests.ui.compose.desk import foot_of, in_drafts, letters, opened, queued, saved, type_into, writing
from tests.ui.running import act, screen_lines, status_of, until
from tui_mail.config.paths import Home
from tui_mail.model.clock import FrozenClock
from tui_mail.model.errors import Refused, StoreFull, Unreachable
from tui_mail.model.outbox import OutboxState
from tui_mail.store.sending.delivery import Delivery
from tui_mail.ui.app import MailApp
from tui_mail.ui.compose.review import ReviewScreen
from tui_mail.ui.compose.screen import ComposeScreen
from tui_mail.ui.screens.mail import MailScreen


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return letters(tmp_path, [Mail("Lunch", "Joan Clarke <joan@example.net>"), Mail("Budget"), Mail("Telescope")])


def clock_of(app: MailApp) -> FrozenClock:
    assert isinstance(app.clock, FrozenClock)
    return app.clock


def on_top(app: MailApp) -> str:
    return type(app.screen).__name__


def tick(app: MailApp, seconds: float) -> None:
    clock_of(app).advance(seconds)
    app.mail_screen.outgoing._second()


async def send_reply(app: MailApp, pilot: Pilot[int], text: str = "Yes, gladly.") -> None:
    await type_into(pilot, text)
    await pilot.press("escape", "y")
    await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
    await pilot.press("y")
    await until(pilot, lambda: isinstance(app.screen, MailScreen))
    await pilot.pause()


class TestReview:
    async def test_it_shows_everything_and_y_sends(self, home: Home) -> None:
        async with writing(home, "reply") as (app, pilot, _composer):
            await type_into(pilot, "The list is attached.")
            await pilot.press("escape", "b")
            await type_into(pilot, "eve@example.org")
            await pilot.press("escape", "y")
            await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
            shown = "\n".join(screen_lines(app))
            for words in (
                "From  Me <me@example.org>",
                "To  Joan Clarke <joan@example.net>",
                "Bcc  eve@example.org",
                "Subject  Re: Lunch",
                "in all",
                "nothing is attached",
                "> the room is the same.",
                "The list is attached.",
            ):
                assert words in shown, words
            assert queued(app) == []
            await pilot.press("y")
            await until(pilot, lambda: isinstance(app.screen, MailScreen))
            (message,) = queued(app)
            assert (message.state, message.held, message.not_before) == (OutboxState.QUEUED, True, NOW + 10)
            assert [one.address for one in message.recipients] == ["joan@example.net", "eve@example.org"]
            assert saved(app) == []
            assert in_drafts(app) == []
            assert app.writing.composers == []

    @pytest.mark.parametrize("key", ["n", "escape", "q"])
    async def test_anything_else_goes_back_to_writing(self, home: Home, key: str) -> None:
        async with writing(home, "reply") as (app, pilot, composer):
            await pilot.press("escape", "y")
            await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
            await pilot.press("j", "k", "space", "G", "g", "g", "Z")
            assert on_top(app) == "ReviewScreen"
            await pilot.press(key)
            assert on_top(app) == "ComposeScreen"
            assert composer.is_current
            assert queued(app) == []

    @pytest.mark.parametrize(
        ("to", "cc", "field", "words"),
        [
            ("", "", "to", "Whom is it for?"),
            ("ann", "", "to", "ann is no mail address"),
            ("ann@example.org", "bob@", "cc", "Cc: "),
            ('"ann', "", "to", "not closed"),
        ],
    )
    async def test_a_wrong_address_is_said_where_it_stands(
        self, home: Home, to: str, cc: str, field: str, words: str
    ) -> None:
        async with writing(home) as (app, pilot, composer):
            await type_into(pilot, to)
            if cc:
                await pilot.press("escape", "c")
                await type_into(pilot, cc)
            await pilot.press("escape", "y")
            await pilot.pause()
            assert app.screen is composer
            assert composer.focused is composer.head.fields[field]
            assert words in foot_of(composer)
            assert composer.said_trouble

    async def test_an_empty_subject_is_a_remark(self, home: Home) -> None:
        async with writing(home) as (app, pilot, _composer):
            await type_into(pilot, "ann@example.org")
            await pilot.press("escape", "y")
            await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
            assert "There is no subject." in "\n".join(screen_lines(app))
            assert "The message is empty." in "\n".join(screen_lines(app))

    async def test_f1_and_the_mouse_work(self, home: Home) -> None:
        async with writing(home, "reply") as (app, pilot, composer):
            await pilot.press("escape", "y")
            await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
            await pilot.press("f1")
            assert "Before sending" in "\n".join(screen_lines(app))
            await pilot.press("escape")
            await pilot.click("#foot", offset=(12, 0))
            assert app.screen is composer

    async def test_what_cannot_be_queued_stays_with_its_text(self, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_args: object, **_more: object) -> None:
            raise StoreFull("There is no space left on the disk.")

        async with writing(home, "reply") as (app, pilot, composer):
            monkeypatch.setattr(app.data.outbox, "queue", full)
            await pilot.press("escape", "y")
            await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
            await pilot.press("y")
            await until(pilot, lambda: composer.said_trouble)
            assert app.screen is composer
            assert "no space left" in foot_of(composer)
            assert not composer.busy
            assert len(saved(app)) == 1


class TestHold:
    async def test_it_counts_down_and_says_the_end(self, home: Home) -> None:
        async with writing(home, "reply") as (app, pilot, _composer):
            await send_reply(app, pilot)
            assert "Sending in 10 s · u takes it back" in status_of(app)
            tick(app, 3)
            assert "Sending in 7 s · u takes it back" in status_of(app)
            tick(app, 7)
            assert "Sending …" in status_of(app)
            delivery = Delivery(home, app.clock)
            claimed = delivery.claim(queued(app)[0].id)
            assert claimed is not None
            app.mail_screen.reload()
            assert "Sending …" in status_of(app)
            everybody = [one.address for one in claimed.recipients]
            delivery.commit(claimed.id, everybody)
            delivery.accepted(claimed.id, dict.fromkeys(everybody, "250 2.0.0 Ok"), ())
            app.mail_screen.reload()
            assert "Sent to Joan Clarke" in status_of(app)
            assert app.mail_screen.outgoing.messages == []
            delivery.close()

    async def test_once_a_second_and_only_while_held(self, home: Home) -> None:
        async with writing(home, "reply") as (app, pilot, _composer):
            await send_reply(app, pilot)
            ticking = app.mail_screen.outgoing._ticking
            assert ticking is not None
            tick(app, 30)
            assert ticking._task is None or ticking._task.cancelling()
            assert "Sending" not in status_of(app)
            assert "1 waiting" in status_of(app)

    async def test_u_takes_it_back_and_opens_it(self, home: Home) -> None:
        async with writing(home, "reply") as (app, pilot, _composer):
            await send_reply(app, pilot)
            await pilot.press("u")
            composer = await opened(app, pilot)
            assert composer.current().body.endswith("Yes, gladly.")
            assert "nothing was sent" in foot_of(composer)
            assert queued(app) == []
            assert len(saved(app)) == 1
            await type_into(pilot, " Ada")
            await pilot.press("escape", "q")
            await until(pilot, lambda: isinstance(app.screen, MailScreen))
            assert len(in_drafts(app)) == 1

    async def test_other_actions_leave_the_countdown_and_promise_nothing_else(self, home: Home) -> None:
        async with writing(home, "reply", size=(140, 30)) as (app, pilot, _composer):
            await send_reply(app, pilot)
            await act(app, pilot, "archive")
            status = status_of(app)
            assert "Archived 1" in status
            assert "Sending in 10 s · u takes it back" in status
            assert status.count("u ") == 1
            await pilot.press("u")
            composer = await opened(app, pilot)
            composer.act("keep-draft")
            await until(pilot, lambda: isinstance(app.screen, MailScreen))
            await act(app, pilot, "undo")
            assert "Undone: Archived 1" in status_of(app)

    async def test_u_in_the_menu_of_another_message_takes_it_back_too(self, home: Home) -> None:
        async with writing(home, "reply") as (app, pilot, _composer):
            await send_reply(app, pilot)
            app.act("compose", None)
            first = await opened(app, pilot)
            await pilot.press("escape", "u")
            await until(pilot, lambda: app.screen is not first)
            assert isinstance(app.screen, ComposeScreen)
            assert app.screen.current().body.endswith("Yes, gladly.")

    async def test_too_late_is_said(self, home: Home) -> None:
        async with writing(home, "reply") as (app, pilot, _composer):
            await send_reply(app, pilot)
            clock_of(app).advance(11)
            delivery = Delivery(home, app.clock)
            assert delivery.claim(queued(app)[0].id) is not None
            await act(app, pilot, "undo")
            assert "on its way" in status_of(app)
            assert isinstance(app.screen, MailScreen)
            delivery.close()

    @pytest.mark.parametrize(
        ("error", "said", "kept"),
        [
            (
                Refused("The server refused the message: 550 no."),
                "Not sent: The server refused",
                "1 message was not sent",
            ),
            (Unreachable("The server did not answer."), "Not sent yet: The server did not answer", "1 waiting"),
        ],
    )
    async def test_trouble_is_said_and_stays_in_sight(
        self, home: Home, error: Refused | Unreachable, said: str, kept: str
    ) -> None:
        async with writing(home, "reply", size=(160, 30)) as (app, pilot, _composer):
            await send_reply(app, pilot)
            clock_of(app).advance(11)
            delivery = Delivery(home, app.clock)
            claimed = delivery.claim(queued(app)[0].id)
            assert claimed is not None
            if isinstance(error, Refused):
                delivery.refused(claimed.id, error)
            else:
                delivery.again(claimed.id, error, NOW + 100)
            app.mail_screen.reload()
            assert said in status_of(app)
            await act(app, pilot, "down")
            clock_of(app).advance(200)
            app.mail_screen.reload()
            assert kept in status_of(app)
            delivery.close()

    async def test_of_unknown_outcome_it_says_so(self, home: Home) -> None:
        async with writing(home, "reply", size=(160, 30)) as (app, pilot, _composer):
            await send_reply(app, pilot)
            clock_of(app).advance(11)
            delivery = Delivery(home, app.clock)
            claimed = delivery.claim(queued(app)[0].id)
            assert claimed is not None
            delivery.commit(claimed.id, [one.address for one in claimed.recipients])
            delivery.unknown(claimed.id, "The answer to the final dot was lost.")
            app.mail_screen.reload()
            assert "The message to Joan Clarke may have been sent · g o says more" in status_of(app)
            await act(app, pilot, "down")
            assert "1 message may have been sent · g o" in status_of(app)
            delivery.close()


async def test_without_a_hold_it_is_due_at_once(home: Home) -> None:
    from dataclasses import replace

    async with writing(home, "reply") as (app, pilot, _composer):
        app.settings = replace(app.settings, send=replace(app.settings.send, undo_hold=0))
        await send_reply(app, pilot)
        assert queued(app)[0].not_before == NOW
        assert "Sending …" in status_of(app)
