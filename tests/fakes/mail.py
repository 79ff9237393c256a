"""Items and conversations made by hand, for tests that need no store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, ContentId, FolderId, ItemId, ThreadId
from tui_mail.model.mail import Address, Conversation, Folder, Item, Role

NOW: Final = 1_795_430_000
"""Mon 23 Nov 2026, 10:33 UTC."""


def an_item(number: int = 1, *, thread: int = 1, flags: Flag = Flag.SEEN, folder: int = 1) -> Item:
    """One message from Grace Hopper, an hour older for each number."""
    return Item(
        id=ItemId(number),
        content=ContentId(number),
        account=AccountName("work"),
        folder=FolderId(folder),
        uid=number,
        subject="Compiler meeting",
        from_=(Address("Grace Hopper", "grace@example.org"),),
        to=(Address("", "me@example.org"),),
        cc=(),
        date=NOW - number * 3600,
        received=NOW - number * 3600,
        size=2000,
        flags=flags,
        keywords=(),
        thread=ThreadId(thread),
        attachments=0,
        message_id=f"{number}@example.org",
        snippet="",
        has_body=True,
    )


def conversation_of(items: Sequence[Item]) -> Conversation:
    """The folded row of some items, the first of which is the newest."""
    people = {address.address: address for item in reversed(items) for address in item.from_}
    return Conversation(
        thread=items[0].thread,
        folder=items[0].folder,
        newest=items[0],
        count=len(items),
        unread=sum(not item.flags & Flag.SEEN for item in items),
        flagged=sum(bool(item.flags & Flag.FLAGGED) for item in items),
        attachments=sum(item.attachments or 0 for item in items),
        senders=tuple(people.values()),
    )


def a_folder(
    number: int, path: str, role: Role | None = None, *, account: str = "work", unread: int = 0, total: int = 0
) -> Folder:
    """A folder that can be selected and is complete."""
    return Folder(
        id=FolderId(number),
        account=AccountName(account),
        path=path,
        role=role,
        selectable=True,
        subscribed=True,
        total=total,
        unread=unread,
        last_sync=NOW - 60,
        complete=True,
    )
