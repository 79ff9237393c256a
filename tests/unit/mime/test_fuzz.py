"""Messages of any structure, and the awkward ones damaged: nothing raises, nothing unsafe is shown.

The seeds are fixed in the daily tests. ``make test-long`` draws far more, and anew each time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.unit.mime.messages import PIECES
from tests.unit.mime.test_awkward import holds
from tui_mail.mime.html import DirectConverter
from tui_mail.mime.render import render
from tui_mail.mime.searchtext import search_text
from tui_mail.mime.structure import parse, part_bytes

MESSAGES = sorted((Path(__file__).parents[2] / "data").glob("*.eml"))
SMALL = 20_000
"""Octets; longer messages cost the time of many."""
SPLICES = [
    *PIECES, b"\x1b]52;c;x\x07", b"\x9b31m", "\u202e".encode(), b"\0", b"=?utf-8?b?", b"?=", b"=1B", b"\r\n\r\n", b"--", b"<table><tr><td>", b"</a>", b"<a href=",
    b"begin 644 x\n", b"M" + b"x" * 60, b"`\nend\n", b"BEGIN:VEVENT\r\n", b"END:VCALENDAR\r\n", b"-----BEGIN PGP MESSAGE-----\n", b"@@ -1,9 +1,9 @@\n",
    b"> ", b"-- \r\n", b"From: ", b"Content-Type: text/html; charset=utf-7\r\n", b"Content-Type: application/ms-tnef\r\n", b"\x78\x9f\x3e\x22", b"&#27;", b"\xff\xfe",
]  # fmt: skip


def survives(raw: bytes, prefer: str = "auto") -> None:
    """Everything the reader, the list and the index do with a message."""
    message = parse(raw)
    for part in message.parts[:20]:
        part_bytes(message, part.id)
    search_text(raw)
    rendered = render(raw, prefer=prefer, html=DirectConverter())
    holds(rendered)
    for info in rendered.parts[:20]:
        part_bytes(message, info.id)


def damaged(raw: bytes, dice: random.Random) -> bytes:
    """``raw`` with a few octets changed, cut out, doubled or put in."""
    data = bytearray(raw)
    for _number in range(dice.randint(1, 6)):
        at = dice.randint(0, len(data))
        end = min(at + dice.randint(1, 80), len(data))
        match dice.randint(0, 6):
            case 0:
                data[at:end] = b""
            case 1:
                data[at:at] = data[at:end]
            case 2:
                data[at : at + 1] = bytes([dice.randint(0, 255)])
            case 3:
                data[at:at] = dice.choice(SPLICES)
            case 4:
                data = data[:at]
            case 5:
                data[at:at] = data[dice.randint(0, len(data)) :][:200]
            case _:
                data[at:end] = dice.choice(SPLICES)
    return bytes(data)


def some(count: int, number: int) -> Iterator[bytes]:
    dice = random.Random(number)
    raws = [raw for raw in (path.read_bytes() for path in MESSAGES) if len(raw) < SMALL]
    for _number in range(count):
        raw = dice.choice(raws)
        if dice.random() < 0.2:
            other = dice.choice(raws)
            raw = raw[: dice.randint(0, len(raw))] + other[dice.randint(0, len(other)) :]
        yield damaged(raw, dice)


@pytest.mark.parametrize("number", range(8))
def test_damaged_messages(number: int) -> None:
    for raw in some(100, number):
        survives(raw)


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_every_form_of_an_awkward_message(path: Path) -> None:
    raw = path.read_bytes()
    for prefer in ("plain", "html"):
        survives(raw, prefer)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_very_many_damaged_messages() -> None:
    number = random.SystemRandom().randint(0, 1 << 32)
    for count, raw in enumerate(some(40_000, number)):
        try:
            survives(raw)
        except Exception as error:
            pytest.fail(f"seed {number}, message {count}, {error!r}: {raw!r}")


NAMES = st.sampled_from(["From", "To", "Subject", "Date", "Content-Type", "Content-Disposition", "Content-ID", "List-Id", "List-Unsubscribe", "Reply-To",
                         "Authentication-Results", "Content-Transfer-Encoding", "MIME-Version", "Sender", "References"])  # fmt: skip
TYPES = st.sampled_from(
    ["text/plain", "text/html", "text/plain; charset=utf-8; format=flowed", "text/calendar", "application/ms-tnef; name=winmail.dat", "message/rfc822",
     "message/delivery-status", "message/disposition-notification", "text/rfc822-headers", "application/pgp-signature", "application/pkcs7-mime", "text/x-patch",
     "image/png", 'application/octet-stream; name="a.exe"', "text/enriched", "message/partial", "text/html; charset=utf-16", "text/plain; charset=iso-2022-jp"]
)  # fmt: skip
KINDS = st.sampled_from("mixed alternative related digest signed encrypted report parallel".split())
BODIES = st.one_of(
    st.binary(max_size=60),
    st.lists(st.sampled_from(SPLICES), max_size=8).map(b"".join),
    st.text(max_size=40).map(str.encode),
)
VALUES = st.one_of(
    st.binary(max_size=40),
    st.lists(st.sampled_from(SPLICES), max_size=3).map(b"".join),
    st.sampled_from([b"a@b.example", b"=?utf-8?q?=1B?=", b"<x@y>"]),
)


def leaf(kind: str, encoding: str, body: bytes) -> bytes:
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body


def branch(kind: str, boundary: str, members: list[bytes]) -> bytes:
    line = f"--{boundary}\r\n".encode()
    inside = b"".join(line + member + b"\r\n" for member in members)
    return (
        f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
        + inside
        + f"--{boundary}--\r\n".encode()
    )


LEAVES = st.builds(leaf, TYPES, st.sampled_from(["7bit", "base64", "quoted-printable", "x-uuencode"]), BODIES)
ENTITIES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(branch, KINDS, st.sampled_from(["a", "b", "ab", "a b"]), st.lists(inner, max_size=4)),
        inner.map(lambda part: b"Content-Type: message/rfc822\r\n\r\nFrom: x@y.example\r\n" + part),
    ),
    max_leaves=8,
)


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    header = b"".join(
        draw(NAMES).encode() + b": " + draw(VALUES) + b"\r\n" for _number in range(draw(st.integers(0, 6)))
    )
    return header + draw(ENTITIES)


@seed(20261126)
@given(messages(), st.sampled_from(["auto", "plain", "html"]))
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_messages_of_any_structure(raw: bytes, prefer: str) -> None:
    survives(raw, prefer)


@pytest.mark.long
@pytest.mark.timeout(1800)
@given(messages(), st.sampled_from(["auto", "plain", "html"]))
@settings(max_examples=20_000, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_very_many_messages_of_any_structure(raw: bytes, prefer: str) -> None:
    survives(raw, prefer)


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 64_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: text/html\n\n<p>x\n" * 20_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\n" * 5_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: application/ms-tnef\n\n\x78\x9f\x3e\x22" * 5_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: message/delivery-status\n\nFinal-Recipient: x\n" * 5_000,
        b"Content-Type: message/rfc822\n\n" * 5_000,
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2_000)),
        b"To: " + b"a@b.example, " * 100_000 + b"\n\nx",
        b"Subject: " + b"=?utf-8?q?x?= " * 50_000 + b"\n\nx",
        b"Content-Type: text/plain" + b"; a=b" * 50_000 + b"\n\nx",
        b"X: y\n" * 200_000 + b"\nx",
        b"no field at all\n" * 200_000,
        b"Subject: x\n\n" + b"begin 644 x\n" * 100_000,
        b"Subject: x\n\n" + b"https://x.example/" * 50_000,
        b"Subject: x\n\n" + b"> " * 500_000,
        b"Content-Type: text/html\n\n" + b"<a href=https://x.example/>x</a>" * 40_000,
        b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" + b"QQ==" * 300_000,
    ],
    ids=lambda raw: raw[:60].decode("latin-1"),
)  # fmt: skip
def test_messages_without_end(raw: bytes) -> None:
    survives(raw)
