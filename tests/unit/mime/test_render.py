"""Rendering a message: what the reader shows of it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.mime.messages import HEAD, attached, broken, multipart, text
from tests.unit.text.test_safe import check
from tui_mail.mime.authres import choose, read, verdict
from tui_mail.mime.flowed import join_flowed
from tui_mail.mime.headers import fields
from tui_mail.mime.html import Begun, DirectConverter, HtmlText
from tui_mail.mime.links import host, misleads, plain_links, safe_url
from tui_mail.mime.render import render
from tui_mail.mime.rendered import Rendered, from_bytes
from tui_mail.mime.searchtext import search_text, snippet
from tui_mail.mime.trust import sender_warnings, shown_address
from tui_mail.model.mail import Address


def shown(raw: bytes, prefer: str = "auto") -> Rendered:
    return render(raw, prefer=prefer, html=DirectConverter())


def kinds(rendered: Rendered) -> list[str]:
    return [warning.kind for warning in rendered.warnings]


@given(broken, st.sampled_from(["auto", "plain", "html"]))
def test_no_message_raises_and_everything_shown_is_safe(raw: bytes, prefer: str) -> None:
    rendered = shown(raw, prefer)
    check(rendered.text, frozenset("\n"))
    for words in (
        *(part.name for part in rendered.parts),
        *(warning.text for warning in rendered.warnings),
        *(link.text + link.host + link.url for link in rendered.links),
    ):
        check(words)
    assert [link.number for link in rendered.links] == list(range(1, len(rendered.links) + 1))
    assert from_bytes(rendered.to_bytes()) == rendered
    found = search_text(raw)
    assert "\0" not in found.body
    assert "\n" not in found.snippet


def test_plain_and_html() -> None:
    words = "Some words that say enough. " * 10
    raw = HEAD + multipart("alternative", text(words), text("<p>rich <a href='https://x.y'>a</a></p>", "html"))
    plain, rich = shown(raw), shown(raw, "html")
    assert (plain.kind, rich.kind) == ("plain", "html")
    assert plain.text == words
    assert rich.text == "rich a [1]"
    assert plain.has_plain
    assert plain.has_html


def test_links_of_plain_text_are_listed_and_the_text_stays() -> None:
    words = "See https://x.example/a_(b), www.y.example. and <mailto:a@b.example>! https://x.example/a_(b)"
    rendered = shown(HEAD + text(words))
    assert rendered.text == words
    assert [(link.number, link.url, link.host) for link in rendered.links] == [
        (1, "https://x.example/a_(b)", "x.example"),
        (2, "http://www.y.example", "www.y.example"),
        (3, "mailto:a@b.example", ""),
    ]


def test_parts_are_numbered_on_through_the_message() -> None:
    link = "<a href='https://{0}.example'>{0}</a>"
    raw = HEAD + multipart(
        "mixed", text("https://a.example"), text(link.format("b"), "html"), text(link.format("c"), "html")
    )
    rendered = shown(raw)
    assert rendered.text == "https://a.example\n\nb [2]\n\nc [3]"
    assert [link.host for link in rendered.links] == ["a.example", "b.example", "c.example"]


def test_each_part_is_rendered_alone() -> None:
    """EFAIL: what one part opens, no other part closes."""
    raw = HEAD + multipart("mixed", text('<img src="https://evil.example/', "html"), text("secret"), text('">', "html"))
    rendered = shown(raw)
    assert "secret" in rendered.text
    assert not any("secret" in link.url for link in rendered.links)


def test_a_lying_converter_gets_nothing_past_the_filter() -> None:
    class Liar:
        def convert(self, html: str, first_link: int = 1, begun: Begun | None = None) -> HtmlText:
            return HtmlText(
                "a\x1b[2J\u202e", links=((1, "javascript:x", "x"), (2, "https://ok.example", "o\x1bk")), hidden=3
            )

    rendered = render(HEAD + text("<p>", "html"), html=Liar())
    assert rendered.text == "a␛[2J⟨U+202E⟩"
    assert [(link.url, link.text) for link in rendered.links] == [("https://ok.example", "o␛k")]
    assert rendered.hidden == 3


def test_messages_inside_show_whose_they_are() -> None:
    inner = b"Content-Type: message/rfc822\r\n\r\nFrom: alan@x.org\r\nSubject: =?utf-8?q?Inn=C3=A9r?=\r\n\r\ninside"
    raw = HEAD + multipart("mixed", text("outside"), inner, attached("a.pdf"))
    rendered = shown(raw)
    assert rendered.text.split("\n") == [
        "outside", "", "── A message inside this one ──", "From: alan@x.org", "Subject: Innér", "", "inside",
    ]  # fmt: skip
    assert [(part.id, part.name) for part in rendered.parts if part.is_attachment] == [
        ("2", "Innér.eml"),
        ("3", "a.pdf"),
    ]


def test_warnings_about_structure_and_content() -> None:
    signed = HEAD + multipart("signed", text("x"), b"Content-Type: application/pgp-signature\r\n\r\n")
    assert kinds(shown(signed)) == ["signed"]
    encrypted = HEAD + multipart("encrypted", b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1")
    assert kinds(shown(encrypted)) == ["encrypted"]
    assert kinds(shown(HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\nx")) == ["ambiguous"]
    links = "<a href='javascript:x'>a</a><a href='https://evil.example'>https://bank.example</a>"
    assert kinds(shown(HEAD + text(links, "html"))) == ["link-mismatch", "link-refused"]


def test_a_failed_conversion_says_so() -> None:
    class Slow:
        def convert(self, html: str, first_link: int = 1, begun: Begun | None = None) -> HtmlText:
            return HtmlText("words", failed="time", cut=True)

    assert kinds(render(HEAD + text("<p>", "html"), html=Slow())) == ["html-simple", "cut"]


def test_the_cache_refuses_other_versions_and_damage() -> None:
    data = shown(HEAD + text("x")).to_bytes()
    assert from_bytes(data[:-1]) is None
    assert from_bytes(b"[99]") is None
    assert from_bytes(b"[1]") is None
    assert from_bytes(b"{}") is None
    assert from_bytes(b"\xff") is None
    spoiled = from_bytes(data.replace(b'"x"', b'"\\u001b[2J"', 1))
    assert spoiled is not None
    assert "\x1b" not in spoiled.text


def test_what_the_user_interface_imports_is_light() -> None:
    code = "import sys, tui_mail.mime.rendered, tui_mail.mime.render, tui_mail.mime.html_worker; print('\\n'.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {
        "selectolax",
        "icalendar",
        "dkim",
        "tui_mail.mime.page.walk",
        "email",
        "html.parser",
        "urllib.request",
        "subprocess",
        "asyncio",
        "tui_mail.mime.mbox",
    }
    assert not heavy.intersection(loaded)


@pytest.mark.parametrize(
    ("flowed", "joined"),
    [
        ("one \ntwo\n", "one two\n"),
        ("> a \n> b\n>> c \n> d", "> a b\n>> c\n> d"),
        ("text \n-- \nname", "text\n-- \nname"),
        ("  indented \nend", " indented end"),
        (" >no quote\n From here", ">no quote\nFrom here"),
        ("a\r\n\r\nb \r\nc", "a\n\nb c"),
        ("", ""),
    ],
)
def test_flowed(flowed: str, joined: str) -> None:
    assert join_flowed(flowed) == joined


def test_flowed_without_the_space_of_the_break() -> None:
    assert join_flowed("日本 \n語", delsp=True) == "日本語"


@given(st.text("ab >-\n ", max_size=60))
def test_flowed_loses_no_word(flowed: str) -> None:
    wanted = "".join(char for char in flowed if char in "ab-")
    assert "".join(char for char in join_flowed(flowed) if char in "ab-") == wanted


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://x.org/a?b=c#d", "https://x.org/a?b=c#d"),
        (" HTTPS://X.org/A b ", "https://x.org/A%20b"),
        ("ht\ntps://x.org", "https://x.org"),
        ("https:///x.org/", "https://x.org/"),
        ("https://bücher.example:8080/ü", "https://xn--bcher-kva.example:8080/%C3%BC"),
        ("https://x.org/;;\u202e<>", "https://x.org/;;%3C%3E"),
        ("https://[::1]/x", "https://[::1]/x"),
        ("mailto:a@b.c?subject=x y", "mailto:a@b.c?subject=x%20y"),
        ("mailto:?subject=x&body=a%0D%0Ab%09c", "mailto:?subject=x&body=a%0D%0Ab%09c"),
        ("mailto:a@b.c?subject=x%0D%0ABcc:y&body=z", ""),
        ("mailto:a@b.c?body=x%00", ""),
        ("https://x.org/?body=a%0D%0Ab", ""),
        ("https://x.org\u3002evil.example/", "https://x.org.evil.example/"),
        *(
            (url, "")
            for url in (
                "javascript:x", "java\tscript:x", "file:///etc/passwd", "data:text/html,x", "vbscript:x", "ssh://-oProxyCommand=x", "ftp://x.org",
                "https://bank@evil.example/", "https://bank.example\\@evil.example/", "https:\\\\evil.example", "https://x.org/%0d%0ax",
                "https://x.org/%00", "https://", "https:x.org", "//x.org", "/x", "#x", "", "https://ex%61mple.org/", "https://a b/",
                "https://x.org/" + "a" * 9000, "http://?x", "https://x.org/\x1b]8;;",
            )
        ),
    ],
)  # fmt: skip
def test_safe_urls(url: str, safe: str) -> None:
    assert safe_url(url) == safe


@given(
    st.one_of(
        st.text(max_size=60),
        st.text(max_size=40).map("https://".__add__),
        st.text(max_size=40).map("https://x.org/".__add__),
    )
)
def test_any_url_is_refused_or_printable(url: str) -> None:
    safe = safe_url(url)
    assert safe.isascii()
    assert not set(safe) & set(' \t\r\n\x1b<>"`{}|^\\')
    assert safe_url(safe) == safe
    assert host(safe) == "" if safe.startswith("mailto:") or not safe else host(safe)


@given(st.text("https://x.y()[].,; \nwww", max_size=80))
def test_plain_links_stand_where_they_say(words: str) -> None:
    last = 0
    for start, end, url in plain_links(words):
        assert last <= start < end <= len(words)
        assert safe_url(url) == url
        last = end


@pytest.mark.parametrize(
    ("words", "links"),
    [
        ("请访问 https://x.example/a，谢谢。", ["https://x.example/a"]),
        ("（https://x.example/a）をご覧ください。", ["https://x.example/a"]),
        ("「https://x.example/」と www.y.example。", ["https://x.example/", "http://www.y.example"]),
        ("https://x.example/パス/a", ["https://x.example/%E3%83%91%E3%82%B9/a"]),
        ("“https://x.example/a”", ["https://x.example/a"]),
    ],
)
def test_where_a_sentence_goes_on_without_a_space(words: str, links: list[str]) -> None:
    assert [url for _start, _end, url in plain_links(words)] == links


@pytest.mark.parametrize(
    ("words", "url", "verdict"),
    [
        ("https://bank.example/", "https://evil.example/", True),
        ("bank.example", "https://evil.example/", True),
        ("www.bank.example/login", "https://www.evil.example", True),
        ("https://bank.example@evil.example", "https://other.example", True),
        ("https://bank.example/", "https://login.bank.example/x", False),
        ("www.bank.co.uk", "https://x.bank.co.uk", False),
        ("bank.co.uk", "https://evil.co.uk", True),
        ("report.pdf", "https://files.example/1", False),
        ("Click here", "https://evil.example", False),
        ("Version 2.5 is out", "https://x.example", False),
        ("mail bank.example now", "https://evil.example", False),
        ("https://bank.example", "mailto:a@b.c", False),
    ],
)
def test_misleading_links(words: str, url: str, verdict: bool) -> None:
    assert misleads(words, url) is verdict


def warned(*lines: str) -> list[str]:
    return [warning.kind for warning in sender_warnings(fields("\r\n".join(lines).encode()))]


def test_doubts_about_senders() -> None:
    assert warned("From: Grace <grace@example.org>") == []
    assert warned("Subject: x") == ["no-sender"]
    assert warned("From:") == ["no-sender"]
    assert warned("From: <a@b.c> <d@e.f>") == ["unclear-sender"]
    assert warned("From: a@b.c", "From: d@e.f") == ["several-senders"]
    assert warned("From: a@b.c, d@e.f") == ["several-senders"]
    assert warned('From: "ceo@bank.example" <x@evil.example>') == ["name-address"]
    assert warned('From: "x@evil.example" <x@evil.example>') == []
    assert warned("From: x@xn--pple-43d.com") == ["look-alike"]
    assert warned("From: a@b.c", "Reply-To: d@e.f") == ["reply-elsewhere"]
    assert warned("From: a@b.c", "Reply-To: d@b.c") == []
    assert warned("From: =?utf-8?q?a?=@evil.example") == ["unclear-sender"]


def test_addresses_are_shown_as_they_are() -> None:
    assert shown_address(Address("", "x@\u0420aypal.com")) == "x@xn--aypal-uye.com"
    assert shown_address(Address("", "x@bücher.example")) == "x@bücher.example"
    assert shown_address(Address("", "a\x1b@b")) == "a␛@b"


AUTH = (
    b'Authentication-Results: mx.own.example; dkim=fail (bad; dkim=pass) header.d="x; dkim=pass"; dkim=pass; spf=softfail;\r\n'
    b" dmarc=none\r\n"
    b"Authentication-Results: mx.own.example; dkim=none\r\n"
    b"Authentication-Results: mx.other.example 1; spf=pass; dmarc=lies\r\n"
    b"authentication-results: \r\n"
)


def test_only_the_topmost_verdict_of_the_own_server_counts() -> None:
    header = fields(AUTH)
    assert verdict(header, "MX.own.example") == {
        "spf": "softfail",
        "dkim": "pass",
        "dmarc": "none",
        "by": "mx.own.example",
    }
    assert verdict(header, "mx.other.example")["spf"] == "pass"
    assert verdict(header, "mx.other.example")["dmarc"] == ""
    nothing = {"spf": "", "dkim": "", "dmarc": "", "by": ""}
    assert verdict(header, "") == verdict(header, "mx.third.example") == nothing
    assert len(read(header)) == 3
    assert choose(read(header), "mx.own.example") == read(header)[0]


@given(st.binary(max_size=80))
def test_no_verdict_raises(value: bytes) -> None:
    verdict([("Authentication-Results", value)], "x")


def test_search_text() -> None:
    words = "The plain words are enough here. " * 10
    raw = HEAD + multipart(
        "mixed",
        multipart("alternative", text(words), text("<p>rich</p>", "html"), boundary="a"),
        attached("Grüße.pdf"),
        b"Content-Type: message/rfc822\r\n\r\nFrom: a@b.c\r\n\r\ninner words",
    )
    found = search_text(raw)
    assert "plain words" in found.body
    assert "inner words" in found.body
    assert "rich" not in found.body
    assert found.files[0] == "Grüße.pdf"
    assert found.attachments == 2


def test_snippets() -> None:
    assert snippet("On Monday Grace wrote:\n> old\n\nYes,   gladly.\n-- \nGrace") == "Yes, gladly."
    assert snippet("> only\n> quotes") == "only quotes"
    assert snippet("=======\nRead https://x.example/very/long now\n") == "Read now"
    assert snippet("\u200b\u034f \u00a0x\x1b[2J") == "x\ufffd[2J"
    assert snippet("") == ""
    assert len(snippet("word " * 500)) == 200
    hidden = "<div style='display:none'>Preheader junk</div><p>Dear Grace,</p>"
    assert search_text(HEAD + text(hidden, "html")).snippet == "Dear Grace,"
