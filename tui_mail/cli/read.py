"""``read``: one message, as the reader shows it or in its own bytes. Never marks it as seen.

Owns which form of a message is printed. Must not know how it was made.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from tui_mail.cli import exits
from tui_mail.cli.options import positive
from tui_mail.cli.output import unwritable
from tui_mail.cli.parser import Commands
from tui_mail.model.errors import Gone, NotFound, UsageError
from tui_mail.model.words import _

_WIDTH = 100
"""Cells of a card."""

if TYPE_CHECKING:
    from tui_mail.cli.context import Context
    from tui_mail.mime.rendered import Rendered
    from tui_mail.model.mail import Item


def register(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add("read", _("show a message; it is fetched if it is not here, and not marked as read"), read)
    parser.add_argument("id", metavar="ID", type=positive, help=_("the number of the message"))
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--raw", dest="form", action="store_const", const="raw", help=_("its bytes, unchanged"))
    which.add_argument("--headers", dest="form", action="store_const", const="headers", help=_("all header fields"))
    which.add_argument(
        "--text", dest="form", action="store_const", const="text", help=_("its text alone, as the reader shows it")
    )
    which.add_argument("--html", dest="form", action="store_const", const="html", help=_("its HTML, unchanged"))
    which.add_argument("--part", metavar="PART", help=_("one part, decoded; --json lists the parts"))
    parser.add_argument("--output", metavar="FILE", type=Path, help=_("write --part or --raw to this new file"))
    parser.add_argument(
        "--prefer",
        choices=("auto", "plain", "html"),
        default="auto",
        help=_("which alternative the text is made from, where there are two"),
    )


def read(context: Context, args: argparse.Namespace) -> int:
    """Print the message in the form asked for."""
    from tui_mail.cli.names import one_item

    if context.json and args.form in {"raw", "headers", "html"}:
        raise UsageError(
            _("--json goes with the whole message or with --part, not with --{form}.").format(form=args.form)
        )
    if args.output is not None and args.part is None and args.form != "raw":
        raise UsageError(_("--output goes with --part or --raw."))
    if args.part is not None and args.output is None and (context.json or sys.stdout.isatty()):
        raise UsageError(_("Name a new file for the part with --output FILE."))
    item = one_item(context, args.id)
    stream = _open(context, item, header=args.form == "headers")
    if not item.has_body:
        item = one_item(context, args.id)  # what came with its body is known now, the number of attachments for one
    with stream:
        if args.form == "raw" and args.output is None:
            _pour(context, stream)
            return exits.DONE
        raw = stream.read()
    if args.form == "raw":
        return _save(context, item, "", raw, args.output)
    if args.part is not None:
        return _part(context, item, raw, args)
    if args.form == "headers":
        return _headers(context, raw)
    if args.form == "html":
        return _html(context, raw)
    rendered = _rendered(context, item, raw, args.prefer)
    if context.json:
        context.out.document(_document(context, item, raw, rendered))
    else:
        if args.form != "text":
            _head(context, item, rendered)
        context.out.block(rendered.text)
        if args.form != "text":
            _tail(context, rendered)
    return exits.DONE


def _open(context: Context, item: Item, *, header: bool) -> BinaryIO:
    """The message's bytes, or its ``header`` at least, fetched where they are not here.

    Raises Gone and what a connection raises.
    """
    stream = context.reader.open_raw(item.id)
    if stream is None and header:
        stream = context.reader.local_header(item.id)
    if stream is None:
        from tui_mail.cli.service import ask
        from tui_mail.link.messages import Fetch

        ask(context, Fetch(id=1, item=item.id, rest=True))
        stream = context.reader.open_raw(item.id)
    if stream is None:
        raise Gone(_("The server does not have this message any more."))
    return stream


def _pour(context: Context, stream: BinaryIO) -> None:
    """The bytes as they are; on a terminal made safe, since there nobody wants them exact."""
    if sys.stdout.isatty():
        context.out.block(stream.read().decode("utf-8", "replace"))
        return
    while chunk := stream.read(1 << 20):
        context.out.raw(chunk)


def _headers(context: Context, raw: bytes) -> int:
    from tui_mail.mime.headers import decode, fields
    from tui_mail.mime.structure import parse

    for name, value in fields(parse(raw).header):
        context.out.line(f"{name}: {decode(value)}")
    return exits.DONE


def _html(context: Context, raw: bytes) -> int:
    """The first part that is HTML, in UTF-8."""
    from tui_mail.mime.charsets import decode
    from tui_mail.mime.structure import parse, part_bytes

    message = parse(raw)
    for part in message.parts:
        if part.type == "text/html" and not part.is_attachment:
            text = decode(part_bytes(message, part.id), part.charset)
            if sys.stdout.isatty():
                context.out.block(text)
            else:
                context.out.raw(text.encode("utf-8", "replace"))
            return exits.DONE
    raise NotFound(_("This message has no HTML."))


def _part(context: Context, item: Item, raw: bytes, args: argparse.Namespace) -> int:
    from tui_mail.mime.structure import parse, part_bytes

    message = parse(raw)
    if not (
        any(part.id == args.part for part in message.parts) or ("/" in args.part and part_bytes(message, args.part))
    ):
        raise NotFound(
            _("This message has no part {part}; it has: {parts}.").format(
                part=args.part, parts=", ".join(part.id for part in message.parts)
            )
        )
    data = part_bytes(message, args.part)
    if args.output is not None:
        return _save(context, item, args.part, data, args.output)
    context.out.raw(data)
    return exits.DONE


def _save(context: Context, item: Item, part: str, data: bytes, path: Path) -> int:
    """Write a file that did not exist; never follows a link, never replaces."""
    try:
        with path.open("xb") as stream, _whole(path):
            stream.write(data)
            stream.flush()
    except FileExistsError as error:
        raise UsageError(_("{path} exists already: name a new file.").format(path=path)) from error
    except OSError as error:
        raise unwritable(path, error) from error
    if context.json:
        context.out.document({"id": item.id, "part": part or None, "path": str(path), "size": len(data)})
    else:
        context.out.note(_("Written to {path}.").format(path=path))
    return exits.DONE


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[None]:
    """Remove the file at ``path``, which is ours, when what stands in it is not all of it."""
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _rendered(context: Context, item: Item, raw: bytes, prefer: str) -> Rendered:
    """The text of the reader: from the store's cache, else made here."""
    from tui_mail.mime.rendered import from_bytes
    from tui_mail.store.reading.notes import with_notes

    cached = context.reader.rendered(item.id, prefer)
    rendered = None if cached is None else from_bytes(cached)
    if rendered is None:
        from tui_mail.mime.html_worker import HtmlWorker
        from tui_mail.mime.render import render

        worker = HtmlWorker()
        try:
            rendered = render(raw, prefer=prefer, html=worker)
        finally:
            worker.close()
    return with_notes(context.reader, item, rendered, _own(context), context.clock.now())


