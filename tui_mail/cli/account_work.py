"""What the commands of accounts do: options to an account, saving it, forgetting it and what is lost with it.

Owns the sentences about options that do not fit. Must not know a server, nor where a password comes from.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tui_mail.config.accountfiles import (
    check_free,
    former_names,
    load_account_files,
    overridden,
    remove_account,
    save_account,
)
from tui_mail.config.accounts import Account, Kind, Password, from_table, to_table
from tui_mail.config.servers import Security, Server, parse_server
from tui_mail.model.errors import NotFound, UsageError
from tui_mail.model.words import _, ngettext

if TYPE_CHECKING:
    from tui_mail.cli.account_secret import Secret
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

_OF_ONE_KIND = {
    Kind.IMAP: (("leave", "--leave"), ("largest", "--largest")),
    Kind.POP3: (("folders", "--folder"), ("left_out", "--without-folder"), ("since", "--since")),
    Kind.DEMO: (),
}
"""Options that would be kept without a word and do nothing, by the kind of account that has no use for them."""


def new_account(context: Context, args: argparse.Namespace) -> Account:
    """The account of the options of ``add``. Raises UsageError."""
    from tui_mail.cli.practice import is_practice

    if is_practice(context.home):
        raise UsageError(_("This home is a practice mailbox; add accounts to another, without --home for instance."))
    if "@" not in args.email.strip("@"):
        raise UsageError(_("{email} is no address: write it as ada@example.org.").format(email=args.email))
    name = check_free(context.home, args.name if args.name is not None else args.email)
    if not args.imap and not args.pop3:
        raise UsageError(_("Say where the mail is: --imap HOST or --pop3 HOST, and --smtp HOST for sending."))
    kind = Kind.POP3 if args.pop3 and not args.imap else Kind.IMAP
    account = _with_options(Account(name=name, email=args.email, user=args.email, kind=kind), args)
    _check_owner(context, account)
    if name in former_names(load_account_files(context.home)):
        finish_renames(context)  # what still goes by this name is another account's
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


def at_server(context: Context, names: Sequence[AccountName]) -> list[dict[str, Any]]:
    """What POP3 servers still have, as documents, oldest first of each account."""
    from tui_mail.cli.shapes import at_server_shape

    entries = []
    for name in names:
        found = context.reader.at_server(name)
        owner = next(each.owner for each in context.accounts if each.name == name)
        placed = context.reader.items_placed(owner, [each.place for each in found if each.place is not None])
        items = {item.id: item for item in context.reader.items(list(placed.values()))}
        for each in found:
            item = items.get(placed[each.place]) if each.place in placed and each.place is not None else None
            entries.append(at_server_shape(each, item))
    return entries


def stored_account(context: Context, name: str) -> Account:
    """The account as its file has it, without the overrides of config.toml. Raises UsageError."""
    from tui_mail.cli.names import account_named

    account_named(context.accounts, name)
    path, table = load_account_files(context.home)[name]
    return from_table(table, str(path))


def new_name(context: Context, args: argparse.Namespace, before: Account) -> AccountName | None:
    """What ``edit`` shall call the account; None: as it is called. Raises UsageError, ConfigError."""
    if args.new_name is None or args.new_name == before.name:
        return None
    return check_free(context.home, args.new_name, before.name)


def rename(context: Context, account: Account, name: AccountName) -> Account:
    """Give the account another name everywhere; the account by that name. Raises UsageError and its like."""
    from tui_mail.cli.service import ask
    from tui_mail.link.messages import RenameAccount

    ask(context, RenameAccount(id=1, account=account.name, to=name))
    if account.name in overridden(context.home):
        context.out.note(
            _('{path} goes on to apply; call its section [account."{name}"] when you come by.').format(
                path=context.home.config_file, name=name
            )
        )
    path, table = load_account_files(context.home)[name]
    return from_table(table, str(path))


def finish_renames(context: Context) -> None:
    """Where an account was called otherwise before: nothing goes by that name any more on return."""
    from tui_mail.cli.service import ask
    from tui_mail.link.messages import Reload

    if former_names(load_account_files(context.home)):
        ask(context, Reload(id=1))


def save(context: Context, secret: Secret, *, there: bool = False) -> None:
    """Write the account's file and its secret, and tell a running engine. ``there``: the account has to be there still,
    or NotFound is raised.
    """
    from tui_mail.cli.service import reload_engine
    from tui_mail.engine.secrets import Secrets

    account = secret.account
    if there and account.name not in load_account_files(context.home):
        raise NotFound(_("{name} was renamed or removed meanwhile.").format(name=account.name))
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
    from tui_mail.store.local.mail import LocalMail

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


def unfinished(context: Context, name: AccountName) -> str:
    """What waits to be sent or carried out, in words; empty: nothing."""
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
    account = from_table(to_table(dataclasses.replace(account, **changes)), _("The account"))
    _check_kind(account, args)
    return account


def _check_kind(account: Account, args: argparse.Namespace) -> None:
    """Raise UsageError for an option that promises what accounts of this kind do not do."""
    for option, name in _OF_ONE_KIND[account.kind]:
        if getattr(args, option) is not None:
            other = Kind.IMAP if account.kind is Kind.POP3 else Kind.POP3
            raise UsageError(_("{option} is for accounts that read over {kind}.").format(option=name, kind=other.value))


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
