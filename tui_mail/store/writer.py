"""The engine's hand in the store: the only writer of mail.db, used by one thread.

Owns the order of commits between the two files: mail.db first, then keep.db, so that a crash repeats and never
forgets. A face over the parts that do the work. Must not know a server.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from tui_mail.config.accountfiles import former_names, load_account_files
from tui_mail.config.paths import Home
from tui_mail.model.clock import Clock
from tui_mail.model.ids import AccountName, FolderId, ItemId
from tui_mail.model.operation import Operation, OperationState
from tui_mail.model.remote import Appended, FolderStatus, Page, RemoteFolder, RemoteResult
from tui_mail.store.disk.rawfiles import Landing
from tui_mail.store.disk.sqlite import translated
from tui_mail.store.mirror.arrival import Arrival
from tui_mail.store.mirror.bodies import Bodies
from tui_mail.store.mirror.drawn import Drawn
from tui_mail.store.mirror.folders import Folders
from tui_mail.store.mirror.outlines import Outlines
from tui_mail.store.mirror.pages import Pages
from tui_mail.store.mirror.placing import Pending, differs, rows, server_state, settle
from tui_mail.store.mirror.results import (
    BodyText,
    Folded,
    FoldersStored,
    Kept,
    LocalView,
    NewBody,
    ServerFolder,
    Stored,
)
from tui_mail.store.operations.folding import Folding
from tui_mail.store.operations.ledger import Ledger
from tui_mail.store.operations.outcomes import Outcomes
from tui_mail.store.operations.readiness import Readiness
from tui_mail.store.tables import alerts, leaving
from tui_mail.store.tables.keepdb import KeepDb
from tui_mail.store.tables.maildb import MailDb
from tui_mail.store.tables.rows import beginning
from tui_mail.store.upkeep import renaming
from tui_mail.store.upkeep.eviction import Eviction
from tui_mail.store.upkeep.housekeeping import Housekeeping

T = TypeVar("T")


class Writer:
    """Made after ``files.prepare``, by the holder of the engine lock. Raises StoreFull when the disk is."""

    def __init__(self, home: Home, clock: Clock) -> None:
        self._keep = KeepDb(home, write=True)
        self._db = MailDb(home, clock)
        self._home = home
        self._clock = clock
        self._seen = 0
        self._renamed: list[AccountName] = []
        self._take_names()
        self._load()
        self._outcomes.recover()

    def _take_names(self) -> None:
        """Call accounts as their files do: a rename that was not finished is, as is what came late."""
        former = former_names(load_account_files(self._home))
        self._db.former = dict(former)
        self._seen = self._keep.version()
        renaming.in_keep(self._keep, former)
        with translated(self._db.path):
            self._renamed += renaming.in_mail(self._db, former)

    def _load(self) -> None:
        """Everything held in memory, from the files; also after an error, when memory may be ahead of them."""
        self._pending = Pending()
        self._drawn = Drawn(self._keep)
        self._folders = Folders(self._db, self._keep, self._pending)
        self._pages = Pages(self._db, self._drawn, self._pending)
        self._bodies = Bodies(self._db)
        self._outlines = Outlines(self._db, self._bodies)
        self._eviction = Eviction(self._db, self._pending)
        self._folding = Folding(self._db, self._keep, self._pending, self._folders)
        ledger = Ledger(self._db, self._keep, self._pending)
        self._outcomes = Outcomes(ledger, self._folders)
        self._readiness = Readiness(ledger, self._outcomes.taken_away)
        uuid = self._keep.uuid()
        if self._db.keep_uuid != uuid:
            self._db.keep_uuid = uuid
            self._db.folded_seq = 0
            self._folders.restore()
        for operation in self._keep.operations():
            if operation.id <= self._db.folded_seq:
                self._pending.add(operation)
        self._heal()

    def _heal(self) -> None:
        """Recompute what differs from the server: after a power cut the two files may disagree about it."""
        with translated(self._db.path):
            differing = [
                item
                for (item,) in self._db.connection.execute(
                    "SELECT id FROM item INDEXED BY item_differs"
                    " WHERE folder <> server_folder OR flags <> server_flags OR keywords <> server_keywords"
                )
            ]
        concerned = {ref.item for one in self._pending.operations.values() for ref in one.items}
        found = rows(self._db.connection, {*differing, *concerned})
        for operation in self._pending.operations.values():
            self._pending.park(operation, found)
        wrong = [(row, server_state(row)) for row in found.values() if differs(row, self._pending)]
        if wrong:
            with self._db.changing() as changes:
                settle(self._db.connection, changes, self._pending, wrong)

    def _safely(self, work: Callable[[], T]) -> T:
        """Run ``work``; when it fails, what memory holds is read anew, since the transaction took back its rows."""
        try:
            return work()
        except BaseException:
            self._load()
            raise

    @property
    def rev(self) -> int:
        """The revision of mail.db after the last commit."""
        return self._db.rev

    def fold(self) -> Folded:
        """Carry operations of the journal that are not folded yet into the effective state."""
        if self._db.former and self._seen != (seen := self._keep.version()):
            # Who wrote may not have heard of a new name yet.
            self._seen = seen
            if renaming.in_keep(self._keep, self._db.former):
                self._pending.rename(self._db.former)
        return self._safely(self._folding.fold)

    def put_folders(self, account: AccountName, folders: Sequence[RemoteFolder]) -> FoldersStored:
        """The server's whole list. Folders not in it are hidden, and kept for 30 days."""
        return self._safely(lambda: self._folders.put(account, folders))

    def put_status(self, folder: FolderId, status: FolderStatus) -> None:
        """The server's own numbers, shown until the folder is complete."""
        self._folders.status(folder, status)

    def found_current(self, folders: Sequence[FolderId]) -> None:
        """What is here of these folders was compared with the server, and nothing is newer there."""
        self._folders.current(folders)

    def put_page(self, folder: FolderId, page: Page, arrivals: Sequence[Arrival]) -> Stored:
        """One page with its cursor, in one transaction. ``arrivals`` are made of ``page.new`` (``arrival.arrival_of``).

        Operations not folded yet are folded first. Raises NotFound when the folder is not there any more.
        """
        self.fold()
        stored = self._safely(lambda: self._pages.put(folder, page, arrivals))
        if stored.reset:
            self._safely(lambda: self._outcomes.renumbered(folder))
        if page.last and self._pending.parked:
            self._safely(lambda: self._outcomes.not_found_again(folder))
        return stored

    def reach(self, folder: FolderId, since: int) -> None:
        """From now on this folder is read as far back as ``since`` (seconds UTC; 0: all of it), whatever its account
        says.
        """
        self._folders.reach(folder, since)

    def read_anew(self, folder: FolderId) -> None:
        """Forget how far a folder was read, so that all of it is read again. Nothing of what is here goes by that."""
        self._folders.read_anew(folder)

    def server_folders(self, account: AccountName) -> list[ServerFolder]:
        """The account's folders that the server has, and those that wait to be created."""
        with translated(self._db.path):
            return self._folders.of_account(account)

    def server_folder(self, folder: FolderId) -> ServerFolder | None:
        """One folder as the engine needs it."""
        with translated(self._db.path):
            return self._folders.one(folder)

    def cursor(self, folder: FolderId) -> bytes:
        """The cursor of the last page committed; b"" before the first."""
        found = self.server_folder(folder)
        return found.cursor if found is not None else b""

    def local_view(self, folder: FolderId) -> LocalView:
        """What the store holds of a folder, as of now."""
        with translated(self._db.path):
            return LocalView(
                array(
                    "q",
                    (
                        uid
                        for (uid,) in self._db.connection.execute(
                            "SELECT server_uid FROM item WHERE server_folder = ?1 AND server_uid IS NOT NULL"
                            " UNION ALL SELECT uid FROM emptied WHERE folder = ?1 ORDER BY 1",
                            (folder,),
                        )
                    ),
                )
            )

    def put_body(self, item: ItemId, raw: bytes, text: BodyText) -> bool:
        """The exact bytes of one item. False when the item is gone."""
        return self._bodies.put(item, raw, text)

    def put_bodies(self, folder: FolderId, uidvalidity: int, bodies: Sequence[NewBody]) -> tuple[ItemId, ...]:
        """Bodies of one folder, in one transaction; those whose message is gone are left out of the answer."""
        return self._bodies.put_page(folder, uidvalidity, bodies)

    def put_outline(self, item: ItemId, raw: bytes, absent: Mapping[str, int], text: BodyText) -> bool:
        """An item without the bodies of the parts ``absent`` (and their sizes). False when it is gone, or here."""
        return self._outlines.put(item, raw, absent, text)

    def put_part(self, item: ItemId, path: str, body: Landing) -> bool:
        """One part of an item of which the outline is here, still encoded. False as above."""
        return self._outlines.put_part(item, path, body)

    def put_rendered(self, item: ItemId, prefer: str, rendered: bytes) -> None:
        """Keep a rendering; an older one of the same ``prefer`` is replaced."""
        self._bodies.put_rendered(item, prefer, rendered)

    def put_beginning(self, item: ItemId, prefer: str, rendered: bytes) -> None:
        """Keep what there is of a rendering until there is all of it, or something else is known of the message."""
        self._bodies.put_rendered(item, beginning(prefer), rendered)

    def wants_bodies(self, folder: FolderId, since: int, max_size: int, limit: int) -> list[tuple[ItemId, int]]:
        """Items without a body, (item, UID), newest first: received at or after ``since`` (0: ever), at most
        ``max_size`` octets (0: any).
        """
        with translated(self._db.path):
            return self._bodies.wanted(folder, since, max_size, limit)

    def kept_bodies(self, account: AccountName, limit: int) -> Kept:
        """How much is kept of an account's bodies that may take ``limit`` octets."""
        with translated(self._db.path):
            return self._eviction.kept(account, limit)

    def evict(self, account: AccountName, octets: int) -> int:
        """Remove the oldest bodies of an account that its server has, some hundreds at most, until ``octets`` are free;
        how many octets that made (0: there is no more to remove). They can be fetched again, and are found meanwhile.
        """
        self.fold()  # what waits for a message has to be known
        with translated(self._db.path):
            return self._eviction.evict(account, octets)

    def next_operations(self, account: AccountName) -> list[Operation]:
        """Operations that may be sent now, oldest first, coalesced; ``items`` say where each item is *now*.

        One operation's items may be in several folders: send each folder's by itself and confirm each. UID 0: in that
        folder by an unknown UID; a complete reading of the folder finds it, or finds it gone.
        """
        self.fold()
        return self._safely(lambda: self._readiness.next(account))

    def next_due(self, account: AccountName) -> int | None:
        """When the next waiting operation may be tried, seconds UTC; None when none waits for a time."""
        return self._readiness.due(account)

    def recover(self, account: AccountName) -> None:
        """Nothing of this account is under way: what is marked so, because its end could not be written, is tried
        again.
        """
        self._safely(lambda: self._outcomes.recover(account))

    def start(self, operation: Operation, target_uidnext: int = 0) -> int:
        """Mark as running, durably, before the first octet is sent.

        ``target_uidnext`` (for copy, move, append) is kept at the first start; returned is what an earlier start
        kept (0: this is the first try), for ``RemoteOperation.target_uidnext``.
        """
        return self._safely(lambda: self._outcomes.start(operation, target_uidnext))

    def confirm(
        self,
        operation: Operation,
        result: RemoteResult | Appended | RemoteFolder | None = None,
        folder: FolderId | None = None,
    ) -> bool:
        """The server did it. ``folder``: the source folder ``result`` speaks of.

        Returns True when nothing of the operation is left. Folder operations give the RemoteFolder where there is
        one, APPEND its Appended.
        """
        return self._safely(lambda: self._outcomes.confirm(operation, result, folder))

    def refuse(self, operation: Operation, items: Sequence[ItemId] | None, text: str) -> None:
        """The server said no for good: those items (None: all) go back to the server's state plus what else waits."""
        self._safely(lambda: self._outcomes.refuse(operation, items, text, OperationState.FAILED))

    def retry(self, operation: Operation, error: str, not_before: int) -> None:
        """It did not work out; try again at ``not_before`` (seconds UTC)."""
        self._safely(lambda: self._outcomes.retry(operation, error, not_before))

    def conflict(self, operation: Operation, text: str) -> None:
        """It cannot be carried out without the person; its effect is taken back."""
        self._safely(lambda: self._outcomes.refuse(operation, None, text, OperationState.CONFLICT))

    def note_alert(self, account: AccountName, text: str) -> bool:
        """Keep what a server wants a person to read; False when it was read lately."""
        with self._keep.changing() as connection:
            return alerts.note(connection, account, text, int(self._clock.now()))

    def left_list(self, account: AccountName, name: str, way: str, target: str) -> None:
        """Remember that a mailing list was left; see ``store.tables.leaving``."""
        with self._keep.changing() as connection:
            leaving.note(connection, account, name, leaving.Leave(way, target[:500], int(self._clock.now())))

    def drop_account(self, account: AccountName) -> None:
        """Remove everything of an account from both files, but for local mail."""
        self._safely(lambda: self._housekeeping().drop_account(account))
        self._load()

    def renamed_accounts(self) -> list[AccountName]:
        """Bring both files to the names that the files of accounts say now; which names are gone since the last call."""
        self._take_names()
        self._pending.rename(self._db.former)
        gone, self._renamed = self._renamed, []
        return gone

    def holds(self, account: str) -> bool:
        """True when something is here under this name, be it of an account that is no more."""
        return account in self._db.accounts or renaming.holds(self._keep, account)

    def tidy(self) -> None:
        """Housekeeping, for idle minutes: old actions, unlinked items, unused contents and files, the backup."""
        self._housekeeping().tidy()

    def rest(self) -> None:
        """Give back the memory that bulk work took and shorten the log; what is read next is read from the file."""
        with translated(self._db.path):
            self._db.connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            self._db.connection.execute("PRAGMA shrink_memory")

    def _housekeeping(self) -> Housekeeping:
        return Housekeeping(self._db, self._keep, self._pending, self._folders, self._clock)

    def close(self) -> None:
        """Close the connections."""
        self._db.close()
        self._keep.close()
