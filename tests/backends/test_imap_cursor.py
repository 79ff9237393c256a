"""Cursors, and the windows that fill their holes: whatever happens, every message is brought exactly once."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mail.backends.imap.backend import ImapBackend
from tui_mail.backends.imap.changes import only_in
from tui_mail.backends.imap.cursor import Cursor, decode
from tui_mail.backends.imap.guard import confirmed, suspicious
from tui_mail.backends.imap.window import Window
from tui_mail.config.servers import Server
from tui_mail.model.remote import FolderStatus

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("grow"), st.integers(1, 120), st.just(0)),
        st.tuples(st.just("fill"), st.integers(1, 120), st.integers(0, 60)),
    ),
    max_size=30,
)


@given(STEPS)
def test_holes_are_exactly_what_was_never_filled(steps: list[tuple[str, int, int]]) -> None:
    cursor = Cursor(7)
    unknown: set[int] = set()
    for kind, first, more in steps:
        if kind == "grow":
            unknown |= set(range(cursor.uidnext, first))
            cursor = cursor.grown(first)
        else:
            unknown -= set(range(first, first + more + 1))
            cursor = cursor.filled(first, first + more)
        restored = decode(cursor.encode())
        assert restored == cursor
        assert {uid for low, high in cursor.holes for uid in range(low, high + 1)} == unknown
        assert all(cursor.knows(uid) == (uid not in unknown) for uid in range(1, cursor.uidnext))
        assert not cursor.knows(cursor.uidnext)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{}",
        b"nonsense",
        b"[1]",
        b"null",
        json.dumps({"v": 2, "uidvalidity": 1}).encode(),
        json.dumps({"v": 1, "uidvalidity": "x", "uidnext": 1, "highestmodseq": 0, "scan": 0, "holes": []}).encode(),
        json.dumps({"v": 1, "uidvalidity": 1, "uidnext": 1, "highestmodseq": 0, "scan": 0, "holes": [[1]]}).encode(),
        b"\xff\xfe",
    ],
)
def test_a_cursor_that_cannot_be_read_is_no_cursor(value: bytes) -> None:
    assert decode(value) is None


@given(
    st.sets(st.integers(1, 3000), min_size=1, max_size=200),
    st.integers(1, 3001),
    st.lists(st.floats(0.0, 3.0), min_size=1, max_size=5),
)
def test_windows_cover_every_hole_once_from_the_top(uids: set[int], top: int, seconds: list[float]) -> None:
    window = Window([(1, top)], 100, len(uids) / 3000)
    covered: list[int] = []
    for number in range(10_000):
        if not window.planned:
            break
        low, high = window.take()
        covered += range(high, low - 1, -1)
        window.learn(len([uid for uid in uids if low <= uid <= high]), high - low + 1, seconds[number % len(seconds)])
    assert covered == list(range(top, 0, -1))


def test_windows_cross_wide_gaps_in_few_steps() -> None:
    window = Window([(1, 4_000_000_000)], 100, 10 / 4_000_000_000)
    steps = 0
    while window.planned:
        low, high = window.take()
        window.learn(0, high - low + 1, 0.01)
        steps += 1
    assert steps < 60


def test_few_missing_are_believed_at_once() -> None:
    assert not suspicious(50, 100)
    assert suspicious(51, 100)
    assert not suspicious(200, 1000)
    assert suspicious(201, 1000)


def test_only_what_is_missing_twice_has_vanished() -> None:
    assert confirmed([1, 2, 3], [2, 9]) == [1, 3]
    assert confirmed([1, 2, 3], None) == []


def test_a_status_that_equals_the_cursor_needs_no_round_trip() -> None:
    backend = ImapBackend(Server("127.0.0.1", 1), "ada", lambda: "secret")
    known = Cursor(7, 100, 55)
    status = FolderStatus(total=40, unread=3, uidvalidity=7, uidnext=100, highestmodseq=55)
    assert backend.is_current(known.encode(), status, 40)
    assert not backend.is_current(known.encode(), status, 39)
    assert not backend.is_current(b"", status, 40)
    assert not backend.is_current(known.grown(101).encode(), status, 40)
    assert not backend.is_current(Cursor(7, 100, 54).encode(), status, 40)
    assert not backend.is_current(Cursor(7, 100, 0).encode(), FolderStatus(40, 3, 7, 100, None), 40)


def test_nothing_here_and_nothing_there_needs_no_round_trip_whatever_came_and_went() -> None:
    backend = ImapBackend(Server("127.0.0.1", 1), "ada", lambda: "secret")
    for known in (Cursor(7), Cursor(7, 100), Cursor(7, 100, 55), Cursor(7, 100, 55, ((1, 99),))):
        assert backend.is_current(known.encode(), FolderStatus(0, 0, 7, 120, 70), 0)
        assert backend.is_current(known.encode(), FolderStatus(0, 0, 7), 0)
        assert not backend.is_current(known.encode(), FolderStatus(0, 0, 8, 120, 70), 0)
        assert not backend.is_current(known.encode(), FolderStatus(1, 0, 7, 120, 70), 0)
        assert not backend.is_current(known.encode(), FolderStatus(0, 0, 7, 120, 70), 1)
        assert not backend.is_current(known.encode(), FolderStatus(None, 0, 7, 120, 70), 0)
    assert not backend.is_current(Cursor(7, 100, 55, floor=50, older=3).encode(), FolderStatus(0, 0, 7, 100, 55), 0)


def test_the_cursor_of_an_empty_folder_vouches_for_no_message() -> None:
    backend = ImapBackend(Server("127.0.0.1", 1), "ada", lambda: "secret")
    page = backend.nothing_in("INBOX", FolderStatus(0, 0, 7, 120, 70))
    assert page is not None
    assert (page.last, page.total, page.uidvalidity) == (True, 0, 7)
    assert decode(page.cursor) == Cursor(7)
    assert not any(Cursor(7).knows(uid) for uid in range(200))
    for status in (FolderStatus(), FolderStatus(0, 0, None, 120, 70), FolderStatus(1, 0, 7, 2, 70), FolderStatus(0)):
        assert backend.nothing_in("INBOX", status) is None


@given(st.sets(st.integers(1, 60)), st.sets(st.integers(1, 60)))
def test_what_is_on_one_side_only(these: set[int], those: set[int]) -> None:
    assert list(only_in(sorted(these), sorted(those))) == sorted(these - those)
