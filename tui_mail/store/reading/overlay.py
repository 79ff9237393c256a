"""Operations not folded yet, laid over what mail.db says: the one function every reader goes through.

Owns computing which items, conversations, folders and counters look different from their rows. What an operation does
comes from ``effect`` and ``folders.derive``, the same that folding uses. Must not know lists or searches.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tui_mail.model.mail import Envelope
from tui_mail.model.operation import Operation, OperationKind
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.mirror.effect import LIVE, apply, made
from tui_mail.store.tables.changes import SEEN
from tui_mail.store.tables.maildb import numbers


@dataclass(slots=True)
class Shown:
    """An item as it is shown, where that is not what its row says, or where there is no row yet."""

    id: int
    content: int
    thread: int
    received: int
    folder: int
    flags: int
    keywords: str
    attached: int
    stored_folder: int
    """0 for an item without a row."""
    stored_flags: int
    source: int | None = None
    """A copy without a row: the item it is a copy of."""
    appended: Appending | None = None


@dataclass(frozen=True, slots=True)
class Appending:
    """A message to be appended, before it is folded in."""

    account: str
    envelope: Envelope
    size: int
    fingerprint: bytes


@dataclass(slots=True)
class NewFolder:
    """A folder to be created, before it is folded in."""

    id: int
    account: str
    path: str
    role: str | None


@dataclass(slots=True)
class Overlay:
    """What to show differently."""

    items: dict[int, Shown] = field(default_factory=dict)
    folders: list[Operation] = field(default_factory=list)
    """Operations on folders, in their order."""
    counts: dict[int, list[int]] = field(default_factory=dict)
    """Folder to what to add to its total and unread."""

    @property
    def threads(self) -> set[int]:
        """Conversations that look different."""
        return {shown.thread for shown in self.items.values()}

    def created(self) -> list[NewFolder]:
        """Folders without a row."""
        return [
            NewFolder(one.target, one.account, one.path, one.role.value if one.role else None)
            for one in self.folders
            if one.kind is OperationKind.CREATE_FOLDER and one.target is not None
        ]

    def derive(self, shown: dict[int, list[Any]], accounts: dict[int, str]) -> None:
        """Apply operations on folders to [path, subscribed, deleted] by number."""
        if not self.folders:
            return
        from tui_mail.store.mirror.folders import derive

        for operation in self.folders:
            derive(shown, operation, {number for number, name in accounts.items() if name == operation.account})

    def packed(self) -> list[list[Any]]:
        """Items with a content, for queries that look at them as if they were rows."""
        return [
            [one.id, one.content, one.thread, one.received, one.folder, one.flags, one.keywords, one.attached]
            for one in self.items.values()
            if one.appended is None and one.folder
        ]


_HEADER_OCTETS = 256 * 1024

_PACKED = "id content thread received folder flags keywords attached".split()
_EXTRACTED = ", ".join(f"json_extract(value, '$[{at}]') AS {name}" for at, name in enumerate(_PACKED))
VIRTUAL_ITEMS = f"SELECT {_EXTRACTED} FROM json_each(?)"  # noqa: S608 -- our own words
"""``Overlay.packed`` as a relation with the columns of ``item`` that queries use."""


def overlay(connection: sqlite3.Connection, raw: RawFiles, operations: Sequence[Operation]) -> Overlay:
    """What ``operations`` (those beyond ``folded_seq``, oldest first) change."""
    result = Overlay()
    live = [operation for operation in operations if operation.state in LIVE]
    touched = {ref.item for operation in live for ref in operation.items}
    if touched:
        for row in connection.execute(
            "SELECT i.id, i.content, i.thread, i.received, i.folder, i.flags, i.keywords, i.attached, i.folder, i.flags"
            " FROM json_each(?) j CROSS JOIN item i ON i.id = j.value",
            (numbers(touched),),
        ):
            result.items[row[0]] = Shown(*row)
    stored = {number: (one.folder, one.flags, one.keywords) for number, one in result.items.items()}
    for operation in live:
        if operation.items:
            _apply(operation, result)
        elif operation.kind is OperationKind.APPEND:
            _append(connection, raw, operation, result)
        else:
            result.folders.append(operation)
    for number, state in stored.items():
        one = result.items[number]
        if (one.folder, one.flags, one.keywords) == state:
            del result.items[number]
    _count(result)
    return result


def _apply(operation: Operation, result: Overlay) -> None:
    if operation.kind is OperationKind.COPY:
        for ref, copy in zip(operation.items, operation.copies, strict=True):
            source = result.items.get(ref.item)
            if source is not None and source.folder and copy not in result.items:
                folder, flags, keywords = made(operation, (source.folder, source.flags, source.keywords))
                result.items[copy] = replace(
                    source, id=copy, folder=folder, flags=flags, keywords=keywords, stored_folder=0, stored_flags=0,
                    source=ref.item if source.source is None else source.source,
                )  # fmt: skip
        return
    for ref in operation.items:
        one = result.items.get(ref.item)
        if one is not None:
            one.folder, flags, one.keywords = apply(operation, (one.folder, one.flags, one.keywords))
            one.flags = int(flags)


def _append(connection: sqlite3.Connection, raw: RawFiles, operation: Operation, result: Overlay) -> None:
    """A message that is only a file yet: its header is read, its conversation found by what it refers to."""
    # Here and not above: this is rare, and reading a store should not load what takes messages apart.
    from tui_mail.mime.envelope import fingerprint, parse_envelope
    from tui_mail.store.mirror.arrival import header_of
    from tui_mail.store.mirror.threads import key

    found = raw.head(operation.raw, _HEADER_OCTETS)
    if found is None or not operation.copies:
        return
    header, size = header_of(found[0]), found[1]
    envelope = parse_envelope(header)
    item = operation.copies[0]
    account = connection.execute("SELECT id FROM account WHERE name = ?", (operation.account,)).fetchone()
    thread = -item
    if account is not None:
        ids = [envelope.message_id, *envelope.references, envelope.in_reply_to]
        known = connection.execute(
            "SELECT coalesce(a.into_thread, m.thread) FROM json_each(?) j CROSS JOIN message_id m ON m.hash = j.value"
            " LEFT JOIN thread_alias a ON a.thread = m.thread LIMIT 1",
            (numbers(key(account[0], "m", one) for one in ids if one),),
        ).fetchone()
        thread = known[0] if known else thread
    result.items[item] = Shown(
        id=item,
        content=-item,
        thread=thread,
        received=operation.received or operation.created,
        folder=operation.target or 0,
        flags=int(operation.add),
        keywords="\n".join(sorted(operation.add_keywords)),
        attached=int(envelope.mixed),
        stored_folder=0,
        stored_flags=0,
        source=None,
        appended=Appending(operation.account, envelope, size, fingerprint(header, size)),
    )


def _count(result: Overlay) -> None:
    for one in result.items.values():
        for folder, flags, sign in ((one.stored_folder, one.stored_flags, -1), (one.folder, one.flags, 1)):
            if folder:
                counts = result.counts.setdefault(folder, [0, 0])
                counts[0] += sign
                counts[1] += 0 if flags & SEEN else sign
