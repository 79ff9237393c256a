"""Three ways to learn what changed (QRESYNC, CONDSTORE, a scan): they end with the same, and cost what they should."""

from __future__ import annotations

import asyncio
import imaplib
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backends.conformance import Copy, letter
from tests.backends.test_imap_conformance import ImaplibClient
from tests.backends.test_imap_scripted import CAPS, header_line, selected, talking_to
from tests.conftest import Mailbox
from tests.e2e.independent import Login, fill, signed_in
from tests.fakes.dovecot import Dovecot
from tests.fakes.faultproxy import FaultProxy
from tests.fakes.messages import make_messages
from tests.fakes.scripted_imap import Wire, answering
from tui_mail.backends.imap import changes
from tui_mail.backends.imap.backend import ImapBackend
from tui_mail.backends.imap.cursor import Cursor, decode
from tui_mail.config.servers import Security
from tui_mail.model.errors import Unreachable
from tui_mail.model.flags import Flag

QUICK_CAPS = f"{CAPS} ENABLE CONDSTORE QRESYNC"
TIERS = {
    "Q": frozenset[str](),
    "C": frozenset({"QRESYNC"}),
    "S": frozenset({"QRESYNC", "CONDSTORE"}),
}


@asynccontextmanager
async def backend_of(tier: str, mailbox: Mailbox, port: int = 0) -> AsyncIterator[ImapBackend]:
    server = mailbox.imap(port, Security.NONE)
    backend = ImapBackend(server, mailbox.user, lambda: mailbox.server.password, without=TIERS[tier])
    try:
        yield backend
    finally:
        await backend.close()


def truth(login: Login) -> dict[int, set[str]]:
    """UID to flags, by the standard library's client."""
    with signed_in(login) as client:
        client.select("INBOX", readonly=True)
        _status, data = client.uid("FETCH", "1:*", "(FLAGS)")
    found: dict[int, set[str]] = {}
    for line in data:
        if isinstance(line, bytes):
            match = re.search(rb"UID (\d+)", line)
            flags = imaplib.ParseFlags(line)
            assert match
            found[int(match[1])] = {flag.decode() for flag in flags} - {"\\Recent"}
    return found


def spelt(copy: Copy) -> dict[int, set[str]]:
    names = {Flag.SEEN: "\\Seen", Flag.FLAGGED: "\\Flagged", Flag.ANSWERED: "\\Answered", Flag.DELETED: "\\Deleted"}
    return {
        uid: {name for flag, name in names.items() if flags & flag} | set(keywords)
        for uid, (flags, keywords) in copy.flags.items()
    }


FLAGS = st.sampled_from([Flag.SEEN, Flag.FLAGGED, Flag.ANSWERED, Flag.SEEN | Flag.FLAGGED, Flag.DELETED])
CHANGE = st.one_of(
    st.tuples(st.just("arrive"), st.integers(1, 4), FLAGS),
    st.tuples(st.just("add"), st.integers(0, 10_000), FLAGS),
    st.tuples(st.just("remove"), st.integers(0, 10_000), FLAGS),
    st.tuples(st.just("expunge"), st.integers(0, 10_000), st.just(Flag.NONE)),
    st.tuples(st.just("move"), st.integers(0, 10_000), st.just(Flag.NONE)),
    st.tuples(st.just("new-expunged"), st.just(0), st.just(Flag.NONE)),
)
ROUNDS = st.lists(
    st.tuples(st.lists(CHANGE, max_size=8), st.sampled_from([None, None, 1, 2]), st.booleans()), min_size=1, max_size=5
)
"""Each round: changes by another client, after how many pages the reading is cut off, whether all connect anew."""


