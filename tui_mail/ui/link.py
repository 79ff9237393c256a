"""The user interface's side of the engine: starts it, listens, asks, and does without it.

Owns one connection that is made again when it is lost. Must not know what events mean to the screen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

from tui_mail.config.paths import Home
from tui_mail.link.client import Client
from tui_mail.link.messages import Done, Fetching, Message, Request, State, Status
from tui_mail.link.start import Keeper
from tui_mail.model.errors import EngineTrouble
from tui_mail.ui.work import apart

_AGAIN_SECONDS = 5.0
"""Between attempts to reach an engine that cannot be started."""


class EngineLink:
    """Runs as one worker (``run``). Both callbacks are called on the event loop."""

    def __init__(
        self, home: Home, *, on_event: Callable[[Message], None], on_state: Callable[[str | None], None]
    ) -> None:
        self._home = home
        self._keeper = Keeper(home)
        self._on_event = on_event
        self._on_state = on_state
        self._client: Client | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._told: set[str] = set()
        """Accounts whose state this engine has told."""

    @property
    def connected(self) -> bool:
        return self._client is not None

    async def run(self) -> None:
        """Keep connected until cancelled. ``on_state`` gets None when there is an engine, else the sentence why not."""
        while True:
            try:
                await apart(self._keeper.ensure)
                client = await Client.connect(self._home)
            except EngineTrouble as error:
                self._on_state(error.text)
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            self._client = client
            self._told.clear()
            self._on_state(None)
            self._begin(self._ask_states())
            try:
                async for event in client.events():
                    if isinstance(event, State):
                        self._told.add(event.account)
                    self._on_event(event)
            finally:
                self._client = None
                await client.close()

    async def ask(self, request: Request) -> Done:
        """Send a request and wait for its end. Raises EngineTrouble when there is no engine."""
        if self._client is None:
            raise EngineTrouble("")
        return await self._client.request(request)

    def tell(self, request: Request) -> None:
        """Send a request whose end is of no interest; without an engine it is dropped, since the journal keeps all."""
        if self._client is None:
            return

        async def send() -> None:
            try:
                await self.ask(request)
            except EngineTrouble:
                pass  # the engine reads the journal when it starts again

        self._begin(send())

    async def _ask_states(self) -> None:
        """An engine tells of changes: how accounts fared before we came has to be asked for."""
        try:
            done = await self.ask(Status(0))
        except EngineTrouble:
            return  # it is gone again, and that is said already
        self._on_event(Fetching(paused=bool(done.result.get("engine", {}).get("paused"))))
        for account in done.result.get("accounts", ()):
            if account["name"] not in self._told:
                self._on_event(State(account["name"], account["state"], account["message"] or ""))

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
