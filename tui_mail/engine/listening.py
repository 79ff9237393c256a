"""Push: waiting for news of the inbox, and looking at it when there are some.

Owns what is done about a server that has no push after all, no inbox, or news which are none. Must not know how a
folder is synchronised.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from tui_mail.backends.protocol import MailBackend
from tui_mail.engine.core import Core
from tui_mail.engine.folders import Folders
from tui_mail.model.errors import Gone, Refused
from tui_mail.model.ids import AccountName, FolderId

log = logging.getLogger(__name__)

INBOX: Final = "INBOX"
IDLE_SECONDS = 540.0
"""How long a push connection is left alone (address translation forgets it sooner than RFC 2177's 29 minutes)."""
_NO_INBOX_SECONDS = 60.0
_DEAF_ROUNDS = 3
_DEAF_SECONDS = 30.0
"""A push that reports news which are none is slowed down after this many times."""


class Listener:
    """Listens for one connected account. ``look`` looks at a folder, ``list_folders`` reads the list of them."""

    def __init__(
        self,
        core: Core,
        account: AccountName,
        backend: MailBackend,
        folders: Folders,
        look: Callable[[FolderId], Awaitable[None]],
        list_folders: Callable[[], Awaitable[None]],
    ) -> None:
        self._core = core
        self._account = account
        self._backend = backend
        self._folders = folders
        self._look = look
        self._list_folders = list_folders
        self._pages = 0

    def page_came(self) -> None:
        """Something was new: the server's word was true."""
        self._pages += 1

    async def run(self) -> None:
        """Until cancelled. The next wait begins before the look, so that nothing falls between the two."""
        inbox = await self._inbox()
        in_vain = 0
        waiting = asyncio.create_task(self._backend.wait(inbox[1], IDLE_SECONDS))
        try:
            while True:
                try:
                    news = await waiting
                except (Gone, Refused) as error:
                    log.warning("%s: no push: %s", self._account, error.text)
                    return await asyncio.Future()  # polling goes on without it
                waiting = asyncio.create_task(self._backend.wait(inbox[1], IDLE_SECONDS))
                if not news:
                    continue
                before = self._pages
                await self._look(inbox[0])
                in_vain = 0 if self._pages > before else in_vain + 1
                if in_vain >= _DEAF_ROUNDS:
                    await self._core.timing.sleep(_DEAF_SECONDS)
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)

    async def _inbox(self) -> tuple[FolderId, str]:
        """The inbox's id and server name; waits for the first list of folders."""
        while True:
            for folder in await self._folders.wanted(INBOX):
                return folder.id, folder.name
            await self._list_folders()
            if not await self._folders.wanted(INBOX):
                await self._core.timing.sleep(_NO_INBOX_SECONDS)
