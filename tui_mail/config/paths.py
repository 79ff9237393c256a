"""Where everything lives: one ``Home`` per store.

Owns the names of directories and files and their modes. Must not know what the files hold.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tui_mail.config.disk import refuse_network
from tui_mail.model.errors import ConfigError
from tui_mail.model.words import _

SOCKET_LIMIT = 100
"""Octets of a socket's path; sun_path holds 104 on macOS and 108 on Linux, its NUL included."""

_PROGRAM = "tui-mail"


def expanded(path: str | Path) -> Path:
    """``path`` with a person's directory in place of a ~ at its start; unchanged where there is no such person."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 -- Path's own raises for a person that is not there


@dataclass(frozen=True, slots=True)
class Home:
    """The four directories of one store and the files in them."""

    config: Path
    data: Path
    state: Path
    run: Path
    root: Path | None = None
    """The directory of ``--home`` or ``TUI_MAIL_HOME``; None when the XDG directories are used."""

    @classmethod
    def find(cls, option: str | None, environ: Mapping[str, str]) -> Home:
        """The home named by ``--home``, else by ``TUI_MAIL_HOME``, else the XDG directories. Creates nothing."""
        named = option if option is not None else environ.get("TUI_MAIL_HOME", "")
        if option == "":
            raise ConfigError(_("--home is empty: name a directory."))
        if named:
            root = Path(os.path.abspath(expanded(named)))  # noqa: PTH100 -- Path.resolve would follow links, and the socket's path grows
            return cls(root / "config", root / "data", root / "state", _short_run(root / "run", root, environ), root)
        person = Path(environ.get("HOME") or Path.home())
        state = _xdg(environ, "XDG_STATE_HOME", person / ".local/state")
        data = _xdg(environ, "XDG_DATA_HOME", person / ".local/share")
        runtime = _runtime_directory(environ)
        run = state / "run" if runtime is None else runtime / _PROGRAM
        return cls(_xdg(environ, "XDG_CONFIG_HOME", person / ".config"), data, state, _short_run(run, data, environ))

    @property
    def config_file(self) -> Path:
        """The person's own file; never written by the program."""
        return self.config / "config.toml"

    @property
    def accounts_dir(self) -> Path:
        return self.config / "accounts"

    @property
    def themes_dir(self) -> Path:
        return self.config / "themes"

    @property
    def keymaps_dir(self) -> Path:
        return self.config / "keymaps"

    @property
    def settings_file(self) -> Path:
        """What was chosen inside the user interface."""
        return self.state / "settings.toml"

    @property
    def keep_db(self) -> Path:
        return self.data / "keep.db"

    @property
    def mail_db(self) -> Path:
        return self.data / "mail.db"

    @property
    def raw_dir(self) -> Path:
        return self.data / "raw"

    @property
    def log_file(self) -> Path:
        return self.state / "engine.log"

    @property
    def socket(self) -> Path:
        return self.run / "engine.sock"

    @property
    def lock_file(self) -> Path:
        """Beside the data that it guards, so that every session finds the same one."""
        return self.data / "engine.lock"

    @property
    def arguments(self) -> list[str]:
        """What to give a second process of this program so that it finds the same home."""
        return [] if self.root is None else ["--home", str(self.root)]

    def create(self) -> None:
        """Make the directories that are missing, mode 0700; those of data, state and run are tightened to it.

        Raises ConfigError where a directory cannot be made, is no directory or belongs to someone else, StoreError where
        the data would be on a file system of another machine.
        """
        refuse_network(self.data)
        if self.root is not None:
            private_directory(self.root, tighten=False)
        # A directory of configuration may be a link into files kept elsewhere: it is made private, never changed.
        for path in (self.config, self.accounts_dir):
            private_directory(path, tighten=False)
        for path in (self.data, self.raw_dir, self.state):
            private_directory(path)
        if self.run.parent.name == f"{_PROGRAM}-{os.getuid()}":
            private_directory(self.run.parent, strict=True)
        private_directory(self.run, strict=True)


def private_directory(path: Path, *, tighten: bool = True, strict: bool = False) -> None:
    """Make ``path`` (and its parents) with mode 0700; ``tighten`` an existing one of ours to it.

    ``strict``: the place may be writable by everyone, so a link or another owner is refused (a socket there would
    talk to a stranger). Raises ConfigError.
    """
    try:
        if not path.parent.is_dir():
            private_directory(path.parent, tighten=False)
        path.mkdir(mode=0o700, exist_ok=True)
        found = path.lstat() if strict else path.stat()
        if not stat.S_ISDIR(found.st_mode) or (strict and found.st_uid != os.getuid()):
            raise ConfigError(_("{path} is not a directory of yours: move it away.").format(path=path))
        if tighten and found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) != 0o700:
            path.chmod(0o700)
    except OSError as error:
        raise ConfigError(
            _("The directory {path} cannot be used: {reason}. Choose another with --home.").format(
                path=path, reason=error.strerror or error
            )
        ) from error


def _xdg(environ: Mapping[str, str], variable: str, default: Path) -> Path:
    """The program's directory under an XDG base directory; relative values are ignored, as the specification says."""
    value = environ.get(variable, "")
    return (Path(value) if value.startswith("/") else default) / _PROGRAM


def _runtime_directory(environ: Mapping[str, str]) -> Path | None:
    """$XDG_RUNTIME_DIR, else what it would be in a login session, so that cron and a terminal meet at one socket."""
    value = environ.get("XDG_RUNTIME_DIR", "")
    if value.startswith("/"):
        return Path(value)
    usual = Path(f"/run/user/{os.getuid()}")
    try:
        found = usual.stat()
    except OSError:
        return None
    return usual if found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) == 0o700 else None


def _short_run(run: Path, identity: Path, environ: Mapping[str, str]) -> Path:
    """``run``, or a directory with a short name made of ``identity`` where the socket's path would be too long."""
    if _fits(run):
        return run
    name = hashlib.sha256(os.fsencode(identity)).hexdigest()[:16]
    runtime = _runtime_directory(environ)
    if runtime is not None and _fits(runtime / _PROGRAM / name):
        return runtime / _PROGRAM / name
    return Path("/tmp") / f"{_PROGRAM}-{os.getuid()}" / name  # noqa: S108 -- create() refuses it unless it is ours alone


def _fits(run: Path) -> bool:
    return len(os.fsencode(run / "engine.sock")) <= SOCKET_LIMIT
