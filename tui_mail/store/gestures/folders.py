"""What a person does to folders: create, rename, delete, subscribe; and whether that can be taken back still.

Owns turning such a gesture into operations and their inverse. Must not know SQL, nor messages.
"""

from __future__ import annotations

from typing import Final

from tui_mail.model.errors import NotFound, UsageError
from tui_mail.model.ids import AccountName, FolderId
from tui_mail.model.mail import Folder, Role
from tui_mail.model.operation import UNNUMBERED, Action, ActionKind, Operation, OperationKind
from tui_mail.model.words import _
from tui_mail.store.gestures.journal import Journal, NewAction
from tui_mail.store.reader import Reader

KINDS: Final = frozenset(
    {
        OperationKind.CREATE_FOLDER,
        OperationKind.RENAME_FOLDER,
        OperationKind.DELETE_FOLDER,
        OperationKind.SUBSCRIBE,
        OperationKind.UNSUBSCRIBE,
    }
)


class FolderGestures:
    """Each gesture is one transaction in keep.db and one action in the log; None where there is nothing to change.

    Raises NotFound for a folder that is not there, UsageError for what cannot be.
    """

    def __init__(self, reader: Reader, journal: Journal) -> None:
        self._reader = reader
        self._journal = journal

    def create(self, account: AccountName, path: str) -> Action | None:
        """Create a folder, and what is above it. Undo deletes it again as long as nothing is in it."""
        path = _spelt(path)
        if self._at(account, path) is not None:
            return None
        number, forward = self._creation(account, path, None)
        inverse = _step(account, OperationKind.DELETE_FOLDER, number)
        return self._record(ActionKind.CREATE_FOLDER, path, forward, inverse)

    def ensure(self, account: AccountName, path: str, role: Role | None = None) -> FolderId:
        """The folder of that path; created where it is missing, for something else a person does: no action of its own."""
        path = _spelt(path)
        found = self._at(account, path)
        if found is not None:
            return found.id
        number, forward = self._creation(account, path, role)
        self._journal.record([forward])
        return number

    def rename(self, folder: FolderId, path: str) -> Action | None:
        """Give a folder, and with it those below it, another path."""
        path = _spelt(path)
        _check_path(path)
        target = self.target(folder)
        if target.path == path:
            return None
        if target.role is Role.INBOX:
            raise UsageError(_("The inbox cannot be renamed."))
        if self._at(target.account, path) is not None:
            raise UsageError(_("There is a folder {path} already: choose another name.").format(path=path))
        if path.startswith(f"{target.path}/"):
            raise UsageError(_("A folder cannot be moved into itself."))
        return self._record(
            ActionKind.RENAME_FOLDER,
            path,
            _step(target.account, OperationKind.RENAME_FOLDER, folder, path),
            _step(target.account, OperationKind.RENAME_FOLDER, folder, target.path),
        )

    def delete(self, folder: FolderId) -> Action | None:
        """Delete a folder with what is in it. Cannot be undone, and says so in the log."""
        target = self.target(folder)
        if target.role is Role.INBOX:
            raise UsageError(_("The inbox cannot be deleted."))
        step = _step(target.account, OperationKind.DELETE_FOLDER, folder)
        return self._record(ActionKind.DELETE_FOLDER, target.path, step, None)

    def subscribe(self, folder: FolderId, *, subscribed: bool = True) -> Action | None:
        """Subscribe to a folder or no more."""
        target = self.target(folder)
        if target.subscribed is subscribed:
            return None
        kinds = [OperationKind.SUBSCRIBE, OperationKind.UNSUBSCRIBE]
        forward, inverse = kinds if subscribed else reversed(kinds)
        return self._record(
            ActionKind.SUBSCRIBE if subscribed else ActionKind.UNSUBSCRIBE,
            target.path,
            _step(target.account, forward, folder),
            _step(target.account, inverse, folder),
        )

    def target(self, folder: FolderId) -> Folder:
        """The folder as it is shown. Raises NotFound."""
        found = self._reader.folder(folder)
        if found is None:
            raise NotFound(_("There is no such folder."))
        return found

    def obstacle(self, step: Operation) -> str:
        """Why a step of the action log cannot be done now, as a sentence; empty when it can."""
        assert step.target is not None
        now = self._reader.folder(step.target)
        if step.path and self._at(step.account, step.path) is not None:
            return _("There is a folder {path} already: choose another name.").format(path=step.path)
        if step.kind is OperationKind.CREATE_FOLDER:
            return ""
        if now is None:
            return _("The folder is no longer there.")
        if step.kind is OperationKind.DELETE_FOLDER:
            below = any(
                one.account == now.account and one.path.startswith(f"{now.path}/") for one in self._reader.folders()
            )
            if now.total or now.older or below:
                return _("{path} is not empty any more: deleting it is for you to say.").format(path=now.path)
        return ""

    def _creation(self, account: AccountName, path: str, role: Role | None) -> tuple[FolderId, Operation]:
        _check_path(path)
        number = self._journal.draw_folder(account, path)
        return number, _step(account, OperationKind.CREATE_FOLDER, number, path, role)

    def _at(self, account: AccountName, path: str) -> Folder | None:
        return next((one for one in self._reader.folders() if one.account == account and one.path == path), None)

    def _record(self, kind: ActionKind, path: str, forward: Operation, inverse: Operation | None) -> Action | None:
        back = () if inverse is None else (inverse,)
        return self._journal.record([forward], NewAction(kind, (), path, (forward,), back))


def _spelt(path: str) -> str:
    """``path`` with the inbox as it is spelt here: to a server its name is one in any case (RFC 9051, 5.1)."""
    first, slash, rest = path.partition("/")
    return f"INBOX{slash}{rest}" if first.casefold() == "inbox" else path


def _check_path(path: str) -> None:
    if not path or any(not part.strip() for part in path.split("/")) or not path.isprintable():
        raise UsageError(_("A folder's path is names separated by /, such as Projects/2026."))


def _step(
    account: AccountName, kind: OperationKind, folder: FolderId, path: str = "", role: Role | None = None
) -> Operation:
    """An operation without a number yet."""
    return Operation(id=UNNUMBERED, account=account, kind=kind, items=(), target=folder, path=path, role=role)
