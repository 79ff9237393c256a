"""Operations and actions: what a person wants of the server, and what a person did.

An operation is desired state ("these items should be in Archive"), idempotent by construction. An action is one
gesture with its inverse. Must not know how either is stored or carried out.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, ActionId, FolderId, ItemId, OperationId
from tui_mail.model.mail import ItemRef, Role

UNNUMBERED: Final = OperationId(0)
"""The id of an operation that is not in the journal: recording it draws its number."""


class OperationKind(enum.StrEnum):
    """What an operation asks for."""

    FLAGS = "flags"
    MOVE = "move"
    COPY = "copy"
    EXPUNGE = "expunge"
    APPEND = "append"
    CREATE_FOLDER = "create-folder"
    RENAME_FOLDER = "rename-folder"
    DELETE_FOLDER = "delete-folder"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


class OperationState(enum.StrEnum):
    """Where an operation stands; only confirmed ones leave the journal."""

    QUEUED = "queued"
    RUNNING = "running"
    RETRY = "retry"
    CONFLICT = "conflict"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the journal: one account, one kind, any number of items."""

    id: OperationId
    account: AccountName
    kind: OperationKind
    items: tuple[ItemRef, ...]
    """Where each item was when the person acted; empty for folder operations."""
    add: Flag = Flag.NONE
    remove: Flag = Flag.NONE
    add_keywords: tuple[str, ...] = ()
    remove_keywords: tuple[str, ...] = ()
    target: FolderId | None = None
    """MOVE, COPY, APPEND: the destination. Folder operations: the folder itself."""
    copies: tuple[ItemId, ...] = ()
    """COPY, APPEND: the ids drawn for the new items, in the order of ``items``."""
    path: str = ""
    """CREATE_FOLDER, RENAME_FOLDER: the display path wanted."""
    role: Role | None = None
    raw: str = ""
    """APPEND: the name of the bytes under data/raw."""
    received: int = 0
    """APPEND: INTERNALDATE wanted, seconds UTC; 0: now."""
    state: OperationState = OperationState.QUEUED
    attempts: int = 0
    error: str = ""
    not_before: int = 0
    created: int = 0
    action: ActionId | None = None
    after: OperationId | None = None
    """Sent only when that operation is confirmed; refused with it."""


class ActionKind(enum.StrEnum):
    """The gestures of the action log."""

    READ = "read"
    UNREAD = "unread"
    FLAG = "flag"
    UNFLAG = "unflag"
    JUNK = "junk"
    ARCHIVE = "archive"
    TRASH = "trash"
    DELETE = "delete"
    MOVE = "move"
    COPY = "copy"
    LABEL = "label"
    UNDELETE = "undelete"
    """Another program's mark of deletion taken away."""
    IMPORT = "import"
    SEND = "send"
    CREATE_FOLDER = "create-folder"
    RENAME_FOLDER = "rename-folder"
    DELETE_FOLDER = "delete-folder"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Action:
    """One gesture of a person, for undo, redo and the status line."""

    id: ActionId
    kind: ActionKind
    items: tuple[ItemId, ...]
    operations: tuple[OperationId, ...]
    target: str
    """The destination's display path, for the words of the status line; empty when there is none."""
    reversible: bool
    created: int
    undone: bool = False
