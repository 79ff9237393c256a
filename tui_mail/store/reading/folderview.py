"""Folders as they are shown, and finding one by what a person calls it.

Must not know items.
"""

from __future__ import annotations

from dataclasses import replace

from tui_mail.model.ids import AccountName, FolderId
from tui_mail.model.mail import Folder, Role
from tui_mail.store.reading.files import View

_ORDER = (Role.INBOX, Role.FLAGGED, Role.DRAFTS, Role.SENT, Role.ARCHIVE, Role.ALL, Role.JUNK, Role.TRASH)
_HIDDEN_FROM_SEARCH = frozenset({Role.TRASH, Role.JUNK})


def folders(view: View) -> list[Folder]:
    """Every folder that is shown, by account, then roles in a fixed order, then path."""
    found: dict[int, Folder] = {}
    accounts: dict[int, str] = {}
    shown: dict[int, list[object]] = {}
    for (
        number, account, path, role, selectable, subscribed, deleted, total, unread, held, held_unread, server_total,
        server_unread, complete, last_sync, older,
    ) in view.mail.execute(
        "SELECT f.id, a.name, f.path, f.role, f.selectable, f.subscribed, f.deleted, f.total, f.unread, f.held,"
        " f.held_unread, f.server_total, f.server_unread, f.complete, f.last_sync, f.older"
        " FROM folder f JOIN account a ON a.id = f.account WHERE f.missing_since IS NULL"
    ):  # fmt: skip
        more, more_unread = view.overlay.counts.get(number, (0, 0))
        if not complete:
            # The server's own numbers, with what we did to the part that is here.
            more += max(server_total - held, 0) if server_total is not None else 0
            more_unread += max(server_unread - held_unread, 0) if server_unread is not None else 0
        found[number] = Folder(
            id=FolderId(number),
            account=AccountName(account),
            path=path,
            role=Role(role) if role else None,
            selectable=bool(selectable),
            subscribed=bool(subscribed),
            total=total + more,
            unread=unread + more_unread,
            last_sync=last_sync,
            complete=bool(complete),
            older=older,
        )
        accounts[number] = account
        shown[number] = [path, subscribed, deleted]
    for new in view.overlay.created():
        if new.id not in found:
            more, more_unread = view.overlay.counts.get(new.id, (0, 0))
            found[new.id] = Folder(
                FolderId(new.id), AccountName(new.account), new.path, Role(new.role) if new.role else None,
                selectable=True, subscribed=True, total=more, unread=more_unread, last_sync=None, complete=False,
            )  # fmt: skip
            accounts[new.id] = new.account
            shown[new.id] = [new.path, 1, 0]
    view.overlay.derive(shown, accounts)
    result = []
    for number, folder in found.items():
        path, subscribed, deleted = shown[number]
        if not deleted:
            if path != folder.path or bool(subscribed) != folder.subscribed:
                folder = replace(folder, path=str(path), subscribed=bool(subscribed))  # noqa: PLW2901 -- the same folder
            result.append(folder)
    return sorted(result, key=_rank)


def _rank(folder: Folder) -> tuple[str, int, str, int]:
    rank = _ORDER.index(folder.role) if folder.role is not None else len(_ORDER)
    return folder.account.casefold(), rank, folder.path.casefold(), folder.id


def find(every: list[Folder], spec: str, account: AccountName | None) -> list[Folder]:
    """Folders named by ``PATH``, ``ROLE`` or ``ACCOUNT:PATH-or-ROLE``: the path as it is, else in any case, else the
    role. One per account at most.
    """
    candidates = [folder for folder in every if account is None or folder.account == account]
    found = _find_plain(candidates, spec)
    if not found and ":" in spec:
        # An account's name may hold no colon, a path may.
        name, _, rest = spec.partition(":")
        found = _find_plain([folder for folder in candidates if folder.account.casefold() == name.casefold()], rest)
    return found


def _find_plain(candidates: list[Folder], spec: str) -> list[Folder]:
    result = []
    for account in dict.fromkeys(folder.account for folder in candidates):
        mine = [folder for folder in candidates if folder.account == account]
        for test in (_is_path, _is_path_in_any_case, _is_role, _stands_in):
            hits = [folder for folder in mine if test(folder, spec)]
            if hits:
                result.append(hits[0])
                break
    return result


def _is_path(folder: Folder, spec: str) -> bool:
    return folder.path == spec


def _is_path_in_any_case(folder: Folder, spec: str) -> bool:
    return folder.path.casefold() == spec.casefold()


def _is_role(folder: Folder, spec: str) -> bool:
    return folder.role is not None and folder.role.value == spec.casefold()


def _stands_in(folder: Folder, spec: str) -> bool:
    """With Gmail, archiving is taking a label away: its archive is where every message is anyway."""
    gmail = folder.role is Role.ALL and folder.path.startswith(("[Gmail]/", "[Google Mail]/"))
    return gmail and spec.casefold() == Role.ARCHIVE.value


def of_role(every: list[Folder], role: Role, account: str = "") -> Folder | None:
    """The folder of a role, or what stands in for it; of the first account that has one where none is named."""
    mine = [folder for folder in every if account in {"", folder.account}]
    for test in (_is_role, _stands_in):
        for folder in mine:
            if test(folder, role.value):
                return folder
    return None


def searched(every: list[Folder], *, everywhere: bool) -> list[int]:
    """The folders that a list without folders looks in."""
    return [folder.id for folder in every if everywhere or folder.role not in _HIDDEN_FROM_SEARCH]


def everything(every: list[Folder]) -> list[int]:
    """The folders that hold what others hold as well (Gmail's All Mail)."""
    return [folder.id for folder in every if folder.role is Role.ALL]
