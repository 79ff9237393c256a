"""The log of ``--debug`` and of crashes: state/debug.log, private, without secrets.

Owns the redaction of what libraries log. Must not know who logs.
"""

from __future__ import annotations

import logging
import os
import re
import traceback
from typing import TYPE_CHECKING, Final

from tui_mail.model.words import _

if TYPE_CHECKING:
    from pathlib import Path

    from tui_mail.config.paths import Home

_LARGEST: Final = 5_000_000
"""Octets after which the log is begun anew, the old one kept beside it."""

# What is said to IMAP servers has a name of its own.
_LAYERS: Final = [f"tui_mail.{layer}" for layer in "cli ui engine store backends link mime text config imap".split()]

_HIDDEN: Final = "[hidden]"
_SECRETS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        # LOGIN user password, with quoted strings and literals (RFC 9051, 6.2.3)
        (r"((?<!=)\bLOGIN\s+)(?!disabled\b|failed\b|referral)\S.*", rf"\1{_HIDDEN}"),
        # AUTH PLAIN, AUTHENTICATE XOAUTH2 … with an initial response (RFC 4954, RFC 4959)
        (r"(\bAUTH(?:ENTICATE)?\s+(?:PLAIN|LOGIN|CRAM-MD5|XOAUTH2|OAUTHBEARER|SCRAM\S*)\s+)\S.*", rf"\1{_HIDDEN}"),
        (r"(\b(?:PASS|APOP\s+\S+)\s+)\S.*", rf"\1{_HIDDEN}"),
        (r"(\bbearer\s+)[\w.~+/=-]+", rf"\1{_HIDDEN}"),
        (r"(\b(?:password|passwd|secret|token|access_token|refresh_token|client_secret)\b['\"]?\s*[:=]\s*)(?:'[^']*'|\"[^\"]*\"|[^\s,;&)}\]]+)", rf"\1{_HIDDEN}"),
        # A long run of base64 may be the answer to a challenge: it says nothing to a reader of the log anyway.
        (r"(?<![\w/+.-])[A-Za-z0-9+/]{32,}={0,2}(?![\w/+.-])", _HIDDEN),
    )
)  # fmt: skip


def redact(text: str) -> str:
    """``text`` without what looks like a password, a token or an answer to a challenge."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


class RedactingFormatter(logging.Formatter):
    """One record, one line (tracebacks apart), safe for a terminal, without secrets."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03d %(process)d %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        from tui_mail.text import safe

        return safe.block(redact(super().format(record)))


class DebugLog:
    """Everything that this process logs, in the log, until ``close``. Raises ConfigError where there can be none."""

    def __init__(self, home: Home) -> None:
        path = _prepare(home)
        self._handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace", delay=True)
        self._handler.setFormatter(RedactingFormatter())
        self._loggers = [logging.getLogger(), logging.getLogger("tui_mail")]
        # An engine hosted here sets the level of "tui_mail" and keeps what it logs from the root: the layers below
        # keep their own level, and each record reaches the handler once.
        self._handler.addFilter(_Once())
        for logger in self._loggers:
            logger.addHandler(self._handler)
        self._levels = [(logger, logger.level) for logger in (logging.getLogger(), *map(logging.getLogger, _LAYERS))]
        for logger, _level in self._levels:
            logger.setLevel(logging.DEBUG)

    def close(self) -> None:
        """Stop logging there."""
        for logger, level in self._levels:
            logger.setLevel(level)
        for logger in self._loggers:
            logger.removeHandler(self._handler)
        self._handler.close()


class _Once(logging.Filter):
    """Lets a record pass the first time."""

    def filter(self, record: logging.LogRecord) -> bool:
        first = not hasattr(record, "in_debug_log")
        record.in_debug_log = True
        return first


def record_crash(home: Home, error: BaseException) -> str:
    """Write where an error nobody expected came from; the sentence for the person."""
    try:
        path = _prepare(home)
        text = "".join(traceback.format_exception(error))
        with path.open("a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(redact(text))
    except Exception:  # the log itself failed, a full disk for instance: the sentence must still come
        return _("Something went wrong inside tui-mail ({kind}), and no log could be written.").format(
            kind=type(error).__name__
        )
    return _("Something went wrong inside tui-mail ({kind}); {path} says where. Please report it.").format(
        kind=type(error).__name__, path=path
    )


def _prepare(home: Home) -> Path:
    home.create()
    path = home.state / "debug.log"
    try:
        if path.stat().st_size > _LARGEST:
            path.replace(path.with_suffix(".log.1"))
    except FileNotFoundError:
        pass
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600))
    return path
