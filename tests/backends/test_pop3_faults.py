"""Every fault a link or a server can have at every step of a POP3 session: nothing half is taken for whole, nothing is lost."""

from __future__ import annotations

import asyncio
import io
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from tests.backends.test_pop3_dovecot import Sinks, ended, letter, put, there
from tests.backends.test_pop3_sign_in import at
from tests.conftest import Mailbox
from tests.fakes.certificates import Authority
from tests.fakes.faultproxy import Corrupt, Cut, FaultProxy, Rule, Stall, Swallow, Trickle
from tests.fakes.scripted_pop3 import PASSWORD, USER, Answer, Kept, ScriptedPop3, mailbox
from tests.fakes.scripted_smtp import Act
from tui_mail.backends.pop3.outcomes import Ended, Update
from tui_mail.backends.pop3.session import Pop3Session
from tui_mail.backends.pop3.wire import Timeouts
from tui_mail.config.servers import Security, Server
from tui_mail.model.errors import Gone, Refused, SignInRefused, Throttled, TuiMailError, Unreachable

QUICK = Timeouts(connect=30, stall=0.3, command=2, update=0.3, leave=0.3)
"""For a link on which any answer may be the last; a busy machine is silent for moments as well."""
CALM = Timeouts(connect=30, stall=30, command=60, update=30, leave=30)
RAWS = (
    letter(1),
    letter(2, b".\r\n..\r\nx\r\n.\r\n"),
    letter(3, b"no end"),
    letter(4, b"\xff\xfe" * 40 + b"\r\n"),
    letter(5, b""),
)
KINDS = (Unreachable, Throttled, Refused, Gone, SignInRefused)


@dataclass
class Run:
    """What a session did until its end, or until something went wrong."""

    whole: dict[int, bytes] = field(default_factory=dict)
    """Reported as whole."""
    marked: frozenset[int] = frozenset()
    """Asked to be deleted."""
    ended: Ended | None = None
    errors: list[TuiMailError] = field(default_factory=list)

    async def go(self, server: Server, timeouts: Timeouts, user: str = USER, secret: str = PASSWORD) -> None:
        """All there is to a session; only errors of ``model.errors`` are expected."""
        try:
            async with await Pop3Session.open(server, user, lambda: secret, timeouts) as session:
                await self._work(session)
        except TuiMailError as error:
            self.errors.append(error)
        for each in self.errors:
            assert isinstance(each, KINDS), type(each)
            assert each.text.endswith((".", "!", "?"))

    async def _work(self, session: Pop3Session) -> None:
        numbers = list((await session.listing()).sizes)
        self.errors += [top.error async for top in session.tops(numbers) if top.error]
        sinks = Sinks()
        async for got in session.retrieve_many(numbers, sinks):
            if got.error is None:
                assert got.octets == len(sinks.raw(got.number))
                self.whole[got.number] = sinks.raw(got.number)
            else:
                self.errors.append(got.error)
        self.errors += (await session.delete(self.whole)).values()
        self.marked = session.marked
        self.ended = await session.quit()

    @property
    def lost(self) -> bool:
        """The connection was, and it was told."""
        return any(isinstance(error, Unreachable) for error in self.errors) or (
            self.ended is not None and self.ended.update in (Update.UNKNOWN, Update.UNSAID)
        )

    def check(self, kept: list[Kept], deleted: list[Kept], *, octets: bool = True, marks: bool = True) -> None:
        """``kept`` was in the mailbox before, ``deleted`` is not any more.

        Not ``octets`` or not ``marks`` where the server itself, or the link, is not true to them.
        """
        for number, raw in self.whole.items() if octets else ():
            assert raw == ended(kept[number - 1].raw), number
        away = {number for number, each in enumerate(kept, 1) if any(each is one for one in deleted)}
        assert away <= self.marked
        match self.ended.update if self.ended is not None else Update.UNSAID:
            case Update.CONFIRMED:
                assert away == self.marked or not marks
            case Update.UNKNOWN:
                assert away in (self.marked, set()) or not marks
            case _:
                assert not away


@asynccontextmanager
async def watched(
    server: ScriptedPop3, where: Server, timeouts: Timeouts = CALM, *, octets: bool = True, marks: bool = True
) -> AsyncIterator[Run]:
    """A run against ``server``, by way of ``where``, whose promises are kept; the mailbox is then as before."""
    before, run = list(server.mailbox), Run()
    server.deleted.clear()
    await run.go(where, timeouts)
    await asyncio.to_thread(server.settle)
    run.check(before, server.deleted, octets=octets, marks=marks)
    yield run
    server.mailbox = before


