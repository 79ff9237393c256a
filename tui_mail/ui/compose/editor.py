"""The text of a message in the person's own editor: $VISUAL or $EDITOR, while the program stands aside.

Owns which program that is, the private file it gets, and what its end means. Must not know the composer. The program is
run without a shell. Nothing is raised while the terminal is the editor's: an error there would leave it in the wrong
mode, so all that goes wrong is carried out and said afterwards.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from textual.app import SuspendNotSupported

from tui_mail.mime.charsets import decode
from tui_mail.model.errors import UsageError
from tui_mail.model.words import _

FALLBACKS = ("nano", "vi")
NAME = "message.eml"
"""What the file is called: editors know by the ending that it is mail."""
LARGEST = 16 << 20
"""Octets of a text; more is no letter."""
Suspend = Callable[[], AbstractContextManager[None]]
"""Gives the terminal away for as long as the context lasts."""


@dataclass(frozen=True, slots=True)
class Edited:
    """How it ended."""

    text: str | None
    """What the person wrote; None where the text is as it was."""
    said: str
    """One sentence for the person."""
    trouble: bool = False


def command(environ: Mapping[str, str] = os.environ) -> list[str]:
    """The editor and its arguments. Raises UsageError when there is none, or when its name cannot be read."""
    for variable in ("VISUAL", "EDITOR"):
        wish = environ.get(variable, "").strip()
        if not wish:
            continue
        try:
            words = shlex.split(wish)
        except ValueError as error:
            raise UsageError(_("${name} is not a command: {reason}.").format(name=variable, reason=error)) from error
        if words:
            return words
    for name in FALLBACKS:
        if shutil.which(name, path=environ.get("PATH")):
            return [name]
    raise UsageError(_("There is no editor here: set $EDITOR to the one you like."))


def edit(text: str, words: list[str], suspend: Suspend) -> Edited:
    """Let the person edit ``text`` with the command ``words``; returns when that program has ended."""
    name = Path(words[0]).name
    try:
        folder = Path(tempfile.mkdtemp(prefix="tui-mail-"))
    except OSError as error:
        return Edited(
            None, _("No file could be made for {program}: {reason}.").format(**_why(name, error)), trouble=True
        )
    path = folder / NAME
    keep = True  # until what was written is in hand
    try:
        before = (text if text.endswith("\n") or not text else text + "\n").encode("utf-8", "replace")
        _write(path, before)
        code, failure = _run([*words, str(path)], suspend)
        after = _read(path)
        keep = False
        if failure is not None:
            return Edited(None, _("{program} cannot be run: {reason}.").format(**_why(name, failure)), trouble=True)
        if after is not None and len(after) > LARGEST:
            keep = True
            said = _("{program} left too much text for a message, so it is as it was; what it wrote is in {path}.")
            return Edited(None, said.format(program=name, path=path), trouble=True)
        if code:
            keep = after is not None and after != before
            return Edited(None, _ended_badly(name, code, path if keep else None), trouble=True)
        if after is None:
            return Edited(None, _("{program} left no file; the text is as it was.").format(program=name), trouble=True)
        if after == before:
            return Edited(None, _("Nothing was changed."))
        return Edited(
            _text(after, ends=text.endswith("\n")), _("The text is as {program} left it.").format(program=name)
        )
    except OSError as error:  # of the file; or of the terminal, which did not come back
        said = _("{program} got no file: {reason}.")
        if path.exists():
            said = _("{program} ended, and then: {reason}. What it wrote is in {path}.")
        return Edited(None, said.format(**_why(name, error), path=path), trouble=True)
    finally:
        if not (keep and path.exists()):
            shutil.rmtree(folder, ignore_errors=True)


def _run(words: list[str], suspend: Suspend) -> tuple[int, OSError | None]:
    """The exit code, or why it could not be run."""
    code, failure = 0, None
    # ctrl+c and ctrl+\ belong to the editor. A handler of ours, and not "ignored", which the editor would inherit.
    earlier = {number: signal.signal(number, _nothing) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        with suspend():
            try:
                code = subprocess.run(words, check=False).returncode
            except (OSError, ValueError) as error:
                failure = error if isinstance(error, OSError) else OSError(0, str(error))
    except SuspendNotSupported:
        failure = OSError(0, _("this terminal cannot be given away"))
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
    return code, failure


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Taken, and that is all."""


def _write(path: Path, octets: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(octets)


def _read(path: Path) -> bytes | None:
    """What is in the file now, whichever file that is: many editors put a new one in its place."""
    try:
        with path.open("rb") as stream:
            return stream.read(LARGEST + 1)
    except FileNotFoundError:
        return None


def _text(octets: bytes, *, ends: bool) -> str:
    text = decode(octets).replace("\r\n", "\n").replace("\r", "\n")
    return text if ends else text.removesuffix("\n")


def _ended_badly(name: str, code: int, kept: Path | None) -> str:
    words = _("{program} ended with {code}, so the text is as it was.")
    if kept is not None:
        words = _("{program} ended with {code}, so the text is as it was; what it wrote is in {path}.")
    return words.format(program=name, code=code, path=kept)


def _why(name: str, error: OSError) -> dict[str, str]:
    return {"program": name, "reason": error.strerror or str(error)}
