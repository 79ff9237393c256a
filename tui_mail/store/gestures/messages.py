"""What a person does to messages, for the user interface and the command line alike.

Owns turning a gesture into operations and their inverse. Must not know SQL, nor how an inverse is done later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from tui_mail.model.errors import NotFound, UsageError
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, FolderId, ItemId
from tui_mail.model.mail import Folder, ItemRef, Role
from tui_mail.model.operation import UNNUMBERED, Action, ActionKind, Operation, OperationKind
from tui_mail.model.words import _
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.gestures.folders import FolderGestures
from tui_mail.store.gestures.journal import Journal, NewAction
from tui_mail.store.gestures.undoing import Undoing, deletion
from tui_mail.store.reader import Reader
from tui_mail.store.reading.folderview import of_role
from tui_mail.store.reading.itemview import Whereabouts

ROLE_PATHS = {
    Role.ARCHIVE: "Archive",
    Role.TRASH: "Trash",
    Role.JUNK: "Junk",
    Role.DRAFTS: "Drafts",
    Role.SENT: "Sent",
}
"""What a missing folder of a role is called when it is created."""


class Gestures:
    """Each gesture is one transaction in keep.db: durable on return, seen at once by every reader.

    Items that do not exist are left out; NotFound when none is left. A gesture that changes nothing returns None.
    Items may be of several accounts, except where a folder is the target: UsageError.
    """

    def __init__(self, reader: Reader, journal: Journal) -> None:
        self._reader = reader
        self._journal = journal
        self.folders = FolderGestures(reader, journal)
        self._undoing = Undoing(reader, journal, self.folders)

    # -- messages

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
        found = self._found(items)
        changing: dict[tuple[Flag, Flag, tuple[str, ...], tuple[str, ...]], list[Whereabouts]] = {}
        for one in found:
            sets = add & ~one.flags
            clears = remove & one.flags
            words = tuple(word for word in add_keywords if word not in one.keywords)
            cut = tuple(word for word in remove_keywords if word in one.keywords)
            if sets or clears or words or cut:
                changing.setdefault((sets, clears, words, cut), []).append(one)
        touched = [one for group in changing.values() for one in group]
        if not touched:
            return None
        forward = [
            Operation(UNNUMBERED, account, OperationKind.FLAGS, refs, add=add, remove=remove, add_keywords=add_keywords,
                       remove_keywords=remove_keywords)
            for account, refs in _by_account(touched)
        ]  # fmt: skip
        if not log:
            self._journal.record(forward)
            return None
        inverse = [
            # Only what changed is taken back: a message that was read before stays read.
            Operation(
                UNNUMBERED,
                account,
                OperationKind.FLAGS,
                refs,
                add=clears,
                remove=sets,
                add_keywords=cut,
                remove_keywords=words,
            )
            for (sets, clears, words, cut), group in changing.items()
            for account, refs in _by_account(group)
        ]
        kind = _flag_kind(add, remove)
        return self._journal.record(forward, _action(kind, touched, "", forward, inverse))

    def move(self, items: Sequence[ItemId], folder: FolderId, *, kind: ActionKind = ActionKind.MOVE) -> Action | None:
        """Move into a folder of the same account; items already there are left out."""
        target = self.folders.target(folder)
        found = self._same_account(self._found(items), target)
        return self._move([(target, [one for one in found if one.folder != folder])], kind)

    def archive(self, items: Sequence[ItemId]) -> Action | None:
        """Move into the account's archive, which is created where it is missing."""
        return self._move(self._to_role(items, Role.ARCHIVE), ActionKind.ARCHIVE)

    def trash(self, items: Sequence[ItemId]) -> Action | None:
        """Move into the account's trash, which is created where it is missing. Items in it are left out."""
        return self._move(self._to_role(items, Role.TRASH), ActionKind.TRASH)

    def junk(self, items: Sequence[ItemId]) -> Action | None:
        """Move into the account's junk folder and flag as junk."""
        return self._move(self._to_role(items, Role.JUNK), ActionKind.JUNK, flag=Flag.JUNK)

    def _to_role(self, items: Sequence[ItemId], role: Role) -> list[tuple[Folder, list[Whereabouts]]]:
        groups: dict[AccountName, list[Whereabouts]] = {}
        for one in self._found(items):
            groups.setdefault(one.account, []).append(one)
        result = []
        for account, group in groups.items():
            target = self.folders.target(self.role_folder(account, role))
            result.append((target, [one for one in group if one.folder != target.id]))
        return result

    def _move(
        self, groups: Sequence[tuple[Folder, list[Whereabouts]]], kind: ActionKind, flag: Flag = Flag.NONE
    ) -> Action | None:
        forward: list[Operation] = []
        inverse: list[Operation] = []
        moved: list[Whereabouts] = []
        for target, group in groups:
            if not group:
                continue
            moved.extend(group)
            refs = tuple(one.ref for one in group)
            if flag:
                forward.append(Operation(UNNUMBERED, target.account, OperationKind.FLAGS, refs, add=flag))
                fresh = tuple(one.ref for one in group if not one.flags & flag)
                if fresh:
                    inverse.append(Operation(UNNUMBERED, target.account, OperationKind.FLAGS, fresh, remove=flag))
            marked = tuple(one.ref for one in group if one.flags & Flag.DELETED)
            if marked:
                # Who moves a message means to keep it: at its new place it would go with the next expunge.
                forward.append(Operation(UNNUMBERED, target.account, OperationKind.FLAGS, marked, remove=Flag.DELETED))
            forward.append(Operation(UNNUMBERED, target.account, OperationKind.MOVE, refs, target=target.id))
            homes: dict[FolderId, list[ItemRef]] = {}
            for one in group:
                homes.setdefault(one.folder, []).append(one.ref)
            inverse.extend(
                Operation(UNNUMBERED, target.account, OperationKind.MOVE, tuple(at_home), target=home)
                for home, at_home in homes.items()
            )
            if marked:
                inverse.append(Operation(UNNUMBERED, target.account, OperationKind.FLAGS, marked, add=Flag.DELETED))
        if not moved:
            return None
        return self._journal.record(forward, _action(kind, moved, groups[0][0].path, forward, inverse))

    def copy(self, items: Sequence[ItemId], folder: FolderId) -> Action | None:
        """Copy into a folder of the same account; the copies have ids at once (``Action.items`` are the originals)."""
        target = self.folders.target(folder)
        found = self._same_account(self._found(items), target)
        refs = tuple(one.ref for one in found)
        copies = tuple(ItemId(number) for number in self._journal.draw_items(len(refs)))
        forward = [Operation(UNNUMBERED, target.account, OperationKind.COPY, refs, target=folder, copies=copies)]
        inverse = [deletion(target.account, copies)]
        return self._journal.record(forward, _action(ActionKind.COPY, found, target.path, forward, inverse))

    def delete(self, items: Sequence[ItemId]) -> Action | None:
        """Delete for ever. Cannot be undone, and says so in the log."""
        found = self._found(items)
        forward = [Operation(UNNUMBERED, account, OperationKind.EXPUNGE, refs) for account, refs in _by_account(found)]
        return self._journal.record(forward, _action(ActionKind.DELETE, found, "", forward, ()))

    def append(
        self, folder: FolderId, messages: Iterable[tuple[bytes, Flag, tuple[str, ...], int]], raw: RawFiles
    ) -> Action | None:
        """Add messages to a folder: (exact bytes, flags, keywords, received in seconds UTC; 0: now)."""
        target = self.folders.target(folder)
        kept: list[tuple[Flag, tuple[str, ...], int]] = []

        def octets() -> Iterator[bytes]:
            for one, flags, keywords, received in messages:
                kept.append((flags, keywords, received))
                yield one

        names = raw.put_all(octets())
        if not names:
            return None
        copies = tuple(ItemId(number) for number in self._journal.draw_items(len(names)))
        forward = [
            replace(
                Operation(UNNUMBERED, target.account, OperationKind.APPEND, (), target=folder, copies=(item,), add=flags,
                           add_keywords=keywords),
                raw=name,
                received=received,
            )
            for item, name, (flags, keywords, received) in zip(copies, names, kept, strict=True)
        ]  # fmt: skip
        action = NewAction(ActionKind.IMPORT, copies, target.path, (), (deletion(target.account, copies),))
        return self._journal.record(forward, action)

    # -- folders

    def role_folder(self, account: AccountName, role: Role) -> FolderId:
        """The account's folder of that role; where it is missing one is created by an operation."""
        found = of_role(self._reader.folders(), role, account)
        return found.id if found is not None else self.folders.ensure(account, ROLE_PATHS[role], role)

    # -- undo and redo

    def undo(self) -> Action:
        """Take back the last action; see ``Undoing``. Raises NothingToUndo."""
        return self._undoing.undo()

    def redo(self) -> Action:
        """Do again what ``undo`` took back last; see ``Undoing``. Raises NothingToUndo."""
        return self._undoing.redo()

    # -- what they have in common

    def _found(self, items: Sequence[ItemId]) -> list[Whereabouts]:
        found = self._reader.whereabouts(items)
        if not found:
            raise NotFound(_("There is no such message."))
        return [found[item] for item in dict.fromkeys(items) if item in found]

    def _same_account(self, found: list[Whereabouts], target: Folder) -> list[Whereabouts]:
        if any(one.account != target.account for one in found):
            raise UsageError(_("Messages cannot be moved or copied to another account."))
        if not target.selectable:
            raise UsageError(_("{path} holds other folders only, no messages.").format(path=target.path))
        return found


def _flag_kind(add: Flag, remove: Flag) -> ActionKind:
    if add & Flag.SEEN:
        return ActionKind.READ
    if remove & Flag.SEEN:
        return ActionKind.UNREAD
    if add & Flag.FLAGGED:
        return ActionKind.FLAG
    if remove & Flag.FLAGGED:
        return ActionKind.UNFLAG
    if remove & Flag.DELETED:
        return ActionKind.UNDELETE
    return ActionKind.LABEL


def _by_account(found: Iterable[Whereabouts]) -> list[tuple[AccountName, tuple[ItemRef, ...]]]:
    groups: dict[AccountName, list[ItemRef]] = {}
    for one in found:
        groups.setdefault(one.account, []).append(one.ref)
    return [(account, tuple(refs)) for account, refs in groups.items()]


def _action(
    kind: ActionKind,
    found: Iterable[Whereabouts],
    target: str,
    forward: Sequence[Operation],
    inverse: Sequence[Operation],
) -> NewAction:
    return NewAction(kind, tuple(one.ref.item for one in found), target, tuple(forward), tuple(inverse))
