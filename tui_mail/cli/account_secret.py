"""The password of an account on the command line: from the person, from an option, or where it is kept.

Owns where a password comes from and what is said when there is none. Must not know how one is kept.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui_mail.cli.output import from_stdin, person_is_there
from tui_mail.config.accounts import Account, Password
from tui_mail.model.errors import NoKeyring, UsageError
from tui_mail.model.words import _

if TYPE_CHECKING:
    from tui_mail.cli.context import Context

_COMMANDS = {Password.COMMAND, Password.TOKEN, Password.NONE}
"""Nothing is kept for these: a program gives the secret each time, or there is none."""


@dataclass(frozen=True, slots=True)
class Secret:
    """An account and the password that goes with it; empty where a command gives it or it stays as it is."""

    account: Account
    value: str = field(default="", repr=False)


def secret_for(context: Context, args: argparse.Namespace, account: Account) -> Secret:
    """The password: from a command, standard input or the person at the terminal. Raises UsageError."""
    if keeps_none(account) and not args.password_stdin:
        return Secret(account)
    place = _place(args, account)
    account = dataclasses.replace(account, password=place, password_command=(), token_command=())
    if args.password_stdin:
        value = from_stdin(sys.stdin.readline).rstrip("\r\n")
        if not value:
            raise UsageError(_("Standard input holds no password."))
    elif person_is_there():
        import getpass

        context.out.end_progress()
        value = getpass.getpass(_("Password for {user}: ").format(user=account.user))
        if not value:
            raise UsageError(_("No password was given."))
    else:
        raise UsageError(_("Give the password with --password-stdin, --password-command CMD or --token-command CMD."))
    return Secret(account, value)


def secret_after(context: Context, args: argparse.Namespace, before: Account, account: Account) -> Secret:
    """The password after an edit: the one that is kept, unless an option asks for another or another place."""
    if args.password_stdin:
        return secret_for(context, args, account)
    if keeps_none(account):
        return Secret(account)
    if args.save_password is not None and args.save_password != before.password.value:
        return Secret(dataclasses.replace(account, password=_place(args, account)), kept_secret(context, before))
    return Secret(account)


def keeps_none(account: Account) -> bool:
    """True when a command gives the secret each time, or there is none."""
    return account.password in _COMMANDS


def kept_secret(context: Context, account: Account) -> str:
    """The secret that is kept for an account; empty where a command gives it. Raises SignInRefused without one."""
    from tui_mail.engine.secrets import Secrets

    return "" if keeps_none(account) else Secrets(context.home).source(account)()


def _place(args: argparse.Namespace, account: Account) -> Password:
    """Where the password will be kept: as the option says, else where it is. Raises UsageError where there is no keyring and no word about a file."""
    from tui_mail.engine.secrets import no_keyring_text, real_keyring

    place = Password.FILE if account.password is Password.FILE else Password.KEYRING
    if args.save_password is not None:
        place = Password(args.save_password)
    if place is Password.KEYRING and real_keyring() is None:
        raise NoKeyring(no_keyring_text())
    return place
