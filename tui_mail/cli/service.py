"""The engine, for commands: ask the one that runs, or be it for the time of one request.

Owns progress on standard error and what follows a write. Must not know what a request does.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from tui_mail.cli import exits
from tui_mail.model.errors import EngineRunning, EngineTrouble, TuiMailError
from tui_mail.model.words import _

if TYPE_CHECKING:
    from tui_mail.cli.context import Context
    from tui_mail.config.accounts import Account
    from tui_mail.link.messages import Done, Message, Progress, Request
    from tui_mail.model.operation import Action

SILENCE: Final = 75.0
"""Seconds without any news after which a request is given up as stalled; the engine, which can say of which account
nothing is heard, does so sooner.
"""


def running_engine(context: Context) -> int | None:
    """The process id of the engine of this home (0: it is just starting); None when none runs."""
    from tui_mail.link.lock import lock_holder

    return lock_holder(context.home)


def request(context: Context, message: Request) -> Done:
    """The answer to ``message``, from the engine that runs or from one hosted for it. Raises EngineTrouble, Stalled."""
    try:
        for _attempt in range(3):
            try:
                return _once(context, message)
            except EngineRunning:
                continue  # one was started in between: it is asked now
            except EngineTrouble:
                if running_engine(context) is not None:
                    raise
                # the engine ended in between: one is hosted now
        return _once(context, message)
    finally:
        context.out.end_progress()


def ask(context: Context, message: Request) -> Done:
    """As ``request``, but an answer that says no is raised."""
    from tui_mail.link.outcome import check

    return check(request(context, message))


def _once(context: Context, message: Request) -> Done:
    progress = _Progress(context)
    if running_engine(context) is not None:
        from tui_mail.link.call import call
        from tui_mail.link.start import ensure_engine

        ensure_engine(context.home, wait=True)
        return call(context.home, message, timeout=SILENCE, on_event=progress.take)
    from tui_mail.engine.host import host_once

    return host_once(context.home, message, clock=context.clock, on_event=progress.take, silence=SILENCE)


class _Progress:
    """The engine's events as one line on standard error, where that is a terminal."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._out = context.out
        self._paths: dict[int, str] = {}

    def take(self, event: Message) -> None:
        from tui_mail.link.messages import Alert, Progress, State

        match event:
            case Progress():
                self._out.progress(f"{event.account}: {self._words(event)}")
            case State():
                self._out.progress(f"{event.account}: {event.state}")
            case Alert():
                self._out.end_progress()
                self._out.note(_("{account}: the server says: {text}").format(account=event.account, text=event.text))
            case _:
                pass  # what changed in the store is read there

    def _words(self, event: Progress) -> str:
        from tui_mail.text.progress import progress_words

        if event.folder not in self._paths and self._out.shows_progress:
            self._paths = {int(folder.id): folder.path for folder in self._context.reader.folders()}
        return progress_words(self._paths.get(event.folder, ""), event.what, event.done, event.total)


def make_store(context: Context) -> None:
    """Make the store where there is none yet or migrate an older one, so that a command may work before any engine ran."""
    from tui_mail.store.disk.files import is_older, prepare

    if context.home.keep_db.exists() and context.home.mail_db.exists() and not is_older(context.home):
        return
    from tui_mail.link.lock import EngineLock
    from tui_mail.store.disk.wal import check_disk

    check_disk(context.home)
    context.home.create()
    try:
        with EngineLock(context.home):
            prepare(context.home, context.clock)
    except EngineRunning:
        from tui_mail.link.start import ensure_engine

        ensure_engine(context.home, wait=True)  # it answers when the store is made; an older one is replaced first


def carry_out(
    context: Context,
    args: argparse.Namespace,
    action: Action | None,
    *,
    operations: Sequence[int] | None = None,
    missing: Sequence[int] = (),
    taken_back: bool = False,
) -> int:
    """After a write: see to the server's part as the options say, print the answer, return the exit code.

    ``operations`` are those of ``action`` unless given; ``missing`` are numbers that named no message; ``taken_back``:
    the action was undone.
    """
    if operations is None:
        operations = [] if action is None else list(action.operations)
    said = _said(action, operations, taken_back=taken_back)
    error: TuiMailError | None = None
    if operations and args.now:
        error = _wait(context, operations)
        left = {operation.id for operation in context.reader.pending()}
        waiting = [number for number in operations if number in left]
        # What was asked for in several steps may have been done in part.
        partly = error is not None and 0 < len(waiting) < len(operations)
        operations = waiting
    else:
        partly = False
        if operations and not args.no_engine:
            wake(context)
    from tui_mail.cli.shapes import action_shape

    shape = action_shape(action, operations)
    code = _trouble(context, shape, error, partly=partly, missing=missing)
    if context.json:
        context.out.document(shape)
    elif error is None:
        context.out.line(said)
    return code


