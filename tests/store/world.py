"""A store with a writer, a reader and a journal, and short ways to feed it; for the tests of the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tui_mail.config.paths import Home
from tui_mail.model.clock import FrozenClock
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, FolderId, ItemId
from tui_mail.model.mail import Item, Role
from tui_mail.model.remote import FlagChange, NewMessage, Page, RemoteFolder
from tui_mail.store.disk.files import prepare
from tui_mail.store.gestures.journal import Journal
from tui_mail.store.gestures.messages import Gestures
from tui_mail.store.mirror.arrival import Arrival, arrival_of
from tui_mail.store.mirror.results import Stored
from tui_mail.store.reader import Reader
from tui_mail.store.reading.query import ListQuery
from tui_mail.store.writer import Writer
from tui_mail.text.query import parse

NOW = 1_780_000_000
ACCOUNT = AccountName("work")
FOLDERS = (
    RemoteFolder("INBOX", "INBOX", Role.INBOX),
    RemoteFolder("Archive", "Archive", Role.ARCHIVE),
    RemoteFolder("Trash", "Trash", Role.TRASH),
    RemoteFolder("Lists", "Lists"),
)


def message(
    uid: int,
    subject: str = "Lunch",
    *,
    name: str | None = None,
    sender: str = "Ann <ann@example.org>",
    to: str = "Me <me@example.org>",
    extra: str = "",
    flags: Flag = Flag.NONE,
    keywords: tuple[str, ...] = (),
    received: int | None = None,
    size: int | None = None,
    strong_id: str = "",
    thread_id: str = "",
) -> Arrival:
    """A message as it arrives; ``name`` is its Message-ID without domain ("": none)."""
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {subject}"]
    ident = f"m{uid}" if name is None else name
    if ident:
        lines.append(f"Message-ID: <{ident}@x>")
    if extra:
        lines.append(extra)
    header = ("\r\n".join(lines) + "\r\n\r\n").encode()
    octets = len(header) if size is None else size
    new = NewMessage(
        uid=uid,
        flags=flags,
        keywords=keywords,
        received=NOW - 1_000_000 + uid * 60 if received is None else received,
        size=octets,
        header=header,
        strong_id=strong_id,
        thread_id=thread_id,
    )
    return arrival_of(new)


def references(*names: str) -> str:
    """A References field."""
    return "References: " + " ".join(f"<{name}@x>" for name in names)


@dataclass
class World:
    """Everything that has to do with one home."""

    home: Home
    clock: FrozenClock
    writer: Writer
    reader: Reader
    journal: Journal
    gestures: Gestures
    folders: dict[str, FolderId]

    @classmethod
    def make(cls, directory: Path) -> World:
        home = Home.find(str(directory), {})
        clock = FrozenClock(NOW)
        home.create()
        prepare(home, clock)
        writer = Writer(home, clock)
        folders = writer.put_folders(ACCOUNT, FOLDERS).ids
        reader, journal = Reader(home), Journal(home, clock)
        return cls(home, clock, writer, reader, journal, Gestures(reader, journal), folders)

    def close(self) -> None:
        self.journal.close()
        self.reader.close()
        self.writer.close()

    def restart(self) -> None:
        """End the engine's part without goodbye and begin it anew."""
        self.writer.close()
        prepare(self.home, self.clock)
        self.writer = Writer(self.home, self.clock)

    def put(
        self,
        folder: str,
        arrivals: Sequence[Arrival] = (),
        *,
        flags: Sequence[tuple[int, Flag]] = (),
        vanished: Sequence[int] = (),
        uidvalidity: int = 1,
        reset: bool = False,
        last: bool = True,
        cursor: bytes = b"c",
    ) -> Stored:
        page = Page(
            uidvalidity=uidvalidity,
            cursor=cursor,
            flags=[FlagChange(uid, flag, ()) for uid, flag in flags],
            vanished=vanished,
            reset=reset,
            last=last,
        )
        return self.writer.put_page(self.folders[folder], page, arrivals)

    def query(self, *folders: str, search: str = "") -> ListQuery:
        node = parse(search, now=self.clock.now()) if search else None
        return ListQuery(tuple(self.folders[name] for name in folders), node)

    def items(self, *folders: str, search: str = "") -> list[Item]:
        return self.reader.list_items(self.query(*folders, search=search), 100_000)

    def ids(self, *folders: str, search: str = "") -> list[ItemId]:
        return [item.id for item in self.items(*folders, search=search)]

    def uids(self, folder: str) -> list[int | None]:
        return [item.uid for item in self.items(folder)]

    def found(self, search: str) -> list[str]:
        """Subjects of what a search finds, newest first."""
        return [item.subject for item in self.items(search=search)]

    def by_uid(self, folder: str, uid: int) -> Item:
        return next(item for item in self.items(folder) if item.uid == uid)

    def counts(self) -> dict[str, tuple[int, int]]:
        return {folder.path: (folder.total, folder.unread) for folder in self.reader.folders()}

    def pending(self) -> list[str]:
        return [f"{one.kind.value}:{one.state.value}" for one in self.reader.pending()]

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Straight from mail.db, for what no reader shows."""
        return self.writer._db.connection.execute(sql, values).fetchall()


def conversations_of(world: World, names: Iterable[str] = ("INBOX",)) -> set[frozenset[str]]:
    """The Message-IDs of each conversation."""
    groups: dict[int, set[str]] = {}
    for item in world.items(*names):
        groups.setdefault(item.thread, set()).add(item.message_id.removesuffix("@x") or f"none-{item.uid}")
    return {frozenset(group) for group in groups.values()}
