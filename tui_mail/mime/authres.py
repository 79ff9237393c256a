"""Authentication-Results (RFC 8601): what the receiving server says of SPF, DKIM and DMARC.

Owns the reading of the field and the question whom to believe. Anybody can write such a field into a message, so only
the topmost one that bears the name of the account's own server counts. Must not know how a verdict is shown.
"""

from __future__ import annotations

import re

from tui_mail.mime.headers import every
from tui_mail.mime.rendered import AuthResult
from tui_mail.mime.words import clean

_MAX_FIELDS = 50
_MAX_LENGTH = 8192
_COMMENT = re.compile(r"\([^()]*\)")
_QUOTED = re.compile(r'"[^"]*"')
_METHOD = re.compile(r"(?:^|;)\s*(spf|dkim|dmarc)\s*(?:/\s*\d+\s*)?=\s*([a-z]{1,20})", re.IGNORECASE)
_RESULTS = frozenset(
    "none neutral pass fail softfail policy temperror permerror hardfail discard reject bestguesspass".split()
)


def read(header_fields: list[tuple[str, bytes]]) -> tuple[AuthResult, ...]:
    """Every such field, topmost first, whoever wrote it."""
    values = every(header_fields, "authentication-results")[:_MAX_FIELDS]
    return tuple(result for result in map(_one, values) if result.by)


def choose(results: tuple[AuthResult, ...], authserv_id: str) -> AuthResult | None:
    """The topmost result of the server so named; None when no name is given or none is of it."""
    wanted = authserv_id.strip().lower()
    if not wanted:
        return None
    return next((result for result in results if result.by.lower() == wanted), None)


def verdict(header_fields: list[tuple[str, bytes]], authserv_id: str) -> dict[str, str]:
    """``spf``, ``dkim``, ``dmarc`` and ``by`` of the result to believe; all empty when there is none."""
    result = choose(read(header_fields), authserv_id)
    if result is None:
        return {"spf": "", "dkim": "", "dmarc": "", "by": ""}
    return {"spf": result.spf, "dkim": result.dkim, "dmarc": result.dmarc, "by": result.by}


def _one(value: bytes) -> AuthResult:
    text = clean(value[:_MAX_LENGTH].decode("utf-8", "replace"))
    for _depth in range(5):
        shorter = _COMMENT.sub(" ", text)
        if shorter == text:
            break
        text = shorter
    # Quoted values may hold anything, a semicolon and "dkim=pass" too.
    text = _QUOTED.sub('""', text)
    by, _semicolon, rest = text.partition(";")
    words = by.split()
    found: dict[str, str] = {}
    for name, result in _METHOD.findall(f";{rest}".lower()):
        if result in _RESULTS and found.get(name) != "pass":
            # Of several signatures one that passes is enough (RFC 6376, 6.1).
            found[name] = result
    return AuthResult(words[0] if words else "", found.get("spf", ""), found.get("dkim", ""), found.get("dmarc", ""))
