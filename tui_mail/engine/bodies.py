"""Bringing whole messages here: by policy, newest first, and at once for a person who waits.

Owns the policy and the size of batches. Must not know when it runs (``engine.session`` does).
"""

from __future__ import annotations

import asyncio
import io
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui_mail.backends.protocol import MailBackend
from tui_mail.config.accounts import Account, Kind
from tui_mail.engine.cache import limit_of, make_room
from tui_mail.engine.core import Core
from tui_mail.engine.folders import Folders
from tui_mail.engine.intake import submit_bodies
from tui_mail.engine.lanes import Urgency
from tui_mail.link.messages import Progress
from tui_mail.mime.searchtext import search_text
from tui_mail.model.errors import Gone, NotFound, Refused
from tui_mail.model.ids import AccountName, FolderId, ItemId
from tui_mail.model.mail import Role
from tui_mail.model.remote import Body
from tui_mail.model.words import _
from tui_mail.store.mirror.results import ServerFolder

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

log = logging.getLogger(__name__)

_DAY = 86_400
_KIB = 1024
_BATCH_FIRST = 50
_BATCH_MOST = 500
_QUICK = 0.5
_SLOW = 1.5
_ENDLESS = 1 << 62
_CHUNK_OCTETS = 512 * 1024
_CHUNK_MESSAGES = 50
_CHUNKS = 2
"""Chunks handed to the store and not yet there."""
_LISTED = 2000
_TOLD_OCTETS = 128 * 1024
"""Octets of one message between two words about how far it is."""

Came = Callable[[bytes, Mapping[str, int] | None], Awaitable[None]]
"""Told of a message, or of its outline and the sizes of what that lacks, before the store takes it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Which bodies are fetched ahead; zeros as ``Writer.wants_bodies`` takes them."""

    since: int
    most: int

    @classmethod
    def of(cls, name: str, account: Account, now: float) -> Policy | None:
        """The policy called none (None), recent or all, with the limits of the account."""
        if name == "none":
            return None
        if name == "all":
            return cls(0, 0)
        return cls(int(now) - account.body_days * _DAY, account.body_size * _KIB)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the server has a message, and its size there."""

    name: str
    """The server's name of the folder."""
    folder: FolderId
    uidvalidity: int
    uid: int
    size: int


