"""All accounts of a home: their runners, what clients have on screen, and who waits for something to settle.

Owns which accounts run. Must not know requests nor the life of the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable

from tui_mail.backends.protocol import MailBackend
from tui_mail.config.accounts import Account, load_account_files, load_accounts
from tui_mail.config.settings import load_settings
from tui_mail.engine.account import Runner
from tui_mail.engine.backends import BackendFactory
from tui_mail.engine.core import Core
from tui_mail.engine.lanes import Urgency
from tui_mail.engine.secrets import Secrets
from tui_mail.engine.timing import Pulse
from tui_mail.engine.watching import Views
from tui_mail.link.messages import Alert
from tui_mail.model.errors import NotFound, StoreDamaged
from tui_mail.model.ids import AccountName
from tui_mail.model.words import _

log = logging.getLogger(__name__)


class Supervisor:
    """Runs every account of the home between ``start`` and ``stop``."""

    def __init__(
        self,
        core: Core,
        secrets: Secrets,
        backends: BackendFactory,
        *,
        alone: bool,
        damaged: Callable[[StoreDamaged], None],
    ) -> None:
        self.runners: dict[AccountName, Runner] = {}
        self.settled = Pulse()
        """Beats when an operation or the state of an account changed."""
        self._core = core
        self._secrets = secrets
        self._backends = backends
        self._alone = alone
        self._damaged = damaged
        self.views = Views()

    def start(self, accounts: Iterable[Account]) -> None:
        for account in accounts:
            runner = Runner(
                self._core,
                account,
                self.make_backend,
                alone=self._alone,
                settled=self.settled.beat,
                views=self.views,
                damaged=self._damaged,
            )
            self.runners[account.name] = runner
            runner.start()

    async def stop(self) -> None:
        await asyncio.gather(*(runner.stop() for runner in self.runners.values()))
        self.runners.clear()

    async def reload(self) -> None:
        """Read the configuration anew: stop what is gone, start what is new, restart what changed.

        What the store holds of an account whose file was removed is dropped. Raises ConfigError, nothing changed then.
        """
        home = self._core.home
        self._core.settings = await asyncio.to_thread(load_settings, home)
        accounts = {account.name: account for account in await asyncio.to_thread(load_accounts, home)}
        stale = [name for name, runner in self.runners.items() if accounts.get(name) != runner.account]
        await asyncio.gather(*(self.runners.pop(name).stop() for name in stale))
        files = await asyncio.to_thread(load_account_files, home)
        there = await asyncio.to_thread(home.accounts_dir.is_dir)  # a directory moved away is no wish to forget
        held = {folder.account for folder in await self._core.read(lambda reader: reader.folders())}
        for name in held - files.keys() if there else ():
            log.info("%s: removed", name)
            await self._drop(name)
        self.start(account for name, account in accounts.items() if name not in self.runners)
        for runner in self.runners.values():
            runner.retry_now()
        self._core.list_changed()
        self.settled.beat()

    def make_backend(self, account: Account) -> MailBackend:
        """A backend for the account as it is configured, with its secret. Raises ConfigError."""
        return self._backends(account, self._secrets.source(account), self._alerts(account.name))

    def runner(self, account: str) -> Runner:
        """The runner of an account. Raises NotFound."""
        runner = self.runners.get(AccountName(account))
        if runner is None:
            names = ", ".join(self.runners) or _("none")
            raise NotFound(_("There is no account {name}; there are: {names}.").format(name=account, names=names))
        return runner

    async def wake(self) -> None:
        """Fold what is new in the journal, tell clients, and let the accounts carry it out."""
        folded = await self._core.write(Urgency.FOLD, lambda writer: writer.fold())
        self._core.changed(folded.folders)
        for runner in self.runners.values():
            runner.wake()

    def reconnect(self) -> None:
        """The machine slept or its network changed: connections are not to be trusted."""
        for runner in self.runners.values():
            runner.drop()

    def _alerts(self, account: AccountName) -> Callable[[str], None]:
        """A callback for any thread."""
        loop = asyncio.get_running_loop()

        def tell(text: str) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody listens any more
                loop.call_soon_threadsafe(self._core.announcer.tell, Alert(account=account, text=text))

        return tell

    async def _drop(self, account: AccountName) -> None:
        await self._core.write(Urgency.NEWS, lambda writer: writer.drop_account(account))
        await asyncio.to_thread(self._secrets.forget, account)
