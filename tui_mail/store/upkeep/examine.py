"""A look through both files for ``doctor``: whether every page and every index of them is sound.

Owns the sentences about what is found. Must not change anything.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from tui_mail.config.paths import Home
from tui_mail.model.errors import StoreDamaged, StoreError
from tui_mail.model.words import _
from tui_mail.store.disk.files import KEEP, MAIL, Kind, check_version
from tui_mail.store.disk.sqlite import connect, translated


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a file, and what to do."""

    text: str
    advice: str


def examine(home: Home) -> list[Fault]:
    """What is wrong with the store of ``home``; nothing when it is sound or not made yet. Reads every page."""
    faults = []
    for path, kind in ((home.keep_db, KEEP), (home.mail_db, MAIL)):
        if path.exists():
            faults += _examine(path, kind)
    return faults


def _examine(path: Path, kind: Kind) -> list[Fault]:
    if kind is KEEP:
        advice = _("Stop tui-mail, and put back the copy beside it that ends in .backup-1.")
    else:
        advice = _("Stop tui-mail and move the file away: it is made anew from the servers.")
    try:
        with translated(path), contextlib.closing(connect(path, durable=False, write=False)) as connection:
            check_version(connection, kind, path)
            words = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
    except StoreError as error:
        if isinstance(error, StoreDamaged):
            return [Fault(_("{path} is damaged.").format(path=path), advice)]
        return [Fault(error.text, "")]
    if words == ["ok"]:
        return []
    return [Fault(_("{path} is damaged: {reason}.").format(path=path, reason="; ".join(words)), advice)]
