"""A folder read by sequence numbers: whatever a server does, a window vouches for nothing that did not come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_mail.backends.imap import downwards, fetch
from tui_mail.backends.imap.downwards import Downwards
from tui_mail.backends.imap.failures import CommandFailed
from tui_mail.backends.imap.fetch import Broken
from tui_mail.model.flags import Flag
from tui_mail.model.remote import NewMessage


@dataclass
class Server:
    """A selected folder, and what was asked of it. ``uids`` are those of now, ascending."""

    uids: list[int]
    caps: frozenset[str] = frozenset()
    host: str = "mail.example.org"
    asked: list[tuple[int, int | None]] = field(default_factory=list)
    expunged: dict[int, list[int]] = field(default_factory=dict)
    """By the number of the answer before which they go: places among ``uids``."""
    spilt: int = 0
    """So many messages of the next answer come with each one."""
    broken: frozenset[int] = frozenset()
    kept_back: frozenset[int] = frozenset()
    """UIDs that no answer holds though they are there."""
    refused: frozenset[int] = frozenset()
    """The numbers of answers that say no."""
    answered: int = 0

    def start(self, command: bytes, _items: bytes) -> bytes:
        named = re.fullmatch(rb"FETCH (\d+):(\d+|\*)", command)
        assert named, command
        self.asked.append((int(named[1]), None if named[2] == b"*" else int(named[2])))
        return b"T%d" % (len(self.asked) - 1)

    def numbered(self, tag: bytes) -> Iterator[tuple[int, NewMessage] | Broken]:
        number = int(tag[1:])
        assert number == self.answered, "answers are read in the order of the commands"
        self.answered += 1
        for place in self.expunged.get(number, ()):
            if self.uids:
                del self.uids[place % len(self.uids)]
        if number in self.refused:
            raise CommandFailed("BAD", "", "no such messages")
        some = self._named(number)
        if number + 1 < len(self.asked):
            some = [*self._named(number + 1)[: self.spilt], *some]
        for uid in (each for each in some if each not in self.kept_back):
            number = self.uids.index(uid) + 1
            yield Broken(0, number) if uid in self.broken else (number, NewMessage(uid, Flag.NONE, (), 0, 1, b""))

    def _named(self, number: int) -> list[int]:
        low, high = self.asked[number]
        return self.uids[low - 1 : len(self.uids) if high is None else high]


@dataclass
class Turn:
    urgent: bool = False

    def is_urgent(self) -> bool:
        return self.urgent

    def breathe(self) -> bool:
        return False


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downwards, "FIRST_PAGE", 3)
    monkeypatch.setattr(downwards, "SECOND_PAGE", 5)
    monkeypatch.setattr(downwards, "LARGEST_PAGE", 8)
    monkeypatch.setattr(fetch, "numbered", lambda server, tag: server.numbered(tag))


def read(
    server: Server, total: int, exists: int, uidnext: int, depth: int = 3, *, urgent: bool = False, **more: Any
) -> list[tuple[set[int], int, int]]:
    """What was covered, newest first."""
    work: Any = Downwards(server, total, depth, **more)  # type: ignore[arg-type] # as much of a session as is needed
    work._size = 3
    work._largest = 8
    turn = Turn(urgent)
    if not urgent:
        work.ask(depth - 1)
    return [({message.uid for message in found}, low, high) for found, low, high in work.windows(exists, uidnext, turn)]


def test_all_of_it_in_a_few_windows_however_sparse() -> None:
    server = Server([5, 9, 1000, 1001, 1002, 50_000, 50_001, 90_000])
    covered = read(server, 8, 8, 90_001)
    assert covered == [({50_000, 50_001, 90_000}, 50_000, 90_000), ({5, 9, 1000, 1001, 1002}, 1, 49_999)]
    assert server.asked == [(6, None), (1, 5)]


def test_only_the_first_window_where_no_more_is_wanted() -> None:
    server = Server(list(range(1, 21)))
    assert read(server, 20, 20, 21, only_first=True) == [({18, 19, 20}, 18, 20)]


def test_what_is_urgent_waits_for_nothing_but_what_was_asked_for() -> None:
    server = Server(list(range(1, 31)))
    assert [low for _found, low, _high in read(server, 30, 30, 31, urgent=True)] == [28, 23, 15]
    assert server.answered == len(server.asked) == 3


@pytest.mark.parametrize("now", [16, 17, 18, 20, 25])
def test_a_number_of_before_is_made_do_with_where_it_proves_what_is_meant(now: int) -> None:
    server = Server(list(range(1, now + 1)))
    covered = read(server, 20, now, now + 1)
    seen = set().union(*(found for found, _low, _high in covered)) if covered else set()
    assert seen == (set(range(1, now + 1)) if now > 17 else set())


def test_a_window_that_is_refused_leaves_the_rest_to_others() -> None:
    server = Server(list(range(1, 31)), refused=frozenset({1}))
    assert read(server, 30, 30, 31) == [({28, 29, 30}, 28, 30)]
    assert server.answered == len(server.asked), "nothing that was asked for is left unread"


@settings(max_examples=500)
@given(
    uids=st.sets(st.integers(1, 400), min_size=1, max_size=60).map(sorted),
    expunged=st.dictionaries(st.integers(0, 8), st.lists(st.integers(0, 60), max_size=3), max_size=3),
    spilt=st.integers(0, 4),
    broken=st.sets(st.integers(1, 400), max_size=3),
    kept_back=st.sets(st.integers(1, 400), max_size=3),
    refused=st.sets(st.integers(0, 8), max_size=1),
    off=st.integers(-4, 4),
    depth=st.integers(2, 5),
)
def test_what_is_covered_came(
    uids: list[int],
    expunged: dict[int, list[int]],
    spilt: int,
    broken: set[int],
    kept_back: set[int],
    refused: set[int],
    off: int,
    depth: int,
) -> None:
    at_first = set(uids)
    server = Server(
        list(uids),
        expunged=expunged,
        spilt=spilt,
        broken=frozenset(broken),
        kept_back=frozenset(kept_back),
        refused=frozenset(refused),
    )
    top = uids[-1]
    below = top + 1
    for found, low, high in read(server, max(1, len(uids) + off), len(uids), top + 1, depth):
        assert high == below - 1, "windows lie side by side"
        assert low <= high
        below = low
        missing = {uid for uid in at_first if low <= uid <= high} - found
        # What a server expunged is not there, and what could not be read is found by counting, in the end; what it
        # keeps back without a word is vouched for by nothing.
        assert missing <= (at_first - set(server.uids)) | broken
        assert found <= set(range(low, high + 1)) & at_first
    assert server.answered == len(server.asked)
