"""Two accounts of 20,000 messages over links that are cut at random, while another client changes one in a hundred
again and again: at each quiet point both sides are equal, and the engine holds no more in the end than in the beginning.

TUI_MAIL_SOAK_SECONDS (1200) and TUI_MAIL_SOAK_MESSAGES (20000) say how long and how large.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time

import pytest

from tests.conftest import Mailbox
from tests.engine.soak import Account, Sample, Soak
from tests.fakes.dovecot import Dovecot
from tests.fakes.faultproxy import FaultProxy
from tests.unit.link.homes import short_home
from tui_mail.model.ids import AccountName

pytestmark = [pytest.mark.long, pytest.mark.dovecot, pytest.mark.timeout(7200)]

SECONDS = float(os.environ.get("TUI_MAIL_SOAK_SECONDS", "1200"))
MESSAGES = int(os.environ.get("TUI_MAIL_SOAK_MESSAGES", "20000"))
BETWEEN = min(60.0, SECONDS / 4)
"""Seconds of weather before a quiet point."""
MOST_OCTETS = 180 * 1024 * 1024
MOST_FILES = 120
MOST_SOCKETS = 24
"""Two accounts of three connections, clients on the socket, and pairs by which threads are woken."""


def test_a_long_day(dovecot_server: Dovecot) -> None:
    first, second = Mailbox.fresh(dovecot_server), Mailbox.fresh(dovecot_server)
    with (
        short_home() as home,
        FaultProxy(dovecot_server.imaps) as one,
        FaultProxy(dovecot_server.imaps) as other,
    ):
        one.remembers = other.remembers = False
        accounts = [Account(AccountName("one"), first, one), Account(AccountName("two"), second, other)]
        soak = Soak(home, accounts, random.Random(1))
        soak.settle_in(MESSAGES)
        with soak.engine() as pid:
            begun = time.monotonic()
            with soak.going_on():
                while time.monotonic() < begun + SECONDS:
                    quiet = time.monotonic() + BETWEEN
                    while time.monotonic() < quiet:
                        time.sleep(2.0)
                        soak.sample(pid, begun)
                        soak.gesture()
                    soak.quiet_point()
            log = home.log_file.read_text()
    told = summary(soak)
    sys.stdout.write(f"{told}\n")
    assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:4000]
    assert ": unexpected" not in log
    assert soak.quiet_points >= 3
    assert soak.cuts
    bounded(soak.samples, told)


def bounded(samples: list[Sample], told: str) -> None:
    """Never more than can be borne, and in the last third no more than in the second."""
    assert max(sample.octets for sample in samples) < MOST_OCTETS, told
    assert max(sample.files for sample in samples) < MOST_FILES, told
    assert max(sample.sockets for sample in samples) < MOST_SOCKETS, told
    third = len(samples) // 3
    middle, last = samples[third : 2 * third], samples[2 * third :]
    for name in ("octets", "files", "sockets"):
        before, after = (statistics.median(getattr(one, name) for one in part) for part in (middle, last))
        assert after <= before * 1.15 + 4, (name, before, after, told)


def summary(soak: Soak) -> str:
    lines = [
        f"{soak.quiet_points} quiet points, {soak.changes} changes elsewhere, {soak.cuts} cuts, {soak.gestures} gestures"
    ]
    step = max(1, len(soak.samples) // 12)
    lines += [
        f"{sample.at:6.0f} s {sample.octets / 1e6:6.1f} MB {sample.files:4} files {sample.sockets:3} sockets"
        f" {sample.processes} processes"
        for sample in soak.samples[::step]
    ]
    return "\n".join(lines)
