"""HTML to text: what is seen is shown, links are numbered, and nothing takes for ever."""

from __future__ import annotations

import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.text.test_safe import check
from tui_mail.mime.hiding import Hides, judge
from tui_mail.mime.html import DirectConverter, to_text
from tui_mail.mime.html_worker import HtmlWorker
from tui_mail.mime.strip import strip_html
from tui_mail.text.safe import block


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<div>one<div>two</div>three</div>", "one\ntwo\nthree"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<h2>Title</h2>text", "Title\n\ntext"),
        ("<ul><li>a<ul><li>b</li></ul></li></ul>", "• a\n  • b"),
        ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
        ("<blockquote>q<blockquote>d</blockquote></blockquote>x", "> q\n>\n>> d\n\nx"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a  b\nc"),
        ("x <b>bold</b> <i>it</i>  y\n z", "x bold it y z"),
        ("- x 1. y *z* _w_ \\ # ` [1]", "- x 1. y *z* _w_ \\ # ` [1]"),
        ("&lt;b&gt; &amp;amp; &eacute;&nbsp;&#8364;", "<b> &amp; é €"),
        ("<script>alert('<p>')</script><style>p{}</style>x<title>t</title>", "x"),
        ("<img alt='A picture'><img>", "[A picture]"),
        ("<a href='https://x.y/'>words</a>.", "words [1]."),
        ("<a href='https://x.y/'><div>words</div></a>next", "words [1]\nnext"),
        ("<a href='https://x.y/'></a><a name=x>y</a>", "y"),
        ("<a href='https://x.y'>a</a> <a href='https://z.y'>b</a> <a href='https://x.y'>c</a>", "a [1] b [2] c [1]"),
        ("", ""),
    ],
)
def test_layout(html: str, shown: str) -> None:
    assert to_text(html).text == shown


def test_preformatted_text_keeps_its_spaces() -> None:
    assert to_text("<pre>a\n  b</pre>").text == "a\n  b"


def test_links_are_numbered_from_where_the_last_part_ended() -> None:
    found = to_text("<a href='https://a.example'>a</a> <a href='https://b.example'>b.evil.com</a>", 5)
    assert found.text == "a [5] b.evil.com [6 → b.example]"
    assert [(number, url) for number, url, _words in found.links] == [
        (5, "https://a.example"),
        (6, "https://b.example"),
    ]
    assert found.misleading == (6,)


HIDDEN = [
    "display:none", "DISPLAY : NONE !important", "visibility:hidden", "opacity:0", "opacity: 0.0;", "max-height:0px;overflow:hidden",
    "font-size:0", "font-size:1px;color:#fff", "font:0/0 a", "color:#ffffff;background-color:white", "text-indent:-9999px",
]  # fmt: skip


@pytest.mark.parametrize("style", HIDDEN)
def test_hidden_text_is_left_out_and_counted(style: str) -> None:
    html = f'<p>seen</p><div style="{style}">hid den</div><p>too</p>'
    found = to_text(html)
    assert "hid" not in found.text
    assert found.hidden == 6
    words, dropped = strip_html(html)
    assert words.split() == ["seen", "too"]
    assert dropped == 7


@pytest.mark.parametrize(
    "style", ["display:block", "opacity:0.5", "opacity:1", "max-height:0.5em", "font-size:10px", "color:#fff;background:#000",
              "line-height:0", "mso-hide:all", "color:#fff", "font-size:1em", "background-color:#fff", "font-size:inherit"],
)  # fmt: skip
def test_what_is_seen_is_kept(style: str) -> None:
    html = f'<div style="{style}">kept</div>'
    assert to_text(html).text == "kept"
    assert strip_html(html)[0] == "kept"


def test_text_without_size_comes_back_inside() -> None:
    html = '<div style="font-size:0">a<p style="font-size:14px">b</p></div><div hidden>c<p style="font-size:9px">d</p></div>'
    assert to_text(html).text == "b"
    assert strip_html(html)[0] == "b"


@given(st.text("font-size:0px display:none;color#f!/ ", max_size=60))
def test_no_style_raises(style: str) -> None:
    assert judge(style) in Hides


def test_remote_images_are_counted_and_none_is_named() -> None:
    found = to_text(
        '<img src="http://t.example/a.gif"><img src="//t.example/b"><img src="cid:x"><td background="https://t.example/c">'
    )
    assert found.remote_images == 2
    assert "example" not in found.text


