"""Gestures: what they write, what undo and redo make of it, after restarts and confirmations too."""

from __future__ import annotations

import pytest

from tests.store.audit import audit
from tests.store.test_operations import ready
from tests.store.world import ACCOUNT, FOLDERS, World, message
from tui_mail.model.errors import NotFound, NothingToUndo, UsageError
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, FolderId, ItemId
from tui_mail.model.mail import Role
from tui_mail.model.operation import ActionKind, OperationKind
from tui_mail.model.remote import RemoteFolder, RemoteResult
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.gestures.journal import Journal
from tui_mail.store.gestures.messages import Gestures


def flags(world: World) -> dict[int | None, Flag]:
    return {item.uid: item.flags for item in world.items("INBOX")}


def test_undo_takes_back_only_what_changed(world: World) -> None:
    world.put("INBOX", [message(1), message(2, flags=Flag.SEEN)])
    action = world.gestures.mark(world.ids("INBOX"), add=Flag.SEEN, add_keywords=("later",))
    assert action is not None
    assert (action.kind, action.reversible) == (ActionKind.READ, True)
    assert all(item.keywords == ("later",) for item in world.items("INBOX"))
    undone = world.gestures.undo()
    assert undone.id == action.id
    assert undone.undone
    assert flags(world) == {1: Flag.NONE, 2: Flag.SEEN}
    assert all(item.keywords == () for item in world.items("INBOX"))


def test_marking_what_is_marked_is_nothing(world: World) -> None:
    world.put("INBOX", [message(1, flags=Flag.SEEN)])
    assert world.gestures.mark(world.ids("INBOX"), add=Flag.SEEN) is None
    assert world.pending() == []


def test_opening_is_no_action(world: World) -> None:
    world.put("INBOX", [message(1)])
    assert world.gestures.mark(world.ids("INBOX"), add=Flag.SEEN, log=False) is None
    assert flags(world) == {1: Flag.SEEN}
    with pytest.raises(NothingToUndo):
        world.gestures.undo()


def test_many_levels_of_undo_and_redo_after_a_restart_and_after_confirmation(world: World) -> None:
    world.put("INBOX", [message(1), message(2)])
    one, two = sorted(world.ids("INBOX"))
    world.gestures.mark([one], add=Flag.FLAGGED)
    world.gestures.archive([one])
    for operation in ready(world):
        world.writer.start(operation)
        done = RemoteResult((1,), target_uidvalidity=1, target_uids={1: 50})
        world.writer.confirm(operation, done, world.folders["INBOX"])
    for operation in ready(world):
        world.writer.start(operation)
        done = RemoteResult((1,), target_uidvalidity=1, target_uids={1: 50})
        world.writer.confirm(operation, done, world.folders["INBOX"])
    world.gestures.trash([two])
    world.gestures.mark([two], add=Flag.SEEN)
    before = [(item.id, item.folder, item.flags) for item in world.items("INBOX", "Archive", "Trash")]

    world.journal.close()
    world.restart()
    world.journal = Journal(world.home, world.clock)
    world.gestures = Gestures(world.reader, world.journal)
    kinds = [world.gestures.undo().kind for _ in range(4)]
    assert kinds == [ActionKind.READ, ActionKind.TRASH, ActionKind.ARCHIVE, ActionKind.FLAG]
    assert sorted(world.ids("INBOX")) == [one, two]
    assert set(flags(world).values()) == {Flag.NONE}
    with pytest.raises(NothingToUndo):
        world.gestures.undo()
    kinds = [world.gestures.redo().kind for _ in range(4)]
    assert kinds == [ActionKind.FLAG, ActionKind.ARCHIVE, ActionKind.TRASH, ActionKind.READ]
    assert [(item.id, item.folder, item.flags) for item in world.items("INBOX", "Archive", "Trash")] == before
    with pytest.raises(NothingToUndo):
        world.gestures.redo()
    world.writer.fold()
    assert [(item.id, item.folder, item.flags) for item in world.items("INBOX", "Archive", "Trash")] == before
    audit(world)


