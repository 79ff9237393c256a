"""The user interface and an engine: what is asked, what is shown of what it says, and doing without it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.fakes.seeded_store import NOW, Mail, arrive, save_work_account
from tests.ui.running import act, home_with, screen_lines, status_of, subjects, until
from tui_mail.config.paths import Home
from tui_mail.config.settings import Settings
from tui_mail.link.lock import EngineLock
from tui_mail.link.messages import (
    Alert,
    Begun,
    Changed,
    Done,
    Render,
    Request,
    State,
    Status,
    Sync,
    Trouble,
    Wake,
    Watch,
)
from tui_mail.link.server import Server
from tui_mail.mime.html import DirectConverter
from tui_mail.mime.html_worker import HtmlWorker
from tui_mail.mime.render import render
from tui_mail.mime.rendered import Rendered
from tui_mail.model.clock import FrozenClock
from tui_mail.model.ids import AccountName, ItemId
from tui_mail.model.mail import Role
from tui_mail.model.remote import Page, RemoteFolder
from tui_mail.store.disk.files import prepare
from tui_mail.store.writer import Writer
from tui_mail.ui import following
from tui_mail.ui.app import MailApp


class FakeEngine:
    """Answers as told and remembers what it was asked."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.asked: list[Request] = []
        self.answers: dict[type[Request], Callable[[Request], Done]] = {}
        self.gates: dict[type[Request], asyncio.Event] = {}
        """Until they open, requests of that kind wait for their answer."""
        self.server = Server(home.socket, self)

    async def handle(self, request: Request, client: int) -> Done:
        self.asked.append(request)
        if (gate := self.gates.get(type(request))) is not None:
            await gate.wait()
        answer = self.answers.get(type(request))
        return replace(answer(request), id=request.id) if answer is not None else Done(request.id)

    def came(self, client: int) -> None:
        pass

    def left(self, client: int) -> None:
        pass


@asynccontextmanager
async def with_engine(home: Home) -> AsyncIterator[tuple[MailApp, Pilot[int], FakeEngine]]:
    engine = FakeEngine(home)
    with EngineLock(home):
        await engine.server.start()
        try:
            app = MailApp(home, Settings(), clock=FrozenClock(NOW))
            async with app.run_test(size=(120, 30)) as pilot:
                await until(pilot, lambda: app.link is not None and app.link.connected)
                link = app.link
                assert link is not None
                # What the window asks first is answered: a late answer would undo what the test does.
                await until(pilot, lambda: not link._tasks and any(isinstance(one, Status) for one in engine.asked))
                yield app, pilot, engine
        finally:
            await engine.server.close()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_with(tmp_path)


async def test_its_state_is_said_in_words(home: Home) -> None:
    async with with_engine(home) as (app, pilot, engine):
        engine.server.broadcast(State("work", "online"))
        await until(pilot, lambda: "online" in status_of(app))
        engine.server.broadcast(State("work", "sign-in", "The server refused the password."))
        await until(pilot, lambda: "signing in to work: refused · E says why" in status_of(app))
        engine.server.broadcast(Alert("work", "\x1b[2JYour mailbox is [/] full"))
        await until(pilot, lambda: len(app.mail_screen.connection.troubles) == 1)
        await act(app, pilot, "errors")
        shown = "\n".join(screen_lines(app))
        assert "The server refused the password." in shown
        assert "\x1b" not in shown


@pytest.mark.parametrize("listed", [False, True], ids=["no folder yet", "an empty folder"])
async def test_an_empty_list_says_what_is_in_the_way(tmp_path: Path, listed: bool) -> None:
    """Before anything was fetched it does not promise that mail appears when signing in was refused."""
    home = Home.find(str(tmp_path / "home"), {})
    home.create()
    save_work_account(home)
    if listed:
        prepare(home, FrozenClock(NOW))
        writer = Writer(home, FrozenClock(NOW))
        writer.put_folders(AccountName("work"), [RemoteFolder("INBOX", "INBOX", Role.INBOX)])
        writer.close()
    async with with_engine(home) as (app, pilot, engine):
        await until(pilot, lambda: any("mail appears as it is fetched" in line for line in screen_lines(app)))
        engine.server.broadcast(State("work", "sign-in", "The server refused the password."))
        await until(pilot, lambda: any("Signing in to work was refused" in line for line in screen_lines(app)))
        assert not any("mail appears" in line for line in screen_lines(app))
        engine.server.broadcast(State("work", "syncing"))
        await until(pilot, lambda: any("mail appears as it is fetched" in line for line in screen_lines(app)))
        if listed:
            writer = Writer(home, FrozenClock(NOW))
            (folder,) = writer.server_folders(AccountName("work"))
            writer.put_page(folder.id, Page(1, b"1", last=True, total=0), [])
            writer.close()
            engine.server.broadcast(Changed(rev=10**6, folders=[int(folder.id)]))
            await until(pilot, lambda: any("No messages here." in line for line in screen_lines(app)))


