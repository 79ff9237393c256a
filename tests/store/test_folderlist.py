"""The server's list followed: folders keep their number, and their mail, when another client renames them."""

from __future__ import annotations

import pytest

from tests.store.audit import audit
from tests.store.world import ACCOUNT, World, message
from tui_mail.model.mail import Role
from tui_mail.model.remote import RemoteFolder
from tui_mail.store.reading.folderview import of_role

INBOX = RemoteFolder("INBOX", "INBOX", Role.INBOX, identity="F0")


def put(world: World, *folders: RemoteFolder) -> dict[str, int]:
    ids = world.writer.put_folders(ACCOUNT, [INBOX, *folders]).ids
    return {path: ids[path] for path in ids if path != "INBOX"}


def folder(path: str, identity: str = "") -> RemoteFolder:
    return RemoteFolder(path, path, identity=identity)


def shown(world: World) -> dict[str, int]:
    return {each.path: each.id for each in world.reader.folders() if each.path != "INBOX"}


@pytest.fixture
def lists(world: World) -> int:
    """The number of a folder "Lists" that says who it is, with one message."""
    number = put(world, folder("Lists", "F1"))["Lists"]
    world.folders["Lists"] = world.writer.put_folders(ACCOUNT, [INBOX, folder("Lists", "F1")]).ids["Lists"]
    world.put("Lists", [message(1)])
    return number


def test_a_renamed_folder_keeps_its_number_and_its_mail(world: World, lists: int) -> None:
    (item,) = world.ids("Lists")
    assert put(world, folder("Old/Lists", "F1")) == {"Old/Lists": lists} == shown(world)
    assert world.ids("Lists") == [item]
    audit(world)


def test_a_new_folder_under_the_old_name_is_another_one(world: World, lists: int) -> None:
    after = put(world, folder("Lists", "F2"), folder("Old", "F1"))
    assert after == shown(world)
    assert after["Old"] == lists != after["Lists"]
    assert put(world, folder("Lists", "F2"), folder("Old", "F1")) == after
    audit(world)


def test_two_folders_that_change_places(world: World, lists: int) -> None:
    other = put(world, folder("Lists", "F1"), folder("News", "F2"))["News"]
    assert put(world, folder("Lists", "F2"), folder("News", "F1")) == {"Lists": other, "News": lists} == shown(world)
    audit(world)


def test_made_anew_under_its_name_it_is_still_that_folder_to_a_person(world: World, lists: int) -> None:
    assert put(world, folder("Lists", "F9")) == {"Lists": lists}
    assert put(world, folder("Away", "F9")) == {"Away": lists} == shown(world)


def test_an_id_that_two_folders_claim_says_nothing(world: World, lists: int) -> None:
    after = put(world, folder("News", "F1"), folder("Lists", "F1"))
    assert after["Lists"] == lists != after["News"]


def test_a_server_that_says_no_ids_any_more(world: World, lists: int) -> None:
    assert put(world, folder("Lists")) == {"Lists": lists}
    assert put(world, folder("Gone", "F1")) == {"Gone": lists}


def test_the_number_outlives_a_rebuild_under_the_new_name(world: World, lists: int) -> None:
    put(world, folder("Lists", "F2"), folder("Old", "F1"))
    before = shown(world)
    world.writer.close()
    world.reader.close()
    world.home.mail_db.unlink()
    world.restart()
    assert put(world, folder("Lists", "F2"), folder("Old", "F1")) == before
    assert before["Old"] == lists


def test_with_gmail_the_archive_is_where_everything_is(world: World) -> None:
    everything = RemoteFolder("[Gmail]/All Mail", "[Gmail]/All Mail", Role.ALL)
    number = put(world, everything)["[Gmail]/All Mail"]
    assert [each.id for each in world.reader.find_folder("archive")] == [number]
    found = of_role(world.reader.folders(), Role.ARCHIVE, ACCOUNT)
    assert found is not None
    assert found.id == number
    put(world, everything, RemoteFolder("Old", "Old", Role.ARCHIVE))
    assert [each.path for each in world.reader.find_folder("archive")] == ["Old"]


def test_another_folder_of_everything_is_no_archive(world: World) -> None:
    put(world, RemoteFolder("virtual/All", "virtual/All", Role.ALL))
    assert world.reader.find_folder("archive") == []
    assert of_role(world.reader.folders(), Role.ARCHIVE) is None
