"""Reading the store: folders, lists, conversations, search, bodies; any process, engine or not.

Owns the one overlay of operations not yet folded: every answer already shows them. Must not write.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from tui_mail.config.paths import Home
from tui_mail.model.ids import AccountName, FolderId, ItemId, ThreadId
from tui_mail.model.mail import Conversation, Folder, Item, ItemRef
from tui_mail.model.operation import Action, Operation
from tui_mail.store.query import ListQuery


@dataclass(frozen=True, slots=True)
class Changed:
    """What is newer than a revision of mail.db."""

    rev: int
    """Ask for what is newer than this next time."""
    items: tuple[ItemId, ...]
    """Changed or new, in no order; look at ``folder`` of each for whether it is still in the list."""
    removed: tuple[ItemId, ...]
    """Gone from the store, or from every folder."""
    everything: bool
    """True when there is too much to name: read the list anew."""


class Reader:
    """Reads both files; keep.db first. A store not yet made is empty. Safe to share between threads (one at a time)."""

    def __init__(self, home: Home) -> None:
        raise NotImplementedError

    def folders(self) -> list[Folder]:
        """Every folder that is shown, by account, then inbox, roles, path."""
        raise NotImplementedError

    def folder(self, folder: FolderId) -> Folder | None:
        """One folder."""
        raise NotImplementedError

    def find_folder(self, spec: str, account: AccountName | None = None) -> list[Folder]:
        """Folders named by ``PATH``, ``ROLE`` or ``ACCOUNT:PATH-or-ROLE``; the path first, else the role."""
        raise NotImplementedError

    def items(self, ids: Sequence[ItemId]) -> list[Item]:
        """Items by id, in the order asked for; those missing (or deleted) are left out."""
        raise NotImplementedError

    def list_items(self, query: ListQuery, limit: int, before: tuple[int, int] | None = None) -> list[Item]:
        """A page of a list; ``before`` = (received, id) of the last row of the page before it."""
        raise NotImplementedError

    def list_conversations(
        self, query: ListQuery, limit: int, before: tuple[int, int] | None = None
    ) -> list[Conversation]:
        """A page of folded rows; ``before`` = (newest.received, newest.id) of the last row of the page before it."""
        raise NotImplementedError

    def item_keys(self, query: ListQuery) -> Iterator[array[int]]:
        """Item ids of the whole list in order, in chunks (array type 'q')."""
        raise NotImplementedError

    def conversation_keys(self, query: ListQuery) -> Iterator[array[int]]:
        """Thread ids of the whole list in order, in chunks (array type 'q')."""
        raise NotImplementedError

    def count(self, query: ListQuery) -> int:
        """How many items the list has; a search without end may take a while."""
        raise NotImplementedError

    def conversations(self, folders: Sequence[FolderId], threads: Sequence[ThreadId]) -> list[Conversation]:
        """Folded rows by thread, counted inside ``folders`` (empty: all), in the order asked for; missing left out."""
        raise NotImplementedError

    def thread_items(self, thread: ThreadId, folders: Sequence[FolderId] = ()) -> list[Item]:
        """Items of a conversation, oldest first, in ``folders`` (empty: all but trash and junk)."""
        raise NotImplementedError

    def refs(self, items: Sequence[ItemId]) -> list[ItemRef]:
        """Where items are on their server now; those missing are left out."""
        raise NotImplementedError

    def raw(self, item: ItemId) -> bytes | None:
        """The exact bytes of the message, None while they are not here."""
        raise NotImplementedError

    def open_raw(self, item: ItemId) -> BinaryIO | None:
        """A stream of the exact bytes, for large messages; the caller closes it."""
        raise NotImplementedError

    def rendered(self, item: ItemId, prefer: str = "auto") -> bytes | None:
        """The cached rendering (``mime.render.Rendered.to_bytes``), None when there is none."""
        raise NotImplementedError

    def pending(self) -> list[Operation]:
        """Operations still to be carried out, oldest first; failed and conflicting ones included."""
        raise NotImplementedError

    def actions(self, limit: int = 50) -> list[Action]:
        """The action log, newest first."""
        raise NotImplementedError

    def find_message_id(self, message_id: str, account: AccountName | None = None) -> list[Item]:
        """Items with this Message-ID (without angle brackets)."""
        raise NotImplementedError

    def revision(self) -> tuple[int, int]:
        """Revision counters (keep, mail)."""
        raise NotImplementedError

    def data_version(self) -> tuple[int, int]:
        """Cheap numbers that change when another process committed to (keep, mail); for polling."""
        raise NotImplementedError

    def changed_folders(self, since: int) -> list[FolderId]:
        """Folders whose rows or counters changed after mail revision ``since``."""
        raise NotImplementedError

    def changed(self, since: int, folders: Sequence[FolderId] = (), limit: int = 2000) -> Changed:
        """Items changed after mail revision ``since``, in ``folders`` (empty: all)."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the connections."""
        raise NotImplementedError
