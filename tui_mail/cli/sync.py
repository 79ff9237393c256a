"""``sync``: bring every account up to date, and say what came of it.

Owns the words and the exit code. The work is the engine's; must not know a server.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from tui_mail.cli import exits
from tui_mail.cli.parser import Commands
from tui_mail.model.errors import UsageError
from tui_mail.model.words import _

if TYPE_CHECKING:
    from tui_mail.cli.context import Context
    from tui_mail.link.messages import Done


def register(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add(
        "sync",
        _("fetch and send everything now"),
        sync,
        description=_(
            "With an engine running it asks that one and waits; else it does the work and leaves nothing running."
        ),
    )
    parser.add_argument("--folder", metavar="F", help=_("only this folder: a path, a role, or NAME:FOLDER"))
    parser.add_argument("--bodies", choices=("none", "recent", "all"), help=_("which bodies to fetch"))
    parser.add_argument(
        "--anew", action="store_true", help=_("read all of the folder again; numbers, bodies and what waits stay")
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--older", action="store_true", help=_("also mail of the folder that was left on the server: the next stretch")
    )
    which.add_argument("--whole", action="store_true", help=_("the same, all of it"))


def sync(context: Context, args: argparse.Namespace) -> int:
    """One round over the accounts."""
    from tui_mail.cli.names import split_spec
    from tui_mail.cli.service import request
    from tui_mail.link.messages import Sync

    account, folder = context.account, ""
    if not context.accounts:
        raise UsageError(_("There is no account yet: add one with `tui-mail account add EMAIL`."))
    if args.folder is not None:
        account, folder = split_spec(context, args.folder)
    elif args.anew or args.older or args.whole:
        raise UsageError(_("Say which folder: --folder F."))
    older = "all" if args.whole else "more" if args.older else ""
    wish = Sync(id=1, account=account or "", folder=folder, bodies=args.bodies or "", anew=args.anew, older=older)
    done = request(context, wish)
    return _report(context, done)


def _report(context: Context, done: Done) -> int:
    """Say what a round brought; the exit code."""
    from tui_mail.link.outcome import check

    accounts: list[dict[str, Any]] = done.result.get("accounts", [])
    if not accounts:
        check(done)
    code = _code(done, accounts)
    for each in accounts:
        each.pop("kind", None)
        each["error"] = each["error"] or None
    if context.json:
        context.out.document({"accounts": accounts})
    for each in accounts:
        if each.get("error"):
            context.out.note(f"{each['name']}: {each['error']}")
        else:
            context.out.line(
                _("{name}: {new} new, {done} carried out, {sent} sent").format(
                    name=each["name"], new=each["new"], done=each["done"], sent=each["sent"]
                )
            )
    return code


def _code(done: Done, accounts: list[dict[str, Any]]) -> int:
    """0 when all went well, the code of what went wrong when all went wrong alike, else 6."""
    codes = {exits.code_of(each.get("kind") or done.kind) if each["error"] else exits.DONE for each in accounts}
    if codes == {exits.DONE} and not done.ok:
        return exits.code_of(done.kind)
    return codes.pop() if len(codes) == 1 else exits.PARTLY