async def look(copy: Copy, backend: ImapBackend) -> bool:
    """As the engine does: False where the list of folders says that the folder need not be opened."""
    (status,) = (folder.status for folder in await backend.folders() if folder.name == copy.folder)
    assert status is not None
    if copy.cursor and backend.is_current(copy.cursor, status, copy.count()):
        return False
    nothing = None if copy.cursor else backend.nothing_in(copy.folder, status)
    if nothing is not None:
        assert nothing.last
        copy.take(nothing)
        return False
    await copy.follow(backend)
    return True


@pytest.mark.dovecot
class TestTheSameEnd:
    @settings(max_examples=25)
    @given(st.sampled_from([0, 3, 130]), ROUNDS)
    def test_whatever_changes(self, dovecot_server: Dovecot, at_first: int, rounds: list[Any]) -> None:
        asyncio.run(self._run(Mailbox.fresh(dovecot_server), at_first, rounds))

    async def _run(self, mailbox: Mailbox, at_first: int, rounds: list[Any]) -> None:
        fill(mailbox.login, list(make_messages(at_first)))
        other = ImaplibClient(mailbox)
        copies = {tier: Copy("INBOX") for tier in TIERS}
        async with AsyncExitStack() as stack:
            stack.callback(other.close)
            open_ones = {tier: await stack.enter_async_context(backend_of(tier, mailbox)) for tier in TIERS}
            for copy, backend in zip(copies.values(), open_ones.values(), strict=True):
                if at_first:
                    await copy.follow(backend, 1 if at_first > 100 else 10_000)
                else:
                    assert not await look(copy, backend), "the list says that it is empty"
            for made, cut, anew in rounds:
                await self._change(mailbox, other, made)
                if anew:
                    open_ones = {tier: await stack.enter_async_context(backend_of(tier, mailbox)) for tier in TIERS}
                for tier, copy in copies.items():
                    if cut is not None:
                        await copy.follow(open_ones[tier], cut)
                    await look(copy, open_ones[tier])
                there = truth(mailbox.login)
                for tier, copy in copies.items():
                    assert spelt(copy) == there, tier
                assert copies["Q"].messages.keys() == copies["C"].messages.keys() == copies["S"].messages.keys()

    async def _change(self, mailbox: Mailbox, other: ImaplibClient, made: list[tuple[str, int, Flag]]) -> None:
        for kind, number, flags in made:
            uids = sorted(truth(mailbox.login)) if kind != "arrive" else []
            some = uids[number % len(uids) :: 3][:3] if uids else []
            if kind == "arrive":
                for index in range(number):
                    await other.arrive("INBOX", letter(index), flags)
            elif kind == "new-expunged":
                await other.arrive("INBOX", letter(99))
                await other.expunge("INBOX", [max(truth(mailbox.login))])
            elif not some:
                continue
            elif kind == "add":
                await other.flag("INBOX", some, add=flags)
            elif kind == "remove":
                await other.flag("INBOX", some, remove=flags)
            elif kind == "expunge":
                await other.expunge("INBOX", some)
            else:
                await other.move("INBOX", some, "Archive")


def fill_quickly(login: Login, count: int) -> None:
    """Many small messages in few commands (RFC 3502)."""
    with signed_in(login) as client:
        for start in range(0, count, 1000):
            raws = [letter(number) for number in range(start, min(start + 1000, count))]
            command = b"".join(b" {%d+}\r\n%s" % (len(raw), raw) for raw in raws)
            client.send(b"x APPEND INBOX" + command + b"\r\n")
            while not (line := client.readline()).startswith(b"x "):
                assert line, "the server went away"
            assert b"x OK" in line, line


def commands(proxy: FaultProxy, connections: range) -> list[bytes]:
    sent = b"".join(data for number, way, data in proxy.passed if way == "up" and number in connections)
    return re.findall(rb"^T[0-9]+ ([^\r\n]*)", sent, re.MULTILINE)


