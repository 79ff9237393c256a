"""POP3 servers as they are in the field, and worse: a QUIT without an answer, wrong sizes, lists of nonsense, names that say
nothing."""

from __future__ import annotations

import asyncio
import io
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from tests.backends.test_pop3_dovecot import Sinks, ended, fetch, letter
from tests.backends.test_pop3_sign_in import at
from tests.fakes.faultproxy import FaultProxy, Swallow
from tests.fakes.scripted_pop3 import CAPABILITIES, PASSWORD, USER, Answer, Kept, ScriptedPop3, mailbox
from tests.fakes.scripted_smtp import Act
from tui_mail.backends.pop3.identity import Known, header_fingerprint
from tui_mail.backends.pop3.outcomes import Ended, Update
from tui_mail.backends.pop3.session import Pop3Session
from tui_mail.backends.pop3.wire import HELD, Timeouts, Wire
from tui_mail.model.errors import Refused, Stalled, Throttled, TuiMailError, Unreachable

TIMEOUTS = Timeouts(connect=30, stall=30, command=60, update=30, leave=30)
RAWS = tuple(letter(number, b"x" * number + b"\r\n") for number in range(1, 8))
MIB = 1 << 20


@asynccontextmanager
async def session_with(server: ScriptedPop3, port: int = 0) -> AsyncIterator[Pop3Session]:
    async with await Pop3Session.open(at(port or server.port), USER, lambda: PASSWORD, TIMEOUTS) as session:
        yield session
    await asyncio.to_thread(server.settle)


def numbers(server: ScriptedPop3) -> list[int]:
    """What was deleted."""
    return [place for place, raw in enumerate(RAWS, 1) if any(each.raw is raw for each in server.deleted)]


async def mark(session: Pop3Session, *wanted: int) -> None:
    await session.listing()
    assert await session.delete(wanted) == {}


class TestQuit:
    async def test_without_an_answer_it_is_unknown_and_the_next_listing_tells(self) -> None:
        for swallowed in (False, True):
            rules = [Swallow(match=b"QUIT", direction="up")] if swallowed else []
            impatient = replace(TIMEOUTS, update=0.3)
            with ScriptedPop3(mailbox(*RAWS), quit=Act.SILENT) as server, FaultProxy(server.port, *rules) as proxy:
                async with await Pop3Session.open(at(proxy.port), USER, lambda: PASSWORD, impatient) as session:
                    await mark(session, 1, 2)
                    assert (await session.quit()).update is Update.UNKNOWN
                    assert not session.alive
                proxy.drop()
                await asyncio.to_thread(server.settle)
                assert numbers(server) == ([] if swallowed else [1, 2])
                proxy.set()
                async with session_with(server, proxy.port) as session:
                    assert len((await session.listing()).messages) == (7 if swallowed else 5)

    @pytest.mark.parametrize(
        ("answer", "update", "done"),
        [
            ("+OK bye", Update.CONFIRMED, [3]),
            ("-ERR [SYS/TEMP] some deleted messages not removed", Update.REFUSED, []),
            (b"+OK", Update.UNKNOWN, [3]),
            (b"what?\r\n", Update.UNKNOWN, [3]),
            (b"+OK\r\n+OK\r\n", Update.UNKNOWN, [3]),
            (Act.CLOSE, Update.UNKNOWN, [3]),
            (Act.RESET, Update.UNKNOWN, [3]),
        ],
    )
    async def test_what_its_answer_says(self, answer: Answer, update: Update, done: list[int]) -> None:
        with ScriptedPop3(mailbox(*RAWS), quit=answer) as server:
            async with session_with(server) as session:
                await mark(session, 3)
                found = await session.quit()
                assert found.update is update
            assert numbers(server) == done
        if update is Update.REFUSED:
            assert found.words == "some deleted messages not removed"

    async def test_cancelled_ends_the_session_all_the_same(self) -> None:
        with ScriptedPop3(mailbox(*RAWS), quit=Act.SILENT) as server:
            async with session_with(server) as session:
                task = asyncio.create_task(session.quit())
                while "QUIT" not in server.verbs:
                    await asyncio.sleep(0.01)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert not session.alive

    async def test_after_the_end_there_is_none(self) -> None:
        with ScriptedPop3(mailbox(*RAWS)) as server:
            async with session_with(server) as session:
                assert await session.quit() == Ended(Update.CONFIRMED, "bye")
                assert (await session.quit()).update is Update.UNSAID
                for call in (session.listing(), session.noop(), session.top(1), session.retrieve(1, io.BytesIO())):
                    with pytest.raises(Unreachable):
                        await call

    async def test_a_farewell_before_it_says_that_nothing_was_deleted(self) -> None:
        with ScriptedPop3(mailbox(*RAWS), dele=b"+OK\r\n-ERR Disconnected for inactivity.\r\n") as server:
            async with session_with(server) as session:
                await session.listing()
                await session.delete([1])
                while not session._talk.wire.unread:
                    await asyncio.sleep(0.01)
                found = await session.quit()
        assert found.update is Update.UNSAID
        assert "inactivity" in found.words
        assert server.deleted == []


