"""All accounts of a home: their runners, what clients have on screen, and who waits for something to settle.

Owns which accounts run. Must not know requests nor the life of the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future
from functools import partial

from tui_mail.backends.protocol import MailBackend, MailSender
from tui_mail.config.accountfiles import check_free, load_account_files, load_accounts, rename_account, save_account
from tui_mail.config.accounts import Account
from tui_mail.config.settings import load_settings
from tui_mail.engine.account import Runner
from tui_mail.engine.backends import BackendFactory, SenderFactory
from tui_mail.engine.core import Core
from tui_mail.engine.lanes import Urgency
from tui_mail.engine.mailing import Mailing
from tui_mail.engine.secrets import Secrets
from tui_mail.engine.sent import Sent
from tui_mail.engine.timing import Pulse
from tui_mail.engine.watching import Views
from tui_mail.link.messages import Alert, Fetching
from tui_mail.model.errors import NotFound, StoreDamaged, UsageError
from tui_mail.model.ids import AccountName, OutboxId
from tui_mail.model.outbox import OutboxMessage, OutboxState
from tui_mail.model.words import _
from tui_mail.store.sending.delivery import Delivery

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0


class Supervisor:
    """Runs every account of the home between ``start`` and ``stop``."""

    def __init__(
        self,
        core: Core,
        secrets: Secrets,
        backends: BackendFactory,
        senders: SenderFactory,
        *,
        alone: bool,
        damaged: Callable[[StoreDamaged], None],
    ) -> None:
        self.runners: dict[AccountName, Runner] = {}
        self.mailings: dict[AccountName, Mailing] = {}
        """What sends each account's messages."""
        self.settled = Pulse()
        """Beats when an operation or the state of an account changed."""
        self._core = core
        self._secrets = secrets
        self._backends = backends
        self._senders = senders
        self._delivery: Delivery | None = None
        self._alone = alone
        self._damaged = damaged
        self._changing = asyncio.Lock()
        """Held while accounts change: what one change takes for gone, another may be about to bring."""
        self.views = Views()

    def start(self, accounts: Iterable[Account]) -> None:
        """Start what works for these accounts. What an engine before left in the middle of sending is settled first."""
        if self._delivery is None:
            self._delivery = Delivery(self._core.home, self._core.timing.clock)
            for message in self._delivery.recover():
                log.warning("%s: message %d: its sending was interrupted", message.account, message.id)
        for account in accounts:
            runner = Runner(
                self._core,
                account,
                self.make_backend,
                alone=self._alone,
                settled=self.settled.beat,
                came=partial(self._came, account.name),
                views=self.views,
                damaged=self._damaged,
            )
            sent = Sent(self._core, self._delivery, account, runner, alone=self._alone, wake=self.wake)
            mailing = Mailing(
                self._core,
                self._delivery,
                account,
                self._make_sender,
                sent,
                alone=self._alone,
                settled=self.settled.beat,
                wake=self.wake,
            )
            self.runners[account.name] = runner
            self.mailings[account.name] = mailing
            runner.start()
            mailing.start()

    async def stop(self) -> None:
        """End it all; messages in the middle of being sent first, for they may need their answer."""
        await asyncio.gather(*(mailing.stop() for mailing in self.mailings.values()))
        await asyncio.gather(*(runner.stop() for runner in self.runners.values()))
        self.mailings.clear()
        self.runners.clear()
        if self._delivery is not None:
            self._delivery.close()
            self._delivery = None

    async def reload(self) -> None:
        """Read the configuration anew: stop what is gone, start what is new, restart what changed.

        What the store holds of an account whose file was removed is dropped. Raises ConfigError, nothing changed then.
        """
        async with self._changing:
            await self._reload()

    async def save(self, account: Account) -> None:
        """Write the file of an account that is new or changed, and take it up. Raises ConfigError."""
        async with self._changing:
            await self.settle_names()  # what still goes by its name may be another's that was called so
            await asyncio.to_thread(save_account, self._core.home, account)
            await self._reload()

    async def rename(self, old: AccountName, wanted: str) -> None:
        """Call an account ``wanted`` from now on. Raises UsageError, ConfigError, SignInRefused, nothing changed then.

        The file of the account is where this is decided, in one step. The password is there by both names around it;
        the store follows the file, now or, after a crash, with the next engine.
        """
        async with self._changing:
            home, account = self._core.home, self.runner(old).account
            if old == wanted:
                return
            new = await asyncio.to_thread(check_free, home, wanted, old)
            if await self._core.write(Urgency.NEWS, lambda writer: writer.holds(new)):
                raise UsageError(
                    _("Mail of an earlier account {name} is here still: choose another name.").format(name=new)
                )
            await self._stop([each for each, runner in self.runners.items() if old in (each, runner.account.owner)])
            try:
                await asyncio.to_thread(self._secrets.copy, account, new)
                await asyncio.to_thread(rename_account, home, old, new)
                log.info("%s: is called %s now", old, new)
            finally:
                files = await asyncio.to_thread(load_account_files, home)
                for name in {old, new} - files.keys():
                    await asyncio.to_thread(self._secrets.forget, name)
                await self._reload()

    async def settle_names(self) -> None:
        """See to it that nothing goes by a name that an account had before."""
        for name in await self._core.write(Urgency.NEWS, lambda writer: writer.renamed_accounts()):
            await asyncio.to_thread(self._secrets.forget, name)

    async def _reload(self) -> None:
        home = self._core.home
        paused = self._core.paused
        self._core.settings = await asyncio.to_thread(load_settings, home)
        accounts = {account.name: account for account in await asyncio.to_thread(load_accounts, home)}
        stale = [name for name, runner in self.runners.items() if accounts.get(name) != runner.account]
        await self._stop(stale)
        await self.settle_names()
        files = await asyncio.to_thread(load_account_files, home)
        there = await asyncio.to_thread(home.accounts_dir.is_dir)  # a directory moved away is no wish to forget
        held = {folder.account for folder in await self._core.read(lambda reader: reader.folders())}
        for name in held - files.keys() if there else ():
            log.info("%s: removed", name)
            await self._drop(name)
        self.start(account for name, account in accounts.items() if name not in self.runners)
        for runner in self.runners.values():
            runner.retry_now()
            if paused and not self._core.paused:
                runner.look_again()
        if paused is not self._core.paused:
            self._core.announcer.tell(Fetching(paused=self._core.paused))
        for mailing in self.mailings.values():
            await mailing.retry_now()
        self._core.list_changed()
        self.settled.beat()

    async def _stop(self, names: Collection[AccountName]) -> None:
        await asyncio.gather(*(self.mailings.pop(name).stop() for name in names))
        await asyncio.gather(*(self.runners.pop(name).stop() for name in names))

    def make_backend(self, account: Account) -> MailBackend:
        """A backend for the account as it is configured, with its secret. Raises ConfigError."""
        return self._backends(account, self._secrets.source(account), self._alerts(account.name))

    def _make_sender(self, account: Account) -> MailSender:
        """A sender for the account as it is configured, with its secret. Raises ConfigError."""
        return self._senders(account, self._secrets.source(account))

    def mailing(self, account: str) -> Mailing:
        """What sends an account's messages. Raises NotFound."""
        return self.mailings[self.runner(account).account.name]

    def runner(self, account: str) -> Runner:
        """The runner of an account. Raises NotFound."""
        runner = self.runners.get(AccountName(account))
        if runner is None:
            names = ", ".join(self.runners) or _("none")
            raise NotFound(_("There is no account {name}; there are: {names}.").format(name=account, names=names))
        return runner

    async def wait_sent(self, numbers: Iterable[int]) -> None:
        """Return when each of these messages has been tried, and its copy seen to as far as that can be done now."""
        assert self._delivery is not None  # started, as everything that answers requests
        await self.wake()  # which account's they are is known then
        wanted = [OutboxId(number) for number in numbers]
        while True:
            settled = self.settled.next()
            messages = [await asyncio.to_thread(self._delivery.message, number) for number in wanted]
            fresh = [each for each in messages if each is not None and _untried(each)]
            if not fresh:
                break
            for account in {message.account for message in fresh}:
                if self._alone:
                    await self.mailing(account).drain()
                else:
                    self.mailing(account).wake()
            await self._core.timing.wait(settled, _LOOK_SECONDS)
        for account in {message.account for message in messages if message is not None}:
            await self.mailing(account).settle()
            if self._alone:
                owner = self.runner(account).account.owner  # the copy goes to that one's folders
                await self.runner(owner).use(lambda session: session.operate())

    async def something_to_send(self) -> bool:
        """True while a message waits that can be sent without the person."""
        if self._delivery is None:
            return False
        for name in self.mailings:
            if await asyncio.to_thread(self._delivery.next_due, name) is not None:
                return True
        return False

    async def wake(self) -> None:
        """Fold what is new in the journal, tell clients, and let the accounts carry it out."""
        folded = await self._core.write(Urgency.FOLD, lambda writer: writer.fold())
        self._core.changed(folded.folders)
        for runner in self.runners.values():
            runner.wake()
        for mailing in self.mailings.values():
            mailing.wake()

    async def reconnect(self) -> None:
        """The machine slept or its network changed: connections are not to be trusted, and what waited for a better
        moment may have it now.
        """
        for runner in self.runners.values():
            runner.drop()
        for mailing in self.mailings.values():
            await mailing.retry_now()

    def _came(self, account: AccountName) -> None:
        """An account is connected: copies that waited for that can be made."""
        mailing = self.mailings.get(account)
        if mailing is not None:
            mailing.wake()

    def _alerts(self, account: AccountName) -> Callable[[str], None]:
        """A callback for any thread."""
        loop = asyncio.get_running_loop()

        def tell(text: str) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody listens any more
                loop.call_soon_threadsafe(self._alert, account, text)

        return tell

    def _alert(self, account: AccountName, text: str) -> None:
        """A server wants a person to read something: kept until somebody has, told to who is there."""

        def told(noted: Future[bool]) -> None:
            if noted.cancelled() or noted.exception() is not None or noted.result():
                with contextlib.suppress(RuntimeError):  # as above
                    loop.call_soon_threadsafe(self._core.announcer.tell, Alert(account=account, text=text))

        loop = asyncio.get_running_loop()
        self._core.submit(Urgency.NEWS, lambda writer: writer.note_alert(account, text)).add_done_callback(told)

    async def _drop(self, account: AccountName) -> None:
        await self._core.write(Urgency.NEWS, lambda writer: writer.drop_account(account))
        await asyncio.to_thread(self._secrets.forget, account)


def _untried(message: OutboxMessage) -> bool:
    """True while it has not been seen what becomes of a message."""
    if message.state in (OutboxState.SENDING, OutboxState.COMMITTING):
        return True
    return message.state is OutboxState.QUEUED and (message.held or not message.error)
