"""Rows of local mail in keep.db, and the statements that several changes share.

Owns the columns of ``local_folder`` and ``local_item``. Used inside transactions that others open. Must not decide
anything.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from tui_mail.model.errors import Gone
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName
from tui_mail.model.mail import Role
from tui_mail.model.words import _
from tui_mail.store.tables.maildb import numbers
from tui_mail.store.tables.rows import decode_keywords

INBOX = "INBOX"
FOLDERS = (
    (INBOX, Role.INBOX),
    ("Drafts", Role.DRAFTS),
    ("Sent", Role.SENT),
    ("Archive", Role.ARCHIVE),
    ("Junk", Role.JUNK),
    ("Trash", Role.TRASH),
)
"""What an account with local folders begins with."""

_FOLDER = (
    "f.id, f.account, f.path, f.role, f.subscribed, f.uidnext, f.modseq,"
    " (SELECT count(*) FROM local_item i WHERE i.folder = f.id),"
    " (SELECT count(*) FROM local_item i WHERE i.folder = f.id AND i.flags & 1 = 0)"
)
ITEM = "uid, flags, keywords, received, size, raw, whole, account, modseq, pop"


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A folder; ``id`` is its UIDVALIDITY, too."""

    id: int
    account: AccountName
    path: str
    role: Role | None
    subscribed: bool
    uidnext: int
    modseq: int
    total: int
    unread: int


@dataclass(frozen=True, slots=True)
class LocalItem:
    """A copy of a message in a folder."""

    uid: int
    flags: Flag
    keywords: tuple[str, ...]
    received: int
    size: int
    raw: str
    """Its name under data/raw."""
    whole: bool
    """False: that file is the header alone."""
    account: AccountName
    """The one it came by, which need not be the folder's."""
    modseq: int
    pop: int | None


@dataclass(frozen=True, slots=True)
class NewItem:
    """A message to be put into a folder; its file is on the disk already."""

    raw: str
    size: int
    received: int
    account: AccountName
    flags: Flag = Flag.NONE
    keywords: tuple[str, ...] = ()
    whole: bool = True


def folders(connection: sqlite3.Connection, condition: str, *values: str) -> list[LocalFolder]:
    rows = connection.execute(f"SELECT {_FOLDER} FROM local_folder f WHERE {condition}", values)  # noqa: S608 -- our own words
    return [
        LocalFolder(row[0], AccountName(row[1]), row[2], Role(row[3]) if row[3] else None, bool(row[4]), *row[5:])
        for row in rows
    ]


def folder_at(
    connection: sqlite3.Connection, account: AccountName, path: str, uidvalidity: int | None = None
) -> LocalFolder:
    found = folders(connection, "f.account = ? AND f.path = ?", account, path)
    if not found:
        raise no_folder(path)
    if uidvalidity is not None and uidvalidity != found[0].id:
        raise Gone(_("The folder {name} was made anew since.").format(name=path))
    return found[0]


def no_folder(path: str) -> Gone:
    return Gone(_("There is no folder {name} any more.").format(name=path))


def make(connection: sqlite3.Connection, account: AccountName, path: str, role: Role | None) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO local_folder (account, path, role, subscribed, uidnext, modseq) VALUES (?, ?, NULL, 1, 1, 1)",
        (account, path),
    )
    if role is not None:
        connection.execute(
            "UPDATE local_folder SET role = ?1 WHERE account = ?2 AND path = ?3 AND role IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM local_folder o WHERE o.account = ?2 AND o.role = ?1)",
            (role.value, account, path),
        )


def touch(connection: sqlite3.Connection, folder: int, count: int = 0) -> tuple[int, int]:
    """The first of ``count`` new UIDs, and the number of this change. Raises Gone."""
    row = connection.execute(
        "UPDATE local_folder SET uidnext = uidnext + ?, modseq = modseq + 1 WHERE id = ? RETURNING uidnext, modseq",
        (count, folder),
    ).fetchone()
    if row is None:
        raise Gone(_("There is no such folder any more."))
    return row[0] - count, row[1]


def present(connection: sqlite3.Connection, folder: int, uids: Iterable[int]) -> list[tuple[int, int, str]]:
    """UID, flags, keywords of those that are there."""
    return connection.execute(
        "SELECT i.uid, i.flags, i.keywords FROM json_each(?) j CROSS JOIN local_item i"
        " ON i.folder = ? AND i.uid = j.value",
        (numbers(set(uids)), folder),
    ).fetchall()


def remove(connection: sqlite3.Connection, folder: int, uids: Iterable[int]) -> None:
    removed = connection.execute(
        "DELETE FROM local_item WHERE folder = ? AND uid IN (SELECT value FROM json_each(?))",
        (folder, numbers(set(uids))),
    ).rowcount
    if removed:
        touch(connection, folder)


def item_of(row: tuple[int, int, str, int, int, str, int, str, int, int | None]) -> LocalItem:
    uid, flags, keywords, received, size, raw, whole, account, modseq, pop = row
    return LocalItem(
        uid, Flag(flags), decode_keywords(keywords), received, size, raw, bool(whole), AccountName(account), modseq, pop
    )
