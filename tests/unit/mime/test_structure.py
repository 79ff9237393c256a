"""Taking messages apart: as the standard library does where that is right, bounded where it is not."""

from __future__ import annotations

import email
import email.message
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.mime.messages import HEAD, attached, broken, multipart, text
from tui_mail.mime.choose import bodies, has_type
from tui_mail.mime.structure import MAX_DEPTH, MAX_PARTS, Multipart, Part, parse, part_bytes, part_text
from tui_mail.mime.transfer import decode_body, decoded_size, encoding_of


def ids(raw: bytes) -> list[tuple[str, str]]:
    return [(part.id, part.type) for part in parse(raw).parts]


def test_a_simple_message() -> None:
    message = parse(HEAD + text("Grüße\r\n"))
    assert ids(message.raw) == [("1", "text/plain")]
    assert part_text(message, message.parts[0]) == "Grüße\r\n"
    assert message.envelope.subject == "x"
    assert not message.problems


def test_section_numbers_are_those_of_imap() -> None:
    """The example of RFC 9051, 6.4.5.1, without its headers."""
    inner = HEAD + multipart("mixed", text("3.1"), attached("3.2"), boundary="in")
    deep = HEAD + text("4.2.1")
    message = multipart(
        "mixed",
        text("1"),
        attached("2"),
        b"Content-Type: message/rfc822\r\n\r\n" + inner,
        multipart("mixed", text("4.1"), b"Content-Type: message/rfc822\r\n\r\n" + deep, boundary="four"),
    )
    found = parse(HEAD + message)
    assert [part.id for part in found.parts] == ["1", "2", "3", "3.1", "3.2", "4.1", "4.2", "4.2.1"]
    assert part_bytes(found, "3.1") == b"3.1"
    assert part_bytes(found, "4.2.1") == b"4.2.1"
    assert part_bytes(found, "3").startswith(HEAD)
    assert part_bytes(found, "9") == b""


def test_what_counts_as_an_attachment() -> None:
    message = parse(
        HEAD
        + multipart(
            "mixed",
            multipart(
                "related",
                text("<img src='cid:x'>", "html"),
                b"Content-Type: image/png\r\nContent-ID: <x>\r\n\r\n",
                boundary="r",
            ),
            attached("a.pdf"),
            text("patch", rest="; name=a.patch"),
            b"Content-Type: image/png\r\nContent-Disposition: inline\r\n\r\n",
            b"Content-Type: application/pgp-signature\r\n\r\n",
            text("more"),
        )
    )
    assert [(part.id, part.is_attachment) for part in message.parts] == [
        ("1.1", False), ("1.2", False), ("2", True), ("3", True), ("4", True), ("5", False), ("6", False),
    ]  # fmt: skip
    assert message.parts[1].content_id == "x"


def test_boundaries() -> None:
    raw = b'Content-Type: multipart/mixed; boundary="b "\r\n\r\n--b\r\n\r\nlost\r\n'
    assert ids(raw) == [("1", "text/plain")]
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b  \n\none\n--bx\nstill one\n --b\nand this\n--b\n\n\n--b--x\n--b--\nafter\n"
    message = parse(raw)
    assert [part_bytes(message, part.id) for part in message.parts] == [
        b"one\n--bx\nstill one\n --b\nand this",
        b"\n--b--x",
    ]
    assert "outside" in message.problems


