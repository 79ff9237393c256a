"""One-line answers of a server, and what a refusal means for the caller: errors of ``model.errors``, each a sentence.

Owns the reading of +OK, -ERR and the codes of RFC 2449, 3206 and 5034. Must not know connections.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tui_mail.backends.pop3.capabilities import Capabilities
from tui_mail.backends.words import plain
from tui_mail.model.errors import Gone, Refused, SignInRefused, Stalled, Throttled, TuiMailError, Unreachable
from tui_mail.model.words import _

IN_USE_SECONDS: Final = 45.0
PAUSE: Final = 60.0
"""Seconds before another try where the server names none."""
LOGIN_DELAY: Final = 300.0
"""… and where it complains of one sign-in after the other."""
_LONGEST_WAIT: Final = 3600.0

_CODE = re.compile(r"\[([A-Za-z][A-Za-z0-9/_.-]*)(?: [^\]]*)?\] ?")
_LOCKED = re.compile(
    r"(?:mailbox|maildrop|mail drop|spool)\b.{0,40}\b(?:in use|locked|busy)|lock busy|(?:unable to|can't) lock"
    r"|locked by (?:another|pop)",
    re.IGNORECASE,
)
_TOO_OFTEN = re.compile(r"login limit|log ?in (?:more|too) (?:often|frequent)|frequency of requests", re.IGNORECASE)
_CROWDED = re.compile(
    r"throttl|too many (?:\w+ )?(?:connections|sessions|log ?ins|requests)|rate limit|maximum number of connections"
    r"|connection limit|temporar(?:y|ily)",
    re.IGNORECASE,
)
_ABSENT = re.compile(
    r"expunged|deleted|no such message|not exist|doesn't exist|there's no message|out of range"
    r"|(?:invalid|unknown|bad) message",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """``code`` is what stood in brackets, in upper case; ``text`` the rest, printable and short."""

    ok: bool
    code: str = ""
    text: str = ""


def parse(line: bytes) -> Reply | None:
    """The reply of a line, or None when it is none."""
    word, _space, rest = line.partition(b" ")
    status = word.upper()
    if status not in (b"+OK", b"-ERR"):
        return None
    text = plain(rest)
    found = _CODE.match(text)
    if found is None:
        return Reply(status == b"+OK", "", text)
    return Reply(status == b"+OK", found[1].upper(), text[found.end() :])


def sentence(reply: Reply) -> str:
    """The server's words as a sentence, or that it gave none."""
    words = reply.text.rstrip() or _("it gave no reason")
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."


def temporary(host: str, reply: Reply, capabilities: Capabilities) -> Throttled | None:
    """The error to retry later for, or None when the refusal is final."""
    code, text = reply.code, reply.text
    said = {"host": host, "words": sentence(reply)}
    if code == "IN-USE" or (not code and _LOCKED.search(text)):
        return Throttled(
            _("Another program has the mailbox at {host} open. It says: {words}").format(**said), IN_USE_SECONDS
        )
    if code == "LOGIN-DELAY" or (not code and _TOO_OFTEN.search(text)):
        seconds = float(capabilities.login_delay or LOGIN_DELAY)
        return Throttled(
            _("{host} asks for a pause between two sign-ins: {words}").format(**said), min(seconds, _LONGEST_WAIT)
        )
    if code == "SYS/TEMP" or (not code and _CROWDED.search(text)):
        return Throttled(_("{host} cannot do that right now: {words}").format(**said), PAUSE)
    return None


def refusal(host: str, reply: Reply, capabilities: Capabilities, what: str) -> TuiMailError:
    """``what`` is a whole clause such as "The list of messages could not be read"."""
    return temporary(host, reply, capabilities) or Refused(
        _("{what}. {host} says: {words}").format(what=what, host=host, words=sentence(reply))
    )


def not_given(host: str, reply: Reply, capabilities: Capabilities) -> TuiMailError:
    """Why one message was not handed over."""
    if _ABSENT.search(reply.text) and reply.code not in ("SYS/TEMP", "SYS/PERM"):
        return Gone(
            _("The message is not at {host} any more. It says: {words}").format(host=host, words=sentence(reply))
        )
    return refusal(host, reply, capabilities, _("A message could not be read"))


def sign_in_refused(host: str, user: str, reply: Reply, capabilities: Capabilities) -> TuiMailError:
    if later := temporary(host, reply, capabilities):
        return later
    if reply.code == "SYS/PERM":
        return Refused(
            _("{host} does not let {user} in. It says: {words}").format(host=host, user=user, words=sentence(reply))
        )
    return SignInRefused(
        _("{host} refused the sign-in of {user}. Check the user name and the password. It says: {words}").format(
            host=host, user=user, words=sentence(reply)
        )
    )


def goodbye(host: str, reply: Reply) -> TuiMailError:
    """The error for a refusal that answers nothing: a server that wants no more."""
    return temporary(host, reply, Capabilities()) or Unreachable(
        _("{host} closed the connection. It says: {words}").format(host=host, words=sentence(reply))
    )


def not_understood(host: str) -> Unreachable:
    return Unreachable(_("{host} sent an answer that cannot be read, so the connection was closed.").format(host=host))


def lost(host: str) -> Unreachable:
    return Unreachable(_("The connection to {host} was lost. It is tried again later.").format(host=host))


def silent(host: str) -> Stalled:
    return Stalled(_("{host} has gone silent. Nothing is lost; it is tried again later.").format(host=host))
