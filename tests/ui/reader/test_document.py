"""Head, body and foot as one column: every row fits, the gutter is the program's own, and each kind of line has its look."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.ui.dialogs.cast import link
from tests.ui.samples import marks_of
from tui_mail.mime.rendered import Link, Mark
from tui_mail.text import safe
from tui_mail.text.safe import SafeText, block, own
from tui_mail.text.width import cells
from tui_mail.ui.reader.document import GUTTER, Document, head_width, told
from tui_mail.ui.reader.find import Hits
from tui_mail.ui.reader.layout import Folds
from tui_mail.ui.reader.lines import Line, Piece, Role, length, window
from tui_mail.ui.reader.manners import Lines
from tui_mail.ui.reader.shut import Shut
from tui_mail.ui.reader.spans import LinkSpans

TEXT = st.lists(
    st.one_of(
        st.text(alphabet="ab▎! >é漢[1]", max_size=80),
        st.sampled_from(["> said", ">> deeper", "diff --git a/x b/x", "-- "]),
    ),
    max_size=20,
).map("\n".join)
LINK = link("https://example.org/")


def spans_of(text: SafeText, *links: Link, numbered: bool) -> LinkSpans:
    return LinkSpans(links, marks_of(text, links, "html" if numbered else "plain"))


def words(line: Line) -> str:
    return "".join(piece.text for piece in line)


def every_line(document: Document) -> list[Line]:
    document.finish()
    found = [document.line(row) for row in range(document.height())]
    assert all(line is not None for line in found)
    assert document.line(document.height()) is None
    return [line for line in found if line is not None]


@example("> said\n\n\n\n\n\n> said\n1", 12, "", 0)
@given(TEXT, st.integers(12, 120), st.sampled_from(["", "a", "b b"]), st.integers(0, 20))
def test_rows_fit_and_only_the_head_draws_into_the_gutter(text: str, width: int, wanted: str, shift: int) -> None:
    safe_text = block(text)
    head = [(Piece(own("Subject " * 5), Role.SUBJECT),)]
    foot = [(Piece(own("[1] example.org " * 5), Role.LINK),)]
    document = Document(
        Lines(safe_text, marks_of(safe_text)),
        width,
        head=head,
        foot=foot,
        spans=spans_of(safe_text, LINK, numbered=True),
        hits=Hits(safe_text, wanted),
        folds=Folds(),
    )
    document.shift = shift
    for row, line in enumerate(every_line(document)):
        assert length(line) <= width
        assert words(line)[:GUTTER].strip() == ("▎" if document.is_head(row) else "")


@given(TEXT, st.integers(12, 120))
def test_links_and_hits_only_colour_the_words(text: str, width: int) -> None:
    safe_text = block(text)
    lines = Lines(safe_text, marks_of(safe_text))
    plain = Document(lines, width)
    marked = Document(lines, width, spans=spans_of(safe_text, LINK, numbered=True), hits=Hits(safe_text, "a"))
    assert [words(line) for line in every_line(plain)] == [words(line) for line in every_line(marked)]


@given(TEXT, st.integers(12, 120))
def test_every_row_is_found_at_its_place(text: str, width: int) -> None:
    safe_text = block(text)
    document = Document(
        Lines(safe_text, marks_of(safe_text)), width, head=[(), ()], foot=[(), ()], folds=Folds(), apart=True
    )
    document.finish()
    for row in range(document.height()):
        found = document.body_row(row)
        if found is None or found.start < found.end:  # an empty row may share its offset with the one before
            assert document.row_of(document.offset_at(row)) == row


@given(TEXT, st.integers(12, 120))
def test_a_cell_and_a_character_find_each_other(text: str, width: int) -> None:
    safe_text = block(text)
    document = Document(Lines(safe_text, marks_of(safe_text)), width)
    document.finish()
    for row in range(document.height()):
        found = document.body_row(row)
        assert found is not None
        for offset in range(found.start, found.end):
            column = document.column_of(offset)
            if cells(safe_text[offset]):
                assert document.offset_under(row, column) == offset
        assert document.offset_under(row, 500) == found.end


def test_a_link_is_found_under_the_pointer() -> None:
    text = own("漢 see https://example.org/path and [1]")
    path = link("https://example.org/path")
    document = Document(Lines(text), 80, spans=spans_of(text, path, numbered=False))
    start = GUTTER + cells("漢 see ")
    assert document.link_at(0, start - 1) is None
    assert document.link_at(0, start) == path
    assert document.link_at(0, start + len(path.url)) is None
    assert document.link_at(0, 200) is None
    numbered = Document(Lines(text), 80, spans=spans_of(text, path, numbered=True))
    assert numbered.link_at(0, GUTTER + cells(text) - 2) == path
    assert numbered.link_at(0, start) is None


def test_a_link_at_the_very_end_takes_no_click_beside_it() -> None:
    text = own("https://example.org/")
    document = Document(Lines(text), 80, spans=spans_of(text, LINK, numbered=False))
    assert document.link_at(0, GUTTER + len(text)) is None


@pytest.mark.parametrize(
    ("url", "words_", "is_told"),
    [
        ("https://example.org/a?b=c;d", "here", True),
        ("http://example.org/", "http://example.org/", True),
        ("https://evil.example/", "https://bank.example/", False),
        ("https://bank@evil.example/", "here", False),
        ("https://xn--pple-43d.com/", "here", False),
        ("mailto:ada@example.org", "write", False),
        ("javascript:alert(1)", "here", False),
    ],
)
def test_a_terminal_is_told_of_a_link_only_where_nobody_need_be_asked(url: str, words_: str, is_told: bool) -> None:
    host = safe.line(url.partition("://")[2].partition("/")[0].rpartition("@")[2])
    assert told(Link(1, url, safe.line(words_), host)) == (url if is_told else "")


def test_each_kind_of_line_has_its_look() -> None:
    text = own("Title\nwords\n----\nreport\n+added\n-- \nname\nmade here")
    kinds = [
        ("heading", "Title"),
        ("rule", "----"),
        ("report", "report"),
        ("patch-added", "+added"),
        ("own", "made here"),
    ]
    marks = [Mark(text.index(part), text.index(part) + len(part), kind) for kind, part in kinds]
    marks.append(Mark(text.index("-- "), text.index("\nmade"), "signature"))
    document = Document(Lines(text, sorted(marks, key=lambda mark: mark.start)), 40)
    looks = {words(line).strip(): line[1].role for line in every_line(document)}
    assert looks["Title"] is Role.HEADING
    assert looks["words"] is Role.TEXT
    assert looks["report"] is Role.MUTED
    assert looks["─" * 37] is Role.RULE
    assert looks["+added"] is Role.QUOTE2
    assert looks["name"] is Role.MUTED
    assert looks["made here " + "─" * 27] is Role.MUTED
    title = own("── Inside ──")
    (line,) = every_line(Document(Lines(title, [Mark(0, len(title), "own")]), 40))
    assert words(line).strip() == title + "─" * 25


def test_quotes_have_a_bar_for_each_level_in_its_colour() -> None:
    text = own("a\n> b\n>> c")
    lines = every_line(Document(Lines(text, marks_of(text)), 40))
    assert [words(line) for line in lines] == ["  a", "  ▎ b", "  ▎ ▎ c"]
    assert [piece.role for piece in lines[2][1:]] == [Role.QUOTE1, Role.QUOTE2, Role.QUOTE2]


def test_what_does_not_wrap_is_cut_visibly_and_can_be_moved() -> None:
    text = own("+" + "0123456789" * 5)
    document = Document(Lines(text, [Mark(0, len(text), "patch-added")]), 23)
    assert words(every_line(document)[0]) == "  +012345678901234567›"
    assert document.overhang(0) == 31
    document.shift = 8
    assert words(every_line(document)[0]) == "  ‹890123456789012345›"
    document.shift = 31
    assert words(every_line(document)[0]) == "  ‹1234567890123456789"
    document.bring_into_view(0)
    assert document.shift == 0
    document.bring_into_view(45)
    assert "4" in words(every_line(document)[0])
    assert document.shift > 0


@given(st.text(alphabet="ab漢é", max_size=40), st.integers(0, 30), st.integers(4, 30))
def test_a_window_on_a_line_fits(text: str, shift: int, width: int) -> None:
    shown = window((Piece(SafeText(text[:9])), Piece(SafeText(text[9:]), Role.LINK)), shift, width)
    assert length(shown) <= width
    if cells(text) - shift > width:
        assert length(shown) == width
        assert shown[-1].text == "›"


def test_a_folded_message_is_its_head_alone() -> None:
    shut = Shut(Lines(own("")), 40, head=[(Piece(own("Grace")),)])
    assert shut.complete
    assert shut.height() == shut.estimate() == 1
    assert [words(line) for line in every_line(shut)] == ["▎ Grace"]
    assert shut.row_of(shut.offset_at(0)) == 0


def test_long_lines_are_kept_readable() -> None:
    document = Document(Lines(own("word " * 100)), 200)
    assert max(length(line) for line in every_line(document)) <= 100 + GUTTER
    assert head_width(200) > 190
