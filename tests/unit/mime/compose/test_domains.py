"""Domains in other scripts: the right mailbox, and no other one shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.text.test_safe import check
from tui_mail.mime.compose.domains import ascii_address, shown_address
from tui_mail.model.errors import UsageError


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ada@example.org", "ada@example.org"),
        ("Ada.L+x@Example.ORG", "Ada.L+x@Example.ORG"),
        ("ada@faß.de", "ada@xn--fa-hia.de"),  # IDNA 2003 makes fass.de of it, which is somebody else's
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@例え。テスト", "ada@xn--r8jz45g.xn--zckzah"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@ＡＢＣ.com", "ada@abc.com"),
        ("ada@[192.0.2.1]", "ada@[192.0.2.1]"),
        ("ada@[IPv6:2001:db8::1]", "ada@[IPv6:2001:db8::1]"),
        ("ada@localhost", "ada@localhost"),
        ("a..b.@example.org", '"a..b."@example.org'),
        ("ada@a_b.example", "ada@a_b.example"),
        ('"a b"@x', '"a b"@x'),
    ],
)
def test_the_ascii_form(address: str, expected: str) -> None:
    assert ascii_address(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "", "ada", "ada@", "@b", "a b@c", "a@b c", "a@b\r\nc", "a\n@b", "a@b..c", "a@.b", "a@b.", "a@-b", "a@b-.c", "<a@b>", "a@b>",
        "a@☃.net", "a@" + "x" * 64 + ".de", "a@" + "b." * 200 + "de", "a" * 310 + "@example.org", '"a\n"@b', '"a@b', "a@[1.2.3]",
        "a@[192.0.2.1] x", "a@b\0", "a@\ud800", "a@b\u2028c", "=?utf-8?q?x?=@y", "a,b@c", "a@b,c@d", "a@b/c", "a@x\u2100y", "a(b)@c",
    ],
)  # fmt: skip
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        ascii_address(address)
    check(caught.value.text)


def test_letters_before_the_at() -> None:
    with pytest.raises(UsageError, match="SMTPUTF8"):
        ascii_address("jörg@example.org")


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_is_given_what_comes_back_can_be_sent(local: str, domain: str) -> None:
    try:
        found = ascii_address(f"{local}@{domain}")
    except UsageError:
        return
    assert found.isascii()
    assert found.isprintable()
    assert "=?" not in found
    assert ascii_address(found) == found


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ada@example.org", "ada@example.org"),
        ("ada@xn--bcher-kva.example", "ada@bücher.example"),
        ("ada@bücher.example", "ada@bücher.example"),
        ("ada@xn--pple-43d.com", "ada@аpple.com (xn--pple-43d.com)"),
        ("test@Рaypal.com", "test@рaypal.com (xn--aypal-uye.com)"),
        ("ada@xn--\x1b[2J", "ada@xn--␛[2J"),
        ("ada@xn--zzzzzzzzzzzz.com", "ada@xn--zzzzzzzzzzzz.com"),
        ("no address\n", "no address "),
        ("jörg@xn--bcher-kva.example", "jörg@bücher.example"),
    ],
)
def test_the_form_that_people_read(address: str, expected: str) -> None:
    assert shown_address(address) == expected
