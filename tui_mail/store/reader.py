"""Reading the store: folders, lists, conversations, search, bodies; any process, engine or not.

A face over the parts that do the work; every answer already shows the operations not folded yet. Must not write.
"""

from __future__ import annotations

import io
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from tui_mail.config.paths import Home
from tui_mail.model.ids import AccountName, FolderId, ItemId, ThreadId
from tui_mail.model.mail import Conversation, Folder, Item, ItemRef
from tui_mail.model.operation import Action, Operation
from tui_mail.store.disk.sqlite import snapshot, translated
from tui_mail.store.local import view as localview
from tui_mail.store.local.view import AtServer, LocalState, LocalTotal
from tui_mail.store.mirror.results import Outline
from tui_mail.store.reading import acquaintance, folderview, itemview, outlineview
from tui_mail.store.reading import conversations as rows_of
from tui_mail.store.reading.files import ReadFiles
from tui_mail.store.reading.itemview import Whereabouts
from tui_mail.store.reading.listview import ListView
from tui_mail.store.reading.query import ListQuery
from tui_mail.store.tables import alerts, leaving
from tui_mail.store.tables.alerts import ServerAlert
from tui_mail.store.tables.keepdb import read_actions
from tui_mail.store.tables.leaving import Leave
from tui_mail.store.tables.rows import beginning


