"""One connection, one thread: who goes first, who is cut off, and what is left behind."""

from __future__ import annotations

import asyncio
import io
import threading

import pytest

from tests.backends.conformance import Copy
from tests.backends.test_imap_scripted import CAPS, header_line, selected
from tests.conftest import Mailbox
from tests.e2e.independent import fill
from tests.fakes.messages import make_messages
from tests.fakes.scripted_imap import ScriptedImap, Wire, answering
from tui_mail.backends.imap import worker as workers
from tui_mail.backends.imap.backend import ImapBackend
from tui_mail.backends.imap.transport import Timeouts
from tui_mail.config.servers import Security, Server
from tui_mail.model.clock import FrozenClock
from tui_mail.model.errors import Unreachable
from tui_mail.model.flags import Flag
from tui_mail.model.remote import ChangeKind, RemoteOperation

PATIENT = Timeouts(connect=30, stall=30, command=60, done=30)
NEVER = Timeouts(connect=600, stall=600, command=600, done=600)
PATIENCE = 30.0


def backend_for(scripted: ScriptedImap, timeouts: Timeouts = PATIENT) -> ImapBackend:
    server = Server("127.0.0.1", scripted.port, Security.NONE)
    return ImapBackend(server, "ada", lambda: "secret", timeouts=timeouts)


async def heard(scripted: ScriptedImap, command: bytes) -> None:
    """Wait until the server has got a command."""
    async with asyncio.timeout(PATIENCE):
        while not any(command in line for line in scripted.received):
            await asyncio.sleep(0.01)


def our_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("imap-")]


@pytest.mark.dovecot
async def test_what_a_person_opens_passes_a_long_synchronisation(dovecot: Mailbox) -> None:
    fill(dovecot.login, list(make_messages(1500)))
    backend = ImapBackend(
        dovecot.imap(), dovecot.user, lambda: dovecot.server.password, timeouts=PATIENT, connections=1
    )
    copy = Copy("INBOX")
    await copy.follow(backend, pages=1)
    newest = max(copy.uids())
    pages = 0
    opened: asyncio.Task[int] | None = None
    flagged: asyncio.Task[object] | None = None
    async for page in backend.changes("INBOX", copy.cursor, copy):
        copy.take(page)
        pages += 1
        if opened is None:
            opened = asyncio.create_task(backend.fetch("INBOX", copy.uidvalidity, newest, io.BytesIO()))
            flagged = asyncio.create_task(
                backend.apply(RemoteOperation(ChangeKind.FLAGS, "INBOX", copy.uidvalidity, (newest,), add=Flag.FLAGGED))
            )
        await asyncio.sleep(0.02)
        if page.last:
            break
        if len(copy.messages) > 1000:
            assert opened.done()
            assert flagged is not None
            assert flagged.done()
    assert len(copy.messages) == 1500
    await backend.close()


async def test_operations_keep_their_order() -> None:
    replies = {
        "SELECT": ["* 9 EXISTS", "* OK [UIDVALIDITY 7] ok", "* OK [UIDNEXT 10] ok", "OK [READ-WRITE] done"],
        "UID STORE": ["OK done"],
        "UID SEARCH": ["* ESEARCH UID ALL 1:9"],
    }
    with ScriptedImap(answering(CAPS, replies)) as scripted:
        backend = backend_for(scripted)
        calls = [
            backend.apply(RemoteOperation(ChangeKind.FLAGS, "INBOX", 7, (1, 3, 5), add=Flag.SEEN, add_keywords=(word,)))
            for word in "abcdef"
        ]
        await asyncio.gather(*calls)
        await backend.close()
    stored = [line.rstrip(b")")[-1:] for line in scripted.received if b"STORE" in line]
    assert b"".join(stored) == b"abcdef"


def stalls(wire: Wire) -> None:
    wire.sign_in(CAPS)
    wire.until_gone()


async def test_a_cancelled_call_does_not_wait_for_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "GRACE", 600)
    with ScriptedImap(stalls) as scripted:
        backend = backend_for(scripted, NEVER)
        call = asyncio.create_task(backend.search("INBOX", "x"))
        await heard(scripted, b"EXAMINE")
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(call, PATIENCE)
        await backend.close()


async def test_a_cancelled_call_on_a_stalled_server_frees_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "GRACE", 0.2)
    works = answering(CAPS, {"EXAMINE": selected(0, 1), "UID SEARCH": ["* ESEARCH UID"]})
    with ScriptedImap(stalls, works) as scripted:
        backend = backend_for(scripted, NEVER)
        call = asyncio.create_task(backend.search("INBOX", "x"))
        await heard(scripted, b"EXAMINE")
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert await asyncio.wait_for(backend.search("INBOX", "x"), PATIENCE) == []
        assert len(scripted.wires) == 2
        await backend.close()