@pytest.mark.dovecot
class TestCost:
    @pytest.fixture(scope="class")
    def large(self, dovecot_server: Dovecot) -> Mailbox:
        mailbox = Mailbox.fresh(dovecot_server)
        fill_quickly(mailbox.login, 20_000)
        return mailbox

    @pytest.fixture
    def proxy(self, large: Mailbox) -> Iterator[FaultProxy]:
        with FaultProxy(large.server.imap) as proxy:
            yield proxy

    @pytest.mark.parametrize(("tier", "most_commands", "most_octets"), [("Q", 1, 8_000), ("C", 3, 12_000)])
    async def test_20_000_messages_with_200_changes(
        self, large: Mailbox, proxy: FaultProxy, tier: str, most_commands: int, most_octets: int
    ) -> None:
        copy = Copy("INBOX")
        async with backend_of(tier, large, proxy.port) as backend:
            await copy.follow(backend)
            uids = copy.uids()
            assert len(uids) >= 19_900
            other = ImaplibClient(large)
            await other.flag("INBOX", uids[50:20_000:200], add=Flag.FLAGGED if tier == "Q" else Flag.ANSWERED)
            await other.expunge("INBOX", uids[::200])
            other.close()
            said, before = len(commands(proxy, range(9))), backend.traffic
            await copy.follow(backend)
            cost = commands(proxy, range(9))[said:]
            octets = sum(backend.traffic) - sum(before)
        assert len(cost) <= most_commands, cost
        assert octets < most_octets
        assert spelt(copy) == truth(large.login)

    @pytest.mark.parametrize("tier", ["Q", "C"])
    async def test_a_quiet_folder_is_one_command(self, large: Mailbox, proxy: FaultProxy, tier: str) -> None:
        copy = Copy("INBOX")
        async with backend_of(tier, large, proxy.port) as backend:
            await copy.follow(backend)
            said, before = len(commands(proxy, range(9))), backend.traffic
            await copy.follow(backend)
            assert len(commands(proxy, range(9))) - said == 1
            assert sum(backend.traffic) - sum(before) < 1000


class Box:
    """A scripted folder INBOX of UIDs 1 to ``uidnext`` - 1 with QRESYNC: what it says to it is a test's to write."""

    def __init__(self, exists: int = 9, modseq: int = 50) -> None:
        self.there = set(range(1, exists + 1))
        self.uidnext = exists + 1
        self.modseq = modseq
        self.says: Sequence[bytes | str] = []
        """Answers to the next SELECT with QRESYNC, before its end."""
        self.end = "OK [READ-ONLY] done"

    def script(self, caps: str = QUICK_CAPS, **more: Any) -> Any:
        return answering(caps, {"EXAMINE": self.examine, "UID FETCH": self.fetch, "FETCH": self.fetch,
                                "UID SEARCH": self.search, **more})  # fmt: skip

    def examine(self, command: str) -> list[bytes | str]:
        lines: list[bytes | str] = list(
            selected(len(self.there), self.uidnext, f"* OK [HIGHESTMODSEQ {self.modseq}] ok")
        )
        if "QRESYNC" in command:
            lines[-1:] = [*self.says, self.end]
            self.says = []
        return lines

    def fetch(self, command: str) -> list[bytes | str]:
        match = re.search(r"FETCH (\S+)", command)
        assert match
        low, _colon, high = match[1].partition(":")
        top = self.uidnext if high in {"*", ""} else int(high)
        uids = [uid for uid in sorted(self.there) if int(low) <= uid <= top]
        if "HEADER" in command:
            return [header_line(uid) for uid in uids]
        return [f"* {uid} FETCH (UID {uid} FLAGS (\\Seen) MODSEQ ({self.modseq}))" for uid in uids]

    def search(self, _command: str) -> list[str]:
        return [f"* ESEARCH UID ALL {','.join(map(str, sorted(self.there)))}"]


def said(scripted: Any, word: bytes) -> list[bytes]:
    return [line.partition(b" ")[2] for line in scripted.received if word in line]


