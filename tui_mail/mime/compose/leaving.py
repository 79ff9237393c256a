"""The message that asks to be taken off a mailing list (RFC 2369).

Owns who it is from and what it says: what the list asked for, and nothing else. Must not know how it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence

from tui_mail.mime.compose.identities import chosen
from tui_mail.mime.lists import Unsubscribe
from tui_mail.mime.structure import parse
from tui_mail.model.draft import Draft, Identity
from tui_mail.model.ids import AccountName


def leave_draft(raw: bytes, account: AccountName, way: Unsubscribe, identities: Sequence[Identity]) -> Draft:
    """From the identity the list writes to; ``way`` is one by mail. There must be at least one identity."""
    return Draft(identity=chosen(parse(raw), account, identities), to=way.target, subject=way.subject, body=way.body)
