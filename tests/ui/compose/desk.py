"""A composer on the whole user interface, over a real store in a home of its own; and what stands in that store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from tests.fakes.seeded_store import Mail
from tests.ui.running import home_with, running, until
from tui_mail.config.accountfiles import save_account
from tui_mail.config.accounts import from_table
from tui_mail.config.paths import Home
from tui_mail.model.draft import Draft
from tui_mail.model.flags import Flag
from tui_mail.model.mail import Item, Role
from tui_mail.model.outbox import OutboxMessage
from tui_mail.ui.app import MailApp
from tui_mail.ui.compose.screen import ComposeScreen

LETTER = Mail("Lunch", "Joan Clarke <joan@example.net>", body="Shall we?\n\nJoan\n")
WITH_CC = "me@example.org, Alan Turing <alan@example.org>"


def letters(directory: Path, mails: Sequence[Mail] = (LETTER,), *, aliases: Sequence[str] = ()) -> Home:
    """A home with an inbox of ``mails``, whose owner may write from ``aliases`` too."""
    home = home_with(directory, mails)
    table = {"name": "work", "email": "me@example.org", "from_name": "Me", "kind": "demo", "aliases": list(aliases)}
    save_account(home, from_table(table))
    return home


@asynccontextmanager
async def writing(
    home: Home, action: str = "compose", size: tuple[int, int] = (110, 30), **ui: object
) -> AsyncIterator[tuple[MailApp, Pilot[int], ComposeScreen]]:
    """The composer that ``action`` opens."""
    async with running(home, size=size, **ui) as (app, pilot):
        app.act(action, None)
        await opened(app, pilot)
        yield app, pilot, app.writing.composers[-1]


async def opened(app: MailApp, pilot: Pilot[int]) -> ComposeScreen:
    """The composer on top, once it is there."""
    await until(pilot, lambda: isinstance(app.screen, ComposeScreen) and app.screen.is_mounted)
    await pilot.pause()
    return app.writing.composers[-1]


async def type_into(pilot: Pilot[int], text: str) -> None:
    """Type as fast as a test can."""
    await pilot.press(*("enter" if char == "\n" else "space" if char == " " else char for char in text))


def saved(app: MailApp) -> list[Draft]:
    """What is in the table of drafts."""
    drafts = app.data.drafts
    rows = drafts._keep.connection.execute("SELECT id FROM draft ORDER BY id").fetchall()
    return [drafts.read(number)[0] for (number,) in rows]


def in_drafts(app: MailApp) -> list[Item]:
    """What is in the Drafts folder."""
    folder = app.data.folder_of_role(Role.DRAFTS, "work")
    assert folder is not None
    from tui_mail.store.reading.query import ListQuery

    return app.data.reader.list_items(ListQuery(folders=(folder.id,)), 50)


def queued(app: MailApp) -> list[OutboxMessage]:
    """What is in the outbox."""
    return app.data.outbox.messages()


def foot_of(composer: ComposeScreen) -> str:
    """The lower line at the bottom."""
    return composer.foot.render_line(1).text


UNSEEN = Flag.NONE
