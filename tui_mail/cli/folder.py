"""``folder``: create, rename, delete, subscribe.

Owns the question before a folder is deleted. Must not know a server.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tui_mail.cli import exits
from tui_mail.cli.names import counted
from tui_mail.cli.options import engine_options
from tui_mail.cli.parser import Commands
from tui_mail.model.errors import UsageError
from tui_mail.model.words import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_mail.cli.context import Context
    from tui_mail.model.operation import Action


def register(commands: Commands) -> None:
    """Add the commands."""
    group = commands.group("folder", _("create, rename, delete, subscribe to folders"))
    parser = group.add("create", _("create a folder"), create)
    parser.add_argument("path", metavar="PATH", help=_("the folder, levels separated by /"))
    engine_options(parser)
    parser = group.add("rename", _("rename a folder and those below it"), rename)
    parser.add_argument("path", metavar="OLD", help=_("the folder"))
    parser.add_argument("new", metavar="NEW", help=_("its new path"))
    engine_options(parser)
    parser = group.add("delete", _("delete a folder with all that is in it; asks first"), delete)
    parser.add_argument("path", metavar="PATH", help=_("the folder"))
    parser.add_argument("--yes", action="store_true", help=_("do not ask"))
    engine_options(parser)
    for name, summary, run in (
        ("subscribe", _("subscribe to a folder"), subscribe),
        ("unsubscribe", _("subscribe to a folder no more"), unsubscribe),
    ):
        parser = group.add(name, summary, run)
        parser.add_argument("path", metavar="PATH", help=_("the folder"))
        engine_options(parser)


def create(context: Context, args: argparse.Namespace) -> int:
    """Create a folder; one that is there already is no error."""
    from tui_mail.cli.names import one_account, split_spec
    from tui_mail.cli.service import make_store

    named, path = split_spec(context, args.path)
    account = named or one_account(context)
    make_store(context)
    return _do(context, args, lambda: context.gestures.folders.create(account, path))


def rename(context: Context, args: argparse.Namespace) -> int:
    """Give a folder another path."""
    from tui_mail.cli.names import one_folder, split_spec

    folder = one_folder(context, args.path)
    named, path = split_spec(context, args.new)
    if named not in {None, folder.account}:
        raise UsageError(_("A folder stays within its account, {account}.").format(account=folder.account))
    return _do(context, args, lambda: context.gestures.folders.rename(folder.id, path))


def delete(context: Context, args: argparse.Namespace) -> int:
    """Delete a folder after asking."""
    from tui_mail.cli.names import one_folder
    from tui_mail.cli.output import ask, person_is_there

    folder = one_folder(context, args.path)
    if not args.yes:
        if not person_is_there():
            raise UsageError(_("Deleting a folder cannot be undone: say --yes to do it without a question."))
        question = _("Delete {folder} with {messages} for ever?").format(
            folder=folder.path, messages=counted(folder.total)
        )
        if not ask(question):
            context.out.note(_("Nothing was done."))
            return exits.FAILED
    return _do(context, args, lambda: context.gestures.folders.delete(folder.id))


def subscribe(context: Context, args: argparse.Namespace) -> int:
    """Subscribe."""
    return _subscription(context, args, subscribed=True)


def unsubscribe(context: Context, args: argparse.Namespace) -> int:
    """Subscribe no more."""
    return _subscription(context, args, subscribed=False)


def _subscription(context: Context, args: argparse.Namespace, *, subscribed: bool) -> int:
    from tui_mail.cli.names import one_folder

    folder = one_folder(context, args.path)
    return _do(context, args, lambda: context.gestures.folders.subscribe(folder.id, subscribed=subscribed))


def _do(context: Context, args: argparse.Namespace, change: Callable[[], Action | None]) -> int:
    """Change folders, and see to the operations this wrote."""
    from tui_mail.cli.service import carry_out

    return carry_out(context, args, change())
