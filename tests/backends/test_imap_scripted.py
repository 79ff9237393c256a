"""Servers that do what servers should not: broken answers, lies, injections, poisoned messages, odd names."""

from __future__ import annotations

import asyncio
import io
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from tests.backends.conformance import Copy
from tests.fakes.scripted_imap import ScriptedImap, Wire, answering
from tui_mail.backends.imap import fetch as fetch_module
from tui_mail.backends.imap.backend import ImapBackend
from tui_mail.backends.imap.transport import Timeouts
from tui_mail.config.servers import Security, Server
from tui_mail.model.errors import Gone, Refused, Stalled, Throttled, TuiMailError, Unreachable
from tui_mail.model.flags import Flag
from tui_mail.model.mail import Role
from tui_mail.model.remote import ChangeKind, FolderChange, FolderChangeKind, RemoteOperation

PATIENT = Timeouts(connect=30, stall=30, command=60, done=30, idle=60, poll=0.1)
IMPATIENT = replace(PATIENT, stall=0.5, done=0.5)
"""For a server that says nothing any more, and nothing else: a busy machine is silent for moments as well."""
CAPS = "IMAP4rev1 SASL-IR AUTH=PLAIN LITERAL+ UIDPLUS MOVE ESEARCH IDLE"


@asynccontextmanager
async def talking_to(
    *scripts: Callable[[Wire], None], timeouts: Timeouts = PATIENT, connections: int = 3
) -> AsyncIterator[Any]:
    """(backend, server) on the first script, reconnecting to the next ones."""
    with ScriptedImap(*scripts) as scripted:
        server = Server("127.0.0.1", scripted.port, Security.NONE)
        backend = ImapBackend(server, "ada", lambda: "secret", timeouts=timeouts, connections=connections)
        try:
            yield backend, scripted
        finally:
            await backend.close()


def selected(exists: int, uidnext: int, *more: str, uidvalidity: int = 7) -> list[str]:
    return [
        f"* {exists} EXISTS",
        f"* OK [UIDVALIDITY {uidvalidity}] ok",
        f"* OK [UIDNEXT {uidnext}] ok",
        *more,
        "OK [READ-ONLY] done",
    ]


def header_line(uid: int, header: str = "", flags: str = "") -> bytes:
    text = (header or f"Subject: Letter {uid}\r\n") + "\r\n"
    return (
        f'* {uid} FETCH (UID {uid} FLAGS ({flags}) INTERNALDATE "17-Jul-1996 02:44:25 -0700" RFC822.SIZE 44 '
        f"BODY[HEADER.FIELDS (SUBJECT)] {{{len(text)}}}\r\n{text})"
    ).encode()


def uids_of(command: str) -> list[int]:
    """The UIDs that a UID FETCH names, of a folder that has 1 to 9."""
    found = re.match(r"UID FETCH (\S+)", command)
    assert found, command
    uids: list[int] = []
    for word in found[1].split(","):
        low, _colon, high = word.partition(":")
        uids += range(int(low), int(high or low) + 1) if high != "*" else range(int(low), 10)
    return [uid for uid in uids if uid < 10]


