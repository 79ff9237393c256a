"""The wire layer's promises: bounded memory, a deadline for every command, one argument per argument, a log without secrets."""

from __future__ import annotations

import asyncio
import base64
import io
import os
import re
import socket
import stat
import tempfile
import threading
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backends.conformance import Copy
from tests.backends.test_imap_scripted import CAPS, header_line, selected, talking_to
from tests.fakes.scripted_imap import ScriptedImap, Wire, answering
from tui_mail.backends.imap import protocol_log, session
from tui_mail.backends.imap.backend import ImapBackend
from tui_mail.backends.imap.connect import _tcp
from tui_mail.backends.imap.transport import Timeouts
from tui_mail.backends.secret import Token
from tui_mail.config.accounts import from_table
from tui_mail.config.paths import Home
from tui_mail.config.servers import Security, Server
from tui_mail.engine.backends import default_backends
from tui_mail.model.clock import FrozenClock
from tui_mail.model.errors import Gone, Refused, Stalled, StoreFull, TuiMailError
from tui_mail.model.flags import Flag
from tui_mail.model.remote import ChangeKind, FolderChange, FolderChangeKind, RemoteOperation

MIB = 1 << 20


@contextmanager
def measured() -> Iterator[list[int]]:
    """The highest number of octets that Python held more than at the beginning, once it is over."""
    peak: list[int] = []
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    try:
        yield peak
    finally:
        peak.append(tracemalloc.get_traced_memory()[1] - before)
        tracemalloc.stop()


class Counting(io.RawIOBase):
    """A sink that keeps nothing but the number of octets and where zeros ended."""

    def __init__(self) -> None:
        self.octets = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self.octets += len(data)
        return len(data)


