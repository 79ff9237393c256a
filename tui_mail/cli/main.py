"""The entry: reads the command line, runs one command, turns every error into a sentence and an exit code.

Owns what a person sees of an error. Must not know any command.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_mail.cli import exits
from tui_mail.cli.output import Output, forget_output, open_missing
from tui_mail.model.errors import StoreFull, TuiMailError
from tui_mail.model.words import _

if TYPE_CHECKING:
    from tui_mail.config.paths import Home


def entry() -> None:
    """What the installed program ``tui-mail`` calls."""
    open_missing()
    sys.exit(main())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv`` (None: the process's own) and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    json = "--json" in arguments
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except BrokenPipeError:
        forget_output()
        return exits.DONE
    except TuiMailError as error:
        return _fail(error, json=json)
    return code


def _run(arguments: list[str]) -> int:
    from tui_mail.cli.parser import VersionAsked, parse

    os.umask(0o077)
    try:
        args = parse(arguments)
    except VersionAsked:
        from tui_mail import __version__

        print("tui-mail", __version__)
        return exits.DONE
    except SystemExit:  # --help has printed
        return exits.DONE

    from tui_mail.cli.context import Context
    from tui_mail.config.paths import Home

    context = Context(
        Home.find(args.home, os.environ),
        os.environ,
        args.account,
        json=args.json,
        debug=args.debug,
        looks_only=args.repairs,
    )
    log = None
    if context.debug:
        from tui_mail.cli.debug import DebugLog

        log = DebugLog(context.home)
    try:
        if not args.repairs:
            _ = context.settings  # a typo in the configuration is said before anything is done with half of it
        code: int = args.run(context, args)
    except (TuiMailError, KeyboardInterrupt, BrokenPipeError):
        raise
    except OSError as error:
        raise _of_the_system(context.home, error) from error
    except Exception as error:  # the last line of defence: a person gets a sentence, the log the rest
        from tui_mail.cli.debug import record_crash

        raise TuiMailError(record_crash(context.home, error)) from error
    finally:
        context.close()
        if log is not None:
            log.close()
    return code


def _of_the_system(home: Home, error: OSError) -> TuiMailError:
    """The sentence for a disk that takes nothing; anything else is a mistake of ours."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StoreFull(_("The disk is full: free some space on the disk of {path}.").format(path=home.data))
    if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM} and error.filename is not None:
        return TuiMailError(
            _("{path} cannot be used: {reason}. Check its permissions.").format(
                path=os.fsdecode(error.filename), reason=error.strerror
            )
        )
    from tui_mail.cli.debug import record_crash

    return TuiMailError(record_crash(home, error))


def _fail(error: TuiMailError, *, json: bool) -> int:
    """Say the error on standard error, with ``--json`` as a document too; the exit code."""
    try:
        Output(json=json).error(error)
    except BrokenPipeError:
        forget_output()
    except TuiMailError:  # standard output takes nothing: the sentence at least
        Output(json=False).error(error)
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    return exits.code_of(error.kind)
