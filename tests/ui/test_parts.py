"""Large messages on the screen: their text and the list of their parts at once, the rest when somebody wants it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from tests.backends.conformance import with_file
from tests.engine.conftest import make_world as make_world  # noqa: PLC0414 -- a fixture
from tests.engine.world import World
from tests.ui.running import act, screen_lines, status_of, until
from tui_mail.config.settings import ProgramSettings, Settings
from tui_mail.model.errors import Unreachable
from tui_mail.ui.app import MailApp
from tui_mail.ui.dialogs.attachments import AttachmentPicker

MakeWorld = Callable[..., World]
RAW = with_file(b"QUJD" * 100_000)
FILE = b"ABC" * 100_000


def shown(app: MailApp) -> str:
    return "\n".join(screen_lines(app))


@asynccontextmanager
async def opened(world: World, folder: Path) -> AsyncIterator[tuple[MailApp, Pilot[int]]]:
    """The window on a mailbox of one large message, which is open in the reader."""
    world.server.deliver(RAW)
    async with world.running():
        await world.until(world.items)
        settings = Settings(programs=ProgramSettings(save_in=str(folder)))
        app = MailApp(world.home, settings, clock=world.clock)
        async with app.run_test(size=(120, 30)) as pilot:
            await until(pilot, lambda: app.link is not None and app.link.connected)
            await until(pilot, lambda: "With a file" in shown(app))
            await act(app, pilot, "open")
            await until(pilot, lambda: "Plän.pdf" in shown(app))
            yield app, pilot


async def save(app: MailApp, pilot: Pilot[int]) -> None:
    await act(app, pilot, "attachments")
    await pilot.press("s", "enter")


async def test_what_is_not_here_says_so_and_comes_when_it_is_saved(make_world: MakeWorld, tmp_path: Path) -> None:
    world = make_world(0)
    async with opened(world, tmp_path) as (app, pilot):
        assert "Hello" in shown(app)
        assert "[1] Plän.pdf  285 KB, on the server" in shown(app)
        assert "fetch" not in world.server.calls
        await act(app, pilot, "attachments")
        assert "application/pdf" in shown(app)
        assert "285 KB, on the server" in shown(app)
        await pilot.press("s", "enter")
        await until(pilot, (tmp_path / "Plän.pdf").exists)
        assert (tmp_path / "Plän.pdf").read_bytes() == FILE
        await until(pilot, lambda: "[1] Plän.pdf  285 KB\n" in shown(app) + "\n")
        assert "on the server" not in shown(app)
        assert [call for call in world.server.calls if call.startswith("fetch")] == ["fetch 2"]


async def test_fetching_says_how_far_it_is_and_esc_stops_it(make_world: MakeWorld, tmp_path: Path) -> None:
    world = make_world(0)
    async with opened(world, tmp_path) as (app, pilot):
        gate = world.server.gates["fetch 2"] = asyncio.Event()
        await save(app, pilot)
        await until(pilot, lambda: "Fetching Plän.pdf" in shown(app))
        await until(pilot, lambda: "fetch 2" in world.server.calls)
        app.mail_screen.reading.told_progress(153_600, 409_600)  # type: ignore[misc] # the dialog is open
        await pilot.pause()
        assert "150 KB of 400 KB; esc stops" in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: "Stopped." in shown(app))
        gate.set()
        await until(pilot, lambda: not list(world.home.raw_dir.glob(".new-*")))
        assert isinstance(app.screen, AttachmentPicker)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.mail_screen)
        assert list(tmp_path.iterdir()) == []
        assert "on the server" in shown(app)


async def test_offline_is_one_plain_sentence_and_what_came_stays(make_world: MakeWorld, tmp_path: Path) -> None:
    world = make_world(0)
    async with opened(world, tmp_path) as (app, pilot):
        world.server.fail_next["fetch 2"] = [Unreachable("work cannot be reached.") for _ in range(2)]
        world.server.fail_next["connect"] = [Unreachable("work cannot be reached.") for _ in range(50)]
        await save(app, pilot)
        await until(pilot, lambda: "work cannot be reached." in shown(app))
        assert "Fetching" not in shown(app)
        await pilot.press("escape")
        assert "Hello" in shown(app)
    app = MailApp(
        world.home, Settings(programs=ProgramSettings(save_in=str(tmp_path))), clock=world.clock, engine=False
    )
    async with app.run_test(size=(120, 30)) as pilot:
        await act(app, pilot, "open")
        await until(pilot, lambda: "285 KB, on the server" in shown(app))
        await save(app, pilot)
        await until(pilot, lambda: "This is not here yet: try again when the server is reached." in shown(app))


async def test_all_of_it_comes_for_who_wants_the_source(make_world: MakeWorld, tmp_path: Path) -> None:
    world = make_world(0)
    async with opened(world, tmp_path) as (app, pilot):
        await act(app, pilot, "all-headers")
        await until(pilot, lambda: "MIME-Version" in shown(app))
        assert "fetch" not in world.server.calls, "the outline has them all"
        await act(app, pilot, "all-headers", "source")
        await until(pilot, lambda: "--inner" in shown(app))
        await act(app, pilot, "source")
        await until(pilot, lambda: "[1] Plän.pdf  285 KB\n" in shown(app) + "\n")
        await save(app, pilot)
        await until(pilot, lambda: "Saved" in status_of(app))
        assert [call for call in world.server.calls if call.startswith("fetch")] == ["fetch"]


async def test_an_answer_needs_no_files(make_world: MakeWorld, tmp_path: Path) -> None:
    world = make_world(0)
    async with opened(world, tmp_path) as (app, pilot):
        await act(app, pilot, "reply")
        await until(pilot, lambda: "> Hello" in shown(app))
        assert not any(call.startswith("fetch") for call in world.server.calls)
