"""Servers to do and undo things on: in memory and a real Dovecot, with and without the extensions that tell where a
message went. Looked at from outside, each says what is in its folders.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from tests.conftest import Mailbox
from tests.e2e.independent import signed_in
from tests.engine.world import PATIENCE, START, add_account
from tests.fakes.memory_backend import MemoryBackend, MemoryServer, letter
from tui_mail.backends.imap.backend import ImapBackend
from tui_mail.backends.imap.transport import Timeouts
from tui_mail.config.paths import Home
from tui_mail.config.servers import Security
from tui_mail.engine.backends import BackendFactory
from tui_mail.engine.host import Engine
from tui_mail.link.lock import EngineLock
from tui_mail.link.messages import Message, Sync, Trouble, WaitOperations, Wake
from tui_mail.model.clock import Clock, FrozenClock, SystemClock
from tui_mail.model.flags import Flag
from tui_mail.model.ids import ItemId
from tui_mail.model.operation import Action
from tui_mail.store.disk import files
from tui_mail.store.gestures.journal import Journal
from tui_mail.store.gestures.messages import Gestures
from tui_mail.store.reader import Reader
from tui_mail.store.reading.query import ListQuery

State = dict[str, list[tuple[str, Flag]]]
"""Folder to what is in it: subjects and flags, sorted. Empty folders are left out."""

_KEPT = Flag.SEEN | Flag.FLAGGED | Flag.ANSWERED | Flag.DELETED
_WIRE = {r"\Seen": Flag.SEEN, r"\Flagged": Flag.FLAGGED, r"\Answered": Flag.ANSWERED, r"\Deleted": Flag.DELETED}


class Site(Protocol):
    """One server with an account on it."""

    clock: Clock
    backends: BackendFactory

    def fill(self, count: int) -> None:
        """Put letters into the inbox."""
        ...

    def state(self) -> State:
        """What is there, but for what is marked as deleted."""
        ...


class MemorySite:
    def __init__(self, *, tells_places: bool = True, expunges: bool = True) -> None:
        self.server = MemoryServer()
        self.server.tells_places = tells_places
        self.server.expunges = expunges
        self.clock: Clock = FrozenClock(START)
        self.backends: BackendFactory = lambda _account, _secret, _alert: MemoryBackend(self.server)

    def fill(self, count: int) -> None:
        for number in range(count):
            self.server.deliver(letter(number))

    def state(self) -> State:
        found: State = {}
        for box in self.server.boxes.values():
            mails = [(_subject(mail.raw), mail.flags & _KEPT) for mail in box.mails.values()]
            found[box.name] = sorted(each for each in mails if not each[1] & Flag.DELETED)
        return {name: mails for name, mails in found.items() if mails}


class DovecotSite:
    """``port``: of what stands between, where anything does; in clear then. ``alone``: as ``tui-mail sync`` has it."""

    def __init__(self, mailbox: Mailbox, port: int = 0, *, alone: bool = False) -> None:
        self._mailbox = mailbox
        self.clock: Clock = SystemClock()
        timeouts = Timeouts(connect=30, stall=30, command=60, idle=60, poll=0.5)
        self.backends: BackendFactory = lambda _account, _secret, _alert: ImapBackend(
            mailbox.imap(port, Security.NONE) if port else mailbox.imap(),
            mailbox.user,
            lambda: mailbox.server.password,
            timeouts=timeouts,
            alone=alone,
        )

    def fill(self, count: int) -> None:
        with signed_in(self._mailbox.login) as client:
            for number in range(count):
                status, _data = client.append("INBOX", "", "", letter(number))
                assert status == "OK"

    def state(self) -> State:
        found: State = {}
        with signed_in(self._mailbox.login) as client:
            _status, listed = client.list()
            for line in listed:
                assert isinstance(line, bytes)
                name = line.decode().rpartition('"." ')[2].rpartition('"/" ')[2].strip().strip('"')
                status, _data = client.select(f'"{name}"', readonly=True)
                if status != "OK":
                    continue
                _status, data = client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
                for part in data:
                    if isinstance(part, tuple):
                        words = re.search(rb"FLAGS \(([^)]*)\)", part[0])
                        assert words
                        flags = Flag.NONE
                        for word in words[1].decode().split():
                            flags |= _WIRE.get(word, Flag.NONE)
                        if not flags & Flag.DELETED:
                            found.setdefault(name, []).append((_subject(part[1]), flags))
        return {name: sorted(mails) for name, mails in found.items()}


@dataclass(slots=True)
class Desk:
    """A person at a home, and the engine that runs there."""

    home: Home
    site: Site
    engine: Engine | None = None
    events: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        add_account(self.home)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Engine]:
        """An engine that does what it is asked and nothing by itself."""
        with EngineLock(self.home):
            files.prepare(self.home, self.site.clock)
            engine = Engine(self.home, self.site.clock, alone=True, backends=self.site.backends, tick=0.005)
            engine.core.announcer.listeners.append(self.events.append)
            self.engine = engine
            await engine.start()
            try:
                yield engine
            finally:
                await engine.stop()
                self.engine = None

    @contextlib.contextmanager
    def acting(self) -> Iterator[Gestures]:
        reader, journal = Reader(self.home), Journal(self.home, self.site.clock)
        try:
            yield Gestures(reader, journal)
        finally:
            journal.close()
            reader.close()

    def ids(self, path: str = "INBOX") -> list[ItemId]:
        """By subject."""
        reader = Reader(self.home)
        try:
            folders = tuple(folder.id for folder in reader.folders() if folder.path == path)
            items = reader.list_items(ListQuery(folders=folders), 100_000) if folders else []
            return [item.id for item in sorted(items, key=lambda item: (item.subject, item.id))]
        finally:
            reader.close()

    def state(self) -> State:
        """What a person sees here."""
        reader = Reader(self.home)
        try:
            found = {
                folder.path: sorted(
                    (item.subject, item.flags & _KEPT)
                    for item in reader.list_items(ListQuery(folders=(folder.id,)), 100_000)
                )
                for folder in reader.folders()
            }
        finally:
            reader.close()
        return {name: mails for name, mails in found.items() if mails}

    def pending(self) -> int:
        reader = Reader(self.home)
        try:
            return len(reader.pending())
        finally:
            reader.close()

    async def settled(self, action: Action | None) -> None:
        """The server's part is done."""
        assert action is not None
        assert self.engine is not None
        assert (await self.engine.handle(Wake(id=1))).ok
        reader = Reader(self.home)
        waiting = [int(operation.id) for operation in reader.pending()]
        reader.close()
        assert (await self.engine.handle(WaitOperations(id=2, operations=waiting))).ok
        assert not self.pending()

    async def synced(self) -> None:
        assert self.engine is not None
        done = await self.engine.handle(Sync(id=3, bodies="none"))
        assert done.ok, done

    def troubles(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Trouble)]


def _subject(raw: bytes) -> str:
    found = re.search(rb"^Subject: (.*?)\r?$", raw, re.MULTILINE)
    assert found
    return found[1].decode()


__all__ = ["PATIENCE", "Desk", "DovecotSite", "MemorySite", "Site", "State"]
