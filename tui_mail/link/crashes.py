"""How often engines of this home crashed in a row, so that nobody starts a fourth in vain.

Owns ``state/engine.crashes`` and ``state/engine.fault`` (where faulthandler leaves its words). A crash is an exception
nobody caught or a fault signal; being killed from outside is none, and mail goes on after it. Must not know the engine.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import tui_mail
from tui_mail.config.paths import Home
from tui_mail.model.errors import EngineTrouble
from tui_mail.model.words import _

LIMIT = 3
"""Crashes in a row after which engines are no longer started by themselves."""
LIVED_SECONDS = 60.0
"""An engine that ran this long did not crash "in a row"."""
_FORGET_SECONDS = 600.0
"""After this long one more try is made."""


def record_crash(home: Home, now: float) -> None:
    """One more crash; ``now`` is seconds UTC."""
    count = _count(home, now) + 1
    _write(_file(home), json.dumps({"version": tui_mail.__version__, "count": count, "last": now}).encode())


def clear_crashes(home: Home) -> None:
    """An engine ended well, or ran for a while: what was before does not count any more."""
    _file(home).unlink(missing_ok=True)


def fault_file(home: Home) -> Path:
    """Where faulthandler writes; anything in it when an engine starts is a crash of the one before."""
    return home.state / "engine.fault"


def absorb_fault(home: Home, now: float) -> str:
    """Count the fault left by the engine before, if there is one, and return its words for the log."""
    path = fault_file(home)
    try:
        words = path.read_text(errors="replace")[:20_000]
    except FileNotFoundError:
        return ""
    path.unlink(missing_ok=True)
    if words:
        record_crash(home, now)
    return words


def refuse_loop(home: Home, now: float) -> None:
    """Raise EngineTrouble when the last three engines crashed and the last did so not long ago."""
    waiting = fault_file(home)
    fresh = 1 if waiting.exists() and waiting.stat().st_size else 0
    if _count(home, now) + fresh >= LIMIT:
        raise EngineTrouble(
            _(
                "The engine crashed {count} times in a row and is not started again by itself: "
                "{log} says why, and `tui-mail engine` tries again."
            ).format(count=LIMIT, log=home.log_file)
        )


def _count(home: Home, now: float) -> int:
    try:
        data = json.loads(_file(home).read_bytes())
        count, last, version = int(data["count"]), float(data["last"]), str(data["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0  # no file, or half a one: at worst one start too many
    recent = 0 <= now - last < _FORGET_SECONDS
    return count if recent and version == tui_mail.__version__ else 0


def _file(home: Home) -> Path:
    return home.state / "engine.crashes"


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, data)
    finally:
        os.close(descriptor)
