"""Maildir: one file per message, its flags in the file name.

Owns the naming and the way a message gets there whole or not at all. The file holds the message's bytes as they are.
Keywords beyond the six letters of Maildir have no place in it.
"""

from __future__ import annotations

import itertools
import os
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tui_mail.model.errors import UsageError
from tui_mail.model.flags import Flag
from tui_mail.model.words import _

MAX_MESSAGE: Final = 256 << 20
"""Octets; a longer file ends the reading with an error."""

_LETTERS: Final = (
    ("D", Flag.DRAFT),
    ("F", Flag.FLAGGED),
    ("P", Flag.FORWARDED),
    ("R", Flag.ANSWERED),
    ("S", Flag.SEEN),
    ("T", Flag.DELETED),
)
_INFO = re.compile(r":2,([A-Za-z]{0,52})$").search
_counter = itertools.count()


def write(directory: Path, raw: bytes, flags: Flag, received: int) -> Path:
    """Store ``raw`` in ``directory``, which is made a Maildir if need be; the file's time is ``received``.

    Written and synced under ``tmp`` first, so that a file in ``cur`` is always whole. Raises OSError.
    """
    for name in ("tmp", "new", "cur"):
        (directory / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    unique = f"{max(received, 0)}.M{time.time_ns() // 1000 % 1_000_000}P{os.getpid()}Q{next(_counter)}.tui-mail"
    letters = "".join(letter for letter, flag in _LETTERS if flags & flag)
    waiting, final = directory / "tmp" / unique, directory / "cur" / f"{unique}:2,{letters}"
    handle = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        os.utime(waiting, (max(received, 0), max(received, 0)))
        waiting.rename(final)
    except BaseException:
        waiting.unlink(missing_ok=True)
        raise
    return final


def read(directory: Path) -> Iterator[tuple[bytes, Flag, int]]:
    """Bytes, flags and time (of the file, seconds UTC) of every message, in the order of the file names.

    Links, pipes and what begins with a dot are passed over. Raises UsageError when ``directory`` is no Maildir or holds
    a file that is too long, OSError when it cannot be read.
    """
    places = [directory / name for name in ("cur", "new") if (directory / name).is_dir()]
    if not places:
        raise UsageError(_("{path} is no Maildir: it has neither cur nor new.").format(path=directory))
    paths = [path for place in places for path in place.iterdir() if not path.name.startswith(".")]
    for path in sorted(paths, key=lambda path: path.name):
        found = _read(path)
        if found is not None:
            raw, modified = found
            yield raw, _flags(path.name), modified


def _read(path: Path) -> tuple[bytes, int] | None:
    """Content and time of a plain file; None for anything else and for what has just been moved away."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None  # another program has renamed it: it changed a flag
    except OSError:
        if path.is_symlink() or not path.is_file():
            return None
        raise
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        return None
    with os.fdopen(handle, "rb") as file:
        if status.st_size > MAX_MESSAGE:
            raise UsageError(_("{path} is too long for a message; nothing from there on was read.").format(path=path))
        return file.read(), int(status.st_mtime)


def _flags(name: str) -> Flag:
    match = _INFO(name)
    letters = match[1] if match else ""
    flags = Flag.NONE
    for letter, flag in _LETTERS:
        if letter in letters:
            flags |= flag
    return flags
