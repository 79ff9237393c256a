"""What servers want a person to read ([ALERT], RFC 9051, 7.1): kept until somebody has, however long no window is open.

Owns ``alert``. The texts are as the servers sent them, but for their length. Must not know how they are shown.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from tui_mail.model.ids import AccountName

LONGEST = 1000
_MOST = 50
"""Kept for one account; a server that says something else each time pushes out its oldest."""
_AGAIN = 7 * 24 * 3600
"""Seconds after which what was read and is said still is shown once more."""


@dataclass(frozen=True, slots=True)
class ServerAlert:
    """One text of a server; not safe for a terminal."""

    id: int
    account: AccountName
    text: str
    said: int
    """When it was said last, seconds UTC."""


def note(connection: sqlite3.Connection, account: str, text: str, now: int) -> bool:
    """Keep a text; True when it is to be read. Inside a transaction."""
    text = text[:LONGEST]
    row = connection.execute(
        "SELECT id, said, read FROM alert WHERE account = ? AND text = ?", (account, text)
    ).fetchone()
    if row is None:
        connection.execute("INSERT INTO alert (account, text, said, read) VALUES (?, ?, ?, 0)", (account, text, now))
        connection.execute(
            "DELETE FROM alert WHERE account = ?1 AND id NOT IN"
            " (SELECT id FROM alert WHERE account = ?1 ORDER BY said DESC, id DESC LIMIT ?2)",
            (account, _MOST),
        )
        return True
    number, said, read = row
    if read and now - said <= _AGAIN:
        # Many servers say the same at every sign-in: it counts from when it was read.
        return False
    connection.execute("UPDATE alert SET said = ?, read = 0 WHERE id = ?", (now, number))
    return True


def unread(connection: sqlite3.Connection) -> list[ServerAlert]:
    """What nobody has read yet, oldest first."""
    rows = connection.execute("SELECT id, account, text, said FROM alert WHERE read = 0 ORDER BY said, id")
    return [ServerAlert(number, AccountName(account), text, said) for number, account, text, said in rows]


def mark_read(connection: sqlite3.Connection, numbers: list[int], now: int) -> None:
    """A person has read these. Inside a transaction."""
    connection.executemany("UPDATE alert SET read = 1, said = ? WHERE id = ?", [(now, number) for number in numbers])
