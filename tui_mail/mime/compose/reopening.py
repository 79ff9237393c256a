"""A message to the draft it was, or to one that begins as its copy.

Owns the reading of drafts, ours and those of other programs. Must not know how the store keeps drafts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from tui_mail.mime.choose import bodies
from tui_mail.mime.compose.drafts import FORWARDED, identity_of, kind_of, typed_recipients
from tui_mail.mime.compose.fields import one_line
from tui_mail.mime.compose.parts import MESSAGE, OPAQUE, file_name
from tui_mail.mime.compose.reading import Fields, text_of, whole_fields
from tui_mail.mime.envelope import message_id, references
from tui_mail.mime.flowed import join_flowed
from tui_mail.mime.headers import first
from tui_mail.mime.strip import strip_html
from tui_mail.mime.structure import MAX_TEXT, Message, Part, parse, part_bytes, part_text
from tui_mail.mime.words import decode_words, from_wire
from tui_mail.model.draft import AttachedFile, Draft, Identity

_CONTROLS = {
    code: "\ufffd" for code in (*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)) if chr(code) not in "\n\t"
}
_PLAIN = re.compile(r"[ -~\n]*").fullmatch


def words(html: str) -> str:
    """The words of HTML alone, for where nothing better is at hand (``HtmlWorker.markdown`` keeps the links)."""
    return strip_html(html)[0]


def reopen(
    raw: bytes,
    identities: Sequence[Identity],
    keep: Callable[[bytes], str],
    html: Callable[[str], str] = words,
) -> Draft:
    """The draft that a message of a Drafts folder is; what ``build_draft`` wrote comes back as it was.

    ``html`` makes text of HTML that has no plain version. Its strings hold no controls but line feeds and tabs; they are as typed otherwise, and must be made safe before a
    screen shows them. There must be at least one identity.
    """
    message = parse(raw)
    header_fields = whole_fields(message.header)
    return replace(
        _anew(message, header_fields, identities, keep, html),
        kind=kind_of(header_fields),
        message_id=message_id(text_of(header_fields, "message-id")),
        in_reply_to=message_id(text_of(header_fields, "in-reply-to")),
        references=references(text_of(header_fields, "references")),
        forwards=references(text_of(header_fields, FORWARDED)),
    )


def edit_as_new(
    raw: bytes,
    identities: Sequence[Identity],
    keep: Callable[[bytes], str],
    html: Callable[[str], str] = words,
) -> Draft:
    """A new message with recipients, subject, text and attachments of this one; see ``reopen`` for its strings."""
    message = parse(raw)
    return _anew(message, whole_fields(message.header), identities, keep, html)


def _anew(
    message: Message,
    header_fields: Fields,
    identities: Sequence[Identity],
    keep: Callable[[bytes], str],
    html: Callable[[str], str],
) -> Draft:
    return Draft(
        identity=identity_of(header_fields, identities),
        to=_harmless(typed_recipients(header_fields, "To")),
        cc=_harmless(typed_recipients(header_fields, "Cc")),
        bcc=_harmless(typed_recipients(header_fields, "Bcc")),
        subject=_subject(header_fields),
        body=text_to_edit(message, html),
        attachments=attached_files(message, keep),
    )


def attached_files(message: Message, keep: Callable[[bytes], str]) -> tuple[AttachedFile, ...]:
    """The attachments of a message, kept; a message inside is one, whatever is inside that."""
    return tuple(_file(part, part_bytes(message, part.id), keep) for part in _attachments(message))


def _attachments(message: Message) -> Iterator[Part]:
    inside: tuple[str, ...] = ()
    for part in message.parts:
        if part.inner is not None:
            if not part.id.startswith(inside):
                yield part
            inside = (*inside, f"{part.id}.")
        elif part.is_attachment and not part.id.startswith(inside):
            yield part


def _file(part: Part, data: bytes, keep: Callable[[bytes], str]) -> AttachedFile:
    kind = part.type
    if kind.startswith("message/") and kind != MESSAGE:
        kind = OPAQUE
    # A message with eight-bit octets can only be sent as an opaque file; here it is a message again.
    if kind == OPAQUE and part.name.lower().endswith(".eml"):
        kind = MESSAGE
    return AttachedFile(file_name(part.name, kind), kind, len(data), keep(data))


def _subject(header_fields: Fields) -> str:
    return one_line(decode_words(from_wire(first(header_fields, "subject").decode("latin-1"))))


def text_to_edit(message: Message, html: Callable[[str], str]) -> str:
    """The text that was typed; of HTML without a plain version what ``html`` makes of it."""
    return _harmless("\n\n".join(_part_text(message, part, html) for part in _texts(message)))


def only_html(message: Message) -> bool:
    """True when all of its text is HTML."""
    return all(part.type == "text/html" for part in _texts(message))


def _texts(message: Message) -> list[Part]:
    return [part for part in bodies(message, "plain") if part.inner is None and not part.is_attachment]


def _part_text(message: Message, part: Part, html: Callable[[str], str]) -> str:
    text = part_text(message, part, max(MAX_TEXT, part.end - part.start))
    if part.type == "text/html":
        return html(text).strip("\n")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if part.flowed:
        text = join_flowed(text, part.delsp)
    # The last line of a message is ended too; in a draft that would be an empty one below it.
    return text.removesuffix("\n")


def _harmless(text: str) -> str:
    """Without controls but line feeds and tabs, which a person may have typed."""
    return text if _PLAIN(text) else text.translate(_CONTROLS)
