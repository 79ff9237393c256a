"""XOAUTH2, signing in by a token: what is said to a server, and what its refusal hides.

Owns both. Must not know the protocol that carries them, nor where a token comes from.
"""

from __future__ import annotations

import base64
import binascii
import json

from tui_mail.backends.words import plain


def response(user: str, token: str) -> str:
    """What a client says, before it is encoded."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"


def explained(challenge: bytes | None, text: str) -> str:
    """The refusal's ``text`` with the status that the last challenge, an error report, has in it."""
    if not challenge:
        return text
    try:
        report = json.loads(base64.b64decode(challenge))
        status = plain(str(report["status"]).encode())
    except (ValueError, binascii.Error, KeyError, TypeError):
        return text
    return f"{text} ({status})" if text else status
