"""Servers whose folders are labels on one heap of messages: Gmail (X-GM-EXT-1).

Taking a message out of such a folder leaves it in the heap, so that deleting it for ever leads through the trash; taking
the inbox's label away (a move into the heap) is archiving. Owns that way. Must not know operations.
"""

from __future__ import annotations

from tui_mail.backends.imap.folders import list_folders
from tui_mail.backends.imap.mailbox import Connection
from tui_mail.model.errors import Refused
from tui_mail.model.mail import Role
from tui_mail.model.words import _


def way_out(connection: Connection, folder: str) -> str:
    """The folder through which messages of ``folder`` are deleted for ever; "" where they can be deleted in it.

    Raises Refused where there is no way.
    """
    session, directory = connection.session, connection.directory
    if "X-GM-EXT-1" not in session.caps:
        return ""
    if not directory.by_role:
        list_folders(session, directory, connection.profile.quirks.depth)
    trash = directory.by_role.get(Role.TRASH, "")
    if not trash:
        raise Refused(
            _(
                "Gmail does not show its trash to mail programs, so nothing can be deleted for ever: choose “Show in "
                "IMAP” for it in the settings of Gmail."
            )
        )
    return "" if folder in {trash, directory.by_role.get(Role.JUNK)} else trash
