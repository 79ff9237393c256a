"""The engine's log: small, rotated, without control characters, passwords or the text of messages.

Owns the format and the last filter before the file. Must not know what is logged; nobody logs a body or a secret, and
this filter is for what a server or a library may say.
"""

from __future__ import annotations

import logging
import logging.handlers
import re
from pathlib import Path

from tui_mail.text.safe import line

_OCTETS = 1_000_000
_OLD_FILES = 2
_LONGEST = 2000
_SECRET = re.compile(
    r"(?i)\b(pass(?:word|wd)?|secret|token)\b(\s*[=: ]\s*)\S+"
    r"|\b(bearer|authorization|authenticate|login)\b(\s*[=: ]\s*).+"
)


class _Formatter(logging.Formatter):
    """One entry, tracebacks included, with each line made safe."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        lines = super().format(record).splitlines()
        return "\n".join(line(redacted(each), _LONGEST) for each in lines)


def redacted(text: str) -> str:
    """``text`` without the word behind password, token and the like, and without the rest of a line that signs in."""
    return _SECRET.sub(r"\1\2\3\4…", text)


def open_log(path: Path) -> logging.Handler:
    """Send what the program logs to ``path`` (made with the process's umask); returns the handler, to be closed."""
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=_OCTETS, backupCount=_OLD_FILES, encoding="utf-8")
    handler.setFormatter(_Formatter())
    root = logging.getLogger("tui_mail")
    root.setLevel(logging.INFO)
    root.propagate = False
    root.addHandler(handler)
    return handler


def close_log(handler: logging.Handler) -> None:
    """Undo ``open_log``."""
    root = logging.getLogger("tui_mail")
    root.removeHandler(handler)
    root.propagate = True
    handler.close()