class Bodies:
    """The bodies of one connected account."""

    def __init__(self, core: Core, account: Account, backend: MailBackend, folders: Folders) -> None:
        self._core = core
        self._account = account
        self._backend = backend
        self._folders = folders
        self._in_vain: dict[FolderId, set[int]] = {}
        """UIDs the server was asked for and did not give: not asked for again over this connection."""
        self._batch = _BATCH_FIRST

    @property
    def _own_policy(self) -> str:
        """Of an account of which nothing else is said: what is on this disk costs nothing to read, and search wants it."""
        local = self._account.kind is Kind.POP3
        return self._account.bodies or ("all" if local else self._core.settings.sync.bodies)

    async def fill(self, policy: str = "", path: str = "", *, asked: bool = False) -> None:
        """Fetch what the policy wants and is not here, folder by folder (or in the one at ``path``).

        "" is the account's own policy. ``asked``: by a person, so that a pause does not count.
        """
        policy = policy or self._own_policy
        wanted = Policy.of(policy, self._account, self._core.timing.now())
        if wanted is None:
            return
        room, since = await self._room()
        wanted = replace(wanted, since=max(wanted.since, since))
        for folder in await self._folders.wanted(path):
            if folder.role in (Role.JUNK, Role.TRASH) and policy != "all" and not path:
                continue
            try:
                room -= await self._folder(folder, wanted, room, asked=asked)
            except (Gone, Refused) as error:
                log.info("%s: bodies of folder %d: %s", self._account.name, folder.id, error.text)
        await make_room(self._core, (self._account,))

    async def _room(self) -> tuple[int, int]:
        """How many octets more may be kept, and since when received bodies are wanted at all."""
        limit = limit_of(self._account)
        if not limit:
            return _ENDLESS, 0
        kept = await self._core.write(Urgency.BODIES, lambda writer: writer.kept_bodies(self._account.name, limit))
        return limit - kept.octets, kept.since

    async def these(self, items: Sequence[ItemId]) -> list[ItemId]:
        """Fetch the bodies of those items that are of this account, not here and not large; for what is on a screen.

        Returns those of this account.
        """
        known = await self._core.read(lambda reader: (reader.items(items), reader.refs(items)))
        mine = [item for item in known[0] if item.account == self._account.name]
        largest = self._account.body_size * _KIB
        ahead = not self._core.paused and self._own_policy != "none"
        missing = {item.id for item in mine if ahead and not item.has_body and item.size <= largest}
        places: dict[tuple[FolderId, int], list[int]] = {}
        for ref in known[1]:
            if ref.item in missing and ref.uid:
                places.setdefault((ref.folder, ref.uidvalidity), []).append(ref.uid)
        for (folder, uidvalidity), uids in places.items():
            found = await self._server_folder(folder)
            if found is not None and found.name and found.uidvalidity == uidvalidity:
                await self._some(found, uids, Urgency.NEWS)
        return [item.id for item in mine]

    async def fetch(self, item: ItemId, came: Came | None = None) -> None:
        """Bring one whole message here, however large. Raises NotFound, Gone."""
        await self.at_place(item, lambda place: self._whole(item, place, came))

    async def at_place(self, item: ItemId, work: Callable[[Place], Awaitable[None]]) -> None:
        """Do ``work`` with where the server has a message whose body is not here. Raises NotFound, Gone."""
        for again in (True, False):
            known = await self._core.read(lambda reader: (reader.items((item,)), reader.refs((item,))))
            if not known[0]:
                raise NotFound(_("There is no message {number}.").format(number=item))
            if known[0][0].has_body:
                return
            ref = known[1][0] if known[1] else None
            folder = None if ref is None else await self._server_folder(ref.folder)
            if ref is None or not ref.uid or folder is None or not folder.name:
                raise Gone(_("The message is not on the server yet: try again when what waits has been carried out."))
            try:
                await work(Place(folder.name, folder.id, ref.uidvalidity, ref.uid, known[0][0].size))
            except Gone:
                if not again:
                    raise
                await self._folders.one(folder.id)  # it may have moved meanwhile; its new place is known then
            else:
                return

    async def _whole(self, item: ItemId, place: Place, came: Came | None) -> None:
        told = Telling(self._core, self._account.name, place.folder, place.size)
        sink = _Counting(told)
        try:
            await self._backend.fetch(place.name, place.uidvalidity, place.uid, sink)
            raw = sink.getvalue()
            if came is not None:
                await came(raw, None)
            await self._put(item, place.folder, raw)
        finally:
            told.ended()

    async def _put(self, item: ItemId, folder: FolderId, raw: bytes) -> None:
        text = await asyncio.to_thread(search_text, raw)  # the parsing lane may be busy with a page
        await self._core.write(Urgency.PERSON, lambda writer: writer.put_body(item, raw, text))
        self._core.changed((folder,))

    async def _server_folder(self, folder: FolderId) -> ServerFolder | None:
        return await self._core.write(Urgency.PERSON, lambda writer: writer.server_folder(folder))

    async def _wants(self, folder: FolderId, policy: Policy, limit: int) -> list[int]:
        """UIDs without a body, newest first."""
        wants = await self._core.write(
            Urgency.BODIES, lambda writer: writer.wants_bodies(folder, policy.since, policy.most, limit)
        )
        return [uid for _item, uid in wants]

    async def _folder(self, folder: ServerFolder, policy: Policy, room: int, *, asked: bool) -> int:
        """Fetch the bodies of one folder until ``room`` octets are full; how many octets came."""
        fetched = octets = 0
        in_vain = self._in_vain.setdefault(folder.id, set())
        while True:
            limit = _LISTED + len(in_vain)
            wants = await self._wants(folder.id, policy, limit)
            uids = [uid for uid in wants if uid not in in_vain]
            if not uids:
                return octets
            total = fetched + len(uids) if len(wants) < limit else 0
            for start in range(0, len(uids), _BATCH_MOST):
                for batch in self._batches(uids[start : start + _BATCH_MOST]):
                    if octets >= room or (self._core.paused and not asked):
                        return octets
                    begun = time.perf_counter()
                    got = await self._some(folder, batch, Urgency.BODIES)
                    self._took(len(batch), time.perf_counter() - begun)
                    octets += sum(got.values())
                    in_vain.update(uid for uid in batch if uid not in got)
                    fetched += len(got)
                    self._core.announcer.tell(
                        Progress(account=self._account.name, folder=folder.id, what="bodies", done=fetched, total=total)
                    )

    def _batches(self, uids: Sequence[int]) -> list[Sequence[int]]:
        return [uids[start : start + self._batch] for start in range(0, len(uids), self._batch)]

    def _took(self, count: int, seconds: float) -> None:
        if seconds > _SLOW:
            self._batch = max(10, self._batch // 2)
        elif seconds < _QUICK and count >= self._batch:
            self._batch = min(_BATCH_MOST, self._batch * 2)

    async def _some(self, folder: ServerFolder, uids: Sequence[int], urgency: Urgency) -> dict[int, int]:
        """Fetch and store these; the UIDs that the server gave, with their octets."""
        got: dict[int, int] = {}
        chunk: list[Body] = []
        octets = 0
        under_way: deque[Future[tuple[ItemId, ...]]] = deque()
        bodies = self._backend.bodies(folder.name, folder.uidvalidity, uids)
        try:
            async for body in bodies:
                got[body.uid] = len(body.raw)
                chunk.append(body)
                octets += len(body.raw)
                if octets >= _CHUNK_OCTETS or len(chunk) >= _CHUNK_MESSAGES:
                    under_way.append(submit_bodies(self._core, folder.id, folder.uidvalidity, chunk, urgency))
                    chunk, octets = [], 0
                    if len(under_way) > _CHUNKS:
                        await asyncio.wrap_future(under_way.popleft())
            if chunk:
                under_way.append(submit_bodies(self._core, folder.id, folder.uidvalidity, chunk, urgency))
            while under_way:
                await asyncio.wrap_future(under_way.popleft())
        finally:
            for future in under_way:
                future.cancel()
            await _close(bodies)
        self._core.changed((folder.id,))
        return got


class Telling:
    """Tells who waits for a long message how far it is."""

    def __init__(self, core: Core, account: AccountName, folder: FolderId, size: int) -> None:
        self._core = core
        self._place = (account, folder)
        self._size = size
        self._told = 0
        self._loop = asyncio.get_running_loop()

    def came(self, done: int) -> None:
        """So many octets are here; on any thread."""
        if done - self._told >= _TOLD_OCTETS:
            self._told = done
            # A connection has a thread of its own, and writes from there.
            self._loop.call_soon_threadsafe(self._tell, done, max(self._size, done + 1))

    def ended(self) -> None:
        """Nothing more comes: it is here, or will not be."""
        if self._told:
            self._tell(self._told, self._told)

    def _tell(self, done: int, total: int) -> None:
        account, folder = self._place
        self._core.announcer.tell(Progress(account=account, folder=folder, what="message", done=done, total=total))


class _Counting(io.BytesIO):
    """Takes a message, and tells of it."""

    def __init__(self, told: Telling) -> None:
        super().__init__()
        self._told = told

    def write(self, data: ReadableBuffer, /) -> int:
        written = super().write(data)
        self._told.came(self.tell())
        return written


async def _close(bodies: AsyncIterator[Body]) -> None:
    """End an asynchronous generator that may not have been read to its end, so that its connection is free."""
    close = getattr(bodies, "aclose", None)
    if close is not None:
        await close()
