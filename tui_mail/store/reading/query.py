"""What a list asks for: folders or a search, an order, a filter.

Owns plain values only. Must not know SQL.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_mail.model.ids import FolderId

if TYPE_CHECKING:
    from tui_mail.text.query import Node


class Sort(enum.StrEnum):
    """What a list is ordered by; equal ones by the date received, then by id."""

    DATE = "date"
    SENDER = "sender"
    SUBJECT = "subject"
    SIZE = "size"


class Filter(enum.StrEnum):
    """Which rows of a list are left."""

    ALL = "all"
    UNREAD = "unread"
    FLAGGED = "flagged"
    ATTACHMENTS = "attachments"


@dataclass(frozen=True, slots=True)
class ListQuery:
    """One list. Hashable, so that a caller may key a cache on it."""

    folders: tuple[FolderId, ...] = ()
    """Empty: every folder but trash and junk, unless ``search`` names folders itself."""
    search: Node | None = None
    sort: Sort = Sort.DATE
    descending: bool = True
    filter: Filter = Filter.ALL
