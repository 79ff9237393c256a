"""The checks of ``doctor``: each looks at one thing and says how it is, and what to do where it is wrong.

Owns what is looked at. Must not change anything.
"""

from __future__ import annotations

import enum
import os
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_mail.model.words import _, ngettext

if TYPE_CHECKING:
    from tui_mail.cli.context import Context


class Level(enum.StrEnum):
    """How a finding is to be taken."""

    OK = "ok"
    NOTE = "note"
    """Works, but a person may want to know."""
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    check: str
    level: Level
    text: str
    advice: str = ""


Check = Callable[["Context"], list[Finding]]

_TIGHT: Final = 200_000_000
_FULL: Final = 20_000_000


def versions(_context: Context) -> list[Finding]:
    """The program, Python and the libraries that matter in a report."""
    import platform
    from importlib import metadata

    import tui_mail

    libraries = []
    for name in ("textual", "imapclient", "aiosmtplib", "keyring"):
        try:
            libraries.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            return [
                Finding(
                    "versions",
                    Level.BAD,
                    _("The library {name} is missing.").format(name=name),
                    _("Install tui-mail again, with pipx for instance."),
                )
            ]
    system = f"{platform.system()} {platform.release()}"
    python = f"Python {platform.python_version()}"
    return [Finding("versions", Level.OK, ", ".join([f"tui-mail {tui_mail.__version__}", python, system, *libraries]))]


def directories(context: Context) -> list[Finding]:
    """Directories and files of the home: there, ours, private."""
    home, found = context.home, []
    for path in (home.config, home.accounts_dir, home.data, home.raw_dir, home.state, home.run):
        if not path.is_dir():
            continue  # made when it is needed
        found += _private(path, 0o700)
    files = [home.keep_db, home.mail_db, home.log_file, home.settings_file]
    if home.accounts_dir.is_dir():
        files += sorted(home.accounts_dir.iterdir())
    for path in files:
        if path.is_file():
            found += _private(path, 0o600)
    for path in (home.config, home.data, home.state):
        there = next(each for each in (path, *path.parents) if each.exists())
        if not os.access(there, os.W_OK | os.X_OK):
            text = _("{path} cannot be written to.").format(path=there)
            found.append(Finding("directories", Level.BAD, text, _("Change its permissions, or choose --home DIR.")))
    if not found:
        where = str(home.root) if home.root is not None else f"{home.config}, {home.data}, {home.state}"
        found.append(Finding("directories", Level.OK, where))
    return found


def _private(path: Path, mode: int) -> list[Finding]:
    status = path.stat()
    if status.st_uid != os.getuid():
        advice = _("Run tui-mail as the owner, or: chown {user} {path}").format(user=os.getuid(), path=path)
        return [Finding("directories", Level.BAD, _("{path} belongs to someone else.").format(path=path), advice)]
    if stat.S_IMODE(status.st_mode) & 0o077:
        text = _("{path} can be read by others on this machine.").format(path=path)
        return [Finding("directories", Level.BAD, text, f"chmod {mode:o} {path}")]
    return []


def space(context: Context) -> list[Finding]:
    """Free space, and whether the disk is one that SQLite can trust."""
    import shutil

    from tui_mail.config.disk import existing, file_system
    from tui_mail.model.errors import StoreError
    from tui_mail.store.disk.wal import check_disk
    from tui_mail.text.sizes import human_size

    home = context.home
    path = existing(home.data)
    free = shutil.disk_usage(path).free
    text = _("{free} free on the disk of {path}.").format(free=human_size(free), path=home.data)
    advice = _("Free some space: without it no mail can be stored.")
    level = Level.BAD if free < _FULL else Level.NOTE if free < _TIGHT else Level.OK
    found = [Finding("space", level, text, "" if level is Level.OK else advice)]
    kind = file_system(home.data)
    if kind == "9p":
        text = _("{path} is on a file system ({kind}) that another machine may share, where locks may not work.")
        advice = _("Use tui-mail on one machine at a time, or keep it on a local disk with --home.")
        found.append(Finding("space", Level.NOTE, text.format(path=path, kind=kind), advice))
    try:
        check_disk(home)
    except StoreError as error:
        advice = _("Choose a directory of a local disk: tui-mail --home DIR, or TUI_MAIL_HOME.")
        found.append(Finding("space", Level.BAD, error.text, advice))
    return found


