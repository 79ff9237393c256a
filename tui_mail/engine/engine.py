"""The engine as an object: made, started, run until it is no longer needed, stopped.

Owns its life: the link, the heartbeat, the end ten minutes after the last client. Must not know processes
(``engine.host`` does) nor what a request does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from tui_mail.config.accountfiles import load_accounts
from tui_mail.config.paths import Home
from tui_mail.config.settings import load_settings
from tui_mail.engine.backends import BackendFactory, SenderFactory, default_backends, default_senders
from tui_mail.engine.cache import make_room
from tui_mail.engine.core import Core
from tui_mail.engine.lanes import Urgency
from tui_mail.engine.leftovers import Leftovers
from tui_mail.engine.network import Addresses, source_addresses
from tui_mail.engine.outside import Outside
from tui_mail.engine.requests import Requests
from tui_mail.engine.secrets import Secrets
from tui_mail.engine.supervisor import Supervisor
from tui_mail.engine.timing import Timing
from tui_mail.link.messages import Done, Request
from tui_mail.link.server import Server
from tui_mail.model.clock import Clock
from tui_mail.model.errors import StoreDamaged, StoreError, TuiMailError
from tui_mail.model.operation import OperationState

log = logging.getLogger(__name__)

IDLE_END_SECONDS = 600.0
"""How long an engine outlives its last client when nothing is due."""
_HEARTBEAT = 5.0
_SLEPT_SECONDS = 30.0
"""A wall clock that ran ahead of the machine's own by this much: the machine slept."""
_TIDY_FIRST = 120.0
_TIDY_EVERY = 6 * 3600.0
_WAITING = frozenset({OperationState.QUEUED, OperationState.RUNNING, OperationState.RETRY})


