"""kill -9 of an engine at every kind of step and at any moment, against a real Dovecot: nothing is lost, nothing is done
twice, and both sides are equal after the next clean round.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.conftest import Mailbox
from tests.engine.siege import Siege
from tests.fakes import dovecot as servers
from tests.fakes.dovecot import Dovecot
from tests.unit.link.homes import short_home

pytestmark = pytest.mark.dovecot

PLANS = ("journal", "journal", "wire", "mail", "none")
"""Where to kill, by chance."""
MOST = {"journal": 14, "mail": 14, "wire": 40, "none": 1}
"""The last step of each kind that an engine usually comes to."""
CAPS = {
    "everything": "",
    "no move": "IMAP4rev1 UIDPLUS IDLE CONDSTORE ENABLE ESEARCH NAMESPACE LIST-EXTENDED SPECIAL-USE UNSELECT",
    "nothing": "IMAP4rev1 AUTH=PLAIN",
}
"""What the server says it can do; the words alone make us do without."""


@pytest.fixture(scope="module", params=CAPS)
def any_server(request: pytest.FixtureRequest) -> Iterator[Dovecot]:
    if reason := servers.missing():
        pytest.skip(reason)
    server = servers.start(CAPS=CAPS[request.param])
    yield server
    servers.stop(server)


def campaign(mailbox: Mailbox, kills: int, seed: int, count: int) -> None:
    """Kill engines in a first synchronisation, while they read changes, carry out operations and change folders."""
    chance = random.Random(seed)
    with short_home() as home:
        siege = Siege(home, mailbox, chance)
        siege.settle_in(count)
        while siege.kills < kills:
            phase = siege.kills % 4
            if phase == 0 and siege.kills:
                siege.forget()
            meanwhile = None
            if phase == 1:
                siege.elsewhere()
                meanwhile = siege.elsewhere if chance.random() < 0.3 else None
            if phase >= 2:
                for _unused in range(chance.randint(1, 6)):
                    siege.on_messages() if phase == 2 or chance.random() < 0.4 else siege.on_folders()
                meanwhile = siege.on_messages if chance.random() < 0.3 else None
            step = chance.choice(PLANS)
            siege.kill_one(step, chance.choice(["before", "after"]), chance.randint(1, MOST[step]), meanwhile)
            try:
                siege.check()
            except AssertionError as error:
                error.add_note("\n".join(siege.story[-20:]))
                raise


def test_ten_kills(dovecot: Mailbox) -> None:
    campaign(dovecot, 10, 3, 150)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(5))
def test_five_hundred_kills(any_server: Dovecot, seed: int) -> None:
    campaign(Mailbox.fresh(any_server), 34, seed, 300)
