"""What a server's refusal means for the caller: errors of ``model.errors``, each one plain sentence.

Owns the reading of NO, BAD and BYE. Must not know connections.
"""

from __future__ import annotations

import re

from tui_mail.backends.words import plain
from tui_mail.model.errors import Gone, Refused, Throttled, TuiMailError, Unreachable
from tui_mail.model.words import _

_BACK_OFF = re.compile(r"Backoff Time:\s*(\d{1,9})\s*milliseconds", re.IGNORECASE)
_CROWDED = re.compile(r"throttl|too many|rate limit|maximum number of connections|connection limit", re.IGNORECASE)
_TOOK = re.compile(r"\s*\(\d+\.\d+( \+ \d+\.\d+)+ secs\)\.?\s*$")
_LONGEST_WAIT = 15 * 60.0
_TEMPORARY = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "CONTACTADMIN"})
_WAIT = {"LIMIT": 60.0, "INUSE": 10.0}


class CommandFailed(Exception):
    """The server ended a command with NO or BAD. Never leaves the package."""

    def __init__(self, status: str, code: str, text: str) -> None:
        super().__init__(f"{status} [{code}] {text}")
        self.status = status
        self.code = code
        self.text = text


def sentence(failed: CommandFailed) -> str:
    """The server's words as a sentence, or that it gave none; how long Dovecot took for that is of no interest."""
    words = _TOOK.sub("", failed.text).rstrip() or _("it gave no reason")
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."


def crowded(host: str, failed: CommandFailed) -> Throttled | None:
    """The pause that the server asks for, if that is what it does."""
    hint = _BACK_OFF.search(failed.text)
    if hint or failed.code == "LIMIT" or (_CROWDED.search(failed.text) and failed.code != "OVERQUOTA"):
        seconds = int(hint[1]) / 1000 if hint else 60.0
        return Throttled(
            _("{host} asks for a pause: {words}").format(host=host, words=sentence(failed)),
            min(max(seconds, 1.0), _LONGEST_WAIT),
        )
    return None


def temporary(host: str, failed: CommandFailed) -> TuiMailError | None:
    """The error to retry later for, or None when the refusal is final."""
    if pause := crowded(host, failed):
        return pause
    if failed.code in _TEMPORARY or "authenticated but not connected" in failed.text:
        return Throttled(
            _("{host} cannot do that right now: {words}").format(host=host, words=sentence(failed)),
            _WAIT.get(failed.code, 30.0),
        )
    return None


def refusal(host: str, failed: CommandFailed, what: str) -> TuiMailError:
    """``what`` is a whole clause such as "The folder Work could not be created"."""
    return temporary(host, failed) or Refused(
        _("{what}. {host} says: {words}").format(what=what, host=host, words=sentence(failed))
    )


def missing(host: str, failed: CommandFailed, folder: str) -> TuiMailError:
    """Why a folder cannot be opened."""
    return temporary(host, failed) or Gone(
        _("The folder {folder} cannot be opened. {host} says: {words}").format(
            folder=folder, host=host, words=sentence(failed)
        )
    )


def goodbye(host: str, text: bytes) -> TuiMailError:
    """The error for a BYE."""
    words = plain(re.sub(rb"^\[[^\]]*\] ?", b"", text))
    code = re.match(rb"\[([A-Za-z-]+)", text)
    failed = CommandFailed("BYE", code[1].decode("ascii").upper() if code else "", words)
    throttled = temporary(host, failed)
    if isinstance(throttled, Throttled):
        return throttled
    return Unreachable(_("{host} closed the connection. It says: {words}").format(host=host, words=sentence(failed)))


def not_understood(host: str) -> Unreachable:
    return Unreachable(_("{host} sent an answer that cannot be read, so the connection was closed.").format(host=host))
