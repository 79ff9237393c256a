"""The life of operations: folded, sent, confirmed, refused, retried, in conflict."""

from __future__ import annotations

import pytest

from tests.store.audit import audit
from tests.store.world import ACCOUNT, FOLDERS, World, message
from tui_mail.model.errors import NothingToUndo
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, ItemId, OperationId
from tui_mail.model.mail import Role
from tui_mail.model.operation import Operation, OperationKind, OperationState
from tui_mail.model.remote import Appended, RemoteFolder, RemoteResult
from tui_mail.store.disk.rawfiles import RawFiles


def ready(world: World) -> list[Operation]:
    return world.writer.next_operations(ACCOUNT)


def test_a_mark_is_shown_at_once_and_confirmed_later(world: World) -> None:
    world.put("INBOX", [message(1), message(2)])
    (second, first) = world.ids("INBOX")
    world.gestures.mark([first], add=Flag.SEEN)
    assert world.counts()["INBOX"] == (2, 1)
    assert world.items("INBOX")[1].flags is Flag.SEEN

    (operation,) = ready(world)
    assert [(ref.folder, ref.uidvalidity, ref.uid) for ref in operation.items] == [(world.folders["INBOX"], 1, 1)]
    assert world.counts()["INBOX"] == (2, 1)
    world.writer.start(operation)
    assert world.writer.confirm(operation, RemoteResult(done=(1,)), world.folders["INBOX"])
    assert world.pending() == []
    assert world.items("INBOX")[1].flags is Flag.SEEN
    assert second in world.ids("INBOX")
    audit(world)


def test_server_news_does_not_flicker_over_a_waiting_operation(world: World) -> None:
    world.put("INBOX", [message(1)])
    (item,) = world.ids("INBOX")
    world.gestures.mark([item], add=Flag.SEEN)
    world.writer.fold()
    world.put("INBOX", flags=[(1, Flag.FLAGGED)])
    assert world.items("INBOX")[0].flags == Flag.SEEN | Flag.FLAGGED
    audit(world)


def test_a_refusal_goes_back_to_the_server_and_says_why(world: World) -> None:
    world.put("INBOX", [message(1), message(2, flags=Flag.SEEN)])
    items = world.ids("INBOX")
    world.gestures.move(items, world.folders["Archive"])
    (operation,) = ready(world)
    assert world.counts()["Archive"] == (2, 1)
    world.writer.start(operation, 9)
    world.writer.refuse(operation, None, "No room.")
    assert world.counts() == {"INBOX": (2, 1), "Archive": (0, 0), "Lists": (0, 0), "Trash": (0, 0)}
    (left,) = world.reader.pending()
    assert (left.state, left.error, len(left.items)) == (OperationState.FAILED, "No room.", 2)
    audit(world)

    assert world.journal.dismiss(left.id)
    assert world.pending() == []


def test_part_of_a_move_is_refused(world: World) -> None:
    world.put("INBOX", [message(uid) for uid in (1, 2, 3)])
    world.gestures.move(world.ids("INBOX"), world.folders["Archive"])
    (operation,) = ready(world)
    world.writer.start(operation)
    inbox = world.folders["INBOX"]
    done = RemoteResult(done=(1, 2), target_uidvalidity=1, target_uids={1: 11, 2: 12})
    assert not world.writer.confirm(operation, done, inbox)
    refused = [ref.item for ref in operation.items if ref.uid == 3]
    world.writer.refuse(operation, refused, "No.")
    assert world.pending() == ["move:failed"]
    assert [item.uid for item in world.items("INBOX")] == [3]
    audit(world)


