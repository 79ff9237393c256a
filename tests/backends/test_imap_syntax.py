"""The grammar both ways: what is written can be read, what cannot be read is refused, nothing is skipped."""

from __future__ import annotations

import calendar
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui_mail.backends.imap import names, syntax
from tui_mail.backends.imap.fetch import FLAG_ITEMS, HEADER_FIELDS
from tui_mail.backends.imap.names import Namespace
from tui_mail.backends.imap.roles import assign
from tui_mail.backends.imap.tokens import MAX_DEPTH, Malformed, Record, Token, number, pairs, parse
from tui_mail.model.errors import Refused
from tui_mail.model.flags import Flag
from tui_mail.model.mail import Role

ATOM = st.from_regex(rb"[A-Za-z0-9$\\.\-_/:<>@+]{1,12}", fullmatch=True).filter(lambda atom: atom.upper() != b"NIL")
STRING = st.binary(max_size=40)
TREE: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), ATOM.map(lambda atom: ("atom", atom)), STRING.map(lambda text: ("string", text))),
    lambda inner: st.lists(inner, max_size=6),
    max_leaves=30,
)


def written(tree: list[Any]) -> Record:
    """As a server might: quoted where it can be, else a literal."""
    pieces, literals = [b""], []

    def write(node: Any) -> None:
        if node is None:
            pieces[-1] += b"NIL"
        elif isinstance(node, list):
            pieces[-1] += b"("
            for index, child in enumerate(node):
                pieces[-1] += b" " if index else b""
                write(child)
            pieces[-1] += b")"
        elif node[0] == "atom":
            pieces[-1] += node[1]
        elif re.search(rb"[\r\n\0]", node[1]) or len(node[1]) % 3 == 0:
            literals.append(node[1])
            pieces.append(b"")
        else:
            pieces[-1] += b'"' + re.sub(rb'(["\\])', rb"\\\1", node[1]) + b'"'

    write(tree)
    return Record(tuple(pieces), tuple(literals))


def plain(node: Any) -> Token:
    if isinstance(node, list):
        return [plain(child) for child in node]
    return None if node is None else node[1]


class TestTokens:
    @given(st.lists(TREE, max_size=6))
    def test_reads_what_was_written(self, tree: list[Any]) -> None:
        assert parse(written(tree)) == [plain(tree)]

    @given(st.lists(st.binary(max_size=60), min_size=1, max_size=4))
    def test_any_octets_are_read_or_refused(self, pieces: list[bytes]) -> None:
        record = Record(tuple(pieces), (b"x",) * (len(pieces) - 1))
        try:
            tokens = parse(record)
        except Malformed:
            return
        # Nothing was skipped: every octet that is no space is in some token, or a bracket around it.
        flat = b"".join(_octets(tokens))
        written_octets = sum(len(re.sub(rb'[ "\\()]', b"", piece)) for piece in pieces)
        nils = sum(len(re.findall(rb"(?i)nil", piece)) for piece in pieces) * 3
        assert len(re.sub(rb'[ "\\()]', b"", flat)) + nils >= written_octets

    @pytest.mark.parametrize(
        "text",
        [b"(", b")", b"(a", b"a)", b'"', b'"a', b'"a\\', b"a[", b"a[b", b"{5}", b"a{5}", b"\x00", b"a\x01", b"\x7f"],
    )
    def test_refuses_what_is_not_whole(self, text: bytes) -> None:
        with pytest.raises(Malformed):
            parse(Record((text,)))

    def test_depth_is_bounded(self) -> None:
        assert parse(Record((b"(" * MAX_DEPTH + b")" * MAX_DEPTH,)))
        with pytest.raises(Malformed):
            parse(Record((b"(" * (MAX_DEPTH + 1) + b")" * (MAX_DEPTH + 1),)))

    def test_sections_flags_and_nil_in_any_case(self) -> None:
        record = Record((b"(BODY[HEADER.FIELDS (DATE FROM)]<0> nil FLAGS (\\Seen odd] 123 Nil) NILS NiL)",))
        assert parse(record) == [
            [b"BODY[HEADER.FIELDS (DATE FROM)]<0>", None, b"FLAGS", [b"\\Seen", b"odd]", b"123", None], b"NILS", None]
        ]

    def test_a_long_string_costs_no_more_than_its_length(self) -> None:
        assert parse(Record((b'"' + b"a" * 1_000_000 + b'"',))) == [b"a" * 1_000_000]
        with pytest.raises(Malformed):
            parse(Record((b'"' + b"a" * 1_000_000,)))

    def test_pairs_and_numbers(self) -> None:
        assert pairs([b"uid", b"5"]) == {b"UID": b"5"}
        for odd in ([b"a"], [[b"a"], b"b"], [None, b"b"]):
            with pytest.raises(Malformed):
                pairs(odd)  # type: ignore[arg-type] # as a server might send
        assert number(b"0042") == 42
        wrongs: list[Any] = [b"-1", b"", b"1.5", None, [], b"9" * 20, "١".encode()]
        for wrong in wrongs:
            with pytest.raises(Malformed):
                number(wrong)


