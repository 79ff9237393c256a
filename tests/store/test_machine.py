"""Random histories: counters always equal a recount, and a reader's answers do not change when operations are folded."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.store.audit import audit
from tests.store.world import ACCOUNT, NOW, World, message, references
from tui_mail.model.errors import NotFound, NothingToUndo
from tui_mail.model.flags import Flag
from tui_mail.model.ids import FolderId
from tui_mail.model.operation import OperationKind
from tui_mail.model.remote import RemoteFolder, RemoteResult
from tui_mail.store.reading.query import Filter, ListQuery, Sort
from tui_mail.text.query import parse

PLACES = ("INBOX", "Archive", "Lists")
FLAGS = st.sampled_from([Flag.NONE, Flag.SEEN, Flag.FLAGGED, Flag.SEEN | Flag.FLAGGED])


def answers(world: World) -> dict[str, Any]:
    """Everything a reader says that must not depend on whether operations are folded."""
    said: dict[str, Any] = {"counts": world.counts()}
    folders = tuple(world.folders[name] for name in PLACES)
    for name in PLACES:
        said[name] = [(item.id, item.folder, item.flags, item.keywords, item.thread) for item in world.items(name)]
    for inside in [(folder,) for folder in folders] + [folders]:
        for name in (Filter.ALL, Filter.UNREAD, Filter.FLAGGED):
            for sort in (Sort.DATE, Sort.SUBJECT):
                query = ListQuery(inside, None, sort, True, name)
                rows = world.reader.list_conversations(query, 1000)
                said[f"{inside} {name} {sort}"] = [
                    (row.thread, row.newest.id, row.count, row.unread, row.flagged, row.senders) for row in rows
                ]
                said[f"keys {inside} {name} {sort}"] = [
                    list(chunk)
                    for keys in (world.reader.item_keys(query), world.reader.conversation_keys(query))
                    for chunk in keys
                ]
    for search in ("lunch", "is:unread", "lunch -is:flagged", "folder:archive"):
        query = ListQuery((), parse(search, now=NOW))
        said[search] = [(item.id, item.folder) for item in world.reader.list_items(query, 1000)]
    threads = sorted({item.thread for name in PLACES for item in world.items(name)})
    said["threads"] = [[item.id for item in world.reader.thread_items(thread)] for thread in threads]
    return said


class StoreMachine(RuleBasedStateMachine):
    """A server (what is in each folder by UID), a person, and the store between them."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.world = World.make(self.directory)
        self.uids = dict.fromkeys(PLACES, 0)
        self.held: dict[str, set[int]] = {name: set() for name in PLACES}
        self.number = 0

    def teardown(self) -> None:
        self.world.close()
        shutil.rmtree(self.directory)

    def _folder(self, folder: FolderId | None) -> str:
        return next(name for name in PLACES if self.world.folders[name] == folder)

    @rule(place=st.sampled_from(PLACES), mail=st.lists(st.tuples(FLAGS, st.integers(0, 6)), min_size=1, max_size=4))
    def arrive(self, place: str, mail: list[tuple[Flag, int]]) -> None:
        arrivals = []
        for flags, referred in mail:
            self.number += 1
            self.uids[place] += 1
            self.held[place].add(self.uids[place])
            arrivals.append(
                message(
                    self.uids[place],
                    "Re: Lunch" if referred % 2 else "Budget",
                    name=f"n{self.number}",
                    extra=references(f"n{referred}") if referred else "X-None: 1",
                    flags=flags,
                    received=NOW - 86400 * (self.number % 5) + self.number,
                )
            )
        self.world.put(place, arrivals)

    @precondition(lambda self: any(self.held.values()))
    @rule(data=st.data(), flags=FLAGS, vanish=st.booleans())
    def change_on_the_server(self, data: st.DataObject, flags: Flag, *, vanish: bool) -> None:
        place = data.draw(st.sampled_from([name for name in PLACES if self.held[name]]))
        uid = data.draw(st.sampled_from(sorted(self.held[place])))
        if vanish:
            self.held[place].discard(uid)
            self.world.put(place, vanished=[uid])
        else:
            self.world.put(place, flags=[(uid, flags)])

    def _some_items(self, data: st.DataObject) -> list[Any]:
        items = self.world.ids(*PLACES)
        return data.draw(st.lists(st.sampled_from(items), min_size=1, max_size=3, unique=True)) if items else []

    @rule(data=st.data(), add=FLAGS, remove=FLAGS)
    def mark(self, data: st.DataObject, add: Flag, remove: Flag) -> None:
        if items := self._some_items(data):
            self.world.gestures.mark(items, add=add, remove=remove & ~add)

    @rule(data=st.data(), place=st.sampled_from(PLACES), copy=st.booleans())
    def move_or_copy(self, data: st.DataObject, place: str, *, copy: bool) -> None:
        if items := self._some_items(data):
            gesture = self.world.gestures.copy if copy else self.world.gestures.move
            gesture(items, self.world.folders[place])

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        if items := self._some_items(data):
            self.world.gestures.delete(items[:1])

    @rule(again=st.booleans())
    def undo(self, *, again: bool) -> None:
        try:
            _ = self.world.gestures.redo() if again else self.world.gestures.undo()
        except (NothingToUndo, NotFound):
            return

    @rule()
    def fold(self) -> None:
        before = answers(self.world)
        self.world.writer.fold()
        assert answers(self.world) == before

    @rule(data=st.data(), outcome=st.sampled_from(["confirm", "quiet", "refuse", "crash", "retry"]))
    def carry_out(self, data: st.DataObject, outcome: str) -> None:
        operations = self.world.writer.next_operations(ACCOUNT)
        if not operations:
            return
        operation = data.draw(st.sampled_from(operations))
        writer = self.world.writer
        writer.start(operation, 1)
        if outcome == "refuse":
            writer.refuse(operation, [ref.item for ref in operation.items[:1]] or None, "No.")
            return
        if outcome == "retry":
            writer.retry(operation, "Later.", 0)
            return
        if outcome == "crash":
            self.world.restart()
            return
        for folder in {ref.folder for ref in operation.items if ref.uid}:
            self._do(operation, folder, tell=outcome == "confirm")

    def _do(self, operation: Any, folder: FolderId, *, tell: bool) -> None:
        """The server does it for one folder's messages and perhaps says where they went."""
        source = self._folder(folder)
        done, gone, places = [], [], {}
        for ref in operation.items:
            if ref.folder != folder or not ref.uid:
                continue
            if ref.uid not in self.held[source]:
                gone.append(ref.uid)
                continue
            done.append(ref.uid)
            if operation.kind in {OperationKind.MOVE, OperationKind.COPY}:
                target = self._folder(operation.target)
                self.uids[target] += 1
                self.held[target].add(self.uids[target])
                places[ref.uid] = self.uids[target]
            if operation.kind in {OperationKind.MOVE, OperationKind.EXPUNGE}:
                self.held[source].discard(ref.uid)
        result = RemoteResult(tuple(done), tuple(gone), 1 if tell else 0, places if tell else {})
        self.world.writer.confirm(operation, result, folder)

    @rule()
    def list_folders(self) -> None:
        self.world.writer.put_folders(ACCOUNT, [RemoteFolder(name, name) for name in (*PLACES, "Trash")])

    @invariant()
    def counters_hold(self) -> None:
        audit(self.world)


TestStore = StoreMachine.TestCase
TestStore.settings = settings(max_examples=25, stateful_step_count=20, suppress_health_check=list(HealthCheck))


LONGER = settings(max_examples=300, stateful_step_count=50, suppress_health_check=list(HealthCheck))


@pytest.mark.long
def test_longer_histories() -> None:
    run_state_machine_as_test(StoreMachine, settings=LONGER)
