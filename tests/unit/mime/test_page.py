"""Pages of HTML: tables, what is hidden, links, and shapes that would cost others minutes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.text.test_safe import check
from tui_mail.mime.hiding import colours
from tui_mail.mime.html import HtmlText, to_text
from tui_mail.mime.page.flow import Flow, indented, on_one_line, quoted
from tui_mail.mime.page.pictures import is_pixel, picture_words
from tui_mail.mime.page.sheet import Sheet
from tui_mail.mime.page.tables import WIDTH
from tui_mail.mime.strip import strip_html
from tui_mail.text.width import cells


def text(html: str) -> str:
    return to_text(html).text


def marked(found: HtmlText, kind: str) -> list[tuple[str, int]]:
    return [(found.text[start:end], value) for start, end, name, value in found.marks if name == kind]


HEADED = "<table><tr><th>Item</th><th>Price</th></tr><tr><td>Bread</td><td>3.90</td></tr><tr><td>Pie</td><td>12.50</td></tr></table>"


class TestTables:
    def test_columns_are_aligned_and_numbers_stand_right(self) -> None:
        assert text(HEADED).split("\n") == ["Item   Price", "─────  ─────", "Bread   3.90", "Pie    12.50"]

    def test_wide_letters_take_two_cells(self) -> None:
        rows = text("<table border=1><tr><td>日本語</td><td>a</td></tr><tr><td>x</td><td>b</td></tr></table>").split(
            "\n"
        )
        assert rows == ["日本語  a", "x       b"]
        assert len({cells(row) for row in rows}) == 1

    def test_a_wide_table_is_a_list(self) -> None:
        html = HEADED.replace("Bread", "Bread " * 15)
        assert text(html).split("\n\n") == [
            f"Item: {'Bread ' * 15}".strip() + "\nPrice: 3.90",
            "Item: Pie\nPrice: 12.50",
        ]

    def test_a_total_below_a_wide_table_is_none_of_its_items(self) -> None:
        html = HEADED.replace("Bread", "Bread " * 15).replace("<th>Item</th>", "<th>Item</th><th>Qty</th>")
        html = html.replace("<td>3.90</td>", "<td>2</td><td>3.90</td>").replace(
            "<td>12.50</td>", "<td>1</td><td>12.50</td>"
        )
        html = html.replace("</table>", "<tr><td colspan=2>Total:</td><td>16.40</td></tr></table>")
        assert text(html).split("\n\n")[1:] == ["Item: Pie\nQty: 1\nPrice: 12.50", "Total:  16.40"]

    def test_a_wide_table_without_headings_loses_nothing(self) -> None:
        found = text("<table border=1>" + f"<tr><td>{'long ' * 12}</td><td>{'more ' * 12}</td></tr>" * 2 + "</table>")
        assert found.count("long") == found.count("more") == 24

    @pytest.mark.parametrize(
        "html",
        [
            HEADED.replace("<table>", "<table role=presentation>").replace("Bread", "Bread " * 15),
            "<table><tr><td><p>a paragraph that is too long to be one cell of a table of data</p></td><td>b</td></tr><tr><td>c</td></tr></table>",
            "<table><tr><td><table><tr><td>inner</td></tr></table></td><td>x</td></tr></table>",
        ],
    )
    def test_layout_is_flattened(self, html: str) -> None:
        assert not marked(to_text(html), "table")

    def test_cells_below_one_that_spans_rows_stay_in_their_columns(self) -> None:
        html = (
            "<table border=1><tr><th>D<th>T<th>R</tr><tr><td rowspan=2>Mon<td>9<td>A</tr><tr><td>10<td>B</tr></table>"
        )
        assert text(html).split("\n")[2:] == ["Mon   9  A", "     10  B"]

    def test_empty_columns_and_rows_disappear(self) -> None:
        html = "<table border=1><tr><td>a<td>&nbsp;<td>b</tr><tr><td><td><td></tr><tr><td>c<td><td>d</tr></table>"
        assert text(html) == "a  b\nc  d"

    def test_a_caption_stands_above(self) -> None:
        assert text(HEADED.replace("<table>", "<table><caption>Receipt</caption>")).startswith("Receipt\n\nItem")

    def test_links_in_cells_keep_their_marks(self) -> None:
        found = to_text(HEADED.replace("Pie", "<a href='https://x.example/'>Pie</a>"))
        assert marked(found, "link") == [("Pie [1]", 1)]

    @given(st.lists(st.lists(st.text("ab日\u0301 <>&", max_size=12), min_size=1, max_size=5), min_size=1, max_size=6))
    def test_no_aligned_row_is_too_wide(self, rows: list[list[str]]) -> None:
        html = "<table border=1>" + "".join(
            "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows
        )
        found = to_text(html)
        assert all(cells(row) <= WIDTH for row, _value in marked(found, "table") for row in row.split("\n"))


class TestHidden:
    def test_by_the_style_sheet(self) -> None:
        sheet = Sheet(
            ".a, div.b {display:none} #c{visibility:hidden} @media x {.d{display:none}} .e .f{display:none} p{display:none}"
        )
        assert sheet.hides("p", {"class": "x a"}, "")
        assert sheet.hides("div", {"class": "b"}, "")
        assert not sheet.hides("span", {"class": "b"}, "")
        assert sheet.hides("td", {"id": "c"}, "")
        assert not any(sheet.hides("p", {"class": name}, "") for name in ("d", "e", "f", ""))
        assert not sheet.hides("p", {"class": "a"}, "display:block")

    def test_a_later_rule_shows_again_unless_the_first_is_important(self) -> None:
        sheet = Sheet(".a{display:none} .a{display:block} .b{display:none!important} .b{display:block}")
        assert not sheet.hides("p", {"class": "a"}, "")
        assert sheet.hides("p", {"class": "b"}, "display:block")

    @given(st.text("{}@.#a:;,display:none /*!", max_size=80))
    def test_no_style_sheet_raises(self, css: str) -> None:
        Sheet(css).hides("p", {"class": "a", "id": None}, "")

    def test_words_in_the_colour_of_their_ground(self) -> None:
        html = "<table><tr><td bgcolor='#FFF'><font color=white>gone</font> <span style='color:#000'>kept</span></td></tr></table>"
        found = to_text(html)
        assert (found.text, found.hidden) == ("kept", 4)

    @pytest.mark.parametrize(
        "html",
        [
            "<div style='background:#fff url(https://x.example/dark.png)'><p style='color:#fff'>kept</p></div>",
            "<div bgcolor=white background='https://x.example/dark.png'><p style='color:#fff'>kept</p></div>",
            "<style>.hero{background-color:#000}</style><div style='background:#fff'><div class=hero><p style='color:#fff'>kept</p></div></div>",
            "<p style='color:#fff'>kept</p>",
        ],
    )
    def test_words_on_a_ground_that_is_not_known_are_kept(self, html: str) -> None:
        assert text(html) == "kept"

    def test_colours(self) -> None:
        assert colours("color:#FFF;background-color:white") == ("#ffffff", "#ffffff")
        assert colours("background:linear-gradient(#fff,#000)") == (None, "")
        assert colours("margin:0") == (None, None)

    def test_pixels_are_counted(self) -> None:
        found = to_text(
            "<img src='https://x.example/1' width=1 height=1><img src='//x.example/2' style='display:none'><img src='cid:x' width=1>"
        )
        assert (found.pixels, found.remote_images, found.text) == (2, 2, "")
        assert is_pixel({"height": "0"}, "")
        assert is_pixel({}, "width:1px")
        assert not is_pixel({"width": "100%"}, "max-width:1px; border-width:1px")

    @pytest.mark.parametrize(
        ("style", "seen"),
        [
            ("color:transparent", False),
            ("color: rgba(0, 0, 0, 0)", False),
            ("color:rgba(10,20,30,0.0)", False),
            ("color:rgba(0,0,0,0.5)", True),
            ("color:transparent;-webkit-background-clip:text;background:linear-gradient(red,blue)", True),
            ("border-color:transparent", True),
        ],
    )
    def test_words_in_no_colour(self, style: str, seen: bool) -> None:
        assert text(f"<p style='{style}'>words</p>") == ("words" if seen else "")
        assert text(f"<div style='{style}'><b style='color:#333'>words</b></div>") == "words"


class TestLists:
    @pytest.mark.parametrize(
        ("html", "signs"),
        [
            ("<ol type=a start=26><li>x<li>x</ol>", "z. aa."),
            ("<ol type=A><li>x<li>x</ol>", "A. B."),
            ("<ol type=i start=3><li>x<li>x</ol>", "iii. iv."),
            ("<ol style='list-style-type: upper-roman' start=1999><li>x</ol>", "MCMXCIX."),
            ("<ol style='list-style: lower-latin inside'><li>x<li>x</ol>", "a. b."),
            ("<ol type=a start=0><li>x<li>x</ol>", "0. a."),
            ("<ol type=I start=999999><li>x</ol>", "999999."),
            ("<ol><li>x<li value=9>x<li>x<li value=x>x</ol>", "1. 9. 10. 11."),
            ("<ul type=a><li>x<li value=3>x</ul>", "• •"),
            ("<li value=4>x</li>", "•"),
        ],
    )
    def test_items_are_counted_as_the_page_says(self, html: str, signs: str) -> None:
        assert " ".join(row.partition(" ")[0] for row in text(html).split("\n")) == signs


class TestWords:
    @pytest.mark.parametrize(
        ("html", "shown"),
        [
            ("10<sup>6</sup> m<sup>2</sup>, x<sup>n+1</sup>", "10⁶ m², xⁿ⁺¹"),
            ("H<sub>2</sub>O", "H₂O"),
            ("the 1<sup>st</sup>, Acme<sup>TM</sup>", "the 1st, AcmeTM"),
            ("word<sup><a href='#n1'>1</a></sup> on", "word¹ on"),
            ("a<sup>2</sup>b 3", "a²b 3"),
        ],
    )
    def test_what_stands_above_the_line_is_no_digit_of_the_number_before(self, html: str, shown: str) -> None:
        assert text(html) == shown

    @pytest.mark.parametrize(
        ("html", "shown"),
        [
            ("the <del>old</del><ins>new</ins> text", "the ~~old~~new text"),
            ("<s>€ 99</s> € 79", "~~€ 99~~ € 79"),
            ("<span style='text-decoration: line-through red'>10</span> 11", "~~10~~ 11"),
            ("a<strike> b </strike>c<del> </del>d", "a ~~b~~ c d"),
            ("<del><p>one</p><p>two</p></del>", "~~one~~\n\n~~two~~"),
            ("<u>under</u> <span style='text-decoration:none'>plain</span>", "under plain"),
        ],
    )
    def test_words_that_are_struck_out_are_told_from_others(self, html: str, shown: str) -> None:
        assert text(html) == shown

    @pytest.mark.parametrize(
        ("html", "shown"),
        [
            ("<div style='white-space: pre-wrap'>one\n  two\n\nthree</div>", "one\n  two\n\nthree"),
            ("<p>Say <span style='white-space:pre-wrap'>these words</span> now</p>", "Say these words now"),
            ("<div style='white-space:pre-line'>\n <p>one</p>\n <p>two</p>\n</div>", "one\n\ntwo"),
            ("<pre>one\n<b style='white-space:nowrap'>two\nthree</b></pre>", "one\ntwo\nthree"),
            ("<p style='white-space:nowrap'>one\ntwo</p>", "one two"),
        ],
    )
    def test_line_breaks_that_a_style_keeps(self, html: str, shown: str) -> None:
        assert text(html) == shown

    def test_addresses_that_the_page_makes_no_links_of(self) -> None:
        found = to_text(
            "<p>See https://x.example/a, <a>www.y.example</a> or <a href='https://z.example'>https://z.example/</a>.</p>"
            "<p><a href='https://evil.example'>https://bank.example</a> https://x.example/a</p>"
        )
        assert found.text == (
            "See https://x.example/a [1], www.y.example [2] or https://z.example/ [3].\n\n"
            "https://bank.example [4 → evil.example] https://x.example/a [1]"
        )
        assert [url for _number, url, _words in found.links] == [
            "https://x.example/a", "http://www.y.example", "https://z.example", "https://evil.example",
        ]  # fmt: skip
        assert marked(found, "link")[:2] == [("https://x.example/a [1]", 1), ("www.y.example [2]", 2)]

    def test_numbers_to_call_are_nothing_to_warn_of(self) -> None:
        links = (
            "<a href='tel:+49'>call</a> <a href='SMS:1'>text</a> <a href='cid:x'>see</a> <a href='javascript:x'>no</a>"
        )
        assert to_text(links).refused == 1
        assert to_text("<a href='https://bank.example@evil.example/'>bank</a>").refused == 1

    def test_a_quote_that_is_none_by_its_element(self) -> None:
        html = "<p>Sure.</p><div class='ydp1yahoo_quoted'><div>On Monday Ada wrote:</div><div>Come?</div></div>"
        assert text(html) == "Sure.\n\n> On Monday Ada wrote:\n> Come?"

    def test_marks_say_what_stands_where(self) -> None:
        found = to_text(
            "<h2>Ti<b>tle</b></h2><p>see <a href='https://x.example'>this <i>page</i></a>.</p><pre>a\n b</pre><hr>"
        )
        assert marked(found, "heading") == [("Title", 2)]
        assert marked(found, "link") == [("this page [1]", 1)]
        assert [words for words, _value in marked(found, "pre")] == ["a", " b"]
        assert marked(found, "rule") == [("─" * 32, 0)]

    def test_marks_move_with_quotes_and_lists(self) -> None:
        found = to_text("<blockquote><ul><li>one <a href='https://x.example'>two</a></li></ul></blockquote>")
        assert found.text == "> • one two [1]"
        assert marked(found, "link") == [("two [1]", 1)]

    def test_pictures(self) -> None:
        assert picture_words("A chart", linked=False, data=False) == " [A chart] "
        assert picture_words("🎉", linked=False, data=False) == "🎉"
        assert picture_words("logo.png", linked=False, data=False) == ""
        assert picture_words("", linked=True, data=False) == " [image] "

    @pytest.mark.parametrize(
        ("html", "shown"),
        [
            (
                "<p class=MsoNormal>a</p><p class=MsoNormal>b</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>c</p>",
                "a\nb\n\nc",
            ),
            ("<p style='margin:0'>a</p><p style='margin:0 0 10px'>b</p><p>c</p>", "a\nb\n\nc"),
            ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
            ("<q>a</q>", "“a”"),
            ("<span style='display:block'>a</span>b", "a\nb"),
            ("<ol start=3><li>a<li>b</ol>", "3. a\n4. b"),
            ("<dl><dt>a<dd>b</dl>", "a\n    b"),
            ("a<wbr>b&shy;c", "abc"),
            ("שלום <b>עולם</b>", "שלום עולם"),
        ],
    )
    def test_layout(self, html: str, shown: str) -> None:
        assert text(html) == shown

    def test_rows(self) -> None:
        flow = Flow()
        flow.words(" a  b ")
        flow.words("c\u202ed")
        flow.mark(0, "link", 1)
        rows = flow.finished()
        assert rows == [("a b c⟨U+202E⟩d", ((0, 14, "link", 1),))]
        assert quoted(rows) == [("> a b c⟨U+202E⟩d", ((2, 16, "link", 1),))]
        assert indented([("a", ()), ("", ()), ("b", ())], "• ", "  ") == [("• a", ()), ("", ()), ("  b", ())]
        assert on_one_line([("a", ()), ("", ()), ("b", ((0, 1, "x", 0),))]) == ("a b", ((2, 3, "x", 0),))


TAGS = (
    "<p> </p> <div> </div> <table> </table> <tr> <td> <th> </td> <caption> <blockquote> </blockquote> <ul> <ol> <li> </li> <pre> </pre> <h1> </h1>"
    " <a_href='https://x.example'> <a_href='javascript:x'> </a> <img_alt=x_src=//y> <b_style='display:none'> </b> <br> <hr> &nbsp; &#27;[2J &#x202e;"
    " <table_border=1> <td_rowspan=3> <td_colspan=2> <q> </q> text 日本 e\u0301 \u0301 <!-- --> <style> </style> <svg> <dd> <caption>"
).split()


@given(st.lists(st.sampled_from([tag.replace("_", " ") for tag in TAGS]), max_size=40).map("".join))
def test_any_page_is_safe_and_its_marks_lie_in_it(html: str) -> None:
    found = to_text(html)
    check(found.text, frozenset("\n"))
    assert "\n\n\n" not in found.text or "<pre>" in html
    assert all(0 <= start < end <= len(found.text) for start, end, _kind, _value in found.marks)
    for start, end, kind, value in found.marks:
        if kind == "link":
            assert f"[{value}" in found.text[start:end]


def words(count: int) -> str:
    return "<p>" + "word " * count + "</p>"


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td>" * 100 + "<p>" + "<br>line" * 20_000,
        "<table><tr><td>" * 20_000 + "deep",
        "<ul><li>" * 20_000 + "deep",
        "<blockquote>x" * 20_000,
        "<table border=1>" + ("<tr>" + "<td>1" * 10) * 10_000,
        "<a href=https://x.example/>a</a>" * 30_000,
        "<b><i>" * 30_000 + "deep",
        "<td colspan=999 rowspan=999>x" * 10_000,
        "<table>" + "<tr><td rowspan=999 colspan=60>x" * 3_000,
        "<style>" + ".a{display:none}" * 20_000 + "</style>" + "<p class=a>x</p>" * 1_000,
        "<!--" * 100_000,
        "<a " * 30_000,
        '<a x="' * 30_000,
        "<![" * 100_000,
        words(200_000),
    ],
    ids=lambda html: html[:20],
)
def test_shapes_that_would_cost_others_minutes(html: str) -> None:
    found = to_text(html)
    assert len(found.text) <= 2_000_000
    assert len(strip_html(html)[0]) <= len(html)
