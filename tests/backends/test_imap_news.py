"""Waiting for news over every kind of link: nothing that has arrived is left unseen, nothing that never arrives is waited for."""

from __future__ import annotations

import asyncio
import threading
import zlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.backends.test_imap_scripted import CAPS, IMPATIENT, PATIENT, talking_to
from tests.fakes.certificates import Authority
from tests.fakes.scripted_imap import ScriptedImap, Wire
from tui_mail.backends.imap.backend import ImapBackend
from tui_mail.config.servers import Security, Server
from tui_mail.model.errors import Stalled, Unreachable


def begun(wire: Wire, *together: bytes) -> str:
    """IDLE, its beginning answered in one piece with ``together``; the tag."""
    wire.examine(exists=1, uidnext=2)
    tag, _rest = wire.expect("IDLE")
    wire.raw(b"+ idling\r\n" + b"".join(together))
    return tag


def ended(wire: Wire, tag: str) -> None:
    assert wire.line() == b"DONE"
    wire.send(f"{tag} OK done")
    wire.until_gone()


class Deflated(Wire):
    """The server's end of a compressed connection."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire.sock)
        self._out = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._in = zlib.decompressobj(-zlib.MAX_WBITS)

    def raw(self, octets: bytes) -> None:
        super().raw(self._out.compress(octets) + self._out.flush(zlib.Z_SYNC_FLUSH))

    def line(self) -> bytes:
        while b"\n" not in self._buffer:
            self._buffer += self._in.decompress(self.sock.recv(65536))
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line.rstrip(b"\r")


class TestNewsWithTheBeginning:
    """What comes in one piece with ``+`` is in a buffer already when the wait begins: no socket will tell of it."""

    async def test_in_clear(self) -> None:
        def script(wire: Wire) -> None:
            wire.sign_in(CAPS)
            ended(wire, begun(wire, b"* 2 EXISTS\r\n"))

        async with talking_to(script) as (backend, _server):
            assert await asyncio.wait_for(backend.wait("INBOX", 60), 30) is True

    async def test_in_tls(self, authority: Authority) -> None:
        def script(wire: Wire) -> None:
            wire.sign_in(CAPS)
            ended(wire, begun(wire, b"* 2 EXISTS\r\n"))

        with ScriptedImap(script, tls=authority.server_context("idle", "DNS:localhost")) as scripted:
            server = Server("localhost", scripted.port, Security.TLS, str(authority.ca_file))
            backend = ImapBackend(server, "ada", lambda: "secret", timeouts=PATIENT)
            assert await asyncio.wait_for(backend.wait("INBOX", 60), 30) is True
            await backend.close()

    @pytest.mark.parametrize("lines", [1, 100_000])
    async def test_compressed(self, lines: int) -> None:
        """A small piece may unpack to more than is unpacked at once."""
        caps = f"{CAPS} COMPRESS=DEFLATE"

        def first(wire: Wire) -> None:
            wire.sign_in(caps)
            wire.until_gone()

        def script(wire: Wire) -> None:
            wire.sign_in(caps)
            wire.answer("COMPRESS DEFLATE")
            packed = Deflated(wire)
            tag = begun(packed, b"* OK Still here\r\n" * (lines - 1), b"* 2 EXISTS\r\n")
            ended(packed, tag)

        with ScriptedImap(first, script) as scripted:
            server = Server("127.0.0.1", scripted.port, Security.NONE)
            backend = ImapBackend(server, "ada", lambda: "secret", timeouts=PATIENT, compress=True)
            await backend.connect()
            assert await asyncio.wait_for(backend.wait("INBOX", 60), 30) is True
            await backend.close()


class TestHalfAnAnswer:
    def then(self, part: bytes, act: Callable[[Wire], None]) -> Callable[[Wire], None]:
        def script(wire: Wire) -> None:
            wire.sign_in(CAPS)
            begun(wire, part)
            act(wire)

        return script

    @pytest.mark.parametrize("part", [b"* 12 EXI", b"* 1 FETCH (BODY[HEADER] {12}\r\nSubj", b"* 1 FETCH (BODY[] {5}"])
    async def test_and_the_end_is_a_lost_connection(self, part: bytes) -> None:
        async with talking_to(self.then(part, lambda _wire: None)) as (backend, _server):
            with pytest.raises(Unreachable, match="lost"):
                await asyncio.wait_for(backend.wait("INBOX", 60), 30)

    async def test_and_silence_in_a_literal_is_a_stall(self) -> None:
        script = self.then(b"* 1 FETCH (BODY[HEADER] {12}\r\nSubj", Wire.until_gone)
        async with talking_to(script, timeouts=IMPATIENT) as (backend, _server):
            with pytest.raises(Stalled):
                await asyncio.wait_for(backend.wait("INBOX", 60), 30)

    async def test_and_the_rest_after_a_pause_is_news(self) -> None:
        rest = threading.Event()

        def script(wire: Wire) -> None:
            wire.sign_in(CAPS)
            tag = begun(wire, b"* 12 EXI")
            rest.wait(30)
            wire.raw(b"STS\r\n")
            ended(wire, tag)

        async with talking_to(script) as (backend, _server):
            waiting = asyncio.create_task(backend.wait("INBOX", 30))
            await asyncio.sleep(0.2)
            assert not waiting.done(), "half a line is no news"
            rest.set()
            assert await asyncio.wait_for(waiting, 30) is True

    async def test_and_the_refresh_finds_out_about_a_server_that_is_stuck_in_it(self) -> None:
        timeouts = replace(IMPATIENT, idle=0.2)
        async with talking_to(self.then(b"* 12 EXI", Wire.until_gone), timeouts=timeouts) as (backend, _server):
            with pytest.raises(Stalled):
                await asyncio.wait_for(backend.wait("INBOX", 60), 30)


class TestEnds:
    async def test_a_bye_behind_news_is_an_error_all_the_same(self) -> None:
        """Whoever reconnects looks at everything: the news are not lost with it."""

        def script(wire: Wire) -> None:
            wire.sign_in(CAPS)
            begun(wire, b"* 2 EXISTS\r\n* BYE going down\r\n")

        async with talking_to(script) as (backend, _server):
            with pytest.raises(Unreachable, match="going down"):
                await asyncio.wait_for(backend.wait("INBOX", 60), 30)

    async def test_a_bye_that_is_repeated(self) -> None:
        def script(wire: Wire) -> None:
            wire.sign_in(CAPS)
            begun(wire, b"* BYE Autologout; idle for too long\r\n" * 50)

        async with talking_to(script) as (backend, _server):
            with pytest.raises(Unreachable, match="Autologout"):
                await asyncio.wait_for(backend.wait("INBOX", 60), 30)

    async def test_a_bye_between_two_waits_costs_a_connection_and_no_word(self) -> None:
        gone = threading.Event()

        def leaves(wire: Wire) -> None:
            wire.sign_in(CAPS)
            tag = begun(wire)
            assert wire.line() == b"DONE"
            wire.send(f"{tag} OK done", "* BYE bye")
            gone.set()

        def stays(wire: Wire) -> None:
            wire.sign_in(CAPS)
            ended(wire, begun(wire, b"* 2 EXISTS\r\n"))

        async with talking_to(leaves, stays) as (backend, scripted):
            assert await backend.wait("INBOX", 0.2) is False
            assert await asyncio.to_thread(gone.wait, 30)
            assert await asyncio.wait_for(backend.wait("INBOX", 60), 30) is True
            assert len(scripted.wires) == 2

    async def test_a_literal_of_a_megabyte_and_more_in_a_wait(self) -> None:
        def script(wire: Wire) -> None:
            wire.sign_in(CAPS)
            tag = begun(wire, b"* 1 FETCH (BODY[] {3000000}\r\n" + b"x" * 3_000_000 + b")\r\n")
            ended(wire, tag)

        async with talking_to(script) as (backend, _server):
            assert await asyncio.wait_for(backend.wait("INBOX", 60), 30) is True
