"""A draft goes to the Drafts folder and comes back as it was, half addresses and all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.mime.compose.strategies import (
    ADA,
    ALIAS,
    HOME,
    IDENTITIES,
    WHEN,
    Kept,
    addresses,
    attach,
    drafts,
    typed,
    visible,
)
from tests.unit.mime.compose.wire import check_wire, compat32, listed, policy_default
from tests.unit.mime.messages import broken
from tui_mail.mime.compose.build import build_draft
from tui_mail.mime.compose.domains import ascii_address
from tui_mail.mime.compose.recipients import write_recipients
from tui_mail.mime.compose.replies import edit_as_new, reopen
from tui_mail.model.draft import Draft, DraftKind, Identity
from tui_mail.model.mail import Address

KEPT = Kept()

anything = st.one_of(
    typed,
    st.text(st.one_of(visible, st.sampled_from("\n\t")), max_size=60),
    st.tuples(typed, st.sampled_from(["", ",", ", gra", ' "Doe, J', ", a@b, c@", "\n", "; x@faß.de ", " (x"])).map(
        "".join
    ),
)


@given(drafts(KEPT, anything))
def test_there_and_back(draft: Draft) -> None:
    raw = build_draft(draft, KEPT.read, WHEN)
    check_wire(raw)
    assert reopen(raw, IDENTITIES, KEPT.keep) == draft
    assert edit_as_new(raw, IDENTITIES, KEPT.keep) == replace(
        draft, kind=DraftKind.NEW, message_id="", in_reply_to="", references=(), forwards=()
    )


@given(drafts(KEPT, anything))
def test_twice_is_once(draft: Draft) -> None:
    """Saving what was opened changes nothing, so that two programs may take turns."""
    opened = reopen(build_draft(draft, KEPT.read, WHEN), IDENTITIES, KEPT.keep)
    assert (
        build_draft(opened, KEPT.read, WHEN).split(b"boundary")[0]
        == build_draft(draft, KEPT.read, WHEN).split(b"boundary")[0]
    )


def test_others_see_the_whole_addresses() -> None:
    raw = build_draft(Draft(ADA, to="Grace <g@faß.de>, al", bcc="b@c"), KEPT.read, WHEN)
    message = compat32(raw)
    assert listed(message, "To") == [("Grace", "g@xn--fa-hia.de")]
    assert listed(message, "Bcc") == [("", "b@c")]
    assert "X-Tui-Mail-Bcc" not in message
    assert "Message-ID" not in message


def test_what_another_program_changed_counts() -> None:
    raw = build_draft(Draft(ADA, to="Grace <g@h>, al", cc="x"), KEPT.read, WHEN)
    changed = raw.replace(b"To: Grace <g@h>\r\n", b"To: Alan <a@l>\r\n")
    assert reopen(changed, IDENTITIES, KEPT.keep).to == "Alan <a@l>"
    removed = raw.replace(b"To: Grace <g@h>\r\n", b"")
    assert reopen(removed, IDENTITIES, KEPT.keep).to == ""
    added = raw.replace(b"X-Tui-Mail-Cc", b"Cc: y@z\r\nX-Tui-Mail-Cc")
    assert reopen(added, IDENTITIES, KEPT.keep).cc == "y@z"


def test_a_draft_of_another_program() -> None:
    raw = (
        b"From: Ada <ADA@home.example>\nTo: Gr=?utf-8?q?=C3=BC?=n <g@h>, half\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n"
        b"Message-ID: <1@x>\nIn-Reply-To: <2@x>\nReferences: <3@x>\n <2@x>\nX-Unsent: 1\nMIME-Version: 1.0\n"
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=c\n\n"
        b"--c\nContent-Type: text/plain; format=flowed\n\nLong \nline\n> q \n> r\n--c\nContent-Type: text/html\n\n<p>x\n--c--\n"
        b'--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="../a.pdf"\n\nPDF\n--b--\n'
    )
    found = reopen(raw, IDENTITIES, KEPT.keep)
    assert found == Draft(
        identity=HOME,
        to="Grün <g@h>, half",
        subject="Grüße",
        body="Long line\n> q r",
        attachments=(attach(KEPT, "a.pdf", "application/pdf", b"PDF"),),
        kind=DraftKind.REPLY,
        message_id="1@x",
        in_reply_to="2@x",
        references=("3@x", "2@x"),
    )
    forwarding = reopen(b"From: x\nX-Forwarded-Message-Id: <1@x>\n\n", IDENTITIES, KEPT.keep)
    assert (forwarding.kind, forwarding.forwards) == (DraftKind.FORWARD, ("1@x",))


def test_html_alone_becomes_its_words() -> None:
    raw = b"From: a@b\nContent-Type: text/html\n\n<p>One</p><p>Two <b>three</b></p>\n"
    assert edit_as_new(raw, IDENTITIES, KEPT.keep).body.split() == ["One", "Two", "three"]


def test_who_it_is_from() -> None:
    countess = Identity(ADA.account, "Countess", ADA.address)
    broken_ = Identity(ADA.account, "Jörg, der", "jörg@example.org")
    everybody = (*IDENTITIES, countess, broken_)
    for identity in everybody:
        assert reopen(build_draft(Draft(identity), KEPT.read, WHEN), everybody, KEPT.keep).identity == identity
    assert reopen(b"From: other@example.org\n\n", (HOME, ADA), KEPT.keep).identity == HOME
    assert reopen(b"From: x <ada+tag@EXAMPLE.org>\n\n", (HOME, ADA), KEPT.keep).identity == ADA
    assert reopen(b"From: countess@xn--fa-hia.de\n\n", IDENTITIES, KEPT.keep).identity == ALIAS


def test_messages_inside_are_one_attachment_each() -> None:
    inner = b"From: a@b\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\none\r\n--i\r\nContent-Disposition: attachment\r\n\r\nx\r\n--i--\r\n"
    eight = inner + "ü".encode()
    draft = Draft(ADA, attachments=tuple(attach(KEPT, "m.eml", "message/rfc822", data) for data in (inner, eight)))
    raw = build_draft(draft, KEPT.read, WHEN)
    assert reopen(raw, IDENTITIES, KEPT.keep) == draft
    kinds = [part.get_content_type() for part in policy_default(raw).iter_attachments()]
    assert kinds == ["message/rfc822", "application/octet-stream"]


def test_long_text_and_many_recipients_are_kept_whole() -> None:
    people = [Address(f"Person, {number}", f"p{number}@example.org") for number in range(3000)]
    draft = Draft(ADA, to=write_recipients(people), body="wörd " * 500_000)
    assert reopen(build_draft(draft, KEPT.read, WHEN), IDENTITIES, KEPT.keep) == draft


def test_controls_do_not_come_out_of_a_message() -> None:
    draft = Draft(ADA, to="a\x1b]52;c;ZQ==\x07", subject="s\x1b[2J", body="b\x1b[2J\x9b\x00\tc")
    found = reopen(build_draft(draft, KEPT.read, WHEN), IDENTITIES, KEPT.keep)
    assert (found.to, found.subject, found.body) == (
        "a\ufffd]52;c;ZQ==\ufffd",
        "s\ufffd[2J",
        "b\ufffd[2J\ufffd\ufffd\tc",
    )


@example(b"Content-Type: message/partial\nContent-Disposition: attachment\n\nx")
@given(broken)
def test_no_message_is_too_broken_to_open(raw: bytes) -> None:
    for found in (reopen(raw, IDENTITIES, KEPT.keep), edit_as_new(raw, IDENTITIES, KEPT.keep)):
        assert reopen(build_draft(found, KEPT.read, WHEN), IDENTITIES, KEPT.keep) == found


@pytest.mark.parametrize("kind", DraftKind)
def test_kinds(kind: DraftKind) -> None:
    assert (
        reopen(build_draft(Draft(ADA, kind=kind, in_reply_to="1@x"), KEPT.read, WHEN), IDENTITIES, KEPT.keep).kind
        is kind
    )


@given(st.lists(addresses, max_size=4))
def test_a_list_that_is_whole_needs_no_field_of_our_own(found: list[Address]) -> None:
    plain = [one for one in found if ascii_address(one.address) == one.address]
    raw = build_draft(Draft(ADA, to=write_recipients(plain)), KEPT.read, WHEN)
    assert b"X-Tui-Mail-To" not in raw
