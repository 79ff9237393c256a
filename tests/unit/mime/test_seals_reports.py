"""What is sealed, and what reports say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.mime.messages import HEAD, attached, broken, multipart, text
from tests.unit.text.test_safe import check
from tui_mail.mime.findings import Report, Seal
from tui_mail.mime.html import DirectConverter
from tui_mail.mime.render import render
from tui_mail.mime.rendered import Rendered
from tui_mail.mime.reports import reports, returned, sentence
from tui_mail.mime.seals import armour, seals
from tui_mail.mime.structure import parse
from tui_mail.text.safe import line

PGP = b"Content-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----"
CMS = b"Content-Type: application/pkcs7-mime; smime-type=%s\r\nContent-Transfer-Encoding: base64\r\n\r\nMIAGCSqGSIb3DQEHA%sCA"


def shown(raw: bytes) -> Rendered:
    return render(raw, html=DirectConverter())


def kinds(raw: bytes) -> list[tuple[str, str, bool]]:
    return [(seal.kind, seal.how, seal.whole) for seal in seals(parse(HEAD + raw))]


class TestSeals:
    def test_the_whole_message(self) -> None:
        signed = HEAD + multipart("signed", multipart("mixed", text("a"), attached("b.pdf"), boundary="m"), PGP)
        assert seals(parse(signed)) == (Seal("signed", "PGP/MIME", "2", ("1.1", "1.2"), whole=True),)

    def test_only_what_was_signed_is_covered(self) -> None:
        raw = multipart("mixed", text("before"), multipart("signed", text("in"), PGP, boundary="s"), text("after"))
        assert seals(parse(HEAD + raw)) == (Seal("signed", "PGP/MIME", "2.2", ("2.1",), whole=False),)

    def test_a_signature_alone_in_its_multipart_is_around_everything(self) -> None:
        assert kinds(multipart("mixed", multipart("signed", text("in"), PGP, boundary="s"))) == [
            ("signed", "PGP/MIME", True)
        ]

    def test_a_message_inside_keeps_its_own(self) -> None:
        inner = b"Content-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\n" + multipart(
            "signed", text("in"), PGP, boundary="s"
        )
        assert kinds(multipart("mixed", text("x"), inner)) == [("signed", "PGP/MIME", False)]

    def test_smime(self) -> None:
        detached = multipart("signed", text("x"), b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx")
        assert kinds(detached) == [("signed", "S/MIME", True)]
        assert kinds(CMS % (b"signed-data", b"q")) == [("signed", "S/MIME", True)]
        assert kinds(CMS % (b"enveloped-data", b"6")) == [("encrypted", "S/MIME", True)]
        # What it says of itself does not count.
        assert kinds(CMS % (b"signed-data", b"6")) == [("encrypted", "S/MIME", True)]

    def test_encrypted(self) -> None:
        raw = multipart("encrypted", b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1", attached("x.asc"))
        assert seals(parse(HEAD + raw)) == (Seal("encrypted", "PGP/MIME", "2", (), whole=True),)
        rendered = shown(HEAD + raw)
        assert [warning.kind for warning in rendered.warnings] == ["encrypted"]
        assert [part.id for part in rendered.parts if part.is_attachment] == ["2"]

    def test_no_words_but_not_checked(self) -> None:
        for raw in (
            multipart("signed", text("x"), PGP),
            multipart("mixed", multipart("signed", text("x"), PGP, boundary="s"), text("y")),
        ):
            assert "not checked" in shown(HEAD + raw).warnings[0].text

    def test_in_the_text(self) -> None:
        words = (
            "a\n-----BEGIN PGP SIGNED MESSAGE-----\nx\n-----BEGIN PGP SIGNATURE-----\ny\n-----END PGP SIGNATURE-----\nb"
        )
        ((start, end, kind),) = armour(words)
        assert (kind, words[:start], words[end:]) == ("signed", "a\n", "\nb")
        assert [kind for _start, _end, kind in armour("-----BEGIN PGP MESSAGE-----\nnever closed")] == ["encrypted"]
        assert armour("> -----BEGIN PGP MESSAGE-----") == []
        assert shown(HEAD + text(words)).seals == (Seal("signed", "PGP", "1", (), whole=False),)

    @given(broken)
    def test_no_message_raises(self, raw: bytes) -> None:
        seals(parse(raw))

    @pytest.mark.timeout(60)
    def test_many(self) -> None:
        assert len(armour("-----BEGIN PGP MESSAGE-----\n" * 50_000)) == 1


STATUS = b"""Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n\
Final-Recipient: rfc822; a@example.net\r\nAction: failed\r\nStatus: 5.1.1 (bad)\r\nDiagnostic-Code: smtp; 550 no\r\n such user\r\n\r\n\
Original-Recipient: rfc822;b@example.net\r\nAction: RELAYED\r\nStatus: 2.0.0\r\n"""
ORIGINAL = (
    b"From: me@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <1@example.org>\r\n\r\nmy words"
)


class TestReports:
    def test_delivery(self) -> None:
        raw = HEAD + multipart("report", text("sorry"), STATUS, b"Content-Type: message/rfc822\r\n\r\n" + ORIGINAL)
        rendered = shown(raw)
        assert rendered.reports == (
            Report("delivery", "failed", line("a@example.net"), "5.1.1", line("550 no such user"), "1@example.org"),
            Report("delivery", "relayed", line("b@example.net"), "2.0.0", line(""), "1@example.org"),
        )
        assert rendered.text.split("\n\n") == [
            "sorry",
            "Not delivered to a@example.net: 550 no such user\nPassed on to b@example.net, where nobody confirms delivery",
            "── The message it is about ──\nFrom: me@example.org\nSubject: Grüße",
        ]
        assert not any(part.is_attachment for part in rendered.parts)

    @pytest.mark.parametrize(
        ("code", "told"),
        [
            ("550 5.1.1 <a@x>: Recipient address\r\n    rejected: unknown", "550 5.1.1 <a@x>: Recipient address rejected: unknown"),
            ("550-5.1.1 No such account.\r\n 550-5.1.1 Please check\r\n 550 5.1.1 the address.", "550 5.1.1 No such account. Please check the address."),
            ("452-too\r\n 452 many", "452 too many"),
            ("550 see 550 Main Street", "550 see 550 Main Street"),
            ("connect to mx[192.0.2.1]:25: timed out", "connect to mx[192.0.2.1]:25: timed out"),
        ],
    )  # fmt: skip
    def test_what_a_server_says_on_several_lines_is_one(self, code: str, told: str) -> None:
        part = f"Content-Type: message/delivery-status\r\n\r\nx: y\r\n\r\nFinal-Recipient: rfc822; a@x\r\nDiagnostic-Code: smtp; {code}\r\n"
        (found,) = shown(HEAD + multipart("report", text("sorry"), part.encode())).reports
        assert found.reason == told

    def test_headers_alone(self) -> None:
        raw = HEAD + multipart(
            "report",
            text("x"),
            STATUS,
            b"Content-Type: text/rfc822-headers\r\n\r\n" + ORIGINAL.partition(b"\r\n\r\n")[0],
        )
        assert returned(parse(raw)) == {"3": "1@example.org"}
        assert "my words" not in shown(raw).text

    def test_read(self) -> None:
        part = (
            b"Content-Type: message/disposition-notification\r\n\r\nFinal-Recipient: rfc822;a@example.net\r\n"
            b"Original-Message-ID: <1@example.org>\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n"
        )
        (found,) = shown(HEAD + multipart("report", text("x"), part)).reports
        assert found == Report("read", "displayed", line("a@example.net"), "", line(""), "1@example.org")
        assert sentence(found) == "Displayed by a@example.net, as their program says"

    def test_nonsense_is_shown_and_not_believed(self) -> None:
        part = b"Content-Type: message/delivery-status\r\n\r\nx: y\r\n\r\nFinal-Recipient: \x1b[2J{reason}\r\nAction: explode\r\n"
        message = parse(HEAD + multipart("report", text("x"), part))
        (found,) = reports(message, message.parts[1])
        check(sentence(found))
        assert (found.action, found.status) == ("", "")

    @given(st.binary(max_size=200))
    def test_no_report_raises(self, body: bytes) -> None:
        for kind in (b"message/delivery-status", b"message/disposition-notification"):
            message = parse(b"Content-Type: " + kind + b"\r\n\r\n" + body)
            for found in reports(message, message.parts[0]):
                check(sentence(found))

    @pytest.mark.timeout(30)
    def test_many(self) -> None:
        body = (
            b"Content-Type: message/delivery-status\r\n\r\n"
            + b"Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\n\r\n" * 50_000
        )
        message = parse(body)
        assert len(reports(message, message.parts[0])) <= 101