TAGS = st.sampled_from(
    ["<p>", "</p>", "<div>", "</div>", "<a href='https://x.y/z'>", "<a href=javascript:x>", "</a>", "<ul>", "<li>", "<table>", "<tr>",
     "<td>", "<blockquote>", "</blockquote>", "<pre>", "<b style='font-size:0'>", "</b>", "<!--", "-->", "<![", '<x y="', "&#27;[2J", "&#x202e;",
     "<script>", "</script>", "<style>", "text", " ", "\n", "&lt;", "&#0;", "<svg>", "<img src=//x alt='y'>", "<br>", "<h1>", "</", "<?", "\x00"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(TAGS, max_size=30).map("".join)))
def test_any_html_becomes_text_that_can_be_made_safe(html: str) -> None:
    found = to_text(html)
    check(block(found.text), frozenset("\n"))
    assert all(url.isascii() and url.isprintable() and " " not in url for _number, url, _words in found.links)
    assert [number for number, _url, _words in found.links] == list(range(1, len(found.links) + 1))
    strip_html(html)


@pytest.mark.parametrize(
    "html",
    ["<a " * 100_000, '<a x="' * 60_000, "<!--" * 100_000, "</" * 200_000, "<?" * 200_000, "<![" * 100_000, "<ul><li>" * 50_000,
     "<p style='" * 50_000, "<p =" * 100_000, "<script>" * 50_000, "&" * 400_000, "<p> " * 100_000, "<p></b>" * 60_000, "<a = " * 80_000],
)  # fmt: skip
def test_the_simple_way_is_linear(html: str) -> None:
    start = time.process_time()
    strip_html(html)
    assert time.process_time() - start < 5


def test_depth_and_nesting_are_bounded() -> None:
    found = to_text("<ul><li>" * 5000 + "deep")
    assert "deep" in found.text
    assert len(found.text) < 100_000
    assert to_text("<div>" * 5000 + "deep").text == "deep"
    assert to_text("<blockquote>" * 500 + "deep").text.endswith("deep")


STUBBORN = """
import sys
from tui_mail.mime import html, html_worker
convert = html.to_text
def hanging(text, first, begun):
    while "hang" in text:
        sys.stdin.read()
    return convert(text, first, begun)
html.to_text = hanging
html_worker.main()
"""


class TestWorker:
    def test_converts_as_the_direct_way_does(self) -> None:
        html = "<p>Grüße <a href='https://x.y'>link</a></p>"
        with HtmlWorker(seconds=30) as worker:
            assert worker.convert(html) == DirectConverter().convert(html)
            assert worker.convert(html, 7).text == "Grüße link [7]"
            assert worker.convert("\udc80<p>x").text.endswith("x")
        assert worker._process is None

    def test_what_takes_too_long_is_ended_and_the_next_one_works(self) -> None:
        worker = HtmlWorker(seconds=0.5, command=[sys.executable, "-c", STUBBORN])
        try:
            slow = worker.convert("<p>one <b>hang</b></p>")
            assert (slow.text, slow.failed) == ("one hang", "time")
            assert worker._process is None
            worker._seconds = 30.0
            assert worker.convert("<p>three</p>").failed == ""
        finally:
            worker.close()

    def test_a_process_that_dies_or_talks_nonsense_is_survived(self) -> None:
        for code in (
            "import sys; sys.exit(3)",
            "import sys; sys.stdout.write('nonsense, quite long'); sys.stdout.flush(); sys.stdin.read()",
            "import sys; sys.stdout.buffer.write(b'\\0\\0\\0\\5ready\\0\\0\\0\\2[]'); sys.stdout.flush(); sys.stdin.read()",
            "import sys; sys.stdout.buffer.write(b'\\0\\0\\0\\5ready\\0\\0\\0\\2{}'); sys.stdout.flush(); sys.stdin.read()",
            "import sys; sys.stdout.buffer.write(b'\\0\\0\\0\\5ready\\0\\0\\0\\1!'); sys.stdout.flush(); sys.stdin.read()",
        ):
            worker = HtmlWorker(seconds=60, command=[sys.executable, "-c", code])
            try:
                found = worker.convert("<p>words</p>")
            finally:
                worker.close()
            assert found.text == "words"
            assert found.failed in {"error", "size"}

    def test_a_program_that_is_missing_is_survived(self) -> None:
        assert HtmlWorker(command=["/nonexistent"]).convert("<p>words</p>").text == "words"

    def test_very_long_html_is_cut(self) -> None:
        found = HtmlWorker(command=["/nonexistent"]).convert("x" * 1_500_000)
        assert found.cut
        assert len(found.text) == 1_000_000
