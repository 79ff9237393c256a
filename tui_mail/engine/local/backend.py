"""Local folders as a backend: the protocol's calls carried out on keep.db, with push.

So everything that works for a server's folders (synchronisation, the journal of operations, undo, search) works for
mail that exists only here. Owns the cursor, the pages and the waiting. Must not know how mail comes.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import BinaryIO, ParamSpec, TypeVar

from tui_mail.backends.protocol import LocalView
from tui_mail.config.paths import Home
from tui_mail.mime.served import holds, list_header, own_id, part_bytes
from tui_mail.model.clock import Clock
from tui_mail.model.errors import Gone, Refused
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName
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
from tui_mail.model.words import _
from tui_mail.store.local.mail import LocalMail
from tui_mail.store.local.rows import LocalFolder, LocalItem, NewItem

FIRST_PAGE = 60
"""Messages of the first page of a folder not seen before: a screen is full at once."""
PAGE = 500
_HEAD = 64 << 10
_CHUNK = 1 << 20
_TOGETHER = 50
"""Messages that are read at once, unless they are large."""

P = ParamSpec("P")
T = TypeVar("T")


class LocalBackend:
    """A ``MailBackend`` whose server is keep.db. ``own``: the account has folders; else only what others ask it to make."""

    def __init__(self, home: Home, account: AccountName, clock: Clock, *, own: bool = True) -> None:
        self._home = home
        self._account = account
        self._clock = clock
        self._own = own
        self._opened: LocalMail | None = None
        self._told: dict[str, int] = {}
        """Per folder, the change up to which ``changes`` or ``wait`` told the engine."""
        self._waiting: set[asyncio.Event] = set()
        self._interrupted = False

    @property
    def _local(self) -> LocalMail:
        if self._opened is None:
            self._opened = LocalMail.open(self._home)
        return self._opened

    async def _do(self, work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
        """Work on the files, on a thread. It is done even if nobody waits for it any more."""
        return await asyncio.to_thread(work, *args, **more)

    async def connect(self) -> Caps:
        if self._own:
            await self._do(self._local.begin, self._account)
        return Caps(server=_("this machine"), push=True, delta=True, move=True, safe_expunge=True, local=True)

    # -- folders

    async def folders(self) -> list[RemoteFolder]:
        listed = {folder.path: _remote(folder) for folder in await self._do(self._local.folders, self._account)}
        for path in list(listed):
            levels = path.split("/")
            for depth in range(1, len(levels)):
                parent = "/".join(levels[:depth])
                if parent not in listed:
                    listed[parent] = RemoteFolder(parent, parent, selectable=False)
        return sorted(listed.values(), key=lambda folder: (folder.name != "INBOX", folder.name))

    async def status(self, folder: str) -> FolderStatus:
        return _status(await self._folder(folder))

    async def change_folder(self, change: FolderChange) -> RemoteFolder | None:
        match change.kind:
            case FolderChangeKind.CREATE:
                await self._do(self._local.create, self._account, change.path, change.role)
            case FolderChangeKind.RENAME:
                await self._do(self._local.rename, self._account, change.path, change.new_path)
            case FolderChangeKind.DELETE:
                await self._do(self._local.delete, self._account, change.path)
            case _:
                wanted = change.kind is FolderChangeKind.SUBSCRIBE
                await self._do(self._local.subscribe, self._account, change.path, subscribed=wanted)
        path = change.new_path or change.path
        return next((folder for folder in await self.folders() if folder.name == path), None)

    async def _folder(self, name: str, uidvalidity: int | None = None) -> LocalFolder:
        return await self._do(self._local.folder, self._account, name, uidvalidity)

    # -- changes

    async def changes(self, folder: str, cursor: bytes, local: LocalView) -> AsyncIterator[Page]:
        box = await self._folder(folder)
        known = _read_cursor(cursor)
        reset = known is not None and known[0] != box.id
        if known is None or reset:
            known = (box.id, box.modseq, box.uidnext, box.uidnext)
            room = FIRST_PAGE
        else:
            room = PAGE
        _id, seen, fresh, below = known
        flags = await self._do(self._local.items, box.id, "modseq > ? AND uid >= ? AND uid < ?", seen, below, fresh)
        vanished = () if reset or not cursor else await self._do(self._vanished, box, local)
        first = True
        while True:
            # What has come since in its order, so that a cursor in the middle says what is still to come …
            new = await self._do(
                self._local.items,
                box.id,
                "uid IN (SELECT uid FROM local_item WHERE folder = ? AND uid >= ? AND uid < ? ORDER BY uid LIMIT ?)",
                *(box.id, fresh, box.uidnext, PAGE),
            )
            fresh = new[0].uid + 1 if len(new) == PAGE else box.uidnext
            older: list[LocalItem] = []
            if fresh == box.uidnext and below:  # … and then what is older, newest first
                older = await self._do(
                    self._local.items,
                    box.id,
                    "uid IN (SELECT uid FROM local_item WHERE folder = ? AND uid < ? ORDER BY uid DESC LIMIT ?)",
                    *(box.id, below, room),
                )
                below = older[-1].uid if len(older) == room else 0
            last = fresh == box.uidnext and not below
            yield Page(
                uidvalidity=box.id,
                cursor=json.dumps([box.id, box.modseq, fresh, below]).encode(),
                new=await self._do(self._new, [*new, *older]),
                flags=[FlagChange(one.uid, one.flags, one.keywords, one.modseq) for one in flags] if first else (),
                vanished=vanished if first else (),
                reset=reset and first,
                last=last,
                total=box.total,
            )
            first, room = False, PAGE
            if last:
                break
        self._told[folder] = max(self._told.get(folder, 0), box.modseq)

    def _vanished(self, box: LocalFolder, local: LocalView) -> tuple[int, ...]:
        there = set(self._local.uids(box.id))
        return tuple(uid for uid in local.uids() if uid not in there)

    def _new(self, items: Sequence[LocalItem]) -> list[NewMessage]:
        return [
            NewMessage(
                item.uid,
                item.flags,
                item.keywords,
                item.received,
                item.size,
                list_header(self._head(item)),
                modseq=item.modseq,
            )
            for item in items
        ]

    def _head(self, item: LocalItem) -> bytes:
        head = self._local.raw.head(item.raw, _HEAD)
        return head[0] if head is not None else b""

    # -- messages

    async def bodies(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> AsyncIterator[Body]:
        box = await self._folder(folder, uidvalidity)
        left = deque(uids)
        while left:
            for body in await self._do(self._next_bodies, box, left):
                yield body

    def _next_bodies(self, box: LocalFolder, left: deque[int]) -> list[Body]:
        """Some of ``left``, which it shortens: the way to a thread and back takes longer than reading a message."""
        found: list[Body] = []
        octets = 0
        while left and octets < _CHUNK and len(found) < _TOGETHER:
            uid = left.popleft()
            raw = self._raw(box, uid)
            if raw is not None:
                found.append(Body(uid, raw))
                octets += len(raw)
        return found

    def _raw(self, box: LocalFolder, uid: int) -> bytes | None:
        found = self._local.items(box.id, "uid = ? AND whole = 1", uid)
        return self._local.raw.read(found[0].raw) if found else None

    async def fetch(self, folder: str, uidvalidity: int, uid: int, sink: BinaryIO, part: str = "") -> int:
        box = await self._folder(folder, uidvalidity)
        item = await self._do(self._local.item, box.id, uid)
        if not item.whole:
            raise Refused(_("Only the header of this message is here; the rest is still on the server."))
        return await self._do(self._copy, item, sink, part)

    def _copy(self, item: LocalItem, sink: BinaryIO, part: str) -> int:
        stream = self._local.raw.open(item.raw)
        if stream is None:
            raise Gone(_("The file of this message is missing: {name}.").format(name=item.raw))
        with stream:
            if part:
                found = part_bytes(stream.read(), part)
                if found is None:
                    raise Gone(_("The message has no such part."))
                return sink.write(found)
            octets = 0
            while chunk := stream.read(_CHUNK):
                octets += sink.write(chunk)
            return octets

    async def apply(self, operation: RemoteOperation) -> RemoteResult:
        box = await self._folder(operation.folder, operation.uidvalidity)
        uids = tuple(dict.fromkeys(operation.uids))
        if operation.kind is ChangeKind.EXPUNGE:
            await self._do(self._local.expunge, box.id, uids)
            return RemoteResult(uids)
        if operation.kind is ChangeKind.FLAGS:
            there = await self._do(
                self._local.set_flags,
                box.id,
                uids,
                operation.add,
                operation.remove,
                operation.add_keywords,
                operation.remove_keywords,
            )
            places: dict[int, int] = {}
            uidvalidity = 0
        else:
            try:
                target = await self._folder(operation.target)
            except Gone as error:
                raise Refused(_("There is no folder {name} to put it into.").format(name=operation.target)) from error
            there, places = await self._do(
                self._local.transfer,
                box,
                uids,
                target,
                move=operation.kind is ChangeKind.MOVE,
                since=operation.target_uidnext,
            )
            uidvalidity = target.id
        done = tuple(uid for uid in uids if uid in there or uid in places)
        return RemoteResult(done, tuple(uid for uid in uids if uid not in done), uidvalidity, places)

    async def append(
        self, folder: str, raw: BinaryIO, size: int, flags: Flag, keywords: tuple[str, ...], received: int
    ) -> Appended:
        box = await self._folder(folder)

        def put() -> int:
            left = size

            def chunks() -> Iterator[bytes]:
                nonlocal left
                while left and (chunk := raw.read(min(left, _CHUNK))):
                    left -= len(chunk)
                    yield chunk
                if left:
                    raise Refused(_("The message to be added is shorter than announced."))

            name = self._local.raw.put_stream(chunks())
            item = NewItem(name, size, received or int(self._clock.now()), self._account, flags, keywords)
            return self._local.add(box, [item])[0]

        return Appended(box.id, await self._do(put))

    async def find_appended(self, folder: str, message_id: str, uidnext: int) -> Appended | None:
        box = await self._folder(folder)

        def find() -> int | None:
            wanted = message_id.encode()
            items = self._local.items(box.id, "uid >= ?", uidnext)
            return next((item.uid for item in items if own_id(self._head(item)) == wanted), None)

        uid = await self._do(find)
        return None if uid is None else Appended(box.id, uid)

    async def search(self, folder: str, text: str) -> list[int]:
        box = await self._folder(folder)

        def find() -> list[int]:
            items = self._local.items(box.id)
            return [item.uid for item in items if holds(self._local.raw.read(item.raw) or b"", text)]

        return await self._do(find)

    # -- news

    async def wait(self, folder: str, seconds: float) -> bool:
        told = self._told.setdefault(folder, (await self._folder(folder)).modseq)
        loop = asyncio.get_running_loop()
        event = asyncio.Event()

        def heard() -> None:
            loop.call_soon_threadsafe(event.set)

        local = self._local
        self._waiting.add(event)
        local.listeners.add(heard)
        self._interrupted = False
        now = told
        try:
            async with asyncio.timeout(seconds):
                while not self._interrupted and (now := (await self._folder(folder)).modseq) <= told:
                    await event.wait()
                    event.clear()
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(event)
            local.listeners.discard(heard)
        self._told[folder] = max(now, told)
        return now > told

    async def interrupt(self) -> None:
        self._interrupted = True
        for event in self._waiting:
            event.set()

    async def close(self) -> None:
        await self.interrupt()
        opened, self._opened = self._opened, None
        if opened is not None:
            await self._do(opened.close)


def _read_cursor(cursor: bytes) -> tuple[int, int, int, int] | None:
    """UIDVALIDITY, change number, the lowest UID not handed out as new, the lowest handed out; None to begin anew."""
    try:
        uidvalidity, modseq, fresh, below = json.loads(cursor)
    except (ValueError, TypeError):
        return None
    return int(uidvalidity), int(modseq), int(fresh), int(below)


def _status(folder: LocalFolder) -> FolderStatus:
    return FolderStatus(folder.total, folder.unread, folder.id, folder.uidnext, folder.modseq)


def _remote(folder: LocalFolder) -> RemoteFolder:
    return RemoteFolder(
        folder.path,
        folder.path,
        folder.role,
        subscribed=folder.subscribed,
        status=_status(folder),
        identity=str(folder.id),
    )
