"""A draft as others receive it, read by the standard library and by our own reader."""

from __future__ import annotations

import email.utils
import re
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.unit.mime.compose.strategies import (
    ADA,
    ALIAS,
    WHEN,
    Kept,
    addresses,
    attach,
    bodies,
    drafts,
    file_names,
    names,
    visible,
)
from tests.unit.mime.compose.test_flow import kept as kept_text
from tests.unit.mime.compose.wire import check_wire, compat32, decoded, listed, names_of_fields, policy_default
from tui_mail.mime.compose.build import build, new_message_id
from tui_mail.mime.compose.domains import ascii_address
from tui_mail.mime.compose.fields import mailboxes, unstructured
from tui_mail.mime.compose.recipients import read_recipients, write_recipients
from tui_mail.mime.flowed import join_flowed
from tui_mail.mime.structure import Message, parse, part_bytes, part_text
from tui_mail.model.draft import AttachedFile, Draft
from tui_mail.model.errors import UsageError
from tui_mail.model.mail import Address

KEPT = Kept()


def pairs(typed: str) -> list[tuple[str, str]]:
    return [(one.name, ascii_address(one.address)) for one in read_recipients(typed)]


def text_of(message: Message) -> str:
    """The text as a reader joins it."""
    part = message.parts[0]
    assert (part.type, part.flowed) == ("text/plain", True)
    text = part_text(message, part).replace("\r\n", "\n")
    return join_flowed(text.removesuffix("\n"))


def expected_text(body: str) -> str:
    body = body.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    return re.sub(r"(?m)^(>+ --) $", r"\1", kept_text(body))


@given(drafts(KEPT))
def test_what_is_built_is_what_others_read(draft: Draft) -> None:
    assume(draft.to or draft.cc or draft.bcc)
    built = build(draft, KEPT.read, WHEN)
    check_wire(built.wire)
    check_wire(built.copy)
    ours, theirs = parse(built.copy), compat32(built.copy)
    envelope = ours.envelope
    assert not ours.problems
    for name, typed, found in (
        ("To", draft.to, envelope.to),
        ("Cc", draft.cc, envelope.cc),
        ("Bcc", draft.bcc, envelope.bcc),
    ):
        if typed or name != "To":
            assert listed(theirs, name) == [(one.name, one.address) for one in found] == pairs(typed)
    assert envelope.subject == draft.subject.strip() == built.subject
    assert decoded(theirs.get("Subject", "").replace("\r\n", "")) == draft.subject.strip()
    assert envelope.from_ == (Address(draft.identity.name, ascii_address(draft.identity.address)),)
    assert envelope.message_id == built.message_id == draft.message_id
    assert (envelope.in_reply_to, envelope.references) == (draft.in_reply_to, draft.references)
    assert text_of(ours) == expected_text(draft.body)
    inner = tuple(f"{part.id}." for part in ours.parts if part.inner is not None)
    files = [part for part in ours.parts if part.is_attachment and not part.id.startswith(inner)]
    assert [part_bytes(ours, part.id) for part in files] == [KEPT.read(file.raw) for file in draft.attachments]
    assert [part.name for part in files] == [file.name for file in draft.attachments]


@given(drafts(KEPT))
def test_the_newer_parser_of_the_standard_library_reads_it_too(draft: Draft) -> None:
    assume(draft.to)
    message = policy_default(build(draft, KEPT.read, WHEN).wire)
    assert not message.defects
    assert message.get("Subject", "") == draft.subject.strip()
    found = [re.sub(r'["\\]', "", one.addr_spec) for one in message["To"].addresses]
    assert found == [re.sub(r'["\\]', "", address) for _name, address in pairs(draft.to)]
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content().replace("\r\n", "\n").removesuffix("\n")
    assert join_flowed(text) == expected_text(draft.body)
    files = list(message.iter_attachments())
    assert [part.get_filename() for part in files] == [file.name for file in draft.attachments]
    for part, file in zip(files, draft.attachments, strict=True):
        if part.get_content_type() != "message/rfc822":
            assert part.get_payload(decode=True) == KEPT.read(file.raw)