async def test_a_call_cancelled_while_its_connection_is_made_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its time to end may be over before there is a connection to cut."""
    monkeypatch.setattr(workers, "GRACE", 0.0)
    over = threading.Event()

    def slow(wire: Wire) -> None:
        assert over.wait(PATIENCE)
        wire.sign_in(CAPS)
        wire.examine()
        assert '"second"' in wire.answer("UID SEARCH", "* ESEARCH UID")
        wire.until_gone()

    with ScriptedImap(slow) as scripted:
        backend = backend_for(scripted)
        call = asyncio.create_task(backend.search("INBOX", "first"))
        async with asyncio.timeout(PATIENCE):
            while not scripted.wires:
                await asyncio.sleep(0.01)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.sleep(0.01)  # the time to end is over
        over.set()
        assert await backend.search("INBOX", "second") == []
        await backend.close()


async def test_nothing_is_written_after_a_cancelled_fetch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "GRACE", 600)
    release = threading.Event()

    def slow(wire: Wire) -> None:
        wire.sign_in(CAPS)
        wire.examine(exists=1, uidnext=2)
        tag, _rest = wire.expect("UID FETCH")
        release.wait(PATIENCE)
        wire.send("* 1 FETCH (UID 1 RFC822.SIZE 2 BODY[]<0> {2}\r\nhi)", f"{tag} OK done")
        wire.examine()
        wire.answer("UID SEARCH", "* ESEARCH UID")
        wire.until_gone()

    with ScriptedImap(slow) as scripted:
        backend = backend_for(scripted)
        sink = io.BytesIO()
        call = asyncio.create_task(backend.fetch("INBOX", 7, 1, sink))
        await heard(scripted, b"UID FETCH")
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        sink.close()  # a write would raise now
        release.set()
        assert await backend.search("INBOX", "x") == [], "on the same connection"
        await backend.close()


async def test_a_reader_that_stops_leaves_the_connection_usable() -> None:
    def fetch(command: str) -> list[bytes]:
        low, _colon, high = command.split()[2].partition(":")
        return [header_line(uid) for uid in range(int(low), int(high) + 1)]

    replies = {
        "EXAMINE": selected(900, 901),
        "UID FETCH": fetch,
        "FETCH": lambda _command: [header_line(uid) for uid in range(801, 901)],
    }
    with ScriptedImap(answering(CAPS, replies)) as scripted:
        backend = backend_for(scripted)
        for _unused in range(3):
            pages = backend.changes("INBOX", b"", Copy("INBOX"))
            async for _page in pages:
                break
            await pages.aclose()
        copy = Copy("INBOX")
        await copy.follow(backend)
        assert len(copy.messages) == 900
        assert len(scripted.wires) == 1
        await backend.close()


async def test_closing_waits_for_no_stalled_server_and_leaves_no_thread() -> None:
    with ScriptedImap(stalls) as scripted:
        backend = backend_for(scripted, NEVER)
        call = asyncio.create_task(backend.search("INBOX", "x"))
        await heard(scripted, b"EXAMINE")
        await backend.close()  # which gives its thread less time than the server is given
        with pytest.raises(Unreachable):
            await call
        with pytest.raises(Unreachable):
            await backend.search("INBOX", "x")
    assert not our_threads()


async def test_a_connection_silent_for_long_is_asked_before_it_is_used() -> None:
    clock = FrozenClock(0.0)

    def forgets(wire: Wire) -> None:
        wire.sign_in(CAPS)
        wire.examine()
        wire.answer("UID SEARCH", "* ESEARCH UID")
        wire.expect("NOOP")
        wire.until_gone()

    works = answering(CAPS, {"EXAMINE": selected(0, 1), "UID SEARCH": ["* ESEARCH UID"]})
    with ScriptedImap(forgets, works) as scripted:
        server = Server("127.0.0.1", scripted.port, Security.NONE)
        timeouts = Timeouts(connect=30, stall=1.5, command=30, done=1.5)
        backend = ImapBackend(server, "ada", lambda: "secret", timeouts=timeouts, clock=clock)
        assert await backend.search("INBOX", "x") == []
        clock.advance(3600)
        assert await backend.search("INBOX", "x") == [], "without a word about the dead connection"
        assert len(scripted.wires) == 2
        await backend.close()


async def test_a_mistake_of_ours_reaches_the_caller_and_the_thread_lives_on(monkeypatch: pytest.MonkeyPatch) -> None:
    from tui_mail.backends.imap import maintain

    works = answering(CAPS, {"EXAMINE": selected(0, 1), "UID SEARCH": ["* ESEARCH UID"]})
    with ScriptedImap(works) as scripted:
        backend = backend_for(scripted)
        with monkeypatch.context() as patched:
            patched.setattr(maintain, "search_text", lambda *_arguments: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                await backend.search("INBOX", "x")
        assert await backend.search("INBOX", "x") == []
        await backend.close()


async def test_traffic_is_counted_over_all_connections() -> None:
    works = answering(CAPS, {"EXAMINE": selected(0, 1), "UID SEARCH": ["* ESEARCH UID"]})
    with ScriptedImap(works) as scripted:
        backend = backend_for(scripted)
        assert backend.traffic == (0, 0)
        await backend.search("INBOX", "x")
        received, sent = backend.traffic
        assert received > 100
        assert sent > 40
        await backend.close()
        assert backend.traffic >= (received, sent)
