"""Where links lead, and which are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mail.ui.reader import hosts


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Example.ORG/x", "example.org"),
        ("https://bank.example@evil.example/login", "evil.example"),
        ("https://example.org:8443/", "example.org"),
        ("mailto:a@Example.org?subject=x", "example.org"),
        ("http://[::1", ""),
        ("not a url", ""),
    ],
)
def test_the_real_host(url: str, host: str) -> None:
    assert hosts.host_of(url) == host


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://example.org/a?b=c#d", ""),
        ("mailto:a@example.org?subject=x%20y", ""),
        ("mailto:?subject=x&body=a%0D%0Ab", ""),
        ("mailto:a@example.org?subject=x%0D%0ABcc:y", "form"),
        ("javascript:alert(1)", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("data:text/html,x", "scheme"),
        ("ssh://-oProxyCommand=x", "scheme"),
        ("-rf", "form"),
        ("https://example.org/\x1b[2J", "form"),
        ("https://example.org/\nx", "form"),
        ("https://example.org/%0d%0aX", "form"),
        ("https://example.org/%00", "form"),
        ("https://example.org/a b", "form"),
        ("https://example.org/`id`", "form"),
        ("https://bank.example@evil.example/", "host"),
        ("https:///path", "host"),
        ("https://example.org:99999999/", "form"),
        ("https://example.org/" + "a" * 10_000, "form"),
        ("https://example.org/\u2028", "form"),
    ],
)
def test_what_may_be_opened(url: str, why: str) -> None:
    assert hosts.refusal(url) == why


def test_a_host_of_other_letters_shows_its_punycode() -> None:
    assert hosts.shown_host("\u0440aypal.com") == "\u0440aypal.com (xn--aypal-uye.com)"
    assert hosts.shown_host("xn--aypal-uye.com") == "\u0440aypal.com (xn--aypal-uye.com)"
    assert hosts.shown_host("example.org") == "example.org"


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://Bank.example/login", "bank.example"),
        ("bank.example", "bank.example"),
        ("https://bank.example@evil.example/", "evil.example"),
        ("click here", ""),
        ("Version 2.0", ""),
    ],
)
def test_the_host_that_words_name(text: str, host: str) -> None:
    assert hosts.claimed_host(text) == host


@given(st.text(max_size=80))
def test_nothing_makes_the_judges_fall_over(text: str) -> None:
    for url in (text, f"https://{text}/", f"mailto:{text}"):
        hosts.refusal(url)
        host = hosts.host_of(url)
        hosts.shown_host(host)
        hosts.claimed_host(text)
