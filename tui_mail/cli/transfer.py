"""``export`` and ``import``: a folder to an mbox file or a Maildir, and back.

Owns what becomes of messages that are not here yet and of a file that exists. The formats are ``mime``'s.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tui_mail.cli import exits
from tui_mail.cli.names import counted
from tui_mail.cli.options import engine_options
from tui_mail.cli.output import unwritable
from tui_mail.cli.parser import Commands
from tui_mail.model.errors import TuiMailError, UsageError
from tui_mail.model.flags import Flag
from tui_mail.model.words import _, ngettext

if TYPE_CHECKING:
    from tui_mail.cli.context import Context
    from tui_mail.model.mail import Folder, Item

_HEAD = 1 << 16
_FIELD = re.compile(rb"(?:\xef\xbb\xbf)?[!-9;-~]{1,100}[ \t]*:")
"""How a message begins: with a header field (RFC 5322, 2.2)."""
_OF_MAIL = re.compile(
    rb"^(?:\xef\xbb\xbf)?(?:Resent-)?(?:From|To|Cc|Bcc|Sender|Reply-To|Subject|Date|Message-ID|Received|Return-Path|MIME-Version"
    rb"|Content-Type|Delivered-To|In-Reply-To|References|List-[a-z]+|X-[a-z0-9-]+)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
"""A field that tells a message from other files whose lines hold a colon."""


def register(commands: Commands) -> None:
    """Add the commands."""
    parser = commands.add("export", _("write the messages of a folder to an mbox file or a Maildir"), export)
    parser.add_argument("folder", metavar="FOLDER", help=_("a path, a role, or NAME:FOLDER"))
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--mbox", metavar="FILE", type=Path, help=_("a new file, in the mboxrd format"))
    which.add_argument("--maildir", metavar="DIR", type=Path, help=_("a new directory, or a Maildir to add to"))
    parser = commands.add(
        "import", _("put messages of an mbox file, a Maildir or an .eml file into a folder"), bring_in
    )
    parser.add_argument("path", metavar="PATH", type=Path, help=_("what to read"))
    parser.add_argument("--folder", metavar="F", required=True, help=_("where to: a path, a role, or NAME:FOLDER"))
    engine_options(parser)


def export(context: Context, args: argparse.Namespace) -> int:
    """Write every message of the folder, oldest first; what is not here is fetched first."""
    from tui_mail.cli.names import one_folder

    folder = one_folder(context, args.folder)
    path: Path = args.mbox or args.maildir
    if args.mbox is not None and path.exists():
        raise UsageError(_("{path} exists already: name a new file.").format(path=path))
    if args.maildir is not None and path.exists() and not (path / "cur").is_dir() and _has_entries(path):
        raise UsageError(_("{path} exists and is no Maildir: name a new directory.").format(path=path))
    _fetch_missing(context, folder)
    try:
        written, missing = _to_mbox(context, folder, path) if args.mbox else _to_maildir(context, folder, path)
    except OSError as error:
        raise unwritable(path, error) from error
    if context.json:
        context.out.document(
            {
                "account": folder.account,
                "folder": folder.path,
                "path": str(path),
                "messages": written,
                "missing": missing,
            }
        )
    else:
        context.out.note(_("Wrote {messages} to {path}.").format(messages=counted(written), path=path))
    if missing:
        text = ngettext(
            "{count} message could not be fetched and is not in it; try again later.",
            "{count} messages could not be fetched and are not in it; try again later.",
            missing,
        )
        context.out.note(text.format(count=missing))
    return exits.PARTLY if missing else exits.DONE


def _fetch_missing(context: Context, folder: Folder) -> None:
    """Bring the bodies that are not here, in one round over the folder."""
    from tui_mail.cli.service import ask
    from tui_mail.link.messages import Sync

    if all(item.has_body for item in _items(context, folder)):
        return
    try:
        ask(context, Sync(id=1, account=folder.account, folder=folder.path, bodies="all"))
    except TuiMailError as error:
        context.out.note(error.text)  # what is here is written all the same, and what is missing is counted


def _items(context: Context, folder: Folder) -> Iterator[Item]:
    """The folder's items, oldest first."""
    from tui_mail.model.ids import ItemId
    from tui_mail.store.reading.query import ListQuery

    query = ListQuery(folders=(folder.id,), descending=False)
    for chunk in context.reader.item_keys(query):
        for start in range(0, len(chunk), 500):
            yield from context.reader.items([ItemId(number) for number in chunk[start : start + 500]])


