"""``pending``: what still waits for a server and why; trying again or forgetting what it refused.

Owns how that is told. Must not know how an operation is carried out.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_mail.cli import exits
from tui_mail.cli.names import folder_paths
from tui_mail.cli.options import positive
from tui_mail.cli.parser import Commands
from tui_mail.model.errors import NotFound
from tui_mail.model.words import _, ngettext

if TYPE_CHECKING:
    from tui_mail.cli.context import Context
    from tui_mail.model.operation import Operation


def register(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add("pending", _("list what still waits for a server, and why"), pending)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--retry", metavar="ID", nargs="+", type=positive, help=_("try these again, now"))
    which.add_argument(
        "--forget", metavar="ID", nargs="+", type=positive, help=_("forget these, which the server refused")
    )


def pending(context: Context, args: argparse.Namespace) -> int:
    """What still waits, and why, after what the options ask for."""
    missing: list[int] = []
    wanted = list(dict.fromkeys(args.retry or args.forget or ()))
    if wanted:
        missing = _decide(context, wanted, again=args.retry is not None)
        if len(missing) == len(wanted):
            raise NotFound(_missing_text(missing))
    _show(context, _waiting(context))
    if missing:
        context.out.note(_missing_text(missing))
    return exits.PARTLY if missing else exits.DONE


def _waiting(context: Context) -> list[Operation]:
    return [each for each in context.reader.pending() if context.account in {None, each.account}]


def _decide(context: Context, wanted: Sequence[int], *, again: bool) -> list[int]:
    """Queue operations once more, or forget them; the numbers of which that cannot be said."""
    from tui_mail.cli.service import wake

    known = {int(each.id): each.id for each in _waiting(context)}
    act = context.journal.retry_now if again else context.journal.dismiss
    missing = [number for number in wanted if number not in known or not act(known[number])]
    if again and len(missing) < len(wanted):
        wake(context)
    return missing


def _missing_text(numbers: Sequence[int]) -> str:
    return ngettext(
        "Nothing that was refused or waits for another try has the number {numbers}; `tui-mail pending` shows them.",
        "Nothing that was refused or waits for another try has the numbers {numbers}; `tui-mail pending` shows them.",
        len(numbers),
    ).format(numbers=", ".join(map(str, numbers)))


def _show(context: Context, waiting: Sequence[Operation]) -> None:
    from tui_mail.cli.shapes import operation_shape
    from tui_mail.text.dates import ago
    from tui_mail.text.pending import NO_ENGINE, operation_words, waiting_words

    paths = folder_paths(context)
    if context.json:
        context.out.document([operation_shape(operation, paths) for operation in waiting])
        return
    if not waiting:
        context.out.note(_("Nothing waits."))
        return
    now, states = context.clock.now(), _states(context)
    context.out.rows(
        [
            (
                str(each.id),
                each.account,
                operation_words(each, paths),
                waiting_words(each, states.get(each.account, NO_ENGINE), now),
                ago(now - each.created),
                each.error,
            )
            for each in waiting
        ],
        right=(0,),
        widths=(0, 0, 60, 0, 0, 0),
    )


def _states(context: Context) -> dict[str, str]:
    """How each account fares, as the engine says; empty without one."""
    from tui_mail.cli.engine_command import status_shape

    shape = status_shape(context)
    return {each["name"]: each["state"] for each in shape["accounts"]} if shape["engine"]["running"] else {}
