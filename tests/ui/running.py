"""The whole user interface on a seeded home, without an engine, at a standing clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from textual.pilot import Pilot

from tests.fakes.seeded_store import NOW, Mail, seed
from tui_mail.config.paths import Home
from tui_mail.config.settings import ProgramSettings, Settings, UiSettings
from tui_mail.model.clock import FrozenClock
from tui_mail.model.flags import Flag
from tui_mail.ui.app import MailApp
from tui_mail.ui.palette import Palette

INBOX: tuple[Mail, ...] = (
    Mail("Budget", "Alan Turing <alan@example.org>", flags=Flag.NONE),
    Mail("Compiler meeting"),
    Mail("Lunch", "Joan Clarke <joan@example.net>"),
    Mail("Re: Lunch", "Alan Turing <alan@example.org>", answers=2, flags=Flag.NONE, hours=0.9),
    Mail("Re: Lunch", answers=2, hours=0.8),
    Mail("Nightly build", "build@example.org", flags=Flag.NONE),
    Mail("Weekly edition", "LWN.net <lwn@example.com>", flags=Flag.SEEN | Flag.FLAGGED),
    Mail("Telescope", "Margaret Hamilton <margaret@example.org>"),
)
"""Six conversations, one of three messages on top; with the thread unfolded eight rows."""
ELSEWHERE: tuple[Mail, ...] = (
    Mail("Old budget", "Alan Turing <alan@example.org>", folder="Archive"),
    Mail("Win a prize", "x@example.com", folder="Junk", flags=Flag.NONE),
    Mail("Re: Lunch", "me@example.org", folder="Sent", answers=2, to="Joan Clarke <joan@example.net>"),
)


def home_with(directory: Path, mails: Sequence[Mail] = (*INBOX, *ELSEWHERE)) -> Home:
    """A home with an account and ``mails``."""
    home = Home.find(str(directory / "home"), {})
    seed(home, FrozenClock(NOW), mails)
    return home


@asynccontextmanager
async def running(
    home: Home, size: tuple[int, int] = (120, 40), **ui: object
) -> AsyncIterator[tuple[MailApp, Pilot[int]]]:
    """The app, once its first list is on the screen. ``programs`` are ``[programs]``, everything else is ``[ui]``.

    ``palette`` is what the terminal shows.
    """
    programs = ui.pop("programs", ProgramSettings())
    assert isinstance(programs, ProgramSettings)
    palette = ui.pop("palette", Palette.FULL)
    assert isinstance(palette, Palette)
    settings = replace(Settings(), ui=UiSettings(**ui), programs=programs)  # type: ignore[arg-type] # settings by name
    app = MailApp(home, settings, clock=FrozenClock(NOW), engine=False, palette=palette)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app, pilot


async def until(pilot: Pilot[int], true: Callable[[], object]) -> None:
    """Wait for what another thread or process does, for half a minute."""
    for _look in range(1_500):
        if true():
            await pilot.pause()
            return
        await pilot.pause(0.02)
    raise AssertionError("it never came about")


def screen_lines(app: MailApp) -> list[str]:
    """What the terminal would show."""
    return ["".join(segment.text for segment in strip).rstrip() for strip in app.screen._compositor.render_strips()]


def status_of(app: MailApp) -> str:
    """The last line of the main screen."""
    status = app.mail_screen.status
    return "".join(text for text, _tone in status._pieces)


def subjects(app: MailApp) -> list[str]:
    """What the rows of the list show, top to bottom."""
    messages = app.mail_screen.messages
    found = []
    for row in messages.model:
        messages.window.load([row])  # type: ignore[union-attr] # a list is shown
        shown = messages.window.shown(row)  # type: ignore[union-attr] # as above
        assert shown is not None
        found.append(shown.newest.subject if hasattr(shown, "newest") else shown.subject)
    return found


def under_cursor(app: MailApp) -> str:
    shown = app.mail_screen.messages.shown_at_cursor()
    assert shown is not None
    return shown.newest.subject if hasattr(shown, "newest") else shown.subject


async def act(app: MailApp, pilot: Pilot[int], *actions: str) -> None:
    """Do actions by name, ``12 down`` with a count, and let them take effect."""
    for action in actions:
        count, _space, name = action.rpartition(" ")
        app.act(name, int(count) if count else None)
        await pilot.pause()
