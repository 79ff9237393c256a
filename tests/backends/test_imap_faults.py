"""A real Dovecot behind a proxy that cuts, stalls and corrupts: nothing is lost, nothing hangs, nothing is doubled."""

from __future__ import annotations

import io
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tests.backends.conformance import Copy, letter
from tests.backends.test_imap_conformance import ImaplibClient
from tests.conftest import Mailbox
from tests.e2e.independent import fill
from tests.fakes.faultproxy import Corrupt, Cut, FaultProxy, Refuse, Replace, Rule, Stall, Swallow, Trickle
from tests.fakes.messages import make_messages
from tui_mail.backends.imap.backend import ImapBackend
from tui_mail.backends.imap.transport import Timeouts
from tui_mail.config.servers import Security
from tui_mail.model.errors import Stalled, TuiMailError, Unreachable
from tui_mail.model.flags import Flag
from tui_mail.model.remote import ChangeKind, RemoteOperation

pytestmark = pytest.mark.dovecot

PATIENT = Timeouts(connect=30, stall=30, command=60, done=30, idle=60, poll=0.2)
IMPATIENT = Timeouts(connect=30, stall=3, command=30, done=3, idle=60, poll=0.2)
"""For a server that says nothing any more; a busy machine is silent for moments as well."""
COUNT = 320


@pytest.fixture
def proxy(dovecot: Mailbox) -> Iterator[FaultProxy]:
    with FaultProxy(dovecot.server.imap) as proxy:
        yield proxy


@pytest.fixture
async def other(dovecot: Mailbox) -> AsyncIterator[ImaplibClient]:
    client = ImaplibClient(dovecot)
    yield client
    client.close()


@asynccontextmanager
async def behind(dovecot: Mailbox, proxy: FaultProxy, *rules: Rule) -> AsyncIterator[ImapBackend]:
    """A backend whose connections meet ``rules``; it is impatient where one of them is silence."""
    proxy.set(*rules)
    server = dovecot.imap(proxy.port, Security.NONE)
    silence = any(isinstance(rule, Swallow) or (isinstance(rule, Stall) and rule.seconds is None) for rule in rules)
    timeouts = IMPATIENT if silence else PATIENT
    backend = ImapBackend(server, dovecot.user, lambda: dovecot.server.password, timeouts=timeouts)
    try:
        yield backend
    finally:
        await backend.close()


class TestSynchronising:
    @pytest.mark.parametrize("reset", [False, True])
    async def test_cut_anywhere_it_goes_on_from_the_last_page(
        self, dovecot: Mailbox, proxy: FaultProxy, reset: bool
    ) -> None:
        """Every connection dies a little later than the one before; each page counts."""
        fill(dovecot.login, list(make_messages(COUNT)))
        copy = Copy("INBOX")
        failures = 0
        for attempt in itertools.count(1):
            async with behind(dovecot, proxy, Cut(after=attempt * 9000, reset=reset)) as backend:
                try:
                    await copy.follow(backend)
                    break
                except Unreachable:
                    failures += 1
            assert attempt < 60
        assert failures > 3
        assert len(copy.messages) == COUNT
        assert [message.uid for message in copy.messages.values()] == sorted(copy.messages, reverse=True)

    @pytest.mark.parametrize("offset", [5, 60, 400, 700, 1500, 2500, 9000, 30_000])
    async def test_a_stall_is_noticed_and_the_next_try_works(
        self, dovecot: Mailbox, proxy: FaultProxy, offset: int
    ) -> None:
        fill(dovecot.login, list(make_messages(60)))
        copy = Copy("INBOX")
        async with behind(dovecot, proxy, Stall(after=offset, connection=0)) as backend:
            try:
                await copy.follow(backend)
            except Stalled:
                backend._timeouts = PATIENT
                await copy.follow(backend)
            # Else it was in an answer that nobody waits for (ID), and was noticed before anything was asked.
        assert proxy.connections > 1
        assert len(copy.messages) == 60

    async def test_a_pause_is_no_stall(self, dovecot: Mailbox, proxy: FaultProxy) -> None:
        fill(dovecot.login, list(make_messages(60)))
        copy = Copy("INBOX")
        async with behind(dovecot, proxy, Stall(after=9000, seconds=0.5)) as backend:
            await copy.follow(backend)
        assert len(copy.messages) == 60

    async def test_one_byte_at_a_time(self, dovecot: Mailbox, proxy: FaultProxy) -> None:
        made = list(make_messages(12))
        fill(dovecot.login, made)
        copy = Copy("INBOX")
        async with behind(dovecot, proxy, Trickle(chunk=1)) as backend:
            await copy.follow(backend)
            bodies = [body.raw async for body in backend.bodies("INBOX", copy.uidvalidity, copy.uids()[:4])]
        assert len(copy.messages) == 12
        assert bodies == [one.raw for one in made[:4]]

    @pytest.mark.parametrize("offset", range(1700, 2600, 37))
    async def test_a_flipped_bit_breaks_no_more_than_it_must(
        self, dovecot: Mailbox, proxy: FaultProxy, offset: int
    ) -> None:
        """Without TLS a bit may flip in a header; the frame around it must not shift a header to another message."""
        made = list(make_messages(8))
        fill(dovecot.login, made)
        copy = Copy("INBOX")
        async with behind(dovecot, proxy, Corrupt(after=offset, flip=0x15, connection=0)) as backend:
            try:
                await copy.follow(backend)
            except TuiMailError:
                await copy.follow(backend)
        for uid, message in copy.messages.items():
            if not 0 < uid <= len(made):
                continue
            wanted = made[uid - 1].message_id.encode()
            others = [one.message_id.encode() for number, one in enumerate(made, 1) if number != uid]
            found = message.header.split(b"Message-ID:")[-1].split(b"\r\n")[0]
            assert wanted in found or not any(other in found for other in others)

    async def test_refused_connections_are_unreachable_and_later_not(self, dovecot: Mailbox, proxy: FaultProxy) -> None:
        async with behind(dovecot, proxy, Refuse(connections=2)) as backend:
            for _unused in range(2):
                with pytest.raises(Unreachable):
                    await backend.connect()
            await backend.connect()

    async def test_a_connection_that_died_unused_is_replaced_without_a_word(
        self, dovecot: Mailbox, proxy: FaultProxy
    ) -> None:
        async with behind(dovecot, proxy) as backend:
            await backend.folders()
            await Copy("INBOX").follow(backend)
            proxy.drop()
            assert await backend.folders()
            await Copy("INBOX").follow(backend)

    async def test_capabilities_lost_on_the_way_are_asked_for(self, dovecot: Mailbox, proxy: FaultProxy) -> None:
        fill(dovecot.login, list(make_messages(5)))
        async with behind(dovecot, proxy, Replace(match=b"[CAPABILITY ", by=b"[XAPABILITY ")) as backend:
            caps = await backend.connect()
            assert caps.move
            copy = Copy("INBOX")
            await copy.follow(backend)
            assert copy.count() == 5


