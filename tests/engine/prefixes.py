"""Stores as they stood at every write to the journal, each with the server as it was at that moment.

Owns recording them and bringing one of them back to life: under another name, so that all of them can be gone on from.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import Mailbox
from tests.engine.siege import Contents, Siege
from tui_mail.config.paths import Home
from tui_mail.engine.session import Session
from tui_mail.store.disk.sqlite import transaction
from tui_mail.store.tables import keepdb, maildb

_FULL = 2


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of the recording; ``directory`` holds keep.db, mail.db, raw and the server's files."""

    directory: Path
    name: str
    expected: Contents
    folders: dict[str, bool]
    durable: Path
    """mail.db as a power cut would have left it: what was written since may be lost (synchronous=NORMAL)."""


@dataclass(slots=True)
class Recorder:
    siege: Siege
    directory: Path
    moments: list[Moment] = field(default_factory=list)
    durable: Path = field(init=False)
    syncs: int = 0

    def __post_init__(self) -> None:
        self._keep_mail()

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        """Every commit to keep.db in this process is a moment, before and after it.

        Operations wait for the round, so that no command is under way at such a moment that changes anything.
        """

        @contextlib.contextmanager
        def watched(connection: sqlite3.Connection) -> Iterator[None]:
            with transaction(connection):
                yield
                self._take("before")
            self._take("after")

        @contextlib.contextmanager
        def synced(connection: sqlite3.Connection) -> Iterator[None]:
            with transaction(connection):
                yield
            if connection.execute("PRAGMA synchronous").fetchone()[0] >= _FULL:
                self._keep_mail()

        async def patient(self: Session) -> None:
            await asyncio.Future()

        operate = Session._operate
        keepdb.transaction = watched  # type: ignore[attr-defined]
        maildb.transaction = synced  # type: ignore[attr-defined]
        Session._operate = patient  # type: ignore[method-assign]
        try:
            yield
        finally:
            keepdb.transaction = transaction  # type: ignore[attr-defined]
            maildb.transaction = transaction  # type: ignore[attr-defined]
            Session._operate = operate  # type: ignore[method-assign]

    def _take(self, when: str) -> None:
        siege, number = self.siege, len(self.moments)
        directory = self.directory / str(number)
        directory.mkdir(parents=True)
        for path in (siege.home.keep_db, siege.home.mail_db):
            _copy_database(path, directory / path.name)
        if siege.home.raw_dir.exists():
            shutil.copytree(siege.home.raw_dir, directory / "raw")
        _copy_mail(siege.mailbox, directory / "mail")
        expected = {path: Counter(held) for path, held in siege.expected.items()}
        story = siege.story[-1] if siege.story else ""
        name = f"{number}, {when} a write, after {story}"
        self.moments.append(Moment(directory, name, expected, dict(siege.folders), self.durable))

    def _keep_mail(self) -> None:
        self.directory.mkdir(exist_ok=True)
        self.durable = self.directory / f"mail-{self.syncs}.db"
        self.syncs += 1
        _copy_database(self.siege.home.mail_db, self.durable)

    def revive(self, home: Home, moment: Moment, *, power_cut: bool) -> Siege:
        """A home and a mailbox as they were, or as a power cut would have left them."""
        mailbox = Mailbox.fresh(self.siege.mailbox.server)
        subprocess.run(["cp", "-a", moment.directory / "mail", _mail_of(mailbox)], check=True)
        home.create()
        shutil.copy(moment.directory / "keep.db", home.keep_db)
        shutil.copy(moment.durable if power_cut else moment.directory / "mail.db", home.mail_db)
        if (moment.directory / "raw").exists():
            shutil.copytree(moment.directory / "raw", home.raw_dir, dirs_exist_ok=True)
        siege = Siege(home, mailbox, random.Random(1), expected=moment.expected, folders=moment.folders)
        siege.open_account()
        # Where a server keeps what was moved away, that it was us is known in mail.db alone.
        siege.renewed = power_cut
        return siege


def _copy_database(path: Path, target: Path) -> None:
    copy = sqlite3.connect(target)
    with contextlib.closing(sqlite3.connect(path)) as source, contextlib.closing(copy):
        source.backup(copy)


def _mail_of(mailbox: Mailbox) -> Path:
    return mailbox.server.directory / "mail" / mailbox.user


def _copy_mail(mailbox: Mailbox, target: Path) -> None:
    subprocess.run(["cp", "-a", _mail_of(mailbox), target], check=True)


def record(siege: Siege, directory: Path, gestures: list[Callable[[], None]], rounds: int) -> Recorder:
    """Do the gestures in so many portions, and have each portion carried out while every write is kept."""
    recorder = Recorder(siege, directory)
    each = -(-len(gestures) // rounds)
    for start in range(0, len(gestures), each):
        for gesture in gestures[start : start + each]:
            gesture()
        with recorder.recording():
            siege.clean()
    return recorder
