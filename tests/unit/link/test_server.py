import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tui_mail.config.paths import Home
from tui_mail.link import peer
from tui_mail.link import server as server_module
from tui_mail.link.call import Line, call
from tui_mail.link.client import Client
from tui_mail.link.messages import (
    Cancel,
    Changed,
    Done,
    Fetch,
    Hello,
    Request,
    State,
    Status,
    Stop,
    Sync,
    Trouble,
    Wake,
    encode,
)
from tui_mail.link.server import Server
from tui_mail.link.versions import greeting
from tui_mail.model.errors import EngineTrouble, Refused, Stalled


class Answering:
    """A handler that answers, refuses, fails or waits, by the kind of request."""

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self.events: list[str] = []
        self.cancelled: list[int] = []
        self.release = asyncio.Event()

    def came(self, client: int) -> None:
        self.events.append(f"came {client}")

    def left(self, client: int) -> None:
        self.events.append(f"left {client}")

    async def handle(self, request: Request, client: int) -> Done:
        self.seen.append(request)
        match request:
            case Fetch():
                raise Refused("The server said no.")
            case Sync():
                try:
                    await self.release.wait()
                except asyncio.CancelledError:
                    self.cancelled.append(request.id)
                    raise
            case Status(id=number):
                return Done(id=number, result={"client": client})
            case Stop():
                raise RuntimeError("a bug")
        return Done(id=request.id)


@pytest.fixture
def handler() -> Answering:
    return Answering()


@pytest.fixture
async def server(home: Home, handler: Answering) -> AsyncIterator[Server]:
    made = Server(home.socket, handler)
    await made.start()
    yield made
    await made.close()


