"""Local mail: folders and items of which keep.db is the server.

Owns the tables ``local_folder`` and ``local_item``. Bytes are files under data/raw, synced before a row names them, and
a row is durable when a call returns. Whatever is asked twice is done once. Must not know POP3
(``store.local.popmail`` does) nor mail.db, which mirrors what stands here.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from tui_mail.config.paths import Home
from tui_mail.model.errors import Gone, Refused
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName
from tui_mail.model.mail import Role
from tui_mail.model.words import _
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.disk.sqlite import snapshot, translated
from tui_mail.store.local import rows as localrows
from tui_mail.store.local.rows import FOLDERS, INBOX, LocalFolder, LocalItem, NewItem
from tui_mail.store.tables.keepdb import KeepDb
from tui_mail.store.tables.maildb import numbers
from tui_mail.store.tables.rows import decode_keywords, encode_keywords


class LocalMail:
    """All local mail of a home. Any thread may call. ``LocalMail.open`` gives everybody in this process the same one."""

    _opened: ClassVar[dict[Path, LocalMail]] = {}
    _opening: ClassVar[threading.Lock] = threading.Lock()

    @classmethod
    def open(cls, home: Home) -> LocalMail:
        """The local mail of this home, so that all hear of every change; whoever opens it closes it."""
        path = home.keep_db.absolute()
        with cls._opening:
            found = cls._opened.get(path)
            if found is None:
                found = cls._opened[path] = cls(home)
            found._users += 1
            return found

    def __init__(self, home: Home) -> None:
        self.keep = KeepDb(home, write=True)
        self.raw = RawFiles(home)
        self.lock = threading.RLock()
        self._users = 0
        self.listeners: set[Callable[[], None]] = set()
        """Called after every change, on the thread that made it."""

    def close(self) -> None:
        """Done with it: the last to say so closes the connection."""
        with self._opening:
            self._users -= 1
            if self._users <= 0:
                self._opened.pop(self.keep.path.absolute(), None)
                with self.lock:
                    self.keep.close()

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """A write transaction, durable when it is left."""
        with self.lock, self.keep.changing() as connection:
            yield connection
        for listener in list(self.listeners):
            listener()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A read transaction."""
        with self.lock, translated(self.keep.path), snapshot(self.keep.connection):
            yield self.keep.connection

    # -- folders

    def begin(self, account: AccountName) -> None:
        """Make the folders that an account begins with; later only the inbox, should that be missing."""
        with self.reading() as connection:
            known = {
                row[0] for row in connection.execute("SELECT path FROM local_folder WHERE account = ?", (account,))
            }
        if INBOX in known:
            return
        with self.changing() as connection:
            for path, role in FOLDERS if not known else FOLDERS[:1]:
                localrows.make(connection, account, path, role)

    def folders(self, account: AccountName) -> list[LocalFolder]:
        """Every folder of an account, by path."""
        with self.reading() as connection:
            return localrows.folders(connection, "f.account = ? ORDER BY f.path", account)

    def folder(self, account: AccountName, path: str, uidvalidity: int | None = None) -> LocalFolder:
        """One folder, checked against ``uidvalidity`` where one is given. Raises Gone."""
        with self.reading() as connection:
            return localrows.folder_at(connection, account, path, uidvalidity)

    def create(self, account: AccountName, path: str, role: Role | None) -> None:
        """A new folder; one that is there already takes the role if nobody has it."""
        if not path or not all(part.strip() for part in path.split("/")):
            raise Refused(_("A folder needs a name, without empty levels."))
        with self.changing() as connection:
            localrows.make(connection, account, path, role)

    def rename(self, account: AccountName, old: str, new: str) -> None:
        """Rename a folder and what stands below it; done already is no error. Raises Gone, Refused."""
        if old == INBOX:
            raise Refused(_("The inbox cannot be renamed."))
        with self.changing() as connection:
            paths = {
                path for (path,) in connection.execute("SELECT path FROM local_folder WHERE account = ?", (account,))
            }
            moved = {path: new + path[len(old) :] for path in paths if path == old or path.startswith(f"{old}/")}
            if not moved and new in paths:
                return
            if not moved:
                raise localrows.no_folder(old)
            if not all(new.split("/")) or new.startswith(f"{old}/") or paths & set(moved.values()):
                raise Refused(_("A folder {name} exists already, or cannot exist.").format(name=new))
            for path, renamed in moved.items():
                connection.execute(
                    "UPDATE local_folder SET path = ?, modseq = modseq + 1 WHERE account = ? AND path = ?",
                    (renamed, account, path),
                )

    def delete(self, account: AccountName, path: str) -> None:
        """Delete a folder with its messages, not those below it; one that is not there is no error."""
        if path == INBOX:
            raise Refused(_("The inbox cannot be deleted."))
        with self.changing() as connection:
            connection.execute(
                "DELETE FROM local_item WHERE folder IN (SELECT id FROM local_folder WHERE account = ? AND path = ?)",
                (account, path),
            )
            connection.execute("DELETE FROM local_folder WHERE account = ? AND path = ?", (account, path))

    def subscribe(self, account: AccountName, path: str, *, subscribed: bool) -> None:
        """Set or clear the subscription. Raises Gone."""
        with self.changing() as connection:
            folder = localrows.folder_at(connection, account, path)
            connection.execute("UPDATE local_folder SET subscribed = ? WHERE id = ?", (subscribed, folder.id))

    # -- items

    def items(self, folder: int, condition: str = "1", *values: int) -> list[LocalItem]:
        """Items for which ``condition`` (ours, never a person's) holds, by UID, newest first."""
        with self.reading() as connection:
            rows = connection.execute(
                f"SELECT {localrows.ITEM} FROM local_item WHERE folder = ? AND {condition} ORDER BY uid DESC",  # noqa: S608 -- see above
                (folder, *values),
            ).fetchall()
        return [localrows.item_of(row) for row in rows]

    def item(self, folder: int, uid: int) -> LocalItem:
        """One item. Raises Gone."""
        found = self.items(folder, "uid = ?", uid)
        if not found:
            raise Gone(_("The message is not there any more."))
        return found[0]

    def uids(self, folder: int) -> list[int]:
        """The UIDs of a folder, ascending."""
        with self.reading() as connection:
            rows = connection.execute("SELECT uid FROM local_item WHERE folder = ? ORDER BY uid", (folder,))
            return [uid for (uid,) in rows]

    def add(self, folder: LocalFolder, items: Sequence[NewItem]) -> list[int]:
        """Put messages into a folder; their UIDs. Raises Gone where the folder or a file is not there any more."""
        with self.changing() as connection:
            return self.insert(connection, folder, items, [None] * len(items))

    def insert(
        self, connection: sqlite3.Connection, folder: LocalFolder, items: Sequence[NewItem], pops: Sequence[int | None]
    ) -> list[int]:
        """As ``add``, inside ``changing``; ``pops`` name what each is at a POP3 server."""
        # Housekeeping removes files in transactions of this database: what is here now stays.
        missing = next((item for item in items if not self.raw.has(item.raw)), None)
        if missing is not None:
            raise Gone(_("The file {name} was removed before it was used.").format(name=missing.raw))
        first, modseq = localrows.touch(connection, folder.id, len(items))
        rows = [
            (
                folder.id, first + place, int(item.flags), encode_keywords(item.keywords), item.received,
                item.size, item.raw, item.whole, item.account, modseq, pop,
            )
            for place, (item, pop) in enumerate(zip(items, pops, strict=True))
        ]  # fmt: skip
        connection.executemany(
            "INSERT INTO local_item (folder, uid, flags, keywords, received, size, raw, whole, account, modseq,"
            " origin_folder, origin_uid, pop) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?)",
            rows,
        )
        return [row[1] for row in rows]

    def set_flags(
        self, folder: int, uids: Iterable[int], add: Flag, remove: Flag, more: Sequence[str], less: Sequence[str]
    ) -> set[int]:
        """Add and remove flags and keywords (compared without case); those that are there."""
        dropped = {keyword.lower() for keyword in less}
        with self.changing() as connection:
            found = localrows.present(connection, folder, uids)
            changed = []
            for uid, bits, text in found:
                flags = (Flag(bits) | add) & ~remove
                kept = {word.lower(): word for word in decode_keywords(text) if word.lower() not in dropped}
                for word in more:
                    kept.setdefault(word.lower(), word)
                keywords = encode_keywords(tuple(kept.values()))
                if (flags, keywords) != (bits, text):
                    changed.append((int(flags), keywords, uid))
            if changed:
                _next, modseq = localrows.touch(connection, folder)
                connection.executemany(
                    "UPDATE local_item SET flags = ?, keywords = ?, modseq = ? WHERE folder = ? AND uid = ?",
                    [(flags, keywords, modseq, folder, uid) for flags, keywords, uid in changed],
                )
        return {uid for uid, _bits, _text in found}

    def transfer(
        self, source: LocalFolder, uids: Sequence[int], target: LocalFolder, *, move: bool, since: int
    ) -> tuple[set[int], dict[int, int]]:
        """Copy or move messages: those that were there, and where each is in the target.

        ``since`` is not 0 where it was tried before: what that made has a UID from there on and is not made again.
        """
        with self.changing() as connection:
            places: dict[int, int] = {}
            if since:
                places = dict(
                    connection.execute(
                        "SELECT origin_uid, uid FROM local_item WHERE folder = ? AND uid >= ? AND origin_folder = ?"
                        " AND origin_uid IN (SELECT value FROM json_each(?))",
                        (target.id, since, source.id, numbers(uids)),
                    ).fetchall()
                )
            there = {uid for uid, _flags, _keywords in localrows.present(connection, source.id, uids)}
            if move and source.id == target.id:
                return there, places  # it is where it should be
            wanted = [uid for uid in dict.fromkeys(uids) if uid in there and uid not in places]
            first, modseq = localrows.touch(connection, target.id, len(wanted))
            for place, uid in enumerate(wanted, first):
                places[uid] = place
                connection.execute(
                    "INSERT INTO local_item (folder, uid, flags, keywords, received, size, raw, whole, account, modseq,"
                    " origin_folder, origin_uid, pop) SELECT ?, ?, flags, keywords, received, size, raw, whole, account,"
                    " ?, folder, uid, pop FROM local_item WHERE folder = ? AND uid = ?",
                    (target.id, place, modseq, source.id, uid),
                )
            if move:
                localrows.remove(connection, source.id, there)
            return there, places

    def expunge(self, folder: int, uids: Iterable[int]) -> None:
        """Remove messages for ever; those that are not there are no error."""
        with self.changing() as connection:
            localrows.remove(connection, folder, uids)

    def forget(self, account: AccountName) -> None:
        """Remove all local mail of an account and what is known of its POP3 mailboxes: the only copy, perhaps."""
        with self.changing() as connection:
            connection.execute(
                "DELETE FROM local_item WHERE folder IN (SELECT id FROM local_folder WHERE account = ?)", (account,)
            )
            for table in ("local_folder", "pop_message"):
                connection.execute(f"DELETE FROM {table} WHERE account = ?", (account,))  # noqa: S608 -- our own names