def _octets(tokens: list[Token]) -> list[bytes]:
    found: list[bytes] = []
    for token in tokens:
        if isinstance(token, list):
            found += _octets(token)
        elif isinstance(token, bytes):
            found.append(token)
    return found


class TestArguments:
    @given(st.text())
    def test_any_text_is_one_argument_or_refused(self, text: str) -> None:
        try:
            argument = syntax.astring(text)
        except Refused:
            assert re.search("[\r\n\0]", text)
            return
        octets = text.encode("utf-8", "surrogatepass")
        if isinstance(argument, syntax.Literal):
            assert argument.value == octets
        else:
            assert parse(Record((argument,))) == [octets]
        assert not re.search("[\r\n\0]", text)

    def test_long_and_8_bit_values_are_literals(self) -> None:
        assert isinstance(syntax.astring("é"), syntax.Literal)
        assert isinstance(syntax.astring("x" * 901), syntax.Literal)
        assert syntax.astring('a "quoted\\" word') == b'"a \\"quoted\\\\\\" word"'


class TestSets:
    @given(st.sets(st.integers(1, syntax.MAX_UID), max_size=60), st.integers(21, 200))
    def test_sets_name_exactly_the_uids_within_the_limit(self, uids: set[int], limit: int) -> None:
        sets = list(syntax.uid_sets(uids, limit))
        assert [uid for _set, members in sets for uid in members] == sorted(uids)
        for uid_set, members in sets:
            assert len(uid_set) <= limit
            assert syntax.parse_set(uid_set) == members

    @given(st.integers(1, 10_000), st.integers(0, 5000))
    def test_a_run_is_one_range(self, first: int, more: int) -> None:
        ((uid_set, _members),) = syntax.uid_sets(range(first, first + more + 1))
        assert uid_set == (b"%d:%d" % (first, first + more) if more else b"%d" % first)

    @pytest.mark.parametrize("uid", [0, -1, syntax.MAX_UID + 1])
    def test_what_is_no_uid_is_a_mistake(self, uid: int) -> None:
        with pytest.raises(ValueError):
            list(syntax.uid_sets([uid]))

    @pytest.mark.parametrize(
        "text", [b"", b"1:", b":1", b"1,,2", b"*", b"1:*", b"-1", b"1:9999999999", b"1:4294967295"]
    )
    def test_a_set_that_is_none_or_a_flood_is_refused(self, text: bytes) -> None:
        with pytest.raises(Malformed):
            syntax.parse_set(text)

    def test_a_range_may_be_written_backwards(self) -> None:
        assert syntax.parse_set(b"5:3,9") == [3, 4, 5, 9]


class TestDates:
    @given(st.integers(0, 4_102_444_800))
    def test_a_date_comes_back(self, seconds: int) -> None:
        assert syntax.parse_date(syntax.format_date(seconds).strip(b'"')) == seconds

    def test_zones(self) -> None:
        assert syntax.parse_date(b"17-Jul-1996 02:44:25 -0700") == calendar.timegm((1996, 7, 17, 9, 44, 25))
        assert syntax.parse_date(b" 7-jul-1996 02:44:25 +0530") == calendar.timegm((1996, 7, 6, 21, 14, 25))

    @given(st.one_of(st.binary(max_size=30), st.from_regex(rb"[ 0-9]{2}-[A-Z][a-z]{2}-[0-9]{4} .{15}", fullmatch=True)))
    def test_anything_else_is_refused(self, value: bytes) -> None:
        try:
            assert isinstance(syntax.parse_date(value), int)
        except Malformed:
            pass  # as it should


