"""A mailbox on a real server, the home of a person who works on it, and engines that are killed meanwhile.

What both sides must come to is written down beside, gesture by gesture, by nothing that the program has a part in. The
messages called "own" are the person's, those called "other" are another client's: neither touches the other's.
"""

from __future__ import annotations

import contextlib
import imaplib
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.conftest import Mailbox
from tests.e2e.independent import fill, signed_in
from tests.engine.sites import DovecotSite
from tests.fakes.messages import Made
from tui_mail.config.accountfiles import save_account
from tui_mail.config.accounts import from_table
from tui_mail.config.paths import Home
from tui_mail.engine.host import host_once
from tui_mail.engine.secrets import Secrets
from tui_mail.link.lock import lock_holder
from tui_mail.link.messages import Sync
from tui_mail.model.clock import SystemClock
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName
from tui_mail.model.mail import Folder, Item
from tui_mail.model.operation import Action, Operation
from tui_mail.store.disk import files
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.gestures.journal import Journal
from tui_mail.store.gestures.messages import Gestures
from tui_mail.store.reader import Reader
from tui_mail.store.reading.query import ListQuery

Contents = dict[str, Counter[tuple[str, Flag]]]
"""Folder to what is in it: subject and flags of each message, and how many are equal in both. Empty ones are left out."""

START = 1_795_000_000
KEPT = Flag.SEEN | Flag.FLAGGED | Flag.ANSWERED | Flag.DELETED
FIXED = ("INBOX", "Archive", "Trash", "Sent", "Drafts", "Junk")
ACCOUNT = AccountName("work")
_PATIENCE = 120.0
_EVENING = 1.5
"""Seconds after which an engine that has not met its step is killed all the same."""
_GRUMBLES = re.compile(r"Traceback|unexpected|is a conflict|is refused|crashed|ERROR")


def letter(name: str) -> bytes:
    return (
        f"From: Ada Lovelace <ada@example.org>\r\nTo: Me <me@example.org>\r\nSubject: {name}\r\n"
        f"Date: Thu, 19 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{name}@example.org>\r\n\r\nThis is {name}.\r\n"
    ).encode()


def plain(contents: Contents) -> Contents:
    return {path: +counted for path, counted in contents.items() if +counted}


def same(found: Contents, expected: Contents, where: str) -> None:
    """What is in one of them and not in the other is said in words."""
    words: list[str] = []
    for path in sorted({*found, *expected}):
        one, other = found.get(path, Counter()), expected.get(path, Counter())
        words += [f"{path}: {name} {flags!r} is too much by {by}" for (name, flags), by in (one - other).items()]
        words += [f"{path}: {name} {flags!r} is missing by {by}" for (name, flags), by in (other - one).items()]
    assert not words, (where, words)


def own(contents: Contents) -> Contents:
    """The person's part of it."""
    return plain(
        {
            path: Counter({each: n for each, n in held.items() if each[0][:3] == "own"})
            for path, held in contents.items()
        }
    )