def _trouble(
    context: Context,
    shape: dict[str, Any],
    error: TuiMailError | None,
    *,
    partly: bool,
    missing: Sequence[int],
) -> int:
    """Tell what did not work, also in ``shape``; the exit code."""
    from tui_mail.cli.names import missing_text

    code = exits.DONE
    if missing:
        code = exits.PARTLY
        shape["error"] = {"kind": "partly", "message": missing_text(missing)}
        context.out.note(missing_text(missing))
    if error is not None:
        code = exits.PARTLY if partly else exits.code_of(error.kind)
        shape["error"] = {"kind": error.kind, "message": error.text}
        context.out.note(error.text)
    return code


def _said(action: Action | None, operations: Sequence[int], *, taken_back: bool) -> str:
    """What was done, in words."""
    from tui_mail.cli.names import counted
    from tui_mail.model.operation import ActionKind

    if action is not None and action.kind is ActionKind.SEND:
        return _("Taken back: the message to {to} is a draft again.").format(to=action.target)
    if action is None:
        return _("Done.") if operations else _("Nothing to change.")
    words = {
        ActionKind.CREATE_FOLDER: _("Folder {target} created."),
        ActionKind.RENAME_FOLDER: _("Folder renamed to {target}."),
        ActionKind.DELETE_FOLDER: _("Folder {target} deleted."),
        ActionKind.SUBSCRIBE: _("Subscribed to {target}."),
        ActionKind.UNSUBSCRIBE: _("No longer subscribed to {target}."),
        ActionKind.READ: _("{messages} marked as read."),
        ActionKind.UNREAD: _("{messages} marked as unread."),
        ActionKind.FLAG: _("{messages} starred."),
        ActionKind.UNFLAG: _("{messages} without a star."),
        ActionKind.DELETE: _("{messages} deleted for ever."),
        ActionKind.COPY: _("{messages} copied to {target}."),
        ActionKind.IMPORT: _("{messages} put into {target}."),
        ActionKind.LABEL: _("{messages} labelled."),
        ActionKind.UNDELETE: _("{messages} no longer marked as deleted."),
    }
    text = words.get(action.kind, _("{messages} moved to {target}."))
    text = text.format(messages=counted(len(action.items)), target=action.target)
    return _("Taken back: {text}").format(text=text) if taken_back else text


def _wait(context: Context, operations: Sequence[int]) -> TuiMailError | None:
    """Wait for the server; what went wrong, None when all is done."""
    from tui_mail.link.messages import WaitOperations

    try:
        ask(context, WaitOperations(id=1, operations=list(operations)))
    except TuiMailError as error:
        return error
    return None


def wake(context: Context) -> None:
    """Tell the engine, or start one. What was written stays written, so trouble with it is only told."""
    from tui_mail.link.call import call
    from tui_mail.link.messages import Wake
    from tui_mail.link.start import ensure_engine

    try:
        if running_engine(context):
            call(context.home, Wake(id=1), timeout=5.0)
            return
    except TuiMailError:
        pass  # it is starting, ending or older: that is looked at next, and it reads the journal by itself
    try:
        ensure_engine(context.home)
    except TuiMailError as error:
        context.out.note(_("It is written down, but not carried out yet. {reason}").format(reason=error.text))


def try_account(context: Context, account: Account, secret: str) -> str:
    """Try the logins of an account; what its server calls itself. Raises SignInRefused, Unreachable and their like.

    ``secret`` is empty where a command gives it.
    """
    from tui_mail.config.accounts import to_table
    from tui_mail.link.messages import TryAccount

    result: dict[str, Any] = ask(context, TryAccount(id=1, account=to_table(account), secret=secret)).result
    for alert in result.get("alerts", []):
        context.out.note(_("The server says: {text}").format(text=alert))
    return str(result.get("server", ""))


def reload_engine(context: Context) -> None:
    """Tell a running engine that accounts changed."""
    from tui_mail.link.call import call
    from tui_mail.link.messages import Reload
    from tui_mail.link.outcome import check
    from tui_mail.link.start import ensure_engine

    if running_engine(context) is not None:
        try:
            ensure_engine(context.home, wait=True)  # one that is just starting may have read what was there before
            check(call(context.home, Reload(id=1), timeout=SILENCE))
        except TuiMailError as error:
            context.out.note(
                _("The running engine did not take it up: {reason} Stop it with `tui-mail engine --stop`.").format(
                    reason=error.text
                )
            )


def drop_account(context: Context, account: Account) -> None:
    """Remove what the store holds of an account whose file is gone; a running engine has seen to it itself."""
    from tui_mail.link.lock import EngineLock
    from tui_mail.store.writer import Writer

    if running_engine(context) is not None or not context.home.mail_db.exists():
        return
    with EngineLock(context.home):
        writer = Writer(context.home, context.clock)
        try:
            writer.drop_account(account.name)
        finally:
            writer.close()
