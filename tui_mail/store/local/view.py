"""Looking at local mail from outside: what is only here, what is still at a server, of what only the header is here.

Owns these questions to keep.db, for any process. Must not write.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Iterable
from dataclasses import dataclass

from tui_mail.model.ids import AccountName, ItemId
from tui_mail.model.mail import ItemRef

_AT_SERVER = "p.id IS NOT NULL AND p.missing IS NULL AND p.asked IS NULL"


@dataclass(frozen=True, slots=True)
class LocalState:
    """What is known of a local item beside what every item has."""

    came_by: AccountName
    """The account it came by, which need not be the folder's."""
    raw: str
    """The name of its file under data/raw."""
    whole: bool
    """False: that file is its header alone."""
    size: int
    """Octets of the whole message."""
    at_server: bool
    """The server still has it, as far as is known."""


@dataclass(frozen=True, slots=True)
class AtServer:
    """A message of a POP3 mailbox that the server still has, as far as is known."""

    account: AccountName
    uidl: str
    size: int
    got: int
    whole: bool
    """False: only its header is here."""
    deleting: bool
    """The server was told to delete it, and has not been looked at since."""
    place: tuple[int, int] | None
    """UIDVALIDITY and UID of a copy here; None: it was removed here."""


@dataclass(frozen=True, slots=True)
class LocalTotal:
    """How much local mail an account has."""

    account: AccountName
    messages: int
    only_here: int
    """Of these, on no server, as far as is known."""
    missing: int
    """Of these, without their file."""


def totals(connection: sqlite3.Connection, files: Container[str]) -> list[LocalTotal]:
    """Of every account with local folders, by name. ``files`` are the names under data/raw."""
    found = []
    for (account,) in connection.execute("SELECT DISTINCT account FROM local_folder ORDER BY account").fetchall():
        names = connection.execute(
            "SELECT i.raw FROM local_folder f JOIN local_item i ON i.folder = f.id WHERE f.account = ?", (account,)
        ).fetchall()
        missing = sum(name not in files for (name,) in names)
        found.append(LocalTotal(AccountName(account), len(names), only_here(connection, account), missing))
    return found


def states(connection: sqlite3.Connection, account: AccountName, refs: Iterable[ItemRef]) -> dict[ItemId, LocalState]:
    """Of items of one account, those that are local."""
    found: dict[ItemId, LocalState] = {}
    for ref in refs:
        row = connection.execute(
            f"SELECT i.account, i.raw, i.whole, i.size, {_AT_SERVER} FROM local_item i"  # noqa: S608 -- our own words
            " JOIN local_folder f ON f.id = i.folder AND f.account = ?"
            " LEFT JOIN pop_message p ON p.id = i.pop WHERE i.folder = ? AND i.uid = ?",
            (account, ref.uidvalidity, ref.uid),
        ).fetchone()
        if row is not None:
            found[ref.item] = LocalState(AccountName(row[0]), row[1], bool(row[2]), row[3], bool(row[4]))
    return found


def only_here(connection: sqlite3.Connection, account: AccountName) -> int:
    """Messages in the local folders of an account of which no server has a copy, as far as is known."""
    (count,) = connection.execute(
        "SELECT count(*) FROM local_folder f JOIN local_item i ON i.folder = f.id"  # noqa: S608 -- our own words
        f" LEFT JOIN pop_message p ON p.id = i.pop WHERE f.account = ? AND NOT ({_AT_SERVER})",
        (account,),
    ).fetchone()
    return int(count)


def at_server(connection: sqlite3.Connection, account: AccountName) -> list[AtServer]:
    """What the POP3 server of an account still has of what came here, in the order in which it came."""
    rows = connection.execute(
        "SELECT p.uidl, p.size, p.got, p.whole, p.asked IS NOT NULL, min(i.folder), i.uid FROM pop_message p"
        " LEFT JOIN local_item i ON i.pop = p.id WHERE p.account = ? AND p.missing IS NULL GROUP BY p.id ORDER BY p.id",
        (account,),
    ).fetchall()
    return [
        AtServer(account, uidl, size, got, bool(whole), bool(asked), None if folder is None else (folder, uid))
        for uidl, size, got, whole, asked, folder, uid in rows
    ]
