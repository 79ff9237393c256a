"""What the list can show: a folder, all inboxes, what is starred, a search, a sender.

Owns the description of a view. Must not know how it is read or drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tui_mail.model.ids import FolderId
from tui_mail.model.mail import Folder, Role
from tui_mail.model.words import _
from tui_mail.store.reading.query import Filter, ListQuery, Sort
from tui_mail.text.safe import SafeText, line, own

UNTOUCHED = frozenset({Role.SENT, Role.DRAFTS})
"""Roles whose items an action on a folded conversation leaves alone."""
NOWHERE = FolderId(0)
"""No folder has this number; a list of it is empty."""
UNSEARCHED = frozenset({Role.TRASH, Role.JUNK})
FILTER_WORDS = {
    Filter.ALL: _("all messages"),
    Filter.UNREAD: _("unread only"),
    Filter.FLAGGED: _("starred only"),
    Filter.ATTACHMENTS: _("with attachments only"),
}
SORT_WORDS = {
    Sort.DATE: _("by date"),
    Sort.SENDER: _("by sender"),
    Sort.SUBJECT: _("by subject"),
    Sort.SIZE: _("by size"),
}


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at the store."""

    name: SafeText
    """As the status line shows it; a folder's is its path."""
    query: ListQuery
    threads: bool
    folder: FolderId | None = None
    """Set when the view is one folder."""
    account: str = ""
    """The account a view belongs to; empty when it mixes several."""
    role: Role | None = None
    text: str = ""
    """A search: what was typed."""

    @property
    def recipients(self) -> bool:
        """True where it is of interest whom a message goes to."""
        return self.role in UNTOUCHED

    def sorted_by(self, sort: Sort, *, descending: bool) -> View:
        return replace(self, query=replace(self.query, sort=sort, descending=descending))

    def filtered(self, kept: Filter) -> View:
        return replace(self, query=replace(self.query, filter=kept))

    def renamed(self, names: Mapping[str, str]) -> View:
        """The same where accounts are called otherwise now."""
        return replace(self, account=names.get(self.account, self.account))

    def threaded(self, *, threads: bool) -> View:
        return replace(self, threads=threads)


def of_folder(folder: Folder, sort: Sort, *, threads: bool) -> View:
    """One folder; newest or first on top."""
    return View(
        name=line(folder.path, 200),
        query=ListQuery(folders=(folder.id,), sort=sort, descending=newest_first(sort)),
        threads=threads,
        folder=folder.id,
        account=folder.account,
        role=folder.role,
    )


def all_inboxes(folders: list[Folder], sort: Sort, *, threads: bool) -> View:
    """The inboxes of every account together."""
    ids = tuple(folder.id for folder in folders if folder.role is Role.INBOX)
    if not ids:
        ids = (NOWHERE,)
    return View(own(_("All inboxes")), ListQuery(folders=ids, sort=sort, descending=newest_first(sort)), threads)


def starred(folders: list[Folder], account: str, sort: Sort) -> View:
    """What is starred in an account, or in all of them when ``account`` is empty."""
    ids = searched(folders, account) if account else ()
    query = ListQuery(folders=ids, sort=sort, descending=newest_first(sort), filter=Filter.FLAGGED)
    return View(own(_("Starred")), query, threads=False, account=account)


def search(text: str, sort: Sort, now: float) -> View:
    """What a search finds, in all folders but trash and junk unless it names some. Raises QueryError."""
    from tui_mail.text import query as language

    node = language.parse(text, now=now)
    query = ListQuery(search=node, sort=sort, descending=newest_first(sort))
    return View(SafeText(_("search") + " " + line(text, 60)), query, threads=False, text=text)


def searched(folders: list[Folder], account: str) -> tuple[FolderId, ...]:
    """All folders but trash and junk."""
    return tuple(
        folder.id
        for folder in folders
        if folder.role not in UNSEARCHED and folder.selectable and account in {"", folder.account}
    )


def narrowed(view: View) -> SafeText:
    """A filter or an order that is not the usual one, in words."""
    words = []
    if view.query.filter is not Filter.ALL and view.folder is not None:
        words.append(FILTER_WORDS[view.query.filter])
    if view.query.sort is not Sort.DATE:
        words.append(SORT_WORDS[view.query.sort])
    return own(" · ".join(words))


def newest_first(sort: Sort) -> bool:
    """True where the usual order is from the newest or the largest down."""
    return sort in {Sort.DATE, Sort.SIZE}
