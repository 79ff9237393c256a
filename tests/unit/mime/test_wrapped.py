"""Files inside of texts and of winmail.dat."""

from __future__ import annotations

import binascii
import struct

import pytest
import tnefparse
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.mime.messages import HEAD, attached, broken, multipart, text
from tui_mail.mime import tnef
from tui_mail.mime.embedded import cuts, files, names, octets
from tui_mail.mime.searchtext import search_text
from tui_mail.mime.structure import parse, part_bytes


def attribute(level: int, identity: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, identity, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def prop(kind: int, identity: int, data: bytes) -> bytes:
    if kind in {0x1E, 0x1F, 0x0D, 0x102}:
        return struct.pack("<HHII", kind, identity, 1, len(data)) + data + b"\0" * (-len(data) % 4)
    return struct.pack("<HH", kind, identity) + data


def props(*found: bytes) -> bytes:
    return struct.pack("<I", len(found)) + b"".join(found)


def winmail(*attributes: bytes) -> bytes:
    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + attribute(1, 0x00089006, struct.pack("<I", 0x10000))
        + attribute(1, 0x00069007, struct.pack("<II", 1252, 0))
        + b"".join(attributes)
    )


def wrapped(name: str, data: bytes, *more: bytes) -> bytes:
    rest = attribute(2, 0x00069005, props(*more)) if more else b""
    title = attribute(2, 0x00018010, name.encode("cp1252") + b"\0")
    return attribute(2, 0x00069002, b"\1" + b"\0" * 13) + title + attribute(2, 0x0006800F, data) + rest


@given(
    st.lists(
        st.tuples(st.from_regex(r"[a-z]{1,8}\.[a-z]{3}", fullmatch=True), st.binary(min_size=1, max_size=300)),
        max_size=5,
    )
)
def test_names_and_octets_as_another_reader_finds_them(wanted: list[tuple[str, bytes]]) -> None:
    # The other reader leaves out what is last and short.
    raw = winmail(*(wrapped(name, data) for name, data in wanted), attribute(1, 0x00018004, b"subject\0"))
    ours = [(one.name, one.data) for one in tnef.unwrap(raw).files]
    theirs = [(one.long_filename(), one.data) for one in tnefparse.TNEF(raw).attachments]
    assert ours == theirs == wanted


def test_long_names_types_and_texts() -> None:
    long = prop(0x1F, 0x3707, "Bericht für März.pdf\0".encode("utf-16-le"))
    named = wrapped(
        "BERICH~1.PDF", b"%PDF", prop(3, 0x0E20, b"\4\0\0\0"), long, prop(0x1E, 0x370E, b"application/PDF\0")
    )
    body = attribute(
        1, 0x00069003, props(prop(3, 0x3FDE, struct.pack("<I", 65001)), prop(0x1E, 0x1000, "Grüße\0".encode()))
    )
    found = tnef.unwrap(winmail(body, named))
    assert [(one.name, one.type, one.data) for one in found.files] == [
        ("Bericht für März.pdf", "application/pdf", b"%PDF")
    ]
    assert found.text == "Grüße"


def test_a_property_with_a_name_and_many_values_is_passed_over() -> None:
    odd = struct.pack("<HH", 0x1003, 0x8001) + b"\0" * 16 + struct.pack("<II", 0, 7) + struct.pack("<III", 2, 1, 2)
    text_ = (
        struct.pack("<HH", 0x101E, 0x8002)
        + b"\0" * 16
        + struct.pack("<II", 1, 4)
        + b"n\0\0\0"
        + struct.pack("<II", 1, 3)
        + b"abc\0"
    )
    body = attribute(1, 0x00069003, props(odd, text_, prop(0x1E, 0x1000, b"here\0")))
    assert tnef.unwrap(winmail(body)).text == "here"


