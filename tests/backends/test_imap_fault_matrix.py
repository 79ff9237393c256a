"""Every fault a link or a server can have, at every stage of a connection to a real Dovecot: the next try finds all well."""

from __future__ import annotations

import asyncio
import io
import itertools
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from tests.backends.conformance import Copy, letter
from tests.backends.test_imap_conformance import ImaplibClient
from tests.backends.test_imap_faults import PATIENT, behind
from tests.backends.test_imap_scripted import CAPS, selected
from tests.backends.test_imap_tiers import fill_quickly, spelt, truth
from tests.conftest import Mailbox
from tests.e2e.independent import fill
from tests.fakes import dovecot as servers
from tests.fakes.faultproxy import Corrupt, Cut, FaultProxy, Rule, Stall, Swallow, Trickle
from tests.fakes.messages import make_messages
from tests.fakes.scripted_imap import ScriptedImap, Wire
from tui_mail.backends.imap.backend import ImapBackend
from tui_mail.backends.secret import Token
from tui_mail.config.servers import Security, Server
from tui_mail.model.errors import Gone, SignInRefused, Stalled, Unreachable
from tui_mail.model.flags import Flag
from tui_mail.model.remote import ChangeKind, RemoteOperation

pytestmark = pytest.mark.dovecot


@pytest.fixture
def proxy(dovecot: Mailbox) -> Iterator[FaultProxy]:
    with FaultProxy(dovecot.server.imap) as proxy:
        yield proxy


@pytest.fixture
async def other(dovecot: Mailbox) -> AsyncIterator[ImaplibClient]:
    client = ImaplibClient(dovecot)
    yield client
    client.close()


async def _connect(backend: ImapBackend, _copy: Copy) -> None:
    await backend.connect()


async def _folders(backend: ImapBackend, _copy: Copy) -> None:
    assert len(await backend.folders()) == 6


async def _follow(backend: ImapBackend, copy: Copy) -> None:
    await copy.follow(backend)
    assert copy.count() == 40


async def _bodies(backend: ImapBackend, _copy: Copy) -> None:
    status = await backend.status("INBOX")
    found = [body.uid async for body in backend.bodies("INBOX", status.uidvalidity or 0, range(1, 41))]
    assert sorted(found) == list(range(1, 41))


async def _search(backend: ImapBackend, _copy: Copy) -> None:
    assert isinstance(await backend.search("INBOX", "budget"), list)


async def _wait(backend: ImapBackend, _copy: Copy) -> None:
    assert await backend.wait("INBOX", 0.1) is False


Work = Callable[[ImapBackend, Copy], Awaitable[None]]
PLACES: dict[str, tuple[dict[str, bytes], Work]] = {
    "greeting": ({"match": b"* OK [CAPA"}, _connect),
    "before greeting": ({"before": b"* OK [CAPA"}, _connect),
    "sign-in": ({"before": b"OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT"}, _connect),
    "enabling": ({"match": b"* ENABLED"}, _folders),
    "list": ({"match": b"* LIST ("}, _folders),
    "list's end": ({"before": b"OK List completed"}, _folders),
    "select": ({"match": b"UIDVALIDITY"}, _follow),
    "select's end": ({"before": b"OK [READ-ONLY] Examine"}, _follow),
    "literal": ({"match": b"Message-ID: <1.7@"}, _follow),
    "announcement of a literal": ({"match": b"BODY[HEADER.FIELDS"}, _follow),
    "fetch's end": ({"before": b"OK Fetch completed"}, _follow),
    "body": ({"match": b"Message-ID: <1.7@"}, _bodies),
    "bodies' end": ({"before": b"OK Fetch completed"}, _bodies),
    "search": ({"match": b"* ESEARCH"}, _search),
    "search's end": ({"before": b"OK Search"}, _search),
    "idle's beginning": ({"before": b"+ idling"}, _wait),
    "idle's end": ({"before": b"OK Idle"}, _wait),
}


