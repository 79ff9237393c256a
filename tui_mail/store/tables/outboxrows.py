"""Rows of the tables ``outbox`` and ``outbox_recipient``.

Owns their columns. Used inside transactions of keep.db that others open. Must not decide anything.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tui_mail.model.ids import AccountName, OutboxId
from tui_mail.model.outbox import OutboxMessage, OutboxRecipient, OutboxState, RecipientState

_COLUMNS = (
    "id, account, state, message_id, subject, recipients_shown, sender, raw, copy, size, attempts, error, error_kind,"
    " not_before, held, created, sent, answers, forwards"
)


def read(connection: sqlite3.Connection, condition: str = "1", values: Sequence[object] = ()) -> list[OutboxMessage]:
    """Messages for which the SQL ``condition`` (ours, never a person's) holds, oldest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM outbox WHERE {condition} ORDER BY id",  # noqa: S608 -- our own columns
        tuple(values),
    ).fetchall()
    return [_message(row, recipients(connection, row[0])) for row in rows]


def one(connection: sqlite3.Connection, number: int) -> OutboxMessage | None:
    """A message by its number."""
    found = read(connection, "id = ?", (number,))
    return found[0] if found else None


def recipients(connection: sqlite3.Connection, number: int) -> tuple[OutboxRecipient, ...]:
    """The addresses of the envelope, in order."""
    rows = connection.execute(
        "SELECT address, state, reply FROM outbox_recipient WHERE outbox = ? ORDER BY place", (number,)
    )
    return tuple(OutboxRecipient(address, RecipientState(state), reply) for address, state, reply in rows)


def insert(connection: sqlite3.Connection, addresses: Iterable[str], **columns: object) -> OutboxId:
    """A new row with its recipients; its number is given here."""
    names = ", ".join(columns)
    marks = ", ".join("?" * len(columns))
    number = connection.execute(
        f"INSERT INTO outbox ({names}) VALUES ({marks})",  # noqa: S608 -- our own columns
        tuple(columns.values()),
    ).lastrowid
    assert number is not None
    connection.executemany(
        "INSERT INTO outbox_recipient (outbox, place, address, state, reply) VALUES (?, ?, ?, 'waiting', '')",
        [(number, place, address) for place, address in enumerate(addresses)],
    )
    return OutboxId(number)


def turn(
    connection: sqlite3.Connection, number: int, allowed: Iterable[OutboxState], state: OutboxState, **columns: object
) -> bool:
    """Change the state of a message that is in one of ``allowed``; False when it is in none: somebody was quicker."""
    names = ", ".join(f"{name} = ?" for name in ("state", *columns))
    states = [each.value for each in allowed]
    marks = ", ".join("?" * len(states))
    turned = connection.execute(
        f"UPDATE outbox SET {names} WHERE id = ? AND state IN ({marks})",  # noqa: S608 -- our own columns
        (state.value, *columns.values(), number, *states),
    )
    return turned.rowcount > 0


def mark_recipients(
    connection: sqlite3.Connection, number: int, state: RecipientState, replies: Mapping[str, str]
) -> None:
    """Set the state of some recipients, with what the server said to each ("": as before)."""
    connection.executemany(
        "UPDATE outbox_recipient SET state = ?, reply = CASE ? WHEN '' THEN reply ELSE ? END"
        " WHERE outbox = ? AND address = ?",
        [(state.value, reply, reply, number, address) for address, reply in replies.items()],
    )


def _message(row: Sequence[Any], addresses: tuple[OutboxRecipient, ...]) -> OutboxMessage:
    return OutboxMessage(
        id=OutboxId(row[0]),
        account=AccountName(row[1]),
        state=OutboxState(row[2]),
        message_id=row[3],
        subject=row[4],
        to=row[5],
        sender=row[6],
        recipients=addresses,
        raw=row[7],
        copy=row[8],
        size=row[9],
        attempts=row[10],
        error=row[11],
        error_kind=row[12],
        not_before=row[13],
        held=bool(row[14]),
        created=row[15],
        sent=row[16],
        answers=row[17],
        forwards=tuple(name for name in row[18].split("\n") if name),
    )
