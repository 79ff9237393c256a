"""The beginning of a long page, shown while the rest is read: nothing that comes later changes a line of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode

from tests.unit.mime.messages import HEAD, multipart, text
from tui_mail.mime import html as pages
from tui_mail.mime.html import DirectConverter, HtmlText, to_text
from tui_mail.mime.html_worker import HtmlWorker
from tui_mail.mime.page import walk
from tui_mail.mime.page.beginning import settled
from tui_mail.mime.page.flow import Row
from tui_mail.mime.page.sheet import Sheet
from tui_mail.mime.page.walk import Walk
from tui_mail.mime.render import render
from tui_mail.mime.rendered import Rendered

DATA = Path(__file__).parents[2] / "data"


class Watched(Walk):
    """Notes, after every node, what is said to begin the page."""

    def __init__(self) -> None:
        super().__init__(1, Sheet(""), lambda _rows: None)
        self.said: list[list[Row]] = []

    def _look_for_beginning(self) -> None:
        """Told to nobody, so that there is more to note."""

    def _note(self) -> None:
        if not self.links.is_open and self._begun is not None:
            self.said.append(list(settled(self._nest)))

    def _enter(self, node: LexborNode, outer: walk._Frame) -> None:
        super()._enter(node, outer)
        self._note()

    def _text(self, text: str, frame: walk._Frame) -> None:
        super()._text(text, frame)
        self._note()


def said(html: str) -> tuple[list[list[Row]], list[Row]]:
    """What was said of a page while it was read, and what it came to."""
    root = LexborHTMLParser(html).root
    if root is None:
        return [], []
    watched = Watched()
    whole = watched.run(root)
    return watched.said, whole


WORDS = st.sampled_from(
    [
        "one",
        "some words that are a good deal longer than sixty letters, so that they fill a line",
        "7.50",
        " ",
        "\n",
        "\u200b",
    ]
)
TAGS = st.sampled_from(
    ["<table>", "</table>", "<tr>", "<td>", "</td>", "<th>", "</tr>", "<table border=1>", "<td colspan=2>", "<td rowspan=2>", "<p>", "</p>",
     "<div>", "</div>", "<br>", "<h2>", "</h2>", "<ul>", "<li>", "</ul>", "<blockquote>", "</blockquote>", "<hr>", "<pre>", "</pre>",
     "<a href='https://x.y/z'>", "</a>", "<a href='https://x.y/z'>\u200b</a>", "<a href='https://x.y/b'><h2>b</h2></a>", "<div style='display:none'>",
     "<span style='font-size:0'>", "</span>", "<img src=//x alt='y'>", "<dd>", "<q>", "</q>", "<div class=gmail_signature>", "&nbsp;",
     "<table role=presentation>", "<p class=MsoNormal>", "<div style='border-top:1px'>"]
)  # fmt: skip


@given(st.lists(st.one_of(TAGS, WORDS), max_size=60).map("".join))
@example("<table><tr><td>" + "<p>word</p>" * 6 + "<a href='https://x.y'>\u200b</a></td></tr></table>end")
@example("<table><tr><td>" + "<p>word</p>" * 6 + "</td><td>beside<tr><td>short</td></tr></table>end")
@example("<p>a</p><p>b</p><table><tr><td></td></tr></table><a href='https://x.y'>\u200b</a>end")
@example("<table><tr><td>a<td>b<tr><td>c<td>" + "<p>word</p>" * 6 + "<tr><td>d<td>e</table>")
@example("<table><tr><td><p>w</p><td><table><tr><td>n<td>m</table><br><br></table>")
@example("<table><tr><td>" * 3 + "<p>word</p>" * 8 + "</table><p>more" * 3)
@example("<table><tr><td>" * 110 + "<p>word</p>" * 8 + "<td>" + "<p>word</p>" * 8)
def test_no_line_of_a_beginning_is_changed_by_what_comes_later(html: str) -> None:
    begins, whole = said(html)
    for rows in begins:
        assert rows == whole[: len(rows)]


@pytest.mark.parametrize("path", sorted(DATA.glob("*.eml")), ids=lambda path: path.stem)
def test_nor_in_any_awkward_message(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_SLOW", 0)
    monkeypatch.setattr(walk, "_ENOUGH", 22)
    monkeypatch.setattr(walk, "_FIRST_LOOK", 10)
    begun: list[Rendered] = []
    whole = render(path.read_bytes(), prefer="html", html=DirectConverter(), begun=begun.append)
    assert whole == render(path.read_bytes(), prefer="html", html=DirectConverter())
    assert not whole.begins
    assert len(begun) <= 1
    for one in begun:
        begins(one, whole)


def begins(one: Rendered, whole: Rendered) -> None:
    assert one.begins
    assert whole.text.startswith(f"{one.text}\n")
    assert one.links == whole.links[: len(one.links)]
    assert {mark for mark in one.marks if mark.kind == "link"} <= set(whole.marks)
    kinds = {"link", "heading", "item", "rule"}
    inside = [mark for mark in whole.marks if mark.end <= len(one.text)]
    assert [mark for mark in one.marks if mark.kind in kinds] == [mark for mark in inside if mark.kind in kinds]
    assert {mark.kind for mark in inside} <= kinds | {"pre", "table"}, "no quote, signature or patch"
    assert (one.parts, one.seals, one.invitations, one.mailing_list) == (
        whole.parts, whole.seals, whole.invitations, whole.mailing_list,
    )  # fmt: skip
    assert (one.remote_images, one.hidden, one.pixels) == (0, 0, 0), "of the whole nothing is known yet"


SECTION = (
    "<table width='100%'><tr><td><h2>Section {n}</h2><p>Words of section {n}</p>"
    "<p><a href='https://news.example.org/{n}'>Read on</a> <img src='https://news.example.org/{n}.png'></p></td></tr></table>"
)
SECTIONS = "\n".join(SECTION.format(n=number) for number in range(700))


def nested(inner: str) -> str:
    """As newsletters are: a table to centre things, and one for the column."""
    return f"<table><tr><td align=center><table><tr><td>{inner}</td></tr></table></td></tr></table>"


@pytest.mark.parametrize("html", [SECTIONS, nested(SECTIONS), nested(nested(SECTIONS))], ids=["flat", "nested", "deep"])
def test_a_long_newsletter_has_one(html: str) -> None:
    begun: list[Rendered] = []
    raw = HEAD + text(html, "html")
    whole = render(raw, html=DirectConverter(), begun=begun.append)
    (one,) = begun
    begins(one, whole)
    assert 100 < one.text.count("\n") < 1000
    assert [warning.kind for warning in one.warnings] == ["begins"]
    assert (whole.remote_images, len(whole.links)) == (700, 700)


@pytest.mark.parametrize(
    "html",
    [
        f"<blockquote>{SECTIONS}</blockquote>",
        f"<ul><li>{SECTIONS}</ul>",
        f"{SECTIONS}<table><caption>late</caption></table>",
        "<table border=1>" + "<tr><td>a<td>b" * 5000 + "</table>",
        "<div>" + "words " * 30_000,
        SECTION * 10,
    ],
    ids=["quoted", "listed", "captioned", "data", "one line", "short"],
)
def test_where_it_cannot_be_said_the_whole_is_waited_for(html: str) -> None:
    begun: list[HtmlText] = []
    to_text(html, 1, begun.append)
    assert begun == []


@pytest.mark.parametrize(
    "first",
    ["From: Ada<br>Sent: today<br>To: Grace<br>Subject: x<br>", "<p>--- a/x<br>+++ b/x<br>@@ -1,1 +1,1 @@<br>-a<br>+b</p>", "<p>&gt; quoted</p>",
     "words<br>-- <br>Ada"],
    ids=["head", "patch", "quote", "signature"],
)  # fmt: skip
def test_text_whose_meaning_hangs_on_the_rest_has_none(first: str) -> None:
    begun: list[Rendered] = []
    render(HEAD + text(first.replace("-- ", "--&nbsp;") + SECTIONS, "html"), html=DirectConverter(), begun=begun.append)
    whole = render(HEAD + text(first.replace("-- ", "--&nbsp;") + SECTIONS, "html"), html=DirectConverter())
    for one in begun:
        begins(one, whole)
    assert bool(begun) is not any(mark.kind in {"quote", "patch-file", "signature"} for mark in whole.marks)


def test_what_decides_about_a_line_may_stand_below_it() -> None:
    """The last line of a beginning says who wrote; that it is an attribution is known by the quote that follows."""
    for number in range(60, 90):
        rows = [f"<p>row {each}</p>" for each in range(number)] + ["<p>On Monday Grace wrote:</p>", "<p>&gt; words</p>"]
        whole_html = "".join(rows) + SECTIONS
        begun: list[Rendered] = []
        whole = render(HEAD + text(whole_html, "html"), html=DirectConverter(), begun=begun.append)
        for one in begun:
            begins(one, whole)


def test_only_the_first_text_of_a_message_has_one() -> None:
    begun: list[Rendered] = []
    raw = HEAD + multipart("mixed", text("before"), text(SECTIONS, "html"))
    render(raw, html=DirectConverter(), begun=begun.append)
    assert begun == []
    raw = HEAD + multipart("mixed", text(SECTIONS, "html"), text("after"), text(SECTIONS, "html"))
    whole = render(raw, html=DirectConverter(), begun=begun.append)
    assert len(begun) == 1
    begins(begun[0], whole)


class TestWorker:
    def test_it_comes_out_of_the_other_process_first(self) -> None:
        begun: list[HtmlText] = []
        direct: list[HtmlText] = []
        with HtmlWorker(seconds=60) as worker:
            whole = worker.convert(SECTIONS, 3, begun.append)
            assert whole == DirectConverter().convert(SECTIONS, 3, direct.append)
            assert begun == direct
            assert len(begun) == 1
            assert worker.convert(SECTIONS, 3) == whole, "where nobody wants it it is read over"
            assert worker.convert("<p>next</p>").text == "next"

    def test_a_process_that_only_ever_begins_is_ended(self) -> None:
        code = (
            "import sys\nfrom tui_mail.mime.html import HtmlText\nfrom tui_mail.mime.html_worker import _write_frame, _written\n"
            "_write_frame(sys.stdout.buffer, b'ready')\n"
            "while True: _write_frame(sys.stdout.buffer, _written(HtmlText('again'), begins=True))"
        )
        begun: list[HtmlText] = []
        worker = HtmlWorker(seconds=60, command=[sys.executable, "-c", code])
        try:
            found = worker.convert("<p>words</p>", 1, begun.append)
        finally:
            worker.close()
        assert (found.text, found.failed) == ("words", "error")
        assert [one.text for one in begun] == ["again"]

    def test_who_fails_when_told_leaves_no_answer_behind_for_the_next(self) -> None:
        def fails(_beginning: HtmlText) -> None:
            raise ValueError("nobody wants it")

        with HtmlWorker(seconds=60) as worker:
            with pytest.raises(ValueError, match="nobody"):
                worker.convert(SECTIONS, 1, fails)
            assert worker.convert("<p>next</p>").text == "next"
