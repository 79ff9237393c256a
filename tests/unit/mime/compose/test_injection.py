"""Nothing that a person types, pastes, or takes over from a message can add a field or end the header."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.mime.compose.strategies import ADA, WHEN, Kept, attach
from tests.unit.mime.compose.wire import check_wire, compat32, names_of_fields, policy_default
from tui_mail.mime.compose.build import Built, build, build_draft
from tui_mail.mime.compose.replies import Original, edit_as_new, forward, reopen, reply
from tui_mail.model.draft import AttachedFile, Draft, Identity
from tui_mail.model.errors import UsageError
from tui_mail.model.ids import AccountName

KEPT = Kept()
FILE = attach(KEPT, "a.txt", "text/plain", b"x")
EVIL = "evil@example.com"
ATTACKS = [
    f"x{end}Bcc: {EVIL}{more}"
    for end in (
        "\r\n",
        "\n",
        "\r",
        "\n\n",
        "\r\n ",
        "\0\n",
        "\x0b",
        "\x0c",
        "\x1c",
        "\x85",
        "\u2028",
        "\u2029",
        "\ud80a\n",
    )
    for more in ("", "\r\n\r\nbody")
] + [
    f"=?utf-8?q?x=0ABcc:_{EVIL}?=",
    f"=?utf-8?b?eApCY2M6IGV2aWxAZXhhbXBsZS5jb20=?= {EVIL}",
    f'"\r\nBcc: {EVIL}',
    f"<a@b>\r\nBcc: {EVIL}",
    f"a@b>\r\nBcc: {EVIL}",
    f'a"; x="\r\nBcc: {EVIL}',
    "x\0",
    "x" * 5000 + f"\nBcc: {EVIL}",
    f"é\nBcc: {EVIL}",
    f"a@b\nBcc: {EVIL}",
]

WAYS: dict[str, Callable[[str], Draft]] = {
    "to": lambda text: Draft(ADA, to=text, cc="c@d"),
    "cc": lambda text: Draft(ADA, to="c@d", cc=text),
    "bcc": lambda text: Draft(ADA, to="c@d", bcc=text),
    "name of a recipient": lambda text: Draft(ADA, to='"' + text.replace("\\", "\\\\").replace('"', '\\"') + '" <c@d>'),
    "subject": lambda text: Draft(ADA, to="c@d", subject=text),
    "body": lambda text: Draft(ADA, to="c@d", body=text),
    "name": lambda text: Draft(Identity(AccountName("work"), text, "ada@example.org"), to="c@d"),
    "address": lambda text: Draft(Identity(AccountName("work"), "", text), to="c@d"),
    "local part": lambda text: Draft(Identity(AccountName("work"), "", f"{text}@example.org"), to="c@d"),
    "domain": lambda text: Draft(Identity(AccountName("work"), "", f"a@{text}"), to="c@d"),
    "message id": lambda text: Draft(ADA, to="c@d", message_id=text),
    "message id in brackets": lambda text: Draft(ADA, to="c@d", message_id=f"1@x>{text}"),
    "in reply to": lambda text: Draft(ADA, to="c@d", in_reply_to=text),
    "references": lambda text: Draft(ADA, to="c@d", references=("1@x", text, "2@x")),
    "forwards": lambda text: Draft(ADA, to="c@d", forwards=(text,)),
    "file name": lambda text: Draft(ADA, to="c@d", attachments=(AttachedFile(text, "text/plain", 1, FILE.raw),)),
    "file type": lambda text: Draft(ADA, to="c@d", attachments=(AttachedFile("a", text, 1, FILE.raw),)),
    "file subtype": lambda text: Draft(ADA, to="c@d", attachments=(AttachedFile("a", f"text/{text}", 1, FILE.raw),)),
    "message name": lambda text: Draft(ADA, to="c@d", attachments=(AttachedFile(text, "message/rfc822", 1, FILE.raw),)),
}  # fmt: skip


def attempt(draft: Draft) -> Built | None:
    refused = ""
    try:
        return build(draft, KEPT.read, WHEN)
    except UsageError as error:
        refused = error.text
    assert not {"\r", "\n", "\0"}.intersection(refused)
    return None


def check(built: Built, draft: Draft) -> None:
    check_wire(built.wire)
    check_wire(built.copy)
    expected = {"Date", "From", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
    allowed = expected | {"To", "Subject", "Cc", "In-Reply-To", "References"}
    for raw, more in ((built.wire, set()), (built.copy, {"Bcc"})):
        for names in (names_of_fields(raw), list(compat32(raw).keys()), list(policy_default(raw).keys())):
            assert expected <= set(names) <= allowed | more
            assert len(names) == len(set(names))
    for field in (*built.recipients, built.sender, built.message_id):
        assert field.isascii()
        assert field.isprintable()
    if EVIL not in draft.to + draft.cc + draft.bcc:
        assert EVIL not in built.recipients


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
@pytest.mark.parametrize("way", WAYS)
def test_no_field_lets_another_in(way: str, attack: str) -> None:
    draft = WAYS[way](attack)
    built = attempt(draft)
    if built is not None:
        check(built, draft)
    saved = build_draft(draft, KEPT.read, WHEN)
    check_wire(saved)
    assert names_of_fields(saved).count("Bcc") <= 1
    known = {"Date", "From", "To", "Cc", "Bcc", "Subject", "Message-ID", "In-Reply-To", "References", "MIME-Version"}
    more = {name for name in names_of_fields(saved) if name.startswith(("X-", "Content-"))}
    assert set(names_of_fields(saved)) <= known | more
    if way != "bcc":
        assert "Bcc" not in names_of_fields(saved)
        assert reopen(saved, (ADA,), KEPT.keep).bcc == ""


@given(
    st.sampled_from(sorted(WAYS)),
    st.lists(st.one_of(st.text(max_size=6), st.sampled_from(ATTACKS)), max_size=4).map("".join),
)
def test_no_text_at_all_does(way: str, attack: str) -> None:
    draft = WAYS[way](attack)
    built = attempt(draft)
    if built is not None:
        check(built, draft)
    check_wire(build_draft(draft, KEPT.read, WHEN))


@pytest.mark.parametrize("field", ["From", "Reply-To", "To", "Subject", "Message-ID", "References", "In-Reply-To"])
@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_no_message_that_is_answered_does(field: str, attack: str) -> None:
    values = {"From": "a@b", "To": "ada@example.org", "Subject": "s", "Message-ID": "<1@x>"}
    values[field] = f"<1@x{attack}>" if field in {"Message-ID", "References", "In-Reply-To"} else attack
    raw = "".join(f"{name}: {value}\r\n" for name, value in values.items()) + "\r\ntext\r\n"
    original = Original(raw.encode("utf-8", "surrogatepass"), ADA.account, "text\n")
    for draft in (
        reply(original, (ADA,), everyone=False),
        reply(original, (ADA,), everyone=True),
        forward(original, (ADA,), KEPT.keep, inline=True),
        forward(original, (ADA,), KEPT.keep, inline=False),
        edit_as_new(original.raw, (ADA,), KEPT.keep),
        reopen(original.raw, (ADA,), KEPT.keep),
    ):
        for text in (draft.to, draft.cc, draft.subject, draft.message_id, *draft.references, draft.in_reply_to):
            assert not {"\r", "\n", "\0"}.intersection(text)
        built = attempt(Draft(**{name: getattr(draft, name) for name in Draft.__slots__} | {"to": draft.to or "c@d"}))
        if built is not None:
            check(built, draft)
