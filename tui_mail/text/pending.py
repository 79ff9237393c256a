"""What an operation does and why it waits, in words: ``Move 3 messages to Archive``, ``waits until work is reachable``.

Owns these words, for the screen and the command line alike. Must not know where operations come from.
"""

from __future__ import annotations

from collections.abc import Mapping

from tui_mail.model.ids import FolderId
from tui_mail.model.operation import Operation, OperationKind, OperationState
from tui_mail.model.words import _, ngettext
from tui_mail.text.safe import SafeText, line

_KINDS = {
    OperationKind.FLAGS: _("Mark"),
    OperationKind.MOVE: _("Move"),
    OperationKind.COPY: _("Copy"),
    OperationKind.EXPUNGE: _("Delete for ever"),
    OperationKind.APPEND: _("Save a message"),
    OperationKind.CREATE_FOLDER: _("Create a folder"),
    OperationKind.RENAME_FOLDER: _("Rename a folder"),
    OperationKind.DELETE_FOLDER: _("Delete a folder"),
    OperationKind.SUBSCRIBE: _("Subscribe to a folder"),
    OperationKind.UNSUBSCRIBE: _("Unsubscribe from a folder"),
}
_ENDED = {
    OperationState.CONFLICT: _("needs a decision"),
    OperationState.FAILED: _("the server refused it"),
    OperationState.RUNNING: _("under way"),
}
_ACCOUNT = {
    "offline": _("waits until {account} is reachable"),
    "connecting": _("waits until {account} is reachable"),
    "sign-in": _("waits until you have signed in to {account}"),
    "error": _("waits until {account} works again"),
    "none": _("waits for the engine to start"),
}
NO_ENGINE = "none"
"""In place of an account's state: nobody is there to carry anything out."""


def operation_words(operation: Operation, paths: Mapping[FolderId, str]) -> SafeText:
    """What an operation does."""
    words = _KINDS[operation.kind]
    if operation.items:
        count = len(operation.items)
        words += " " + ngettext("{count} message", "{count} messages", count).format(count=count)
    path = operation.path or (paths.get(operation.target, "") if operation.target is not None else "")
    if path:
        words += (" " + _("to") + " " if operation.items or operation.kind is OperationKind.APPEND else ": ") + path
    return line(words, 400)


def waiting_words(operation: Operation, state: str, now: float) -> SafeText:
    """Why an operation waits; ``state`` is its account's, in the words of the contract, or NO_ENGINE; empty: unknown."""
    ended = _ENDED.get(operation.state)
    if ended is not None:
        return line(ended)
    if state in _ACCOUNT:
        return line(_(_ACCOUNT[state]).format(account=operation.account), 200)
    if operation.state is OperationState.RETRY:
        seconds = int(operation.not_before - now) + 1
        if seconds > 1:
            text = ngettext("will be tried again in {count} second", "will be tried again in {count} seconds", seconds)
            return line(text.format(count=seconds))
        return line(_("will be tried again"))
    return line(_("waits its turn"))
