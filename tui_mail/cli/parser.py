"""The grammar of the command line: global options before and after the command, errors as one sentence.

Owns the parser and the list of command families. Must not run anything.
"""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from tui_mail.model.errors import UsageError
from tui_mail.model.words import _

if TYPE_CHECKING:
    from tui_mail.cli.context import Context

Run = Callable[["Context", argparse.Namespace], int]
"""A command: does its work and returns the exit code."""


class VersionAsked(Exception):
    """``--version`` stood on the command line."""


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError instead of printing and leaving."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("allow_abbrev", False)
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**options)

    def error(self, message: str) -> NoReturn:
        wrong = re.match(r"argument COMMAND: invalid choice: '(.*)' \(choose from (.*)\)", message)
        if wrong is not None:
            near = difflib.get_close_matches(wrong[1], re.findall(r"[a-z]+", wrong[2]), n=1)
            message = _("there is no command {name}").format(name=wrong[1])
            if near:
                message = _("{message} (did you mean {near}?)").format(message=message, near=near[0])
        message = message.removeprefix("argument ")
        raise UsageError(
            _("{message}; see `{program} --help`.").format(message=message[:1].upper() + message[1:], program=self.prog)
        )


class _Version(argparse.Action):
    def __call__(self, *_arguments: object) -> None:
        raise VersionAsked


def _globals(*, top: bool) -> Parser:
    """The options that every level takes; below the top they say nothing unless they are given."""
    parser = Parser(add_help=False)
    absent: Any = None if top else argparse.SUPPRESS
    off: Any = False if top else argparse.SUPPRESS
    group = parser.add_argument_group(_("global options"))
    group.add_argument("--home", metavar="DIR", default=absent, help=_("keep everything under DIR"))
    group.add_argument("--account", metavar="NAME", default=absent, help=_("only this account"))
    group.add_argument("--json", action="store_true", default=off, help=_("one JSON document on standard output"))
    group.add_argument(
        "--debug", action="store_true", default=off, help=_("keep a log, without secrets, in state/debug.log")
    )
    return parser


class Commands:
    """The commands of one level; families add theirs."""

    def __init__(self, parser: Parser, title: str, common: Parser) -> None:
        """``common`` has the options that every command takes."""
        self._common = common
        self._actions = parser.add_subparsers(title=title, metavar=_("COMMAND"), parser_class=Parser)

    def add(
        self,
        name: str,
        summary: str,
        run: Run | None = None,
        *,
        description: str = "",
        epilog: str = "",
        repairs: bool = False,
    ) -> Parser:
        """Add a command; ``run`` None: a group of commands that prints its own help.

        ``repairs``: it runs while the configuration is wrong, too; any other says what is wrong and does nothing.
        """
        text = summary[:1].upper() + summary[1:] + "." + (f"\n\n{description}" if description else "")
        parser: Parser = self._actions.add_parser(
            name, help=summary, description=text, epilog=epilog, parents=[self._common]
        )
        parser.set_defaults(run=run or _asks_for_more(parser), repairs=repairs)
        return parser

    def group(self, name: str, summary: str, run: Run | None = None, *, description: str = "") -> Commands:
        """Add a command that has commands of its own; ``run``: what it does without one."""
        return Commands(self.add(name, summary, run, description=description), _("commands"), self._common)


def _asks_for_more(parser: Parser) -> Run:
    def run(_context: Context, _args: argparse.Namespace) -> int:
        parser.error(_("a command is missing"))

    return run


def make_parser() -> Parser:
    """The whole grammar."""
    from tui_mail.cli import families

    parser = Parser(
        prog="tui-mail",
        description=_("A terminal mail client. Without a command it opens the terminal user interface."),
        epilog=_("Try `tui-mail demo` for a practice mailbox, or `tui-mail account add EMAIL` to begin."),
        parents=[_globals(top=True)],
    )
    parser.add_argument("--version", action=_Version, nargs=0, help=_("print the version and leave"))
    parser.set_defaults(run=families.default, repairs=False)
    commands = Commands(parser, _("commands"), _globals(top=False))
    for register in families.ALL:
        register(commands)
    return parser


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The namespace of a command line. Raises UsageError, VersionAsked, SystemExit after --help."""
    arguments = list(arguments)
    if "search" in arguments:
        # -word is a part of a query, and no option has one dash but -h; a space before it says so to argparse.
        query = arguments.index("search") + 1
        arguments[query:] = [f" {word}" if _is_negation(word) else word for word in arguments[query:]]
    args = make_parser().parse_args(arguments)
    _check_text(args)
    if isinstance(getattr(args, "query", None), list):
        args.query = [word[1:] if word[:1] == " " and _is_negation(word[1:]) else word for word in args.query]
    return args


def _check_text(args: argparse.Namespace) -> None:
    """Raise UsageError for an argument that is no text; the name of a file may be any octets."""
    from tui_mail.model.draft import whole

    for name, value in vars(args).items():
        if name in {"home", "file"}:
            continue
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and whole(text) != text:
                raise UsageError(
                    _("{argument} is not in UTF-8: check the locale of this terminal.").format(argument=whole(text))
                )


def _is_negation(word: str) -> bool:
    return word.startswith("-") and not word.startswith("--") and word not in {"-", "-h"}
