"""A mail server in memory behind the backend protocol, with switches for what servers do wrong.

``MemoryServer`` is the server: it outlives connections. ``MemoryBackend`` is one account's connection to it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from tui_mail.backends.protocol import LocalView, Outcome
from tui_mail.mime.outline import cut, structure
from tui_mail.mime.served import part_bytes
from tui_mail.mime.structure import parse
from tui_mail.model.errors import Gone, Refused, TuiMailError, Unreachable
from tui_mail.model.flags import Flag
from tui_mail.model.mail import Role
from tui_mail.model.remote import (
    Appended,
    Body,
    Caps,
    ChangeKind,
    FlagChange,
    FolderChange,
    FolderChangeKind,
    FolderStatus,
    NewMessage,
    Page,
    RemoteFolder,
    RemoteOperation,
    RemoteResult,
)
from tui_mail.model.structure import RemotePart


@dataclass(slots=True)
class Mail:
    uid: int
    raw: bytes
    flags: Flag
    keywords: tuple[str, ...]
    received: int
    modseq: int


@dataclass(slots=True)
class Box:
    name: str
    role: Role | None = None
    uidvalidity: int = 1
    uidnext: int = 1
    modseq: int = 1
    mails: dict[int, Mail] = field(default_factory=dict)

    def status(self) -> FolderStatus:
        unread = sum(not mail.flags & Flag.SEEN for mail in self.mails.values())
        return FolderStatus(len(self.mails), unread, self.uidvalidity, self.uidnext, self.modseq)


def letter(number: int, body: str = "Hello.") -> bytes:
    """A small message; the same number gives the same message."""
    return (
        f"From: Ada Lovelace <ada@example.org>\r\nTo: Bob <bob@example.org>\r\nSubject: Letter {number}\r\n"
        f"Date: Thu, 19 Nov 2026 10:00:00 +0000\r\nMessage-ID: <letter-{number}@example.org>\r\n\r\n{body}\r\n"
    ).encode()


class MemoryServer:
    """Folders, and what goes wrong on request."""

    def __init__(self, count: int = 0, *, page: int = 50) -> None:
        self.boxes: dict[str, Box] = {}
        self.page = page
        self.serial = 0
        self.calls: list[str] = []
        self.connections = 0
        self.fail_connect: TuiMailError | None = None
        """Raised by ``connect`` as long as it is set."""
        self.fail_next: dict[str, list[TuiMailError]] = {}
        """Call name to errors, each raised once, before anything is done."""
        self.fail_after: dict[str, list[TuiMailError]] = {}
        """Likewise, but after it was done: the answer is lost."""
        self.refuse: Callable[[RemoteOperation], str | None] = lambda _operation: None
        self.gates: dict[str, asyncio.Event] = {}
        """Call name to an event it waits for first."""
        self.late: dict[str, asyncio.Event] = {}
        """Call name to an event its answer, made before, is held back by."""
        self.push = True
        self.alert = ""
        """What it wants a person to read, said at every sign-in."""
        self.tells_places = True
        """Moves and copies are answered with the new UIDs (COPYUID)."""
        self.told_at_once: int | None = None
        """How many outcomes of several operations are told before the connection ends, once; None: all."""
        self.expunges = True
        """Named messages can be expunged (UIDPLUS); otherwise they stay, marked as deleted, what is moved as well."""
        self.lists_status = True
        """The list of folders comes with their numbers."""
        self.counts_changes = True
        """Its numbers and its changes go by a counter (CONDSTORE); otherwise flags are read whole each time."""
        self.mangles = False
        """Messages that are added are stored with another line at their end, and their UID is not told."""
        self._news: list[asyncio.Event] = []
        for name, role in (("INBOX", Role.INBOX), ("Archive", Role.ARCHIVE), ("Trash", Role.TRASH)):
            self.boxes[name] = Box(name, role)
        for number in range(count):
            self.deliver(letter(number))

    def deliver(self, raw: bytes, folder: str = "INBOX", flags: Flag = Flag.NONE, received: int = 0) -> int:
        """A message arrives; its UID."""
        box = self.boxes[folder]
        self.serial += 1
        uid = box.uidnext
        box.uidnext += 1
        box.modseq += 1
        box.mails[uid] = Mail(uid, raw, flags, (), received or 1_795_000_000 + self.serial, box.modseq)
        self.tell()
        return uid

    def remove(self, folder: str, uid: int) -> None:
        """Another client deletes a message."""
        box = self.boxes[folder]
        del box.mails[uid]
        box.modseq += 1
        self.tell()

    def renumber(self, folder: str) -> None:
        """UIDVALIDITY changes: every message has another UID."""
        box = self.boxes[folder]
        box.uidvalidity += 1
        mails = list(box.mails.values())
        box.mails = {}
        for uid, mail in enumerate(mails, 1000):
            mail.uid = uid
            box.mails[uid] = mail
        box.uidnext = 1000 + len(mails)
        self.tell()

    def subjects(self, folder: str) -> list[str]:
        """Sorted, for comparison."""
        return sorted(
            line[9:].decode().strip()
            for mail in self.boxes[folder].mails.values()
            for line in mail.raw.splitlines()
            if line.startswith(b"Subject: ")
        )

    def tell(self) -> None:
        for event in self._news:
            event.set()

    async def call(self, name: str) -> None:
        self.calls.append(name)
        gate = self.gates.get(name)
        if gate is not None:
            await gate.wait()
        errors = self.fail_next.get(name)
        if errors:
            raise errors.pop(0)

    def after(self, name: str) -> None:
        errors = self.fail_after.get(name)
        if errors:
            raise errors.pop(0)


class MemoryBackend:
    """A connection; satisfies ``MailBackend``."""

    def __init__(self, server: MemoryServer, on_alert: Callable[[str], None] | None = None) -> None:
        self.server = server
        self._on_alert = on_alert

    async def connect(self) -> Caps:
        await self.server.call("connect")
        if self.server.alert and self._on_alert is not None:
            self._on_alert(self.server.alert)
        if self.server.fail_connect is not None:
            raise self.server.fail_connect
        self.server.connections += 1
        able = self.server.expunges
        return Caps(server="memory", push=self.server.push, delta=True, move=able, safe_expunge=able, local=True)

    async def folders(self) -> list[RemoteFolder]:
        await self.server.call("folders")
        listed = [
            RemoteFolder(box.name, box.name, box.role, status=self._numbers(box) if self.server.lists_status else None)
            for box in self.server.boxes.values()
        ]
        if (late := self.server.late.get("folders")) is not None:
            await late.wait()
        return listed

    async def status(self, folder: str) -> FolderStatus:
        await self.server.call("status")
        return self._numbers(self._box(folder))

    def _numbers(self, box: Box) -> FolderStatus:
        status = box.status()
        return status if self.server.counts_changes else replace(status, highestmodseq=None)

    def changes(self, folder: str, cursor: bytes, local: LocalView) -> AsyncIterator[Page]:
        return self.changes_since(folder, cursor, local, 0)

    async def changes_since(self, folder: str, cursor: bytes, local: LocalView, since: int) -> AsyncIterator[Page]:
        await self.server.call("changes")
        box = self._box(folder)
        uidvalidity, uidnext, modseq, low = json.loads(cursor) if cursor else (box.uidvalidity, box.uidnext, 0, None)
        reset = uidvalidity != box.uidvalidity
        if reset:
            uidnext, modseq, low = box.uidnext, 0, None
        if low is None:
            low = uidnext
        new = sorted((mail for mail in box.mails.values() if mail.uid >= uidnext), key=lambda mail: -mail.uid)
        floor = min([low, *(mail.uid for mail in box.mails.values() if mail.received >= since)]) if since else 1
        old = sorted((mail for mail in box.mails.values() if floor <= mail.uid < low), key=lambda mail: -mail.uid)
        older = sum(mail.uid < floor for mail in box.mails.values())
        uidnext = box.uidnext
        since_when = modseq if self.server.counts_changes else 0
        changed = [
            FlagChange(mail.uid, mail.flags, mail.keywords, mail.modseq)
            for mail in box.mails.values()
            if cursor and not reset and mail.modseq > since_when and low <= mail.uid < uidnext and mail not in new
        ]
        if (late := self.server.late.get("changes")) is not None:
            await late.wait()
        top = box.modseq
        queue = [*new, *old]
        first = True
        while True:
            size = max(self.server.page, len(new) if first and cursor else 0)  # the cursor vouches for all that is new
            part, queue = queue[:size], queue[size:]
            low = min([low, *(mail.uid for mail in part)]) if queue else floor if older else 1
            yield Page(
                uidvalidity=box.uidvalidity,
                cursor=json.dumps([box.uidvalidity, uidnext, top, low]).encode(),
                new=[self._new(mail) for mail in part],
                flags=changed if first else (),
                reset=reset and first,
                total=len(box.mails),
                older=older,
            )
            first = False
            if not queue:
                break
            await self.server.call("page")
        here = set(box.mails)
        vanished = sorted(uid for uid in local.uids() if uid not in here)
        yield Page(
            uidvalidity=box.uidvalidity,
            cursor=json.dumps([box.uidvalidity, uidnext, top, low]).encode(),
            vanished=vanished,
            last=True,
            total=len(box.mails),
            older=older,
        )

    async def bodies(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> AsyncIterator[Body]:
        await self.server.call("bodies")
        for uid in uids:
            mail = self._box(folder, uidvalidity).mails.get(uid)
            if mail is not None:
                yield Body(uid, mail.raw)

    async def fetch(self, folder: str, uidvalidity: int, uid: int, sink: BinaryIO, part: str = "") -> int:
        await self.server.call(f"fetch {part}" if part else "fetch")
        raw = self._raw(folder, uidvalidity, uid)
        body = part_bytes(raw, part) if part else raw
        if body is None:
            raise Gone("The message has no such part.")
        return sink.write(body)

    async def structure(self, folder: str, uidvalidity: int, uid: int) -> RemotePart:
        await self.server.call("structure")
        return structure(parse(self._raw(folder, uidvalidity, uid)))

    async def outline(
        self, folder: str, uidvalidity: int, uid: int, whole: RemotePart, wanted: Collection[str]
    ) -> bytes:
        await self.server.call(f"outline {' '.join(sorted(wanted))}")
        return cut(self._raw(folder, uidvalidity, uid), wanted)

    def _raw(self, folder: str, uidvalidity: int, uid: int) -> bytes:
        mail = self._box(folder, uidvalidity).mails.get(uid)
        if mail is None:
            raise Gone("The message is not there any more.")
        return mail.raw

    async def apply(self, operation: RemoteOperation) -> RemoteResult:
        await self.server.call(f"apply {operation.kind.value}")
        reason = self.server.refuse(operation)
        if reason is not None:
            raise Refused(reason)
        box = self._box(operation.folder, operation.uidvalidity)
        present = [uid for uid in operation.uids if uid in box.mails]
        gone = tuple(uid for uid in operation.uids if uid not in box.mails)
        box.modseq += 1
        places: dict[int, int] = {}
        match operation.kind:
            case ChangeKind.FLAGS:
                for uid in present:
                    mail = box.mails[uid]
                    mail.flags = (mail.flags | operation.add) & ~operation.remove
                    kept = [word for word in mail.keywords if word not in operation.remove_keywords]
                    mail.keywords = tuple(dict.fromkeys([*kept, *operation.add_keywords]))
                    mail.modseq = box.modseq
            case ChangeKind.EXPUNGE:
                for uid in present:
                    self._expunge(box, box.mails[uid])
                present, gone = list(operation.uids), ()
            case _:
                target = self._box(operation.target)
                for uid in present:
                    mail = box.mails[uid]
                    places[uid] = self.server.deliver(mail.raw, target.name, mail.flags, mail.received)
                    if operation.kind is ChangeKind.MOVE:
                        self._expunge(box, mail)
        if not self.server.tells_places:
            places = {}
        uidvalidity = self._box(operation.target).uidvalidity if places else 0
        self.server.tell()
        self.server.after(f"apply {operation.kind.value}")
        return RemoteResult(tuple(present), gone, uidvalidity, places)

    async def apply_each(self, operations: Sequence[RemoteOperation]) -> AsyncGenerator[tuple[int, Outcome], None]:
        """As a server with all commands under way: what it has done is told afterwards, of ``told_at_once`` no more."""
        outcomes: list[Outcome] = []
        lost: TuiMailError | None = None
        for operation in operations:
            try:
                outcomes.append(await self.apply(operation))
            except (Gone, Refused) as error:
                outcomes.append(error)
            except TuiMailError as error:
                lost = error
                break
        told, self.server.told_at_once = self.server.told_at_once, None
        if told is not None and told < len(outcomes):
            lost = Unreachable("Lost.")
        for number, outcome in enumerate(outcomes[:told]):
            yield number, outcome
        if lost is not None:
            raise lost

    def _expunge(self, box: Box, mail: Mail) -> None:
        if self.server.expunges:
            del box.mails[mail.uid]
        else:
            mail.flags |= Flag.DELETED
            mail.modseq = box.modseq

    async def append(
        self, folder: str, raw: BinaryIO, size: int, flags: Flag, keywords: tuple[str, ...], received: int
    ) -> Appended:
        await self.server.call("append")
        octets = raw.read() + (b"mangled\r\n" if self.server.mangles else b"")
        uid = self.server.deliver(octets, folder, flags, received)
        self.server.after("append")
        if self.server.mangles:
            return Appended()
        return Appended(self._box(folder).uidvalidity, uid)

    async def find_appended(self, folder: str, message_id: str, uidnext: int) -> Appended | None:
        await self.server.call("find_appended")
        box = self._box(folder)
        for uid, mail in box.mails.items():
            if uid >= uidnext and f"Message-ID: {message_id}".encode() in mail.raw:
                return Appended(box.uidvalidity, uid)
        return None

    async def change_folder(self, change: FolderChange) -> RemoteFolder | None:
        await self.server.call(f"folder {change.kind.value}")
        boxes = self.server.boxes
        match change.kind:
            case FolderChangeKind.CREATE:
                boxes.setdefault(change.path, Box(change.path, change.role))
                return RemoteFolder(change.path, change.path, change.role)
            case FolderChangeKind.RENAME:
                box = boxes.pop(change.path)
                box.name = change.new_path
                boxes[change.new_path] = box
                return RemoteFolder(change.new_path, change.new_path, box.role)
            case FolderChangeKind.DELETE:
                boxes.pop(change.path, None)
            case _:
                pass
        return None

    async def search(self, folder: str, text: str) -> list[int]:
        await self.server.call("search")
        return [uid for uid, mail in self._box(folder).mails.items() if text.encode() in mail.raw]

    async def wait(self, folder: str, seconds: float) -> bool:
        await self.server.call("wait")
        event = asyncio.Event()
        self.server._news.append(event)
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return False
        finally:
            self.server._news.remove(event)
        if self.server.fail_connect is not None:
            raise Unreachable("The connection was closed.")
        return True

    async def interrupt(self) -> None:
        self.server.tell()

    async def close(self) -> None:
        self.server.calls.append("close")

    def _box(self, name: str, uidvalidity: int = 0) -> Box:
        box = self.server.boxes.get(name)
        if box is None or (uidvalidity and box.uidvalidity != uidvalidity):
            raise Gone(f"{name} is not there any more.")
        return box

    @staticmethod
    def _new(mail: Mail) -> NewMessage:
        header = mail.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        return NewMessage(mail.uid, mail.flags, mail.keywords, mail.received, len(mail.raw), header, modseq=mail.modseq)
