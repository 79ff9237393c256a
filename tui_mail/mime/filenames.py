"""Names for files that come from messages: harmless, never overwriting, never outside the folder chosen.

Owns the cleaning of names and the exclusive creation. Must not know parts. Whatever a message calls its attachment, the
result is one plain file in the folder.
"""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path
from typing import BinaryIO, Final

from tui_mail.text.safe import line

MAX_OCTETS: Final = 200
_NAMELESS: Final = "attachment"
_READ: Final = 1000
_TRIES: Final = 10_000
_SUFFIX_OCTETS: Final = 24
_BAD = re.compile(r"[\x00-\x1f\x7f-\x9f/\\:*?\"<>|␀-␡⟨⟩�]+")
_MARKER = re.compile(r"⟨U\+[0-9A-F]{4,6}⟩")
_SPACES = re.compile(r"\s+")
# Names that Windows keeps for devices, whatever follows the dot; such files could not be copied there.
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})


def safe_name(name: str) -> str:
    """A plain file name of at most ``MAX_OCTETS`` octets of UTF-8, made of ``name``; the extension is kept.

    Only what follows the last slash or backslash counts. No controls, no invisible or reordering characters; does not
    begin with a dot, a dash or a space nor end with a dot or a space; never empty.
    """
    name = re.split(r"[/\\]", name)[-1]
    shown = _MARKER.sub("", line(name[:_READ], 8 * _READ))
    cleaned = _SPACES.sub(" ", _BAD.sub("_", unicodedata.normalize("NFC", shown)))
    cleaned = cleaned.lstrip(" .-~_").rstrip(" .")
    if cleaned.partition(".")[0].strip().lower() in _DEVICES:
        cleaned = f"{_NAMELESS} {cleaned}"
    return _shortened(cleaned) or _NAMELESS


def _shortened(name: str) -> str:
    """At most ``MAX_OCTETS`` octets, taken from before the extension."""
    if len(name.encode()) <= MAX_OCTETS:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not dot or not stem or len(suffix.encode()) > _SUFFIX_OCTETS:
        stem, dot, suffix = name, "", ""
    room = MAX_OCTETS - len(f"{dot}{suffix}".encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + dot + suffix


def numbered(name: str, number: int) -> str:
    """``report.pdf`` as ``report (2).pdf``."""
    stem, dot, suffix = name.rpartition(".")
    if not stem:
        stem, dot, suffix = name, "", ""
    return f"{stem} ({number}){dot}{suffix}"


def unique_path(folder: Path, name: str) -> Path:
    """A path in ``folder`` that nothing has yet, for showing; ``create_unique`` is what makes sure."""
    plain = safe_name(name)
    for number in range(1, _TRIES):
        path = folder / (plain if number == 1 else numbered(plain, number))
        if not os.path.lexists(path):
            return path
    raise FileExistsError(f"{folder} holds too many files called {plain}.")


def write_unique(folder: Path, name: str, data: bytes) -> Path:
    """Write ``data`` as ``create_unique`` makes a file; all of it, or no file stays. Raises OSError."""
    path, stream = create_unique(folder, name)
    try:
        with stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def create_unique(folder: Path, name: str) -> tuple[Path, BinaryIO]:
    """Create the file, mode 0600, and open it for writing; never follows a link, never overwrites.

    Raises OSError when ``folder`` cannot be written to.
    """
    plain = safe_name(name)
    for number in range(1, _TRIES):
        path = folder / (plain if number == 1 else numbered(plain, number))
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            continue
        return path, os.fdopen(handle, "wb")
    raise FileExistsError(f"{folder} holds too many files called {plain}.")
