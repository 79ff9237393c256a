"""An engine begins at every prefix of the journal, with the server as it was then: all comes to the same end."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.conftest import Mailbox
from tests.engine.prefixes import Recorder, record
from tests.engine.siege import Siege
from tests.engine.test_kills import any_server
from tests.fakes.dovecot import Dovecot
from tests.unit.link.homes import short_home

__all__ = ["any_server"]

pytestmark = pytest.mark.dovecot


def go_on(recorder: Recorder, at: int, *, power_cut: bool) -> None:
    moment = recorder.moments[at]
    with short_home() as home:
        siege = recorder.revive(home, moment, power_cut=power_cut)
        try:
            siege.check()
        except AssertionError as error:
            error.add_note(f"from moment {moment.name}")
            raise


def script(mailbox: Mailbox, directory: Path, seed: int, gestures: int, rounds: int) -> Recorder:
    with short_home() as home:
        siege = Siege(home, mailbox, random.Random(seed))
        siege.settle_in(40)
        siege.clean()
        asked = [siege.on_folders if number % 3 == 2 else siege.on_messages for number in range(gestures)]
        return record(siege, directory, [siege.on_folders, *asked], rounds)


def test_from_some_prefixes(dovecot: Mailbox, tmp_path: Path) -> None:
    recorder = script(dovecot, tmp_path, 5, 9, 2)
    assert len(recorder.moments) > 20
    for at in range(1, len(recorder.moments), 6):
        go_on(recorder, at, power_cut=at % 4 == 1)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("power_cut", [False, True])
@pytest.mark.parametrize("seed", [0, 2, 11])
def test_from_every_prefix(any_server: Dovecot, tmp_path: Path, seed: int, power_cut: bool) -> None:
    recorder = script(Mailbox.fresh(any_server), tmp_path, seed, 15, 2)
    for at in range(len(recorder.moments)):
        go_on(recorder, at, power_cut=power_cut)
