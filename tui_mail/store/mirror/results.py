"""What goes into the writer and what comes out of it, beside the dataclasses of ``model`` and ``arrival``.

Owns plain values only. Must not know SQL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tui_mail.model.ids import AccountName, FolderId, ItemId, OperationId
from tui_mail.model.mail import Role


@dataclass(frozen=True, slots=True)
class Stored:
    """What a page brought."""

    items: tuple[ItemId, ...]
    """Items that are new to this folder and were not moved there from here."""
    new_unread: tuple[ItemId, ...]
    """Those of them that are unread."""
    folders: frozenset[FolderId]
    """Folders whose rows or counters changed."""
    recovered: int = 0
    """Items found again after a UIDVALIDITY change or a move made by another client."""
    reset: bool = False
    """The server had renumbered the folder."""


@dataclass(frozen=True, slots=True)
class Folded:
    """What ``Writer.fold`` carried over from the journal."""

    operations: tuple[OperationId, ...]
    folders: frozenset[FolderId]


@dataclass(frozen=True, slots=True)
class FoldersStored:
    """What ``Writer.put_folders`` did."""

    ids: dict[str, FolderId]
    """Server name to folder, for every folder of the list."""
    changed: frozenset[FolderId]


@dataclass(frozen=True, slots=True)
class ServerFolder:
    """A folder as the engine needs it: how the server calls it and how far it is read."""

    id: FolderId
    account: AccountName
    name: str
    """The server's name; empty while the folder waits to be created."""
    path: str
    """Display path as the server has it, whatever was renamed here and is not carried out yet."""
    role: Role | None
    selectable: bool
    uidvalidity: int
    """0 before the first page."""
    cursor: bytes
    held: int
    """Messages of this folder that are in the store with a UID."""
    complete: bool
    last_sync: int | None
    older: int
    """Messages received before ``read_from`` and left on the server."""
    read_from: int
    """How far back it was read when it became complete, seconds UTC; 0: all of it."""
    reach: int | None
    """How far back a person asked for it, likewise; None: as the account says."""
    awaiting: bool
    """An item was put there and has no UID yet: it is to turn up when the folder is read, or to be given up."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The bodies of one account that are here."""

    octets: int
    since: int
    """Those received before made room for newer ones, seconds UTC: they are not fetched ahead again; 0: none did."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A message of which some bodies were left out (``mime.outline``)."""

    raw: bytes
    left_out: Mapping[str, int]
    """The parts whose bodies are empty in ``raw``: section number, and octets after decoding, about."""
    here: frozenset[str] = frozenset()
    """Of these, the parts that were asked for and came."""

    @property
    def absent(self) -> list[str]:
        """The parts that are on the server alone."""
        return [path for path in self.left_out if path not in self.here]


class BodyText(Protocol):
    """What the index takes of a body; ``mime.searchtext.SearchText`` is one."""

    @property
    def body(self) -> str: ...
    @property
    def files(self) -> tuple[str, ...]: ...
    @property
    def snippet(self) -> str: ...
    @property
    def attachments(self) -> int: ...


@dataclass(frozen=True, slots=True)
class NewBody:
    """The exact bytes of a message and what search needs of them."""

    uid: int
    raw: bytes
    text: BodyText


class LocalView:
    """The UIDs the store holds of one folder; satisfies ``backends.protocol.LocalView``. A snapshot."""

    __slots__ = ("_uids",)

    def __init__(self, uids: Sequence[int]) -> None:
        self._uids = uids

    def count(self) -> int:
        """Messages of this folder that are in the store with a UID."""
        return len(self._uids)

    def uids(self) -> Sequence[int]:
        """Their UIDs, ascending."""
        return self._uids
