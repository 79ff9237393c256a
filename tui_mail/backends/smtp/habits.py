"""Servers for sending that file a copy in Sent by themselves.

Owns the table. Decided by the server for sending, since mail of any domain may go through it. Must not know an account.
"""

from __future__ import annotations

from typing import Final

_SAVING: Final = frozenset(
    {
        "smtp.gmail.com",
        "smtp-relay.gmail.com",
        "smtp.office365.com",
        "smtp-mail.outlook.com",
        "smtp.zoho.com",
        "smtp.zoho.eu",
        "smtp.zoho.in",
        "smtppro.zoho.com",
        "smtppro.zoho.eu",
        "smtppro.zoho.in",
    }
)


def saves_sent(host: str) -> bool:
    """True for hosts known to keep a copy of what they send: a second one from here would show everything twice."""
    return host.lower().rstrip(".") in _SAVING
