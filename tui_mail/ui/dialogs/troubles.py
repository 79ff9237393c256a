"""The words of the trouble screen: accounts, what servers say, then what waits, then what went wrong.

Owns how a state, an alert and an error read. Must not know widgets, nor where the facts come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tui_mail.link.messages import State, Trouble
from tui_mail.model.ids import FolderId
from tui_mail.model.operation import Operation, OperationState
from tui_mail.model.words import _, ngettext
from tui_mail.store.tables.alerts import ServerAlert
from tui_mail.text import safe
from tui_mail.text.dates import ago
from tui_mail.text.pending import operation_words, waiting_words
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
_WELL = frozenset({"connecting", "syncing", "online"})
_WRONG = (OperationState.CONFLICT, OperationState.FAILED)


def trouble_pieces(
    states: Sequence[State],
    pending: Sequence[Operation],
    troubles: Sequence[Trouble],
    paths: Mapping[FolderId, str],
    now: float,
    alerts: Sequence[ServerAlert] = (),
) -> list[Piece]:
    """What ``TroubleScreen`` takes. ``paths`` are the folders' display paths; ``now`` is seconds UTC.

    ``troubles`` come oldest first. One that stands beside what waits is not told a second time.
    """
    known = {state.account: state.state for state in states}
    told = {("", state.text) for state in states} | {(each.account, each.error) for each in pending}
    wrong = [each for each in reversed(troubles) if told.isdisjoint({("", each.text), (each.account, each.text)})]
    topics = [_accounts(states, now), _said(alerts, now), _waiting(pending, paths, known, now), _wrong(wrong)]
    pieces: list[Piece] = []
    for title, rows in topics:
        if rows:
            if pieces:
                pieces.append(Piece(own("")))
            pieces.append(Piece(title, Role.MUTED))
            pieces.extend(rows)
    if not (pending or troubles or alerts or any(state.state not in _WELL for state in states)):
        if pieces:
            pieces.append(Piece(own("")))
        pieces.append(Piece(own(_("Nothing is wrong and nothing waits.")), Role.MUTED))
    return pieces


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


def _said(alerts: Sequence[ServerAlert], now: float) -> tuple[SafeText, list[Piece]]:
    rows: list[Piece] = []
    for alert in alerts:
        rows.append(Piece(SafeText("  " + safe.line(alert.text, 600)), Role.WARNING))
        facts = [safe.line(alert.account, 100), ago(now - alert.said)]
        rows.append(Piece(SafeText("    " + " · ".join(facts)), Role.MUTED))
    return own(_("The server says")), rows


def _waiting(
    pending: Sequence[Operation], paths: Mapping[FolderId, str], states: Mapping[str, str], now: float
) -> tuple[SafeText, list[Piece]]:
    rows: list[Piece] = []
    for operation in pending:
        role = Role.WARNING if operation.state in _WRONG else Role.TEXT
        rows.append(Piece(SafeText("  " + operation_words(operation, paths)), role))
        waits = waiting_words(operation, states.get(operation.account, ""), now)
        facts = [safe.line(operation.account, 100), waits]
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
