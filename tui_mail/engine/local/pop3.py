"""A POP3 account as a backend: local folders, into whose inbox mail is fetched.

Owns visits to the mailbox: one at a time, not sooner than the server wants. Must not know when they are due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tui_mail.backends.pop3.session import Pop3Session
from tui_mail.backends.pop3.wire import Timeouts
from tui_mail.backends.secret import SecretSource
from tui_mail.config.accounts import Account
from tui_mail.config.paths import Home
from tui_mail.engine.local.backend import LocalBackend
from tui_mail.engine.local.collector import Collector
from tui_mail.engine.local.rules import Rule
from tui_mail.model.clock import Clock
from tui_mail.model.errors import Gone, NotFound
from tui_mail.model.remote import Caps, Collected
from tui_mail.model.words import _
from tui_mail.store.local.popmail import PopMail
from tui_mail.store.local.rows import INBOX


class Pop3Backend(LocalBackend):
    """``Collects``: the mailbox of ``account``, in the folders of the account that owns them."""

    def __init__(
        self, home: Home, account: Account, secret: SecretSource, clock: Clock, timeouts: Timeouts | None = None
    ) -> None:
        assert account.pop3 is not None
        super().__init__(home, account.name, clock, own=account.owner == account.name)
        self._server = account.pop3
        self._user = account.user
        self._owner = account.owner
        self._rule = Rule.of(account)
        self._secret = secret
        self._timeouts = timeouts
        self._visit = asyncio.Lock()

    async def _open(self) -> Pop3Session:
        return await Pop3Session.open(self._server, self._user, self._secret, self._timeouts)

    async def check(self) -> Caps:
        async with self._visit, await self._open() as session:
            await session.listing()
            able = session.capabilities
            await session.quit()
        return Caps(server=able.implementation or f"{self._server.host} (POP3)", keywords=True, local=False)

    async def collect(self, progress: Callable[[int, int], None]) -> Collected:
        async with self._visit:
            pop = await self._mail()
            await self._do(self._local.begin, self._owner)
            inbox = await self._do(self._local.folder, self._owner, INBOX)
            async with await self._open() as session:
                return await Collector(
                    session, self._local, pop, inbox, self._account, self._rule, self._clock, progress
                ).run()

    async def rest(self, uidvalidity: int, uid: int, progress: Callable[[int, int], None]) -> None:
        item = await self._do(self._local.item, uidvalidity, uid)
        if item.whole:
            return
        if item.pop is None:
            raise _not_there()
        pop = await self._mail()
        await self._do(pop.want, item.pop)
        collected = await self.collect(progress)
        if not (await self._do(self._local.item, uidvalidity, uid)).whole:
            raise NotFound(collected.troubles[0]) if collected.troubles else _not_there()

    async def _mail(self) -> PopMail:
        pop = PopMail(self._local, self._account, f"{self._user}@{self._server.host}")
        await self._do(pop.adopt)
        return pop


def _not_there() -> Gone:
    return Gone(_("The rest of this message is not at the server any more: only its header is left."))
