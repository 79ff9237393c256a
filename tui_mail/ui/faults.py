"""Mistakes of the program: written to a private file, one sentence for the person.

Owns that file. A traceback with its variables may hold mail and secrets, so it never goes to the terminal, and its
variables nowhere. Must not know what failed.
"""

from __future__ import annotations

import os
import traceback
from datetime import UTC, datetime
from pathlib import Path

from tui_mail.config.paths import Home
from tui_mail.model.words import _

_LIMIT = 1_000_000
"""Octets after which the file starts anew."""


def fault_file(home: Home) -> Path:
    """Where mistakes are written."""
    return home.state / "ui.log"


def record(home: Home, error: BaseException) -> str:
    """Write where ``error`` happened; the sentence for the person."""
    path = fault_file(home)
    lines = [f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {type(error).__name__}\n"]
    lines += traceback.format_tb(error.__traceback__)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        if path.exists() and path.stat().st_size > _LIMIT:
            flags |= os.O_TRUNC
        descriptor = os.open(path, flags, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8", errors="replace") as file:
            file.writelines(lines)
    except OSError:
        return _("Something went wrong here: {error}. Please report it.").format(error=type(error).__name__)
    return _("Something went wrong here; {path} says where. Please report it.").format(path=path)