class TestSizes:
    @pytest.mark.parametrize("size", [0, 1, 60, 10**6, 10**17])
    async def test_wrong_ones_do_no_harm_and_are_told(self, size: int) -> None:
        with ScriptedPop3(mailbox(*RAWS, sizes=dict.fromkeys(range(7), size))) as server:
            async with session_with(server) as session:
                listing = await session.listing()
                assert listing.consistent
                sinks = Sinks()
                found = [got async for got in session.retrieve_many(listing.sizes, sinks)]
                await session.quit()
        assert [sinks.raw(number) for number in range(1, 8)] == list(RAWS)
        assert [(got.octets, got.announced) for got in found] == [(len(raw), size) for raw in RAWS]

    async def test_one_beyond_all_numbers_is_none(self) -> None:
        with ScriptedPop3(mailbox(*RAWS), list=f"+OK\n1 {10**19}\n.") as server:
            async with session_with(server) as session:
                listing = await session.listing()
        assert listing.messages == ()
        assert not listing.consistent

    async def test_large_mail_that_is_said_to_be_small_is_not_held(self) -> None:
        raws = [letter(number, b"y" * 2_000_000 + b"\r\n") for number in range(12)]
        with ScriptedPop3(mailbox(*raws, sizes=dict.fromkeys(range(12), 10))) as server:
            async with session_with(server) as session:
                await session.listing()
                counting = Counting()
                tracemalloc.start()
                try:
                    async for got in session.retrieve_many(range(1, 13), lambda _number: counting):
                        assert got.octets == len(raws[got.number - 1])
                    own = tracemalloc.take_snapshot().filter_traces(
                        [tracemalloc.Filter(True, "*/pop3/*"), tracemalloc.Filter(True, "*/asyncio/*")]
                    )
                finally:
                    tracemalloc.stop()
                assert sum(each.size for each in own.statistics("filename")) < 2 * MIB
        assert counting.octets == sum(map(len, raws))

    async def test_what_waits_to_be_read_is_bounded(self) -> None:
        """By not taking more from the system, so that the server waits."""
        wire, transport, taken = Wire("pop.example.org", TIMEOUTS), Pausing(), 0
        wire.connection_made(transport)
        for _turn in range(3):
            waiting = 0
            while transport.is_reading():
                wire.data_received(b"x" * 65_536)
                waiting += 65_536
                assert waiting <= HELD + 65_536
            taken += waiting
            await wire.more()
            assert transport.is_reading()
            assert len(wire.data) == taken, "nothing was read yet, and nothing is lost"


class Pausing(asyncio.Transport):
    _reading = True

    def is_reading(self) -> bool:
        return self._reading

    def pause_reading(self) -> None:
        assert self._reading
        self._reading = False

    def resume_reading(self) -> None:
        assert not self._reading
        self._reading = True


class Counting(io.BytesIO):
    octets = 0

    def write(self, octets: Any, /) -> int:
        """As a raw file may: less than was asked for."""
        some = min(len(octets), 100_000)
        self.octets += some
        return some


