"""What a synchronisation asks of a real IMAP server: nothing that was told already."""

from __future__ import annotations

import re

import pytest

from tests.conftest import Mailbox
from tests.e2e.independent import signed_in
from tests.engine.sites import Desk, DovecotSite
from tests.fakes.faultproxy import Cut, FaultProxy
from tests.fakes.memory_backend import letter
from tests.unit.link.homes import short_home
from tui_mail.engine.lanes import Urgency
from tui_mail.link.messages import Sync
from tui_mail.model.ids import AccountName, FolderId
from tui_mail.store.gestures.folders import FolderGestures
from tui_mail.store.gestures.journal import Journal
from tui_mail.store.mirror.results import ServerFolder
from tui_mail.store.reader import Reader
from tui_mail.store.writer import Writer

pytestmark = pytest.mark.dovecot


def opened(proxy: FaultProxy) -> list[str]:
    """The folders that were opened since the last look."""
    found = re.findall(rb"EXAMINE \"?([A-Za-z]+)", proxy.seen("up"))
    proxy.passed.clear()
    return [name.decode() for name in found]


def letters(dovecot: Mailbox, folders: int) -> None:
    """Put a few into each of as many folders."""
    with signed_in(dovecot.login) as client:
        for number in range(folders):
            client.create(f"Box{number}")
            for each in range(5):
                client.append(f"Box{number}", "", "", letter(100 * number + each))


@pytest.mark.parametrize(("folders", "alone", "connections"), [(12, True, 3), (2, True, 1), (12, False, 2)])
async def test_many_folders_are_read_side_by_side_where_nobody_comes_in_between(
    dovecot: Mailbox, folders: int, *, alone: bool, connections: int
) -> None:
    letters(dovecot, folders)
    with short_home() as home, FaultProxy(dovecot.server.imap) as proxy:
        site = DovecotSite(dovecot, proxy.port, alone=alone)
        desk = Desk(home, site)
        async with desk.running():
            await desk.synced()
            assert proxy.connections == connections
            assert desk.state() == site.state()
            first = 0 if alone else 1  # its newest come over the connection that there is
            assert opened(proxy) == ["Box"] * (folders + first), "each once"
            await desk.synced()
            assert opened(proxy) == []


@pytest.mark.parametrize("which", [0, 1, 2])
async def test_one_connection_that_breaks_ends_the_others_in_good_order(dovecot: Mailbox, which: int) -> None:
    letters(dovecot, 12)
    cut = Cut(before=b"OK Fetch completed", connection=which)
    with short_home() as home, FaultProxy(dovecot.server.imap, cut) as proxy:
        site = DovecotSite(dovecot, proxy.port, alone=True)
        desk = Desk(home, site)
        async with desk.running() as engine:
            assert not (await engine.handle(Sync(id=1, bodies="none"))).ok
            proxy.set()
            await desk.synced()
            assert desk.state() == site.state()


@pytest.mark.parametrize("alone", [False, True])
async def test_a_folder_that_is_empty_by_the_list_is_not_opened_until_it_is_not(
    dovecot: Mailbox, *, alone: bool
) -> None:
    with short_home() as home, FaultProxy(dovecot.server.imap) as proxy:
        site = DovecotSite(dovecot, proxy.port, alone=alone)
        site.fill(130)
        desk = Desk(home, site)
        async with desk.running():
            await desk.synced()
            assert set(opened(proxy)) == {"INBOX"}
            assert desk.state() == site.state()
            await desk.synced()
            assert opened(proxy) == []
            with signed_in(dovecot.login) as client:
                client.select("INBOX")
                client.copy("1:3", "Archive")
                client.copy("4", "Junk")
                client.select("Junk")
                client.store("1", "+FLAGS", r"(\Deleted)")
                client.expunge()
            await desk.synced()
            assert opened(proxy) == ["Archive"], "what came into the other one is gone again"
            assert desk.state() == site.state()
            assert len(desk.ids("Archive")) == 3
            with signed_in(dovecot.login) as client:
                client.select("Archive")
                client.store("1:3", "+FLAGS", r"(\Deleted)")
                client.expunge()
            await desk.synced()
            assert desk.ids("Archive") == []
            opened(proxy)
            await desk.synced()
            assert opened(proxy) == []


async def test_an_empty_folder_that_is_deleted_here_meanwhile_stops_nothing(
    dovecot: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with signed_in(dovecot.login) as client:
        client.create("Leaving")
    with short_home() as home:
        site = DovecotSite(dovecot, dovecot.server.imap)
        site.fill(3)
        desk = Desk(home, site)
        plain = Writer.server_folder

        def delete(writer: Writer) -> None:
            reader, journal = Reader(home), Journal(home, site.clock)
            (number,) = (each.id for each in reader.folders() if each.path == "Leaving")
            FolderGestures(reader, journal).delete(number)
            journal.close()
            reader.close()
            for operation in writer.next_operations(AccountName("work")):
                writer.start(operation)
                writer.confirm(operation)

        def and_then_it_goes(writer: Writer, folder: FolderId) -> ServerFolder | None:
            found = plain(writer, folder)
            if found is not None and found.path == "Leaving" and desk.engine is not None:
                desk.engine.core.submit(Urgency.PERSON, delete)
            return found

        async with desk.running():
            monkeypatch.setattr(Writer, "server_folder", and_then_it_goes)
            await desk.synced()
            monkeypatch.undo()
            reader = Reader(home)
            assert "Leaving" not in {folder.path for folder in reader.folders()}
            reader.close()
            await desk.synced()
            assert desk.state() == site.state()
