"""kill -9 before and after every commit of a working day; then everything is carried to its end and compared.

The child process gestures, folds, sends and confirms against a server that is a file. It is killed at its n-th commit,
for every n, before and after. The parent goes on from there as an engine would.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.audit import audit
from tests.store.world import ACCOUNT, World, message
from tui_mail.model.flags import Flag
from tui_mail.model.ids import FolderId
from tui_mail.model.operation import Operation, OperationKind
from tui_mail.model.remote import RemoteResult
from tui_mail.store.disk import files
from tui_mail.store.disk.sqlite import transaction
from tui_mail.store.mirror.arrival import Arrival
from tui_mail.store.tables import keepdb, maildb

PLACES = ("INBOX", "Archive", "Lists", "Trash")


class Server:
    """Four folders in a file: name and flags of each message by UID. Does what an IMAP server and its backend do."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folders: dict[str, dict[str, list[object]]] = json.loads(path.read_text()) if path.exists() else {}

    def save(self) -> None:
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(self.folders))
        fresh.replace(self.path)

    def uidnext(self, name: str) -> int:
        return max(map(int, self.folders[name]), default=0) + 1

    def apply(self, operation: Operation, source: str, target: str, uids: list[int], tried: int) -> RemoteResult:
        done, gone, places = [], [], {}
        for uid in uids:
            found = self.folders[source].get(str(uid))
            if operation.kind in {OperationKind.MOVE, OperationKind.COPY} and tried:
                # A later try: what the first one may have done is looked for where it would be.
                name = found[0] if found else None
                there = [at for at, (other, _) in self.folders[target].items() if int(at) >= tried and other == name]
                if there:
                    done.append(uid)
                    places[uid] = int(there[0])
                    continue
            if found is None:
                gone.append(uid)
                continue
            done.append(uid)
            if operation.kind in {OperationKind.MOVE, OperationKind.COPY}:
                places[uid] = self.uidnext(target)
                self.folders[target][str(places[uid])] = list(found)
            if operation.kind in {OperationKind.MOVE, OperationKind.EXPUNGE}:
                del self.folders[source][str(uid)]
            if operation.kind is OperationKind.FLAGS:
                found[1] = (int(str(found[1])) & ~operation.remove) | operation.add
        self.save()
        return RemoteResult(tuple(done), tuple(gone), 1, places)


def arrival(uid: int, name: str, flags: int) -> Arrival:
    return message(uid, f"Subject {name}", name=name, received=1_700_000_000 + int(name[1:]), flags=Flag(flags))


def drain(world: World, server: Server) -> None:
    """What an engine does with everything that waits."""
    names = {folder: name for name, folder in world.folders.items()}
    for _round in range(20):
        operations = world.writer.next_operations(ACCOUNT)
        if not operations:
            return
        for operation in operations:
            target = names[operation.target] if operation.target is not None else ""
            tried = world.writer.start(operation, server.uidnext(target) if target else 0)
            for folder in dict.fromkeys(ref.folder for ref in operation.items):
                uids = [ref.uid for ref in operation.items if ref.folder == folder]
                result = server.apply(operation, names[FolderId(folder)], target, uids, tried)
                world.writer.confirm(operation, result, folder)


def synchronise(world: World, server: Server) -> None:
    for _twice in range(2):
        for name in PLACES:
            held = {*world.writer.local_view(world.folders[name]).uids()}
            there = {int(uid): message for uid, message in server.folders[name].items()}
            new = [arrival(uid, str(there[uid][0]), int(str(there[uid][1]))) for uid in sorted(there.keys() - held)]
            flags = [(uid, Flag(int(str(there[uid][1])))) for uid in sorted(there.keys() & held)]
            world.put(name, new, flags=flags, vanished=sorted(held - there.keys()))


