"""What actions do: every name of ``config.actions`` that this program answers to, with its function.

Owns the table. Must not know keys.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui_mail.ui.actions import (
    filing,
    folders,
    general,
    going,
    leaving,
    message,
    organising,
    outbox,
    page,
    reader,
    rows,
    selecting,
)

if TYPE_CHECKING:
    from tui_mail.ui.screens.mail import MailScreen

Handler = Callable[[int | None], None]
"""Takes the count typed before the key."""


def handlers(screen: MailScreen) -> dict[str, Handler]:
    """Every action by name."""
    table: dict[str, Handler] = {}
    parts = (
        rows.Rows,
        going.Going,
        folders.FolderKeys,
        filing.Filing,
        organising.Organising,
        reader.ReaderKeys,
        selecting.SelectingKeys,
        message.MessageKeys,
        page.PageKeys,
        leaving.Leaving,
        general.General,
        outbox.OutboxKeys,
    )
    for part in parts:
        table |= part(screen).table()
    return table | screen.mail_app.writing.table()
