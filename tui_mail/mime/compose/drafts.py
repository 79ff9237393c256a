"""A draft to the message that is kept of it in a Drafts folder, and back.

Owns the fields that only drafts have. Nothing a person typed is lost: what no field of mail can hold, half an address
for one, stands in a field of our own beside it. Must not know what makes a message fit to be sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from tui_mail.mime.addresses import parse
from tui_mail.mime.compose.fields import date, ids, mailboxes, one_line, unstructured, verbatim
from tui_mail.mime.compose.flow import flow
from tui_mail.mime.compose.identities import key, own
from tui_mail.mime.compose.parts import file_entity, mixed, text_entity
from tui_mail.mime.compose.reading import Fields, addresses_of, text_of
from tui_mail.mime.compose.recipients import valid_recipients, write_recipients
from tui_mail.mime.envelope import senders
from tui_mail.mime.flowed import join_flowed
from tui_mail.mime.headers import first
from tui_mail.mime.words import decode_words, from_wire
from tui_mail.model.draft import Draft, DraftKind, Identity
from tui_mail.model.errors import UsageError
from tui_mail.model.mail import Address

OWN: Final = "X-Tui-Mail-"
"""How the names of our own fields begin; no message that is sent has one."""
FORWARDED: Final = "X-Forwarded-Message-Id"
"""As Thunderbird calls it."""
_KIND: Final = f"{OWN}Kind"


def build_draft(draft: Draft, octets: Callable[[str], bytes], when: float) -> bytes:
    """The message for the Drafts folder; ``reopen`` makes the same draft of it again.

    Any draft will do. Bcc is kept, and so are the kind, what it answers and what it forwards. A draft without a
    Message-ID gets none here: draw it once with ``new_message_id``.
    """
    header = date(when)
    header += _from(draft.identity)
    for name, typed in (("To", draft.to), ("Cc", draft.cc), ("Bcc", draft.bcc)):
        header += _typed(name, typed)
    header += unstructured("Subject", draft.subject) if draft.subject else b""
    header += ids("Message-ID", [draft.message_id]) + ids("In-Reply-To", [draft.in_reply_to])
    header += ids("References", draft.references) + ids(FORWARDED, draft.forwards)
    header += unstructured(_KIND, draft.kind.value)
    text = draft.body.replace("\r\n", "\n").replace("\r", "\n")
    files = [file_entity(file, octets(file.raw)) for file in draft.attachments]
    # Flowed text is what other programs can edit; but not every text survives it, and here every one has to.
    body = mixed([text_entity(text, flowed=join_flowed(flow(text)) == text), *files])
    return header + b"MIME-Version: 1.0\r\n" + body.header + b"\r\n" + body.body


def typed_recipients(header_fields: Fields, name: str) -> str:
    """What was typed into To, Cc or Bcc: as our own field has it, unless another program changed the addresses."""
    listed = addresses_of(header_fields, name)
    own = from_wire(first(header_fields, OWN + name).decode("latin-1"))
    typed = decode_words(own)
    if own and _same(valid_recipients(typed), listed):
        return typed
    return write_recipients(listed)


def identity_of(header_fields: Fields, identities: Sequence[Identity]) -> Identity:
    """The identity the draft is from, by name as well where one address has several; else the first."""
    typed = first(header_fields, f"{OWN}From")
    said = decode_words(typed.decode("latin-1")) if typed else ""
    found = senders(text_of(header_fields, "from"))
    for one in identities:
        if said and said == _unsendable(one):
            return one
        if any(
            address.name == one_line(one.name).strip() and key(address.address) == key(one.address) for address in found
        ):
            return one
    return next((match for address in found if (match := own(address.address, identities))), identities[0])


def kind_of(header_fields: Fields) -> DraftKind:
    """What the draft began as; of another program's draft, what its fields suggest."""
    try:
        return DraftKind(first(header_fields, _KIND).decode("latin-1"))
    except ValueError:
        pass  # not one of ours
    if first(header_fields, FORWARDED):
        return DraftKind.FORWARD
    return DraftKind.REPLY if first(header_fields, "in-reply-to") else DraftKind.NEW


def _from(identity: Identity) -> bytes:
    try:
        return mailboxes("From", [Address(identity.name, identity.address)])
    except UsageError:
        # An identity that nothing can be sent as is found again by its text.
        return verbatim(f"{OWN}From", _unsendable(identity))


def _unsendable(identity: Identity) -> str:
    return write_recipients([Address(identity.name, identity.address)])


def _typed(name: str, typed: str) -> bytes:
    """The field with the addresses that are whole, and what was typed where that says more."""
    found = valid_recipients(typed)
    field = mailboxes(name, found) if found else b""
    written = write_recipients(parse(_value(field)))
    return field if written == typed else field + verbatim(OWN + name, typed)


def _value(field: bytes) -> str:
    """The unfolded value of a field."""
    return field.decode("ascii").partition(":")[2].replace("\r\n", "").strip()


def _same(typed: Sequence[Address], listed: Sequence[Address]) -> bool:
    """True when the field holds just the addresses that were typed."""
    field = mailboxes("To", typed) if typed else b""
    return tuple(parse(_value(field))) == tuple(listed)
