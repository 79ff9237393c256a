"""``backup`` and ``restore``: everything that exists only here, to a directory and back.

Owns the sentences. What is copied, and in which order, is the store's.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tui_mail.cli import exits
from tui_mail.cli.names import counted
from tui_mail.cli.parser import Commands
from tui_mail.model.words import _, ngettext

if TYPE_CHECKING:
    from tui_mail.cli.context import Context
    from tui_mail.store.upkeep.backup import Copied


def register(commands: Commands) -> None:
    """Add the commands."""
    parser = commands.add("backup", _("copy everything that is only here into a directory"), backup)
    parser.add_argument(
        "directory",
        metavar="DIR",
        type=Path,
        help=_("a new one, or one with an older backup, of which what is new comes"),
    )
    parser = commands.add("restore", _("bring everything back from a backup"), restore)
    parser.add_argument("directory", metavar="DIR", type=Path, help=_("what `tui-mail backup` made"))
    parser.add_argument(
        "--replace", action="store_true", help=_("also where there is mail here already, which is set aside")
    )


def backup(context: Context, args: argparse.Namespace) -> int:
    """Mail of POP3 accounts and local folders, drafts, what waits, accounts and settings; no passwords."""
    from tui_mail.store.upkeep.backup import back_up

    copied = back_up(context.home, args.directory, context.clock)
    if context.json:
        context.out.document(_shape(args.directory, copied))
    else:
        context.out.note(
            _("Copied {messages} and all else that is only here to {path}. Passwords are not in it.").format(
                messages=counted(copied.messages), path=args.directory
            )
        )
    return _ended(context, copied)


def restore(context: Context, args: argparse.Namespace) -> int:
    """Files are checked on the way; what was here before is set aside."""
    from tui_mail.config.accountfiles import load_accounts
    from tui_mail.config.accounts import Password
    from tui_mail.link.lock import EngineLock
    from tui_mail.store.disk.wal import check_disk
    from tui_mail.store.upkeep import restore as restoring

    check_disk(context.home)
    context.home.create()
    with EngineLock(context.home):
        restored = restoring.restore(context.home, args.directory, context.clock, replace=args.replace)
    kept = {Password.KEYRING, Password.FILE}
    accounts = load_accounts(context.home)
    want = [each.name for each in accounts if each.password in kept and each.name in restored.accounts]
    if context.json:
        context.out.document(
            {
                **_shape(args.directory, restored.copied),
                "accounts": list(restored.accounts),
                "aside": None if restored.aside is None else str(restored.aside),
                "unsent": restored.unsent,
                "passwords": want,
            }
        )
        return _ended(context, restored.copied)
    context.out.note(_("Brought back {messages}.").format(messages=counted(restored.copied.messages)))
    if accounts:
        context.out.note(_("Folders show their mail again after `tui-mail sync`, or when `tui-mail` is opened."))
    if restored.aside is not None:
        context.out.note(_("What was here before is {path} now.").format(path=restored.aside))
    if restored.unsent:
        text = ngettext(
            "{count} message waited to be sent; see `tui-mail outbox`, for it may have been sent since.",
            "{count} messages waited to be sent; see `tui-mail outbox`, for they may have been sent since.",
            restored.unsent,
        )
        context.out.note(text.format(count=restored.unsent))
    for name in want:
        context.out.note(_("Give the password anew: `tui-mail account password {name}`.").format(name=name))
    return _ended(context, restored.copied)


def _shape(directory: Path, copied: Copied) -> dict[str, object]:
    return {
        "path": str(directory),
        "messages": copied.messages,
        "files": copied.files,
        "missing": copied.missing,
    }


def _ended(context: Context, copied: Copied) -> int:
    if not copied.missing:
        return exits.DONE
    text = ngettext(
        "{count} file is missing or damaged; `tui-mail doctor` says more.",
        "{count} files are missing or damaged; `tui-mail doctor` says more.",
        copied.missing,
    )
    context.out.note(text.format(count=copied.missing))
    return exits.PARTLY