class TestFetch:
    @pytest.mark.parametrize(
        "broken",
        [
            b'* 2 FETCH (UID 2 FLAGS (\\Seen) INTERNALDATE "never" RFC822.SIZE 44 BODY[HEADER.FIELDS (SUBJECT)] NIL)',
            b"* 2 FETCH (UID 2 FLAGS (\\Seen",
            b"* 2 FETCH (UID 2 FLAGS (\\Seen)) junk)",
            b'* 2 FETCH (UID 2 FLAGS ("unclosed) RFC822.SIZE 1)',
            b"* 2 FETCH (((((((",
            b"* 2 FETCH " + b"(" * 10_000,
            b"* 2 FETCH (UID 2 FLAGS {3}\r\nabc BODY[HEADER.FIELDS (SUBJECT)] {0}\r\n)",
            b"* 2 FETCH (UID 99999999999 FLAGS () BODY[HEADER.FIELDS (SUBJECT)] {0}\r\n)",
            b"* 2 FETCH (UID 0 FLAGS () BODY[HEADER.FIELDS (SUBJECT)] {0}\r\n)",
            b"* 2 FETCH",
        ],
        ids=range(10),
    )
    async def test_a_broken_answer_is_one_broken_message(self, broken: bytes) -> None:
        """Two good ones around it come with the page; the broken one is asked for alone and comes as far as it can."""

        def fetch(command: str) -> list[bytes]:
            if "HEADER.FIELDS" in command:
                return [broken if uid == 2 else header_line(uid) for uid in uids_of(command) if uid < 4]
            return [b"* 2 FETCH (UID 2 BODY[HEADER] {16}\r\nSubject: Two\r\n\r\n)"] if "HEADER]" in command else []

        replies = {"EXAMINE": selected(3, 4), "UID FETCH": fetch, "UID SEARCH": ['* ESEARCH (TAG "x") UID ALL 1:3']}
        async with talking_to(answering(CAPS, replies)) as (backend, _server):
            copy = Copy("INBOX")
            await copy.follow(backend)
            assert copy.subjects() == ["Letter 1", "Two", "Letter 3"]
            await copy.follow(backend)

    async def test_a_message_that_cannot_be_read_at_all_is_a_placeholder(self) -> None:
        def fetch(command: str) -> list[bytes | str]:
            uids = [uid for uid in uids_of(command) if uid < 4]
            return [header_line(uid) for uid in uids if uid != 2] + (["NO [SERVERBUG] oops"] if 2 in uids else [])

        replies = {"EXAMINE": selected(3, 4), "UID FETCH": fetch, "UID SEARCH": ['* ESEARCH (TAG "x") UID ALL 1:3']}
        async with talking_to(answering(CAPS, replies)) as (backend, _server):
            copy = Copy("INBOX")
            await copy.follow(backend)
            assert copy.subjects() == ["Letter 1", "", "Letter 3"]
            assert copy.messages[2].header == b""

    async def test_unasked_answers_make_no_messages(self) -> None:
        strangers = [header_line(500), b"* 1 FETCH (FLAGS (\\Seen))", header_line(1), b"* 3 EXPUNGE", b"* 9 EXISTS"]
        replies = {
            "EXAMINE": selected(1, 2),
            "UID FETCH": strangers,
            "UID SEARCH": ["* ESEARCH UID ALL 1"],
        }
        async with talking_to(answering(CAPS, replies)) as (backend, _server):
            copy = Copy("INBOX")
            await copy.follow(backend)
            assert copy.uids() == [1]

    async def test_commands_answered_side_by_side_are_told_apart(self) -> None:
        """RFC 9051, 5.5: answers to two pipelined commands may come mixed."""

        def headers(wire: Wire) -> None:
            wire.sign_in(CAPS)
            wire.examine(exists=1000, uidnext=1001)
            wire.answer("FETCH 901:*", *map(header_line, range(901, 1001)))
            wire.answer("UID FETCH 801:900", *map(header_line, range(801, 901)))
            one, _rest = wire.expect("UID FETCH 401:800")
            two, _rest = wire.expect("UID FETCH 1:400")
            mixed = [uid for pair in zip(range(401, 801), range(1, 401), strict=True) for uid in pair]
            wire.send(*map(header_line, mixed), f"{one} OK done", f"{two} OK done")
            wire.until_gone()

        def bodies(wire: Wire) -> None:
            wire.sign_in(CAPS)
            wire.examine(exists=40, uidnext=41)
            one, _rest = wire.expect("UID FETCH 1:16")
            two, _rest = wire.expect("UID FETCH 17:32")
            mixed = [uid for pair in zip(range(1, 17), range(17, 33), strict=True) for uid in pair]
            wire.send(*(f"* {uid} FETCH (UID {uid} BODY[] {{2}}\r\nhi)" for uid in mixed))
            wire.send(f"{two} OK done", f"{one} OK done")
            three, _rest = wire.expect("UID FETCH 33:40")
            wire.send(*(f"* {uid} FETCH (BODY[] {{2}}\r\nhi UID {uid})" for uid in range(33, 41)), f"{three} OK done")
            wire.until_gone()

        async with talking_to(headers, connections=1) as (backend, _server):
            copy = Copy("INBOX")
            await copy.follow(backend)
            assert copy.uids() == list(range(1, 1001))
        async with talking_to(bodies) as (backend, _server):
            order = [body.uid async for body in backend.bodies("INBOX", 7, list(range(1, 41)))]
            assert sorted(order) == list(range(1, 41))

    async def test_a_message_that_spoils_its_batch_costs_only_itself(self) -> None:
        def fetch(command: str) -> list[str]:
            uids = uids_of(command)
            if 5 in uids:
                return ["BAD Command Error 10"]
            return [f"* {uid} FETCH (UID {uid} BODY[] {{2}}\r\nhi)" for uid in uids]

        replies = {"EXAMINE": selected(9, 10), "UID FETCH": fetch}
        async with talking_to(answering(CAPS, replies)) as (backend, _server):
            found = [body.uid async for body in backend.bodies("INBOX", 7, range(1, 10))]
            assert sorted(found) == [1, 2, 3, 4, 6, 7, 8, 9]

    async def test_a_header_without_end_is_kept_in_part(self) -> None:
        long = "Subject: Long\r\n" + "X-Filler: yes\r\n" * 40_000

        def fetch(command: str) -> list[bytes]:
            return [header_line(uid, long if uid == 2 else "") for uid in uids_of(command) if uid < 4]

        replies = {"EXAMINE": selected(3, 4), "UID FETCH": fetch}
        async with talking_to(answering(CAPS, replies)) as (backend, _server):
            copy = Copy("INBOX")
            await copy.follow(backend)
            assert copy.subjects() == ["Letter 1", "Long", "Letter 3"]
            assert len(copy.messages[2].header) == 256 * 1024

    async def test_a_message_larger_than_memory_allows_is_passed_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fetch_module, "MAX_LITERAL", 1000)

        def fetch(command: str) -> list[bytes]:
            sizes = {uid: 2000 if uid == 2 else 10 for uid in uids_of(command) if uid < 4}
            return [b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)" % (u, u, n, b"x" * n) for u, n in sizes.items()]

        replies = {"EXAMINE": selected(3, 4), "UID FETCH": fetch}
        async with talking_to(answering(CAPS, replies)) as (backend, _server):
            assert [body.uid async for body in backend.bodies("INBOX", 7, [1, 2, 3])] == [1, 3]

    async def test_a_slow_reader_is_no_slow_server(self) -> None:
        def fetch(command: str) -> list[bytes]:
            low, _colon, high = command.split()[2].partition(":")
            return [header_line(uid) for uid in range(int(low), int(high) + 1)]

        replies = {
            "EXAMINE": selected(900, 901),
            "UID FETCH": fetch,
            "FETCH": lambda _command: [header_line(uid) for uid in range(801, 901)],
        }
        impatient = replace(PATIENT, stall=2, command=2)
        async with talking_to(answering(CAPS, replies), timeouts=impatient) as (backend, _server):
            copy = Copy("INBOX")
            pauses = [2.5]
            async for page in backend.changes("INBOX", b"", copy):
                copy.take(page)
                if pauses:
                    await asyncio.sleep(pauses.pop())
            assert copy.count() == 900

    async def test_an_absurd_literal_closes_the_connection(self) -> None:
        replies = {
            "EXAMINE": selected(1, 2),
            "UID FETCH": ["* 1 FETCH (UID 1 BODY[HEADER.FIELDS (X)] {8000000000}"],
        }
        async with talking_to(answering(CAPS, replies)) as (backend, _server):
            with pytest.raises(Unreachable):
                await Copy("INBOX").follow(backend)

    async def test_a_literal_that_never_comes_is_a_stall(self) -> None:
        replies = {"EXAMINE": selected(1, 2), "UID FETCH": [b"* 1 FETCH (UID 1 BODY[HEADER.FIELDS (X)] {80}\r\nSub"]}
        async with talking_to(answering(CAPS, replies), timeouts=IMPATIENT) as (backend, _server):
            with pytest.raises(Stalled):
                await Copy("INBOX").follow(backend)

    async def test_a_foreign_tag_closes_the_connection(self) -> None:
        replies = {"EXAMINE": ["T999 OK [UIDVALIDITY 1] done"]}
        async with talking_to(answering(CAPS, replies)) as (backend, _server):
            with pytest.raises(Unreachable):
                await backend.search("INBOX", "x")

    async def test_a_bye_in_the_middle_is_in_the_server_s_words(self) -> None:
        replies = {"EXAMINE": ["* 5 EXISTS", "* BYE going down for maintenance"]}
        async with talking_to(answering(CAPS, replies)) as (backend, _server):
            with pytest.raises(Unreachable, match="maintenance"):
                await backend.search("INBOX", "x")

    async def test_a_throttle_says_how_long(self) -> None:
        words = "BAD Request is throttled. Suggested Backoff Time: 30000 milliseconds"
        async with talking_to(answering(CAPS, {"EXAMINE": [words]})) as (backend, _server):
            with pytest.raises(Throttled) as caught:
                await backend.search("INBOX", "x")
            assert caught.value.seconds == 30


