"""Messages of which some bodies are left out: what is read in them is what is read in the whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mail.mime.outline import HEADER, assemble, cut, sections, structure, with_part
from tui_mail.mime.rendered import lacking
from tui_mail.mime.structure import parse, part_bytes
from tui_mail.model.structure import RemotePart

DATA = Path(__file__).parents[2] / "data"
MESSAGES = sorted(DATA.glob("*.eml"))
LETTER = b"""\
Subject: Two files
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: multipart/alternative; boundary="c"

--c
Content-Type: text/plain; charset=utf-8

Hello
--c
Content-Type: text/html

<p>Hello
--c--
--b
Content-Type: application/pdf; name="a.pdf"
Content-Transfer-Encoding: base64

QUJD
--b
Content-Type: message/rfc822

Subject: Inside

Text inside
--b--
""".replace(b"\n", b"\r\n")


def test_the_structure_names_parts_as_a_server_does() -> None:
    whole = structure(parse(LETTER))
    assert [(part.path, part.type) for part in whole.entities()] == [
        ("", "multipart/mixed"),
        ("1", "multipart/alternative"),
        ("1.1", "text/plain"),
        ("1.2", "text/html"),
        ("2", "application/pdf"),
        ("3", "message/rfc822"),
    ]
    assert [(part.path, part.octets, part.size, part.name) for part in whole.leaves()][2] == ("2", 4, 3, "a.pdf")
    assert sections(whole, {"1.1"}) == [HEADER, "1.MIME", "1.1.MIME", "1.2.MIME", "2.MIME", "3.MIME", "1.1"]


def test_what_is_left_out_is_empty_and_comes_back() -> None:
    outline = cut(LETTER, {"1.1"})
    assert part_bytes(parse(outline), "1.1") == b"Hello"
    assert part_bytes(parse(outline), "2") == part_bytes(parse(outline), "3") == b""
    assert parse(outline).part("2") is not None
    again = with_part(with_part(outline, "2", b"QUJD"), "3", b"Subject: Inside\r\n\r\nText inside")
    assert part_bytes(parse(again), "2") == b"ABC"
    assert part_bytes(parse(again), "3.1") == b"Text inside"
    assert with_part(outline, "7", b"nothing") == outline


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_an_outline_of_any_message_has_its_parts(path: Path) -> None:
    message = parse(path.read_bytes())
    whole = structure(message)
    leaves = list(whole.leaves())
    assert cut(message.raw, {leaf.path for leaf in leaves}) == message.raw
    texts = {leaf.path for leaf in leaves if leaf.type.startswith("text/")}
    found = list(structure(parse(cut(message.raw, texts))).leaves())
    if path.stem in {"content-type-multipart-without-boundary", "boundary-empty"}:
        return  # there the text is taken for a part of another type, which an empty one is not
    assert [(leaf.path, leaf.type, leaf.name) for leaf in found if leaf.type != "message/rfc822"] == [
        (leaf.path, leaf.type, leaf.name) for leaf in leaves if leaf.type != "message/rfc822"
    ]
    assert {leaf.path: leaf.octets for leaf in found if leaf.path in texts} == {
        leaf.path: leaf.octets for leaf in leaves if leaf.path in texts
    }


@given(st.lists(st.sampled_from(["1", "2", "1.1", "3"])), st.binary(max_size=40), st.binary(max_size=40))
def test_pieces_that_are_no_message_are_refused(absent: list[str], header: bytes, body: bytes) -> None:
    """Whatever a server gives for the pieces: the parts it told of, or ValueError."""
    whole = structure(parse(LETTER))
    pieces = {name: body for name in sections(whole, {"1.1"}) if name not in {f"{path}.MIME" for path in absent}}
    pieces[HEADER] = header
    try:
        raw = assemble(whole, pieces)
    except ValueError:
        return
    assert [leaf.path for leaf in structure(parse(raw)).leaves()] == [leaf.path for leaf in whole.leaves()]


def test_a_body_that_holds_a_boundary_is_refused() -> None:
    whole = structure(parse(LETTER))
    pieces = {
        HEADER: b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n',
        "1.MIME": b'Content-Type: multipart/alternative; boundary="c"\r\n\r\n',
        "1.1.MIME": b"\r\n",
        "1.2.MIME": b"Content-Type: text/html\r\n\r\n",
        "2.MIME": b"Content-Type: application/pdf\r\n\r\n",
        "3.MIME": b"Content-Type: message/rfc822\r\n\r\n",
        "1.1": b"Hello",
    }
    assert part_bytes(parse(assemble(whole, pieces)), "1.1") == b"Hello"
    with pytest.raises(ValueError, match="far shorter"):
        assemble(whole, {**pieces, "2": b""})
    with pytest.raises(ValueError, match="not those"):
        assemble(whole, {**pieces, "1.1": b"Hello\r\n--b\r\n\r\nforged"})


def test_what_lies_in_a_part_needs_that_part() -> None:
    absent = ["2", "1.2", "31"]
    found = [lacking(part, absent) for part in ("2", "2/1", "2.1", "1.2.3", "1", "1.1", "3", "31/2", "22")]
    assert found == ["2", "2", "2", "1.2", "", "", "", "31", ""]


def test_the_size_of_lines_of_base64_is_that_of_what_they_stand_for() -> None:
    for octets in (0, 57, 5700, 30_000_000):
        lines, rest = divmod(octets, 57)
        encoded = lines * 78 + (rest + 2) // 3 * 4
        assert abs(RemotePart("1", "image/png", encoded, "base64").size - octets) < 4