class Reader:
    """Reads both files; keep.db first. A store not yet made is empty. May be shared between threads."""

    def __init__(self, home: Home) -> None:
        self._files = ReadFiles(home)
        self._lists = ListView(self._files.view)

    # -- folders

    def folders(self) -> list[Folder]:
        """Every folder that is shown, by account, then inbox, roles, path."""
        with self._files.view() as view:
            return folderview.folders(view) if view is not None else []

    def folder(self, folder: FolderId) -> Folder | None:
        """One folder."""
        return next((one for one in self.folders() if one.id == folder), None)

    def find_folder(self, spec: str, account: AccountName | None = None) -> list[Folder]:
        """Folders named by ``PATH``, ``ROLE`` or ``ACCOUNT:PATH-or-ROLE``; the path first, else the role.

        One for each account at most.
        """
        return folderview.find(self.folders(), spec, account)

    # -- lists

    def items(self, ids: Sequence[ItemId]) -> list[Item]:
        """Items by id, in the order asked for; those missing (or deleted) are left out."""
        with self._files.view() as view:
            return itemview.items(view, ids) if view is not None else []

    def list_items(self, query: ListQuery, limit: int, before: tuple[int, int] | None = None) -> list[Item]:
        """A page of a list; ``before`` = (received, id) of the last row of the page before it."""
        return self.items([ItemId(row[1]) for row in self._lists.item_page(query, limit, before)])

    def list_conversations(
        self, query: ListQuery, limit: int, before: tuple[int, int] | None = None
    ) -> list[Conversation]:
        """A page of folded rows; ``before`` = (newest.received, newest.id) of the last row of the page before it.

        Of a search: conversations with a hit, in the order of their newest hit.
        """
        plan = self._lists.plan(query)
        rows = self._lists.conversation_page(plan, limit, before)
        inside = [FolderId(folder) for folder in plan.folders]
        return self.conversations(inside, [ThreadId(row[2]) for row in rows]) if rows else []

    def item_keys(self, query: ListQuery) -> Iterator[array[int]]:
        """Item ids of the whole list in order, in chunks (array type 'q')."""
        for chunk in self._lists.items(query):
            yield array("q", [row[1] for row in chunk])

    def conversation_keys(self, query: ListQuery) -> Iterator[array[int]]:
        """Thread ids of the whole list in order, in chunks (array type 'q')."""
        for chunk in self._lists.conversations(query):
            yield array("q", [row[2] for row in chunk])

    def count(self, query: ListQuery) -> int:
        """How many items the list has; walks the whole list."""
        return sum(len(chunk) for chunk in self._lists.items(query))

    def conversations(self, folders: Sequence[FolderId], threads: Sequence[ThreadId]) -> list[Conversation]:
        """Folded rows by thread, counted inside ``folders`` (empty: all), in the order asked for; missing left out."""
        with self._files.view() as view:
            return rows_of.conversations(view, folders, threads) if view is not None else []

    def thread_items(self, thread: ThreadId, folders: Sequence[FolderId] = ()) -> list[Item]:
        """Items of a conversation, oldest first, in ``folders`` (empty: all but trash and junk)."""
        inside = folders or self._lists.plan(ListQuery()).folders
        with self._files.view() as view:
            if view is None or not inside:
                return []
            counted = rows_of.count(view, [thread], inside)
            found = sorted(row for sums in counted.values() for row in sums.items)
            return itemview.items(view, [item for _received, item in found])

    def thread_keys(self, threads: Sequence[ThreadId], folders: Sequence[FolderId] = ()) -> array[int]:
        """Item ids of many conversations at once, in ``folders`` (empty: all but trash and junk), newest first."""
        inside = folders or self._lists.plan(ListQuery()).folders
        with self._files.view() as view:
            if view is None or not inside:
                return array("q")
            counted = rows_of.count(view, threads, inside)
        found = sorted((row for sums in counted.values() for row in sums.items), reverse=True)
        return array("q", [item for _received, item in found])

    # -- items by other ways

    def refs(self, items: Sequence[ItemId]) -> list[ItemRef]:
        """Where items are on their server now; those missing are left out."""
        found = self.whereabouts(items)
        return [found[item].ref for item in items if item in found]

    def whereabouts(self, items: Sequence[ItemId]) -> dict[int, Whereabouts]:
        """How items are shown and where they are on their server, by number; those missing are left out."""
        with self._files.view() as view:
            return itemview.whereabouts(view, items) if view is not None else {}

    def items_at(self, folder: FolderId, uids: Sequence[int]) -> list[ItemId]:
        """Items by their UIDs in a folder of the server, in the order of ``uids``; unknown ones are left out."""
        with self._files.view() as view:
            return itemview.items_at(view, folder, uids) if view is not None else []

    def find_message_id(self, message_id: str, account: AccountName | None = None) -> list[Item]:
        """Items with this Message-ID (without angle brackets), newest first."""
        with self._files.view() as view:
            if view is None or not message_id:
                return []
            return itemview.items(view, itemview.with_message_id(view, message_id, account))

    def is_first(self, item: Item, address: str, mine: Sequence[str] = ()) -> bool:
        """True when ``item`` is the first message from ``address``, and nothing was sent there from one of ``mine``.

        False also while that is not certain: mail of the account is still to come, or was left on its server.
        """
        with self._files.view() as view:
            return (
                view is not None
                and bool(address)
                and acquaintance.is_settled(view, item.account, item.folder)
                and acquaintance.is_first(view, item.id, address, mine)
            )

    # -- bodies

    def raw(self, item: ItemId) -> bytes | None:
        """The exact bytes of the message, None while they are not here."""
        stream = self.open_raw(item)
        if stream is None:
            return None
        with stream:
            return stream.read()

    def open_raw(self, item: ItemId) -> BinaryIO | None:
        """A stream of the exact bytes, for large messages; the caller closes it."""
        with self._files.view() as view:
            if view is None:
                return None
            row = itemview.raw(view, item)
        if row is None:
            return self._appending(item)
        file, raw = row
        return io.BytesIO(raw) if raw is not None else self._files.raw.open(file) if file else None

    def outline(self, item: ItemId) -> Outline | None:
        """What is here of a large message of which not all is; None where that is nothing, or all."""
        with self._files.view() as view:
            return None if view is None else outlineview.outline(view, item)

    def part(self, item: ItemId, path: str) -> bytes | None:
        """The body of one part that the outline lacks, still encoded; None while it is not here."""
        with self._files.view() as view:
            name = None if view is None else outlineview.part_file(view, item, path)
        return None if name is None else self._files.raw.read(name)

    def _appending(self, item: ItemId) -> BinaryIO | None:
        for operation in self._files.operations():
            if item in operation.copies and operation.raw:
                return self._files.raw.open(operation.raw)
        return None

    def rendered(self, item: ItemId, prefer: str = "auto") -> bytes | None:
        """The cached rendering (``mime.render.Rendered.to_bytes``), None when there is none."""
        with self._files.view() as view:
            return itemview.rendered(view, item, prefer) if view is not None else None

    def beginning(self, item: ItemId, prefer: str = "auto") -> bytes | None:
        """The beginning of a rendering that is being made; None when there is none, or all of it."""
        return self.rendered(item, beginning(prefer))

    # -- local mail

    def local(self, items: Sequence[ItemId]) -> dict[ItemId, LocalState]:
        """Of these items, those that are local mail, and what is known of them beside."""
        found = self.whereabouts(items)
        with self._kept() as connection:
            if connection is None:
                return {}
            accounts = {one.account for one in found.values()}
            return {
                item: state
                for account in accounts
                for item, state in localview.states(
                    connection, account, (one.ref for one in found.values() if one.account == account)
                ).items()
            }

    def local_header(self, item: ItemId) -> BinaryIO | None:
        """A stream of the whole header of a local item of which no more is here; None of others."""
        state = self.local([item]).get(item)
        return None if state is None or state.whole else self._files.raw.open(state.raw)

    def only_here(self, account: AccountName) -> int:
        """Messages of an account of which no server has a copy, as far as is known: local mail."""
        with self._kept() as connection:
            return 0 if connection is None else localview.only_here(connection, account)

    def local_totals(self) -> list[LocalTotal]:
        """How much local mail each account has, and whether its files are there."""
        with self._kept() as connection:
            return [] if connection is None else localview.totals(connection, self._files.raw.names())

    def at_server(self, account: AccountName) -> list[AtServer]:
        """What the POP3 server of an account still has of what came here, oldest first."""
        with self._kept() as connection:
            return [] if connection is None else localview.at_server(connection, account)

    def items_placed(self, account: AccountName, places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], ItemId]:
        """Items of an account by UIDVALIDITY and UID; unknown ones are left out."""
        with self._files.view() as view:
            return itemview.items_placed(view, account, places) if view is not None else {}

    # -- the journal

    def pending(self) -> list[Operation]:
        """Operations still to be carried out, oldest first; failed and conflicting ones included."""
        return self._files.operations()

    def alerts(self) -> list[ServerAlert]:
        """What servers want a person to read and nobody has read yet, oldest first."""
        with self._kept() as connection:
            return [] if connection is None else alerts.unread(connection)

    def left_list(self, account: AccountName, name: str) -> Leave | None:
        """How the person left a mailing list; None where they did not. ``name``: see ``mime.lists.list_key``."""
        with self._kept() as connection:
            return None if connection is None else leaving.of(connection, account, name)

    def actions(self, limit: int = 50) -> list[Action]:
        """The action log, newest first."""
        with self._kept() as connection:
            return [] if connection is None else read_actions(connection, limit)

    # -- what changed

    def revision(self) -> tuple[int, int]:
        """Revision counters (keep, mail); 0 for a file that is not there."""
        with self._kept() as connection:
            kept = 0 if connection is None else connection.execute("SELECT rev FROM keep").fetchone()[0]
        with self._files.view() as view:
            return kept, view.rev if view is not None else 0

    def data_version(self) -> tuple[int, int]:
        """Cheap numbers that change when another process committed to (keep, mail); for polling."""
        with self._files.lock:
            return self._files.keep.data_version(), self._files.mail.data_version()

    def close(self) -> None:
        """Close the connections."""
        self._files.close()

    @contextmanager
    def _kept(self) -> Iterator[sqlite3.Connection | None]:
        """keep.db at one moment; None while there is none."""
        with self._files.lock:
            connection = self._files.keep.connection()
            if connection is None:
                yield None
                return
            with translated(self._files.keep.path), snapshot(connection):
                yield connection
