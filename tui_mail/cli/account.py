"""``account``: add, list, edit, password, check, on-server, remove.

Owns the order of things: nothing is saved before its logins were tried. Must not know a server.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tui_mail.cli import exits
from tui_mail.cli.account_options import account_options, secret_options
from tui_mail.cli.parser import Commands
from tui_mail.model.errors import CertificateRefused, Unreachable, UsageError
from tui_mail.model.words import _, ngettext

if TYPE_CHECKING:
    from tui_mail.cli.context import Context
    from tui_mail.config.accounts import Account
    from tui_mail.model.ids import AccountName


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
    account_options(parser)
    group.add("list", _("list the accounts"), list_accounts)
    parser = group.add("edit", _("change an account; takes the options of add"), edit)
    parser.add_argument("name", metavar="NAME", help=_("the account"))
    parser.add_argument("--name", dest="new_name", help=_("what it is called from now on; its mail stays as it is"))
    parser.add_argument("--email", help=_("its address"))
    account_options(parser)
    parser = group.add("password", _("set the password of an account, after trying it"), password)
    parser.add_argument("name", metavar="NAME", help=_("the account"))
    secret_options(parser)
    parser.add_argument("--no-check", action="store_true", help=_("do not try the logins"))
    parser = group.add("check", _("try the logins of an account, or of all"), check)
    parser.add_argument("name", metavar="NAME", nargs="?", help=_("the account"))
    parser = group.add("on-server", _("show what POP3 servers still have of the mail that came here"), on_server)
    parser.add_argument("name", metavar="NAME", nargs="?", help=_("the account; all of them unless given"))
    parser = group.add("remove", _("remove an account and its mail from here; what a server has stays there"), remove)
    parser.add_argument("name", metavar="NAME", help=_("the account"))
    parser.add_argument("--yes", action="store_true", help=_("do not ask; what is not sent or carried out is lost"))
    parser.add_argument(
        "--delete-mail", action="store_true", help=_("do not ask whether mail may go of which the only copy is here")
    )


def add(context: Context, args: argparse.Namespace) -> int:
    """Make an account of the options, try it, save it."""
    from tui_mail.cli.account_secret import secret_for
    from tui_mail.cli.account_work import new_account, save
    from tui_mail.cli.shapes import account_shape

    account = new_account(context, args)
    secret = secret_for(context, args, account)
    account = secret.account
    if not args.no_check:
        context.out.progress(_("Signing in to {name}…").format(name=account.name))
        server = _tried(context, account, secret.value)
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
    from tui_mail.cli.shapes import account_shape

    accounts = [each for each in context.accounts if context.account in {None, each.name}]
    if context.json:
        context.out.document([account_shape(account) for account in accounts])
        return exits.DONE
    context.out.rows([(each.name, each.email, each.kind.value, _where(each)) for each in accounts])
    if not accounts:
        context.out.note(_("There is no account yet: add one with `tui-mail account add EMAIL`."))
    return exits.DONE


def edit(context: Context, args: argparse.Namespace) -> int:
    """Change what the options say, try it, save it; then give it its new name, for which no server is asked."""
    from tui_mail.cli.account_secret import kept_secret, secret_after
    from tui_mail.cli.account_work import edited_account, new_name, rename, save, unknown_folders
    from tui_mail.cli.shapes import account_shape

    before, account = edited_account(context, args)
    name = new_name(context, args, before)
    secret = secret_after(context, args, before, account)
    if name is None or secret.value or secret.account != before:
        if not args.no_check:
            _tried(context, secret.account, secret.value or kept_secret(context, secret.account))
        save(context, secret, there=True)
        for path in unknown_folders(context, account):
            context.out.note(_("{name} has no folder {path} so far.").format(name=account.name, path=path))
    account = secret.account if name is None else rename(context, secret.account, name)
    if context.json:
        context.out.document(account_shape(account))
    elif name is None:
        context.out.note(_("Changed {name}.").format(name=account.name))
    else:
        context.out.note(_("{old} is called {name} now.").format(old=before.name, name=name))
    return exits.DONE


def password(context: Context, args: argparse.Namespace) -> int:
    """Replace the password after trying the new one."""
    from tui_mail.cli.account_secret import keeps_none, secret_for
    from tui_mail.cli.account_work import save, stored_account
    from tui_mail.cli.shapes import account_shape

    account = stored_account(context, args.name)
    if keeps_none(account) and not args.password_stdin:
        raise UsageError(
            _("No password is kept for {name}; `tui-mail account edit` changes how it signs in.").format(name=args.name)
        )
    secret = secret_for(context, args, account)
    if not args.no_check:
        _tried(context, secret.account, secret.value)
    save(context, secret, there=True)
    if context.json:
        context.out.document(account_shape(secret.account))
    else:
        context.out.note(_("The password of {name} is saved.").format(name=args.name))
    return exits.DONE


def check(context: Context, args: argparse.Namespace) -> int:
    """Try the logins with the secrets that are kept."""
    from tui_mail.cli.account_secret import kept_secret
    from tui_mail.cli.service import try_account
    from tui_mail.model.errors import TuiMailError

    names = _meant(context, args)
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

    entries = at_server(context, _meant(context, args))
    if context.json:
        context.out.document(entries)
        return exits.DONE
    context.out.rows(
        [
            (entry["account"], str(entry["item"] or ""), str(entry["size"]), entry["subject"] or "", entry["state"])
            for entry in entries
        ],
        right=(1, 2),
        widths=(0, 0, 0, 40, 0),
    )
    if not entries:
        context.out.note(_("Nothing that came here is on a POP3 server, as far as is known."))
    return exits.DONE


def remove(context: Context, args: argparse.Namespace) -> int:
    """Forget an account, after asking where something would be lost that is only here: mail apart from the rest."""
    from tui_mail.cli.account_work import finish_renames, forget, guests, stored_account, unfinished

    account = stored_account(context, args.name)
    finish_renames(context)
    if others := guests(context, account.name):
        raise UsageError(
            ngettext(
                "{others} delivers into its inbox: change that first with --deliver-to, or remove it.",
                "{others} deliver into its inbox: change that first with --deliver-to, or remove them.",
                len(others),
            ).format(others=", ".join(others))
        )
    lost = unfinished(context, account.name)
    if lost and not args.yes:
        words = _("say --yes to remove the account all the same")
        if not _agreed(context, _("{what} would be lost").format(what=lost), account, words):
            return exits.FAILED
    mail = context.reader.only_here(account.name)
    if mail and not args.delete_mail:
        what = ngettext(
            "{count} message of this account is only here, on no server, and would be deleted for ever",
            "{count} messages of this account are only here, on no server, and would be deleted for ever",
            mail,
        ).format(count=mail)
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


def _tried(context: Context, account: Account, secret: str) -> str:
    """``try_account``; of a server that cannot be reached it is said, too, what that means for what was to be saved."""
    from tui_mail.cli.service import try_account

    try:
        return try_account(context, account, secret)
    except CertificateRefused:
        raise
    except Unreachable as error:
        raise type(error)(
            _("{text} Nothing was saved; --no-check saves it untried.").format(text=error.text)
        ) from error


def _meant(context: Context, args: argparse.Namespace) -> list[AccountName]:
    """The account that was named, else that of ``--account``, else all. Raises UsageError."""
    from tui_mail.cli.names import account_named

    wanted = args.name if args.name is not None else context.account
    return [each.name for each in context.accounts] if wanted is None else [account_named(context.accounts, wanted)]


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
