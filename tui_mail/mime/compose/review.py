"""What is worth a second look before a message is sent.

Owns the doubts and their sentences. None of them keeps a message from being sent. Must not know the composer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tui_mail.mime.compose.domains import shown_address
from tui_mail.mime.compose.identities import key
from tui_mail.mime.compose.quoting import without_signature
from tui_mail.mime.compose.recipients import valid_recipients
from tui_mail.mime.trust import address_warnings
from tui_mail.model.draft import Draft, DraftKind
from tui_mail.model.mail import Address
from tui_mail.model.words import _, ngettext
from tui_mail.text.safe import line

MANY: Final = 20
"""Recipients who all see each other's addresses, beyond which it is worth asking."""
_SHOWN: Final = 100
_ATTRIBUTION = re.compile(r"[^\n]{0,300}:\s*").fullmatch
_DIVIDER = re.compile(r"-{5,}.{1,80}-{5,}\s*").fullmatch
_PROMISE = re.compile(
    r"\b(?:attached|attaching|attachments?|enclosed|enclosing|"
    r"anbei|angehängt\w*|anhang|anhänge|beigefügt\w*|beiliegend\w*|"
    r"ci-joints?|ci-jointes?|pièces? jointes?|en pièce|"
    r"adjunto|adjunta|adjuntos|adjuntas|adjuntamos|"
    r"allegato|allegata|allegati|allego|"
    r"anexo|anexos|anexado|em anexo|"
    r"bijlagen?|bijgevoegd\w*|bifogad\w*|bifogar|bilaga|vedlagt\w*|vedhæftet|vedlegg|vedhæftning|"
    r"liitteenä|liitteet|liite|załącznik\w*|załączam|w załączeniu|příloh\w*|přiložen\w*|mellékelt\w*|melléklet\w*|"
    r"вложени\w*|прикреплен\w*|прикреплён\w*|прилага\w*|додат\w*к\w*|συνημμέν\w*|ekteki|ekte|ekli)\b"
    r"|添付|附件|附檔|첨부|مرفق|מצורף|מצורפת|संलग्न",
    re.IGNORECASE,
).search


def remarks(draft: Draft) -> tuple[str, ...]:
    """Sentences for the review, safe for a screen; none when there is nothing to remark on."""
    return tuple(_found(draft))


def _found(draft: Draft) -> Iterator[str]:
    own = _own_words(draft)
    if not draft.subject.strip():
        yield _("There is no subject.")
    if not draft.body.strip() and not draft.attachments:
        yield _("The message is empty.")
    elif not own.strip() and draft.kind in {DraftKind.REPLY, DraftKind.REPLY_ALL}:
        yield _("There is nothing but the quoted message.")
    elif not draft.body.strip():
        yield _("There is no text.")
    if not draft.attachments and (promise := _PROMISE(f"{own}\n{_own_subject(draft)}")):
        yield _("The text says “{word}”, but nothing is attached.").format(word=line(promise[0]))
    yield from _about_recipients(draft)


def _about_recipients(draft: Draft) -> Iterator[str]:
    visible = [*valid_recipients(draft.to), *valid_recipients(draft.cc)]
    everybody = [*visible, *valid_recipients(draft.bcc)]
    seen: set[str] = set()
    twice: set[str] = set()
    for address in everybody:
        one = key(address.address)
        if one in seen and one not in twice:
            twice.add(one)
            yield _("{address} is named twice.").format(address=_shown(address))
        seen.add(one)
    if len(visible) > MANY:
        text = ngettext(
            "{count} recipient will see the addresses of all others; Bcc hides them.",
            "{count} recipients will see the addresses of all others; Bcc hides them.",
            len(visible),
        )
        yield text.format(count=len(visible))
    for address in {key(one.address): one for one in everybody}.values():
        kinds = {warning.kind for warning in address_warnings(address)}
        if "look-alike" in kinds:
            text = _("The domain of {address} is written with letters that look like others.")
            yield text.format(address=_shown(address))
        if "name-address" in kinds:
            text = _("{name} looks like an address, but the message goes to {address}.")
            yield text.format(name=line(address.name, _SHOWN), address=_shown(address))


def _shown(address: Address) -> str:
    return line(shown_address(address.address), _SHOWN)


def _own_subject(draft: Draft) -> str:
    """The subject where the person chose it."""
    return draft.subject if draft.kind is DraftKind.NEW else ""


def _own_words(draft: Draft) -> str:
    """The text without quotes, without the lines that introduce them, without what is forwarded and the signature."""
    kept: list[str] = []
    for row in without_signature(draft.body.split("\n")):
        if draft.kind is DraftKind.FORWARD and _DIVIDER(row):
            break
        if row.startswith(">"):
            if kept and _ATTRIBUTION(kept[-1]):
                kept.pop()
            continue
        kept.append(row)
    return "\n".join(kept)