def _to_mbox(context: Context, folder: Folder, path: Path) -> tuple[int, int]:
    """Messages written and missing. The file appears under its name when it is whole."""
    from tui_mail.mime.mbox import write_mboxrd

    written = missing = 0
    half = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with half.open("xb") as stream:
            for item in _items(context, folder):
                raw = context.reader.raw(item.id)
                if raw is None:
                    missing += 1
                    continue
                sender = item.from_[0].address if item.from_ else ""
                write_mboxrd(stream, raw, sender, item.received)
                written += 1
            stream.flush()
            os.fsync(stream.fileno())
        half.rename(path)
    finally:
        half.unlink(missing_ok=True)
    return written, missing


def _to_maildir(context: Context, folder: Folder, path: Path) -> tuple[int, int]:
    """Messages written and missing; each file holds the stored bytes."""
    from tui_mail.mime.maildir import write

    written = missing = 0
    for item in _items(context, folder):
        raw = context.reader.raw(item.id)
        if raw is None:
            missing += 1
            continue
        write(path, raw, item.flags, item.received)
        written += 1
    return written, missing


def _has_entries(path: Path) -> bool:
    return not path.is_dir() or any(path.iterdir())


def bring_in(context: Context, args: argparse.Namespace) -> int:
    """Queue every message of an mbox file, a Maildir or an .eml file for a folder, as one action."""
    from tui_mail.cli.service import carry_out, make_store
    from tui_mail.store.disk.rawfiles import RawFiles

    messages = ((raw, flags, (), received) for raw, flags, received in _messages(args.path) if raw.strip())
    first = next(messages, None)
    if first is None:  # said before a folder is created for it
        raise UsageError(_("There is no message in {path}.").format(path=args.path))
    make_store(context)
    folder = _destination(context, args.folder)
    action = context.gestures.append(folder.id, itertools.chain((first,), messages), RawFiles(context.home))
    return carry_out(context, args, action)


def _destination(context: Context, spec: str) -> Folder:
    """The folder of ``--folder``; a role's folder is created where it is missing."""
    from tui_mail.cli.names import one_account, one_folder, split_spec
    from tui_mail.model.mail import Role

    named, path = split_spec(context, spec)
    made = {role.value: role for role in (Role.ARCHIVE, Role.TRASH, Role.JUNK, Role.DRAFTS, Role.SENT)}
    account = named or one_account(context)
    if path.lower() in made and not context.reader.find_folder(path, account):
        found = context.reader.folder(context.gestures.role_folder(account, made[path.lower()]))
        assert found is not None
        return found
    return one_folder(context, f"{account}:{path}")


def _messages(path: Path) -> Iterator[tuple[bytes, Flag, int]]:
    """Bytes, flags and date received (seconds UTC, 0: not known) of every message under ``path``, one at a time."""
    from tui_mail.mime import maildir, mbox

    try:
        if path.is_dir():
            yield from maildir.read(path)
            return
        with path.open("rb") as stream:
            head = stream.read(_HEAD).lstrip(b"\r\n")
            stream.seek(0)
            if mbox.is_begun(head):
                for raw, received in mbox.read_dated(stream):
                    yield raw, Flag.NONE, received or 0
            elif _is_message(head):
                yield stream.read(), Flag.NONE, 0
            elif head:
                raise UsageError(
                    _("{path} is neither an mbox file nor a Maildir nor a message: name one of these.").format(
                        path=path
                    )
                )
    except OSError as error:
        raise UsageError(
            _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror or error)
        ) from error


def _is_message(head: bytes) -> bool:
    """True when a file that begins with ``head`` is one message."""
    fields = re.split(rb"\r?\n\r?\n|\r\r", head, maxsplit=1)[0].replace(b"\r", b"\n")
    return _FIELD.match(head) is not None and _OF_MAIL.search(fields) is not None
