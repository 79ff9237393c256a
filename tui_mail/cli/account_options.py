"""The options of an account, as ``account add`` and ``account edit`` take them.

Owns their names and their help. Must not know what becomes of them: ``cli.account_work`` does.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tui_mail.cli.options import number
from tui_mail.cli.parser import Parser
from tui_mail.model.words import _


def account_options(parser: Parser) -> None:
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
    secret_options(parser)
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
        text = _("{value} is none of always, a number of days, until-deleted and never")
        raise argparse.ArgumentTypeError(text.format(value=value)) from None


def secret_options(parser: Parser) -> None:
    group = parser.add_argument_group(_("password"))
    group.add_argument("--password-stdin", action="store_true", help=_("read it from the first line of standard input"))
    group.add_argument("--save-password", choices=("keyring", "file"), help=_("where it is kept"))
