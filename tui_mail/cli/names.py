"""From what a person types to accounts, folders and items, and back.

Owns the sentences for names that fit nothing or several things. Must not change anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_mail.model.errors import NotFound, UsageError
from tui_mail.model.ids import AccountName, FolderId, ItemId
from tui_mail.model.words import _, ngettext

if TYPE_CHECKING:
    from tui_mail.cli.context import Context
    from tui_mail.config.accounts import Account
    from tui_mail.model.mail import Folder, Item


def account_named(accounts: Sequence[Account], name: str) -> AccountName:
    """The account of that name. Raises UsageError with the choices."""
    for account in accounts:
        if account.name == name:
            return account.name
    if not accounts:
        raise UsageError(_("There is no account yet: add one with `tui-mail account add EMAIL`."))
    raise UsageError(
        _("There is no account {name}; choose one of: {names}.").format(name=name, names=_listed(accounts))
    )


def one_account(context: Context) -> AccountName:
    """The account a command writes to: that of ``--account``, else the only one. Raises UsageError with the choices."""
    if context.account is not None:
        return context.account
    if len(context.accounts) == 1:
        return context.accounts[0].name
    if not context.accounts:
        raise UsageError(_("There is no account yet: add one with `tui-mail account add EMAIL`."))
    raise UsageError(_("Say which account with --account: {names}.").format(names=_listed(context.accounts)))


def split_spec(context: Context, spec: str) -> tuple[AccountName | None, str]:
    """``NAME:FOLDER`` in its parts where NAME is an account, else ``--account`` and the whole. Raises UsageError."""
    for account in context.accounts:
        if spec.startswith(f"{account.name}:"):
            if context.account not in {None, account.name}:
                raise UsageError(_("{spec} is not a folder of account {name}.").format(spec=spec, name=context.account))
            return account.name, spec[len(account.name) + 1 :]
    return context.account, spec


def folders_named(context: Context, spec: str) -> list[Folder]:
    """The folders of that name, one for each account that has it. Raises NotFound."""
    account, path = split_spec(context, spec)
    if account is not None:
        found = context.reader.find_folder(path, account)
    else:
        known = {each.name for each in context.accounts}
        found = [folder for folder in context.reader.find_folder(path, None) if folder.account in known]
    if not found:
        raise NotFound(_("There is no folder {name}; `tui-mail folders` lists them.").format(name=spec))
    return found


def one_folder(context: Context, spec: str) -> Folder:
    """The one folder of that name. Raises NotFound, UsageError with the choices where several accounts have it."""
    found = folders_named(context, spec)
    if len(found) > 1:
        names = ", ".join(f"{folder.account}:{folder.path}" for folder in found)
        raise UsageError(_("Several accounts have {spec}; choose one of: {names}.").format(spec=spec, names=names))
    return found[0]


def items_of(context: Context, numbers: Sequence[int]) -> tuple[list[Item], list[int]]:
    """The items with these numbers, each once, and the numbers that name none. Raises NotFound when none does."""
    wanted = list(dict.fromkeys(numbers))
    items = context.reader.items([ItemId(number) for number in wanted])
    if context.account is not None:
        items = [item for item in items if item.account == context.account]
    missing = sorted(set(wanted) - {int(item.id) for item in items})
    if not items:
        raise NotFound(missing_text(missing))
    return items, missing


def one_item(context: Context, number: int) -> Item:
    """The item with this number. Raises NotFound."""
    return items_of(context, [number])[0][0]


def missing_text(numbers: Sequence[int]) -> str:
    """The sentence for numbers that name no item."""
    shown = ", ".join(map(str, numbers[:20])) + ("…" if len(numbers) > 20 else "")
    return ngettext(
        "There is no message {numbers}; `tui-mail list` and `search` show the numbers.",
        "There are no messages {numbers}; `tui-mail list` and `search` show the numbers.",
        len(numbers),
    ).format(numbers=shown)


def folder_paths(context: Context) -> dict[FolderId, str]:
    """The path of every folder."""
    return {folder.id: folder.path for folder in context.reader.folders()}


def local_accounts(context: Context) -> frozenset[AccountName]:
    """The accounts whose folders are only here: UIDs in them are ours, and no server knows them."""
    return frozenset(account.name for account in context.accounts if account.pop3 is not None)


def counted(count: int) -> str:
    """``3 messages``."""
    return ngettext("{count} message", "{count} messages", count).format(count=count)


def _listed(accounts: Sequence[Account]) -> str:
    return ", ".join(account.name for account in accounts)
