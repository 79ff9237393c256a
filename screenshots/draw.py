"""Draws the pictures of the README and the guide from the practice mailbox; run by ``make screenshots``, never by hand.

Owns which screens are shown and at which size. The clock stands still and the mail comes from a seed, so the same
program draws the same pictures.
"""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tui_mail.backends.demo import DEMO_START
from tui_mail.cli.main import main
from tui_mail.cli.practice import ACCOUNT, prepare_demo_home
from tui_mail.config.paths import Home
from tui_mail.config.settings import Settings
from tui_mail.link.messages import State
from tui_mail.model.clock import FrozenClock
from tui_mail.ui.app import MailApp

HERE = Path(__file__).parent
PATIENCE = 50
"""How often a screen is looked at until it stands still."""


@dataclass(frozen=True)
class Picture:
    """One file: what is done before it is drawn."""

    name: str
    size: tuple[int, int]
    actions: Sequence[str] = ()
    """Actions by name, of the composer when one is open; words in quotes are typed, ``@words`` goes to that subject."""
    theme: str = "dark"


PICTURES = (
    Picture("wide", (120, 36), ["open"]),
    Picture("beside", (160, 36), ["open"]),
    Picture("narrow", (80, 24)),
    Picture("reader", (80, 24), ["open"]),
    Picture("light", (120, 36), ["open"], "light"),
    Picture("folders", (80, 24), ["move", "'arch'"]),
    Picture("newsletter", (150, 40), ["@museum", "open"]),
    Picture("thread", (150, 44), ["@Where should", "open", "conversation", "open-all"]),
    Picture("invitation", (100, 30), ["@Design review", "open"]),
    Picture("patch", (150, 40), ["@[PATCH", "open", "previous-message"]),
    Picture("phishing", (100, 30), ["@Action required", "open"]),
    Picture("writing", (110, 30), ["reply", "'Gladly: Thursday at 14:00 is fine.'"]),
    Picture("review", (80, 24), ["reply", "'The notes are attached.'", "review"]),
    Picture("help", (120, 40), ["help"]),
)


async def draw(home: Home, picture: Picture) -> str:
    """The SVG of one picture."""
    settings = replace(Settings(), ui=replace(Settings().ui, theme=picture.theme, seen_on_open=False))
    app = MailApp(home, settings, clock=FrozenClock(DEMO_START + 12), engine=False)
    async with app.run_test(size=picture.size) as pilot:
        await pilot.pause()
        app.mail_screen.connection.lost("")
        app.mail_screen.connection.take(State(ACCOUNT, "online"))
        app.mail_screen.show_status()
        for action in picture.actions:
            if action.startswith("@"):
                go_to(app, action[1:])
            elif action.startswith("'"):
                await pilot.press(*action.strip("'"))
            elif app.writing.composers:
                app.writing.composers[-1].act(action)
            else:
                app.act(action, None)
            await app.workers.wait_for_complete()
            await pilot.pause()
            app.writing.save_all()
        before = ""
        for _look in range(PATIENCE):
            await pilot.pause(0.05)
            svg = app.export_screenshot(title="tui-mail")
            if svg == before:
                break
            before = svg
        return plain(before)


def go_to(app: MailApp, subject: str) -> None:
    """Put the cursor on the first row whose subject holds these words."""
    messages = app.mail_screen.messages
    for place, row in enumerate(messages.model):
        if messages.window is not None:
            messages.window.load([row])
            shown = messages.window.shown(row)
            if shown is not None and subject in (shown.newest.subject if hasattr(shown, "newest") else shown.subject):
                messages.move(place)
                return
    raise SystemExit(f"The practice mailbox has no message about {subject!r}.")


def plain(svg: str) -> str:
    """The same picture with names that do not change from run to run, and fonts every machine has."""
    for number, name in enumerate(dict.fromkeys(re.findall(r"terminal-\d+", svg))):
        svg = svg.replace(name, f"terminal-{number}")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas")
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def draw_all() -> None:
    """Draw every picture into this directory."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    with tempfile.TemporaryDirectory() as directory:
        home = Home.find(directory, {})
        prepare_demo_home(home)
        if main(["--home", directory, "sync"]) != 0:
            raise SystemExit("The practice mailbox could not be filled.")
        with sqlite3.connect(home.mail_db) as store:  # whatever it took on this machine
            store.execute("UPDATE folder SET last_sync = ?", (int(DEMO_START),))
        store.close()
        os.umask(0o022)  # the command above made it private
        for picture in PICTURES:
            (HERE / f"{picture.name}.svg").write_text(asyncio.run(draw(home, picture)))


if __name__ == "__main__":
    draw_all()
