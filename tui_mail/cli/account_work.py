"""What the commands of accounts do: options to an account, a password from the person, saving and forgetting.

Owns the sentences about options that do not fit. Must not know a server, nor how a secret is kept.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tui_mail.cli.output import person_is_there
from tui_mail.config.accountfiles import load_account_files, remove_account, save_account
from tui_mail.config.accounts import Account, Kind, Password, check_name, from_table, to_table
from tui_mail.config.servers import Security, Server, parse_server
from tui_mail.model.errors import NoKeyring, UsageError
from tui_mail.model.words import _, ngettext

if TYPE_CHECKING:
    from tui_mail.cli.context import Context
    from tui_mail.model.ids import AccountName


_OFFERED = ("imap", "pop3", "smtp")
"""The protocols that have options."""

_PLAIN = (
    "from_name",
    "user",
    "authserv_id",
    "save_sent",
    "since",
    "bodies",
    "body_days",
    "body_size",
    "cache",
    "largest",
    "deliver_to",
)
"""Options whose value is that of the field."""

_COMMANDS = {Password.COMMAND, Password.TOKEN, Password.NONE}
"""Nothing is kept for these: a program gives the secret each time, or there is none."""


@dataclass(frozen=True, slots=True)
class Secret:
    """An account and the password that goes with it; empty where a command gives it or it stays as it is."""

    account: Account
    value: str = field(default="", repr=False)


def account_shape(account: Account) -> dict[str, Any]:
    """The JSON of an account; never its secret."""

    def server(which: Server | None) -> dict[str, Any] | None:
        return None if which is None else {"host": which.host, "port": which.port, "security": which.security.value}

    shape: dict[str, Any] = {
        "name": account.name,
        "email": account.email,
        "from_name": account.from_name,
        "user": account.user,
        "kind": account.kind.value,
        "imap": server(account.imap),
        "pop3": server(account.pop3),
        "smtp": server(account.smtp),
        "password": account.password.value,
        "folders": list(account.folders) or None,
        "left_out": list(account.left_out),
        "since": account.since,
        "bodies": account.bodies or None,
        "body_days": account.body_days,
        "body_size": account.body_size,
        "cache": account.cache,
        "aliases": list(account.aliases),
        "save_sent": account.save_sent,
    }
    if account.kind is Kind.POP3:
        shape |= {
            "leave": account.leave,
            "leave_days": account.leave_days,
            "largest": account.largest,
            "deliver_to": account.deliver_to or None,
        }
    return shape


def new_account(context: Context, args: argparse.Namespace) -> Account:
    """The account of the options of ``add``. Raises UsageError."""
    from tui_mail.cli.practice import is_practice

    if is_practice(context.home):
        raise UsageError(_("This home is a practice mailbox; add accounts to another, without --home for instance."))
    if "@" not in args.email.strip("@"):
        raise UsageError(_("{email} is no address: write it as ada@example.org.").format(email=args.email))
    name = check_name(args.name if args.name is not None else args.email)
    if any(each.casefold() == name.casefold() for each in load_account_files(context.home)):
        raise UsageError(
            _("There is an account {name} already: change it with `tui-mail account edit`.").format(name=name)
        )
    if not args.imap and not args.pop3:
        raise UsageError(_("Say where the mail is: --imap HOST or --pop3 HOST, and --smtp HOST for sending."))
    kind = Kind.POP3 if args.pop3 and not args.imap else Kind.IMAP
    account = _with_options(Account(name=name, email=args.email, user=args.email, kind=kind), args)
    _check_owner(context, account)
    return account


def edited_account(context: Context, args: argparse.Namespace) -> tuple[Account, Account]:
    """The account as its file has it, and with the options of ``edit``. Raises UsageError."""
    before = stored_account(context, args.name)
    if before.kind is Kind.DEMO:
        raise UsageError(_("The practice mailbox has no options."))
    changes: dict[str, Any] = {}
    if args.email is not None:
        changes["email"] = args.email
        if before.user == before.email:
            changes["user"] = args.email
    for protocol, kind in (("imap", Kind.IMAP), ("pop3", Kind.POP3)):
        if getattr(args, protocol) and before.kind is not kind:
            raise UsageError(
                _("{name} reads mail over {kind}: add another account for {protocol}.").format(
                    name=before.name, kind=before.kind.value, protocol=protocol
                )
            )
    account = _with_options(dataclasses.replace(before, **changes), args)
    if args.deliver_to:
        _check_owner(context, account)
        if guests(context, account.name):
            raise UsageError(_("Others deliver into the inbox of {name}, so it keeps it.").format(name=account.name))
    return before, account


def _check_owner(context: Context, account: Account) -> None:
    """Raises UsageError where the account whose inbox the mail should go to has none."""
    if not account.deliver_to:
        return
    owners = [each.name for each in context.accounts if each.kind is Kind.POP3 and not each.deliver_to]
    if account.deliver_to not in owners:
        raise UsageError(
            _("--deliver-to names a POP3 account with an inbox of its own; there are: {names}.").format(
                names=", ".join(name for name in owners if name != account.name) or _("none")
            )
        )


def guests(context: Context, name: AccountName) -> list[str]:
    """The other accounts that deliver into the inbox of this one."""
    return [each.name for each in context.accounts if each.deliver_to == name]


def local_mail(context: Context, name: AccountName) -> int:
    """How many messages of an account are on no server, as far as is known."""
    return context.reader.only_here(name)


def at_server(context: Context, names: Sequence[AccountName]) -> list[dict[str, Any]]:
    """What POP3 servers still have, as documents; ``state`` is here, header, deleting or removed."""
    from tui_mail.text.dates import rfc3339

    entries = []
    for name in names:
        found = context.reader.at_server(name)
        owner = next(each.owner for each in context.accounts if each.name == name)
        placed = context.reader.items_placed(owner, [each.place for each in found if each.place is not None])
        items = {item.id: item for item in context.reader.items(list(placed.values()))}
        for each in found:
            item = items.get(placed[each.place]) if each.place in placed and each.place is not None else None
            here = "removed" if each.place is None else "here" if each.whole else "header"
            entries.append(
                {
                    "account": name,
                    "uidl": each.uidl or None,
                    "size": each.size,
                    "item": None if item is None else item.id,
                    "subject": None if item is None else item.subject,
                    "fetched": rfc3339(each.got),
                    "state": "deleting" if each.deleting else here,
                }
            )
    return entries


def stored_account(context: Context, name: str) -> Account:
    """The account as its file has it, without the overrides of config.toml. Raises UsageError."""
    from tui_mail.cli.names import account_named

    account_named(context.accounts, name)
    path, table = load_account_files(context.home)[name]
    return from_table(table, str(path))


def secret_for(context: Context, args: argparse.Namespace, account: Account) -> Secret:
    """The password: from a command, standard input or the person at the terminal. Raises UsageError."""
    if account.password in _COMMANDS and not args.password_stdin:
        return Secret(account)
    place = _place(args, account)
    account = dataclasses.replace(account, password=place, password_command=(), token_command=())
    if args.password_stdin:
        value = sys.stdin.readline().rstrip("\r\n")
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
    if account.password in _COMMANDS:
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

    return "" if account.password in _COMMANDS else Secrets(context.home).source(account)()


def save(context: Context, secret: Secret) -> None:
    """Write the account's file and its secret, and tell a running engine."""
    from tui_mail.cli.service import reload_engine
    from tui_mail.engine.secrets import Secrets

    account = secret.account
    context.home.create()
    if secret.value:
        Secrets(context.home).save(account.name, secret.value, account.password.value)
    save_account(context.home, account)
    reload_engine(context)


