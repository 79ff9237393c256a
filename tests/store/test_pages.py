"""Pages: what arrives, changes and vanishes, and how items and contents are recognised."""

from __future__ import annotations

import pytest

from tests.store.audit import audit
from tests.store.test_operations import ready
from tests.store.world import ACCOUNT, FOLDERS, NOW, World, message
from tui_mail.model.errors import NotFound
from tui_mail.model.flags import Flag
from tui_mail.model.ids import FolderId
from tui_mail.model.mail import Role
from tui_mail.model.remote import FolderStatus, Page, RemoteFolder
from tui_mail.store.disk.files import set_aside_mail


def test_the_same_page_twice_changes_nothing(world: World) -> None:
    page = [message(1), message(2, flags=Flag.SEEN), message(3, keywords=("work", "b"))]
    first = world.put("INBOX", page)
    again = world.put("INBOX", page)
    assert (len(first.items), len(first.new_unread), again.items) == (3, 2, ())
    assert world.counts()["INBOX"] == (3, 2)
    assert world.by_uid("INBOX", 3).keywords == ("b", "work")
    audit(world)


def test_the_cursor_comes_with_the_rows_or_not_at_all(world: World) -> None:
    world.put("INBOX", [message(1)], cursor=b"one")
    with pytest.raises(OverflowError):
        world.put("INBOX", [message(2), message(1 << 70, received=NOW)], cursor=b"two")
    assert world.writer.cursor(world.folders["INBOX"]) == b"one"
    assert world.uids("INBOX") == [1]
    world.put("INBOX", [message(2)], cursor=b"two")
    assert world.writer.cursor(world.folders["INBOX"]) == b"two"
    audit(world)


def test_a_page_for_a_folder_that_is_gone(world: World) -> None:
    with pytest.raises(NotFound):
        world.writer.put_page(FolderId(99), Page(1, b""), ())


