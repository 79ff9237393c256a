"""Pictures of the screen, looked at by people when they change; ``pytest tests/ui/snapshots --snapshot-update`` draws them.

The mail comes from the practice mailbox and the clock stands still, so the same program draws the same pictures. They
belong to one version of Textual, which draws borders and scroll bars: another one neither compares nor updates them.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
import textual
from textual.pilot import Pilot

from tui_mail.backends.demo import DEMO_START
from tui_mail.cli.main import main
from tui_mail.cli.practice import ACCOUNT, prepare_demo_home
from tui_mail.config.paths import Home
from tui_mail.config.settings import Settings
from tui_mail.link.messages import Alert, Done, Request, State, Trouble
from tui_mail.model.clock import FrozenClock
from tui_mail.ui.app import MailApp
from tui_mail.ui.dialogs.account_form import AccountForm

TEXTUAL: Final = "8.2.8"
"""The version the pictures were drawn with."""

Compare = Callable[..., bool]
LOOKS = {
    "dark": ("dark", (110, 30)),
    "light": ("light", (110, 30)),
    "ansi": ("ansi", (110, 30)),
    "narrow": ("dark", (60, 20)),
}
"""Themes, and a small terminal."""
SCENES = {
    "list": "",
    "reader": "open",
    "help": "help",
    "folders": "move",
    "palette": "palette",
    "account": "",
    "troubles": "errors",
    "empty": "go-archive",
}
"""Scenes, and the action that shows each."""


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A filled practice mailbox."""
    zone = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    directory = tmp_path_factory.mktemp("practice") / "home"
    prepare_demo_home(Home.find(str(directory), {}))
    assert main(["--home", str(directory), "sync"]) == 0
    yield directory
    os.environ.pop("TZ") if zone is None else os.environ.update(TZ=zone)
    time.tzset()


@pytest.fixture
def right_textual(request: pytest.FixtureRequest) -> None:
    if textual.__version__ != TEXTUAL:
        if request.config.getoption("--snapshot-update"):
            pytest.fail(f"the pictures are drawn with Textual {TEXTUAL}, this is {textual.__version__}")
        pytest.skip(f"the pictures were drawn with Textual {TEXTUAL}, this is {textual.__version__}")


class StillApp(MailApp):
    """Its picture has no names that change from run to run."""

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        svg = super().export_screenshot(title=title or "tui-mail", simplify=simplify)
        names = dict.fromkeys(re.findall(r"terminal-\d+", svg))
        for name in names:
            svg = svg.replace(name, "terminal-1")
        return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


async def _refuse(request: Request) -> Done:
    return Done(request.id, ok=False)


async def _show(pilot: Pilot[int], scene: str) -> None:
    app = pilot.app
    assert isinstance(app, StillApp)
    main_screen, connection = app.mail_screen, app.mail_screen.connection
    await pilot.pause()
    connection.lost("")
    if scene == "troubles":
        connection.take(State(ACCOUNT, "error", "The server at imap.example.org did not answer within 60 seconds."))
        connection.take(Alert(ACCOUNT, "This mailbox is almost full: 95 % of 2 GB are used."))
        connection.take(
            Trouble(ACCOUNT, "refused", "The server refused to move 3 messages to Archive: no such folder.")
        )
    else:
        connection.take(State(ACCOUNT, "online"))
    main_screen.show_status()
    if scene == "account":
        await app.push_screen(AccountForm(_refuse))
    elif SCENES[scene]:
        app.act(SCENES[scene], None)
    if scene == "empty":
        await pilot.pause()
        app.act("filter", None)
        await pilot.pause()
        await pilot.press("2")
    await app.workers.wait_for_complete()
    before = ""
    for _look in range(50):
        await pilot.pause(0.05)
        svg = app.export_screenshot()
        if svg == before:
            return
        before = svg
    raise AssertionError("the screen never stood still")


@pytest.mark.usefixtures("right_textual")
@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("look", LOOKS)
def test_picture(look: str, scene: str, practice: Path, tmp_path: Path, snap_compare: Compare) -> None:
    theme, size = LOOKS[look]
    home = Home.find(str(shutil.copytree(practice, tmp_path / "home")), {})
    settings = replace(Settings(), ui=replace(Settings().ui, theme=theme, seen_on_open=False))
    app = StillApp(home, settings, clock=FrozenClock(DEMO_START + 12), engine=False)
    assert snap_compare(app, terminal_size=size, run_before=lambda pilot: _show(pilot, scene))


@pytest.mark.parametrize("scene", ["reader", "help", "palette", "account"])
async def test_another_theme_paints_everything_anew(scene: str, practice: Path, tmp_path: Path) -> None:
    pictures = []
    for theme in ("light", "dark"):
        home = Home.find(str(shutil.copytree(practice, tmp_path / theme)), {})
        settings = replace(Settings(), ui=replace(Settings().ui, theme=theme, seen_on_open=False))
        app = StillApp(home, settings, clock=FrozenClock(DEMO_START + 12), engine=False)
        async with app.run_test(size=(110, 30)) as pilot:
            await _show(pilot, scene)
            if theme == "dark":
                app.use_theme("light")
                for _time in range(4):
                    await pilot.pause(0.05)
            pictures.append(app.export_screenshot())
    assert pictures[0] == pictures[1]
