"""``folders``, ``list`` and ``search``: what is in the store, without a network.

Owns the lines a person sees of them. Must not write.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_mail.cli import exits
from tui_mail.cli.names import folder_paths, local_accounts
from tui_mail.cli.options import positive
from tui_mail.cli.parser import Commands
from tui_mail.model.words import _, ngettext

if TYPE_CHECKING:
    from tui_mail.cli.context import Context
    from tui_mail.model.ids import ThreadId
    from tui_mail.model.mail import Item

LIMIT = 100


def register(commands: Commands) -> None:
    """Add the commands."""
    commands.add("folders", _("list the folders and how much is in them"), folders)
    parser = commands.add("list", _("list the messages of a folder"), list_folder)
    parser.add_argument("folder", metavar="FOLDER", help=_("a path, a role such as archive, or NAME:FOLDER"))
    parser.add_argument("--threads", action="store_true", help=_("keep the messages of a conversation together"))
    _limit(parser)
    parser = commands.add(
        "search",
        _("find messages"),
        search,
        description=_(
            'QUERY is words, "a phrase", -without, OR, parentheses; from: to: cc: subject: body: list: file: folder:\n'
            "account: is:unread has:attachment before:2026-01-31 after: on:yesterday newer:7d older:1y larger:1M."
        ),
    )
    parser.add_argument("query", metavar="QUERY", nargs="+", help=_("what to find; several words are joined"))
    parser.add_argument("--server", action="store_true", help=_("ask the server about bodies that are not here, too"))
    _limit(parser)


def _limit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--limit",
        metavar="N",
        type=positive,
        default=LIMIT,
        help=_("at most N messages, {limit} unless given").format(limit=LIMIT),
    )


def folders(context: Context, _args: argparse.Namespace) -> int:
    """Every folder of every account, or of the one of ``--account``."""
    from tui_mail.cli.shapes import folder_shape
    from tui_mail.text.dates import ago

    wanted = {context.account} if context.account is not None else {each.name for each in context.accounts}
    found = [folder for folder in context.reader.folders() if folder.account in wanted]
    if context.json:
        context.out.document([folder_shape(folder) for folder in found])
        return exits.DONE
    now = context.clock.now()
    rows = [
        (
            folder.account if len(wanted) > 1 else "",
            folder.path,
            str(folder.unread or ""),
            str(folder.total) if folder.selectable else "",
            "" if folder.role is None else folder.role.value,
            "" if folder.last_sync is None else ago(now - folder.last_sync),
        )
        for folder in found
    ]
    context.out.rows([row if len(wanted) > 1 else row[1:] for row in rows], right=(2, 3) if len(wanted) > 1 else (1, 2))
    if not found:
        context.out.note(_("Nothing is here yet: `tui-mail sync` fetches it."))
    return exits.DONE


def list_folder(context: Context, args: argparse.Namespace) -> int:
    """The newest messages of a folder, of every account that has it."""
    from tui_mail.cli.names import folders_named
    from tui_mail.store.reading.query import ListQuery

    query = ListQuery(folders=tuple(folder.id for folder in folders_named(context, args.folder)))
    items = context.reader.list_items(query, args.limit)
    _show(context, _together(items) if args.threads else items)
    older = sum(folder.older for folder in context.reader.folders() if folder.id in query.folders)
    if older and len(items) < args.limit and not context.json:
        text = ngettext("{count} older message is on the server", "{count} older messages are on the server", older)
        more = _("`tui-mail sync --folder {folder} --older` fetches some, --whole all.").format(folder=args.folder)
        context.out.note(f"{text.format(count=older)}: {more}")
    return exits.DONE


def search(context: Context, args: argparse.Namespace) -> int:
    """What a query finds; no hit is no error."""
    from tui_mail.store.reading.query import ListQuery
    from tui_mail.text.query import All, InAccount, parse

    text = " ".join(args.query)
    node = parse(text, now=context.clock.now())
    if context.account is not None:
        node = All((node, InAccount(context.account)))
    if not args.server:
        _show(context, context.reader.list_items(ListQuery(search=node), args.limit))
        return exits.DONE
    from tui_mail.cli.search_server import search_both

    items, error = search_both(context, node, args.limit)
    _show(context, items)
    if error is not None:
        context.out.note(error.text)
    return exits.DONE if error is None else exits.PARTLY


def _together(items: Sequence[Item]) -> list[Item]:
    """The same items, those of a conversation directly after its newest."""
    conversations: dict[ThreadId, list[Item]] = {}
    for item in items:
        conversations.setdefault(item.thread, []).append(item)
    return [item for conversation in conversations.values() for item in conversation]


def _show(context: Context, items: Sequence[Item]) -> None:
    from tui_mail.cli.shapes import item_shape

    if context.json:
        paths, local = folder_paths(context), local_accounts(context)
        context.out.document([item_shape(item, paths, local) for item in items])
        return
    context.out.rows([_row(context, item) for item in items], right=(0, 4), widths=(0, 0, 24, 70, 0))
    if not items:
        context.out.note(_("No message."))


def _row(context: Context, item: Item) -> tuple[str, ...]:
    from tui_mail.model.flags import Flag
    from tui_mail.text.dates import list_date

    marks = ("" if item.flags & Flag.SEEN else "●") + ("★" if item.flags & Flag.FLAGGED else "")
    marks += "@" if item.attachments else ""
    marks += "×" if item.flags & Flag.DELETED else ""
    sender = ", ".join(each.name or each.address for each in item.from_) or _("(nobody)")
    subject = item.subject or _("(no subject)")
    if item.flags & Flag.DELETED:
        subject = _("(marked as deleted) {subject}").format(subject=subject)
    return str(item.id), marks, sender, subject, list_date(item.received, context.clock.now(), None)
