"""The conformance suite over IMAP, against a real Dovecot, at every level of what a server can do."""

from __future__ import annotations

import asyncio
import imaplib
import re
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TypeVar

import pytest

from tests.backends.conformance import BackendConformance, World
from tests.conftest import Mailbox
from tests.e2e.independent import Login, signed_in
from tests.fakes import dovecot as servers
from tests.fakes.dovecot import Dovecot
from tui_mail.backends.imap.backend import ImapBackend
from tui_mail.backends.imap.transport import Timeouts
from tui_mail.model.flags import Flag

pytestmark = pytest.mark.dovecot

T = TypeVar("T")
_FLAGS = {
    Flag.SEEN: r"\Seen",
    Flag.FLAGGED: r"\Flagged",
    Flag.ANSWERED: r"\Answered",
    Flag.DELETED: r"\Deleted",
    Flag.DRAFT: r"\Draft",
}


def sign_in(login: Login) -> imaplib.IMAP4_SSL:
    context = ssl.create_default_context(cafile=str(login.ca_file))
    client = imaplib.IMAP4_SSL(login.host, login.port, ssl_context=context, timeout=30)
    client.login(login.user, login.password)
    return client


class ImaplibClient:
    """Another client: the standard library's."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._client: imaplib.IMAP4 | None = None

    def sign_in(self) -> imaplib.IMAP4:
        return sign_in(self._mailbox.login)

    async def arrive(self, folder: str, raw: bytes, flags: Flag = Flag.NONE) -> None:
        def add(client: imaplib.IMAP4) -> None:
            status, data = client.append(f'"{folder}"', f"({_spelt(flags)})", "", raw)
            assert status == "OK", data

        await self._do(add)

    async def flag(self, folder: str, uids: Sequence[int], add: Flag = Flag.NONE, remove: Flag = Flag.NONE) -> None:
        def store(client: imaplib.IMAP4) -> None:
            client.select(f'"{folder}"')
            for sign, flags in (("+", add), ("-", remove)):
                if flags:
                    status, data = client.uid("STORE", _set(uids), f"{sign}FLAGS.SILENT", f"({_spelt(flags)})")
                    assert status == "OK", data
            leave(client)

        await self._do(store)

    async def move(self, folder: str, uids: Sequence[int], target: str) -> None:
        def move(client: imaplib.IMAP4) -> None:
            client.select(f'"{folder}"')
            status, data = client.uid("MOVE", _set(uids), f'"{target}"')
            assert status == "OK", data
            leave(client)

        await self._do(move)

    async def expunge(self, folder: str, uids: Sequence[int]) -> None:
        def expunge(client: imaplib.IMAP4) -> None:
            client.select(f'"{folder}"')
            client.uid("STORE", _set(uids), "+FLAGS.SILENT", r"(\Deleted)")
            status, data = client.uid("EXPUNGE", _set(uids))
            assert status == "OK", data
            leave(client)

        await self._do(expunge)

    async def renumber(self, folder: str) -> None:
        await asyncio.to_thread(self._mailbox.adm, "mailbox update", "--uid-validity", "4242", folder)

    async def raws(self, folder: str) -> list[bytes]:
        def read(client: imaplib.IMAP4) -> list[bytes]:
            client.select(f'"{folder}"', readonly=True)
            _status, data = client.uid("FETCH", "1:*", "(BODY.PEEK[])")
            leave(client)
            return [part[1] for part in data if isinstance(part, tuple)]

        return await self._do(read)

    def close(self) -> None:
        if self._client is not None:
            self._client.logout()

    async def _do(self, work: Callable[[imaplib.IMAP4], T]) -> T:
        def signed() -> T:
            if self._client is None:
                self._client = self.sign_in()
            return work(self._client)

        return await asyncio.to_thread(signed)


def leave(client: imaplib.IMAP4) -> None:
    """Have no folder selected, where the server can do that."""
    if "UNSELECT" in client.capabilities:
        client.unselect()


def _spelt(flags: Flag) -> str:
    return " ".join(name for flag, name in _FLAGS.items() if flags & flag)


def _set(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))


# Words left out of what Dovecot offers; the commands themselves still work, but nobody should send them.
_ALL = (
    "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ AUTH=PLAIN MULTIAPPEND UNSELECT CHILDREN NAMESPACE "
    "UIDPLUS LIST-EXTENDED CONDSTORE QRESYNC ESEARCH LIST-STATUS MOVE SPECIAL-USE"
)


def without(*words: str) -> str:
    return " ".join(word for word in _ALL.split() if word not in words)


LEVELS = {
    "everything": "",
    "no-condstore": without("CONDSTORE", "QRESYNC", "ENABLE"),
    "no-move-no-esearch": without("MOVE", "ESEARCH", "LITERAL+", "SASL-IR", "LIST-STATUS"),
    "bare": "IMAP4rev1 AUTH=PLAIN UIDPLUS",
    "compressed": "",
}
_COMPRESSING = "protocol imap {\n  mail_plugins = imap_zlib\n}"


@pytest.fixture(scope="module", params=list(LEVELS), ids=list(LEVELS))
def level(request: pytest.FixtureRequest) -> Iterator[Dovecot]:
    if reason := servers.missing():
        pytest.skip(reason)
    server = servers.start(CAPS=LEVELS[request.param], EXTRA=_COMPRESSING if request.param == "compressed" else "")
    yield server
    servers.stop(server)


async def imap_world(mailbox: Mailbox, connections: int) -> AsyncIterator[World]:
    timeouts = Timeouts(connect=30, stall=30, command=60, idle=60, poll=0.5)
    other = ImaplibClient(mailbox)
    world = World(
        lambda: ImapBackend(
            mailbox.imap(),
            mailbox.user,
            lambda: mailbox.server.password,
            timeouts=timeouts,
            connections=connections,
            compress=True,
        ),
        other,
    )
    yield world
    await world.close()
    other.close()


class TestImap(BackendConformance):
    @pytest.fixture
    async def world(self, level: Dovecot) -> AsyncIterator[World]:
        async for world in imap_world(Mailbox.fresh(level), connections=3):
            yield world


@pytest.mark.parametrize("connections", [1, 2])
class TestFewConnections(BackendConformance):
    """As some servers and some people want it: everything on one connection, or all but the wait for news."""

    @pytest.fixture
    async def world(self, dovecot: Mailbox, connections: int) -> AsyncIterator[World]:
        async for world in imap_world(dovecot, connections):
            yield world


def test_levels_leave_out_what_they_say() -> None:
    assert not re.search(r"CONDSTORE|QRESYNC", LEVELS["no-condstore"])


async def test_a_compressed_connection_carries_fewer_octets() -> None:
    if reason := servers.missing():
        pytest.skip(reason)
    server = servers.start(EXTRA=_COMPRESSING)
    try:
        mailbox = Mailbox.fresh(server)
        with signed_in(mailbox.login) as client:
            for number in range(50):
                client.append("INBOX", "", "", f"Subject: {number}\r\n\r\n{'Again and again. ' * 50}\r\n".encode())
        carried = []
        for compress in (False, True):
            backend = ImapBackend(mailbox.imap(), mailbox.user, lambda: server.password, compress=compress)
            await backend.connect()
            status = await backend.status("INBOX")
            bodies = [body async for body in backend.bodies("INBOX", status.uidvalidity or 0, list(range(1, 51)))]
            assert len(bodies) == 50
            carried.append(backend.traffic[0])
            await backend.close()
        assert carried[1] < carried[0] / 3
    finally:
        servers.stop(server)
