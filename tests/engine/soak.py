"""A long day: two large accounts over bad links, another client at work in both, a person in between.

Owns the weather, the other client, the person's hand and the measuring. The engine is a process of its own.
"""

from __future__ import annotations

import contextlib
import imaplib
import itertools
import random
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import Mailbox
from tests.e2e.independent import signed_in
from tests.engine.million import octets_of
from tests.engine.siege import letter
from tests.fakes.faultproxy import Cut, FaultProxy, Refuse, Rule, Stall
from tui_mail.config.accountfiles import save_account
from tui_mail.config.accounts import from_table
from tui_mail.config.paths import Home
from tui_mail.engine.secrets import Secrets
from tui_mail.link.call import call
from tui_mail.link.lock import lock_holder
from tui_mail.link.messages import Sync, Wake
from tui_mail.model.clock import SystemClock
from tui_mail.model.errors import EngineTrouble, NotFound, TuiMailError
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName
from tui_mail.model.operation import Operation
from tui_mail.store.gestures.journal import Journal
from tui_mail.store.gestures.messages import Gestures
from tui_mail.store.mirror.effect import LIVE
from tui_mail.store.reader import Reader
from tui_mail.store.reading.query import ListQuery

Places = dict[tuple[str, str], Counter[tuple[int, Flag]]]
"""(account, folder) to the UID and the flags of everything in it."""

_DAYS = 300
_PATIENCE = 180.0
_WIRE = {"\\Seen": Flag.SEEN, "\\Flagged": Flag.FLAGGED, "\\Answered": Flag.ANSWERED, "\\Deleted": Flag.DELETED}
_KEPT = Flag.SEEN | Flag.FLAGGED | Flag.ANSWERED | Flag.DELETED


@dataclass(frozen=True, slots=True)
class Sample:
    """What the engine and the processes it started hold."""

    at: float
    octets: int
    files: int
    sockets: int
    processes: int


