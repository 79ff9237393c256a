"""The words of the trouble screen: accounts, then what waits, then what went wrong.

Owns how a state, an operation and an error read. Must not know widgets, nor where the facts come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tui_mail.link.messages import State, Trouble
from tui_mail.model.ids import FolderId
from tui_mail.model.operation import Operation, OperationKind, OperationState
from tui_mail.model.words import _, ngettext
from tui_mail.text import safe
from tui_mail.text.dates import ago
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.reader.lines import Piece, Role

_STATES = {
    "offline": _("offline"),
    "connecting": _("connecting"),
    "syncing": _("synchronising"),
    "online": _("online"),
    "sign-in": _("signing in was refused"),
    "error": _("something is wrong"),
}
_WAITS = {
    OperationState.QUEUED: _("waits its turn"),
    OperationState.RUNNING: _("under way"),
    OperationState.RETRY: _("will be tried again"),
    OperationState.CONFLICT: _("needs a decision"),
    OperationState.FAILED: _("the server refused it"),
}
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
_WRONG = (OperationState.CONFLICT, OperationState.FAILED)


def trouble_pieces(
    states: Sequence[State],
    pending: Sequence[Operation],
    troubles: Sequence[Trouble],
    paths: Mapping[FolderId, str],
    now: float,
) -> list[Piece]:
    """What ``TroubleScreen`` takes. ``paths`` are the folders' display paths; ``now`` is seconds UTC."""
    topics = [_accounts(states, now), _waiting(pending, paths, now), _wrong(troubles)]
    pieces: list[Piece] = []
    for title, rows in topics:
        if rows:
            if pieces:
                pieces.append(Piece(own("")))
            pieces.append(Piece(title, Role.MUTED))
            pieces.extend(rows)
    return pieces


def operation_words(operation: Operation, paths: Mapping[FolderId, str]) -> SafeText:
    """What an operation does, for a person: ``Move 3 messages to Archive``."""
    words = _KINDS[operation.kind]
    if operation.items:
        count = len(operation.items)
        words += " " + ngettext("{count} message", "{count} messages", count).format(count=count)
    path = operation.path or (paths.get(operation.target, "") if operation.target is not None else "")
    if path:
        words += (" " + _("to") + " " if operation.items or operation.kind is OperationKind.APPEND else ": ") + path
    return safe.line(words, 400)


def _accounts(states: Sequence[State], now: float) -> tuple[SafeText, list[Piece]]:
    rows: list[Piece] = []
    for state in states:
        bad = state.state in {"sign-in", "error"}
        words = safe.line(f"{state.account}: {_STATES.get(state.state, state.state)}", 300)
        rows.append(Piece(SafeText("  " + words), Role.WARNING if bad else Role.TEXT))
        if state.text:
            rows.append(Piece(SafeText("    " + safe.line(state.text, 600))))
        if state.retry_at > now:
            seconds = int(state.retry_at - now) + 1
            text = ngettext("tried again in {count} second", "tried again in {count} seconds", seconds)
            rows.append(Piece(own("    " + text.format(count=seconds)), Role.MUTED))
    return own(_("Accounts")), rows


def _waiting(pending: Sequence[Operation], paths: Mapping[FolderId, str], now: float) -> tuple[SafeText, list[Piece]]:
    rows: list[Piece] = []
    for operation in pending:
        role = Role.WARNING if operation.state in _WRONG else Role.TEXT
        rows.append(Piece(SafeText("  " + operation_words(operation, paths)), role))
        facts = [safe.line(operation.account, 100), own(_WAITS[operation.state])]
        if operation.created:
            facts.append(ago(now - operation.created))
        rows.append(Piece(SafeText("    " + " · ".join(facts)), Role.MUTED))
        if operation.error:
            rows.append(Piece(SafeText("    " + safe.line(operation.error, 600))))
    return own(_("Waiting for the server")), rows


def _wrong(troubles: Sequence[Trouble]) -> tuple[SafeText, list[Piece]]:
    rows: list[Piece] = []
    for trouble in troubles:
        rows.append(Piece(SafeText("  " + safe.line(trouble.text, 600)), Role.WARNING))
        if trouble.account:
            rows.append(Piece(SafeText("    " + safe.line(trouble.account, 100)), Role.MUTED))
    return own(_("Went wrong")), rows