@pytest.mark.timeout(30)
@pytest.mark.parametrize("count", [b"\xff\xff\xff\xff", b"\0\0\0\x7f"])
def test_numbers_without_end_cost_nothing(count: bytes) -> None:
    several = struct.pack("<HH", 0x1003, 0x3001) + count
    data = [count + b"\0" * 30, props(several), props(struct.pack("<HHI", 0x1E, 0x3001, 0xFFFFFFFF))]
    raw = winmail(*(attribute(level, identity, one) for one in data for level, identity in ((1, 0x00069003), (1, 0x00069004), (2, 0x00069005))),
                  wrapped("a.txt", b"a"))  # fmt: skip
    assert [one.name for one in tnef.unwrap(raw).files] == ["a.txt"]


@pytest.mark.timeout(60)
def test_a_great_many_files() -> None:
    assert len(tnef.unwrap(winmail(*[wrapped("a.txt", b"a")] * 30_000)).files) == tnef.MAX_FILES
    nested = winmail(wrapped("deep.txt", b"x"))
    for _level in range(50):
        nested = winmail(
            attribute(2, 0x00069002, b"\1"),
            attribute(2, 0x00069005, props(prop(0x0D, 0x3701, tnef._MESSAGE_OBJECT + nested))),
        )
    assert tnef.unwrap(nested).files == []


GOOD = winmail(
    wrapped("a.txt", b"hello", prop(0x1E, 0x3707, b"b.txt\0")),
    attribute(1, 0x00069003, props(prop(0x1E, 0x1000, b"x\0"))),
)


@given(
    st.one_of(
        st.binary(max_size=200),
        st.tuples(st.integers(0, len(GOOD) - 1), st.binary(max_size=8)).map(
            lambda at: GOOD[: at[0]] + at[1] + GOOD[at[0] + len(at[1]) :]
        ),
    )
)
def test_no_octets_raise(raw: bytes) -> None:
    tnef.unwrap(raw)


def uu(name: str, data: bytes, end: str = "`\nend\n") -> str:
    rows = [binascii.b2a_uu(data[at : at + 45]).decode() for at in range(0, len(data), 45)]
    return f"begin 644 {name}\n{''.join(rows)}{end}"


@given(st.binary(min_size=1, max_size=300), st.text("ab \n", max_size=20))
def test_uuencoded_files_come_back(data: bytes, words: str) -> None:
    found = cuts(f"{words}\n{uu('a b.bin', data)}after")
    assert [(cut.name, cut.data) for cut in found] == [("a b.bin", data)]


@pytest.mark.parametrize(
    "text", ["begin 644 x\nat once\nend\n", "begin 644 x\nend\n", "begin 9 x\nM\n", "not begin 644 x\n", "begin 644 x"]
)
def test_prose_is_no_file(text: str) -> None:
    assert cuts(text) == []


def test_files_in_a_message() -> None:
    raw = HEAD + multipart(
        "mixed",
        text("before\n" + uu("one.txt", b"first") + "between\n" + uu("two.png", b"\x89PNG") + "after"),
        attached("a.pdf"),
    )
    message = parse(raw)
    assert [(one.id, one.type, one.name, one.data) for one in files(message)] == [
        ("1/1", "text/plain", "one.txt", b"first"),
        ("1/2", "image/png", "two.png", b"\x89PNG"),
    ]
    assert names(message) == {"1/1": "one.txt", "1/2": "two.png"}
    assert octets(message, "1/2") == part_bytes(message, "1/2") == b"\x89PNG"
    assert part_bytes(message, "1/3") == part_bytes(message, "2/1") == b""
    found = search_text(raw)
    assert (found.attachments, found.files) == (3, ("a.pdf", "one.txt", "two.png"))
    assert found.snippet == "before between after"


@given(broken)
def test_no_message_raises(raw: bytes) -> None:
    files(parse(raw))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["begin 644 x\n", "begin 644 x\nM\n", "=ybegin name=x\n", uu("x", b"x" * 45, "")])
def test_long_texts(piece: str) -> None:
    cuts(piece * 20_000)