@given(drafts(KEPT))
def test_bcc_is_in_the_copy_and_nowhere_else(draft: Draft) -> None:
    assume(draft.to or draft.cc or draft.bcc)
    built = build(draft, KEPT.read, WHEN)
    assert "Bcc" not in names_of_fields(built.wire)
    if draft.bcc:
        fields = names_of_fields(built.copy)
        assert fields[fields.index("Bcc") - 1] == ("Cc" if draft.cc else "To")
        assert [name for name in fields if name != "Bcc"] == names_of_fields(built.wire)
        assert len(built.copy) > len(built.wire)
    else:
        assert built.copy == built.wire
    everybody = [address for typed in (draft.to, draft.cc, draft.bcc) for _name, address in pairs(typed)]
    assert {address.lower() for address in built.recipients} == {address.lower() for address in everybody}
    assert all(address.isascii() for address in (*built.recipients, built.sender))
    assert built.to == (draft.to or draft.cc or draft.bcc)


@given(drafts(KEPT))
def test_nothing_names_the_program_or_the_machine(draft: Draft) -> None:
    assume(draft.to)
    built = build(draft, KEPT.read, WHEN)
    known = {
        "Date", "From", "To", "Cc", "Bcc", "Subject", "Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding",
    }  # fmt: skip
    assert set(names_of_fields(built.copy)) <= known


def simple(**changes: object) -> Draft:
    values: dict[str, object] = {"identity": ADA, "to": "grace@example.org", "subject": "x", "body": "y"} | changes
    return Draft(**values)  # type: ignore[arg-type]


def test_a_plain_message_is_legible() -> None:
    wire = build(simple(message_id="1@example.org", to="Grace <grace@example.org>"), KEPT.read, WHEN).wire
    head, body = wire.split(b"\r\n\r\n")
    assert head.split(b"\r\n")[1:] == [
        b"From: Ada Lovelace <ada@example.org>",
        b"To: Grace <grace@example.org>",
        b"Subject: x",
        b"Message-ID: <1@example.org>",
        b"MIME-Version: 1.0",
        b"Content-Type: text/plain; charset=us-ascii; format=flowed; delsp=no",
        b"Content-Transfer-Encoding: 7bit",
    ]
    assert body == b"y\r\n"


def test_recipients_are_named_once() -> None:
    draft = simple(to="a@B.example, A@b.example", cc="a@b.EXAMPLE, c@faß.de", bcc="c@xn--fa-hia.de, d@e")
    assert build(draft, KEPT.read, WHEN).recipients == ("a@B.example", "A@b.example", "c@xn--fa-hia.de", "d@e")


def test_domains_in_other_scripts() -> None:
    built = build(simple(identity=ALIAS, to="Jörg <j@bücher.example>"), KEPT.read, WHEN)
    assert built.sender == "countess@xn--fa-hia.de"
    assert built.message_id.endswith("@xn--fa-hia.de")
    assert built.recipients == ("j@xn--bcher-kva.example",)
    assert built.to == "Jörg <j@bücher.example>"
    assert b"<j@xn--bcher-kva.example>" in built.wire