@pytest.mark.parametrize("place", PLACES)
class TestEveryPlace:
    @pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
    async def test_cut(self, dovecot: Mailbox, proxy: FaultProxy, place: str, reset: bool) -> None:
        pattern, work = PLACES[place]
        await self._once(dovecot, proxy, Cut(reset=reset, **pattern), Unreachable, work)  # type: ignore[arg-type] # one pattern

    async def test_silent(self, dovecot: Mailbox, proxy: FaultProxy, place: str) -> None:
        pattern, work = PLACES[place]
        rule: Rule = Swallow(match=pattern["before"]) if "before" in pattern else Stall(match=pattern["match"])
        await self._once(dovecot, proxy, rule, Stalled, work)

    async def _once(
        self, dovecot: Mailbox, proxy: FaultProxy, rule: Rule, error: type[Unreachable], work: Work
    ) -> None:
        """The fault is met, told, and gone with the connection; the backend then works as if nothing had been."""
        fill(dovecot.login, list(make_messages(40)))
        copy = Copy("INBOX")
        async with behind(dovecot, proxy, rule) as backend:
            with pytest.raises(error):
                await work(backend, copy)
            proxy.set()
            backend._timeouts = PATIENT
            await work(backend, copy)
            await _follow(backend, copy)


class TestLinks:
    async def test_a_slow_link_is_no_fault(self, dovecot: Mailbox, proxy: FaultProxy) -> None:
        made = list(make_messages(60))
        fill(dovecot.login, made)
        copy = Copy("INBOX")
        async with behind(dovecot, proxy, Trickle(chunk=1400, pause=0.005)) as backend:
            await copy.follow(backend)
            some = copy.uids()[:10]
            found = {body.uid: body.raw async for body in backend.bodies("INBOX", copy.uidvalidity, some)}
        assert [found[uid] for uid in some] == [one.raw for one in made[:10]]

    @pytest.mark.parametrize("direction", ["up", "down"])
    @pytest.mark.parametrize("after", [0, 7, 400])
    async def test_cut_while_tls_begins_it_is_tried_again_soon(
        self, dovecot: Mailbox, after: int, direction: str
    ) -> None:
        with FaultProxy(dovecot.server.imaps, Cut(after=after, direction=direction)) as proxy:
            backend = ImapBackend(dovecot.imap(proxy.port), dovecot.user, lambda: dovecot.server.password)
            with pytest.raises(Unreachable) as caught:
                await backend.connect()
            assert caught.type is Unreachable, "a certificate that is refused would be left alone for minutes"
            proxy.set()
            await backend.connect()
            await backend.close()

    @pytest.mark.parametrize("offset", [1, 90, 700, 1500, 2600, 4000, 9000])
    async def test_in_tls_a_flipped_bit_is_a_lost_connection(self, dovecot: Mailbox, offset: int) -> None:
        fill(dovecot.login, list(make_messages(20)))
        with FaultProxy(dovecot.server.imaps, Corrupt(after=offset, connection=0)) as proxy:
            backend = ImapBackend(
                dovecot.imap(proxy.port), dovecot.user, lambda: dovecot.server.password, timeouts=PATIENT, connections=1
            )
            copy = Copy("INBOX")
            with pytest.raises(Unreachable):
                await copy.follow(backend)
            await copy.follow(backend)
            assert copy.count() == 20
            await backend.close()


