"""Drafts and the outbox: saved, filed, frozen, claimed by one, taken back by one, found after any accident."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.store.audit import audit
from tests.store.world import ACCOUNT, NOW, World, message
from tui_mail.mime.compose.build import build
from tui_mail.model.draft import Draft, Identity
from tui_mail.model.errors import NotFound, NothingToUndo, TuiMailError, Unreachable, UsageError
from tui_mail.model.flags import Flag
from tui_mail.model.ids import DraftId, OutboxId
from tui_mail.model.mail import Role
from tui_mail.model.operation import ActionKind
from tui_mail.model.outbox import OutboxState, RecipientState
from tui_mail.model.remote import Appended, RemoteFolder
from tui_mail.store.sending.delivery import Delivery
from tui_mail.store.sending.drafts import Drafts
from tui_mail.store.sending.outbox import Outbox

ME = Identity(ACCOUNT, "Me", "me@example.org")
LETTER = Draft(
    ME, to="Ann <ann@example.org>", bcc="eve@example.org", subject="Hello", body="Text.\n", message_id="d1@x"
)


@dataclass
class Desk:
    """A store with the doors of a composer and of an engine."""

    world: World
    drafts: Drafts
    outbox: Outbox
    delivery: Delivery

    def queue(self, draft: Draft = LETTER, *, number: DraftId | None = None, hold: int = 0) -> OutboxId:
        built = build(draft, self.drafts.octets, NOW)
        return self.outbox.queue(ACCOUNT, built, draft=draft, number=number, hold=hold)

    def state(self, number: OutboxId) -> str:
        found = self.outbox.message(number)
        return "" if found is None else found.state.value


@pytest.fixture
def desk(world: World) -> Iterator[Desk]:
    folders = [RemoteFolder("INBOX", "INBOX", Role.INBOX), RemoteFolder("Drafts", "Drafts", Role.DRAFTS)]
    world.folders = dict(world.writer.put_folders(ACCOUNT, folders).ids)
    made = make_desk(world)
    yield made
    for part in (made.delivery, made.outbox, made.drafts):
        part.close()


def make_desk(world: World) -> Desk:
    return Desk(
        world,
        Drafts(world.home, world.clock, world.reader, world.journal),
        Outbox(world.home, world.clock, world.reader),
        Delivery(world.home, world.clock),
    )


# Drafts


def test_half_a_character_is_replaced_and_stops_nothing(desk: Desk) -> None:
    number = desk.drafts.begin(replace(LETTER, to="a\udc80@example.org", subject="b\ud83d", body="c\udcff\n"))
    desk.drafts.save(number, replace(LETTER, cc="d\udc80", body="\ud83d\udc00e\n"))
    draft, _item = desk.drafts.read(number)
    assert (draft.cc, draft.body) == ("d\ufffd", "\ufffd\ufffde\n")
    assert desk.queue(replace(LETTER, subject="b\ud83d", body="c\udcff\n"))


def test_a_draft_is_saved_and_read_back_as_it_was_typed(desk: Desk) -> None:
    number = desk.drafts.begin(LETTER)
    typed = replace(LETTER, to="Ann <an", subject="\u202e [/x] ünï", body="> q\n\nhalf")
    desk.drafts.save(number, typed)
    assert desk.drafts.read(number) == (typed, None)
    assert desk.world.items("Drafts") == []


def test_a_filed_draft_stands_in_drafts_and_replaces_the_one_before(desk: Desk) -> None:
    number = desk.drafts.begin(LETTER)
    first = desk.drafts.file(number)
    assert [(item.id, item.subject, item.flags) for item in desk.world.items("Drafts")] == [
        (first, "Hello", Flag.DRAFT | Flag.SEEN)
    ]
    assert desk.drafts.file(number) == first  # nothing changed
    desk.drafts.save(number, replace(LETTER, subject="Hello again"))
    second = desk.drafts.leave(number)
    assert [(item.id, item.subject) for item in desk.world.items("Drafts")] == [(second, "Hello again")]
    with pytest.raises(NotFound):
        desk.drafts.read(number)
    desk.world.writer.fold()
    assert [(item.id, item.subject) for item in desk.world.items("Drafts")] == [(second, "Hello again")]
    audit(desk.world)


def test_the_version_before_goes_only_when_the_server_has_the_new_one(desk: Desk) -> None:
    world = desk.world
    world.put("Drafts", [message(7, "From elsewhere", flags=Flag.DRAFT)])
    (item,) = world.ids("Drafts")
    number = desk.drafts.begin(replace(LETTER, subject="Edited"), item)
    desk.drafts.save(number, replace(LETTER, subject="Edited more"))
    desk.drafts.leave(number)
    (append,) = world.writer.next_operations(ACCOUNT)
    assert append.kind.value == "append"
    world.writer.start(append, 8)
    world.writer.refuse(append, None, "Over quota.")
    assert [one.subject for one in world.items("Drafts")] == ["From elsewhere"]
    assert world.pending() == ["append:failed"]
    audit(world)


def test_discarding_removes_the_draft_and_its_message(desk: Desk) -> None:
    number = desk.drafts.begin(LETTER)
    desk.drafts.file(number)
    desk.drafts.discard(number)
    desk.drafts.discard(number)
    assert desk.world.items("Drafts") == []
    desk.world.writer.fold()
    assert desk.world.items("Drafts") == []
    assert desk.world.writer.next_operations(ACCOUNT) == []
    audit(desk.world)


def test_a_draft_of_a_process_that_was_killed_is_found_and_filed(desk: Desk) -> None:
    child = os.fork()
    if child == 0:
        try:
            mine = Drafts(desk.world.home, desk.world.clock, desk.world.reader, desk.world.journal)
            mine.begin(replace(LETTER, subject="Half a sen"))
            os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    os.waitpid(child, 0)
    own = desk.drafts.begin(LETTER)
    assert [draft.subject for _number, draft in desk.drafts.abandoned()] == ["Half a sen"]
    assert desk.drafts.file_abandoned() == 1
    assert [item.subject for item in desk.world.items("Drafts")] == ["Half a sen"]
    assert desk.drafts.abandoned() == []
    assert desk.drafts.read(own)[0] == LETTER


def test_a_draft_that_another_window_has_open_is_not_touched(desk: Desk) -> None:
    with closing(Drafts(desk.world.home, desk.world.clock, desk.world.reader, desk.world.journal)) as other:
        other.begin(LETTER)
        assert desk.drafts.abandoned() == []
    assert len(desk.drafts.abandoned()) == 1


def test_an_attached_file_is_copied_at_once(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(b"%PDF first")
    attached = desk.drafts.attach(path)
    path.write_bytes(b"changed")
    assert (attached.name, attached.type, attached.size) == ("report.pdf", "application/pdf", 10)
    assert desk.drafts.octets(attached.raw) == b"%PDF first"
    number = desk.drafts.begin(replace(LETTER, attachments=(attached,)))
    desk.world.clock.advance(10 * 24 * 3600)
    desk.world.writer.tidy()
    assert desk.drafts.octets(attached.raw) == b"%PDF first"
    desk.drafts.discard(number)
    os.utime(desk.world.home.raw_dir / attached.raw, (NOW, NOW))
    desk.world.writer.tidy()
    with pytest.raises(NotFound):
        desk.drafts.octets(attached.raw)


@pytest.mark.parametrize("make", ["directory", "pipe", "missing"])
def test_what_is_no_file_is_not_attached(desk: Desk, tmp_path: Path, make: str) -> None:
    path = tmp_path / "thing"
    if make == "directory":
        path.mkdir()
    elif make == "pipe":
        os.mkfifo(path)
    with pytest.raises(UsageError, match="thing"):
        desk.drafts.attach(path)


# The outbox


def test_queueing_takes_the_draft_along_and_freezes_it(desk: Desk) -> None:
    number = desk.drafts.begin(LETTER)
    desk.drafts.file(number)
    queued = desk.queue(number=number, hold=10)
    assert desk.world.items("Drafts") == []
    (found,) = desk.outbox.messages()
    assert (found.id, found.state, found.held, found.not_before) == (queued, OutboxState.QUEUED, True, NOW + 10)
    assert [one.address for one in found.recipients] == ["ann@example.org", "eve@example.org"]
    wire, copy = desk.drafts.octets(found.raw), desk.drafts.octets(found.copy)
    assert b"eve" not in wire
    assert b"Bcc: eve@example.org" in copy
    with pytest.raises(NotFound):
        desk.queue(number=number)
    assert len(desk.outbox.messages()) == 1


def test_a_message_taken_back_is_a_draft_again(desk: Desk) -> None:
    queued = desk.queue(hold=10)
    number = desk.outbox.cancel(queued)
    assert number is not None
    assert desk.drafts.take(number) == LETTER
    assert desk.outbox.messages() == []
    assert desk.state(queued) == "cancelled"
    with pytest.raises(UsageError, match="taken back"):
        desk.outbox.cancel(queued)
    with pytest.raises(UsageError):
        desk.outbox.retry(queued)
    with pytest.raises(NotFound):
        desk.outbox.cancel(OutboxId(99))


def test_claiming_and_taking_back_exclude_each_other(desk: Desk) -> None:
    first, second = desk.queue(), desk.queue()
    assert desk.delivery.due(ACCOUNT) == [first, second]
    assert desk.delivery.claim(first) is not None
    with pytest.raises(UsageError, match="being sent"):
        desk.outbox.cancel(first)
    desk.outbox.cancel(second)
    assert desk.delivery.claim(second) is None
    assert desk.delivery.claim(first) is None
    with pytest.raises(NothingToUndo):
        desk.world.gestures.undo()


def test_a_message_not_due_is_not_claimed(desk: Desk) -> None:
    queued = desk.queue(hold=10)
    assert desk.delivery.due(ACCOUNT) == []
    assert desk.delivery.next_due(ACCOUNT) == NOW + 10
    assert desk.delivery.claim(queued) is None
    desk.world.clock.advance(10)
    assert desk.delivery.claim(queued) is not None


def test_undo_takes_the_newest_held_message_before_any_other_action(desk: Desk) -> None:
    world = desk.world
    world.put("INBOX", [message(1)])
    first = desk.queue(replace(LETTER, subject="First"), hold=10)
    second = desk.queue(replace(LETTER, subject="Second"), hold=10)
    world.gestures.mark(world.ids("INBOX"), add=Flag.FLAGGED)
    kinds = [world.gestures.undo().kind for _step in range(3)]
    assert kinds == [ActionKind.SEND, ActionKind.SEND, ActionKind.FLAG]
    assert [desk.state(first), desk.state(second)] == ["cancelled", "cancelled"]
    with pytest.raises(NothingToUndo):
        world.gestures.undo()
    assert world.gestures.redo().kind is ActionKind.FLAG


def test_an_engine_that_died_before_the_dot_sends_again_and_after_it_asks(desk: Desk) -> None:
    before, after, untouched = desk.queue(), desk.queue(), desk.queue(hold=60)
    desk.delivery.claim(before)
    desk.delivery.claim(after)
    desk.delivery.commit(after, ["ann@example.org", "eve@example.org"])
    with closing(Delivery(desk.world.home, desk.world.clock)) as later:
        assert [one.id for one in later.recover()] == [after]
        assert [desk.state(number) for number in (before, after, untouched)] == ["queued", "ambiguous", "queued"]
        assert later.due(ACCOUNT) == [before]
        assert later.recover() == []
    found = desk.outbox.message(after)
    assert found is not None
    assert {one.state for one in found.recipients} == {RecipientState.UNKNOWN}
    desk.outbox.mark_sent(after)
    assert desk.state(after) == "sent"
    assert [one.id for one in desk.delivery.uncopied(ACCOUNT)] == [after]


def test_two_equal_observations_are_believed(desk: Desk) -> None:
    seen = []
    for saves in (True, False, False, True, True):
        desk.delivery.note_habit(ACCOUNT, "smtp.example.org", saves=saves)
        seen.append(desk.delivery.saves_sent(ACCOUNT, "smtp.example.org"))
    assert seen == [None, None, False, None, True]
    assert desk.delivery.saves_sent(ACCOUNT, "other.example.org") is None


def test_sent_messages_are_forgotten_after_a_month_and_others_never(desk: Desk) -> None:
    sent, waiting, failed = desk.queue(), desk.queue(hold=10**8), desk.queue()
    desk.delivery.claim(sent)
    desk.delivery.commit(sent, ["ann@example.org", "eve@example.org"])
    desk.delivery.accepted(sent, {"ann@example.org": "250", "eve@example.org": "250"}, [])
    desk.delivery.claim(failed)
    desk.delivery.refused(failed, TuiMailError("No."))
    desk.world.clock.advance(31 * 24 * 3600)
    desk.world.writer.tidy()
    assert [one.id for one in desk.outbox.messages(ended=True)] == [sent, waiting, failed]  # its copy is not made yet
    desk.delivery.copied(sent, None)
    desk.world.writer.tidy()
    assert [one.id for one in desk.outbox.messages(ended=True)] == [waiting, failed]
    for one in desk.outbox.messages():
        assert desk.drafts.octets(one.raw)


class Sending(RuleBasedStateMachine):
    """Persons and engines in any order: nobody gets a message twice unless a person said so, nothing is lost."""

    directory: Path

    @initialize()
    def begin(self) -> None:
        import tempfile

        self._temporary = tempfile.TemporaryDirectory()
        self.world = World.make(Path(self._temporary.name))
        self.desk = make_desk(self.world)
        self.delivered: dict[OutboxId, int] = {}
        self.allowed: dict[OutboxId, int] = {}
        self.claimed: list[OutboxId] = []
        self.committed: list[OutboxId] = []

    @rule(hold=st.sampled_from([0, 10]))
    def queue(self, hold: int) -> None:
        number = self.desk.queue(hold=hold)
        self.delivered[number], self.allowed[number] = 0, 1

    @rule(seconds=st.sampled_from([1, 10, 100_000]))
    def time_passes(self, seconds: int) -> None:
        self.world.clock.advance(seconds)

    @rule()
    def claim(self) -> None:
        for number in self.desk.delivery.due(ACCOUNT)[:1]:
            if self.desk.delivery.claim(number) is not None:
                self.claimed.append(number)

    @rule()
    def commit(self) -> None:
        if self.claimed:
            number = self.claimed.pop()
            self.desk.delivery.commit(number, ["ann@example.org", "eve@example.org"])
            self.committed.append(number)

    @rule(arrives=st.booleans(), answered=st.booleans(), refused=st.booleans())
    def dot(self, arrives: bool, answered: bool, refused: bool) -> None:
        if not self.committed:
            return
        number = self.committed.pop()
        if answered and refused:
            self.desk.delivery.refused(number, TuiMailError("No."))
        elif answered:
            self.delivered[number] += 1
            self.desk.delivery.accepted(number, {"ann@example.org": "250", "eve@example.org": "250"}, [])
        else:
            self.delivered[number] += int(arrives)
            self.desk.delivery.unknown(number, "Silence.")

    @rule()
    def trouble(self) -> None:
        if self.claimed:
            self.desk.delivery.again(self.claimed.pop(), Unreachable("No route."), NOW)

    @rule(arrives=st.booleans())
    def the_engine_dies(self, arrives: bool) -> None:
        for number in self.committed:
            self.delivered[number] += int(arrives)
        self.claimed, self.committed = [], []
        self.desk.delivery.close()
        self.desk.delivery = Delivery(self.world.home, self.world.clock)
        self.desk.delivery.recover()

    @rule(data=st.data())
    def person(self, data: st.DataObject) -> None:
        if not self.delivered:
            return
        number = data.draw(st.sampled_from(sorted(self.delivered)))
        what = data.draw(st.sampled_from(["cancel", "retry", "mark_sent", "undo"]))
        before = {each: self.desk.state(each) for each in self.delivered}
        try:
            if what == "undo":  # takes back the last that can be, whichever that is
                self.world.gestures.undo()
            else:
                getattr(self.desk.outbox, what)(number)
        except (UsageError, NothingToUndo):
            return
        if what == "retry" and before[number] == "ambiguous":
            self.allowed[number] += 1  # the person was told that it may arrive twice
        after = {each: self.desk.state(each) for each in before}
        assert not [each for each in before if after[each] == "cancelled" and before[each] in {"committing", "sent"}]

    @invariant()
    def at_most_once_and_never_lost(self) -> None:
        if not hasattr(self, "desk"):
            return
        drafts = len(self.world.journal._keep.connection.execute("SELECT id FROM draft").fetchall())
        cancelled = 0
        for number, times in self.delivered.items():
            state = self.desk.state(number)
            assert times <= self.allowed[number]
            if state == "sent":
                assert times or self.allowed[number] >= 1
            if state in {"queued", "sending"} and self.allowed[number] == 1:
                assert times == 0
            cancelled += state == "cancelled"
        assert drafts == cancelled

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            for part in (self.desk.delivery, self.desk.outbox, self.desk.drafts):
                part.close()
            self.world.close()
            self._temporary.cleanup()


TestSending = Sending.TestCase
TestSending.settings = settings(max_examples=40, stateful_step_count=30, suppress_health_check=list(HealthCheck))


def test_a_copy_is_recorded_once(desk: Desk) -> None:
    number = desk.queue()
    desk.delivery.claim(number)
    desk.delivery.commit(number, ["ann@example.org", "eve@example.org"])
    desk.delivery.accepted(number, {"ann@example.org": "250", "eve@example.org": "250"}, [])
    item = desk.world.journal.draw_items(1)[0]
    from tui_mail.model.ids import ItemId, OperationId
    from tui_mail.model.operation import Operation, OperationKind

    append = Operation(
        OperationId(0), ACCOUNT, OperationKind.APPEND, (), target=desk.world.folders["INBOX"], copies=(ItemId(item),),
        raw=desk.outbox.messages(ended=True)[0].copy,
    )  # fmt: skip
    desk.delivery.copied(number, append)
    desk.delivery.copied(number, append)
    (operation,) = desk.world.writer.next_operations(ACCOUNT)
    desk.world.writer.start(operation, 1)
    desk.world.writer.confirm(operation, Appended(1, 1))
    assert desk.world.pending() == []