def day(world: World, server: Server, done: Path) -> None:
    """The child's work; each line of ``done`` is a gesture that was reported as done."""
    by_name = {item.message_id.removesuffix("@x"): item.id for item in world.items("INBOX")}

    def said(word: str) -> None:
        with done.open("a") as stream:
            stream.write(f"{word}\n")

    world.gestures.archive([by_name["n1"]])
    said("archive")
    world.gestures.mark([by_name["n2"], by_name["n3"]], add=Flag.SEEN)
    said("mark")
    drain(world, server)
    world.gestures.copy([by_name["n3"]], world.folders["Lists"])
    said("copy")
    world.gestures.trash([by_name["n4"]])
    world.gestures.undo()
    said("undone")
    drain(world, server)
    synchronise(world, server)
    world.gestures.delete([by_name["n5"]])
    said("delete")
    drain(world, server)
    world.writer.tidy()


@contextlib.contextmanager
def killing(point: int, when: str) -> Iterator[list[int]]:
    """SIGKILL to this process at the commit number ``point`` of any connection."""
    count = [0]

    @contextlib.contextmanager
    def deadly(connection: sqlite3.Connection) -> Iterator[None]:
        with transaction(connection):
            yield
            count[0] += 1
            if count[0] == point and when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
        if count[0] == point and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)

    modules = (keepdb, maildb, files)
    for module in modules:
        module.transaction = deadly  # type: ignore[attr-defined]
    try:
        yield count
    finally:
        for module in modules:
            module.transaction = transaction  # type: ignore[attr-defined]


def start_of_day(directory: Path) -> None:
    world = World.make(directory / "home")
    server = Server(directory / "server.json")
    server.folders = {name: {} for name in PLACES}
    server.folders["INBOX"] = {str(number): [f"n{number}", 0] for number in range(1, 7)}
    server.save()
    synchronise(world, server)
    world.close()


def run_child(directory: Path, point: int, when: str) -> bool:
    """True when the child came to the end of its day."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with killing(point, when):
                world = World.make(directory / "home")
                day(world, Server(directory / "server.json"), directory / "done")
            status = 0
        finally:
            os._exit(status)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return not os.WIFSIGNALED(status)


def check(directory: Path) -> None:
    """Go on where the child was killed, and hold the result against the server and against what was promised."""
    path = directory / "done"
    done = set(path.read_text().split()) if path.exists() else set()
    world = World.make(directory / "home")
    server = Server(directory / "server.json")
    audit(world)
    shown = {name: {item.message_id.removesuffix("@x"): item for item in world.items(name)} for name in PLACES}
    if "archive" in done:
        assert "n1" in shown["Archive"]
        assert "n1" not in shown["INBOX"]
    if "mark" in done:
        assert shown["INBOX"]["n2"].flags & Flag.SEEN
    if "copy" in done:
        assert "n3" in shown["Lists"]
    if "delete" in done:
        assert "n5" not in shown["INBOX"]
    ids = {name: item.id for folder in ("INBOX", "Archive", "Trash") for name, item in shown[folder].items()}

    drain(world, server)
    synchronise(world, server)
    assert [one for one in world.pending() if "conflict" in one or "failed" in one] == []
    drain(world, server)
    assert world.pending() == []
    there = {place: sorted(str(name) for name, _flags in held.values()) for place, held in server.folders.items()}
    every = sorted(there["INBOX"] + there["Archive"] + there["Trash"])
    assert every in (["n1", "n2", "n3", "n4", "n5", "n6"], ["n1", "n2", "n3", "n4", "n6"])
    assert there["Lists"] in ([], ["n3"])
    if "delete" not in done and "copy" not in done:
        assert "n5" in every
    for place in PLACES:
        items = world.items(place)
        assert sorted(item.message_id.removesuffix("@x") for item in items) == there[place]
        assert sorted(item.uid or 0 for item in items) == sorted(map(int, server.folders[place]))
        if place != "Lists":
            assert all(ids[item.message_id.removesuffix("@x")] == item.id for item in items)
    audit(world)
    world.close()


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_every_commit(tmp_path: Path, when: str) -> None:
    template = tmp_path / "template"
    start_of_day(template)
    for point in range(1, 200):
        directory = tmp_path / f"{when}-{point}"
        shutil.copytree(template, directory)
        ended = run_child(directory, point, when)
        check(directory)
        shutil.rmtree(directory)
        if ended:
            assert point > 30
            return
    pytest.fail("The day does not end.")
