"""What one does with the message that is read, in the whole app: without an engine, and with one that a test plays."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.fakes.seeded_store import NOW, Mail
from tests.ui.running import act, home_with, running, screen_lines, status_of
from tui_mail.config.settings import ProgramSettings
from tui_mail.link.messages import CheckSignature, Done, Pictures, Request, Unsubscribe, WaysOut
from tui_mail.mime.dkim import Signature
from tui_mail.mime.signatures import as_table
from tui_mail.model.ids import AccountName
from tui_mail.ui.app import MailApp
from tui_mail.ui.compose.screen import ComposeScreen
from tui_mail.ui.dialogs import opener
from tui_mail.ui.dialogs.attachments import AttachmentPicker
from tui_mail.ui.dialogs.menu import Menu
from tui_mail.ui.dialogs.question import Question
from tui_mail.ui.dialogs.reading import TextScreen
from tui_mail.ui.dialogs.words import Field
from tui_mail.ui.reader.trust import trust_pieces

PLAIN = Mail("Budget", "Alan Turing <alan@example.org>")
LIST = Mail(
    "Weekly",
    "News <news@list.example>",
    extra="List-Id: News <news.list.example>\r\nList-Post: <mailto:all@list.example>\r\n"
    "List-Unsubscribe: <mailto:leave@list.example?subject=off>, <https://list.example/u>\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
)
PAGE = Mail(
    "Page",
    content="text/html; charset=utf-8",
    body="<p>Hello <script>x</script></p><img src='https://img.example/a.png'><img src='https://img.example/b.png'>",
)
INVITATION = Mail(
    "Review",
    content="text/calendar; method=REQUEST; charset=utf-8",
    body="BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1@x\nSUMMARY:Review\nDTSTART:20261126T090000Z\n"
    "ORGANIZER;CN=Grace:mailto:grace@example.org\nATTENDEE:mailto:me@example.org\nEND:VEVENT\nEND:VCALENDAR\n",
)
ATTACHED = Mail(
    "Files",
    content='multipart/mixed; boundary="b"',
    body="--b\n\nwords\n--b\nContent-Type: text/plain; name=notes.txt\nContent-Disposition: attachment\n\nthe notes\x1b[2J\n"
    "--b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=sheet.xlsm\n\nPK\n--b--\n",
)


class Played:
    """An engine that says what a test wants it to."""

    connected = True

    def __init__(self, answer: Callable[[Request], Done]) -> None:
        self.asked: list[Request] = []
        self._answer = answer

    async def ask(self, request: Request) -> Done:
        self.asked.append(request)
        return self._answer(request)

    def tell(self, request: Request) -> None:
        pass


def play(app: MailApp, answer: Callable[[Request], Done]) -> Played:
    engine = Played(answer)
    app.link = engine  # type: ignore[assignment] # all that is used of it
    return engine


def result(**values: Any) -> Done:
    return Done(0, result=values)


async def opened(app: MailApp, pilot: Pilot[int], *more: str) -> None:
    """The first message is open, and ``more`` was done and has ended."""
    await act(app, pilot, "open")
    await settled(app, pilot)
    for name in more:
        await act(app, pilot, name)
        await settled(app, pilot)


async def settled(app: MailApp, pilot: Pilot[int]) -> None:
    await app.workers.wait_for_complete()
    await pilot.pause()


async def press(app: MailApp, pilot: Pilot[int], *keys: str) -> None:
    await pilot.press(*keys)
    await settled(app, pilot)


def shown(app: MailApp) -> str:
    return "\n".join(screen_lines(app))


def script(tmp_path: Path, text: str) -> str:
    """A program for ``[programs]``."""
    path = tmp_path / "program"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


class TestTrust:
    async def lines(self, tmp_path: Path, *mails: Mail) -> str:
        async with running(home_with(tmp_path, mails)) as (app, pilot):
            await opened(app, pilot)
            return shown(app)

    async def test_who_writes_for_the_first_time(self, tmp_path: Path) -> None:
        first = "This is the first message from alan@example.org."
        assert first in await self.lines(tmp_path / "a", PLAIN)
        assert first not in await self.lines(tmp_path / "b", PLAIN, replace(PLAIN, subject="Before", hours=30))
        assert first not in await self.lines(
            tmp_path / "c", PLAIN, Mail("To Alan", "me@example.org", folder="Sent", to="alan@example.org", hours=30)
        )

    async def test_all_is_well_is_calm(self, tmp_path: Path) -> None:
        text = await self.lines(tmp_path, PLAIN, replace(PLAIN, subject="Before", hours=30))
        assert "! " not in text
        assert "first message" not in text

    @pytest.mark.parametrize(
        ("mail", "words"),
        [
            (replace(PLAIN, sender='"ceo@bank.com" <x@evil.example>'), "! The sender's name looks like an address"),
            (replace(PLAIN, sender="Apple <x@xn--pple-43d.com>"), "xn--pple-43d.com"),
            (replace(PLAIN, sender="<admin@bank.com> <evil@x.org>"), "! The sender is not given as one address"),
            (replace(PLAIN, sender='"Someone" <valid@example.net>:<attacker@example.org>'), "attacker@example.org"),
            (replace(PLAIN, extra="Reply-To: boss@evil.example\r\n"), "Answers go to boss@evil.example"),
            (replace(PLAIN, extra="Return-Path: <x@bounce.example>\r\n"), "goes back to x@bounce.example"),
            (replace(PLAIN, extra="Sender: x@other.example\r\n"), "x@other.example sent this in the name of"),
            (replace(PLAIN, extra="From: Second <second@example.net>\r\n"), "! The message names more than one sender"),
            (
                replace(PAGE, body="<a href='https://evil.example/x'>https://bank.example</a>"),
                "! ",
            ),
        ],
        ids=["name", "look-alike", "two angles", "colon", "reply-to", "return-path", "sender", "two from", "link"],
    )
    async def test_what_is_not_well_is_said(self, tmp_path: Path, mail: Mail, words: str) -> None:
        assert words in await self.lines(tmp_path, mail)

    async def test_nothing_the_message_draws_is_the_programs_own_word(self, tmp_path: Path) -> None:
        """A drawn seal stands in the body, and nothing in the head speaks of it."""
        fake = replace(PLAIN, body="! signature valid\nsender's domain confirmed by mx.example.org\n")
        async with running(home_with(tmp_path, [fake])) as (app, pilot):
            await opened(app, pilot)
            pane = app.mail_screen.reader
            assert pane.item is not None
            assert pane.rendered is not None
            assert not [piece for piece in trust_pieces(pane.item, pane.rendered) if "confirmed" in piece.text]


class TestFiles:
    async def test_the_exact_message_is_saved_and_nothing_overwritten(self, tmp_path: Path) -> None:
        folder = tmp_path / "saved"
        folder.mkdir()
        programs = ProgramSettings(save_in=str(folder))
        async with running(home_with(tmp_path, [PLAIN]), programs=programs) as (app, pilot):
            await opened(app, pilot, "save")
            await press(app, pilot, "enter")
            assert f"Saved {folder / 'Budget.eml'}" in status_of(app)
            await act(app, pilot, "save")
            await press(app, pilot, "enter")
            assert "Budget (2).eml" in status_of(app)
        assert (folder / "Budget.eml").read_bytes() == PLAIN.raw(0)
        assert (folder / "Budget (2).eml").read_bytes() == PLAIN.raw(0)
        assert stat.S_IMODE((folder / "Budget.eml").stat().st_mode) == 0o600

    @pytest.mark.parametrize("typed", ["~nobody-of-this-name/x", f"/{'n' * 300}/x", "/dev/null/x"], ids=range(3))
    async def test_a_path_that_cannot_be_is_told(self, tmp_path: Path, typed: str) -> None:
        async with running(home_with(tmp_path, [PLAIN])) as (app, pilot):
            await opened(app, pilot, "save")
            app.screen.query_one(Field).value = typed
            await press(app, pilot, "enter")
            shown = " ".join(screen_lines(app))
            assert any(words in shown for words in ("There is no folder", "could not be saved"))
            assert app.screen.query_one(Field).value == typed, "what was typed can be mended"

    async def test_its_text_is_saved_by_the_name(self, tmp_path: Path) -> None:
        programs = ProgramSettings(save_in=str(tmp_path))
        async with running(home_with(tmp_path, [PLAIN]), programs=programs) as (app, pilot):
            await opened(app, pilot, "save")
            app.screen.query_one(Field).value = str(tmp_path / "b.txt")
            await press(app, pilot, "enter")
            assert "Saved" in status_of(app)
        text = (tmp_path / "b.txt").read_text()
        assert text.startswith("From: Alan Turing <alan@example.org>\n")
        assert "the room is the same" in text

    async def test_printing_gives_the_text_to_the_program_that_is_set(self, tmp_path: Path) -> None:
        programs = ProgramSettings(printer=script(tmp_path, f"cat > {tmp_path}/printed"))
        async with running(home_with(tmp_path, [PLAIN]), programs=programs) as (app, pilot):
            await opened(app, pilot, "print")
            assert isinstance(app.screen, Question)
            await press(app, pilot, "n")
            assert not (tmp_path / "printed").exists()
            await act(app, pilot, "print")
            await press(app, pilot, "y")
            assert "Given to" in status_of(app)
        assert "Subject: Budget" in (tmp_path / "printed").read_text()

    async def test_a_printer_that_is_not_there_is_a_sentence(self, tmp_path: Path) -> None:
        for printer, words in (
            ("/nonexistent/lp", "cannot be run"),
            ("", "Nothing is set to print with"),
            ("'", "not a command"),
        ):
            async with running(
                home_with(tmp_path / str(len(printer)), [PLAIN]), programs=ProgramSettings(printer=printer)
            ) as (app, pilot):
                await opened(app, pilot, "print")
                if isinstance(app.screen, Question):
                    await press(app, pilot, "y")
                assert words in status_of(app)

    async def test_what_can_be_copied(self, tmp_path: Path) -> None:
        async with running(home_with(tmp_path, [PLAIN])) as (app, pilot):
            for key, text in (("1", "alan@example.org"), ("2", "<0@example.org>"), ("3", "Budget")):
                await opened(app, pilot, "copy-from")
                await press(app, pilot, key)
                assert app.clipboard == text
                assert "Copied" in status_of(app)


class TestAttachments:
    async def test_text_is_shown_in_place(self, tmp_path: Path) -> None:
        async with running(home_with(tmp_path, [ATTACHED])) as (app, pilot):
            await opened(app, pilot, "attachments")
            assert "notes.txt" in shown(app)
            await press(app, pilot, "enter")
            assert isinstance(app.screen, TextScreen)
            assert "the notes␛[2J" in shown(app)
            await press(app, pilot, "escape")
            assert isinstance(app.screen, AttachmentPicker)

    async def test_macros_are_called_out_and_no_is_the_default(self, tmp_path: Path) -> None:
        programs = ProgramSettings(opener=script(tmp_path, f'echo "$@" > {tmp_path}/opened'))
        async with running(home_with(tmp_path, [ATTACHED]), programs=programs) as (app, pilot):
            await opened(app, pilot, "attachments")
            assert "may hold macros" in shown(app)
            await press(app, pilot, "j", "enter")
            assert isinstance(app.screen, Question)
            await press(app, pilot, "enter")
            assert isinstance(app.screen, AttachmentPicker)
            assert not opener._running or not (tmp_path / "opened").exists()
            await press(app, pilot, "enter", "y")
            assert "Opened sheet.xlsm" in status_of(app)
            opener._running[-1].wait(30)
        assert (tmp_path / "opened").read_text().strip().endswith("/sheet.xlsm")
        opener.forget_opened()

    async def test_how_much_has_come_is_said_while_one_waits(self, tmp_path: Path) -> None:
        async with running(home_with(tmp_path, [ATTACHED])) as (app, pilot):
            await opened(app, pilot, "attachments")
            picker = app.screen
            assert isinstance(picker, AttachmentPicker)
            picker.progress(1, 2)
            assert "Fetching" not in shown(app)
            picker._fetching = picker.parts[1]
            assert app.mail_screen.reading.told_progress is not None
            app.mail_screen.reading.told_progress(1_500_000, 6_000_000)
            await pilot.pause()
            assert "Fetching sheet.xlsm … 1.4 MB of 5.7 MB" in shown(app)


class TestBrowser:
    async def test_a_private_harmless_page_is_handed_over(self, tmp_path: Path) -> None:
        programs = ProgramSettings(browser=script(tmp_path, f'echo "$1" > {tmp_path}/opened'))
        async with running(home_with(tmp_path, [PAGE]), programs=programs) as (app, pilot):
            await opened(app, pilot, "browser")
            assert isinstance(app.screen, Menu)
            assert "Without anything from other machines" in shown(app)
            assert "With images from other machines, which learn of it" in shown(app)
            await press(app, pilot, "1")
            assert "Opened in a browser" in status_of(app)
            opener._running[-1].wait(30)
            path = Path((tmp_path / "opened").read_text().strip())
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
            page = path.read_text()
            assert "Hello" in page
            assert "<script" not in page
            assert "img.example" not in page
            await act(app, pilot, "browser")
            await press(app, pilot, "2")
            opener._running[-1].wait(30)
            path = Path((tmp_path / "opened").read_text().strip())
            assert "https://img.example/a.png" in path.read_text()
        opener.forget_opened()
        assert not path.exists()

    async def test_without_a_page_or_a_browser_it_is_said(self, tmp_path: Path) -> None:
        async with running(home_with(tmp_path / "a", [PLAIN]), programs=ProgramSettings(browser="true")) as (
            app,
            pilot,
        ):
            await opened(app, pilot, "browser")
            assert "plain text only" in status_of(app)

    async def test_images_are_fetched_after_a_question_that_names_the_hosts(self, tmp_path: Path) -> None:
        def answer(request: Request) -> Done:
            if not isinstance(request, Pictures):
                return result()
            saved = []
            if request.folder:
                path = Path(request.folder) / "01 a.png"
                path.write_bytes(b"\x89PNG")
                saved = [str(path)]
            return result(
                hosts=["img.example"], count=2, saved=saved, trouble=["img.example does not answer."] if saved else []
            )

        async with running(home_with(tmp_path, [PAGE])) as (app, pilot):
            await opened(app, pilot)
            engine = play(app, answer)
            await act(app, pilot, "images")
            await settled(app, pilot)
            assert isinstance(app.screen, Question)
            assert "img.example" in shown(app)
            await press(app, pilot, "enter")
            assert [getattr(one, "folder", None) for one in engine.asked] == [""]
            await act(app, pilot, "images")
            await settled(app, pilot)
            await press(app, pilot, "y")
            assert isinstance(app.screen, AttachmentPicker)
            assert "01 a.png" in shown(app)
            assert "Fetched 1 image · img.example does not answer." in status_of(app)
        opener.forget_opened()

    async def test_opening_and_reading_asks_nothing_of_anybody(self, tmp_path: Path) -> None:
        """Nothing remote is fetched by rendering: no request that leads outside is ever made by reading."""
        async with running(home_with(tmp_path, [PAGE, LIST, INVITATION])) as (app, pilot):
            engine = play(app, lambda _request: result())
            await opened(app, pilot, "html-or-plain", "all-headers", "source", "source", "next-message", "next-message")
            assert not [
                one for one in engine.asked if isinstance(one, Pictures | Unsubscribe | WaysOut | CheckSignature)
            ]

    async def test_a_receipt_is_never_sent_by_reading(self, tmp_path: Path) -> None:
        wanted = "Disposition-Notification-To: a@x.example\r\nReturn-Receipt-To: a@x.example\r\n"
        async with running(home_with(tmp_path, [replace(PLAIN, extra=wanted)])) as (app, pilot):
            await opened(app, pilot, "all-headers", "source")
            assert not app.data.outbox.messages(ended=True)
            assert not [one for one in app.data.reader.pending() if one.kind.value == "append"]


def ways(*kinds: str) -> Done:
    targets = {"one-click": "https://list.example/u", "mailto": "leave@list.example", "link": "https://list.example/u"}
    hosts = {"one-click": "list.example", "mailto": "leave@list.example", "link": "list.example"}
    return result(
        list="news.list.example",
        ways=[
            {"kind": kind, "target": targets[kind], "body": "", "subject": "off", "host": hosts[kind]} for kind in kinds
        ],
    )


class TestLists:
    async def test_an_answer_goes_to_the_list(self, tmp_path: Path) -> None:
        async with running(home_with(tmp_path, [LIST])) as (app, pilot):
            await opened(app, pilot, "reply-list")
            assert isinstance(app.screen, ComposeScreen)
            assert "all@list.example" in shown(app)

    async def test_a_message_of_no_list_says_so(self, tmp_path: Path) -> None:
        async with running(home_with(tmp_path, [PLAIN])) as (app, pilot):
            await opened(app, pilot, "reply-list")
            assert "names no mailing list" in status_of(app)
            await act(app, pilot, "unsubscribe")
            await settled(app, pilot)
            assert "does not say how its list can be left" in status_of(app)

    async def test_one_click_is_asked_of_the_engine_after_a_question(self, tmp_path: Path) -> None:
        async with running(home_with(tmp_path, [LIST])) as (app, pilot):
            home = app.data.journal

            def answer(request: Request) -> Done:
                if isinstance(request, WaysOut):
                    return ways("one-click", "mailto", "link")
                assert isinstance(request, Unsubscribe)
                home.left_list(AccountName("work"), "news.list.example", "one-click", "list.example")
                return result(host="list.example")

            await opened(app, pilot)
            engine = play(app, answer)
            await act(app, pilot, "unsubscribe")
            await settled(app, pilot)
            assert "Ask list.example, in one click" in shown(app)
            await press(app, pilot, "enter")
            assert "Ask list.example to take you off the list?" in shown(app)
            await press(app, pilot, "enter")
            assert not any(isinstance(one, Unsubscribe) for one in engine.asked), "enter is no yes"
            await act(app, pilot, "unsubscribe")
            await settled(app, pilot)
            await press(app, pilot, "1", "y")
            (sent,) = [one for one in engine.asked if isinstance(one, Unsubscribe)]
            assert sent.target == "https://list.example/u"
            assert "took you off the list" in status_of(app)
            assert "You asked to leave this list" in shown(app)

    async def test_a_mail_goes_through_the_outbox_and_is_remembered(self, tmp_path: Path) -> None:
        """Also without an engine."""
        later = replace(LIST, subject="Next", hours=0.5)
        async with running(home_with(tmp_path, [later, LIST])) as (app, pilot):
            await opened(app, pilot, "unsubscribe")
            assert "in one click" not in shown(app), "nobody has checked the signature"
            await press(app, pilot, "1")
            assert "Write to leave@list.example to leave the list?" in shown(app)
            assert "Subject: off" in shown(app)
            await press(app, pilot, "y")
            (message,) = app.data.outbox.messages()
            assert (message.to, message.subject, message.held) == ("leave@list.example", "off", True)
            assert "You asked to leave this list" in shown(app)
            await act(app, pilot, "next-message")
            await settled(app, pilot)
            assert "You asked to leave this list" in shown(app)
            app.data.outbox.cancel(message.id)
            await act(app, pilot, "previous-message")
            await settled(app, pilot)
            assert "You asked to leave this list" not in shown(app), "it was taken back"

    async def test_a_page_is_opened_after_a_question_and_is_remembered(self, tmp_path: Path) -> None:
        only = replace(LIST, extra="List-Id: <news.list.example>\r\nList-Unsubscribe: <https://list.example/u>\r\n")
        programs = ProgramSettings(browser=script(tmp_path, f'echo "$1" > {tmp_path}/opened'))
        async with running(home_with(tmp_path, [only]), programs=programs) as (app, pilot):
            await opened(app, pilot, "unsubscribe")
            await press(app, pilot, "1", "enter")
            assert "Open list.example?" in shown(app)
            await press(app, pilot, "y")
            opener._running[-1].wait(30)
            left = app.data.reader.left_list(AccountName("work"), "news.list.example")
            assert left is not None
            assert (left.way, left.target, left.asked) == ("link", "list.example", NOW)
        assert (tmp_path / "opened").read_text().strip() == "https://list.example/u"

    async def test_nothing_is_offered_in_junk(self, tmp_path: Path) -> None:
        async with running(home_with(tmp_path, [replace(LIST, folder="Junk")])) as (app, pilot):
            await act(app, pilot, "go-junk")
            await opened(app, pilot, "unsubscribe")
            assert "lies in junk" in status_of(app)


async def test_the_signature_is_told_in_words(tmp_path: Path) -> None:
    good = Signature("pass", "example.org", "s", frozenset({"from"}), False, False, "")
    async with running(home_with(tmp_path, [PLAIN])) as (app, pilot):
        await opened(app, pilot, "signature")
        assert "There is no engine to do it with" in status_of(app)
        play(app, lambda _request: result(signatures=[as_table(good)]))
        await opened(app, pilot, "signature")
        assert isinstance(app.screen, TextScreen)
        assert "The signature of example.org is good" in shown(app)
        assert "is not the sender's domain" in shown(app)


async def test_an_invitation_is_answered_through_the_outbox(tmp_path: Path) -> None:
    async with running(home_with(tmp_path, [INVITATION])) as (app, pilot):
        await opened(app, pilot, "answer")
        assert "Answer grace@example.org: Review" in shown(app)
        await press(app, pilot, "escape")
        assert not app.data.outbox.messages()
        await act(app, pilot, "answer")
        await settled(app, pilot)
        await press(app, pilot, "3")
        (message,) = app.data.outbox.messages()
        assert (message.to, message.subject, message.held) == ("Grace <grace@example.org>", "Declined: Review", True)


async def test_who_is_not_invited_is_told(tmp_path: Path) -> None:
    other = replace(INVITATION, body=INVITATION.body.replace("me@example.org", "somebody@example.org"))
    async with running(home_with(tmp_path, [other])) as (app, pilot):
        await opened(app, pilot, "answer")
        assert isinstance(app.screen, Menu)
        assert app.screen.heading.endswith("none of your addresses is on its list; me@example.org answers")


async def test_what_is_no_invitation_is_a_sentence(tmp_path: Path) -> None:
    async with running(home_with(tmp_path, [PLAIN])) as (app, pilot):
        for name in ("answer", "save", "print", "browser", "unsubscribe"):
            await act(app, pilot, name)
            assert "Open a message first" in status_of(app)
        await opened(app, pilot, "answer")
        assert "no invitation in this message" in status_of(app)
