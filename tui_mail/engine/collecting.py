"""Fetching mail into local folders, again and again: when, how soon again after a failure, and what is said of it.

Owns the time between visits to a mailbox. What goes wrong there is told and tried again; it ends nothing else, since
local mail needs no network. Must not know what a visit does (``backends.protocol.Collects``).
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from tui_mail.backends.protocol import Collects
from tui_mail.config.accounts import Account, Password
from tui_mail.engine.core import Core
from tui_mail.engine.timing import Backoff
from tui_mail.link.messages import Progress, Trouble
from tui_mail.model.errors import SignInRefused, StoreDamaged, Throttled, TuiMailError
from tui_mail.model.words import _

log = logging.getLogger(__name__)

_JITTER = 0.2
_NEWS_SECONDS = 0.1
"""Between two words about how far a visit is."""


class Collecting:
    """The visits to one account's mailbox. ``away`` hears how each ended, and when the next is due after a failure."""

    def __init__(
        self,
        core: Core,
        account: Account,
        backend: Collects,
        away: Callable[[TuiMailError | None, float], None],
        at_work: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._core = core
        self._account = account
        self._backend = backend
        self._away = away
        self._at_work = at_work
        self._again = asyncio.Event()
        self._backoff = Backoff()
        self._chance = random.Random()
        self._pause_until = float("-inf")
        self._told: set[str] = set()
        self._said = 0.0
        self._turn = asyncio.Lock()
        self._visits = 0
        """That came to a good end."""

    async def run(self) -> None:
        """Visit, wait, and so on, until cancelled."""
        while True:
            self._again.clear()
            async with self._turn:
                seconds = await self._once()
            if seconds is None:
                await self._again.wait()
            else:
                await self._core.timing.wait(self._again, seconds)

    def again(self) -> None:
        """Do not wait: something is different now, or a person asks."""
        self._again.set()

    async def now(self) -> None:
        """A visit that somebody waits for. Raises what goes wrong."""
        before = self._visits
        async with self._turn:
            wait = self._pause_until - self._core.timing.monotonic()
            if wait > 0 and self._visits > before:
                return  # one has just ended
            if wait > 0:
                raise Throttled(
                    _("{account}: the server wants a pause between two sign-ins; {seconds} s more.").format(
                        account=self._account.name, seconds=int(wait) + 1
                    ),
                    wait,
                )
            try:
                await self._visit()
            except StoreDamaged:
                raise
            except TuiMailError as error:
                self._away(error, 0.0)
                raise

    async def rest(self, uidvalidity: int, uid: int) -> None:
        """Fetch the rest of a message. Raises what goes wrong."""
        await self._backend.rest(uidvalidity, uid, self._progress)

    async def _once(self) -> float | None:
        """A visit that nobody waits for; seconds until the next, None: not before something is different."""
        wait = self._pause_until - self._core.timing.monotonic()
        if wait > 0:
            return wait
        try:
            await self._visit()
        except StoreDamaged:
            raise
        except TuiMailError as error:
            log.warning("%s: %s: %s", self._account.name, error.kind, error.text)
            seconds = self._backoff.delay(error)
            if isinstance(error, SignInRefused):
                self._away(error, 0.0)
                return None
            self._away(error, self._core.timing.now() + seconds)
            return seconds
        spread = self._chance.uniform(1 - _JITTER, 1 + _JITTER)
        return max(self._core.settings.sync.check_every * spread, self._pause_until - self._core.timing.monotonic())

    async def _visit(self) -> None:
        with self._at_work():
            await self._collect()

    async def _collect(self) -> None:
        try:
            collected = await self._backend.collect(self._progress)
        except SignInRefused:
            if self._account.password is not Password.TOKEN:
                raise
            collected = await self._backend.collect(self._progress)  # the token may have run out: this asks for another
        log.info(
            "%s: %d fetched, %d deleted at the server, %d left there",
            self._account.name, collected.new, collected.deleted, collected.left,
        )  # fmt: skip
        self._backoff.useful()
        self._visits += 1
        self._pause_until = self._core.timing.monotonic() + collected.pause if collected.pause else float("-inf")
        for text in collected.troubles:
            if text not in self._told:
                self._told.add(text)
                self._core.announcer.tell(Trouble(account=self._account.name, kind="refused", text=text))
        self._away(None, 0.0)

    def _progress(self, done: int, total: int) -> None:
        now = time.perf_counter()
        if now - self._said < _NEWS_SECONDS and done < total:
            return
        self._said = now
        self._core.announcer.tell(
            Progress(account=self._account.name, folder=0, what="messages", done=done, total=total)
        )