@dataclass(slots=True)
class Siege:
    home: Home
    mailbox: Mailbox
    chance: random.Random
    expected: Contents = field(default_factory=dict)
    folders: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(FIXED, True))
    """Path to whether it is subscribed to."""
    known: bool = False
    """Everything was here once."""
    renewed: bool = False
    """What is marked as deleted on a server without UIDPLUS is not known to be the person's doing any more."""
    serial: int = 0
    kills: int = 0
    given_up: list[str] = field(default_factory=list)
    """Paths of folders that were deleted or have another name."""
    before: Contents | None = None
    """What was expected before the last gesture, where undo takes back exactly that."""
    story: list[str] = field(default_factory=list)
    """What was done, to be read when something is wrong."""

    # -- both sides

    def settle_in(self, count: int) -> None:
        """Mail on the server and an account at home; every tenth message is there twice, equal in every octet."""
        names = [f"{'own' if number % 2 else 'other'}-{number}" for number in range(count)]
        names += names[::10]
        made = [Made(letter(name), START + 60 * int(name.partition("-")[2]), False, name) for name in names]
        fill(self.mailbox.login, made)
        self.serial = count
        self.expected["INBOX"] = Counter((name, Flag.NONE) for name in names)
        self.open_account()

    def open_account(self) -> None:
        login = self.mailbox.login
        server = {"host": login.host, "port": login.port, "security": "tls", "ca_file": str(login.ca_file)}
        table = {"name": ACCOUNT, "email": "me@example.org", "user": login.user, "password": "file", "imap": server}
        save_account(self.home, from_table(table))
        Secrets(self.home).save(ACCOUNT, login.password, "file")

    def forget(self) -> None:
        """The home as it was before the first synchronisation; what waits there is carried out before."""
        self.clean()
        for path in self.home.data.glob("*.db*"):
            path.unlink()
        self.known, self.before, self.renewed = False, None, True

    def there(self) -> Contents:
        """What the server has."""
        state = DovecotSite(self.mailbox).state()
        return {path: Counter(messages) for path, messages in state.items()}

    def here(self) -> Contents:
        """What a person sees."""
        with self._reading() as reader:
            return plain(
                {
                    folder.path: Counter(
                        (item.subject, item.flags & KEPT)
                        for item in _items(reader, folder)
                        if not (self.renewed and item.flags & Flag.DELETED)
                    )
                    for folder in reader.folders()
                }
            )

    def folders_there(self) -> dict[str, bool]:
        found: dict[str, bool] = {}
        with signed_in(self.mailbox.login) as client:
            subscribed = {_name(line) for line in client.lsub()[1] if isinstance(line, bytes)}
            for line in client.list()[1]:
                assert isinstance(line, bytes)
                if rb"\NoSelect" not in line and rb"\Noselect" not in line:
                    found[_name(line)] = _name(line) in subscribed or _name(line) == "INBOX"
        return found

    def folders_here(self) -> dict[str, bool]:
        with self._reading() as reader:
            return {folder.path: folder.subscribed for folder in reader.folders() if folder.selectable}

    def pending(self) -> list[Operation]:
        with self._reading() as reader:
            return reader.pending()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Reader]:
        reader = Reader(self.home)
        try:
            yield reader
        finally:
            reader.close()

    # -- an engine

    def kill_one(self, step: str, when: str, number: int, meanwhile: Callable[[], None] | None = None) -> None:
        """Start an engine that is killed at that step, or after a while; ``meanwhile`` is done while it works."""
        command = [sys.executable, "-m", "tests.engine.mortal", str(self.home.root), step, when, str(number)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as engine:
            try:
                deadline = time.monotonic() + _PATIENCE
                while lock_holder(self.home) != engine.pid and engine.poll() is None:
                    assert time.monotonic() < deadline
                    time.sleep(0.005)
                if meanwhile is not None:
                    time.sleep(self.chance.uniform(0.0, 0.5))
                    meanwhile()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    engine.wait(self.chance.uniform(0.0, _EVENING) if step == "none" else _EVENING)
            finally:
                engine.kill()
        assert engine.returncode == -signal.SIGKILL
        self.story.append(f"killed {when} {step} {number}")
        self.kills += 1

    def clean(self) -> None:
        """One engine after another, undisturbed, until nothing waits."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            done = host_once(self.home, Sync(id=1, bodies="none"))
            assert done.ok, done
            waiting = self.pending()
            if not waiting:
                return
            assert time.monotonic() < deadline, waiting
            assert not any(one.state in {"conflict", "failed"} for one in waiting), waiting
            time.sleep(0.1)

    def check(self) -> None:
        """What was asked for is seen whatever happened, and after a clean round both sides are as they should be."""
        if self.known:
            same(own(self.here()), own(self.expected), "here at once")
        self.clean()
        self.known = True
        same(self.there(), self.expected, "on the server")
        same(self.here(), self.expected, "here")
        for side in (self.folders_there(), self.folders_here()):
            assert side == self.folders, (side, self.folders)
        log = self.home.log_file.read_text()
        assert not _GRUMBLES.search(log), log[-3000:]

    # -- the person

    @contextlib.contextmanager
    def acting(self) -> Iterator[tuple[Gestures, Reader]]:
        files.prepare(self.home, SystemClock()) if not self.home.keep_db.exists() else None
        reader, journal = Reader(self.home), Journal(self.home, SystemClock())
        try:
            yield Gestures(reader, journal), reader
        finally:
            journal.close()
            reader.close()

    def on_messages(self) -> None:
        """One gesture on some of the person's messages."""
        with self.acting() as (person, reader):
            folders = {folder.path: folder for folder in reader.folders() if folder.path in self.folders}
            held = {
                path: [
                    item
                    for item in _items(reader, folder)
                    if item.subject[:3] == "own" and not item.flags & Flag.DELETED
                ]
                for path, folder in folders.items()
            }
            paths = [path for path, items in held.items() if items]
            gesture = self.chance.choice(["mark", "move", "archive", "trash", "copy", "delete", "append", "undo"])
            path = self.chance.choice(paths) if paths else ""
            if gesture == "undo":
                self._undo(person)
                return
            if gesture != "append" and not path:
                return
            before = {one: Counter(counted) for one, counted in self.expected.items()}
            items = self.chance.sample(held[path], min(len(held[path]), self.chance.randint(1, 12))) if path else []
            others = [other for other in folders if other != path]
            action: Action | None = None
            if gesture == "mark":
                action = self._mark(person, path, items)
            elif gesture in ("move", "archive", "trash"):
                target = {"archive": "Archive", "trash": "Trash"}.get(gesture) or self.chance.choice(others)
                if target != path and target in folders:
                    action = person.move([item.id for item in items], folders[target].id)
                    self._moved(items, path, target)
            elif gesture == "copy":
                target = self.chance.choice(others)
                action = person.copy([item.id for item in items[:4]], folders[target].id)
                self._moved(items[:4], "", target)
            elif gesture == "delete":
                action = person.delete([item.id for item in items[:2]])
                self._moved(items[:2], path, "")
            else:
                action = self._append(person, self.chance.choice(list(folders.values())))
            self.before = before if action is not None and action.reversible else None
            numbers = action.operations if action is not None else ()
            self.story.append(f"{gesture} {[item.subject for item in items]} in {path}: {numbers}")

    def _mark(self, person: Gestures, path: str, items: Sequence[Item]) -> Action | None:
        flag = self.chance.choice([Flag.SEEN, Flag.FLAGGED, Flag.ANSWERED])
        add = self.chance.random() < 0.6
        action = person.mark([item.id for item in items], flag if add else Flag.NONE, Flag.NONE if add else flag)
        for item in items:
            now = item.flags & KEPT
            self.expected[path][item.subject, now] -= 1
            self.expected[path][item.subject, now | flag if add else now & ~flag] += 1
        return action

    def _moved(self, items: Sequence[Item], path: str, target: str) -> None:
        for item in items:
            for place, by in ((path, -1), (target, 1)):
                if place:
                    self.expected.setdefault(place, Counter())[item.subject, item.flags & KEPT] += by

    def _append(self, person: Gestures, folder: Folder) -> Action | None:
        name = f"own-{self._next()}"
        self.expected.setdefault(folder.path, Counter())[name, Flag.FLAGGED] += 1
        return person.append(folder.id, [(letter(name), Flag.FLAGGED, (), START)], RawFiles(self.home))

    def _undo(self, person: Gestures) -> None:
        if self.before is not None:
            self.story.append(f"undo: {person.undo().operations}")
            self.expected, self.before = self.before, None

    def on_folders(self) -> None:
        """One change to the folders."""
        made = [path for path in self.folders if path not in FIXED]
        with self.acting() as (person, reader):
            ids = {folder.path: folder.id for folder in reader.folders()}
            self.before = None
            made = [path for path in made if path in ids]
            leaves = [path for path in made if not any(other.startswith(f"{path}/") for other in self.folders)]
            kind = self.chance.choice(["create", "create", "below", "rename", "delete", "subscribe"])
            if kind == "create" or not made:
                free = [path for path in self.given_up if path not in self.folders and "/" not in path]
                again = free and self.chance.random() < 0.4
                self._make(person, self.chance.choice(free) if again else f"Folder{self._next()}")
            elif kind == "below":
                self._make(person, f"{self.chance.choice(made)}/Below{self._next()}")
            elif kind == "rename":
                path, fresh = self.chance.choice(made), f"Renamed{self._next()}"
                person.folders.rename(ids[path], fresh)
                self._renamed(path, fresh)
            elif kind == "delete":
                path = self.chance.choice(leaves)
                person.folders.delete(ids[path])
                self.expected.pop(path, None)
                del self.folders[path]
                self.given_up.append(path)
            else:
                kind, path = "subscribe", self.chance.choice(made)
                self.folders[path] = not self.folders[path]
                person.folders.subscribe(ids[path], subscribed=self.folders[path])
            self.story.append(f"{kind}: now {sorted(set(self.folders) - set(FIXED))}")

    def _make(self, person: Gestures, path: str) -> None:
        person.folders.ensure(ACCOUNT, path)
        self.folders[path] = True

    def _renamed(self, path: str, fresh: str) -> None:
        self.given_up.append(path)
        for one in [one for one in self.folders if one == path or one.startswith(f"{path}/")]:
            self.folders[fresh + one[len(path) :]] = self.folders.pop(one)
            if one in self.expected:
                self.expected[fresh + one[len(path) :]] = self.expected.pop(one)

    def _next(self) -> int:
        self.serial += 1
        return self.serial

    # -- another client

    def elsewhere(self) -> None:
        """Another client changes some of its messages in the inbox, and mail arrives."""
        with signed_in(self.mailbox.login) as client:
            for _unused in range(self.chance.randint(0, 3)):
                name = f"other-{self._next()}"
                client.append("INBOX", "", "", letter(name))
                self.expected.setdefault("INBOX", Counter())[name, Flag.NONE] += 1
            client.select("INBOX")
            uids = _uids(client)
            chosen = self.chance.sample(uids, min(len(uids), 6))
            for at, (uid, name, flags) in enumerate(chosen):
                self.expected["INBOX"][name, flags] -= 1
                if at < 3:
                    client.uid("STORE", uid, "+FLAGS", r"(\Flagged)")
                    self.expected["INBOX"][name, flags | Flag.FLAGGED] += 1
                elif at < 5:
                    client.uid("COPY", uid, "Junk")
                    self.expected.setdefault("Junk", Counter())[name, flags] += 1
                if at >= 3:
                    client.uid("STORE", uid, "+FLAGS", r"(\Deleted)")
                    client.uid("EXPUNGE", uid)


def _items(reader: Reader, folder: Folder) -> list[Item]:
    return reader.list_items(ListQuery(folders=(folder.id,)), 100_000)


def _name(line: bytes) -> str:
    return line.decode().rpartition('"/" ')[2].strip().strip('"')


def _uids(client: imaplib.IMAP4) -> list[tuple[str, str, Flag]]:
    """UID, subject and flags of every message of the other client's in the folder that is selected."""
    _status, data = client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    found = []
    for part in data:
        if isinstance(part, tuple):
            uid, flags = re.search(rb"UID (\d+)", part[0]), re.search(rb"FLAGS \(([^)]*)\)", part[0])
            name = part[1].decode().partition(":")[2].strip()
            assert uid
            assert flags
            if name.startswith("other") and rb"\Deleted" not in flags[1]:
                kept = Flag.FLAGGED if rb"\Flagged" in flags[1] else Flag.NONE
                found.append((uid[1].decode(), name, kept))
    return found
