"""Operations of the journal into the effective state of mail.db.

Owns what each kind of operation does to rows when it is folded in. The state of an item follows from
``effect.effective``; what is special here is what an operation makes: copies, appended messages, folders. Must not
know how operations are carried out.
"""

from __future__ import annotations

from dataclasses import replace

from tui_mail.mime.searchtext import search_text
from tui_mail.model.ids import FolderId, OperationId
from tui_mail.model.operation import Operation, OperationKind
from tui_mail.model.remote import NewMessage
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.mirror.arrival import arrival_of, header_of
from tui_mail.store.mirror.bodies import Bodies
from tui_mail.store.mirror.contents import Contents
from tui_mail.store.mirror.copying import Made, make_copies, write_made
from tui_mail.store.mirror.effect import LIVE
from tui_mail.store.mirror.folders import Folders
from tui_mail.store.mirror.placing import NEVER, Pending, rows, server_state, settle
from tui_mail.store.mirror.results import Folded
from tui_mail.store.tables.changes import Changes
from tui_mail.store.tables.keepdb import KeepDb
from tui_mail.store.tables.maildb import MailDb

_FOLDER_KINDS = frozenset(
    {
        OperationKind.CREATE_FOLDER,
        OperationKind.RENAME_FOLDER,
        OperationKind.DELETE_FOLDER,
        OperationKind.SUBSCRIBE,
        OperationKind.UNSUBSCRIBE,
    }
)


class Folding:
    """Folds, one transaction per operation; used by the writer."""

    def __init__(self, db: MailDb, keep: KeepDb, pending: Pending, folders: Folders) -> None:
        self._db = db
        self._keep = keep
        self._pending = pending
        self._folders = folders
        self._bodies = Bodies(db)
        self._contents = Contents(db)
        self._raw = RawFiles(db.home)

    def fold(self) -> Folded:
        """Everything beyond ``folded_seq``, oldest first."""
        done: list[OperationId] = []
        folders: set[int] = set()
        last = self._keep.last_number()
        if last <= self._db.folded_seq:
            return Folded((), frozenset())
        for operation in self._keep.operations(self._db.folded_seq):
            with self._db.changing() as changes:
                self._db.folded_seq = operation.id
                if operation.state in LIVE:
                    self._pending.add(operation)
                    self._one(operation, changes)
                    done.append(operation.id)
            folders.update(changes.folders)
        return Folded(tuple(done), frozenset(FolderId(folder) for folder in folders))

    def _one(self, operation: Operation, changes: Changes) -> None:
        if operation.kind in _FOLDER_KINDS:
            self._folders.fold(operation, changes)
            return
        if operation.kind is OperationKind.APPEND:
            self._append(operation, changes)
            return
        found = rows(self._db.connection, (ref.item for ref in operation.items))
        if len(found) < len(operation.items):
            self._pending.park(operation, found)
        if operation.kind is OperationKind.COPY:
            make_copies(self._db, operation, list(found.values()), changes)
            # One that was refused before has its row already.
            unmade = [row for row in rows(self._db.connection, operation.copies).values() if row.gone_at == NEVER]
            settle(
                self._db.connection,
                changes,
                self._pending,
                [(row, replace(server_state(row), gone_at=None)) for row in unmade],
            )
            return
        ordered = [found[ref.item] for ref in operation.items if ref.item in found]
        settle(self._db.connection, changes, self._pending, [(row, server_state(row)) for row in ordered])

    def _append(self, operation: Operation, changes: Changes) -> None:
        """The message of an append, shown in its folder before the server has it."""
        item = operation.copies[0]
        if rows(self._db.connection, [item]):
            return
        raw = self._raw.read(operation.raw)
        if raw is None:
            return
        header = header_of(raw)
        received = operation.received or operation.created
        new = NewMessage(
            uid=0, flags=operation.add, keywords=operation.add_keywords, received=received, size=len(raw), header=header
        )
        arrival = arrival_of(new)
        account = self._db.account(operation.account)
        (match,) = self._contents.match(account, [arrival])
        self._contents.write(account, [arrival], [match], changes)
        keywords = "\n".join(sorted(operation.add_keywords))
        flags = int(operation.add)
        write_made(
            self._db,
            changes,
            Made(
                item,
                match.content,
                match.thread,
                received,
                operation.target or 0,
                flags,
                keywords,
                match.attached,
                match.body,
            ),
        )
        if not match.body:
            self._bodies.write(match.content, raw, search_text(raw), changes)
