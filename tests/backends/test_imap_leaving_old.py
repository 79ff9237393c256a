"""Leaving old mail on an IMAP server, at every level of what a server can do."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.backends.conformance import World
from tests.backends.leaving_old import DAY, NOW, LeavingOldConformance, Window, arrive
from tests.backends.test_imap_conformance import imap_world, level
from tests.conftest import Mailbox
from tests.fakes.dovecot import Dovecot
from tui_mail.backends.imap.backend import ImapBackend
from tui_mail.backends.imap.cursor import Cursor, decode

__all__ = ["level"]  # a fixture

pytestmark = pytest.mark.dovecot


class TestImap(LeavingOldConformance):
    @pytest.fixture
    async def world(self, level: Dovecot) -> AsyncIterator[World]:
        async for world in imap_world(Mailbox.fresh(level), connections=3):
            yield world


async def test_a_folder_of_which_old_mail_was_left_is_current(dovecot: Mailbox) -> None:
    """So that a quiet round asks nothing but the list."""
    async for world in imap_world(dovecot, connections=2):
        backend = world.backend()
        assert isinstance(backend, ImapBackend)
        await backend.connect()
        for age in (300, 200, 20, 10):
            await arrive(backend, age, age)
        copy = Window("INBOX")
        await copy.look(backend, NOW - 100 * DAY)
        assert (copy.count(), copy.older) == (2, 2)
        assert backend.is_current(copy.cursor, await backend.status("INBOX"), copy.count())
        await arrive(backend, 5, 5)
        assert not backend.is_current(copy.cursor, await backend.status("INBOX"), copy.count())


def test_the_cursor_keeps_what_was_left_and_reads_those_from_before() -> None:
    cursor = Cursor(1, uidnext=100, modseq=5, holes=((1, 49), (90, 95)), floor=50, older=40)
    assert decode(cursor.encode()) == cursor
    assert cursor.wanted == ((90, 95),)
    assert cursor.bottom() == 50
    before = b'{"v":1,"uidvalidity":1,"uidnext":9,"highestmodseq":2,"holes":[[1,3]],"scan":0}'
    assert decode(before) == Cursor(1, 9, 2, ((1, 3),))
    assert Cursor(1, 9).bottom() == 1
    assert Cursor(1, 9, holes=((1, 8),)).bottom() == 9
