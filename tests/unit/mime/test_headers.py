"""Header fields: splitting, decoding, parameters, dates, charsets. Nothing raises; nothing is invented."""

from __future__ import annotations

import time
from email.header import Header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mail.mime.charsets import codec
from tui_mail.mime.charsets import decode as decode_charset
from tui_mail.mime.dates import parse_date
from tui_mail.mime.headers import decode, every, fields, first, params
from tui_mail.mime.words import clean, decode_words

CONTROLS = frozenset(map(chr, (*range(0x20), *range(0x7F, 0xA0))))


def is_clean(text: str) -> bool:
    return not CONTROLS.intersection(text) and not any("\ud800" <= char <= "\udfff" for char in text)


def test_fields_are_unfolded_and_stop_at_the_empty_line() -> None:
    found = fields(b"From nobody\r\nA: 1\r\nB : two\r\n  three\r\n\tfour\r\nbad line\r\na: again\r\n\r\nC: body\r\n")
    assert found == [("A", b"1"), ("B", b"two  three\tfour"), ("a", b"again")]
    assert first(found, "b") == b"two  three\tfour"
    assert every(found, "A") == [b"1", b"again"]
    assert first(found, "C") == b""


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_every_kind_of_line_end(end: str) -> None:
    assert fields(f"A: 1{end}B: 2{end} 3{end}{end}C: 4".encode()) == [("A", b"1"), ("B", b"2 3")]


@given(st.binary(max_size=300))
def test_no_header_raises(raw: bytes) -> None:
    for name, value in fields(raw):
        assert name
        assert is_clean(decode(value))
        params(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"Plain", "Plain"),
        ("Grüße".encode(), "Grüße"),
        (b"Gr\xfc\xdfe", "Grüße"),
        (b"=?utf-8?B?w6k?= =?utf-8?B?w6k=?= x", "éé x"),
        (b"=?utf-8?B?4oI=?=\t=?utf-8?B?rA==?=", "€"),
        (b"=?UTF-8*en?q?a_b=20c?=", "a b c"),
        (b"=?utf-8?Q?hello world?=", "hello world"),
        (b"=?utf-8?Q?what??=", "what?"),
        (b"a=?utf-8?q?b?=c", "abc"),
        (b"=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        (b"=?iso-8859-1?q?=93x=94?=", "“x”"),
        (b"=?klingon?q?=E9?=", "é"),
        (b"=?rot13?q?uryyb?=", "uryyb"),
        (b"=?gb2312?B?1uzpRrv5?=", "朱镕基"),
        (b"=?utf-8?B?!!!?=", ""),
        (b"=?utf-8?Q??=", ""),
        (b"=?utf-8?Q?open", "=?utf-8?Q?open"),
        (b"=?utf-8?X?a?=", "=?utf-8?X?a?="),
        (b"=?utf-8?Q?=0D=0ABcc:_x?=", "Bcc: x"),
        (b"a\x00b\x1bc\r\n\td", "a\ufffdb\ufffdc   d"),
        (b"=?utf-7?Q?+2AA-x?=", "\ufffdx"),
    ],
)
def test_decode(value: bytes, text: str) -> None:
    assert decode(value) == text


@given(st.text(max_size=80))
def test_what_the_standard_library_encodes_is_read_again(text: str) -> None:
    text = clean(" ".join(text.encode("utf-8", "ignore").decode().split()))
    encoded = Header(text, "utf-8").encode().replace("\n", "")
    assert decode(encoded.encode()) == text


@given(st.lists(st.sampled_from(["=?", "?=", "?Q?", "utf-8", "?B?", "=E9", " ", "w6k=", "x", "\x80"])).map("".join))
def test_any_mixture_of_encoded_words(text: str) -> None:
    assert is_clean(clean(decode_words(text)))


@pytest.mark.parametrize(
    ("value", "kind", "found"),
    [
        (b"text/plain; charset=UTF-8", "text/plain", {"charset": "UTF-8"}),
        (b'Text/HTML;charset = "x" ; A=b', "text/html", {"charset": "x", "a": "b"}),
        (b'multipart/mixed; boundary="a;b\\"c"', "multipart/mixed", {"boundary": 'a;b"c'}),
        (b'a/b; name="C:\\dir\\x.exe"', "a/b", {"name": "C:\\dir\\x.exe"}),
        (b'a/b; x="open; y=z', "a/b", {"x": "open; y=z"}),
        (b"a/b; filename=foo bar.pdf; z=1", "a/b", {"filename": "foo bar.pdf", "z": "1"}),
        (b"a/b; n*=utf-8'en'%e2%82%ac", "a/b", {"n": "€"}),
        (b"a/b; n*0*=utf-8''%e2; n*1*=%82%ac; n*2=\" x\"", "a/b", {"n": "€ x"}),
        (b"a/b; n*1=b; n*0=a; n*3=d", "a/b", {"n": "ab"}),
        (b"a/b; n=x; n*=utf-8''y", "a/b", {"n": "y"}),
        (b'a/b; n="=?utf-8?Q?=C3=A9?="', "a/b", {"n": "é"}),
        (b"a/b; n=\xe9", "a/b", {"n": "é"}),
        (b"a/b (comment); c=d", "a/b", {"c": "d"}),
        (b"a/b (x=y); c=d", "a/b", {"c": "d"}),
        (b'"A/b"; c=d', "a/b", {"c": "d"}),
        (b'a/b c="d e"; f=g', "a/b", {"c": "d e", "f": "g"}),
        (b"attachment\tfilename=x y", "attachment", {"filename": "x y"}),
        (b"no value here = there", "no value here = there", {}),
        (b";;;; ;c=d;", "", {"c": "d"}),
        (b"", "", {}),
        (b"a/b; c*x=1; *=2; =3; d", "a/b", {}),
    ],
)  # fmt: skip
def test_params(value: bytes, kind: str, found: dict[str, str]) -> None:
    read = params(value)
    assert (read.value, read.params) == (kind, found)