def lengths(proxy: FaultProxy) -> tuple[int, int]:
    return len(proxy.seen("down")), len(proxy.seen("up"))


class TestLinks:
    """The server is a scripted one, so that what it has deleted is known at once."""

    @pytest.fixture
    def server(self) -> Iterator[ScriptedPop3]:
        with ScriptedPop3(mailbox(*RAWS)) as server:
            yield server

    @pytest.fixture
    def proxy(self, server: ScriptedPop3) -> Iterator[FaultProxy]:
        with FaultProxy(server.port) as proxy:
            yield proxy

    @pytest.mark.parametrize("capa", [None, "-ERR what?"], ids=["pipelined", "one by one"])
    @pytest.mark.parametrize("direction", ["down", "up"])
    @pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
    async def test_cut_at_any_octet(
        self, server: ScriptedPop3, proxy: FaultProxy, reset: bool, direction: str, capa: str | None
    ) -> None:
        server.steps["capa"] = capa
        async with watched(server, at(proxy.port)) as run:
            assert (run.errors, run.ended) == ([], Ended(Update.CONFIRMED, "bye"))
            assert len(run.whole) == len(run.marked) == len(RAWS)
        down, up = lengths(proxy)
        step = 7 if direction == "down" else 3
        for after in range(0, down if direction == "down" else up, step):
            proxy.set(Cut(after=after, direction=direction, reset=reset))
            async with watched(server, at(proxy.port)) as run:
                assert run.lost

    @pytest.mark.parametrize("chunk", [1, 2, 3, 5])
    async def test_in_small_pieces(self, server: ScriptedPop3, proxy: FaultProxy, chunk: int) -> None:
        proxy.set(Trickle(chunk=chunk), Trickle(chunk=chunk, direction="up"))
        async with watched(server, at(proxy.port)) as run:
            assert len(run.whole) == len(RAWS)
            assert run.ended == Ended(Update.CONFIRMED, "bye")

    async def test_silent_after_any_line(self, server: ScriptedPop3, proxy: FaultProxy) -> None:
        async with watched(server, at(proxy.port)):
            down = proxy.seen("down")
        places = [place + 2 for place in range(len(down)) if down.startswith(b"\r\n", place)]
        for after in [1, *places[:-1:6], places[-2]]:
            proxy.set(Stall(after=after))
            async with watched(server, at(proxy.port), QUICK) as run:
                assert run.lost

    async def test_silent_for_a_while_only(self, server: ScriptedPop3, proxy: FaultProxy) -> None:
        proxy.set(Stall(match=b"Subject: 3", seconds=0.2))
        async with watched(server, at(proxy.port)) as run:
            assert len(run.whole) == len(RAWS)

    async def test_a_flipped_bit_in_clear_deletes_nothing_that_was_not_asked(
        self, server: ScriptedPop3, proxy: FaultProxy
    ) -> None:
        """It may change what is read; who wants more takes TLS."""
        async with watched(server, at(proxy.port)):
            down = proxy.seen("down")
        for after in range(0, len(down), 41):
            proxy.set(Corrupt(after=after))
            async with watched(server, at(proxy.port), QUICK, octets=False, marks=False):
                pass

    async def test_a_flipped_bit_in_tls_is_a_lost_connection(self, authority: Authority) -> None:
        context = authority.server_context("pop-flipped", "IP:127.0.0.1")
        with ScriptedPop3(mailbox(*RAWS), tls=context) as server, FaultProxy(server.port) as proxy:
            where = at(proxy.port, Security.TLS, str(authority.ca_file))
            async with watched(server, where) as run:
                assert len(run.whole) == len(RAWS)
            down, _up = lengths(proxy)
            for after in range(11, down, 97):
                proxy.set(Corrupt(after=after))
                async with watched(server, where, QUICK) as run:
                    assert run.lost or run.ended == Ended(Update.CONFIRMED, "bye")

    async def test_over_a_link_that_always_dies_all_comes_once_and_goes(
        self, server: ScriptedPop3, proxy: FaultProxy
    ) -> None:
        """As a client does that keeps what is whole, and deletes it in a later session."""
        have: dict[str, bytes] = {}
        for life in itertools.count(100, 61):
            proxy.set(Cut(after=life, direction="up" if life % 2 else "down"))
            try:
                async with await Pop3Session.open(at(proxy.port), USER, lambda: PASSWORD, CALM) as session:
                    listing = await session.listing()
                    names = {each.number: each.uidl for each in listing.messages}
                    await session.delete(number for number, name in names.items() if name in have)
                    sinks = Sinks()
                    async for got in session.retrieve_many([n for n, name in names.items() if name not in have], sinks):
                        have[names[got.number]] = sinks.raw(got.number)
                    await session.quit()
            except Unreachable:
                pass
            await asyncio.to_thread(server.settle)
            assert {each.uidl for each in server.deleted} <= have.keys()
            if not server.mailbox:
                break
        assert sorted(have.values()) == sorted(map(ended, RAWS))