async def until(condition: Any, seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


async def test_requests_end_in_one_done_each(home: Home, server: Server) -> None:
    client = await Client.connect(home)
    assert client.engine.pid == os.getpid()
    assert (await client.request(Wake(id=0))).ok
    refused = await client.request(Fetch(id=0, item=3))
    assert (refused.ok, refused.kind, refused.text) == (False, "refused", "The server said no.")
    assert (await client.request(Status(id=0))).result == {"client": 1}
    await client.close()


async def test_a_bug_in_a_handler_is_an_answer_and_the_engine_goes_on(home: Home, server: Server) -> None:
    client = await Client.connect(home)
    failed = await client.request(Stop(id=0))
    assert (failed.ok, failed.kind) == (False, "engine")
    assert "Traceback" not in failed.text
    assert (await client.request(Wake(id=0))).ok
    await client.close()


async def test_answers_overtake_a_request_that_takes_long(home: Home, server: Server, handler: Answering) -> None:
    client = await Client.connect(home)
    slow = asyncio.create_task(client.request(Sync(id=0)))
    await until(lambda: handler.seen)
    assert (await client.request(Wake(id=0))).ok
    assert not slow.done()
    handler.release.set()
    assert (await slow).ok
    await client.close()


async def test_cancelling_reaches_the_handler(home: Home, server: Server, handler: Answering) -> None:
    client = await Client.connect(home)
    slow = asyncio.create_task(client.request(Sync(id=0)))
    await until(lambda: handler.seen)
    slow.cancel()
    await until(lambda: handler.cancelled)
    assert (await client.request(Wake(id=0))).ok
    await client.close()


async def test_cancel_right_behind_its_request_still_gives_both_answers(home: Home, server: Server) -> None:
    reader, writer = await asyncio.open_unix_connection(home.socket)
    writer.write(encode(greeting()) + encode(Sync(id=5)) + encode(Cancel(id=6, target=5)))
    await reader.readline()
    answers = {json.loads(await reader.readline())["id"]: None for _ in range(2)}
    assert set(answers) == {5, 6}
    writer.close()


async def test_a_client_that_leaves_takes_its_requests_back(home: Home, server: Server, handler: Answering) -> None:
    client = await Client.connect(home)
    asking = asyncio.create_task(client.request(Sync(id=0)))
    await until(lambda: handler.seen)
    await client.close()
    with pytest.raises(EngineTrouble):
        await asking
    await until(lambda: handler.cancelled)
    await until(lambda: "left 1" in handler.events)
    assert server.clients == 0


async def test_events_reach_everybody(home: Home, server: Server) -> None:
    clients = [await Client.connect(home) for _ in range(3)]
    await until(lambda: server.clients == 3)
    server.broadcast(State(account="a", state="online"))
    for client in clients:
        assert await anext(client.events()) == State(account="a", state="online")
        await client.close()


async def test_a_client_that_does_not_read_blocks_nobody_and_costs_little(home: Home, server: Server) -> None:
    slow = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    slow.connect(str(home.socket))
    slow.sendall(encode(greeting()))
    quick = await Client.connect(home)
    await until(lambda: server.clients == 2)
    events = quick.events()
    for number in range(20_000):
        server.broadcast(Trouble(account="a", kind="refused", text=f"{number} " + "x" * 200))
        server.broadcast(Changed(rev=number, folders=[number % 10]))
        if number % 100 == 0:
            assert (await quick.request(Wake(id=0))).ok
    waiting = max(len(connection.backlog) for connection in server._connections.values())
    assert waiting <= 300
    async with asyncio.timeout(30):
        async for event in events:
            if isinstance(event, Changed) and event.rev == 19_999:
                break
    slow.close()
    await quick.close()


async def test_answers_nobody_reads_stop_the_reading_not_the_engine(home: Home, server: Server) -> None:
    _reader, writer = await asyncio.open_unix_connection(home.socket)
    writer.transport.pause_reading()  # type: ignore[attr-defined]  # a stream's transport is a read transport too
    writer.write(encode(greeting()))
    for number in range(1, 50_000):
        writer.write(encode(Status(id=number)))
        if number % 1000 == 0:
            await asyncio.sleep(0)
    await asyncio.sleep(0.1)
    assert all(len(connection.backlog) <= 300 for connection in server._connections.values())
    quick = await Client.connect(home)
    assert (await quick.request(Wake(id=0))).ok
    await quick.close()
    writer.transport.abort()


@pytest.mark.parametrize("first", [b"hello\n", b"{}\n", b'{"type":"wake","id":1}\n', b"x" * (2 << 20), b""])
async def test_who_does_not_greet_is_sent_away(home: Home, server: Server, handler: Answering, first: bytes) -> None:
    reader, writer = await asyncio.open_unix_connection(home.socket)
    writer.write(first)
    if not first:
        writer.write_eof()
    await reader.readline()
    try:
        assert await reader.read() == b""
    except ConnectionResetError:
        pass  # what we sent was not all read
    assert handler.events == []
    writer.close()


@pytest.mark.parametrize("line", [b"nonsense\n", b'{"type":"nothing"}\n', b"x" * (2 << 20)])
async def test_a_line_that_is_no_message_ends_the_connection_only(home: Home, server: Server, line: bytes) -> None:
    reader, writer = await asyncio.open_unix_connection(home.socket)
    writer.write(encode(greeting()))
    await reader.readline()
    writer.write(line)
    try:
        assert await reader.read() == b""
    except ConnectionResetError:
        pass  # what we sent was not all read
    writer.close()
    client = await Client.connect(home)
    assert (await client.request(Wake(id=0))).ok
    await client.close()


async def test_another_user_is_refused(
    home: Home, server: Server, handler: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer, "peer_uid", lambda _: os.getuid() + 1)
    reader, writer = await asyncio.open_unix_connection(home.socket)
    assert await reader.read() == b""
    assert handler.events == []
    writer.close()


async def test_the_peer_is_who_the_system_says(home: Home, server: Server) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        assert peer.peer_uid(ours) == os.getuid()
        assert peer.is_ours(theirs)


async def test_another_protocol_may_only_stop(home: Home, server: Server, handler: Answering) -> None:
    reader, writer = await asyncio.open_unix_connection(home.socket)
    writer.write(encode(Hello(version="99", protocol=99, pid=1)) + encode(Wake(id=1)) + encode(Stop(id=2)))
    await reader.readline()
    answers = [json.loads(await reader.readline()) for _ in range(2)]
    assert [answer["ok"] for answer in answers] == [False, False]
    assert [type(request) for request in handler.seen] == [Stop]
    writer.close()


async def test_a_stale_socket_is_replaced_and_ours_is_removed(home: Home, handler: Answering) -> None:
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(home.socket))
    stale.close()
    server = Server(home.socket, handler)
    await server.start()
    assert home.socket.stat().st_mode & 0o777 == 0o600
    client = await Client.connect(home)
    await client.close()
    await server.close()
    assert not home.socket.exists()


