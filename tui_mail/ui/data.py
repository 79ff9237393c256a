"""What the user interface reads and writes: pages, whole vectors, rows, gestures.

Owns the two readers (one for what fits in a frame, one for what a thread reads in bulk) and the gestures. Must not know
widgets. Nothing here waits for a server.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_mail.config.paths import Home
from tui_mail.model.clock import Clock
from tui_mail.model.flags import Flag
from tui_mail.model.ids import ItemId, ThreadId
from tui_mail.model.mail import Conversation, Folder, Item, Role
from tui_mail.store.reader import Reader
from tui_mail.store.reading.folderview import of_role
from tui_mail.store.reading.query import Filter
from tui_mail.ui import views
from tui_mail.ui.list.rowkeys import Row
from tui_mail.ui.list.rows import Shown
from tui_mail.ui.views import UNTOUCHED, View

if TYPE_CHECKING:
    from tui_mail.store.gestures.journal import Journal
    from tui_mail.store.gestures.messages import Gestures
    from tui_mail.store.sending.drafts import Drafts
    from tui_mail.store.sending.outbox import Outbox

PAGE = 200
"""Rows read for the first frame; the rest of the vector comes from a thread."""


class MailData:
    """One per user interface."""

    def __init__(self, home: Home, clock: Clock) -> None:
        self._home = home
        self._clock = clock
        self.reader = Reader(home)
        self._journal: Journal | None = None
        self._gestures: Gestures | None = None
        self._drafts: Drafts | None = None
        self._outbox: Outbox | None = None
        self._bulk: Reader | None = None
        self._bulk_lock = threading.Lock()

    def close(self) -> None:
        """Close every connection; a bulk read under way ends first."""
        with self._bulk_lock:
            if self._bulk is not None:
                self._bulk.close()
        for part in (self._drafts, self._outbox, self._journal):
            if part is not None:
                part.close()
        self.reader.close()

    @property
    def journal(self) -> Journal:
        """Where operations are written. Raises StoreError while no engine has made the store."""
        if self._journal is None:
            from tui_mail.store.gestures.journal import Journal

            self._journal = Journal(self._home, self._clock)
        return self._journal

    @property
    def gestures(self) -> Gestures:
        """What a person does to messages. Raises StoreError as ``journal`` does."""
        if self._gestures is None:
            from tui_mail.store.gestures.messages import Gestures

            self._gestures = Gestures(self.reader, self.journal)
        return self._gestures

    @property
    def drafts(self) -> Drafts:
        """Messages being written. Raises StoreError as ``journal`` does."""
        if self._drafts is None:
            from tui_mail.store.sending.drafts import Drafts

            self._drafts = Drafts(self._home, self._clock, self.reader, self.journal)
        return self._drafts

    @property
    def outbox(self) -> Outbox:
        """Messages on their way out. Raises StoreError as ``journal`` does."""
        if self._outbox is None:
            from tui_mail.store.sending.outbox import Outbox

            self._outbox = Outbox(self._home, self._clock, self.reader)
        return self._outbox

    # Lists

    def first_page(self, view: View, limit: int = PAGE) -> list[tuple[Row, Shown]]:
        """The first rows of a view in order; fits in a frame."""
        if view.threads:
            page = self.reader.list_conversations(view.query, limit)
            return [(Row(one.thread, 0), one) for one in page]
        return [(Row(0, item.id), item) for item in self.reader.list_items(view.query, limit)]

    def vector(self, view: View, *, kept: Filter | None = None) -> array[int]:
        """The keys of all rows of a view in order; for a thread."""
        if kept is not None:
            view = view.filtered(kept)
        with self._bulk_lock:
            if self._bulk is None:
                self._bulk = Reader(self._home)
            return _vector(self._bulk, view)

    def vector_now(self, view: View, *, kept: Filter | None = None) -> array[int]:
        """The same for lists short enough to be read within a frame."""
        return _vector(self.reader, view if kept is None else view.filtered(kept))

    def items(self, ids: Sequence[ItemId]) -> list[Item]:
        """Items by id, the missing left out."""
        return self.reader.items(ids)

    def conversations(self, view: View, threads: Sequence[ThreadId]) -> list[Conversation]:
        """Folded rows of a view by thread."""
        return self.reader.conversations(view.query.folders, threads)

    def thread_items(self, view: View, thread: int) -> list[Item]:
        """The items of a conversation that a view shows, oldest first."""
        return self.reader.thread_items(ThreadId(thread), view.query.folders)

    def item(self, item: ItemId) -> Item | None:
        """One item as it is now."""
        found = self.reader.items([item])
        return found[0] if found else None

    def opened_item(self, view: View, row: Row) -> Item | None:
        """What ``enter`` shows: of a folded conversation its oldest unread item, else its newest."""
        if not row.folded:
            return self.item(ItemId(row.item))
        items = self.thread_items(view, row.thread)
        unread = [item for item in items if not item.flags & Flag.SEEN]
        return unread[0] if unread else items[-1] if items else None

    # What an action works on

    def item_ids(self, view: View, rows: Sequence[Row]) -> list[ItemId]:
        """The items rows stand for: of a folded conversation those in this view, never in Sent or Drafts."""
        threads = [ThreadId(row.thread) for row in rows if row.folded]
        ids = [ItemId(row.item) for row in rows if not row.folded]
        if not threads:
            return ids
        every = self.reader.folders()
        inside = view.query.folders or views.searched(every, "")
        if view.role not in UNTOUCHED:
            left_alone = {folder.id for folder in every if folder.role in UNTOUCHED}
            inside = tuple(folder for folder in inside if folder not in left_alone)
        return ids + [ItemId(key) for key in self.reader.thread_keys(threads, inside)] if inside else ids

    # Folders

    def folders(self) -> list[Folder]:
        """Every folder with its effective counters, in the order of the folder pane."""
        return self.reader.folders()

    def folder_of_role(self, role: Role, account: str) -> Folder | None:
        """The folder of a role in ``account``, or in the first account that has one when ``account`` is empty."""
        return of_role(self.folders(), role, account)


def _vector(reader: Reader, view: View) -> array[int]:
    keys: array[int] = array("q")
    for chunk in reader.conversation_keys(view.query) if view.threads else reader.item_keys(view.query):
        keys.extend(chunk)
    return keys
