"""The conformance suite over the local folders of a POP3 account whose inbox is filled by visits to a server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from tests.backends.conformance import BackendConformance, World
from tests.fakes.scripted_pop3 import PASSWORD, USER, Kept, ScriptedPop3
from tui_mail.config.accounts import Account, from_table
from tui_mail.config.paths import Home
from tui_mail.engine.local.pop3 import Pop3Backend
from tui_mail.model.clock import FrozenClock
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName
from tui_mail.store.disk.files import prepare
from tui_mail.store.local.mail import LocalMail
from tui_mail.store.local.rows import NewItem

NOW = 1_795_100_000
ACCOUNT = AccountName("pop")


class SameFile:
    """Another hand in the same keep.db, as what fetches mail by POP3 is."""

    def __init__(self, home: Home) -> None:
        self.mail = LocalMail.open(home)
        self.mail.begin(ACCOUNT)

    async def arrive(self, folder: str, raw: bytes, flags: Flag = Flag.NONE) -> None:
        name = self.mail.raw.put(raw)
        self.mail.add(self.mail.folder(ACCOUNT, folder), [NewItem(name, len(raw), NOW, ACCOUNT, flags)])

    async def flag(self, folder: str, uids: Sequence[int], add: Flag = Flag.NONE, remove: Flag = Flag.NONE) -> None:
        self.mail.set_flags(self.mail.folder(ACCOUNT, folder).id, uids, add, remove, (), ())

    async def move(self, folder: str, uids: Sequence[int], target: str) -> None:
        source, into = self.mail.folder(ACCOUNT, folder), self.mail.folder(ACCOUNT, target)
        self.mail.transfer(source, uids, into, move=True, since=0)

    async def expunge(self, folder: str, uids: Sequence[int]) -> None:
        self.mail.expunge(self.mail.folder(ACCOUNT, folder).id, uids)

    async def renumber(self, folder: str) -> None:
        """As after ``restore``: the same mail under other numbers."""
        old = self.mail.folder(ACCOUNT, folder).id
        with self.mail.changing() as connection:
            connection.execute("UPDATE local_folder SET id = 1000 + id WHERE id = ?", (old,))
            connection.execute("UPDATE local_item SET folder = 1000 + folder WHERE folder = ?", (old,))

    async def raws(self, folder: str) -> list[bytes]:
        items = self.mail.items(self.mail.folder(ACCOUNT, folder).id)
        return [self.mail.raw.read(item.raw) or b"" for item in reversed(items)]


class Sender(SameFile):
    """What arrives in the inbox is fetched from a POP3 server by another backend of the account."""

    def __init__(self, home: Home, server: ScriptedPop3, fetching: Pop3Backend) -> None:
        super().__init__(home)
        self._server = server
        self._fetching = fetching

    async def arrive(self, folder: str, raw: bytes, flags: Flag = Flag.NONE) -> None:
        if folder != "INBOX":
            await super().arrive(folder, raw, flags)
            return
        self._server.mailbox.append(Kept(raw, f"uid-{len(self._server.mailbox)}"))
        assert (await self._fetching.collect(lambda _done, _total: None)).new == 1
        inbox = self.mail.folder(ACCOUNT, folder)
        if flags:
            self.mail.set_flags(inbox.id, [inbox.uidnext - 1], flags, Flag.NONE, (), ())


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home.find(str(tmp_path / "home"), {})
    found.create()
    prepare(found, FrozenClock(NOW))
    return found


class TestPop3Conformance(BackendConformance):
    @pytest.fixture
    async def world(self, home: Home) -> AsyncIterator[World]:
        with ScriptedPop3() as server:
            account = pop3_account(server.port)

            def connect() -> Pop3Backend:
                return Pop3Backend(home, account, lambda: PASSWORD, FrozenClock(NOW))

            fetching = connect()
            other = Sender(home, server, fetching)
            world = World(connect, other, [fetching])
            yield world
            await world.close()
            other.mail.close()


def pop3_account(port: int) -> Account:
    return from_table(
        {
            "name": ACCOUNT,
            "email": "ada@example.org",
            "user": USER,
            "password": "none",
            "pop3": {"host": "127.0.0.1", "port": port, "security": "none"},
        }
    )
