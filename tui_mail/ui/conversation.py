"""Which messages a conversation is made of when it is read as a whole, and which of them are open at first.

Owns that choice. Must not know how the pane draws them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_mail.model.flags import Flag
from tui_mail.model.ids import ContentId, ItemId
from tui_mail.model.mail import Item, Role

if TYPE_CHECKING:
    from tui_mail.ui.data import MailData
    from tui_mail.ui.views import View


def conversation(data: MailData, view: View, item: Item) -> list[Item]:
    """The messages around ``item``, oldest first: of every folder but trash, junk and drafts, answers of one's own too.

    Of a message in several folders the copy that the view shows; where the view is one of those folders, what it shows.
    """
    here = data.thread_items(view, item.thread)
    drafts = {folder.id for folder in data.folders() if folder.role is Role.DRAFTS}
    every = [each for each in data.reader.thread_items(item.thread) if each.folder not in drafts]
    if item.id not in {each.id for each in every}:
        return here
    shown: dict[ContentId, Item] = {}
    for each in (item, *here, *every):
        shown.setdefault(each.content, each)
    return sorted(shown.values(), key=lambda each: (each.received, each.id))


def opened_first(items: Sequence[Item], current: ItemId) -> set[ItemId]:
    """Those that are open when the conversation is: what is unread, the newest, and the one that was asked for."""
    unread = {item.id for item in items if not item.flags & Flag.SEEN}
    return unread | {current, items[-1].id}
