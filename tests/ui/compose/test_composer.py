"""Writing: what opens, where one stands, what keys do, what is saved."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.geometry import Region

from tests.fakes.seeded_store import Mail
from tests.ui.compose.desk import (
    LETTER,
    WITH_CC,
    foot_of,
    in_drafts,
    letters,
    opened,
    saved,
    type_into,
    writing,
)
from tests.ui.running import act, running, screen_lines, status_of, until
from tui_mail.config.paths import Home
from tui_mail.model.draft import DraftKind
from tui_mail.model.flags import Flag
from tui_mail.ui.app import MailApp
from tui_mail.ui.compose import screen
from tui_mail.ui.compose.head import FIELDS
from tui_mail.ui.compose.screen import ComposeScreen
from tui_mail.ui.dialogs.reading import HelpScreen
from tui_mail.ui.screens.mail import MailScreen


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return letters(tmp_path)


def where(composer: ComposeScreen) -> str:
    """What has the focus."""
    return str(composer.focused.id) if composer.focused is not None else ""


def rows_shown(composer: ComposeScreen) -> list[str]:
    return [str(field.id) for field in composer.head.shown()]


class TestNew:
    async def test_c_opens_it_in_to_and_nothing_is_kept_of_nothing(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await pilot.press("c")
            composer = await opened(app, pilot)
            assert where(composer) == "to"
            assert rows_shown(composer) == ["to", "subject"]
            await pilot.press("escape", "q")
            await until(pilot, lambda: isinstance(app.screen, MailScreen))
            assert saved(app) == []
            assert in_drafts(app) == []
            assert "nothing was kept" in status_of(app)
            assert app.writing.composers == []

    async def test_enter_and_tab_go_through_the_fields_into_the_text(self, home: Home) -> None:
        async with writing(home) as (_app, pilot, composer):
            await type_into(pilot, "ann@example.org\nHello")
            assert where(composer) == "subject"
            await pilot.press("tab")
            assert where(composer) == "body"
            await type_into(pilot, "One.\nTwo.")
            await pilot.press("shift+tab", "shift+tab")
            assert where(composer) == "to"
            await pilot.press("up")
            assert where(composer) == "body"
            draft = composer.current()
            assert (draft.to, draft.subject, draft.body) == ("ann@example.org", "Hello", "One.\nTwo.")

    async def test_the_first_character_begins_a_draft_that_is_saved_by_itself(
        self, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with writing(home) as (app, pilot, composer):
            monkeypatch.setattr(screen, "SAVE_SECONDS", 600.0)
            await type_into(pilot, "an")
            assert saved(app) == []
            assert "not saved yet" in foot_of(composer)
            monkeypatch.setattr(screen, "SAVE_SECONDS", 0.05)
            await type_into(pilot, "n")
            await until(pilot, lambda: saved(app))
            (draft,) = saved(app)
            assert draft.to == "ann"
            assert "saved 10:33:20" in foot_of(composer) or "saved" in foot_of(composer)
            assert draft.message_id.endswith("@example.org")

    async def test_leaving_a_field_saves_at_once(self, home: Home) -> None:
        async with writing(home) as (app, pilot, _composer):
            await type_into(pilot, "ann")
            await pilot.press("tab")
            assert [draft.to for draft in saved(app)] == ["ann"]

    async def test_in_text_letters_are_letters(self, home: Home) -> None:
        async with writing(home) as (_app, pilot, composer):
            await pilot.press("tab", "tab")
            await type_into(pilot, "yeatcbsqD?u $12")
            assert composer.body.text == "yeatcbsqD?u $12"
            await pilot.press("ctrl+c")
            assert isinstance(composer.app.screen, ComposeScreen)

    async def test_tab_in_the_text_indents(self, home: Home) -> None:
        async with writing(home) as (_app, pilot, composer):
            await pilot.press("tab", "tab")
            await type_into(pilot, "ab")
            await pilot.press("tab", "x", "enter", "tab", "y")
            assert composer.body.text == "ab  x\n    y"
            await pilot.press("f7", "tab")
            assert composer.body.text == "    ab  x\n        y"
            await pilot.press("ctrl+z")
            assert composer.body.text != "    ab  x\n        y"


class TestMenu:
    async def test_esc_goes_to_the_menu_and_back(self, home: Home) -> None:
        async with writing(home, "reply") as (_app, pilot, composer):
            await pilot.press("escape")
            assert where(composer) == "foot"
            assert composer.letters_are_keys
            await pilot.press("escape")
            assert where(composer) == "body"

    @pytest.mark.parametrize(("key", "field"), [("t", "to"), ("c", "cc"), ("b", "bcc"), ("s", "subject")])
    async def test_a_letter_goes_to_its_field_and_shows_it(self, home: Home, key: str, field: str) -> None:
        async with writing(home, "reply") as (_app, pilot, composer):
            assert rows_shown(composer) == ["to", "subject"]
            await pilot.press("escape", key)
            assert where(composer) == field
            assert field in rows_shown(composer)
            await pilot.press("!")
            assert getattr(composer.current(), field).endswith("!")

    async def test_help_lists_the_keys_of_writing(self, home: Home) -> None:
        async with writing(home, size=(110, 60)) as (app, pilot, _composer):
            await pilot.press("f1")
            assert isinstance(app.screen, HelpScreen)
            shown = "\n".join(screen_lines(app))
            assert "Review, then send" in shown
            assert "Archive" not in shown
            await pilot.press("escape", "escape", "?")
            assert isinstance(app.screen, HelpScreen)

    async def test_the_palette_offers_what_works_here(self, home: Home) -> None:
        async with writing(home) as (app, pilot, composer):
            await pilot.press("ctrl+p")
            await pilot.pause()
            shown = "\n".join(screen_lines(app))
            assert "Attach a file" in shown
            assert "Star, or" not in shown
            await type_into(pilot, "Change Bcc")
            await pilot.press("enter")
            await pilot.pause()
            assert where(composer) == "bcc"

    async def test_what_does_not_work_here_says_so(self, home: Home) -> None:
        async with writing(home) as (_app, pilot, composer):
            await pilot.press("escape", "slash")
            assert "Not here: Search all mail" in foot_of(composer)
            await pilot.press("Z")
            assert "Z does nothing here" in foot_of(composer)

    async def test_a_command_by_its_name(self, home: Home) -> None:
        async with writing(home) as (app, pilot, composer):
            await pilot.press("escape", "colon")
            await pilot.pause()
            await type_into(pilot, "edit-cc")
            await pilot.press("enter")
            await pilot.pause()
            assert where(composer) == "cc"
            assert isinstance(app.screen, ComposeScreen)

    async def test_u_takes_back_what_was_typed(self, home: Home) -> None:
        async with writing(home, "reply") as (_app, pilot, composer):
            before = composer.body.text
            await type_into(pilot, "gladly")
            await pilot.press("escape", "u")
            assert composer.body.text == before
            await pilot.press("ctrl+r")
            assert composer.body.text == before + "gladly"

    async def test_keys_can_be_changed(self, tmp_path: Path) -> None:
        home = letters(tmp_path)
        from dataclasses import replace

        from tests.fakes.seeded_store import NOW
        from tui_mail.config.settings import Settings
        from tui_mail.model.clock import FrozenClock

        settings = replace(Settings(), keys={"edit-cc": ("ctrl+o",), "composer-menu": ("f2",)})
        app = MailApp(home, settings, clock=FrozenClock(NOW), engine=False)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            app.act("compose", None)
            composer = await opened(app, pilot)
            await pilot.press("ctrl+o")
            assert where(composer) == "cc"
            await pilot.press("f2")
            assert where(composer) == "foot"
            assert "ctrl+o Cc" in composer.foot.render_line(0).text


class TestAnswers:
    async def test_a_reply_opens_in_the_text_below_the_quote(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            await pilot.press("r")
            composer = await opened(app, pilot)
            assert where(composer) == "body"
            draft = composer.current()
            assert (draft.to, draft.subject, draft.kind) == (
                "Joan Clarke <joan@example.net>",
                "Re: Lunch",
                DraftKind.REPLY,
            )
            await type_into(pilot, "Yes.")
            assert composer.body.text.endswith("> Joan\n\nYes.")
            assert len(saved(app)) == 1  # begun at once

    async def test_everyone_gets_a_reply_to_all(self, tmp_path: Path) -> None:
        home = letters(tmp_path, [Mail("Lunch", "Joan Clarke <joan@example.net>", to=WITH_CC)])
        async with writing(home, "reply-all") as (_app, _pilot, composer):
            draft = composer.current()
            assert "joan@example.net" in draft.to + draft.cc
            assert "alan@example.org" in draft.to + draft.cc
            assert "me@example.org" not in draft.to + draft.cc

    @pytest.mark.parametrize(("key", "files"), [("1", 0), ("2", 1)])
    async def test_forwarding_asks_how(self, home: Home, key: str, files: int) -> None:
        async with running(home) as (app, pilot):
            await pilot.press("f")
            await pilot.pause()
            await pilot.press(key)
            composer = await opened(app, pilot)
            draft = composer.current()
            assert draft.subject == "Fwd: Lunch"
            assert len(draft.attachments) == files
            assert ("Shall we?" in draft.body) is (files == 0)
            assert where(composer) == "to"

    async def test_a_message_as_a_new_one(self, home: Home) -> None:
        async with writing(home, "edit-as-new") as (_app, _pilot, composer):
            draft = composer.current()
            assert (draft.kind, draft.subject, draft.to) == (DraftKind.NEW, "Lunch", "me@example.org")
            assert draft.body.startswith("Shall we?")

    async def test_what_was_opened_and_not_touched_leaves_nothing(self, home: Home) -> None:
        async with writing(home, "reply") as (app, pilot, _composer):
            await pilot.press("escape", "q")
            await until(pilot, lambda: isinstance(app.screen, MailScreen))
            assert saved(app) == []
            assert in_drafts(app) == []

    async def test_the_reader_answers_what_it_shows(self, tmp_path: Path) -> None:
        home = letters(tmp_path, [LETTER, Mail("Budget", "Alan Turing <alan@example.org>")])
        async with running(home) as (app, pilot):
            await act(app, pilot, "down", "open", "reply")
            composer = await opened(app, pilot)
            assert composer.current().subject == "Re: Budget"

    async def test_a_body_that_is_not_here_is_waited_for_and_letters_reach_nothing(self, tmp_path: Path) -> None:
        home = letters(tmp_path, [Mail("Lunch", has_body=False), Mail("Budget")])
        async with running(home) as (app, pilot):
            gate = asyncio.Event()

            async def slow(_item: int) -> None:
                await gate.wait()

            app.mail_screen.reading.to_read = slow  # type: ignore[method-assign, assignment] # as a server that takes its time
            app.act("reply", None)
            await pilot.press("d", "D", "y")
            assert "Fetching the message" in "\n".join(screen_lines(app))
            gate.set()
            await until(pilot, lambda: isinstance(app.screen, MailScreen))
            assert "not here yet" in status_of(app)
            assert len(app.mail_screen.messages.model) == 2

    async def test_html_is_quoted_as_it_reads(self, tmp_path: Path) -> None:
        body = "<html><body><p>Shall <b>we</b>?</p></body></html>"
        home = letters(tmp_path, [Mail("Lunch", "Joan <joan@example.net>\r\nMIME-Version: 1.0", body=body)])
        async with writing(home, "reply") as (_app, pilot, composer):
            await until(pilot, lambda: composer.is_mounted)
            assert "> " in composer.body.text

    async def test_a_link_to_an_address_opens_it_with_what_it_asks(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            app.writing.compose("mailto:ann@example.org?subject=Hi&body=One&attach=/etc/passwd&bcc=eve@example.org")
            composer = await opened(app, pilot)
            draft = composer.current()
            assert (draft.to, draft.bcc, draft.subject, draft.body) == (
                "ann@example.org",
                "eve@example.org",
                "Hi",
                "One",
            )
            assert not draft.attachments
            assert "attach" in foot_of(composer)
            assert rows_shown(composer) == ["to", "bcc", "subject"]
            assert where(composer) == "body"

    async def test_a_link_in_the_reader_that_is_an_address_is_written_to(self, tmp_path: Path) -> None:
        body = "Write to mailto:ann@example.org?subject=Hi please.\n"
        async with running(letters(tmp_path, [Mail("Lunch", body=body)])) as (app, pilot):
            await act(app, pilot, "open")
            await until(pilot, app.mail_screen.reader.links)
            await act(app, pilot, "links")
            await pilot.press("enter")
            composer = await opened(app, pilot)
            assert (composer.current().to, composer.current().subject) == ("ann@example.org", "Hi")

    async def test_without_an_account_it_says_what_to_do(self, home: Home) -> None:
        async with running(home) as (app, pilot):
            app.identities = ()
            await act(app, pilot, "compose", "reply")
            assert "Add an account first" in status_of(app)


class TestFrom:
    async def test_f_chooses_between_addresses(self, tmp_path: Path) -> None:
        home = letters(tmp_path, aliases=["Ada <ada@example.com>"])
        async with writing(home) as (app, pilot, composer):
            assert "f changes it" in screen_lines(app)[0]
            await pilot.press("escape", "f")
            await pilot.pause()
            await pilot.press("2")
            await pilot.pause()
            assert composer.current().identity.address == "ada@example.com"
            assert "Ada <ada@example.com>" in screen_lines(app)[0]
            assert [draft.identity.address for draft in saved(app)] == ["ada@example.com"]

    async def test_with_one_address_there_is_nothing_to_choose(self, home: Home) -> None:
        async with writing(home) as (app, pilot, composer):
            assert "changes it" not in screen_lines(app)[0]
            await pilot.press("escape", "f")
            assert "one address to write from" in foot_of(composer)


class TestDrafts:
    async def test_q_files_it_and_enter_opens_it_again(self, home: Home) -> None:
        async with writing(home, "reply") as (app, pilot, _composer):
            await type_into(pilot, "Half a sen")
            await pilot.press("escape", "q")
            await until(pilot, lambda: isinstance(app.screen, MailScreen))
            assert "Kept in Drafts" in status_of(app)
            assert saved(app) == []
            (item,) = in_drafts(app)
            assert item.flags & Flag.DRAFT
            await act(app, pilot, "go-drafts")
            await pilot.press("enter")
            again = await opened(app, pilot)
            draft = again.current()
            assert draft.body.endswith("Half a sen")
            assert draft.kind is DraftKind.REPLY
            assert where(again) == "body"
            await type_into(pilot, "tence.")
            assert again.body.text.endswith("Half a sentence.")
            await pilot.press("escape", "q")
            await until(pilot, lambda: isinstance(app.screen, MailScreen))
            assert len(in_drafts(app)) == 1

    async def test_a_draft_that_is_only_looked_at_stays(self, home: Home) -> None:
        async with writing(home, "reply") as (app, pilot, _composer):
            await type_into(pilot, "x")
            await pilot.press("escape", "q")
            await until(pilot, lambda: isinstance(app.screen, MailScreen))
            (before,) = in_drafts(app)
            await act(app, pilot, "go-drafts", "open")
            await opened(app, pilot)
            await pilot.press("escape", "q")
            await until(pilot, lambda: isinstance(app.screen, MailScreen))
            assert [item.id for item in in_drafts(app)] == [before.id]

    async def test_ctrl_s_files_it_and_writing_goes_on(self, home: Home) -> None:
        async with writing(home) as (app, pilot, composer):
            await type_into(pilot, "ann@example.org")
            await pilot.press("ctrl+s")
            await until(pilot, lambda: in_drafts(app))
            assert "Saved in Drafts" in foot_of(composer)
            assert where(composer) == "to"
            await type_into(pilot, ", bob@example.org")
            await pilot.press("ctrl+s")
            await until(pilot, lambda: [len(item.to) for item in in_drafts(app)] == [2])

    async def test_several_at_once(self, home: Home) -> None:
        async with writing(home) as (app, pilot, _first):
            await type_into(pilot, "ann@example.org")
            app.act("compose", None)
            second = await opened(app, pilot)
            assert len(app.writing.composers) == 2
            await type_into(pilot, "bob@example.org")
            await pilot.press("escape", "q")
            await until(pilot, lambda: app.screen is not second)
            assert isinstance(app.screen, ComposeScreen)
            assert app.screen.current().to == "ann@example.org"
            await pilot.press("escape", "q")
            await until(pilot, lambda: isinstance(app.screen, MailScreen))
            assert sorted(item.to[0].address for item in in_drafts(app)) == ["ann@example.org", "bob@example.org"]

    @pytest.mark.parametrize(("answer", "left"), [("y", 0), ("n", 1)])
    async def test_discarding_asks(self, home: Home, answer: str, left: int) -> None:
        async with writing(home) as (app, pilot, _composer):
            await type_into(pilot, "ann@example.org")
            await pilot.press("ctrl+s")
            await until(pilot, lambda: in_drafts(app))
            await pilot.press("escape", "D")
            await pilot.pause()
            await pilot.press(answer)
            await pilot.pause()
            assert len(in_drafts(app)) == left
            assert isinstance(app.screen, ComposeScreen if left else MailScreen)

    async def test_text_that_ended_in_another_window_is_a_draft_of_its_own(self, home: Home) -> None:
        async with writing(home) as (app, pilot, composer):
            await type_into(pilot, "ann")
            await pilot.press("tab")
            number = composer.keeping.number
            assert number is not None
            app.data.drafts.discard(number)
            await type_into(pilot, "Hello")
            await pilot.press("tab")
            assert "another window" in foot_of(composer)
            assert [(draft.to, draft.subject) for draft in saved(app)] == [("ann", "Hello")]
            assert composer.keeping.number != number

    async def test_a_draft_that_another_window_has_sent_is_not_kept_again(self, home: Home) -> None:
        async with writing(home) as (app, pilot, composer):
            await type_into(pilot, "ann")
            await pilot.press("escape")
            assert composer.keeping.number is not None
            app.data.drafts.discard(composer.keeping.number)
            await pilot.press("q")
            await until(pilot, lambda: isinstance(app.screen, MailScreen))
            assert "in another window" in status_of(app)
            assert (saved(app), in_drafts(app)) == ([], [])

    async def test_what_was_left_behind_is_said_at_the_start(self, home: Home) -> None:
        async with writing(home) as (app, pilot, _composer):
            await type_into(pilot, "ann")
            await pilot.press("tab")
            app.data.drafts._keep.connection.execute("UPDATE draft SET editor = 'gone'")
        async with running(home) as (app, pilot):
            await until(pilot, lambda: "in Drafts" in status_of(app))
            assert "A message you were writing is in Drafts" in status_of(app)

    async def test_a_disk_that_is_full_is_said_and_tried_again(
        self, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from tui_mail.model.errors import StoreFull

        def full(*_args: object) -> None:
            raise StoreFull("There is no space left on the disk.")

        async with writing(home) as (app, pilot, composer):
            await type_into(pilot, "ann")
            monkeypatch.setattr(app.data.drafts, "begin", full)
            await pilot.press("tab")
            assert "no space left" in foot_of(composer)
            await pilot.press("escape", "q")
            await pilot.pause()
            assert app.screen is composer
            monkeypatch.undo()
            assert composer.save_now()
            assert [draft.to for draft in saved(app)] == ["ann"]


async def test_fields_that_were_not_touched_are_as_they_were(home: Home) -> None:
    """Also where they hold what cannot be shown, or more than a line of the screen."""
    from dataclasses import replace

    from tui_mail.model.draft import Draft
    from tui_mail.ui.actions.writing import _Begin

    many = ", ".join(f"p{number}@example.org" for number in range(600))
    async with running(home) as (app, pilot):
        draft = Draft(
            app.identities[0], to=many, cc="a\u202eb <x@example.org>", subject="a\x1b[2Jb", body="a\x9bb\u200bc\n"
        )
        app.writing._open(_Begin(draft))
        composer = await opened(app, pilot)
        now = composer.current()
        assert now == replace(draft, message_id=now.message_id)
        await pilot.press("escape", "t", "end", ",")
        assert composer.current().to == many + ","
        assert composer.current().cc == draft.cc


@pytest.mark.parametrize("size", [(32, 8), (60, 20), (80, 24), (120, 40), (200, 60)])
async def test_it_fits_every_terminal(home: Home, size: tuple[int, int]) -> None:
    async with writing(home, "reply-all", size) as (app, pilot, composer):
        for name in FIELDS:
            composer.head.use(name)
        await pilot.pause()
        for strip in app.screen._compositor.render_strips():
            assert strip.cell_length == size[0]
        assert "Reply" in screen_lines(app)[-1]


async def test_text_wraps_anew_when_the_terminal_changes(home: Home) -> None:
    async with writing(home, "reply") as (_app, pilot, composer):
        composer.body.put("word " * 200)
        for width in (60, 99, 100, 160, 100, 99, 61):
            await pilot.resize_terminal(width, 24)
            await pilot.pause()
            assert composer.body.wrapped_document._width == composer.body.wrap_width


async def test_what_is_painted_between_a_change_and_the_look_at_it_is_new(tmp_path: Path) -> None:
    """The screen is painted for other reasons, too: lines that were kept from before must not come again then."""
    async with writing(letters(tmp_path), "compose") as (_app, pilot, composer):
        body = composer.body
        await until(pilot, lambda: body.size.height)
        whole = Region(0, 0, body.size.width, body.size.height)
        body.render_lines(whole)
        body.insert("Not yet looked at")
        assert any("Not yet looked at" in strip.text for strip in body.render_lines(whole))
