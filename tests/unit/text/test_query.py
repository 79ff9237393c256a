"""The search language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mail.model.errors import QueryError
from tui_mail.text.query import (
    All,
    Any_,
    Field,
    HasAttachment,
    InAccount,
    InFolder,
    Is,
    Larger,
    Node,
    Not,
    Received,
    Smaller,
    Text,
    mentions_folder,
    parse,
)

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC).timestamp()


def read(query: str) -> Node:
    return parse(query, now=NOW, tz=UTC)


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp())


A, B, C = Text(("a",)), Text(("b",)), Text(("c",))


@pytest.mark.parametrize(
    ("query", "node"),
    [
        ("", All(())),
        ("  ", All(())),
        ("a", A),
        ("a b", All((A, B))),
        ("a OR b", Any_((A, B))),
        ("a b OR c", Any_((All((A, B)), C))),
        ("a (b OR c)", All((A, Any_((B, C))))),
        ("(((a)))", A),
        ("a or b", All((A, Text(("or",)), B))),
        ("-a", Not(A)),
        ("a -b", All((A, Not(B)))),
        ("-(a b)", Not(All((A, B)))),
        ("--a", A),
        ("Crème*", Text(("creme",), prefix=True)),
        ('"a phrase here"', Text(("a", "phrase", "here"))),
        ('"a b"*', Text(("a", "b"), prefix=True)),
        ("e-mail", Text(("e", "mail"))),
        ("grace@example.org", Text(("grace", "example", "org"))),
        ("会議", Text(("会", "議"))),
        ("12:30", Text(("12", "30"))),
        ("https://x.org/", Text(("https", "x", "org"))),
        ("a & b", All((A, B))),
        ("from:grace", Text(("grace",), Field.FROM)),
        ("FROM:grace", Text(("grace",), Field.FROM)),
        ('to:"Alan Turing"', Text(("alan", "turing"), Field.TO)),
        ("cc:a subject:b", All((Text(("a",), Field.CC), Text(("b",), Field.SUBJECT)))),
        ("body:a*", Text(("a",), Field.BODY, prefix=True)),
        ("list:python-dev", Text(("python", "dev"), Field.LIST)),
        ("file:report.pdf", Text(("report", "pdf"), Field.FILE)),
        ("from:(a OR b)", Any_((Text(("a",), Field.FROM), Text(("b",), Field.FROM)))),
        ("-from:a", Not(Text(("a",), Field.FROM))),
        ("folder:Work/2026", InFolder("Work/2026")),
        ('folder:"My Folder"', InFolder("My Folder")),
        ("folder:work:INBOX", InFolder("work:INBOX")),
        ("account:work", InAccount("work")),
        ("is:unread", Not(Is("seen"))),
        ("is:read", Is("seen")),
        ("is:flagged is:answered is:draft", All((Is("flagged"), Is("answered"), Is("draft")))),
        ("has:attachment", HasAttachment()),
        ("before:2026-11-01", Received(before=at(2026, 11, 1))),
        ("after:2026-11-01", Received(after=at(2026, 11, 1))),
        ("on:2026-02-28", Received(at(2026, 2, 28), at(2026, 3, 1))),
        ("on:yesterday", Received(at(2026, 11, 22), at(2026, 11, 23))),
        ("newer:7d", Received(after=at(2026, 11, 16, 9, 41))),
        ("older:1y", Received(before=at(2025, 11, 23, 9, 41))),
        ("newer:9m", Received(after=at(2026, 2, 23, 9, 41))),
        ("larger:1M", Larger(1_048_576)),
        ("smaller:10k", Smaller(10_240)),
    ],
)
def test_queries(query: str, node: Node) -> None:
    assert read(query) == node


@pytest.mark.parametrize("zone", [None, UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))])
def test_the_first_and_the_last_day_there_are(zone: timezone | None) -> None:
    (last, beyond), (first, second) = [
        (found.after, found.before)
        for found in (parse(f"on:{day}", now=NOW, tz=zone) for day in ("9999-12-31", "0001-01-01"))
        if isinstance(found, Received)
    ]
    assert last is not None
    assert beyond is not None
    assert first is not None
    assert second is not None
    assert at(9999, 12, 30) < last < beyond < at(9999, 12, 31) + 3 * 86_400
    assert at(1, 1, 3) > second > first


@pytest.mark.parametrize(
    ("query", "position"),
    [
        ("a OR", 2),
        ("OR b", 0),
        ("a OR OR b", 5),
        ("(a", 0),
        ("a )", 2),
        ("a (b (c)", 2),
        ('x "abc', 2),
        ('""', 0),
        ("-", 0),
        ("a -", 2),
        ("&", 0),
        ("()", 0),
        ("a from:", 2),
        ("from:*", 0),
        ('folder:""', 0),
        ("is:blue", 3),
        ("has:legs", 4),
        ("a before:2026-13-01", 9),
        ("before:soon", 7),
        ("on:99999-01-01", 3),
        ("newer:7", 6),
        ("older:99999y", 6),
        ("larger:big", 7),
        ("(" * 60 + "a", 50),
        ("a" * 20_000, 10_000),
    ],
)
def test_errors_point_at_the_place(query: str, position: int) -> None:
    with pytest.raises(QueryError) as caught:
        read(query)
    assert caught.value.position == position
    assert caught.value.text.endswith(".")


@given(
    st.one_of(
        st.text(max_size=40),
        st.lists(
            st.sampled_from(
                [
                    "a",
                    "OR",
                    "(",
                    ")",
                    '"',
                    "-",
                    "*",
                    "from:",
                    "is:",
                    "is:read",
                    "on:",
                    "2026-01-01",
                    "newer:",
                    "7d",
                    " ",
                    "日",
                    ":",
                ]
            )
        ).map("".join),
    )
)
def test_anything_is_a_tree_or_an_error_inside_the_query(query: str) -> None:
    position = error_position(query)
    assert position is None or 0 <= position <= len(query)


def error_position(query: str) -> int | None:
    try:
        mentions_folder(read(query))
    except QueryError as error:
        return error.position
    return None


def test_days_are_local() -> None:
    zone = timezone(timedelta(hours=10))
    assert parse("on:today", now=NOW, tz=zone) == Received(at(2026, 11, 22, 14), at(2026, 11, 23, 14))
    late = datetime(2026, 11, 23, 20, 0, tzinfo=UTC).timestamp()
    assert parse("on:today", now=late, tz=zone) == Received(at(2026, 11, 23, 14), at(2026, 11, 24, 14))


def test_months_end_where_the_calendar_says() -> None:
    now = datetime(2026, 3, 31, 12, tzinfo=UTC).timestamp()
    assert parse("newer:1m", now=now, tz=UTC) == Received(after=at(2026, 2, 28, 12))


def test_folders_are_found_anywhere_in_the_tree() -> None:
    assert mentions_folder(read("a OR -(b folder:Trash)"))
    assert not mentions_folder(read("a account:work"))
