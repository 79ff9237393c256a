"""Who is answered, as whom, and with what."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.mime.compose.strategies import ADA, ALIAS, HOME, IDENTITIES, WHEN, Kept, attach
from tests.unit.mime.compose.wire import check_wire
from tests.unit.mime.messages import attached, broken, multipart, text
from tests.unit.text.test_safe import check
from tui_mail.mime.compose.build import build
from tui_mail.mime.compose.replies import Original, blank, choose_identity, forward, reply
from tui_mail.mime.flowed import join_flowed
from tui_mail.mime.html import DirectConverter
from tui_mail.mime.mailto import parse_mailto
from tui_mail.mime.render import render
from tui_mail.mime.structure import parse, part_text
from tui_mail.model.draft import Draft, DraftKind, Identity
from tui_mail.model.ids import AccountName

KEPT = Kept()


@pytest.fixture(autouse=True)
def _zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.delenv("TZ")
    time.tzset()


def original(fields: Mapping[str, str], shown: str = "Hello", account: str = "work") -> Original:
    """A message with these fields; a name ends in an underscore where it is a word of Python."""
    values = {
        "from_": "Grace Hopper <grace@example.net>",
        "to": "ada@example.org",
        "subject": "Room",
        "message_id": "<1@x>",
    }
    values |= fields
    header = "".join(f"{name.strip('_').replace('_', '-')}: {value}\r\n" for name, value in values.items() if value)
    return Original(f"{header}\r\ntext\r\n".encode(), AccountName(account), shown)


def answer(*more: Mapping[str, str], everyone: bool = False, shown: str = "Hello", **fields: str) -> Draft:
    together = {name: value for some in (*more, fields) for name, value in some.items()}
    return reply(original(together, shown), IDENTITIES, everyone=everyone)


def test_an_answer() -> None:
    draft = answer(shown="Hello Ada,\n\nthe room is the same.\n", date="Thu, 19 Nov 2026 08:41:00 +0000")
    assert draft == Draft(
        identity=ADA,
        to="Grace Hopper <grace@example.net>",
        subject="Re: Room",
        body="On Thu, 19 Nov 2026 at 09:41, Grace Hopper wrote:\n> Hello Ada,\n>\n> the room is the same.\n\n",
        kind=DraftKind.REPLY,
        in_reply_to="1@x",
        references=("1@x",),
    )


def test_an_answer_to_everybody() -> None:
    draft = answer(
        everyone=True,
        to="Ada <ada@example.org>, Alan <alan@example.org>, GRACE@example.net",
        cc="Joan <joan@example.org>, alan@EXAMPLE.ORG, countess@xn--fa-hia.de, ada+lists@example.org, Undisclosed:;, half",
    )
    assert draft.to == "Grace Hopper <grace@example.net>"
    assert draft.cc == "Alan <alan@example.org>, Joan <joan@example.org>"
    assert draft.bcc == ""
    assert draft.kind is DraftKind.REPLY_ALL
    assert answer(to="ada@example.org, alan@example.org").cc == ""


def test_reply_to() -> None:
    where = {"reply_to": "Office <office@example.net>", "to": "ada@example.org, x@y"}
    assert answer(where).to == "Office <office@example.net>"
    assert (answer(where, everyone=True).to, answer(where, everyone=True).cc) == ("Office <office@example.net>", "x@y")
    assert answer(reply_to="nobody in particular").to == "Grace Hopper <grace@example.net>"
    assert answer(reply_to="a@b, c@d").to == "a@b, c@d"


def test_nobody_to_answer() -> None:
    assert answer(from_="").to == ""
    assert answer(from_="", sender="s@x").to == "s@x"
    assert answer(from_="grace (at) example").to == ""
    everybody = answer(everyone=True, from_="", to="ada@example.org, x@y", cc="z@y")
    assert (everybody.to, everybody.cc) == ("x@y, z@y", "")


def test_own_mail_goes_to_its_recipients_again() -> None:
    mine = {"from_": "Ada <Ada@Example.ORG>", "to": "Grace <g@h>, ada@home.example", "cc": "j@k", "bcc": "b@c"}
    assert (answer(mine).to, answer(mine).cc, answer(mine).bcc) == ("Grace <g@h>", "", "")
    again = answer(mine, everyone=True)
    assert (again.to, again.cc, again.bcc) == ("Grace <g@h>", "j@k", "b@c")
    assert again.identity == ADA
    assert answer(from_="ada@example.org", to="", cc="j@k").to == "j@k"
    hidden = answer(from_="ada@example.org", to="undisclosed-recipients:;", bcc="b@c")
    assert (hidden.to, hidden.bcc) == ("", "b@c")


def test_a_note_to_oneself() -> None:
    for everyone in (False, True):
        draft = answer(everyone=everyone, from_="ada@example.org", to="ada@home.example")
        assert (draft.to, draft.cc) == ("ada@example.org", "")


def test_lists() -> None:
    fields = {
        "to": "list@l.example",
        "cc": "ada@example.org, x@y",
        "mail_followup_to": "list@l.example, ada@example.org",
    }
    listed = {**fields, "list_id": "<list.l.example>"}
    assert answer(listed).to == "Grace Hopper <grace@example.net>"
    assert (answer(listed, everyone=True).to, answer(listed, everyone=True).cc) == ("list@l.example", "")
    # Anybody could put that field into a message; what came from no list is answered by its addresses.
    assert answer(fields, everyone=True).cc == "list@l.example, x@y"
    munged = {**listed, "mail_followup_to": "", "reply_to": "list@l.example"}
    assert answer(munged).to == "list@l.example"
    assert answer(munged, everyone=True).cc == "x@y"


@pytest.mark.parametrize(
    ("fields", "account", "identity"),
    [
        ({"to": "ada@example.org"}, "work", ADA),
        ({"to": "x@y", "cc": "COUNTESS@faß.de"}, "work", ALIAS),
        ({"to": "countess@xn--fa-hia.de, ada@example.org"}, "work", ALIAS),
        ({"to": "ada@example.org", "cc": "countess@faß.de"}, "work", ADA),
        ({"to": "list@x", "delivered_to": "countess@faß.de"}, "work", ALIAS),
        ({"to": "list@x", "x_original_to": "countess@faß.de"}, "work", ALIAS),
        ({"to": "list@x", "envelope_to": "<countess@faß.de>"}, "work", ALIAS),
        ({"to": "ada+shop@example.org"}, "home", ADA),
        ({"to": "ada@example.org, ada@home.example"}, "home", HOME),
        ({"to": "ada@example.org", "delivered_to": "ada@home.example"}, "home", HOME),
        ({"to": "x@y"}, "home", HOME),
        ({"to": "x@y"}, "work", ADA),
        ({"to": "x@y"}, "other", ADA),
        ({"from_": "countess@faß.de", "to": "ada@example.org"}, "work", ALIAS),
        ({"to": "evil@example.org <x@y>"}, "work", ADA),
    ],
)
def test_who_answers(fields: dict[str, str], account: str, identity: Identity) -> None:
    message = original(fields, account=account)
    assert choose_identity(message, IDENTITIES) == identity
    assert reply(message, IDENTITIES, everyone=True).identity == identity
    assert forward(message, IDENTITIES, KEPT.keep, inline=True).identity == identity


@pytest.mark.parametrize(
    ("subject", "answered", "passed_on"),
    [
        ("Room", "Re: Room", "Fwd: Room"),
        ("Re: Room", "Re: Room", "Fwd: Re: Room"),
        ("RE: AW: Sv:  Re[2]: Re(3): Room", "Re: Room", "Fwd: RE: AW: Sv:  Re[2]: Re(3): Room"),
        ("回复：Room", "Re: Room", "Fwd: 回复：Room"),
        ("FW: Re: Room", "Re: FW: Re: Room", "Fwd: Re: Room"),
        ("Fwd: Fwd: WG: Room", "Re: Fwd: Fwd: WG: Room", "Fwd: Room"),
        ("Regarding: Room", "Re: Regarding: Room", "Fwd: Regarding: Room"),
        ("", "Re:", "Fwd:"),
        ("=?utf-8?q?Re=3A_Gr=C3=BC=C3=9Fe?=", "Re: Grüße", "Fwd: Re: Grüße"),
        ("x\u202ey", "Re: x⟨U+202E⟩y", "Fwd: x⟨U+202E⟩y"),
    ],
)
def test_subjects(subject: str, answered: str, passed_on: str) -> None:
    assert answer(subject=subject).subject == answered
    assert forward(original({"subject": subject}), IDENTITIES, KEPT.keep, inline=True).subject == passed_on


def test_threads() -> None:
    def ids(count: int) -> str:
        return " ".join(f"<{number}@x>" for number in range(count))

    assert answer(references="<a@x> <b@x>", in_reply_to="<b@x>").references == ("a@x", "b@x", "1@x")
    assert answer(in_reply_to="<b@x>").references == ("b@x", "1@x")
    assert answer(in_reply_to="<b@x> <c@x>").references == ("1@x",)
    assert answer(references="<a@x> <1@x> <b@x>").references == ("a@x", "b@x", "1@x")
    assert answer(references="<a@x> junk <b c> <d> <=?utf-8?q?=0A?=@x> <ü@x>").references == ("a@x", "d", "1@x")
    long = answer(references=ids(50), message_id="<new@x>").references
    assert long == ("0@x", *(f"{number}@x" for number in range(31, 50)), "new@x")
    huge = answer(references="\r\n ".join(ids(20_000).split()), message_id="<new@x>").references
    assert (len(huge), huge[0], huge[-1]) == (21, "0@x", "new@x")
    nameless = answer(message_id="", references="<a@x>")
    assert (nameless.in_reply_to, nameless.references) == ("", ("a@x",))


def test_quotes_in_quotes() -> None:
    shown = "\n\nYes.\n\n> No?\n> > Perhaps?\n>> Surely.\n>>>deep\n> >= 3\n  code  \n\nBye\n-- \nGrace\nRear Admiral\n"
    assert answer(shown=shown).body.split("\n") == [
        "Grace Hopper wrote:", "> Yes.", ">", ">> No?", ">>> Perhaps?", ">>> Surely.", ">>>> deep", ">> >= 3", ">   code", ">", "> Bye", "", "",
    ]  # fmt: skip


def test_a_thread_of_answers_keeps_its_depth() -> None:
    """Each answer is sent, read as the reader reads it, and answered again."""
    paragraph = "A long paragraph that has to be wrapped on its way, " * 4
    raw = build(
        Draft(HOME, to="grace@example.net", subject="Room", body=f"{paragraph.strip()}\n-- \nAda"), KEPT.read, WHEN
    ).wire
    for depth in range(1, 6):
        shown = render(raw, html=DirectConverter()).text
        draft = reply(Original(raw, HOME.account, shown), [HOME], everyone=False)
        draft = replace(draft, body=f"{draft.body}Answer {depth}", message_id=f"{depth}@x")
        assert draft.to == "grace@example.net"
        assert draft.subject == "Re: Room"
        assert f"{'>' * depth} {paragraph.strip()}" in draft.body.split("\n")
        assert len(draft.references) == depth
        raw = build(draft, KEPT.read, WHEN).wire
    message = parse(raw)
    assert max(map(len, part_text(message, message.parts[0]).split("\r\n"))) <= 72 + 6
    assert message.envelope.references[-1] == message.envelope.in_reply_to == "4@x"


def test_a_signature_alone_is_quoted() -> None:
    assert answer(shown="-- \nGrace").body.split("\n")[1:3] == ["> --", "> Grace"]
    assert answer(shown="").body == ""
    assert answer(shown=" \n\n").body == ""


def test_who_wrote() -> None:
    def first(**fields: str) -> str:
        return answer(fields).body.split("\n")[0]

    assert first(from_="grace@example.net", date="") == "grace@example.net wrote:"
    assert first(from_="") == "somebody wrote:"
    assert first(from_="A <a@b>, C <c@d>") == "A, C wrote:"
    assert first(from_="E\x1b[2J\u202e <a@b>") == "E�[2J⟨U+202E⟩ wrote:"
    assert first(date="Tue, 1 Jan 9999 23:59:59 -1200").startswith("On ")
    assert first(date="Tue, 1 Jan 0001 00:00:00 +1400").startswith("On ")


def test_long_messages_are_quoted_in_part() -> None:
    body = answer(shown="word " * 20 + "\n" + "line of text\n" * 400_000).body
    assert len(body) < 300_000
    assert body.endswith("\n> […]\n\n")


def with_files() -> bytes:
    return (
        b"From: Grace <grace@example.net>\r\nTo: ada@example.org\r\nCc: J <j@k>\r\nSubject: Re: Plan\r\nMessage-ID: <1@x>\r\n"
        b"Date: Thu, 19 Nov 2026 08:41:00 +0000\r\nMIME-Version: 1.0\r\n"
        + multipart(
            "mixed",
            text("See the plan.\r\n-- \r\nGrace"),
            attached("../plan.pdf", "PDF"),
            b"Content-Type: message/rfc822\r\n\r\n"
            b"Subject: inner\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n"
            b"--i\r\n\r\nin\r\n--i\r\nContent-Disposition: attachment; filename=x\r\n\r\nx\r\n--i--\r\n",
        )
    )


def test_forwarding_in_line() -> None:
    raw = with_files()
    shown = render(raw, html=DirectConverter()).text
    draft = forward(Original(raw, ADA.account, shown), IDENTITIES, KEPT.keep, inline=True)
    assert draft.body.startswith(
        "\n\n---------- Forwarded message ----------\nFrom: Grace <grace@example.net>\nDate: Thu, 19 Nov 2026 09:41 +0100\n"
        "Subject: Re: Plan\nTo: ada@example.org\nCc: J <j@k>\n\nSee the plan.\n-- \nGrace\n"
    )
    plan, inner = draft.attachments
    assert (plan.name, plan.type, plan.size, KEPT.read(plan.raw)) == ("plan.pdf", "application/pdf", 3, b"PDF")
    assert (inner.name, inner.type) == ("inner.eml", "message/rfc822")
    assert (draft.to, draft.subject, draft.kind, draft.forwards) == ("", "Fwd: Re: Plan", DraftKind.FORWARD, ("1@x",))
    assert (draft.in_reply_to, draft.references) == ("", ())


def test_forwarding_whole() -> None:
    raw = with_files()
    draft = forward(Original(raw, ADA.account, "shown"), IDENTITIES, KEPT.keep, inline=False)
    assert draft.attachments == (attach(KEPT, "Re_ Plan.eml", "message/rfc822", raw),)
    assert (draft.body, draft.forwards) == ("", ("1@x",))
    wire = build(replace(draft, to="a@b"), KEPT.read, WHEN).wire
    assert raw in wire
    nameless = forward(original({"subject": "", "message_id": ""}), IDENTITIES, KEPT.keep, inline=False)
    assert (nameless.attachments[0].name, nameless.forwards) == ("message.eml", ())


def test_blank() -> None:
    assert blank(ADA) == Draft(ADA)
    wanted = parse_mailto("mailto:Ada%20L%20%3Ca@b%3E?cc=c@d&bcc=e@f&subject=s%20t&body=one%0Atwo")
    assert blank(ADA, mailto=wanted) == Draft(
        ADA, to="Ada L <a@b>", cc="c@d", bcc="e@f", subject="s t", body="one\ntwo"
    )


@given(broken, st.text(max_size=100))
def test_no_message_is_too_broken_to_answer(raw: bytes, shown: str) -> None:
    shown = render(raw, html=DirectConverter()).text + shown.replace("\r", "")
    message = Original(raw, ADA.account, shown)
    for everyone in (False, True):
        draft = reply(message, IDENTITIES, everyone=everyone)
        check(draft.subject)
        check(draft.to)
        check_wire(build(replace(draft, to="a@b", cc="", body=draft.body.replace("\0", "")), KEPT.read, WHEN).wire)
    for inline in (False, True):
        forward(message, IDENTITIES, KEPT.keep, inline=inline)


def test_what_is_quoted_joins_to_the_same() -> None:
    draft = answer(shown="From here on " + "words " * 40 + "\n> quoted " + "words " * 40)
    wire = build(draft, KEPT.read, WHEN).wire
    message = parse(wire)
    found = join_flowed(part_text(message, message.parts[0]).replace("\r\n", "\n"))
    assert found.rstrip("\n") == draft.body.rstrip("\n")
