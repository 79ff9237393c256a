"""The conformance suite over a second real server: Courier, which has few extensions and ways of its own."""

from __future__ import annotations

import imaplib
import socket
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence

import pytest

from tests.backends.conformance import BackendConformance, Copy, World, letter
from tests.backends.test_imap_conformance import ImaplibClient, _set, leave
from tests.fakes import courier as servers
from tests.fakes.courier import Courier
from tui_mail.backends.imap.backend import ImapBackend
from tui_mail.backends.imap.transport import Timeouts
from tui_mail.config.servers import Security, Server
from tui_mail.model.errors import SignInRefused
from tui_mail.model.flags import Flag
from tui_mail.model.mail import Role
from tui_mail.model.remote import ChangeKind, FolderChange, FolderChangeKind

TIMEOUTS = Timeouts(connect=30, stall=30, command=60, idle=60, poll=0.5)


@pytest.fixture(scope="module")
def courier() -> Iterator[Courier]:
    if reason := servers.missing():
        pytest.skip(reason)
    server = Courier()
    yield server
    server.stop()


@pytest.fixture
def user() -> str:
    return f"u{uuid.uuid4().hex[:12]}"


class CourierClient(ImaplibClient):
    """Another client, of a server without TLS and MOVE."""

    def __init__(self, server: Courier, user: str) -> None:
        self._server = server
        self._user = user
        self._client: imaplib.IMAP4 | None = None

    def sign_in(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4(self._server.host, self._server.imap, timeout=30)
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.login(self._user, self._server.password)
        return client

    async def move(self, folder: str, uids: Sequence[int], target: str) -> None:
        def copy(client: imaplib.IMAP4) -> None:
            client.select(f'"{folder}"')
            status, data = client.uid("COPY", _set(uids), f'"{target}"')
            assert status == "OK", data
            leave(client)

        await self._do(copy)
        await self.expunge(folder, uids)

    async def renumber(self, folder: str) -> None:
        self._server.renumber(self._user, folder)


def backend_of(server: Courier, user: str, password: str = "") -> ImapBackend:
    where = Server(server.host, server.imap, Security.NONE)
    return ImapBackend(where, user, lambda: password or server.password, timeouts=TIMEOUTS)


class TestCourier(BackendConformance):
    @pytest.fixture
    async def world(self, courier: Courier, user: str) -> AsyncIterator[World]:
        other = CourierClient(courier, user)
        world = World(lambda: backend_of(courier, user), other)
        yield world
        await world.close()
        other.close()


class TestItsWays:
    async def test_what_it_can_do(self, courier: Courier, user: str) -> None:
        backend = backend_of(courier, user)
        caps = await backend.connect()
        assert "Courier" in caps.server
        assert (caps.move, caps.delta, caps.safe_expunge, caps.push, caps.keywords) == (False, False, True, True, True)
        await backend.close()

    async def test_a_wrong_password_is_refused(self, courier: Courier, user: str) -> None:
        backend = backend_of(courier, user, "wrong")
        with pytest.raises(SignInRefused, match="Login failed"):
            await backend.connect()
        await backend.close()

    async def test_the_prefix_is_no_part_of_a_path_and_names_give_roles(self, courier: Courier, user: str) -> None:
        backend = backend_of(courier, user)
        for path in ("Sent", "Papierkorb", "Work/2026"):
            made = await backend.change_folder(FolderChange(FolderChangeKind.CREATE, path))
            assert made is not None
            assert made.path == path
        found = {folder.path: folder for folder in await backend.folders()}
        assert {"INBOX", "Sent", "Papierkorb", "Work/2026"} <= found.keys()
        assert found["Work/2026"].name == "INBOX.Work.2026"
        assert (found["Sent"].role, found["Papierkorb"].role) == (Role.SENT, Role.TRASH)
        assert (courier.maildir(user) / ".Work.2026").is_dir()
        await backend.close()

    async def test_a_move_by_copy_leaves_what_others_marked(self, courier: Courier, user: str) -> None:
        """No MOVE: copy, mark, and expunge by UID; never a plain EXPUNGE."""
        other = CourierClient(courier, user)
        for number in range(3):
            await other.arrive("INBOX", letter(number))
        backend = backend_of(courier, user)
        inbox = Copy("INBOX")
        await inbox.follow(backend)
        await other.flag("INBOX", inbox.uids()[2:], add=Flag.DELETED)
        archive = await backend.change_folder(FolderChange(FolderChangeKind.CREATE, "Archive"))
        assert archive is not None
        result = await backend.apply(inbox.operation(ChangeKind.MOVE, *inbox.uids()[:2], target=archive.name))
        assert len(result.target_uids) == 2
        assert await other.raws("INBOX") == [letter(2)]
        assert await other.raws(archive.name) == [letter(0), letter(1)]
        await backend.close()
        other.close()
