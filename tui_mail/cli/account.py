"""``account``: add, list, edit, password, check, remove.

Owns the options of an account and the order: nothing is saved before its logins were tried. Must not know a server.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tui_mail.cli import exits
from tui_mail.cli.lists import number
from tui_mail.cli.parser import Commands, Parser
from tui_mail.model.errors import UsageError
from tui_mail.model.words import _

if TYPE_CHECKING:
    from tui_mail.cli.context import Context
    from tui_mail.config.accounts import Account


def register(commands: Commands) -> None:
    """Add the commands."""
    group = commands.group("account", _("add, list, edit, check, remove accounts"))
    parser = group.add(
        "add",
        _("add an account, after trying its logins"),
        add,
        description=_(
            "For example:\n"
            "  tui-mail account add ada@example.org --imap imap.example.org --smtp smtp.example.org\n"
            "  tui-mail account add ada@example.org --pop3 pop.example.org --smtp smtp.example.org\n\n"
            "A port implies its security: 993, 995, 465 tls; 143, 110, 587 starttls; any other tls."
        ),
    )
    parser.add_argument("email", metavar="EMAIL", help=_("the address"))
    parser.add_argument("--name", help=_("what the account is called here; EMAIL unless given; no : or /"))
    _options(parser)
    group.add("list", _("list the accounts"), list_accounts)
    parser = group.add("edit", _("change an account; takes the options of add"), edit)
    parser.add_argument("name", metavar="NAME", help=_("the account"))
    parser.add_argument("--email", help=_("its address"))
    _options(parser)
    parser = group.add("password", _("set the password of an account, after trying it"), password)
    parser.add_argument("name", metavar="NAME", help=_("the account"))
    _secret_options(parser)
    parser.add_argument("--no-check", action="store_true", help=_("do not try the logins"))
    parser = group.add("check", _("try the logins of an account, or of all"), check)
    parser.add_argument("name", metavar="NAME", nargs="?", help=_("the account"))
    parser = group.add("on-server", _("show what POP3 servers still have of the mail that came here"), on_server)
    parser.add_argument("name", metavar="NAME", nargs="?", help=_("the account; all of them unless given"))
    parser = group.add("remove", _("remove an account from here; its mail stays on the server"), remove)
    parser.add_argument("name", metavar="NAME", help=_("the account"))
    parser.add_argument("--yes", action="store_true", help=_("do not ask; what is not sent or carried out is lost"))
    parser.add_argument(
        "--delete-mail", action="store_true", help=_("do not ask whether mail may go of which the only copy is here")
    )


def _options(parser: Parser) -> None:
    servers = parser.add_argument_group(_("servers"))
    servers.add_argument("--imap", metavar="HOST[:PORT]", help=_("where mail is read"))
    servers.add_argument("--pop3", metavar="HOST[:PORT]", help=_("where mail is fetched from into local folders"))
    servers.add_argument("--smtp", metavar="HOST[:PORT]", help=_("where mail is sent"))
    kinds = ("tls", "starttls", "none")
    servers.add_argument("--security", choices=kinds, help=_("how all of them are secured"))
    for protocol in ("imap", "pop3", "smtp"):
        servers.add_argument(
            f"--{protocol}-security", choices=kinds, help=_("how {protocol} is secured").format(protocol=protocol)
        )
    servers.add_argument(
        "--allow-plaintext",
        action="store_true",
        help=_("let the password go in clear to a host that is not this machine"),
    )
    servers.add_argument("--ca-file", metavar="PEM", type=Path, help=_("trust the certificates of this file instead"))
    person = parser.add_argument_group(_("person"))
    person.add_argument("--from-name", metavar="NAME", help=_("your name, as others see it"))
    person.add_argument(
        "--alias",
        dest="aliases",
        metavar="ADDRESS",
        action="append",
        help=_("another address you write from, also as 'Ada <ada@example.com>'; repeatable, an empty one removes all"),
    )
    person.add_argument(
        "--save-sent",
        choices=("auto", "always", "never"),
        help=_("whether a copy of what you send is put into Sent from here; auto: unless the server does it"),
    )
    person.add_argument("--user", help=_("what to sign in as; EMAIL unless given"))
    person.add_argument("--authserv-id", metavar="HOST", help=_("whose checks of senders are believed"))
    _policy_options(parser)
    _pop3_options(parser)
    _secret_options(parser)
    secret = parser.add_argument_group(_("instead of a password"))
    secret.add_argument(
        "--password-command", metavar="CMD", help=_("a program that prints it, such as: pass show mail")
    )
    secret.add_argument("--token-command", metavar="CMD", help=_("a program that prints an OAuth access token"))
    parser.add_argument("--no-check", action="store_true", help=_("save without trying the logins"))


def _policy_options(parser: Parser) -> None:
    group = parser.add_argument_group(_("what is brought here"))
    which = group.add_mutually_exclusive_group()
    which.add_argument(
        "--folder",
        dest="folders",
        metavar="PATH",
        action="append",
        help=_("synchronise this folder, and no other that is not named so; repeatable"),
    )
    which.add_argument("--all-folders", action="store_true", help=_("synchronise every folder"))
    group.add_argument(
        "--without-folder",
        dest="left_out",
        metavar="PATH",
        action="append",
        help=_("fetch this folder only when it is opened; repeatable, an empty one removes all"),
    )
    group.add_argument(
        "--since", metavar="DAYS", type=number, help=_("leave older mail on the server until you ask; 0: bring all")
    )
    group.add_argument("--bodies", choices=("none", "recent", "all"), help=_("which bodies are fetched ahead"))
    group.add_argument("--body-days", metavar="DAYS", type=number, help=_("how old a recent body may be; 90 at first"))
    group.add_argument(
        "--body-size", metavar="KIB", type=number, help=_("how large a recent body may be; 256 at first")
    )
    group.add_argument(
        "--cache", metavar="MB", type=number, help=_("keep the newest bodies up to so much; 0: keep all")
    )


def _pop3_options(parser: Parser) -> None:
    group = parser.add_argument_group(_("mail fetched by POP3"))
    group.add_argument(
        "--leave",
        metavar="always|DAYS|until-deleted|never",
        type=_leave,
        help=_(
            "how long it stays on the server once it is here: always (at first), some days, until you delete it here"
        ),
    )
    group.add_argument(
        "--largest",
        metavar="KIB",
        type=number,
        help=_("fetch only the header of larger messages, until you want the rest; 0: all come whole"),
    )
    group.add_argument(
        "--deliver-to", metavar="NAME", help=_("put it into the inbox of that POP3 account; an empty one: into its own")
    )


def _leave(value: str) -> tuple[str, int | None]:
    """The rule and the days of ``--leave``. Raises ArgumentTypeError."""
    if value in ("always", "until-deleted", "never"):
        return value, None
    try:
        return "days", number(value)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(_("always, a number of days, until-deleted or never")) from None


def _secret_options(parser: Parser) -> None:
    group = parser.add_argument_group(_("password"))
    group.add_argument("--password-stdin", action="store_true", help=_("read it from the first line of standard input"))
    group.add_argument("--save-password", choices=("keyring", "file"), help=_("where it is kept"))


def add(context: Context, args: argparse.Namespace) -> int:
    """Make an account of the options, try it, save it."""
    from tui_mail.cli.account_work import account_shape, new_account, save, secret_for
    from tui_mail.cli.service import try_account

    account = new_account(context, args)
    secret = secret_for(context, args, account)
    account = secret.account
    if not args.no_check:
        context.out.progress(_("Signing in to {name}…").format(name=account.name))
        server = try_account(context, account, secret.value)
        context.out.end_progress()
        if server and not context.json:
            context.out.note(_("Signed in to {server}.").format(server=server))
    save(context, secret)
    if context.json:
        context.out.document(account_shape(account))
    else:
        context.out.note(_("Added {name}. `tui-mail` opens it.").format(name=account.name))
    return exits.DONE


def list_accounts(context: Context, _args: argparse.Namespace) -> int:
    """Every account, by name."""
    from tui_mail.cli.account_work import account_shape

    accounts = [each for each in context.accounts if context.account in {None, each.name}]
    if context.json:
        context.out.document([account_shape(account) for account in accounts])
        return exits.DONE
    context.out.rows([(each.name, each.email, each.kind.value, _where(each)) for each in accounts])
    if not accounts:
        context.out.note(_("There is no account yet: add one with `tui-mail account add EMAIL`."))
    return exits.DONE


def edit(context: Context, args: argparse.Namespace) -> int:
    """Change what the options say, try it, save it."""
    from tui_mail.cli.account_work import (
        account_shape,
        edited_account,
        kept_secret,
        save,
        secret_after,
        unknown_folders,
    )
    from tui_mail.cli.service import try_account

    before, account = edited_account(context, args)
    secret = secret_after(context, args, before, account)
    if not args.no_check:
        try_account(context, secret.account, secret.value or kept_secret(context, secret.account))
    save(context, secret)
    for path in unknown_folders(context, account):
        context.out.note(_("{name} has no folder {path} so far.").format(name=account.name, path=path))
    if context.json:
        context.out.document(account_shape(secret.account))
    else:
        context.out.note(_("Changed {name}.").format(name=account.name))
    return exits.DONE


def password(context: Context, args: argparse.Namespace) -> int:
    """Replace the password after trying the new one."""
    from tui_mail.cli.account_work import account_shape, keeps_none, save, secret_for, stored_account
    from tui_mail.cli.service import try_account

    account = stored_account(context, args.name)
    if keeps_none(account) and not args.password_stdin:
        raise UsageError(
            _("No password is kept for {name}; `tui-mail account edit` changes how it signs in.").format(name=args.name)
        )
    secret = secret_for(context, args, account)
    if not args.no_check:
        try_account(context, secret.account, secret.value)
    save(context, secret)
    if context.json:
        context.out.document(account_shape(secret.account))
    else:
        context.out.note(_("The password of {name} is saved.").format(name=args.name))
    return exits.DONE


def check(context: Context, args: argparse.Namespace) -> int:
    """Try the logins with the secrets that are kept."""
    from tui_mail.cli.account_work import kept_secret
    from tui_mail.cli.names import account_named
    from tui_mail.cli.service import try_account
    from tui_mail.model.errors import TuiMailError

    wanted = args.name if args.name is not None else context.account
    names = [each.name for each in context.accounts] if wanted is None else [account_named(context.accounts, wanted)]
    if not names:
        raise UsageError(_("There is no account yet: add one with `tui-mail account add EMAIL`."))
    results, codes = [], set()
    for account in context.accounts:
        if account.name not in names:
            continue
        try:
            server = try_account(context, account, kept_secret(context, account))
        except TuiMailError as error:
            codes.add(exits.code_of(error.kind))
            results.append({"name": account.name, "ok": False, "kind": error.kind, "message": error.text})
            context.out.note(f"{account.name}: {error.text}")
        else:
            codes.add(exits.DONE)
            results.append({"name": account.name, "ok": True, "kind": None, "message": server or None})
            context.out.line(_("{name}: all is well. {server}").format(name=account.name, server=server))
    if context.json:
        context.out.document({"accounts": results})
    return codes.pop() if len(codes) == 1 else exits.PARTLY


def on_server(context: Context, args: argparse.Namespace) -> int:
    """What is still at POP3 servers of what came here, oldest first."""
    from tui_mail.cli.account_work import at_server
    from tui_mail.cli.names import account_named

    wanted = args.name if args.name is not None else context.account
    names = [each.name for each in context.accounts] if wanted is None else [account_named(context.accounts, wanted)]
    entries = at_server(context, names)
    if context.json:
        context.out.document(entries)
        return exits.DONE
    context.out.rows(
        [
            (entry["account"], str(entry["item"] or ""), str(entry["size"]), entry["subject"] or "", entry["state"])
            for entry in entries
        ]
    )
    if not entries:
        context.out.note(_("Nothing that came here is on a POP3 server, as far as is known."))
    return exits.DONE


def remove(context: Context, args: argparse.Namespace) -> int:
    """Forget an account, after asking where something would be lost that is only here: mail apart from the rest."""
    from tui_mail.cli.account_work import forget, guests, local_mail, only_here, stored_account
    from tui_mail.cli.lists import counted

    account = stored_account(context, args.name)
    if others := guests(context, account.name):
        raise UsageError(
            _("{others} deliver into its inbox: change that first with --deliver-to, or remove them.").format(
                others=", ".join(others)
            )
        )
    lost = only_here(context, account.name)
    if lost and not args.yes:
        words = _("say --yes to remove the account all the same")
        if not _agreed(context, _("{what} would be lost").format(what=lost), account, words):
            return exits.FAILED
    mail = local_mail(context, account.name)
    if mail and not args.delete_mail:
        what = _("{messages} of this account are only here, on no server, and would be deleted for ever").format(
            messages=counted(mail)
        )
        words = _("keep a copy with `tui-mail backup DIR` or `tui-mail export`, and say --delete-mail to do it")
        if not _agreed(context, what, account, words):
            return exits.FAILED
    forget(context, account)
    if context.json:
        context.out.document({"removed": account.name})
    elif account.pop3 is not None:
        context.out.note(_("Removed {name} and its mail here.").format(name=account.name))
    else:
        context.out.note(_("Removed {name}; its mail is still on the server.").format(name=account.name))
    return exits.DONE


def _agreed(context: Context, what: str, account: Account, words: str) -> bool:
    """Ask whether to go on; without a person there, UsageError says which option does."""
    from tui_mail.cli.output import ask, person_is_there

    if not person_is_there():
        raise UsageError(_("{what}: {words}.").format(what=what, words=words))
    if ask(_("{what}. Remove {name} all the same?").format(what=what, name=account.name)):
        return True
    context.out.note(_("Nothing was done."))
    return False


def _where(account: Account) -> str:
    server = account.imap or account.pop3
    return "" if server is None else f"{server.host}:{server.port} {server.security.value}"
