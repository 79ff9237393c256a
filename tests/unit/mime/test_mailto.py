"""A mailto address asks; what it may not ask for is left out and named."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.mime.test_headers import is_clean
from tui_mail.mime.mailto import parse_mailto
from tui_mail.model.mail import Address


def test_what_may_be_asked_for() -> None:
    found = parse_mailto(
        "mailto:a@b.c,%22D%2C%20E%22%20%3Cd@e.f%3E?cc=g@h.i&to=j@k.l&Subject=Gr%C3%BC%C3%9Fe+x&body=one%0D%0Atwo"
    )
    assert found.to == (Address("", "a@b.c"), Address("D, E", "d@e.f"), Address("", "j@k.l"))
    assert found.cc == (Address("", "g@h.i"),)
    assert found.subject == "Grüße+x"
    assert found.body == "one\ntwo"
    assert found.ignored == ()


def test_what_may_not() -> None:
    found = parse_mailto(
        "mailto:x@y?attach=/etc/passwd&attachment=b&bcc=z@y&subject=a%0d%0aBcc:z&in-reply-to=c&From=d&body=%1b[2J%00#frag"
    )
    assert found.ignored == ("attach", "attachment", "in-reply-to", "from")
    assert found.subject == "a Bcc:z"
    assert found.bcc == (Address("", "z@y"),)
    assert found.body == "␛[2J␀"
    assert parse_mailto("mailto:x%0d%0aBcc:evil@y").to == ()
    assert parse_mailto("mailto:").to == parse_mailto("").to == ()


@given(st.text(max_size=80).map("mailto:".__add__))
def test_no_address_raises_or_brings_controls(url: str) -> None:
    found = parse_mailto(url)
    assert is_clean(found.subject)
    assert all(is_clean(one.name + one.address) for one in (*found.to, *found.cc, *found.bcc))