class TestOddServers:
    async def test_negative_modification_sequences_fall_back_to_a_scan(self) -> None:
        caps = f"{CAPS} CONDSTORE"

        def fetch(command: str) -> list[bytes | str]:
            assert "CHANGEDSINCE" not in command
            if "HEADER" in command:
                return [header_line(uid) for uid in uids_of(command) if uid < 3]
            return ["* 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ (-5))", "* 2 FETCH (UID 2 FLAGS ())"]

        replies = {
            "EXAMINE": selected(2, 3, "* OK [HIGHESTMODSEQ -9182736] ok"),
            "UID FETCH": fetch,
            "FETCH": fetch,
        }
        async with talking_to(answering(caps, replies)) as (backend, _server):
            copy = Copy("INBOX")
            await copy.follow(backend)
            await copy.follow(backend)
            assert copy.flags[1][0] == Flag.SEEN

    async def test_a_server_without_uidnext(self) -> None:
        there = {3, 8}

        def examine(_command: str) -> list[str]:
            return [f"* {len(there)} EXISTS", "* OK [UIDVALIDITY 7] ok", "OK [READ-ONLY] done"]

        def fetch(command: str) -> list[bytes | str]:
            if command == "FETCH * (UID)":
                return [f"* {len(there)} FETCH (UID {max(there)})"]
            if "HEADER" not in command:
                return [f"* {uid} FETCH (UID {uid} FLAGS ())" for uid in sorted(there)]
            return [header_line(uid) for uid in uids_of(command) if uid in there]

        replies = {
            "EXAMINE": examine,
            "UID FETCH": fetch,
            "FETCH": fetch,
            "UID SEARCH": lambda _command: [f"* ESEARCH UID ALL {','.join(map(str, sorted(there)))}"],
        }
        async with talking_to(answering(CAPS, replies)) as (backend, _server):
            copy = Copy("INBOX")
            await copy.follow(backend)
            assert copy.uids() == [3, 8]
            there.remove(8)
            await copy.follow(backend)
            assert copy.uids() == [3]
            assert copy.resets == 0, "a lower guess is no renumbering"

    async def test_a_uidnext_that_went_down_is_a_renumbering(self) -> None:
        boxes = iter([selected(2, 3), selected(1, 2), selected(1, 2)])

        def fetch(command: str) -> list[bytes]:
            return [header_line(uid) for uid in uids_of(command) if uid < 3]

        replies = {"EXAMINE": lambda _command: next(boxes), "UID FETCH": fetch, "FETCH": fetch}
        async with talking_to(answering(CAPS, replies)) as (backend, _server):
            copy = Copy("INBOX")
            await copy.follow(backend)
            await copy.follow(backend)
            assert copy.resets == 1
            assert copy.uids() == [1]

    async def test_many_vanished_are_believed_only_the_second_time(self) -> None:
        """A server that forgets and remembers: nothing is removed."""
        answers = iter(["1:2", "1:99", "1:2", "1:3"])
        exists = iter([99, 2, 2, 2, 2, 3, 2, 3])

        def fetch(command: str) -> list[bytes]:
            low, _colon, high = command.split()[2].partition(":")
            return [header_line(uid) for uid in range(int(low), int(high) + 1)] if "HEADER" in command else []

        replies = {
            "EXAMINE": lambda _command: selected(next(exists), 100),
            "UID FETCH": fetch,
            "FETCH": [],
            "UID SEARCH": lambda _command: [f"* ESEARCH UID ALL {next(answers)}"],
        }
        async with talking_to(answering(CAPS, replies)) as (backend, scripted):
            copy = Copy("INBOX")
            await copy.follow(backend)
            assert copy.count() == 99
            await copy.follow(backend)
            assert copy.count() == 99
            before = len(scripted.wires)
            await copy.follow(backend)
            assert copy.count() == 3, "but for what is there after all"
            assert len(scripted.wires) == before + 1, "asked on a new connection"

    async def test_sparse_numbers_take_few_commands(self) -> None:
        uids = [1, 50_000, 4_000_000, 4_000_000_000]

        def fetch(command: str) -> list[bytes]:
            low, _colon, high = command.split()[2].partition(":")
            return [header_line(uid) for uid in uids if int(low) <= uid <= int(high)]

        replies = {"EXAMINE": selected(len(uids), 4_000_000_001), "UID FETCH": fetch}
        async with talking_to(answering(CAPS, replies)) as (backend, scripted):
            copy = Copy("INBOX")
            await copy.follow(backend)
            assert copy.uids() == uids
            assert len([line for line in scripted.received if b"UID FETCH" in line]) < 40

    async def test_without_uidplus_nothing_is_expunged(self) -> None:
        replies: dict[str, Any] = {
            "SELECT": ["* 1 EXISTS", "* OK [UIDVALIDITY 7] ok", "* OK [UIDNEXT 2] ok", "OK [READ-WRITE] done"],
            "EXAMINE": selected(1, 2),
            "UID STORE": ["OK done"],
            "UID COPY": ["OK done"],
            "UID SEARCH": ["* SEARCH 1"],
        }
        async with talking_to(answering("IMAP4rev1 SASL-IR AUTH=PLAIN", replies)) as (backend, scripted):
            caps = await backend.connect()
            assert not caps.safe_expunge
            await backend.apply(RemoteOperation(ChangeKind.EXPUNGE, "INBOX", 7, (1,)))
            moved = await backend.apply(RemoteOperation(ChangeKind.MOVE, "INBOX", 7, (1,), target="Old"))
            assert moved.done == (1,)
        sent = b"\n".join(scripted.received)
        assert b"EXPUNGE" not in sent
        assert b"CLOSE" not in sent
        assert sent.index(b"UID COPY") < sent.rindex(b"\\Deleted")

    @pytest.mark.parametrize("kind", [ChangeKind.COPY, ChangeKind.MOVE])
    @pytest.mark.parametrize("refused", [False, True])
    async def test_what_another_program_takes_meanwhile_costs_only_itself(
        self, kind: ChangeKind, refused: bool
    ) -> None:
        asked: list[str] = []

        def search(_command: str) -> list[str]:
            return ["* ESEARCH UID ALL 1:2" if len(asked) == 0 else "* ESEARCH UID ALL 1"]

        def carry(command: str) -> list[str]:
            asked.append(command)
            return ["NO [EXPUNGEISSUED] gone"] if refused and len(asked) == 1 else ["OK [COPYUID 9 1 5] done"]

        replies: dict[str, Any] = {
            "SELECT": ["* 2 EXISTS", "* OK [UIDVALIDITY 7] ok", "* OK [UIDNEXT 3] ok", "OK [READ-WRITE] done"],
            "EXAMINE": selected(2, 3),
            "UID SEARCH": search,
            "UID COPY": carry,
            "UID MOVE": carry,
            "NOOP": ["OK done"],
        }
        caps = "IMAP4rev1 SASL-IR AUTH=PLAIN UIDPLUS MOVE ESEARCH"
        async with talking_to(answering(caps, replies)) as (backend, _scripted):
            result = await backend.apply(RemoteOperation(kind, "INBOX", 7, (1, 2), target="Old"))
        assert (result.done, result.gone) == ((1,), (2,))
        assert (result.target_uidvalidity, result.target_uids) == (9, {1: 5})
        assert [command.split()[2] for command in asked] == (["1:2", "1"] if refused else ["1:2"])

    async def test_a_copy_that_fails_removes_nothing(self) -> None:
        replies: dict[str, Any] = {
            "SELECT": ["* 1 EXISTS", "* OK [UIDVALIDITY 7] ok", "* OK [UIDNEXT 2] ok", "OK [READ-WRITE] done"],
            "EXAMINE": selected(1, 2),
            "UID COPY": ["NO [OVERQUOTA] full"],
            "UID SEARCH": ["* ESEARCH UID ALL 1"],
        }
        caps = "IMAP4rev1 SASL-IR AUTH=PLAIN UIDPLUS ESEARCH"
        async with talking_to(answering(caps, replies)) as (backend, scripted):
            with pytest.raises(Refused, match=r"^Messages of INBOX could not be put into Old\. .*full"):
                await backend.apply(RemoteOperation(ChangeKind.MOVE, "INBOX", 7, (1,), target="Old"))
        assert not any(b"STORE" in line or b"EXPUNGE" in line for line in scripted.received)

    async def test_keywords_that_a_folder_cannot_keep_are_not_sent(self) -> None:
        replies: dict[str, Any] = {
            "SELECT": [
                "* 1 EXISTS", "* OK [UIDVALIDITY 7] ok", "* OK [PERMANENTFLAGS (\\Seen \\Flagged)] limited",
                "OK [READ-WRITE] done",
            ],
            "FETCH": ["* 1 FETCH (UID 1)"],
            "UID STORE": ["OK done"],
            "UID SEARCH": ["* ESEARCH UID ALL 1"],
        }  # fmt: skip
        async with talking_to(answering(CAPS, replies)) as (backend, scripted):
            operation = RemoteOperation(
                ChangeKind.FLAGS, "INBOX", 7, (1,), add=Flag.SEEN | Flag.FORWARDED, add_keywords=("work",)
            )
            assert (await backend.apply(operation)).done == (1,)
        (store,) = [line for line in scripted.received if b"STORE" in line]
        assert store.endswith(b"+FLAGS.SILENT (\\Seen)")

    async def test_one_connection_is_made_do_when_the_server_lets_in_no_more(self) -> None:
        full = "NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded"

        def crowded(wire: Wire) -> None:
            wire.greet()
            wire.answer("AUTHENTICATE", end=full)
            wire.until_gone()

        def fetch(command: str) -> list[bytes]:
            return [header_line(uid) for uid in uids_of(command) if uid < 3]

        first = answering(CAPS, {"EXAMINE": selected(2, 3), "UID FETCH": fetch, "NOOP": ["* 3 EXISTS"]})
        async with talking_to(first, crowded) as (backend, scripted):
            await backend.connect()
            copy = Copy("INBOX")
            await copy.follow(backend)
            assert copy.uids() == [1, 2]
            assert await backend.wait("INBOX", 0.1) is False
            tried = len(scripted.wires)
            await copy.follow(backend)
            assert await backend.wait("INBOX", 0.1) is False
            assert len(scripted.wires) == tried == 3, "one try for each connection too many, and then none"


