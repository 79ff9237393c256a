"""A message to what the reader shows: text, marks, links, parts and warnings, all of it safe.

Owns what is gathered from the message as a whole; ``mime.gather`` makes one text of its parts. Never raises on any bytes;
HTML goes through the converter that is handed in. Must not know widths, widgets or the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tui_mail.mime import authres
from tui_mail.mime.calendars import invitations, is_calendar
from tui_mail.mime.choose import Choice, has_type
from tui_mail.mime.dangers import attachment_warnings
from tui_mail.mime.embedded import Inside, files, is_wrapped
from tui_mail.mime.findings import Invitation, Seal
from tui_mail.mime.gather import Gathering
from tui_mail.mime.headers import decode, first
from tui_mail.mime.html import HtmlConverter
from tui_mail.mime.lists import mailing_list
from tui_mail.mime.rendered import BEGINS, RENDER_VERSION, PartInfo, Rendered, Warning_, lacking
from tui_mail.mime.seals import seals
from tui_mail.mime.structure import Message, Part, parse
from tui_mail.mime.trust import sender_warnings
from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, file_name, line

_MAX_NAME = 200
_MAX_WARNED = 5
_MAX_CALENDARS = 3


def render(
    raw: bytes,
    *,
    prefer: str = "auto",
    html: HtmlConverter,
    sizes: Mapping[str, int] | None = None,
    begun: Callable[[Rendered], None] | None = None,
) -> Rendered:
    """Render a whole message. ``prefer``: ``plain`` or ``html`` where there are both, ``auto``: the better one.

    ``sizes`` are those of parts whose bodies are left out (``mime.outline``). ``begun`` is given, of a message that takes
    its time, a rendering that ends early, before the whole is returned (``Rendered.begins``).
    """
    message = parse(raw)
    choice = Choice(message, prefer)

    begins: Callable[[Gathering], None] | None = None
    if begun is not None:
        begins = lambda ahead: begun(_rendered(message, choice, ahead, sizes or {}, ends=False))  # noqa: E731 -- a type of its own
    gathering = Gathering(message, prefer, html, decode(first(message.fields, "subject")), begins)
    gathering.add(choice.parts)
    return _rendered(message, choice, gathering, sizes or {}, ends=True)


def _rendered(
    message: Message, choice: Choice, gathering: Gathering, sizes: Mapping[str, int], *, ends: bool
) -> Rendered:
    """``ends``: the texts are all there, so that it is known what is to be said of them."""
    inside = files(message)
    if not gathering.texts:
        gathering.add_wrapped()
    found = _invitations(message)
    if not gathering.texts and found:
        gathering.add_invitations(found)
    around = (*seals(message), *gathering.seals)
    return Rendered(
        version=RENDER_VERSION,
        kind=gathering.kind or "none",
        text=gathering.text(),
        links=tuple(gathering.links),
        parts=_parts(message, inside, sizes),
        has_plain=has_type(message, "text/plain"),
        has_html=has_type(message, "text/html"),
        remote_images=gathering.remote_images,
        hidden=gathering.hidden,
        warnings=(
            *sender_warnings(message.fields),
            *(gathering.warnings() if ends else [Warning_(BEGINS, line(_("the rest is still being read")))]),
            *_seal_warnings(around),
            *_structure_warnings(message),
            *_attachment_warnings(message, inside),
        ),
        results=authres.read(message.fields),
        why=choice.why,
        pixels=gathering.pixels,
        marks=tuple(sorted(gathering.marks, key=lambda mark: (mark.start, -mark.end))),
        reports=tuple(gathering.reports),
        seals=around,
        invitations=found,
        mailing_list=mailing_list(message.fields),
    )


def _parts(message: Message, inside: tuple[Inside, ...], sizes: Mapping[str, int]) -> tuple[PartInfo, ...]:
    """Every leaf, and behind each the files inside it; what only wraps files is no attachment itself."""
    wrapping = {one.id.partition("/")[0] for one in inside}
    infos: list[PartInfo] = []
    for part in message.parts:
        hollow = part.id in wrapping and is_wrapped(part)
        if lacking(part.id, sizes) not in {"", part.id}:
            continue  # what a message inside consists of is not known before that is here
        infos.append(_info(part, part.is_attachment and not hollow, sizes.get(part.id, part.size)))
        if part.id in wrapping:
            infos += [
                PartInfo(one.id, line(one.type, 100), file_name(one.name, _MAX_NAME), len(one.data), "attachment", True)
                for one in inside
                if one.id.partition("/")[0] == part.id
            ]
    return tuple(infos)


def _info(part: Part, attached: bool, size: int) -> PartInfo:
    return PartInfo(part.id, part.type, file_name(part.name, _MAX_NAME), size, part.disposition, attached)


def _invitations(message: Message) -> tuple[Invitation, ...]:
    """Events of the calendars in the message, each once: many programs send the same one twice."""
    found: dict[tuple[str, str, SafeText], Invitation] = {}
    for part in [part for part in message.parts if is_calendar(part)][:_MAX_CALENDARS]:
        for one in invitations(message, part):
            found.setdefault((one.uid, one.start.local if one.start else "", one.what), one)
    return tuple(found.values())


def _seal_warnings(around: tuple[Seal, ...]) -> list[Warning_]:
    """One sentence for all that is sealed."""
    hidden = next((seal for seal in around if seal.kind == "encrypted"), None)
    if hidden is not None:
        text = _("The message is encrypted with {how}; it cannot be read here.")
        if not hidden.whole:
            text = _("A part of the message is encrypted with {how}; it cannot be read here.")
        return [Warning_("encrypted", line(text.replace("{how}", hidden.how)))]
    signed = next((seal for seal in around if seal.kind == "signed"), None)
    if signed is None:
        return []
    text = _("The message is signed with {how}; the signature was not checked.")
    if not signed.whole:
        text = _("Only a part of the message is signed, with {how}; the signature was not checked.")
    elif not signed.covers and signed.how == "S/MIME":
        text = _("The message is signed with {how} in a way that hides its text; it cannot be read here.")
    return [Warning_("signed", line(text.replace("{how}", signed.how)))]


def _structure_warnings(message: Message) -> list[Warning_]:
    """About how the message is put together."""
    sentences = {
        "deep": _("Parts are nested too deeply; what lies deeper is kept as an attachment."),
        "many": _("The message has too many parts; the last ones are kept as one attachment."),
        "ambiguous": _("The message is put together in a way that other programs may read differently."),
        "outside": _("There is text outside the parts of the message; the source shows it."),
        "partial": _("This is only a piece of a message that was split for the way."),
    }
    types = {part.type for part in message.parts}
    problems = message.problems | ({"partial"} if "message/partial" in types else set())
    return [Warning_(kind, line(sentence)) for kind, sentence in sentences.items() if kind in problems]


def _attachment_warnings(message: Message, inside: tuple[Inside, ...]) -> list[Warning_]:
    found: dict[Warning_, None] = {}
    for name, kind in [(part.name, part.type) for part in message.parts if part.is_attachment] + [
        (one.name, one.type) for one in inside
    ]:
        if len(found) >= _MAX_WARNED:
            break
        found.update(dict.fromkeys(attachment_warnings(name, kind)))
    return list(found)