def test_a_message_for_bcc_alone() -> None:
    built = build(simple(to="", bcc="a@b, c@d"), KEPT.read, WHEN)
    assert b"\r\nTo: undisclosed-recipients:;\r\n" in built.wire
    assert built.recipients == ("a@b", "c@d")
    assert built.to == "a@b, c@d"
    assert b"a@b" not in built.wire
    assert policy_default(built.wire)["To"].addresses == ()
    assert parse(built.wire).envelope.to == (Address("undisclosed-recipients", ""),)


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (simple(to=""), "nobody"),
        (simple(to=" , "), "nobody"),
        (simple(to="ada"), "ada is no mail address"),
        (simple(bcc="jörg@example.org"), "SMTPUTF8"),
        (simple(body="a\0b"), "NUL"),
        (simple(identity=ADA.__class__(ADA.account, "", "nobody")), "nobody is no mail address"),
    ],
)
def test_what_cannot_be_sent(draft: Draft, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        build(draft, KEPT.read, WHEN)


def test_ids_of_messages() -> None:
    first, second = new_message_id("ada@faß.de"), new_message_id("ada@faß.de")
    assert first != second
    assert re.fullmatch(r"[0-9a-f]{32}@xn--fa-hia\.de", first)
    with pytest.raises(UsageError):
        new_message_id("ada")
    drawn = build(simple(), KEPT.read, WHEN).message_id
    assert re.fullmatch(r"[0-9a-f]{32}@example\.org", drawn)
    # What could not stand in the brackets is not an id.
    assert build(simple(message_id="a b\r\nBcc: c@d"), KEPT.read, WHEN).message_id.endswith("@example.org")


@pytest.mark.parametrize(
    ("zone", "written"), [("UTC", "+0000"), ("Asia/Kolkata", "+0530"), ("America/New_York", "-0500")]
)
def test_the_date_is_local(zone: str, written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        value = compat32(build(simple(), KEPT.read, WHEN).wire)["Date"]
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()
    assert value.endswith(written)
    assert email.utils.parsedate_to_datetime(value).timestamp() == WHEN


@pytest.mark.parametrize("when", [-1e18, 0.0, 1e18])
def test_no_clock_is_too_wrong(when: float) -> None:
    check_wire(build(simple(), KEPT.read, when).wire)


@given(st.text(visible, max_size=300))
def test_fields_are_folded_and_unfold_to_the_same(text: str) -> None:
    field = unstructured("Subject", text)
    rows = field.removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(row) <= 76 or b" " not in row.strip().removeprefix(b"Subject: ") for row in rows)
    assert all(row.strip() for row in rows)


@given(st.lists(addresses, min_size=1, max_size=8))
def test_lists_of_addresses_are_folded(found: list[Address]) -> None:
    for row in mailboxes("To", found).removesuffix(b"\r\n").split(b"\r\n"):
        assert len(row) <= 76 or row.count(b"@") == 1
        assert b"=?" not in row or len(row) <= 76


@given(names)
def test_no_character_is_split_between_encoded_words(name: str) -> None:
    for word in re.findall(rb"=\?utf-8\?[bq]\?[^?]*\?=", unstructured("X", f"é{name}")):
        assert "\ufffd" not in decoded(word.decode()) or "\ufffd" in name
        assert len(word) <= 75


def test_six_names_with_commas() -> None:
    """Refolding by the standard library lost the quotes of such names (CVE-2025-1795)."""
    people = [Address("Doe, Jöhn", f"u{number}@example.org") for number in range(6)]
    built = build(simple(to=write_recipients(people)), KEPT.read, WHEN)
    assert parse(built.wire).envelope.to == tuple(people)
    assert listed(compat32(built.wire), "To") == [("Doe, Jöhn", one.address) for one in people]


def test_very_many_recipients() -> None:
    people = [Address(f"Jörg {number}", f"u{number}@example.org") for number in range(16_000)]
    built = build(simple(to="", bcc=write_recipients(people)), KEPT.read, WHEN)
    assert len(built.recipients) == 16_000
    check_wire(built.copy)


@given(bodies)
def test_the_encoding_is_the_lightest(body: str) -> None:
    wire = build(simple(body=body), KEPT.read, WHEN).wire
    encoding = compat32(wire)["Content-Transfer-Encoding"]
    flat = body.replace("\r\n", "\n").replace("\r", "\n")
    if encoding == "7bit":
        assert body.isascii()
    else:
        assert not body.isascii() or any(len(row) > 900 for row in flat.split("\n"))
    assert ("charset=us-ascii" in compat32(wire)["Content-Type"]) == body.isascii()


def test_encodings() -> None:
    def encoding(body: str) -> str:
        return str(compat32(build(simple(body=body), KEPT.read, WHEN).wire)["Content-Transfer-Encoding"])

    assert encoding("plain") == "7bit"
    assert encoding("x" * 2000) == "quoted-printable"
    assert encoding("Grüße aus Köln, wo es heute regnet, und zwar den ganzen Tag lang.") == "quoted-printable"
    assert encoding("日本語" * 100) == "base64"


def test_controls_in_the_text_arrive() -> None:
    body = "".join(map(chr, (*range(1, 10), 11, 12, *range(14, 32), *range(127, 160)))) + "\u2028\u2029x"
    assert text_of(parse(build(simple(body=body), KEPT.read, WHEN).wire)) == body


@given(file_names, st.binary(max_size=2000))
def test_any_file_arrives_with_its_name(name: str, data: bytes) -> None:
    file = attach(KEPT, name, "application/x-thing", data)
    wire = build(simple(attachments=(file,)), KEPT.read, WHEN).wire
    found = list(policy_default(wire).iter_attachments())
    assert [(part.get_filename(), part.get_payload(decode=True)) for part in found] == [(name, data)]
    fallback = re.search(rb'; ?\r?\n? name="?([^"\r\n]*)', wire)
    assert fallback is None or fallback[1].isascii()


def test_the_kinds_of_files() -> None:
    def kind(type_: str, data: bytes = b"x", name: str = "a") -> str:
        file = attach(KEPT, name, type_, data)
        part = next(policy_default(build(simple(attachments=(file,)), KEPT.read, WHEN).wire).iter_attachments())
        return f"{part['Content-Type']} {part['Content-Transfer-Encoding']} {part.get_filename()}"

    message = b"From: a@b\r\n\r\nx"
    assert kind("application/pdf") == 'application/pdf; name="a" base64 a'
    assert kind("text/plain", "ü".encode()) == 'text/plain; charset="utf-8"; name="a" base64 a'
    assert kind("text/plain", b"\xfc") == 'text/plain; name="a" base64 a'
    assert kind("Text/HTML\r\nBcc: x") == 'application/octet-stream; name="a" base64 a'
    assert kind("multipart/mixed") == kind("message/partial") == 'application/octet-stream; name="a" base64 a'
    assert kind("message/rfc822", message, "a.eml") == 'message/rfc822; name="a.eml" 7bit a.eml'
    opaque = 'application/octet-stream; name="a.eml" base64 a.eml'
    for odd in ("Grüße".encode(), b"\0", b"\n", b"\r", b"x" * 999):
        assert kind("message/rfc822", message + odd) == opaque


def test_a_boundary_is_drawn_again_when_a_part_holds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["taken", "taken", "free"])
    monkeypatch.setattr("tui_mail.mime.compose.parts.secrets.token_hex", lambda _count: next(drawn))
    inner = attach(KEPT, "a.eml", "message/rfc822", b"From: a@b\r\n\r\n--=_taken\r\n")
    wire = build(simple(attachments=(inner,), message_id="1@x"), KEPT.read, WHEN).wire
    assert b'boundary="=_free"' in wire
    assert [part.type for part in parse(wire).parts] == ["text/plain", "message/rfc822", "text/plain"]


def test_octets_are_asked_for_by_their_name() -> None:
    file = AttachedFile("a.bin", "application/octet-stream", 1, "raw-name")
    asked: list[str] = []

    def octets(name: str) -> bytes:
        asked.append(name)
        return b"z"

    assert b"\r\neg==\r\n" in build(simple(attachments=(file,)), octets, WHEN).wire
    assert asked == ["raw-name"]
