"""Items that an operation makes before the server has them: copies and appended messages.

Owns their first row. Must not know what became of the operation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tui_mail.model.operation import Operation
from tui_mail.store.mirror.effect import made
from tui_mail.store.mirror.placing import Row, rows
from tui_mail.store.tables.changes import Changes
from tui_mail.store.tables.maildb import MailDb, numbers


class Made(NamedTuple):
    """An item that is not on the server yet; its flags stand as the server state it will have."""

    item: int
    content: int
    thread: int
    received: int
    folder: int
    flags: int
    keywords: str
    attached: int
    body: int


def write_made(db: MailDb, changes: Changes, one: Made) -> None:
    """Write the row. Inside a transaction."""
    db.connection.execute(
        "INSERT INTO item (id, content, thread, received, folder, flags, keywords, server_folder, server_uid,"
        " server_flags, server_keywords, attached, body, gone_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, NULL, ?6, ?7, ?8, ?9, NULL)",
        one,
    )
    changes.enter(one.item, one.folder, one.thread, one.received, one.flags, one.attached)


def make_copies(db: MailDb, operation: Operation, sources: Sequence[Row], changes: Changes) -> None:
    """Write the items that a copy makes, of those sources that are here."""
    copy_of: dict[int, int] = {ref.item: copy for ref, copy in zip(operation.items, operation.copies, strict=True)}
    there = rows(db.connection, copy_of.values())
    bodies = dict(
        db.connection.execute(
            "SELECT c.id, c.body > 0 FROM json_each(?) j CROSS JOIN content c ON c.id = j.value",
            (numbers({row.content for row in sources}),),
        )
    )
    for row in sources:
        item = copy_of.get(row.id)
        if item is None or item in there or not row.folder:
            continue
        folder, flags, keywords = made(operation, (row.folder, row.flags, row.keywords))
        body = bodies.get(row.content, 0)
        one = Made(item, row.content, row.thread, row.received, folder, int(flags), keywords, row.attached, body)
        write_made(db, changes, one)
