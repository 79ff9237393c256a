"""``mark``, ``move``, ``copy``, ``archive``, ``delete``, ``undo`` and ``redo``.

Owns how a gesture is asked for and answered. The gesture itself is the store's; must not know a server.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from tui_mail.cli.options import engine_options, positive
from tui_mail.cli.parser import Commands
from tui_mail.model.errors import NothingToUndo, UsageError
from tui_mail.model.words import _

if TYPE_CHECKING:
    from tui_mail.cli.context import Context
    from tui_mail.model.ids import FolderId, ItemId
    from tui_mail.model.mail import Item
    from tui_mail.model.operation import Action

Gesture = Callable[["list[ItemId]"], "Action | None"]


def register(commands: Commands) -> None:
    """Add the commands."""
    parser = commands.add("mark", _("mark messages as read, unread, starred or not"), mark)
    _ids(parser)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--read", dest="mark", action="store_const", const="read", help=_("as read"))
    which.add_argument("--unread", dest="mark", action="store_const", const="unread", help=_("as unread"))
    which.add_argument("--flag", dest="mark", action="store_const", const="flag", help=_("with a star"))
    which.add_argument("--unflag", dest="mark", action="store_const", const="unflag", help=_("without a star"))
    which.add_argument(
        "--undelete",
        dest="mark",
        action="store_const",
        const="undelete",
        help=_("not to be deleted, where another program marked them so"),
    )
    engine_options(parser)
    for name, summary, run in (
        ("move", _("move messages to a folder of their account"), move),
        ("copy", _("copy messages to a folder of their account"), copy),
    ):
        parser = commands.add(name, summary, run)
        _ids(parser)
        parser.add_argument("folder", metavar="FOLDER", help=_("a path, or a role such as archive"))
        engine_options(parser)
    parser = commands.add("archive", _("move messages to the archive"), archive)
    _ids(parser)
    engine_options(parser)
    parser = commands.add("delete", _("move messages to the trash; from there, delete them for ever"), delete)
    _ids(parser)
    parser.add_argument("--forever", action="store_true", help=_("delete for ever, wherever they are; no undo"))
    engine_options(parser)
    engine_options(commands.add("undo", _("take back the last action"), undo))
    engine_options(commands.add("redo", _("do again what was taken back"), redo))


def _ids(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", metavar="ID", nargs="+", type=positive, help=_("the number of a message"))


def mark(context: Context, args: argparse.Namespace) -> int:
    """Set or clear a flag."""
    from tui_mail.model.flags import Flag

    flags = {"read": Flag.SEEN, "unread": Flag.SEEN, "undelete": Flag.DELETED}
    flag = flags.get(args.mark, Flag.FLAGGED)
    add, remove = (flag, Flag.NONE) if args.mark in {"read", "flag"} else (Flag.NONE, flag)
    return _do(context, args, lambda ids: context.gestures.mark(ids, add, remove))


def move(context: Context, args: argparse.Namespace) -> int:
    """Move within an account."""
    return _do(context, args, lambda ids: context.gestures.move(ids, _target(context, ids, args.folder)))


def copy(context: Context, args: argparse.Namespace) -> int:
    """Copy within an account."""
    return _do(context, args, lambda ids: context.gestures.copy(ids, _target(context, ids, args.folder)))


def archive(context: Context, args: argparse.Namespace) -> int:
    """Move to the archive, which is created where it is missing."""
    return _do(context, args, lambda ids: context.gestures.archive(ids))  # noqa: PLW0108 -- the store is opened when there are items


def delete(context: Context, args: argparse.Namespace) -> int:
    """Move to the trash; what is in the trash, or with ``--forever`` everything, is deleted for ever."""
    if args.forever:
        return _do(context, args, lambda ids: context.gestures.delete(ids))  # noqa: PLW0108 -- the store is opened when there are items
    return _do(context, args, lambda ids: _trash_or_delete(context, ids))


def undo(context: Context, args: argparse.Namespace) -> int:
    """Take back the last action of this home."""
    return _undo(context, args, context.gestures.undo if _has_store(context) else None, taken_back=True)


def redo(context: Context, args: argparse.Namespace) -> int:
    """Do again what was taken back last."""
    return _undo(context, args, context.gestures.redo if _has_store(context) else None, taken_back=False)


def _do(context: Context, args: argparse.Namespace, gesture: Gesture) -> int:
    """Carry a gesture out on the items named, say what became of it, and see to the server's part."""
    from tui_mail.cli.names import items_of
    from tui_mail.cli.service import carry_out

    items, missing = items_of(context, args.ids)
    ids = [item.id for item in items]
    action = gesture(ids)
    # The same command twice: what the first one wrote may still wait, and the server is waited for all the same.
    operations = _waiting(context, ids) if action is None else None
    return carry_out(context, args, action, operations=operations, missing=missing)


