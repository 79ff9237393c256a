"""Rows of keep.db: operations and actions as the rest of the store knows them.

Owns the columns and their encoding. Must not decide anything.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tui_mail.config.paths import Home
from tui_mail.model.errors import StoreError
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, ActionId, FolderId, ItemId, OperationId
from tui_mail.model.mail import ItemRef, Role
from tui_mail.model.operation import UNNUMBERED, Action, ActionKind, Operation, OperationKind, OperationState
from tui_mail.model.words import _
from tui_mail.store.disk.files import KEEP, check_version
from tui_mail.store.disk.sqlite import connect, transaction, translated
from tui_mail.store.tables.packing import pack_numbers, pack_refs, unpack_numbers, unpack_refs
from tui_mail.store.tables.rows import decode_keywords, encode_keywords

_OPERATION = (
    "id, account, kind, items, add_flags, remove_flags, add_keywords, remove_keywords, target, copies, path, role,"
    " raw, received, state, attempts, error, not_before, created, action, after"
)
_ACTION = "id, kind, items, operations, target, inverse <> x'', created, state"

Row = tuple[Any, ...]
"""The columns of ``_OPERATION``."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an operation stands, without its items: cheap to read again."""

    id: int
    state: OperationState
    attempts: int
    not_before: int
    error: str


class KeepDb:
    """A connection to keep.db. Raises StoreError where the file was not made yet."""

    def __init__(self, home: Home, *, write: bool) -> None:
        self.path = home.keep_db
        if not self.path.exists():
            raise StoreError(
                _("There is no mail here yet ({path}): start tui-mail, or run tui-mail sync.").format(path=self.path)
            )
        self.connection: sqlite3.Connection = connect(self.path, durable=True, write=write)
        with translated(self.path):
            ready = check_version(self.connection, KEEP, self.path)
        if not ready:
            self.close()
            raise StoreError(
                _("{path} is of an older tui-mail: run tui-mail sync once, which brings it up to date.").format(
                    path=self.path
                )
            )

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """A short write transaction that also counts the revision. Durable when it is left."""
        with translated(self.path), transaction(self.connection):
            self.connection.execute("UPDATE keep SET rev = rev + 1")
            yield self.connection

    def draw(self, counter: str, count: int) -> int:
        """The first of ``count`` numbers never handed out before. Inside ``changing`` only."""
        found: int = self.connection.execute(
            "UPDATE counter SET next = next + ? WHERE name = ? RETURNING next", (count, counter)
        ).fetchone()[0]
        return found - count

    def uuid(self) -> str:
        """Which keep.db this is."""
        with translated(self.path):
            found: str = self.connection.execute("SELECT uuid FROM keep").fetchone()[0]
            return found

    def last_number(self) -> int:
        """The highest operation number ever given."""
        with translated(self.path):
            row = self.connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'operation'").fetchone()
            return row[0] if row else 0

    def operations(self, after: int = 0) -> list[Operation]:
        """Operations with a number above ``after``, oldest first."""
        with translated(self.path):
            return list(read_operations(self.connection, after).values())

    def standings(self) -> list[Standing]:
        """Where every operation stands, oldest first."""
        with translated(self.path):
            rows = self.connection.execute(
                "SELECT id, state, attempts, not_before, error FROM operation ORDER BY id"
            ).fetchall()
        return [Standing(row[0], OperationState(row[1]), *row[2:]) for row in rows]

    def insert_operation(self, operation: Operation, created: int, action: int | None) -> OperationId:
        """Write a new operation; its number is given here. Inside ``changing`` only."""
        cursor = self.connection.execute(
            "INSERT INTO operation (account, kind, items, add_flags, remove_flags, add_keywords, remove_keywords,"
            " target, copies, path, role, raw, received, state, attempts, error, not_before, target_uidnext, created,"
            " action, after) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', 0, '', 0, 0, ?, ?, ?)",
            (
                operation.account,
                operation.kind.value,
                pack_refs(operation.items),
                int(operation.add),
                int(operation.remove),
                encode_keywords(operation.add_keywords),
                encode_keywords(operation.remove_keywords),
                operation.target,
                pack_numbers(operation.copies),
                operation.path,
                operation.role.value if operation.role else None,
                operation.raw,
                operation.received,
                created,
                action,
                operation.after,
            ),
        )
        assert cursor.lastrowid is not None
        return OperationId(cursor.lastrowid)

    def insert_action(
        self,
        kind: ActionKind,
        items: Sequence[int],
        target: str,
        forward: Iterable[Operation] = (),
        inverse: Iterable[Operation] = (),
        *,
        created: int,
        outbox: int | None = None,
    ) -> int:
        """Write a new action; its number is given here. Inside ``changing`` only."""
        # What was undone before is overtaken: redo must not bring back what no longer fits.
        self.connection.execute("UPDATE action SET state = 'overtaken' WHERE state = 'undone'")
        number = self.connection.execute(
            "INSERT INTO action (kind, items, operations, target, forward, inverse, state, created, outbox)"
            " VALUES (?, ?, x'', ?, ?, ?, 'done', ?, ?)",
            (
                kind.value,
                pack_numbers(items),
                target,
                pack_operations(forward),
                pack_operations(inverse),
                created,
                outbox,
            ),
        ).lastrowid
        assert number is not None
        return number

    def actions(self, condition: str = "1", limit: int = 1, *, newest: bool = True) -> list[Action]:
        """Actions for which the SQL ``condition`` (ours, never a person's) holds."""
        with translated(self.path):
            return read_actions(self.connection, limit, condition, "DESC" if newest else "ASC")

    def version(self) -> int:
        """Another number after somebody else wrote."""
        with translated(self.path):
            found: int = self.connection.execute("PRAGMA data_version").fetchone()[0]
            return found

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


