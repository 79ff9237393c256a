"""What of POP3 mailboxes is here: which message of the server became which file, and what may be deleted there.

Owns the table ``pop_message``. A message and the rows that say so are written in one transaction, after its file: what
is not committed here was not fetched, and is fetched again. Must not know a connection, nor compare UIDLs
(``backends.pop3.identity`` does).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tui_mail.model.ids import AccountName
from tui_mail.model.mail import Role
from tui_mail.store.local import rows as localrows
from tui_mail.store.local.mail import LocalMail
from tui_mail.store.local.rows import LocalFolder, NewItem
from tui_mail.store.tables.maildb import numbers

_COLUMNS = "id, uidl, size, header, sure, raw, whole, wanted, got, missing, asked"


@dataclass(frozen=True, slots=True)
class PopMessage:
    """A message that is here and may be at the server still."""

    id: int
    uidl: str
    size: int
    """As the server's list gave it."""
    header: str
    sure: bool
    raw: str
    whole: bool
    """False: only its header is here."""
    wanted: bool
    """A person asked for the rest of it."""
    got: int
    missing: int | None
    """Since when complete lists of the server lack it; None: it is there."""
    asked: int | None
    """When the server was last told to delete it; None: never."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A message on its way into a folder: where it was at the server, and the item it becomes."""

    uidl: str
    size: int
    header: str
    item: NewItem
    sure: bool = True
    """False: it came shorter than announced, so that octets are compared before a deletion."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of a message is in folders here."""

    copies: int
    outside: int
    """Of these, not in a trash."""


class PopMail:
    """The mailbox of one account. Any thread may call."""

    def __init__(self, local: LocalMail, account: AccountName, mailbox: str) -> None:
        self._local = local
        self._account = account
        self._mailbox = mailbox
        """``user@host``."""

    def adopt(self) -> None:
        """The same person's mailbox at another host is taken for this one, moved; octets decide before a deletion."""
        user = self._mailbox.rpartition("@")[0]
        with self._local.reading() as connection:
            known = connection.execute("SELECT DISTINCT mailbox FROM pop_message WHERE account = ?", (self._account,))
            moved = [box for (box,) in known if box != self._mailbox and box.rpartition("@")[0] == user]
        if moved:
            with self._local.changing() as connection:
                connection.executemany(
                    "UPDATE pop_message SET mailbox = ?, sure = 0 WHERE account = ? AND mailbox = ?",
                    [(self._mailbox, self._account, box) for box in moved],
                )

    def messages(self) -> list[PopMessage]:
        """What is known of the mailbox, in the order in which it came."""
        with self._local.reading() as connection:
            return _messages(connection, "account = ? AND mailbox = ? ORDER BY id", self._account, self._mailbox)

    def deliver(self, folder: LocalFolder, fetched: Sequence[Fetched], now: int) -> list[int]:
        """Put messages into a folder, their files being on the disk; their numbers. Raises Gone as ``LocalMail.add``."""
        with self._local.changing() as connection:
            rows = [
                (
                    self._account, self._mailbox, one.uidl, one.size, one.header, one.sure, one.item.raw, one.item.whole, now,
                )
                for one in fetched
            ]  # fmt: skip
            ids = [
                connection.execute(
                    "INSERT INTO pop_message (account, mailbox, uidl, size, header, sure, raw, whole, wanted, got, missing,"
                    " asked) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, NULL, NULL) RETURNING id",
                    row,
                ).fetchone()[0]
                for row in rows
            ]
            self._local.insert(connection, folder, [one.item for one in fetched], ids)
            return ids

    def complete(self, number: int, raw: str, size: int, header: str) -> None:
        """The rest of a message has come, its file being on the disk: all its copies are whole now."""
        with self._local.changing() as connection:
            connection.execute(
                "UPDATE pop_message SET raw = ?, header = ?, whole = 1, wanted = 0, sure = 1 WHERE id = ?",
                (raw, header, number),
            )
            folders = connection.execute("SELECT DISTINCT folder FROM local_item WHERE pop = ?", (number,)).fetchall()
            for (folder,) in folders:
                _next, modseq = localrows.touch(connection, folder)
                connection.execute(
                    "UPDATE local_item SET raw = ?, size = ?, whole = 1, modseq = ? WHERE folder = ? AND pop = ?",
                    (raw, size, modseq, folder, number),
                )

    def note(
        self,
        now: int,
        *,
        there: Iterable[int] = (),
        missing: Iterable[int] = (),
        changed: Mapping[int, tuple[str, int, bool]] | None = None,
        sure: Iterable[int] = (),
        asked: Iterable[int] = (),
        gone: Iterable[int] = (),
    ) -> None:
        """What a look at the server taught, in one transaction, by number.

        ``there``: in the server's list; ``missing``: a complete list lacks them; ``changed``: UIDL, size and whether
        these can be trusted; ``sure``: octets were compared; ``asked``: the server is told to delete them; ``gone``:
        they need not be known any more.
        """
        there, missing, sure, asked, gone = map(list, (there, missing, sure, asked, gone))
        if not any((there, missing, changed, sure, asked, gone)):
            return
        with self._local.changing() as connection:
            connection.executemany(
                "UPDATE pop_message SET uidl = ?, size = ?, sure = ? WHERE id = ?",
                [(uidl, size, trusted, number) for number, (uidl, size, trusted) in (changed or {}).items()],
            )
            for column, value, which in (
                ("missing", None, there),
                ("missing", now, missing),
                ("sure", 1, sure),
                ("asked", now, asked),
            ):
                connection.execute(
                    f"UPDATE pop_message SET {column} = ? WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608 -- our own names
                    (value, numbers(which)),
                )
            packed = numbers(gone)
            connection.execute(
                "UPDATE local_item SET pop = NULL WHERE pop IN (SELECT value FROM json_each(?))", (packed,)
            )
            connection.execute("DELETE FROM pop_message WHERE id IN (SELECT value FROM json_each(?))", (packed,))

    def standings(self) -> dict[int, Standing]:
        """For every message that has copies here, how many."""
        with self._local.reading() as connection:
            rows = connection.execute(
                "SELECT i.pop, count(*), sum(f.role IS NOT ?) FROM pop_message p CROSS JOIN local_item i ON i.pop = p.id"
                " JOIN local_folder f ON f.id = i.folder WHERE p.account = ? AND p.mailbox = ? GROUP BY i.pop",
                (Role.TRASH.value, self._account, self._mailbox),
            ).fetchall()
        return {number: Standing(copies, outside) for number, copies, outside in rows}

    def want(self, number: int, *, wanted: bool = True) -> None:
        """Remember that a person asked for the rest of a message, or that this came to nothing."""
        with self._local.changing() as connection:
            connection.execute("UPDATE pop_message SET wanted = ? WHERE id = ?", (wanted, number))


def _messages(connection: sqlite3.Connection, condition: str, *values: str) -> list[PopMessage]:
    rows = connection.execute(f"SELECT {_COLUMNS} FROM pop_message WHERE {condition}", values)  # noqa: S608 -- our own words
    return [
        PopMessage(row[0], row[1], row[2], row[3], bool(row[4]), row[5], bool(row[6]), bool(row[7]), *row[8:])
        for row in rows
    ]