def _waiting(context: Context, ids: list[ItemId]) -> list[int]:
    """The operations on these items that are still to be carried out; those that a person has to decide left out."""
    from tui_mail.model.operation import OperationState

    open_still = {OperationState.QUEUED, OperationState.RUNNING, OperationState.RETRY}
    wanted = set(ids)
    return [
        operation.id
        for operation in context.reader.pending()
        if operation.state in open_still and not wanted.isdisjoint(ref.item for ref in operation.items)
    ]


def _undo(context: Context, args: argparse.Namespace, gesture: Callable[[], Action] | None, *, taken_back: bool) -> int:
    from tui_mail.cli.service import carry_out
    from tui_mail.model.operation import ActionKind

    if gesture is None:
        raise NothingToUndo(_("There is nothing to undo.") if taken_back else _("There is nothing to do again."))
    before = context.reader.pending()
    action = gesture()
    if action.kind is ActionKind.SEND:
        context.drafts.file_abandoned(patience=0)  # no composer is going to open
    known = {operation.id for operation in before}
    new = [operation.id for operation in context.reader.pending() if operation.id not in known]
    return carry_out(context, args, action, operations=new, taken_back=taken_back)


def _has_store(context: Context) -> bool:
    return context.home.keep_db.exists()


def _trash_or_delete(context: Context, ids: list[ItemId]) -> Action | None:
    """Delete for ever what is in the trash, move the rest there; the move last, so that undo takes that back."""
    from dataclasses import replace

    from tui_mail.model.mail import Role

    trashes = {folder.id for folder in context.reader.folders() if folder.role is Role.TRASH}
    items = context.reader.items(ids)
    inside = [item.id for item in items if item.folder in trashes]
    outside = [item.id for item in items if item.folder not in trashes]
    deleted = context.gestures.delete(inside) if inside else None
    moved = context.gestures.trash(outside) if outside else None
    if deleted is None or moved is None:
        return deleted or moved
    return replace(moved, items=deleted.items + moved.items, operations=deleted.operations + moved.operations)


def _target(context: Context, ids: list[ItemId], spec: str) -> FolderId:
    """The folder a command moves or copies to. Raises UsageError when the items are of another account."""
    from tui_mail.cli.names import split_spec
    from tui_mail.model.errors import NotFound
    from tui_mail.model.mail import Role

    items: list[Item] = context.reader.items(ids)
    accounts = sorted({item.account for item in items})
    if len(accounts) != 1:
        raise UsageError(
            _("These messages are of several accounts ({names}): a message stays within its account.").format(
                names=", ".join(accounts)
            )
        )
    named, path = split_spec(context, spec)
    if named not in {None, accounts[0]}:
        raise UsageError(
            _("The messages are of account {account}, and a message stays within its account.").format(
                account=accounts[0]
            )
        )
    found = context.reader.find_folder(path, accounts[0])
    if found:
        return found[0].id
    made = {role.value: role for role in (Role.ARCHIVE, Role.TRASH, Role.JUNK, Role.DRAFTS, Role.SENT)}
    if path.lower() in made:
        return context.gestures.role_folder(accounts[0], made[path.lower()])
    raise NotFound(
        _("Account {account} has no folder {name}; `tui-mail folder create` makes one.").format(
            account=accounts[0], name=path
        )
    )
