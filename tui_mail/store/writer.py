"""The engine's hand in the store: the only writer of mail.db, used by one thread.

Owns the order of commits between the two files: mail.db first, then keep.db, so that a crash repeats and never
forgets. Must not know a server.
"""

from __future__ import annotations

from collections.abc import Sequence

from tui_mail.config.paths import Home
from tui_mail.model.clock import Clock
from tui_mail.model.ids import AccountName, FolderId, ItemId
from tui_mail.model.operation import Operation
from tui_mail.model.remote import Appended, FolderStatus, Page, RemoteFolder, RemoteResult
from tui_mail.store.results import (
    Arrival,
    BodyText,
    Folded,
    FoldersStored,
    LocalView,
    NewBody,
    ServerFolder,
    Stored,
)


class Writer:
    """Made after ``files.prepare``, by the holder of the engine lock. Raises StoreFull when the disk is."""

    def __init__(self, home: Home, clock: Clock) -> None:
        raise NotImplementedError

    @property
    def rev(self) -> int:
        """The revision of mail.db after the last commit."""
        raise NotImplementedError

    def fold(self) -> Folded:
        """Carry operations of the journal that are not folded yet into the effective state."""
        raise NotImplementedError

    def put_folders(self, account: AccountName, folders: Sequence[RemoteFolder]) -> FoldersStored:
        """The server's whole list. Folders not in it are hidden, and kept for 30 days."""
        raise NotImplementedError

    def put_status(self, folder: FolderId, status: FolderStatus) -> None:
        """The server's own numbers, shown until the folder is complete."""
        raise NotImplementedError

    def put_page(self, folder: FolderId, page: Page, arrivals: Sequence[Arrival]) -> Stored:
        """One page with its cursor, in one transaction. ``arrivals`` are ``page.new`` with what was parsed of them."""
        raise NotImplementedError

    def server_folders(self, account: AccountName) -> list[ServerFolder]:
        """The account's folders that the server has, and those that wait to be created."""
        raise NotImplementedError

    def server_folder(self, folder: FolderId) -> ServerFolder | None:
        """One folder as the engine needs it."""
        raise NotImplementedError

    def cursor(self, folder: FolderId) -> bytes:
        """The cursor of the last page committed; b"" before the first."""
        raise NotImplementedError

    def local_view(self, folder: FolderId) -> LocalView:
        """What the store holds of a folder."""
        raise NotImplementedError

    def put_body(self, item: ItemId, raw: bytes, text: BodyText) -> bool:
        """The exact bytes of one item. False when the item is gone."""
        raise NotImplementedError

    def put_bodies(self, folder: FolderId, uidvalidity: int, bodies: Sequence[NewBody]) -> tuple[ItemId, ...]:
        """Bodies of one folder, in one transaction; those whose message is gone are left out of the answer."""
        raise NotImplementedError

    def put_rendered(self, item: ItemId, prefer: str, rendered: bytes) -> None:
        """Keep a rendering; an older one of the same ``prefer`` is replaced."""
        raise NotImplementedError

    def wants_bodies(self, folder: FolderId, since: int, max_size: int, limit: int) -> list[tuple[ItemId, int]]:
        """Items without a body, (item, UID), newest first: received at or after ``since`` (0: ever), at most
        ``max_size`` octets (0: any).
        """
        raise NotImplementedError

    def next_operations(self, account: AccountName) -> list[Operation]:
        """Operations that may be sent now, oldest first, coalesced; ``items`` say where each item is *now*.

        One operation's items may be in several folders: send each folder's by itself and confirm each.
        """
        raise NotImplementedError

    def next_due(self, account: AccountName) -> int | None:
        """When the next waiting operation may be tried, seconds UTC; None when none waits for a time."""
        raise NotImplementedError

    def start(self, operation: Operation, target_uidnext: int = 0) -> int:
        """Mark as running, durably, before the first octet is sent.

        ``target_uidnext`` (for copy, move, append) is kept at the first start; returned is what an earlier start
        kept (0: this is the first try), for ``RemoteOperation.target_uidnext``.
        """
        raise NotImplementedError

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
        raise NotImplementedError

    def refuse(self, operation: Operation, items: Sequence[ItemId] | None, text: str) -> None:
        """The server said no for good: those items (None: all) go back to the server's state plus what else waits."""
        raise NotImplementedError

    def retry(self, operation: Operation, error: str, not_before: int) -> None:
        """It did not work out; try again at ``not_before`` (seconds UTC)."""
        raise NotImplementedError

    def conflict(self, operation: Operation, text: str) -> None:
        """It cannot be carried out without the person; its effect is taken back."""
        raise NotImplementedError

    def drop_account(self, account: AccountName) -> None:
        """Remove everything of an account from both files."""
        raise NotImplementedError

    def tidy(self) -> None:
        """Housekeeping, for idle minutes: old actions, unlinked items, unused contents and files, the backup."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the connections."""
        raise NotImplementedError
