"""``send`` and ``outbox``: messages out, and what becomes of them.

Owns the way from a file or from options to a frozen message, and the exit codes of sending. Must not know a server.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui_mail.cli import exits
from tui_mail.cli.options import engine_options, positive
from tui_mail.cli.output import from_stdin
from tui_mail.cli.parser import Commands
from tui_mail.model.errors import NotFound, TuiMailError, UsageError
from tui_mail.model.words import _

if TYPE_CHECKING:
    from tui_mail.cli.context import Context
    from tui_mail.mime.compose.build import Built
    from tui_mail.model.draft import Draft, Identity
    from tui_mail.model.ids import AccountName, OutboxId
    from tui_mail.model.outbox import OutboxMessage

_LARGEST = 512 << 20
_PARTS = ("to", "cc", "bcc", "subject", "body", "attach", "sender")


def register(commands: Commands) -> None:
    """Add the commands."""
    parser = commands.add(
        "send",
        _("queue a message, to be sent after a moment in which undo stops it"),
        send,
        description=_(
            "For example:\n"
            "  tui-mail send letter.eml\n"
            "  tui-mail send --to grace@example.org --subject Minutes --body 'As promised.' --attach minutes.pdf"
        ),
    )
    parser.add_argument("file", metavar="FILE", nargs="?", help=_("a whole message (RFC 5322); - is standard input"))
    group = parser.add_argument_group(_("or a message made of"))
    for option, text in (("to", _("a recipient")), ("cc", _("who gets a copy")), ("bcc", _("who gets one unseen"))):
        group.add_argument(f"--{option}", metavar="ADDRESS", action="append", help=text)
    group.add_argument("--subject", metavar="TEXT", help=_("what it is about"))
    group.add_argument("--body", metavar="TEXT", help=_("the text; - is standard input"))
    group.add_argument("--attach", metavar="FILE", action="append", type=Path, help=_("a file that goes along"))
    group.add_argument("--from", dest="sender", metavar="ADDRESS", help=_("who it is from; chooses the account"))
    engine_options(parser)
    outbox = commands.group("outbox", _("list messages on their way out, send one again, take one back"), list_messages)
    outbox.add("list", _("list them, with why they wait"), list_messages)
    for name, summary, run in (
        ("retry", _("send a message now, also one that was refused or may have been sent"), retry),
        ("cancel", _("take a message back; it is a draft again"), cancel),
        ("mark-sent", _("a message that may have been sent was sent"), mark_sent),
    ):
        parser = outbox.add(name, summary, run)
        parser.add_argument("id", metavar="ID", type=positive, help=_("the number of a message in the outbox"))
        engine_options(parser)


def send(context: Context, args: argparse.Namespace) -> int:
    """Freeze a message and queue it."""
    from tui_mail.cli.service import make_store

    given = [part for part in _PARTS if getattr(args, part) is not None]
    if args.file is not None and given:
        raise UsageError(_("Name a FILE, or say what the message is made of with options; not both."))
    if args.file is None and not given:
        raise UsageError(_("Name a FILE (- is standard input), or say --to, --subject and --body."))
    if not context.accounts:
        raise UsageError(_("There is no account yet: add one with `tui-mail account add EMAIL`."))
    make_store(context)
    if args.file is not None:
        account, built = _from_file(context, args.file)
        draft = None
    else:
        draft, built = _from_options(context, args)
        account = draft.identity.account
    hold = 0 if args.now else context.settings.send.undo_hold
    number = context.outbox.queue(account, built, draft=draft, hold=hold)
    return see_to(context, args, number)


def list_messages(context: Context, _args: argparse.Namespace) -> int:
    """Every message, oldest first; those that were sent or taken back are kept for 30 days."""
    from tui_mail.cli.shapes import outbox_shape
    from tui_mail.text.dates import ago

    known = context.outbox.messages(ended=True) if context.home.keep_db.exists() else []
    messages = [each for each in known if context.account in {None, each.account}]
    if context.json:
        context.out.document([outbox_shape(message) for message in messages])
        return exits.DONE
    now = context.clock.now()
    context.out.rows(
        [
            (str(each.id), _state(each, now), each.to, each.subject, ago(now - each.created), each.error)
            for each in messages
        ],
        right=(0,),
        widths=(0, 0, 30, 40, 0, 0),
    )
    if not messages:
        context.out.note(_("The outbox is empty."))
    return exits.DONE


def retry(context: Context, args: argparse.Namespace) -> int:
    """Send it now."""
    context.outbox.retry(_number(context, args))
    return see_to(context, args, _number(context, args))


def cancel(context: Context, args: argparse.Namespace) -> int:
    """Take it back."""
    number = _number(context, args)
    context.outbox.cancel(number)
    context.drafts.file_abandoned(patience=0)  # no composer is going to open
    return see_to(context, args, number, wait=False)


def mark_sent(context: Context, args: argparse.Namespace) -> int:
    """Believe the person."""
    number = _number(context, args)
    context.outbox.mark_sent(number)
    return see_to(context, args, number, wait=False)


# -- a message


def _from_file(context: Context, name: str) -> tuple[AccountName, Built]:
    """A whole message; its From chooses the account. Raises UsageError."""
    from tui_mail.mime.compose.build import prepare

    try:
        if name == "-":
            raw = sys.stdin.buffer.read(_LARGEST)
        else:
            with Path(name).open("rb") as stream:
                raw = stream.read(_LARGEST)
    except OSError as error:
        raise UsageError(
            _("{path} cannot be read: {reason}.").format(path=name, reason=error.strerror or error)
        ) from error
    built = prepare(raw, context.clock.now())
    return _identity(context, built.sender).account, built


def _from_options(context: Context, args: argparse.Namespace) -> tuple[Draft, Built]:
    """A message made of options. Raises UsageError."""
    from tui_mail.mime.compose.build import build
    from tui_mail.model.draft import Draft

    identity = _identity(context, args.sender)
    body = args.body or ""
    if body == "-":
        body = from_stdin(lambda: sys.stdin.read(_LARGEST))
    draft = Draft(
        identity=identity,
        to=", ".join(args.to or ()),
        cc=", ".join(args.cc or ()),
        bcc=", ".join(args.bcc or ()),
        subject=args.subject or "",
        body=body,
        attachments=tuple(context.drafts.attach(path) for path in args.attach or ()),
    )
    return draft, build(draft, context.drafts.octets, context.clock.now())


def _identity(context: Context, wanted: str | None) -> Identity:
    """Who the message is from. Raises UsageError with the choices."""
    from tui_mail.config.accounts import identities
    from tui_mail.mime.compose.domains import ascii_address
    from tui_mail.mime.compose.recipients import read_recipients

    known = [
        one for account in context.accounts if context.account in {None, account.name} for one in identities(account)
    ]
    if wanted is None:
        if len({one.account for one in known}) == 1:
            return known[0]
        raise UsageError(_("Say who it is from with --from: {addresses}.").format(addresses=_listed(known)))
    named = read_recipients(wanted)
    for one in known:
        if len(named) == 1 and ascii_address(one.address).lower() == ascii_address(named[0].address).lower():
            return one
    raise UsageError(
        _("No account sends as {address}; there are: {addresses}. `tui-mail account edit` takes --alias.").format(
            address=wanted, addresses=_listed(known)
        )
    )


def _listed(known: list[Identity]) -> str:
    return ", ".join(one.address for one in known)


# -- what follows


def _number(context: Context, args: argparse.Namespace) -> OutboxId:
    from tui_mail.model.ids import OutboxId

    if not context.home.keep_db.exists():
        raise NotFound(_("There is no message {number} in the outbox.").format(number=args.id))
    return OutboxId(args.id)


def see_to(context: Context, args: argparse.Namespace, number: OutboxId, *, wait: bool = True) -> int:
    """Let the engine take notice or wait for it, say where the message stands, return the exit code."""
    from tui_mail.cli.service import ask, wake
    from tui_mail.cli.shapes import outbox_shape
    from tui_mail.link.messages import WaitOutbox
    from tui_mail.model.outbox import PUBLIC_STATES, OutboxState

    error: TuiMailError | None = None
    if args.now and wait:
        try:
            ask(context, WaitOutbox(id=1, messages=[number]))
        except TuiMailError as failure:
            error = failure
    elif not args.no_engine:
        wake(context)
    message = context.outbox.message(number)
    assert message is not None  # its number was given just now
    if error is not None and message.state is OutboxState.SENT:
        context.out.note(
            _("The message was sent; its copy in Sent may have to wait. {reason}").format(reason=error.text)
        )
        error = None
    kind = error.kind if error is not None else message.error_kind if args.now and wait else ""
    text = error.text if error is not None else message.error
    document: dict[str, Any] = {key: outbox_shape(message)[key] for key in ("id", "state")}
    assert document["state"] == PUBLIC_STATES[message.state]
    if kind:
        document["error"] = {"kind": kind, "message": text}
        context.out.note(text)
    if context.json:
        context.out.document(document)
    elif not kind:
        context.out.line(_said(message, context.clock.now()))
    return _code(message, kind)


def _code(message: OutboxMessage, kind: str) -> int:
    """What the outcome means for a script; one of several recipients reached is partly done."""
    from tui_mail.model.outbox import RecipientState

    if not kind:
        return exits.DONE
    if any(one.state is RecipientState.ACCEPTED for one in message.recipients):
        return exits.PARTLY
    return exits.code_of(kind)


def _said(message: OutboxMessage, now: float) -> str:
    return _("Message {id} to {to}: {state}.").format(id=message.id, to=message.to, state=_state(message, now))


def _state(message: OutboxMessage, now: float) -> str:
    """Where a message stands, in words."""
    from tui_mail.model.outbox import OutboxState

    match message.state:
        case OutboxState.QUEUED:
            wait = message.not_before - now
            if wait <= 0:
                return _("to be sent")
            if message.held:
                return _("sent in {seconds:.0f} s").format(seconds=wait)
            return _("waits")
        case OutboxState.SENDING | OutboxState.COMMITTING:
            return _("being sent")
        case OutboxState.SENT:
            return _("sent")
        case OutboxState.FAILED:
            return _("not sent")
        case OutboxState.AMBIGUOUS:
            return _("may have been sent")
        case _:
            return _("taken back")
