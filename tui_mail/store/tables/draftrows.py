"""Rows of the table ``draft``: a draft as JSON, with the files it needs.

Owns the encoding. Used inside transactions of keep.db that others open. Must not decide anything.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from tui_mail.model.draft import AttachedFile, Draft, DraftKind, Identity
from tui_mail.model.ids import AccountName, DraftId, ItemId


def pack(draft: Draft) -> str:
    """A draft as JSON; ``unpack`` gives the same."""
    return json.dumps(asdict(draft), ensure_ascii=False, separators=(",", ":"))


def unpack(text: str) -> Draft:
    """What ``pack`` packed."""
    fields: dict[str, Any] = json.loads(text)
    identity = fields.pop("identity")
    attachments = fields.pop("attachments")
    return Draft(
        identity=Identity(AccountName(identity["account"]), identity["name"], identity["address"]),
        attachments=tuple(AttachedFile(**one) for one in attachments),
        kind=DraftKind(fields.pop("kind")),
        references=tuple(fields.pop("references")),
        forwards=tuple(fields.pop("forwards")),
        **fields,
    )


def files(draft: Draft | None) -> str:
    """Names under data/raw that a draft needs, as both tables keep them."""
    return "" if draft is None else "\n".join(sorted({one.raw for one in draft.attachments}))


def named(connection: sqlite3.Connection) -> set[str]:
    """Every name under data/raw that a draft or a message on its way out needs."""
    columns = ("files FROM draft", "files FROM outbox", "raw FROM outbox", "copy FROM outbox")
    rows: Iterable[tuple[str]] = (row for column in columns for row in connection.execute(f"SELECT {column}"))
    return {name for (text,) in rows for name in text.split("\n") if name}


def insert(
    connection: sqlite3.Connection, draft: Draft, item: ItemId | None, editor: str, now: int, *, filed: bool = False
) -> DraftId:
    """A new row; its number is given here."""
    number = connection.execute(
        "INSERT INTO draft (account, content, files, item, filed, editor, created, changed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (draft.identity.account, pack(draft), files(draft), item, int(filed), editor, now, now),
    ).lastrowid
    assert number is not None
    return DraftId(number)
