"""A home, a server in memory and an engine between them, for tests that look from outside."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.memory_backend import MemoryBackend, MemoryServer
from tests.fakes.memory_sender import MemorySender, Post
from tui_mail.backends.public import Reach
from tui_mail.backends.secret import SecretSource
from tui_mail.config.accountfiles import save_account
from tui_mail.config.accounts import Account, from_table
from tui_mail.config.paths import Home
from tui_mail.engine.host import Engine
from tui_mail.engine.outside import Outside
from tui_mail.link.lock import EngineLock
from tui_mail.link.messages import Message, Sync, Trouble
from tui_mail.model.clock import Clock, FrozenClock
from tui_mail.model.ids import FolderId
from tui_mail.model.mail import Item
from tui_mail.model.outbox import OutboxMessage
from tui_mail.store.disk import files
from tui_mail.store.gestures.journal import Journal
from tui_mail.store.gestures.messages import Gestures
from tui_mail.store.reader import Reader
from tui_mail.store.reading.query import ListQuery
from tui_mail.store.sending.drafts import Drafts
from tui_mail.store.sending.outbox import Outbox

NOWHERE = Reach(lookup=lambda _host, _port: [])
START = 1_795_100_000.0
PATIENCE = 30.0


@dataclass(slots=True)
class World:
    home: Home
    servers: dict[str, MemoryServer]
    clock: Clock = field(default_factory=lambda: FrozenClock(START))
    events: list[Message] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)
    """What each account signed in with last."""
    outside: Outside = field(default_factory=lambda: Outside(NOWHERE, _no_record))
    """What lies beyond the servers of accounts; nothing, unless a test says so."""
    post: Post = field(default_factory=Post)
    """The server for sending of every account."""
    engine: Engine | None = None

    @property
    def server(self) -> MemoryServer:
        return self.servers["work"]

    @contextlib.asynccontextmanager
    async def running(self, *, alone: bool = False, stay: bool = False) -> AsyncIterator[Engine]:
        """An engine between ``start`` and ``stop``, as its process would run it."""
        with EngineLock(self.home):
            files.prepare(self.home, self.clock)

            def make(account: Account, secret: SecretSource, on_alert: Callable[[str], None]) -> MemoryBackend:
                self.secrets[account.name] = secret()
                return MemoryBackend(self.servers[account.name], on_alert)

            engine = Engine(
                self.home,
                self.clock,
                alone=alone,
                stay=stay,
                backends=make,
                senders=lambda _account, _secret: MemorySender(self.post),
                outside=self.outside,
                tick=0.005,
            )
            engine.core.announcer.listeners.append(self.events.append)
            self.engine = engine
            await engine.start()
            life = asyncio.create_task(engine.run())
            try:
                yield engine
            finally:
                engine.end()
                await life
                await engine.stop()
                self.engine = None

    @contextlib.contextmanager
    def reading(self) -> Iterator[Reader]:
        """A reader for the length of a block."""
        reader = Reader(self.home)
        try:
            yield reader
        finally:
            reader.close()

    @contextlib.contextmanager
    def acting(self) -> Iterator[Gestures]:
        """A person's hands for the length of a block."""
        reader, journal = Reader(self.home), Journal(self.home, self.clock)
        try:
            yield Gestures(reader, journal)
        finally:
            journal.close()
            reader.close()

    @contextlib.contextmanager
    def writing(self) -> Iterator[tuple[Drafts, Outbox]]:
        """A composer's doors to the store for the length of a block."""
        reader, journal = Reader(self.home), Journal(self.home, self.clock)
        drafts, outbox = Drafts(self.home, self.clock, reader, journal), Outbox(self.home, self.clock, reader)
        try:
            yield drafts, outbox
        finally:
            outbox.close()
            drafts.close()
            journal.close()
            reader.close()

    def outbox(self) -> list[OutboxMessage]:
        """Everything in the outbox, oldest first."""
        with self.writing() as (_drafts, outbox):
            return outbox.messages(ended=True)

    def folder(self, path: str, account: str = "work") -> FolderId:
        with self.reading() as reader:
            return next(folder.id for folder in reader.folders() if (folder.account, folder.path) == (account, path))

    def items(self, path: str = "INBOX") -> list[Item]:
        """Newest first; none while there is no such folder."""
        with self.reading() as reader:
            folders = tuple(folder.id for folder in reader.folders() if folder.path == path)
            return reader.list_items(ListQuery(folders=folders), 100_000) if folders else []

    def subjects(self, path: str = "INBOX") -> list[str]:
        return sorted(item.subject for item in self.items(path))

    def counts(self, path: str = "INBOX") -> tuple[int, int]:
        """Total and unread; zeros while there is no such folder."""
        with self.reading() as reader:
            for folder in reader.folders():
                if folder.path == path:
                    return folder.total, folder.unread
        return 0, 0

    def pending(self) -> int:
        with self.reading() as reader:
            return len(reader.pending())

    def troubles(self) -> list[Trouble]:
        return [event for event in self.events if isinstance(event, Trouble)]

    async def until(self, condition: Callable[[], object], seconds: float = PATIENCE, *, step: float = 0.0) -> None:
        """Wait for what the engine does; with ``step`` its clock moves on so far at each look."""
        async with asyncio.timeout(seconds):
            while not condition():
                if step:
                    assert isinstance(self.clock, FrozenClock)
                    self.clock.advance(step)
                await asyncio.sleep(0.01)

    async def synced(self) -> None:
        """One whole synchronisation, which has to succeed."""
        assert self.engine is not None
        done = await self.engine.handle(Sync(id=1))
        assert done.ok, done


def _no_record(_name: str) -> None:
    return None


def add_account(home: Home, name: str = "work", **table: Any) -> None:
    save_account(
        home,
        from_table({"name": name, "email": f"{name}@example.org", "kind": "demo", "password": "none", **table}),
    )
