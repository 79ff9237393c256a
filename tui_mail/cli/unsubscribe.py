"""``unsubscribe``: leave the mailing list of a message, the best way it offers.

Owns the question before, which names whom it goes to, and what is remembered after. Must not know a server.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from tui_mail.cli import exits
from tui_mail.cli.options import engine_options, positive
from tui_mail.cli.parser import Commands
from tui_mail.model.errors import NotFound
from tui_mail.model.words import _

if TYPE_CHECKING:
    from tui_mail.cli.context import Context
    from tui_mail.model.mail import Item

_WAYS = ("one-click", "mailto", "link")


def register(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add(
        "unsubscribe",
        _("leave the mailing list of a message: by one click (RFC 8058), else by mail, else the page is named"),
        unsubscribe,
    )
    parser.add_argument("id", metavar="ID", type=positive, help=_("the number of a message of the list"))
    parser.add_argument("--by", choices=_WAYS, help=_("this way and no other"))
    parser.add_argument("--list", action="store_true", help=_("only list the ways there are, the best first"))
    parser.add_argument("--yes", action="store_true", help=_("do not ask"))
    engine_options(parser)


def unsubscribe(context: Context, args: argparse.Namespace) -> int:
    """Leave a list."""
    from tui_mail.cli.message import confirmed
    from tui_mail.cli.names import one_item
    from tui_mail.cli.service import ask
    from tui_mail.link.messages import Unsubscribe, WaysOut

    item = one_item(context, args.id)
    found = ask(context, WaysOut(id=1, item=item.id)).result
    ways = [way for way in found["ways"] if args.by in {None, way["kind"]}]
    if not ways:
        raise NotFound(_("This message does not offer to leave its list that way."))
    if args.list:
        return _listed(context, found["list"], ways)
    way = ways[0]
    if way["kind"] == "link":
        return _named(context, item, found["list"], way)
    text = (
        _("Ask {host} to take you off the list?")
        if way["kind"] == "one-click"
        else _("Write to {host} to leave the list?")
    )
    if not confirmed(context, args, text.format(host=way["host"])):
        return exits.FAILED
    if way["kind"] == "mailto":
        return _written(context, args, item, found["list"], way)
    ask(context, Unsubscribe(id=1, item=item.id, target=way["target"]))
    if context.json:
        context.out.document(_shape(item, found["list"], way))
    else:
        context.out.line(_("{host} took you off the list, it says.").format(host=way["host"]))
    return exits.DONE


def _listed(context: Context, name: str, ways: list[dict[str, Any]]) -> int:
    if context.json:
        context.out.document({"list": name, "ways": [{"by": way["kind"], "target": way["target"]} for way in ways]})
    else:
        context.out.rows([(way["kind"], way["target"]) for way in ways])
    return exits.DONE


def _written(context: Context, args: argparse.Namespace, item: Item, name: str, way: dict[str, Any]) -> int:
    """By mail, through the outbox as any other."""
    from tui_mail.cli.message import identities_of, raw_of
    from tui_mail.cli.sending import see_to
    from tui_mail.mime.compose.build import build
    from tui_mail.mime.compose.leaving import leave_draft
    from tui_mail.mime.lists import Unsubscribe
    from tui_mail.text.safe import block, line

    wanted = Unsubscribe("mailto", way["target"], block(way["body"]), line(way["subject"]), line(way["host"]))
    draft = leave_draft(raw_of(context, item), item.account, wanted, identities_of(context))
    built = build(draft, context.drafts.octets, context.clock.now())
    hold = 0 if args.now else context.settings.send.undo_hold
    number = context.outbox.queue(draft.identity.account, built, draft=draft, hold=hold)
    context.journal.left_list(item.account, name, "mailto", way["target"], number)
    return see_to(context, args, number)


def _named(context: Context, item: Item, name: str, way: dict[str, Any]) -> int:
    """A page is for the person to look at: it is named, and nothing is fetched."""
    if context.json:
        context.out.document(_shape(item, name, way))
    else:
        context.out.line(_("Open this page in a browser to leave the list: {url}").format(url=way["target"]))
    return exits.DONE


def _shape(item: Item, name: str, way: dict[str, Any]) -> dict[str, Any]:
    return {"id": item.id, "list": name, "by": way["kind"], "target": way["target"]}