def forget(context: Context, account: Account) -> None:
    """Remove the account's file and secret, and what the store holds of it."""
    from tui_mail.cli.service import drop_account, reload_engine
    from tui_mail.engine.secrets import Secrets

    remove_account(context.home, account.name)
    Secrets(context.home).forget(account.name)
    reload_engine(context)
    drop_account(context, account)
    if account.kind is Kind.POP3 and context.home.keep_db.exists():
        _forget_mail(context, account)  # last: nobody brings mail here any more


def _forget_mail(context: Context, account: Account) -> None:
    """Remove the local mail of an account, which nothing else does."""
    from tui_mail.cli.service import make_store
    from tui_mail.store.localmail import LocalMail

    make_store(context)
    mail = LocalMail.open(context.home)
    try:
        mail.forget(account.name)
    finally:
        mail.close()


def unknown_folders(context: Context, account: Account) -> list[str]:
    """The folders of its options that the account does not have, as far as is known."""
    known = {folder.path for folder in context.reader.folders() if folder.account == account.name}
    return [path for path in (*account.folders, *account.left_out) if path not in known] if known else []


def only_here(context: Context, name: AccountName) -> str:
    """What would be lost with an account, in words; empty: nothing."""
    lost = []
    changes = sum(operation.account == name for operation in context.reader.pending())
    if changes:
        text = ngettext("{count} change not yet on the server", "{count} changes not yet on the server", changes)
        lost.append(text.format(count=changes))
    if context.home.keep_db.exists():
        unsent = sum(message.account == name for message in context.outbox.messages())
        if unsent:
            text = ngettext("{count} message not yet sent", "{count} messages not yet sent", unsent)
            lost.append(text.format(count=unsent))
    return _(" and ").join(lost)


