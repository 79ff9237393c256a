"""How far back mail is brought here, through the engine and from a real IMAP server."""

from __future__ import annotations

import time

import pytest

from tests.backends.leaving_old import DAY
from tests.conftest import Mailbox
from tests.e2e.independent import fill, signed_in
from tests.engine.sites import Desk, DovecotSite
from tests.engine.world import add_account
from tests.fakes.messages import Made, make_messages
from tests.unit.link.homes import short_home
from tui_mail.link.messages import Sync
from tui_mail.model.mail import Folder
from tui_mail.store.reader import Reader

pytestmark = pytest.mark.dovecot


def aged(count: int) -> list[Made]:
    """Messages of ``count`` × 10 days ago and so on, the youngest last."""
    from dataclasses import replace

    now = int(time.time())
    return [
        replace(made, received=now - age * 10 * DAY)
        for made, age in zip(make_messages(count), range(count, 0, -1), strict=True)
    ]


async def test_older_mail_stays_and_comes_on_request(dovecot: Mailbox) -> None:
    fill(dovecot.login, aged(60))
    with short_home() as home:
        desk = Desk(home, DovecotSite(dovecot))
        add_account(home, since=105)

        def inbox() -> Folder:
            reader = Reader(home)
            try:
                return next(folder for folder in reader.folders() if folder.path == "INBOX")
            finally:
                reader.close()

        async with desk.running() as engine:
            await desk.synced()
            assert (inbox().total, inbox().older, inbox().complete) == (10, 50, True)
            await desk.synced()
            assert (await engine.handle(Sync(id=1, folder="INBOX", older="more", bodies="none"))).ok
            assert 10 < inbox().total < 60
            assert inbox().total + inbox().older == 60
            with signed_in(dovecot.login) as client:
                client.select("INBOX")
                client.store("1", "+FLAGS", r"(\Deleted)")
                client.expunge()
            await desk.synced()
            assert inbox().total + inbox().older == 59
            assert (await engine.handle(Sync(id=2, folder="INBOX", older="all", bodies="none"))).ok
            assert (inbox().total, inbox().older) == (59, 0)