def configuration(context: Context) -> list[Finding]:
    """Every file of configuration."""
    from tui_mail.cli.config_command import config_problems

    problems = config_problems(context)
    if not problems:
        return [Finding("configuration", Level.OK, _("Every file is right."))]
    return [Finding("configuration", Level.BAD, problem, _("Change that file.")) for problem in problems]


def accounts(context: Context) -> list[Finding]:
    """Whether there is an account, and what each lacks."""
    found = []
    for account in context.accounts:
        incoming = account.imap or account.pop3
        if incoming is not None and incoming.security == "none":
            found.append(
                Finding("accounts", Level.NOTE, _("{name} signs in without encryption.").format(name=account.name))
            )
        for server in (account.imap, account.pop3, account.smtp):
            if server is not None and server.ca_file and not Path(server.ca_file).is_file():
                text = _("{name}: {path} is missing.").format(name=account.name, path=server.ca_file)
                advice = _("tui-mail account edit {name} --ca-file PEM").format(name=account.name)
                found.append(Finding("accounts", Level.BAD, text, advice))
    if not context.accounts:
        text, advice = _("There is no account yet."), _("tui-mail account add EMAIL, or try: tui-mail demo")
        return [Finding("accounts", Level.NOTE, text, advice)]
    return found or [Finding("accounts", Level.OK, ", ".join(account.name for account in context.accounts))]


def store(context: Context) -> list[Finding]:
    """Both database files, read through."""
    from tui_mail.store.disk.files import is_older
    from tui_mail.store.upkeep.examine import examine

    found = [Finding("store", Level.BAD, fault.text, fault.advice) for fault in examine(context.home)]
    if found:
        return found
    if is_older(context.home):
        text = _("It is of an older tui-mail.")
        return [Finding("store", Level.NOTE, text, _("tui-mail sync brings it up to date; so does any other command."))]
    count = sum(folder.total for folder in context.reader.folders())
    return [Finding("store", Level.OK, _("Sound; {count} messages in its folders.").format(count=count))]


def local_mail(context: Context) -> list[Finding]:
    """Mail of which the only copy is here: its files, and whether an account still shows it."""
    from tui_mail.store.disk.files import is_older

    if is_older(context.home):
        return []  # it cannot be read yet
    found = []
    names = {account.name for account in context.accounts}
    for total in context.reader.local_totals():
        if total.missing:
            text = ngettext(
                "{name}: the file of {count} message is missing.",
                "{name}: the files of {count} messages are missing.",
                total.missing,
            ).format(name=total.account, count=total.missing)
            advice = _("Put back what was removed from {path}, or `tui-mail restore DIR` from a backup.")
            found.append(Finding("local_mail", Level.BAD, text, advice.format(path=context.home.raw_dir)))
        elif total.account not in names and total.messages:
            text = ngettext(
                "{count} message of {name}, which is no account any more, is kept here.",
                "{count} messages of {name}, which is no account any more, are kept here.",
                total.messages,
            ).format(name=total.account, count=total.messages)
            advice = _("`tui-mail account add EMAIL --name {name} --pop3 HOST` shows them again.")
            found.append(Finding("local_mail", Level.NOTE, text, advice.format(name=total.account)))
        elif total.messages:
            text = ngettext(
                "{name}: {count} message, all files there", "{name}: {count} messages, all files there", total.messages
            )
            if total.only_here:
                text += _("; {only} on no server.")
            else:
                text += _("; a server still has every one.")
            text = text.format(name=total.account, count=total.messages, only=total.only_here)
            advice = _("`tui-mail backup DIR` now and then.") if total.only_here else ""
            found.append(Finding("local_mail", Level.OK, text, advice))
    return found


def waiting(context: Context) -> list[Finding]:
    """Operations that will not go on by themselves."""
    from tui_mail.model.operation import OperationState
    from tui_mail.store.disk.files import is_older

    if is_older(context.home):
        return []  # it cannot be read yet
    operations = context.reader.pending()
    stuck = [each for each in operations if each.state in {OperationState.FAILED, OperationState.CONFLICT}]
    if stuck:
        text = ngettext(
            "{count} change could not be carried out.", "{count} changes could not be carried out.", len(stuck)
        ).format(count=len(stuck))
        return [
            Finding("waiting", Level.NOTE, text, _("tui-mail pending says why; --retry ID and --forget ID decide."))
        ]
    text = ngettext("{count} change waits for a server.", "{count} changes wait for a server.", len(operations))
    return [Finding("waiting", Level.OK, text.format(count=len(operations)))]


