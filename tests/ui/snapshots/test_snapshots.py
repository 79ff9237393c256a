"""Pictures of the screen, looked at by people when they change; ``pytest tests/ui/snapshots --snapshot-update`` draws them.

The mail comes from the practice mailbox and the clock stands still, so the same program draws the same pictures. They
belong to one version of Textual, which draws borders and scroll bars: another one neither compares nor updates them.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
import textual
from textual.pilot import Pilot

from tests.ui.running import until
from tui_mail.backends.demo import DEMO_START
from tui_mail.cli.main import main
from tui_mail.cli.practice import ACCOUNT, prepare_demo_home
from tui_mail.config.paths import Home
from tui_mail.config.settings import Settings
from tui_mail.link.messages import Alert, Done, Request, State, Trouble
from tui_mail.mime.compose.build import build
from tui_mail.model.clock import FrozenClock
from tui_mail.model.draft import AttachedFile, Draft, Identity
from tui_mail.model.errors import RecipientsRefused, Unreachable
from tui_mail.model.ids import AccountName, OutboxId
from tui_mail.store.reader import Reader
from tui_mail.store.sending.delivery import Delivery
from tui_mail.store.sending.outbox import Outbox
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
    "compose": "reply-all",
    "menu": "reply-all",
    "review": "reply-all",
    "outbox": "go-outbox",
}
"""Scenes, and the action that shows each."""


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A filled practice mailbox."""
    zone = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    directory = tmp_path_factory.mktemp("practice") / "home"
    home = Home.find(str(directory), {})
    prepare_demo_home(home)
    assert main(["--home", str(directory), "sync"]) == 0
    mail = sqlite3.connect(home.mail_db)
    with mail:  # however long that took
        mail.execute("UPDATE folder SET last_sync = ?", (int(DEMO_START),))
    mail.close()
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


async def _write(app: MailApp, pilot: Pilot[int], scene: str) -> None:
    """Answer the message under the cursor, as far as ``scene`` goes."""
    composer = app.writing.composers[-1]
    if scene in {"menu", "review"}:
        composer.use(
            attachments=tuple(
                AttachedFile(name, "application/pdf", size, app.data.drafts.keep(name.encode()))
                for name, size in (("agenda.pdf", 188_416), ("notes of the last meeting.txt", 2_100))
            )
        )
        composer.head.use("cc").value = "Alan Turing <alan@example.org>"
    composer.body.insert("Gladly: Thursday at 14:00 is fine.\n\nUntil then\nAda\n")
    if scene == "review":
        composer.use(attachments=())
        composer.body.insert("The notes are attached.\n")
    await pilot.pause()
    if scene != "compose":
        await pilot.press("escape")
    composer.save_now()
    if scene == "review":
        composer.act("review")


def _queue(home: Home, clock: FrozenClock) -> None:
    """One message of every kind in the outbox."""
    reader = Reader(home)
    outbox, delivery = Outbox(home, clock, reader), Delivery(home, clock)
    me = Identity(AccountName(ACCOUNT), "Ada Lovelace", "ada@example.org")
    numbers: list[OutboxId] = []
    for subject, to in (
        ("Budget for the second quarter", "Joan Clarke <joan@example.net>"),
        ("Re: Flight software review", "Margaret Hamilton <margaret@example.org>, al@example.com"),
        ("Telescope", "Maria Mitchell <maria@example.org>"),
        ("Compiler meeting moved to Thursday", "Grace Hopper <grace@example.org>"),
    ):
        letter = Draft(me, to=to, subject=subject, body="As promised.\n", message_id=f"{len(numbers)}@example.org")
        built = build(letter, lambda _raw: b"", clock.now())
        hold = 8 if subject.startswith("Compiler") else 0
        numbers.append(outbox.queue(me.account, built, draft=letter, hold=hold))
    lost, refused, waits, _held = numbers
    delivery.claim(lost)
    delivery.commit(lost, ["joan@example.net"])
    text = "smtp.example.org did not answer when the whole message was there, so it may have been sent. "
    delivery.unknown(lost, text + "Look into the Sent folder, or ask whom it is for, before you send it again.")
    delivery.claim(refused)
    replies = {"al@example.com": "550 5.1.1 <al@example.com>: no such user here"}
    delivery.refused(refused, RecipientsRefused("The server refused al@example.com: nothing was sent.", replies))
    delivery.claim(waits)
    delivery.again(waits, Unreachable("The server at smtp.example.org did not answer."), int(clock.now()) + 420)
    for part in (delivery, outbox, reader):
        part.close()


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
        if scene == "outbox":
            assert isinstance(app.clock, FrozenClock)
            _queue(app.home, app.clock)
        app.act(SCENES[scene], None)
    if scene in {"compose", "menu", "review"}:
        await app.workers.wait_for_complete()
        await until(pilot, lambda: app.writing.composers and app.writing.composers[-1].body.has_focus)
        await _write(app, pilot, scene)
    if scene == "empty":
        await pilot.pause()
        app.act("filter", None)
        await pilot.pause()
        await pilot.press("2")
    await _still(app, pilot)


async def _still(app: MailApp, pilot: Pilot[int]) -> None:
    """Until the screen shows all that it is going to show."""
    before = ""
    for _look in range(600):
        await app.workers.wait_for_complete()
        await pilot.pause(0.05)
        await pilot.pause()
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
                await _still(app, pilot)
            pictures.append(app.export_screenshot())
    assert pictures[0] == pictures[1]
