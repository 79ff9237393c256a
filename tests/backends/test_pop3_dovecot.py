"""Mail fetched by POP3 from a real Dovecot: octet for octet what was put there, and gone only when that was asked for."""

from __future__ import annotations

import io
import random
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.backends.test_pop3_sign_in import PATIENT, at, pop3
from tests.conftest import Mailbox
from tests.e2e.independent import signed_in
from tests.fakes.faultproxy import FaultProxy, Replace
from tui_mail.backends.pop3.identity import Known, header_fingerprint
from tui_mail.backends.pop3.outcomes import Update
from tui_mail.backends.pop3.session import Pop3Session
from tui_mail.config.servers import Security
from tui_mail.model.errors import Gone, Refused

pytestmark = pytest.mark.dovecot

MIB = 1 << 20
PIECES = (
    *(b"word ", b"\r\n", b"\r\n.", b"\r\n..", b"\r\n.\r\n", b"\r\n..\r\n", b"\r\n. ", b".", b"\r\n\r\n"),
    *("größe ".encode(), b"\xff\xfe\x80", b"\t", b"=20\r\n", b"x" * 990, b"\r\n+OK\r\n", b"\r\n-ERR\r\n"),
)


def letter(number: int, body: bytes = b"Hello\r\n") -> bytes:
    return b"From: a@example.org\r\nSubject: %d\r\nMessage-ID: <%d@pop>\r\n\r\n" % (number, number) + body


def put(mailbox: Mailbox, raws: Sequence[bytes]) -> None:
    """By the standard library's IMAP, several in one command (RFC 3502)."""
    with signed_in(mailbox.login) as client:
        for start in range(0, len(raws), 500):
            some = raws[start : start + 500]
            client.send(b"x APPEND INBOX" + b"".join(b" {%d+}\r\n%s" % (len(raw), raw) for raw in some) + b"\r\n")
            while not (line := client.readline()).startswith(b"x "):
                assert line, "the server went away"
            assert b"x OK" in line, line


def there(mailbox: Mailbox) -> list[bytes]:
    """Every message, by the standard library's IMAP, in order."""
    with signed_in(mailbox.login) as client:
        client.select("INBOX", readonly=True)
        _status, data = client.uid("FETCH", "1:*", "(BODY.PEEK[])")
        return [part[1] for part in data if isinstance(part, tuple)]


def ended(raw: bytes) -> bytes:
    """As POP3 hands it over: a last line without an end gets one."""
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"


class Sinks:
    """A file in memory for each number."""

    def __init__(self) -> None:
        self.files: dict[int, io.BytesIO] = {}

    def __call__(self, number: int) -> BinaryIO:
        assert number not in self.files
        self.files[number] = io.BytesIO()
        return self.files[number]

    def raw(self, number: int) -> bytes:
        return self.files[number].getvalue()


async def fetch(session: Pop3Session, numbers: Iterable[int]) -> dict[int, bytes]:
    """All of them, each of which came whole."""
    sinks = Sinks()
    found = {}
    async for got in session.retrieve_many(numbers, sinks):
        assert got.error is None
        assert got.octets == len(sinks.raw(got.number))
        found[got.number] = sinks.raw(got.number)
    return found


async def open_session(mailbox: Mailbox, security: Security = Security.TLS, port: int = 0) -> Pop3Session:
    return await Pop3Session.open(pop3(mailbox, security, port), mailbox.user, lambda: mailbox.server.password, PATIENT)


