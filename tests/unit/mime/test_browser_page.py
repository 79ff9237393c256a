"""A page for a browser: nothing in it runs, nothing in it is fetched, whatever the message tried."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mail.mime.html_worker import HtmlWorker
from tui_mail.mime.page.browser import clean_style, remote_pictures, to_page
from tui_mail.mime.structure import parse
from tui_mail.mime.webpage import html_of, pictures_of, web_page
from tui_mail.model.errors import NotFound

DATA = Path(__file__).parents[2] / "data"
FETCHING = (
    "src",
    "srcset",
    "background",
    "poster",
    "data",
    "action",
    "formaction",
    "ping",
    "href",
    "xlink:href",
    "manifest",
    "style",
)


class Seen(HTMLParser):
    """What another parser makes of the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words += data


def harmless(page: str, *, remote: bool = False) -> Seen:
    seen = Seen(page)
    head = {"html", "head", "meta", "style", "body"}
    assert not {"script", "iframe", "object", "form", "svg", "base", "link", "input"} & set(seen.tags)
    for tag, name, value in seen.attributes:
        assert not name.startswith("on"), (tag, name)
        if tag in head:
            continue
        if name == "href":
            assert re.match(r"https?:|mailto:", value)
        elif name == "src":
            assert value.startswith(("data:image/", "cid:") + (("https:",) if remote else ()))
        elif name == "style":
            assert "url" not in value.lower().replace("none", "") or "(" not in value
        else:
            assert name not in FETCHING
    for sheet in re.findall(r"<style>(.*?)</style>", page, re.DOTALL):
        assert not re.search(r"url\s*\(|@import|\\\\|<", sheet, re.IGNORECASE)
    assert "default-src 'none'" in page
    assert ("https:" in page[: page.index("form-action")]) is remote
    return seen


ATTACKS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<img src='http://e/a.png'>", "<img src=//e/a.png>",
    "<img srcset='https://e/a.png 2x'>", "<body background=https://e/a.png onload=x>", "<table background='https://e/x'>",
    "<div style='background:url(https://e/a)'>", "<div style='background:u\\72l(https://e/a)'>",
    "<div style=\"background:url('https://e/a\">", "<style>@import 'https://e/a.css';</style>",
    "<style>@import url(https://e/a.css);p{background:url(https://e)}</style>", "<style>p{content:url(//e)}</style>",
    "<style>@font-face{src:url(https://e/f.woff)}</style>", "<style>p{background:image-set('https://e/a' 1x)}</style>",
    "<style>p{}</style><svg/onload=x></style>", "<svg><animate attributeName=href values=javascript:x />",
    "<svg><style><img src=https://e onerror=x></style>", "<math><mtext><table><mglyph><style><img src=x onerror=x>",
    "<iframe src=https://e>", "<object data=https://e>", "<embed src=https://e>", "<video poster=https://e src=https://e>",
    "<audio src=https://e autoplay>", "<link rel=stylesheet href=https://e>", "<link rel=dns-prefetch href=//e>",
    "<meta http-equiv=refresh content='0;url=https://e'>", "<base href=https://e>", "<form action=https://e><input name=a><button>x",
    "<a href='javascript:alert(1)'>x</a>", "<a href=' java\nscript:alert(1)'>x</a>", "<a href='https://e' ping='https://e'>x</a>",
    "<a href='data:text/html,<script>x</script>'>x</a>", "<img src='data:image/svg+xml;base64,AAAA'>", "<img src='data:text/html,x'>",
    "<noscript><p title='</noscript><img src=x onerror=x>'>", "<template><script>x</script></template>", "<textarea><img src=https://e></textarea>",
    "<p title='\"><script>x</script>'>x", "<p class='\"onmouseover=x '>x", "<!--><script>x</script>-->", "<![CDATA[<script>x</script>]]>",
    "<xmp><script>x</script></xmp>", "<plaintext><script>x", "<title><img src=https://e></title>", "<p style='behavior:url(x)'>",
    "<p style='width:expression(alert(1))'>", "<p style='-moz-binding:url(x)'>", "<style>p{color:red}</style", "<isindex action=https://e>",
    "<input type=image src=https://e>", "<picture><source srcset=https://e><img src=https://e></picture>", "<keygen>", "<frameset><frame src=https://e>",
]  # fmt: skip


