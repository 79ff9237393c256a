"""What changed in mail.db after a revision: items, and folders.

Owns reading revisions and tombstones. Must not write.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui_mail.model.ids import FolderId, ItemId
from tui_mail.store.reading.files import View
from tui_mail.store.tables.maildb import numbers


@dataclass(frozen=True, slots=True)
class Changed:
    """What is newer than a revision of mail.db."""

    rev: int
    """Ask for what is newer than this next time."""
    items: tuple[ItemId, ...]
    """Changed or new, in no order."""
    removed: tuple[ItemId, ...]
    """No longer in the folders asked about."""
    everything: bool
    """True when there is too much to name: read the list anew."""


def changed_folders(view: View, since: int) -> list[FolderId]:
    """Folders whose rows or counters changed after revision ``since``."""
    return [FolderId(folder) for (folder,) in view.mail.execute("SELECT id FROM folder WHERE rev > ?", (since,))]


def changed(view: View, since: int, folders: set[FolderId], limit: int) -> Changed:
    """Items changed after revision ``since``, in ``folders`` (empty: all); at most ``limit`` of them."""
    (complete_from,) = view.mail.execute("SELECT removed_rev FROM meta").fetchone()
    too_much = Changed(view.rev, (), (), everything=True)
    if since < complete_from and since < view.rev and complete_from > 1:
        return too_much
    inside = numbers(folders)
    rows = view.mail.execute(
        "SELECT i.id, i.folder FROM item i INDEXED BY item_rev WHERE i.rev > ? LIMIT ?", (since, limit + 1)
    ).fetchall()
    left = view.mail.execute(
        "SELECT DISTINCT item FROM removed WHERE rev > ?1"
        " AND (?2 = '[]' OR folder IN (SELECT value FROM json_each(?2))) LIMIT ?3",
        (since, inside, limit + 1),
    ).fetchall()
    if len(rows) > limit or len(left) > limit:
        return too_much
    here = {item for item, folder in rows if folder and (not folders or folder in folders)}
    removed = {item for (item,) in left} - here
    for one in view.overlay.items.values():
        if one.folder and (not folders or one.folder in folders):
            here.add(one.id)
            removed.discard(one.id)
        else:
            here.discard(one.id)
            removed.add(one.id)
    return Changed(
        view.rev,
        tuple(ItemId(item) for item in sorted(here)),
        tuple(ItemId(item) for item in sorted(removed)),
        everything=False,
    )