class TestFlags:
    def test_both_ways(self) -> None:
        every = Flag.SEEN | Flag.ANSWERED | Flag.FLAGGED | Flag.DRAFT | Flag.DELETED | Flag.FORWARDED | Flag.JUNK
        words = syntax.flag_words(every, ("work",))
        assert words == [
            b"\\Seen", b"\\Answered", b"\\Flagged", b"\\Draft", b"\\Deleted", b"$Forwarded", b"$Junk", b"work",
        ]  # fmt: skip
        assert syntax.parse_flags(b" ".join(words)) == (every, ("work",))

    def test_old_spellings_are_known_and_taken_away(self) -> None:
        assert syntax.parse_flags(b"Forwarded JUNK \\seen \\Recent \\X-Odd NonJunk") == (
            Flag.SEEN | Flag.FORWARDED | Flag.JUNK,
            ("NonJunk",),
        )
        assert syntax.flag_words(Flag.JUNK, (), every_spelling=True) == [b"$Junk", b"Junk"]

    def test_keywords_are_sorted_and_once(self) -> None:
        assert syntax.parse_flags(b"b a b 123 NIL") == (Flag.NONE, ("123", "NIL", "a", "b"))

    @given(st.text(max_size=12))
    @example("[")
    def test_a_label_is_an_atom_or_refused(self, keyword: str) -> None:
        try:
            (word,) = syntax.flag_words(Flag.NONE, [keyword])
        except Refused:
            return
        assert parse(Record((b"(" + word + b")",)))[0] in ([word], [None])


class TestNames:
    @given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30))
    def test_a_name_comes_back(self, name: str) -> None:
        wire = names.encode(name)
        assert re.fullmatch(rb"[\x20-\x7e]+", wire)
        assert names.decode(wire) == name

    @given(st.binary(min_size=1, max_size=30))
    def test_any_octets_are_a_name_that_sqlite_takes(self, wire: bytes) -> None:
        names.decode(wire).encode("utf-8")

    @pytest.mark.parametrize("name", ["", "a\nb", "a\0b", "a\x7fb", "\ud800"])
    def test_what_no_folder_can_be_called(self, name: str) -> None:
        with pytest.raises(Refused):
            names.encode(name)

    @pytest.mark.parametrize(
        ("name", "delimiter", "prefix", "path"),
        [
            ("inbox", ".", "", "INBOX"),
            ("Inbox", "/", "INBOX.", "INBOX"),
            ("INBOX.Work.2026", ".", "INBOX.", "Work/2026"),
            ("inbox/sub", "/", "", "INBOX/sub"),
            ("[Gmail]/All Mail", "/", "", "[Gmail]/All Mail"),
            ("a/b", ".", "", "a\u2215b"),
            ("a/b", "", "", "a\u2215b"),
            ("a\\b", "\\", "", "a/b"),
            ("shared.team", ".", "INBOX.", "shared/team"),
            ("INBOX.", ".", "INBOX.", "INBOX/"),
        ],
    )
    def test_paths(self, name: str, delimiter: str, prefix: str, path: str) -> None:
        assert names.display_path(name, delimiter, prefix) == path

    @given(
        st.lists(st.text("abcÄ 日\u2215", min_size=1, max_size=5).filter(str.strip), min_size=1, max_size=4),
        st.sampled_from([Namespace("", "/"), Namespace("", "."), Namespace("INBOX.", "."), Namespace("", "\\")]),
    )
    def test_a_path_comes_back(self, levels: list[str], namespace: Namespace) -> None:
        path = "/".join(levels)
        name = names.server_name(path, namespace)
        assert names.display_path(name, namespace.delimiter, namespace.prefix) == path

    @pytest.mark.parametrize(
        ("path", "namespace"),
        [("a.b", Namespace("", ".")), ("a/b", Namespace("", "")), ("a//b", Namespace()), ("", Namespace())],
    )
    def test_a_path_that_cannot_be_made(self, path: str, namespace: Namespace) -> None:
        with pytest.raises(Refused):
            names.server_name(path, namespace)


class TestRoles:
    @pytest.mark.parametrize(
        ("path", "role"),
        [
            ("Gesendete Objekte", Role.SENT),
            ("ENVOYÉS", Role.SENT),
            ("[Gmail]/All Mail", Role.ALL),
            ("INBOX/Trash", Role.TRASH),
            ("Корзина", Role.TRASH),
            ("垃圾邮件", Role.JUNK),
            ("Entwürfe", Role.DRAFTS),
            ("Archiwum", Role.ARCHIVE),
            ("Work/Trash", None),
            ("Todos", None),
            ("Starred", None),
            ("Trash talk", None),
        ],
    )
    def test_by_name(self, path: str, role: Role | None) -> None:
        assert assign([(path, frozenset(), True)]) == [role]


def test_what_is_asked_for_never_marks_as_seen() -> None:
    assert b"BODY.PEEK[" in HEADER_FIELDS
    assert b"BODY[" not in HEADER_FIELDS + FLAG_ITEMS
