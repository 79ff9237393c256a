"""``save``, ``verify``, ``images``, ``answer`` and ``unsubscribe``: what one does with a message besides moving it.

Owns how these are asked for and answered. What needs the network is asked of the engine; must not know a server.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui_mail.cli import exits
from tui_mail.cli.options import engine_options, positive
from tui_mail.cli.output import unwritable
from tui_mail.cli.parser import Commands
from tui_mail.model.errors import Gone, NotFound, UsageError
from tui_mail.model.words import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui_mail.cli.context import Context
    from tui_mail.model.draft import Identity
    from tui_mail.model.mail import Item


def register(commands: Commands) -> None:
    """Add the commands."""
    parser = commands.add("save", _("write messages, or their attachments, into files; none is overwritten"), save)
    parser.add_argument("ids", metavar="ID", nargs="+", type=positive, help=_("the number of a message"))
    parser.add_argument("--to", metavar="DIR", type=Path, default=Path(), help=_("the folder; default: this one"))
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--text", action="store_true", help=_("the text as the reader shows it"))
    which.add_argument("--attachments", action="store_true", help=_("the attachments, under safe names"))
    parser = commands.add(
        "verify", _("check whether the domain of a message's sender signed it (DKIM); asks name servers"), verify
    )
    _one_id(parser)
    parser = commands.add(
        "images", _("fetch the images of a message that lie on other machines, which learn that it is read"), images
    )
    _one_id(parser)
    parser.add_argument("--to", metavar="DIR", type=Path, required=True, help=_("the folder they are written into"))
    parser.add_argument("--yes", action="store_true", help=_("do not ask"))
    parser = commands.add("answer", _("answer the invitation in a message, by mail to who invites"), answer)
    _one_id(parser)
    parser.add_argument("what", choices=("accept", "perhaps", "decline"), help=_("the answer"))
    engine_options(parser)


def _one_id(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", type=positive, help=_("the number of a message"))


def save(context: Context, args: argparse.Namespace) -> int:
    """Write messages into files."""
    from tui_mail.cli.names import items_of, missing_text

    if not args.to.is_dir():
        raise UsageError(_("There is no folder {folder}; choose another.").format(folder=args.to))
    items, missing = items_of(context, args.ids)
    paths: list[Path] = []
    for item in items:
        paths += [_write(args.to, name, data) for name, data in _files(context, item, args)]
    if missing:
        context.out.note(missing_text(missing))
    if context.json:
        context.out.document({"saved": [str(path) for path in paths]})
    else:
        for path in paths:
            context.out.line(str(path))
        if not paths:
            context.out.note(_("There is nothing to save."))
    return exits.PARTLY if missing else exits.DONE


def verify(context: Context, args: argparse.Namespace) -> int:
    """Say what the signatures of a message come to."""
    from tui_mail.cli.names import one_item
    from tui_mail.cli.service import ask
    from tui_mail.link.messages import CheckSignature
    from tui_mail.mime.signatures import confirms, from_table, verdict_words

    item = one_item(context, args.id)
    tables = ask(context, CheckSignature(id=1, item=item.id)).result["signatures"]
    signatures = tuple(map(from_table, tables))
    words = verdict_words(signatures)
    if context.json:
        document = {"id": item.id, "confirmed": confirms(signatures), "signatures": tables, "text": " ".join(words)}
        context.out.document(document)
    else:
        for row in words:
            context.out.line(row)
    return exits.DONE


def images(context: Context, args: argparse.Namespace) -> int:
    """Fetch pictures on other machines, after asking."""
    from tui_mail.cli.names import one_item
    from tui_mail.cli.service import ask
    from tui_mail.link.messages import Pictures

    item = one_item(context, args.id)
    if not args.to.is_dir():
        raise UsageError(_("There is no folder {folder}; choose another.").format(folder=args.to))
    known = ask(context, Pictures(id=1, item=item.id)).result
    hosts = ", ".join(map(str, known["hosts"]))
    result: dict[str, Any] = {"saved": [], "trouble": []}
    if known["count"]:
        text = ngettext("Fetch {n} image from {hosts}?", "Fetch {n} images from {hosts}?", int(known["count"]))
        if not confirmed(context, args, text.format(n=known["count"], hosts=hosts)):
            return exits.FAILED
        result = ask(context, Pictures(id=1, item=item.id, folder=str(args.to.resolve()))).result
    for each in result["trouble"]:
        context.out.note(str(each))
    if context.json:
        context.out.document(
            {"id": item.id, "hosts": known["hosts"], "saved": result["saved"], "trouble": result["trouble"]}
        )
    else:
        for path in result["saved"]:
            context.out.line(str(path))
        if not known["count"]:
            context.out.note(_("This message has no images on other machines that could be fetched."))
    return exits.PARTLY if result["trouble"] else exits.DONE


def answer(context: Context, args: argparse.Namespace) -> int:
    """Queue the answer to an invitation."""
    from tui_mail.cli.names import one_item
    from tui_mail.cli.sending import see_to
    from tui_mail.mime.compose.answers import ACCEPTED, DECLINED, TENTATIVE, asked
    from tui_mail.mime.compose.answers import answer as build

    item = one_item(context, args.id)
    invitation = asked(raw_of(context, item), item.account, identities_of(context))
    if not invitation.invited:
        context.out.note(
            _("None of your addresses is on its list; {me} answers.").format(me=invitation.identity.address)
        )
    status = {"accept": ACCEPTED, "perhaps": TENTATIVE, "decline": DECLINED}[args.what]
    built = build(invitation, status, context.clock.now())
    hold = 0 if args.now else context.settings.send.undo_hold
    return see_to(context, args, context.outbox.queue(invitation.identity.account, built, hold=hold))


def raw_of(context: Context, item: Item) -> bytes:
    """The bytes of a message, fetched where they are not here. Raises Gone and what a connection raises."""
    raw = context.reader.raw(item.id)
    if raw is None:
        from tui_mail.cli.service import ask
        from tui_mail.link.messages import Fetch

        ask(context, Fetch(id=1, item=item.id))
        raw = context.reader.raw(item.id)
    if raw is None:
        raise Gone(_("The server does not have this message any more."))
    return raw


def identities_of(context: Context) -> list[Identity]:
    """Who the person may write as. Raises NotFound where there is nobody."""
    from tui_mail.config.accounts import identities

    found = [one for account in context.accounts for one in identities(account)]
    if not found:
        raise NotFound(_("Add an account first: there is no address to write from."))
    return found


def confirmed(context: Context, args: argparse.Namespace, question: str) -> bool:
    """True when the person says yes, here or by ``--yes``. Raises UsageError where nobody can be asked."""
    from tui_mail.cli.output import ask, person_is_there

    if args.yes:
        return True
    if not person_is_there():
        raise UsageError(_("{question} Say --yes to do it.").format(question=question))
    if ask(question):
        return True
    context.out.note(_("Nothing was done."))
    return False


def _files(context: Context, item: Item, args: argparse.Namespace) -> Iterator[tuple[str, bytes]]:
    """Names and octets of the files that a message becomes."""
    raw = raw_of(context, item)
    name = item.subject[:80] or "message"
    if args.text:
        from tui_mail.mime.html_worker import HtmlWorker
        from tui_mail.mime.render import render

        with HtmlWorker() as worker:
            yield f"{name}.txt", f"{render(raw, html=worker).text}\n".encode()
    elif args.attachments:
        from tui_mail.mime.html_worker import HtmlWorker
        from tui_mail.mime.render import render
        from tui_mail.mime.structure import parse, part_bytes

        message = parse(raw)
        with HtmlWorker() as worker:
            parts = render(raw, prefer="plain", html=worker).parts
        for part in parts:
            if part.is_attachment:
                yield part.name, part_bytes(message, part.id)
    else:
        yield f"{name}.eml", raw


def _write(folder: Path, name: str, data: bytes) -> Path:
    """Write a new file under a safe name. Raises UsageError where the folder takes none."""
    from tui_mail.mime.filenames import write_unique

    try:
        return write_unique(folder, name, data)
    except OSError as error:
        raise unwritable(folder, error) from error
