"""Operations that need not be sent: without them, everything ends as with them, copies made on the way included."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.store.audit import audit
from tests.store.world import ACCOUNT, NOW, World, message
from tui_mail.model.flags import Flag
from tui_mail.model.ids import FolderId, ItemId, OperationId
from tui_mail.model.mail import ItemRef
from tui_mail.model.operation import Operation, OperationKind, OperationState
from tui_mail.model.remote import RemoteResult
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.operations.coalesce import _superseded

ITEM = ItemId(1)
REF = ItemRef(ITEM, FolderId(1), 1, 1, b"")
FLAGS = st.sampled_from([Flag.NONE, Flag.SEEN, Flag.FLAGGED, Flag.SEEN | Flag.FLAGGED])
FOLDERS = st.integers(1, 3).map(FolderId)
Place = tuple[int, int]
"""Folder and flags."""


@st.composite
def operations(draw: st.DrawFn) -> Operation:
    kind = draw(st.sampled_from([OperationKind.FLAGS, OperationKind.MOVE, OperationKind.COPY, OperationKind.EXPUNGE]))
    one = Operation(OperationId(0), ACCOUNT, kind, (REF,))
    if kind is OperationKind.FLAGS:
        add = draw(FLAGS)
        return replace(one, add=add, remove=draw(FLAGS) & ~add)
    if kind is OperationKind.EXPUNGE:
        return one
    return replace(one, target=draw(FOLDERS))


@st.composite
def chains(draw: st.DrawFn) -> list[Operation]:
    """What waits for one message, in its order; the first may have been sent already, or make it."""
    found = [
        replace(one, id=OperationId(number), copies=(ItemId(100 + number),) if one.kind is OperationKind.COPY else ())
        for number, one in enumerate(draw(st.lists(operations(), min_size=2, max_size=6)), 2)
    ]
    first = draw(st.sampled_from(["sent", "append", "waits"]))
    if first == "sent":
        found[0] = replace(found[0], state=OperationState.RETRY, attempts=1)
    if first == "append":
        made = Operation(OperationId(1), ACCOUNT, OperationKind.APPEND, (), target=FolderId(1), copies=(ITEM,))
        found.insert(0, made)
    return found


def outcome(place: Place | None, chain: list[Operation]) -> tuple[Place | None, dict[int, Place]]:
    """What a server has of the message when all is done, and of its copies."""
    copies: dict[int, Place] = {}
    for one in chain:
        if one.kind is OperationKind.APPEND:
            place = (one.target or 0, 0)
        if place is None:
            continue
        folder, flags = place
        if one.kind is OperationKind.FLAGS:
            place = (folder, (flags & ~one.remove) | one.add)
        elif one.kind is OperationKind.MOVE:
            place = (one.target or 0, flags)
        elif one.kind is OperationKind.COPY:
            copies[one.copies[0]] = (one.target or 0, flags)
        elif one.kind is OperationKind.EXPUNGE:
            place = None
    return place, copies


@given(chains(), st.tuples(FOLDERS, FLAGS))
def test_what_is_left_out_is_not_missed(chain: list[Operation], known: tuple[FolderId, Flag]) -> None:
    append = chain[0].kind is OperationKind.APPEND
    place: Place | None = None if append else (int(known[0]), int(known[1]))
    left_out = _superseded(ITEM, chain, place)
    left = [one for one in chain if one not in left_out]
    assert not any(one.attempts for one in left_out)
    assert outcome(place, left) == outcome(place, chain)
    if chain[0].attempts and chain[0].kind is not OperationKind.COPY:
        # It may have been done by the try before, whose answer was lost.
        done = outcome(place, chain[:1])[0]
        assert outcome(done, left) == outcome(done, chain)


def test_a_copy_of_what_is_not_there_yet_outlives_it(world: World) -> None:
    raw = b"Message-ID: <fresh@x>\r\nSubject: Fresh\r\n\r\nText.\r\n"
    world.gestures.append(world.folders["Archive"], [(raw, Flag.NONE, (), NOW)], RawFiles(world.home))
    (item,) = world.ids("Archive")
    world.gestures.copy([item], world.folders["Lists"])
    world.gestures.delete([item])
    assert len(world.items("Lists")) == 1
    assert [one.kind for one in world.writer.next_operations(ACCOUNT)] == [OperationKind.APPEND]
    assert len(world.items("Lists")) == 1
    audit(world)


def test_a_move_there_and_back_is_sent_after_one_whose_answer_was_lost(world: World) -> None:
    world.put("INBOX", [message(1)])
    (item,) = world.ids("INBOX")
    world.gestures.archive([item])
    (archive,) = world.writer.next_operations(ACCOUNT)
    world.writer.start(archive, 1)
    world.gestures.move([item], world.folders["Lists"])
    world.gestures.undo()
    world.gestures.undo()
    world.writer.retry(archive, "The connection was lost.", 0)
    (archive,) = world.writer.next_operations(ACCOUNT)
    assert archive.kind is OperationKind.MOVE
    world.writer.start(archive, 1)
    world.writer.confirm(archive, RemoteResult((1,), (), 1, {1: 1}), world.folders["INBOX"])
    (back,) = world.writer.next_operations(ACCOUNT)
    assert back.target == world.folders["INBOX"]
    assert world.ids("INBOX") == [item]
