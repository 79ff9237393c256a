"""What is typed into To becomes addresses, and a mistake is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.mime.compose.strategies import addresses
from tests.unit.text.test_safe import check
from tui_mail.mime.compose.recipients import read_recipients, valid_recipients, write_recipients
from tui_mail.model.errors import UsageError
from tui_mail.model.mail import Address

ADA = Address("Ada Lovelace", "ada@example.org")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", ()),
        (" , ; \n,", ()),
        ("Ada Lovelace <ada@example.org>", (ADA,)),
        ("Ada  Lovelace<ada@example.org>,", (ADA,)),
        ("ada@example.org (Ada Lovelace)", (ADA,)),
        ('"Lovelace, Ada" <a@b>, c@d; e@f', (Address("Lovelace, Ada", "a@b"), Address("", "c@d"), Address("", "e@f"))),
        ('"The \\"Count\\" \\\\" <a@b>', (Address('The "Count" \\', "a@b"),)),
        ("Ada Lovelace\n <ada@example.org>\r\nc@d\n\ne@f\n", (ADA, Address("", "c@d"), Address("", "e@f"))),
        ("a@b\tc@d", None),
        ("<a@b>", (Address("", "a@b"),)),
        ("a@b <a@b>", (Address("a@b", "a@b"),)),
        ('O"Brien <a@b>, Ada (work) L. <c@d>', (Address('O"Brien', "a@b"), Address("Ada (work) L.", "c@d"))),
        ('"a, b"@c', (Address("", '"a, b"@c'),)),
        ("=?utf-8?q?J=C3=B6rg?= <a@b>", (Address("Jörg", "a@b"),)),
        ('"=?utf-8?q?J=C3=B6rg?=" <a@b>', (Address("=?utf-8?q?J=C3=B6rg?=", "a@b"),)),
        ("Jörg <j@bücher.example>", (Address("Jörg", "j@bücher.example"),)),
        ("root@localhost, x@[192.0.2.1]", (Address("", "root@localhost"), Address("", "x@[192.0.2.1]"))),
    ],
)  # fmt: skip
def test_what_may_be_typed(typed: str, expected: tuple[Address, ...] | None) -> None:
    if expected is None:
        with pytest.raises(UsageError):
            read_recipients(typed)
    else:
        assert read_recipients(typed) == expected


@pytest.mark.parametrize(
    ("typed", "named", "hint"),
    [
        ("a@b, ada, c@d", "ada", "name@example.org"),
        ("Lovelace, Ada <a@b>", "Lovelace", "quotation marks"),
        ("a@b c@d", "a@b c@d", "comma"),
        ("Ada <a@b> <c@d>", "Ada <a@b> <c@d>", "comma"),
        ("Ada a@b", "Ada a@b", "Name <name@example.org>"),
        ("<a@b> Ada", "<a@b> Ada", "Name <name@example.org>"),
        ("Ada <a@b, c@d", "Ada <a@b", "Name <name@example.org>"),
        ('"Ada <a@b>, c@d', '"Ada <a@b>, c@d', "not closed"),
        ("Ada <>", "Ada <>", "name@example.org"),
        ("Ada <ada@>", "ada@", "name@example.org"),
        ("jörg@example.org", "jörg@example.org", "SMTPUTF8"),
        ("a@-b", "a@-b", "name@example.org"),
        ("a@b@c", "a@b@c", "name@example.org"),
        ("Friends: a@b", "Friends: a@b", "Name <name@example.org>"),
        ("a@b.c\x00", "a@b.c", "name@example.org"),
        ("=?utf-8?q?a?=@b", "=?utf-8?q?a?=@b", "name@example.org"),
        ("a@b\u202ec", "⟨U+202E⟩", "name@example.org"),
    ],
)
def test_what_is_wrong_is_named(typed: str, named: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_recipients(typed)
    assert named in caught.value.text
    assert hint in caught.value.text
    assert "\n" not in caught.value.text


def test_the_good_entries_of_a_field_that_is_half_typed() -> None:
    assert valid_recipients('Ada Lovelace <ada@example.org>, gr, x@y, "open <z@z>') == (ADA, Address("", "x@y"))


@given(st.lists(addresses, max_size=6))
def test_there_and_back(found: list[Address]) -> None:
    assert read_recipients(write_recipients(found)) == tuple(found)


@given(st.one_of(st.text(max_size=80), st.text(st.sampled_from('a@b <>",;\\\n()'), max_size=60)))
def test_anything_typed_is_read_or_refused_in_a_sentence(text: str) -> None:
    refused = ""
    try:
        found = read_recipients(text)
    except UsageError as error:
        found, refused = (), error.text
    check(refused)
    if refused:
        assert refused.endswith(".")
    else:
        assert read_recipients(write_recipients(found)) == found
        assert valid_recipients(text) == found


@pytest.mark.parametrize("piece", ['"', '<"', '\\"', "a@b,", "<", '"\\', "( ", "a@b\n"])
def test_long_fields_are_read_at_once(piece: str) -> None:
    """Quadratic work on these would take minutes, and the limit of a test is shorter."""
    valid_recipients(piece * 40_000)


def test_what_is_no_address_is_written_as_the_text_it_is() -> None:
    assert write_recipients([Address("Ada\r\nBcc: x@y", ""), Address("", "a@b")]) == "Ada  Bcc: x@y, a@b"
    assert write_recipients([Address(" x\ty\u2028", "a@b")]) == "x y <a@b>"
