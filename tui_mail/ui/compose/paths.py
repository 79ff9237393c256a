"""What somebody means who types the name of a file: ``~``, quotes of a shell, addresses of a file, and how it goes on.

Owns reading and completing such names. Must not know widgets. Looking into a folder may take long (it may be far away),
so that is for a thread.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tui_mail.config.paths import expanded
from tui_mail.model.errors import UsageError
from tui_mail.model.words import _

LISTED = 2_000
"""Names of a folder that are looked at; who has more types another letter."""


@dataclass(frozen=True, slots=True)
class Named:
    """Something in a folder."""

    path: Path
    folder: bool
    size: int


def meant(typed: str) -> Path:
    """The path that was typed, pasted, or dropped into the terminal by a desktop."""
    text = typed.strip()
    if text.startswith("file://"):
        text = unquote(urlsplit(text).path)
    elif any(mark in text for mark in "\\'\"") and not os.path.exists(expanded(text)):  # noqa: PTH110 -- a name may be too long
        try:
            words = shlex.split(text)
        except ValueError:
            words = []
        if len(words) == 1:
            text = words[0]
    return expanded(text)


def listing(typed: str) -> list[Named]:
    """What the name could become, folders first; hidden ones only where a dot was typed. Raises UsageError."""
    path = meant(typed)
    inside = typed.rstrip().endswith("/") or not typed.strip()
    folder, start = (path, "") if inside else (path.parent, path.name)
    try:
        with os.scandir(folder) as entries:
            found = [_named(entry) for entry, _number in zip(_wanted(entries, start), range(LISTED), strict=False)]
    except FileNotFoundError as error:
        raise UsageError(_("There is no folder {path}.").format(path=folder)) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(_("{path} cannot be looked into: {reason}.").format(path=folder, reason=reason)) from error
    return sorted(found, key=lambda one: (not one.folder, one.path.name.casefold()))


def shown(path: Path, *, folder: bool) -> str:
    """A path as a person writes it: the own home as ``~``, a folder with a slash at the end."""
    text = str(path)
    home = str(Path.home())
    if text == home or text.startswith(home + "/"):
        text = "~" + text[len(home) :]
    return text + "/" if folder and not text.endswith("/") else text


def _wanted(entries: Iterator[os.DirEntry[str]], start: str) -> Iterator[os.DirEntry[str]]:
    low = start.casefold()
    for entry in entries:
        if entry.name.casefold().startswith(low) and (not entry.name.startswith(".") or start.startswith(".")):
            yield entry


def _named(entry: os.DirEntry[str]) -> Named:
    try:
        folder = entry.is_dir()
        size = 0 if folder else entry.stat().st_size
    except OSError:
        folder, size = False, 0  # a link to nowhere: attaching it says so
    return Named(Path(entry.path), folder, size)
