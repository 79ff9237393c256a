"""Flags of an item: the fixed ones as bits, the rest as keywords.

The names are those of the command line and its JSON; the IMAP spelling lives in the IMAP backend (RFC 9051, 2.3.2).
"""

from __future__ import annotations

import enum


class Flag(enum.IntFlag):
    """The flags every backend knows, as stored in ``item.flags``."""

    NONE = 0
    SEEN = 1
    ANSWERED = 2
    FLAGGED = 4
    DRAFT = 8
    DELETED = 16
    FORWARDED = 32
    JUNK = 64


FLAG_NAMES: tuple[tuple[Flag, str], ...] = (
    (Flag.SEEN, "seen"),
    (Flag.ANSWERED, "answered"),
    (Flag.FLAGGED, "flagged"),
    (Flag.DRAFT, "draft"),
    (Flag.DELETED, "deleted"),
    (Flag.FORWARDED, "forwarded"),
    (Flag.JUNK, "junk"),
)


def flag_names(flags: Flag, keywords: tuple[str, ...] = ()) -> list[str]:
    """The names in the order of the contract: fixed flags first, then keywords."""
    return [name for flag, name in FLAG_NAMES if flags & flag] + list(keywords)