def _with_options(account: Account, args: argparse.Namespace) -> Account:
    """``account`` with what the options say."""
    changes: dict[str, Any] = {
        protocol: _server(account, protocol, args) for protocol in _OFFERED if _concerned(account, protocol, args)
    }
    if args.leave is not None:
        rule, days = args.leave
        changes |= {"leave": rule} if days is None else {"leave": rule, "leave_days": days}
    for option in _PLAIN:
        value = getattr(args, option)
        if value is not None:
            changes[option] = value
    if args.aliases is not None:
        changes["aliases"] = tuple(alias for alias in args.aliases if alias.strip())
    for option in ("folders", "left_out"):
        value = getattr(args, option)
        if value is not None:
            paths = [path for path in value if path.strip()]
            changes[option] = tuple("INBOX" if path.casefold() == "inbox" else path for path in paths)
    if args.all_folders:
        changes |= {"folders": (), "left_out": ()}
    if args.password_command is not None and args.token_command is not None:
        raise UsageError(_("--password-command and --token-command exclude each other."))
    for option, kind in (("password_command", Password.COMMAND), ("token_command", Password.TOKEN)):
        value = getattr(args, option)
        if value is not None:
            changes |= {"password_command": (), "token_command": (), option: _command(option, value), "password": kind}
    account = dataclasses.replace(account, **changes)
    return from_table(to_table(account), _("The account"))


def _concerned(account: Account, protocol: str, args: argparse.Namespace) -> bool:
    """True when an option says something of this server."""
    if getattr(args, protocol):
        return True
    some = args.security or args.ca_file or args.allow_plaintext or getattr(args, f"{protocol}_security")
    return bool(some) and getattr(account, protocol) is not None


def _server(account: Account, protocol: str, args: argparse.Namespace) -> Server:
    """One server as the options say, what they leave open as it was."""
    known: Server | None = getattr(account, protocol)
    wanted = getattr(args, f"{protocol}_security") or args.security
    security = Security(wanted) if wanted else None
    ca_file = os.path.abspath(args.ca_file) if args.ca_file else known.ca_file if known else ""  # noqa: PTH100 -- a link may be changed later on purpose
    if args.ca_file and not os.path.isfile(ca_file):  # noqa: PTH113 -- see above
        raise UsageError(_("{path} is no file of certificates.").format(path=args.ca_file))
    plaintext = args.allow_plaintext or bool(known and known.allow_plaintext)
    address = getattr(args, protocol)
    if address:
        return parse_server(protocol, address, security=security, ca_file=ca_file, allow_plaintext=plaintext)
    assert known is not None
    host = f"[{known.host}]" if ":" in known.host else known.host
    # Another kind of security on the usual port of the old one means the usual port of the new one.
    usual = parse_server(protocol, host, security=known.security, allow_plaintext=True).port == known.port
    if security is None or security is known.security or not usual:
        host, security = f"{host}:{known.port}", security or known.security
    return parse_server(protocol, host, security=security, ca_file=ca_file, allow_plaintext=plaintext)


def _command(option: str, text: str) -> tuple[str, ...]:
    try:
        command = tuple(shlex.split(text))
    except ValueError as error:
        raise UsageError(
            _("--{option} cannot be read: {reason}.").format(option=option.replace("_", "-"), reason=error)
        ) from error
    if not command:
        raise UsageError(_("--{option} is empty.").format(option=option.replace("_", "-")))
    return command


def _place(args: argparse.Namespace, account: Account) -> Password:
    """Where the password will be kept: as the option says, else where it is. Raises UsageError where there is no keyring and no word about a file."""
    from tui_mail.engine.secrets import no_keyring_text, real_keyring

    place = Password.FILE if account.password is Password.FILE else Password.KEYRING
    if args.save_password is not None:
        place = Password(args.save_password)
    if place is Password.KEYRING and real_keyring() is None:
        raise NoKeyring(no_keyring_text())
    return place
