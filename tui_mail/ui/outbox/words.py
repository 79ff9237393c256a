"""Messages on their way out, in words: how each stands, and everything that is known about one.

Owns these sentences and lines. Must not know widgets or the store. What a server said is shown as it said it, made safe.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import tzinfo

from tui_mail.mime.compose.recipients import valid_recipients
from tui_mail.model.outbox import OutboxMessage, OutboxRecipient, OutboxState, RecipientState
from tui_mail.model.words import _, ngettext
from tui_mail.text import safe
from tui_mail.text.dates import full_date, list_date, time_of_day
from tui_mail.text.safe import SafeText, own
from tui_mail.text.sizes import human_size
from tui_mail.text.width import cells, cut, fit, wrap
from tui_mail.ui.reader.lines import Line, Piece, Role

WRONG = frozenset({OutboxState.FAILED, OutboxState.AMBIGUOUS})
"""What will not go on by itself."""
_UNDER_WAY = frozenset({OutboxState.SENDING, OutboxState.COMMITTING})
_DAY = 86_400
_STATE, _DATE = 24, 8
_SAID = {
    RecipientState.WAITING: _("not asked yet"),
    RecipientState.UNKNOWN: _("no answer came"),
    RecipientState.ACCEPTED: _("accepted"),
    RecipientState.DEFERRED: _("not now"),
    RecipientState.REFUSED: _("refused"),
}


def seconds_left(message: OutboxMessage, now: float) -> int:
    """Whole seconds until a held message is sent; 0 when it is due, or not held."""
    waits = message.state is OutboxState.QUEUED and message.held
    return max(0, math.ceil(message.not_before - now)) if waits else 0


def state_words(message: OutboxMessage, now: float, tz: tzinfo | None = None) -> SafeText:
    """``sending in 8 s``, ``waits, again at 12:40: the server was not reached``, ``refused: …``."""
    reason = safe.line(message.error, 300)
    if message.state is OutboxState.QUEUED:
        left = seconds_left(message, now)
        if left:
            return own(_("sending in {n} s").format(n=left))
        if message.not_before > now:
            again = _again(message.not_before, now, tz)
            return SafeText(f"{again}: {reason}" if reason else again)
        return SafeText(_("waits: {reason}").format(reason=reason)) if reason else own(_("about to be sent"))
    if message.state is OutboxState.FAILED:
        return SafeText(_("refused: {reason}").format(reason=reason)) if reason else own(_("refused"))
    return {
        OutboxState.SENDING: own(_("being sent")),
        OutboxState.COMMITTING: own(_("being sent")),
        OutboxState.SENT: own(_("sent")),
        OutboxState.AMBIGUOUS: own(_("may have been sent")),
    }.get(message.state, own(_("taken back")))


def _again(when: int, now: float, tz: tzinfo | None) -> SafeText:
    at = time_of_day(when, tz, to_the_second=False)
    if when - now >= _DAY:
        at = SafeText(f"{list_date(when, now, tz)} {at}")
    return SafeText(_("waits, again at {time}").format(time=at))


def people(message: OutboxMessage, most: int = 3) -> SafeText:
    """Names where there are any, else addresses; of many the first ones and how many more."""
    found = valid_recipients(message.to)
    names = [safe.line(one.name.strip() or one.address, 60) for one in found]
    names = names or [safe.line(one.address, 60) for one in message.recipients]
    words = ", ".join(names[:most])
    more = len(names) - most
    if more > 0:
        words += " " + ngettext("and {n} more", "and {n} more", more).format(n=more)
    return SafeText(words) or own(_("nobody"))


def row(message: OutboxMessage, width: int, now: float, *, mark: SafeText) -> Line:
    """One line of the list: the cursor, whom it goes to, its subject, how it stands, since when."""
    wrong = message.state in WRONG
    date = _DATE if width >= 50 else 0
    state = state_words(message, now)
    most = max(_STATE, width * 38 // 100) if width >= 60 else max(12, width * 2 // 5)
    state = cut(state, most)
    who = min(24, max(9, width * 22 // 100))
    sign = own("!" if wrong else " ")
    subject = safe.line(message.subject, 400) or own(_("(no subject)"))
    right = cells(state) + (date + 2 if date else 0) + 1
    room = width - 3 - who - 2 - right - 2
    if room < 8:  # the subject is below as well
        who, room = max(6, width - 3 - right - 2), 0
    line: Line = (
        Piece(SafeText(mark + sign + " "), Role.WARNING if wrong else Role.ACCENT),
        Piece(SafeText(fit(people(message), who) + "  "), Role.TEXT),
    )
    if room:
        line = (*line, Piece(SafeText(fit(subject, room) + "  "), Role.TEXT))
    line = (*line, Piece(state, Role.WARNING if wrong else Role.MUTED))
    if date:
        line = (*line, Piece(SafeText("  " + fit(list_date(message.created, now, None), date, right=True)), Role.MUTED))
    return line


def details(message: OutboxMessage, width: int, now: float, keys: Sequence[SafeText]) -> list[Line]:
    """Everything that is known, in ``width`` cells. ``keys``: of sending, of marking as sent, of taking it back."""
    lines: list[Line] = []

    def add(text: SafeText, role: Role = Role.TEXT, indent: int = 1) -> None:
        margin = Piece(own(" " * indent))
        lines.extend((margin, Piece(part, role)) for part in wrap(text, max(10, width - indent - 1)))

    add(safe.line(message.subject, 500) or own(_("(no subject)")), Role.SUBJECT)
    add(SafeText(_("to {people}").format(people=safe.line(message.to, 2_000) or people(message))))
    add(_facts(message, now), Role.MUTED)
    lines.append(())
    wrong = message.state in WRONG
    state = state_words(message, now)
    add(SafeText(state[:1].upper() + state[1:]), Role.WARNING if wrong else Role.TEXT)
    if message.state is OutboxState.AMBIGUOUS:
        add(safe.line(message.error, 600) or own(_AMBIGUOUS))
        add(own(_("It is not sent again by itself:")))
        send, mark, back = keys
        for key, words in ((mark, _WAS_SENT), (send, _AGAIN), (back, _NOT_SENT)):
            head = Piece(SafeText("   " + key + "  "), Role.ACCENT)
            parts = wrap(own(_(words)), max(10, width - cells(head.text) - 1))
            gap = Piece(own(" " * cells(head.text)))
            lines += [(gap if number else head, Piece(part)) for number, part in enumerate(parts)]
    elif message.state not in _UNDER_WAY:
        send, _mark, back = keys
        again = _("sends it now") if message.state is OutboxState.QUEUED else _("sends it again")
        words = _("{back} takes it back to write on · {send} {again}").format(back=back, send=send, again=again)
        lines.append(())
        add(SafeText(words), Role.MUTED)
    lines.append(())
    widest = min(max((cells(safe.line(one.address, 80)) for one in message.recipients), default=0), width // 2)
    for one in message.recipients:
        lines += _recipient(one, widest, width)
    return lines


_AMBIGUOUS = _(
    "The whole message was handed over, but the server's answer was lost. Look whether it is in Sent, or ask somebody it"
    " was for."
)
_WAS_SENT = _("it was sent: mark it so")
_AGAIN = _("send it again; who has it already gets it twice")
_NOT_SENT = _("take it back and go on writing")


def _facts(message: OutboxMessage, now: float) -> SafeText:
    facts = [
        SafeText(_("from {account}").format(account=safe.line(message.account, 60))),
        own(human_size(message.size)),
        SafeText(_("since {date}").format(date=full_date(message.created, now, None))),
    ]
    if message.attempts:
        tried = ngettext("tried once", "tried {n} times", message.attempts)
        facts.append(own(tried.format(n=message.attempts)))
    return SafeText(" · ".join(facts))


def _recipient(one: OutboxRecipient, widest: int, width: int) -> list[Line]:
    """An address and what the server said to it, in its own words."""
    bad = one.state in {RecipientState.REFUSED, RecipientState.DEFERRED}
    role = Role.WARNING if bad else Role.MUTED
    said, reply = own(_(_SAID[one.state])), safe.line(" ".join(one.reply.split()), 600)
    words = SafeText(f"{said}: {reply}" if reply else said)
    head = SafeText(" " + fit(safe.line(one.address, 400), widest) + "  ")
    parts = wrap(words, max(10, width - cells(head) - 1))
    return [
        (Piece(head if not number else own(" " * cells(head))), Piece(part, role)) for number, part in enumerate(parts)
    ]
