"""Give an address or a file to the desktop's own opener, without a shell.

Owns which program that is and how it is called. Must not judge what is opened: the caller has asked.
"""

from __future__ import annotations

import atexit
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tui_mail.mime.dangers import runs
from tui_mail.model.errors import ConfigError
from tui_mail.model.words import _
from tui_mail.ui.reader import hosts

Start = Callable[[list[str]], None]
"""Starts a program and does not wait for it. Raises OSError."""

EXECUTABLE = frozenset(
    """app apk bash bat bin cmd com command cpl csh desktop dll elf exe fish gadget hta inf ins iso jar js jse ksh lnk
    msc msi msp out pif pl ps1 psm1 py pyc pyw rb reg run scf scpt scr sct sh so svg terminal url vb vbe vbs webloc
    workflow wsf wsh xpi zsh action dmg pkg deb rpm appimage flatpakref html htm xhtml shtml mht mhtml""".split()
)
"""Endings of files that do something when opened; web pages among them, since they run and fetch what they name."""
_TYPES = (
    "x-sh",
    "x-executable",
    "x-desktop",
    "x-msdownload",
    "javascript",
    "x-python",
    "x-perl",
    "java-archive",
    "html",
)


def executable(name: str, type_: str) -> bool:
    """True when the name or the type says that opening this could run something. Any of several endings counts."""
    endings = {part.strip().lower() for part in name.split(".")[1:]}
    return bool(endings & EXECUTABLE) or any(word in type_.lower() for word in _TYPES) or runs(name, type_)


def configured(setting: str, where: str) -> list[str]:
    """The command that a setting names; empty where it names none. Raises ConfigError, which begins with ``where``."""
    try:
        return shlex.split(setting)
    except ValueError as error:
        raise ConfigError(_("{where} is not a command: {reason}.").format(where=where, reason=error)) from error


def program(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> list[str]:
    """The opener's command; empty where a window cannot be opened (no desktop, or over SSH)."""
    if platform == "darwin":
        return ["open"] if "SSH_CONNECTION" not in environ else []
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY") or environ.get("WSL_DISTRO_NAME")):
        return []
    found = shutil.which("xdg-open", path=environ.get("PATH"))
    return [found] if found else []


_opened: list[Path] = []


def private_folder() -> Path:
    """A new folder that only this person can look into (0700), removed when the program ends. Raises OSError."""
    if not _opened:
        atexit.register(forget_opened)
    _opened.append(Path(tempfile.mkdtemp(prefix="tui-mail-")))
    return _opened[-1]


def forget_opened() -> None:
    """Remove what was written to be opened."""
    while _opened:
        shutil.rmtree(_opened.pop(), ignore_errors=True)


_running: list[subprocess.Popen[bytes]] = []


def start(command: list[str]) -> None:
    """Run ``command`` in a session of its own, without our terminal. Raises OSError."""
    _running[:] = [process for process in _running if process.poll() is None]  # those that ended are reaped
    _running.append(
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    )


def open_url(url: str, opener: list[str], run: Start = start) -> str:
    """Open ``url``; empty when it was handed over, else a sentence. Refuses what ``hosts.refusal`` refuses."""
    if hosts.refusal(url):
        return _("This address is not one that may be opened.")
    return _hand_over([*opener, url], opener, run)


def open_file(path: Path, opener: list[str], run: Start = start) -> str:
    """Open a file by its absolute path; empty when it was handed over, else a sentence."""
    return _hand_over([*opener, str(path.resolve())], opener, run)


def _hand_over(command: list[str], opener: list[str], run: Start) -> str:
    if not opener:
        return _("There is no desktop here to open it in.")
    try:
        run(command)
    except OSError as error:
        return _("{program} could not be started: {reason}.").format(program=opener[0], reason=error.strerror or error)
    return ""
