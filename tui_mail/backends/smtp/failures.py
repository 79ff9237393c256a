"""What a server's answer means for the caller: errors of ``model.errors``, each one plain sentence.

Owns the reading of replies and of the library's errors. Must not know connections.
"""

from __future__ import annotations

import contextlib
import enum
import re
import ssl
from collections.abc import Iterator
from typing import Final

import aiosmtplib
from aiosmtplib import SMTPException, SMTPResponseException

from tui_mail.backends.reaching import not_reached, tls_failed
from tui_mail.config.servers import Server
from tui_mail.model.errors import Refused, Stalled, Throttled, TuiMailError, Unreachable
from tui_mail.model.remote import Reply
from tui_mail.model.words import _

PAUSE: Final = 60.0
"""Seconds before another try where the server names none, which none does."""

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)", re.ASCII)
_TOO_MANY = re.compile(r"too many (?:\w+ )?recipients", re.IGNORECASE)
_WORDS = 300


class Meaning(enum.Enum):
    """What a reply says, by its first digit (RFC 5321, 4.2.1)."""

    YES = 2
    GO_ON = 3
    LATER = 4
    NO = 5
    NONSENSE = 0


def meaning(reply: Reply) -> Meaning:
    return Meaning(reply.code // 100) if 200 <= reply.code < 600 else Meaning.NONSENSE


def reply_of(code: int, message: str) -> Reply:
    """The reply that the library read; its lines as one, printable and short."""
    lines = message.split("\n")
    found = _ENHANCED.match(lines[0])
    enhanced = found[1] if found else ""
    text = " ".join(line.removeprefix(enhanced).strip() for line in lines)
    return Reply(code, enhanced, "".join(c if c.isprintable() else " " for c in text)[:_WORDS].strip())


def too_many_recipients(reply: Reply) -> bool:
    """True where a recipient is only one more than a transaction may have (RFC 5321, 4.5.3.1.10; RFC 3463, X.5.3)."""
    if reply.enhanced:
        return reply.enhanced.endswith(".5.3")
    return reply.code == 452 or bool(_TOO_MANY.search(reply.text))


def sentence(reply: Reply) -> str:
    """The server's words as a sentence, or that it gave none."""
    text = str(reply) if reply.text else " ".join((str(reply), _("(it gave no reason)")))
    return text if text.endswith((".", "!", "?")) else f"{text}."


def later(host: str, reply: Reply) -> Throttled:
    text = _("{host} cannot do that right now: {words}").format(host=host, words=sentence(reply))
    return Throttled(text, PAUSE)


def not_understood(host: str) -> Unreachable:
    return Unreachable(_("{host} sent an answer that cannot be read, so the connection was closed.").format(host=host))


def lost(host: str) -> Unreachable:
    return Unreachable(_("The connection to {host} was lost. It is tried again later.").format(host=host))


def silent(host: str) -> Stalled:
    return Stalled(_("{host} has gone silent. Nothing is lost; it is tried again later.").format(host=host))


def refusal(host: str, reply: Reply, what: str) -> TuiMailError:
    """The error for a reply that is no consent; ``what`` is a whole clause such as "The message was not sent"."""
    match meaning(reply):
        case Meaning.LATER:
            return later(host, reply)
        case Meaning.NO:
            return Refused(_("{what}. {host} says: {words}").format(what=what, host=host, words=sentence(reply)))
        case _:
            return not_understood(host)


@contextlib.contextmanager
def told(server: Server) -> Iterator[None]:
    """Turn errors of the library and of the network into sentences."""
    try:
        yield
    except (SMTPException, OSError, ValueError) as error:
        raise translated(server, error) from error


def translated(server: Server, error: Exception) -> TuiMailError:
    """The error for one of the library or of the network, on the way to being signed in."""
    cause = _cause(error)
    if isinstance(cause, ssl.SSLError):
        return tls_failed(server, cause, str)
    if isinstance(error, SMTPResponseException):
        reply = reply_of(error.code, error.message)
        if meaning(reply) in (Meaning.LATER, Meaning.NO):
            return refusal(server.host, reply, _("{host} lets nobody send").format(host=server.host))
    if isinstance(error, aiosmtplib.SMTPConnectTimeoutError):
        return not_reached(server, TimeoutError())
    if isinstance(error, aiosmtplib.SMTPConnectError) and isinstance(cause, (OSError, UnicodeError)):
        return not_reached(server, cause)
    if isinstance(error, TimeoutError):
        return silent(server.host)
    return Unreachable(
        _(
            "{host} port {port} closed the connection or is no server for sending. Check the port and the security."
        ).format(host=server.host, port=server.port)
    )


def broken(server: Server, error: Exception) -> TuiMailError:
    """The error for one of the library or of the network, on a connection that was good."""
    if isinstance(error, SMTPResponseException):
        return not_understood(server.host)
    return silent(server.host) if isinstance(error, TimeoutError) else lost(server.host)


def _cause(error: BaseException) -> BaseException:
    """What the library's error was made of."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error
