"""Exit codes, and which kind of error ends in which.

Owns the numbers that scripts rely on. Must not know how an error came about.
"""

from __future__ import annotations

from typing import Final

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
"""Usage, configuration or query."""
SIGN_IN: Final = 3
UNREACHABLE: Final = 4
"""Unreachable, stalled, or a certificate that is not trusted."""
REFUSED: Final = 5
PARTLY: Final = 6
INTERRUPTED: Final = 130

_CODES = {
    "usage": USAGE,
    "config": USAGE,
    "query": USAGE,
    "no-keyring": USAGE,
    "sign-in": SIGN_IN,
    "unreachable": UNREACHABLE,
    "stalled": UNREACHABLE,
    "certificate": UNREACHABLE,
    "throttled": UNREACHABLE,
    "refused": REFUSED,
    "recipients-refused": REFUSED,
    "ambiguous": PARTLY,
    "partly": PARTLY,
}


def code_of(kind: str) -> int:
    """The exit code of an error's ``kind``; what is not listed failed."""
    return _CODES.get(kind, FAILED)
