"""How values of ``model.mail`` stand in the columns of mail.db, both ways.

Owns the encoding of addresses and keywords, the columns of an item and the names of renderings. Must not run a query.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, ContentId, FolderId, ItemId, ThreadId
from tui_mail.model.mail import Address, Item
from tui_mail.text.fold import fold

KEY_LENGTH = 40
"""Characters of a sort key; beyond them order is by date."""

ITEM_COLUMNS = (
    "i.id, i.content, a.name, i.folder, CASE WHEN i.folder = i.server_folder THEN i.server_uid END, c.subject,"
    " c.senders, c.recipients, c.cc, c.date, i.received, c.size, i.flags, i.keywords, i.thread, c.attachments,"
    " c.message_id, c.snippet, i.body"
)
"""For ``item i JOIN content c JOIN account a``; read by ``item_of``."""

_ItemRow = tuple[
    int, int, str, int, int | None, str, str, str, str, int | None, int, int, int, str, int, int | None, str, str, int, int
]  # fmt: skip

_REPLY = re.compile(
    # Re, Fwd and their kin in other languages, as often as they stand there, with counts and list tags between.
    r"(?:\s*(?:\[[^\[\]]{1,60}\]\s*)?(?:re|aw|antw|antwort|sv|vs|rv|ref|res|odp|ynt|fwd?|wg|tr|doorst|i|enc|vb|pd)"
    r"(?:\[\d{1,3}\]|\(\d{1,3}\))?\s*[:：])+\s*",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"\s*(?:\[[^\[\]]{1,60}\]\s*)?(?:re|aw|antw|antwort|sv|vs|rv|ref|res|odp|ynt)(?:\[\d{1,3}\]|\(\d{1,3}\))?\s*[:：]",
    re.IGNORECASE,
)


def encode_addresses(addresses: Sequence[Address]) -> str:
    """Lines of ``name TAB addr-spec``."""
    if len(addresses) == 1:
        text = f"{addresses[0].name}\t{addresses[0].address}"
        if text.count("\t") == 1 and "\n" not in text:
            return text
    # Names are free of controls by contract; a stray one must not shift the columns.
    return "\n".join([f"{_plain(one.name)}\t{_plain(one.address)}" for one in addresses])


def _plain(text: str) -> str:
    return text.replace("\t", " ").replace("\n", " ")


def decode_addresses(text: str) -> tuple[Address, ...]:
    """What ``encode_addresses`` encoded."""
    if not text:
        return ()
    return tuple([Address(*line.split("\t", 1)) for line in text.split("\n")])


def encode_keywords(keywords: Sequence[str]) -> str:
    """Sorted, joined by a line feed."""
    return "\n".join(sorted(set(keywords))) if keywords else ""


def decode_keywords(text: str) -> tuple[str, ...]:
    """What ``encode_keywords`` encoded."""
    return tuple(text.split("\n")) if text else ()


def base_subject(subject: str) -> str:
    """The subject without Re, Fwd and the like in front, folded, single spaces."""
    # Both colons: see _REPLY.
    found = _REPLY.match(subject) if ":" in subject or "：" in subject else None
    return " ".join(fold(subject[found.end() :] if found else subject).split())


def is_reply(subject: str) -> bool:
    """True when the subject says that it answers something (not that it forwards)."""
    return _ANSWER.match(subject) is not None


def sender_key(addresses: Sequence[Address]) -> str:
    """What a list sorted by sender goes by."""
    return fold(addresses[0].name or addresses[0].address)[:KEY_LENGTH] if addresses else ""


def item_of(row: _ItemRow) -> Item:
    """An Item from the columns of ``ITEM_COLUMNS``."""
    return Item(
        id=ItemId(row[0]),
        content=ContentId(row[1]),
        account=AccountName(row[2]),
        folder=FolderId(row[3]),
        uid=row[4],
        subject=row[5],
        from_=decode_addresses(row[6]),
        to=decode_addresses(row[7]),
        cc=decode_addresses(row[8]),
        date=row[9],
        received=row[10],
        size=row[11],
        flags=Flag(row[12]),
        keywords=decode_keywords(row[13]),
        thread=ThreadId(row[14]),
        attachments=row[15],
        message_id=row[16],
        snippet=row[17],
        has_body=bool(row[18]),
    )


def beginning(prefer: str) -> str:
    """As what the beginning of a rendering is kept in ``rendered.prefer`` while the rest of it is made."""
    return f"{prefer} begins"
