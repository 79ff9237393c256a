"""Mailing lists: what a message says of its list, the ways out, and an answer to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.mime.compose.strategies import IDENTITIES
from tests.unit.text.test_safe import check
from tui_mail.mime.compose.lists import reply_to_list
from tui_mail.mime.compose.replies import Original
from tui_mail.mime.findings import MailingList
from tui_mail.mime.lists import ONE_CLICK, mailing_list, ways_out
from tui_mail.model.draft import DraftKind
from tui_mail.model.errors import UsageError
from tui_mail.model.ids import AccountName
from tui_mail.text.safe import line

Fields = list[tuple[str, bytes]]
POST = ("List-Unsubscribe-Post", b"List-Unsubscribe=One-Click")


def of(*header: tuple[str, bytes]) -> MailingList:
    found = mailing_list(list(header))
    assert found is not None
    return found


def ways(
    value: bytes, dkim: str = "pass", post: bool = True, covered: frozenset[str] | None = None
) -> list[tuple[str, str]]:
    found = of(("List-Unsubscribe", value), *([POST] if post else []))
    return [(way.kind, way.target) for way in ways_out(found, dkim, covered)]


def test_a_list() -> None:
    found = of(
        ("List-ID", b'"The compilers" <compilers.lists.example.org>'), ("List-Post", b"<mailto:compilers@lists.example.org>"),
        ("List-Archive", b"<https://lists.example.org/a/>"), ("List-Unsubscribe", b"<mailto:leave@lists.example.org?subject=leave>"),
    )  # fmt: skip
    assert found == MailingList(
        "compilers.lists.example.org", line("The compilers"), "compilers@lists.example.org", closed=False,
        archive="https://lists.example.org/a/", unsubscribe=("mailto:leave@lists.example.org?subject=leave",), one_click=False,
    )  # fmt: skip
    (way,) = ways_out(found, "")
    assert (way.kind, way.target, way.subject, way.body) == ("mailto", "leave@lists.example.org", "leave", "")
    assert mailing_list([("Subject", b"x")]) is None


def test_the_best_way_comes_first() -> None:
    both = b"<mailto:u@x.example>, <https://x.example/u>, <http://x.example/p>"
    web, plain = ("link", "https://x.example/u"), ("link", "http://x.example/p")
    assert ways(both) == [("one-click", "https://x.example/u"), ("mailto", "u@x.example"), web, plain]
    assert ways(both, post=False) == [("mailto", "u@x.example"), web, plain]


def test_one_click_needs_a_good_signature_over_both_fields() -> None:
    value = b"<https://x.example/u>"
    link = [("link", "https://x.example/u")]
    for dkim in ("", "fail", "none", "temperror"):
        assert ways(value, dkim) == link
    assert ways(value, covered=frozenset({"from", "list-unsubscribe"})) == link
    assert ways(value, covered=frozenset({"list-unsubscribe", "list-unsubscribe-post"}))[0][0] == "one-click"
    assert ways(b"<http://x.example/u>") == [("link", "http://x.example/u")]
    found = of(("List-Unsubscribe", value), POST)
    assert ways_out(found, "pass")[0].body == ONE_CLICK


@pytest.mark.parametrize(
    "value",
    [b"<javascript:x>", b"<file:///etc/passwd>", b"<https://x.example/\x1b[2J>", b"<https://a@x.example/>", b"<mailto:a@x.example,b@x.example>",
     b"<mailto:a@x.example?cc=b@x.example>", b"<mailto:>", b"nonsense", b"<>", b"<https://x.example/%0d%0a>"],
)  # fmt: skip
def test_what_is_no_way(value: bytes) -> None:
    assert ways(value) == []


@pytest.mark.parametrize(
    "name",
    [
        "127.0.0.1",
        "10.0.0.1",
        "[::1]",
        "[fd00::1]",
        "192.168.1.1",
        "169.254.169.254",
        "localhost",
        "router.local",
        "intranet",
        "2130706433",
        "127.1",
    ],
)
def test_one_click_never_reaches_into_a_private_network(name: str) -> None:
    assert [kind for kind, _target in ways(f"<https://{name}/u>".encode())] == ["link"]


def test_forms_that_are_met() -> None:
    assert ways(b"<https://x.exa\r\n mple/u>", post=False) == [("link", "https://x.example/u")]
    assert ways(b"https://x.example/u", post=False) == [("link", "https://x.example/u")]
    assert of(("List-Post", b"NO (closed)")).closed
    assert of(("List-Post", b"mailto:a@x.example")).post == "a@x.example"
    assert of(("List-Id", b"bare.x.example")).id == "bare.x.example"
    assert of(("List-Id", b"=?utf-8?q?Gr=C3=BC=C3=9Fe?= <g.x.example>")).name == "Grüße"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["List-Id", "List-Post", "List-Unsubscribe", "List-Unsubscribe-Post"]),
            st.binary(max_size=60),
        )
    )
)
def test_nothing_raises(header: Fields) -> None:
    found = mailing_list(header)
    if found is not None:
        check(found.name)
        for way in ways_out(found, "pass"):
            assert way.kind in {"one-click", "mailto", "link"}
            check(way.host)
            check(way.subject)
            check(way.body, frozenset("\n"))


def original(*more: str) -> Original:
    rows = ["From: Grace <grace@example.net>", "To: compilers@lists.example.org, ada@example.org", "Cc: alan@example.org", "Subject: x",
            "Message-ID: <1@x>", *more]  # fmt: skip
    return Original("\r\n".join([*rows, "", "text"]).encode(), AccountName("work"), "text")


class TestAnswer:
    def test_goes_to_the_list_alone(self) -> None:
        draft = reply_to_list(
            original(
                "List-Id: The compilers <c.x.example>",
                "List-Post: <mailto:compilers@lists.example.org>",
                "Reply-To: grace@example.net",
            ),
            IDENTITIES,
        )
        assert (draft.to, draft.cc, draft.bcc) == ("The compilers <compilers@lists.example.org>", "", "")
        assert (draft.subject, draft.in_reply_to, draft.kind) == ("Re: x", "1@x", DraftKind.REPLY_ALL)
        assert draft.body.endswith("> text\n\n")

    def test_by_the_older_fields(self) -> None:
        assert (
            reply_to_list(original("List-Id: <c>", "X-BeenThere: c@lists.example.org"), IDENTITIES).to
            == "c@lists.example.org"
        )

    @pytest.mark.parametrize(
        ("rows", "says"),
        [((), "names no mailing list"), (("List-Id: <c>",), "names no mailing list"), (("List-Post: NO",), "takes no messages"),
         (("List-Post: NO", "X-BeenThere: c@lists.example.org"), "takes no messages"), (("List-Id: <c>", "X-BeenThere: a@b@c"), "names no mailing list")],
    )  # fmt: skip
    def test_is_refused_in_a_sentence(self, rows: tuple[str, ...], says: str) -> None:
        with pytest.raises(UsageError, match=says):
            reply_to_list(original(*rows), IDENTITIES)