class TestLists:
    @pytest.mark.parametrize(
        "steps",
        [
            {"stat": "+OK 6 100"},
            {"stat": "+OK 8 100"},
            {"list": "+OK\n1 10\n2 20\n."},
            {"list": b"+OK\r\n\xff\xfe\r\n\r\n1\r\n-1 5\r\n2 3 4\r\n1 2\r\n1 2\r\n.\r\n"},
            {"list": "+OK\n" + "\n".join(f"{number} 10" for number in (1, 2, 3, 4, 5, 6, 8)) + "\n."},
            {"uidl": b"+OK\r\n1 a\r\n1 b\r\n\x00\r\n99 c\r\n.\r\n"},
        ],
        ids=range(6),
    )
    async def test_who_contradicts_himself_is_told_to_delete_nothing(self, steps: dict[str, Any]) -> None:
        with ScriptedPop3(mailbox(*RAWS), **steps) as server:
            async with session_with(server) as session:
                listing = await session.listing()
                assert not listing.consistent
                with pytest.raises(Refused, match="contradicts"):
                    await session.delete([1])
                assert await session.retrieve(3, io.BytesIO()) == len(RAWS[2])
                assert (await session.quit()).update is Update.CONFIRMED
        assert "DELE" not in server.verbs
        assert server.deleted == []

    async def test_nothing_is_deleted_before_a_listing_or_without_one(self) -> None:
        with ScriptedPop3(mailbox(*RAWS)) as server:
            async with session_with(server) as session:
                with pytest.raises(Refused):
                    await session.delete([1])
                await session.listing()
                with pytest.raises(ValueError, match="9"):
                    await session.delete([1, 9])
                assert session.marked == frozenset()
        assert "DELE" not in server.verbs

    @pytest.mark.parametrize("step", ["capa", "list", "uidl", "stat", "noop"])
    async def test_what_never_ends_does_at_a_limit(self, step: str) -> None:
        """A line, or lines."""
        for endless in (b"+OK " + b"x" * 100_000, b"+OK\r\n" + b"1 1\r\n" * 200_000):
            with ScriptedPop3(mailbox(*RAWS)) as server:
                server.steps[step] = endless
                with pytest.raises((Unreachable, Refused)):
                    await self._look(server)

    async def _look(self, server: ScriptedPop3) -> None:
        async with session_with(server) as session:
            await session.listing()
            await session.noop()
            await session.noop()

    @pytest.mark.parametrize(
        "capa", ["-ERR what?", "+OK\n.", b"+OK\r\n\xff\xff \x00\r\n \r\nUSER\r\nTOP\r\nUIDL\r\n.\r\n"]
    )
    async def test_capabilities_that_say_nothing(self, capa: Answer) -> None:
        """Commands then go one by one."""
        with ScriptedPop3(mailbox(*RAWS), capa=capa) as server:
            async with session_with(server) as session:
                assert not session.capabilities.pipelining
                listing = await session.listing()
                assert listing.complete or capa == "+OK\n."
                assert await fetch(session, listing.sizes) == dict(enumerate(RAWS, 1))
                await session.delete([2])
                assert (await session.quit()).update is Update.CONFIRMED
        assert numbers(server) == [2]

    @pytest.mark.parametrize("step", ["stat", "list"])
    async def test_refused_ones_are_told_and_the_session_goes_on(self, step: str) -> None:
        for words, error in (("-ERR no", Refused), ("-ERR [SYS/TEMP] later", Throttled)):
            with ScriptedPop3(mailbox(*RAWS)) as server:
                server.steps[step] = words
                async with session_with(server) as session:
                    with pytest.raises(error):
                        await session.listing()
                    assert await session.retrieve(1, io.BytesIO()) == len(RAWS[0])

    async def test_names_refused_for_now_are_no_reason_to_think_there_are_none(self) -> None:
        with ScriptedPop3(mailbox(*RAWS), uidl="-ERR [SYS/TEMP] later") as server:
            async with session_with(server) as session:
                with pytest.raises(Throttled):
                    await session.listing()


class TestMessages:
    async def test_refused_ones_stand_aside(self) -> None:
        for capabilities in (CAPABILITIES, ("USER", "UIDL", "TOP")):
            with ScriptedPop3(mailbox(*RAWS), capabilities=capabilities) as server:
                server.steps["retr"] = lambda line: "-ERR [SYS/PERM] cannot be read" if line == "RETR 3" else None
                async with session_with(server) as session:
                    await session.listing()
                    sinks = Sinks()
                    errors = {got.number: got.error async for got in session.retrieve_many(range(1, 8), sinks)}
                assert isinstance(errors.pop(3), Refused)
                assert set(errors.values()) == {None}
                assert {number: sinks.raw(number) for number in errors} == {
                    number: raw for number, raw in enumerate(RAWS, 1) if number != 3
                }

    @pytest.mark.parametrize("retr", [b"From: x\r\n\r\nno status\r\n.\r\n", b".\r\n", b"\r\n", Act.CLOSE, Act.RESET])
    async def test_a_message_without_an_answer_is_none(self, retr: Answer) -> None:
        with ScriptedPop3(mailbox(*RAWS), retr=retr) as server:
            async with session_with(server) as session:
                sink = io.BytesIO()
                with pytest.raises(Unreachable):
                    await session.retrieve(1, sink)
                assert sink.getvalue() == b""
                assert not session.alive

    async def test_a_message_that_does_not_end_is_none(self) -> None:
        timeouts = replace(TIMEOUTS, stall=0.3)
        with ScriptedPop3(mailbox(*RAWS), retr=b"+OK\r\n" + RAWS[0] + b".\n.\r\r\n") as server:
            async with await Pop3Session.open(at(server.port), USER, lambda: PASSWORD, timeouts) as session:
                with pytest.raises(Stalled):
                    await session.retrieve(1, io.BytesIO())
                assert (await session.quit()).update is Update.UNSAID

    async def test_headers_are_cut_where_they_are_endless(self) -> None:
        raw = b"Subject: " + b"x" * 3 * MIB + b"\r\n\r\n"
        with ScriptedPop3(mailbox(raw)) as server:
            async with session_with(server) as session:
                assert await session.top(1) == raw[:MIB]
                await session.noop()

    async def test_a_server_without_top_says_so(self) -> None:
        with ScriptedPop3(mailbox(*RAWS), capabilities=["USER", "UIDL"]) as server:
            async with session_with(server) as session:
                with pytest.raises(Refused, match="TOP"):
                    await session.top(1)
                await session.noop()
        assert "TOP" not in server.verbs

    async def test_cancelled_in_the_middle_ends_the_session_and_deletes_nothing(self) -> None:
        def half(_line: str) -> bytes:
            asked.set()
            return b"+OK\r\nhalf"

        asked = asyncio.Event()
        with ScriptedPop3(mailbox(*RAWS), retr=half) as server:
            async with session_with(server) as session:
                await mark(session, 1)
                task = asyncio.create_task(session.retrieve(2, io.BytesIO()))
                while not asked.is_set():
                    await asyncio.sleep(0.01)
                with pytest.raises(RuntimeError, match="one thing"):
                    await session.noop()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert (await session.quit()).update is Update.UNSAID
        assert server.deleted == []

    async def test_two_streams_at_once_are_a_mistake(self) -> None:
        with ScriptedPop3(mailbox(*RAWS)) as server:
            async with session_with(server) as session:
                first = session.retrieve_many([1, 2, 3], Sinks())
                await anext(first)
                assert await fetch(session, [4, 5]) == {4: RAWS[3], 5: RAWS[4]}
                with pytest.raises(RuntimeError, match="went on"):
                    await anext(first)


