"""``tui-mail`` and ``tui-mail demo``: the terminal user interface.

Owns the temporary home of a demonstration and its end. Must not know what is on the screen.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from tui_mail.cli.parser import Commands
from tui_mail.model.errors import UsageError
from tui_mail.model.words import _

if TYPE_CHECKING:
    from tui_mail.cli.context import Context
    from tui_mail.config.paths import Home


def register(commands: Commands) -> None:
    """Add the commands."""
    commands.add(
        "demo",
        _("open a practice mailbox: no account, no network"),
        demo,
        description=_(
            "It lives in a temporary home and is gone when you leave. With --home DIR (empty, or a practice mailbox)\n"
            "it uses and keeps DIR, so that other commands work on it."
        ),
    )


def open_screen(context: Context, _args: argparse.Namespace) -> int:
    """The user interface on this home."""
    _needs_terminal(_("The user interface needs a terminal; see `tui-mail --help` for commands that do not."))
    code = _run(context)
    from tui_mail.ui.app import OPEN_DEMO

    return _temporary(context) if code == OPEN_DEMO else code


def demo(context: Context, args: argparse.Namespace) -> int:
    """The user interface on a practice mailbox."""
    from tui_mail.cli.practice import is_practice, prepare_demo_home

    _needs_terminal(_("The practice mailbox needs a terminal; see `tui-mail --help` for commands that do not."))
    if args.home is not None or is_practice(context.home):
        prepare_demo_home(context.home)
        return _run(context)
    return _temporary(context)


def _temporary(context: Context) -> int:
    """A practice mailbox that is gone afterwards, whatever ends it."""
    import shutil
    import signal
    import tempfile

    from tui_mail.cli.context import Context as Fresh
    from tui_mail.cli.practice import prepare_demo_home
    from tui_mail.config.paths import Home

    directory = tempfile.mkdtemp(prefix="tui-mail-demo-")
    home = Home.find(directory, context.environ)
    # A closed window must not leave the directory and its engine behind.
    earlier = {number: signal.signal(number, _leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        prepare_demo_home(home)
        return _run(Fresh(home, context.environ, None, debug=context.debug))
    finally:
        for number in earlier:
            signal.signal(number, signal.SIG_IGN)
        _end_engine(home)
        shutil.rmtree(directory, ignore_errors=True)
        if not home.run.is_relative_to(directory):
            shutil.rmtree(home.run, ignore_errors=True)
        for number, handler in earlier.items():
            signal.signal(number, handler)


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def _end_engine(home: Home) -> None:
    from tui_mail.link.start import stop_engine
    from tui_mail.model.errors import TuiMailError

    try:
        stop_engine(home)
    except TuiMailError:
        pass  # its home goes away under it, and with that it ends


def _run(context: Context) -> int:
    """Hand over to the user interface; its exit code."""
    from tui_mail.cli.practice import is_practice
    from tui_mail.ui.run import run_ui

    return run_ui(context.home, context.settings, clock=context.clock, demo=is_practice(context.home))


def _needs_terminal(sentence: str) -> None:
    if not (sys.stdout.isatty() and sys.stdin.isatty()):
        raise UsageError(sentence)