def _own(context: Context) -> frozenset[str]:
    """The person's own addresses, lower case."""
    from tui_mail.config.accounts import identities

    return frozenset(one.address.lower() for account in context.accounts for one in identities(account))


def _document(context: Context, item: Item, raw: bytes, rendered: Rendered) -> dict[str, Any]:
    from tui_mail.cli.names import folder_paths, local_accounts
    from tui_mail.cli.shapes import addresses_shape, item_shape
    from tui_mail.mime.structure import parse

    envelope = parse(raw).envelope
    return {
        **item_shape(item, folder_paths(context), local_accounts(context)),
        "cc": addresses_shape(envelope.cc),
        "bcc": addresses_shape(envelope.bcc),
        "reply_to": addresses_shape(envelope.reply_to),
        "in_reply_to": envelope.in_reply_to,
        "references": list(envelope.references),
        "text": rendered.text,
        "parts": [
            {"id": part.id, "type": part.type, "name": part.name, "size": part.size, "disposition": part.disposition}
            for part in rendered.parts
        ],
        "authentication": _authentication(context, item, rendered),
        "warnings": [{"kind": each.kind, "text": each.text} for each in rendered.warnings],
    }


def _authentication(context: Context, item: Item, rendered: Rendered) -> dict[str, Any]:
    """What the receiving host that the account names said of the sender; all null where none is named."""
    from tui_mail.mime.authres import choose

    trusted = next((each.authserv_id for each in context.accounts if each.name == item.account), "")
    found = choose(rendered.results, trusted) if trusted else None
    return {key: (getattr(found, key) or None) if found else None for key in ("spf", "dkim", "dmarc", "by")}


def _head(context: Context, item: Item, rendered: Rendered) -> None:
    from tui_mail.text.dates import full_date

    def people(addresses: tuple[Any, ...]) -> str:
        return ", ".join(f"{each.name} <{each.address}>" if each.name else each.address for each in addresses)

    rows = [
        (_("From:"), people(item.from_)),
        (_("To:"), people(item.to)),
        (_("Cc:"), people(item.cc)),
        (_("Date:"), full_date(item.received if item.date is None else item.date, context.clock.now(), None)),
        (_("Subject:"), item.subject),
    ]
    for name, value in rows:
        if value:
            context.out.line(f"{name} {value}")
    if rendered.warnings:
        from tui_mail.ui.reader.trust import NOTES

        for warning in rendered.warnings:
            text = _("Note: {text}") if warning.kind in NOTES else _("Warning: {text}")
            context.out.line(text.replace("{text}", warning.text))
    if rendered.invitations:
        _cards(context, rendered)
    context.out.line("")


def _cards(context: Context, rendered: Rendered) -> None:
    """Invitations as the reader shows them: what, when, where, who."""
    from tui_mail.ui.reader.cards import INVITATIONS, invitation_lines
    from tui_mail.ui.reader.header import Setting

    setting = Setting(context.clock.now(), None, _own(context))
    for invitation in rendered.invitations[:INVITATIONS]:
        context.out.line("")
        for row in invitation_lines(invitation, setting, _WIDTH):
            context.out.line("".join(piece.text for piece in row))


def _tail(context: Context, rendered: Rendered) -> None:
    """Links and attachments, below the text."""
    from tui_mail.text.sizes import human_size

    if rendered.links:
        context.out.line("")
        for link in rendered.links:
            context.out.line(f"[{link.number}] {link.url}")
    attached = [part for part in rendered.parts if part.is_attachment]
    if attached:
        context.out.line("")
        for part in attached:
            context.out.line(
                _("Attachment {id}: {name}  {size}").format(
                    id=part.id, name=part.name or part.type, size=human_size(part.size)
                )
            )
