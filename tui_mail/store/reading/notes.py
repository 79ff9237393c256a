"""What only the store knows of a message: that nobody of this address wrote before, that its list was left, which of its
parts are not here.

Owns these notes, which join what the message says of itself. Must not know how they are drawn.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from tui_mail.mime.rendered import PartInfo, Rendered, Warning_, lacking
from tui_mail.model.words import _
from tui_mail.text.dates import full_date
from tui_mail.text.safe import line

if TYPE_CHECKING:
    from tui_mail.model.mail import Item
    from tui_mail.store.reader import Reader
    from tui_mail.store.tables.leaving import Leave

_KINDS = frozenset({"first-time", "left-list"})


def with_notes(reader: Reader, item: Item, rendered: Rendered, mine: Collection[str], now: float) -> Rendered:
    """``rendered`` with the notes on its sender, its list and its parts; ``mine``: the person's own addresses, lower case."""
    own = (note for note in rendered.warnings if note.kind not in _KINDS)
    warnings = (*own, *_stranger(reader, item, mine), *_left(reader, item, rendered, now))
    return replace(rendered, warnings=warnings, parts=_parts(reader, item, rendered))


def _parts(reader: Reader, item: Item, rendered: Rendered) -> tuple[PartInfo, ...]:
    outline = None if item.has_body else reader.outline(item.id)
    absent = [] if outline is None else outline.absent
    return tuple(
        part if part.here == (here := not lacking(part.id, absent)) else replace(part, here=here)
        for part in rendered.parts
    )


def _stranger(reader: Reader, item: Item, mine: Collection[str]) -> list[Warning_]:
    """Said of mail from lists, too: anybody may write into a message that it comes from one."""
    if len(item.from_) != 1 or item.from_[0].address.lower() in mine:
        return []
    from tui_mail.mime.trust import first_time

    sender = item.from_[0]
    note = first_time(sender, not reader.is_first(item, sender.address, tuple(mine)))
    return [] if note is None else [note]


def _left(reader: Reader, item: Item, rendered: Rendered, now: float) -> list[Warning_]:
    if rendered.mailing_list is None:
        return []
    from tui_mail.mime.lists import list_key

    sender = item.from_[0].address if item.from_ else ""
    leave = reader.left_list(item.account, list_key(rendered.mailing_list, sender))
    return [] if leave is None else [Warning_("left-list", line(left_words(leave, item.received, now)))]


def left_words(leave: Leave, received: float, now: float) -> str:
    """That the list was left, and when; what came later says that leaving did not help."""
    when = full_date(leave.asked, now, None)
    if received > leave.asked:
        return _("You asked to leave this list ({target}) {when}; this came later.").format(
            target=leave.target, when=when
        )
    return _("You asked to leave this list ({target}) {when}.").format(target=leave.target, when=when)
