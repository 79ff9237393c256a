"""What a POP3 server says, read: the end of a message, its dots, lists, capabilities and refusals."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.fakes.scripted_pop3 import sent
from tui_mail.backends.pop3 import capabilities, listing, replies
from tui_mail.backends.pop3.capabilities import Capabilities
from tui_mail.backends.pop3.listing import Listed
from tui_mail.backends.pop3.replies import Reply
from tui_mail.backends.pop3.stuffing import Unstuffed
from tui_mail.model.errors import Gone, Refused, SignInRefused, Throttled, TuiMailError, Unreachable

OCTETS = st.one_of(st.binary(max_size=60), st.text(alphabet="\r\n.x", max_size=60).map(str.encode))
CUTS = st.lists(st.integers(0, 400), max_size=8)


def pieces(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def read(arriving: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """The text and what came behind it, or None when it did not end; the buffer is handled as ``Wire`` does."""
    unstuffed, text, data, pos = Unstuffed(), b"", b"", 0
    for place, piece in enumerate(arriving):
        data, pos = data[pos:] + piece, 0
        taken, pos, ended = unstuffed.take(data, pos)
        text += taken
        if ended:
            return text, data[pos:] + b"".join(arriving[place + 1 :])
    return None


class TestText:
    @given(OCTETS, st.binary(max_size=12), CUTS)
    @example(b"", b"+OK\r\n", [1])
    @example(b".", b".\r\n", [1, 2, 3])
    @example(b"\r\n.\r\n\r\n..\r\n", b"", [1, 2, 3, 4, 5, 6, 7])
    @example(b"x\r\n.\r", b"", [3, 4, 5, 6])
    @example(b"x\n.\n+OK\n", b"", [])
    def test_what_was_sent_arrives_however_it_is_cut_up(self, raw: bytes, behind: bytes, cuts: list[int]) -> None:
        whole = raw if raw.endswith(b"\r\n") or not raw else raw + b"\r\n"
        assert read(pieces(sent(raw) + behind, cuts)) == (whole, behind)

    @given(st.text(alphabet="\r\n.x", max_size=40).map(str.encode), CUTS)
    def test_what_no_server_should_send_is_the_same_in_any_pieces(self, data: bytes, cuts: list[int]) -> None:
        """And the same as line by line: at most one dot less for each line, up to the first that is one dot."""
        wanted = None
        text, rest = b"", data
        while (end := rest.find(b"\r\n")) >= 0:
            line, rest = rest[: end + 2], rest[end + 2 :]
            if line == b".\r\n":
                wanted = (text, rest)
                break
            text += line.removeprefix(b".")
        assert read(pieces(data, cuts)) == wanted

    @given(OCTETS, CUTS)
    def test_it_never_ends_before_its_end(self, raw: bytes, cuts: list[int]) -> None:
        assert read(pieces(sent(raw)[:-1], cuts)) is None

    def test_every_cut_of_a_message_of_dots(self) -> None:
        raw = b".\r\n..\r\n...\r\n\r\n.\r.\r\n.\n.\r\nend."
        data = sent(raw)
        for first in range(len(data) + 1):
            for second in range(first, len(data) + 1):
                assert read([data[:first], data[first:second], data[second:]]) == (raw + b"\r\n", b"")


class TestListing:
    def test_numbers_sizes_and_names(self) -> None:
        found = listing.parse((2, 300), [b"1 100", b"2 200 extra words"], [b"1 a", b"2 whqtswO00WBw418f9t5JxYwZ"])
        assert found.messages == (Listed(1, 100, "a"), Listed(2, 200, "whqtswO00WBw418f9t5JxYwZ"))
        assert found.consistent
        assert found.complete
        assert found.sizes_agree
        assert not found.duplicates

    @pytest.mark.parametrize("name", [b"", b" ", b"a b", b"x" * 71, b"\xe4", b"a\tb", b"\x7f", b"a\rb"])
    def test_a_name_that_is_none_is_missing(self, name: bytes) -> None:
        found = listing.parse((1, 5), [b"1 5"], [b"1 " + name])
        assert found.messages == (Listed(1, 5, ""),)
        assert found.consistent
        assert not found.complete

    @pytest.mark.parametrize("name", [b"!", b"~" * 70, b"<a>@b", b"1"])
    def test_odd_names_are_names(self, name: bytes) -> None:
        assert listing.parse((1, 5), [b"1 5"], [b"1 " + name]).messages[0].uidl == name.decode()

    def test_names_that_several_share(self) -> None:
        found = listing.parse((3, 3), [b"1 1", b"2 1", b"3 1"], [b"1 a", b"2 b", b"3 a"])
        assert found.duplicates == {"a"}
        assert found.consistent

    def test_no_uidl_at_all(self) -> None:
        found = listing.parse((1, 1), [b"1 1"], None)
        assert not found.has_uidl
        assert not found.complete
        assert listing.parse((0, 0), [], []).complete
        assert not listing.parse((0, 0), [], None).complete

    @pytest.mark.parametrize(
        ("stat", "sizes", "names"),
        [
            ((2, 1), [b"1 1"], [b"1 a"]),
            ((1, 1), [b"1 1", b"2 1"], [b"1 a", b"2 b"]),
            ((1, 1), [b"2 1"], [b"2 a"]),
            ((1, 1), [b"1 1", b"1 2"], [b"1 a"]),
            ((1, 1), [b"1 1", b"what?"], [b"1 a"]),
            ((1, 1), [b"1 -1"], [b"1 a"]),
            ((1, 1), [b"1 1"], [b"1 a", b"2 b"]),
            ((1, 1), [b"1 1"], [b"1 a", b"1 b"]),
            ((1, 1), [b"1 1"], [b"one a"]),
        ],
    )
    def test_contradictions(self, stat: tuple[int, int], sizes: list[bytes], names: list[bytes]) -> None:
        found = listing.parse(stat, sizes, names)
        assert not found.consistent
        assert not found.complete

    def test_a_number_named_twice_has_no_name(self) -> None:
        assert listing.parse((1, 1), [b"1 1"], [b"1 a", b"1 b"]).messages[0].uidl == ""

    def test_a_count_beyond_reason_is_only_wrong(self) -> None:
        assert not listing.parse((9_999_999_999, 1), [b"1 1"], None).consistent

    @given(st.lists(st.binary(max_size=20)), st.lists(st.binary(max_size=90)), st.integers(0, 9))
    def test_garbage_is_data(self, sizes: list[bytes], names: list[bytes], count: int) -> None:
        found = listing.parse((count, 0), sizes, names)
        numbers = [each.number for each in found.messages]
        assert numbers == sorted(set(numbers))
        assert all(re.fullmatch(r"[!-~]{0,70}", each.uidl) for each in found.messages)

    @pytest.mark.parametrize(
        ("text", "wanted"), [("2 320", (2, 320)), ("0 0 octets", (0, 0)), ("2", None), ("x y", None)]
    )
    def test_stat(self, text: str, wanted: tuple[int, int] | None) -> None:
        assert listing.parse_stat(text) == wanted


class TestCapabilities:
    def test_words(self) -> None:
        found = capabilities.parse(
            [
                b"TOP",
                b"uidl",
                b"sasl plain XOAUTH2",
                b"EXPIRE 60 USER",
                b"LOGIN-DELAY 900",
                b"IMPLEMENTATION Shlemazle-Plotz 2",
            ]
        )
        assert found.known
        assert found.has("UIDL")
        assert found.may("TOP")
        assert not found.may("PIPELINING")
        assert found.mechanisms == {"PLAIN", "XOAUTH2"}
        assert found.expire == 60
        assert found.login_delay == 900
        assert found.implementation == "Shlemazle-Plotz 2"

    def test_what_is_not_said(self) -> None:
        nothing = Capabilities()
        assert nothing.may("UIDL")
        assert not nothing.pipelining
        assert nothing.expire is nothing.login_delay is None
        assert capabilities.parse([b"EXPIRE NEVER"]).expire == math.inf
        assert capabilities.parse([b"EXPIRE 0"]).expire == 0
        assert capabilities.parse([b"EXPIRE soon", b"LOGIN-DELAY"]).login_delay is None

    @given(st.lists(st.binary(max_size=30)))
    def test_garbage_is_left_out(self, lines: list[bytes]) -> None:
        found = capabilities.parse(lines)
        assert all(name.isprintable() for name in found.words)
        assert found.expire is None or found.expire >= 0


class TestReplies:
    def test_codes(self) -> None:
        assert replies.parse(b"+OK") == Reply(ok=True)
        assert replies.parse(b"+ok 2 320") == Reply(ok=True, text="2 320")
        assert replies.parse(b"-ERR [IN-USE] Do you have another POP session running?") == Reply(
            ok=False, code="IN-USE", text="Do you have another POP session running?"
        )
        assert replies.parse(b"-ERR [sys/temp] later") == Reply(ok=False, code="SYS/TEMP", text="later")
        assert replies.parse(b"-ERR [not a code") == Reply(ok=False, text="[not a code")

    @pytest.mark.parametrize("line", [b"", b"+", b"+ go", b"OK", b"-ERROR", b"* OK", b"+OKAY", b"\xff"])
    def test_what_is_none(self, line: bytes) -> None:
        assert replies.parse(line) is None

    @given(st.binary(max_size=60))
    def test_words_are_printable(self, rest: bytes) -> None:
        found = replies.parse(b"-ERR " + rest)
        assert found is not None
        assert (found.code + found.text).isprintable()

    @pytest.mark.parametrize(
        ("line", "kind", "seconds"),
        [
            (b"-ERR [AUTH] no", SignInRefused, 0),
            (b"-ERR Logon failure: unknown user name or bad password.", SignInRefused, 0),
            (b"-ERR Your account is locked", SignInRefused, 0),
            (b"-ERR", SignInRefused, 0),
            (b"-ERR [SYS/PERM] POP access is not enabled", Refused, 0),
            (b"-ERR [SYS/TEMP] the database is away", Throttled, 60),
            (b"-ERR [IN-USE] busy", Throttled, 45),
            (b"-ERR mailbox is locked by another session", Throttled, 45),
            (b"-ERR Unable to lock maildrop: Mailbox is locked by POP server", Throttled, 45),
            (b"-ERR [LOGIN-DELAY] minimum time between mail checks violation", Throttled, 900),
            (b"-ERR Exceeded the login limit for a 15 minute period. Reduce the frequency", Throttled, 900),
            (b"-ERR Too many simultaneous connections", Throttled, 60),
        ],
    )
    def test_a_refused_sign_in_is_told_apart_by_what_to_do(
        self, line: bytes, kind: type[TuiMailError], seconds: float
    ) -> None:
        reply = replies.parse(line)
        assert reply is not None
        error = replies.sign_in_refused("pop.example.org", "ada", reply, capabilities.parse([b"LOGIN-DELAY 900"]))
        assert type(error) is kind
        assert error.text.endswith((".", "?", "!"))
        assert not isinstance(error, Throttled) or error.seconds == seconds

    def test_a_delay_of_a_day_is_not_believed(self) -> None:
        reply = Reply(ok=False, code="LOGIN-DELAY")
        error = replies.temporary("pop.example.org", reply, capabilities.parse([b"LOGIN-DELAY 86400"]))
        assert error is not None
        assert error.seconds == 3600

    @pytest.mark.parametrize(
        ("line", "kind"),
        [
            (b"-ERR There's no message 9.", Gone),
            (b"-ERR Message is expunged.", Gone),
            (b"-ERR [SYS/TEMP] Message is expunged.", Throttled),
            (b"-ERR [SYS/PERM] cannot be decoded", Refused),
            (b"-ERR no", Refused),
        ],
    )
    def test_a_message_not_given(self, line: bytes, kind: type[TuiMailError]) -> None:
        reply = replies.parse(line)
        assert reply is not None
        assert type(replies.not_given("pop.example.org", reply, Capabilities())) is kind

    def test_a_farewell(self) -> None:
        assert type(replies.goodbye("h", Reply(ok=False, text="Disconnected for inactivity."))) is Unreachable
        assert type(replies.goodbye("h", Reply(ok=False, code="SYS/TEMP"))) is Throttled
