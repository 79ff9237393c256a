"""Address fields: what is no mailbox is never made into one."""

from __future__ import annotations

import time
from email.utils import formataddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.mime.test_headers import is_clean
from tui_mail.mime.addresses import parse, parse_sender
from tui_mail.mime.headers import addresses
from tui_mail.model.mail import Address


@pytest.mark.parametrize(
    ("value", "name", "address"),
    [
        ("grace@example.org", "", "grace@example.org"),
        ("Grace Hopper <grace@example.org>", "Grace Hopper", "grace@example.org"),
        ('"Hopper, Grace" <grace@example.org>', "Hopper, Grace", "grace@example.org"),
        ('"a \\"b\\" \\\\c" <x@y.z>', 'a "b" \\c', "x@y.z"),
        ("grace@example.org (Grace (the) Hopper)", "Grace (the) Hopper", "grace@example.org"),
        ("=?utf-8?Q?Doe=2C_J=C3=B6hn?= <u@x.org>", "Doe, Jöhn", "u@x.org"),
        ("=?utf-8?Q?Foo_(Bar)?= <a@b.c>", "Foo (Bar)", "a@b.c"),
        ("=?utf-8?Q?a?= =?utf-8?Q?b?= <a@b.c>", "ab", "a@b.c"),
        ("[JIRA] Foo <jira@x.org>", "[JIRA] Foo", "jira@x.org"),
        ("a@b.c <d@e.f>", "a@b.c", "d@e.f"),
        ("Dr. Who <who@x.org>", "Dr. Who", "who@x.org"),
        ('"john doe"@example.org', "", '"john doe"@example.org'),
        ("x <a@[127.0.0.1]>", "x", "a@[127.0.0.1]"),
        (" < a@b.c > ", "", "a@b.c"),
        ("a..b.@docomo.example", "", "a..b.@docomo.example"),
        ("J\xc3\xb6rg <j\xc3\xb6@x.org>", "Jörg", "jö@x.org"),
        ("J\xf6rg <j@x.org>", "Jörg", "j@x.org"),
        ("MAILER-DAEMON <>", "MAILER-DAEMON", ""),
    ],
)
def test_one_mailbox(value: str, name: str, address: str) -> None:
    assert parse(value) == (Address(name, address),)


@pytest.mark.parametrize(
    "value",
    [
        '"Someone" <valid@example.net>:<attacker@example.org>',
        "<admin@bank.com> <evil@x.org>",
        "admin@bank.com <evil@x.org> <evil2@x.org>",
        "alice@example.org]<bob@evil>",
        "admin@bank.com(<evil@x>)",
        "admin@bank.com (evil@x.org)",
        "a@bank@evil",
        "<a@bank@evil>",
        "a@bank.com\x00@evil",
        "a @ bank.com",
        "a@bank .com",
        "<a b@bank.com>",
        "<a@bank.com",
        '"a@bank.com',
        "a@bank.com (comment",
        "<<a@bank.com>>",
        "<@evil.example,@bank.com:a@bank.com>",
        "group: a@bank.com, b@evil;",
        "group: a@bank.com;",
        "root",
        "Cron <root>",
        "a@bank.com; x <evil",
        "a@bank.com, <evil",
        "a(x)@bank.com",
        "@bank.com",
        "a@",
        "a@bank.com <>x",
    ],
)
def test_a_sender_that_is_unclear_is_shown_as_it_stands(value: str) -> None:
    (sender,) = parse_sender(value)
    assert sender.address == ""
    assert sender.name.replace("\ufffd", "\x00") == value


@pytest.mark.parametrize("odd", ["\x80", "\u202e", "\u200b", "\u2028", "\ufeff"])
def test_no_address_holds_what_is_not_drawn(odd: str) -> None:
    wire = f"a@{odd}bank.com".encode().decode("latin-1")
    assert [one.address for one in parse(wire)] == [""]


def test_encoded_words_are_never_decoded_inside_an_address() -> None:
    value = "=?utf-8?b?cG90dXNAd2hpdGVob3VzZS5nb3Y=?==?utf-8?Q?=0A=00?=@mailsploit.com"
    assert parse_sender(value) == (Address("", value),)
    assert parse_sender('"=?utf-8?b?cG90dXNAd2hpdGVob3VzZS5nb3Y=?=" <demo@x.org>') == (
        Address("potus@whitehouse.gov", "demo@x.org"),
    )


