"""Which mailing lists the person asked to leave, and how: said when another message of such a list is read.

Owns ``left_list``. Must not know how one leaves a list.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leave:
    """That a list was left. ``target`` is not safe for a terminal."""

    way: str
    """``one-click``, ``mailto`` or ``link``, as in ``mime.lists.Unsubscribe``."""
    target: str
    """The host or address that was asked."""
    asked: int
    """When, seconds UTC."""


def note(connection: sqlite3.Connection, account: str, name: str, leave: Leave, outbox: int | None = None) -> None:
    """Remember that a list was left; asked again, the last time counts. ``outbox``: the mail that asks for it.

    Inside a transaction.
    """
    connection.execute(
        "INSERT OR REPLACE INTO left_list (account, list, way, target, asked, outbox) VALUES (?, ?, ?, ?, ?, ?)",
        (account, name, leave.way, leave.target, leave.asked, outbox),
    )


def taken_back(connection: sqlite3.Connection, outbox: int) -> None:
    """A message was taken out of the outbox: if it asked for it, the list was not left. Inside a transaction."""
    connection.execute("DELETE FROM left_list WHERE outbox = ?", (outbox,))


def of(connection: sqlite3.Connection, account: str, name: str) -> Leave | None:
    """How the list was left; None where it was not, or where the mail that asks for it was refused."""
    row = connection.execute(
        "SELECT l.way, l.target, l.asked FROM left_list l LEFT JOIN outbox o ON o.id = l.outbox"
        " WHERE l.account = ? AND l.list = ? AND o.state IS NOT 'failed'",
        (account, name),
    ).fetchone()
    return None if row is None else Leave(*row)