def test_copies_share_one_content(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.put("Archive", [message(9, name="m1", received=message(1).received)])
    (one,), (other,) = world.items("INBOX"), world.items("Archive")
    assert one.content == other.content
    assert one.id != other.id
    assert one.thread == other.thread


@pytest.mark.parametrize("change", [{"received": NOW}, {"extra": "Reply-To: x@example.org"}, {"size": 5}])
def test_what_differs_is_another_content(world: World, change: dict[str, object]) -> None:
    world.put("INBOX", [message(1, received=NOW - 60, size=4)])
    world.put("Archive", [message(9, name="m1", **({"received": NOW - 60, "size": 4} | change))])  # type: ignore[arg-type]
    assert world.items("INBOX")[0].content != world.items("Archive")[0].content


def test_a_strong_id_decides(world: World) -> None:
    world.put("INBOX", [message(1, strong_id="E1", received=NOW), message(2, strong_id="E2", received=NOW)])
    world.put("Archive", [message(7, name="m1", strong_id="E1", received=NOW - 500, size=3)])
    contents = {item.uid: item.content for item in world.items("INBOX")}
    assert world.items("Archive")[0].content == contents[1] != contents[2]
    audit(world)


def test_twins_in_one_folder_are_two_items(world: World) -> None:
    twin = {"name": "t", "received": NOW, "size": 7}
    world.put("INBOX", [message(1, **twin), message(2, **twin)])  # type: ignore[arg-type]
    one, other = world.items("INBOX")
    assert one.content == other.content
    assert one.id != other.id
    assert one.thread == other.thread
    audit(world)


def test_a_move_by_another_program_keeps_the_number(world: World) -> None:
    world.put("INBOX", [message(1), message(2)])
    item = world.by_uid("INBOX", 1).id
    world.put("INBOX", vanished=[1])
    assert world.uids("INBOX") == [2]
    stored = world.put("Lists", [message(31, name="m1", received=message(1).received)])
    assert (stored.items, stored.recovered) == ((), 1)
    assert world.ids("Lists") == [item]
    audit(world)


def test_an_ambiguous_move_gives_new_numbers(world: World) -> None:
    twin = {"name": "t", "received": NOW, "size": 7}
    world.put("INBOX", [message(1, **twin), message(2, **twin)])  # type: ignore[arg-type]
    before = set(world.ids("INBOX"))
    world.put("INBOX", vanished=[1, 2])
    world.put("Lists", [message(5, **twin), message(6, **twin)])  # type: ignore[arg-type]
    assert before.isdisjoint(world.ids("Lists"))
    assert len(world.ids("Lists")) == 2
    audit(world)


def test_uidvalidity_change_keeps_numbers_and_bodies_where_it_is_certain(world: World) -> None:
    twin = {"name": "t", "received": NOW, "size": 7}
    world.put("INBOX", [message(1), message(2), message(3, **twin), message(4, **twin)])  # type: ignore[arg-type]
    ids = {item.uid: item.id for item in world.items("INBOX")}
    first = world.put("INBOX", [message(101, name="m1", received=message(1).received)], uidvalidity=2, reset=True,
                      last=False)  # fmt: skip
    assert first.recovered == 1
    assert len(world.items("INBOX")) == 4
    last = world.put("INBOX", [message(103, **twin), message(104, **twin)], uidvalidity=2)  # type: ignore[arg-type]
    assert len(last.items) == 2
    now = {item.uid: item.id for item in world.items("INBOX")}
    assert set(now) == {101, 103, 104}
    assert now[101] == ids[1]
    assert {now[103], now[104]}.isdisjoint(ids.values())
    audit(world)


def test_uidvalidity_change_re_targets_flags_and_moves_and_stops_deletions(world: World) -> None:
    world.put("INBOX", [message(uid) for uid in (1, 2, 3)])
    one, two, three = (world.by_uid("INBOX", uid).id for uid in (1, 2, 3))
    world.gestures.mark([one], add=Flag.SEEN)
    world.gestures.archive([two])
    world.gestures.delete([three])
    operations = ready(world)
    world.writer.start(operations[1], 5)
    world.put("INBOX", uidvalidity=2, reset=True, last=False)
    assert sorted(world.pending()) == ["expunge:conflict", "flags:queued", "move:queued"]
    assert three in world.ids("INBOX")
    mail = [message(10 + uid, name=f"m{uid}", received=message(uid).received) for uid in (1, 2, 3)]
    world.put("INBOX", mail, uidvalidity=2)
    places = {one.kind.value: [(ref.uidvalidity, ref.uid) for ref in one.items] for one in ready(world)}
    assert places == {"flags": [(2, 11)], "move": [(2, 12)]}
    audit(world)


def test_folders_not_listed_are_hidden_and_come_back_as_they_were(world: World) -> None:
    world.put("Lists", [message(1)])
    world.writer.put_folders(ACCOUNT, FOLDERS[:3])
    assert set(world.counts()) == {"INBOX", "Archive", "Trash"}
    world.writer.put_folders(ACCOUNT, [])
    assert set(world.counts()) == {"INBOX", "Archive", "Trash"}
    assert world.writer.put_folders(ACCOUNT, FOLDERS).ids == world.folders
    assert world.counts()["Lists"] == (1, 1)


def test_the_server_s_numbers_stand_until_the_folder_is_complete(world: World) -> None:
    world.writer.put_status(world.folders["INBOX"], FolderStatus(total=500, unread=40))
    assert world.counts()["INBOX"] == (500, 40)
    world.put("INBOX", [message(1), message(2)], last=False)
    assert world.counts()["INBOX"] == (500, 40)
    world.gestures.mark(world.ids("INBOX"), add=Flag.SEEN)
    assert world.counts()["INBOX"] == (500, 38)
    world.writer.fold()
    assert world.counts()["INBOX"] == (500, 38)
    world.gestures.archive(world.ids("INBOX")[:1])
    assert world.counts()["INBOX"] == (499, 38)
    world.put("INBOX")
    folder = world.reader.folder(world.folders["INBOX"])
    assert folder is not None
    assert (folder.total, folder.unread, folder.complete, folder.last_sync) == (1, 0, True, NOW)


def test_a_role_moves_with_the_server(world: World) -> None:
    roles = {folder.path: folder.role for folder in world.reader.folders()}
    assert roles["Trash"] is Role.TRASH
    plain = [RemoteFolder(one.name, one.path) for one in FOLDERS]
    world.writer.put_folders(ACCOUNT, plain)
    assert {folder.path: folder.role for folder in world.reader.folders()} == roles
    world.writer.put_folders(ACCOUNT, [*plain, RemoteFolder("Bin", "Bin", Role.TRASH)])
    assert [folder.path for folder in world.reader.folders() if folder.role is Role.TRASH] == ["Bin"]


def test_items_of_many_conversations(world: World) -> None:
    world.put("INBOX", [message(1), message(2, "Re: Lunch", extra="References: <m1@x>"), message(3, "Other")])
    world.put("Trash", [message(4, "Re: Lunch", name="m9", extra="References: <m1@x>")])
    threads = [row.thread for row in world.reader.list_conversations(world.query("INBOX"), 10)]
    assert list(world.reader.thread_keys(threads)) == world.ids("INBOX")
    assert len(world.reader.thread_keys(threads, [world.folders["Trash"]])) == 1


def test_finding_folders(world: World) -> None:
    other = world.writer.put_folders(type(ACCOUNT)("home"), [RemoteFolder("INBOX", "INBOX", Role.INBOX)]).ids["INBOX"]
    assert [folder.id for folder in world.reader.find_folder("INBOX")] == [other, world.folders["INBOX"]]
    assert [folder.id for folder in world.reader.find_folder("work:inbox")] == [world.folders["INBOX"]]
    assert [folder.id for folder in world.reader.find_folder("trash")] == [world.folders["Trash"]]
    assert [folder.id for folder in world.reader.find_folder("Lists", ACCOUNT)] == [world.folders["Lists"]]
    assert world.reader.find_folder("nowhere") == []


def test_a_rebuilt_store_finds_what_operations_wait_for(world: World) -> None:
    """Numbers of folders come back, items get the number that an operation knows them by, the rest is a conflict."""
    mail = [message(uid) for uid in range(1, 5)]
    world.put("INBOX", mail)
    ids = {item.uid: item.id for item in world.items("INBOX")}
    world.gestures.archive([ids[1], ids[2]])
    world.gestures.copy([ids[3]], world.folders["Lists"])
    world.gestures.mark([ids[4]], add=Flag.FLAGGED)
    (copy,) = world.ids("Lists")
    world.writer.fold()
    world.writer.close()
    assert set_aside_mail(world.home, world.clock) is not None
    world.writer = World.make(world.home.data.parent).writer

    assert world.writer.put_folders(ACCOUNT, FOLDERS).ids == world.folders
    assert ready(world) == []
    world.put("INBOX", mail[:1] + mail[2:3], last=False)
    assert world.ids("Archive") == [ids[1]]
    assert world.ids("INBOX") == [ids[3]]
    assert world.ids("Lists") == [copy]
    world.put("INBOX", mail[3:])
    assert world.by_uid("INBOX", 4).flags is Flag.FLAGGED
    assert world.by_uid("INBOX", 4).id == ids[4]
    assert sorted(world.pending()) == ["copy:queued", "flags:queued", "move:conflict", "move:queued"]
    assert {one.kind.value: [ref.uid for ref in one.items] for one in ready(world)} == {
        "move": [1], "copy": [3], "flags": [4],
    }  # fmt: skip
    audit(world)


def test_new_numbers_are_above_all_old_ones_after_a_rebuild(world: World) -> None:
    world.put("INBOX", [message(1)])
    (before,) = world.ids("INBOX")
    world.writer.close()
    set_aside_mail(world.home, world.clock)
    world.writer = World.make(world.home.data.parent).writer
    world.put("INBOX", [message(1)])
    (after,) = world.ids("INBOX")
    assert after > before