class Engine:
    """One home's engine. The caller holds the engine lock and has prepared the store.

    ``alone``: nothing happens by itself, only what ``handle`` is asked (`sync` hosts one so). ``stay``: it does not end
    for want of clients. ``tick``: the longest real sleep, for tests whose clock is moved by hand.
    """

    def __init__(
        self,
        home: Home,
        clock: Clock,
        *,
        stay: bool = False,
        alone: bool = False,
        backends: BackendFactory | None = None,
        senders: SenderFactory | None = None,
        network: Callable[[], Addresses] = source_addresses,
        outside: Outside | None = None,
        tick: float = 10.0,
    ) -> None:
        self._home = home
        self._stay = stay
        self._timing = Timing(clock, tick)
        self.core = Core(home, self._timing, load_settings(home))
        secrets = Secrets(home)
        factory = backends or default_backends(home, clock, alone=alone)
        self.supervisor = Supervisor(
            self.core, secrets, factory, senders or default_senders(home, clock), alone=alone, damaged=self._damaged
        )
        self._network = network
        self._leftovers = Leftovers(home, clock)
        self._requests = Requests(
            self.core,
            self.supervisor,
            secrets,
            factory,
            stop=self.end,
            damaged=self._damaged,
            outside=outside,
        )
        self._server = Server(home.socket, self)
        self._ending = asyncio.Event()
        self._damage: StoreDamaged | None = None
        self._left = 0.0
        self._keep_version = -1

    async def start(self) -> None:
        """Open the store, fold what waits, start the accounts, listen. Raises ConfigError, StoreError, EngineTrouble."""
        accounts = load_accounts(self._home)
        self._left = self._timing.monotonic()
        self.core.announcer.listeners.append(self._server.broadcast)
        try:
            self.core.start()
            await self.supervisor.settle_names()
            await self._file_leftovers()
            await self.supervisor.wake()
            self.supervisor.start(accounts)
            await self._server.start()  # last: who connects finds the accounts
        except BaseException:
            await self.supervisor.stop()
            await self._server.close()
            self._leftovers.close()
            await self.core.close()
            raise
        log.info("started with %d accounts", len(accounts))

    async def run(self) -> None:
        """Until ``end``, a Stop or the idle end. Raises StoreDamaged when the store has to be made anew."""
        tidied = self._timing.monotonic() + _TIDY_FIRST - _TIDY_EVERY
        wall, steady = self._timing.now(), self._timing.monotonic()
        network = self._network()
        while not await self._timing.wait(self._ending, _HEARTBEAT):
            if not self._home.lock_file.exists():
                log.warning("the home was removed: ending")
                break
            try:
                await self._look_at_journal()
                await self._file_leftovers()
            except StoreDamaged as error:
                self._damaged(error)
                break
            except StoreError as error:
                log.warning("the journal cannot be read now: %s", error.text)  # a full disk, most likely: it passes
                continue
            slept = (self._timing.now() - wall) - (self._timing.monotonic() - steady)
            wall, steady = self._timing.now(), self._timing.monotonic()
            before, network = network, self._network()
            if slept > _SLEPT_SECONDS:
                log.info("the machine slept for %.0f seconds", slept)
            elif network != before:
                log.info("the network changed")
            if slept > _SLEPT_SECONDS or (network != before and network):
                await self.supervisor.reconnect()
            if steady - tidied >= _TIDY_EVERY:
                tidied = steady
                await self._tidy()
            self.core.rest_rendering()
            if await self._is_over():
                log.info("nobody is there and nothing is due: ending")
                break
        if self._damage is not None:
            raise self._damage

    async def stop(self) -> None:
        """End in good order: what is under way in the store is finished, connections are closed."""
        self._ending.set()
        self.core.announcer.flush()
        await self._server.close()  # first: who comes now finds nobody, and starts the next engine
        await self.supervisor.stop()
        self._leftovers.close()
        await self.core.close()
        log.info("stopped")

    def end(self) -> None:
        """Let ``run`` return."""
        self._ending.set()

    async def handle(self, request: Request, client: int = 0) -> Done:
        """Answer a request. Raises TuiMailError for what ends in an error."""
        return await self._requests.handle(request, client)

    def came(self, client: int) -> None:
        """A client greeted."""
        log.debug("client %d came", client)

    def left(self, client: int) -> None:
        """A client has gone."""
        log.debug("client %d left", client)
        self._left = self._timing.monotonic()
        self.supervisor.views.put(client, None)

    async def _look_at_journal(self) -> None:
        """Somebody may have written without waking us (`--no-engine`, a window that was killed in between)."""
        version = (await self.core.read(lambda reader: reader.data_version()))[0]
        if version != self._keep_version:
            self._keep_version = version
            await self.supervisor.wake()

    async def _file_leftovers(self) -> None:
        """Drafts whose window came to a bad end go to the Drafts folder."""
        if await asyncio.to_thread(self._leftovers.file):
            log.info("a draft was left behind by a window that ended, and is filed")
            await self.supervisor.wake()

    async def _tidy(self) -> None:
        try:
            await make_room(self.core, [runner.account for runner in self.supervisor.runners.values()])
            await self.core.write(Urgency.IDLE, lambda writer: writer.tidy())
        except StoreDamaged as error:
            self._damaged(error)
        except TuiMailError as error:
            log.warning("housekeeping: %s", error.text)  # it is tried again in a few hours

    async def _is_over(self) -> bool:
        if self._stay or self._server.clients:
            return False
        if self._timing.monotonic() - self._left < IDLE_END_SECONDS:
            return False
        return not await self._something_due()

    async def _something_due(self) -> bool:
        """Operations and messages that need no person keep the engine."""
        if await self.supervisor.something_to_send():
            return True
        pending = await self.core.read(lambda reader: reader.pending())
        accounts = {operation.account for operation in pending if operation.state in _WAITING}
        runners = [self.supervisor.runners[name] for name in accounts if name in self.supervisor.runners]
        return any(runner.state not in ("sign-in", "error") for runner in runners)

    def _damaged(self, error: StoreDamaged) -> None:
        log.error("the store is damaged: %s", error.text)
        self._damage = error
        self._ending.set()
