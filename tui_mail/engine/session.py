"""One connection to one account, while it lasts: rounds, push, operations, bodies, and what persons ask meanwhile.

Owns the tasks of a connected account and what each waits for. Any of them failing ends the session; ``engine.account``
decides what then. Must not know how to connect.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from tui_mail.backends.protocol import Collects, MailBackend
from tui_mail.config.accounts import Account
from tui_mail.config.policies import synchronises
from tui_mail.engine.bodies import Bodies
from tui_mail.engine.collecting import Collecting
from tui_mail.engine.core import Core
from tui_mail.engine.folders import Folders, Totals
from tui_mail.engine.lanes import Urgency
from tui_mail.engine.listening import INBOX, Listener
from tui_mail.engine.operator import Manners, Operator
from tui_mail.engine.parts import Parts
from tui_mail.engine.watching import Views, Watcher
from tui_mail.model.errors import (
    Gone,
    Refused,
    SignInRefused,
    StoreDamaged,
    StoreError,
    Throttled,
    TuiMailError,
    Unreachable,
)
from tui_mail.model.ids import FolderId
from tui_mail.model.mail import Role
from tui_mail.model.operation import OperationKind
from tui_mail.model.remote import Caps
from tui_mail.model.words import _

log = logging.getLogger(__name__)

_JITTER = 0.2

T = TypeVar("T")


def leaves(caps: Caps) -> frozenset[OperationKind]:
    """Operations after which messages are at their old place still, marked as deleted."""
    if caps.safe_expunge:
        return frozenset()
    return frozenset({OperationKind.EXPUNGE} if caps.move else {OperationKind.EXPUNGE, OperationKind.MOVE})


def abreast(caps: Caps) -> frozenset[OperationKind]:
    """Operations of which several may be under way at once. Not where a repeated move looks for its copies: it would
    take those of another for its own.
    """
    return frozenset({OperationKind.FLAGS, OperationKind.MOVE} if caps.move else {OperationKind.FLAGS})


class Session:
    """Runs between ``run`` and its end; the other calls are for the time between."""

    def __init__(
        self,
        core: Core,
        account: Account,
        backend: MailBackend,
        caps: Caps,
        totals: Totals,
        *,
        busy: Callable[[bool], None],
        useful: Callable[[], None],
        settled: Callable[[], None],
        away: Callable[[TuiMailError | None, float], None],
        views: Views,
    ) -> None:
        self._core = core
        self._account = account
        self._backend = backend
        self._totals = totals
        self._useful = useful
        self._busy = busy
        self._working = 0
        self.folders = Folders(core, account, backend, totals)
        self.folders.watched = views.folders
        self.folders.on_page = self._on_page
        self.folders.on_reset = self._on_reset
        self.bodies = Bodies(core, account, backend, self.folders)
        self.parts = Parts(core, account, backend, self.bodies)
        self._operator = Operator(
            core, account.name, backend, totals, self.folders.one, self.folders.listing, settled,
            Manners(leaves(caps), abreast(caps)), self.folders.reading,
        )  # fmt: skip
        self._operations = asyncio.Event()
        self._operations.set()
        self._operating = asyncio.Lock()
        self._rounding = asyncio.Lock()
        self._filling = asyncio.Lock()
        self._bodies_wanted = asyncio.Event()
        self._look_again = asyncio.Event()
        self._push = caps.push and synchronises(account, INBOX)
        self._listener = Listener(core, account.name, backend, self.folders, self._one, self._list_folders)
        self._watcher = Watcher(core, views, self.folders, self.bodies, self._one, pushed=self._push)
        self._collecting = (
            Collecting(core, account, backend, away, self._at_work) if isinstance(backend, Collects) else None
        )
        self._elsewhere: TuiMailError | None = None
        """What went wrong last at the server that mail is fetched from: no trouble of this connection."""
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._guests: set[asyncio.Task[Any]] = set()
        self._chance = random.Random()

    # -- the tasks

    async def prepare(self) -> None:
        """To be awaited before ``run`` and before anybody is given the session."""
        await self._operator.endings.take_up()
        await self._operator.endings.know_ended()

    async def run(self, *, alone: bool) -> None:
        """Work until something fails, and raise that. ``alone``: only what is asked for, nothing by itself."""
        loops: list[Callable[[], Coroutine[Any, Any, None]]] = [self._operate]
        if not alone:
            loops += [self._poll, self._fetch_bodies, self._watcher.run]
            if self._push:
                loops.append(self._listener.run)
            if self._collecting is not None:
                loops.append(self._collect)
        tasks = [asyncio.create_task(loop(), name=f"{self._account.name}:{loop.__qualname__}") for loop in loops]
        try:
            done, _pending = await asyncio.wait((*tasks, self._failed), return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        finally:
            if not self._failed.done():
                self._failed.cancel()
            # Guests end with the session: nobody may go on with its connection beside the next one's.
            tasks += self._guests
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def over(self) -> bool:
        """True as soon as it has failed, also while its tasks are still ending."""
        return self._failed.done()

    async def guarded(self, work: Coroutine[Any, Any, T]) -> T:
        """Await ``work`` for somebody outside. A failure of the connection ends the session, and the session's end the
        work: Unreachable then.
        """
        task = asyncio.create_task(work)
        self._guests.add(task)
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            raise
        finally:
            self._guests.discard(task)
        if task.cancelled():
            raise Unreachable(_("The connection ended."))
        error = task.exception()
        if isinstance(error, (Unreachable, Throttled, SignInRefused, StoreError)) and error is not self._elsewhere:
            self._fail(error)
        return task.result()

    async def _poll(self) -> None:
        """Rounds over all folders, the first at once."""
        while True:
            self._look_again.clear()
            await self.round()
            self._bodies_wanted.set()
            spread = self._chance.uniform(1 - _JITTER, 1 + _JITTER)
            await self._core.timing.wait(self._look_again, self._core.settings.sync.check_every * spread)

    async def _collect(self) -> None:
        """Mail that has to be fetched from elsewhere."""
        assert self._collecting is not None
        await self._collecting.run()

    async def _operate(self) -> None:
        """Operations as they come, and those whose time has come."""
        while True:
            await self._operations.wait()
            self._operations.clear()
            await self.operate()
            due = await self._core.write(Urgency.FOLD, lambda writer: writer.next_due(self._account.name))
            if due is not None:
                await self._core.timing.wait(self._operations, max(1.0, due - self._core.timing.now()))
                self._operations.set()

    async def _fetch_bodies(self) -> None:
        while True:
            await self._bodies_wanted.wait()
            async with self._rounding:
                pass  # headers first: bodies of a folder wait until the round that brings them is over
            self._bodies_wanted.clear()
            with self._at_work():
                async with self._filling:
                    await self.bodies.fill()

    # -- what others ask

    def drop(self) -> None:
        """The connection is not to be trusted any more: end the session."""
        self._fail(Unreachable(_("The connection was given up: the machine slept, or its network is another.")))

    def look_again(self) -> None:
        """Begin a round now, and then go on with bodies: a pause is over."""
        self._look_again.set()

    def collect_again(self) -> None:
        """Do not wait before the next try to fetch mail from elsewhere."""
        if self._collecting is not None:
            self._collecting.again()

    async def round(self, path: str = "", *, asked: bool = False) -> None:
        """One look at all folders (or the one at ``path``); rounds wait for each other."""
        with self._at_work():
            async with self._rounding:
                await self.folders.round(path, asked=asked)
        self._useful()

    async def whole(self, path: str, bodies: str, *, anew: bool = False, older: str = "") -> None:
        """Everything once, as a person asks for: a round, what waits to be carried out, what that changed, bodies.

        ``anew``: the folder at ``path`` is read from its beginning. ``older`` brings mail of it that was left on the
        server: "more" the next stretch, "all" everything.
        """
        with self._at_work():
            trouble = await self._fetch_from_elsewhere() if path in {"", INBOX, Role.INBOX} else None
            before = self._totals.operations  # they may also be carried out by the loop beside this
            if anew:
                await self.folders.read_anew(path)
            await self.round(path, asked=True)
            if older:
                async with self._rounding:
                    await self.folders.further(path, whole=older == "all")
            await self.operate()
            if self._totals.operations > before:
                await self.round(path, asked=True)
            async with self._filling:
                await self.bodies.fill(bodies, path, asked=True)
        if trouble is not None:
            raise trouble

    async def _fetch_from_elsewhere(self) -> TuiMailError | None:
        """A visit that a person asked for; what went wrong, for all else is done all the same."""
        if self._collecting is None:
            return None
        try:
            await self.operate()  # what was deleted here may be deleted there
            await self._collecting.now()
        except StoreDamaged:
            raise
        except TuiMailError as error:
            self._elsewhere = error
            return error
        return None

    async def rest(self, uidvalidity: int, uid: int) -> None:
        """Fetch the rest of a message of which only the header is here. Raises Refused where that cannot be."""
        if self._collecting is None:
            raise Refused(_("There is no more of this message than its header."))
        with self._at_work():
            try:
                await self._collecting.rest(uidvalidity, uid)
            except TuiMailError as error:
                if not isinstance(error, StoreDamaged):
                    self._elsewhere = error
                raise

    async def operate(self) -> int:
        """Carry out what waits; how many operations the server confirmed."""
        async with self._operating:
            done = await self._operator.drain()
        if done:
            self._useful()
        return done

    async def search(self, folder: str, text: str) -> list[int]:
        """See ``MailBackend.search``."""
        with self._at_work():
            return await self._backend.search(folder, text)

    def wake(self) -> None:
        """There may be operations."""
        self._operations.set()

    # -- inside

    def _fail(self, error: TuiMailError) -> None:
        if not self._failed.done():
            self._failed.set_exception(error)
            self._failed.exception()  # read here, so that a session that has ended does not warn about it

    async def _on_reset(self) -> None:
        await self._operator.endings.tell_ended()

    def _on_page(self) -> None:
        self._listener.page_came()
        self._bodies_wanted.set()
        self._operations.set()

    async def _one(self, folder: FolderId) -> None:
        with self._at_work():
            try:
                await self.folders.one(folder)
            except (Gone, Refused) as error:
                log.info("%s: folder %d: %s", self._account.name, folder, error.text)
                return
        self._useful()

    async def _list_folders(self) -> None:
        async with self._rounding:
            await self.folders.refresh()

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        self._working += 1
        if self._working == 1:
            self._busy(True)
        try:
            yield
        finally:
            self._working -= 1
            if not self._working:
                self._busy(False)
