"""Messages to show, for tests of the reader and the dialogs."""

from __future__ import annotations

from tui_mail.mime import patches, quotes
from tui_mail.mime.links import plain_links
from tui_mail.mime.rendered import RENDER_VERSION, AuthResult, Link, Mark, PartInfo, Rendered, Warning_
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, ContentId, FolderId, ItemId, ThreadId
from tui_mail.model.mail import Address, Item
from tui_mail.text import safe

NOW = 1_763_890_860.0
"""Sunday 23 November 2025, 09:41 UTC."""

TEXT = """The room is the same, 14:00. I have moved the review of the optimiser to the end, so that Joan can leave early if \
she needs to.

> Could we start with the parser?
>> I thought the parser was done.
>>> It never is.

Yes, gladly. The notes are at https://wiki.example.org/compiler, and what is left of the old ones below.

On Friday Alan wrote:
> The first part of the meeting was about the tables.
> They are too large, and nobody reads them.
> We agreed to split them into three:
> the grammar, the actions and the recovery.
> Joan does the first,
> Grace the second,
> and I the third.
> That leaves the tests.

Until Thursday,
Grace

--\x20
Grace Hopper
Rear Admiral
"""


def item(
    subject: str = "Compiler meeting moved to Thursday",
    *,
    number: int = 1,
    from_: tuple[Address, ...] = (Address("Grace Hopper", "grace@example.org"),),
    to: tuple[Address, ...] = (Address("Ada Lovelace", "ada@example.org"), Address("Alan Turing", "alan@example.org")),
) -> Item:
    return Item(
        id=ItemId(number),
        content=ContentId(number),
        account=AccountName("work"),
        folder=FolderId(1),
        uid=number,
        subject=subject,
        from_=from_,
        to=to,
        cc=(Address("Joan Clarke", "joan@example.org"), Address("", "team@example.org")),
        date=int(NOW) - 60,
        received=int(NOW) - 50,
        size=4_000,
        flags=Flag.NONE,
        keywords=(),
        thread=ThreadId(1),
        attachments=1,
        message_id="a@example.org",
        snippet="The room is the same",
        has_body=True,
    )


def rendered(
    text: str = TEXT,
    *,
    kind: str = "plain",
    links: tuple[Link, ...] = (
        Link(
            1,
            "https://wiki.example.org/compiler",
            safe.line("https://wiki.example.org/compiler"),
            safe.line("wiki.example.org"),
        ),
    ),
    parts: tuple[PartInfo, ...] = (
        PartInfo("2", "application/pdf", safe.line("agenda.pdf"), 188_416, "attachment", True),
        PartInfo("3", "text/plain", safe.line("notes of the last meeting.txt"), 2_100, "attachment", True),
    ),
    warnings: tuple[Warning_, ...] = (),
    results: tuple[AuthResult, ...] = (),
    has_html: bool = False,
    remote_images: int = 0,
    marks: tuple[Mark, ...] | None = None,
) -> Rendered:
    shown = safe.block(text)
    return Rendered(
        version=RENDER_VERSION,
        kind=kind,
        text=shown,
        marks=marks_of(shown, links, kind) if marks is None else marks,
        links=links,
        parts=parts,
        has_plain=kind == "plain",
        has_html=has_html or kind == "html",
        remote_images=remote_images,
        hidden=0,
        warnings=warnings,
        results=results,
    )


def marks_of(text: safe.SafeText, links: tuple[Link, ...] = (), kind: str = "plain") -> tuple[Mark, ...]:
    """What rendering would mark in a text: quotes, patches and links."""
    diff = patches.find(text)
    marks = [*diff, *(mark for mark in quotes.find(text) if not diff or mark.kind == "signature")]
    if kind == "plain":
        numbers = {link.url: link.number for link in links}
        marks += [Mark(start, end, "link", numbers[url]) for start, end, url in plain_links(text) if url in numbers]
    else:
        places = [(text.find(f"[{link.number}]"), link.number) for link in links]
        marks += [Mark(at, at + len(f"[{number}]"), "link", number) for at, number in places if at >= 0]
    return tuple(sorted(marks, key=lambda mark: (mark.start, -mark.end)))