STEPS = ("capa", "auth", "stat", "list", "uidl", "top", "retr", "dele", "quit")
ANSWERS: dict[str, Answer] = {
    "closed": Act.CLOSE,
    "reset": Act.RESET,
    "silent": Act.SILENT,
    "garbage": b"\x16\x03\xff garbage\r\n.\r\n",
    "nothing but an end": b"\r\n",
    "endless line": b"+OK " + b"x" * 40_000,
    "refused": "-ERR no",
    "refused for now": "-ERR [SYS/TEMP] later",
    "in use": "-ERR [IN-USE] locked",
    "refused for good": "-ERR [SYS/PERM] never",
    "yes and no more": "+OK",
    "yes, and then garbage": b"+OK\r\n\xff\x00\r\n1\r\n1 2 3\r\nx y\r\n.\r\n",
    "twice": "+OK\n+OK",
}
ENDLESS = ("silent", "yes and no more", "twice")
"""Those after which more is waited for than comes."""


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("answer", ANSWERS)
async def test_any_answer_at_any_step(step: str, answer: str) -> None:
    """Whatever becomes of the session: what is whole is so, and deletions are as was said of them."""
    for capabilities in (None, "-ERR what?"):
        with ScriptedPop3(mailbox(*RAWS)) as server:
            way = {"auth": "pass"}.get(step, step) if capabilities else step
            server.steps |= {"capa": capabilities, way: ANSWERS[answer]}
            acts = isinstance(ANSWERS[answer], Act)
            timeouts = QUICK if answer in ENDLESS else CALM
            async with watched(
                server, at(server.port), timeouts, octets=acts or step != "retr", marks=acts or step != "dele"
            ) as run:
                if acts:
                    assert run.lost


@pytest.mark.dovecot
class TestDovecot:
    PLACES = (
        *(b"+OK Dovecot", b"PIPELINING", b"+OK Logged in", b"+OK 5 ", b"5 messages", b"Subject: 3"),
        *(b"octets", b"+OK Marked", b"+OK Logging out"),
    )

    @pytest.mark.parametrize("place", PLACES, ids=range(len(PLACES)))
    @pytest.mark.parametrize("fault", ["closed", "reset", "silent", "before"])
    async def test_every_place(self, dovecot: Mailbox, place: bytes, fault: str) -> None:
        put(dovecot, RAWS)
        rule: Rule = {
            "closed": Cut(match=place),
            "reset": Cut(match=place, reset=True),
            "silent": Swallow(match=place),
            "before": Cut(before=place),
        }[fault]
        run = Run()
        with FaultProxy(dovecot.server.pop3, rule) as proxy:
            timeouts = replace(CALM, stall=2.0, update=2.0, leave=2.0) if fault == "silent" else CALM
            await run.go(at(proxy.port), timeouts, dovecot.user, dovecot.server.password)
        assert run.lost or (place, fault) == (b"+OK Logging out", "closed"), "the answer had come"
        for number, raw in run.whole.items():
            assert raw == ended(RAWS[number - 1])
        if run.ended is None or run.ended.update is Update.UNSAID:
            assert there(dovecot) == list(RAWS)
            server = at(dovecot.server.pop3)  # and the next session finds all well
            async with await Pop3Session.open(server, dovecot.user, lambda: dovecot.server.password, CALM) as session:
                sink = io.BytesIO()
                await session.retrieve(2, sink)
            assert sink.getvalue() == RAWS[1]