def test_repeated_parameters_are_noticed() -> None:
    assert params(b"a/b; boundary=a; boundary=b").repeated
    assert params(b"a/b; boundary=a; boundary=b").params == {"boundary": "a"}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Mon, 23 Nov 2026 09:41:00 +0100", 1795423260),
        ("23 Nov 2026 09:41 +0100", 1795423260),
        ("Mon, 23 Nov 26 08:41:00 GMT", 1795423260),
        ("Mon, 23 Nov 2026 03:41:00 EST (Eastern (US))", 1795423260),
        ("Mon,23-Nov-2026 08:41:00 -0000", 1795423260),
        ("Mon Nov 23 08:41:00 2026", 1795423260),
        ("2026-11-23T08:41:00Z", 1795423260),
        ("2026-11-23 09:41:00.5 +01:00", 1795423260),
        ("Thu, 1 Jan 1970 00:00:00 +0000", 0),
        ("Wed, 31 Dec 1969 23:59:59 +0000", -1),
        ("Tue, 29 Feb 2028 12:00:00 +0000", 1835438400),
        ("Fri, 1 Jan 99 00:00:00 +0000", 915148800),
        ("Fri, 1 Jan 2100 00:00:00 +9999", 4102444800),
        ("Mon, 27 May 2002 10:28:3 +0200", 1022488083),
        ("Mon, 21 Aug 95 13:30:57 -600", 809033457),
        ("Mon, 21 Aug 95 13:30:57 -60000", 809011857),
        ("Wed 29 May 2019 06:09:22 PM EDT", 1559167762),
        ("Wed 29 May 2019 12:09:22 a.m. +0000", 1559088562),
        ("Tuesday, August 23, 2016 12:43 PM", 1471956180),
        ("Fri, Nov 01 02 01:50:58", 1036115458),
        ("Wed Sep 10 2008 19:35:00 +0200", 1221068100),
        ("Wed, 20 Sep 1995 00:19:00 (EDT) -0400", 811570740),
        ("Wed, 20 Sep 1995 00:19:00 (EDT", 811556340),
        ("Sat, 32 Jan 2026 00:00:00 +0000", None),
        ("Sat, 1 Foo 2026 00:00:00 +0000", None),
        ("Sat, 1 Jan 0000 00:00:00 +0000", None),
        ("Sat, 1 Jan 99999 00:00:00 +0000", None),
        ("", None),
        ("yesterday", None),
    ],
)
def test_dates(value: str, seconds: int | None) -> None:
    assert parse_date(value) == seconds


@given(st.datetimes(), st.integers(-14 * 60, 14 * 60))
def test_every_instant_is_read_as_it_was_written(when: object, zone: int) -> None:
    from datetime import datetime, timedelta, timezone
    from email.utils import format_datetime

    assert isinstance(when, datetime)
    moment = when.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=zone)))
    if moment.year >= 1000:
        expected = (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(seconds=1)  # noqa: UP017
        assert parse_date(format_datetime(moment)) == expected


@given(st.text(max_size=60))
def test_no_date_raises(value: str) -> None:
    parse_date(value)


@given(
    st.binary(max_size=60),
    st.one_of(st.text(max_size=20), st.sampled_from(["utf-7", "utf-16", "hz", "gb2312", "iso-2022-kr"])),
)
def test_no_charset_raises_or_gives_surrogates(data: bytes, charset: str) -> None:
    decode_charset(data, charset).encode("utf-8")


def test_only_charsets_are_codecs() -> None:
    for name in (
        "rot13",
        "zlib",
        "hex",
        "base64",
        "bz2",
        "uu",
        "punycode",
        "idna",
        "unicode_escape",
        "../../x",
        "utf-8\n\0",
        "",
    ):
        assert codec(name) in {"", "utf-8"}
    assert codec("ISO_8859-1") == codec("latin1") == "cp1252"


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("é".encode(), "iso-8859-1", "é"),
        (b"\xe9", "utf-8", "é"),
        (b"\xe9\xff", "", "éÿ"),
        ("éé".encode() + b"\xe9", "utf-8", "éé\ufffd"),
        ("联通".encode("gbk"), "gbk", "联通"),
        ("日本".encode("iso2022-jp"), "ISO-2022-JP", "日本"),
        ("日本".encode(), "iso-2022-jp", "日本"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
        ("x".encode("utf-16"), "utf-16", "x"),
        (b"\x93", "us-ascii", "“"),
        (b"\x81", "", "\ufffd"),
    ],
)
def test_charsets(data: bytes, charset: str, text: str) -> None:
    assert decode_charset(data, charset) == text


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: a/b" + b";" * 64_000,
        b"Content-Type: a/b" + b'; a="' * 16_000,
        b"Content-Disposition: a" + b"".join(b"; filename*%d=x" % n for n in range(8000)),
        b"Subject: " + b"=?utf-8?Q?=E9?= " * 8000,
        b"Subject: " + b"=?a?Q?" * 10_000,
        b"Subject: " + b"=?" * 32_000,
        b"Date: " + b" " * 64_000,
        b"Date: " + b"1 " * 32_000,
    ],
)
def test_hostile_headers_are_linear(raw: bytes) -> None:
    """No measurement of speed: where the work is quadratic, each of these takes seconds to minutes."""
    start = time.process_time()
    for _name, value in fields(raw):
        decode(value)
        params(value)
        parse_date(value.decode("latin-1"))
    assert time.process_time() - start < 5