async def test_what_another_program_was_quicker_with_is_said_and_kept(home: Home) -> None:
    async with with_engine(home) as (app, pilot, engine):
        engine.server.broadcast(Trouble("work", "gone", "“\x1b[2JLunch” was not moved to Archive."))
        await until(pilot, lambda: "Lunch” was not moved to Archive." in status_of(app))
        assert "\x1b" not in status_of(app)
        await act(app, pilot, "errors")
        assert any("Lunch” was not moved to Archive." in line for line in screen_lines(app))


async def test_changes_are_shown(home: Home) -> None:
    async with with_engine(home) as (app, pilot, engine):
        arrive(home, FrozenClock(NOW), Mail("Fresh", hours=-1))
        engine.server.broadcast(Changed(rev=10**6, folders=[1], new_mail=1))
        await until(pilot, lambda: "Fresh" in subjects(app))


async def test_it_is_told_at_once_what_is_on_the_screen(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_TICK_SECONDS", 1_000.0)
    async with with_engine(home) as (app, pilot, engine):

        def told() -> list[int]:
            return [one.items for one in engine.asked if isinstance(one, Watch)][-1]

        await until(pilot, lambda: any(isinstance(one, Watch) for one in engine.asked))
        before, screen = set(told()), app.mail_screen
        assert screen.lister.view is not None
        assert before == set(screen.data.item_ids(screen.lister.view, screen.messages.in_view()))
        arrive(home, FrozenClock(NOW), Mail("Fresh", hours=-1))
        engine.server.broadcast(Changed(rev=10**6, folders=[1], new_mail=1))
        await until(pilot, lambda: len(set(told()) - before) == 1)


async def test_an_action_wakes_it(home: Home) -> None:
    async with with_engine(home) as (app, pilot, engine):
        await act(app, pilot, "archive")
        await until(pilot, lambda: any(isinstance(one, Wake) for one in engine.asked))


async def test_a_body_that_is_not_here_is_fetched(tmp_path: Path) -> None:
    home = home_with(tmp_path, [Mail("Later", body="Here at last.\n", has_body=False)])

    def fetch(request: Request) -> Done:
        assert isinstance(request, Render)
        writer = Writer(home, FrozenClock(NOW))
        raw = Mail("Later", body="Here at last.\n").raw(0)
        with HtmlWorker() as html:
            writer.put_rendered(ItemId(request.item), "auto", render(raw, html=html).to_bytes())
        writer.close()
        return Done(0)

    async with with_engine(home) as (app, pilot, engine):
        engine.answers[Render] = fetch
        await act(app, pilot, "open")
        await until(pilot, lambda: any("Here at last." in line for line in screen_lines(app)))


PAGE = "".join(
    f"<table><tr><td><h2>Section {n}</h2><p>Some words</p><p><a href='https://x.example/{n}'>More</a> <img src='https://x.example/{n}.png'></table>"
    for n in range(900)
)


async def test_the_beginning_of_a_page_is_read_while_the_rest_of_it_comes(tmp_path: Path) -> None:
    home = home_with(tmp_path, [Mail("Long", has_body=False), Mail("Next")])
    raw = Mail("Long", body=PAGE, content="text/html").raw(0)
    begun: list[Rendered] = []
    whole = render(raw, html=DirectConverter(), begun=begun.append)
    writer = Writer(home, FrozenClock(NOW))

    def fetch(request: Request) -> Done:
        assert isinstance(request, Render)
        writer.put_rendered(ItemId(request.item), "auto", whole.to_bytes())
        return Done(0)

    async with with_engine(home) as (app, pilot, engine):
        engine.answers[Render], engine.gates[Render] = fetch, asyncio.Event()
        pane, item = app.mail_screen.reader, app.mail_screen.data.item
        await act(app, pilot, "open")
        await until(pilot, lambda: any(isinstance(one, Render) for one in engine.asked))
        assert pane.item is not None
        opened = pane.item.id
        assert item(opened) is not None
        writer.put_beginning(opened, "auto", begun[0].to_bytes())
        engine.server.broadcast(Begun(opened, "html"))  # in another form than is waited for
        engine.server.broadcast(Begun(opened, "auto"))
        await until(pilot, lambda: any("Section 1" in line for line in screen_lines(app)))
        first = screen_lines(app)
        assert any("the rest is still being read" in line for line in first)
        assert not any("not loaded" in line for line in first)
        await act(app, pilot, "links")
        assert "still being read" in status_of(app)
        pane.end()
        assert any("░░░" in line for line in screen_lines(app))
        await act(app, pilot, "scroll-page-down", "scroll-page-down")
        assert pane.item.id == opened, "what comes next is the rest, not the next message"
        pane.find("Section 650")
        pane.home()
        pane.line_down(40)
        assert pane.start_selecting()
        await pilot.pause()
        before = screen_lines(app)
        engine.gates[Render].set()
        await until(pilot, lambda: not pane.begins)
        await pilot.pause()
        assert screen_lines(app)[:-1] == before[:-1], "nothing that is read moves"
        assert pane.selecting
        assert "1 found" in status_of(app)
        pane.stop_selecting()
        pane.home()
        await pilot.pause()
        changed = [(old, new) for old, new in zip(first, screen_lines(app), strict=True) if old != new]
        assert len(changed) <= 2, "what is said above it, and the status line"
        assert any("900 remote images not loaded" in line for line in screen_lines(app))
        assert len(pane.links()) == 900
    writer.close()


@pytest.mark.parametrize("by", ["engine", "server"])
async def test_a_message_opened_too_early_comes_when_it_can(tmp_path: Path, by: str) -> None:
    home = home_with(tmp_path, [Mail("Later", has_body=False)])

    def fetch(request: Request) -> Done:
        assert isinstance(request, Render)
        writer = Writer(home, FrozenClock(NOW))
        with HtmlWorker() as html:
            rendered = render(Mail("Later", body="Here at last.\n").raw(0), html=html).to_bytes()
        writer.put_rendered(ItemId(request.item), "auto", rendered)
        writer.close()
        return Done(0)

    async with with_engine(home) as (app, pilot, engine):
        engine.answers[Render] = lambda _request: Done(0, ok=False, kind="unreachable", text="The server is down.")
        await act(app, pilot, "open")
        await until(pilot, lambda: any("The server is down." in line for line in screen_lines(app)))
        engine.answers[Render] = fetch
        if by == "engine":
            app._engine_state(None)
        else:
            engine.server.broadcast(State("work", "online"))
        await until(pilot, lambda: any("Here at last." in line for line in screen_lines(app)))
        assert not any("The server is down." in line for line in screen_lines(app))


async def test_a_body_that_cannot_be_had_says_why(tmp_path: Path) -> None:
    home = home_with(tmp_path, [Mail("Later", has_body=False)])
    async with with_engine(home) as (app, pilot, engine):
        engine.answers[Render] = lambda _request: Done(0, ok=False, kind="unreachable", text="The server is down.")
        await act(app, pilot, "open")
        await until(pilot, lambda: any("The server is down." in line for line in screen_lines(app)))


async def test_synchronising_says_how_it_went(home: Home) -> None:
    async with with_engine(home) as (app, pilot, engine):
        await act(app, pilot, "sync")
        await until(pilot, lambda: "Synchronised" in status_of(app))
        engine.answers[Sync] = lambda _request: Done(0, ok=False, text="The server said no.")
        await act(app, pilot, "sync")
        await until(pilot, lambda: "The server said no." in status_of(app))


async def test_without_an_engine_everything_here_still_works(home: Home) -> None:
    async with with_engine(home) as (app, pilot, engine):
        await engine.server.close()
        await until(pilot, lambda: app.link is not None and not app.link.connected)
        await act(app, pilot, "archive")
        assert "Archived" in status_of(app)
        await act(app, pilot, "sync")
        assert "no engine" in status_of(app)


async def test_an_engine_that_runs_already_says_how_it_fares(home: Home) -> None:
    engine = FakeEngine(home)
    accounts = [{"name": "work", "state": "online", "message": None, "last_sync": None}]
    engine.answers[Status] = lambda _request: Done(0, result={"accounts": accounts})
    with EngineLock(home):
        await engine.server.start()
        app = MailApp(home, Settings(), clock=FrozenClock(NOW))
        async with app.run_test(size=(120, 30)) as pilot:
            await until(pilot, lambda: "online" in status_of(app))
        await engine.server.close()
