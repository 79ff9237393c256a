"""Who sent it, what is attached, which version is shown, and bytes that are not what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.mime.messages import HEAD, broken, multipart, text
from tests.unit.text.test_safe import check
from tui_mail.mime.authres import choose, read
from tui_mail.mime.charsets import decode
from tui_mail.mime.choose import Choice
from tui_mail.mime.dangers import attachment_warnings, runs
from tui_mail.mime.dates import parse_date
from tui_mail.mime.enriched import without_commands
from tui_mail.mime.html import DirectConverter
from tui_mail.mime.render import render
from tui_mail.mime.structure import parse, part_text
from tui_mail.mime.transfer import decode_body
from tui_mail.mime.trust import first_time, same_organisation, sender_warnings, shown_address
from tui_mail.model.mail import Address


def kinds(*header: tuple[str, str]) -> list[str]:
    return [warning.kind for warning in sender_warnings([(name, value.encode()) for name, value in header])]


FROM = ("From", "Grace <grace@example.org>")


class TestSender:
    def test_names(self) -> None:
        assert kinds(FROM) == []
        assert kinds(("From", "ceo@bank.example <x@evil.example>")) == ["name-address"]
        assert kinds(("From", '"ceo@bank.example" <x@evil.example>')) == ["name-address"]
        assert kinds(("From", "Bank \uff1cceo\uff20bank.example\uff1e <x@evil.example>")) == ["name-address"]
        assert kinds(("From", "Pay\u200bPal <x@evil.example>")) == ["name-hidden"]
        assert kinds(("From", "P\u0430yPal <x@evil.example>")) == ["look-alike"]
        assert kinds(("From", "Федор Example <x@evil.example>")) == []
        assert kinds(("From", "👨\u200d👩\u200d👧 <x@y.example>")) == []

    def test_carriers(self) -> None:
        elsewhere = ("Return-Path", "<bounce@mailer.example>")
        assert kinds(FROM, elsewhere, ("Sender", "r@carrier.example")) == ["sent-by", "return-path"]
        assert kinds(FROM, ("Return-Path", "<bounce@mail.example.org>"), ("Sender", "x@example.org")) == []
        assert kinds(FROM, ("Return-Path", "<>")) == []
        for field in ("List-Id", "List-Unsubscribe"):
            assert kinds(FROM, elsewhere, (field, "<x>")) == []
        assert kinds(FROM, ("Reply-To", "reply+1@reply.example.org")) == []
        assert kinds(FROM, ("Reply-To", "grace@example.org.evil.example")) == ["reply-elsewhere"]
        assert kinds(FROM, ("Reply-To", "x@xn--pple-43d.com")) == ["reply-elsewhere", "look-alike"]

    def test_where_an_address_is_at_is_always_told(self) -> None:
        long = f"security-of-bank.example-{'x' * 300}@evil.example"
        (warning,) = sender_warnings([("from", f'"ceo@bank.example" <{long}>'.encode())])
        assert warning.text.endswith("x…@evil.example.")
        assert shown_address(Address("", "a@" + "bank.example." * 20 + "evil.example")).endswith(".evil.example")

    def test_somebody_new(self) -> None:
        found = first_time(Address("Grace", "grace@example.org"), seen_before=False)
        assert found is not None
        assert (found.kind, found.text) == ("first-time", "This is the first message from grace@example.org.")
        assert first_time(Address("Grace", "grace@example.org"), seen_before=True) is None
        assert first_time(Address("Grace", ""), seen_before=False) is None

    def test_organisations(self) -> None:
        assert same_organisation("mail.example.org", "EXAMPLE.org")
        assert not same_organisation("example.org.evil.example", "example.org")
        assert not same_organisation("a.co.uk", "b.co.uk")
        assert not same_organisation("", "")

    @given(st.lists(st.tuples(st.sampled_from(["From", "Sender", "Reply-To", "Return-Path"]), st.binary(max_size=60))))
    def test_nothing_raises(self, header: list[tuple[str, bytes]]) -> None:
        for warning in sender_warnings(header):
            check(warning.text)


def test_only_the_topmost_result_of_the_own_server_counts() -> None:
    results = read(
        [
            ("Authentication-Results", value)
            for value in (
                b"relay.example; spf=pass",
                b"mx.own.example; dkim=fail",
                b"mx.own.example; dkim=pass; dmarc=pass",
            )
        ]
    )
    found = choose(results, "MX.own.example")
    assert found is not None
    assert (found.dkim, found.dmarc) == ("fail", "")
    assert choose(results, "own.example") is choose(results, "") is None


class TestAttachments:
    @pytest.mark.parametrize(
        ("name", "kind", "wanted"),
        [
            ("report.pdf", "application/pdf", []),
            ("invoice.pdf.exe", "application/octet-stream", ["double-extension"]),
            ("invoice.pdf   .exe", "application/octet-stream", ["double-extension"]),
            ("setup.exe. . ", "application/octet-stream", ["executable"]),
            ("SETUP.EXE", "application/octet-stream", ["executable"]),
            ("a.pdf", "application/x-sh", ["executable"]),
            ("invoice\u202efdp.exe", "application/octet-stream", ["name-turned", "executable"]),
            ("photo.2024.jpg", "image/jpeg", []),
            ("start.desktop", "text/plain", ["executable"]),
            ("exe", "application/octet-stream", []),
            ("", "application/octet-stream", []),
            ("budget.xlsm", "application/octet-stream", ["macros"]),
            ("budget.xlsx", "application/vnd.ms-excel.sheet.macroEnabled.12", ["macros"]),
            ("C:\\x.y\\notes", "text/plain", []),
        ],
    )  # fmt: skip
    def test_judged_by_name_and_type(self, name: str, kind: str, wanted: list[str]) -> None:
        found = attachment_warnings(name, kind)
        assert [warning.kind for warning in found] == wanted
        assert runs(name, kind) == any(one in {"executable", "double-extension"} for one in wanted)

    @given(st.text(max_size=400), st.text(max_size=20))
    def test_nothing_raises(self, name: str, kind: str) -> None:
        for warning in attachment_warnings(name, kind):
            check(warning.text)


ENOUGH = "The words of this message are all here, and there are enough of them. "


class TestVersions:
    @pytest.mark.parametrize(
        ("plain", "rich", "why"),
        [
            (ENOUGH, f"<p>{ENOUGH}</p>", "enough"),
            ("See it in your browser: https://x.example/1", f"<p>{ENOUGH * 4}</p>", "stub"),
            ("", "<p>x</p>", "stub"),
            (ENOUGH * 3, f"<p>{ENOUGH * 12}</p>", "poorer"),
            (ENOUGH * 3, "", "enough"),
            (f"<html><body><p>{ENOUGH}</p><p>{ENOUGH}</p><table><tr><td>x</td></tr></table></body></html>", f"<p>{ENOUGH * 2}</p>", "markup"),
            ("p { color: red; } a { x: y; } b { z: 1; } td { q: r; } " + ENOUGH, f"<p>{ENOUGH}</p>", "markup"),
            ("\n".join(f"Story {n} https://click.example/{'a' * 150}" for n in range(8)), "".join(f"<p>Story {n}</p>" for n in range(8)), "addresses"),
            ("Gr\ufffd\ufffde aus K\ufffd\ufffdln " * 3, "<p>Grüße aus Köln</p>" * 3, "damaged"),
            ("会議は木曜日に変更されました。場所は同じです。", "<p>会議は木曜日に変更されました。場所は同じです。</p>", "enough"),
            ("if (a < b) { x; }\n" + ENOUGH * 2, f"<p>{ENOUGH * 2}</p>", "enough"),
        ],
    )  # fmt: skip
    def test_the_better_one(self, plain: str, rich: str, why: str) -> None:
        message = parse(HEAD + multipart("alternative", text(plain), text(rich, "html")))
        choice = Choice(message)
        assert choice.why == why
        assert [part.type for part in choice.parts] == ["text/plain" if why == "enough" else "text/html"]
        for prefer in ("plain", "html"):
            asked = Choice(message, prefer)
            assert asked.why == "asked"

    def test_the_rendering_says_which_and_why(self) -> None:
        raw = HEAD + multipart("alternative", text("stub"), text(f"<p>{ENOUGH * 4}</p>", "html"))
        found = render(raw, html=DirectConverter())
        assert (found.kind, found.why, found.has_plain, found.has_html) == ("html", "stub", True, True)
        assert render(HEAD + text("x"), html=DirectConverter()).why == ""

    @given(broken, st.sampled_from(["auto", "plain", "html"]))
    def test_nothing_raises(self, raw: bytes, prefer: str) -> None:
        Choice(parse(raw), prefer)


class TestBytes:
    @pytest.mark.parametrize(
        ("data", "charset", "shown"),
        [
            ("grün".encode(), "utf-16", "grün"),
            ("grün".encode("utf-16"), "utf-16", "grün"),
            ("grün".encode("utf-16-le"), "", "grün"),
            ("grün und so weiter".encode("utf-16-be"), "us-ascii", "grün und so weiter"),
            ("会議".encode("cp932"), "iso-2022-jp", "会議"),
            ("회의".encode("cp949"), "iso-2022-kr", "회의"),
            (b"\x1b$B-!\x1b(B and \x1b(I6E\x1b(B", "iso-2022-jp", "① and ｶﾅ"),
            (b"caf\xe9", "../../etc/passwd", "café"),
            (b"Uryyb", "rot13", "Uryyb"),
            (b"a\0b", "utf-8", "a\0b"),
        ],
    )
    def test_labels_that_lie(self, data: bytes, charset: str, shown: str) -> None:
        assert decode(data, charset) == shown

    @given(st.text("日本語漢字ひらがなカタカナ亜腕弌熙ΑΩжя─╂、。", max_size=20))
    def test_japanese_by_either_way(self, words: str) -> None:
        assert decode(words.encode("iso2022_jp"), "iso-2022-jp") == words

    @given(
        st.binary(max_size=60),
        st.sampled_from(["utf-16", "utf-32", "iso-2022-jp", "iso-2022-kr", "hz", "utf-7", "gb2312", ""]),
    )
    def test_no_octets_raise_and_no_surrogate_comes_out(self, data: bytes, charset: str) -> None:
        decode(data, charset).encode()

    def test_html_that_names_its_charset_itself(self) -> None:
        raw = HEAD + b"Content-Type: text/html\r\n\r\n<meta charset='koi8-r'><p>" + "Привет".encode("koi8-r")
        message = parse(raw)
        assert "Привет" in part_text(message, message.parts[0])

    def test_base64_that_never_was(self) -> None:
        words = b"These words were never encoded, whatever the field says."
        assert decode_body(words, "base64") == words
        assert decode_body(b"SGVs bG8h!!\r\n", "base64") == b"Hello!"

    def test_an_empty_line_that_was_forgotten(self) -> None:
        for raw in (
            b"From: a@b.example\r\nSubject: x\r\nwords and no field\r\nmore",
            b"From x Mon\r\nFrom: a@b.example\r\nwords and no field\r\nmore",
        ):
            message = parse(raw)
            assert part_text(message, message.parts[0]) == "words and no field\r\nmore"
        odd = parse(b"From: a@b.example\r\nno field here\r\nSubject: x\r\n\r\nbody")
        assert (odd.envelope.subject, part_text(odd, odd.parts[0])) == ("x", "body")

    def test_enriched(self) -> None:
        assert without_commands("<bold>a</bold> <color><param>red</param>b</color>\nc\n\nd << e") == "a b c\nd < e"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Mon (Monday), 23 Nov 2026 09:41 (morning) +0100 (CET)", 1_795_423_260),
        ("Mo, 23 Nov 2026 09:41:00 +0100", 1_795_423_260),
        ("Di, 01 Dez 2026 00:00:00 +0000", 1_796_083_200),
        ("Mon, 30 Feb 2026 09:41:00 +0000", None),
        ("Sun, 29 Feb 2028 00:00:00 +0000", 1_835_395_200),
        ("Thu, 31 Dec 2026 23:59:59 +0000", 1_798_761_599),
        ("((((", None),
    ],
)
def test_dates(value: str, seconds: int | None) -> None:
    assert parse_date(value) == seconds