def engine(context: Context) -> list[Finding]:
    """The background process."""
    import time

    from tui_mail import __version__
    from tui_mail.cli.engine_command import status_shape
    from tui_mail.link.crashes import refuse_loop

    shape = status_shape(context)["engine"]
    if not shape["running"]:
        refuse_loop(context.home, time.time())
        return [Finding("engine", Level.OK, _("None runs; it starts when it is needed."))]
    if shape["version"] is None:
        text = _("Process {pid} holds the lock but does not answer.").format(pid=shape["pid"])
        return [Finding("engine", Level.BAD, text, _("tui-mail engine --stop"))]
    text = _("Process {pid}, version {version}.").format(pid=shape["pid"], version=shape["version"])
    if shape["version"] != __version__:
        return [Finding("engine", Level.NOTE, text, _("tui-mail engine --stop, so that this version takes over."))]
    return [Finding("engine", Level.OK, text)]


def passwords(context: Context) -> list[Finding]:
    """Where secrets are kept, and whether each account has one."""
    import shutil

    from tui_mail.cli.account_secret import kept_secret
    from tui_mail.engine.secrets import real_keyring
    from tui_mail.model.errors import SignInRefused

    found = []
    for account in context.accounts:
        # A program that gives the secret is not run: it may ask for a passphrase on a screen nobody looks at.
        command = account.password_command or account.token_command
        if command and shutil.which(command[0]) is None:
            text = _("{name}: there is no program {program} to ask for the password.")
            advice = _("tui-mail account edit {name} --password-command CMD").format(name=account.name)
            text = text.format(name=account.name, program=command[0])
            found.append(Finding("passwords", Level.BAD, text, advice))
        try:
            kept_secret(context, account)
        except SignInRefused as error:
            advice = _("tui-mail account password {name}").format(name=account.name)
            found.append(Finding("passwords", Level.BAD, error.text, advice))
    ring = real_keyring()
    text = _("The keyring is {name}.").format(name=ring.name) if ring else _("There is no system keyring here.")
    return found or [Finding("passwords", Level.OK, text)]


def terminal(context: Context) -> list[Finding]:
    """What the terminal says of itself."""
    environ = context.environ
    name, found = environ.get("TERM", ""), []
    if sys.stdout.isatty() and name in {"", "dumb"}:
        text = _("TERM is {name}: no screen can be drawn.").format(name=name or _("not set"))
        found.append(Finding("terminal", Level.BAD, text, "export TERM=xterm-256color"))
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    if encoding != "utf8":
        text = _("The terminal's encoding is {name}: names may look wrong.").format(name=sys.stdout.encoding)
        found.append(Finding("terminal", Level.NOTE, text, _("Set a locale of UTF-8: export LANG=C.UTF-8")))
    words = [
        name or "-",
        environ.get("COLORTERM", ""),
        "tmux" if "TMUX" in environ else "",
        "SSH" if "SSH_TTY" in environ else "",
    ]
    return found or [Finding("terminal", Level.OK, ", ".join(word for word in words if word))]


def logins(context: Context) -> list[Finding]:
    """Every login, over the network."""
    from tui_mail.cli.account_secret import kept_secret
    from tui_mail.cli.service import try_account
    from tui_mail.model.errors import TuiMailError

    found = []
    for account in context.accounts:
        try:
            server = try_account(context, account, kept_secret(context, account))
        except TuiMailError as error:
            found.append(Finding("logins", Level.BAD, f"{account.name}: {error.text}"))
        else:
            found.append(Finding("logins", Level.OK, f"{account.name}: {server}" if server else account.name))
    return found


CHECKS: Final[tuple[Check, ...]] = (
    versions,
    directories,
    space,
    configuration,
    accounts,
    store,
    local_mail,
    waiting,
    engine,
    passwords,
    terminal,
)
