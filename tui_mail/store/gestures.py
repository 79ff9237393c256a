"""What a person does to messages and folders, for the user interface and the command line alike.

Owns turning a gesture into operations and their inverse. Must not know SQL.
"""

from __future__ import annotations

from collections.abc import Sequence

from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, FolderId, ItemId
from tui_mail.model.mail import Role
from tui_mail.model.operation import Action, ActionKind
from tui_mail.store.journal import Journal
from tui_mail.store.reader import Reader


class Gestures:
    """Each gesture is one transaction in keep.db: durable on return, seen at once by every reader.

    Items that do not exist are left out; NotFound when none is left. A gesture that changes nothing returns None.
    Items may be of several accounts, except where a folder is the target: UsageError.
    """

    def __init__(self, reader: Reader, journal: Journal) -> None:
        self._reader = reader
        self._journal = journal

    def mark(
        self,
        items: Sequence[ItemId],
        add: Flag = Flag.NONE,
        remove: Flag = Flag.NONE,
        *,
        add_keywords: tuple[str, ...] = (),
        remove_keywords: tuple[str, ...] = (),
        log: bool = True,
    ) -> Action | None:
        """Set and clear flags. ``log=False`` (marking as seen by opening): no action, nothing for undo."""
        raise NotImplementedError

    def move(self, items: Sequence[ItemId], folder: FolderId, *, kind: ActionKind = ActionKind.MOVE) -> Action | None:
        """Move into a folder of the same account; items already there are left out."""
        raise NotImplementedError

    def copy(self, items: Sequence[ItemId], folder: FolderId) -> Action | None:
        """Copy into a folder of the same account; the copies have ids at once."""
        raise NotImplementedError

    def archive(self, items: Sequence[ItemId]) -> Action | None:
        """Move into the account's archive, which is created where it is missing."""
        raise NotImplementedError

    def trash(self, items: Sequence[ItemId]) -> Action | None:
        """Move into the account's trash, which is created where it is missing. Items in it are left out."""
        raise NotImplementedError

    def junk(self, items: Sequence[ItemId]) -> Action | None:
        """Move into the account's junk folder and flag as junk."""
        raise NotImplementedError

    def delete(self, items: Sequence[ItemId]) -> Action | None:
        """Delete for ever. Cannot be undone, and says so in the log."""
        raise NotImplementedError

    def undo(self) -> Action:
        """Take back the last action that was not taken back yet. Raises NothingToUndo."""
        raise NotImplementedError

    def redo(self) -> Action:
        """Do again what ``undo`` took back last. Raises NothingToUndo."""
        raise NotImplementedError

    def role_folder(self, account: AccountName, role: Role) -> FolderId:
        """The account's folder of that role; where it is missing one is created by an operation."""
        raise NotImplementedError

    def create_folder(self, account: AccountName, path: str, role: Role | None = None) -> FolderId:
        """Create a folder; an existing one of that path is returned as it is."""
        raise NotImplementedError

    def rename_folder(self, folder: FolderId, path: str) -> None:
        """Give a folder, and with it those below it, another path. UsageError where that exists already."""
        raise NotImplementedError

    def delete_folder(self, folder: FolderId) -> None:
        """Delete a folder with what is in it."""
        raise NotImplementedError

    def subscribe(self, folder: FolderId, *, subscribed: bool = True) -> None:
        """Subscribe to a folder or no more."""
        raise NotImplementedError
