"""FETCH as a stream: however the octets are cut up, and whichever way a response is read, the messages are the same."""

from __future__ import annotations

import socket
import zlib
from collections.abc import Sequence
from itertools import pairwise
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mail.backends.imap import fetch
from tui_mail.backends.imap.failures import CommandFailed
from tui_mail.backends.imap.session import Session
from tui_mail.backends.imap.transport import MAX_LINE, Timeouts, Transport
from tui_mail.mime.envelope import parse_envelope
from tui_mail.model.errors import Unreachable
from tui_mail.model.flags import Flag
from tui_mail.model.remote import Body, FlagChange, NewMessage


class Chunks:
    """A socket that hands out what it was given, piece by piece, then ends."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = [piece for piece in pieces if piece]
        self.sent = b""

    def setblocking(self, _flag: bool) -> None: ...

    def recv(self, size: int) -> bytes:
        if not self._pieces:
            return b""
        piece = self._pieces[0][:size]
        self._pieces[0] = self._pieces[0][size:]
        if not self._pieces[0]:
            self._pieces.pop(0)
        return piece

    def send(self, data: bytes) -> int:
        self.sent += data
        return len(data)

    def close(self) -> None: ...


def session_on(data: bytes, cuts: Sequence[int] = ()) -> tuple[Session, Transport]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(edges)]
    transport = Transport(cast("socket.socket", Chunks(pieces)), "test", Timeouts())
    return Session(transport), transport


HEADERS = st.binary(max_size=120).map(lambda octets: octets.replace(b"\x00", b"."))
FLAGS = st.lists(st.sampled_from(["\\Seen", "\\Flagged", "$Forwarded", "work", "\\Recent", "odd]"]), unique=True)

IDENTITIES = (
    ("", "", ""),
    ("EMAILID (M1-a) THREADID (T2)", "M1-a", "T2"),
    ("EMAILID (M1) THREADID NIL", "M1", ""),
    ("X-GM-MSGID 12 X-GM-THRID 34", "12", "34"),
)


@st.composite
def messages(draw: st.DrawFn) -> tuple[bytes, list[NewMessage]]:
    """Responses in many an order of items, and noise between them; with what they say."""
    lines: list[bytes] = []
    expected: list[NewMessage] = []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        header = draw(HEADERS)
        words = draw(FLAGS)
        identity, strong_id, thread_id = draw(st.sampled_from(IDENTITIES))
        items = [
            f"UID {number}",
            f"FLAGS ({' '.join(words)})",
            'INTERNALDATE " 7-Jul-2026 02:44:25 +0200"',
            f"RFC822.SIZE {len(header) * 3}",
            *([identity] if identity else []),
        ]
        items = draw(st.permutations(items))
        literal = b"BODY[HEADER.FIELDS (DATE FROM)] {%d}\r\n%s" % (len(header), header)
        end = draw(st.sampled_from([b"", b" MODSEQ (5)"]))
        lines.append(b"* %d FETCH (%s %s%s)\r\n" % (number, " ".join(items).encode(), literal, end))
        known = (Flag.SEEN if "\\Seen" in words else Flag.NONE) | (Flag.FLAGGED if "\\Flagged" in words else Flag.NONE)
        known |= Flag.FORWARDED if "$Forwarded" in words else Flag.NONE
        keywords = tuple(sorted({"work", "odd]"} & set(words)))
        expected.append(
            NewMessage(number, known, keywords, 1_783_385_065, len(header) * 3, header, strong_id, thread_id)
        )
        lines.append(
            draw(st.sampled_from([b"", b"* 9 EXISTS\r\n", b"* OK Still here\r\n", b"* 1 FETCH (FLAGS ())\r\n"]))
        )
    return b"".join(lines) + b"T0 OK done\r\n", expected


class TestHeaders:
    @given(messages(), st.lists(st.integers(0, 5000), max_size=30))
    def test_cut_anywhere(self, made: tuple[bytes, list[NewMessage]], cuts: list[int]) -> None:
        data, expected = made
        session, transport = session_on(data, cuts)
        found = list(fetch.headers(session, session.start(b"UID FETCH 1:*")))
        transport.close()
        assert found == expected

    @given(messages())
    def test_the_tokenizer_reads_the_same(self, made: tuple[bytes, list[NewMessage]]) -> None:
        data, _expected = made
        session, transport = session_on(data)
        quick = list(fetch.headers(session, session.start(b"UID FETCH 1:*")))
        transport.close()
        session, transport = session_on(data)
        slow = [fetch.new_message(response) for response in session.stream(session.start(b"UID FETCH 1:*"))]
        transport.close()
        assert quick == [message for message in slow if message is not None]

    @given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
    def test_any_octets_end_in_messages_or_an_error(self, noise: bytes, cuts: list[int]) -> None:
        session, transport = session_on(b"* 1 FETCH (UID 1 " + noise + b"\r\nT0 OK done\r\n", cuts)
        try:
            for message in fetch.headers(session, session.start(b"UID FETCH 1:*")):
                assert isinstance(message, (NewMessage, fetch.Broken))
        except (Unreachable, CommandFailed):
            pass  # as it may
        finally:
            transport.close()

    def test_behind_a_field_of_any_length_the_next_is_read(self) -> None:
        to = b",\r\n ".join(
            b'"Person %d, of the list" <p%d@example.org>' % (number, number) for number in range(30_000)
        )
        header = b"From: a@example.org\r\nTo: " + to + b"\r\nSubject: Behind\r\n\r\n"
        assert len(header) > 2 * fetch.LARGEST_HEADER
        data = (
            b'* 1 FETCH (UID 7 FLAGS () INTERNALDATE " 7-Jul-2026 02:44:25 +0200" RFC822.SIZE 9 '
            b"BODY[HEADER.FIELDS (FROM TO SUBJECT)] {%d}\r\n%s)\r\nT0 OK done\r\n" % (len(header), header)
        )
        session, transport = session_on(data)
        (found,) = fetch.headers(session, session.start(b"UID FETCH 7"))
        transport.close()
        assert isinstance(found, NewMessage)
        assert len(found.header) <= fetch.LARGEST_HEADER
        envelope = parse_envelope(found.header)
        assert envelope.subject == "Behind"
        assert len(envelope.to) > 1_000
        assert all(each.address for each in envelope.to)


class TestOthers:
    @given(st.lists(st.tuples(st.integers(1, 9), FLAGS, st.integers(0, 99)), max_size=6), st.lists(st.integers(0, 999)))
    def test_flags(self, rows: list[tuple[int, list[str], int]], cuts: list[int]) -> None:
        lines = [
            f"* 1 FETCH (UID {uid} FLAGS ({' '.join(words)}) MODSEQ ({modseq}))\r\n".encode()
            for uid, words, modseq in rows
        ]
        session, transport = session_on(b"".join(lines) + b"T0 OK done\r\n", cuts)
        found = list(fetch.flags(session, session.start(b"UID FETCH 1:*")))
        transport.close()
        assert [(change.uid, change.modseq) for change in found if isinstance(change, FlagChange)] == [
            (uid, modseq) for uid, _words, modseq in rows
        ]

    @given(st.lists(st.binary(max_size=200), max_size=5), st.booleans(), st.lists(st.integers(0, 2000), max_size=20))
    def test_bodies(self, raws: list[bytes], uid_last: bool, cuts: list[int]) -> None:
        lines = [
            b"* %d FETCH (BODY[] {%d}\r\n%s UID %d)\r\n" % (uid, len(raw), raw, uid)
            if uid_last
            else b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n" % (uid, uid, len(raw), raw)
            for uid, raw in enumerate(raws, 1)
        ]
        session, transport = session_on(b"".join(lines) + b"T0 OK done\r\n", cuts)
        found = list(fetch.bodies(session, session.start(b"UID FETCH 1:*")))
        transport.close()
        assert found == [Body(uid, raw) for uid, raw in enumerate(raws, 1)]

    def test_an_end_in_the_middle_is_unreachable(self) -> None:
        data = b"* 1 FETCH (UID 1 BODY[] {10}\r\n0123456789)\r\nT0 OK done\r\n"
        for end in range(len(data) - 1):
            session, transport = session_on(data[:end])
            tag = session.start(b"UID FETCH 1")
            with pytest.raises(Unreachable):
                list(fetch.bodies(session, tag))
            transport.close()

    def test_a_failure_is_told_after_what_came_before_it(self) -> None:
        session, transport = session_on(b"* 1 FETCH (UID 1 BODY[] {2}\r\nhi)\r\nT0 NO [UNAVAILABLE] no\r\n")
        found: list[object] = []
        with pytest.raises(CommandFailed) as caught:
            found.extend(fetch.bodies(session, session.start(b"UID FETCH 1")))
        transport.close()
        assert caught.value.code == "UNAVAILABLE"


@given(messages(), st.lists(st.integers(0, 4000)), st.lists(st.integers(0, 4000)))
def test_a_compressed_answer_says_the_same_however_it_is_cut(
    made: tuple[bytes, list[NewMessage]], cuts: list[int], flushes: list[int]
) -> None:
    """The stream begins right behind the answer to COMPRESS, perhaps in the same piece."""
    data, expected = made
    data = data.removesuffix(b"T0 OK done\r\n") + b"T1 OK done\r\n"
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed, at = b"", 0
    for edge in [*sorted(flush % (len(data) + 1) for flush in flushes), len(data)]:
        packed += packer.compress(data[at:edge]) + packer.flush(zlib.Z_SYNC_FLUSH)
        at = edge
    session, transport = session_on(b"T0 OK\r\n" + packed, cuts)
    session.run(b"COMPRESS DEFLATE")
    transport.compress()
    tag = session.start(b"UID FETCH 1:* (UID)")
    assert [one for one in fetch.headers(session, tag) if isinstance(one, NewMessage)] == expected
    sent = cast("Chunks", transport._sock).sent
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    assert unpacker.decompress(sent.partition(b"\r\n")[2]) == b"T1 UID FETCH 1:* (UID)\r\n"


def test_a_stream_that_grows_without_end_is_given_up() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = packer.compress(b"* OK " + b"x" * (MAX_LINE * 4)) + packer.flush()
    session, transport = session_on(b"T0 OK\r\n" + bomb)
    session.run(b"COMPRESS DEFLATE")
    transport.compress()
    with pytest.raises(Unreachable):
        session.run(b"NOOP")


def test_a_stream_that_cannot_be_unpacked_ends_the_connection() -> None:
    session, transport = session_on(b"T0 OK\r\n* OK in clear\r\n")
    session.run(b"COMPRESS DEFLATE")
    with pytest.raises(Unreachable):
        transport.compress()