def serving(size: int, before: bytes, after: bytes = b")\r\n") -> Callable[[Wire], None]:
    """A server whose one message is ``size`` octets, whatever part of it is asked for."""

    def script(wire: Wire) -> None:
        wire.sign_in(CAPS)
        while True:
            tag, rest = wire.command()
            if rest == "LOGOUT":
                wire.send("* BYE bye", f"{tag} OK done")
                return
            if rest.startswith("EXAMINE"):
                wire.send(*selected(1, 2)[:-1], f"{tag} OK [READ-ONLY] done")
                continue
            wire.raw(before % size)
            for _unused in range(size // 65536):
                wire.raw(b"\0" * 65536)
            wire.raw(after + tag.encode() + b" OK done\r\n")

    return script


PATIENT = Timeouts(connect=30, stall=30, command=60, done=30)


class TestMemory:
    async def test_a_server_that_sends_more_than_was_asked_for_fills_a_file(self) -> None:
        size = 24 * MIB
        script = serving(size, b"* 1 FETCH (UID 1 RFC822.SIZE 5 BODY[] {%d}\r\n")
        async with talking_to(script, timeouts=PATIENT) as (backend, _server):
            await backend.connect()
            sink = Counting()
            with measured() as peak:
                assert await backend.fetch("INBOX", 7, 1, cast("Any", sink)) == size
            assert sink.octets == size
            assert peak[0] < 6 * MIB

    @pytest.mark.parametrize(
        ("before", "after"),
        [(b"* 1 FETCH (UID 1 BODY[] {%d}\r\n", b")\r\n"), (b"* 1 FETCH (BODY[] {%d}\r\n", b" UID 1)\r\n")],
    )
    async def test_a_large_message_among_others_is_in_memory_once(self, before: bytes, after: bytes) -> None:
        size = 24 * MIB
        async with talking_to(serving(size, before, after), timeouts=PATIENT) as (backend, _server):
            await backend.connect()
            with measured() as peak:
                sizes = [len(body.raw) async for body in backend.bodies("INBOX", 7, [1])]
            assert sizes == [size]
            assert peak[0] < size * 1.5

    async def test_a_flood_where_none_belongs_is_no_message_and_no_memory(self) -> None:
        def script(wire: Wire) -> None:
            wire.sign_in(CAPS)
            wire.answer("LIST", '* LIST () "/" ""')
            for _unused in range(2):
                tag, _rest = wire.command()
                wire.raw(b'* LIST () "/" INBOX\r\n* LIST () "/" {%d}\r\n' % (16 * MIB))
                for _block in range(256):
                    wire.raw(b"x" * 65536)
                wire.raw(f"\r\n{tag} OK done\r\n".encode())
            wire.until_gone()

        async with talking_to(script, timeouts=PATIENT) as (backend, _server):
            await backend.connect()
            with measured() as peak:
                assert [folder.path for folder in await backend.folders()] == ["INBOX"]
            assert peak[0] < 6 * MIB

    async def test_a_full_disk_is_said_and_the_connection_given_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Full(io.BytesIO):
            def write(self, data: Any, /) -> int:
                raise OSError(28, os.strerror(28))

        script = serving(2 * MIB, b"* 1 FETCH (UID 1 BODY[] {%d}\r\n")
        async with talking_to(script, timeouts=PATIENT) as (backend, scripted):
            with monkeypatch.context() as patched:
                patched.setattr(tempfile, "TemporaryFile", Full)
                with pytest.raises(StoreFull, match="free some space"):
                    await backend.fetch("INBOX", 7, 1, io.BytesIO())
            assert await backend.fetch("INBOX", 7, 1, io.BytesIO()) == 2 * MIB
            assert len(scripted.wires) == 2

    async def test_files_of_large_messages_have_no_name_and_do_not_stay(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        monkeypatch.setattr(session, "IN_MEMORY", 1000)
        seen: list[list[str]] = []

        class Looking(Counting):
            def write(self, data: Any, /) -> int:
                seen.append([entry.name for entry in tmp_path.iterdir()])
                return super().write(data)

        async with talking_to(serving(MIB, b"* 1 FETCH (UID 1 BODY[] {%d}\r\n")) as (backend, _server):
            assert await backend.fetch("INBOX", 7, 1, cast("Any", Looking())) == MIB
        assert seen
        assert all(not names for names in seen)


class TestQuarantine:
    @pytest.mark.parametrize(
        "broken",
        [
            b"* 2 FETCH (UID 2 BODY[] (not a message))",
            b"* 2 FETCH (UID 2 BODY[] {3}\r\nabc UID 3",
            b"* 2 FETCH (UID 0 BODY[] {3}\r\nabc)",
            b"* 2 FETCH (UID 2 BODY[] {3}\r\nabc BODY)",
            b"* 2 FETCH",
        ],
    )
    async def test_one_body_that_cannot_be_read_is_one_message_left_out(self, broken: bytes) -> None:
        def fetch(_command: str) -> list[bytes]:
            return [b"* 1 FETCH (UID 1 BODY[] {2}\r\nhi)", broken, b"* 3 FETCH (UID 3 BODY[] {2}\r\nho)"]

        async with talking_to(answering(CAPS, {"EXAMINE": selected(3, 4), "UID FETCH": fetch})) as (backend, scripted):
            assert [body.uid async for body in backend.bodies("INBOX", 7, [1, 2, 3])] == [1, 3]
            with pytest.raises((Refused, Gone)):
                await backend.fetch("INBOX", 7, 2, io.BytesIO())
            assert [body.uid async for body in backend.bodies("INBOX", 7, [1, 3])] == [1, 3]
            assert len(scripted.wires) == 2, "neither connection was given up"

    async def test_flags_that_cannot_be_read_cost_the_others_nothing(self) -> None:
        def fetch(command: str) -> list[bytes | str]:
            if "HEADER" in command:
                return [header_line(uid) for uid in (1, 2, 3)]
            return ["* 1 FETCH (UID 1 FLAGS (\\Seen))", "* 2 FETCH (UID 2 FLAGS (", "* 3 FETCH (UID 3 FLAGS (\\Seen))"]

        replies = {"EXAMINE": selected(3, 4), "UID FETCH": fetch, "FETCH": fetch}
        async with talking_to(answering(CAPS, replies)) as (backend, _server):
            copy = Copy("INBOX")
            await copy.follow(backend)
            await copy.follow(backend)
            assert [flags for flags, _keywords in copy.flags.values()] == [Flag.SEEN, Flag.NONE, Flag.SEEN]


def every_call(text: str = "INBOX") -> dict[str, Callable[[ImapBackend], Awaitable[object]]]:
    """Every public call that speaks to the server, with ``text`` wherever a text goes."""

    async def bodies(backend: ImapBackend) -> object:
        return [body async for body in backend.bodies(text, 7, [1])]

    operation = {kind: RemoteOperation(kind, text, 7, (1,), add=Flag.SEEN, target=text) for kind in ChangeKind}
    keyword = RemoteOperation(ChangeKind.FLAGS, "INBOX", 7, (1,), add_keywords=(text,))
    unkeyword = RemoteOperation(ChangeKind.FLAGS, "INBOX", 7, (1,), remove_keywords=(text,))
    target = RemoteOperation(ChangeKind.MOVE, "Other", 7, (1,), target=text)
    folders = {kind: FolderChange(kind, text, new_path=text) for kind in FolderChangeKind}
    return {
        "folders": lambda backend: backend.folders(),
        "status": lambda backend: backend.status(text),
        "changes": lambda backend: Copy(text).follow(backend),
        "bodies": bodies,
        "fetch": lambda backend: backend.fetch(text, 7, 1, io.BytesIO()),
        "fetch part": lambda backend: backend.fetch("INBOX", 7, 1, io.BytesIO(), text),
        **{f"apply {kind}": lambda backend, one=one: backend.apply(one) for kind, one in operation.items()},  # type: ignore[misc] # defaults of a lambda
        "apply keyword": lambda backend: backend.apply(keyword),
        "apply no keyword": lambda backend: backend.apply(unkeyword),
        "apply target": lambda backend: backend.apply(target),
        "append": lambda backend: backend.append(text, io.BytesIO(b"x"), 1, Flag.NONE, (), 0),
        "append keyword": lambda backend: backend.append("INBOX", io.BytesIO(b"x"), 1, Flag.NONE, (text,), 0),
        "find appended": lambda backend: backend.find_appended(text, text, 1),
        **{f"folder {kind}": lambda backend, one=one: backend.change_folder(one) for kind, one in folders.items()},  # type: ignore[misc] # defaults of a lambda
        "rename from": lambda backend: backend.change_folder(FolderChange(FolderChangeKind.RENAME, text, new_path="b")),
        "search": lambda backend: backend.search("INBOX", text),
        "search in": lambda backend: backend.search(text, "x"),
        "wait": lambda backend: backend.wait(text, 30),
    }


OBEDIENT: dict[str, Any] = {
    "EXAMINE": selected(1, 2), "SELECT": ["* 1 EXISTS", "* OK [UIDVALIDITY 7] ok", "* OK [UIDNEXT 2] ok", "OK done"],
    "LIST": lambda command: ['* LIST () "/" ""' if command.endswith('""') else '* LIST () "/" INBOX'],
    "LSUB": [], "STATUS": [], "CREATE": ["OK"], "RENAME": ["OK"], "DELETE": ["OK"], "SUBSCRIBE": ["OK"],
    "UNSUBSCRIBE": ["OK"], "UID STORE": ["OK"], "UID MOVE": ["OK"], "UID COPY": ["OK"], "UID EXPUNGE": ["OK"],
    "UID SEARCH": ["* ESEARCH UID ALL 1"], "UID FETCH": [], "FETCH": [], "APPEND": ["OK"], "NOOP": ["* 2 EXISTS"],
    "IDLE": ["OK"],
}  # fmt: skip
EVIL = st.text(
    st.sampled_from(["\r", "\n", "\0", "T", "9", " ", '"', "\\", "{", "3", "}", "(", "&", "-", "é", "\u2028", "/"])
)


class TestArguments:
    @settings(max_examples=150)
    @given(EVIL)
    def test_no_text_in_any_call_becomes_a_command_of_its_own(self, text: str) -> None:
        """Every line that is no literal's begins with one of our tags, and no literal is cut by its line."""
        asyncio.run(self._run(text))

    async def _run(self, text: str) -> None:
        lines: list[str] = []

        def script(wire: Wire) -> None:
            wire.sign_in(CAPS)
            command = wire.command

            def recorded() -> tuple[str, str]:
                tag, rest = command()
                lines.append(f"{tag} {rest}")
                return tag, rest

            wire.command = recorded  # type: ignore[method-assign] # this wire only
            wire.serve(OBEDIENT)

        quick = Timeouts(connect=30, stall=10, command=10, done=10, idle=0.01, poll=0.01)
        async with talking_to(script, timeouts=quick) as (backend, scripted):
            for call in every_call(text).values():
                try:
                    await asyncio.wait_for(call(backend), 30)
                except TuiMailError:
                    pass  # most of it is refused, as it should be
        for line in lines:
            assert re.match(r"T\d+ [A-Z]", line), line
            assert "\0" not in line.partition("\n")[0]
        every = [line for line in scripted.received if line != b"DONE"]
        commands = [line for line in every if re.match(rb"T\d+ ", line)]
        if re.search("[\r\n\0]", text):
            # What stands after a literal is the only other kind of line, and no such text becomes a literal.
            assert every == commands
        names = {line.split()[1] for line in commands}
        assert names <= {b"AUTHENTICATE", b"LOGOUT", b"UID", b"LOGIN", *(key.split()[0].encode() for key in OBEDIENT)}


class TestDeadlines:
    def silent(self, wire: Wire) -> None:
        wire.sign_in(CAPS)
        wire.until_gone()

    def dripping(self, wire: Wire) -> None:
        wire.sign_in(CAPS)
        wire.command()
        while True:
            wire.send("* OK still working")
            self.pause.wait(0.05)

    pause = threading.Event()

    @pytest.mark.parametrize("kind", ["silent", "dripping"])
    async def test_every_call_ends(self, kind: str) -> None:
        """The deadline is the command's, not that of a single read."""
        impatient = Timeouts(connect=30, stall=0.4, command=0.6, done=0.2, idle=0.2, poll=0.2)

        async def ends(name: str, call: Callable[[ImapBackend], Awaitable[object]]) -> None:
            async with talking_to(getattr(self, kind), timeouts=impatient) as (backend, _server):
                with pytest.raises(Stalled):
                    raise AssertionError(f"{name}: {await asyncio.wait_for(call(backend), 60)}")

        calls = every_call()
        for name in ("fetch part", "apply move"):
            del calls[name]  # nothing to be said: no such part, and where it is already
        await asyncio.gather(*(ends(name, call) for name, call in calls.items()))


class TestSocket:
    def test_keepalive_notices_a_peer_that_went_without_a_word(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            sock = _tcp(Server("127.0.0.1", listener.getsockname()[1], Security.NONE), 2)
            with sock:
                assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
                assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                if hasattr(socket, "TCP_KEEPIDLE"):
                    assert 60 <= sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) <= 100

    def test_the_wait_for_news_is_renewed_before_address_translation_forgets_it(self) -> None:
        assert Timeouts().idle == 9 * 60


SECRET = "correct horse battery staple"
BODY = "the text of the letter"


class TestProtocolLog:
    async def talk(self, path: Path, secret: str = SECRET, caps: str = CAPS, **more: Any) -> str:
        header = f"Subject: {BODY}\r\n\r\n"
        replies = {
            **OBEDIENT,
            "LIST": ['* LIST () "/" INBOX', '* LIST () "/" "Caf\x1b[2Je"'],
            "FETCH": [],
            "UID FETCH": lambda command: [
                f"* 1 FETCH (UID 1 BODY[] {{{len(BODY)}}}\r\n{BODY})" if "BODY.PEEK[]" in command
                else f'* 1 FETCH (UID 1 BODY[HEADER.FIELDS (SUBJECT)] "{BODY}")' if "MESSAGE-ID)" in command
                else f'* 1 FETCH (UID 1 FLAGS () INTERNALDATE "17-Jul-1996 02:44:25 -0700" RFC822.SIZE 4 '
                     f"BODY[HEADER.FIELDS (SUBJECT)] {{{len(header)}}}\r\n{header})"
            ],
        }  # fmt: skip

        def script(wire: Wire) -> None:
            wire.greet(caps)
            tag, _rest = wire.expect("AUTHENTICATE" if "AUTH=" in caps else "LOGIN")
            if "AUTH=" in caps and "SASL-IR" not in caps:
                wire.send("+ ")
                wire.line()
            wire.send(f"{tag} OK [CAPABILITY {caps}] welcome")
            wire.serve(replies)

        with ScriptedImap(script) as scripted:
            server = Server("127.0.0.1", scripted.port, Security.NONE)
            backend = ImapBackend(server, "ada", lambda: secret, timeouts=PATIENT, protocol_log=path, **more)
            await backend.folders()
            await Copy("INBOX").follow(backend)
            assert [body.raw async for body in backend.bodies("INBOX", 7, [1])] == [BODY.encode()]
            await backend.find_appended("INBOX", "<x@y>", 1)
            await backend.search("INBOX", "a private question")
            await backend.append("INBOX", io.BytesIO(BODY.encode()), len(BODY), Flag.NONE, (), 0)
            await backend.close()
        return path.read_text()

    @pytest.mark.parametrize(
        ("secret", "caps"),
        [
            (SECRET, CAPS),
            (SECRET, CAPS.replace("SASL-IR ", "")),
            (SECRET, "IMAP4rev1 LITERAL+ UIDPLUS ESEARCH"),
            (SECRET, "IMAP4rev1 UIDPLUS ESEARCH"),
            (SECRET + " é", "IMAP4rev1 ESEARCH"),
            (Token("ya29." + "t" * 80), f"{CAPS} AUTH=XOAUTH2"),
        ],
    )
    async def test_it_tells_what_was_said_and_nothing_secret(self, tmp_path: Path, secret: str, caps: str) -> None:
        path = tmp_path / "imap-work.log"
        text = await self.talk(path, secret, caps)
        for word in ("> T0 ", "< * LIST", "> T", "EXAMINE INBOX", "< T", "APPEND INBOX () {22}", "BYE"):
            assert word in text
        encoded = base64.b64encode(f"\0ada\0{secret}".encode()).decode()
        for hidden in (secret, secret[:12], encoded[:16], BODY, "private question", "\x1b"):
            assert hidden not in text
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert all(re.match(r"\d{4}-\d\d-\d\dT\S+ \d+ [<>] ", line) for line in text.splitlines())

    async def test_what_is_read_in_place_is_counted(self, tmp_path: Path) -> None:
        assert "< (1 FETCH responses)" in await self.talk(tmp_path / "log")

    async def test_it_is_begun_anew_when_it_is_large(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(protocol_log, "LARGEST", 600)
        path = tmp_path / "log"
        await self.talk(path)
        assert path.stat().st_size <= 1200
        assert 600 < path.with_name("log.1").stat().st_size < 1200
        assert stat.S_IMODE(path.with_name("log.1").stat().st_mode) == 0o600

    async def test_a_place_that_cannot_be_written_stops_no_mail(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        log = protocol_log.ProtocolLog(tmp_path / "absent" / "log", FrozenClock(0))
        for number in range(3):
            log.of_connection()(f"> {number}")
        log.close()
        assert caplog.text.count("cannot be written") == 1

    async def test_nobody_is_led_elsewhere_by_a_link(self, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.write_text("")
        (tmp_path / "log").symlink_to(elsewhere)
        log = protocol_log.ProtocolLog(tmp_path / "log", FrozenClock(0))
        log.of_connection()("> hello")
        log.close()
        assert elsewhere.read_text() == ""

    @pytest.mark.parametrize(("wanted", "kept"), [("1", True), ("", False)])
    def test_the_engine_keeps_it_when_the_environment_says_so(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, kept: bool
    ) -> None:
        monkeypatch.setenv("TUI_MAIL_PROTOCOL_LOG", wanted)
        home = Home.find(str(tmp_path), {})
        account = from_table({"name": "work", "email": "a@b.example", "imap": {"host": "b.example", "port": 993}})
        backend = default_backends(home, FrozenClock(0))(account, lambda: "secret", lambda _alert: None)
        assert isinstance(backend, ImapBackend)
        assert (backend._log is not None and backend._log._path == home.state / "imap-work.log") is kept
