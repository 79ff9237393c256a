"""An answer to the mailing list a message came from.

Owns who it goes to: the address that the list takes mail at, and nobody else. Must not know how it is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tui_mail.mime.compose.recipients import write_recipients
from tui_mail.mime.compose.replies import Original, reply
from tui_mail.mime.headers import decode, first
from tui_mail.mime.lists import mailing_list
from tui_mail.mime.structure import parse
from tui_mail.model.draft import Draft, DraftKind, Identity
from tui_mail.model.errors import UsageError
from tui_mail.model.mail import Address
from tui_mail.model.words import _
from tui_mail.text.safe import line


def reply_to_list(original: Original, identities: Sequence[Identity]) -> Draft:
    """An answer to the list alone. Raises UsageError where the message names none, or one that takes no mail."""
    header_fields = parse(original.raw).fields
    found = mailing_list(header_fields)
    address = found.post if found else ""
    if not address and found and not found.closed:
        # Programs older than RFC 2369 name the address here.
        address = _plain(decode(first(header_fields, "x-beenthere") or first(header_fields, "x-mailing-list")))
    if not address:
        if found and found.closed:
            raise UsageError(_("This list takes no messages; answer to the sender instead."))
        raise UsageError(_("This message names no mailing list to answer to; answer to the sender instead."))
    draft = reply(original, identities, everyone=False)
    name = line(found.name, 200) if found else ""
    return replace(draft, to=write_recipients([Address(name, line(address))]), cc="", bcc="", kind=DraftKind.REPLY_ALL)


def _plain(text: str) -> str:
    text = text.partition(";")[0].strip().strip("<>")
    return text if text.count("@") == 1 and not any(char.isspace() or char in '<>,;:"' for char in text) else ""
