"""A home with POP3 accounts on scripted servers, and the engine that fetches from them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.engine.world import START, World
from tests.fakes.memory_sender import MemorySender
from tests.fakes.scripted_pop3 import PASSWORD, USER, Kept, ScriptedPop3
from tui_mail.backends.pop3.wire import Timeouts
from tui_mail.backends.secret import SecretSource
from tui_mail.config.accountfiles import save_account
from tui_mail.config.accounts import Account, from_table
from tui_mail.config.paths import Home
from tui_mail.engine.host import Engine
from tui_mail.engine.local.pop3 import Pop3Backend
from tui_mail.link.lock import EngineLock
from tui_mail.link.messages import Done, Sync
from tui_mail.model.clock import Clock, FrozenClock
from tui_mail.model.ids import AccountName
from tui_mail.store.disk import files
from tui_mail.store.local.mail import LocalMail
from tui_mail.store.local.popmail import PopMail, PopMessage

QUICK = Timeouts(connect=30.0, stall=30.0, command=60.0, update=30.0, leave=30.0)


def letter(number: int, body: bytes = b"Hello.\r\n") -> bytes:
    """A message as a server hands it over; the same number gives the same one."""
    return (
        b"Received: from x by y; Thu, 19 Nov 2026 10:%02d:%02d +0000\r\n" % (number // 60 % 60, number % 60)
        + b"From: Ada <ada@example.org>\r\nTo: Bob <bob@example.org>\r\nSubject: Letter %d\r\n" % number
        + b"Date: Thu, 19 Nov 2026 09:00:00 +0000\r\nMessage-ID: <letter-%d@example.org>\r\n\r\n" % number
        + body
    )


def letters(*numbers: int) -> list[Kept]:
    """Messages in a mailbox, each with a UIDL of its own."""
    return [Kept(letter(number), f"uid-{number}") for number in numbers]


@dataclass
class PopWorld:
    """``add`` accounts, then run the engine, and look at what it made of their mailboxes."""

    home: Home
    clock: Clock = field(default_factory=lambda: FrozenClock(START))
    timeouts: Timeouts = QUICK

    def __post_init__(self) -> None:
        self.world = World(self.home, {}, self.clock)

    def add(self, server: ScriptedPop3 | int, name: str = "pop", **table: Any) -> Account:
        """An account whose mailbox is at ``server``."""
        port = server if isinstance(server, int) else server.port
        account = from_table(
            {
                "name": name,
                "email": f"{name}@example.org",
                "user": USER,
                "password": "none",
                "pop3": {"host": "127.0.0.1", "port": port, "security": "none"},
                **table,
            }
        )
        save_account(self.home, account)
        return account

    def backend(self, account: Account) -> Pop3Backend:
        return Pop3Backend(self.home, account, lambda: PASSWORD, self.clock, self.timeouts)

    @contextlib.asynccontextmanager
    async def running(self, *, alone: bool = True) -> AsyncIterator[Engine]:
        """An engine between ``start`` and ``stop``; ``alone`` it does only what it is asked for."""
        with EngineLock(self.home):
            files.prepare(self.home, self.clock)

            def make(account: Account, _secret: SecretSource, _alert: Callable[[str], None]) -> Pop3Backend:
                return self.backend(account)

            engine = Engine(
                self.home,
                self.clock,
                alone=alone,
                stay=True,  # however far its clock is turned
                backends=make,
                senders=lambda _account, _secret: MemorySender(self.world.post),
                tick=0.005,
            )
            engine.core.announcer.listeners.append(self.world.events.append)
            self.world.engine = engine
            await engine.start()
            life = asyncio.create_task(engine.run())
            try:
                yield engine
            finally:
                engine.end()
                await life
                await engine.stop()
                self.world.engine = None

    async def sync(self) -> Done:
        """One whole synchronisation by an engine of its own."""
        async with self.running() as engine:
            return await engine.handle(Sync(id=1))

    @contextlib.contextmanager
    def local(self) -> Iterator[LocalMail]:
        """Local mail for the length of a block."""
        if not self.home.keep_db.exists():
            files.prepare(self.home, self.clock)
        mail = LocalMail.open(self.home)
        try:
            yield mail
        finally:
            mail.close()

    def raws(self, path: str = "INBOX", account: str = "pop") -> list[bytes]:
        """The octets of every message of a folder, as they are kept, in the order in which they came."""
        with self.local() as mail:
            mail.begin(AccountName(account))
            items = mail.items(mail.folder(AccountName(account), path).id)
            return [mail.raw.read(item.raw) or b"" for item in reversed(items)]

    def known(self, account: str = "pop") -> list[PopMessage]:
        """What is known of a mailbox."""
        with self.local() as mail:
            return PopMail(mail, AccountName(account), f"{USER}@127.0.0.1").messages()

    def subjects(self, path: str = "INBOX") -> Sequence[str]:
        return self.world.subjects(path)
