"""From a message to the parts of a document: head, body, foot.

Owns what is said where. Must not know widgets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tui_mail.mime.links import misleads
from tui_mail.mime.rendered import Link, PartInfo, Rendered
from tui_mail.model.ids import AccountName
from tui_mail.model.mail import Item
from tui_mail.model.words import _
from tui_mail.store.tables.rows import base_subject
from tui_mail.text import safe
from tui_mail.text.safe import SafeText, own
from tui_mail.text.sizes import human_size
from tui_mail.text.width import cells, wrap
from tui_mail.ui.reader import hosts
from tui_mail.ui.reader.cards import TOLD_HERE, card_lines
from tui_mail.ui.reader.header import Setting, field_lines, header_lines, shut_line, subject_rows
from tui_mail.ui.reader.lines import NOTHING, Line, Piece, Role, cut_line, length
from tui_mail.ui.reader.trust import trust_pieces

LINKS_SHOWN = 20
"""Links under a message; all of them are in the list of links."""
_PLACEHOLDERS = (60, 72, 48, 0, 66, 70, 30)
"""Cells of the dim lines that stand for a body on its way."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the reader should know of an account."""

    addresses: frozenset[str] = frozenset()
    """The person's own, lower case."""
    authserv_id: str = ""
    """Whose Authentication-Results are believed; empty: nobody's."""


Accounts = Mapping[AccountName, Known]


@dataclass(frozen=True, slots=True)
class Page:
    """What is to be shown: nothing, a message on its way, one that failed, or one that is here."""

    item: Item | None = None
    rendered: Rendered | None = None
    failure: SafeText = NOTHING


def same_subject(one: Item, other: Item) -> bool:
    """True where a conversation is still about the same thing."""
    return base_subject(one.subject) == base_subject(other.subject)


def attachments(rendered: Rendered | None) -> tuple[PartInfo, ...]:
    """The parts a person would call attachments."""
    return tuple(part for part in rendered.parts if part.is_attachment) if rendered is not None else ()


def head_lines(
    page: Page,
    setting: Setting,
    width: int,
    accounts: Accounts,
    fields: Sequence[tuple[SafeText, SafeText]] | None,
    *,
    titled: bool = True,
    notes: Sequence[SafeText] = (),
) -> list[Line]:
    """Subject, sender, date; what to know about the sender; attachments. With ``fields`` every field instead.

    ``notes`` are what to know of the message beside.
    """
    item = page.item
    if item is None:
        return [(Piece(page.failure, Role.WARNING),)] if page.failure else []
    known = accounts.get(item.account, Known())
    setting = replace(setting, me=known.addresses)
    lines = header_lines(item, setting, width, titled=titled) if fields is None else field_lines(fields, width)
    beside = [Piece(note, Role.MUTED) for note in notes]
    lines += facts([*trust_pieces(item, _without_cards(page.rendered), known.authserv_id), *beside], width)
    if page.failure:
        lines.extend((Piece(part, Role.WARNING),) for part in wrap(page.failure, width))
    if page.rendered is not None:
        lines += card_lines(page.rendered, setting, width)
    parts = attachments(page.rendered)
    if parts:
        lines.append(attachments_line(parts, width))
    return lines


def _without_cards(rendered: Rendered | None) -> Rendered | None:
    """The message without the warnings that a card says better."""
    if rendered is None or not rendered.seals:
        return rendered
    return replace(rendered, warnings=tuple(each for each in rendered.warnings if each.kind not in TOLD_HERE))


def shut_lines(item: Item, setting: Setting, width: int, *, titled: bool) -> list[Line]:
    """A folded message: who, the first words, when; below the subject where it has one."""
    title: list[Line] = [(Piece(row, Role.SUBJECT),) for row in subject_rows(item, width)] if titled else []
    return [*title, shut_line(item, setting, width)]


def facts(pieces: Sequence[Piece], width: int) -> list[Line]:
    """Warnings on lines of their own, marked; notes together on one line as far as they fit."""
    lines: list[Line] = []
    notes: list[SafeText] = []
    for piece in pieces:
        if piece.role is Role.WARNING:
            rows = wrap(piece.text, width - 2)
            lines += [(Piece(SafeText(("! " if not n else "  ") + row), Role.WARNING),) for n, row in enumerate(rows)]
        else:
            notes.append(piece.text)
    lines += [(Piece(row, Role.MUTED),) for row in wrap(SafeText(" · ".join(notes)), width) if notes]
    return lines


