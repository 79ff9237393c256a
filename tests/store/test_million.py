"""A folder of a million messages: a first page costs what it costs in a small one, and memory stays bounded.

Work is counted in steps of SQLite's virtual machine, not in seconds.
"""

from __future__ import annotations

import resource
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.store.audit import states
from tests.store.world import World
from tui_mail.model.flags import Flag
from tui_mail.model.remote import NewMessage, Page
from tui_mail.store.mirror.arrival import Arrival, arrival_of
from tui_mail.store.reading.query import Filter, ListQuery, Sort
from tui_mail.text.query import parse

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]  # the store alone takes minutes where others work, too

COUNT = 1_000_000
PAGE = 2000
START = 1_400_000_000
WORDS = [f"word{number}" for number in range(997)]


def arrival(uid: int) -> Arrival:
    """Every third message begins a conversation of three; a third of a thousandth is unread, few are flagged."""
    root = uid - uid % 3
    words = f"{WORDS[uid % 997]} {WORDS[uid * 7 % 997]} {WORDS[uid * 13 % 997]}"
    person = uid % 2000
    header = (
        f"Message-ID: <{uid}@million>\r\nFrom: Person {person} <person{person}@example.org>\r\n"
        "To: Person 0 <person0@example.org>\r\n"
        f"Subject: {'Re: ' if uid % 3 else ''}{words}\r\n"
    )
    if uid % 3:
        header += f"References: <{root}@million>\r\n"
    if uid % 50 == 0:
        header += "Content-Type: multipart/mixed\r\n"
    flags = Flag.NONE if uid % 3000 == 0 else Flag.SEEN | Flag.FLAGGED if uid % 5000 == 1 else Flag.SEEN
    return arrival_of(NewMessage(uid, flags, (), START + uid * 300, 4000 + uid % 9000, header.encode()))


def peak() -> int:
    """The most memory this process ever held, octets."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@contextmanager
def steps(world: World, limit: int) -> Iterator[None]:
    """At most ``limit`` steps of SQLite's virtual machine, in hundreds."""
    connection = world.reader._files.mail.connection()
    assert connection is not None
    count = 0

    def tick() -> int:
        nonlocal count
        count += 1
        return 0

    connection.set_progress_handler(tick, 100)
    yield
    connection.set_progress_handler(None, 0)
    assert count <= limit, f"{count} hundreds of steps"


@pytest.fixture(scope="module")
def million(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World.make(tmp_path_factory.mktemp("million") / Path("home"))
    for top in range(COUNT, 0, -PAGE):
        arrivals = [arrival(uid) for uid in range(top, top - PAGE, -1)]
        page = Page(1, b"c", last=top == PAGE)
        world.writer.put_page(world.folders["INBOX"], page, arrivals)
    yield world
    world.close()


def test_memory_did_not_grow_with_the_mailbox(million: World) -> None:
    assert million.counts()["INBOX"] == (COUNT, COUNT // 3000)
    assert peak() < 400 * 1024 * 1024
    states(million)


@pytest.mark.parametrize("analysed", [False, True])
def test_first_pages_are_index_walks(million: World, *, analysed: bool) -> None:
    if analysed:
        million.writer.tidy()
    reader, inbox = million.reader, million.folders["INBOX"]
    for name in Filter:
        query = ListQuery((inbox,), filter=name)
        with steps(million, 200):
            page = reader.list_items(query, 50)
        assert len(page) == 50
        with steps(million, 200):
            following = reader.list_items(query, 50, (page[-1].received, page[-1].id))
        assert following[0].received < page[-1].received
        with steps(million, 600):
            assert len(reader.list_conversations(query, 50)) == 50
    middle = (START + COUNT * 150, 0)
    with steps(million, 200):
        assert len(reader.list_items(ListQuery((inbox,)), 50, middle)) == 50
    with steps(million, 200):
        assert len(reader.list_items(ListQuery((inbox,), descending=False), 50)) == 50
    with steps(million, 100):
        reader.folders()


def test_searches_begin_at_once(million: World) -> None:
    for search in ("word5", "word5 word35", "word*", "from:person7", "is:unread", "word5 is:unread"):
        with steps(million, 40_000):
            found = million.reader.list_items(million.query(search=search), 50)
        assert found or search == "word5 is:unread"
    with steps(million, 800):
        million.reader.list_items(ListQuery((), parse("word5", now=0)), 50)


def test_the_whole_vector_takes_eight_octets_a_row(million: World) -> None:
    before = peak()
    query = ListQuery((million.folders["INBOX"],))
    keys = array("q")
    for chunk in million.reader.item_keys(query):
        keys.extend(chunk)
    threads = array("q")
    for chunk in million.reader.conversation_keys(query):
        threads.extend(chunk)
    assert (len(keys), len(threads)) == (COUNT, COUNT // 3 + 1)
    for chunk in million.reader.item_keys(ListQuery((million.folders["INBOX"],), sort=Sort.SUBJECT)):
        assert len(chunk) <= 4096
    assert peak() - before < 120 * 1024 * 1024


def test_ten_thousand_at_once(million: World) -> None:
    query = ListQuery((million.folders["INBOX"],))
    items = [item.id for item in million.reader.list_items(query, 10_000)]
    million.gestures.archive(items)
    assert million.counts() == {
        "INBOX": (COUNT - 10_000, COUNT // 3000 - 3), "Archive": (10_000, 3), "Lists": (0, 0), "Trash": (0, 0),
    }  # fmt: skip
    before = [row.thread for row in million.reader.list_conversations(query, 50)]
    million.writer.fold()
    assert [row.thread for row in million.reader.list_conversations(query, 50)] == before
    million.gestures.undo()
    million.writer.fold()
    assert million.counts()["INBOX"] == (COUNT, COUNT // 3000)
