"""Search: words, phrases, fields, flags, dates, folders, newest first, text that changes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.world import ACCOUNT, FOLDERS, NOW, World, message, references
from tui_mail.model.flags import Flag
from tui_mail.model.mail import Role
from tui_mail.model.remote import RemoteFolder
from tui_mail.store.mirror.results import NewBody
from tui_mail.store.mirror.searchrow import SLOTS, draw_rows, newest_possible
from tui_mail.store.reading.query import Filter, ListQuery, Sort
from tui_mail.store.reading.search import compile_search
from tui_mail.text.query import Text, parse


@dataclass(frozen=True)
class Words:
    body: str
    files: tuple[str, ...] = ()
    snippet: str = ""
    attachments: int = 0


def body(world: World, folder: str, uid: int, text: str, files: tuple[str, ...] = ()) -> None:
    words = Words(text, files, text[:20], len(files))
    world.writer.put_bodies(world.folders[folder], 1, [NewBody(uid, text.encode(), words)])


@pytest.fixture
def mail(world: World) -> World:
    world.put(
        "INBOX",
        [
            message(1, "Lunch on Friday", flags=Flag.SEEN | Flag.ANSWERED),
            message(
                2, "Budget review", sender="Bob Jones <bob@corp.example>", to="Me <me@example.org>, Ann <ann@x.org>"
            ),
            message(3, "Café résumé", extra="Cc: Zoë <zoe@example.net>", flags=Flag.FLAGGED, size=2_000_000),
            message(4, "会議の予定", extra="List-Id: Dev list <dev.lists.example>"),
        ],
    )
    world.put("Archive", [message(5, "Lunch last year", received=NOW - 400 * 86400)])
    world.put("Trash", [message(6, "Lunch in the bin")])
    body(world, "INBOX", 2, "The heron eats the budget. Attached: figures.", ("Figures 2026.xlsx",))
    return world


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("lunch", ["Lunch on Friday", "Lunch last year"]),
        ("LUNCH friday", ["Lunch on Friday"]),
        ('"lunch on"', ["Lunch on Friday"]),
        ('"on lunch"', []),
        ("lun", []),
        ("lun*", ["Lunch on Friday", "Lunch last year"]),
        ("lunch -friday", ["Lunch last year"]),
        ("-lunch", ["会議の予定", "Café résumé", "Budget review"]),
        ("lunch OR budget", ["Budget review", "Lunch on Friday", "Lunch last year"]),
        ("(lunch OR budget) is:unread", ["Budget review", "Lunch last year"]),
        ("budget OR is:flagged", ["Café résumé", "Budget review"]),
        ("cafe resume", ["Café résumé"]),
        ("会議", ["会議の予定"]),
        ("議の予", ["会議の予定"]),
        ("会予", []),
        ("from:bob", ["Budget review"]),
        ("from:bob@corp.example", ["Budget review"]),
        ("to:ann", ["Budget review"]),
        ("to:zoe", ["Café résumé"]),
        ("cc:zoe", ["Café résumé"]),
        ("cc:ann", []),
        ("subject:heron", []),
        ("body:heron", ["Budget review"]),
        ("heron", ["Budget review"]),
        ("file:figures", ["Budget review"]),
        ("xlsx", ["Budget review"]),
        ("list:dev.lists.example", ["会議の予定"]),
        ("lists", []),
        ("has:attachment", ["Budget review"]),
        ("is:answered", ["Lunch on Friday"]),
        ("is:read", ["Lunch on Friday"]),
        ("larger:1M", ["Café résumé"]),
        ("smaller:1M lunch", ["Lunch on Friday", "Lunch last year"]),
        ("older:1y", ["Lunch last year"]),
        ("newer:30d lunch", ["Lunch on Friday"]),
        ("folder:trash lunch", ["Lunch in the bin"]),
        ("folder:Archive", ["Lunch last year"]),
        ("account:work friday", ["Lunch on Friday"]),
        ("account:other friday", []),
        ("folder:nowhere", []),
        ("friday OR folder:trash", ["Lunch in the bin", "Lunch on Friday"]),
        ("-(lunch OR budget)", ["会議の予定", "Café résumé"]),
        ("-folder:inbox", ["Lunch in the bin", "Lunch last year"]),
    ],
)  # fmt: skip
def test_searches(mail: World, search: str, found: list[str]) -> None:
    assert mail.found(search) == found


@pytest.mark.parametrize("search", ["lunch", "budget OR is:flagged", "-lunch", "has:attachment"])
def test_every_order_and_filter_has_the_same_hits(mail: World, search: str) -> None:
    node = parse(search, now=NOW)
    hits = set(mail.ids(search=search))
    for sort in Sort:
        for descending in (True, False):
            query = ListQuery((), node, sort, descending)
            assert {item for chunk in mail.reader.item_keys(query) for item in chunk} == hits
            unread = ListQuery((), node, sort, descending, Filter.UNREAD)
            found = mail.reader.list_items(unread, 100)
            assert {item.id for item in found} == {item.id for item in mail.items(search=search) if not item.flags & 1}


def test_a_search_inside_folders_looks_nowhere_else(mail: World) -> None:
    assert [item.subject for item in mail.items("Trash", search="lunch")] == ["Lunch in the bin"]
    assert [item.subject for item in mail.items("INBOX", "Archive", search="lunch")] == [
        "Lunch on Friday", "Lunch last year",
    ]  # fmt: skip


def test_operations_not_folded_yet_are_searched(mail: World) -> None:
    item = mail.ids(search="friday")[0]
    mail.gestures.archive([item])
    assert mail.ids("Archive", search="friday") == [item]
    assert mail.ids("INBOX", search="friday") == []
    mail.gestures.trash([item])
    assert mail.found("friday") == []
    assert mail.found("folder:trash friday") == ["Lunch on Friday"]


def test_a_text_that_changed_is_found_by_the_new_one_only_once(mail: World) -> None:
    body(mail, "INBOX", 1, "First version about otters.")
    body(mail, "INBOX", 1, "Second version about storks.")
    assert mail.found("otters") == []
    assert mail.found("storks") == ["Lunch on Friday"]
    assert mail.found("friday") == ["Lunch on Friday"]


def test_hits_of_one_minute_come_newest_first_page_by_page(world: World) -> None:
    base = NOW - NOW % 60
    order = [(number * 7) % 60 for number in range(60)]
    for at in range(0, 60, 10):
        world.put("INBOX", [message(uid + 1, "same", received=base + uid) for uid in order[at : at + 10]])
    everything = world.items(search="same")
    assert [item.received for item in everything] == [base + second for second in reversed(range(60))]
    pages = []
    before = None
    while page := world.reader.list_items(world.query(search="same"), 7, before):
        pages.extend(page)
        before = (page[-1].received, page[-1].id)
    assert pages == everything


def test_many_texts_of_one_second(world: World) -> None:
    world.put("INBOX", [message(uid, "same", received=NOW) for uid in range(1, 301)])
    world.writer._db.next_text += SLOTS - 300
    world.put("INBOX", [message(uid, "same", received=NOW) for uid in range(301, 601)])
    assert len(world.found("same")) == 600


def test_conversations_of_a_search(mail: World) -> None:
    mail.put("INBOX", [message(9, "Re: Lunch on Friday", extra="References: <m1@x>")])
    rows = mail.reader.list_conversations(mail.query(search="friday"), 10)
    assert [(row.newest.subject, row.count) for row in rows] == [("Re: Lunch on Friday", 2)]
    keys = [thread for chunk in mail.reader.conversation_keys(mail.query(search="friday")) for thread in chunk]
    assert keys == [rows[0].thread]


@given(st.text(max_size=40))
def test_words_never_become_syntax(text: str) -> None:
    node = Text((text,)) if text else Text(())
    match = compile_search(node, lambda _: [], lambda _: []).match
    assert match is None or match.count('"') % 2 == 0


@given(st.lists(st.integers(-(10**10), 10**11), max_size=30))
def test_index_rows_ascend_from_new_to_old(dates: list[int]) -> None:
    dates.sort(reverse=True)
    rows = draw_rows(dates, 5, set())
    assert len(set(rows)) == len(rows)
    assert all(0 <= row < 1 << 62 for row in rows)
    for seconds, row in zip(dates, rows, strict=True):
        if 0 <= seconds < 1 << 34:
            assert newest_possible(row) // 60 <= seconds // 60
            assert newest_possible(row) >= seconds


def test_what_is_in_a_folder_of_everything_as_well_is_found_once(world: World) -> None:
    """Gmail's All Mail holds what the inbox holds."""
    everything = RemoteFolder("All", "All", Role.ALL)
    world.folders["All"] = world.writer.put_folders(ACCOUNT, [*FOLDERS, everything]).ids["All"]
    lunch, archived = message(1, "Lunch"), message(2, "Re: Lunch", extra=references("m1"))
    world.put("INBOX", [lunch])
    world.put("All", [lunch, archived])
    query = ListQuery(search=parse("lunch", now=NOW))
    found = world.reader.list_items(query, 10)
    assert [(item.subject, item.folder) for item in found] == [
        ("Re: Lunch", world.folders["All"]),
        ("Lunch", world.folders["INBOX"]),
    ]
    (conversation,) = world.reader.list_conversations(query, 10)
    assert conversation.count == 2
    assert [item.id for item in world.reader.thread_items(conversation.thread)] == [item.id for item in reversed(found)]
    assert len(world.reader.thread_keys([conversation.thread])) == 2
    assert len(world.reader.thread_items(conversation.thread, [world.folders["All"]])) == 2
    assert world.reader.count(ListQuery(search=parse("lunch folder:All", now=NOW))) == 2
    assert world.reader.count(ListQuery(folders=(world.folders["All"],))) == 2

    world.gestures.archive([world.ids("INBOX")[0]])  # not folded in yet: shown in both, in one of them in the end
    assert world.reader.count(query) == 2
    world.writer.fold()
    assert world.reader.count(query) == 2
