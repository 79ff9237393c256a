"""Bringing an account's folders here and keeping them as the server has them.

Owns the order of folders, the decision what need not be looked at, and the guard against mass deletion. Must not know
when it runs (``engine.session`` does) nor how a server is spoken to.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from tui_mail.backends.protocol import LeavesOldMail, MailBackend
from tui_mail.config.accounts import Account
from tui_mail.config.policies import synchronises
from tui_mail.engine.abreast import lanes, together
from tui_mail.engine.core import Core
from tui_mail.engine.intake import Intake
from tui_mail.engine.lanes import Urgency
from tui_mail.link.messages import Progress, Trouble
from tui_mail.model.errors import Gone, NotFound, Refused
from tui_mail.model.ids import FolderId, OperationId
from tui_mail.model.mail import Role
from tui_mail.model.remote import FolderStatus, Page
from tui_mail.model.words import _
from tui_mail.store.mirror.results import ServerFolder, Stored
from tui_mail.store.writer import Writer

log = logging.getLogger(__name__)

_LAST = (Role.ALL, Role.JUNK, Role.TRASH)
_FIRST = (Role.INBOX, Role.SENT, Role.DRAFTS, Role.ARCHIVE)
_TRUST_SECONDS = 900.0
"""How long equal numbers mean "nothing changed" where the server has no counter of changes (RFC 7162)."""
_NUMBERS_SECONDS = 900.0
"""Between looks at the numbers of a folder that is not synchronised, where the server's list does not tell them."""
_DAY = 86_400
_LEAST_STRETCH = 30 * _DAY
_GUARD_LEAST = 50
_GUARD_SHARE = 5


@dataclass(slots=True)
class Totals:
    """What was achieved for an account since the engine started."""

    new: int = 0
    operations: int = 0
    told: set[OperationId] | None = None
    """Operations whose end in a refusal or conflict clients have heard of; None before the first look."""


@runtime_checkable
class ComparesCursors(Protocol):
    """A backend that can tell from its own cursor that a folder is as the store has it; across restarts, too."""

    def is_current(self, cursor: bytes, status: FolderStatus, count: int) -> bool:
        """True when ``status`` says that nothing is newer than ``cursor`` and the server has ``count`` messages."""
        ...

    def nothing_in(self, folder: str, status: FolderStatus) -> Page | None:
        """The only page of a folder of which ``status`` says that it is empty; None when it does not say enough."""
        ...


@dataclass(frozen=True, slots=True)
class _Seen:
    """A folder's numbers when it was last looked at, and when that was."""

    status: FolderStatus
    at: float


