"""Letting a server search what is not here: its hits as items of the store.

Owns which folders are asked and how many hits are taken. Must not know what the person typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from tui_mail.engine.account import Runner
from tui_mail.engine.core import Core
from tui_mail.engine.lanes import Urgency
from tui_mail.engine.session import Session
from tui_mail.model.errors import Gone, Refused
from tui_mail.model.ids import ItemId
from tui_mail.store.mirror.results import ServerFolder

MOST = 5000
"""Hits taken for one text: who looks at more asks more precisely."""


async def search_server(core: Core, runner: Runner, texts: Sequence[str]) -> list[list[ItemId]]:
    """For each text the items that the account's server finds, newest of a folder first. Raises what connecting does."""
    return [await runner.use(partial(_search, core, runner, text)) for text in texts]


async def _search(core: Core, runner: Runner, text: str, session: Session) -> list[ItemId]:
    found: list[ItemId] = []
    for folder in await core.write(Urgency.PERSON, lambda writer: writer.server_folders(runner.account.name)):
        if folder.selectable and folder.name and len(found) < MOST:
            found += await _in_folder(core, session, folder, text)
    return found[:MOST]


async def _in_folder(core: Core, session: Session, folder: ServerFolder, text: str) -> list[ItemId]:
    try:
        uids = (await session.search(folder.name, text))[:MOST]
    except (Gone, Refused):
        return []  # a folder that is not there any more, or lets nobody search, holds no hit
    return await core.read(lambda reader: reader.items_at(folder.id, uids))