class TestNames:
    @pytest.mark.parametrize("top", [None, "-ERR no"], ids=["with TOP", "without"])
    @pytest.mark.parametrize(
        "uidls", [["a"] * 7, ["a", "b", "a", "c", "d", "a", "b"], [""] * 7, ["a", "", "b", "", "c", "d", "e"]]
    )
    async def test_duplicate_and_missing_ones(self, uidls: Sequence[str], top: Answer) -> None:
        """What is there is found or comes again; what is new always comes."""
        with ScriptedPop3(mailbox(*RAWS, uidls=uidls), top=top) as server:
            known = await self._all(server)
            server.mailbox = [*server.mailbox[2:], Kept(letter(99), uidls[0])]
            async with session_with(server) as session:
                found = await session.recognise(known, await session.listing())
        for number, key in found.held.items():
            assert key == number + 2
        assert 6 in found.new
        if top is None:
            assert found.new == (6,)
        else:
            assert set(found.gone) <= {1, 2}
        assert all(number in found.unsure or uidls.count(uidls[number + 1]) == 1 for number in found.held)

    async def test_trouble_while_asking_is_told(self) -> None:
        with ScriptedPop3(mailbox(*RAWS, uidls=[""] * 7)) as server:
            known = await self._all(server)
            server.steps["top"] = "-ERR [SYS/TEMP] later"
            async with session_with(server) as session:
                with pytest.raises(Throttled):
                    await session.recognise(known, await session.listing())
                await session.noop()

    async def _all(self, server: ScriptedPop3) -> list[Known]:
        async with session_with(server) as session:
            listing = await session.listing()
            found = await fetch(session, listing.sizes)
        assert list(found.values()) == [ended(each.raw) for each in server.mailbox]
        return [
            Known(each.number, each.uidl, each.size, header_fingerprint(found[each.number]))
            for each in listing.messages
        ]


class TestMarks:
    async def test_refused_ones_are_named_and_not_counted(self) -> None:
        def dele(line: str) -> str | None:
            return "-ERR [IN-USE] not that one" if line == "DELE 2" else None

        with ScriptedPop3(mailbox(*RAWS), dele=dele) as server:
            async with session_with(server) as session:
                await session.listing()
                refused = await session.delete([1, 2, 3])
                assert {number: type(error) for number, error in refused.items()} == {2: Throttled}
                assert session.marked == {1, 3}
                assert (await session.quit()).update is Update.CONFIRMED
        assert numbers(server) == [1, 3]

    async def test_marks_that_are_not_taken_back_end_the_session(self) -> None:
        with ScriptedPop3(mailbox(*RAWS), rset="-ERR no") as server:
            async with session_with(server) as session:
                await mark(session, 1)
                with pytest.raises(Refused):
                    await session.reset()
                assert (await session.quit()).update is Update.UNSAID
        assert server.deleted == []

    @pytest.mark.parametrize("act", [Act.CLOSE, Act.RESET])
    async def test_a_connection_lost_while_marking(self, act: Act) -> None:
        with ScriptedPop3(mailbox(*RAWS)) as server:
            server.steps["dele"] = lambda line: act if line == "DELE 5" else None
            async with session_with(server) as session:
                await session.listing()
                with pytest.raises(TuiMailError) as caught:
                    await session.delete(range(1, 8))
                assert isinstance(caught.value, Unreachable)
                assert (await session.quit()).update is Update.UNSAID
        assert server.deleted == []