class Folders:
    """The folders of one connected account."""

    def __init__(self, core: Core, account: Account, backend: MailBackend, totals: Totals) -> None:
        self._core = core
        self._account = account
        self._backend = backend
        self._totals = totals
        self._locks: defaultdict[FolderId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._seen: dict[FolderId, _Seen] = {}
        self._numbers: dict[FolderId, float] = {}
        """When the server was last asked for the numbers of a folder that is not synchronised."""
        self._told_refused: set[FolderId] = set()
        self.listing = asyncio.Lock()
        """Held while the list of folders is read and stored, and while a folder is made, renamed or deleted: a list from
        before would say of a new folder that it is not there."""
        self.watched: Callable[[], set[FolderId]] = set
        """Folders that clients have on screen."""
        self.on_page: Callable[[], None] = lambda: None
        """Called after every page stored: there may be bodies to fetch, operations whose messages have a place now."""
        self.on_reset: Callable[[], Awaitable[None]] = _nothing
        """Called when every UID of a folder was void and the folder is as the server has it again."""

    async def refresh(self) -> dict[FolderId, FolderStatus | None]:
        """Ask for the list of folders and store it; the server's numbers as far as they came with it."""
        async with self.listing:
            listed = await self._backend.folders()
            stored = await self._core.write(Urgency.NEWS, lambda writer: writer.put_folders(self._account.name, listed))
        if stored.changed:
            self._core.list_changed()
            self._core.changed(stored.changed)
        return {stored.ids[folder.name]: folder.status for folder in listed if folder.name in stored.ids}

    async def every(self) -> list[ServerFolder]:
        """The folders that can be read, synchronised or not."""
        known = await self._core.write(Urgency.NEWS, lambda writer: writer.server_folders(self._account.name))
        return [folder for folder in known if folder.selectable and folder.name]

    async def wanted(self, path: str = "") -> list[ServerFolder]:
        """The folders to be synchronised, the most urgent first; with ``path`` only that one (by path or role)."""
        folders = await self.every()
        if path:
            named = [folder for folder in folders if folder.path == path]
            return named or [folder for folder in folders if folder.role is not None and folder.role.value == path]
        watched = self.watched()
        folders = [folder for folder in folders if synchronises(self._account, folder.path)]
        return sorted(folders, key=lambda folder: _rank(folder, watched))

    async def round(self, path: str = "", *, asked: bool = False) -> None:
        """One look at everything: the list, then every folder whose numbers do not say that nothing changed.

        A folder that is gone or refused does not stop the others. ``asked``: by a person, so that a pause does not count.
        Raises NotFound for a ``path`` that is not there.
        """
        numbers = await self.refresh()
        folders = await self.wanted(path)
        if path and not folders:
            raise NotFound(_("{account} has no folder {folder}.").format(account=self._account.name, folder=path))
        left = iter(folders)
        quiet: list[FolderId] = []

        async def look() -> None:
            for folder in left:
                if self._waits(folder, asked=asked):
                    continue
                if await self._look(folder, numbers.get(folder.id), asked=asked):
                    quiet.append(folder.id)

        new = [folder for folder in folders if not folder.cursor]
        await together([look() for _lane in range(lanes(self._backend, [numbers.get(folder.id) for folder in new]))])
        if quiet:
            await self._core.write(Urgency.NEWS, lambda writer: writer.found_current(quiet))
        if not path:
            await self._numbers_of_others(numbers)

    async def _look(self, folder: ServerFolder, status: FolderStatus | None, *, asked: bool) -> bool:
        """Bring what is newer in one folder. True when ``status`` or what the server says of it shows that nothing is."""
        try:
            if status is None and folder.complete:
                status = await self._backend.status(folder.name)
            quiet = folder.complete and self._is_quiet(folder, status)
            if not quiet and not await self._nothing(folder, status):
                before = self._totals.operations
                await self.one(folder.id, asked=asked)
                if status is not None and self._totals.operations == before:
                    self._seen[folder.id] = _Seen(status, self._core.timing.monotonic())
            self._told_refused.discard(folder.id)
            return quiet
        except Gone:
            log.info("%s: folder %d is gone; the next list will tell", self._account.name, folder.id)
        except Refused as error:
            self._tell_refused(folder, error)
        return False

    async def _numbers_of_others(self, told: dict[FolderId, FolderStatus | None]) -> None:
        """The numbers of folders that are not synchronised are shown, too."""
        now = self._core.timing.monotonic()
        for folder in await self.every():
            asked = self._numbers.get(folder.id, float("-inf"))
            if synchronises(self._account, folder.path) or told.get(folder.id) or now - asked < _NUMBERS_SECONDS:
                continue
            self._numbers[folder.id] = now
            try:
                await self._ask_numbers(folder)
            except (Gone, Refused) as error:
                log.info("%s: the numbers of folder %d: %s", self._account.name, folder.id, error.text)

    async def _ask_numbers(self, folder: ServerFolder) -> None:
        status = await self._backend.status(folder.name)
        await self._core.write(Urgency.NEWS, lambda writer: writer.put_status(folder.id, status))
        self._core.changed((folder.id,))

    def _waits(self, folder: ServerFolder, *, asked: bool) -> bool:
        """True for what a pause puts off: folders that nobody looks at and of which only a part is here."""
        watched = folder.role is Role.INBOX or folder.id in self.watched()
        return self._core.paused and not asked and not folder.complete and not watched

    async def read_anew(self, path: str) -> None:
        """Have the next round read all of a folder again. Nothing of what is here goes by that."""
        for folder in await self.wanted(path):
            await self._forget(folder.id)

    async def _forget(self, folder: FolderId) -> None:
        self._seen.pop(folder, None)
        await self._core.write(Urgency.PERSON, lambda writer: writer.read_anew(folder))

    async def further(self, path: str, *, whole: bool) -> None:
        """Bring mail of one folder that was left on the server: all of it, or the next stretch, twice as far back."""
        for folder in await self.wanted(path):
            while folder.older:
                held = folder.held
                folder = await self._stretch(folder, whole=whole)  # noqa: PLW2901 -- the same folder, as it is now
                if not folder.reach or folder.held > held:
                    break

    async def _stretch(self, folder: ServerFolder, *, whole: bool) -> ServerFolder:
        """Read a folder further back; the folder as it is then."""
        now = int(self._core.timing.now())
        since = 0 if whole else max(0, now - max(2 * (now - folder.read_from), _LEAST_STRETCH))
        await self._core.write(Urgency.PERSON, lambda writer: writer.reach(folder.id, since))
        await self.one(folder.id, asked=True)
        found = await self._core.write(Urgency.PERSON, lambda writer: writer.server_folder(folder.id))
        return found or replace(folder, older=0)

    def reading(self, folder: FolderId) -> asyncio.Lock:
        """Held while this folder is read."""
        return self._locks[folder]

    async def one(self, folder: FolderId, *, asked: bool = False) -> None:
        """Bring what is newer in one folder. Raises Gone, Refused, Unreachable and the like."""
        async with self._locks[folder]:
            before = self._totals.operations
            found = await self._core.write(Urgency.NEWS, lambda writer: writer.server_folder(folder))
            if found is None or not found.selectable or not found.name:
                return
            try:
                doubtful = await self._pages(found, frozenset(), asked=asked)
                if doubtful is not None:
                    log.warning(
                        "%s: the server no longer has %d of %d messages of folder %d; asking once more",
                        self._account.name, len(doubtful), found.held, folder,
                    )  # fmt: skip
                    await self._pages(found, doubtful, asked=asked)
            except NotFound as error:
                raise Gone(error.text) from error  # deleted from here while it was read
            if self._totals.operations != before:
                # Flags that were read before a change of ours may be stored after it, and equal numbers would hide that.
                self._seen.pop(folder, None)

    async def _pages(
        self, folder: ServerFolder, agreed: frozenset[int], *, asked: bool = False
    ) -> frozenset[int] | None:
        """Store every page of changes. Returns the vanished when there are too many to believe in at once: nothing of
        that page is stored then. ``agreed`` are those that an earlier answer named too.
        """
        cursor = await self._core.write(Urgency.NEWS, lambda writer: writer.cursor(folder.id))
        since = self._since(folder)
        bulk = not folder.complete or not cursor or bool(folder.older and since < folder.read_from)
        intake = Intake(self._core, folder.id, cursor, Urgency.HEADERS if bulk else Urgency.NEWS)
        if isinstance(self._backend, LeavesOldMail):
            pages = self._backend.changes_since(folder.name, cursor, intake, since)
        else:
            pages = self._backend.changes(folder.name, cursor, intake)
        held = folder.held if cursor else 0
        first, reset = True, False
        try:
            async for page in pages:
                reset = reset or page.reset
                if len(page.vanished) > max(_GUARD_LEAST, held // _GUARD_SHARE) and not page.reset:
                    if not agreed:
                        await intake.drain()
                        return frozenset(page.vanished)
                    page = replace(page, vanished=sorted(agreed.intersection(page.vanished)))  # noqa: PLW2901 -- the same page, believed as far as both answers agree
                intake.put(replace(page, since=since))
                held += len(page.new)
                for stored in await intake.drain() if first else await intake.room():
                    self._stored(folder, stored, bulk=bulk)
                first = False
                if bulk:
                    self._progress(folder, page, held)
                    if self._core.paused and not asked:
                        break  # the cursor is where the next round goes on
            for stored in await intake.drain():
                self._stored(folder, stored, bulk=bulk)
            if reset:
                await self.on_reset()
        finally:
            await intake.abandon()
            await _close(pages)
        return None

    async def _nothing(self, folder: ServerFolder, status: FolderStatus | None) -> bool:
        """True when a folder of which nothing is known is empty, as the list says: it need not be opened."""
        if folder.cursor or folder.held or folder.awaiting or status is None:
            return False
        page = self._backend.nothing_in(folder.name, status) if isinstance(self._backend, ComparesCursors) else None
        if page is None:
            return False

        def store(writer: Writer) -> Stored | None:
            now = writer.server_folder(folder.id)
            if now is None or now.cursor or now.held or now.awaiting:
                return None  # it is gone, was read in the meantime, or something was put there
            return writer.put_page(folder.id, replace(page, since=self._since(folder)), ())

        async with self._locks[folder.id]:
            stored = await self._core.write(Urgency.NEWS, store)
        if stored is None:
            return False
        self._stored(folder, stored, bulk=False)
        return True

    def _stored(self, folder: ServerFolder, stored: Stored, *, bulk: bool) -> None:
        self._totals.new += len(stored.items)
        told = len(stored.new_unread) if not bulk and folder.role is Role.INBOX else 0
        self._core.changed(stored.folders, told)
        self.on_page()

    def _progress(self, folder: ServerFolder, page: Page, held: int) -> None:
        total = max((page.total or 0) - page.older, held)
        self._core.announcer.tell(
            Progress(account=self._account.name, folder=folder.id, what="headers", done=held, total=total)
        )

    def _since(self, folder: ServerFolder) -> int:
        """How far back the folder is to be read, seconds UTC; 0: all of it."""
        if folder.reach is not None:
            return folder.reach
        days = self._account.since
        return int(self._core.timing.now()) - days * _DAY if days else 0

    def _is_quiet(self, folder: ServerFolder, status: FolderStatus | None) -> bool:
        if folder.awaiting or (folder.older and self._since(folder) < folder.read_from):
            return False
        if status is not None and isinstance(self._backend, ComparesCursors):
            if self._backend.is_current(folder.cursor, status, folder.held):
                return True
            if status.highestmodseq is not None:
                return False
        seen = self._seen.get(folder.id)
        if seen is None or status is None or seen.status != status:
            return False
        return status.highestmodseq is not None or self._core.timing.monotonic() - seen.at < _TRUST_SECONDS

    def _tell_refused(self, folder: ServerFolder, error: Refused) -> None:
        log.warning("%s: folder %d is refused: %s", self._account.name, folder.id, error.text)
        if folder.id not in self._told_refused:
            self._told_refused.add(folder.id)
            text = _("The server does not let {folder} be read: {reason}").format(folder=folder.path, reason=error.text)
            self._core.announcer.tell(Trouble(account=self._account.name, kind=error.kind, text=text))


def _rank(folder: ServerFolder, watched: set[FolderId]) -> tuple[int, str]:
    if folder.role is Role.INBOX:
        return 0, ""
    if folder.id in watched:
        return 1, folder.path
    if folder.role in _LAST:
        return 30 + _LAST.index(folder.role), folder.path
    return (2 + _FIRST.index(folder.role) if folder.role in _FIRST else 20), folder.path


async def _nothing() -> None:
    """Nobody wants to know."""


async def _close(pages: AsyncIterator[Page]) -> None:
    """End an asynchronous generator that may not have been read to its end, so that its connection is free."""
    close = getattr(pages, "aclose", None)
    if close is not None:
        await close()