def read_operations(
    connection: sqlite3.Connection, after: int = 0, known: Mapping[Row, Operation] | None = None
) -> dict[Row, Operation]:
    """Operations with a number above ``after``, oldest first, by the rows they were read from.

    ``known`` is what an earlier call returned: a row that is as it was is not taken apart again, since thousands may
    wait and each gesture of a person reads them.
    """
    rows = connection.execute(
        f"SELECT {_OPERATION} FROM operation WHERE id > ? ORDER BY id",  # noqa: S608 -- our own columns
        (after,),
    )
    known = known or {}
    return {row: known.get(row) or _operation_of(row) for row in rows}


def read_actions(connection: sqlite3.Connection, limit: int, condition: str = "1", order: str = "DESC") -> list[Action]:
    """Actions for which ``condition`` holds, by number in ``order``; both SQL of ours, never a person's."""
    rows = connection.execute(
        f"SELECT {_ACTION} FROM action WHERE {condition} ORDER BY id {order} LIMIT ?",  # noqa: S608 -- see above
        (limit,),
    )
    return [_action_of(row) for row in rows]


def _operation_of(row: Row) -> Operation:
    return Operation(
        id=OperationId(row[0]),
        account=AccountName(row[1]),
        kind=OperationKind(row[2]),
        items=unpack_refs(row[3]),
        add=Flag(row[4]),
        remove=Flag(row[5]),
        add_keywords=decode_keywords(row[6]),
        remove_keywords=decode_keywords(row[7]),
        target=None if row[8] is None else FolderId(row[8]),
        copies=tuple(ItemId(item) for item in unpack_numbers(row[9])),
        path=row[10],
        role=None if row[11] is None else Role(row[11]),
        raw=row[12],
        received=row[13],
        state=OperationState(row[14]),
        attempts=row[15],
        error=row[16],
        not_before=row[17],
        created=row[18],
        action=None if row[19] is None else ActionId(row[19]),
        after=None if row[20] is None else OperationId(row[20]),
    )


def _action_of(row: Sequence[Any]) -> Action:
    return Action(
        id=ActionId(row[0]),
        kind=ActionKind(row[1]),
        items=tuple(ItemId(item) for item in unpack_numbers(row[2])),
        operations=tuple(OperationId(number) for number in unpack_numbers(row[3])),
        target=row[4],
        reversible=bool(row[5]),
        created=row[6],
        undone=row[7] != "done",
    )


def pack_operations(operations: Iterable[Operation]) -> bytes:
    """Operations without numbers and places, as the action log keeps them to undo and redo."""
    rows = [
        {
            "account": one.account,
            "kind": one.kind.value,
            "items": [ref.item for ref in one.items],
            "add": int(one.add),
            "remove": int(one.remove),
            "add_keywords": one.add_keywords,
            "remove_keywords": one.remove_keywords,
            "target": one.target,
            "copies": one.copies,
            **({"path": one.path, "role": one.role} if one.path else {}),
        }
        for one in operations
    ]
    return json.dumps(rows, separators=(",", ":")).encode() if rows else b""


def unpack_operations(data: bytes) -> tuple[Operation, ...]:
    """What ``pack_operations`` packed; places are empty, for ``Reader.refs`` to fill."""
    return tuple(
        Operation(
            id=UNNUMBERED,
            account=AccountName(row["account"]),
            kind=OperationKind(row["kind"]),
            items=tuple(ItemRef(ItemId(item), FolderId(0), 0, 0, b"") for item in row["items"]),
            add=Flag(row["add"]),
            remove=Flag(row["remove"]),
            add_keywords=tuple(row["add_keywords"]),
            remove_keywords=tuple(row["remove_keywords"]),
            target=None if row["target"] is None else FolderId(row["target"]),
            copies=tuple(ItemId(item) for item in row["copies"]),
            path=row.get("path", ""),
            role=Role(row["role"]) if row.get("role") else None,
        )
        for row in (json.loads(data) if data else ())
    )