class TestOperations:
    @pytest.mark.parametrize("kind", [ChangeKind.MOVE, ChangeKind.COPY])
    @pytest.mark.parametrize(
        "fault",
        [
            Swallow(match=b"OK [COPYUID", connection=0),
            Cut(before=b"OK [COPYUID", connection=0),
            Cut(match=b"UID COPY", direction="up", connection=0),
            Cut(match=b"UID MOVE", direction="up", connection=0),
        ],
        ids=["lost-answer", "cut-before-answer", "cut-in-copy", "cut-in-move"],
    )
    @pytest.mark.parametrize("move", ["with-move", "without-move"])
    async def test_a_lost_answer_doubles_and_loses_nothing(
        self, dovecot: Mailbox, proxy: FaultProxy, other: ImaplibClient, kind: ChangeKind, fault: Rule, move: str
    ) -> None:
        for number in range(6):
            await other.arrive("INBOX", letter(number % 4))  # two of them twice
        hide = [] if move == "with-move" else [Replace(match=b" MOVE ", by=b" XXXX ")]
        inbox, archive = Copy("INBOX"), Copy("Archive")
        async with behind(dovecot, proxy, fault, *hide) as backend:
            uidnext = (await backend.status("Archive")).uidnext
            assert uidnext is not None
            await inbox.follow(backend)
            uids = tuple(inbox.uids())
            for attempt in range(3):
                operation = RemoteOperation(
                    kind, "INBOX", inbox.uidvalidity, uids, target="Archive", target_uidnext=uidnext if attempt else 0
                )
                try:
                    result = await backend.apply(operation)
                    break
                except Unreachable:
                    backend._timeouts = PATIENT
            else:
                raise AssertionError("never done")
            assert set(result.done) == set(uids)
            await archive.follow(backend)
            await inbox.follow(backend)
        assert sorted(archive.subjects()) == sorted(f"Letter {number % 4}" for number in range(6))
        assert inbox.count() == (0 if kind is ChangeKind.MOVE else 6)

    @pytest.mark.parametrize("seconds", range(6))
    async def test_a_move_by_copy_cut_at_any_step_ends_with_one_copy_each(
        self, dovecot: Mailbox, proxy: FaultProxy, other: ImaplibClient, seconds: int
    ) -> None:
        step = (b"UID COPY", b"OK [COPYUID", b"UID STORE", b"Store completed", b"UID EXPUNGE", b"Expunge completed")[
            seconds
        ]
        direction = "up" if step.startswith(b"UID") else "down"
        fault = Cut(before=step, direction=direction, connection=0)
        for number in range(3):
            await other.arrive("INBOX", letter(number))
        inbox = Copy("INBOX")
        async with behind(dovecot, proxy, fault, Replace(match=b" MOVE ", by=b" XXXX ")) as backend:
            uidnext = (await backend.status("Archive")).uidnext
            assert uidnext is not None
            await inbox.follow(backend)
            uids = tuple(inbox.uids())
            first = RemoteOperation(ChangeKind.MOVE, "INBOX", inbox.uidvalidity, uids, target="Archive")
            with pytest.raises(Unreachable):
                await backend.apply(first)
            again = RemoteOperation(
                ChangeKind.MOVE, "INBOX", inbox.uidvalidity, uids, target="Archive", target_uidnext=uidnext
            )
            assert set((await backend.apply(again)).done) == set(uids)
        assert await other.raws("INBOX") == []
        assert sorted(await other.raws("Archive")) == sorted(letter(number) for number in range(3))

    @pytest.mark.parametrize(
        "fault",
        [Swallow(match=b"OK [APPENDUID"), Cut(before=b"OK [APPENDUID"), Cut(match=b"letter-1@", direction="up")],
    )
    async def test_an_append_without_an_answer_is_found_or_not(
        self, dovecot: Mailbox, proxy: FaultProxy, other: ImaplibClient, fault: Rule
    ) -> None:
        raw = letter(1)
        async with behind(dovecot, proxy, fault) as backend:
            before = (await backend.status("Sent")).uidnext
            assert before is not None
            with pytest.raises(Unreachable):
                await backend.append("Sent", io.BytesIO(raw), len(raw), Flag.SEEN, (), 0)
            proxy.set()
            backend._timeouts = PATIENT
            found = await backend.find_appended("Sent", "<letter-1@example.org>", before)
        assert (found is not None) == bool(await other.raws("Sent"))
        assert (found is not None) == (fault.direction == "down")