class TestAnyWork:
    """What a person did in a row, each step tried until it is answered, over a link that dies a little later each time."""

    @pytest.mark.parametrize("step", [151, 397, 1009])
    @pytest.mark.parametrize("direction", ["up", "down"])
    async def test_is_done_once(
        self, dovecot: Mailbox, proxy: FaultProxy, other: ImaplibClient, step: int, direction: str
    ) -> None:
        for number in range(6):
            await other.arrive("INBOX", letter(number))
        life = itertools.count(60, step)
        inbox = Copy("INBOX")
        async with behind(dovecot, proxy) as backend:
            await inbox.follow(backend)
            uidnexts = {name: (await backend.status(name)).uidnext or 1 for name in ("Archive", "Sent")}
        uids = inbox.uids()

        async def until_answered(work: Callable[[ImapBackend, int], Awaitable[object]]) -> None:
            for attempt in range(200):
                async with behind(dovecot, proxy, Cut(after=next(life), direction=direction)) as backend:
                    try:
                        await work(backend, attempt)
                        return
                    except Unreachable:
                        continue
            raise AssertionError("never answered")

        def moved(kind: ChangeKind, *some: int) -> Callable[[ImapBackend, int], Awaitable[object]]:
            return lambda backend, attempt: backend.apply(
                RemoteOperation(
                    kind, "INBOX", inbox.uidvalidity, some, target="Archive",
                    target_uidnext=uidnexts["Archive"] if attempt else 0,
                )
            )  # fmt: skip

        async def appended(backend: ImapBackend, attempt: int) -> object:
            raw = letter(77)
            found = None
            if attempt:
                found = await backend.find_appended("Sent", "<letter-77@example.org>", uidnexts["Sent"])
            return found or await backend.append("Sent", io.BytesIO(raw), len(raw), Flag.SEEN, (), 0)

        def flagged(backend: ImapBackend, _attempt: int) -> Awaitable[object]:
            return backend.apply(
                RemoteOperation(ChangeKind.FLAGS, "INBOX", inbox.uidvalidity, tuple(uids[:2]), add=Flag.FLAGGED)
            )

        def expunged(backend: ImapBackend, _attempt: int) -> Awaitable[object]:
            return backend.apply(RemoteOperation(ChangeKind.EXPUNGE, "INBOX", inbox.uidvalidity, (uids[5],)))

        await until_answered(flagged)
        await until_answered(moved(ChangeKind.MOVE, uids[1], uids[2]))
        # From now on what the moves made is not to be counted as copies of an operation that begins.
        async with behind(dovecot, proxy) as backend:
            uidnexts["Archive"] = (await backend.status("Archive")).uidnext or 1
        await until_answered(moved(ChangeKind.COPY, uids[3]))
        await until_answered(appended)
        await until_answered(expunged)
        await until_answered(lambda backend, _attempt: inbox.follow(backend))
        assert spelt(inbox) == truth(dovecot.login)
        assert await other.raws("INBOX") == [letter(0), letter(3), letter(4)]
        assert sorted(await other.raws("Archive")) == sorted([letter(1), letter(2), letter(3)])
        assert await other.raws("Sent") == [letter(77)]

    async def test_a_move_whose_end_is_lost_was_done(
        self, dovecot: Mailbox, proxy: FaultProxy, other: ImaplibClient
    ) -> None:
        await other.arrive("INBOX", letter(1))
        inbox = Copy("INBOX")
        async with behind(dovecot, proxy) as backend:
            await inbox.follow(backend)
            uids = tuple(inbox.uids())
            operation = RemoteOperation(ChangeKind.MOVE, "INBOX", inbox.uidvalidity, uids, target="Archive")
        async with behind(dovecot, proxy, Swallow(match=b"Move completed")) as backend:
            with pytest.raises(Stalled):
                await backend.apply(operation)
            proxy.set()
            backend._timeouts = PATIENT
            again = RemoteOperation(
                ChangeKind.MOVE, "INBOX", inbox.uidvalidity, uids, target="Archive", target_uidnext=1
            )
            assert (await backend.apply(again)).done == uids
        assert await other.raws("Archive") == [letter(1)]
        assert await other.raws("INBOX") == []


class TestTokens:
    async def test_each_connection_asks_for_a_token_of_its_own(self, dovecot: Mailbox) -> None:
        """The first connection outlives its token; the second needs a fresh one, and says so when it gets none."""
        fill(dovecot.login, list(make_messages(5)))
        tokens = iter([60, -60, -60, 60, 60])
        asked: list[int] = []

        def source() -> Token:
            asked.append(next(tokens))
            return Token(dovecot.server.token(dovecot.user, asked[-1]))

        backend = ImapBackend(dovecot.imap(), dovecot.user, source)
        copy = Copy("INBOX")
        await backend.connect()
        for _unused in range(2):
            with pytest.raises(SignInRefused):
                await copy.follow(backend)
            assert len(await backend.folders()) == 6, "what is connected stays so"
        await copy.follow(backend)
        assert copy.count() == 5
        assert asked == [60, -60, -60, 60]
        await backend.close()

    async def test_a_session_that_ends_with_its_token_is_begun_anew_with_another(self) -> None:
        tokens, ended = iter(["first", "second"]), threading.Event()
        replies = {"EXAMINE": selected(0, 1), "UID SEARCH": ["* ESEARCH UID"]}

        def expires(wire: Wire) -> None:
            wire.greet(f"{CAPS} AUTH=XOAUTH2")
            wire.answer("AUTHENTICATE XOAUTH2", end=f"OK [CAPABILITY {CAPS}] welcome")
            wire.send("* BYE Session expired, please login again.")
            ended.set()

        def renewed(wire: Wire) -> None:
            wire.greet(f"{CAPS} AUTH=XOAUTH2")
            wire.answer("AUTHENTICATE XOAUTH2", end=f"OK [CAPABILITY {CAPS}] welcome")
            wire.serve(replies)

        with ScriptedImap(expires, renewed) as scripted:
            server = Server("127.0.0.1", scripted.port, Security.NONE)
            backend = ImapBackend(server, "ada", lambda: Token(next(tokens)), timeouts=PATIENT)
            await backend.connect()
            assert await asyncio.to_thread(ended.wait, 30)
            assert await backend.search("INBOX", "x") == []
            await backend.close()
        words = [line.split()[-1] for line in scripted.received if b"XOAUTH2" in line]
        assert len(set(words)) == 2


