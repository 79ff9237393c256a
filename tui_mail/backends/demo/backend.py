"""The practice mailbox as a backend: the protocol's calls carried out on files, with push.

Owns the translation between the protocol and ``Mailbox``, the cursor and the waiting. Calls end at once: everything is
small and local. Must not know the store, nor how the practice mail is made.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Sequence
from pathlib import Path
from typing import BinaryIO

from tui_mail.backends.demo.mailbox import Box, Delivery, Mailbox, Message, Start, shared
from tui_mail.backends.protocol import LocalView
from tui_mail.mime.outline import cut, structure
from tui_mail.mime.served import holds, list_header, own_id, part_bytes
from tui_mail.mime.structure import parse
from tui_mail.model.clock import Clock
from tui_mail.model.errors import Gone, Refused
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
from tui_mail.model.words import _

FIRST_PAGE = 60
"""Messages of the first page of a folder not seen before: a screen is full at once."""
PAGE = 250


class DemoBackend:
    """A ``MailBackend`` whose server is the directory ``directory``; the first start fills it with practice mail."""

    def __init__(self, directory: Path, clock: Clock, start: Start | None = None) -> None:
        self._clock = clock
        self._files = shared(directory.absolute(), start or _practice_mail)
        self._told: dict[str, int] = {}
        """Per folder, the change up to which ``changes`` or ``wait`` told the engine."""
        self._waiting: set[asyncio.Event] = set()
        self._interrupted = False

    async def connect(self) -> Caps:
        self._files.open()
        return Caps(server="tui-mail practice mailbox", push=True, delta=True, move=True, safe_expunge=True, local=True)

    @property
    def _mailbox(self) -> Mailbox:
        """Open, as a server answers a client that signs in again."""
        self._files.open()
        return self._files

    async def folders(self) -> list[RemoteFolder]:
        listed = {box.name: _remote(box) for box in self._mailbox.boxes.values()}
        for name in list(listed):
            levels = name.split("/")
            for depth in range(1, len(levels)):
                parent = "/".join(levels[:depth])
                if parent not in listed:
                    listed[parent] = RemoteFolder(parent, parent, selectable=False)
        return sorted(listed.values(), key=lambda folder: (folder.name != "INBOX", folder.name))

    async def status(self, folder: str) -> FolderStatus:
        return _status(self._mailbox.box(folder))

    def changes(self, folder: str, cursor: bytes, local: LocalView) -> AsyncIterator[Page]:
        return self.changes_since(folder, cursor, local, 0)

    async def changes_since(self, folder: str, cursor: bytes, local: LocalView, since: int) -> AsyncIterator[Page]:
        box = self._mailbox.box(folder)
        known = _read_cursor(cursor)
        reset = known is not None and known[0] != box.uidvalidity
        modseq, uidnext = box.modseq, box.uidnext
        if known is None or reset:
            known = (box.uidvalidity, modseq, uidnext, uidnext)
            room = FIRST_PAGE
        else:
            room = PAGE
        _uidvalidity, seen_modseq, seen_next, below = known
        floor = _floor(box, since, below)
        new = [uid for uid in reversed(box.messages) if uid >= seen_next]
        older = [uid for uid in reversed(box.messages) if floor <= uid < below]
        left = sum(uid < floor for uid in box.messages)
        room = max(0, room - len(new))
        steps = [older[:room], *(older[at : at + PAGE] for at in range(room, len(older), PAGE))]
        vanished = () if reset else tuple(uid for uid in local.uids() if uid not in box.messages)
        flags = tuple(
            FlagChange(message.uid, message.flags, message.keywords, message.modseq)
            for message in box.messages.values()
            if message.modseq > seen_modseq and below <= message.uid < seen_next
        )
        for number, step in enumerate(steps):
            first, last = number == 0, number == len(steps) - 1
            below = min([below, *step]) if not last else floor if left else 0
            uids = [*new, *step] if first else step
            yield Page(
                uidvalidity=box.uidvalidity,
                cursor=json.dumps([box.uidvalidity, modseq, uidnext, below]).encode(),
                new=[_new(box.messages[uid], self._mailbox) for uid in uids if uid in box.messages],
                flags=flags if first else (),
                vanished=vanished if first else (),
                reset=reset and first,
                last=last,
                total=len(box.messages),
                older=left,
            )
            await asyncio.sleep(0)
        self._told[folder] = max(self._told.get(folder, 0), modseq)

    async def bodies(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> AsyncIterator[Body]:
        for uid in uids:
            box = self._mailbox.box(folder, uidvalidity)
            if uid in box.messages:
                yield Body(uid, self._mailbox.read(box.messages[uid]))
            await asyncio.sleep(0)

    async def fetch(self, folder: str, uidvalidity: int, uid: int, sink: BinaryIO, part: str = "") -> int:
        raw: bytes | None = self._read(folder, uidvalidity, uid)
        if part and raw is not None:
            raw = part_bytes(raw, part)
        if raw is None:
            raise Gone(_("The message has no such part."))
        return sink.write(raw)

    async def structure(self, folder: str, uidvalidity: int, uid: int) -> RemotePart:
        """See ``TakesApart``."""
        return structure(parse(self._read(folder, uidvalidity, uid)))

    async def outline(
        self, folder: str, uidvalidity: int, uid: int, _whole: RemotePart, wanted: Collection[str]
    ) -> bytes:
        """See ``TakesApart``."""
        return cut(self._read(folder, uidvalidity, uid), wanted)

    def _read(self, folder: str, uidvalidity: int, uid: int) -> bytes:
        message = self._mailbox.box(folder, uidvalidity).messages.get(uid)
        if message is None:
            raise Gone(_("The message is not there any more."))
        return self._mailbox.read(message)

    async def apply(self, operation: RemoteOperation) -> RemoteResult:
        box = self._mailbox.box(operation.folder, operation.uidvalidity)
        present = [uid for uid in dict.fromkeys(operation.uids) if uid in box.messages]
        gone = tuple(uid for uid in dict.fromkeys(operation.uids) if uid not in box.messages)
        if operation.kind is ChangeKind.FLAGS:
            self._mailbox.set_flags(
                box,
                present,
                operation.add,
                operation.remove,
                operation.add_keywords,
                operation.remove_keywords,
            )
        elif operation.kind is ChangeKind.EXPUNGE:
            self._mailbox.expunge(box, present)
            present, gone = list(operation.uids), ()
        else:
            return self._copy(operation, box, present)
        return RemoteResult(tuple(present), gone)

    def _copy(self, operation: RemoteOperation, box: Box, present: list[int]) -> RemoteResult:
        """COPY and MOVE; what an earlier try did is found by its origin."""
        if operation.target not in self._mailbox.boxes:
            raise Refused(_("There is no folder {name} to put it into.").format(name=operation.target))
        target = self._mailbox.box(operation.target)
        places = {}
        if operation.target_uidnext:
            places = {
                message.origin[1]: message.uid
                for message in target.messages.values()
                if message.uid >= operation.target_uidnext
                and message.origin[0] == box.uidvalidity
                and message.origin[1] in operation.uids
            }
        move = operation.kind is ChangeKind.MOVE
        if not (move and target is box):  # a move to where it stands is done
            places |= self._mailbox.copy(box, [uid for uid in present if uid not in places], target, move=move)
        done = tuple(uid for uid in operation.uids if uid in places or uid in present)
        gone = tuple(uid for uid in operation.uids if uid not in done)
        return RemoteResult(done, gone, target.uidvalidity, places)

    async def append(
        self, folder: str, raw: BinaryIO, size: int, flags: Flag, keywords: tuple[str, ...], received: int
    ) -> Appended:
        data = raw.read(size)
        if len(data) != size:
            raise Refused(_("The message to be added is shorter than announced."))
        box = self._mailbox.box(folder)
        message = self._mailbox.add(
            Delivery(folder, data, received or int(self._clock.now()), flags, keywords),
        )
        return Appended(box.uidvalidity, message.uid)

    async def deliver(self, raw: bytes) -> Appended:
        """Let a message arrive in the inbox now, as a mail server would; a running ``wait`` returns."""
        message = self._mailbox.add(Delivery("INBOX", raw, int(self._clock.now())))
        return Appended(self._mailbox.box("INBOX").uidvalidity, message.uid)

    async def find_appended(self, folder: str, message_id: str, uidnext: int) -> Appended | None:
        box = self._mailbox.box(folder)
        for uid in reversed(box.messages):
            if uid < uidnext:
                break
            if own_id(self._mailbox.read(box.messages[uid])) == message_id.encode():
                return Appended(box.uidvalidity, uid)
        return None

    async def change_folder(self, change: FolderChange) -> RemoteFolder | None:
        mailbox = self._mailbox
        match change.kind:
            case FolderChangeKind.CREATE:
                mailbox.create(change.path, change.role)
            case FolderChangeKind.RENAME:
                mailbox.rename(change.path, change.new_path)
            case FolderChangeKind.DELETE:
                mailbox.delete(change.path)
            case _:
                mailbox.subscribe(change.path, change.kind is FolderChangeKind.SUBSCRIBE)
        wanted = change.new_path or change.path
        return next((folder for folder in await self.folders() if folder.name == wanted), None)

    async def search(self, folder: str, text: str) -> list[int]:
        box = self._mailbox.box(folder)
        return [uid for uid in reversed(box.messages) if holds(self._mailbox.read(box.messages[uid]), text)]

    async def wait(self, folder: str, seconds: float) -> bool:
        told = self._told.setdefault(folder, self._mailbox.box(folder).modseq)
        event = asyncio.Event()
        self._waiting.add(event)
        self._files.listeners.add(event.set)
        self._interrupted = False
        try:
            async with asyncio.timeout(seconds):
                while self._mailbox.box(folder).modseq <= told and not self._interrupted:
                    event.clear()
                    await event.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(event)
            self._files.listeners.discard(event.set)
        self._told[folder] = self._mailbox.box(folder).modseq
        return self._told[folder] > told

    async def interrupt(self) -> None:
        self._interrupted = True
        for event in self._waiting:
            event.set()

    async def close(self) -> None:
        await self.interrupt()


def _practice_mail() -> tuple[Sequence[tuple[str, Role | None]], Sequence[Delivery]]:
    from tui_mail.backends.demo.seed import (
        FOLDERS,
        practice_mail,
    )  # thousands of words, needed once in a mailbox's life

    return FOLDERS, practice_mail()


def _read_cursor(cursor: bytes) -> tuple[int, int, int, int] | None:
    """UIDVALIDITY, change number, UIDNEXT and the lowest UID handed out so far; None to begin anew."""
    try:
        uidvalidity, modseq, uidnext, below = json.loads(cursor)
    except (ValueError, TypeError):
        return None
    return int(uidvalidity), int(modseq), int(uidnext), int(below)


def _floor(box: Box, since: int, below: int) -> int:
    """The lowest UID that is wanted: of the oldest message received at ``since`` or later, or known already."""
    wanted = (uid for uid, message in box.messages.items() if message.received >= since)
    return min([below, *wanted]) if since else 0


def _status(box: Box) -> FolderStatus:
    unread = sum(not message.flags & Flag.SEEN for message in box.messages.values())
    return FolderStatus(len(box.messages), unread, box.uidvalidity, box.uidnext, box.modseq)


def _remote(box: Box) -> RemoteFolder:
    return RemoteFolder(box.name, box.name, box.role, subscribed=box.subscribed, status=_status(box))


def _new(message: Message, mailbox: Mailbox) -> NewMessage:
    return NewMessage(
        message.uid,
        message.flags,
        message.keywords,
        message.received,
        message.size,
        list_header(mailbox.read(message)),
        modseq=message.modseq,
    )