class TestNames:
    LISTED = (
        '* LIST (\\HasNoChildren) "." INBOX',
        '* LIST (\\HasNoChildren) "." "inbox.Sent"',
        '* LIST () "." "INBOX.../../etc"',
        '* LIST () "." {9}\r\nINBOX.a"b',
        '* LIST (\\Noselect) "." "INBOX.Gr&APYA3w-e"',
        '* LIST () "." "INBOX.broken&AAA"',
        b'* LIST () "." "INBOX.\xe9t\xe9"',
        '* LIST () "." "INBOX.slash/here"',
        "* LIST () NIL flat",
        '* LIST (\\Noselect \\NonExistent) "." "INBOX.phantom"',
        '* LIST (\\Sent) "." INBOX.Gesendet',
        '* LIST () "." INBOX.Papierkorb',
        '* LIST () "." "INBOX.a\x1bb"',
        "* LIST nonsense",
        '* LIST () "." ""',
    )

    def script(self) -> Callable[[Wire], None]:
        return answering(
            "IMAP4rev1 SASL-IR AUTH=PLAIN NAMESPACE LITERAL+",
            {
                "NAMESPACE": ['* NAMESPACE (("INBOX." ".")) NIL NIL'],
                'LIST "" "*"': list(self.LISTED),
                "LSUB": ['* LSUB () "." "INBOX.Papierkorb"'],
                "EXAMINE": selected(0, 1),
                "CREATE": ["OK done"],
                "SUBSCRIBE": ["OK done"],
                'LIST ""': lambda command: ['* LIST () "." ' + command.split(" ", 2)[2]],
            },
        )

    async def test_any_name_is_shown_and_can_be_asked_for(self) -> None:
        async with talking_to(self.script()) as (backend, scripted):
            folders = {folder.path: folder for folder in await backend.folders()}
            assert set(folders) == {
                "INBOX", "INBOX/Sent", "///////etc".replace("///////", "//\u2215//\u2215"), 'a"b', "Größe",
                "broken&AAA", "\xe9t\xe9", "slash\u2215here", "flat", "Gesendet", "Papierkorb", "a\x1bb",
            }  # fmt: skip
            assert folders["INBOX"].role is Role.INBOX
            assert folders["Gesendet"].role is Role.SENT
            assert folders["INBOX/Sent"].role is None, "the server named another"
            assert folders["Papierkorb"].role is Role.TRASH
            assert folders["Papierkorb"].subscribed
            assert not folders["flat"].subscribed
            assert not folders["Größe"].selectable
            for folder in folders.values():
                await Copy(folder.name).follow(backend)
        asked = [line for line in scripted.received if b"EXAMINE" in line]
        for wire in (b'"INBOX.a\\"b"', b'"INBOX.\xe9t\xe9"', b'"INBOX.broken&AAA"', b'"INBOX.Gr&APYA3w-e"'):
            assert any(line.endswith(wire) for line in asked), wire

    async def test_new_folders_get_prefix_and_delimiter(self) -> None:
        async with talking_to(self.script()) as (backend, scripted):
            made = await backend.change_folder(FolderChange(FolderChangeKind.CREATE, "Größe/Klein"))
            assert made is not None
            assert made.path == "Größe/Klein"
            with pytest.raises(Refused, match="separates"):
                await backend.change_folder(FolderChange(FolderChangeKind.CREATE, "v1.2"))
            with pytest.raises(Refused):
                await backend.change_folder(FolderChange(FolderChangeKind.CREATE, "a//b"))
        assert any(b'CREATE "INBOX.Gr&APYA3w-e.Klein"' in line for line in scripted.received)


