"""What an account brings here: which folders are synchronised, and how that choice is changed.

Owns the reading of ``folders`` and ``left_out`` together. Must not know files nor a server.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tui_mail.config.accounts import Account
from tui_mail.model.ids import FolderId
from tui_mail.model.mail import Folder


def synchronises(account: Account, path: str) -> bool:
    """True when the folder at ``path`` is kept up to date; another is fetched when somebody opens it."""
    return path not in account.left_out and (not account.folders or path in account.folders)


def resting(accounts: Iterable[Account], folders: Iterable[Folder]) -> frozenset[FolderId]:
    """Folders that are fetched only when somebody opens them."""
    named = {account.name: account for account in accounts}
    return frozenset(
        folder.id
        for folder in folders
        if folder.account in named and not synchronises(named[folder.account], folder.path)
    )


def with_folder(account: Account, path: str, *, chosen: bool) -> Account:
    """``account`` with the folder at ``path`` synchronised from now on, or no more."""
    if synchronises(account, path) is chosen:
        return account
    if not chosen:
        # Named, and not taken from the list of the chosen: that one empty would mean all of them.
        return replace(account, left_out=(*account.left_out, path))
    folders = account.folders if not account.folders or path in account.folders else (*account.folders, path)
    return replace(account, folders=folders, left_out=tuple(each for each in account.left_out if each != path))
