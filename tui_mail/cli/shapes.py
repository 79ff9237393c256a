"""The JSON of folders, items, operations and actions, as scripts rely on it.

Owns the names and the order of the fields. Must not know where the values come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui_mail.model.errors import UsageError
from tui_mail.model.flags import flag_names
from tui_mail.model.ids import FolderId
from tui_mail.model.mail import Address, Folder, Item
from tui_mail.model.operation import Action, Operation
from tui_mail.model.outbox import PUBLIC_STATES, OutboxMessage
from tui_mail.text.dates import rfc3339


def folder_shape(folder: Folder) -> dict[str, Any]:
    """A folder; ``role`` and ``last_sync`` may be null."""
    return {
        "account": folder.account,
        "name": folder.path,
        "role": None if folder.role is None else folder.role.value,
        "total": folder.total,
        "unread": folder.unread,
        "last_sync": None if folder.last_sync is None else rfc3339(folder.last_sync),
        "older": folder.older,
    }


def addresses_shape(addresses: Sequence[Address]) -> list[dict[str, str]]:
    """A list of ``{"name", "address"}``."""
    return [{"name": each.name, "address": each.address} for each in addresses]


def item_shape(item: Item, paths: Mapping[FolderId, str]) -> dict[str, Any]:
    """One copy of a message in one folder; ``paths`` names the folders."""
    return {
        "id": item.id,
        "content": item.content,
        "account": item.account,
        "folder": paths.get(item.folder, ""),
        "uid": item.uid,
        "subject": item.subject,
        "from": addresses_shape(item.from_),
        "to": addresses_shape(item.to),
        "date": None if item.date is None else rfc3339(item.date),
        "received": rfc3339(item.received),
        "size": item.size,
        "flags": flag_names(item.flags, item.keywords),
        "thread": item.thread,
        "attachments": item.attachments,
        "message_id": item.message_id,
    }


def operation_shape(operation: Operation, paths: Mapping[FolderId, str]) -> dict[str, Any]:
    """An operation still to be carried out; ``target`` is a path or null."""
    path = operation.path or (paths.get(operation.target, "") if operation.target is not None else "")
    return {
        "id": operation.id,
        "account": operation.account,
        "kind": operation.kind.value,
        "items": [ref.item for ref in operation.items],
        "target": path or None,
        "state": operation.state.value,
        "attempts": operation.attempts,
        "error": operation.error or None,
        "created": rfc3339(operation.created),
    }


def action_shape(action: Action | None, operations: Sequence[int]) -> dict[str, Any]:
    """The answer of a command that wrote; ``action`` None: there was nothing to change."""
    return {
        "action": None if action is None else action.id,
        "items": [] if action is None else list(action.items),
        "pending": list(operations),
    }


def outbox_shape(message: OutboxMessage) -> dict[str, Any]:
    """A message on its way out."""
    return {
        "id": message.id,
        "state": PUBLIC_STATES[message.state],
        "to": addresses_shape(_shown_to(message.to)),
        "subject": message.subject,
        "attempts": message.attempts,
        "error": message.error or None,
        "not_before": rfc3339(message.not_before) if message.not_before else None,
    }


def _shown_to(text: str) -> Sequence[Address]:
    from tui_mail.mime.compose.recipients import read_recipients

    try:
        return read_recipients(text)
    except UsageError:
        return [Address(text, "")]  # of a message made elsewhere, whose field names nobody by an address
