"""The folder pane's rows: accounts, folders by role, views, then the other folders as a tree.

Owns their order and names. Must not know Textual or the store.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tui_mail.model.ids import FolderId
from tui_mail.model.mail import Folder, Role
from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, line, own


class Kind(enum.Enum):
    """What a row of the pane is."""

    ACCOUNT = "account"
    FOLDER = "folder"
    STARRED = "starred"
    ALL_INBOXES = "all-inboxes"
    OUTBOX = "outbox"
    """What is on its way out; no folder of a server."""
    GROUP = "group"
    """A level of the tree that holds folders but no mail."""
    GAP = "gap"


_LEADING = (Role.INBOX, Role.FLAGGED, Role.DRAFTS, Role.SENT, Role.ARCHIVE, Role.ALL, Role.JUNK, Role.TRASH)
_NAMES = {
    Role.INBOX: _("Inbox"),
    Role.FLAGGED: _("Starred"),
    Role.DRAFTS: _("Drafts"),
    Role.SENT: _("Sent"),
    Role.ARCHIVE: _("Archive"),
    Role.ALL: _("All mail"),
    Role.JUNK: _("Junk"),
    Role.TRASH: _("Trash"),
}
_UNCOUNTED = frozenset({Role.SENT, Role.TRASH, Role.ALL, Role.FLAGGED})
_NO_NAME = own("")


@dataclass(frozen=True, slots=True)
class Branch:
    """One row."""

    kind: Kind
    name: SafeText = _NO_NAME
    account: str = ""
    folder: FolderId | None = None
    depth: int = 0
    count: int = 0
    """Shown at the right when it is not 0: unread messages, or drafts."""
    folded: bool = False

    @property
    def choosable(self) -> bool:
        """True where the cursor may stand."""
        return self.kind not in {Kind.GAP, Kind.GROUP}


def branches(
    folders: Sequence[Folder], folded: Collection[str] = (), outgoing: Mapping[str, int] = MappingProxyType({})
) -> list[Branch]:
    """All rows; accounts in ``folded`` show their name only, ``outgoing`` is how many messages wait in the outbox."""
    accounts = list(dict.fromkeys(folder.account for folder in folders))
    rows: list[Branch] = []
    if len(accounts) > 1:
        unread = sum(folder.unread for folder in folders if folder.role is Role.INBOX)
        rows += [Branch(Kind.ALL_INBOXES, own(_("All inboxes")), count=unread), Branch(Kind.GAP)]
    for account in accounts:
        shut = account in folded
        rows.append(Branch(Kind.ACCOUNT, line(account, 80), account, folded=shut))
        if not shut:
            own_folders = [folder for folder in folders if folder.account == account and folder.subscribed]
            rows += _with_roles(own_folders, account, outgoing.get(account, 0))
            rows += _tree([folder for folder in own_folders if folder.role not in _LEADING])
        rows.append(Branch(Kind.GAP))
    return rows[:-1]


def _with_roles(folders: list[Folder], account: str, outgoing: int) -> list[Branch]:
    rows: list[Branch] = []
    for role in _LEADING:
        rows += [_branch(folder, own(_(_NAMES[role])), 0) for folder in folders if folder.role is role]
        if role is Role.FLAGGED and not any(folder.role is role for folder in folders):
            rows.append(Branch(Kind.STARRED, own(_("Starred")), account))
        if role is Role.DRAFTS:
            rows.append(Branch(Kind.OUTBOX, own(_("Outbox")), account, count=outgoing))
    return rows


def _tree(folders: list[Folder]) -> list[Branch]:
    rows: list[Branch] = []
    above: list[str] = []
    for folder in sorted(folders, key=lambda each: each.path.casefold().split("/")):
        *parents, name = folder.path.split("/")
        shared = 0
        while shared < min(len(parents), len(above)) and parents[shared] == above[shared]:
            shared += 1
        rows += [
            Branch(Kind.GROUP, line(parents[depth], 80), folder.account, depth=depth)
            for depth in range(shared, len(parents))
        ]
        above = [*parents, name]
        rows.append(_branch(folder, line(name, 80), len(parents)))
    return [Branch(Kind.GAP), *rows] if rows else []


def _branch(folder: Folder, name: SafeText, depth: int) -> Branch:
    count = folder.total if folder.role is Role.DRAFTS else 0 if folder.role in _UNCOUNTED else folder.unread
    kind = Kind.FOLDER if folder.selectable else Kind.GROUP
    return Branch(kind, name, folder.account, folder.id, depth, count)