def test_raw_text_is_decoded_only_where_no_mailbox_comes_of_it() -> None:
    assert parse("=?utf-8?Q?J=C3=B6rg?= <root>")[0].name == "Jörg <root>"
    value = "=?utf-8?Q?=3Cbank=40bank.com=3E?= <evil"
    assert parse(value)[0].name == value


def test_eight_bit_names_are_decoded_once() -> None:
    wire = "J\xc3\xb6rg (x) <j@x.org>, \xc3\x83\xc2\xa9 (x) <k@x.org>, \xe2\x82\xac: ;"
    assert parse(wire) == (Address("Jörg", "j@x.org"), Address("Ã©", "k@x.org"), Address("€", ""))


def test_lists() -> None:
    assert [one.address for one in parse("a@x, b@y; c@z,, ")] == ["a@x", "b@y", "c@z"]
    assert parse("undisclosed-recipients:;") == (Address("undisclosed-recipients", ""),)
    assert [one.address for one in parse("Team: a@x, B <b@y>;, c@z")] == ["a@x", "b@y", "c@z"]
    assert [(one.name, one.address) for one in parse("a@x, oops, b@y")] == [("", "a@x"), ("oops", ""), ("", "b@y")]
    assert parse("") == parse("  ") == ()
    assert addresses(b"a@x, b@y") == parse("a@x, b@y")


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cf"]), max_size=30),
    st.from_regex(r"[a-z0-9.+_-]{1,20}@[a-z0-9-]{1,10}\.[a-z]{2,5}", fullmatch=True),
)
def test_what_the_standard_library_writes_is_read_again(name: str, address: str) -> None:
    name = " ".join(name.split())
    if "=?" not in name:
        assert parse(formataddr((name, address))) == (Address(name, address),)


PIECES = st.lists(
    st.sampled_from([*list('<>@"(),:;\\[] .=?x'), "a@b.c", "=?utf-8?Q?x?=", "\x00", "\xe9", "\r\n"]), max_size=30
)


@given(st.one_of(st.text(st.characters(max_codepoint=255), max_size=60), PIECES.map("".join)))
def test_no_list_raises_and_every_address_stood_in_the_text(value: str) -> None:
    for one in (*parse(value), *parse_sender(value)):
        assert is_clean(one.name)
        assert is_clean(one.address)
        assert one.address.count("@") <= 1 or '"' in one.address
        if one.address and value.isascii() and '"' not in value:
            assert one.address in value


@pytest.mark.parametrize(
    "value",
    [
        "," * 64_000, '"' * 64_001, "(" * 64_000, "(" * 30_000 + ")" * 30_000, "a." * 32_000, " " * 64_000 + "x", "<" * 64_000,
        "a@b.c, " * 16_000, "=?a?Q?" * 10_000, "x:" * 30_000, '"\\' * 30_000, "@" * 64_000, "a@" * 32_000, "x;" * 32_000,
        " <" * 32_000, "a " * 32_000 + "<a@b.c>", "(a" * 20_000 + "\\)" * 20_000,
    ],
)  # fmt: skip
def test_hostile_lists_are_linear(value: str) -> None:
    start = time.process_time()
    parse(value)
    parse_sender(value)
    assert time.process_time() - start < 5


def test_a_list_that_is_too_long_is_cut_between_addresses() -> None:
    found = parse("someone@example.org, " * 20_000)
    assert len(found) > 5000
    assert {one.address for one in found} == {"someone@example.org"}


@pytest.mark.parametrize("form", ['"Person {0}, of the list" <p{0}@example.org>', "Person {0} <p{0}@example.org>"])
def test_of_a_list_that_was_cut_the_whole_entries_are_read(form: str) -> None:
    whole = ", ".join(form.format(number) for number in range(2_000))
    for length in range(40_000, 40_080):
        *most, last = parse(whole[:length].rpartition(",")[0])
        assert len(most) > 800
        assert all(each.address == f"p{number}@example.org" for number, each in enumerate(most))
        assert last.address == f"p{len(most)}@example.org"


def test_a_sender_as_long_as_a_list_is_nobody() -> None:
    text = ", ".join(f"Person <p{number}@example.org>" for number in range(2_000))
    assert parse_sender(text) == (Address(text, ""),)
