"""Several operations under way on one connection: the order of answers, refusals among them, the end of the connection."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

import pytest

from tests.fakes.scripted_imap import ScriptedImap, Wire
from tui_mail.backends.imap.backend import ImapBackend
from tui_mail.backends.imap.transport import Timeouts
from tui_mail.backends.protocol import Outcome
from tui_mail.config.servers import Security, Server
from tui_mail.model.errors import Gone, Refused, Throttled, TuiMailError, Unreachable
from tui_mail.model.flags import Flag
from tui_mail.model.remote import ChangeKind, RemoteOperation, RemoteResult

QUICK = Timeouts(connect=30, stall=30, command=60, done=30, idle=60, poll=0.1)
CAPS = "IMAP4rev1 SASL-IR AUTH=PLAIN LITERAL+ UIDPLUS MOVE ESEARCH"
DEPTH = 4

Told = list[tuple[int, Outcome]]


def moves(count: int, *, tried: int = 0) -> list[RemoteOperation]:
    """Operation n moves the messages 10n+1 to 10n+3."""
    return [
        RemoteOperation(
            ChangeKind.MOVE, "INBOX", 7, tuple(range(10 * n + 1, 10 * n + 4)), target="Old", target_uidnext=tried
        )
        for n in range(count)
    ]


def copied(*numbers: int) -> list[str]:
    """What the server says of moves that it has made: UID u is 500+u now."""
    return [f"* OK [COPYUID 9 {10 * n + 1}:{10 * n + 3} {10 * n + 501}:{10 * n + 503}] moved" for n in numbers]


def begin(wire: Wire, present: str) -> None:
    wire.sign_in(CAPS)
    wire.examine(exists=100, uidnext=1000, start="SELECT")
    look(wire, present)


def look(wire: Wire, present: str) -> None:
    wire.answer("UID SEARCH", f'* ESEARCH (TAG "x") UID ALL {present}')


def commands(wire: Wire, count: int, start: str = "UID MOVE") -> list[str]:
    """The tags of as many commands as are sent without an answer; no more come."""
    tags = [wire.expect(start)[0] for _each in range(count)]
    assert not wire.pending(0.2)
    return tags


async def told(
    operations: Sequence[RemoteOperation], *scripts: Callable[[Wire], None], error: type[TuiMailError] | None = None
) -> Told:
    """Outcomes in the order they were told, and in the end ``error``."""
    found: Told = []
    with ScriptedImap(*scripts) as scripted:
        backend = ImapBackend(
            Server("127.0.0.1", scripted.port, Security.NONE), "ada", lambda: "secret", timeouts=QUICK
        )
        try:
            if error is None:
                await _gather(backend.apply_each(operations), found)
            else:
                with pytest.raises(error):
                    await _gather(backend.apply_each(operations), found)
        finally:
            await backend.close()
    return found


async def _gather(outcomes: AsyncGenerator[tuple[int, Outcome], None], found: Told) -> None:
    async with aclosing(outcomes):
        async for each in outcomes:
            found.append(each)


def done(n: int) -> tuple[int, RemoteResult]:
    uids = tuple(range(10 * n + 1, 10 * n + 4))
    return n, RemoteResult(uids, (), 9, {uid: 500 + uid for uid in uids})


ALL = "1:3,11:13,21:23,31:33,41:43,51:53"


async def test_as_many_are_under_way_as_the_server_bears() -> None:
    def script(wire: Wire) -> None:
        begin(wire, ALL)
        tags = commands(wire, DEPTH)
        for n, tag in enumerate(tags):
            wire.send(*copied(n), f"{tag} OK done")
        tags = commands(wire, 2)
        for n, tag in enumerate(tags, DEPTH):
            wire.send(*copied(n), f"{tag} OK done")
        wire.until_gone()

    assert await told(moves(6), script) == [done(n) for n in range(6)]


async def test_answers_in_another_order_are_told_apart() -> None:
    """A server may run commands side by side (RFC 9051, 5.5)."""

    def script(wire: Wire) -> None:
        begin(wire, ALL)
        one, two, three = commands(wire, 3)
        wire.send(*copied(2), *copied(0), f"{three} OK done", f"{one} OK done", *copied(1), f"{two} OK done")
        wire.until_gone()

    assert await told(moves(3), script) == [done(n) for n in range(3)]


async def test_a_refusal_in_the_middle_is_that_ones_alone() -> None:
    def script(wire: Wire) -> None:
        begin(wire, ALL)
        one, two, three, four = commands(wire, 4)
        wire.send(*copied(0), f"{one} OK done", f"{two} NO [OVERQUOTA] Full", *copied(2), f"{three} OK done")
        wire.send(*copied(3), f"{four} OK done")
        wire.until_gone()

    found = await told(moves(4), script)
    assert [each for each in found if each[0] != 1] == [done(0), done(2), done(3)]
    (refused,) = [outcome for number, outcome in found if number == 1]
    assert isinstance(refused, Refused)
    assert "Full" in refused.text


async def test_what_was_answered_before_the_connection_ended_is_told() -> None:
    def script(wire: Wire) -> None:
        begin(wire, ALL)
        one, two, *_others = commands(wire, 4)
        wire.send(*copied(0), f"{one} OK done", *copied(1), f"{two} OK done", *copied(2))

    assert await told(moves(5), script, error=Unreachable) == [done(0), done(1)]


async def test_after_a_pause_is_asked_for_nothing_more_is_sent_and_what_was_is_heard() -> None:
    def script(wire: Wire) -> None:
        begin(wire, ALL)
        one, two, three, four = commands(wire, 4)
        wire.send(*copied(0), f"{one} OK done", f"{two} NO [LIMIT] Slow down", *copied(2), f"{three} OK done")
        wire.send(*copied(3), f"{four} OK done")
        while True:  # the fifth may have gone out behind the first answer; the sixth must not
            tag, rest = wire.command()
            if not rest.startswith("UID MOVE 41:43"):
                assert rest == "LOGOUT"
                wire.send("* BYE bye", f"{tag} OK done")
                return
            wire.send(*copied(4), f"{tag} OK done")

    found = await told(moves(6), script, error=Throttled)
    assert [each for each in found if each[0] < 4] == [done(0), done(2), done(3)]
    assert 5 not in dict(found)


async def test_what_another_program_removes_meanwhile_is_left_out() -> None:
    def script(wire: Wire) -> None:
        begin(wire, "1:3,12:13")
        one, two = commands(wire, 2)
        wire.send("* OK [COPYUID 9 1,3 501,503] moved", f"{one} OK done")
        wire.send(f"{two} NO [EXPUNGEISSUED] Some are gone")
        # Said again by itself, for those that are left.
        look(wire, "13")
        wire.answer("UID MOVE 13 ", "* OK [COPYUID 9 13 513] moved")
        wire.until_gone()

    assert await told(moves(2), script) == [
        (0, RemoteResult((1, 3), (2,), 9, {1: 501, 3: 503})),
        (1, RemoteResult((13,), (11, 12), 9, {13: 513})),
    ]


async def test_a_repeated_move_has_moved_what_is_not_there_any_more() -> None:
    def script(wire: Wire) -> None:
        begin(wire, "12:13")
        (one,) = commands(wire, 1)
        wire.send("* OK [COPYUID 9 12:13 512:513] moved", f"{one} OK done")
        wire.until_gone()

    assert await told(moves(2, tried=300), script) == [
        (0, RemoteResult((1, 2, 3), (), 0, {})),
        (1, RemoteResult((11, 12, 13), (), 9, {12: 512, 13: 513})),
    ]


async def test_a_folder_that_is_another_now_is_told_of_each() -> None:
    def script(wire: Wire) -> None:
        wire.sign_in(CAPS)
        wire.examine(exists=100, uidnext=1000, uidvalidity=8, start="SELECT")
        wire.until_gone()

    found = await told(moves(3), script)
    assert [number for number, _outcome in found] == [0, 1, 2]
    assert all(isinstance(outcome, Gone) for _number, outcome in found)


async def test_flags_are_stored_several_at_once() -> None:
    operations = [
        RemoteOperation(ChangeKind.FLAGS, "INBOX", 7, (n,), add=Flag.SEEN, remove=Flag.FLAGGED) for n in (1, 2, 3)
    ]

    def script(wire: Wire) -> None:
        begin(wire, "1,3")
        texts = [wire.expect("UID STORE") for _each in range(4)]
        assert [re.sub(r"\(.*", "", rest) for _tag, rest in texts] == [
            "UID STORE 1 +FLAGS.SILENT ", "UID STORE 1 -FLAGS.SILENT ",
            "UID STORE 3 +FLAGS.SILENT ", "UID STORE 3 -FLAGS.SILENT ",
        ]  # fmt: skip
        wire.send(*[f"{tag} OK done" for tag, _rest in texts])
        wire.until_gone()

    assert await told(operations, script) == [
        (0, RemoteResult((1,))), (1, RemoteResult((), (2,))), (2, RemoteResult((3,))),
    ]  # fmt: skip


async def test_a_server_that_bears_one_command_gets_one_after_the_other() -> None:
    def script(wire: Wire) -> None:
        wire.send(f"* OK [CAPABILITY {CAPS}] Courier-IMAP ready")
        wire.answer("AUTHENTICATE PLAIN", end=f"OK [CAPABILITY {CAPS}] welcome")
        wire.examine(exists=100, uidnext=1000, start="SELECT")
        for n in range(2):
            look(wire, f"{10 * n + 1}:{10 * n + 3}")
            (tag,) = commands(wire, 1)
            wire.send(*copied(n), f"{tag} OK done")
        wire.until_gone()

    assert await told(moves(2), script) == [done(0), done(1)]


async def test_what_a_person_waits_for_passes_between() -> None:
    asked: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    loop = asyncio.get_running_loop()

    def script(wire: Wire) -> None:
        begin(wire, ALL)
        tags = commands(wire, DEPTH)
        loop.call_soon_threadsafe(asked.set_result, None)
        wire.sock.settimeout(None)
        ready.wait()
        for n, tag in enumerate(tags):
            wire.send(*copied(n), f"{tag} OK done")
        wire.answer('STATUS "Other"', "* STATUS Other (MESSAGES 1 UNSEEN 0 UIDNEXT 2 UIDVALIDITY 3)")
        look(wire, "41:43,51:53")  # nobody knows what happened meanwhile
        for n, tag in enumerate(commands(wire, 2), DEPTH):
            wire.send(*copied(n), f"{tag} OK done")
        wire.until_gone()

    ready = threading.Event()
    with ScriptedImap(script) as scripted:
        backend = ImapBackend(
            Server("127.0.0.1", scripted.port, Security.NONE), "ada", lambda: "secret", timeouts=QUICK
        )
        try:
            found: Told = []
            carrying = asyncio.create_task(_gather(backend.apply_each(moves(6)), found))
            await asked
            status = asyncio.create_task(backend.status("Other"))
            await asyncio.sleep(0)  # it is in the queue by then
            ready.set()
            assert (await status).total == 1
            await carrying
            assert found == [done(n) for n in range(6)]
        finally:
            await backend.close()
