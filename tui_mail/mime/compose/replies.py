"""A message to the draft that answers it, passes it on, or begins anew.

Owns who an answer goes to and how it is tied to its conversation (RFC 5322, 3.6.4). Must not know how the message is
stored: attachments are handed to a function that keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tui_mail.mime.compose import identities as _identities
from tui_mail.mime.compose.fields import is_id
from tui_mail.mime.compose.identities import key, without_own
from tui_mail.mime.compose.quoting import attribution, forward_subject, forwarded, quoted, reply_subject
from tui_mail.mime.compose.reading import Fields, addresses_of, text_of, whole_fields
from tui_mail.mime.compose.recipients import write_recipients
from tui_mail.mime.compose.reopening import attached_files, edit_as_new, only_html, reopen, text_to_edit, words
from tui_mail.mime.envelope import references as read_references
from tui_mail.mime.envelope import senders
from tui_mail.mime.filenames import safe_name
from tui_mail.mime.headers import first
from tui_mail.mime.mailto import Mailto
from tui_mail.mime.structure import Message, parse
from tui_mail.model.draft import AttachedFile, Draft, DraftKind, Identity
from tui_mail.model.ids import AccountName
from tui_mail.model.mail import Address, Envelope
from tui_mail.text.safe import block, line

__all__ = ["Original", "blank", "choose_identity", "edit_as_new", "forward", "reopen", "reply"]

MAX_REFERENCES: Final = 20
"""Message-IDs kept at the end of a long conversation; its first one is kept besides."""
_MAX_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Original:
    """The message that is answered or passed on."""

    raw: bytes
    account: AccountName
    """Where it lies."""
    text: str
    """What the reader shows of it: not wrapped, safe."""


def choose_identity(original: Original, identities: Sequence[Identity]) -> Identity:
    """Who answers: the identity it is from or was addressed to, those of its account first; else the account's first.

    There must be at least one identity.
    """
    return _identities.chosen(parse(original.raw), original.account, identities)


def reply(original: Original, identities: Sequence[Identity], *, everyone: bool) -> Draft:
    """An answer to whoever wrote; with ``everyone`` also to all who were addressed, but never to oneself."""
    message = parse(original.raw)
    envelope = message.envelope
    to, cc, bcc = _recipients(whole_fields(message.header), identities, everyone)
    quote = quoted(original.text)
    return Draft(
        identity=_identities.chosen(message, original.account, identities),
        to=write_recipients(to),
        cc=write_recipients(cc),
        bcc=write_recipients(bcc),
        subject=reply_subject(envelope.subject),
        # An empty line after the quote, then the one to write in.
        body=f"{attribution(envelope)}\n{quote}\n\n" if quote else "",
        kind=DraftKind.REPLY_ALL if everyone else DraftKind.REPLY,
        in_reply_to=envelope.message_id,
        references=_references(message, envelope),
    )


def forward(
    original: Original,
    identities: Sequence[Identity],
    keep: Callable[[bytes], str],
    html: Callable[[str], str] = words,
    *,
    inline: bool,
) -> Draft:
    """The message passed on: ``inline`` as text with its attachments attached again, else whole, as a message.

    ``keep`` stores octets and says what they are called there; ``html`` makes text of a message that is HTML alone, since
    what the reader shows has numbers in the place of links.
    """
    message = parse(original.raw)
    envelope = message.envelope
    if inline:
        text = block(text_to_edit(message, html)) if only_html(message) else original.text
        body = f"\n\n{forwarded(envelope, text)}\n"
        files = attached_files(message, keep)
    else:
        body = ""
        name = safe_name(f"{envelope.subject.strip() or 'message'}.eml")
        files = (AttachedFile(name, "message/rfc822", len(original.raw), keep(original.raw)),)
    return Draft(
        identity=_identities.chosen(message, original.account, identities),
        subject=forward_subject(envelope.subject),
        body=body,
        attachments=files,
        kind=DraftKind.FORWARD,
        forwards=(envelope.message_id,) if envelope.message_id else (),
    )


def blank(identity: Identity, *, mailto: Mailto | None = None) -> Draft:
    """A new message, empty or as a mailto address asks for it."""
    if mailto is None:
        return Draft(identity)
    return Draft(
        identity=identity,
        to=write_recipients(_sound(mailto.to)),
        cc=write_recipients(_sound(mailto.cc)),
        bcc=write_recipients(_sound(mailto.bcc)),
        subject=mailto.subject,
        body=mailto.body,
    )


def _recipients(
    header_fields: Fields, identities: Sequence[Identity], everyone: bool
) -> tuple[list[Address], list[Address], list[Address]]:
    """To, Cc and Bcc of an answer."""
    author = _sound(senders(text_of(header_fields, "from"))) or _sound(senders(text_of(header_fields, "sender")))
    to, cc, bcc = (_sound(addresses_of(header_fields, name)) for name in ("to", "cc", "bcc"))
    if author and not without_own(author, identities):
        # One's own message goes to those again whom it was for, unless one wrote to oneself alone.
        again = [without_own(addresses_, identities) for addresses_ in (to, cc, bcc)]
        if any(again):
            return _of_own(again, everyone)
    target = _sound(addresses_of(header_fields, "reply-to")) or author
    if not everyone:
        return _once(target, ()), [], []
    followup = _followup(header_fields)
    if followup:
        return _once(without_own(followup, identities) or followup, ()), [], []
    to_ = _once(without_own(target, identities) or target, ())
    others = _once(without_own([*to, *cc], identities), to_)
    return (to_, others, []) if to_ else (others, [], [])


def _of_own(again: list[list[Address]], everyone: bool) -> tuple[list[Address], list[Address], list[Address]]:
    to, cc, bcc = again
    if everyone:
        to = _once(to, ())
        return to, _once(cc, to), _once(bcc, (*to, *cc))
    if to or cc:
        return _once(to or cc, ()), [], []
    return [], [], _once(bcc, ())


def _followup(header_fields: Fields) -> list[Address]:
    """Where a list's member wants answers to everybody to go; only a message that came from a list may say so."""
    if not (first(header_fields, "list-id") or first(header_fields, "list-post")):
        return []
    return _sound(addresses_of(header_fields, "mail-followup-to"))


def _sound(found: Iterable[Address]) -> list[Address]:
    """Those that are mailboxes, in a form that may be shown."""
    return [Address(line(one.name, _MAX_NAME), line(one.address)) for one in found if one.address]


def _once(found: Iterable[Address], besides: Iterable[Address]) -> list[Address]:
    """Each mailbox once, and none that is in ``besides``."""
    seen = {key(address.address) for address in besides}
    kept: list[Address] = []
    for address in found:
        if key(address.address) not in seen:
            seen.add(key(address.address))
            kept.append(address)
    return kept


def _references(message: Message, envelope: Envelope) -> tuple[str, ...]:
    """The conversation up to the message itself, without what is no id; of a long one the first and the last."""
    found = list(envelope.references)
    if not found:
        parents = read_references(first(message.fields, "in-reply-to").decode("latin-1"))
        found = list(parents) if len(parents) == 1 else []
    found = [one for one in found if is_id(one) and one != envelope.message_id]
    if is_id(envelope.message_id):
        found.append(envelope.message_id)
    if len(found) > MAX_REFERENCES + 1:
        found = [found[0], *found[-MAX_REFERENCES:]]
    return tuple(found)
