"""The header fields of a list, and what identifies a message."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.mime.test_headers import is_clean
from tui_mail.mime.envelope import fingerprint, header_hash, parse_envelope
from tui_mail.model.mail import Address
from tui_mail.model.remote import LIST_FIELDS

HEADER = b"""Received: from a by b; Mon, 23 Nov 2026 08:41:02 +0000\r
Date: Mon, 23 Nov 2026 09:41:00 +0100\r
From: Grace Hopper <grace@example.org>\r
To: "Me Myself" <me@example.org>, Alan <alan@example.net>\r
Cc: dev@example.org\r
Subject: Re: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r
 from the meeting\r
Message-ID: <1@example.org>\r
In-Reply-To: Your message of Monday <0@example.org>\r
References: <a@example.org> <b@example.org>\r
 <a@example.org> broken <c d@x> <0@example.org>\r
List-Id: The developers <dev.example.org>\r
Content-Type: Multipart/Mixed; boundary="abc"\r
X-Other: y\r
\r
Subject: of the body\r
"""


def test_an_envelope() -> None:
    found = parse_envelope(HEADER)
    assert found.message_id == "1@example.org"
    assert found.in_reply_to == "0@example.org"
    assert found.references == ("a@example.org", "b@example.org", "0@example.org")
    assert found.date == 1795423260
    assert found.subject == "Re: Grüße from the meeting"
    assert found.from_ == (Address("Grace Hopper", "grace@example.org"),)
    assert found.to == (Address("Me Myself", "me@example.org"), Address("Alan", "alan@example.net"))
    assert found.cc == (Address("", "dev@example.org"),)
    assert found.sender == found.reply_to == found.bcc == ()
    assert found.list_id == "dev.example.org"
    assert found.mixed


def test_an_empty_header() -> None:
    found = parse_envelope(b"")
    assert (found.message_id, found.date, found.subject, found.from_, found.mixed) == ("", None, "", (), False)


def test_every_from_line_counts() -> None:
    found = parse_envelope(b"From: a@x.org\nfrom : b@y.org\nFROM:\n c@z.org\n\n")
    assert [one.address for one in found.from_] == ["a@x.org", "b@y.org", "c@z.org"]


def test_message_ids() -> None:
    for value, expected in (
        (b"<[abc]@x>", "[abc]@x"), (b"bare@x.org", "bare@x.org"), (b"no id", ""), (b"<a b@x>", ""), (b"<>", ""),
        (b"\r\n <folded@x>", "folded@x"), (b"<caf\xc3\xa9@x>", "café@x"), (b"<a\x00@x>", ""), (b"1399-771", "1399-771"),
        (b"<open@x", "open@x"), (b"bare\x00@x", ""), (b"<a@ .>", ""), (b"<a@  >", "a@"), (b'<"a b"@x>', ""),
    ):  # fmt: skip
        assert parse_envelope(b"Message-ID: " + value + b"\r\n\r\n").message_id == expected


def test_very_many_references_keep_both_ends() -> None:
    header = b"References: " + b" ".join(b"<%d@x>" % number for number in range(1000)) + b"\n\n"
    found = parse_envelope(header).references
    assert len(found) == 100
    assert (found[0], found[-1]) == ("0@x", "999@x")


def subset(header: bytes) -> bytes:
    """What a server gives for HEADER.FIELDS."""
    wanted = {name.lower().encode() for name in LIST_FIELDS}
    out, keep = [], False
    for line in header.split(b"\r\n\r\n")[0].split(b"\r\n"):
        if not line.startswith((b" ", b"\t")):
            keep = line.partition(b":")[0].lower() in wanted
        if keep:
            out.append(line)
    return b"\r\n".join(out) + b"\r\n\r\n"


def test_identity_is_the_same_for_the_whole_header_and_its_subset() -> None:
    part = subset(HEADER)
    assert b"Received" not in part
    assert fingerprint(part, 5) == fingerprint(HEADER, 5) == fingerprint(HEADER.replace(b"\r\n", b"\n"), 5)
    assert header_hash(part) == header_hash(HEADER)
    assert parse_envelope(part) == parse_envelope(HEADER)
    assert len(fingerprint(part, 5)) == len(header_hash(part)) == 16


def test_identity_differs_where_the_message_does() -> None:
    other = HEADER.replace(b"Grace", b"Joan")
    assert fingerprint(HEADER, 5) != fingerprint(HEADER, 6)
    assert fingerprint(HEADER, 5) != fingerprint(other, 5)
    assert header_hash(HEADER) != header_hash(HEADER.replace(b"Cc:", b"Bcc:"))
    assert header_hash(HEADER) != header_hash(other)


lines = st.tuples(
    st.sampled_from(
        [
            b"From",
            b"To",
            b"Subject",
            b"Date",
            b"References",
            b"Message-ID",
            b"List-Id",
            b"Content-Type",
            b"X",
            b" ",
            b"",
        ]
    ),
    st.binary(max_size=60),
).map(lambda pair: pair[0] + b": " + pair[1] + b"\r\n")


@given(st.one_of(st.binary(max_size=200), st.lists(lines, max_size=12).map(b"".join)))
def test_no_header_raises(raw: bytes) -> None:
    found = parse_envelope(raw)
    for text in (found.message_id, found.in_reply_to, found.subject, found.list_id, *found.references):
        assert is_clean(text)
    for address in (*found.from_, *found.sender, *found.reply_to, *found.to, *found.cc, *found.bcc):
        assert is_clean(address.name + address.address)
    fingerprint(raw, len(raw))
    header_hash(raw)