@pytest.mark.parametrize("html", ATTACKS)
def test_nothing_runs_and_nothing_is_fetched(html: str) -> None:
    harmless(to_page(f"<p>before</p>{html}<p>after</p>", remote=False))
    harmless(to_page(f"<p>before</p>{html}<p>after</p>", remote=True), remote=True)


@given(
    st.lists(
        st.sampled_from([*ATTACKS, "<p>", "</p>", "'", '"', ">", "<", "<!--", "</style>", "&lt;script&gt;", "&#x3c;"]),
        max_size=8,
    )
)
def test_nor_of_several_together(pieces: list[str]) -> None:
    harmless(to_page("".join(pieces), remote=False))


def test_what_is_harmless_stays() -> None:
    page = to_page(
        "<style>p.x{color:red}</style><p class=x style='color:blue'>a &lt;b&gt; &amp; c</p><a href='https://example.org/?a=1&amp;b=2'>here</a>"
        "<table cellpadding=3><tr><td width=10>cell</table><unknown>inside</unknown>",
        remote=False,
    )
    seen = harmless(page)
    assert {"p", "a", "table", "tr", "td"} <= set(seen.tags)
    assert "a <b> & c" in seen.words
    assert "inside" in seen.words
    assert ("a", "href", "https://example.org/?a=1&b=2") in seen.attributes
    assert ("p", "style", "color:blue") in seen.attributes
    assert "p.x{color:red}" in page


def test_pictures_on_other_machines_stay_only_when_the_person_chose_so() -> None:
    html = "<img src=https://e.example/a.png><img src=http://e.example/b.png>"
    assert "e.example" not in to_page(html, remote=False)
    page = to_page(html, remote=True)
    assert 'src="https://e.example/a.png"' in page
    assert "http://e.example" not in page


def test_styles_that_hide_what_they_do_are_left_out() -> None:
    assert clean_style("color: red; background: url(https://e/x) no-repeat") == "color: red; background: none no-repeat"
    assert clean_style("/* x */ color: red").strip() == "color: red"
    for css in ("background:\\75rl(x)", "width: expression(1)", "p{}</style>", "a:image-set('x' 1x)"):
        assert clean_style(css) == ""


def test_pictures_to_be_seen_are_found_and_counters_are_not() -> None:
    html = (
        "<img src=https://a.example/1.png><img src=https://a.example/1.png><img src=https://t.example/p width=1 height=1>"
        "<img src=http://plain.example/x><img src=cid:a><img src='https://b.example/2.png?x=1&amp;y=2'><img>"
    )
    assert remote_pictures(html) == ["https://a.example/1.png", "https://b.example/2.png?x=1&y=2"]


MESSAGE = (
    b'Content-Type: multipart/related; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n'
    b"<p>Hello</p><img src='cid:pic@x'><img src='cid:gone@x'><img src='cid:svg@x'><img src='https://e.example/a.png'>\r\n"
    b"--b\r\nContent-Type: image/png\r\nContent-ID: <pic@x>\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD\r\n"
    b"--b\r\nContent-Type: image/svg+xml\r\nContent-ID: <svg@x>\r\n\r\n<svg onload=x>\r\n--b--\r\n"
)


def test_pictures_that_came_along_are_in_the_page() -> None:
    with HtmlWorker() as worker:
        page = web_page(MESSAGE, worker, remote=False).decode()
        assert pictures_of(MESSAGE, worker) == ["https://e.example/a.png"]
    assert 'src="data:image/png;base64,QUJD"' in page
    assert "cid:" not in page
    assert "e.example" not in page
    harmless(page)


def test_a_message_without_html_has_no_page() -> None:
    with HtmlWorker() as worker, pytest.raises(NotFound):
        web_page(b"Subject: x\r\n\r\nwords", worker, remote=False)


def test_every_page_of_the_corpus_is_harmless() -> None:
    pages = 0
    with HtmlWorker(seconds=20) as worker:
        for path in sorted(DATA.glob("html-*.eml")):
            raw = path.read_bytes()
            if any(part.type == "text/html" for part in parse(raw).parts):
                try:
                    html_of(raw)
                except NotFound:
                    continue
                harmless(web_page(raw, worker, remote=False).decode())
                pages += 1
    assert pages > 40
