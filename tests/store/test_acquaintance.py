"""Who wrote here before: found by the index, certain or not said."""

from __future__ import annotations

import pytest

from tests.store.world import ACCOUNT, NOW, World, message
from tui_mail.mime.compose.built import Built
from tui_mail.model.ids import FolderId
from tui_mail.model.mail import Role
from tui_mail.model.remote import Page, RemoteFolder
from tui_mail.store.mirror.arrival import Arrival
from tui_mail.store.reading.query import ListQuery
from tui_mail.store.sending.outbox import Outbox
from tui_mail.store.tables.leaving import Leave

ME = ("me@example.org",)
FOLDERS = [
    RemoteFolder("INBOX", "INBOX", Role.INBOX),
    RemoteFolder("Sent", "Sent", Role.SENT),
    RemoteFolder("Junk", "Junk", Role.JUNK),
]


class Post:
    def __init__(self, world: World) -> None:
        self.world = world
        self.ids = world.writer.put_folders(ACCOUNT, FOLDERS).ids
        self.last = True

    def put(self, folder: str, *arrivals: Arrival) -> None:
        self.world.writer.put_page(self.ids[folder], Page(1, b"1", last=self.last), list(arrivals))

    def first(self, uid: int, address: str = "ann@example.org") -> bool:
        reader = self.world.reader
        items = reader.list_items(ListQuery(tuple(FolderId(one) for one in self.ids.values())), 1000)
        (item,) = [one for one in items if one.uid == uid and one.folder == self.ids["INBOX"]]
        return reader.is_first(item, address, ME)


@pytest.fixture
def post(world: World) -> Post:
    return Post(world)


def sent(uid: int, **fields: str) -> Arrival:
    return message(uid, sender="Me <me@example.org>", **fields)  # type: ignore[arg-type] # texts alone


def test_the_first_and_the_second_of_a_sender(post: Post) -> None:
    post.put("Sent")
    post.put("INBOX", message(1), message(2), message(3, sender="Bob <bob@example.org>"))
    assert post.first(1)
    assert not post.first(2)
    assert post.first(3, "bob@example.org")


def test_an_address_that_only_resembles_another_is_a_strangers(post: Post) -> None:
    post.put("Sent")
    post.put(
        "INBOX",
        message(1, sender="Ann <ann@example.org>"),
        message(2, sender='"ann@example.org" <ann@example.org.evil.test>'),
    )
    assert post.first(2, "ann@example.org.evil.test")
    post.put("INBOX", message(3, sender="ann@example.org <x@evil.test>"), message(4, sender="Ann <ANN@Example.ORG>"))
    assert post.first(3, "x@evil.test")
    assert not post.first(4, "ANN@Example.ORG")


def test_whom_the_person_wrote_to_is_known(post: Post) -> None:
    post.put("Sent", sent(1, to="Ann <ann@example.org>"))
    post.put(
        "INBOX", message(2), message(3, sender="Eve <eve@example.org>", to="Ann <ann@example.org>, me@example.org")
    )
    assert not post.first(2)
    assert post.first(3, "eve@example.org")


def test_that_others_wrote_to_somebody_makes_nobody_known(post: Post) -> None:
    post.put("Sent")
    post.put("INBOX", message(1, sender="Eve <eve@evil.test>", to="Ann <ann@example.org>, me@example.org"), message(2))
    assert post.first(2)


def test_junk_makes_nobody_known(post: Post) -> None:
    post.put("Sent")
    post.put("Junk", message(1))
    post.put("INBOX", message(2))
    assert post.first(2)


def test_in_junk_nothing_is_said(post: Post) -> None:
    post.put("Sent")
    post.put("INBOX")
    post.put("Junk", message(1), message(2))
    reader = post.world.reader
    for item in reader.list_items(ListQuery((FolderId(post.ids["Junk"]),)), 10):
        assert not reader.is_first(item, "ann@example.org", ME)


def test_a_copy_of_the_message_itself_is_no_earlier_one(post: Post) -> None:
    post.put("Sent", message(1, name="same", received=NOW - 5000))
    post.put("INBOX", message(2, name="same", received=NOW))
    assert post.first(2)


def test_nothing_is_said_while_mail_is_still_to_come(post: Post) -> None:
    post.put("Sent")
    post.last = False
    post.put("INBOX", message(2))
    assert not post.first(2)
    post.last = True
    post.put("INBOX")
    assert post.first(2)


def test_a_list_that_was_left_is_remembered_by_account(world: World) -> None:
    assert world.reader.left_list(ACCOUNT, "a.list") is None
    world.journal.left_list(ACCOUNT, "a.list", "mailto", "leave@example.org")
    world.clock.advance(60)
    world.writer.left_list(ACCOUNT, "b.list", "one-click", "example.org")
    assert world.reader.left_list(ACCOUNT, "a.list") == Leave("mailto", "leave@example.org", NOW)
    assert world.reader.left_list(ACCOUNT, "b.list") == Leave("one-click", "example.org", NOW + 60)
    world.journal.left_list(ACCOUNT, "a.list", "link", "example.org")
    world.restart()
    assert world.reader.left_list(ACCOUNT, "a.list") == Leave("link", "example.org", NOW + 60)
    world.writer.drop_account(ACCOUNT)
    assert world.reader.left_list(ACCOUNT, "a.list") is None


def test_what_was_not_sent_left_no_list(world: World) -> None:
    outbox = Outbox(world.home, world.clock, world.reader)
    try:
        for number, name in enumerate(("taken back", "refused", "sent")):
            queued = outbox.queue(ACCOUNT, built(number), hold=10)
            world.journal.left_list(ACCOUNT, name, "mailto", "leave@example.org", queued)
            assert world.reader.left_list(ACCOUNT, name) is not None
            if name == "taken back":
                outbox.cancel(queued)
            elif name == "refused":
                with world.journal._keep.changing() as connection:
                    connection.execute("UPDATE outbox SET state = 'failed' WHERE id = ?", (queued,))
        left = {name: world.reader.left_list(ACCOUNT, name) is not None for name in ("taken back", "refused", "sent")}
        assert left == {"taken back": False, "refused": False, "sent": True}
    finally:
        outbox.close()


def built(number: int) -> Built:
    return Built(b"x", b"x", "me@example.org", ("leave@example.org",), f"{number}@x", "", "leave@example.org")