class TestOctets:
    async def test_two_thousand_messages_come_as_they_are(self, dovecot: Mailbox) -> None:
        rng = random.Random(7)
        raws = [letter(number, b"".join(rng.choices(PIECES, k=rng.randint(0, 40)))) for number in range(2_000)]
        put(dovecot, raws)
        async with await open_session(dovecot) as session:
            listing = await session.listing()
            assert session.capabilities.pipelining
            assert (listing.consistent, listing.complete, len(listing.messages)) == (True, True, 2_000)
            found = await fetch(session, range(1, 2_001))
            heads = {top.number: top.raw async for top in session.tops(range(1, 2_001))}
            assert (await session.quit()).update is Update.CONFIRMED
        assert list(found) == list(range(1, 2_001))
        for number, raw in enumerate(raws, 1):
            assert found[number] == ended(raw)
            assert heads[number] == raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            assert header_fingerprint(heads[number]) == header_fingerprint(raw)

    async def test_one_after_the_other_where_several_are_not_taken(self, dovecot: Mailbox) -> None:
        raws = [letter(number, b".\r\n" * number) for number in range(30)]
        put(dovecot, raws)
        with FaultProxy(dovecot.server.pop3, Replace(match=b"PIPELINING", by=b"PIPELESS")) as proxy:
            async with await Pop3Session.open(
                at(proxy.port), dovecot.user, lambda: dovecot.server.password, PATIENT
            ) as session:
                await session.listing()
                found = await fetch(session, range(1, 31))
        assert list(found.values()) == raws
        said = [data for _connection, way, data in proxy.passed if way == "up"]
        assert all(data.count(b"\r\n") == 1 for data in said)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"x",
            b".",
            b"..",
            b".\r\n",
            b"\r\n.\r\n",
            b"no end\r\n.",
            b"lone\nfeeds\r\nand\n.\nreturns\r.\r\r\n",
            b"\xff\x80\xe4\r\n",
            b"\r\n" * 1000,
            b".\r\n" * 50_000,
            b"x" * MIB + b"\r\nend\r\n",
            b"." * MIB,
            b"y" * (MIB - 1) + b"\r\n." + b"z" * MIB,
        ],
        ids=range(14),
    )
    async def test_awkward_ones(self, dovecot: Mailbox, body: bytes) -> None:
        """As the other protocol of the same server gives them; a neighbour shows that nothing was left over."""
        put(dovecot, [letter(1, body), letter(2)])
        wanted = [ended(raw) for raw in there(dovecot)]
        for security in (Security.NONE, Security.TLS):
            async with await open_session(dovecot, security) as session:
                sink = io.BytesIO()
                assert await session.retrieve(1, sink) == len(wanted[0])
                assert sink.getvalue() == wanted[0]
                assert list((await fetch(session, [1, 2])).values()) == wanted
                assert (await session.quit()).update is Update.CONFIRMED
        if not set(body.replace(b"\r\n", b"")) & set(b"\r\n"):
            assert wanted[0] == ended(letter(1, body))

    @pytest.mark.parametrize("security", [Security.NONE, Security.TLS])
    async def test_thirty_megabytes_are_never_held(self, dovecot: Mailbox, tmp_path: Path, security: Security) -> None:
        line = bytes(range(32, 127)) * 10 + b"\r\n.stuffed\r\n"
        raw = letter(1, line * (30 * MIB // len(line)))
        put(dovecot, [raw, letter(2)])
        async with await open_session(dovecot, security) as session:
            listing = await session.listing()
            assert listing.messages[0].size == len(raw) > 29 * MIB
            tracemalloc.start()
            try:
                with (tmp_path / "large").open("w+b") as large:
                    octets = await session.retrieve(1, large)
                _now, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert peak < 4 * MIB
            assert octets == len(raw)
            assert (tmp_path / "large").read_bytes() == raw
            assert list((await fetch(session, [2])).values()) == [letter(2)]

    async def test_more_than_the_limit_ends_the_session(self, dovecot: Mailbox) -> None:
        put(dovecot, [letter(1, b"x\r\n" * MIB)])
        async with await open_session(dovecot) as session:
            sink = io.BytesIO()
            with pytest.raises(Refused, match="more than"):
                await session.retrieve(1, sink, limit=MIB)
            assert len(sink.getvalue()) <= MIB
            assert not session.alive

    async def test_stopping_in_the_middle_does_no_harm(self, dovecot: Mailbox) -> None:
        raws = [letter(number) for number in range(1, 101)]
        put(dovecot, raws)
        async with await open_session(dovecot) as session:
            await session.listing()
            sinks = Sinks()
            async for got in session.retrieve_many(range(1, 101), sinks):
                if got.number == 3:
                    break
            assert await session.top(50) == raws[49].partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            assert await fetch(session, [100]) == {100: raws[99]}
            assert list(sinks.files) == [1, 2, 3]

    async def test_what_is_not_there_is_told_and_no_more(self, dovecot: Mailbox) -> None:
        put(dovecot, [letter(1), letter(2)])
        async with await open_session(dovecot) as session:
            sinks = Sinks()
            got = [each async for each in session.retrieve_many([1, 9, 2], sinks)]
            assert [type(each.error) for each in got] == [type(None), Gone, type(None)]
            assert 9 not in sinks.files
            with pytest.raises(Gone):
                await session.retrieve(7, io.BytesIO())


class TestNames:
    async def test_they_last_from_session_to_session(self, dovecot: Mailbox) -> None:
        put(dovecot, [letter(number) for number in range(20)])
        known = await self._all_known(dovecot)
        put(dovecot, [letter(20)])
        async with await open_session(dovecot) as session:
            found = await session.recognise(known, await session.listing())
        assert (len(found.held), found.new, found.unsure) == (20, (21,), frozenset())

    async def test_all_new_names_after_a_move_are_seen_through(self, dovecot: Mailbox) -> None:
        put(dovecot, [letter(number) for number in range(20)])
        known = await self._all_known(dovecot)
        dovecot.adm("mailbox update", "--uid-validity", "4242", "INBOX")
        put(dovecot, [letter(20)])
        async with await open_session(dovecot) as session:
            listing = await session.listing()
            assert not {each.uidl for each in listing.messages} & {one.uidl for one in known}
            found = await session.recognise(known, listing)
        assert found.held == {number: number for number in range(1, 21)}
        assert found.new == (21,)
        assert found.gone == ()
        assert found.unsure == found.held.keys()

    async def _all_known(self, dovecot: Mailbox) -> list[Known]:
        async with await open_session(dovecot) as session:
            listing = await session.listing()
            found = await fetch(session, listing.sizes)
        return [
            Known(each.number, each.uidl, each.size, header_fingerprint(found[each.number]))
            for each in listing.messages
        ]


class TestDeletion:
    RAWS = tuple(letter(number) for number in range(1, 121))

    @pytest.fixture(autouse=True)
    def _filled(self, dovecot: Mailbox) -> None:
        put(dovecot, self.RAWS)

    async def test_quit_deletes_exactly_what_was_marked(self, dovecot: Mailbox) -> None:
        doomed = {*range(1, 121, 2), 120}
        async with await open_session(dovecot) as session:
            await session.listing()
            await fetch(session, range(1, 121))
            assert await session.delete([*doomed, 1, 3]) == {}
            assert session.marked == doomed
            assert there(dovecot) == list(self.RAWS)
            assert (await session.quit()).update is Update.CONFIRMED
        assert there(dovecot) == [raw for number, raw in enumerate(self.RAWS, 1) if number not in doomed]

    async def test_what_somebody_else_deletes_meanwhile_is_told(self, dovecot: Mailbox) -> None:
        async with await open_session(dovecot) as session:
            await session.listing()
            dovecot.adm("expunge", "mailbox", "INBOX", "header", "message-id", "<5@pop>")
            got = [each async for each in session.retrieve_many([4, 5, 6], Sinks())]
            assert [each.number for each in got if each.error is None] in ([4, 6], [4, 5, 6])
            await session.delete([4])
            assert (await session.quit()).update is Update.CONFIRMED
        assert there(dovecot) == [raw for number, raw in enumerate(self.RAWS, 1) if number not in {4, 5}]

    async def test_marks_taken_back_delete_nothing(self, dovecot: Mailbox) -> None:
        async with await open_session(dovecot) as session:
            await session.listing()
            await session.delete(range(1, 61))
            await session.reset()
            assert session.marked == frozenset()
            await session.delete([7])
            assert (await session.quit()).update is Update.CONFIRMED
        assert there(dovecot) == [raw for number, raw in enumerate(self.RAWS, 1) if number != 7]

    async def _left(self, session: Pop3Session, _proxy: FaultProxy) -> None:
        await session.close()

    async def _failed(self, session: Pop3Session, _proxy: FaultProxy) -> None:
        with pytest.raises(OSError, match="full"):
            await session.retrieve(120, FullDisk())
        assert not session.alive
        assert (await session.quit()).update is Update.UNSAID

    async def _dropped(self, session: Pop3Session, proxy: FaultProxy) -> None:
        proxy.drop()
        assert (await session.quit()).update in (Update.UNKNOWN, Update.UNSAID)

    @pytest.mark.parametrize("end", [_left, _failed, _dropped], ids=["left", "failed", "dropped"])
    async def test_a_session_that_ends_in_another_way_deletes_nothing(
        self, dovecot: Mailbox, end: Callable[..., object]
    ) -> None:
        with FaultProxy(dovecot.server.pop3) as proxy:
            async with await Pop3Session.open(
                at(proxy.port), dovecot.user, lambda: dovecot.server.password, PATIENT
            ) as session:
                await session.listing()
                assert await session.delete(range(1, 120)) == {}
                await end(self, session, proxy)  # type: ignore[misc] # one of the three above
        async with await open_session(dovecot) as session:
            assert len((await session.listing()).messages) == 120
        assert there(dovecot) == list(self.RAWS)


class FullDisk(io.BytesIO):
    def write(self, _octets: object, /) -> int:
        raise OSError(28, "full")
