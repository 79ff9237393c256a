"""Items and where they are, by number, operations not folded yet included.

Must not know lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, ContentId, FolderId, ItemId, Revision, ThreadId
from tui_mail.model.mail import Item, ItemRef
from tui_mail.store.maildb import numbers
from tui_mail.store.overlay import Shown
from tui_mail.store.readfiles import View
from tui_mail.store.rows import ITEM_COLUMNS, decode_keywords, item_of


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What a gesture needs to know of an item: how it is shown, and where it is on the server."""

    account: AccountName
    folder: FolderId
    flags: Flag
    keywords: tuple[str, ...]
    ref: ItemRef


def items(view: View, ids: Sequence[int]) -> list[Item]:
    """Items in the order asked for; those that are in no folder are left out."""
    shown = view.overlay.items
    wanted = [shown[one].source or one if one in shown else one for one in ids]
    rows = {
        row[0]: item_of(row)
        for row in view.mail.execute(
            f"SELECT {ITEM_COLUMNS} FROM json_each(?) j CROSS JOIN item i ON i.id = j.value"  # noqa: S608 -- our own columns
            " JOIN content c ON c.id = i.content JOIN account a ON a.id = c.account",
            (numbers(wanted),),
        )
    }
    result: list[Item] = []
    for number, source in zip(ids, wanted, strict=True):
        item = rows.get(source)
        over = shown.get(number)
        if over is not None:
            item = _appended(over) if over.appended is not None else None if item is None else _over(item, over)
        if item is not None and item.folder:
            result.append(item)
    return result


def _over(item: Item, over: Shown) -> Item:
    return replace(
        item,
        id=ItemId(over.id),
        folder=FolderId(over.folder),
        flags=Flag(over.flags),
        keywords=decode_keywords(over.keywords),
        uid=item.uid if over.folder == item.folder and over.id == item.id else None,
    )


def _appended(over: Shown) -> Item:
    assert over.appended is not None
    envelope = over.appended.envelope
    return Item(
        id=ItemId(over.id),
        content=ContentId(over.content),
        account=AccountName(over.appended.account),
        folder=FolderId(over.folder),
        uid=None,
        subject=envelope.subject,
        from_=envelope.from_,
        to=envelope.to,
        cc=envelope.cc,
        date=envelope.date,
        received=over.received,
        size=over.appended.size,
        flags=Flag(over.flags),
        keywords=decode_keywords(over.keywords),
        thread=ThreadId(over.thread),
        attachments=None,
        message_id=envelope.message_id,
        snippet="",
        has_body=True,
        rev=Revision(0),
    )


def whereabouts(view: View, ids: Sequence[int]) -> dict[int, Whereabouts]:
    """By item; those that are in no folder are left out."""
    shown = view.overlay.items
    sources = {one: (shown[one].source or one) if one in shown else one for one in ids}
    found: dict[int, Whereabouts] = {}
    rows = {
        row[0]: row[1:]
        for row in view.mail.execute(
            "SELECT i.id, a.name, i.folder, i.flags, i.keywords, i.server_folder, coalesce(f.uidvalidity, 0),"
            " coalesce(i.server_uid, 0), c.fingerprint FROM json_each(?) j CROSS JOIN item i ON i.id = j.value"
            " JOIN content c ON c.id = i.content JOIN account a ON a.id = c.account"
            " LEFT JOIN folder f ON f.id = i.server_folder",
            (numbers(set(sources.values())),),
        )
    }
    for one, source in sources.items():
        over = shown.get(one)
        if over is not None and over.appended is not None:
            ref = ItemRef(ItemId(one), FolderId(over.folder), 0, 0, over.appended.fingerprint)
            account = AccountName(over.appended.account)
            found[one] = Whereabouts(
                account, FolderId(over.folder), Flag(over.flags), decode_keywords(over.keywords), ref
            )
            continue
        row = rows.get(source)
        if row is None:
            continue
        account, folder, flags, keywords, server_folder, uidvalidity, uid, fingerprint = row
        if over is not None:
            folder, flags, keywords = over.folder, over.flags, over.keywords
        if not folder:
            continue
        if uid and source == one:
            ref = ItemRef(ItemId(one), FolderId(server_folder), uidvalidity, uid, fingerprint)
        else:
            ref = ItemRef(ItemId(one), FolderId(folder), 0, 0, fingerprint)
        found[one] = Whereabouts(AccountName(account), FolderId(folder), Flag(flags), decode_keywords(keywords), ref)
    return found