def attachments_line(parts: Sequence[PartInfo], width: int) -> Line:
    """``[1] agenda.pdf  184 KB   [2] …``, and how many more there are where the line ends; what is not here says so."""
    line: Line = ()
    for number, part in enumerate(parts, start=1):
        name = safe.file_name(part.name, 60) or safe.line(part.type, 60)
        entry: Line = (
            Piece(own(f"[{number}] "), Role.ACCENT),
            Piece(name),
            Piece(SafeText("  " + size_words(part)), Role.MUTED),
        )
        rest = len(parts) - number
        more = len(own(f"   +{rest}")) if rest else 0
        if line and length(line) + 3 + length(entry) + more > width:
            return (*line, Piece(own(f"   +{rest + 1}"), Role.MUTED))
        line = (*line, Piece(own("   ")), *entry) if line else entry
    return line


def size_words(part: PartInfo) -> SafeText:
    """How large a part is, and that it is not here where it is not."""
    size = human_size(part.size)
    return own(size if part.here else _("{size}, on the server").format(size=size))


def body_text(page: Page) -> SafeText:
    """The text of the body; what is said where there is none; dim lines while it is on its way."""
    if page.rendered is not None:
        if page.rendered.text.strip():
            return SafeText(page.rendered.text.rstrip("\n"))
        return own(_("This message has no text.")) if page.rendered.kind == "none" else own(_("This message is empty."))
    return NOTHING


def foot_lines(page: Page, width: int) -> list[Line]:
    """The links of an HTML message with the hosts they lead to; dim lines while the body is on its way."""
    rendered = page.rendered
    if rendered is None or rendered.begins:
        if page.item is None or page.failure:
            return []
        return [(Piece(own("░" * min(size, width)), Role.RULE),) for size in _PLACEHOLDERS]
    if rendered.kind != "html" or not rendered.links:
        return []
    lines: list[Line] = [()]
    lines += [link_line(link, width) for link in rendered.links[:LINKS_SHOWN]]
    rest = len(rendered.links) - LINKS_SHOWN
    if rest > 0:
        lines.append((Piece(own(_("{count} more links").format(count=rest)), Role.MUTED),))
    return lines


def link_line(link: Link, width: int) -> Line:
    """Number, the real host, and the rest of the address; a link that claims another host is marked."""
    number = own(f"[{link.number}] ")
    host = link.host or safe.line(hosts.host_of(link.url), 200)
    before, found, after = safe.line(link.url, 2000).partition(host)
    scheme = before.removeprefix("https://").removeprefix("http://")
    line: Line = (Piece(number, Role.ACCENT), Piece(SafeText(scheme), Role.MUTED), Piece(SafeText(found)))
    if after.strip("/"):
        line = (*line, Piece(SafeText(after), Role.MUTED))
    if not misleads(link.text, link.url):
        return line
    claim = SafeText(
        _("called {claimed}").replace("{claimed}", safe.line(hosts.claimed_host(link.text) or link.text, 40))
    )
    room = max(width - cells(claim) - 2, 0)
    return (*cut_line(line, room), Piece(own("  ")), Piece(claim, Role.WARNING))


def leads_to(link: Link) -> SafeText:
    """Where a link leads, in a sentence: the host as the network spells it, then the address."""
    if link.url.startswith("mailto:"):
        return SafeText(_("Writes to {address}").replace("{address}", safe.line(link.url.removeprefix("mailto:"), 200)))
    host = hosts.shown_host(hosts.host_of(link.url)) or safe.line(link.host, 200)
    return SafeText(
        _("Leads to {host}  {address}").replace("{host}", host).replace("{address}", safe.line(link.url, 300))
    )


def header_fields(raw: bytes) -> list[tuple[SafeText, SafeText]]:
    """Every field of a raw message, decoded and safe, in order."""
    from tui_mail.mime import headers

    end, _start = headers.split(raw)
    return [
        (safe.line(name, 100), safe.line(headers.decode(value), 4_000)) for name, value in headers.fields(raw[:end])
    ]


def source_text(raw: bytes) -> SafeText:
    """The raw message as text: UTF-8, or line by line where some are not, since one says nothing of the others."""
    try:
        return safe.block(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return safe.block("\n".join(map(_source_line, raw.split(b"\n"))))


def _source_line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")