class TestTold:
    """What a server says to QRESYNC, and what is made of it."""

    async def test_ranges_holes_and_strangers_among_the_vanished(self) -> None:
        box = Box()
        async with talking_to(box.script()) as (backend, scripted):
            copy = Copy("INBOX")
            await copy.follow(backend)
            box.there -= {2, 5, 6}
            box.modseq = 60
            # RFC 7162, 3.2.10: what never existed may be named too.
            box.says = ["* VANISHED (EARLIER) 2,5:6,300:4000000000", "* 3 FETCH (UID 4 FLAGS (\\Flagged) MODSEQ (55))"]
            pages = await copy.follow(backend)
            assert copy.uids() == [1, 3, 4, 7, 8, 9]
            assert copy.flags[4][0] == Flag.FLAGGED
            assert list(pages[-1].vanished) == [2, 5, 6]
        assert said(scripted, b"QRESYNC (7") == [b"EXAMINE INBOX (QRESYNC (7 50 1:9))"]
        assert not said(scripted, b"SEARCH")
        assert not said(scripted, b"CHANGEDSINCE")

    async def test_it_is_asked_for_what_is_known_and_not_for_holes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(changes, "FIRST_PAGE", 4)
        monkeypatch.setattr(changes, "LARGEST_PAGE", 4)
        box = Box()
        async with talking_to(box.script()) as (backend, scripted):
            copy = Copy("INBOX")
            await copy.follow(backend, 1)
            assert copy.uids() == [6, 7, 8, 9]
            box.there -= {7}
            box.modseq = 60
            box.says = ["* VANISHED (EARLIER) 7"]
            await copy.follow(backend)
            assert copy.uids() == [1, 2, 3, 4, 5, 6, 8, 9]
        assert said(scripted, b"QRESYNC (7") == [b"EXAMINE INBOX (QRESYNC (7 50 6:9))"]

    async def test_a_reading_cut_off_loses_no_vanished_message(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Flags come with a page before; the sequence number is adopted with what vanished, in the last."""
        monkeypatch.setattr(changes, "FLAG_PAGE", 1)
        box = Box()
        async with talking_to(box.script()) as (backend, _server):
            copy = Copy("INBOX")
            await copy.follow(backend)
            box.there -= {2}
            box.modseq = 60
            news = ["* VANISHED (EARLIER) 2", "* 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ (60))"]
            box.says = news
            await copy.follow(backend, 1)
            assert copy.flags[1][0] == Flag.SEEN
            cursor = decode(copy.cursor)
            assert cursor is not None
            assert cursor.modseq == 50
            box.says = news
            await copy.follow(backend)
            assert copy.uids() == [1, 3, 4, 5, 6, 7, 8, 9]
            cursor = decode(copy.cursor)
            assert cursor is not None
            assert cursor.modseq == 60

    async def test_a_wrong_answer_is_set_right_and_a_second_one_ends_it_for_that_folder(self) -> None:
        box = Box()
        async with talking_to(box.script()) as (backend, scripted):
            copy, other = Copy("INBOX"), Copy("Other")
            await copy.follow(backend)
            await other.follow(backend)
            for gone in (3, 5):
                box.there -= {gone}
                box.modseq += 1
                await copy.follow(backend)  # not a word of what vanished
                assert gone not in copy.uids()
            box.there -= {7}
            box.modseq += 1
            await copy.follow(backend)
            box.says = ["* VANISHED (EARLIER) 3,5,7"]
            await other.follow(backend)
            assert copy.uids() == other.uids() == [1, 2, 4, 6, 8, 9]
        assert len(said(scripted, b"QRESYNC (7")) == 3
        assert said(scripted, b"QRESYNC (7")[-1].startswith(b'EXAMINE "Other"')
        assert len(said(scripted, b"CHANGEDSINCE")) == 1

    async def test_arrivals_are_no_mistake(self) -> None:
        box = Box()
        async with talking_to(box.script()) as (backend, scripted):
            copy = Copy("INBOX")
            await copy.follow(backend)
            for _unused in range(4):
                box.there.add(box.uidnext)
                box.uidnext += 1
                box.modseq += 1
                await copy.follow(backend)
            assert len(copy.uids()) == 13
        assert len(said(scripted, b"QRESYNC (7")) == 4
        assert not said(scripted, b"SEARCH")

    async def test_what_came_before_closed_is_about_the_folder_before(self) -> None:
        box = Box()
        async with talking_to(box.script()) as (backend, _server):
            copy = Copy("INBOX")
            await copy.follow(backend)
            box.says = []
            box.modseq = 60
            strangers = ["* VANISHED 1:3", "* 5 FETCH (UID 5 FLAGS (\\Deleted) MODSEQ (59))", "* OK [CLOSED] closed"]
            examine = box.examine

            def closing(command: str) -> list[bytes | str]:
                return [*strangers, *examine(command)]

            box.examine = closing  # type: ignore[method-assign] # this server tells of both
        async with talking_to(box.script()) as (backend, scripted):
            await copy.follow(backend)
            assert len(copy.uids()) == 9
            assert copy.flags[5][0] == Flag.NONE
        assert not said(scripted, b"SEARCH")

    async def test_a_sequence_that_went_back_is_a_scan(self) -> None:
        box = Box()
        async with talking_to(box.script()) as (backend, scripted):
            copy = Copy("INBOX")
            await copy.follow(backend)
            box.modseq = 12
            await copy.follow(backend)
            assert all(flags == Flag.SEEN for flags, _keywords in copy.flags.values())
        assert said(scripted, b"UID FETCH 1:9 (UID FLAGS)")

    async def test_another_uidvalidity_is_a_new_beginning_whatever_vanished(self) -> None:
        box = Box()
        async with talking_to(box.script()) as (backend, _server):
            copy = Copy("INBOX")
            copy.cursor, copy.uidvalidity = Cursor(6, 10, 40).encode(), 6
            box.says = ["* VANISHED (EARLIER) 1:9"]
            await copy.follow(backend)
            assert copy.resets == 1
            assert len(copy.uids()) == 9

    async def test_a_server_that_does_not_understand_is_not_asked_again(self) -> None:
        box = Box()

        def script(wire: Wire) -> None:
            box.end = "BAD what"
            box.script()(wire)

        async with talking_to(script) as (backend, scripted):
            copy = Copy("INBOX")
            for _unused in range(3):
                await copy.follow(backend)
                box.modseq += 1
            assert len(copy.uids()) == 9
        assert len(said(scripted, b"QRESYNC (7")) == 1
        assert len(said(scripted, b"(CONDSTORE)")) == 3

    async def test_an_answer_that_cannot_be_read_is_asked_for_twice_at_most(self) -> None:
        box = Box()
        async with talking_to(box.script()) as (backend, _server):
            copy = Copy("INBOX")
            await copy.follow(backend)
            box.there -= {4}
            for _unused in range(2):
                box.modseq += 1
                box.says = [b"* VANISHED (EARLIER) 4" + b",4" * 2_200_000]
                with pytest.raises(Unreachable):
                    await copy.follow(backend)
            box.says = [b"* VANISHED (EARLIER) 4" + b",4" * 2_200_000]
            await copy.follow(backend)
            assert 4 not in copy.uids()

    async def test_many_vanished_are_asked_for_again_on_another_connection(self) -> None:
        box = Box(exists=100)
        async with talking_to(box.script()) as (backend, scripted):
            copy = Copy("INBOX")
            await copy.follow(backend)
            box.modseq = 60
            box.says = ["* VANISHED (EARLIER) 1:90"]
            before = len(scripted.wires)
            await copy.follow(backend)
            assert len(copy.uids()) == 100, "they are there when looked for"
            assert len(scripted.wires) == before + 1

    @pytest.mark.parametrize(
        "caps",
        [
            f"{CAPS} CONDSTORE QRESYNC",
            f"{CAPS} ENABLE CONDSTORE",
            f"{QUICK_CAPS} XAPPLEPUSHSERVICE",
        ],
        ids=["no-enable", "no-qresync", "icloud"],
    )
    async def test_it_is_enabled_only_where_it_works(self, caps: str) -> None:
        box = Box()
        async with talking_to(box.script(caps)) as (backend, scripted):
            copy = Copy("INBOX")
            await copy.follow(backend)
            box.there -= {4}
            box.modseq = 60
            await copy.follow(backend)
            assert 4 not in copy.uids()
        assert not said(scripted, b"QRESYNC")

    async def test_a_server_that_does_not_confirm_is_not_asked(self) -> None:
        box = Box()

        def script(wire: Wire) -> None:
            wire.greet(QUICK_CAPS)
            wire.answer("AUTHENTICATE PLAIN", end=f"OK [CAPABILITY {QUICK_CAPS}] welcome")
            wire.answer("ENABLE")
            wire.serve({"EXAMINE": box.examine, "UID FETCH": box.fetch, "UID SEARCH": box.search})

        async with talking_to(script) as (backend, scripted):
            copy = Copy("INBOX")
            await copy.follow(backend)
            await copy.follow(backend)
        assert not said(scripted, b"QRESYNC (")


@pytest.mark.dovecot
class TestWaiting:
    """The server says once, to one connection, that a message vanished; another connection reads the folder."""

    async def test_what_vanishes_in_and_after_a_wait_is_not_lost(self, dovecot: Mailbox) -> None:
        fill(dovecot.login, list(make_messages(8)))
        other = ImaplibClient(dovecot)
        copy = Copy("INBOX")
        async with backend_of("Q", dovecot) as backend:
            await copy.follow(backend)
            first, second, third, *_rest = copy.uids()
            waiting = asyncio.create_task(backend.wait("INBOX", 60))
            await other.expunge("INBOX", [first])
            assert await asyncio.wait_for(waiting, 30) is True
            await other.expunge("INBOX", [second])
            await copy.follow(backend)
            assert {first, second}.isdisjoint(copy.uids())
            while await backend.wait("INBOX", 0.1):
                await copy.follow(backend)
            await other.expunge("INBOX", [third])  # nobody waits now
            assert await asyncio.wait_for(backend.wait("INBOX", 60), 30) is True
            await copy.follow(backend)
            assert copy.uids() == sorted(truth(dovecot.login))
        other.close()


@pytest.mark.dovecot
class TestTheFirstPage:
    """It comes over the connection that is there, while the one for long work is made."""

    @pytest.mark.parametrize(("messages", "connections"), [(250, 3), (40, 3), (0, 3), (250, 1)])
    async def test_by_which_connection(self, dovecot: Mailbox, tmp_path: Path, messages: int, connections: int) -> None:
        if messages:
            fill(dovecot.login, list(make_messages(messages, seed=4)))
        log = tmp_path / "log"
        backend = ImapBackend(
            dovecot.imap(0, Security.NONE), dovecot.user, lambda: dovecot.server.password,
            connections=connections, protocol_log=log,
        )  # fmt: skip
        try:
            await backend.folders()
            copy = Copy("INBOX")
            pages = await copy.follow(backend)
            assert spelt(copy) == truth(dovecot.login)
            assert [message.uid for message in pages[0].new] == list(range(messages, max(0, messages - 100), -1))
            assert sum(len(page.new) for page in pages) == messages
        finally:
            await backend.close()
        fetches = re.findall(r" (\d+) > T\d+ (?:UID )?FETCH", log.read_text())
        assert fetches[:1] == ["1"] * bool(messages)
        assert set(fetches[1:]) <= {"1" if connections == 1 else "2"}