def test_an_empty_part_and_an_empty_multipart() -> None:
    assert ids(HEAD + multipart("mixed", b"", b"\r\n")) == [("1", "text/plain"), ("2", "text/plain")]
    assert ids(HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b--\r\n") == [("1", "text/plain")]


def test_depth_is_bounded() -> None:
    for opening in (b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", b"Content-Type: message/rfc822\n\n"):
        raw = b"".join(opening % ((number,) * opening.count(b"%d")) for number in range(2000))
        message = parse(raw + b"\nend")
        assert "deep" in message.problems
        assert len(message.parts) <= MAX_DEPTH + 2
        bodies(message)


def test_parts_are_bounded_and_the_rest_is_one_attachment() -> None:
    message = parse(HEAD + multipart("mixed", *[b"\r\npart %d" % number for number in range(5000)]))
    assert "many" in message.problems
    assert len(message.parts) == MAX_PARTS
    assert message.parts[-1].is_attachment
    assert b"part 4999" in part_bytes(message, message.parts[-1].id)


@example(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--b")
@given(broken)
def test_no_message_raises_and_parts_stay_inside(raw: bytes) -> None:
    message = parse(raw)
    assert message.parts
    for part in message.parts:
        assert 0 <= part.start <= part.end <= len(message.raw)
        part_bytes(message, part.id)
        part_text(message, part)
    for prefer in ("auto", "plain", "html"):
        assert all(part in message.parts for part in bodies(message, prefer))


@st.composite
def built(draw: st.DrawFn, depth: int = 0) -> EmailMessage:
    """Sound messages as a program would write them."""
    message = EmailMessage()
    kind = draw(
        st.sampled_from(["text", "html", "mixed", "alternative", "binary"] if depth < 3 else ["text", "binary"])
    )
    words = draw(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30))
    if kind == "binary":
        message.add_attachment(draw(st.binary(max_size=40)), maintype="application", subtype="x-a", filename="a.bin")
        return message
    message.set_content(
        words + "\n", subtype="html" if kind == "html" else "plain", cte=draw(st.sampled_from(["base64", "8bit"]))
    )
    if kind in {"mixed", "alternative"}:
        getattr(message, f"make_{kind}")()
        for _number in range(draw(st.integers(1, 3))):
            message.attach(draw(built(depth + 1)))
    return message


@given(built())
def test_sound_messages_are_taken_apart_as_the_standard_library_does(message: EmailMessage) -> None:
    raw = message.as_bytes()
    theirs: list[email.message.Message] = [
        part for part in email.message_from_bytes(raw).walk() if not part.is_multipart()
    ]
    ours = parse(raw)
    assert [part.type for part in ours.parts] == [part.get_content_type() for part in theirs]
    for part, other in zip(ours.parts, theirs, strict=True):
        expected = other.get_payload(decode=True)
        assert isinstance(expected, bytes)
        assert part_bytes(ours, part.id) == expected
        assert part.size == len(expected)
    assert not ours.problems


def leaves(node: Multipart | Part) -> int:
    return 1 if isinstance(node, Part) else sum(map(leaves, node.members))


def test_alternatives() -> None:
    long = "A long text that says everything. " * 20
    both = HEAD + multipart("alternative", text(long), text(f"<p>{long}</p>", "html"))
    stub = HEAD + multipart("alternative", text("See HTML"), text(f"<p>{long * 20}</p>", "html"))
    blank = HEAD + multipart("alternative", text(" \r\n"), text("<p>x</p>", "html"))
    assert [part.type for part in bodies(parse(both))] == ["text/plain"]
    assert [part.type for part in bodies(parse(both), "html")] == ["text/html"]
    assert [part.type for part in bodies(parse(stub))] == ["text/html"]
    assert [part.type for part in bodies(parse(stub), "plain")] == ["text/plain"]
    assert [part.type for part in bodies(parse(blank), "plain")] == ["text/html"]
    assert has_type(parse(both), "text/html")
    assert leaves(parse(both).root) == 2


def test_the_root_of_related_parts() -> None:
    html = b"Content-Type: text/html\r\nContent-ID: <root>\r\n\r\n<p>x</p>"
    message = parse(HEAD + multipart("related", text("other"), html, rest='; start="<root>"'))
    assert [part.type for part in bodies(message)] == ["text/html"]


@pytest.mark.parametrize(
    ("data", "encoding", "decoded"),
    [
        (b"aGVs\r\nbG8=\r\n", "base64", b"hello"),
        (b"aGVsbG8", "base64", b"hello"),
        (b"aGVs!bG8=", "base64", b"hello"),
        (b"aGk=aGk=", "base64", b"hihi"),
        (b"a", "base64", b""),
        (b"aGVsbG8=\n\n-- \nof the list\n", "base64", b"hello"),
        (b"aGVs\n\n--\nof the list\n", "base64", b"hel"),
        (b"aGVs\n\nbG8=\n", "base64", b"hello"),
        (b"=3D==3D===C3=A9==\r\n", "quoted-printable", b"===" + b"==\xc3\xa9="),
        (b"=C3=A9=\r\nx=20 =\t\r\ny =ZZ =", "quoted-printable", b"\xc3\xa9x  y =ZZ "),
        (b"noise\nbegin 644 x\r\n%2&5L;&\\ \r\n`\r\nend\r\n", "uuencode", b"Hello"),
        (b"no begin", "uuencode", b"no begin"),
        (b"as it is", "", b"as it is"),
    ],
)
def test_transfer_encodings(data: bytes, encoding: str, decoded: bytes) -> None:
    assert decode_body(data, encoding) == decoded


def test_names_of_encodings() -> None:
    assert [encoding_of(word) for word in (b"BASE64", b' "base64" ', b"base64; x", b"Quoted-Printable", b"x-uue")] == [
        "base64", "base64", "base64", "quoted-printable", "uuencode",
    ]  # fmt: skip
    assert [encoding_of(word) for word in (b"", b"7bit", b"8bit", b"x-unknown", b";")] == [""] * 5


@given(st.binary(max_size=200), st.sampled_from(["base64", "quoted-printable", "uuencode", ""]))
def test_no_encoding_raises(data: bytes, encoding: str) -> None:
    decode_body(data, encoding)
    assert decoded_size(data, 0, len(data), encoding) >= 0
