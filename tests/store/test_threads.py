"""Conversations: the same whatever the order of arrival."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.audit import audit
from tests.store.world import NOW, World, conversations_of, message, references
from tui_mail.store.mirror.arrival import Arrival
from tui_mail.store.tables.rows import base_subject, is_reply

DAY = 24 * 3600
NAMES = [f"n{number}" for number in range(8)]
PEOPLE = ["Ann <ann@example.org>", "Ben <ben@example.org>", "Cem <cem@example.org>"]


@st.composite
def mailboxes(draw: st.DrawFn) -> tuple[list[Arrival], list[int], list[int]]:
    """Messages that refer to each other (or not), and two orders with page sizes to bring them in."""
    arrivals = []
    count = draw(st.integers(1, 12))
    for uid in range(1, count + 1):
        referred = draw(st.lists(st.sampled_from([*NAMES, "unseen1", "unseen2"]), max_size=3))
        reply = draw(st.booleans())
        subject = ("Re: " if reply else "") + draw(st.sampled_from(["Lunch", "Budget", ""]))
        arrivals.append(
            message(
                uid,
                subject,
                name=draw(st.sampled_from([*NAMES, ""])),
                sender=draw(st.sampled_from(PEOPLE)),
                to=draw(st.sampled_from(PEOPLE)),
                extra=references(*referred) if referred else f"X-Number: {uid}",
                received=NOW - draw(st.integers(0, 200)) * DAY,
                size=1000 + uid,
            )
        )
    order = draw(st.permutations(range(count)))
    pages = draw(st.lists(st.integers(1, 5), min_size=1, max_size=12))
    return arrivals, list(order), pages


def bring_in(arrivals: list[Arrival], order: list[int], pages: list[int]) -> set[frozenset[int]]:
    """UIDs of each conversation, after bringing the messages in by this order in pages of these sizes."""
    with tempfile.TemporaryDirectory() as directory:
        world = World.make(Path(directory))
        left = [arrivals[number] for number in order]
        at = 0
        while left:
            size = pages[at % len(pages)]
            world.put("INBOX", left[:size])
            left = left[size:]
            at += 1
        audit(world)
        groups: dict[int, set[int]] = {}
        for item in world.items("INBOX"):
            groups.setdefault(item.thread, set()).add(item.uid or 0)
        rows = world.reader.list_conversations(world.query("INBOX"), 1000)
        assert {row.thread: row.count for row in rows} == {thread: len(uids) for thread, uids in groups.items()}
        world.close()
        return {frozenset(uids) for uids in groups.values()}


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(mailboxes())
def test_any_order_of_arrival_gives_the_same_conversations(mailbox: tuple[list[Arrival], list[int], list[int]]) -> None:
    arrivals, order, pages = mailbox
    straight = bring_in(arrivals, list(range(len(arrivals))), [len(arrivals)])
    assert bring_in(arrivals, order, pages) == straight


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(NAMES[:4]), st.lists(st.sampled_from(NAMES[:4]), max_size=2)),
                min_size=1, max_size=8),
       st.randoms(use_true_random=False))  # fmt: skip
def test_the_server_s_threads_win_in_any_order(mail: list[tuple[int, str, list[str]]], random: object) -> None:
    arrivals = [
        message(uid, name=name, extra=references(*refs) if refs else "X-None: 1", thread_id=f"T{thread}", size=uid)
        for uid, (thread, name, refs) in enumerate(mail, 1)
    ]
    expected: dict[int, set[int]] = {}
    for uid, (thread, _name, _refs) in enumerate(mail, 1):
        expected.setdefault(thread, set()).add(uid)
    order = list(range(len(arrivals)))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert bring_in(arrivals, order, [2, 1]) == {frozenset(uids) for uids in expected.values()}


def test_an_unseen_parent_joins_siblings(world: World) -> None:
    world.put("INBOX", [message(1, "A", extra=references("parent")), message(2, "B", extra=references("parent"))])
    assert conversations_of(world) == {frozenset({"m1", "m2"})}


def test_a_late_message_joins_two_conversations_and_the_smaller_is_relabelled(world: World) -> None:
    world.put(
        "INBOX", [message(1, "A"), message(2, "A1", extra=references("m1")), message(3, "B", extra=references("x"))]
    )
    (big,) = {item.thread for item in world.items("INBOX") if item.uid in {1, 2}}
    world.put("INBOX", [message(4, "C", extra=references("m1", "x"))])
    assert {item.thread for item in world.items("INBOX")} == {big}
    world.put("Archive", [message(1, "D", name="later", extra=references("x"))])
    assert world.items("Archive")[0].thread == big
    audit(world)


def test_joined_conversations_stay_joined_after_a_restart(world: World) -> None:
    world.put("INBOX", [message(1, "A", extra=references("p")), message(2, "B", extra=references("q"))])
    world.put("INBOX", [message(3, "C", extra=references("p", "q"))])
    world.restart()
    world.put("INBOX", [message(4, "D", extra=references("p")), message(5, "E", extra=references("q"))])
    assert len({item.thread for item in world.items("INBOX")}) == 1


@pytest.mark.parametrize("replies_first", [False, True])
def test_a_reply_without_references_joins_by_subject(world: World, *, replies_first: bool) -> None:
    ann, me = "Ann <ann@example.org>", "Me <me@example.org>"
    mail = [
        message(1, "Lunch?", sender=ann, to=me),
        message(2, "RE: lunch?", sender=me, to=ann),
        message(3, "Lunch?", sender="Shop <shop@example.org>", to=me),
        message(4, "Re: Lunch?", sender=me, to="Else <else@example.org>"),
    ]
    for arrival in reversed(mail) if replies_first else mail:
        world.put("INBOX", [arrival])
    assert conversations_of(world) == {frozenset({"m1", "m2"}), frozenset({"m3"}), frozenset({"m4"})}


def test_equal_subjects_alone_join_nothing(world: World) -> None:
    world.put("INBOX", [message(uid, "Your invoice") for uid in range(1, 5)])
    assert len(conversations_of(world)) == 4


@pytest.mark.parametrize(
    ("subject", "base", "reply"),
    [
        ("Re: Lunch", "lunch", True),
        ("RE:RE: [list] AW: Lunch", "lunch", True),
        ("Re[2]: Lunch", "lunch", True),
        ("Fwd: Lunch", "lunch", False),
        ("Fw: Re: Lunch", "lunch", False),
        ("Recipe: Lunch", "recipe: lunch", False),
        ("SV: Café  Olé", "cafe ole", True),
        ("Re:", "", True),
        ("", "", False),
    ],
)
def test_subjects(subject: str, base: str, *, reply: bool) -> None:
    assert base_subject(subject) == base
    assert is_reply(subject) is reply
