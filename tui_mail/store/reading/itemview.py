"""Items, where they are and what their bodies are, operations not folded yet included.

Owns finding items by number, by place on the server and by Message-ID. Must not know lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, ContentId, FolderId, ItemId, ThreadId
from tui_mail.model.mail import Item, ItemRef
from tui_mail.store.reading.files import View
from tui_mail.store.reading.overlay import Shown
from tui_mail.store.tables.maildb import numbers
from tui_mail.store.tables.rows import ITEM_COLUMNS, decode_keywords, item_of


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


def items_at(view: View, folder: FolderId, uids: Sequence[int]) -> list[ItemId]:
    """Items by their UIDs in a folder of the server, in the order of ``uids``; unknown ones are left out."""
    found = {
        uid: ItemId(item)
        for uid, item in view.mail.execute(
            "SELECT i.server_uid, i.id FROM json_each(?) j CROSS JOIN item i"
            " ON i.server_folder = ? AND i.server_uid = j.value",
            (numbers(uids), folder),
        )
    }
    return [found[uid] for uid in uids if uid in found]


def items_placed(view: View, account: AccountName, places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], ItemId]:
    """Items of an account by UIDVALIDITY and UID; unknown ones are left out."""
    found: dict[tuple[int, int], ItemId] = {}
    for uidvalidity, uid in places:
        row = view.mail.execute(
            "SELECT i.id FROM account a JOIN folder f ON f.account = a.id AND f.uidvalidity = ?"
            " JOIN item i ON i.server_folder = f.id AND i.server_uid = ? WHERE a.name = ?",
            (uidvalidity, uid, account),
        ).fetchone()
        if row is not None:
            found[uidvalidity, uid] = ItemId(row[0])
    return found


def with_message_id(view: View, message_id: str, account: AccountName | None) -> list[int]:
    """Items with this Message-ID, of one account or of all, newest first."""
    from tui_mail.store.mirror.threads import key  # here: showing a list should not load what takes messages apart

    found: list[tuple[int, int]] = []
    for number, name in view.mail.execute("SELECT id, name FROM account").fetchall():
        if account is None or name == account:
            found.extend(
                view.mail.execute(
                    "SELECT i.received, i.id FROM message_id m LEFT JOIN thread_alias a ON a.thread = m.thread"
                    " CROSS JOIN item i ON i.thread = coalesce(a.into_thread, m.thread)"
                    " CROSS JOIN content c ON c.id = i.content WHERE m.hash = ? AND c.message_id = ?",
                    (key(number, "m", message_id), message_id),
                )
            )
    found.extend(
        (one.received, one.id)
        for one in view.overlay.items.values()
        if one.appended is not None
        and one.appended.envelope.message_id == message_id
        and account in {None, one.appended.account}
    )
    return [item for _received, item in sorted(found, reverse=True)]


def raw(view: View, item: int) -> tuple[str, bytes | None] | None:
    """The file of a message's bytes, or the bytes themselves; None for an item that is not in mail.db."""
    row: tuple[str, bytes | None] | None = view.mail.execute(
        "SELECT c.file, b.raw FROM item i JOIN content c ON c.id = i.content"
        " LEFT JOIN body b ON b.content = c.id WHERE i.id = ?",
        (source(view, item),),
    ).fetchone()
    return row


def rendered(view: View, item: int, prefer: str) -> bytes | None:
    """The cached rendering, None when there is none."""
    row = view.mail.execute(
        "SELECT r.bytes FROM item i JOIN rendered r ON r.content = i.content AND r.prefer = ? WHERE i.id = ?",
        (prefer, source(view, item)),
    ).fetchone()
    return row[0] if row is not None else None


def source(view: View, item: int) -> int:
    """The item in mail.db that an item shown is made of: a copy not folded yet is made of another."""
    over = view.overlay.items.get(item)
    return item if over is None or over.source is None else over.source
