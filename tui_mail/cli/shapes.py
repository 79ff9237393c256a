"""The JSON of accounts, folders, items, operations and actions, as scripts rely on it.

Owns the names and the order of the fields. Must not know where the values come from.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tui_mail.model.errors import UsageError
from tui_mail.model.flags import flag_names
from tui_mail.model.ids import AccountName, FolderId
from tui_mail.model.mail import Address, Folder, Item
from tui_mail.model.operation import Action, Operation
from tui_mail.model.outbox import PUBLIC_STATES, OutboxMessage
from tui_mail.text.dates import rfc3339

if TYPE_CHECKING:
    from tui_mail.config.accounts import Account
    from tui_mail.config.servers import Server
    from tui_mail.store.local.view import AtServer


def account_shape(account: Account) -> dict[str, Any]:
    """The JSON of an account; never its secret."""

    def server(which: Server | None) -> dict[str, Any] | None:
        return None if which is None else {"host": which.host, "port": which.port, "security": which.security.value}

    shape: dict[str, Any] = {
        "name": account.name,
        "email": account.email,
        "from_name": account.from_name,
        "user": account.user,
        "kind": account.kind.value,
        "imap": server(account.imap),
        "pop3": server(account.pop3),
        "smtp": server(account.smtp),
        "password": account.password.value,
        "folders": list(account.folders) or None,
        "left_out": list(account.left_out),
        "since": account.since,
        "bodies": account.bodies or None,
        "body_days": account.body_days,
        "body_size": account.body_size,
        "cache": account.cache,
        "aliases": list(account.aliases),
        "save_sent": account.save_sent,
    }
    if account.pop3 is not None:
        shape |= {
            "leave": account.leave,
            "leave_days": account.leave_days,
            "largest": account.largest,
            "deliver_to": account.deliver_to or None,
        }
    return shape


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


def at_server_shape(entry: AtServer, item: Item | None) -> dict[str, Any]:
    """What a POP3 server still has; ``state`` is here, header, deleting or removed."""
    here = "removed" if entry.place is None else "here" if entry.whole else "header"
    return {
        "account": entry.account,
        "uidl": entry.uidl or None,
        "size": entry.size,
        "item": None if item is None else item.id,
        "subject": None if item is None else item.subject,
        "fetched": rfc3339(entry.got),
        "state": "deleting" if entry.deleting else here,
    }


def addresses_shape(addresses: Sequence[Address]) -> list[dict[str, str]]:
    """A list of ``{"name", "address"}``."""
    return [{"name": each.name, "address": each.address} for each in addresses]


def item_shape(item: Item, paths: Mapping[FolderId, str], local: Collection[AccountName]) -> dict[str, Any]:
    """One copy of a message in one folder; ``paths`` names the folders. Mail of ``local`` accounts has no UID."""
    return {
        "id": item.id,
        "content": item.content,
        "account": item.account,
        "folder": paths.get(item.folder, ""),
        "uid": None if item.account in local else item.uid,
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
