"""Taking back what a person did, and doing it again.

Owns which of the steps in the action log can be done still. Must not know SQL, nor how a gesture is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tui_mail.model.errors import NothingToUndo
from tui_mail.model.ids import AccountName, FolderId, ItemId
from tui_mail.model.mail import ItemRef
from tui_mail.model.operation import UNNUMBERED, Action, ActionKind, Operation, OperationKind
from tui_mail.model.words import _
from tui_mail.store.gestures.folders import KINDS as FOLDER_KINDS
from tui_mail.store.gestures.folders import FolderGestures
from tui_mail.store.gestures.journal import Anew, Journal
from tui_mail.store.reader import Reader


class Undoing:
    """Undo and redo of every gesture, however long ago and whatever the server has confirmed since."""

    def __init__(self, reader: Reader, journal: Journal, folders: FolderGestures) -> None:
        self._reader = reader
        self._journal = journal
        self._folders = folders

    def undo(self) -> Action:
        """Take back the last action that was not taken back yet, a message held in the outbox first.

        Raises NothingToUndo.
        """
        taken_back = self._journal.take_back_send()
        if taken_back is not None:
            return taken_back
        action = self._journal.last_action(undone=False)
        if action is None:
            raise NothingToUndo(_("There is nothing to undo."))
        if action.kind is ActionKind.SEND:
            # Said once; the action before it is next.
            self._journal.overtake(action)
            raise NothingToUndo(
                _("The message to {to} is on its way and cannot be taken back.").format(to=action.target or "?")
            )
        if not action.reversible:
            raise NothingToUndo(_("The last action cannot be undone: what was deleted for ever is gone."))
        steps = self._journal.inverse(action.id)
        if action.kind is ActionKind.COPY:
            steps = self._beside_originals(action, steps)
        operations = self._still_possible(action, steps)
        return self._turned(action, operations, undone=True)

    def redo(self) -> Action:
        """Do again what ``undo`` took back last. Raises NothingToUndo."""
        action = self._journal.last_action(undone=True)
        steps = self._journal.forward(action.id) if action is not None else ()
        if action is None or not steps:
            raise NothingToUndo(_("There is nothing to do again."))
        operations = self._still_possible(action, steps)
        anew: Anew | None = None
        if action.kind is ActionKind.COPY:
            # Numbers are never used twice: the new copies are other items, also for what was done to the old ones.
            operations = [self._with_new_copies(one) for one in operations]
            renamed = _renamed(steps, self._journal.inverse(action.id), operations)
            anew = Anew(tuple(operations), tuple(deletion(one.account, one.copies) for one in operations), renamed)
        return self._turned(action, operations, undone=False, anew=anew)

    def _beside_originals(self, action: Action, steps: Sequence[Operation]) -> tuple[Operation, ...]:
        """The deletions of a copy's undo for messages whose originals are there: no undo deletes the last of a message."""
        originals = {item.content for item in self._reader.items(action.items)}
        copies = self._reader.items([ref.item for step in steps for ref in step.items])
        safe = {copy.id for copy in copies if copy.content in originals}
        return tuple(replace(step, items=tuple(ref for ref in step.items if ref.item in safe)) for step in steps)

    def _turned(
        self, action: Action, operations: Sequence[Operation], *, undone: bool, anew: Anew | None = None
    ) -> Action:
        done = self._journal.record_undo(action, operations, undone=undone, anew=anew)
        if done is None:
            raise NothingToUndo(_("Another window was quicker: there is nothing left to undo or do again."))
        return done

    def _with_new_copies(self, operation: Operation) -> Operation:
        numbers = self._journal.draw_items(len(operation.items))
        return replace(operation, copies=tuple(ItemId(number) for number in numbers))

    def _still_possible(self, action: Action, steps: Sequence[Operation]) -> list[Operation]:
        """Steps of the log that can be done now. Where none can, the action is over, and NothingToUndo says why."""
        obstacles = [self._folders.obstacle(step) for step in steps if step.kind in FOLDER_KINDS]
        placed = self._placed(steps) if not any(obstacles) else []
        if not placed:
            # Said once; the action before it is next.
            self._journal.overtake(action)
            raise NothingToUndo(next(filter(None, obstacles), _("The messages of that action are no longer there.")))
        return placed

    def _placed(self, steps: Sequence[Operation]) -> list[Operation]:
        """Steps of the log with the places that their items have now; items that are gone are left out."""
        found = self._reader.whereabouts([ref.item for step in steps for ref in step.items])
        existing = {folder.id for folder in self._reader.folders()}
        placed = []
        for step in steps:
            refs = tuple(found[ref.item].ref for ref in step.items if ref.item in found)
            if step.kind in FOLDER_KINDS:
                placed.append(step)
            elif refs and (step.target is None or step.target in existing):
                placed.append(replace(step, items=refs))
        return placed


def deletion(account: AccountName, items: tuple[ItemId, ...]) -> Operation:
    """What takes back a copy: the copies go. Their places are looked up when it is done."""
    return Operation(
        UNNUMBERED, account, OperationKind.EXPUNGE, tuple(ItemRef(item, FolderId(0), 0, 0, b"") for item in items)
    )


def _renamed(
    before: Sequence[Operation], deletions: Sequence[Operation], after: Sequence[Operation]
) -> dict[ItemId, ItemId]:
    """Old copies to new ones: ``deletions`` took back what ``before`` made, ``after`` makes it again."""
    old = {
        (one.target, ref.item): copy.item
        for one, taken in zip(before, deletions, strict=False)
        for ref, copy in zip(one.items, taken.items, strict=False)
    }
    return {
        old[one.target, ref.item]: copy
        for one in after
        for ref, copy in zip(one.items, one.copies, strict=True)
        if (one.target, ref.item) in old
    }
