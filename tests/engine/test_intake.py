"""Pages on their way into the store: in order, in slices, and none after one that failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from tui_mail.engine.core import Core
from tui_mail.engine.header_worker import HeaderWorker
from tui_mail.engine.intake import Intake
from tui_mail.engine.lanes import Lane, Urgency
from tui_mail.model.errors import StoreFull
from tui_mail.model.flags import Flag
from tui_mail.model.ids import FolderId, ItemId
from tui_mail.model.remote import NewMessage, Page
from tui_mail.store.mirror.arrival import Arrival
from tui_mail.store.mirror.results import Stored


@dataclass
class FakeWriter:
    """Remembers what it was given; refuses what holds the UID ``refused``."""

    refused: int = 0
    pages: list[tuple[Page, list[int]]] = field(default_factory=list)

    def put_page(self, _folder: FolderId, page: Page, arrivals: Sequence[Arrival]) -> Stored:
        uids = [one.uid for one in arrivals]
        if self.refused in uids:
            self.refused = 0
            raise StoreFull("full")
        self.pages.append((page, uids))
        return Stored(tuple(map(ItemId, uids)), (), frozenset({FolderId(1)}))


class FakeCore:
    """The two lanes that an intake needs, around a writer without a file."""

    def __init__(self) -> None:
        self.writer = FakeWriter()
        self.parsing = Lane("parsing", HeaderWorker, HeaderWorker.close)
        self.writing = Lane("writer", lambda: self.writer)

    def submit(self, urgency: Urgency, work: Callable[[Any], Any]) -> Future[Any]:
        return self.writing.submit(urgency, work)

    def close(self) -> None:
        self.parsing.close()
        self.writing.close()


@pytest.fixture
def core() -> Iterator[FakeCore]:
    made = FakeCore()
    made.parsing.start()
    made.writing.start()
    yield made
    made.close()


def intake_of(core: FakeCore) -> Intake:
    return Intake(cast("Core", core), FolderId(1), b"before", Urgency.HEADERS)


def page(cursor: bytes, first: int, count: int, *, last: bool = False) -> Page:
    new = [NewMessage(uid, Flag.NONE, (), 1, 1, b"") for uid in range(first, first + count)]
    return Page(1, cursor, new, vanished=(9999,), last=last)


def test_slices_keep_the_cursor_before_until_the_page_is_whole(core: FakeCore) -> None:
    intake = intake_of(core)
    futures = [intake.put(page(b"one", 1, 1700)), intake.put(page(b"two", 2001, 0, last=True))]
    assert len(futures[0].result(60).items) == 1700
    assert futures[1].result(60).items == ()
    pages = core.writer.pages
    assert [uid for _page, uids in pages for uid in uids] == list(range(1, 1701))
    *parts, whole, end = pages
    assert parts
    assert {(each.cursor, tuple(each.vanished), each.last) for each, _uids in parts} == {(b"before", (), False)}
    assert (whole[0].cursor, whole[0].vanished) == (b"one", (9999,))
    assert (end[0].cursor, end[0].last) == (b"two", True)


@pytest.mark.parametrize("refused", [100, 600])
def test_nothing_is_stored_after_a_page_that_failed(core: FakeCore, refused: int) -> None:
    core.writer.refused = refused
    intake = intake_of(core)
    futures = [intake.put(page(b"%d" % start, start, 1000)) for start in (1, 1001, 2001)]
    for future in futures:
        with pytest.raises(StoreFull):
            future.result(60)
    assert {each.cursor for each, _uids in core.writer.pages} <= {b"before"}


async def test_what_is_abandoned_before_it_began_is_not_stored(core: FakeCore) -> None:
    held: Future[None] = Future()
    core.writing.submit(Urgency.FOLD, lambda _writer: held.result(60))
    intake = intake_of(core)
    futures = [intake.put(page(b"%d" % start, start, 10)) for start in (1, 11)]
    await intake.abandon()
    held.set_result(None)
    core.close()
    assert all(future.cancelled() for future in futures)
    assert core.writer.pages == []


def test_lanes_that_end_leave_no_page_waiting(core: FakeCore) -> None:
    core.close()
    future = intake_of(core).put(page(b"one", 1, 10))
    with pytest.raises(CancelledError):
        future.result(60)
