"""``doctor``: what is wrong, and what to do about it.

Owns the order of the checks and how they are told. The checks are in ``cli.checks``.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tui_mail.cli import exits
from tui_mail.cli.parser import Commands
from tui_mail.model.words import _

if TYPE_CHECKING:
    from tui_mail.cli.context import Context


def register(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add(
        "doctor",
        _("look for what is wrong, and say what to do"),
        doctor,
        repairs=True,
        description=_(
            "Looks at files, modes, space, configuration, the store, the engine, passwords and the terminal."
        ),
    )
    parser.add_argument("--network", action="store_true", help=_("try the logins of every account too"))


def doctor(context: Context, args: argparse.Namespace) -> int:
    """Every check, one after the other; one that fails does not stop the next."""
    from tui_mail.cli.checks import CHECKS, Finding, Level, logins
    from tui_mail.model.errors import TuiMailError

    findings: list[Finding] = []
    for check in [*CHECKS, *([logins] if args.network else [])]:
        try:
            findings += check(context)
        except TuiMailError as error:
            findings.append(Finding(check.__name__, Level.BAD, error.text))
    worst = any(finding.level is Level.BAD for finding in findings)
    if context.json:
        context.out.document(
            {
                "ok": not worst,
                "checks": [
                    {
                        "check": each.check,
                        "state": each.level.value,
                        "message": each.text,
                        "advice": each.advice or None,
                    }
                    for each in findings
                ],
            }
        )
    else:
        marks = {Level.OK: _("ok"), Level.NOTE: _("note"), Level.BAD: _("WRONG")}
        for each in findings:
            context.out.line(f"{marks[each.level]:<6}{each.check.replace('_', ' '):<15}{each.text}")
            if each.advice:
                context.out.line(f"{'':<21}{_('Do:')} {each.advice}")
    return exits.FAILED if worst else exits.DONE
