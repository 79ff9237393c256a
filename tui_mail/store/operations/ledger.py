"""What is left of an operation: the row in the journal and its mirror in memory, kept in step.

Owns taking items out of operations. Order of commits: mail.db first, then keep.db; a crash between the two makes the
engine send again what is safe to repeat. Must not know servers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tui_mail.model.operation import Operation, OperationKind
from tui_mail.store.mirror.placing import NEVER, Pending, rows, server_state, settle
from tui_mail.store.tables.changes import Changes
from tui_mail.store.tables.keepdb import KeepDb
from tui_mail.store.tables.maildb import MailDb
from tui_mail.store.tables.packing import pack_numbers, pack_refs

FOLDER_KINDS = frozenset(
    {
        OperationKind.CREATE_FOLDER,
        OperationKind.RENAME_FOLDER,
        OperationKind.DELETE_FOLDER,
        OperationKind.SUBSCRIBE,
        OperationKind.UNSUBSCRIBE,
    }
)
ITEM_KINDS = frozenset({OperationKind.FLAGS, OperationKind.MOVE, OperationKind.COPY, OperationKind.EXPUNGE})


class Ledger:
    """Operations in effect, in memory and in keep.db; shared by the parts that carry them out."""

    def __init__(self, db: MailDb, keep: KeepDb, pending: Pending) -> None:
        self.db = db
        self.keep = keep
        self.pending = pending

    def validities(self) -> dict[int, int]:
        """UIDVALIDITY by folder."""
        return dict(self.db.connection.execute("SELECT id, uidvalidity FROM folder"))

    def without(self, operation: Operation, items: set[int]) -> set[int]:
        """Take items (of a copy: originals or copies) out of an operation in memory; returns copies now not made."""
        refs, copies = operation.items, operation.copies
        if operation.kind is OperationKind.COPY:
            pairs = [
                (ref, copy)
                for ref, copy in zip(refs, copies, strict=True)
                if ref.item not in items and copy not in items
            ]
            left = replace(operation, items=tuple(ref for ref, _ in pairs), copies=tuple(copy for _, copy in pairs))
        else:
            left = replace(
                operation,
                items=tuple(ref for ref in refs if ref.item not in items),
                copies=tuple(copy for copy in copies if copy not in items),
            )
        unmade: set[int] = set()
        unmade.update(copy for copy in copies if copy not in left.copies)
        if left.items or left.copies:
            self.pending.replace(left)
        else:
            self.pending.remove(operation.id)
        return unmade

    def settle_unchanged(self, items: Iterable[int], changes: Changes) -> None:
        """Operations on these items changed: their effective state follows, the server's is what it was."""
        updates = []
        for row in rows(self.db.connection, items).values():
            state = server_state(row)
            if not row.server_folder and row.gone_at is None and not self.pending.of(row.id):
                # A copy or an appended message that will not be made.
                state.gone_at = NEVER
            updates.append((row, state))
        settle(self.db.connection, changes, self.pending, updates)

    def write_rows(self, numbers: Iterable[int]) -> None:
        """Bring rows of the journal to what memory says: fewer items, or no row.

        What mail.db knows of their end is on the disk before, so that after a power cut one of the two knows it.
        """
        self.db.make_durable()
        with self.keep.changing() as connection:
            for number in numbers:
                left = self.pending.operations.get(number)
                if left is None:
                    connection.execute("DELETE FROM operation WHERE id = ?", (number,))
                else:
                    connection.execute(
                        "UPDATE operation SET items = ?, copies = ? WHERE id = ?",
                        (pack_refs(left.items), pack_numbers(left.copies), number),
                    )

    def drop(self, dropped: dict[int, set[int]]) -> None:
        """Take items out of operations (by number) that need not be sent for them."""
        touched: set[int] = set()
        for number, items in dropped.items():
            touched |= items
            touched |= self.without(self.pending.operations[number], items)
        if touched:
            with self.db.changing() as changes:
                self.settle_unchanged(touched, changes)
            self.write_rows(dropped)