@dataclass(slots=True)
class Account:
    name: AccountName
    mailbox: Mailbox
    proxy: FaultProxy

    def fill(self, count: int) -> None:
        """Mail of the last months, evenly; the newest have the highest UIDs."""
        now = int(time.time())
        with signed_in(self.mailbox.login) as client:
            for start in range(0, count, 1000):
                command = b"x APPEND INBOX"
                for number in range(start, min(start + 1000, count)):
                    raw = letter(f"{self.name}-{number}")
                    when = imaplib.Time2Internaldate(now - (count - number) * _DAYS * 86_400 // count)
                    command += b" () %s {%d+}\r\n%s" % (when.encode(), len(raw), raw)
                client.send(command + b"\r\n")
                while not (line := client.readline()).startswith(b"x "):
                    assert line, "the server went away"
                assert b"x OK" in line, line

    def there(self) -> Places:
        found: Places = {}
        with signed_in(self.mailbox.login) as client:
            for path in ("INBOX", "Archive", "Trash", "Sent", "Drafts", "Junk"):
                client.select(path, readonly=True)
                held = found[self.name, path] = Counter()
                _status, data = client.uid("FETCH", "1:*", "(FLAGS)")
                for line in data:
                    match = re.search(rb"UID (\d+) FLAGS \(([^)]*)\)", line) if isinstance(line, bytes) else None
                    if match:
                        flags = Flag.NONE
                        for word in match[2].decode().split():
                            flags |= _WIRE.get(word, Flag.NONE)
                        held[int(match[1]), flags] += 1
        return found


@dataclass(slots=True)
class Soak:
    home: Home
    accounts: list[Account]
    chance: random.Random
    samples: list[Sample] = field(default_factory=list)
    changes: int = 0
    cuts: int = 0
    gestures: int = 0
    quiet_points: int = 0
    unrest: str = ""
    """Why it was not quiet when it was looked at last."""
    _still: threading.Event = field(default_factory=threading.Event)
    _over: threading.Event = field(default_factory=threading.Event)
    _serial: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def settle_in(self, count: int) -> None:
        for account in self.accounts:
            account.fill(count // len(self.accounts))
            login = account.mailbox.login
            server = {"host": login.host, "port": account.proxy.port, "security": "tls", "ca_file": str(login.ca_file)}
            table = {
                "name": account.name, "email": f"{account.name}@example.org", "user": login.user, "password": "file",
                "imap": server,
            }  # fmt: skip
            save_account(self.home, from_table(table))
            Secrets(self.home).save(account.name, login.password, "file")
        self.home.config_file.write_text("[sync]\ncheck_every = 60\n")

    # -- the engine

    @contextlib.contextmanager
    def engine(self) -> Iterator[int]:
        command = [sys.executable, "-m", "tests.engine.mortal", str(self.home.root), "none", "after", "1"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as engine:
            try:
                self._until(lambda: lock_holder(self.home) == engine.pid)
                yield engine.pid
                assert engine.poll() is None, "the engine ended"
            finally:
                engine.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    engine.wait(30)
                engine.kill()

    def sample(self, pid: int, begun: float) -> Sample:
        processes = [pid, *_children(pid)]
        links = [link for one in processes for link in _open_files(one)]
        sockets = sum(link.startswith("socket:") for link in links)
        found = Sample(
            time.monotonic() - begun, sum(octets_of(one) for one in processes), len(links), sockets, len(processes)
        )
        self.samples.append(found)
        return found

    # -- what goes on

    @contextlib.contextmanager
    def going_on(self) -> Iterator[None]:
        """Weather and other clients, each in a thread; a failure of one of them is raised in the end."""
        failures: list[BaseException] = []

        def kept(work: threading.Thread) -> threading.Thread:
            run = work.run

            def guarded() -> None:
                try:
                    run()
                except BaseException as failure:
                    failures.append(failure)

            work.run = guarded  # type: ignore[method-assign]
            return work

        threads = [kept(threading.Thread(target=self._weather, name="weather"))]
        threads += [kept(threading.Thread(target=self._other_client, args=(one,))) for one in self.accounts]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            self._still.clear()
            for thread in threads:
                thread.join()
        if failures:
            raise failures[0]

    def _pause(self, seconds: float) -> bool:
        """Wait, longer while all has to be still; False when it is over."""
        self._over.wait(seconds)
        while self._still.is_set() and not self._over.is_set():
            self._over.wait(0.1)
        return not self._over.is_set()

    def _weather(self) -> None:
        chance = random.Random(self.chance.random())
        while self._pause(chance.uniform(0.5, 4.0)):
            proxy = chance.choice(self.accounts).proxy
            after = int(10 ** chance.uniform(2.0, 6.0))
            way = chance.choice(["up", "down", "down"])
            rules: list[Rule] = [
                Cut(after=after, direction=way, reset=chance.random() < 0.5),
                Stall(after=after, direction=way, seconds=chance.uniform(0.5, 5.0)),
                Refuse(connections=proxy.connections + 1),
            ]
            proxy.set(*chance.sample(rules, 1))
            if chance.random() < 0.5:
                proxy.drop()
                self.cuts += 1
            if chance.random() < 0.6 and self._pause(chance.uniform(0.5, 4.0)):
                proxy.set()

    def _other_client(self, account: Account) -> None:
        """Changes one in a hundred messages again and again: marks, removals, arrivals."""
        chance = random.Random(self.chance.random())
        with signed_in(account.mailbox.login) as client:
            client.select("INBOX")
            while self._pause(0.5):
                _status, (line,) = client.uid("SEARCH", "ALL")
                uids = chance.sample(line.decode().split(), 12)
                client.uid("STORE", ",".join(uids[:8]), chance.choice("+-") + "FLAGS", r"(\Seen \Answered)")
                client.uid("STORE", ",".join(uids[8:10]), "+FLAGS", r"(\Deleted)")
                client.uid("EXPUNGE", ",".join(uids[8:10]))
                client.uid("MOVE", ",".join(uids[10:]), chance.choice(["Archive", "Junk"]))
                for _unused in range(4):
                    client.append("INBOX", "", "", letter(f"{account.name}-new-{next(self._serial)}"))
                self.changes += 16

    def gesture(self) -> None:
        """The person works on what is on the screen, as it is at that moment."""
        reader, journal = Reader(self.home), Journal(self.home, SystemClock())
        try:
            person = Gestures(reader, journal)
            inboxes = [folder for folder in reader.folders() if folder.path == "INBOX"]
            if not inboxes:
                return
            items = reader.list_items(ListQuery(folders=(self.chance.choice(inboxes).id,)), 60)
            chosen = [item.id for item in self.chance.sample(items, min(6, len(items)))]
            with contextlib.suppress(NotFound):  # gone since
                self.chance.choice([person.archive, lambda ids: person.mark(ids, add=Flag.FLAGGED), person.trash])(
                    chosen
                )
                self.gestures += 1
        finally:
            journal.close()
            reader.close()
        with contextlib.suppress(TuiMailError):
            call(self.home, Wake(id=1), 10)

    # -- quiet

    def quiet_point(self) -> None:
        """Everything stops; the engine reads on; both sides are equal, message for message."""
        self._still.set()
        try:
            time.sleep(1.0)  # what is in the middle of a change ends it
            for account in self.accounts:
                account.proxy.set()
                account.proxy.drop()
            self._until(self._caught_up)
            here, there = self.here(), {}
            for account in self.accounts:
                there.update(account.there())
            for place, held in there.items():
                shown = here.get(place, Counter())
                missing, extra = list(held - shown), list(shown - held)
                assert not missing, (place, "missing", len(missing), missing[:5], extra[:5])
                assert not extra, (place, "too much", len(extra), extra[:5])
            self.quiet_points += 1
        finally:
            self._still.clear()

    def _caught_up(self) -> bool:
        try:
            # The first carries out what waits and the second reads what that changed.
            done = [call(self.home, Sync(id=1, bodies="none"), 90) for _twice in range(2)]
        except EngineTrouble as error:
            self.unrest = error.text
            return False
        waiting = self._waiting()
        self.unrest = f"{[one for one in done if not one.ok]} {waiting}"
        return all(one.ok for one in done) and not waiting

    def _waiting(self) -> list[Operation]:
        reader = Reader(self.home)
        try:
            return [one for one in reader.pending() if one.state in LIVE]
        finally:
            reader.close()

    def here(self) -> Places:
        reader = Reader(self.home)
        try:
            return {
                (folder.account, folder.path): Counter(
                    (item.uid or 0, item.flags & _KEPT)
                    for item in reader.list_items(ListQuery(folders=(folder.id,)), 100_000)
                )
                for folder in reader.folders()
            }
        finally:
            reader.close()

    def _until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"it does not come to rest: {self.unrest}"
            time.sleep(0.2)


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(child) for child in task.read_text().split()]
    return found


def _open_files(pid: int) -> list[str]:
    links = []
    with contextlib.suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):  # closed since
                links.append(str(entry.readlink()))
    return links