def test_a_new_action_overtakes_what_was_undone(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.mark(world.ids("INBOX"), add=Flag.SEEN)
    world.gestures.undo()
    world.gestures.mark(world.ids("INBOX"), add=Flag.FLAGGED)
    with pytest.raises(NothingToUndo):
        world.gestures.redo()
    assert world.gestures.undo().kind is ActionKind.FLAG
    with pytest.raises(NothingToUndo):
        world.gestures.undo()


def test_deleting_for_ever_cannot_be_undone_and_says_so(world: World) -> None:
    world.put("INBOX", [message(1), message(2)])
    one, two = sorted(world.ids("INBOX"))
    world.gestures.archive([one])
    action = world.gestures.delete([two])
    assert action is not None
    assert not action.reversible
    assert world.ids("INBOX") == []
    with pytest.raises(NothingToUndo, match="for ever"):
        world.gestures.undo()


def test_undo_of_a_move_puts_each_back_where_it_was(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.put("Lists", [message(2)])
    items = world.ids("INBOX", "Lists")
    action = world.gestures.move(items, world.folders["Archive"])
    assert action is not None
    assert action.target == "Archive"
    world.gestures.undo()
    assert (len(world.ids("INBOX")), len(world.ids("Lists")), world.ids("Archive")) == (1, 1, [])


def test_undo_of_a_copy_and_redo_with_new_numbers(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.copy(world.ids("INBOX"), world.folders["Archive"])
    (copy,) = world.ids("Archive")
    world.gestures.undo()
    assert world.ids("Archive") == []
    world.gestures.redo()
    (again,) = world.ids("Archive")
    assert again > copy
    world.gestures.undo()
    assert world.ids("Archive") == []
    world.writer.fold()
    assert world.ids("Archive") == []
    audit(world)


def test_undo_of_a_copy_keeps_the_last_of_a_message(world: World) -> None:
    world.put("INBOX", [message(1), message(2)])
    second, first = world.ids("INBOX")
    world.gestures.copy([first, second], world.folders["Archive"])
    (operation,) = world.writer.next_operations(ACCOUNT)
    result = RemoteResult(done=(1, 2), target_uidvalidity=1, target_uids={1: 11, 2: 12})
    world.put("Archive", last=False)
    world.writer.confirm(operation, result, world.folders["INBOX"])
    world.put("INBOX", vanished=[1])  # another program deleted it
    world.gestures.undo()
    assert world.uids("Archive") == [11]
    world.gestures.redo()
    world.gestures.undo()
    assert world.uids("Archive") == [11]
    audit(world)


def test_junk_moves_and_flags(world: World) -> None:
    world.put("INBOX", [message(1)])
    action = world.gestures.junk(world.ids("INBOX"))
    assert action is not None
    (junk,) = world.reader.find_folder("junk")
    (item,) = world.reader.items(action.items)
    assert (item.folder, item.flags) == (junk.id, Flag.JUNK)
    world.gestures.undo()
    assert flags(world) == {1: Flag.NONE}


def test_several_accounts_at_once(world: World) -> None:
    home = AccountName("home")
    world.folders["home"] = world.writer.put_folders(home, [RemoteFolder("INBOX", "INBOX", Role.INBOX)]).ids["INBOX"]
    world.put("INBOX", [message(1)])
    world.put("home", [message(1)])
    items = world.ids("INBOX", "home")
    action = world.gestures.archive(items)
    assert action is not None
    assert len(action.operations) == 2
    assert {(folder.account, folder.total) for folder in world.reader.find_folder("archive")} == {
        (ACCOUNT, 1), (home, 1),
    }  # fmt: skip
    with pytest.raises(UsageError, match="another account"):
        world.gestures.move(items, world.folders["Trash"])
    world.gestures.undo()
    assert sorted(world.ids("INBOX", "home")) == sorted(items)


@pytest.mark.parametrize(("path", "target"), [("[Gmail]/All Mail", "[Gmail]/All Mail"), ("Virtual/All", "Archive")])
def test_with_gmail_the_archive_is_where_everything_is(world: World, path: str, target: str) -> None:
    home = AccountName("home")
    listed = [RemoteFolder("INBOX", "INBOX", Role.INBOX), RemoteFolder(path, path, Role.ALL)]
    world.folders["home"] = world.writer.put_folders(home, listed).ids["INBOX"]
    world.put("home", [message(1)])
    action = world.gestures.archive(world.ids("home"))
    assert action is not None
    assert action.target == target
    assert [folder.path for folder in world.reader.folders() if folder.account == home and folder.total] == [target]


def test_what_is_not_there(world: World) -> None:
    world.put("INBOX", [message(1)])
    (item,) = world.ids("INBOX")
    with pytest.raises(NotFound):
        world.gestures.archive([ItemId(999_999)])
    with pytest.raises(NotFound):
        world.gestures.move([item], FolderId(999))
    assert world.gestures.move([item], world.folders["INBOX"]) is None
    action = world.gestures.mark([ItemId(999_999), item], add=Flag.SEEN)
    assert action is not None
    assert action.items == (item,)


def test_undo_of_what_is_gone(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.mark(world.ids("INBOX"), add=Flag.SEEN)
    world.put("INBOX", vanished=[1])
    with pytest.raises(NothingToUndo, match="no longer there"):
        world.gestures.undo()
    with pytest.raises(NothingToUndo, match="nothing to undo"):
        world.gestures.undo()


def test_undo_of_what_was_refused_asks_the_server_for_nothing(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.archive(world.ids("INBOX"))
    (operation,) = ready(world)
    world.writer.refuse(operation, None, "No.")
    world.gestures.undo()
    assert ready(world) == []
    assert world.pending() == ["move:failed"]
    assert len(world.ids("INBOX")) == 1


@pytest.mark.parametrize("path", ["", "a//b", "/a", "a/", "a\nb", " "])
def test_bad_folder_names(world: World, path: str) -> None:
    with pytest.raises(UsageError):
        world.gestures.folders.ensure(ACCOUNT, path)


def test_folder_gestures_are_shown_at_once(world: World) -> None:
    made = world.gestures.folders.ensure(ACCOUNT, "Projects")
    assert world.gestures.folders.ensure(ACCOUNT, "Projects") == made
    world.gestures.folders.rename(made, "Plans")
    world.gestures.folders.subscribe(world.folders["Lists"], subscribed=False)
    world.gestures.folders.delete(world.folders["Archive"])
    for _folded in range(2):
        shown = {folder.path: folder.subscribed for folder in world.reader.folders()}
        assert shown == {"INBOX": True, "Lists": False, "Plans": True, "Trash": True}
        world.writer.fold()
    with pytest.raises(UsageError, match="already"):
        world.gestures.folders.rename(made, "Lists")
    with pytest.raises(UsageError):
        world.gestures.folders.rename(made, "Plans/below")
    with pytest.raises(UsageError, match="inbox"):
        world.gestures.folders.delete(world.folders["INBOX"])


def paths(world: World) -> list[str]:
    return sorted(folder.path for folder in world.reader.folders() if folder.role is None)


def test_folder_gestures_are_taken_back_and_done_again(world: World) -> None:
    folders = world.gestures.folders
    created = folders.create(ACCOUNT, "Projects")
    assert created is not None
    assert created.reversible
    assert folders.create(ACCOUNT, "Projects") is None
    renamed = folders.rename(world.folders["Lists"], "Talk")
    assert renamed is not None
    unsubscribed = folders.subscribe(world.folders["Archive"], subscribed=False)
    assert unsubscribed is not None
    assert folders.subscribe(world.folders["Archive"], subscribed=False) is None
    assert [world.gestures.undo().id for _each in range(3)] == [unsubscribed.id, renamed.id, created.id]
    assert paths(world) == ["Lists"]
    assert all(folder.subscribed for folder in world.reader.folders())
    for _time in range(2):  # before the server knows of it, and after
        assert [world.gestures.redo().id for _each in range(3)] == [created.id, renamed.id, unsubscribed.id]
        assert paths(world) == ["Projects", "Talk"]
        world.writer.fold()
        assert paths(world) == ["Projects", "Talk"]
        while waiting := ready(world):
            world.writer.start(waiting[0])
            world.writer.confirm(waiting[0], RemoteFolder(waiting[0].path, waiting[0].path))
        assert paths(world) == ["Projects", "Talk"]
        assert [world.gestures.undo().id for _each in range(3)] == [unsubscribed.id, renamed.id, created.id]
    assert paths(world) == ["Lists"]


def test_a_folder_that_holds_something_now_is_not_deleted_by_undo(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.mark(world.ids("INBOX"), add=Flag.SEEN)
    world.gestures.folders.create(ACCOUNT, "Projects")
    world.gestures.folders.ensure(ACCOUNT, "Projects/2026")
    with pytest.raises(NothingToUndo, match="Projects is not empty"):
        world.gestures.undo()
    assert paths(world) == ["Lists", "Projects", "Projects/2026"]
    assert world.gestures.undo().kind is ActionKind.READ  # said once


def test_a_folder_is_not_renamed_back_over_another_one(world: World) -> None:
    world.gestures.folders.rename(world.folders["Lists"], "Talk")
    world.gestures.folders.ensure(ACCOUNT, "Lists")
    with pytest.raises(NothingToUndo, match="Lists already"):
        world.gestures.undo()
    assert paths(world) == ["Lists", "Talk"]


def test_what_comes_for_other_reasons_is_no_action(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.writer.put_folders(ACCOUNT, FOLDERS[:1])
    world.gestures.archive(world.ids("INBOX"))
    assert [action.kind for action in world.reader.actions()] == [ActionKind.ARCHIVE]


def test_deleting_a_folder_says_that_it_cannot_be_undone(world: World) -> None:
    deleted = world.gestures.folders.delete(world.folders["Lists"])
    assert deleted is not None
    assert not deleted.reversible
    with pytest.raises(NothingToUndo, match="for ever"):
        world.gestures.undo()


def test_two_windows_undo_once(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.mark(world.ids("INBOX"), add=Flag.SEEN)
    action = world.journal.last_action(undone=False)
    assert action is not None
    steps = world.journal.inverse(action.id)
    assert world.journal.record_undo(action, steps, undone=True) is not None
    assert world.journal.record_undo(action, steps, undone=True) is None
    assert len(world.reader.pending()) == 2


def test_importing_and_taking_it_back(world: World) -> None:
    mail = [(f"Subject: Import {number}\r\n\r\nText {number}\r\n".encode(), Flag.SEEN, (), 1000 + number)
            for number in range(3)]  # fmt: skip
    action = world.gestures.append(world.folders["Lists"], mail, RawFiles(world.home))
    assert action is not None
    assert [item.subject for item in world.items("Lists")] == ["Import 2", "Import 1", "Import 0"]
    world.writer.fold()
    assert [one.kind for one in world.reader.pending()] == [OperationKind.APPEND] * 3
    world.gestures.undo()
    assert world.items("Lists") == []
    assert ready(world) == []
    assert world.pending() == []
    audit(world)


def test_the_log_forgets_after_thirty_days_and_keeps_what_waits(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.mark(world.ids("INBOX"), add=Flag.SEEN)
    world.clock.advance(29 * 86400)
    world.writer.tidy()
    assert len(world.reader.actions()) == 1
    world.clock.advance(2 * 86400)
    world.writer.tidy()
    assert world.reader.actions() == []
    assert world.pending() == ["flags:queued"]
