"""A draft to the octets that are sent.

Owns which fields a message has and their order. Must not know files or the network: attachments come from a function.
"""

from __future__ import annotations

from collections.abc import Callable

from tui_mail.mime.compose.built import Built, each_once, new_message_id
from tui_mail.mime.compose.domains import ascii_address
from tui_mail.mime.compose.drafts import build_draft
from tui_mail.mime.compose.fields import date, ids, is_id, mailboxes, one_line, unstructured
from tui_mail.mime.compose.parts import Entity, file_entity, mixed, text_entity
from tui_mail.mime.compose.prepare import prepare
from tui_mail.mime.compose.recipients import read_recipients, write_recipients
from tui_mail.model.draft import Draft
from tui_mail.model.errors import UsageError
from tui_mail.model.mail import Address
from tui_mail.model.words import _

__all__ = ["Built", "build", "build_draft", "new_message_id", "prepare"]


def build(draft: Draft, octets: Callable[[str], bytes], when: float) -> Built:
    """The finished message; ``octets`` gives those of an attachment by their name, ``when`` is seconds UTC.

    Raises UsageError when it cannot be sent as it is: nobody to send it to, a wrong address, a NUL in the text.
    """
    if "\0" in draft.body:
        raise UsageError(_("The text holds a NUL character, which mail cannot carry: remove it."))
    sender = ascii_address(draft.identity.address)
    to, cc, bcc = (read_recipients(field) for field in (draft.to, draft.cc, draft.bcc))
    if not (to or cc or bcc):
        raise UsageError(_("The message is for nobody yet: fill in To, Cc or Bcc."))
    message_id = draft.message_id if "@" in draft.message_id and is_id(draft.message_id) else new_message_id(sender)
    subject = one_line(draft.subject).strip()
    before = date(when) + mailboxes("From", [Address(draft.identity.name, draft.identity.address)])
    before += _visible(to, cc)
    after = unstructured("Subject", subject) if subject else b""
    after += (
        ids("Message-ID", [message_id]) + ids("In-Reply-To", [draft.in_reply_to]) + ids("References", draft.references)
    )
    body = _body(draft, octets)
    after += b"MIME-Version: 1.0\r\n" + body.header + b"\r\n" + body.body
    wire = before + after
    return Built(
        wire=wire,
        copy=before + mailboxes("Bcc", bcc) + after if bcc else wire,
        sender=sender,
        recipients=each_once(ascii_address(one.address) for one in (*to, *cc, *bcc)),
        message_id=message_id,
        subject=subject,
        to=write_recipients(to or cc or bcc),
    )


def _visible(to: tuple[Address, ...], cc: tuple[Address, ...]) -> bytes:
    """To and Cc; a message for Bcc alone says so, since some servers want one of them."""
    if not to and not cc:
        return b"To: undisclosed-recipients:;\r\n"
    return (mailboxes("To", to) if to else b"") + (mailboxes("Cc", cc) if cc else b"")


def _body(draft: Draft, octets: Callable[[str], bytes]) -> Entity:
    text = draft.body.replace("\r\n", "\n").replace("\r", "\n")
    files = [file_entity(file, octets(file.raw)) for file in draft.attachments]
    return mixed([text_entity(text.rstrip("\n"), flowed=True), *files])
