"""Head, body and foot as one column: every row fits, the gutter is the program's own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.ui.dialogs.cast import link
from tui_mail.text.safe import block, own
from tui_mail.text.width import cells
from tui_mail.ui.reader.document import GUTTER, Document, head_width
from tui_mail.ui.reader.find import Hits
from tui_mail.ui.reader.lines import Line, Piece, Role, length
from tui_mail.ui.reader.spans import LinkSpans

TEXT = st.lists(st.text(alphabet="ab▎! >é漢[1]", max_size=80), max_size=20).map("\n".join)


def words(line: Line) -> str:
    return "".join(piece.text for piece in line)


def every_line(document: Document) -> list[Line]:
    document.layout.finish()
    found = [document.line(row) for row in range(document.height())]
    assert all(line is not None for line in found)
    assert document.line(document.height()) is None
    return [line for line in found if line is not None]


@given(TEXT, st.integers(12, 120), st.sampled_from(["", "a", "b b"]))
def test_rows_fit_and_only_the_head_draws_into_the_gutter(text: str, width: int, wanted: str) -> None:
    safe = block(text)
    head = [(Piece(own("Subject " * 5), Role.SUBJECT),)]
    foot = [(Piece(own("[1] example.org " * 5), Role.LINK),)]
    spans = LinkSpans(safe, [link("https://example.org/")], numbered=True)
    document = Document(safe, width, head=head, foot=foot, spans=spans, hits=Hits(safe, wanted))
    for row, line in enumerate(every_line(document)):
        assert length(line) <= width
        assert words(line)[:GUTTER].strip() == ("▎" if document.is_head(row) else "")


@given(TEXT, st.integers(12, 120))
def test_links_and_hits_only_colour_the_words(text: str, width: int) -> None:
    safe = block(text)
    plain = Document(safe, width)
    spans = LinkSpans(safe, [link("https://example.org/")], numbered=True)
    marked = Document(safe, width, spans=spans, hits=Hits(safe, "a"))
    assert [words(line) for line in every_line(plain)] == [words(line) for line in every_line(marked)]


def test_a_link_is_found_under_the_pointer() -> None:
    text = own("漢 see https://example.org/path and [1]")
    links = [link("https://example.org/path")]
    document = Document(text, 80, spans=LinkSpans(text, links, numbered=False))
    start = GUTTER + cells("漢 see ")
    assert document.link_at(0, start - 1) is None
    assert document.link_at(0, start) == links[0]
    assert document.link_at(0, start + len(links[0].url)) is None
    assert document.link_at(0, 200) is None
    numbered = Document(text, 80, spans=LinkSpans(text, links, numbered=True))
    assert numbered.link_at(0, GUTTER + cells(text) - 2) == links[0]
    assert numbered.link_at(0, start) is None


def test_long_lines_are_kept_readable() -> None:
    document = Document(own("word " * 100), 200)
    assert max(length(line) for line in every_line(document)) <= 100 + GUTTER
    assert head_width(200) > 190