class TestTooManyConnections:
    @pytest.mark.parametrize("most", [1, 2])
    async def test_what_the_server_allows_is_enough(self, most: int) -> None:
        if reason := servers.missing():
            pytest.skip(reason)
        server = servers.start(MAXCONN=str(most))
        try:
            mailbox = Mailbox.fresh(server)
            fill(mailbox.login, list(make_messages(150)))
            backend = ImapBackend(mailbox.imap(), mailbox.user, lambda: server.password, timeouts=PATIENT)
            await backend.connect()
            copy = Copy("INBOX")
            await copy.follow(backend)
            assert copy.count() == 150
            waiting = asyncio.create_task(backend.wait("INBOX", 60))
            sink = io.BytesIO()
            await backend.fetch("INBOX", copy.uidvalidity, copy.uids()[0], sink)
            await backend.apply(copy.operation(ChangeKind.FLAGS, copy.uids()[0], add=Flag.ANSWERED))
            await copy.follow(backend)
            assert sink.getvalue()
            assert copy.flags[copy.uids()[0]][0] & Flag.ANSWERED
            await backend.interrupt()
            assert await asyncio.wait_for(waiting, 30) in {True, False}
            await backend.close()
        finally:
            servers.stop(server)


class TestRenumbered:
    async def test_while_connected_and_waiting(self, dovecot: Mailbox, other: ImaplibClient) -> None:
        for number in range(4):
            await other.arrive("INBOX", letter(number))
        backend = ImapBackend(dovecot.imap(), dovecot.user, lambda: dovecot.server.password, timeouts=PATIENT)
        copy = Copy("INBOX")
        await copy.follow(backend)
        before = copy.operation(ChangeKind.EXPUNGE, *copy.uids())
        assert await backend.wait("INBOX", 0.1) is False
        waiting = asyncio.create_task(backend.wait("INBOX", 30))
        await asyncio.to_thread(dovecot.adm, "mailbox update", "--uid-validity", "4242", "INBOX")
        await other.arrive("INBOX", letter(4))
        for call in (waiting, *(copy.follow(backend) for _unused in range(3))):
            try:
                await asyncio.wait_for(call, 60)
            except Unreachable:
                pass  # Dovecot may end the connections that have the folder open
        assert copy.resets == 1
        assert copy.uidvalidity == 4242
        assert copy.count() == 5
        with pytest.raises(Gone):
            await backend.apply(before)
        assert len(await other.raws("INBOX")) == 5, "old numbers name nothing any more"
        await backend.close()


class TestChurn:
    async def test_5_000_messages_that_change_while_they_are_read(self, dovecot: Mailbox, other: ImaplibClient) -> None:
        fill_quickly(dovecot.login, 5000)
        backend = ImapBackend(dovecot.imap(), dovecot.user, lambda: dovecot.server.password)
        copy = Copy("INBOX")
        cycle = itertools.count()

        async def churn() -> None:
            number = next(cycle)
            uids = range(1 + number % 40, 5000, 40)
            await other.flag("INBOX", [*uids[:50]], add=Flag.SEEN if number % 2 else Flag.FLAGGED)
            await other.expunge("INBOX", [*uids[50 : 51 + number % 7]])
            await other.arrive("INBOX", letter(number, "changed"))

        for _unused in range(4):
            async for page in backend.changes("INBOX", copy.cursor, copy):
                copy.take(page)
                await churn()
        await copy.follow(backend)
        await copy.follow(backend)
        assert spelt(copy) == truth(dovecot.login)
        assert next(cycle) > 8
        await backend.close()
