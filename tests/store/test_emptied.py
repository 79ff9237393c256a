"""Servers that cannot expunge by name: what we took away is there, marked as deleted, and is not shown."""

from __future__ import annotations

import pytest

from tests.store.audit import audit
from tests.store.world import ACCOUNT, World, message
from tui_mail.model.flags import Flag
from tui_mail.model.remote import RemoteResult


@pytest.fixture
def mail(world: World) -> World:
    """Messages 1 and 3 are here; 2 was deleted, and the server keeps it."""
    world.put("INBOX", [message(1), message(2), message(3)])
    world.gestures.delete([world.by_uid("INBOX", 2).id])
    (operation,) = world.writer.next_operations(ACCOUNT)
    world.writer.start(operation)
    inbox = world.folders["INBOX"]
    assert world.writer.confirm(operation, RemoteResult((2,), left=True), inbox)
    return world


def held(world: World) -> tuple[int, list[int]]:
    found = world.writer.server_folder(world.folders["INBOX"])
    assert found is not None
    return found.held, list(world.writer.local_view(found.id).uids())


def test_it_is_not_shown_and_counts_as_known(mail: World) -> None:
    assert mail.uids("INBOX") == [3, 1]
    assert held(mail) == (3, [1, 2, 3])
    mail.put("INBOX", [message(2, flags=Flag.DELETED)], flags=[(2, Flag.DELETED | Flag.SEEN)])
    assert mail.uids("INBOX") == [3, 1]
    assert mail.counts()["INBOX"] == (2, 2)
    assert held(mail) == (3, [1, 2, 3])
    audit(mail)


def test_somebody_expunges_it(mail: World) -> None:
    mail.put("INBOX", vanished=[2])
    assert held(mail) == (2, [1, 3])


def test_somebody_takes_the_mark_away(mail: World) -> None:
    mail.put("INBOX", flags=[(2, Flag.NONE)])
    assert held(mail) == (2, [1, 3]), "so that it is missed, and fetched"
    mail.put("INBOX", [message(2)])
    assert mail.uids("INBOX") == [3, 2, 1]
    assert held(mail) == (3, [1, 2, 3])
    audit(mail)


def test_flags_from_before_the_mark_bring_nothing_back(mail: World) -> None:
    mail.put("INBOX", flags=[(2, Flag.NONE)])  # read before it was marked, stored after
    mail.put("INBOX", [message(2, flags=Flag.DELETED)])
    assert mail.uids("INBOX") == [3, 1]
    assert held(mail) == (3, [1, 2, 3])
    audit(mail)


def test_it_comes_without_its_mark(mail: World) -> None:
    mail.put("INBOX", [message(2)])
    assert mail.uids("INBOX") == [3, 2, 1]
    assert held(mail) == (3, [1, 2, 3])


def test_a_renumbered_folder_begins_anew(mail: World) -> None:
    mail.put("INBOX", [message(7, name="m2", flags=Flag.DELETED)], uidvalidity=2, reset=True)
    assert held(mail)[1] == [7]


def test_what_others_mark_is_shown(mail: World) -> None:
    mail.put("INBOX", flags=[(1, Flag.DELETED)])
    assert mail.by_uid("INBOX", 1).flags == Flag.DELETED


def test_what_was_moved_is_at_its_new_place_only(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.put("Archive")
    (item,) = world.ids("INBOX")
    world.gestures.archive([item])
    (operation,) = world.writer.next_operations(ACCOUNT)
    world.writer.start(operation, 1)
    world.writer.confirm(operation, RemoteResult((1,), left=True), world.folders["INBOX"])
    world.put("INBOX", [message(1, flags=Flag.DELETED)])
    world.put("Archive", [message(9, name="m1", received=message(1).received)])
    assert (world.ids("INBOX"), world.ids("Archive")) == ([], [item])
    world.writer.drop_account(ACCOUNT)
    assert world.rows("SELECT count(*) FROM emptied") == [(0,)]


def test_a_move_that_ended_in_the_middle_is_at_its_new_place_only(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.put("Archive")
    (item,) = world.ids("INBOX")
    world.gestures.archive([item])
    (operation,) = world.writer.next_operations(ACCOUNT)
    world.writer.start(operation, 1)
    world.restart()
    # Copied and marked, and nobody was left to hear of it.
    world.put("Archive", [message(9, name="m1", received=message(1).received)])
    world.put("INBOX", [message(1, flags=Flag.DELETED)])
    assert (world.ids("INBOX"), world.ids("Archive")) == ([], [item])
    assert held(world) == (1, [1])
    (operation,) = world.writer.next_operations(ACCOUNT)
    world.writer.confirm(operation, RemoteResult((1,), (), 1, {1: 9}, left=True), world.folders["INBOX"])
    assert (world.ids("INBOX"), world.ids("Archive")) == ([], [item])
    assert held(world) == (1, [1])
    audit(world)


def test_the_mark_of_a_move_does_not_go_along(world: World) -> None:
    world.put("INBOX", [message(1, flags=Flag.SEEN)])
    world.put("Archive")
    (item,) = world.ids("INBOX")
    world.gestures.archive([item])
    (operation,) = world.writer.next_operations(ACCOUNT)
    world.writer.start(operation, 1)
    world.put("INBOX", flags=[(1, Flag.SEEN | Flag.DELETED)])
    assert [one.flags for one in world.items("Archive")] == [Flag.SEEN]
    world.writer.confirm(operation, RemoteResult((1,), (), 1, {1: 9}, left=True), world.folders["INBOX"])
    assert [(one.id, one.flags) for one in world.items("Archive")] == [(item, Flag.SEEN)]
    audit(world)


def test_a_mark_comes_back_with_what_is_moved_back(world: World) -> None:
    world.put("INBOX", [message(1, flags=Flag.DELETED)])
    (item,) = world.ids("INBOX")
    world.gestures.archive([item])
    assert [one.flags for one in world.items("Archive")] == [Flag.NONE]
    world.gestures.undo()
    assert [one.flags for one in world.items("INBOX")] == [Flag.DELETED]
    world.writer.fold()
    assert [(one.id, one.flags) for one in world.items("INBOX")] == [(item, Flag.DELETED)]