class TestInjection:
    @pytest.mark.parametrize("evil", ["x\r\nT777 DELETE INBOX", "x\nT777 DELETE INBOX", "x\rT777", "x\0y"])
    async def test_no_argument_can_end_a_command(self, evil: str) -> None:
        replies: dict[str, Any] = {
            "EXAMINE": selected(1, 2), "SELECT": selected(1, 2), "LIST": ['* LIST () "/" ""'],
            "UID SEARCH": ["* ESEARCH UID ALL 1"],
        }  # fmt: skip
        operation = RemoteOperation(ChangeKind.MOVE, "INBOX", 7, (1,), target=evil)
        flags = RemoteOperation(ChangeKind.FLAGS, "INBOX", 7, (1,), add_keywords=(evil,))
        async with talking_to(answering(CAPS, replies)) as (backend, scripted):
            calls: list[Callable[[], Awaitable[object]]] = [
                lambda: backend.search("INBOX", evil),
                lambda: backend.status(evil),
                lambda: Copy(evil).follow(backend),
                lambda: backend.apply(operation),
                lambda: backend.apply(flags),
                lambda: backend.append(evil, io.BytesIO(b"x"), 1, Flag.NONE, (), 0),
                lambda: backend.append("INBOX", io.BytesIO(b"x"), 1, Flag.NONE, (evil,), 0),
                lambda: backend.fetch("INBOX", 7, 1, io.BytesIO(), f"1.{evil}"),
                lambda: backend.change_folder(FolderChange(FolderChangeKind.CREATE, evil)),
                lambda: backend.change_folder(FolderChange(FolderChangeKind.RENAME, "a", new_path=evil)),
            ]
            for call in calls:
                with pytest.raises((Refused, TuiMailError)):
                    await call()
        assert not any(line.startswith(b"T777") or b"DELETE" in line for line in scripted.received)

    @pytest.mark.parametrize("keyword", ["two words", "a(b", "{5}", "%", "*", "\\Seen", "ümlaut", ""])
    async def test_no_label_can_be_anything_else(self, keyword: str) -> None:
        replies = {"SELECT": selected(1, 2)}
        operation = RemoteOperation(ChangeKind.FLAGS, "INBOX", 7, (1,), add_keywords=(keyword,))
        async with talking_to(answering(CAPS, replies)) as (backend, scripted):
            with pytest.raises(Refused):
                await backend.apply(operation)
        assert not any(b"STORE" in line for line in scripted.received)

    async def test_a_search_of_8_bit_text_is_counted_in_octets(self) -> None:
        replies = {"EXAMINE": selected(1, 2), "UID SEARCH": ["* ESEARCH UID ALL 1"]}
        async with talking_to(answering(CAPS, replies)) as (backend, scripted):
            assert await backend.search("INBOX", "é" * 20) == [1]
        (line,) = [line for line in scripted.received if b"SEARCH" in line]
        assert line.endswith(b"CHARSET UTF-8 TEXT {40+}")


