"""What a mailbox kept by this program says of one message, whatever its bytes are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mail.mime.served import holds, list_header, own_id, part_bytes

PIECES = st.sampled_from(
    [
        b"Subject: x\r\n", b"subject:\r\n folded\r\n", b"Received: y\r\n", b"To: a\n", b"Total: 1\r\n", b"\r\n", b"\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n", b"--b\r\n", b"--b--\r\n", b"Content-Type: message/rfc822\r\n",
        b"Subject: =?utf-8?b?!!!?=\r\n", b"Subject: =?nope?q?x?=\r\n", b"Content-Type: text/plain; charset=nope\r\n",
        b"\xff\x00", b"text",
    ]
)  # fmt: skip
MESSAGES = st.lists(PIECES, max_size=14).map(b"".join)


@given(MESSAGES)
def test_nothing_raises(raw: bytes) -> None:
    header = list_header(raw)
    assert header.endswith(b"\r\n")
    assert b"Received" not in header
    assert b"Total" not in header
    own_id(raw)
    holds(raw, "text")
    for section in ("1", "2", "1.1", "1.2.1", "0", "x", ""):
        part_bytes(raw, section)


def test_folded_fields_stay_whole() -> None:
    raw = b"X: 1\r\nReferences: <a@b>\r\n <c@d>\r\nX-To: no\r\nTO: e@f\r\n\r\nSubject: body\r\n"
    assert list_header(raw) == b"References: <a@b>\r\n <c@d>\r\nTO: e@f\r\n\r\n"


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"Message-ID: <a@b>\r\n\r\n", b"<a@b>"),
        (b"message-id:\r\n <a@b>\r\n\r\n", b"<a@b>"),
        (b"Subject: x\r\n\r\nMessage-ID: <in@body>\r\n", b""),
        (b"Message-ID: bare\r\n\r\n", b""),
    ],
)
def test_own_id(raw: bytes, found: bytes) -> None:
    assert own_id(raw) == found


def test_parts_by_number() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n"
        b"--i\r\n\r\nplain\r\n--i\r\n\r\nhtml\r\n--i--\r\n--o\r\n"
        b"Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\ninner\r\n--o--\r\n"
    )
    assert part_bytes(raw, "1.1") == b"plain"
    assert part_bytes(raw, "1.2") == b"html"
    assert part_bytes(raw, "2.1") == b"inner"
    assert part_bytes(raw, "3") is None
    assert part_bytes(b"Subject: x\r\n\r\nonly\r\n", "1") == b"only\r\n"
    assert part_bytes(b"Content-Transfer-Encoding: base64\r\n\r\nb25seQ==\r\n", "1") == b"b25seQ==\r\n"
