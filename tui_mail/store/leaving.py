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


def note(connection: sqlite3.Connection, account: str, name: str, leave: Leave) -> None:
    """Remember that a list was left; asked again, the last time counts. Inside a transaction."""
    connection.execute(
        "INSERT INTO left_list (account, list, way, target, asked) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (account, list) DO UPDATE SET way = excluded.way, target = excluded.target, asked = excluded.asked",
        (account, name, leave.way, leave.target, leave.asked),
    )


def of(connection: sqlite3.Connection, account: str, name: str) -> Leave | None:
    """How the list was left; None where it was not."""
    row = connection.execute(
        "SELECT way, target, asked FROM left_list WHERE account = ? AND list = ?", (account, name)
    ).fetchone()
    return None if row is None else Leave(*row)