def test_a_failed_operation_tried_again_has_its_effect_again(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.move(world.ids("INBOX"), world.folders["Archive"])
    (operation,) = ready(world)
    world.writer.refuse(operation, None, "No.")
    (failed,) = world.reader.pending()
    assert world.journal.retry_now(failed.id)
    assert world.counts()["Archive"] == (1, 1)
    (again,) = ready(world)
    assert again.id != failed.id
    assert [ref.uid for ref in again.items] == [1]
    audit(world)


def test_retry_waits_for_its_time(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.mark(world.ids("INBOX"), add=Flag.FLAGGED)
    (operation,) = ready(world)
    world.writer.start(operation)
    due = int(world.clock.now()) + 60
    world.writer.retry(operation, "Unreachable.", due)
    assert ready(world) == []
    assert world.writer.next_due(ACCOUNT) == due
    (waiting,) = world.reader.pending()
    assert (waiting.state, waiting.attempts, waiting.error) == (OperationState.RETRY, 1, "Unreachable.")
    world.clock.advance(61)
    assert len(ready(world)) == 1

    world.writer.retry(operation, "Unreachable.", due + 1000)
    assert ready(world) == []
    assert world.journal.retry_now(operation.id)
    assert len(ready(world)) == 1


def test_operations_of_one_message_go_one_after_the_other(world: World) -> None:
    world.put("INBOX", [message(1), message(2)])
    first, second = sorted(world.ids("INBOX"))
    world.gestures.move([first], world.folders["Archive"])
    (move,) = ready(world)
    world.writer.start(move)
    world.gestures.mark([first, second], add=Flag.FLAGGED)
    world.gestures.mark([second], add=Flag.SEEN)
    assert ready(world) == []
    world.writer.confirm(move, RemoteResult((1,), target_uidvalidity=0, target_uids={}), world.folders["INBOX"])
    mark, _seen = ready(world) if len(ready(world)) == 2 else (ready(world)[0], None)
    # Moved to where no UID is known yet: handed out with UID 0, so that the folder is looked at.
    assert {ref.item: (ref.folder, ref.uid) for ref in mark.items} == {
        first: (world.folders["Archive"], 0),
        second: (world.folders["INBOX"], 2),
    }
    world.put("Archive", [message(41, name="m1", received=message(1).received)])
    (mark, *_rest) = ready(world)
    assert {ref.item: ref.uid for ref in mark.items} == {first: 41, second: 2}
    audit(world)


@pytest.mark.parametrize("quick_page", [False, True])
def test_a_moved_item_keeps_its_number(world: World, *, quick_page: bool) -> None:
    world.put("INBOX", [message(1), message(2)])
    item = world.by_uid("INBOX", 1).id
    world.gestures.archive([item])
    (operation,) = ready(world)
    assert world.writer.start(operation, 30) == 0
    arrival = message(77, name="m1", received=message(1).received)
    if quick_page:
        # The target is read before the answer to the move comes in.
        assert world.put("Archive", [arrival]).items == ()
    result = RemoteResult(done=(1,), target_uidvalidity=1, target_uids={1: 77})
    assert world.writer.confirm(operation, result, world.folders["INBOX"])
    if not quick_page:
        assert world.put("Archive", [arrival]).items == ()
    world.put("INBOX", vanished=[1])
    assert [(one.id, one.uid) for one in world.items("Archive")] == [(item, 77)]
    audit(world)


def test_a_move_without_answer_about_places_is_found_by_content(world: World) -> None:
    world.put("INBOX", [message(1, flags=Flag.FLAGGED)])
    (item,) = world.ids("INBOX")
    world.gestures.archive([item])
    (operation,) = ready(world)
    world.writer.start(operation, 30)
    world.writer.confirm(operation, RemoteResult(done=(1,)), world.folders["INBOX"])
    assert world.items("Archive")[0].uid is None
    stored = world.put("Archive", [message(5, name="m1", received=message(1).received, flags=Flag.FLAGGED)])
    assert (stored.items, stored.recovered) == ((), 1)
    assert [(one.id, one.uid) for one in world.items("Archive")] == [(item, 5)]
    audit(world)


def test_a_moved_item_that_never_turns_up_is_gone_after_two_readings(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.archive(world.ids("INBOX"))
    (operation,) = ready(world)
    world.writer.start(operation)
    world.writer.confirm(operation, RemoteResult(done=(1,)), world.folders["INBOX"])
    world.put("Archive")
    assert len(world.items("Archive")) == 1
    world.put("Archive")
    assert world.items("Archive") == []
    audit(world)


def test_a_missing_folder_is_kept_as_long_as_something_is_to_go_there(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.put("Lists", [message(2)])
    world.gestures.move(world.ids("INBOX"), world.folders["Lists"])
    (operation,) = ready(world)
    world.writer.start(operation)
    world.writer.put_folders(ACCOUNT, FOLDERS[:3])
    world.clock.advance(31 * 86400)
    world.writer.tidy()
    world.writer.put_folders(ACCOUNT, FOLDERS)
    assert world.counts()["Lists"] == (2, 2)
    result = RemoteResult(done=(1,), target_uidvalidity=1, target_uids={1: 3})
    world.writer.confirm(operation, result, world.folders["INBOX"])
    assert len(world.ids("Lists")) == 2
    audit(world)

    world.writer.put_folders(ACCOUNT, FOLDERS[:3])
    world.clock.advance(31 * 86400)
    world.writer.tidy()
    assert world.rows("SELECT count(*) FROM folder") == [(3,)]
    audit(world)


def test_an_answer_about_a_folder_that_was_deleted_meanwhile(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.move(world.ids("INBOX"), world.folders["Lists"])
    (operation,) = ready(world)
    world.writer.start(operation)
    with world.writer._db.changing() as changes:
        world.writer._folders.remove(world.folders["Lists"], changes)
    world.writer.confirm(operation, RemoteResult(done=(1,)), world.folders["INBOX"])
    assert world.ids("INBOX") == []
    assert world.pending() == []
    assert world.rows("SELECT count(*) FROM awaited") == [(0,)]
    audit(world)


def test_the_first_uidnext_is_kept_for_later_tries(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.archive(world.ids("INBOX"))
    (operation,) = ready(world)
    assert world.writer.start(operation, 30) == 0
    world.restart()
    (again,) = ready(world)
    assert again.attempts == 1
    assert again.items == operation.items
    assert world.writer.start(again, 35) == 30


def test_what_was_not_sent_for_want_of_a_place_is_sent_once_it_has_one(world: World) -> None:
    """Of a move, part was sent: that names the places of the first try; the rest had none to name."""
    world.put("INBOX", [message(1), message(2)])
    first, second = sorted(world.ids("INBOX"))
    world.gestures.move([first], world.folders["Archive"])
    (away,) = ready(world)
    world.writer.start(away, 5)
    world.writer.confirm(away, RemoteResult((1,)), world.folders["INBOX"])
    world.gestures.move([first, second], world.folders["Lists"])
    (operation,) = ready(world)
    assert {ref.item: ref.uid for ref in operation.items} == {first: 0, second: 2}
    world.writer.start(operation, 9)
    world.put("Archive", [message(41, name="m1", received=message(1).received)])
    world.restart()
    (operation,) = ready(world)
    assert {ref.item: (ref.folder, ref.uid) for ref in operation.items} == {
        first: (world.folders["Archive"], 41),
        second: (world.folders["INBOX"], 2),
    }
    world.writer.start(operation, 9)
    world.put("INBOX", vanished=[2])
    world.writer.retry(operation, "", 0)
    (operation,) = ready(world)
    assert {ref.item: ref.uid for ref in operation.items} == {first: 41, second: 2}, (
        "a repetition names the same places"
    )
    world.writer.confirm(
        operation, RemoteResult((41,), target_uidvalidity=1, target_uids={41: 9}), world.folders["Archive"]
    )
    world.writer.confirm(
        operation, RemoteResult((2,), target_uidvalidity=1, target_uids={2: 10}), world.folders["INBOX"]
    )
    assert world.pending() == []
    assert [(one.id, one.uid) for one in sorted(world.items("Lists"), key=lambda one: one.id)] == [
        (first, 9),
        (second, 10),
    ]
    audit(world)


def test_a_move_of_what_another_program_took_is_a_conflict(world: World) -> None:
    world.put("INBOX", [message(1), message(2)])
    world.gestures.archive(world.ids("INBOX"))
    world.writer.fold()
    world.put("INBOX", vanished=[1])
    (operation,) = ready(world)
    assert [ref.uid for ref in operation.items] == [2]
    assert sorted(world.pending()) == ["move:conflict", "move:queued"]
    audit(world)


def test_flags_of_what_is_gone_are_dropped_silently(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.mark(world.ids("INBOX"), add=Flag.SEEN)
    world.writer.fold()
    world.put("INBOX", vanished=[1])
    assert ready(world) == []
    assert world.pending() == []
    audit(world)


def test_coalescing(world: World) -> None:
    world.put("INBOX", [message(1)])
    (item,) = world.ids("INBOX")
    world.gestures.mark([item], add=Flag.SEEN)
    world.gestures.mark([item], remove=Flag.SEEN)
    assert ready(world) == []
    world.gestures.archive([item])
    world.gestures.trash([item])
    (operation,) = ready(world)
    assert (operation.target, operation.items[0].uid) == (world.folders["Trash"], 1)
    world.gestures.delete([item])
    (operation,) = ready(world)
    assert (operation.kind, operation.items[0].uid) == (OperationKind.EXPUNGE, 1)
    assert world.pending() == ["expunge:queued"]
    audit(world)


def test_a_move_there_and_back_is_nothing(world: World) -> None:
    world.put("INBOX", [message(1)])
    (item,) = world.ids("INBOX")
    world.gestures.archive([item])
    world.gestures.undo()
    assert ready(world) == []
    assert world.pending() == []
    assert world.ids("INBOX") == [item]
    audit(world)


def test_nothing_is_coalesced_into_what_was_sent(world: World) -> None:
    world.put("INBOX", [message(1)])
    (item,) = world.ids("INBOX")
    world.gestures.mark([item], add=Flag.SEEN)
    (operation,) = ready(world)
    world.writer.start(operation)
    world.gestures.mark([item], remove=Flag.SEEN)
    assert ready(world) == []
    assert world.pending() == ["flags:running", "flags:queued"]
    world.writer.confirm(operation, RemoteResult(done=(1,)), world.folders["INBOX"])
    (later,) = ready(world)
    assert later.remove is Flag.SEEN


def test_a_copy_has_its_number_before_the_server_knows(world: World) -> None:
    world.put("INBOX", [message(1)])
    (item,) = world.ids("INBOX")
    world.gestures.copy([item], world.folders["Archive"])
    (copy,) = world.ids("Archive")
    (operation,) = ready(world)
    assert operation.copies == (copy,)
    assert world.ids("Archive") == [copy]
    world.writer.start(operation, 3)
    result = RemoteResult(done=(1,), target_uidvalidity=1, target_uids={1: 3})
    world.put("Archive", last=False)
    world.writer.confirm(operation, result, world.folders["INBOX"])
    (shown,) = world.items("Archive")
    assert (shown.id, shown.uid, shown.content) == (copy, 3, world.items("INBOX")[0].content)
    audit(world)


def test_a_copy_deleted_before_it_was_made_is_never_sent(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.copy(world.ids("INBOX"), world.folders["Archive"])
    world.gestures.undo()
    assert ready(world) == []
    assert world.pending() == []
    assert world.ids("Archive") == []
    assert len(world.ids("INBOX")) == 1
    audit(world)


def test_a_refused_copy_is_gone(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.copy(world.ids("INBOX"), world.folders["Archive"])
    (operation,) = ready(world)
    world.writer.refuse(operation, None, "No.")
    assert world.ids("Archive") == []
    assert len(world.ids("INBOX")) == 1
    audit(world)


@pytest.mark.parametrize("answer", ["refused", "gone"])
def test_what_arrives_is_never_a_copy_that_was_not_made(world: World, answer: str) -> None:
    world.put("INBOX", [message(1)])
    (item,) = world.ids("INBOX")
    world.gestures.copy([item], world.folders["Archive"])
    (copy,) = world.ids("Archive")
    (operation,) = ready(world)
    world.writer.start(operation)
    if answer == "refused":
        world.writer.refuse(operation, None, "No.")
    else:
        world.writer.confirm(operation, RemoteResult(done=(), gone=(1,)), world.folders["INBOX"])
    # Another program had just moved the original to the same place, and INBOX was not looked at since.
    world.put("Archive", [message(1)._replace(uid=7)])
    assert copy not in world.ids("Archive")
    assert world.uids("Archive") == [7]
    with pytest.raises(NothingToUndo):
        world.gestures.undo()
    audit(world)


def test_a_refused_copy_tried_again_is_shown_again(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.copy(world.ids("INBOX"), world.folders["Archive"])
    (copy,) = world.ids("Archive")
    (operation,) = ready(world)
    world.writer.refuse(operation, None, "No.")
    (failed,) = world.reader.pending()
    assert world.journal.retry_now(failed.id)
    (again,) = ready(world)
    assert world.ids("Archive") == [copy]
    audit(world)
    world.writer.start(again)
    result = RemoteResult(done=(1,), target_uidvalidity=1, target_uids={1: 3})
    world.writer.confirm(again, result, world.folders["INBOX"])
    assert world.uids("Archive") == [3]
    audit(world)


def test_a_missing_archive_is_created_first(world: World) -> None:
    world.writer.put_folders(ACCOUNT, [RemoteFolder("INBOX", "INBOX", Role.INBOX)])
    world.put("INBOX", [message(1)])
    world.gestures.archive(world.ids("INBOX"))
    assert world.counts() == {"INBOX": (0, 0), "Archive": (1, 1)}
    (create,) = ready(world)
    assert (create.kind, create.path, create.role) == (OperationKind.CREATE_FOLDER, "Archive", Role.ARCHIVE)
    world.writer.start(create)
    remote = RemoteFolder("INBOX.Archive", "Archive", Role.ARCHIVE)
    assert world.writer.confirm(create, remote)
    (move,) = ready(world)
    assert move.target == create.target
    assert move.target is not None
    found = world.writer.server_folder(move.target)
    assert found is not None
    assert found.name == "INBOX.Archive"
    stored = world.writer.put_folders(ACCOUNT, [RemoteFolder("INBOX", "INBOX", Role.INBOX), remote])
    assert stored.ids["INBOX.Archive"] == create.target


def test_a_refused_folder_takes_what_waits_for_it_along(world: World) -> None:
    folder = world.gestures.folders.ensure(ACCOUNT, "Projects/New")
    world.put("INBOX", [message(1)])
    world.gestures.move(world.ids("INBOX"), folder)
    (create,) = ready(world)
    world.writer.refuse(create, None, "Not allowed.")
    assert world.pending() == ["create-folder:failed", "move:failed"]
    assert "Projects/New" not in world.counts()
    assert world.counts()["INBOX"] == (1, 1)
    audit(world)


def test_renaming_takes_the_folders_below_along(world: World) -> None:
    below = [RemoteFolder("Lists.dev", "Lists/dev"), RemoteFolder("Lists", "Lists")]
    inbox = RemoteFolder("INBOX", "INBOX", Role.INBOX)
    ids = world.writer.put_folders(ACCOUNT, [inbox, *below]).ids
    world.gestures.folders.rename(ids["Lists"], "Talk")
    assert set(world.counts()) == {"INBOX", "Talk", "Talk/dev"}
    (operation,) = ready(world)
    assert set(world.counts()) == {"INBOX", "Talk", "Talk/dev"}
    found = world.writer.server_folder(ids["Lists"])
    assert found is not None
    assert (found.path, found.name) == ("Lists", "Lists")
    world.writer.start(operation)
    world.writer.confirm(operation, RemoteFolder("Talk", "Talk"))
    listed = [inbox, RemoteFolder("Talk", "Talk"), RemoteFolder("Talk.dev", "Talk/dev")]
    assert world.writer.put_folders(ACCOUNT, listed).ids == {
        "INBOX": ids["INBOX"], "Talk": ids["Lists"], "Talk.dev": ids["Lists.dev"],
    }  # fmt: skip
    assert set(world.counts()) == {"INBOX", "Talk", "Talk/dev"}


def test_a_deleted_folder_comes_back_when_the_server_refuses(world: World) -> None:
    world.put("Lists", [message(1)])
    world.gestures.folders.delete(world.folders["Lists"])
    assert "Lists" not in world.counts()
    (operation,) = ready(world)
    assert "Lists" not in world.counts()
    world.writer.refuse(operation, None, "No.")
    assert world.counts()["Lists"] == (1, 1)
    world.gestures.folders.delete(world.folders["Lists"])
    (operation,) = ready(world)
    world.writer.start(operation)
    world.writer.confirm(operation)
    assert "Lists" not in world.counts()
    audit(world)


def test_an_appended_message_is_shown_before_and_after(world: World) -> None:
    raw = b"From: Me <me@example.org>\r\nSubject: Draft about herons\r\nMessage-ID: <d1@x>\r\n\r\nTall birds.\r\n"
    action = world.gestures.append(world.folders["Lists"], [(raw, Flag.SEEN, (), 0)], RawFiles(world.home))
    assert action is not None
    (item,) = world.items("Lists")
    assert (item.subject, item.uid, item.flags, item.size) == ("Draft about herons", None, Flag.SEEN, len(raw))
    assert world.reader.raw(item.id) == raw
    assert [one.id for one in world.reader.find_message_id("d1@x")] == [item.id]
    world.writer.fold()
    (folded,) = world.items("Lists")
    assert (folded.id, folded.subject, folded.size, folded.has_body) == (item.id, item.subject, len(raw), True)
    assert world.reader.raw(item.id) == raw
    assert world.found("herons tall") == ["Draft about herons"]
    (operation,) = ready(world)
    assert operation.raw == world.reader.pending()[0].raw
    world.writer.start(operation, 4)
    world.put("Lists", last=False)
    world.writer.confirm(operation, Appended(uidvalidity=1, uid=9))
    assert [(one.id, one.uid) for one in world.items("Lists")] == [(ItemId(item.id), 9)]
    audit(world)


def test_an_appended_message_keeps_its_place_in_a_folder_never_read_whatever_the_server_made_of_it(
    world: World,
) -> None:
    raw = b"From: me@example.org\nSubject: Line feeds\n\nonly\n"
    world.gestures.append(world.folders["Lists"], [(raw, Flag.NONE, (), 0)], RawFiles(world.home))
    world.writer.fold()
    (operation,) = ready(world)
    world.writer.start(operation, 1)
    world.writer.confirm(operation, Appended(uidvalidity=7, uid=1))
    assert world.uids("Lists") == [1]
    # The server has put carriage returns in: another size, so another message by the looks of it.
    assert world.put("Lists", [message(1, "Line feeds", name="")], uidvalidity=7).items == ()
    assert world.uids("Lists") == [1]
    audit(world)


def test_a_folder_knows_that_something_is_still_to_turn_up_in_it(world: World) -> None:
    world.put("Lists")
    raw = b"From: me@example.org\nSubject: Line feeds\n\nonly\n"
    world.gestures.append(world.folders["Lists"], [(raw, Flag.NONE, (), 0)], RawFiles(world.home))
    world.writer.fold()
    (operation,) = ready(world)
    world.writer.start(operation, 1)
    world.writer.confirm(operation, Appended())
    for _round in range(2):
        found = world.writer.server_folder(world.folders["Lists"])
        assert found is not None
        assert found.awaiting
        world.put("Lists")
    found = world.writer.server_folder(world.folders["Lists"])
    assert found is not None
    assert not found.awaiting
    assert world.uids("Lists") == []
    audit(world)


def replace_draft(world: World) -> tuple[Operation, Operation, ItemId, ItemId]:
    """A new version of a message is to be added, and the old one to go once that is done."""
    world.put("Lists", [message(1, "Old")])
    (old,) = world.ids("Lists")
    new = ItemId(world.journal.draw_items(1)[0])
    raw = RawFiles(world.home).put(b"Subject: New\r\n\r\nnew\r\n")
    append = Operation(
        OperationId(0), ACCOUNT, OperationKind.APPEND, (), target=world.folders["Lists"], copies=(new,), raw=raw
    )
    world.journal.record([append])
    (added,) = world.reader.pending()
    (ref,) = world.reader.refs([old])
    world.journal.record([Operation(OperationId(0), ACCOUNT, OperationKind.EXPUNGE, (ref,), after=added.id)])
    return added, world.reader.pending()[1], old, new


def test_what_follows_another_operation_waits_until_that_is_done(world: World) -> None:
    added, removed, _old, new = replace_draft(world)
    assert world.ids("Lists") == [new]
    (first,) = ready(world)
    assert first.id == added.id
    world.writer.start(first, 2)
    assert ready(world) == []
    world.writer.confirm(first, Appended(1, 2))
    (second,) = ready(world)
    assert second.id == removed.id
    assert second.after == added.id
    world.writer.start(second)
    world.writer.confirm(second, RemoteResult(done=(1,)), world.folders["Lists"])
    assert world.pending() == []
    assert world.ids("Lists") == [new]
    audit(world)


def test_what_follows_a_refused_operation_is_not_done(world: World) -> None:
    _added, _removed, old, _new = replace_draft(world)
    (first,) = ready(world)
    world.writer.start(first, 2)
    world.writer.refuse(first, None, "No room.")
    assert world.pending() == ["append:failed"]
    assert ready(world) == []
    assert world.ids("Lists") == [old]
    world.restart()
    assert world.ids("Lists") == [old]
    audit(world)


def test_a_version_others_wait_for_is_added_even_if_it_is_replaced_in_turn(world: World) -> None:
    added, _removed, old, new = replace_draft(world)
    (ref,) = world.reader.refs([new])
    newest = ItemId(world.journal.draw_items(1)[0])
    raw = RawFiles(world.home).put(b"Subject: Newest\r\n\r\nnewest\r\n")
    append = Operation(
        OperationId(0), ACCOUNT, OperationKind.APPEND, (), target=world.folders["Lists"], copies=(newest,), raw=raw
    )
    world.journal.record([append])
    last = world.reader.pending()[-1]
    world.journal.record([Operation(OperationId(0), ACCOUNT, OperationKind.EXPUNGE, (ref,), after=last.id)])
    assert world.ids("Lists") == [newest]
    assert [one.id for one in ready(world)] == [added.id, last.id]
    assert old not in world.ids("Lists")
    audit(world)


def test_a_folder_is_not_made_inside_one_that_waits_for_its_name(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.mark(world.ids("INBOX"), add=Flag.SEEN)
    world.gestures.folders.rename(world.folders["Lists"], "Read")
    world.gestures.folders.ensure(ACCOUNT, "Read/Daily")
    world.gestures.folders.ensure(ACCOUNT, "Lists/Daily")
    (mark,) = ready(world)
    world.writer.start(mark)
    world.writer.confirm(mark, RemoteResult((1,)), world.folders["INBOX"])
    (rename,) = ready(world)
    assert rename.kind is OperationKind.RENAME_FOLDER
    world.writer.start(rename)
    assert ready(world) == []
    world.writer.confirm(rename, RemoteFolder("Read", "Read"))
    assert [one.path for one in ready(world)] == ["Read/Daily", "Lists/Daily"]


def test_a_name_that_a_folder_gives_up_may_be_taken_by_a_new_one(world: World) -> None:
    world.put("Lists", [message(1)])
    world.gestures.folders.rename(world.folders["Lists"], "Read")
    made = world.gestures.folders.ensure(ACCOUNT, "Lists")
    assert made != world.folders["Lists"]
    assert world.gestures.folders.ensure(ACCOUNT, "Lists") == made
    (rename,) = ready(world)
    world.writer.start(rename)
    world.writer.confirm(rename, RemoteFolder("Read", "Read"))
    (create,) = ready(world)
    world.writer.start(create)
    world.writer.confirm(create, RemoteFolder("Lists", "Lists"))
    listed = [RemoteFolder(name, name) for name in ("INBOX", "Archive", "Trash", "Lists", "Read")]
    ids = world.writer.put_folders(ACCOUNT, listed).ids
    assert (ids["Read"], ids["Lists"]) == (world.folders["Lists"], made)
    assert world.counts()["Read"] == (1, 1)
    assert world.counts()["Lists"] == (0, 0)
    world.restart()
    assert world.writer.put_folders(ACCOUNT, listed).ids == ids
    audit(world)


def test_a_folder_deleted_and_made_anew_is_another_one(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.put("Lists", [message(2)])
    (item,) = world.ids("INBOX")
    world.gestures.folders.delete(world.folders["Lists"])
    made = world.folders["Lists"] = world.gestures.folders.ensure(ACCOUNT, "Lists")
    world.gestures.move([item], made)
    assert world.counts()["Lists"] == (1, 1)
    (delete,) = ready(world)
    assert delete.kind is OperationKind.DELETE_FOLDER
    world.writer.start(delete)
    world.writer.confirm(delete)
    assert world.ids("Lists") == [item]
    (create,) = ready(world)
    world.writer.start(create)
    world.writer.confirm(create, RemoteFolder("Lists", "Lists"))
    ids = world.writer.put_folders(ACCOUNT, [*FOLDERS[:3], RemoteFolder("Lists", "Lists")]).ids
    assert ids["Lists"] == made
    (move,) = ready(world)
    assert move.target == made
    assert world.ids("Lists") == [item]
    audit(world)
    world.writer.close()
    world.home.mail_db.unlink()
    world.restart()
    assert world.writer.put_folders(ACCOUNT, [*FOLDERS[:3], RemoteFolder("Lists", "Lists")]).ids["Lists"] == made


def test_what_is_under_way_stays_so_while_another_account_goes(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.archive(world.ids("INBOX"))
    (operation,) = ready(world)
    world.writer.start(operation)
    world.writer.drop_account(AccountName("another"))
    assert [each.state for each in world.reader.pending()] == [OperationState.RUNNING]
    assert ready(world) == []
    world.writer.recover(AccountName("another"))
    assert ready(world) == []
    world.writer.recover(ACCOUNT)
    assert [each.id for each in ready(world)] == [operation.id]
