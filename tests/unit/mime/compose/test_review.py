"""What is worth a second look, and nothing that is not."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.unit.mime.compose.strategies import ADA, Kept, attach, drafts
from tests.unit.text.test_safe import check
from tui_mail.mime.compose.review import remarks
from tui_mail.model.draft import Draft, DraftKind

KEPT = Kept()
FILE = attach(KEPT, "a.pdf", "application/pdf", b"x")


def simple(**changes: object) -> tuple[str, ...]:
    values: dict[str, object] = {"identity": ADA, "to": "grace@example.org", "subject": "x", "body": "y"} | changes
    return remarks(Draft(**values))  # type: ignore[arg-type]


def test_nothing_to_remark_on() -> None:
    assert simple() == ()
    assert simple(body="I am attached to it", attachments=(FILE,)) == ()
    assert simple(body="", attachments=(FILE,)) == ("There is no text.",)


def test_subject_and_text() -> None:
    assert simple(subject=" ") == ("There is no subject.",)
    assert simple(body="\n") == ("The message is empty.",)
    quote = "Grace wrote:\n> Hello\n\n"
    assert simple(body=quote, kind=DraftKind.REPLY) == ("There is nothing but the quoted message.",)
    assert simple(body=quote + "-- \nAda", kind=DraftKind.REPLY_ALL) == ("There is nothing but the quoted message.",)
    assert simple(body=quote + "Yes.", kind=DraftKind.REPLY) == ()
    forwarded = "\n\n---------- Forwarded message ----------\nFrom: a\n\nsee the attached file\n"
    assert simple(body=forwarded, kind=DraftKind.FORWARD) == ()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Please find the report attached.", "attached"),
        ("See attachment", "attachment"),
        ("Anbei der Bericht", "Anbei"),
        ("Der Bericht liegt im Anhang.", "Anhang"),
        ("Vous trouverez ci-joint le rapport", "ci-joint"),
        ("la pièce jointe", "pièce jointe"),
        ("Te envío adjunto el informe", "adjunto"),
        ("In allegato il rapporto", "allegato"),
        ("Segue em anexo", "em anexo"),
        ("In de bijlage", "bijlage"),
        ("Se bifogad fil", "bifogad"),
        ("W załączniku raport", "załączniku"),
        ("Отчёт во вложении", "вложении"),
        ("請見附件。", "附件"),
        ("ファイルを添付します", "添付"),
        ("첨부 파일", "첨부"),
    ],
)
def test_a_file_that_was_promised(text: str, word: str) -> None:
    assert simple(body=text) == (f"The text says “{word}”, but nothing is attached.",)
    assert simple(body=text, attachments=(FILE,)) == ()
    assert simple(body=f"> {text}\nok", kind=DraftKind.REPLY) == ()
    assert simple(body=f"ok\n-- \n{text}") == ()
    assert simple(subject=text) != ()
    assert simple(subject=f"Re: {text}", kind=DraftKind.REPLY) == ()


def test_other_words() -> None:
    assert simple(body="The unattached, detachment and Anhangsabteilung") == ()


def test_recipients() -> None:
    assert simple(cc="Grace <GRACE@example.org>, grace@example.org") == ("GRACE@example.org is named twice.",)
    many = ", ".join(f"p{number}@example.org" for number in range(21))
    assert simple(to=many) == ("21 recipients will see the addresses of all others; Bcc hides them.",)
    assert simple(bcc=many) == ()
    assert simple(to="half, grace@example.org") == ()


def test_look_alikes() -> None:
    assert simple(to="Paypal <x@\u0440aypal.com>") == (
        "The domain of x@рaypal.com (xn--aypal-uye.com) is written with letters that look like others.",
    )
    assert simple(to="x@xn--pple-43d.com") != ()
    assert simple(to="x@bücher.example") == ()
    assert simple(to='"boss@example.org" <x@evil.example>') == (
        "boss@example.org looks like an address, but the message goes to x@evil.example.",
    )


@given(drafts(KEPT))
def test_remarks_may_be_shown(draft: Draft) -> None:
    for sentence in remarks(draft):
        check(sentence)
        assert sentence.endswith(".")
