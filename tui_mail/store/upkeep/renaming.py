"""Another name of an account, in both files.

Owns every place where they say one. A name is changed as often as it turns up: after a crash, in a copy that was
restored, from a window that had not heard of it. Must not know the files of accounts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from tui_mail.model.errors import StoreDamaged
from tui_mail.model.ids import AccountName
from tui_mail.model.words import _
from tui_mail.store.disk.sqlite import translated
from tui_mail.store.tables import draftrows
from tui_mail.store.tables.keepdb import KeepDb, pack_operations, unpack_operations
from tui_mail.store.tables.maildb import MailDb

NAMED: Final = (
    "folder",
    "operation",
    "draft",
    "outbox",
    "sent_habit",
    "alert",
    "left_list",
    "local_folder",
    "local_item",
    "pop_message",
)
"""The tables of keep.db with a column ``account``; drafts, also those in the outbox, and actions say it inside, too."""

_LEARNT: Final = ("sent_habit", "left_list")
"""Those where what is known under either name is the same: the later takes the place of the other."""


def in_keep(keep: KeepDb, names: Mapping[str, AccountName]) -> bool:
    """Write the names that accounts have now over those they had, in one transaction; False: there was none."""
    if not any(holds(keep, old) for old in names):
        return False
    with keep.changing() as connection:
        for old, new in names.items():
            for table in NAMED:
                update = "UPDATE OR REPLACE" if table in _LEARNT else "UPDATE"
                connection.execute(f"{update} {table} SET account = ? WHERE account = ?", (new, old))
        for table, column in (("draft", "content"), ("outbox", "draft")):
            _rewrite_drafts(connection, table, column, names)
        _rewrite_actions(connection, names)
    return True


def in_mail(db: MailDb, names: Mapping[str, AccountName]) -> list[AccountName]:
    """The same in mail.db; which names there were. Raises StoreDamaged where both are in it."""
    there = [AccountName(old) for old in names if old in db.accounts]
    if not there:
        return []
    for old in there:
        if names[old] in db.accounts:
            raise StoreDamaged(_("{path} has the account {name} twice.").format(path=db.path, name=names[old]))
    with db.changing():
        for old in there:
            db.connection.execute("UPDATE account SET name = ? WHERE id = ?", (names[old], db.accounts[old]))
    for old in there:
        db.accounts[names[old]] = db.accounts.pop(old)
    return there


def holds(keep: KeepDb, account: str) -> bool:
    """True when a row of keep.db is of this account."""
    with translated(keep.path):
        return any(
            keep.connection.execute(f"SELECT 1 FROM {table} WHERE account = ? LIMIT 1", (account,)).fetchone()  # noqa: S608 -- our own names
            for table in NAMED
        )


def _rewrite_drafts(connection: sqlite3.Connection, table: str, column: str, names: Mapping[str, AccountName]) -> None:
    rows = connection.execute(f"SELECT id, {column} FROM {table} WHERE {column} <> ''").fetchall()  # noqa: S608 -- our own names
    for number, text in rows:
        draft = draftrows.unpack(text)
        if draft.identity.account in names:
            identity = replace(draft.identity, account=names[draft.identity.account])
            connection.execute(
                f"UPDATE {table} SET {column} = ? WHERE id = ?",  # noqa: S608 -- as above
                (draftrows.pack(replace(draft, identity=identity)), number),
            )


def _rewrite_actions(connection: sqlite3.Connection, names: Mapping[str, AccountName]) -> None:
    rows = connection.execute("SELECT id, forward, inverse FROM action").fetchall()
    for number, *packed in rows:
        rewritten = [
            pack_operations(
                replace(one, account=names.get(one.account, one.account)) for one in unpack_operations(data)
            )
            for data in packed
        ]
        if rewritten != packed:
            connection.execute("UPDATE action SET forward = ?, inverse = ? WHERE id = ?", (*rewritten, number))
