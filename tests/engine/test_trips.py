"""What a synchronisation asks of a real IMAP server: nothing that was told already."""

from __future__ import annotations

import re

import pytest

from tests.conftest import Mailbox
from tests.e2e.independent import signed_in
from tests.engine.sites import Desk, DovecotSite
from tests.fakes.faultproxy import FaultProxy
from tests.unit.link.homes import short_home

pytestmark = pytest.mark.dovecot


def opened(proxy: FaultProxy) -> list[str]:
    """The folders that were opened since the last look."""
    found = re.findall(rb"EXAMINE \"?([A-Za-z]+)", proxy.seen("up"))
    proxy.passed.clear()
    return [name.decode() for name in found]


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