class TestIdle:
    def idling(self, act: Callable[[Wire], None]) -> Callable[[Wire], None]:
        def script(wire: Wire) -> None:
            wire.sign_in(CAPS)
            wire.examine(exists=1, uidnext=2)
            tag, _rest = wire.expect("IDLE")
            wire.send("+ idling")
            act(wire)
            assert wire.line() == b"DONE"
            wire.send(f"{tag} OK done")
            wire.until_gone()

        return script

    @pytest.mark.parametrize(
        "news",
        [
            b"* 2 EXISTS\r\n",
            b"* 1 EXPUNGE\r\n",
            b"* VANISHED 1\r\n",
            b"* 1 FETCH (FLAGS (\\Seen))\r\n",
            b"* 1 FETCH (FLAGS () BODY[HEADER] {12}\r\nSubject: x\r\n)\r\n",
            b"* OK Still here\r\n* 2 EXISTS\r\n* 1 RECENT\r\n",
        ],
    )
    async def test_news_in_any_form_and_any_pieces(self, news: bytes) -> None:
        def act(wire: Wire) -> None:
            wire.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for octet in news:
                wire.raw(bytes([octet]))

        async with talking_to(self.idling(act)) as (backend, _server):
            assert await asyncio.wait_for(backend.wait("INBOX", 60), 30) is True

    async def test_a_lost_connection_is_no_quiet_folder(self) -> None:
        def act(wire: Wire) -> None:
            wire.sock.shutdown(socket.SHUT_RDWR)

        async with talking_to(self.idling(act)) as (backend, _server):
            with pytest.raises(Unreachable):
                await asyncio.wait_for(backend.wait("INBOX", 60), 30)

    async def test_a_bye_is_an_error(self) -> None:
        async with talking_to(self.idling(lambda wire: wire.send("* BYE idle for too long"))) as (backend, _server):
            with pytest.raises(Unreachable, match="too long"):
                await asyncio.wait_for(backend.wait("INBOX", 60), 30)

    async def test_it_is_refreshed(self) -> None:
        def script(wire: Wire) -> None:
            wire.sign_in(CAPS)
            wire.examine(exists=1, uidnext=2)
            for _unused in range(3):
                tag, _rest = wire.expect("IDLE")
                wire.send("+ idling")
                assert wire.line() == b"DONE"
                wire.send(f"{tag} OK done")
            wire.expect("IDLE")
            wire.send("+ idling", "* 2 EXISTS")
            wire.until_gone()

        timeouts = replace(IMPATIENT, idle=0.1)
        async with talking_to(script, timeouts=timeouts) as (backend, _server):
            with pytest.raises(Stalled):  # the last DONE is not answered
                await asyncio.wait_for(backend.wait("INBOX", 60), 30)

    async def test_a_server_that_ends_idle_at_once_is_asked_now_and_then(self) -> None:
        noops = iter([[], [], ["* 2 EXISTS"]])
        replies = {"EXAMINE": selected(1, 2), "IDLE": ["OK done"], "NOOP": lambda _command: next(noops)}
        async with talking_to(answering(CAPS, replies)) as (backend, scripted):
            assert await asyncio.wait_for(backend.wait("INBOX", 60), 30) is True
        assert len([line for line in scripted.received if b"IDLE" in line]) < 10

    async def test_news_before_the_wait_began_are_news(self) -> None:
        boxes = iter([selected(0, 1), selected(1, 2)])
        replies = {"EXAMINE": lambda _command: next(boxes)}
        async with talking_to(answering(CAPS, replies)) as (backend, _server):
            await Copy("INBOX").follow(backend)
            assert await asyncio.wait_for(backend.wait("INBOX", 60), 30) is True