async def test_a_file_in_the_way_is_never_removed(home: Home, handler: Answering) -> None:
    home.socket.write_text("mine")
    with pytest.raises(EngineTrouble, match="in the way"):
        await Server(home.socket, handler).start()
    assert home.socket.read_text() == "mine"


async def test_a_path_too_long_is_a_sentence(tmp_path: Path, handler: Answering) -> None:
    with pytest.raises(EngineTrouble, match="too long"):
        await Server(tmp_path / ("x" * 120), handler).start()


async def test_a_deep_home_still_finds_a_short_socket(tmp_path: Path, handler: Answering) -> None:
    deep = Home.find(str(tmp_path / ("d" * 100)), {})
    deep.create()
    server = Server(deep.socket, handler)
    await server.start()
    client = await Client.connect(deep)
    assert (await client.request(Wake(id=0))).ok
    await client.close()
    await server.close()


async def test_closing_lets_the_last_answer_be_read(home: Home, handler: Answering) -> None:
    server = Server(home.socket, handler)
    await server.start()
    client = await Client.connect(home)
    await until(lambda: server.clients == 1)
    server.broadcast(State(account="a", state="offline"))
    await server.close()
    assert [event async for event in client.events()] == [State(account="a", state="offline")]
    with pytest.raises(EngineTrouble):
        await client.request(Wake(id=0))
    await client.close()


async def test_nobody_there_is_a_sentence(home: Home) -> None:
    with pytest.raises(EngineTrouble, match="No engine"):
        await Client.connect(home)
    with pytest.raises(EngineTrouble, match="No engine"):
        call(home, Wake(id=0))


async def test_the_blocking_call(home: Home, server: Server) -> None:
    assert (await asyncio.to_thread(call, home, Wake(id=0))).ok
    refused = await asyncio.to_thread(call, home, Fetch(id=0))
    assert (refused.kind, refused.text) == ("refused", "The server said no.")


async def test_a_call_hears_events_and_silence_ends_it(home: Home, server: Server, handler: Answering) -> None:
    heard: list[object] = []
    asking = asyncio.create_task(asyncio.to_thread(call, home, Sync(id=0), 3.0, on_event=heard.append))
    await until(lambda: handler.seen)
    server.broadcast(State(account="a", state="syncing"))
    with pytest.raises(Stalled):
        await asking
    assert heard == [State(account="a", state="syncing")]
    await until(lambda: handler.cancelled)


async def test_a_call_cut_off_says_so(home: Home, server: Server, handler: Answering) -> None:
    asking = asyncio.create_task(asyncio.to_thread(call, home, Sync(id=0)))
    await until(lambda: handler.seen)
    for connection in list(server._connections.values()):
        connection._writer.transport.abort()
    with pytest.raises(EngineTrouble, match="ended"):
        await asking


async def test_silence_instead_of_a_greeting(home: Home) -> None:
    mute = socket.socket(socket.AF_UNIX)
    mute.bind(str(home.socket))
    mute.listen()
    with pytest.raises(EngineTrouble, match="does not answer"):
        await asyncio.to_thread(Line, home, 0.1)
    mute.close()


async def test_a_greeting_takes_its_time_but_not_for_ever(
    home: Home, handler: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_GREETING_SECONDS", 0.05)
    server = Server(home.socket, handler)
    await server.start()
    reader, writer = await asyncio.open_unix_connection(home.socket)
    await reader.readline()
    assert await reader.read() == b""
    writer.close()
    await server.close()