class TestMessages:
    async def test_a_cut_fetch_is_an_error_and_never_a_short_message(
        self, dovecot: Mailbox, proxy: FaultProxy, other: ImaplibClient
    ) -> None:
        raw = letter(1, "line of text\r\n" * 100_000)
        await other.arrive("INBOX", raw)
        copy = Copy("INBOX")
        async with behind(dovecot, proxy, Cut(after=900_000, connection=1)) as backend:
            await copy.follow(backend)  # on the first connection
            with pytest.raises(Unreachable):
                await backend.fetch("INBOX", copy.uidvalidity, copy.uids()[0], io.BytesIO())
            sink = io.BytesIO()
            await backend.fetch("INBOX", copy.uidvalidity, copy.uids()[0], sink)
        assert sink.getvalue() == raw

    async def test_cut_bodies_are_whole_or_absent(self, dovecot: Mailbox, proxy: FaultProxy) -> None:
        made = list(make_messages(80))
        fill(dovecot.login, made)
        copy = Copy("INBOX")
        found: dict[int, bytes] = {}
        async with behind(dovecot, proxy) as backend:
            await copy.follow(backend)
        async with behind(dovecot, proxy, Cut(after=300_000, connection=None)) as backend:
            for _unused in range(20):
                left = [uid for uid in copy.uids() if uid not in found]
                try:
                    async for body in backend.bodies("INBOX", copy.uidvalidity, left):
                        found[body.uid] = body.raw
                    break
                except Unreachable:
                    continue
        assert [found[uid] for uid in sorted(found)] == [one.raw for one in made]


class TestWaiting:
    async def test_a_silent_death_is_noticed_at_the_refresh(self, dovecot: Mailbox, proxy: FaultProxy) -> None:
        proxy.set(Swallow(match=b"+ idling"))
        timeouts = replace(IMPATIENT, idle=0.5)
        server = dovecot.imap(proxy.port, Security.NONE)
        backend = ImapBackend(server, dovecot.user, lambda: dovecot.server.password, timeouts=timeouts)
        with pytest.raises(Stalled):
            await backend.wait("INBOX", 60)
        proxy.set()
        backend._timeouts = PATIENT
        assert await backend.wait("INBOX", 0.2) is False
        await backend.close()

    async def test_news_in_single_bytes(self, dovecot: Mailbox, proxy: FaultProxy, other: ImaplibClient) -> None:
        copy = Copy("INBOX")
        async with behind(dovecot, proxy, Trickle(chunk=1)) as backend:
            await copy.follow(backend)
            assert await backend.wait("INBOX", 0.2) is False
            await other.arrive("INBOX", letter(1))
            assert await backend.wait("INBOX", 30) is True