class TestFolders:
    async def test_list_with_status_that_is_offered_and_refused(self) -> None:
        def listing(command: str) -> list[str]:
            return ["BAD what"] if "RETURN" in command else ['* LIST () "/" INBOX']

        caps = f"{CAPS} LIST-EXTENDED LIST-STATUS NAMESPACE"
        replies = {"NAMESPACE": ['* NAMESPACE (("" "/")) NIL NIL'], "LIST": listing, "LSUB": ["NO none"]}
        async with talking_to(answering(caps, replies)) as (backend, _server):
            (inbox,) = await backend.folders()
            assert inbox.subscribed

    async def test_selecting_what_is_gone(self) -> None:
        replies = {"EXAMINE": ["NO [NONEXISTENT] no such mailbox"], "STATUS": ["NO nothing"]}
        async with talking_to(answering(CAPS, replies)) as (backend, _server):
            with pytest.raises(Gone):
                await Copy("Old").follow(backend)
            with pytest.raises(Gone):
                await backend.status("Old")

    async def test_ten_thousand_folders(self) -> None:
        lines = [f'* LIST () "/" "folder {number}"' for number in range(10_000)]
        replies = {"LIST": lambda command: lines if "*" in command else ['* LIST () "/" ""'], "LSUB": []}
        async with talking_to(answering(CAPS, replies)) as (backend, _server):
            assert len(await backend.folders()) == 10_000


class TestAppend:
    async def test_a_message_shorter_than_announced_closes_the_connection(self) -> None:
        def script(wire: Wire) -> None:
            wire.sign_in(CAPS)
            wire.until_gone()

        async with talking_to(script) as (backend, _server):
            with pytest.raises(Unreachable, match="ended early"):
                await backend.append("INBOX", io.BytesIO(b"short"), 100, Flag.NONE, (), 0)

    async def test_a_large_one_asks_first(self) -> None:
        def script(wire: Wire) -> None:
            wire.sign_in(CAPS)
            line = wire.line()
            assert line.endswith(b"{300000}")
            wire.send(f"{line.split()[0].decode()} NO [OVERQUOTA] full")
            wire.until_gone()

        async with talking_to(script) as (backend, scripted):
            with pytest.raises(Refused, match="full"):
                await backend.append("INBOX", io.BytesIO(b"x" * 300_000), 300_000, Flag.NONE, (), 0)
        assert not any(b"xxx" in line for line in scripted.received)
