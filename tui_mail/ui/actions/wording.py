"""What an action did, in words: ``Archived 3 · u undoes``.

Owns these sentences. Must not know how actions are carried out.
"""

from __future__ import annotations

from tui_mail.model.operation import Action, ActionKind
from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, line

_DONE = {
    ActionKind.READ: _("Marked {n} as read"),
    ActionKind.UNREAD: _("Marked {n} as unread"),
    ActionKind.FLAG: _("Starred {n}"),
    ActionKind.UNFLAG: _("Took the star from {n}"),
    ActionKind.JUNK: _("Moved {n} to junk"),
    ActionKind.ARCHIVE: _("Archived {n}"),
    ActionKind.TRASH: _("Moved {n} to trash"),
    ActionKind.DELETE: _("Deleted {n} for ever"),
    ActionKind.MOVE: _("Moved {n} to {target}"),
    ActionKind.COPY: _("Copied {n} to {target}"),
    ActionKind.LABEL: _("Labelled {n}"),
    ActionKind.UNDELETE: _("Brought back {n}"),
    ActionKind.IMPORT: _("Imported {n}"),
    ActionKind.SEND: _("Sending to {target}"),
    ActionKind.CREATE_FOLDER: _("Created the folder {target}"),
    ActionKind.RENAME_FOLDER: _("Renamed the folder to {target}"),
    ActionKind.DELETE_FOLDER: _("Deleted the folder {target}"),
    ActionKind.SUBSCRIBE: _("Subscribed to {target}"),
    ActionKind.UNSUBSCRIBE: _("No longer subscribed to {target}"),
}


def done_words(action: Action, undo_key: str) -> SafeText:
    """The sentence for the status line; with ``undo_key``, how to take it back."""
    target = line(action.target, 60)
    words = _(_DONE[action.kind]).format(n=len(action.items), target=target)
    if undo_key and action.reversible:
        words += " · " + _("{key} undoes").format(key=undo_key)
    return SafeText(words)
