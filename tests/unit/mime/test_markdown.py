"""HTML as text to go on writing with: links keep where they lead, and nothing is run into the ground."""

from __future__ import annotations

import pytest

from tui_mail.mime.compose.replies import Original, edit_as_new, forward
from tui_mail.mime.html_worker import HtmlWorker
from tui_mail.mime.markdown import to_markdown
from tui_mail.model.draft import Identity
from tui_mail.model.ids import AccountName

ME = Identity(AccountName("work"), "Ada", "ada@example.org")
RAW = b"""From: news@example.org
Subject: Letter
Content-Type: text/html; charset=utf-8

<style>p {color: red}</style><script>alert(1)</script><h1>News</h1><p>Read <a href="https://example.org/a?b=1">this
page</a> soon.</p><ul><li>one</li><li>two</li></ul><blockquote>said</blockquote><img src="https://t.example/x.gif">
"""


def test_links_keep_where_they_lead() -> None:
    text = to_markdown(RAW.partition(b"\n\n")[2].decode())
    assert "[this page](https://example.org/a?b=1)" in text.replace("this\npage", "this page")
    assert "- one" in text
    assert "> said" in text
    assert "alert" not in text
    assert "color" not in text
    assert "t.example" not in text


@pytest.mark.parametrize("inline", [True, False])
def test_a_forwarded_page_keeps_its_links(inline: bool) -> None:
    kept: list[bytes] = []

    def keep(octets: bytes) -> str:
        kept.append(octets)
        return str(len(kept))

    original = Original(RAW, AccountName("work"), "News\nRead this page [1] soon.")
    with HtmlWorker() as worker:
        draft = forward(original, [ME], keep, worker.markdown, inline=inline)
    assert ("https://example.org/a?b=1" in draft.body) is inline
    assert "[1]" not in draft.body


def test_a_page_edited_as_new_keeps_its_links() -> None:
    with HtmlWorker() as worker:
        draft = edit_as_new(RAW, [ME], lambda _octets: "x", worker.markdown)
    assert "(https://example.org/a?b=1)" in draft.body


def test_what_takes_too_long_gives_its_words() -> None:
    with HtmlWorker(seconds=0.0001) as worker:
        assert "words" in worker.markdown("<b>words</b>" * 2000)


@pytest.mark.parametrize("html", ["", "\x00", "<", "<p>" * 5000, "<![CDATA[", "&#xffffff;", "<a href='x' <b>"])
def test_no_page_makes_it_raise(html: str) -> None:
    with HtmlWorker() as worker:
        assert isinstance(worker.markdown(html), str)
