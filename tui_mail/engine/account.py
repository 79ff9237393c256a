"""One account over time: connecting, staying away after a failure, and the state that clients see.

Owns the loop around sessions. Must not know what a session does with its connection.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from tui_mail.backends.protocol import MailBackend
from tui_mail.config.accounts import Account, Password
from tui_mail.engine.core import Core
from tui_mail.engine.folders import Totals
from tui_mail.engine.session import Session
from tui_mail.engine.timing import BACKOFF_CAP, Backoff
from tui_mail.engine.watching import Views
from tui_mail.link.messages import State, Trouble
from tui_mail.model.errors import (
    CertificateRefused,
    EngineTrouble,
    SignInRefused,
    StoreDamaged,
    Throttled,
    TuiMailError,
    Unreachable,
)
from tui_mail.model.words import _

log = logging.getLogger(__name__)

_TRIES = 3
"""Connections in a row that may end without having been of use while somebody waits."""

_CLOSE_SECONDS = 5.0
"""A server that does not say goodbye is left without one."""

T = TypeVar("T")


def state_after(error: TuiMailError | None) -> str:
    """The state of an account whose last connection ended with ``error``, in the words of the contract."""
    if error is None:
        return "online"
    if isinstance(error, SignInRefused):
        return "sign-in"
    reachable_later = isinstance(error, (Unreachable, Throttled)) and not isinstance(error, CertificateRefused)
    return "offline" if reachable_later else "error"


class Runner:
    """Keeps one account connected from ``start`` to ``stop``, or only when asked (``alone``)."""

    def __init__(
        self,
        core: Core,
        account: Account,
        make: Callable[[Account], MailBackend],
        *,
        alone: bool,
        settled: Callable[[], None],
        came: Callable[[], None],
        views: Views,
        damaged: Callable[[StoreDamaged], None],
    ) -> None:
        self.account = account
        self.totals = Totals()
        self.state = "offline"
        """offline, connecting, syncing, online, sign-in, error: the words of the contract."""
        self.text = ""
        self.kind = ""
        """Of the error that ``text`` tells (``model.errors``)."""
        self.retry_at = 0.0
        self._core = core
        self._make = make
        self._alone = alone
        self._settled = settled
        self._came = came
        """Called whenever a connection has been made."""
        self._views = views
        self._damaged = damaged
        self._backoff = Backoff()
        self._away: tuple[TuiMailError, float] | None = None
        """Why the server that mail is fetched from was not of use last, and when it is tried again."""
        self._session: Session | None = None
        self._was_connected = False
        self._at_once = False
        self._waiting: list[asyncio.Future[Session]] = []
        self._kick = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; ``alone`` it waits until somebody asks for something."""
        self._task = asyncio.create_task(self._run(), name=f"account {self.account.name}")

    async def stop(self) -> None:
        """End the session and the connection."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._fail_waiting(EngineTrouble(_("The engine is stopping.")))

    async def use(self, work: Callable[[Session], Coroutine[Any, Any, T]]) -> T:
        """Do ``work`` on a connected session, connecting at once where it is not; ``work`` may be done twice.

        Raises what connecting raises (SignInRefused, Unreachable …) or what the work does.
        """
        fresh = self._session is None or self._session.over
        session = await self._ready()
        try:
            return await session.guarded(work(session))
        except Unreachable:
            if fresh or not session.over:
                raise
        # The connection may have been dead for long without anybody having noticed: a new one tells.
        session = await self._ready()
        return await session.guarded(work(session))

    @property
    def connected(self) -> bool:
        """True while ``use`` would not have to connect."""
        return self._session is not None and not self._session.over

    def wake(self) -> None:
        """There may be operations; an account that is not connected connects when its time comes."""
        if self._session is not None:
            self._session.wake()

    def look_again(self) -> None:
        """A pause is over."""
        if self._session is not None:
            self._session.look_again()

    def retry_now(self) -> None:
        """Do not wait for the end of the back-off."""
        self._kick.set()
        if self._session is not None:
            self._session.collect_again()

    def drop(self) -> None:
        """Give the connection up and make a new one at once."""
        if self._session is not None:
            self._at_once = True
            self._session.drop()
        else:
            self._kick.set()

    # -- inside

    async def _ready(self) -> Session:
        if self._session is not None and not self._session.over:
            return self._session
        if self._task is None or self._task.done():
            raise EngineTrouble(_("The account is being stopped."))
        waiting: asyncio.Future[Session] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        self._kick.set()
        return await waiting

    async def _run(self) -> None:
        if self._alone:
            await self._kick.wait()
        refreshed = False
        while True:
            self._kick.clear()
            self._was_connected = False
            try:
                await self._connected()
                error: TuiMailError = EngineTrouble(_("The connection ended."))
            except StoreDamaged as damage:
                self._fail_waiting(damage)
                self._damaged(damage)
                return
            except TuiMailError as failure:
                error = failure
            except Exception as failure:  # a bug in one account must not end the others; it is logged and shown
                log.exception("%s: unexpected", self.account.name)
                error = EngineTrouble(_("The engine failed at this account; its log says more."))
                error.__cause__ = failure
            if isinstance(error, SignInRefused) and self.account.password is Password.TOKEN and not refreshed:
                refreshed = True  # an access token may have run out: ask once for a new one before the person
                continue
            refreshed = False
            await self._stay_away(error)

    async def _connected(self) -> None:
        """Connect and run a session until it fails."""
        self._set_state("connecting")
        backend = self._make(self.account)
        try:
            caps = await backend.connect()
            log.info("%s: connected to %s", self.account.name, caps.server)
            session = Session(
                self._core,
                self.account,
                backend,
                caps,
                self.totals,
                busy=self._set_busy,
                useful=self._backoff.useful,
                settled=self._settled,
                away=self._set_away,
                views=self._views,
            )
            self._away = None
            await session.prepare()
            self._session = session
            self._was_connected = True
            self._show()
            for waiting in self._waiting:
                if not waiting.done():
                    waiting.set_result(session)
            self._waiting.clear()
            self._came()
            await session.run(alone=self._alone)
        finally:
            self._session = None
            await asyncio.shield(self._close(backend))

    async def _close(self, backend: MailBackend) -> None:
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await backend.close()
        except (TuiMailError, TimeoutError) as error:
            log.info("%s: while closing: %s", self.account.name, error)

    async def _stay_away(self, error: TuiMailError) -> None:
        log.warning("%s: %s: %s", self.account.name, error.kind, error.text)
        seconds = self._backoff.delay(error)
        if self._at_once:
            self._at_once = False
            return
        if self._was_connected and self._waiting and self._backoff.failures < _TRIES:
            return  # who came when the connection ended asked for a new one, not for the end of the old
        self._fail_waiting(error)
        self._kick.clear()
        if isinstance(error, SignInRefused):
            if self.state != "sign-in":
                self._core.announcer.tell(Trouble(account=self.account.name, kind=error.kind, text=error.text))
            self._set_state("sign-in", error.text, kind=error.kind)
            await self._kick.wait()
            return
        if self._alone:
            seconds = BACKOFF_CAP  # nobody waits; who asks next connects at once
        self._set_state(state_after(error), error.text, self._core.timing.now() + seconds, error.kind)
        await self._core.timing.wait(self._kick, seconds)

    def _fail_waiting(self, error: TuiMailError) -> None:
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(error)
        self._waiting.clear()

    def _set_busy(self, busy: bool) -> None:
        if self._session is not None:
            if busy:
                self._set_state("syncing")
            else:
                self._show()
                self._core.rest()

    def _set_away(self, error: TuiMailError | None, retry_at: float) -> None:
        """How the last visit to a server that mail is fetched from ended; local mail goes on."""
        if isinstance(error, SignInRefused) and not (self._away and isinstance(self._away[0], SignInRefused)):
            self._core.announcer.tell(Trouble(account=self.account.name, kind=error.kind, text=error.text))
        self._away = None if error is None else (error, retry_at)
        if self._session is not None:
            self._show()

    def _show(self) -> None:
        """The state of an account that is connected and rests."""
        if self._away is None:
            self._set_state("online")
        else:
            error, retry_at = self._away
            self._set_state(state_after(error), error.text, retry_at, error.kind)

    def _set_state(self, state: str, text: str = "", retry_at: float = 0.0, kind: str = "") -> None:
        if (state, text) != (self.state, self.text) or retry_at:
            self.state, self.text, self.kind, self.retry_at = state, text, kind, retry_at
            self._core.announcer.tell(State(self.account.name, state, text, retry_at, kind))
            self._settled()
