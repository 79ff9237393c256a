"""What ``backends.smtp`` takes for granted of aiosmtplib and asyncio; a release that changes it fails here first."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import aiosmtplib
import pytest

from tests.fakes.certificates import Authority
from tests.fakes.scripted_smtp import PASSWORD, USER, Act, ScriptedSmtp
from tui_mail.backends.smtp.connection import Connection
from tui_mail.backends.smtp.data import _Upload
from tui_mail.backends.smtp.signin import Patience, sign_in
from tui_mail.config.servers import Security, Server

BODY = b"Subject: long\r\n\r\n" + b"0123456789abcdef0123456789abcdef\r\n" * 250_000
"""More than all buffers on the way hold."""


@contextlib.asynccontextmanager
async def in_a_message(server: ScriptedSmtp, security: Security, ca_file: str = "") -> AsyncIterator[Connection]:
    """A connection on which the server waits for the body."""
    where = Server("127.0.0.1", server.port, security, ca_file)
    client = await sign_in(where, USER, lambda: PASSWORD)
    connection = Connection(where, client, Patience())
    await connection.command(b"MAIL", b"FROM:<a@x.example>", seconds=10)
    await connection.command(b"RCPT", b"TO:<b@x.example>", seconds=10)
    assert (await connection.command(b"DATA", seconds=10)).code == 354
    try:
        yield connection
    finally:
        connection.abort()


async def test_a_reply_awaited_early_is_that_to_the_dot() -> None:
    """``read_response`` may be begun before anything is written, and hears of nothing but the server's next words."""
    with ScriptedSmtp() as server:
        async with in_a_message(server, Security.NONE) as connection:
            answer = asyncio.create_task(connection.protocol.read_response())
            connection.transport.write(b"Subject: x\r\n\r\n")
            await asyncio.sleep(0.05)
            assert not answer.done()
            connection.transport.write(b".\r\n")
            assert tuple(await asyncio.wait_for(answer, 30)) == (250, "2.0.0 Ok: queued as 4F1")


async def test_a_reply_awaited_hears_of_the_end() -> None:
    with ScriptedSmtp(body=Act.CLOSE) as server:
        async with in_a_message(server, Security.NONE) as connection:
            with pytest.raises(aiosmtplib.SMTPServerDisconnected):
                await asyncio.wait_for(connection.protocol.read_response(), 30)


@pytest.mark.parametrize("security", [Security.NONE, Security.TLS, Security.STARTTLS])
async def test_aborting_throws_away_what_waits(authority: Authority, security: Security) -> None:
    """Afterwards ``SMTP.close`` flushes nothing: the dot written behind the body never goes out."""
    context = authority.server_context("library", "IP:127.0.0.1")
    tls = context if security is Security.TLS else None
    starttls = context if security is Security.STARTTLS else None
    with ScriptedSmtp(body=Act.SILENT, body_after=1_000, tls=tls, starttls=starttls) as server:
        async with in_a_message(server, security, str(authority.ca_file)) as connection:
            connection.transport.write(BODY)
            connection.transport.write(b".\r\n")
            await asyncio.to_thread(server.wait, lambda: bool(server.bodies) and len(server.bodies[0]) >= 1_000)
            connection.abort()
        await asyncio.to_thread(server.settle)
        assert server.accepted == []
        assert len(server.bodies[0]) < len(BODY)


async def test_closing_instead_would_send_it() -> None:
    """Why ``abort``: the library's own ``close`` lets the rest go out, dot included."""
    with ScriptedSmtp(body=Act.SILENT, body_after=1_000) as server:
        async with in_a_message(server, Security.NONE) as connection:
            connection.transport.write(BODY)
            connection.transport.write(b".\r\n")
            await asyncio.to_thread(server.wait, lambda: bool(server.bodies) and len(server.bodies[0]) >= 1_000)
            connection._client.close()
            await asyncio.to_thread(server.settle)
        assert len(server.accepted) == 1


@pytest.mark.parametrize("security", [Security.NONE, Security.TLS, Security.STARTTLS])
async def test_every_octet_that_has_not_left_is_counted(authority: Authority, security: Security) -> None:
    """Below TLS too, where asyncio keeps a second buffer under the one it shows."""
    context = authority.server_context("counting", "IP:127.0.0.1")
    tls = context if security is Security.TLS else None
    starttls = context if security is Security.STARTTLS else None
    with ScriptedSmtp(body=Act.SILENT, body_after=1_000, tls=tls, starttls=starttls) as server:
        async with in_a_message(server, security, str(authority.ca_file)) as connection:
            answer = asyncio.create_task(connection.protocol.read_response())
            upload = _Upload(connection, answer)
            upload._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32_768)
            connection.transport.write(BODY)
            await asyncio.to_thread(server.wait, lambda: bool(server.bodies) and len(server.bodies[0]) >= 1_000)
            assert upload._held() >= len(BODY) - 7_000_000, "what the other side's kernel may have taken"
            if security is not Security.NONE:
                assert upload._held() > connection.transport.get_write_buffer_size()
            connection.abort()
            await asyncio.gather(answer, return_exceptions=True)
